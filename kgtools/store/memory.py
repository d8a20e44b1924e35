"""The embedded store in memory."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

import pyoxigraph as ox

from kgtools.store.engine import Engine
from kgtools.turtle import IRI, Quad, Triple


class MemoryStore(Engine):
    """An embedded Oxigraph store in memory.

    A subject is described in one file only, so the copy in the default graph can be replaced file by file.
    """

    def __init__(self) -> None:
        super().__init__(ox.Store())
        self._waiting: list[tuple[str, Iterable[Triple]]] = []
        self._later: list[Callable[[], Mapping[str, Iterable[Triple]]]] = []

    def load(self, graph: str, triples: Iterable[Triple]) -> None:
        """Add triples to a named graph and to the default graph."""
        listed = list(triples)
        self.load_union(listed)
        self.load_apart(graph, listed)

    def load_union(self, triples: Iterable[Triple]) -> None:
        """Add triples to the default graph only."""
        self._store.extend(Quad(t.subject, t.predicate, t.object) for t in triples)

    def load_apart(self, graph: str, triples: Iterable[Triple]) -> None:
        """Add triples to a named graph only."""
        # Named graphs double the load and most queries do not ask for them, so they wait for the first that may.
        self._waiting.append((graph, triples))

    def load_later(self, graphs: Callable[[], Mapping[str, Iterable[Triple]]]) -> None:
        """Add triples to named graphs, by IRI, made only when a query may ask for one."""
        self._later.append(graphs)

    def name_graphs(self) -> None:
        """Add what waits."""
        self._waiting.extend(one for graphs in self._later for one in graphs().items())
        self._later.clear()
        for graph, triples in self._waiting:
            name = IRI(graph)
            self._store.extend(Quad(t.subject, t.predicate, t.object, name) for t in triples)
        self._waiting.clear()
