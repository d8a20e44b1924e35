"""Settling: what a curator decides is recorded in the right dossier, both sides kept, nothing half done."""

from __future__ import annotations

import pytest
from conftest import PUMP_HOUSE, Call, Copy
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kgtools import check, vocab
from kgtools.evidence import record
from kgtools.evidence.discrepancies import Pair
from kgtools.evidence.settle import settle
from kgtools.faults import Fault
from kgtools.turtle import parse_file

P = "pump-house-2019"
SIDES = (f"assertion:{P}-033", f"assertion:{P}-024")
WHY = ("--reason", "The duty roster names two.")


def held(copy: Copy, serial: str) -> Pair:
    return next(pair for pair in copy.space.discrepancies().pairs if pair.name == f"discrepancy:{P}-{serial}")


def remove(copy: Copy, name: str) -> None:
    copy.replace(PUMP_HOUSE, copy.subject(PUMP_HOUSE, name) + "\n\n", "")


def test_an_open_one_is_settled_where_it_stands(call: Call, copy: Copy) -> None:
    before = held(copy, "004")
    said = call("settle", f"{P}-004", "--state", "settled", *WHY, "--workspace", copy.folder)
    assert (said.code, said.out.split(";")[0]) == (0, f"discrepancy:{P}-004: contradiction, settled")
    after = held(copy, "004")
    assert (after.state, after.kind, after.reason) == ("settled", "contradiction", "The duty roster names two.")
    assert (after.side_a.name, after.side_b.name, after.value_a, after.value_b) == (
        before.side_a.name, before.side_b.name, before.value_a, before.value_b,
    )  # fmt: skip
    assert check.run(copy.space).findings == []


def test_only_what_was_decided_changes_in_the_file(call: Call, copy: Copy) -> None:
    before = copy.path(PUMP_HOUSE).read_text(encoding="utf-8").splitlines()
    call("settle", f"discrepancy:{P}-011", "--state", "open", "--kind", "scope", "--workspace", copy.folder)
    after = copy.path(PUMP_HOUSE).read_text(encoding="utf-8").splitlines()
    assert [(a, b) for a, b in zip(before, after, strict=True) if a != b] == [
        ("    cev:kind difference:unclear ;", "    cev:kind difference:scope ;")
    ]


@pytest.mark.parametrize("order", [1, -1], ids=["as recorded", "the other way round"])
def test_a_pair_that_the_ledger_holds_is_found_by_its_sides(call: Call, copy: Copy, order: int) -> None:
    said = call("settle", *SIDES[::order], "--state", "rejected", *WHY, "--workspace", copy.folder)
    assert said.code == 0 and "changed in" in said.out
    assert held(copy, "004").state == "rejected"
    assert len(copy.space.discrepancies().pairs) == 12


def test_a_new_pair_gets_the_next_serial_and_the_proposed_kind(call: Call, copy: Copy) -> None:
    remove(copy, f"discrepancy:{P}-002")
    said = call("settle", f"{P}-027", f"{P}-003", "--state", "settled", *WHY, "--workspace", copy.folder)
    assert said.code == 0 and said.out.startswith(f"discrepancy:{P}-012: time-zone, settled; added to")
    pair = held(copy, "012")
    assert (pair.value_a, pair.value_b, pair.incidents) == ("06:10 local time (UTC+1)", "05:10 UTC", [f"incident:{P}"])
    assert check.run(copy.space).findings == []
    assert copy.space.proposals().pairs == []


def test_an_open_pair_needs_no_reason(call: Call, copy: Copy) -> None:
    remove(copy, f"discrepancy:{P}-004")
    assert call("settle", *SIDES, "--state", "open", "--workspace", copy.folder).code == 0
    assert check.run(copy.space).good


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("discrepancy:nosuch-001", "--state", "open"), "unknown discrepancy"),
        ((f"{P}-004", "--state", "closed"), "unknown state 'closed'"),
        ((f"{P}-004", "--state", "open", "--kind", "misprnt"), "did you mean misprint"),
        ((f"assertion:{P}-033", f"assertion:{P}-033", "--state", "open"), "both sides are one assertion"),
        ((f"assertion:{P}-033", f"assertion:{P}-001", "--state", "open"), "do not give figures of one attribute"),
        ((f"assertion:{P}-031", f"assertion:{P}-001", "--state", "open"), "do not give figures of one attribute"),
        ((f"assertion:{P}-033", "assertion:nosuch-001", "--state", "open"), "unknown assertion"),
        (("a", "b", "c", "--state", "open"), "3 names"),
    ],
)
def test_a_wrong_call_writes_nothing(call: Call, copy: Copy, words: tuple[str, ...], sentence: str) -> None:
    before = {path: path.read_bytes() for path in copy.folder.rglob("*.ttl")}
    said = call("settle", *words, "--workspace", copy.folder)
    assert said.code == 2 and sentence in said.err and said.err.count("\n") == 1
    assert {path: path.read_bytes() for path in copy.folder.rglob("*.ttl")} == before


@pytest.mark.parametrize("state", ["settled", "rejected"])
def test_a_new_pair_is_not_settled_without_a_reason(call: Call, copy: Copy, state: str) -> None:
    remove(copy, f"discrepancy:{P}-004")
    said = call("settle", *SIDES, "--state", state, "--workspace", copy.folder)
    assert said.code == 2 and f"--reason: is needed to call a discrepancy {state}" in said.err


def test_a_pair_for_which_nothing_is_proposed_needs_a_kind(copy: Copy) -> None:
    known = record.load(copy.space)
    with pytest.raises(Fault, match="no kind is proposed"):
        settle(copy.space, known, [f"assertion:{P}-001", f"assertion:{P}-054"], "open")


@given(
    state=st.sampled_from(vocab.LISTS["state"]), kind=st.sampled_from(vocab.LISTS["difference"]),
    reason=st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cs")), min_size=1).filter(str.strip),
)  # fmt: skip
@pytest.mark.slow
@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_is_settled_is_read_back_and_settling_twice_changes_nothing(
    copy: Copy, state: str, kind: str, reason: str
) -> None:
    space = copy.space
    settle(space, record.load(space), [f"{P}-004"], state, kind, reason)
    pair = held(copy, "004")
    assert (pair.state, pair.kind, pair.reason) == (state, kind, " ".join(reason.split()))
    before = parse_file(copy.path(PUMP_HOUSE))
    settle(copy.space, record.load(copy.space), [f"{P}-004"], state, kind, reason)
    assert parse_file(copy.path(PUMP_HOUSE)) == before
