"""Traces and comparisons as text, Markdown and plain data."""

from __future__ import annotations

from typing import Any

from kgtools.evidence.compare import Explanation
from kgtools.evidence.record import Assertion
from kgtools.evidence.trace import Hop, Trace
from kgtools.views.report import Report, Section
from kgtools.views.tables import visible


def local(curie: str) -> str:
    """Return the local name of a CURIE, as words."""
    return curie.partition(":")[2]


def standing(curie: str) -> str:
    """Return a standing as words: cev:AnonymousAllegation → anonymous allegation."""
    return "".join(f" {c.lower()}" if c.isupper() else c for c in local(curie)).strip()


def date(text: str) -> str:
    """Return an EDTF string of the profile in words; other words stay."""
    first, slash, last = text.partition("/")
    if slash:
        if first == "..":
            return f"by {date(last)}"
        return f"from {date(first)} on" if last == ".." else f"{date(first)} to {date(last)}"
    return f"about {text[:-1]}" if text[-1:] == "~" and text[:4].isdigit() else text


def wording(one: Assertion) -> str:
    """Return force and hedge of an assertion as words, with the condition on which alone it is said."""
    words = [local(one.force), *filter(None, [local(one.hedge)])]
    return ", ".join([*(word.replace("-", " ") for word in words), *(f"only if “{visible(text)}”" for text in one.conditions)])


def label(one: Assertion) -> str:
    """Return the standing of an assertion with that of its origin where it differs, so that an allegation keeps its label."""
    here, origin = standing(one.standing), standing(one.origin_standing)
    return here if here == origin else f"{here} of {_article(origin)}{origin}"


def then(one: Assertion) -> str:
    """Return a mark on an assertion that, in a space as of a day, was only possibly known by then."""
    return ", possibly by then" if one.by_then == "possibly" else ""


def _article(word: str) -> str:
    return "" if word.endswith("origins") else "an " if word[:1] in "aeiou" else "a "


def trace_lines(trace: Trace) -> list[str]:
    """Return a trace as an indented tree, one hop a line and its passages below."""
    lines = [f"{trace.claim}  {visible(trace.text)}"]
    for hop in trace.origins:
        lines += _hop_lines(hop, "", first=True)
    return lines if trace.origins else [*lines, "  (nobody on record has put this forward)"]


def _hop_lines(hop: Hop, indent: str, first: bool = False) -> list[str]:
    one = hop.assertion
    lead = "● " if first else "└─ passed on by "
    where = f" in {visible(one.source_label)}" if one.source_label else " (spoken)"
    ground = f", ground: {local(one.ground)}" if one.ground else ""
    lines = [
        f"{indent}{lead}{visible(one.speaker_label)}{where} — {label(one)}: {wording(one)}{ground}"
        f" — {one.when}{then(one)}  [{one.name}]"
    ]
    indent += "   " if first else "      "
    lines += [f"{indent}known from {visible(str(place))}" for place in one.places]
    for other in hop.passed_on:
        lines += _hop_lines(other, indent)
    return lines


def trace_report(trace: Trace) -> Report:
    """Return a trace as a report: a hop below what it passes on, its passages below it."""
    lines: list[tuple[int, str]] = []
    for depth, hop, _ in trace.hops():
        one = hop.assertion
        where = f" in {one.source_label}" if one.source_label else " (spoken)"
        ground = f", ground: {local(one.ground)}" if one.ground else ""
        lead = "passed on by " if depth else ""
        said = f"{lead}{one.speaker_label}{where} — {label(one)}: {wording(one)}{ground}"
        lines.append((depth, f"{said} — {one.when}{then(one)}  [{one.name}]"))
        lines += [(depth + 1, f"known from {place}") for place in one.places]
    heading = "From each origin to the texts at hand" if lines else "Nobody on record has put this forward"
    return Report(f"{trace.claim}: {trace.text}", [], [Section(heading, lines)])


def trace_data(trace: Trace) -> dict[str, Any]:
    """Return a trace as plain data for JSON."""
    return {"claim": trace.claim, "text": trace.text, "origins": [_hop_data(hop) for hop in trace.origins]}


def _hop_data(hop: Hop) -> dict[str, Any]:
    return {**assertion_data(hop.assertion), "passedOnBy": [_hop_data(other) for other in hop.passed_on]}


def assertion_data(one: Assertion) -> dict[str, Any]:
    """Return an assertion as plain data for JSON."""
    return {
        "assertion": one.name, "claim": one.claim, "speaker": one.speaker, "speakerLabel": one.speaker_label,
        "standing": one.standing, "originStanding": one.origin_standing, "force": one.force, "hedge": one.hedge,
        "ground": one.ground, "said": one.said, "earliest": one.earliest, "latest": one.latest, "source": one.source,
        "sourceLabel": one.source_label, "passages": [vars(place) for place in one.places], "reports": one.reports,
        **({"onCondition": one.conditions} if one.conditions else {}),
        **({"byThen": one.by_then} if one.by_then else {}),
    }  # fmt: skip


def compare_lines(incident: str, explanations: list[Explanation]) -> list[str]:
    """Return the explanations of an incident one below the other, in no order of merit."""
    lines = [f"Explanations of {visible(incident)}, in no order of merit"]
    for one in explanations:
        lines += ["", f"{one.name}  {visible(one.text)}", f"  cause: {local(one.cause)}"]
        if one.condition:
            lines.append(f"  only on the condition that: {visible(one.condition)}")
        for name, heading in (("for", "for"), ("against", "against"), ("neither", "neither (asked, left open)")):
            side = one.sides[name]
            voices = f"{len(side.voices)} at the ends of the chains: {', '.join(visible(v) for v in side.voices)}"
            number = f"{len(side.assertions)} assertion{'' if len(side.assertions) == 1 else 's'}"
            lines.append(f"  {heading}: {number}" + (f", {voices}" if side.assertions else ""))
            lines += [f"    {line}" for a in side.assertions for line in _side_lines(a)]
    return lines if explanations else [*lines, "", "No explanation is on record."]


def _side_lines(one: Assertion) -> list[str]:
    where = f", {visible(one.source_label)}" if one.source_label else ""
    head = f"{one.when}{then(one)}  {visible(one.speaker_label)}{where} — {label(one)}: {wording(one)}  [{one.name}]"
    return [head, *(f"   {visible(str(place))}" for place in one.places)]


def compare_data(incident: str, explanations: list[Explanation]) -> dict[str, Any]:
    """Return a comparison as plain data for JSON."""
    return {
        "incident": incident,
        "explanations": [
            {
                "explanation": one.name, "text": one.text, "cause": one.cause, "onCondition": one.condition,
                **{
                    name: {"origins": side.voices, "assertions": [assertion_data(a) for a in side.assertions]}
                    for name, side in one.sides.items()
                },
            }
            for one in explanations
        ],
    }  # fmt: skip


def as_markdown(lines: list[str]) -> str:
    """Return lines of text as a Markdown code block, which keeps the tree's shape."""
    return "\n".join(["```text", *lines, "```"])


_WORDS = {
    "made": "made", "in": "stands in", "reports": "passes on", "for": "counts for", "against": "counts against",
    "about": "is about", "explains": "is offered as explanation of", "shares": "has claims in common with",
    "onCondition": "holds on condition of",
}  # fmt: skip


def words(relation: str) -> str:
    """Return a relation of the network in words."""
    known = _WORDS.get(relation)
    return known or standing(relation if ":" in relation else f":{relation}").replace("-", " ")
