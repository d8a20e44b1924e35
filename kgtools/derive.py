"""Facts derived when loading: superclasses, origins and standings of chains, what is about what, first and last days.

Nothing here is typed by hand and nothing is stored in `graph/`. The rules stand with each function; the terms are defined
under «Derived when loading» in ontology/cev.ttl.
"""

from __future__ import annotations

import datetime
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Protocol

from kgtools import dates, keep, vocab
from kgtools.turtle import IRI, Literal, Term, Triple

_TYPE = IRI(vocab.iri("rdf:type"))
_DATE = IRI(vocab.iri("xsd:date"))
_SUPER = {vocab.iri(name): tuple(IRI(vocab.iri(upper)) for upper in vocab.superclasses(name)) for name in vocab.SUPERCLASSES}
_UPPER = {vocab.iri(name): IRI(vocab.iri(upper)) for name, upper in vocab.SUPERPROPERTIES.items()}
_ASSERTIONS = frozenset(vocab.iri(name) for name in vocab.ASSERTIONS)
_MIXED = vocab.iri("cev:MixedOrigins")
_FIRST = tuple(vocab.iri(name) for name in ("cev:occurred", "dcterms:issued", "cev:began"))
_LAST = tuple(vocab.iri(name) for name in ("cev:occurred", "dcterms:issued", "cev:ended"))

_NOTHING: dict[str, list[Term]] = {}

Day = datetime.date | None
_iri = lru_cache(maxsize=None)(vocab.iri)

# The properties that are never stated.
_DERIVED = frozenset(
    map(
        vocab.iri,
        "cev:earliest cev:latest cev:publicEarliest cev:publicLatest cev:eventEarliest cev:eventLatest cev:curatedOn"
        " cev:standing cev:originStanding cev:side cev:origin cev:concerns cev:inDossier".split(),
    )
)

# The properties that a derivation reads of what lies beyond its dossier.
READ = frozenset(
    map(
        vocab.iri,
        "rdf:type dcterms:issued cev:occurred cev:said schema:about cev:explains cev:claims cev:reports cev:inSource"
        " prov:generatedAtTime".split(),
    )
)  # fmt: skip


@cache
def _node(name: str) -> IRI:
    return IRI(vocab.iri(name))


class Index:
    """All triples of a workspace by subject and predicate, as plain strings where the object is an IRI."""

    def __init__(self, files: Mapping[str, Iterable[Triple]]) -> None:
        self.objects: dict[str, dict[str, list[Term]]] = defaultdict(lambda: defaultdict(list))
        self.graph_of: dict[str, str] = {}
        for graph, triples in files.items():
            for triple in triples:
                if isinstance(triple.subject, IRI):
                    self.objects[triple.subject.value][triple.predicate.value].append(triple.object)
                    self.graph_of.setdefault(triple.subject.value, graph)

    def known(self, subject: str) -> Mapping[str, list[Term]]:
        """Return what is said of a subject, by predicate."""
        return self.objects.get(subject, _NOTHING)

    def reporters(self, subject: str) -> Iterable[str]:  # noqa: ARG002
        """Return the assertions beyond these triples that report one."""
        return ()

    def iris(self, subject: str, name: str) -> list[str]:
        """Return the IRIs that a subject has for a property, given as CURIE."""
        known = self.known(subject)
        return [term.value for term in known.get(_iri(name), ()) if isinstance(term, IRI)] if known else []

    def days(self, subject: str, predicates: Iterable[str]) -> Iterator[tuple[Day, Day]]:
        """Yield the first and last days of a subject's EDTF strings; strings outside the profile are left to `check`."""
        known = self.known(subject)
        for predicate in predicates:
            for term in known.get(predicate, ()):
                if isinstance(term, Literal):
                    try:
                        yield dates.bounds(term.value)
                    except ValueError:
                        continue


@cache
def rules() -> str:
    """Return a key of the rules of this room and of what they stand on."""
    return keep.rules("derive.py", "dates.py", "vocab.py")


def facts(files: Mapping[str, Iterable[Triple]]) -> list[Triple]:
    """Return all facts that follow from the files (graph IRI -> triples) by the rules of this room."""
    return derived(Index(files))


