"""What the pages need of a space, worked out once and kept as long as the space."""

from __future__ import annotations

import datetime
import threading
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, TypeVar
from weakref import WeakKeyDictionary

from kgtools import as_of, keep, vocab
from kgtools.archive import Text, sha256
from kgtools.chains import Index
from kgtools.documents import Archived, archived
from kgtools.evidence import absences, discrepancies, links, matrix, record
from kgtools.evidence.record import Assertion
from kgtools.faults import Fault
from kgtools.receipts.release import Release
from kgtools.space import Space
from kgtools.turtle import IRI, Literal, Triple
from kgtools.views import evidence

if TYPE_CHECKING:
    from kgtools.evidence import drift, origins

T = TypeVar("T")
Day = datetime.date | None
_ROOT = ("receipts/release.py", "receipts/tree.py", "turtle.py", "workspace.py")  # what the root depends on beside the files
_SPAN = ("start", "end", "firstLine", "lastLine")
NAMES = ("rdfs:label", "skos:prefLabel", "schema:text", "dcterms:title")


@dataclass(frozen=True)
class Claim:
    """A claim: its sentence, topic, what it is about and explains, its causes; all but the sentence as CURIEs."""

    name: str
    text: str
    topic: str
    about: tuple[str, ...]
    explains: tuple[str, ...]
    causes: tuple[str, ...]
    condition: tuple[str, ...]

    @property
    def kind(self) -> str:
        """Say whether it is an explanation or another claim."""
        return "explanation" if self.explains else "claim"


@dataclass(frozen=True)
class Incident:
    """An incident or series: label, kind and outcome as CURIEs, dates as recorded, first and last possible day."""

    name: str
    label: str
    kind: str
    outcome: str
    dates: tuple[str, ...]
    earliest: str
    latest: str
    craft: tuple[str, ...]
    series: tuple[str, ...]

    @property
    def date(self) -> str:
        """Return the dates as recorded."""
        return " or ".join(evidence.date(one) for one in self.dates) or "undated"


@dataclass(frozen=True)
class Passage:
    """A passage: the archived document's CURIE and file name, place in code points and lines, digest, key phrase, work."""

    name: str
    document: str
    file: str
    start: int
    end: int
    first_line: int
    last_line: int
    digest: str
    phrase: str
    work: str

    @property
    def lines(self) -> str:
        """Return the lines in words."""
        return f"line {self.first_line}" if self.first_line == self.last_line else f"lines {self.first_line}–{self.last_line}"


_KNOWN: WeakKeyDictionary[Space, Known] = WeakKeyDictionary()
_LOCK = threading.Lock()


def known(space: Space) -> Known:
    """Return what is worked out from a space, made at the first call."""
    with _LOCK:
        if space not in _KNOWN:
            _KNOWN[space] = Known(space)
        return _KNOWN[space]


def _is(name: str, kind: str) -> bool:
    return name.startswith(f"{kind}:")


