"""The chains of assertions, followed over the triples of a workspace: origins, depth, days, sides, what hops harden."""

from __future__ import annotations

import datetime
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from functools import cache, lru_cache
from typing import Never

from kgtools import dates, vocab
from kgtools.turtle import IRI, Literal, Term, Triple

TYPE = IRI(vocab.iri("rdf:type"))
SUPER = {vocab.iri(name): tuple(IRI(vocab.iri(upper)) for upper in vocab.superclasses(name)) for name in vocab.SUPERCLASSES}
NOTHING: Mapping[str, Never] = {}
ASSERTIONS = frozenset(vocab.iri(name) for name in vocab.ASSERTIONS)
# The kinds of agents with a name, and those that derivations tell apart.
_NAMED = frozenset((vocab.iri("prov:Person"), vocab.iri("prov:Organization")))
_DATE, _INTEGER = vocab.iri("xsd:date"), vocab.iri("xsd:integer")
_RANKS = {name: rank for concept, rank in vocab.RANKS.items() for name in (concept, vocab.iri(concept))}
_HARDENED = (("cev:hardensHedgeOf", "cev:hedge"), ("cev:hardensForceOf", "cev:force"))
_MIXED = vocab.iri("cev:MixedOrigins")

Day = datetime.date | None
_iri = lru_cache(maxsize=None)(vocab.iri)


@cache
def _predicate(name: str) -> str:
    return f"<{vocab.iri(name)}>"


class Index:
    """All triples of a workspace by subject and predicate, as plain strings where the object is an IRI."""

    def __init__(self, files: Mapping[str, Iterable[Triple]]) -> None:
        self.objects: dict[str, dict[str, list[Term]]] = defaultdict(lambda: defaultdict(list))
        self.graph_of: dict[str, str] = {}
        for graph, triples in files.items():
            said: dict[str, list[Term]] = defaultdict(list)
            last: object = None  # most often the subject is that of the triple before
            for node, predicate, term in triples:
                if node != last:
                    last, said = node, defaultdict(list)
                    if isinstance(node, IRI):
                        said = self.objects[node.value]
                        self.graph_of.setdefault(node.value, graph)
                said[predicate.value].append(term)

    def known(self, subject: str) -> Mapping[str, list[Term]]:
        """Return what is said of a subject, by predicate."""
        return self.objects.get(subject, NOTHING)

    def iris(self, subject: str, name: str) -> list[str]:
        """Return the IRIs that a subject has for a property, given as CURIE."""
        terms = self.known(subject).get(_iri(name))
        return [term.value for term in terms if isinstance(term, IRI)] if terms else []

    def texts(self, subject: str, predicate: str) -> list[str]:
        """Return the literals that a subject has for a property (IRI), without language and datatype."""
        return [term.value for term in self.known(subject).get(predicate, ()) if isinstance(term, Literal)]

    def days(self, subject: str, predicates: Iterable[str]) -> Iterator[tuple[Day, Day]]:
        """Yield the first and last days of a subject's EDTF strings; strings outside the profile are left to `check`."""
        return _spans(self.texts(subject, predicate) for predicate in predicates)


class Said:
    """What N-Triples say, by subject and predicate, each term as it is written there: no object is made of any."""

    def __init__(self, files: Mapping[str, bytes]) -> None:
        self.objects: dict[str, dict[str, list[str]]] = defaultdict(dict)
        self.graph_of: dict[str, str] = {}
        for graph, text in files.items():
            last: str = ""
            said: dict[str, list[str]] = {}
            for statement in text.decode("utf-8").split("\n")[:-1]:
                subject, predicate, term = statement.split(" ", 2)
                if subject != last:  # most often it is that of the line before
                    last, said = subject, {}
                    if subject[0] == "<":
                        said = self.objects[subject[1:-1]]
                        self.graph_of.setdefault(subject[1:-1], graph)
                said.setdefault(predicate[1:-1], []).append(term[:-2])

    def known(self, subject: str) -> Mapping[str, list[str]]:
        """Return what is said of a subject, by predicate."""
        return self.objects.get(subject, NOTHING)

    def reporters(self, subject: str) -> Iterable[str]:  # noqa: ARG002
        """Return the assertions beyond these triples that report one."""
        return ()

    def iris(self, subject: str, name: str) -> list[str]:
        """Return the IRIs that a subject has for a property, given as CURIE."""
        terms = self.known(subject).get(_iri(name))
        return [term[1:-1] for term in terms if term[0] == "<" != term[1]] if terms else []

    def texts(self, subject: str, predicate: str) -> list[str]:
        """Return the literals that a subject has for a property (IRI), without language and datatype, escapes as they are."""
        terms = self.known(subject).get(predicate)
        return [term[1 : term.rindex('"')] for term in terms if term[0] == '"'] if terms else []

    def days(self, subject: str, predicates: Iterable[str]) -> Iterator[tuple[Day, Day]]:
        """Yield the first and last days of a subject's EDTF strings; strings outside the profile are left to `check`."""
        known = self.known(subject)
        return _spans(self.texts(subject, predicate) for predicate in predicates if predicate in known)


