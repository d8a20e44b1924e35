"""The embedded store in memory."""

from __future__ import annotations

import re
from collections.abc import Iterable
from itertools import islice
from typing import IO

import pyoxigraph as ox

from kgtools.faults import Fault
from kgtools.store.interface import DATASET, RESULT_FORMATS, Answer, Dataset, Rows, Triples, Truth
from kgtools.turtle import FORMATS, IRI, Blank, Quad, Triple


class MemoryStore:
    """An embedded Oxigraph store in memory.

    A subject is described in one file only, so the copy in the default graph can be replaced file by file.
    """

    def __init__(self) -> None:
        self._store = ox.Store()
        self._waiting: list[tuple[str, Iterable[Triple]]] = []

    def load(self, graph: str, triples: Iterable[Triple]) -> None:
        """Add triples to a named graph and to the default graph."""
        listed = list(triples)
        self._store.extend(Quad(t.subject, t.predicate, t.object) for t in listed)
        self.load_apart(graph, listed)

    def load_apart(self, graph: str, triples: Iterable[Triple]) -> None:
        """Add triples to a named graph only."""
        # Named graphs double the load and most queries do not ask for them, so they wait for the first that may.
        self._waiting.append((graph, triples))

    def _name_graphs(self) -> None:
        for graph, triples in self._waiting:
            name = IRI(graph)
            self._store.extend(Quad(t.subject, t.predicate, t.object, name) for t in triples)
        self._waiting.clear()

    def query(self, text: str, most: int | None = None) -> Answer:
        """Answer a SPARQL 1.1 query over the default graph (and named graphs where asked), all of it or the first so many."""
        found = self._solve(text)
        try:
            if isinstance(found, ox.QueryBoolean):
                return Truth(bool(found))
            if isinstance(found, ox.QueryTriples):
                triples = list(islice(found, most))
                return Triples(triples, most is not None and next(found, None) is not None)
            columns = tuple(variable.value for variable in found.variables)
            rows = [tuple(row[column] for column in columns) for row in islice(found, most)]
            return Rows(columns, rows, most is not None and next(found, None) is not None)
        except (OSError, RuntimeError) as error:
            raise Fault("query", str(error), "mend the query") from error

    def results(self, text: str, form: str) -> bytes:
        """Answer a SELECT or ASK as a results document; raise Fault for a graph query."""
        found = self._solve(text)
        if isinstance(found, ox.QueryTriples):
            raise Fault("query", f"a graph has no {form} results form", "choose turtle, trig, nquads or jsonld")
        return found.serialize(format=RESULT_FORMATS[form]) or b""

    def write(
        self, text: str, output: IO[bytes], rows: str | None, graph: str | None, dataset: Dataset = DATASET
    ) -> str | None:
        """Write the answer to a query, in one form for rows or another for a graph, and return the form; None if it has none.

        Raises Fault if it is no query. What the output raises goes through.
        """
        found = self._solve(text, dataset)
        try:
            if isinstance(found, ox.QueryTriples):
                if graph:
                    found.serialize(output, format=FORMATS[graph])
                return graph
            if rows:
                found.serialize(output, format=RESULT_FORMATS[rows])
            return rows
        except (OSError, RuntimeError) as error:
            raise Fault("query", str(error), "mend the query") from error

    def _solve(self, text: str, dataset: Dataset = DATASET) -> ox.QuerySolutions | ox.QueryBoolean | ox.QueryTriples:
        # GRAPH and FROM may be spelt with code point escapes, so a backslash counts as a sign of them too.
        # A line that begins with # is a comment, or lies within a string: no keyword stands there, but the headers' words do.
        asked = re.sub(r"(?m)^[ \t]*#[^\r\n]*", "", text)
        if dataset.named is not None or re.search(r"graph|from|\\", asked, re.IGNORECASE):
            self._name_graphs()
        try:
            if dataset.default is None or dataset.named is None:
                return self._store.query(text, base_iri=dataset.base)
            default: list[IRI | Blank | ox.DefaultGraph] = [IRI(name) for name in dataset.default]
            names: list[IRI | Blank] = [IRI(name) for name in dataset.named]
            return self._store.query(text, base_iri=dataset.base, default_graph=default, named_graphs=names)
        except SyntaxError as error:
            raise Fault("query", " ".join(str(error).split()), "mend the SPARQL there") from error
        except (ValueError, OSError, RuntimeError) as error:
            raise Fault("query", str(error), "mend the query") from error
