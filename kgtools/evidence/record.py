"""The record in memory: every assertion with its claim, speaker, wording, work, passages and what it reports."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from weakref import WeakKeyDictionary

from kgtools.space import Space


@dataclass(frozen=True, order=True)
class Place:
    """Where a passage stands: document file name, first and last line, key phrase if there is one."""

    document: str
    first_line: int
    last_line: int
    phrase: str = ""

    def __str__(self) -> str:
        lines = f"line {self.first_line}" if self.first_line == self.last_line else f"lines {self.first_line}–{self.last_line}"
        return f"{self.document}, {lines}" + (f" “{self.phrase}”" if self.phrase else "")


@dataclass
class Assertion:
    """One speech act on record; nodes are CURIEs, dates EDTF strings, days ISO days in UTC."""

    name: str
    claim: str
    text: str
    speaker: str
    speaker_label: str
    standing: str
    origin_standing: str
    force: str
    counts: str
    hedge: str
    ground: str
    said: str
    source: str
    source_label: str
    incidents: list[str] = field(default_factory=list)
    places: list[Place] = field(default_factory=list)
    reports: list[str] = field(default_factory=list)
    conditions: list[str] = field(default_factory=list)  # texts of the claims on whose condition alone it is said
    earliest: str = ""
    latest: str = ""
    by_then: str = ""  # in a space as of a day: whether it was certainly or possibly known by then

    @property
    def when(self) -> str:
        """Return the date of speech as recorded, else the first and last possible day."""
        if self.said:
            return self.said
        if self.earliest and self.latest:
            return self.earliest if self.earliest == self.latest else f"between {self.earliest} and {self.latest}"
        return f"not before {self.earliest}" if self.earliest else "undated"


@dataclass
class Record:
    """All assertions by name, and for each the assertions that pass it on."""

    assertions: dict[str, Assertion]
    reporters: dict[str, list[str]]

    def origins(self, name: str) -> list[str]:
        """Return the ends of an assertion's chain: itself where it reports nothing."""
        seen, queue, ends = {name}, [name], []
        while queue:
            here = self.assertions[queue.pop()]
            if not here.reports:
                ends.append(here.name)
            for other in here.reports:
                if other in self.assertions and other not in seen:
                    seen.add(other)
                    queue.append(other)
        return sorted(ends)


_READ: WeakKeyDictionary[Space, Record] = WeakKeyDictionary()


def load(space: Space) -> Record:
    """Return the record of a space, from the named query `assertions`; it is read once for each space."""
    if space not in _READ:
        _READ[space] = _read(space)
    return _READ[space]


def _read(space: Space) -> Record:
    assertions: dict[str, Assertion] = {}
    for row in space.query("assertions"):
        cell = {name: value or "" for name, value in row.items()}
        here = assertions.setdefault(
            cell["assertion"],
            Assertion(
                cell["assertion"], cell["claim"], cell["text"], cell["speaker"], cell["speakerLabel"], cell["standing"],
                cell["originStanding"], cell["force"], cell["side"], cell["hedge"], cell["ground"], cell["said"],
                cell["source"], cell["sourceLabel"],
            ),
        )  # fmt: skip
        place = Place(cell["document"], int(cell["firstLine"]), int(cell["lastLine"]), cell["phrase"])
        for value, listed in ((cell["incident"], here.incidents), (cell["reports"], here.reports)):
            if value and value not in listed:
                listed.append(value)
        if place not in here.places:
            here.places.append(place)
    _days_and_conditions(space, assertions)
    reporters: dict[str, list[str]] = {name: [] for name in assertions}
    for one in assertions.values():
        for other in one.reports:
            reporters.setdefault(other, []).append(one.name)
    return Record(assertions, reporters)


def _days_and_conditions(space: Space, assertions: dict[str, Assertion]) -> None:
    for row in space.table(space.sparql(_DAYS)):
        if row["assertion"] in assertions:
            here = assertions[row["assertion"] or ""]
            here.earliest, here.latest = row["earliest"] or "", row["latest"] or ""
            here.by_then = space.known_by_then(here.name)
    conditions = defaultdict(list)
    for row in space.table(space.sparql(_CONDITIONS)):
        conditions[row["node"] or ""].append(row["text"] or "")
    for one in assertions.values():
        one.conditions = [text for node in (one.name, one.claim) for text in conditions.get(node, ())]


_DAYS = """SELECT ?assertion ?earliest ?latest WHERE {
  ?assertion a cev:Assertion . OPTIONAL { ?assertion cev:earliest ?earliest } OPTIONAL { ?assertion cev:latest ?latest } }"""
_CONDITIONS = "SELECT ?node ?text WHERE { ?node cev:onCondition ?premise . ?premise schema:text ?text } ORDER BY ?node ?text"