def _spans(listed: Iterable[list[str]]) -> Iterator[tuple[Day, Day]]:
    for texts in listed:
        for text in texts:
            try:
                yield dates.bounds(text)
            except ValueError:
                continue


def line(subject: str, name: str, term: str) -> str:
    """Return a fact as a line of N-Triples, given a subject (IRI), a property (CURIE) and a term as it is written there."""
    return f"<{subject}> {_predicate(name)} {term} .\n"


def day_facts(subject: str, days: Mapping[str, Day]) -> list[str]:
    """Return days of a subject, by property (CURIE), as lines of N-Triples, where there are such days."""
    return [line(subject, name, _on(day)) for name, day in days.items() if day is not None]


@lru_cache(maxsize=20_000)
def _on(day: datetime.date) -> str:
    return f'"{day.isoformat()}"^^<{_DATE}>'


def _latest_of_all(days: list[Day]) -> Day:
    """Return the latest day, None if there is none or if one is unknown."""
    return max((day for day in days if day), default=None) if all(days) else None


def written_on(index: Index | Said, subject: str) -> Day:
    """Return the first day, in UTC, of a subject's own prov:generatedAtTime; None where it has none that can be read."""
    found = []
    for text in index.texts(subject, _iri("prov:generatedAtTime")):
        try:
            moment = datetime.datetime.fromisoformat(text)
        except ValueError:
            continue
        found.append((moment if moment.tzinfo else moment.replace(tzinfo=datetime.UTC)).astimezone(datetime.UTC).date())
    return min(found, default=None)


def steps(before: str, after: str) -> int:
    """Return by how many ranks a hedge or force (CURIE or IRI) is harder than an earlier one; 0 if they cannot be compared."""
    first, second = _RANKS.get(before, 0), _RANKS.get(after, 0)
    return first - second if first and second else 0


def naming_of(classes: Iterable[str]) -> set[str]:
    """Return those of an agent's classes (IRIs) by which it has a name."""
    return set(_NAMED.intersection(classes))


def standing_of(classes: Iterable[str]) -> str:
    """Return the class of assertion among a node's classes (IRIs), the most special one; nothing where there is none."""
    kinds = set(ASSERTIONS.intersection(classes))
    if len(kinds) > 1:
        kinds -= {upper.value for kind in kinds for upper in SUPER.get(kind, ())}
    return max(kinds, default="")


