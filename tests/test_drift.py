"""Drift: flagged at exactly the hops where something hardens or softens, and nowhere else."""

from __future__ import annotations

import json

import pytest
from conftest import Call
from hypothesis import given, settings
from hypothesis import strategies as st
from invented import claim, person, said, space_of, space_with, work

from kgtools.evidence.drift import Move
from kgtools.space import Space

HEDGES = ("certain", "most-likely", "probable", "possible", "speculative")
FORCES = ("asserts", "suggests", "does-not-rule-out", "questions")


def hops(moves: list[Move]) -> set[tuple[str, str]]:
    """Return the serials of the two ends of each hop."""
    return {(one.earlier.name.removeprefix("assertion:pump-house-2019-"), one.later.name[-3:]) for one in moves}


def changes(move: Move) -> list[str]:
    return [str(change) for change in move.changes]


def test_the_planted_chain_is_flagged_at_exactly_its_two_hops(example: Space) -> None:
    found = example.drift("pump-house-2019")
    assert hops(found.harder) == {("006", "007"), ("006", "008")}
    assert hops(found.softer) == {("010", "077")}
    assert example.drift().compared == 39


def test_a_hop_says_what_changed_and_by_how_many_steps(example: Space) -> None:
    text, headline = sorted(example.drift().harder, key=lambda one: one.later.name)
    assert changes(text) == ["hedge: possible → certain (3 steps)", "force: suggests → asserts (1 step)"]
    assert changes(headline)[2:] == ["speaker: unnamed operator (North Wire, January 2019) → credited to Ostrand water board"]


def test_both_passages_stand_with_a_hop(example: Space) -> None:
    move = next(one for one in example.drift().harder if one.later.name.endswith("007"))
    assert [str(place) for one in (move.earlier, move.later) for place in one.places] == [
        "clippings-2019.txt, lines 22–23 “left open on purpose”"
    ] * 2


def test_the_total_is_that_from_the_origin_to_the_last_hop(example: Space) -> None:
    chains = {(one.earlier.name[-3:], one.later.name[-3:]): changes(one)[0] for one in example.drift().chains}
    assert chains == {
        ("005", "008"): "hedge: possible → certain (3 steps)", ("005", "009"): "hedge: possible → certain (3 steps)",
        ("005", "017"): "hedge: possible → certain (3 steps)", ("010", "077"): "hedge: most likely → probable (1 step)",
    }  # fmt: skip


def test_an_incident_without_drift_has_none(example: Space) -> None:
    found = example.drift("lock-gate-2019")
    assert (found.hops, found.chains, found.compared) == ([], [], 2)


def chain(hedges: list[str], forces: list[str]) -> str:
    text = claim()
    for place, (hedge, force) in enumerate(zip(hedges, forces, strict=True)):
        text += person(f"hop-{place}")
        text += said(f"9{place:02}", f"hop-{place}", reports=f"9{place - 1:02}" if place else "", hedge=hedge, force=force)
    return text


@settings(max_examples=20, deadline=None)
@given(st.data(), st.integers(2, 6))
def test_one_upgrade_in_a_chain_is_flagged_at_exactly_its_hop(example: Space, data: st.DataObject, length: int) -> None:
    place = data.draw(st.integers(1, length - 1))
    weak = data.draw(st.integers(1, 4))
    strong = data.draw(st.integers(0, weak - 1))
    hedges = [HEDGES[weak]] * place + [HEDGES[strong]] * (length - place)
    found = space_of(example, chain(hedges, ["asserts"] * length)).drift()
    mine = [one for one in found.harder if one.later.claim.endswith("900")]
    assert hops(mine) == {(f"9{place - 1:02}", f"9{place:02}")}
    assert changes(mine[0]) == [
        f"hedge: {HEDGES[weak]} → {HEDGES[strong]} ({weak - strong} step{'s' * (weak - strong > 1)})".replace("-l", " l")
    ]
    assert not [one for one in found.softer if one.later.claim.endswith("900")]


@settings(max_examples=20, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(HEDGES), st.sampled_from(FORCES)), min_size=2, max_size=6))
def test_the_steps_of_the_hops_add_up_to_the_total(example: Space, wording: list[tuple[str, str]]) -> None:
    found = space_of(example, chain([one for one, _ in wording], [one for _, one in wording])).drift()

    def total(moves: list[Move], kind: str) -> int:
        mine = [change for one in moves if one.later.claim.endswith("900") for change in one.changes if change.kind == kind]
        return sum(change.steps if change.direction == "harder" else -change.steps for change in mine)

    for kind in ("hedge", "force"):
        assert total(found.hops, kind) == total(found.chains, kind)


