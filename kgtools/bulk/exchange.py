"""The table by which dossiers learn of each other what they have to know, and no more."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from kgtools.bulk.outline import Answer, Outline, Said


@dataclass(frozen=True)
class Slice:
    """What one file has to know of others: their triples by file (N-Triples), and which records that it names are withdrawn."""

    lines: dict[str, tuple[str, ...]]
    gone: frozenset[str]


class Exchange:
    """Outlines and answers, held by whoever leads the work."""

    def __init__(self, home: Callable[[str], str | None], withdrawn: bool = False) -> None:
        self._home, self._withdrawn = home, withdrawn
        self._strays: dict[str, set[str]] = defaultdict(set)
        self._asked: set[str] = set()
        self._answered: set[tuple[str, str]] = set()
        self._said: dict[str, dict[str, list[Said]]] = {}
        self._reporters: dict[str, set[str]] = defaultdict(set)
        self._links: dict[str, list[tuple[str, str]]] = defaultdict(list)
        self._into: dict[str, set[str]] = defaultdict(set)
        self._gone: set[str] = set()
        self._gone_in: dict[str, set[str]] = defaultdict(set)

    def take(self, outlines: Iterable[Outline]) -> None:
        """Take the outlines of all files."""
        listed = list(outlines)
        for one in listed:
            for stray in one.strays:
                self._strays[stray].add(one.name)
            self._gone.update(() if self._withdrawn else one.gone)
            self._asked.update(one.asks)
            for subject, other, line in one.links:
                self._asked.add(subject)
                self._links[other].append((subject, line))
        for other in self._links:
            for name in self.where(other):
                self._into[name].add(other)
        for node in self._gone:
            for name in self.where(node):
                self._gone_in[name].add(node)

    def where(self, node: str) -> set[str]:
        """Return the files in which a node may be described: its home, and those that have it astray."""
        home = self._home(node)
        return {*([home] if home else ()), *self._strays.get(node, ())}

    def questions(self, names: Iterable[str]) -> dict[str, list[str]]:
        """Return what is to be asked of each file, among some files, until nothing is left to ask."""
        found: dict[str, list[str]] = defaultdict(list)
        known = set(names)
        for node in sorted(self._asked):
            for name in self.where(node) & known:
                if (name, node) not in self._answered:
                    found[name].append(node)
                    self._answered.add((name, node))
        self._asked.clear()
        return dict(found)

    def learn(self, answer: Answer) -> None:
        """Take what a file says of what it was asked."""
        for node, said in answer.said.items():
            self._answered.add((answer.name, node))
            self._said.setdefault(node, {})[answer.name] = said
            self._asked.update(one.object for one in said if one.leads and one.object not in self._said)
        for node, subjects in answer.reporters.items():
            self._reporters[node].update(subjects)

    def slice(self, one: Outline) -> Slice:
        """Return what a file has to know of others."""
        lines: dict[str, set[str]] = defaultdict(set)
        reached: set[str] = set()
        queue = list(one.asks)
        for node in self._into.get(one.name, ()):
            queue.extend(self._linked(node, lines))
        for node in queue:
            if node in reached or node in self._gone:
                continue
            reached.add(node)
            for name, said in self._said.get(node, {}).items():
                kept = [triple for triple in said if triple.object not in self._gone]
                lines[name].update(triple.line for triple in kept)
                queue.extend(triple.object for triple in kept if triple.leads)
            queue.extend((*self._linked(node, lines), *sorted(self._reporters.get(node, ()))))
        lines.pop(one.name, None)
        gone = self._gone.intersection(one.asks) | self._gone_in.get(one.name, set())
        return Slice({name: tuple(sorted(listed)) for name, listed in sorted(lines.items())}, frozenset(gone))

    def _linked(self, node: str, lines: dict[str, set[str]]) -> list[str]:
        """Add the links that point at a node, and return where they come from."""
        found = [(subject, line) for subject, line in self._links.get(node, ()) if subject not in self._gone]
        for subject, line in found:
            for name in self._said.get(subject, {}) or [""]:
                lines[name].add(line)
        return [subject for subject, _ in found]
