"""Validation of what a change can affect: a graph held in memory with the results on each node, kept right edit by edit."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from kgtools import vocab
from kgtools.check import shapes as room
from kgtools.check.cut import Held, affected, cut, roots, whole
from kgtools.check.engines import Engine, Told
from kgtools.check.shares import fitting
from kgtools.check.validation import Shapes, Way
from kgtools.faults import Finding
from kgtools.space import Space
from kgtools.turtle import IRI, Term, Triple


class Current:
    """A graph and what shapes find in it: after every change the same as validating all of it anew.

    Takes triples and, where the results are known already, what was told of each node; raises Fault for shapes that are none.
    """

    def __init__(self, shapes: Shapes, triples: Iterable[Triple], way: Way, known: dict[str, Told] | None = None) -> None:
        self._sight = shapes.sight
        self._engine = Engine(shapes.triples, shapes.fast(way))
        self.data = Held(shapes.sight, triples, changing=True)
        self.told = dict(known or {})
        if known is None:
            self._validate((*roots(shapes.sight, self.data), *shapes.sight.named))

    def change(self, removed: Iterable[Triple], added: Iterable[Triple]) -> set[Term]:
        """Take triples away, add others, and return the nodes that were validated again."""
        gone = [triple for triple in dict.fromkeys(removed) if triple in self.data]
        fresh = [triple for triple in dict.fromkeys(added) if triple not in self.data or triple in gone]
        # Steps that lead to a triple may themselves be going or coming, so the graph before and the graph after are looked at.
        self.data.add(fresh)
        nodes = affected(self._sight, self.data, [*gone, *fresh])
        self.data.remove(triple for triple in gone if triple not in set(fresh))
        self._validate(nodes)
        return nodes

    def _validate(self, nodes: Iterable[Term]) -> None:
        if self._sight.unbounded:
            self.told = {"": self._engine.told(whole("the graph", self.data))}
            return
        listed = sorted(nodes, key=str)
        for node in listed:
            self.told.pop(str(node), None)
        # Results that name another node than the one validated can be told apart only one by one.
        for group in [[node] for node in listed] if self._sight.moving else [listed]:
            if group:
                self._keep(group, self._engine.told(cut("", self._sight, self.data, group)))

    def _keep(self, group: list[Term], told: Told) -> None:
        parts: dict[str, Told] = defaultdict(lambda: Told([], []))
        alone = str(group[0]) if len(group) == 1 else ""
        for result in told.results:
            parts[alone or result.focus].results.append(result)
        for result, who in told.disputed:
            parts[alone or result.focus].disputed.append((result, who))
        self.told.update(parts)


class Watched:
    """The shapes' findings in a workspace whose files are being edited: only what an edit can affect is validated again."""

    def __init__(self, space: Space, shapes: Shapes | None = None, way: Way = room.DEFAULT) -> None:
        self._space, shapes = space, shapes or room.model()
        known: dict[str, Told] = {}
        if not shapes.sight.unbounded and not shapes.sight.moving:
            files = room.Files.of(space) if fitting(shapes, way) else None
            for told, _ in room.results(space, shapes, way, files=files):
                for result in told.results:
                    known.setdefault(result.focus, Told([], [])).results.append(result)
                for result, who in told.disputed:
                    known.setdefault(result.focus, Told([], [])).disputed.append((result, who))
        everything = (triple for triples in (*space.files.values(), room.background()) for triple in triples)
        self._current = Current(shapes, everything, way, known if not (shapes.sight.unbounded or shapes.sight.moving) else None)
        self._raw = {name: set(triples) for name, triples in space.every_file.items()}
        self._shown = {name: set(triples) for name, triples in space.files.items()}
        self._marked = {name: self._withdrawn(triples) for name, triples in self._raw.items()}
        self._gone: set[Term] = set().union(*self._marked.values())
        self._homes: dict[str, str] = {}

    def replace(self, file: str, triples: Iterable[Triple]) -> list[Finding]:
        """Take triples as the new content of a file, and return the findings on all nodes that the change concerns."""
        self._raw[file] = set(triples)
        self._marked[file] = self._withdrawn(self._raw[file])
        gone, self._gone = self._gone, set().union(*self._marked.values())
        removed: set[Triple] = set()
        added: set[Triple] = set()
        for name in [file] if gone == self._gone else list(self._raw):
            old = self._shown.get(name, set())
            new = self._shown[name] = {t for t in self._raw[name] if t.subject not in self._gone and t.object not in self._gone}
            removed |= old - new
            added |= new - old
        self._homes.update({t.subject.value: file for t in self._raw[file] if isinstance(t.subject, IRI)})
        nodes = self._current.change(removed, added)
        return self._findings(self._current.told[str(node)] for node in nodes if str(node) in self._current.told)

    def _withdrawn(self, triples: Iterable[Triple]) -> set[Term]:
        """Return the records that some triples withdraw, unless the space shows such."""
        mark = vocab.iri("cev:withdrawnOn")
        return set() if self._space.withdrawn else {triple.subject for triple in triples if triple.predicate.value == mark}

    @property
    def findings(self) -> list[Finding]:
        """Return all findings of the shapes, sorted."""
        return self._findings(self._current.told.values())

    def _findings(self, told: Iterable[Told]) -> list[Finding]:
        return sorted({finding for one in told for finding in room.findings_of(self._space, one, self._homes)})
