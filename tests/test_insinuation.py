"""The guard against insinuation: no causal or blaming link without the assertion that states it, through `kgtools check`."""

from __future__ import annotations

import json

import pytest
from conftest import EXAMPLE, PUMP_HOUSE, Call, Copy

from kgtools.evidence.links import NO_LINK, Link
from kgtools.space import Space

P = "pump-house-2019"
LOCK_GATE = "incidents/lock-gate-2019.ttl"
INCIDENT = f"incident:{P}"


def findings(call: Call, copy: Copy) -> tuple[int, list[str]]:
    copy.tidy()
    said = call("check", "--workspace", copy.folder)
    return said.code, [line for line in said.err.splitlines() if "not verified" not in line]


def refused(call: Call, copy: Copy, *parts: str) -> None:
    code, lines = findings(call, copy)
    assert code == 1 and any(all(part in line for part in parts) for line in lines), lines


@pytest.mark.parametrize(
    ("node", "file", "link"),
    [
        (INCIDENT, PUMP_HOUSE, f"cev:leadsTo consequence:{P}-003"),
        (INCIDENT, PUMP_HOUSE, "cev:cause cause:sabotage"),
        (INCIDENT, PUMP_HOUSE, "cev:accuses agent:contractor"),
        (f"action:{P}-002", PUMP_HOUSE, f"prov:wasInformedBy {INCIDENT}"),
        (f"action:{P}-002", PUMP_HOUSE, f"cev:explains {INCIDENT}"),
        (f"consequence:{P}-003", PUMP_HOUSE, f"prov:wasInformedBy {INCIDENT}"),
        (f"investigation:{P}-001", PUMP_HOUSE, "cev:accuses agent:contractor"),
        ("agent:contractor", "agents.ttl", "cev:leadsTo agent:hale"),
        ("craft:valve-7", "craft.ttl", "cev:accuses agent:hale"),
    ],
)
def test_a_causal_or_blaming_link_of_the_graphs_own_is_refused(call: Call, copy: Copy, node: str, file: str, link: str) -> None:
    block = copy.subject(file, node)
    copy.replace(file, block, block.replace(" ;\n", f" ;\n    {link} ;\n", 1))
    refused(call, copy, node, "property that is not its own", link, "the assertion that states this link is missing")


@pytest.mark.parametrize(
    ("node", "link", "shape"),
    [
        (INCIDENT, "cev:causedBy cause:sabotage", "incident"),
        (f"action:{P}-002", f"cev:becauseOf {INCIDENT}", "action"),
        (f"consequence:{P}-003", "cev:responsible agent:contractor", "consequence"),
    ],
)
def test_a_bare_causal_edge_names_the_missing_assertion_and_its_file(
    call: Call, copy: Copy, node: str, link: str, shape: str
) -> None:
    block = copy.subject(PUMP_HOUSE, node)
    copy.replace(PUMP_HOUSE, block, block.replace(" ;\n", f" ;\n    {link} ;\n", 1))
    refused(call, copy, node, f"(found {link}), and the assertion that states this link is missing")
    refused(call, copy, node, f"an assertion with force:asserts that claims it, with its passage, in {PUMP_HOUSE}")
    said = call("check", "--workspace", copy.folder, "--format", "json")
    # The vocabulary has no such property either; nothing else is said.
    assert {one["rule"] for one in json.loads(said.out)["findings"]} == {shape, "check-undeclared-terms"}


def test_a_property_in_the_wrong_place_that_links_nothing_misses_no_assertion(call: Call, copy: Copy) -> None:
    copy.edit(PUMP_HOUSE, INCIDENT, "cev:outcome ", 'cev:keyPhrase "two words"@en ; cev:outcome ')
    code, lines = findings(call, copy)
    assert code == 1 and len(lines) == 1 and "(found cev:keyPhrase two words): say why" in lines[0]


def test_a_stated_reason_that_only_asks_names_the_missing_assertion(call: Call, copy: Copy) -> None:
    copy.edit(PUMP_HOUSE, f"action:{P}-001", f"assertion:{P}-022", f"assertion:{P}-096")
    refused(call, copy, f"action:{P}-001", f"assertion:{P}-096", "the assertion that states one is missing")


