"""The texts of a graph together: who describes a node, and its triples, parsed only where they are asked for."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from functools import cached_property

from kgtools.check.cut import seen_from
from kgtools.check.engines import Told
from kgtools.check.sight import Sight
from kgtools.faults import Fault
from kgtools.reading.text import Names, Text, heads
from kgtools.turtle import IRI, Term, Triple, parse_text

_MANY = 20_000  # nodes whose triples are held at a time


class Texts:
    """The texts of a graph, and the triples that every graph is validated with: data for cuts."""

    def __init__(
        self, listed: Iterable[Text], names: Names, sight: Sight, base: Iterable[Triple], digests: Mapping[str, str]
    ) -> None:
        self.listed, self.names, self.sight, self.digests = list(listed), names, sight, digests
        self.homes: dict[bytes, int] = {}
        self.shared: dict[bytes, list[int]] = {}
        self.points: dict[bytes, list[bytes]] = defaultdict(list)
        for number, text in enumerate(self.listed):
            for name in text.subjects:
                first = self.homes.setdefault(name, number)
                if first != number:
                    self.shared.setdefault(name, [first]).append(number)
            for subject, value in text.points:
                self.points[value].append(subject)
        self._base = tuple(base)
        self._known: dict[bytes, list[Triple]] = {}
        self._beyond: dict[bytes, list[Triple]] = {}

    def described(self, name: bytes) -> list[int]:
        """Return the numbers of the texts that describe a node."""
        return self.shared.get(name) or ([self.homes[name]] if name in self.homes else [])

    def homes_of(self, told: Told) -> dict[str, str]:
        """Return the files of the nodes that are told of, by IRI; "" for a node that no text describes."""
        listed = [*told.results, *(one for one, _ in told.disputed)]
        nodes = {term for one in listed for term in (one.focus, one.value)}
        names = {node[1:-1]: self.described(self.names.name(node.encode())) for node in nodes if node.startswith("<")}
        return {iri: self.listed[found[-1]].file if found else "" for iri, found in names.items()}

    def about(self, node: Term) -> list[Triple]:
        """Return the triples with a node as subject."""
        name, based = self.names.of(node), self._based[0].get(node, [])
        if name not in self.homes:
            return based
        if name not in self._known:
            self.fetch([name])
        return [*based, *self._known[name]]

    def beyond(self, name: bytes) -> list[Triple]:
        """Return what a validation reads that comes to a node from another."""
        if name not in self._beyond:
            node = IRI(self.names.iri(name))
            places = [(node, number) for number, state in enumerate(self.sight.states) if number and state.sees]
            self._beyond[name] = seen_from(self.sight, self, places)
        return self._beyond[name]

    def into(self, node: Term, predicate: str) -> list[Triple]:
        """Return the triples of a property, one that shapes read against its direction, with a node as object."""
        listed = list(self._based[1].get(node, ()))
        for name in dict.fromkeys(self.points.get(self.names.of(node), ())):
            listed += self.about(IRI(self.names.iri(name)))
        return [triple for triple in listed if triple.object == node and triple.predicate.value == predicate]

    @cached_property
    def _based(self) -> tuple[Mapping[Term, list[Triple]], Mapping[Term, list[Triple]]]:
        """Return the triples that belong to no text by subject and by object."""
        about: dict[Term, list[Triple]] = defaultdict(list)
        into: dict[Term, list[Triple]] = defaultdict(list)
        for triple in self._base:
            about[triple.subject].append(triple)
            into[triple.object].append(triple)
        return about, into

    @cached_property
    def base(self) -> frozenset[bytes]:
        """Return the names of all nodes in the triples that belong to no text."""
        return frozenset(self.names.of(node) for listed in self._based for node in listed)

    def ready(self, wanted: Iterable[bytes]) -> None:
        """Parse what the texts say of some nodes that will be asked for, and let go of others where they have become many."""
        if len(self._known) > _MANY:
            self._known.clear()
        self.fetch(name for name in wanted if name not in self._beyond)

    def fetch(self, wanted: Iterable[bytes]) -> None:
        """Parse what the texts say of some nodes, all at once; raise Fault at an error of syntax."""
        by_text: dict[int, list[bytes]] = defaultdict(list)
        for name in wanted:
            if name not in self._known and name in self.homes:
                self._known[name] = []
                for number in self.described(name):
                    by_text[number].extend(self.listed[number].about(name, self.names))
        for triple in self._parsed(by_text):
            self._known[self.names.of(triple.subject)].append(triple)

    def _parsed(self, by_text: Mapping[int, list[bytes]]) -> list[Triple]:
        """Return the triples of parts of some texts, all parsed at once."""
        head = heads(self.listed[number] for number in by_text)
        try:
            return parse_text(head + b"\n".join(block for blocks in by_text.values() for block in blocks), "")
        except Fault:
            for number in by_text:
                parse_text(self.listed[number].raw, self.listed[number].file)
            raise