class Chains:
    """The `cev:reports` chains of all assertions."""

    def __init__(self, index: Said) -> None:
        self.index = index
        self.assertions: dict[str, str] = {}
        self._reporters: dict[str, list[str]] = defaultdict(list)
        for subject in index.objects:
            kind = standing_of(index.iris(subject, "rdf:type"))
            if kind:
                self.assertions[subject] = kind
        for subject in self.assertions:
            for reported in index.iris(subject, "cev:reports"):
                self._reporters[reported].append(subject)
        self._concerns: dict[str, list[str]] = {}
        self._speech: dict[str, tuple[Day, Day]] = {}
        self._occurred: dict[str, tuple[Day, Day]] = {}
        self._named: dict[str, bool] = {}
        self._written: dict[str, Day] = {}

    def standing(self, subject: str) -> str:
        """Return the class of an assertion, here or beyond; nothing if it is none."""
        return self.assertions.get(subject) or standing_of(self.index.iris(subject, "rdf:type"))

    def reporters(self, subject: str) -> list[str]:
        """Return the assertions, here and beyond, that report one."""
        return [*self._reporters.get(subject, ()), *self.index.reporters(subject)]

    def origins(self, subject: str) -> dict[str, int]:
        """Return the ends of an assertion's chain, each with the hops of the shortest way to it.

        An end is reached over cev:reports and reports nothing.
        """
        hops, queue, ends = {subject: 0}, [subject], {}
        for here in queue:  # which grows while it is read
            reported = self.index.iris(here, "cev:reports")
            if not reported:
                ends[here] = hops[here]
            for other in reported:
                if other not in hops and self.standing(other):
                    hops[other] = hops[here] + 1
                    queue.append(other)
        return dict(sorted(ends.items()))

    def named(self, subject: str) -> bool:
        """Say whether an assertion has a speaker with a name."""
        if subject not in self._named:
            speakers = self.index.iris(subject, "prov:wasAttributedTo")
            self._named[subject] = any(naming_of(self.index.iris(one, "rdf:type")) for one in speakers)
        return self._named[subject]

    def hardened(self, subject: str, other: str, name: str) -> bool:
        """Say whether an assertion has a harder value of a property (CURIE), hedge or force, than another."""
        befores, afters = self.index.iris(other, name), self.index.iris(subject, name)
        return any(steps(before, after) > 0 for before in befores for after in afters)

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
        if subject not in self._concerns:
            found = set(self.index.iris(subject, "schema:about"))
            for claim in self.index.iris(subject, "cev:claims"):
                found.update(self.index.iris(claim, "schema:about"), self.index.iris(claim, "cev:explains"))
            self._concerns[subject] = sorted(found)
        return self._concerns[subject]

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
        stated = list(self.index.days(subject, (_iri("cev:said"),))) or self.published(subject)
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
        stated = list(self.index.days(subject, (_iri("cev:said"),))) or self.published(subject)
        return min((day for _, day in stated if day), default=None)

    def _event(self, subject: str, last: Day) -> Day:
        """Return the first day of the latest incident that an assertion is about and that is not later than a last day."""
        firsts = [
            first
            for incident in self.concerns(subject)
            for first, _ in self.index.days(incident, (_iri("cev:occurred"),))
            if first
        ]
        before = [first for first in firsts if last is None or first <= last]
        return max(before, default=min(firsts, default=None))

    def published(self, subject: str) -> list[tuple[Day, Day]]:
        """Return the first and last days of publication of the works in which an assertion was made."""
        issued = (_iri("dcterms:issued"),)
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
            if incident not in self._occurred:
                days = list(self.index.days(incident, (_iri("cev:occurred"),)))
                first = min((first for first, _ in days if first), default=None)
                self._occurred[incident] = first, max((last for _, last in days if last), default=None)
            firsts.append(self._occurred[incident][0])
            lasts.append(self._occurred[incident][1])
        return _latest_of_all(firsts), _latest_of_all(lasts)

    def curated_on(self, subject: str) -> Day:
        """Return the day in UTC on which a record was written, else its file; a time without zone counts as UTC."""
        graph = self.index.graph_of[subject]
        if graph not in self._written:
            self._written[graph] = written_on(self.index, graph)
        return written_on(self.index, subject) or self._written[graph]

    def side(self, subject: str) -> str:
        """Say whether an assertion counts for its claim, against it, or neither, as what is said on a condition does."""
        conditional = any(
            self.index.iris(node, "cev:onCondition") for node in (subject, *self.index.iris(subject, "cev:claims"))
        )
        forces = self.index.iris(subject, "cev:force")
        force = forces[0].rsplit("/", 1)[-1] if forces else ""
        return "neither" if conditional else vocab.FORCE_COUNTS.get(force, "neither")

    def facts(self, subject: str) -> list[str]:
        """Return what is derived about one assertion, as lines of N-Triples."""
        origins = self.origins(subject)
        standings = {self.standing(one) for one in origins}
        standing = standings.pop() if len(standings) == 1 else _MIXED
        found = [
            ("cev:standing", f"<{self.assertions[subject]}>"),
            ("cev:originStanding", f"<{standing}>"),
            ("cev:inDossier", f"<{self.index.graph_of[subject]}>"),
            ("cev:side", f'"{self.side(subject)}"'),
        ]
        found += [("cev:origin", f"<{one}>") for one in origins]
        found += [("cev:concerns", f"<{one}>") for one in self.concerns(subject)]
        found += self._chain_facts(subject, origins)
        return [line(subject, name, term) for name, term in found] + day_facts(subject, self._days(subject))

    def _days(self, subject: str) -> dict[str, Day]:
        speech, public, event = self.speech_days(subject), self.public_days(subject), self.event_days(subject)
        return {
            "cev:earliest": speech[0], "cev:latest": speech[1],
            "cev:publicEarliest": public[0], "cev:publicLatest": public[1],
            "cev:eventEarliest": event[0], "cev:eventLatest": event[1],
            "cev:curatedOn": self.curated_on(subject),
        }  # fmt: skip

    def _chain_facts(self, subject: str, origins: Mapping[str, int]) -> Iterator[tuple[str, str]]:
        """Yield how far the ends of an assertion's chain are, how many of them are named, and what it hardens."""
        if origins:
            named = {self.named(one) for one in origins}
            yield "cev:chainDepth", f'"{max(origins.values())}"^^<{_INTEGER}>'
            yield "cev:originsNamed", f'"{"some" if len(named) > 1 else "all" if True in named else "none"}"'
        for reported in dict.fromkeys(self.index.iris(subject, "cev:reports")):
            for fact, name in _HARDENED:
                if self.hardened(subject, reported, name):
                    yield fact, f"<{reported}>"
