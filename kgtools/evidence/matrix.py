"""Matrix: the evidence on record against the explanations of an incident, an analysis of competing hypotheses.

The form is that of R. J. Heuer, Psychology of Intelligence Analysis (1999), chapter 8: evidence in rows, explanations in
columns, and a search for rows that tell them apart; but nothing is added up or ranked, and every cell names its speakers.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from kgtools.evidence import compare
from kgtools.evidence.instrument import Instrument
from kgtools.evidence.record import Assertion, Record
from kgtools.space import Space, Table

CONSISTENT, INCONSISTENT, SILENT, NOT_ASSESSED = "consistent", "inconsistent", "silent", "not assessed"
PUT_FORWARD, SPOKEN_AGAINST, LEFT_OPEN, ON_CONDITION = "put forward", "spoken against", "left open", "on condition"
_SIDES = (PUT_FORWARD, SPOKEN_AGAINST, LEFT_OPEN, ON_CONDITION)


@dataclass(frozen=True)
class Cell:
    """What a row says on one explanation, and by which recorded relations; the speakers are those of the row."""

    explanation: str
    state: str
    relations: tuple[str, ...] = ()


@dataclass
class Row:
    """A claim with its assertions on one side, and a cell for every explanation.

    Speakers who took the claim back stay in the row and count for nothing.
    """

    claim: str
    text: str
    side: str
    assertions: list[Assertion]
    origins: list[Assertion]
    cells: list[Cell] = field(default_factory=list)
    conditions: tuple[str, ...] = ()
    taken_back: tuple[str, ...] = ()

    @property
    def fits_all(self) -> bool:
        """Say whether the row fits every one of several explanations, hence does not tell them apart."""
        return len(self.cells) > 1 and all(cell.state == CONSISTENT for cell in self.cells)

    @property
    def voices(self) -> list[str]:
        """Return the distinct speakers at the ends of the chains, as labels."""
        return sorted({one.speaker_label for one in self.origins})

    @property
    def first(self) -> Assertion | None:
        """Return the origin that was certainly made first."""
        return min(self.origins, key=lambda one: (*_days(one), one.name), default=None)

    @property
    def date(self) -> str:
        """Return the date of the first origin as recorded."""
        return self.first.when if self.first else "undated"


def _days(one: Assertion) -> tuple[str, str]:
    """Return the day by which an assertion was certainly made, and its first possible one, for sorting; undated ones last."""
    return one.latest or "9999", one.earliest or "9999"


@dataclass(frozen=True)
class Flip:
    """A cell that reads otherwise without one speaker, or (with `other`) a pair that nothing tells apart any more."""

    explanation: str
    before: str
    after: str
    claim: str = ""
    side: str = ""
    other: str = ""


@dataclass(frozen=True)
class Drop:
    """One speaker at the ends of chains, and what changes without them."""

    speaker: str
    label: str
    flips: tuple[Flip, ...]


@dataclass
class Matrix(Instrument):
    """The explanations of an incident, the evidence on them in order of date, and what hangs on one speaker."""

    incident: str
    label: str
    explanations: list[compare.Explanation]
    evidence: list[Row]
    drops: list[Drop]

    @property
    def rows(self) -> Table:
        """Return one row for each claim and side, one column for each explanation."""
        columns = ("date", "evidence", "text", "side", *(one.name for one in self.explanations), "by", "note")
        return Table(columns, [self._row(one) for one in self.evidence], f"Evidence on the explanations of {self.label}")

    def _row(self, one: Row) -> tuple[str | None, ...]:
        cells = (cell.state for cell in one.cells)
        return (one.date, one.claim, one.text, one.side, *cells, "; ".join(one.voices), "; ".join(notes(one)))

    @property
    def cells(self) -> Table:
        """Return one row for each cell that is assessed, with relations, speakers and assertions."""
        rows: list[tuple[str | None, ...]] = [
            (one.claim, one.side, cell.explanation, cell.state, "; ".join(cell.relations), "; ".join(one.voices),
             " ".join(a.name for a in one.assertions))
            for one in self.evidence for cell in one.cells if cell.state != NOT_ASSESSED
        ]  # fmt: skip
        columns = ("evidence", "side", "explanation", "reads", "because", "by", "assertions")
        return Table(columns, rows, "What each cell rests on")

    @property
    def sensitivity(self) -> Table:
        """Return one row for each reading that changes when one speaker at the ends of chains is left out."""
        rows: list[tuple[str | None, ...]] = [
            (drop.label, flip.claim or "the two explanations", flip.side, flip.explanation, flip.other, flip.before, flip.after)
            for drop in self.drops for flip in drop.flips
        ]  # fmt: skip
        columns = ("without", "evidence", "side", "explanation", "otherExplanation", "before", "after")
        return Table(columns, rows, "What changes without one speaker")

    @property
    def basis(self) -> Table:
        """Return the assertions and passages behind every row."""
        rows: list[tuple[str | None, ...]] = [
            (f"{row.claim}, {row.side}", one.name, one.speaker_label, str(place))
            for row in self.evidence for one in row.assertions for place in one.places
        ]  # fmt: skip
        return Table(("of", "assertion", "speaker", "place"), rows, "Assertions and passages behind every row")


def notes(one: Row) -> list[str]:
    """Return the remarks on a row: that it does not tell explanations apart, its condition, who took it back."""
    found = ["fits every explanation: does not tell them apart"] if one.fits_all else []
    found += [f"only if: {condition}; counts for nothing" for condition in one.conditions]
    return found + [f"taken back by {speaker}" for speaker in one.taken_back]


@dataclass
class _Links:
    """The recorded relations between claims, by kind, and who took which claim back."""

    pairs: dict[str, set[tuple[str, str]]]
    conditions: dict[str, list[tuple[str, str]]]
    wider: dict[str, dict[str, str]]
    _entailed: dict[str, dict[str, str]] = field(default_factory=dict)
    _related: dict[tuple[str, str], tuple[list[str], list[str]]] = field(default_factory=dict)

    def premises(self, row: Row) -> list[tuple[str, str]]:
        """Return the conditions of a row's claim and assertions, each with its text."""
        return [one for node in (row.claim, *(a.name for a in row.assertions)) for one in self.conditions.get(node, ())]

    def entailed(self, claim: str) -> dict[str, str]:
        """Return the claims that hold if a claim does, over cev:entails and cev:narrows, each with the way there."""
        if claim in self._entailed:
            return self._entailed[claim]
        found, queue = {claim: ""}, [claim]
        while queue:
            here = queue.pop(0)
            for there, relation in self.wider.get(here, {}).items():
                if there not in found:
                    found[there] = f"{found[here]}{here} {relation} {there}, "
                    queue.append(there)
        self._entailed[claim] = found
        return found

    def related(self, claim: str, explanation: str) -> tuple[list[str], list[str]]:
        """Return `_relations` of a claim and an explanation, worked out once."""
        if (claim, explanation) not in self._related:
            self._related[claim, explanation] = _relations(self, claim, explanation)
        return self._related[claim, explanation]


