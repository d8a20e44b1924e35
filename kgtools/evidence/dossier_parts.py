"""What a dossier is made of: its statements, each with its notes, and the whole as rows."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from kgtools.evidence import compare, matrix, summary
from kgtools.evidence.footnotes import Note
from kgtools.evidence.instrument import Instrument
from kgtools.evidence.origins import Side
from kgtools.evidence.record import Assertion
from kgtools.space import Table


@dataclass(frozen=True)
class Said:
    """An assertion with the speakers whom it passes on and its notes."""

    assertion: Assertion
    passes_on: tuple[str, ...]
    notes: tuple[Note, ...]


@dataclass(frozen=True)
class Event:
    """Something that happened or was done: date, kind, what, particulars, who connects it with the incident, notes."""

    when: str
    kind: str
    text: str
    node: str
    particulars: tuple[str, ...] = ()
    link: str = ""
    notes: tuple[Note, ...] = ()


@dataclass(frozen=True)
class Point:
    """A claim of the summary, with counts of both sides, the claims that exclude it, and notes."""

    entry: summary.Entry
    notes: tuple[Note, ...]


@dataclass(frozen=True)
class Explained:
    """An explanation with what was said for it, against it and neither, and the range of origins of each side."""

    explanation: compare.Explanation
    sides: dict[str, tuple[Said, ...]]
    origins: dict[str, str]
    chokes: dict[str, tuple[str, ...]]


@dataclass(frozen=True)
class Differing:
    """Two assertions that differ on an attribute, with the values as printed, the kind of difference, its state and reason."""

    node: str
    attribute: str
    value_a: str
    side_a: Said | None
    value_b: str
    side_b: Said | None
    kind: str
    state: str
    reason: str


@dataclass(frozen=True)
class Moved:
    """A hop at which the wording hardens or softens."""

    direction: str
    changes: tuple[str, ...]
    earlier: Said
    later: Said


@dataclass(frozen=True)
class Gap:
    """Something that is unknown, unsaid or not found: kind, words, who says so, date, particulars, notes."""

    kind: str
    text: str
    speaker: str
    when: str
    node: str
    particulars: tuple[str, ...]
    notes: tuple[Note, ...]


@dataclass(frozen=True)
class Behind:
    """Who stands behind one side of a claim: the range of origins, the voices, and what nothing is left without."""

    claim: str
    text: str
    side: str
    origins: str
    voices: tuple[str, ...]
    speakers: tuple[str, ...]
    works: tuple[str, ...]
    assertions: tuple[str, ...]
    cut: tuple[str, ...]
    notes: tuple[Note, ...]


def behind(claim: str, text: str, side: Side, notes: tuple[Note, ...]) -> Behind:
    """Return who stands behind a side: voices in words, choke points, and else the smallest cut."""
    cut = () if side.choke_assertions else tuple(side.cut)
    voices = tuple(" with ".join(voice.speakers) for voice in side.voices)
    chokes = tuple(side.choke_speakers.values()), tuple(side.choke_works.values()), tuple(side.choke_assertions)
    return Behind(claim, text, side.name, str(side.range), voices, *chokes, cut, notes)


@dataclass
class Dossier(Instrument):
    """All that is on record about one incident."""

    incident: str
    label: str
    facts: list[tuple[str, str]]
    known_from: tuple[Note, ...]
    version: str
    root: str
    agreed: list[Point] = field(default_factory=list)
    contested: list[Point] = field(default_factory=list)
    put_forward: list[Point] = field(default_factory=list)
    timeline: list[Said | Event] = field(default_factory=list)
    explanations: list[Explained] = field(default_factory=list)
    evidence: list[matrix.Row] = field(default_factory=list)
    drops: list[matrix.Drop] = field(default_factory=list)
    called: dict[str, str] = field(default_factory=dict)
    horizon: str = ""
    origins: list[Behind] = field(default_factory=list)
    discrepancies: list[Differing] = field(default_factory=list)
    drift: list[Moved] = field(default_factory=list)
    compared: int = 0
    sequence: list[Event] = field(default_factory=list)
    gaps: list[Gap] = field(default_factory=list)
    notes: list[Note] = field(default_factory=list)
    counted: list[Table] = field(default_factory=list)

    @property
    def rows(self) -> Table:
        """Return one row for each statement, in the order of the sections, with the numbers of its notes."""
        return Table(("section", "date", "text", "node", "notes"), list(_rows(self)), f"Dossier of {self.label}")

    @property
    def basis(self) -> Table:
        """Return the notes: every passage that a statement rests on, with its work and place."""
        rows: list[tuple[str | None, ...]] = [
            (str(note.number), note.passage, note.work, f"{note.document}, {note.lines}", note.phrase or None)
            for note in self.notes
        ]
        return Table(("note", "passage", "work", "place", "phrase"), rows, "Passages behind every statement")


def _rows(found: Dossier) -> Iterator[tuple[str | None, ...]]:
    points = (("agreed", found.agreed), ("contested", found.contested), ("put forward", found.put_forward))
    for section, listed in points:
        for point in listed:
            yield section, None, point.entry.text, point.entry.claim, _numbers(point.notes)
    yield from (_timed(one) for one in found.timeline)
    for explained in found.explanations:
        notes = tuple(note for side in explained.sides.values() for said in side for note in said.notes)
        yield "explanations", None, explained.explanation.text, explained.explanation.name, _numbers(notes)
    yield from (("matrix", row.date, f"{row.text} ({row.side})", row.claim, None) for row in found.evidence)
    yield from (_differing(pair) for pair in found.discrepancies)
    for move in found.drift:
        text = f"{move.direction}: {'; '.join(move.changes)}"
        yield "drift", move.later.assertion.when, text, move.later.assertion.name, _numbers(move.later.notes)
    for side in found.origins:
        yield "origins", None, f"{side.text} ({side.side}: {side.origins})", side.claim, _numbers(side.notes)
    for done in found.sequence:
        yield "sequence", done.when, f"{done.text}: {done.link}", done.node, _numbers(done.notes)
    for gap in found.gaps:
        yield "unknown", gap.when, f"{gap.kind}: {gap.text}", gap.node, _numbers(gap.notes)


def _timed(one: Said | Event) -> tuple[str | None, ...]:
    if isinstance(one, Said):
        return "timeline", one.assertion.when, one.assertion.text, one.assertion.name, _numbers(one.notes)
    return "timeline", one.when, one.text, one.node, _numbers(one.notes)


def _differing(pair: Differing) -> tuple[str | None, ...]:
    text = f"{pair.attribute}: “{pair.value_a}” beside “{pair.value_b}”"
    notes = tuple(note for said in (pair.side_a, pair.side_b) if said for note in said.notes)
    return "discrepancies", None, text, pair.node, _numbers(notes)


def _numbers(notes: tuple[Note, ...]) -> str:
    return " ".join(str(number) for number in sorted({note.number for note in notes}))
