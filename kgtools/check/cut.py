"""The cut of a graph for some focus nodes: every triple that their validation may read, and no more than need be.

Whatever a shape finds on a focus node it finds by steps from that node (see `sight`). So the results on the focus nodes over
their cut are their results over the whole graph; and a triple that changes concerns only the nodes from which steps lead to it.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Protocol

from kgtools.check.sight import Sight
from kgtools.turtle import Term, Triple, serialise


class Data(Protocol):
    """A graph as cuts read it."""

    def about(self, node: Term) -> Iterable[Triple]:
        """Return the triples with a node as subject."""

    def into(self, node: Term, predicate: str) -> Iterable[Triple]:
        """Return the triples of a property with a node as object."""


class Held:
    """A graph in memory, by subject; by object for those properties that shapes read against their direction.

    With `changing`, all triples stand by object, as `affected` needs them.
    """

    def __init__(self, sight: Sight, triples: Iterable[Triple] = (), changing: bool = False) -> None:
        self._inverse = None if changing else sight.inverse()
        self._about: dict[Term, dict[Triple, None]] = {}
        self._into: dict[Term, dict[Triple, None]] = {}
        self.add(triples)

    def add(self, triples: Iterable[Triple]) -> None:
        """Add triples."""
        inverse = self._inverse
        for triple in triples:
            self._about.setdefault(triple.subject, {})[triple] = None
            if inverse is None or (inverse and triple.predicate.value in inverse):
                self._into.setdefault(triple.object, {})[triple] = None

    def remove(self, triples: Iterable[Triple]) -> None:
        """Take triples away, those that are there."""
        for triple in triples:
            for index, node in ((self._about, triple.subject), (self._into, triple.object)):
                if node in index:
                    index[node].pop(triple, None)
                    if not index[node]:
                        del index[node]

    def about(self, node: Term) -> Iterable[Triple]:
        """Return the triples with a node as subject."""
        return self._about.get(node, ())

    def into(self, node: Term, predicate: str) -> list[Triple]:
        """Return the triples of a property with a node as object."""
        return [triple for triple in self._into.get(node, ()) if triple.predicate.value == predicate]

    def all_into(self, node: Term) -> Iterable[Triple]:
        """Return the triples with a node as object."""
        return self._into.get(node, ())

    def __iter__(self) -> Iterator[Triple]:
        return (triple for listed in self._about.values() for triple in listed)

    def __contains__(self, triple: Triple) -> bool:
        return triple in self._about.get(triple.subject, ())


@dataclass(frozen=True)
class Cut:
    """Focus nodes (None: all targets of the shapes) and the triples that their validation may read, as N-Triples."""

    name: str
    focus: tuple[Term, ...] | None
    text: bytes

    @cached_property
    def digest(self) -> str:
        """Return the SHA-256 of focus nodes and triples."""
        digest = hashlib.sha256("\n".join(map(str, self.focus or "*")).encode("utf-8"))
        digest.update(b"\0" + self.text)
        return digest.hexdigest()


def whole(name: str, triples: Iterable[Triple]) -> Cut:
    """Return a whole graph as a cut."""
    return Cut(name, None, serialise(triples, "ntriples"))


def cut(name: str, sight: Sight, data: Data, focus: Iterable[Term]) -> Cut:
    """Return the cut of a graph for focus nodes, in an order that depends on the graph and the nodes alone."""
    nodes = tuple(dict.fromkeys(focus))
    return Cut(name, nodes, serialise(seen(sight, data, nodes), "ntriples"))


def seen(sight: Sight, data: Data, focus: Iterable[Term]) -> list[Triple]:
    """Return every triple that the validation of focus nodes may read, each once."""
    return seen_from(sight, data, ((node, 0) for node in focus))


def seen_from(sight: Sight, data: Data, places: Iterable[tuple[Term, int]]) -> list[Triple]:
    """Return every triple that a validation which stands at some places (node and state) may read on, each once."""
    found: dict[Triple, None] = {}
    reached: set[tuple[Term, int]] = set()
    queue = list(places)
    for node, number in queue:
        if (node, number) in reached:
            continue
        reached.add((node, number))
        state = sight.states[number]
        if state.every or state.forward:
            for triple in data.about(node):
                then = state.forward.get(triple.predicate.value)
                if then is not None:
                    if sight.states[then].sees:
                        queue.append((triple.object, then))
                elif not state.every:
                    continue
                found[triple] = None
        for predicate, then in state.inverse.items():
            for triple in data.into(node, predicate):
                found[triple] = None
                queue.append((triple.subject, then))
    return list(found)


def affected(sight: Sight, data: Held, changed: Iterable[Triple]) -> set[Term]:
    """Return the nodes whose validation may read one of some triples, in a graph that holds those triples and all others."""
    back: dict[int, list[tuple[int, str, bool]]] = defaultdict(list)
    for number, state in enumerate(sight.states):
        for name, then in state.forward.items():
            back[then].append((number, name, False))
        for name, then in state.inverse.items():
            back[then].append((number, name, True))
    reached = {place for triple in changed for place in _read_from(sight, triple)}
    queue = list(reached)
    for node, number in queue:
        for before, name, inverse in back[number]:
            if inverse:
                others = [triple.object for triple in data.about(node) if triple.predicate.value == name]
            else:
                others = [triple.subject for triple in data.all_into(node) if triple.predicate.value == name]
            fresh = {(other, before) for other in others} - reached
            reached |= fresh
            queue.extend(fresh)
    return {node for node, number in reached if number == 0}


def _read_from(sight: Sight, triple: Triple) -> Iterator[tuple[Term, int]]:
    """Yield the places (node and state) from which a triple is read in one step."""
    for number, state in enumerate(sight.states):
        if state.every or triple.predicate.value in state.forward:
            yield triple.subject, number
        if triple.predicate.value in state.inverse:
            yield triple.object, number


def roots(sight: Sight, triples: Iterable[Triple]) -> dict[Term, None]:
    """Return the nodes that some triples may make focus nodes: their subjects, and objects where shapes target them."""
    found: dict[Term, None] = {}
    objects = frozenset(sight.objects_of)
    for triple in triples:
        found[triple.subject] = None
        if objects and triple.predicate.value in objects:
            found[triple.object] = None
    return found
