"""Questions with their answers, summaries of incidents and counts, as reports and plain data."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from kgtools.evidence.questions import Answered, Known, Question
from kgtools.evidence.summary import RULES, Entry, Open, Summary, Weight
from kgtools.space import Space, Table
from kgtools.views import tables
from kgtools.views.evidence import assertion_data, label, local, standing, then, wording
from kgtools.views.report import Report, Section

_TITLES = {"agreed": "Agreed", "contested": "Contested", "put forward": "Put forward", "unknown": "Unknown"}


def question_table(questions: Iterable[Question]) -> Table:
    """Return the questions as a table of number and text."""
    return Table(("number", "question"), [(str(one.number), one.text) for one in questions], "Questions")


def answer_report(found: Answered) -> Report:
    """Return an answer as a report: a section for each value, the passages behind it below."""
    one = found.question
    params = "".join(f" --param {pair}" for pair in one.parameters)
    notes = [f"Asked by: kgtools query {one.query}{params} (column {one.column})", _agreement(found)]
    sections = [Section(value, [line for each in known for line in _known(each)]) for value, known in found.values.items()]
    return Report(f"{one.number}. {one.text}", notes, sections)


def _agreement(found: Answered) -> str:
    if not found.missing and not found.surplus:
        return "The answer is the expected one." if found.values else "The answer is the expected one: none on record."
    missing = f" Missing: {'; '.join(found.missing)}." if found.missing else ""
    surplus = f" Not expected: {'; '.join(found.surplus)}." if found.surplus else ""
    return f"The answer is not the expected one.{missing}{surplus}"


def _known(known: Known) -> list[tuple[int, str]]:
    one = known.assertion
    lines = [(0, f"{one.speaker_label} — {label(one)}: {wording(one)}{then(one)} — {one.text}  [{one.name}]")]
    for place, text in known.places:
        lines.append((1, str(place)))
        lines += [(2, text)] if text is not None else []
    return lines


def answer_data(found: Answered) -> dict[str, Any]:
    """Return an answer as plain data for JSON."""
    one = found.question
    values = found.values.items()
    return {
        "question": one.name, "number": one.number, "text": one.text, "query": one.query, "parameters": one.values,
        "column": one.column, "expected": one.expected, "missing": found.missing, "surplus": found.surplus,
        "answer": [{"value": value, "knownFrom": [_known_data(each) for each in known]} for value, known in values],
    }  # fmt: skip


def _known_data(known: Known) -> dict[str, Any]:
    places = [{**vars(place), **({"text": text} if text is not None else {})} for place, text in known.places]
    return {**assertion_data(known.assertion), "text": known.assertion.text, "passages": places}


def summary_report(found: Summary, as_of: str = "") -> Report:
    """Return a summary as a report of four sections, each under its rule."""
    entries = {"agreed": found.agreed, "contested": found.contested, "put forward": found.put_forward}
    sections = [Section(_TITLES[name], [(0, f"Rule: {RULES[name]}."), *_entries(listed)]) for name, listed in entries.items()]
    sections.append(Section(_TITLES["unknown"], [(0, f"Rule: {RULES['unknown']}."), *_gaps(found.unknown)]))
    notes = [
        *([as_of.capitalize()] if as_of else []),
        "Counts of who said what, generated from the record; no verdict.",
        f"More: kgtools compare {local(found.incident)}",
    ]
    return Report(f"{found.label} ({found.incident})", notes, sections)


def _entries(entries: Iterable[Entry]) -> list[tuple[int, str]]:
    lines: list[tuple[int, str]] = []
    for one in entries:
        lines.append((0, f"{one.text}  [{one.claim}]"))
        lines += [(1, f"{name}: {weight(side)}") for name, side in _sides(one) if side.assertions]
        lines += [(1, f"excluded by what is put forward as well: {text}") for text in one.rivals]
    return lines or [(0, "Nothing.")]


def _sides(one: Entry) -> tuple[tuple[str, Weight], tuple[str, Weight]]:
    return ("for", one.side_for), ("against", one.side_against)


def weight(side: Weight) -> str:
    """Return counts, voices, labels and wordings of a side in one line."""
    voices = "; ".join(" with ".join(speakers) for speakers in side.voices)
    labels = ", ".join(standing(one) for one in side.standings)
    wordings = "; ".join(_wording(force, hedge) for force, hedge in side.wordings)
    number = f"{len(side.voices)} voice{'s' if len(side.voices) != 1 else ''}"
    plural = "s" if side.assertions != 1 else ""
    plural += f" ({side.possibly} only possibly by then)" if side.possibly else ""
    return f"{side.assertions} assertion{plural}, {number} ({voices}), origins {side.origins}; {labels}; wording: {wordings}"


def _wording(force: str, hedge: str) -> str:
    return f"{local(force)} {local(hedge)}".replace("-", " ").strip()


def _gaps(gaps: Iterable[Open]) -> list[tuple[int, str]]:
    lines = []
    for one in gaps:
        who = f" — {', '.join(one.speakers)}" if one.speakers else ""
        what = one.text if one.text.startswith(f"{one.kind}: ") else f"{one.kind}: {one.text}"
        lines.append((0, f"{what}{who}  [{' '.join(one.nodes)}]"))
    return lines or [(0, "Nothing on record.")]


def summary_data(found: Summary) -> dict[str, Any]:
    """Return a summary as plain data for JSON."""
    return {
        "incident": found.incident, "label": found.label, "rules": RULES,
        "agreed": [_entry_data(one) for one in found.agreed], "contested": [_entry_data(one) for one in found.contested],
        "putForward": [_entry_data(one) for one in found.put_forward], "unknown": [vars(one) for one in found.unknown],
    }  # fmt: skip


def _entry_data(one: Entry) -> dict[str, Any]:
    sides = {name: {**vars(side), "voices": [list(each) for each in side.voices]} for name, side in _sides(one)}
    return {"claim": one.claim, "text": one.text, **sides, "excludedBy": list(one.rivals)}


def counts_markdown(found: Iterable[Table]) -> str:
    """Return the tables of counts in Markdown, one below the other."""
    return "\n\n".join(tables.markdown(table) for table in found)


def counts_report(space: Space, found: Iterable[Table]) -> Report:
    """Return the tables of counts as a report."""
    notes = [space.horizon.line().capitalize()] if space.horizon else []
    return Report("What is in the graph", notes, [Section(table.caption, [], table) for table in found])


def counts_data(found: Iterable[Table]) -> dict[str, Any]:
    """Return the tables of counts as plain data for JSON."""
    return {table.caption: list(table) for table in found}
