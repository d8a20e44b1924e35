"""Base rates: counts over all incidents with the inclusion rule beside them."""

from __future__ import annotations

import json
import re

import pytest
from conftest import EXAMPLE, PUMP_HOUSE, Call, Copy

from kgtools.evidence.base_rates import RULES, WHAT
from kgtools.faults import Fault
from kgtools.space import Space

AT = ("--workspace", EXAMPLE)
P = "pump-house-2019"
# group, value, incidents, allegation, finding, personnel action, unresolved cause
BY_HAND = [
    ("all", "all", "2", "1", "1", "1", "1"), ("year", "2019", "2", "1", "1", "1", "1"),
    ("craft", "lock gate of the harbour", "1", "0", "0", "0", "1"), ("craft", "pump 2", "1", "1", "1", "1", "0"),
    ("craft", "valve 7", "1", "1", "1", "1", "0"),
]  # fmt: skip


def test_counts_are_those_worked_out_by_hand_and_series_are_left_out(example: Space) -> None:
    assert example.base_rates().rows.rows == BY_HAND


def test_the_inclusion_rule_stands_next_to_the_figures(example: Space, call: Call) -> None:
    assert example.base_rates().rows.caption == "Inclusion rule: Every incident that the cuttings name."
    for form in ("text", "md", "html", "json"):
        out = call("base-rates", "--format", form, *AT).out
        assert "Every incident that the cuttings name" in out, form


def test_what_is_counted_is_said(call: Call) -> None:
    out = call("base-rates", *AT).out
    assert all(rule in out for rule in RULES) and {rule.split(":")[0] for rule in RULES} == {"incidents", "vehicle", *WHAT}


def test_a_cause_is_unresolved_while_no_final_finding_gives_one(copy: Copy) -> None:
    for serial in ("012",):
        copy.edit(PUMP_HOUSE, f"assertion:{P}-{serial}", "a cev:OfficialFinding", "a cev:PreliminaryFinding")
    assert copy.space.base_rates().rates[0].count("unresolvedCause") == 2
    assert copy.space.base_rates().rates[0].count("finding") == 1


def test_vehicles_are_crafts_of_the_kind_asked_for(example: Space) -> None:
    rows = example.base_rates("pump").rows.rows
    assert [(row[1], row[2]) for row in rows if row[0] == "pump"] == [("pump 2", "1"), ("none recorded", "1")]
    with pytest.raises(Fault, match="no incident involves a craft of the kind 'rocket'"):
        example.base_rates("rocket")


def test_a_craft_that_is_part_of_another_of_its_kind_is_counted_with_that_one(copy: Copy) -> None:
    copy.append("craft.ttl", 'craft:valves a cev:Craft ; rdfs:label "valves of the works"@en ; cev:kind craftkind:valve .')
    copy.edit("craft.ttl", "craft:valve-7", "a cev:Craft ;", "a cev:Craft ; dcterms:isPartOf craft:valves , craft:pump-2 ;")
    rows = [row[1] for row in copy.space.base_rates().rows.rows if row[0] == "craft"]
    assert rows == ["lock gate of the harbour", "pump 2", "valves of the works"]


def test_no_group_counts_more_than_it_holds(example: Space) -> None:
    for rate in example.base_rates().rates:
        assert all(0 <= rate.count(what) <= len(rate.cases) for what in WHAT)
    years = [rate for rate in example.base_rates().rates if rate.group == "year"]
    assert sum(len(rate.cases) for rate in years) == 2


@pytest.mark.parametrize("form", ["text", "md", "json", "csv", "html"])
@pytest.mark.parametrize("more", [(), ("--explain",)], ids=["plain", "explained"])
def test_base_rates_are_printed_in_every_form(call: Call, form: str, more: tuple[str, ...]) -> None:
    said = call("base-rates", "--format", form, *more, *AT)
    assert said.code == 0 and said.out.strip()


def test_the_explained_answer_lists_incidents_and_assertions(call: Call) -> None:
    out = re.sub(r" +", " ", call("base-rates", "--explain", *AT).out)
    assert f"incident:{P}: allegation assertion:{P}-014" in out and "incident:lock-gate-2019" in out
    assert f"incident:{P}: personnelAction assertion:{P}-070" in out


def test_json_gives_the_incidents_behind_the_counts(call: Call) -> None:
    data = json.loads(call("base-rates", "--format", "json", *AT).out)
    assert [one["incident"] for one in data["incidents"]] == [f"incident:{P}", "incident:lock-gate-2019"]


def test_the_finding_that_resolves_a_cause_is_named(call: Call) -> None:
    data = json.loads(call("base-rates", "--explain", "--format", "json", *AT).out)
    resolving = {row["assertion"][-3:] for row in data["basis"] if row["of"] == f"incident:{P}: not unresolvedCause"}
    assert resolving == {"012"} and "basis" not in json.loads(call("base-rates", "--format", "json", *AT).out)