def test_a_stated_reason_that_denies_one_is_refused(call: Call, copy: Copy) -> None:
    copy.edit(PUMP_HOUSE, f"action:{P}-001", f"assertion:{P}-022", f"assertion:{P}-047")
    refused(call, copy, f"action:{P}-001", "puts no reason forward")


def test_an_accusation_that_is_only_denied_names_the_missing_assertion(call: Call, copy: Copy) -> None:
    copy.edit(PUMP_HOUSE, f"assertion:{P}-045", "force:asserts", "force:denies")
    copy.edit(PUMP_HOUSE, f"assertion:{P}-046", "force:asserts", "force:denies")
    refused(call, copy, f"claim:{P}-026", "accuses agent:contractor, and the assertion that accuses is missing")


def test_an_accusation_that_is_only_asked_is_warned_of(call: Call, copy: Copy) -> None:
    for serial in ("045", "046"):
        copy.edit(PUMP_HOUSE, f"assertion:{P}-{serial}", "force:asserts", "force:questions")
    code, lines = findings(call, copy)
    assert code == 0
    assert any(f"claim:{P}-026" in line and "only asked or left open" in line for line in lines)


def test_a_consequence_that_nobody_connects_with_the_incident_names_the_missing_assertion(call: Call, copy: Copy) -> None:
    copy.edit(LOCK_GATE, "consequence:lock-gate-2019-001", "incident:lock-gate-2019", f"{INCIDENT} , incident:lock-gate-2019")
    refused(
        call, copy, "consequence:lock-gate-2019-001", f"is about {INCIDENT}, and the assertion that connects the two is missing"
    )


@pytest.mark.parametrize("words", ["because of", "due to", "caused by", "in response to", "blamed for"])
def test_a_label_that_speaks_of_a_cause_is_warned_of(call: Call, copy: Copy, words: str) -> None:
    copy.edit(PUMP_HOUSE, f"action:{P}-002", "is made works manager", f"is made works manager {words} the flood")
    code, lines = findings(call, copy)
    assert code == 0 and any(f"action:{P}-002" in line and "labelled with a cause" in line for line in lines)


@pytest.mark.parametrize("serial", ["008", "026"])
def test_an_accusation_without_response_or_dated_search_is_refused(call: Call, copy: Copy, serial: str) -> None:
    block = copy.subject(PUMP_HOUSE, f"claim:{P}-{serial}")
    kept = "\n".join(line for line in block.splitlines() if "cev:response" not in line)
    copy.replace(PUMP_HOUSE, block, kept)
    refused(call, copy, f"claim:{P}-{serial}", "records no response")


def test_a_search_for_a_response_needs_its_day(call: Call, copy: Copy) -> None:
    copy.edit(PUMP_HOUSE, f"search:{P}-001", ' ;\n    cev:searchedOn "2026-11-22"^^xsd:date .', " .")
    refused(call, copy, f"search:{P}-001", "does not have exactly one day")


def test_an_action_whose_reason_nobody_states_is_a_sequence_only(example: Space) -> None:
    links = example.links()
    assert links.of(f"action:{P}-002", INCIDENT).sentence == NO_LINK == "no source in this graph states a link"
    assert links.of(f"action:{P}-001", "incident:lock-gate-2019").sentence == NO_LINK
    assert links.of("action:nosuch-001", INCIDENT) == Link("action:nosuch-001", "action:nosuch-001", INCIDENT, "sequence")


def test_a_stated_reason_is_given_with_its_speaker_and_need_not_be_the_incident(example: Space) -> None:
    sentence = example.links().of(f"action:{P}-001", INCIDENT).sentence
    assert (
        sentence
        == f"reason stated: Lena Holm asserts: “Ada Miller gave up her post because of her health.” [assertion:{P}-022]"
    )


def test_every_stated_link_has_its_passages(example: Space) -> None:
    links = example.links()
    stated = {one.name for link in links.links for one in link.stated}
    assert stated == set(links.basis.column("assertion"))
    assert len(links.rows) == 2 + 6


def test_the_timeline_says_what_stands_beside_an_incident_in_time_only(call: Call) -> None:
    said = call("timeline", P, "--workspace", EXAMPLE)
    assert f"action:{P}-002 (Karin Vik is made works manager) stands beside {INCIDENT} in time only: {NO_LINK}" in said.err
    assert f"action:{P}-001" not in said.err
