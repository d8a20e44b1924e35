"""Matrix: the evidence on record against the explanations of an incident, an analysis of competing hypotheses.

The form is that of R. J. Heuer, Psychology of Intelligence Analysis (1999), chapter 8: evidence in rows, explanations in
columns, and a search for rows that tell them apart; but nothing is added up or ranked, and every cell names its speakers.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from itertools import combinations

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

    def near(self, claims: Iterable[str]) -> set[str]:
        """Return the claims that any relations join with some claims, over any number of steps; others are not related."""
        joined: dict[str, set[str]] = defaultdict(set)
        for here, there in (pair for pairs in self.pairs.values() for pair in pairs):
            joined[here].add(there)
            joined[there].add(here)
        found, queue = set(claims), [*claims]
        while queue:
            new = joined[queue.pop()] - found
            found |= new
            queue += new
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
    rows = _rows(record, links, names)
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


def _rows(record: Record, links: _Links, explanations: list[str]) -> list[Row]:
    """Return the rows in order of date."""
    groups: dict[tuple[str, str], list[Assertion]] = defaultdict(list)
    near = links.near(explanations)
    for one in record.assertions.values():
        side = _side(one, links)
        if one.claim and (one.claim in near or side == ON_CONDITION):
            groups[one.claim, side].append(one)
    rows = []
    for (claim, side), listed in groups.items():
        row = _row(record, claim, side, listed)
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


def _row(record: Record, claim: str, side: str, listed: Iterable[Assertion]) -> Row:
    ordered = sorted(listed, key=lambda one: (*_days(one), one.name))
    ends = dict.fromkeys(name for one in ordered for name in record.origins(one.name))
    return Row(claim, ordered[0].text, side, ordered, [record.assertions[name] for name in ends])


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
    if row.side == ON_CONDITION and any(premise == explanation for premise, _ in links.premises(row)):
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
    changes = _changes(record, links, names, rows)
    told = Counter(pair for row in rows for pair in apart(row.cells))
    found = []
    for speaker, label in sorted(speakers.items(), key=lambda item: (item[1], item[0])):
        changed = changes.get(speaker, [])
        found.append(Drop(speaker, label, (*_cell_flips(changed), *_pair_flips(names, told, changed))))
    return found


def _changes(record: Record, links: _Links, names: list[str], rows: list[Row]) -> dict[str, list[tuple[Row, list[Cell]]]]:
    """Return for each speaker who changes any the rows that read otherwise without them, with the cells then.

    A row goes with its only voice. A claim put forward stands no more without the last voice that has not taken it back, and
    again without whom alone it is known that somebody did. Nothing else changes a cell that is consistent or inconsistent.
    """
    retractions: dict[str, dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
    for one in record.assertions.values():
        if one.force == "force:retracts" and _side(one, links) == SPOKEN_AGAINST:
            retractions[one.claim][one.speaker].add(_only(_ends(record, one)))
    found: dict[str, list[tuple[Row, list[Cell]]]] = defaultdict(list)
    for row in rows:
        voices = {one.speaker for one in row.origins}
        only = _only(voices)
        gone = only if only and all(_ends(record, one) for one in row.assertions) else ""
        if gone:
            found[gone].append((row, [Cell(name, NOT_ASSESSED) for name in names]))
        if row.side == PUT_FORWARD:
            taken = retractions.get(row.claim, {})
            for speaker, stands in _standing(voices, taken).items():
                if speaker != gone:
                    found[speaker].append((row, [_cell(links, row, name, stands) for name in names]))
    return found


def _standing(voices: set[str], taken: Mapping[str, set[str]]) -> dict[str, bool]:
    """Return without whom a claim stands otherwise, given its voices, and who took it back with who alone made that known."""
    left = voices - taken.keys()
    freed: dict[str, set[str]] = defaultdict(set)
    for speaker, known in taken.items():
        if speaker in voices and _only(known):
            freed[_only(known)].add(speaker)
    return {one: stands for one in {*freed, _only(left)} - {""} if (stands := bool((left | freed[one]) - {one})) != bool(left)}


def _ends(record: Record, one: Assertion) -> set[str]:
    """Return the speakers at the ends of an assertion's chains."""
    return {record.assertions[name].speaker for name in record.origins(one.name)}


def _only(names: set[str]) -> str:
    """Return the only name of a set, nothing where there are none or several."""
    return next(iter(names)) if len(names) == 1 else ""


def _cell_flips(changed: list[tuple[Row, list[Cell]]]) -> list[Flip]:
    return [
        Flip(cell.explanation, cell.state, after.state, row.claim, row.side)
        for row, cells in changed
        for cell, after in zip(row.cells, cells, strict=True)
        if cell.state in (CONSISTENT, INCONSISTENT) and cell.state != after.state
    ]


def _pair_flips(names: list[str], told: Mapping[tuple[str, str], int], changed: list[tuple[Row, list[Cell]]]) -> list[Flip]:
    """Return the pairs that no row tells apart any more, given how many rows tell each apart and which rows change."""
    more = Counter(pair for _, cells in changed for pair in apart(cells))
    less = Counter(pair for row, _ in changed for pair in apart(row.cells))
    lost = [pair for pair, count in less.items() if told[pair] - count + more[pair] == 0]
    place = {name: number for number, name in enumerate(names)}
    ordered = sorted(lost, key=lambda pair: (place[pair[0]], place[pair[1]]))
    return [Flip(one, "told apart", "not told apart", other=other) for one, other in ordered]


def apart(cells: Iterable[Cell]) -> list[tuple[str, str]]:
    """Return the pairs of explanations, in the order of their cells, that a row tells apart: it fits one and not the other."""
    telling = [cell for cell in cells if cell.state in (CONSISTENT, INCONSISTENT)]
    return [(one.explanation, other.explanation) for one, other in combinations(telling, 2) if one.state != other.state]


_RELATIONS = """SELECT ?here ?relation ?there ?text WHERE {
  VALUES ?relation { cev:supports cev:undermines cev:excludes cev:entails cev:narrows cev:onCondition }
  ?here ?relation ?there . ?there schema:text ?text } ORDER BY ?here ?relation ?there"""
