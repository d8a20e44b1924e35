"""Discrepancies, absences, links and base rates as reports and as plain data."""

from __future__ import annotations

from itertools import groupby
from typing import Any

from kgtools.evidence.absences import KINDS, Absences
from kgtools.evidence.base_rates import RULES, BaseRates
from kgtools.evidence.discrepancies import Ledger, Pair
from kgtools.evidence.links import Link, Links
from kgtools.evidence.record import Assertion, Place
from kgtools.evidence.settle import Settled
from kgtools.space import Space, Table
from kgtools.turtle import write
from kgtools.views.evidence import assertion_data, label, then, wording
from kgtools.views.report import Report, Section

Lines = list[tuple[int, str]]
Texts = dict[Place, str]
# Words that stand on one side only are set between these.
MARKS = ("⟦", "⟧")
_LONGEST = 300


def _notes(space: Space, *notes: str) -> list[str]:
    return [*([space.horizon.line().capitalize()] if space.horizon else []), *notes]


def ledger_report(space: Space, found: Ledger, texts: Texts | None = None) -> Report:
    """Return the pairs with both sides below each other, the differing words marked; with texts, their passages too."""
    note = f"Words between {MARKS[0]} and {MARKS[1]} stand on one side only. Both sides are kept, whatever the state."
    sections = [Section(_heading(one), _pair_lines(one, texts or {})) for one in found.pairs]
    return Report(f"{found.caption}: {len(found.pairs)}", _notes(space, note), sections or [Section("none")])


def _heading(one: Pair) -> str:
    name = one.name or f"{one.side_a.name} {one.side_b.name}"
    return f"{name}  {one.attribute.partition(':')[2].replace('-', ' ')}: {one.kind}, {one.state}"


def _pair_lines(one: Pair, texts: Texts) -> Lines:
    lines: Lines = [(0, f"differs: {one.differs}")]
    for words, side in zip(one.marked, (one.side_a, one.side_b), strict=True):
        said = f"{label(side)}: {wording(side)} — {side.when}{then(side)}"
        lines.append((0, f"{_marked(words)} — {side.speaker_label}, {said}  [{side.name}]"))
        for place in side.places:
            lines.append((1, str(place)))
            if place in texts:
                lines.append((2, texts[place]))
    return [*lines, (0, f"reason: {one.reason}")] if one.reason else lines


def _marked(words: list[tuple[str, bool]]) -> str:
    runs = [(differs, " ".join(word for word, _ in run)) for differs, run in groupby(words, lambda one: one[1])]
    return " ".join(f"{MARKS[0]}{run}{MARKS[1]}" if differs else run for differs, run in runs)


def passages(space: Space, found: Ledger) -> Texts:
    """Return the text of every passage of a ledger whose document is at hand, cut to 300 characters."""
    from kgtools.documents import archived

    texts = {one.file_name: one.text() for one in archived(space) if one.path}
    wanted = {side.name for one in found.pairs for side in (one.side_a, one.side_b)}
    shown: Texts = {}
    for row in space.table(space.sparql(_SPANS)):
        text = texts.get(row["document"] or "")
        if row["assertion"] in wanted and text:
            words = " ".join(text.text[int(row["start"] or 0) : int(row["end"] or 0)].split())
            place = Place(row["document"] or "", int(row["first"] or 0), int(row["last"] or 0), row["phrase"] or "")
            shown[place] = words if len(words) <= _LONGEST else words[:_LONGEST] + " …"
    return shown


def ledger_data(found: Ledger) -> list[dict[str, Any]]:
    """Return pairs as plain data for JSON."""
    return [
        {
            "discrepancy": one.name or None, "attribute": one.attribute, "kind": one.kind, "state": one.state,
            "reason": one.reason,
            "differs": one.differs, "incidents": one.incidents,
            "sides": [
                {"value": value, "differing": [word for word, differs in words if differs], "assertion": _side(side)}
                for value, words, side in zip((one.value_a, one.value_b), one.marked, (one.side_a, one.side_b), strict=True)
            ],
        }
        for one in found.pairs
    ]  # fmt: skip


def settled_report(done: Settled) -> Report:
    """Return what was recorded, with both sides and their passages."""
    said = f"{done.name}: {done.kind}, {done.state}; {'added to' if done.new else 'changed in'} {done.file}"
    lines: Lines = []
    for one in done.sides:
        lines += [(0, f"{one.speaker_label}: {one.text}  [{one.name}]"), *((1, str(place)) for place in one.places)]
    return Report(said, [], [Section("Both sides are kept", lines)])