def derived(index: Index) -> list[Triple]:
    """Return the facts that follow about the subjects of an index."""
    chains = Chains(index)
    found: list[Triple] = []
    for subject, properties in index.objects.items():
        node = IRI(subject)
        for kind in properties.get(_TYPE.value, ()):
            found.extend(Triple(node, _TYPE, upper) for upper in _SUPER.get(getattr(kind, "value", ""), ()))
        for name in _UPPER.keys() & properties.keys():
            found.extend(Triple(node, _UPPER[name], other) for other in properties[name])
    for subject in chains.assertions:
        found.extend(chains.facts(subject))
    found.extend(_event_days(index, chains.assertions))
    return list(dict.fromkeys(found))


class Around(Protocol):
    """What lies around a dossier: the graph, asked for no more than a derivation needs."""

    def describe(self, subject: str) -> Mapping[str, list[Term]] | None:
        """Return what is said of a subject with the properties of READ, by predicate; None if it is not known here."""

    def reporters(self, subject: str) -> Iterable[str]:
        """Return all assertions that report one."""


@dataclass(frozen=True)
class Facts:
    """What follows for one dossier: the triples, what was read beyond it and its hash, what was not found, what is reported."""

    triples: list[Triple]
    read: frozenset[str]
    digest: str
    missing: frozenset[str]
    reported: frozenset[str]


def dossier(graph: str, triples: Iterable[Triple], around: Around) -> Facts:
    """Return what follows for one dossier (its graph's IRI and its triples), reading no more around it than need be.

    For a dossier of a graph these are the same triples that `facts` returns for its subjects from all files.
    """
    index = _Cut(graph, triples, around)
    found = derived(index)
    reported = frozenset(one for subject in index.objects for one in index.iris(subject, "cev:reports"))
    return Facts(found, frozenset(index.read), index.digest(), frozenset(index.missing), reported)


class _Cut(Index):
    """The triples of a dossier, and beyond it what the rules ask for, remembered as read."""

    def __init__(self, graph: str, triples: Iterable[Triple], around: Around) -> None:
        super().__init__({graph: triples})
        self._around = around
        self._beyond: dict[str, Mapping[str, list[Term]]] = {}
        self._reported: dict[str, list[str]] = {}
        self.missing: set[str] = set()

    def known(self, subject: str) -> Mapping[str, list[Term]]:
        """Return what is said of a subject, here or around."""
        own = self.objects.get(subject)
        if own is not None:
            return own
        if subject not in self._beyond:
            found = self._around.describe(subject)
            if found is None:
                self.missing.add(subject)
            self._beyond[subject] = _plain(found) if found else _NOTHING
        return self._beyond[subject]

    def reporters(self, subject: str) -> Iterable[str]:
        """Return the assertions around the dossier that report one."""
        if subject not in self._reported:
            self._reported[subject] = sorted(set(self._around.reporters(subject)) - self.objects.keys())
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


def _plain(properties: Mapping[str, list[Term]]) -> Mapping[str, list[Term]]:
    """Return what is read of a description, in one order, its class of assertion without derived superclasses."""
    found = {name: sorted(terms, key=str) for name, terms in properties.items() if name in READ and name != _TYPE.value}
    standing = _standing(properties)
    return {**found, _TYPE.value: [IRI(standing)]} if standing else found


def stated(said: Iterable[Triple]) -> list[Triple]:
    """Return what is stated of nodes, given all that is said of them, derived facts included."""
    listed = list(said)
    special = {
        (t.subject, upper) for t in listed if t.predicate == _TYPE for upper in _SUPER.get(getattr(t.object, "value", ""), ())
    }
    upper = {(t.subject, _UPPER[t.predicate.value], t.object) for t in listed if t.predicate.value in _UPPER}
    return [
        t
        for t in listed
        if t.predicate.value not in _DERIVED
        and not (t.predicate == _TYPE and (t.subject, t.object) in special)
        and (t.subject, t.predicate, t.object) not in upper
    ]


def _event_days(index: Index, assertions: Mapping[str, str]) -> Iterator[Triple]:
    """Yield first and last days of whatever is dated but assertions; where several dates stand, the widest span."""
    for subject in list(index.objects):
        if subject not in assertions:
            firsts = [first for first, _ in index.days(subject, _FIRST) if first]
            lasts = [last for _, last in index.days(subject, _LAST) if last]
            yield from _day(subject, "cev:earliest", min(firsts, default=None))
            yield from _day(subject, "cev:latest", max(lasts, default=None))


