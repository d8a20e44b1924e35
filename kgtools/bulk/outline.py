"""The first pass: what a dossier asks of others, and what others may ask of it.

Between dossiers only little is read: what derivations read of the things that a dossier names (`derive.READ`), and what the
shapes see one step beyond it, the classes and lists of these things. Where a dossier points at others by properties that are
read against their direction, it says so itself.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cache
from sys import intern

from kgtools import derive, turtle, vocab
from kgtools.archive import sha256
from kgtools.bulk.setting import Given
from kgtools.check import shapes
from kgtools.faults import Fault
from kgtools.turtle import IRI, Triple

_GONE = vocab.iri("cev:withdrawnOn")
_REPORTS = vocab.iri("cev:reports")
_DOCUMENT = IRI(vocab.iri("cev:Document"))
_CITES = frozenset(map(vocab.iri, ("oa:hasSource", "cev:searched")))
_USES = frozenset(map(vocab.iri, ("cev:foundIn", "cev:attributedBy")))
_LINKS = frozenset(
    map(
        vocab.iri,
        "schema:about cev:explains cev:claims cev:reports cev:inSource prov:wasAttributedTo rdfs:subClassOf rdf:type".split(),
    )
)


@dataclass(frozen=True, slots=True)
class Outline:
    """A file by its name: its hash, what it names and does not describe, the links into other files that are read backwards
    (subject, N-Triples), its withdrawn records, the subjects that have their home elsewhere, the archived documents that it
    describes and those that it cites, the passages of other files that it uses; or why it cannot be read."""

    name: str
    digest: str = ""
    asks: tuple[str, ...] = ()
    links: tuple[tuple[str, str, str], ...] = ()
    gone: tuple[str, ...] = ()
    strays: tuple[str, ...] = ()
    documents: tuple[str, ...] = ()
    cites: tuple[str, ...] = ()
    uses: tuple[str, ...] = ()
    fault: tuple[str, str, str] | None = None

    def thrifty(self) -> Outline:
        """Return the outline with names that this process keeps once, however many outlines have them."""
        return replace(
            self, asks=_once(self.asks), documents=_once(self.documents), cites=_once(self.cites),
            links=tuple((intern(subject), intern(node), line) for subject, node, line in self.links),
        )  # fmt: skip


def _once(names: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(map(intern, names))


@dataclass(frozen=True)
class Said:
    """A triple: the IRI that is its object, if it is one, whether more may be read because of it, and its N-Triples."""

    object: str
    leads: bool
    line: str


@dataclass(frozen=True)
class Answer:
    """What a file says of what it was asked for, by subject, and who in it reports what."""

    name: str
    said: dict[str, list[Said]]
    reporters: dict[str, list[str]]


@cache
def offered() -> frozenset[str]:
    """Return the properties that may be read of what lies beyond a dossier; raise Fault if the shapes see further than that."""
    states = shapes.model().sight.states[1:]
    if shapes.model().sight.unbounded or any(state.every or state.inverse for state in states):
        raise Fault("shapes.ttl", "a shape reads more of other dossiers than can be handed over", "check without `bulk`")
    return derive.READ | {name for state in states for name in state.forward}


@cache
def backwards() -> frozenset[str]:
    """Return the properties that are read against their direction."""
    return shapes.model().sight.inverse() | {_REPORTS}


def outline(given: Given, name: str) -> Outline:
    """Return the outline of a file."""
    setting = given.load()
    try:
        raw = setting.place.read(name)
        triples = turtle.parse_text(raw, name)
    except Fault as fault:
        return Outline(name, fault=(fault.where, fault.what, fault.cure))
    own = {t.subject.value for t in triples if isinstance(t.subject, IRI)}
    asks = {t.object.value for t in triples if isinstance(t.object, IRI)} - own
    links = [
        (t.subject.value, t.object.value, f"{t} .")
        for t in triples
        if t.predicate.value in backwards()
        and isinstance(t.object, IRI)
        and isinstance(t.subject, IRI)
        and t.object.value in asks
    ]
    gone = {t.subject.value for t in triples if t.predicate.value == _GONE and isinstance(t.subject, IRI)}
    strays = sorted(one for one in own if setting.workspace.home(one) != name)
    pointed = [(t.predicate.value, t.object.value) for t in triples if isinstance(t.object, IRI)]
    documents = {t.subject.value for t in triples if isinstance(t.subject, IRI) and t.object == _DOCUMENT}
    cites = {node for predicate, node in pointed if predicate in _CITES}
    uses = {node for predicate, node in pointed if predicate in _USES} - own
    return Outline(
        name, sha256(raw), tuple(sorted(asks)), tuple(sorted(links)), tuple(sorted(gone)), tuple(strays),
        tuple(sorted(documents)), tuple(sorted(cites)), tuple(sorted(uses)),
    )  # fmt: skip


def answer(given: Given, question: tuple[str, list[str]]) -> Answer:
    """Return what a file (its name) says of some things, and of what leads on from them within it."""
    name, wanted = question
    triples = turtle.parse_text(given.load().place.read(name), name)
    said: dict[str, list[Triple]] = {}
    reporters: dict[str, list[str]] = {}
    for t in triples:
        if isinstance(t.subject, IRI):
            said.setdefault(t.subject.value, []).append(t)
            if t.predicate.value == _REPORTS and isinstance(t.object, IRI):
                reporters.setdefault(t.object.value, []).append(t.subject.value)
    found: dict[str, list[Said]] = {}
    queue = [one for one in wanted if one in said]
    for subject in queue:
        if subject not in found:
            found[subject] = [_said(t) for t in said[subject] if t.predicate.value in offered()]
            onward = [*(one.object for one in found[subject] if one.leads), *reporters.get(subject, ())]
            queue.extend(other for other in onward if other in said)
    return Answer(name, found, {subject: reporters[subject] for subject in found if subject in reporters})


def _said(triple: Triple) -> Said:
    other = triple.object.value if isinstance(triple.object, IRI) else ""
    return Said(other, bool(other) and triple.predicate.value in _LINKS, f"{triple} .")
