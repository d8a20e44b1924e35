"""Holding quads and answering SPARQL; one small interface, so that engines can be exchanged."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import islice
from typing import IO, Protocol

import pyoxigraph as ox

from kgtools.faults import Fault
from kgtools.turtle import FORMATS, IRI, Blank, Literal, Quad, Term, Triple

RESULT_FORMATS = {
    "json": ox.QueryResultsFormat.JSON, "csv": ox.QueryResultsFormat.CSV,
    "tsv": ox.QueryResultsFormat.TSV, "xml": ox.QueryResultsFormat.XML,
}  # fmt: skip


@dataclass(frozen=True)
class Rows:
    """The answer to a SELECT: column names, one term or None for each column of each row, whether rows were left out."""

    columns: tuple[str, ...]
    rows: list[tuple[Term | None, ...]]
    more: bool = False


@dataclass(frozen=True)
class Triples:
    """The answer to a CONSTRUCT or DESCRIBE, and whether triples were left out."""

    triples: list[Triple]
    more: bool = False


@dataclass(frozen=True)
class Truth:
    """The answer to an ASK."""

    value: bool


Answer = Rows | Triples | Truth


@dataclass(frozen=True)
class Dataset:
    """The graphs that a query ranges over where the protocol names them (SPARQL 1.1 Protocol, section 2.1.4), and its base."""

    default: tuple[str, ...] | None = None
    named: tuple[str, ...] | None = None
    base: str | None = None


DATASET = Dataset()


class Store(Protocol):
    """What every engine does for us."""

    def load(self, graph: str, triples: Iterable[Triple]) -> None:
        """Add triples to a named graph and to the default graph, which is the union of all files."""

    def load_apart(self, graph: str, triples: Iterable[Triple]) -> None:
        """Add triples to a named graph only: vocabulary and shapes."""

    def query(self, text: str, most: int | None = None) -> Answer:
        """Answer a SPARQL 1.1 query, with its first rows or triples only if need be; raise Fault if it is not one."""

    def results(self, text: str, form: str) -> bytes:
        """Answer a SELECT or ASK as a SPARQL 1.1 results document in one of RESULT_FORMATS."""

    def write(
        self, text: str, output: IO[bytes], rows: str | None, graph: str | None, dataset: Dataset = DATASET
    ) -> str | None:
        """Write the answer to a query, in one form for rows or another for a graph, and return the form; None if it has none.

        Raises Fault if it is no query. What the output raises goes through.
        """


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


def serialise_rows(columns: tuple[str, ...], rows: Iterable[tuple[str | Term | None, ...]], form: str) -> bytes:
    """Return rows of plain strings or terms as a SPARQL 1.1 results document, by way of a VALUES query.

    A blank node, which VALUES cannot hold, becomes a plain literal.
    """
    head = " ".join(f"?{column}" for column in columns)
    body = " ".join("(" + " ".join(map(_cell, row)) + ")" for row in rows)
    return MemoryStore().results(f"SELECT {head} WHERE {{ VALUES ({head}) {{ {body} }} }}", form)


def _cell(cell: str | Term | None) -> str:
    if cell is None:
        return "UNDEF"
    return str(cell) if isinstance(cell, IRI | Literal) else str(Literal(str(cell)))


def count_rows(data: bytes, form: str) -> int:
    """Count the rows of a results document of our own writing, in one of RESULT_FORMATS, without building them all."""
    if form == "json":
        found = ox.parse_query_results(data, format=ox.QueryResultsFormat.JSON)
        return 1 if isinstance(found, ox.QueryBoolean) else sum(1 for _ in found)
    if form == "csv":
        csv.field_size_limit(1 << 30)
        return sum(1 for _ in csv.reader(io.StringIO(data.decode("utf-8"), newline=""))) - 1
    # A literal writes these as &lt; and \\n.
    return data.count(b"<result>") if form == "xml" else data.count(b"\n") - 1
