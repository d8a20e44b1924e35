"""Holding quads and answering SPARQL; one small interface, so that engines can be exchanged."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol

import pyoxigraph as ox

from kgtools.faults import Fault
from kgtools.turtle import IRI, Literal, Quad, Term, Triple

RESULT_FORMATS = {
    "json": ox.QueryResultsFormat.JSON, "csv": ox.QueryResultsFormat.CSV,
    "tsv": ox.QueryResultsFormat.TSV, "xml": ox.QueryResultsFormat.XML,
}  # fmt: skip


@dataclass(frozen=True)
class Rows:
    """The answer to a SELECT: column names, and one term or None for each column of each row."""

    columns: tuple[str, ...]
    rows: list[tuple[Term | None, ...]]


@dataclass(frozen=True)
class Triples:
    """The answer to a CONSTRUCT or DESCRIBE."""

    triples: list[Triple]


@dataclass(frozen=True)
class Truth:
    """The answer to an ASK."""

    value: bool


Answer = Rows | Triples | Truth


class Store(Protocol):
    """What every engine does for us."""

    def load(self, graph: str, triples: Iterable[Triple]) -> None:
        """Add triples to a named graph and to the default graph, which is the union of all files."""

    def load_apart(self, graph: str, triples: Iterable[Triple]) -> None:
        """Add triples to a named graph only: vocabulary and shapes."""

    def query(self, text: str) -> Answer:
        """Answer a SPARQL 1.1 query; raise Fault if it is not one."""

    def results(self, text: str, form: str) -> bytes:
        """Answer a SELECT or ASK as a SPARQL 1.1 results document in one of RESULT_FORMATS."""


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

    def query(self, text: str) -> Answer:
        """Answer a SPARQL 1.1 query over the default graph (and named graphs where asked)."""
        found = self._solve(text)
        try:
            if isinstance(found, ox.QueryBoolean):
                return Truth(bool(found))
            if isinstance(found, ox.QueryTriples):
                return Triples(list(found))
            columns = tuple(variable.value for variable in found.variables)
            return Rows(columns, [tuple(row[column] for column in columns) for row in found])
        except (OSError, RuntimeError) as error:
            raise Fault("query", str(error), "mend the query") from error

    def results(self, text: str, form: str) -> bytes:
        """Answer a SELECT or ASK as a results document; raise Fault for a graph query."""
        found = self._solve(text)
        if isinstance(found, ox.QueryTriples):
            raise Fault("query", f"a graph has no {form} results form", "choose turtle, trig, nquads or jsonld")
        return found.serialize(format=RESULT_FORMATS[form]) or b""

    def _solve(self, text: str) -> ox.QuerySolutions | ox.QueryBoolean | ox.QueryTriples:
        # GRAPH and FROM may be spelt with code point escapes, so a backslash counts as a sign of them too.
        if re.search(r"graph|from|\\\\", text, re.IGNORECASE):
            self._name_graphs()
        try:
            return self._store.query(text)
        except SyntaxError as error:
            raise Fault("query", " ".join(str(error).split()), "mend the SPARQL there") from error
        except (ValueError, OSError, RuntimeError) as error:
            raise Fault("query", str(error), "mend the query") from error


def serialise_rows(columns: tuple[str, ...], rows: Iterable[tuple[str | None, ...]], form: str) -> bytes:
    """Return rows of plain strings as a SPARQL 1.1 results document, by way of a VALUES query."""
    head = " ".join(f"?{column}" for column in columns)
    body = " ".join("(" + " ".join("UNDEF" if cell is None else str(Literal(cell)) for cell in row) + ")" for row in rows)
    return MemoryStore().results(f"SELECT {head} WHERE {{ VALUES ({head}) {{ {body} }} }}", form)
