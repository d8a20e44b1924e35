"""What can be found: one entry for each node of a dossier that has words, made of that dossier alone."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from kgtools import vocab
from kgtools.turtle import IRI, Literal, Term, Triple

# Class -> kind of entry, in the order in which kinds are listed.
_KINDS = {
    **dict.fromkeys(("cev:Incident", "cev:IncidentSeries"), "incident"),
    "cev:Explanation": "explanation", "cev:Claim": "claim",
    **dict.fromkeys(("prov:Person", "prov:Organization", "cev:UnnamedAgent", "cev:UnnamedGroup"), "speaker"),
    "cev:Source": "work", "cev:Craft": "craft", "cev:Passage": "key phrase", "cev:Investigation": "investigation",
    "cev:PersonnelAction": "personnel action", "cev:Consequence": "consequence", "cev:Discrepancy": "discrepancy",
    "org:Membership": "post", "cev:SearchRecord": "search record", "cev:Document": "document", "skos:Concept": "list entry",
    "cev:Question": "question", "cev:Dossier": "dossier",
}  # fmt: skip
KINDS = tuple(dict.fromkeys(_KINDS.values()))
_KIND_OF = {vocab.iri(name): kind for name, kind in _KINDS.items()}

# What names a node, the first one its title.
_NAMES = tuple(
    map(vocab.iri, "rdfs:label skos:prefLabel schema:text dcterms:title cev:keyPhrase cev:fileName".split())
    ) + tuple(map(vocab.iri, "skos:altLabel cev:describedAs cev:searchedFor".split()))  # fmt: skip
_TYPE = vocab.iri("rdf:type")
_WITHDRAWN = vocab.iri("cev:withdrawnOn")
_EDTF = vocab.iri("edtf:EDTF")
_SIDES = (vocab.iri("cev:valueA"), vocab.iri("cev:valueB"))

# Kinds of node whose slugs are words: who points at one is found by them too, though the label stands in another file.
_TELLING = frozenset("incident craft kind outcome cause topic agent attribute effect craftkind".split())


@dataclass(frozen=True)
class Entry:
    """A node (IRI) of a dossier, its kind, its names, the title first, further words a line each, whether it is withdrawn."""

    node: str
    kind: str
    names: tuple[str, ...]
    body: tuple[str, ...]
    withdrawn: bool = False

    @property
    def title(self) -> str:
        """Return the name that it is listed by."""
        return self.names[0]


def entries(triples: Iterable[Triple]) -> Iterator[Entry]:
    """Yield the entries of a dossier; order of its triples, and whatever other dossiers say, make no difference."""
    described: dict[str, dict[str, list[Term]]] = {}
    for t in triples:
        if isinstance(t.subject, IRI):
            described.setdefault(t.subject.value, {}).setdefault(t.predicate.value, []).append(t.object)
    for node, said in sorted(described.items()):
        kinds = {_KIND_OF[term.value] for term in said.get(_TYPE, ()) if isinstance(term, IRI) and term.value in _KIND_OF}
        found = _entry(node, min(kinds, key=KINDS.index), said) if kinds else None
        if found:
            yield found


def _entry(node: str, kind: str, said: Mapping[str, list[Term]]) -> Entry | None:
    names = [word for property_ in _NAMES for word in _words(said.get(property_, ()))]
    if not names:
        sides = [word for property_ in _SIDES for word in _words(said.get(property_, ()))[:1]]
        if len(sides) < 2:
            return None
        names = [f"“{sides[0]}” against “{sides[1]}”"]
    others = [term for property_, terms in sorted(said.items()) if property_ not in _NAMES for term in terms]
    body = [term.value for term in others if isinstance(term, Literal) and (term.language or term.datatype.value == _EDTF)]
    told = {_told(term.value) for term in others if isinstance(term, IRI)} - {""}
    return Entry(node, kind, tuple(dict.fromkeys(names)), (*sorted(set(body)), *sorted(told)), _WITHDRAWN in said)


def _words(terms: Iterable[Term]) -> list[str]:
    return sorted(term.value for term in terms if isinstance(term, Literal))


def _told(iri: str) -> str:
    """Return the words of an IRI's slug, none where it is a number rather than a name."""
    rest, _, slug = iri.rpartition("/")
    return slug.replace("-", " ") if rest.rpartition("/")[2] in _TELLING else ""
