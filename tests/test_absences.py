"""Absences: denials, refusals, silences, what is unknown or not found, and claims about which nobody asked."""

from __future__ import annotations

import json

import pytest
from conftest import EXAMPLE, PUMP_HOUSE, Call, Copy
from hypothesis import given
from hypothesis import strategies as st

from kgtools.evidence.absences import KINDS, NOT_LOOKED
from kgtools.space import Space

AT = ("--workspace", EXAMPLE)
P = "pump-house-2019"
BY_HAND = {
    ("denied", f"assertion:{P}-011"), ("denied", f"assertion:{P}-047"), ("declined to comment", f"assertion:{P}-037"),
    ("silence pointed out", f"assertion:{P}-020"), ("said to be unknown", f"assertion:{P}-031"),
    ("searched for and not found", f"search:{P}-001"), (NOT_LOOKED, f"claim:{P}-007"), (NOT_LOOKED, f"claim:{P}-033"),
    (NOT_LOOKED, f"claim:{P}-034"),
}  # fmt: skip
OF_THE_LOCK_GATE = {
    ("inquiry without result on record", "investigation:lock-gate-2019-001"),
    (NOT_LOOKED, "claim:lock-gate-2019-003"),
}


def test_absences_are_those_worked_out_by_hand(example: Space) -> None:
    assert {(one.kind, one.node) for one in example.absences(P).found} == BY_HAND
    assert {(one.kind, one.node) for one in example.absences().found} == BY_HAND | OF_THE_LOCK_GATE
    assert len(example.absences().found) == len(BY_HAND | OF_THE_LOCK_GATE)


def test_a_denial_that_is_passed_on_counts_once_and_says_by_whom(example: Space) -> None:
    found = {one.node: one for one in example.absences().found}
    assert found[f"assertion:{P}-011"].passed_on == (f"assertion:{P}-039",)
    assert found[f"assertion:{P}-011"].about == (f"assertion:{P}-005",)
    assert f"assertion:{P}-039" not in found


def test_a_claim_is_asked_about_once_somebody_denies_it_or_a_search_is_recorded(copy: Copy) -> None:
    copy.edit(PUMP_HOUSE, f"claim:{P}-007", "    cev:topic", f"    cev:response search:{P}-001 ;\n    cev:topic")
    copy.edit(PUMP_HOUSE, f"assertion:{P}-096", "force:questions", "force:disputes")
    copy.edit(PUMP_HOUSE, f"claim:{P}-033", "    cev:topic", f"    cev:response search:{P}-001 ;\n    cev:topic")
    left = {one.node for one in copy.space.absences(P).found if one.kind == NOT_LOOKED}
    assert left == {f"claim:{P}-034"}


def test_an_accusation_by_an_unnamed_speaker_without_any_answer_is_listed(copy: Copy) -> None:
    for serial in ("047", "048"):
        copy.edit(PUMP_HOUSE, f"assertion:{P}-{serial}", "force:denies", "force:questions")
    copy.edit(PUMP_HOUSE, f"claim:{P}-026", f"    cev:response assertion:{P}-047 ;\n", "")
    found = {one.node: one for one in copy.space.absences(P).found if one.kind == NOT_LOOKED}
    assert found[f"claim:{P}-026"].speaker == "unnamed residents (Gazette, January 2019)"


@pytest.mark.parametrize("form", ["text", "md", "json", "csv", "html"])
@pytest.mark.parametrize("more", [(), ("--explain",)], ids=["plain", "explained"])
def test_absences_are_printed_in_every_form(call: Call, form: str, more: tuple[str, ...]) -> None:
    said = call("absences", P, "--format", form, *more, *AT)
    assert said.code == 0 and ("Lena Holm" in said.out or form == "csv")


def test_json_has_one_entry_for_each(call: Call) -> None:
    data = json.loads(call("absences", "--format", "json", *AT).out)
    assert {(one["kind"], one["node"]) for one in data} == BY_HAND | OF_THE_LOCK_GATE


def test_the_explained_answer_names_every_assertion(example: Space) -> None:
    named = set(example.absences(P).basis.column("assertion"))
    assert named == {node for _, node in BY_HAND if not node.startswith("search:")}


@given(st.sampled_from(["", P, "lock-gate-2019"]))
def test_kinds_come_in_their_order(example: Space, incident: str) -> None:
    places = [KINDS.index(one.kind) for one in example.absences(incident or None).found]
    assert places == sorted(places)
