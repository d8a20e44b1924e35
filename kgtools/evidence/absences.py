"""Absences: what was denied, left unsaid, unknown or not found, and the claims for which nobody has looked for a denial."""

from __future__ import annotations

from dataclasses import dataclass

from kgtools.evidence.instrument import Instrument
from kgtools.evidence.record import Record
from kgtools.space import Space, Table

NOT_LOOKED = "no denial, and none looked for"
KINDS = (
    "denied", "declined to comment", "silence pointed out", "said to be unknown", "searched for and not found",
    "inquiry without result on record", NOT_LOOKED,
)  # fmt: skip


@dataclass(frozen=True)
class Absence:
    """One thing that is not said, not so, or not found: where it stands, what it is about, and through whom it is known.

    `passed_on` are the assertions that only pass it on; they are one absence with it.
    """

    kind: str
    node: str
    speaker: str
    text: str
    about: tuple[str, ...]
    date: str
    incidents: tuple[str, ...]
    claim: str = ""
    passed_on: tuple[str, ...] = ()
    places: tuple[str, ...] = ()
    by_then: str = ""


@dataclass
class Absences(Instrument):
    """All absences, by kind and then by date."""

    found: list[Absence]

    @property
    def rows(self) -> Table:
        """Return one row for each absence."""
        rows: list[tuple[str | None, ...]] = [
            (one.kind, one.date or None, one.speaker or None, one.text, one.claim or None, " ".join(one.about) or None,
             one.node,
             " ".join(one.passed_on) or None, " ".join(one.incidents) or None)
            for one in self.found
        ]  # fmt: skip
        columns = ("kind", "date", "speaker", "text", "claim", "about", "node", "passedOnBy", "incident")
        return Table(columns, rows, "What is denied, unsaid, unknown or not found")

    @property
    def basis(self) -> Table:
        """Return the passages of every absence."""
        rows: list[tuple[str | None, ...]] = [
            (one.kind, one.node, one.speaker, place) for one in self.found for place in one.places
        ]
        return Table(("of", "assertion", "speaker", "place"), rows, "Assertions and passages behind every line")


def absences(space: Space, record: Record, incident: str | None = None) -> Absences:
    """Return the absences on record, of one incident (CURIE) if given; a denial that is passed on counts once."""
    values = {"incident": incident} if incident else {}
    groups: dict[tuple[str, str], list[dict[str, str]]] = {}
    for row in space.query("absences", **values):
        cell = {name: value or "" for name, value in row.items()}
        groups.setdefault((cell["kind"], cell["node"]), []).append(cell)
    for row in space.query("nobody-asked", **values):
        cell = {name: value or "" for name, value in row.items()}
        groups.setdefault((NOT_LOOKED, cell["claim"]), []).append({**cell, "about": "", "date": "", "node": cell["claim"]})
    found = [_absence(record, kind, node, cells) for (kind, node), cells in groups.items() if not _relayed(record, kind, node)]
    return Absences(sorted(found, key=lambda one: (KINDS.index(one.kind), one.date or "9999", one.node)))


def _relayed(record: Record, kind: str, node: str) -> bool:
    """Say whether an assertion passes on one of the same force, which is shown instead."""
    one = record.assertions.get(node)
    if one is None or kind == NOT_LOOKED:
        return False
    return any(record.assertions[name].force == one.force for name in one.reports if name in record.assertions)


def _absence(record: Record, kind: str, node: str, cells: list[dict[str, str]]) -> Absence:
    first = cells[0]
    one = record.assertions.get(node)
    makers = [record.assertions[cell["assertion"]] for cell in cells if cell.get("assertion") in record.assertions]
    speaker = "; ".join(sorted({maker.speaker_label for maker in makers})) or first.get("speakerLabel", "")
    places = [str(place) for each in ([one] if one else makers) for place in each.places]
    passed = sorted(name for name in record.reporters.get(node, ()) if one and record.assertions[name].force == one.force)
    about = sorted({cell["about"] for cell in cells} - {""})
    incidents = sorted({cell["incident"] for cell in cells} - {""})
    date = one.when if one else first["date"]
    claim = "" if kind == NOT_LOOKED else first["claim"]
    return Absence(
        kind,
        node,
        speaker,
        first["text"],
        tuple(about),
        date,
        tuple(incidents),
        claim,
        tuple(passed),
        tuple(dict.fromkeys(places)),
        one.by_then if one else "",
    )
