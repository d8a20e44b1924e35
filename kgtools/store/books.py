"""The books that a durable store keeps beside its quads: of every dossier the hash and the name of its file, the records that
it withdraws, those that are not at home in it, and what its derived facts were derived from."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from typing import Protocol

from kgtools import vocab
from kgtools.store.interface import Dossier
from kgtools.turtle import IRI, Literal, Triple

DIGEST, FILE, GONE, STRAY, READ, RULES, FROM = (
    IRI(vocab.iri(name))
    for name in (
        "schema:sha256", "cev:fileName", "prov:invalidated", "dcterms:hasPart", "prov:used", "schema:version",
        "prov:wasDerivedFrom",
    )
)  # fmt: skip


class _Entry(Protocol):
    @property
    def subject(self) -> object: ...
    @property
    def object(self) -> object: ...


class Books:
    """What can be read in the books, given how an entry is found in them."""

    def _book(self, subject: IRI | None = None, predicate: IRI | None = None, term: IRI | None = None) -> Iterable[_Entry]:
        """Return the entries of a pattern."""
        raise NotImplementedError

    def _pairs(self, subject: IRI | None, predicate: IRI, term: IRI | None = None) -> Iterator[tuple[str, str]]:
        for one in self._book(subject, predicate, term):
            yield getattr(one.subject, "value", ""), getattr(one.object, "value", "")

    def held(self) -> dict[str, str]:
        """Return the content hash of every dossier held, by the IRI of its graph; empty where it is being changed."""
        digests: dict[str, set[str]] = {}
        for graph, digest in self._pairs(None, DIGEST):
            digests.setdefault(graph, set()).add(digest)
        one = {graph: found.pop() for graph, found in digests.items() if len(found) == 1}
        return {graph: one.get(graph, "") for graph, _ in self._pairs(None, FILE)}

    def files(self) -> dict[str, str]:
        """Return the IRI of every dossier's graph by the name of its file below the graph folder."""
        return {file: graph for graph, file in self._pairs(None, FILE)}

    def withdrawn_records(self) -> dict[str, set[str]]:
        """Return the records (IRIs) that each dossier withdraws, by the IRI of its graph."""
        found: dict[str, set[str]] = {}
        for graph, record in self._pairs(None, GONE):
            found.setdefault(graph, set()).add(record)
        return found

    def readers(self, node: str) -> set[str]:
        """Return the dossiers (IRIs of graphs) whose derived facts were derived from a node beyond them."""
        known = iri(node)
        derived = {one for one, _ in self._pairs(None, READ, known)} if known else set()
        return {graph for one in derived for _, graph in self._pairs(IRI(one), FROM)}

    def stray(self, node: str) -> str | None:
        """Return the graph of the dossier that describes a node away from its home; None if none does."""
        known = iri(node)
        return next((graph for graph, _ in self._pairs(None, STRAY, known)), None) if known else None

    def strays(self, nodes: Collection[str]) -> dict[str, str]:
        """Return the graph of the dossier that describes a node away from its home, for each of the nodes that has one."""
        return {node: graph for node in nodes if (graph := self.stray(node))}

    def derived_from(self, graph: str) -> tuple[str, str]:
        """Return the version of the rules and the hash of all that the facts of a dossier were derived from."""
        node = IRI(vocab.derived_graph(graph))
        one, other = (next((value for _, value in self._pairs(node, name)), "") for name in (RULES, DIGEST))
        return one, other

    def made_by_other_rules(self, rules: str) -> set[str]:
        """Return the graphs of the dossiers whose facts were derived by other rules than these."""
        derived = dict(self._pairs(None, FROM))
        return {derived[one] for one, made in self._pairs(None, RULES) if one in derived and made != rules}


def iri(text: str) -> IRI | None:
    """Return a text as an IRI; None if it is none, as the words that a user gives."""
    try:
        return IRI(text)
    except ValueError:
        return None


def entries(dossier: Dossier) -> list[Triple]:
    """Return what the books say of a dossier; its hash comes last."""
    node, derived = IRI(dossier.graph), IRI(vocab.derived_graph(dossier.graph))
    said: list[tuple[IRI, IRI, IRI | Literal]] = [
        *((node, GONE, IRI(one)) for one in sorted(dossier.gone)), *((node, STRAY, IRI(one)) for one in sorted(dossier.stray)),
        *((derived, READ, IRI(one)) for one in sorted(dossier.read)),
        (derived, FROM, node), (derived, RULES, Literal(dossier.rules)), (derived, DIGEST, Literal(dossier.read_digest)),
        (node, FILE, Literal(dossier.file)), (node, DIGEST, Literal(dossier.digest)),
    ]  # fmt: skip
    return [Triple(*one) for one in said]