def _day(subject: str, name: str, day: Day) -> Iterator[Triple]:
    if day is not None:
        yield Triple(IRI(subject), _node(name), Literal(day.isoformat(), datatype=_DATE))


def _latest_of_all(days: list[Day]) -> Day:
    """Return the latest day, None if there is none or if one is unknown."""
    return max((day for day in days if day), default=None) if all(days) else None


def written_on(index: Index, subject: str) -> Day:
    """Return the first day, in UTC, of a subject's own prov:generatedAtTime; None where it has none that can be read."""
    found = []
    for term in index.known(subject).get(_iri("prov:generatedAtTime"), ()):
        try:
            moment = datetime.datetime.fromisoformat(getattr(term, "value", ""))
        except ValueError:
            continue
        found.append((moment if moment.tzinfo else moment.replace(tzinfo=datetime.UTC)).astimezone(datetime.UTC).date())
    return min(found, default=None)


def _standing(properties: Mapping[str, list[Term]]) -> str:
    """Return the class of assertion that is given, the most special one; nothing where none is given."""
    kinds = {kind.value for kind in properties.get(_TYPE.value, ()) if isinstance(kind, IRI)} & _ASSERTIONS
    if len(kinds) > 1:
        kinds -= {upper.value for kind in kinds for upper in _SUPER.get(kind, ())}
    return max(kinds, default="")


