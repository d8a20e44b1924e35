"""Summaries: agreed, contested, put forward and unknown, as worked out by hand on the invented case; no verdicts."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from conftest import EXAMPLE, PUMP_HOUSE, ROOT, Call, Copy

import kgtools
from kgtools.evidence.summary import RULES, Entry, Summary, incidents, summaries, summarise
from kgtools.space import Space
from kgtools.views.answers import summary_report
from kgtools.views.report import markdown, text

PUMP = "incident:pump-house-2019"
AT = ("--workspace", EXAMPLE)
# Words of judgement that must not stand in what we say ourselves.
VERDICTS = re.compile(r"\b(true|false|truth|lie|lied|proved|proven|debunked|guilty|obviously|clearly|wrong|right)\b", re.I)


def serials(entries: list[Entry]) -> str:
    return " ".join(one.claim.rpartition("-")[2] for one in entries)


@pytest.fixture(scope="module")
def pump() -> Summary:
    return summarise(kgtools.open(EXAMPLE), PUMP)


def test_what_two_voices_or_a_finding_assert_and_nothing_speaks_against_is_agreed(pump: Summary) -> None:
    assert serials(pump.agreed) == "001 006 037"


def test_what_stands_on_both_sides_or_excludes_another_is_contested(pump: Summary) -> None:
    assert serials(pump.contested) == "003 004 017 018 026 032"
    named = {one.claim.rpartition("-")[2]: one for one in pump.contested}
    assert named["018"].rivals == ("Two people were at work in the night of the flooding.",)
    assert (named["003"].side_for.assertions, named["003"].side_against.assertions) == (8, 6)


def test_an_allegation_keeps_its_label_whoever_repeats_it(pump: Summary) -> None:
    (intent,) = (one for one in pump.contested if one.claim.endswith("-003"))
    assert intent.side_for.standings == ("cev:AnonymousAllegation",)
    (people,) = (one for one in pump.put_forward if one.claim.endswith("-008"))
    assert people.side_for.standings == ("cev:Allegation",)


def test_explanations_and_allegations_of_one_voice_are_put_forward(pump: Summary) -> None:
    assert serials(pump.put_forward) == "007 008 033 034"


def test_what_is_unknown_names_who_says_so_and_the_open_discrepancies(pump: Summary) -> None:
    kinds = [one.kind for one in pump.unknown]
    assert kinds.count("open discrepancy") == 3
    assert [(one.text, one.speakers) for one in pump.unknown if one.kind == "says unknown"] == [
        ("says unknown: cause", ("Ostrand water board",))
    ]
    assert kinds.count("declines to comment") == 1


def test_an_inquiry_without_result_is_unknown(example: Space) -> None:
    found = summarise(example, "incident:lock-gate-2019").unknown
    assert [one.speakers for one in found if one.kind == "inquiry without result on record"] == [("Ostrand harbour office",)]


def test_an_open_discrepancy_takes_a_claim_out_of_what_is_agreed(copy: Copy) -> None:
    copy.edit(PUMP_HOUSE, "discrepancy:pump-house-2019-001", "state:settled", "state:open")
    assert "001" not in serials(summarise(copy.space, PUMP).agreed)


def test_an_assertion_against_takes_a_claim_out_of_what_is_agreed(copy: Copy) -> None:
    copy.edit(PUMP_HOUSE, "assertion:pump-house-2019-054", "force:asserts", "force:disputes")
    found = summarise(copy.space, PUMP)
    assert "001" not in serials(found.agreed) and "001" in serials(found.contested)


def test_an_explanation_that_is_only_left_open_is_unknown(copy: Copy) -> None:
    copy.edit(PUMP_HOUSE, "assertion:pump-house-2019-019", "force:asserts", "force:does-not-rule-out")
    found = summarise(copy.space, PUMP)
    assert "034" not in serials(found.put_forward)
    assert ("asked or left open", "Vandals opened the valve.") in [(one.kind, one.text) for one in found.unknown]


@pytest.mark.parametrize("folder", [EXAMPLE, ROOT], ids=["invented", "shipped"])
def test_a_summary_passes_no_verdict_and_lists_a_claim_once(folder: Path) -> None:
    for found in summaries(kgtools.open(folder)):
        ours = text(summary_report(found)).replace(found.label, "")
        entries = [*found.agreed, *found.contested, *found.put_forward]
        texts = [*(one.text for one in entries), *(one.text for one in found.unknown)]
        for said in [*texts, *(rival for one in found.contested for rival in one.rivals)]:
            ours = ours.replace(said, "")
        assert VERDICTS.findall(ours) == []
        assert len({one.claim for one in entries}) == len(entries)


def test_the_summaries_of_all_are_those_of_each(example: Space) -> None:
    assert summaries(example) == [summarise(example, name) for name in incidents(example)]


@pytest.mark.skipif(not incidents(kgtools.open(ROOT)), reason="graph/ holds no incidents yet")
def test_nothing_that_an_allegation_stands_behind_is_agreed_in_the_graph() -> None:
    for found in summaries(kgtools.open(ROOT)):
        labels = {standing for one in found.agreed for standing in one.side_for.standings}
        assert not labels & {"cev:Allegation", "cev:AnonymousAllegation", "cev:MixedOrigins"}


def test_every_section_says_its_rule(pump: Summary) -> None:
    report = summary_report(pump)
    assert [section.lines[0][1] for section in report.sections] == [f"Rule: {rule}." for rule in RULES.values()]
    assert "## Contested" in markdown(report)


def test_a_summary_can_be_had_of_one_incident_or_of_all(call: Call) -> None:
    assert call("summary", "lock-gate-2019", *AT).out.startswith("Jam of the lock gate (incident:lock-gate-2019)")
    every = json.loads(call("summary", "--format", "json", *AT).out)
    assert [one["incident"] for one in every] == incidents(kgtools.open(EXAMPLE))
    data = json.loads(call("summary", "pump-house-2019", "--format", "json", *AT).out)
    assert data["rules"] == RULES and data["contested"][0]["for"]["assertions"] == 8


def test_a_summary_of_what_is_no_incident_is_a_wrong_call(call: Call) -> None:
    said = call("summary", "pump-mouse-2019", *AT)
    assert said.code == 2 and "unknown incident 'pump-mouse-2019'" in said.err


def test_every_number_of_a_summary_can_be_explained(call: Call, pump: Summary) -> None:
    rows = [row for row in pump.basis if row["number"] == "assertions"]
    for entry in [*pump.agreed, *pump.contested, *pump.put_forward]:
        for side, weight in (("for", entry.side_for), ("against", entry.side_against)):
            counted = {row["assertion"] for row in rows if (row["claim"], row["side"]) == (entry.claim, side)}
            assert len(counted) == weight.assertions
    said = call("summary", "pump-house-2019", "--explain", *AT)
    assert said.code == 0 and "What every number was counted from" in said.out


def test_a_summary_is_a_page_too(call: Call) -> None:
    said = call("summary", "--format", "html", *AT)
    every = len(incidents(kgtools.open(EXAMPLE)))
    assert said.code == 0 and said.out.count("<!DOCTYPE html>") == 1 and said.out.count("<h1>") == every