def ledger_turtle(space: Space, found: Ledger) -> str:
    """Return the recorded pairs of a ledger as Turtle, as they stand in the graph; a proposed pair is no record yet."""
    names = {one.name for one in found.pairs}
    listed = [t for triples in space.files.values() for t in triples if space.short(getattr(t.subject, "value", "")) in names]
    return write(listed, space.prefixes)


def _side(one: Assertion) -> dict[str, Any]:
    return assertion_data(one)


def absences_report(space: Space, found: Absences) -> Report:
    """Return the absences by kind."""
    note = "A denial that is passed on counts once. Silence of this record is not silence of the world."
    sections = []
    for kind in KINDS:
        mine = [one for one in found.found if one.kind == kind]
        lines: Lines = []
        for one in mine:
            mark = ", possibly by then" if one.by_then == "possibly" else ""
            lead = f"{one.date}{mark}  " if one.date else ""
            who = f"{one.speaker}: " if one.speaker else ""
            # What is said to be unknown is something about the claim, not whether it holds.
            text = f"something about “{one.text}”" if kind == "said to be unknown" and one.claim else one.text
            lines.append((0, f"{lead}{who}{text}  [{one.node}]"))
            lines += [(1, f"about {', '.join(one.about)}")] if one.about else []
            lines += [(1, f"passed on by {', '.join(one.passed_on)}")] if one.passed_on else []
            lines += [(1, place) for place in one.places]
        sections.append(Section(f"{kind}: {len(mine)}", lines))
    return Report(found.rows.caption, _notes(space, note), sections)


def absences_data(found: Absences) -> list[dict[str, Any]]:
    """Return absences as plain data for JSON."""
    return [
        {**vars(one), "about": list(one.about), "incidents": list(one.incidents), "passed_on": list(one.passed_on),
         "places": list(one.places)}
        for one in found.found
    ]  # fmt: skip


def base_rates_report(space: Space, found: BaseRates, explain: bool = False) -> Report:
    """Return the counts with the rules by which incidents were taken in and counted; explained, with each incident."""
    rule = f"Inclusion rule: {found.inclusion or 'none given'}"
    table = Table(found.rows.columns, found.rows.rows, rule)
    report = Report(
        "Base rates: all incidents against those with …", _notes(space, rule, *RULES), [Section("Counts", table=table)]
    )
    if explain:
        report.sections.append(Section(found.cases.caption, table=found.cases))
    return report


def base_rates_data(found: BaseRates) -> dict[str, Any]:
    """Return base rates as plain data for JSON, the inclusion rule beside the figures."""
    return {
        "inclusionRule": found.inclusion, "rules": list(RULES), "rates": list(found.rows), "incidents": list(found.cases),
    }  # fmt: skip


def links_report(space: Space, found: Links) -> Report:
    """Return what is recorded with each incident, and who connects the two, if anybody does."""
    note = "That one thing came after another is a sequence, not a cause: a link is what somebody on record states."
    by_incident: dict[str, list[Link]] = {}
    for one in found.links:
        by_incident.setdefault(one.incident, []).append(one)
    sections = []
    for incident, listed in by_incident.items():
        lines: Lines = []
        for one in listed:
            lines += [(0, f"{one.kind}: {one.label}  [{one.node}]"), (1, one.sentence)]
            lines += [(2, str(place)) for said in one.stated for place in said.places]
        sections.append(Section(incident, lines))
    return Report(found.rows.caption, _notes(space, note), sections or [Section("Nothing is recorded with an incident.")])


def links_data(found: Links) -> list[dict[str, Any]]:
    """Return links as plain data for JSON."""
    return [
        {
            "kind": one.kind, "node": one.node, "label": one.label, "incident": one.incident, "link": one.sentence,
            "statedBy": [assertion_data(said) for said in one.stated],
        }
        for one in found.links
    ]  # fmt: skip


_SPANS = """SELECT ?assertion ?document ?start ?end ?first ?last ?phrase WHERE {
  ?assertion cev:foundIn ?passage . ?passage oa:hasSource ?file ; cev:start ?start ; cev:end ?end ; cev:firstLine ?first ;
    cev:lastLine ?last . ?file cev:fileName ?document . OPTIONAL { ?passage cev:keyPhrase ?phrase }
} ORDER BY ?assertion ?start"""