def matrix(space: Space, record: Record, incident: str) -> Matrix:
    """Return the matrix of an incident given as CURIE: explanations by name, rows in order of date."""
    found = compare.compare(space, record, incident)
    names = [one.name for one in found]
    links = _links(space)
    rows = _rows(record, links, names, frozenset())
    label = next((row["label"] or "" for row in space.query("incidents") if row["incident"] == incident), incident)
    return Matrix(incident, label, found, rows, _drops(record, links, names, rows))


def _links(space: Space) -> _Links:
    pairs: dict[str, set[tuple[str, str]]] = defaultdict(set)
    conditions: dict[str, list[tuple[str, str]]] = defaultdict(list)
    for row in space.table(space.sparql(_RELATIONS)):
        here, there, relation = row["here"] or "", row["there"] or "", (row["relation"] or "").partition(":")[2]
        if relation == "onCondition":
            conditions[here].append((there, row["text"] or ""))
        else:
            pairs[relation].add((here, there))
    wider: dict[str, dict[str, str]] = defaultdict(dict)
    for relation in ("narrows", "entails"):
        for here, there in sorted(pairs[relation]):
            wider[here][there] = relation
    return _Links(pairs, conditions, wider)


def _rows(record: Record, links: _Links, explanations: list[str], dropped: frozenset[str]) -> list[Row]:
    """Return the rows, leaving out assertions whose every origin is by a dropped speaker."""
    groups: dict[tuple[str, str], list[Assertion]] = defaultdict(list)
    for one in record.assertions.values():
        ends = [record.assertions[name].speaker for name in record.origins(one.name)]
        if one.claim and not (ends and all(speaker in dropped for speaker in ends)):
            groups[one.claim, _side(one, links)].append(one)
    rows = []
    for (claim, side), listed in groups.items():
        row = _row(record, claim, side, listed, dropped)
        row.conditions = tuple(dict.fromkeys(text for _, text in links.premises(row)))
        taken = {one.speaker for one in groups.get((claim, SPOKEN_AGAINST), ()) if one.force == "force:retracts"}
        standing = [one for one in row.origins if one.speaker not in taken] if side == PUT_FORWARD else row.origins
        row.taken_back = tuple(sorted({o.speaker_label for o in row.origins} - {o.speaker_label for o in standing}))
        row.cells = [_cell(links, row, name, bool(standing)) for name in explanations]
        if any(cell.state != NOT_ASSESSED for cell in row.cells):
            rows.append(row)
    return sorted(
        rows, key=lambda row: (*(_days(row.first) if row.first else ("9999", "9999")), row.claim, _SIDES.index(row.side))
    )


def _side(one: Assertion, links: _Links) -> str:
    if links.conditions.get(one.claim) or links.conditions.get(one.name):
        return ON_CONDITION
    return {"for": PUT_FORWARD, "against": SPOKEN_AGAINST}.get(one.counts, LEFT_OPEN)


