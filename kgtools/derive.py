"""Facts derived when loading: superclasses, ends of chains and what hops harden, what is about what, first and last days.

Nothing here is typed by hand and nothing is stored in `graph/`. The rules stand with each function; the terms are defined
under «Derived when loading» in ontology/cev.ttl.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Protocol

from kgtools import keep, vocab
from kgtools.chains import NOTHING, SUPER, TYPE, Chains, Said, day_facts, naming_of, standing_of
from kgtools.turtle import IRI, Term, Triple, parse_triples, serialise

_UPPER = {vocab.iri(name): IRI(vocab.iri(upper)) for name, upper in vocab.SUPERPROPERTIES.items()}
# As they are written after a subject in N-Triples.
_KINDS = {f"<{kind}>": [f"{TYPE} {upper} .\n" for upper in uppers] for kind, uppers in SUPER.items()}
_FIRST = tuple(vocab.iri(name) for name in ("cev:occurred", "dcterms:issued", "cev:began"))
_LAST = tuple(vocab.iri(name) for name in ("cev:occurred", "dcterms:issued", "cev:ended"))
_DATED = frozenset(_FIRST + _LAST)


# The properties that are never stated.
_DERIVED = frozenset(
    map(
        vocab.iri,
        "cev:earliest cev:latest cev:publicEarliest cev:publicLatest cev:eventEarliest cev:eventLatest cev:curatedOn"
        " cev:standing cev:originStanding cev:side cev:origin cev:concerns cev:inDossier"
        " cev:chainDepth cev:originsNamed cev:hardensHedgeOf cev:hardensForceOf".split(),
    )
)

# The properties that a derivation reads of what lies beyond its dossier.
READ = frozenset(
    map(
        vocab.iri,
        "rdf:type dcterms:issued cev:occurred cev:said schema:about cev:explains cev:claims cev:reports cev:inSource"
        " cev:hedge cev:force cev:onCondition prov:wasAttributedTo prov:generatedAtTime".split(),
    )
)  # fmt: skip


@cache
def rules() -> str:
    """Return a key of the rules of this room and of what they stand on."""
    return keep.rules("derive.py", "chains.py", "dates.py", "vocab.py")


def facts(files: Mapping[str, Iterable[Triple]]) -> list[Triple]:
    """Return all facts that follow from the files (graph IRI -> triples) by the rules of this room."""
    return parse_triples(_lines(Said({graph: serialise(triples, "ntriples") for graph, triples in files.items()})))


def _lines(index: Said) -> bytes:
    """Return the facts that follow about the subjects of an index, each once, as N-Triples."""
    chains = Chains(index)
    found: list[str] = []
    for subject, properties in index.objects.items():
        found += _upper(subject, properties)
    for subject in chains.assertions:
        found += chains.facts(subject)
    for subject, properties in index.objects.items():
        if subject not in chains.assertions and not _DATED.isdisjoint(properties):
            found += _event_days(index, subject)
    return "".join(found).encode("utf-8")


def _upper(subject: str, said: Mapping[str, list[str]]) -> Iterable[str]:
    """Return the superclasses and superproperties of what is said of a subject, each once."""
    found = [f"<{subject}> {upper}" for kind in said.get(TYPE.value, ()) for upper in _KINDS.get(kind, ())]
    for name, terms in said.items():
        if name in _UPPER:
            found += [f"<{subject}> {_UPPER[name]} {other} .\n" for other in terms]
    return dict.fromkeys(found) if len(found) > 1 else found


class Around(Protocol):
    """What lies around a dossier: the graph, asked for no more than a derivation needs."""

    def describe(self, subject: str) -> Mapping[str, list[Term]] | None:
        """Return what is said of a subject with the properties of READ, by predicate; None if it is not known here."""

    def reporters(self, subject: str) -> Iterable[str]:
        """Return all assertions that report one."""


@dataclass(frozen=True)
class Facts:
    """What follows for one dossier.

    These are the facts as N-Triples, what the dossier says of each subject (IRI) by predicate, and of nodes (IRIs) those that
    were read beyond it with the hash of what was read, those that were not found, and those that are reported.
    """

    text: bytes
    stated: Mapping[str, Mapping[str, list[str]]]
    read: frozenset[str]
    digest: str
    missing: frozenset[str]
    reported: frozenset[str]


def dossier(graph: str, text: bytes, around: Around) -> Facts:
    """Return what follows for one dossier (its graph's IRI and its N-Triples), reading no more around it than need be.

    For a dossier of a graph these are the same triples that `facts` returns for its subjects from all files.
    """
    index = _Cut(graph, text, around)
    found = _lines(index)
    reported = frozenset(one for subject in index.objects for one in index.iris(subject, "cev:reports"))
    return Facts(found, index.objects, frozenset(index.read), index.digest(), frozenset(index.missing), reported)


class _Cut(Said):
    """The triples of a dossier, and beyond it what the rules ask for, remembered as read."""

    def __init__(self, graph: str, text: bytes, around: Around) -> None:
        super().__init__({graph: text})
        self._around = around
        self._beyond: dict[str, Mapping[str, list[str]]] = {}
        self._reported: dict[str, list[str]] = {}
        self.missing: set[str] = set()

    def known(self, subject: str) -> Mapping[str, list[str]]:
        """Return what is said of a subject, here or around."""
        own = self.objects.get(subject)
        if own is not None:
            return own
        if subject not in self._beyond:
            found = self._around.describe(subject)
            if found is None:
                self.missing.add(subject)
            self._beyond[subject] = _plain(found) if found else NOTHING
        return self._beyond[subject]

    def reporters(self, subject: str) -> Iterable[str]:
        """Return the assertions around the dossier that report one."""
        if subject not in self._reported:
            self._reported[subject] = sorted(one for one in set(self._around.reporters(subject)) if one not in self.objects)
        return self._reported[subject]

    @property
    def read(self) -> set[str]:
        """Return the IRIs beyond the dossier that were asked for."""
        return self._beyond.keys() | {one for found in self._reported.values() for one in found}

    def digest(self) -> str:
        """Return the hash of all that was read beyond the dossier."""
        read = (
            f"{subject} {name} {term}"
            for subject, properties in self._beyond.items()
            for name, terms in properties.items()
            for term in terms
        )
        reported = (f"{one} {' '.join(found)}" for one, found in self._reported.items() if found)
        return keep.key(*sorted(read), *sorted(reported))


def _plain(properties: Mapping[str, list[Term]]) -> Mapping[str, list[str]]:
    """Return what is read of a description, in one order, of its classes those that are read, not derived superclasses."""
    found = {name: sorted(map(str, terms)) for name, terms in properties.items() if name in READ and name != TYPE.value}
    classes = [kind.value for kind in properties.get(TYPE.value, ()) if isinstance(kind, IRI)]
    kinds = sorted({standing_of(classes), *naming_of(classes)} - {""})
    return {**found, TYPE.value: [f"<{kind}>" for kind in kinds]} if kinds else found


def stated(said: Iterable[Triple]) -> list[Triple]:
    """Return what is stated of nodes, given all that is said of them, derived facts included."""
    listed = list(said)
    special = {
        (t.subject, upper) for t in listed if t.predicate == TYPE for upper in SUPER.get(getattr(t.object, "value", ""), ())
    }
    upper = {(t.subject, _UPPER[t.predicate.value], t.object) for t in listed if t.predicate.value in _UPPER}
    return [
        t
        for t in listed
        if t.predicate.value not in _DERIVED
        and not (t.predicate == TYPE and (t.subject, t.object) in special)
        and (t.subject, t.predicate, t.object) not in upper
    ]


def _event_days(index: Said, subject: str) -> list[str]:
    """Return the first and last day of a dated node; where several dates stand, the widest span."""
    firsts = [first for first, _ in index.days(subject, _FIRST) if first]
    lasts = [last for _, last in index.days(subject, _LAST) if last]
    return day_facts(subject, {"cev:earliest": min(firsts, default=None), "cev:latest": max(lasts, default=None)})
