"""History: the days on which the picture of an incident changed, and what changed.

The rule is instrument:history in ontology/schemes.ttl. Days are those of the clock asked for; each change has a first
possible day, and a day by which it is certain if there is one.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterable
from dataclasses import dataclass

from kgtools import as_of, vocab
from kgtools.evidence import record as records
from kgtools.evidence.instrument import Instrument
from kgtools.evidence.record import Assertion, Record
from kgtools.faults import Fault, nearest
from kgtools.space import Space, Table

Day = datetime.date | None

COLUMNS = ("first", "by", "certainty", "change", "what", "assertions")
COUNTED = ("change", "assertion", "speaker", "first", "by", "work", "document", "firstLine", "lastLine", "phrase")

_ALLEGATIONS = ("cev:Allegation", "cev:AnonymousAllegation")
_FINDINGS = ("cev:PreliminaryFinding", "cev:OfficialFinding")
_OFFICIAL = ("cev:OfficialStatement", *_FINDINGS)


@dataclass
class Event:
    """A change of the picture: what changed, on which days, and the assertions from which it is known."""

    change: str
    what: str
    first: datetime.date
    by: Day
    assertions: list[Assertion]

    @property
    def certainty(self) -> str:
        """Say whether the first day is certain, or only possible."""
        return "certainly" if self.by == self.first else "possibly"

    @property
    def when(self) -> str:
        """Return the days in words."""
        first = self.first.isoformat()
        if self.by == self.first:
            return first
        return f"possibly {first}, certainly by {self.by.isoformat()}" if self.by else f"possibly {first}, never certain"


@dataclass
class History(Instrument):
    """The changes of an incident's picture in order of their first possible day."""

    incident: str
    clock: str
    events: list[Event]
    days: dict[str, tuple[Day, Day]]

    @property
    def rows(self) -> Table:
        """Return a row for each change."""
        rows: list[tuple[str | None, ...]] = [
            (one.first.isoformat(), one.by.isoformat() if one.by else None, one.certainty, one.change, one.what,
             " ".join(a.name for a in one.assertions))
            for one in self.events
        ]  # fmt: skip
        return Table(COLUMNS, rows, f"Days on which the picture of {self.incident} changed, on the clock of {self.clock}")

    @property
    def basis(self) -> Table:
        """Return the assertions and passages from which each change is known."""
        rows: list[tuple[str | None, ...]] = []
        for event in self.events:
            for one in event.assertions:
                first, by = (day.isoformat() if day else None for day in self.days.get(one.name, (None, None)))
                head = (event.change, one.name, one.speaker_label, first, by, one.source_label)
                rows += [(*head, p.document, str(p.first_line), str(p.last_line), p.phrase) for p in one.places]
        return Table(COUNTED, rows, "What each change is known from")


def history(space: Space, incident: str, clock: str = "") -> History:
    """Return the changes of an incident's picture; raise Fault if there is no such incident or clock.

    The clock is that of the space if it is one as of a day, else publication, unless one is given.
    """
    clock = clock or (space.horizon.clock if space.horizon else "publication")
    if clock not in vocab.CLOCKS:
        raise Fault("clock", f"unknown clock '{clock}'", nearest(clock, vocab.CLOCKS))
    name = space.short(space.resolve(incident, "incident"))
    teller = _Teller(space, records.load(space), name, clock)
    events = sorted(teller.events(), key=lambda one: (one.first, one.by or datetime.date.max, one.change, one.what))
    return History(name, clock, events, teller.days)