def _row(record: Record, claim: str, side: str, listed: Iterable[Assertion], dropped: frozenset[str]) -> Row:
    ordered = sorted(listed, key=lambda one: (*_days(one), one.name))
    ends = dict.fromkeys(name for one in ordered for name in record.origins(one.name))
    origins = [record.assertions[name] for name in ends if record.assertions[name].speaker not in dropped]
    return Row(claim, ordered[0].text, side, ordered, origins)


def _cell(links: _Links, row: Row, explanation: str, stands: bool) -> Cell:
    """Return what a row says on an explanation.

    Put forward, a claim is consistent with what it supports, is, entails, narrows or is entailed by, and inconsistent with
    what it undermines or excludes. Spoken against, it is inconsistent with whatever entails it. Everything else that is
    related is silent: the relation is on record and says nothing either way.
    """
    good, bad = links.related(row.claim, explanation)
    denied = row.claim in links.entailed(explanation)
    if row.side == PUT_FORWARD and stands and bool(good) != bool(bad):
        return Cell(explanation, CONSISTENT if good else INCONSISTENT, tuple(good or bad))
    if row.side == SPOKEN_AGAINST and denied:
        return Cell(explanation, INCONSISTENT, tuple(good))
    if any(premise == explanation for premise, _ in links.premises(row)):
        return Cell(explanation, SILENT, ("said on the condition of this explanation",))
    return Cell(explanation, SILENT, tuple(good + bad)) if good or bad else Cell(explanation, NOT_ASSESSED)


def _relations(links: _Links, claim: str, explanation: str) -> tuple[list[str], list[str]]:
    """Return the recorded relations that join a claim with an explanation, and those that part them.

    Excluding carries over to whatever entails the excluded claim, which is logic; supporting and undermining do not carry over.
    """
    if claim == explanation:
        return ["is this explanation"], []
    up, down = links.entailed(claim), links.entailed(explanation)
    good = [up[explanation].removesuffix(", ")] if explanation in up else []
    good += [down[claim].removesuffix(", ")] if claim in down else []
    good += [f"{claim} supports {explanation}"] if (claim, explanation) in links.pairs["supports"] else []
    bad = [f"{claim} undermines {explanation}"] if (claim, explanation) in links.pairs["undermines"] else []
    excludes = links.pairs["excludes"]
    for here, way in up.items():
        for there, back in down.items():
            for pair in ((here, there), (there, here)):
                if pair in excludes:
                    bad.append(f"{way}{back}{pair[0]} excludes {pair[1]}")
    return good, bad


def _drops(record: Record, links: _Links, names: list[str], rows: list[Row]) -> list[Drop]:
    """Return what changes when each speaker at the ends of the rows' chains is left out, speakers by label."""
    speakers = {one.speaker: one.speaker_label for row in rows for one in row.origins}
    found = []
    for speaker, label in sorted(speakers.items(), key=lambda item: (item[1], item[0])):
        left = _rows(record, links, names, frozenset((speaker,)))
        found.append(Drop(speaker, label, (*_cell_flips(rows, left), *_pair_flips(names, rows, left))))
    return found


def _readings(rows: list[Row]) -> dict[tuple[str, str, str], str]:
    return {(row.claim, row.side, cell.explanation): cell.state for row in rows for cell in row.cells}


def _cell_flips(rows: list[Row], left: list[Row]) -> list[Flip]:
    after = _readings(left)
    return [
        Flip(explanation, before, after.get((claim, side, explanation), NOT_ASSESSED), claim, side)
        for (claim, side, explanation), before in _readings(rows).items()
        if before in (CONSISTENT, INCONSISTENT) and before != after.get((claim, side, explanation), NOT_ASSESSED)
    ]


def _pair_flips(names: list[str], rows: list[Row], left: list[Row]) -> list[Flip]:
    before, after = apart(rows), apart(left)
    return [
        Flip(one, "told apart", "not told apart", other=other)
        for place, one in enumerate(names)
        for other in names[place + 1 :]
        if (one, other) in before and (one, other) not in after
    ]


def apart(rows: list[Row]) -> set[tuple[str, str]]:
    """Return the pairs of explanations that some row tells apart: consistent with one of them, inconsistent with the other."""
    found = set()
    for row in rows:
        states: Mapping[str, str] = {cell.explanation: cell.state for cell in row.cells}
        for one, state in states.items():
            found |= {(one, other) for other, there in states.items() if {state, there} == {CONSISTENT, INCONSISTENT}}
    return found


_RELATIONS = """SELECT ?here ?relation ?there ?text WHERE {
  VALUES ?relation { cev:supports cev:undermines cev:excludes cev:entails cev:narrows cev:onCondition }
  ?here ?relation ?there . ?there schema:text ?text } ORDER BY ?here ?relation ?there"""
