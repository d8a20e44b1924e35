"""What every engine does for us, and the answers that it gives."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import IO, Protocol

import pyoxigraph as ox

from kgtools.turtle import Term, Triple, parse_triples

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


@dataclass(frozen=True)
class Dossier:
    """A dossier as a durable store takes it.

    That is: the graph's IRI, the file's name below the graph folder, the hash and the content (Turtle) of the file, what is to
    be asked of it (N-Triples, without withdrawn records, unless they are to be shown), the facts derived from it (N-Triples)
    with the rules' version, the nodes beyond it that were read for them and the hash of all that was read, the records that it
    withdraws, and those that are not at home in it.
    """

    graph: str
    file: str
    digest: str
    content: bytes
    text: bytes
    facts: bytes = b""
    rules: str = ""
    read: frozenset[str] = frozenset()
    read_digest: str = ""
    gone: frozenset[str] = frozenset()
    stray: frozenset[str] = frozenset()

    @cached_property
    def triples(self) -> list[Triple]:
        """Return the triples to be asked."""
        return parse_triples(self.text)

    @cached_property
    def derived(self) -> list[Triple]:
        """Return the facts derived from it."""
        return parse_triples(self.facts)


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


class DurableStore(Store, Protocol):
    """A store that keeps its dossiers, each with the hash of the file that it was loaded from; nodes and graphs are IRIs.

    `withdrawn` says whether withdrawn records are part of it, `at_once` whether all that a writer does holds together.
    """

    at_once: bool

    @property
    def withdrawn(self) -> bool:
        """Say whether withdrawn records are part of the store."""

    def held(self) -> dict[str, str]:
        """Return the content hash (SHA-256, hexadecimal) of every dossier held, by the IRI of its graph."""

    def files(self) -> dict[str, str]:
        """Return the graph of every dossier by the name of its file below the graph folder."""

    def content(self, graph: str) -> bytes:
        """Return a dossier's file as it was loaded."""

    def triples(self, graph: str) -> Iterator[Triple]:
        """Yield the triples of a dossier as it was loaded."""

    def describe(self, nodes: Collection[str]) -> list[Triple]:
        """Return what dossiers and derived facts say of nodes."""

    def pointers(self, nodes: Collection[str], predicates: Collection[str] = ()) -> list[Triple]:
        """Return what points at nodes, by some predicates or, where none is given, by any."""

    def strays(self, nodes: Collection[str]) -> dict[str, str]:
        """Return the graph of the dossier that describes a node away from its home, for each of the nodes that has one."""

    def dossiers(self, graphs: Collection[str]) -> Iterator[tuple[str, list[Triple], list[Triple]]]:
        """Yield the graph of each dossier with its triples as it was loaded, and the facts derived from it."""

    def names(self, predicates: Collection[str], space: str) -> Iterator[tuple[str, str]]:
        """Yield each node of a namespace with each of its names, which some predicates give it."""

    def withdrawn_records(self) -> dict[str, set[str]]:
        """Return the records that each dossier withdraws, by its graph."""

    def readers(self, node: str) -> set[str]:
        """Return the graphs of the dossiers whose derived facts were derived from a node beyond them."""

    def stray(self, node: str) -> str | None:
        """Return the graph of the dossier that describes a node away from its home; None if none does."""

    def derived_from(self, graph: str) -> tuple[str, str]:
        """Return the version of the rules and the hash of all that the facts of a dossier were derived from."""

    def made_by_other_rules(self, rules: str) -> set[str]:
        """Return the graphs of the dossiers whose facts were derived by other rules than these."""

    def load_model(self, graphs: Mapping[str, list[Triple]], union: Iterable[str], version: str) -> None:
        """Put the graphs of the model in the place of an older version of them; those in union are asked by all."""

    def apply(self, dossiers: Sequence[Dossier], dropped: Iterable[str] = ()) -> None:
        """Put dossiers in the place of what is held of them, and take others away."""

    def fill(self, dossiers: Iterable[Dossier]) -> None:
        """Add dossiers of which nothing is held yet, in bulk."""

    def replace(self, graph: str, digest: str, triples: Iterable[Triple], derived: Iterable[Triple]) -> None:
        """Put a dossier, the facts derived from it and its hash in the place of what is held of it, all or nothing."""

    def drop(self, graph: str) -> None:
        """Take a dossier, the facts derived from it and its hash away, all or nothing."""

    def name_graphs(self) -> None:
        """Make sure that the named graphs are there."""

    def close(self) -> None:
        """Let go of the store, so that another process may write."""