class _Teller:
    def __init__(self, space: Space, record: Record, incident: str, clock: str) -> None:
        self.space, self.record, self.incident, self.clock = space, record, incident, clock
        self.days = {space.short(iri): days for iri, days in as_of.days(space.derived, clock).items()}
        self.mine = [one for one in record.assertions.values() if incident in one.incidents and self._first(one)]

    def events(self) -> Iterable[Event]:
        """Yield all changes, in no order."""
        origins = [one for one in self.mine if not one.reports]
        yield from self._earliest("first mention", "", self.mine)
        yield from self._earliest("first allegation", "", (one for one in origins if one.standing in _ALLEGATIONS))
        yield from self._earliest("first official word", "", (one for one in origins if one.standing in _OFFICIAL))
        yield from self._explanations()
        for one in origins:
            if one.standing in _FINDINGS:
                kind = "finding" if one.standing == "cev:OfficialFinding" else "preliminary finding"
                yield from self._earliest(kind, "", [one])
            if one.force in ("force:retracts", "force:corrects"):
                yield from self._earliest("retraction" if one.force == "force:retracts" else "correction", "", [one])
        yield from self._known_from("personnel action", _ACTIONS)
        yield from self._known_from("investigation", _INVESTIGATIONS)

    def _explanations(self) -> Iterable[Event]:
        for row in self.space.table(self.space.sparql(_EXPLANATIONS)):
            if row["incident"] == self.incident:
                sides = {
                    side: [one for one in self.record.assertions.values() if self._counts(one, row["claim"], side)]
                    for side in ("for", "against")
                }
                yield from self._earliest("explanation put forward", row["text"] or "", sides["for"])
                yield from self._contradiction(row["text"] or "", sides["for"], sides["against"])

    def _counts(self, one: Assertion, claim: str | None, side: str) -> bool:
        return one.claim == claim and one.counts == side and self._first(one) is not None

    def _contradiction(self, text: str, pro: list[Assertion], contra: list[Assertion]) -> Iterable[Event]:
        """Yield the day from which an explanation has assertions on both sides."""
        sides = [next(iter(self._earliest("", "", side)), None) for side in (pro, contra)]
        if sides[0] and sides[1]:
            firsts, ends = (sides[0].first, sides[1].first), (sides[0].by, sides[1].by)
            by = max(day for day in ends if day) if all(ends) else None
            yield Event("explanation contradicted", text, max(firsts), by, [*sides[1].assertions, *sides[0].assertions])

    def _known_from(self, change: str, query: str) -> Iterable[Event]:
        found: dict[tuple[str, str], list[Assertion]] = {}
        own: dict[str, tuple[Day, Day]] = {}
        for row in self.space.table(self.space.sparql(query)):
            ground = self.record.assertions.get(row["assertion"] or "")
            if row["incident"] == self.incident and ground and self._first(ground):
                found.setdefault((row["node"] or "", row["label"] or ""), []).append(ground)
                own[row["node"] or ""] = (_day(row["earliest"]), _day(row["latest"]))
        for (node, label), grounds in found.items():
            first, last = own[node]
            if self.clock == "event" and first:
                yield Event(change, label, first, last, grounds)
            elif self.clock != "event":
                yield from self._earliest(change, label, grounds)

    def _first(self, one: Assertion) -> Day:
        return self.days.get(one.name, (None, None))[0]

    def _earliest(self, change: str, what: str, among: Iterable[Assertion]) -> Iterable[Event]:
        """Yield the change that the earliest of some assertions makes: the first possible and the first certain day of any.

        Named are the assertions of these days, without those that only pass on another of them; where the first possible
        day is certain, only those of which it is certain.
        """
        listed = list(among)
        if not listed:
            return
        first = min(day for one in listed if (day := self._first(one)))
        by = min((day for one in listed if (day := self.days[one.name][1])), default=None)
        certain = [one for one in listed if by and self.days[one.name][1] == by]
        at = certain if by == first else [*certain, *(one for one in listed if self._first(one) == first)]
        at = list({one.name: one for one in at}.values())
        names = {one.name for one in at}
        ends = [one for one in at if not names & set(self._below(one))]
        ends.sort(key=lambda one: (self._first(one) or first, one.name))
        yield Event(change, what or ends[0].text, first, by, ends)

    def _below(self, one: Assertion) -> list[str]:
        """Return all assertions that one passes on, directly or not."""
        found: list[str] = []
        queue = list(one.reports)
        while queue:
            name = queue.pop()
            if name not in found and name in self.record.assertions:
                found.append(name)
                queue += self.record.assertions[name].reports
        return found


def _day(text: str | None) -> Day:
    return datetime.date.fromisoformat(text) if text else None


_EXPLANATIONS = """SELECT DISTINCT ?claim ?text ?incident WHERE {
  ?claim a cev:Explanation ; schema:text ?text ; cev:explains ?incident } ORDER BY ?claim ?incident"""
_ACTIONS = """SELECT DISTINCT ?node ?label ?incident ?assertion ?earliest ?latest WHERE {
  ?node a cev:PersonnelAction ; rdfs:label ?label ; cev:recordedWith ?incident ; cev:knownFrom ?assertion
  OPTIONAL { ?node cev:earliest ?earliest } OPTIONAL { ?node cev:latest ?latest } }
ORDER BY ?node ?assertion"""
_INVESTIGATIONS = """SELECT DISTINCT ?node ?label ?incident ?assertion ?earliest ?latest WHERE {
  ?node a cev:Investigation ; rdfs:label ?label ; schema:about ?incident ; cev:knownFrom ?assertion
  OPTIONAL { ?node cev:earliest ?earliest } OPTIONAL { ?node cev:latest ?latest } }
ORDER BY ?node ?assertion"""