class Chains:
    """The `cev:reports` chains of all assertions."""

    def __init__(self, index: Index) -> None:
        self.index = index
        self.assertions: dict[str, str] = {}
        self._reporters: dict[str, list[str]] = defaultdict(list)
        for subject, properties in index.objects.items():
            kind = _standing(properties)
            if kind:
                self.assertions[subject] = kind
        for subject in self.assertions:
            for reported in index.iris(subject, "cev:reports"):
                self._reporters[reported].append(subject)
        self._speech: dict[str, tuple[Day, Day]] = {}

    def standing(self, subject: str) -> str:
        """Return the class of an assertion, here or beyond; nothing if it is none."""
        return self.assertions.get(subject) or _standing(self.index.known(subject))

    def reporters(self, subject: str) -> list[str]:
        """Return the assertions, here and beyond, that report one."""
        return [*self._reporters.get(subject, ()), *self.index.reporters(subject)]

    def origins(self, subject: str) -> list[str]:
        """Return the ends of an assertion's chain: the assertions reached over cev:reports that report nothing."""
        reached = self._reach(subject, lambda one: self.index.iris(one, "cev:reports"))
        return sorted(one for one in reached if not self.index.iris(one, "cev:reports"))

    def _reach(self, start: str, step: object) -> list[str]:
        seen, queue = {start}, [start]
        while queue:
            for other in step(queue.pop()):  # type: ignore[operator]
                if other not in seen and self.standing(other):
                    seen.add(other)
                    queue.append(other)
        return sorted(seen)

    def concerns(self, subject: str) -> list[str]:
        """Return the incidents that an assertion or its claim is about or would explain."""
        found = set(self.index.iris(subject, "schema:about"))
        for claim in self.index.iris(subject, "cev:claims"):
            found.update(self.index.iris(claim, "schema:about"), self.index.iris(claim, "cev:explains"))
        return sorted(found)

    def speech_days(self, subject: str) -> tuple[Day, Day]:
        """Return the first and last possible day of a speech act.

        What cev:said gives counts; else the publication of its work; else it lies between the latest of what it reports, or
        the latest event that it is about, and the first dated assertion that passes it on.
        """
        if subject not in self._speech:
            self._speech[subject] = (None, None)  # a loop of chains ends here; `check` reports it
            self._speech[subject] = self._speech_days(subject)
        return self._speech[subject]

    def _speech_days(self, subject: str) -> tuple[Day, Day]:
        stated = list(self.index.days(subject, (vocab.iri("cev:said"),))) or self.published(subject)
        first = max((day for day, _ in stated if day), default=None)
        last = min((day for _, day in stated if day), default=None)
        if first is None:
            reported = [self.speech_days(one)[0] for one in self.index.iris(subject, "cev:reports")]
            first = max((day for day in reported if day), default=None)
        if last is None:
            passed = [self._stated_last(one) for one in self._reach(subject, lambda one: self.reporters(one))]
            last = min((day for day in passed if day), default=None)
        return first or self._event(subject, last), last

    def _stated_last(self, subject: str) -> Day:
        stated = list(self.index.days(subject, (vocab.iri("cev:said"),))) or self.published(subject)
        return min((day for _, day in stated if day), default=None)

    def _event(self, subject: str, last: Day) -> Day:
        """Return the first day of the latest incident that an assertion is about and that is not later than a last day."""
        firsts = [
            first
            for incident in self.concerns(subject)
            for first, _ in self.index.days(incident, (vocab.iri("cev:occurred"),))
            if first
        ]
        before = [first for first in firsts if last is None or first <= last]
        return max(before, default=min(firsts, default=None))

    def published(self, subject: str) -> list[tuple[Day, Day]]:
        """Return the first and last days of publication of the works in which an assertion was made."""
        issued = (vocab.iri("dcterms:issued"),)
        return [day for work in self.index.iris(subject, "cev:inSource") for day in self.index.days(work, issued)]

    def public_days(self, subject: str) -> tuple[Day, Day]:
        """Return the first day on which an assertion may have been public, and the day by which it certainly was.

        The publications that count are those of its own work and of every work that passes it on; an undated work
        may have appeared as early as its speech act, and makes nothing certain.
        """
        firsts: list[datetime.date] = []
        lasts: list[datetime.date] = []
        for hop in self._reach(subject, lambda one: self.reporters(one)):
            if self.index.iris(hop, "cev:inSource"):
                days = self.published(hop)
                firsts.extend(day for day, _ in days if day)
                lasts.extend(day for _, day in days if day)
                first = self.speech_days(hop)[0]
                if not days and first:
                    firsts.append(first)
        return min(firsts, default=None), min(lasts, default=None)

    def event_days(self, subject: str) -> tuple[Day, Day]:
        """Return the days by which all incidents that an assertion is about may have happened, and certainly had.

        Both are None where it is about none, or where one of them is undated.
        """
        firsts: list[Day] = []
        lasts: list[Day] = []
        for incident in self.concerns(subject):
            days = list(self.index.days(incident, (vocab.iri("cev:occurred"),)))
            firsts.append(min((first for first, _ in days if first), default=None))
            lasts.append(max((last for _, last in days if last), default=None))
        return _latest_of_all(firsts), _latest_of_all(lasts)

    def curated_on(self, subject: str) -> Day:
        """Return the day in UTC on which a record was written, else its file; a time without zone counts as UTC."""
        return written_on(self.index, subject) or written_on(self.index, self.index.graph_of[subject])

    def side(self, subject: str) -> str:
        """Say whether an assertion counts for its claim, against it, or neither, as what is said on a condition does."""
        conditional = any(
            self.index.iris(node, "cev:onCondition") for node in (subject, *self.index.iris(subject, "cev:claims"))
        )
        forces = self.index.iris(subject, "cev:force")
        force = forces[0].rsplit("/", 1)[-1] if forces else ""
        return "neither" if conditional else vocab.FORCE_COUNTS.get(force, "neither")

    def facts(self, subject: str) -> Iterator[Triple]:
        """Yield what is derived about one assertion."""
        node = IRI(subject)
        origins = self.origins(subject)
        standings = {self.standing(one) for one in origins}
        standing = next(iter(standings)) if len(standings) == 1 else _MIXED
        yield Triple(node, _node("cev:standing"), IRI(self.assertions[subject]))
        yield Triple(node, _node("cev:originStanding"), IRI(standing))
        yield Triple(node, _node("cev:inDossier"), IRI(self.index.graph_of[subject]))
        yield Triple(node, _node("cev:side"), Literal(self.side(subject)))
        for name, others in (("cev:origin", origins), ("cev:concerns", self.concerns(subject))):
            for other in others:
                yield Triple(node, _node(name), IRI(other))
        first, last = self.speech_days(subject)
        yield from _day(subject, "cev:earliest", first)
        yield from _day(subject, "cev:latest", last)
        first, last = self.public_days(subject)
        yield from _day(subject, "cev:publicEarliest", first)
        yield from _day(subject, "cev:publicLatest", last)
        first, last = self.event_days(subject)
        yield from _day(subject, "cev:eventEarliest", first)
        yield from _day(subject, "cev:eventLatest", last)
        yield from _day(subject, "cev:curatedOn", self.curated_on(subject))