class Known:
    """Everything that pages read more than once; nodes are CURIEs."""

    def __init__(self, space: Space) -> None:
        # The space itself is not held: the dictionary of all that is known would keep it alive for ever.
        self._files = space.files
        self._made: dict[tuple[str, str], object] = {}
        self._shortened: dict[str, str] = {}
        self.prefixes = space.prefixes
        self.kinds = frozenset(space.workspace.data_prefixes)
        self.graphs = {name: space.workspace.graph_name(name) for name in space.files}
        self.record = record.load(space)
        self.links = links.links(space, self.record)
        self.absences = absences.absences(space, self.record)
        self.documents: dict[str, Archived] = {one.iri: one for one in archived(space)}
        self.clocks = {
            clock: {self.short(iri): days for iri, days in as_of.days(space.derived, clock).items()} for clock in vocab.CLOCKS
        }
        self._workspace = space.workspace

    def short(self, iri: str) -> str:
        """Return the CURIE of an IRI, or the IRI itself."""
        if iri not in self._shortened:
            self._shortened[iri] = vocab.curie(iri, self.prefixes)
        return self._shortened[iri]

    def iri(self, name: str) -> str:
        """Return the IRI of a CURIE, or the name itself where no prefix fits."""
        prefix, _, local = name.partition(":")
        return self.prefixes[prefix] + local if prefix in self.prefixes else name

    def once(self, what: str, name: str, make: Callable[[], T]) -> T:
        """Return what a function gives, asked once for each name."""
        if (what, name) not in self._made:
            self._made[what, name] = make()
        return self._made[what, name]  # type: ignore[return-value]

    def matrix(self, space: Space, incident: str) -> matrix.Matrix:
        """Return the matrix of an incident."""
        return self.once("matrix", incident, lambda: matrix.matrix(space, self.record, incident))

    def drift(self, space: Space, incident: str) -> drift.Drift:
        """Return the drift of an incident's chains: of all chains those whose last assertion concerns it."""
        from kgtools.evidence import drift

        whole = self.once("drift", "", lambda: drift.drift(space))
        hops, chains = ([move for move in moves if incident in move.later.incidents] for moves in (whole.hops, whole.chains))
        inside = self.by_incident.get(incident, [])
        compared = sum(name in self.record.assertions for one in inside for name in one.reports)
        return drift.Drift(hops, chains, compared)

    def ledger(self, space: Space, incident: str) -> discrepancies.Ledger:
        """Return the discrepancies of an incident."""
        return self.once("ledger", incident, lambda: discrepancies.ledger(space, self.record, incident))

    def origins(self, space: Space) -> dict[str, origins.ClaimOrigins]:
        """Return the origins of all claims by claim."""
        from kgtools.evidence import origins

        return self.once("origins", "", lambda: {one.claim: one for one in origins.origins(space).claims})

    def warming(self, space: Space) -> Iterator[None]:
        """Work out beforehand, step by step, what the pages of incidents and claims take most time for."""
        self.origins(space)
        yield
        self.drift(space, "")
        for name in self.incidents:
            yield
            self.matrix(space, name)
            self.ledger(space, name)

    @property
    def dossiers(self) -> dict[str, list[Triple]]:
        """Return the triples of each file by the IRI of its graph."""
        return {self.graphs[name]: triples for name, triples in self._files.items()}

    @cached_property
    def index(self) -> Index:
        """Return all triples by subject and predicate (IRIs)."""
        return Index(self.dossiers)

    @cached_property
    def version(self) -> str:
        """Return the hash of the graph's files: the release's root, by which receipts are verified."""
        files = [(self._workspace.relative(path), path.read_bytes()) for path in self._workspace.files]
        name = keep.key(keep.rules(*_ROOT), *(part for file in files for part in file))
        kept = keep.kept("root", name)
        if kept is not None:
            return kept.decode("ascii")
        try:
            found = Release(self._workspace).root
        except Fault:
            found = sha256("".join(f"{file} {sha256(raw)}\n" for file, raw in files))
        keep.keep("root", name, found.encode("ascii"))
        return found

    def values(self, name: str, *properties: str) -> list[str]:
        """Return the values that a node has for some properties, as CURIEs or lexical forms, sorted."""
        found = self.index.objects.get(self.iri(name), {})
        listed = {self.plain(term) for one in properties for term in found.get(vocab.iri(one), ())}
        return sorted(listed)

    def plain(self, term: object) -> str:
        """Return a term as CURIE or lexical form."""
        value = str(getattr(term, "value", term))
        return self.short(value) if isinstance(term, IRI) else value

    def value(self, name: str, *properties: str) -> str:
        """Return the first value that a node has for some properties, empty where it has none."""
        return next(iter(self.values(name, *properties)), "")

    @cached_property
    def labels(self) -> dict[str, str]:
        """Return the label of every node that has one."""
        found: dict[str, str] = {}
        for subject, properties in self.index.objects.items():
            for one in NAMES:
                words = [term.value for term in properties.get(vocab.iri(one), ()) if isinstance(term, Literal)]
                if words:
                    found[self.short(subject)] = words[0]
                    break
        return found

    def label(self, name: str) -> str:
        """Return the label of a node, or its local name in words."""
        return self.labels.get(name) or name.partition(":")[2].replace("-", " ")

    def exists(self, name: str) -> bool:
        """Say whether the graph describes a node."""
        return self.iri(name) in self.index.objects

    def of_kind(self, kind: str) -> list[str]:
        """Return the nodes of a kind (prefix), sorted."""
        return self.once("kind", kind, lambda: sorted(name for name in map(self.short, self.index.objects) if _is(name, kind)))

    def subjects(self, *classes: str) -> list[str]:
        """Return the nodes that are of one of some classes, sorted."""
        wanted = {vocab.iri(one) for one in classes}

        def make() -> list[str]:
            found = (iri for iri in self.index.objects if wanted.intersection(self.index.iris(iri, "rdf:type")))
            return sorted(self.short(iri) for iri in found)

        return self.once("subjects", " ".join(classes), make)

    def pointing(self, name: str, *properties: str) -> list[str]:
        """Return the nodes that point at a node by some properties, sorted."""
        return sorted({here for property_, here in self.backwards.get(name, ()) if property_ in properties})

    @cached_property
    def backwards(self) -> dict[str, set[tuple[str, str]]]:
        """Return for each node the properties and nodes that point at it."""
        found: dict[str, set[tuple[str, str]]] = defaultdict(set)
        for triples in self._files.values():
            for t in triples:
                if isinstance(t.object, IRI) and isinstance(t.subject, IRI):
                    found[self.short(t.object.value)].add((self.short(t.predicate.value), self.short(t.subject.value)))
        return found

    @cached_property
    def claims(self) -> dict[str, Claim]:
        """Return all claims by name."""
        found = {}
        for name in self.subjects("cev:Claim", "cev:Explanation"):
            lists = (tuple(self.values(name, one)) for one in ("schema:about", "cev:explains", "cev:cause", "cev:onCondition"))
            found[name] = Claim(name, self.value(name, "schema:text"), self.value(name, "cev:topic"), *lists)
        return found

    @cached_property
    def incidents(self) -> dict[str, Incident]:
        """Return all incidents and series in order of their first possible day."""
        found = []
        for name in self.subjects("cev:Incident", "cev:IncidentSeries"):
            dates = tuple(self.values(name, "cev:occurred"))
            days = list(self.index.days(self.iri(name), (vocab.iri("cev:occurred"),)))
            firsts, lasts = ([day.isoformat() for day in side if day] for side in zip(*days, strict=True)) if days else ([], [])
            found.append(
                Incident(
                    name, self.label(name), self.value(name, "cev:kind"), self.value(name, "cev:outcome"), dates,
                    min(firsts, default=""), max(lasts, default=""), tuple(self.values(name, "cev:involves")),
                    tuple(self.values(name, "cev:inSeries")),
                )
            )  # fmt: skip
        return {one.name: one for one in sorted(found, key=lambda one: (one.earliest or one.latest or "9999", one.name))}

    @cached_property
    def by_incident(self) -> dict[str, list[Assertion]]:
        """Return the assertions that concern each incident, in order of date."""
        return self._grouped(lambda one: one.incidents)

    @cached_property
    def by_claim(self) -> dict[str, list[Assertion]]:
        """Return the assertions of each claim, in order of date."""
        return self._grouped(lambda one: [one.claim])

    @cached_property
    def by_speaker(self) -> dict[str, list[Assertion]]:
        """Return the assertions of each speaker, in order of date."""
        return self._grouped(lambda one: [one.speaker])

    @cached_property
    def by_source(self) -> dict[str, list[Assertion]]:
        """Return the assertions made in each work, in order of date."""
        return self._grouped(lambda one: [one.source])

    def _grouped(self, keys: Callable[[Assertion], Iterable[str]]) -> dict[str, list[Assertion]]:
        found: dict[str, list[Assertion]] = defaultdict(list)
        for one in sorted(self.record.assertions.values(), key=lambda a: (a.earliest or "9999", a.latest or "9999", a.name)):
            for key in keys(one):
                if key:
                    found[key].append(one)
        return found

    def passages(self, assertion: str) -> list[Passage]:
        """Return the passages of an assertion in order of place."""
        found = (self._passages[name] for name in self.values(assertion, "cev:foundIn") if name in self._passages)
        return sorted(found, key=lambda one: (one.file, one.start))

    @cached_property
    def _passages(self) -> dict[str, Passage]:
        found = {}
        for name in self.subjects("cev:Passage"):
            document = self.value(name, "oa:hasSource")
            start, end, first, last = (_number(self.value(name, f"cev:{one}")) for one in _SPAN)
            file = self.documents[document].file_name if document in self.documents else document
            digest, phrase, work = (self.value(name, one) for one in ("schema:sha256", "cev:keyPhrase", "cev:inSource"))
            found[name] = Passage(name, document, file, start, end, first, last, digest, phrase, work)
        return found

    def text(self, document: str) -> Text | None:
        """Return the text of an archived document, None where it is not at hand or cannot be read."""
        return self.once("text", document, lambda: _read(self.documents.get(document)))

    def described(self, names: Iterable[str], index: Index | None = None) -> list[Triple]:
        """Return the triples that describe some nodes, as the files have them, or as another index does."""
        index = index or self.index
        wanted = dict.fromkeys(self.iri(name) for name in names)
        return [
            Triple(IRI(subject), IRI(predicate), term)
            for subject in wanted
            for predicate, terms in index.objects.get(subject, {}).items()
            for term in terms
        ]


def _number(text: str) -> int:
    return int(text) if text.isdecimal() else 0


def _read(document: Archived | None) -> Text | None:
    try:
        return document.text() if document else None
    except Fault:
        return None