@settings(max_examples=15, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(HEDGES), st.sampled_from(FORCES)), min_size=2, max_size=5))
def test_a_chain_read_backwards_softens_where_it_hardened(example: Space, wording: list[tuple[str, str]]) -> None:
    there = space_of(example, chain([one for one, _ in wording], [one for _, one in wording])).drift()
    back = space_of(example, chain([one for one, _ in wording[::-1]], [one for _, one in wording[::-1]])).drift()

    def count(moves: list[Move]) -> int:
        return len([one for one in moves if one.later.claim.endswith("900")])

    assert (count(there.harder), count(there.softer)) == (count(back.softer), count(back.harder))


@pytest.mark.parametrize("hedge", ["unhedged-unclear"])
def test_wording_outside_the_order_is_not_compared(hedge: str, example: Space) -> None:
    found = space_of(example, chain(["speculative", hedge, "certain"], ["asserts", "corrects", "asserts"])).drift()
    assert not [one for one in found.hops if one.later.claim.endswith("900")]
    assert [changes(one) for one in found.chains if one.later.claim.endswith("900")] == [
        ["hedge: speculative → certain (4 steps)"]
    ]


NARROWS = "claim:pump-house-2019-901 cev:narrows claim:pump-house-2019-900 .\n"


@pytest.mark.parametrize(
    ("first", "second", "force", "direction"),
    [
        ("900", "901", "asserts", "harder"),
        ("901", "900", "asserts", "softer"),
        ("900", "901", "denies", "softer"),
        ("901", "900", "denies", "harder"),
    ],
)
def test_a_stronger_claim_is_harder_to_assert_and_a_weaker_one_harder_to_deny(
    first: str, second: str, force: str, direction: str, example: Space
) -> None:
    text = claim() + claim("901") + NARROWS + person("one") + person("two")
    text += said("901", "one", first, force=force) + said("902", "two", second, force=force, reports="901")
    move = next(one for one in space_with(example, text).drift().hops if one.later.name.endswith("902"))
    assert [(change.kind, change.direction) for change in move.changes] == [("claim", direction)]


def test_claims_that_entail_each_other_are_neither_harder_nor_softer(example: Space) -> None:
    both = NARROWS + "claim:pump-house-2019-900 cev:entails claim:pump-house-2019-901 .\n"
    text = claim() + claim("901") + both + person("one") + said("901", "one") + said("902", "one", "901", reports="901")
    assert not [one for one in space_with(example, text).drift().hops if one.later.name.endswith("902")]


def test_a_condition_that_is_dropped_on_the_way_is_harder(example: Space) -> None:
    text = claim() + person("one") + said("901", "one", more="; cev:onCondition claim:pump-house-2019-003 ")
    text += said("902", "one", reports="901")
    move = next(one for one in space_with(example, text).drift().harder if one.later.name.endswith("902"))
    assert changes(move) == ["condition: on a condition → without condition"]


@pytest.mark.parametrize(("unnamed", "flagged"), [(True, {"902"}), (False, set())])
def test_crediting_an_institution_is_flagged_once_and_only_if_nobody_named_said_it(
    unnamed: bool, flagged: set[str], example: Space
) -> None:
    text = claim() + person("one", unnamed) + person("two") + work("paper") + said("901", "one")
    credited = "; cev:creditedTo agent:water-board "
    text += said("902", "two", reports="901", source="paper", more=credited) + said("903", "two", reports="902", more=credited)
    found = space_with(example, text).drift()
    assert {one.later.name[-3:] for one in found.harder if one.later.claim.endswith("900")} == flagged


def test_the_named_query_gives_the_hops_of_the_instrument(example: Space) -> None:
    rows = {(row["reported"], row["hop"], row["kind"]) for row in example.query("drift")}
    found = {
        (one.earlier.name, one.later.name, change.kind) for one in example.drift().harder for change in one.toward("harder")
    }
    assert rows == found


def test_before_the_article_there_is_no_drift(example: Space) -> None:
    assert example.as_of("2019-01-09").drift().hops == []
    assert hops(example.as_of("2019-01-10").drift().harder) == {("006", "007"), ("006", "008")}


@pytest.mark.parametrize("form", ["text", "md", "json", "html"])
def test_the_command_answers_in_every_form(form: str, call: Call, example: Space) -> None:
    done = call("--workspace", example.workspace.root, "drift", "pump-house-2019", "--explain", "--format", form)
    assert (done.code, done.err) == (0, "")
    if form == "json":
        assert len(json.loads(done.out)["harder"]) == 2
    else:
        assert (
            "possible → certain (3 steps)".replace("(", "\\(" if form == "md" else "(").replace(
                ")", "\\)" if form == "md" else ")"
            )
            in done.out
        )


def test_what_was_compared_stands_with_its_passages(example: Space) -> None:
    found = example.drift("pump-house-2019")
    assert {move.later.name for move in found.hops} <= set(found.basis.column("assertion"))
    assert all(row["document"] == "clippings-2019.txt" for row in found.basis)
    assert set(found.rows.column("direction")) == {"harder", "softer"}
