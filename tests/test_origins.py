"""Origins: ranges worked out by hand on the invented case, choke points, and the laws of counting."""

from __future__ import annotations

import json
import re

import pytest
from conftest import Call
from hypothesis import given, settings
from hypothesis import strategies as st
from invented import claim, person, said, space_of, space_with, work

from kgtools.evidence import origins
from kgtools.evidence.origins import Side
from kgtools.faults import Fault
from kgtools.flows import Flow, untied
from kgtools.space import Space, open_space

CLAIM = "claim:pump-house-2019-"


@pytest.fixture(scope="module")
def found(example: Space) -> dict[str, dict[str, Side]]:
    return {one.claim: one.sides for one in example.origins().claims}


def ranged(space: Space, about: str = "900", side: str = "for") -> str:
    return str(space.origins(CLAIM + about).claims[0].sides[side].range)


# Worked out by hand from the document: claim -> range for, range against.
BY_HAND = {
    "001": ("1–2", "0"), "002": ("1", "0"), "003": ("0–2", "2–4"), "004": ("2–3", "0–1"), "007": ("0–1", "0"),
    "008": ("0–1", "0"), "018": ("1", "0"), "026": ("0–1 or more", "1"), "027": ("0–1", "0"), "032": ("0–2", "0–1"),
    "035": ("0", "0–1"), "009": ("0", "0"), "047": ("0", "0"),
}  # fmt: skip


@pytest.mark.parametrize("name", BY_HAND)
def test_the_range_is_the_one_worked_out_by_hand(name: str, found: dict[str, dict[str, Side]]) -> None:
    sides = found[CLAIM + name]
    assert (str(sides["for"].range), str(sides["against"].range)) == BY_HAND[name]


def test_what_is_said_on_a_condition_is_counted_apart(found: dict[str, dict[str, Side]]) -> None:
    assert str(found[f"{CLAIM}009"]["on condition"].range) == "1"
    assert not found[f"{CLAIM}009"]["for"].assertions


def test_the_board_and_the_inquiry_that_it_set_up_are_one_voice(found: dict[str, dict[str, Side]]) -> None:
    voices = [voice for voice in found[f"{CLAIM}004"]["for"].voices if voice.ties]
    assert [voice.speakers for voice in voices] == [["Ostrand water board", "inquiry into the flooding of the pump house"]]
    assert voices[0].ties == ["inquiry into the flooding of the pump house was set up by Ostrand water board"]


def test_a_claim_with_two_chains_has_no_choke_point_and_a_smallest_cut_of_two(found: dict[str, dict[str, Side]]) -> None:
    side = found[f"{CLAIM}003"]["for"]
    assert side.chokes == []
    assert len(side.cut) == 2


def test_before_the_second_chain_everything_hangs_on_the_operator_and_the_wire_report(example: Space) -> None:
    side = example.as_of("2019-01-31").origins("pump-house-2019-003").claims[0].sides["for"]
    assert side.choke_assertions == ["assertion:pump-house-2019-005", "assertion:pump-house-2019-006"]
    assert set(side.choke_speakers) == {"agent:unnamed-operator-1", "agent:north-wire", "agent:gazette"}
    assert set(side.choke_works) == {"source:north-wire-2019-01-09", "source:gazette-2019-01-10"}


def test_the_condition_hangs_on_one_operator(found: dict[str, dict[str, Side]]) -> None:
    side = found[f"{CLAIM}009"]["on condition"]
    assert side.choke_assertions == [f"assertion:pump-house-2019-0{serial}" for serial in (40, 41, 42)]


@settings(max_examples=5, deadline=None)
@given(st.integers(1, 10), st.sampled_from(["005", "007", "010", "001"]))
def test_reprints_change_no_range(example: Space, number: int, article: str) -> None:
    text = "".join(
        person(f"reprinter-{n}")
        + work(f"reprint-{n}")
        + said(f"9{n:02}", f"reprinter-{n}", about, reports=article, source=f"reprint-{n}")
        for n in range(number)
        for about in [example_claim(example, article)]
    )
    space = space_with(example, text)
    assert ranged(space, example_claim(example, article)) == ranged(example, example_claim(example, article))


def example_claim(example: Space, serial: str) -> str:
    rows = example.query("assertions")
    row = next(row for row in rows if row["assertion"] == f"assertion:pump-house-2019-{serial}")
    return (row["claim"] or "").removeprefix(CLAIM)


GROUNDS = st.sampled_from(["own-knowledge", "institutional-analysis", "inference", "document", "unstated"])
SPEAKERS = st.lists(st.tuples(st.booleans(), GROUNDS), max_size=6)


def speakers(listed: list[tuple[bool, str]]) -> str:
    return claim() + "".join(
        person(f"speaker-{n}", unnamed) + said(f"9{n:02}", f"speaker-{n}", ground=ground)
        for n, (unnamed, ground) in enumerate(listed)
    )


def bounds(space: Space) -> tuple[int, int]:
    found = space.origins(f"{CLAIM}900").claims[0].sides["for"].range
    return found.at_least, found.at_most


@settings(max_examples=25, deadline=None)
@given(SPEAKERS, GROUNDS)
def test_where_a_voice_counts_one_more_unnamed_speaker_raises_only_the_upper_end(
    example: Space, listed: list[tuple[bool, str]], ground: str
) -> None:
    before = bounds(space_of(example, speakers(listed)))
    after = bounds(space_of(example, speakers([*listed, (True, ground)])))
    assert after[1] == before[1] + 1
    assert after[0] == (before[0] if before[0] or ground == "unstated" else 1)


@settings(max_examples=25, deadline=None)
@given(SPEAKERS, GROUNDS.filter(lambda ground: ground != "unstated"))
def test_a_named_speaker_with_a_ground_and_no_tie_raises_both_ends(
    example: Space, listed: list[tuple[bool, str]], ground: str
) -> None:
    before = bounds(space_of(example, speakers(listed)))
    after = bounds(space_of(example, speakers([*listed, (False, ground)])))
    # An unnamed speaker who alone made the lower end one may be the named one who has come.
    only_unnamed = not any(not unnamed and one != "unstated" for unnamed, one in listed)
    assert after == ((1 if only_unnamed else before[0] + 1), before[1] + 1)


@settings(max_examples=25, deadline=None)
@given(SPEAKERS)
def test_the_lower_end_is_never_above_the_upper_and_never_above_the_named_with_a_ground(
    example: Space, listed: list[tuple[bool, str]]
) -> None:
    least, most = bounds(space_of(example, speakers(listed)))
    assert 0 <= least <= most == len(listed)
    assert least <= max(sum(not unnamed and ground != "unstated" for unnamed, ground in listed), 1)


TIES = {
    "behalf": said("902", "two", more="; cev:onBehalfOf agent:one "),
    "post": said("902", "two")
    + "post:two-one a org:Membership ; rdfs:label 'x'@en ; org:member agent:two ; org:organization agent:one .\n",
    "owner": said("902", "two") + "agent:two org:subOrganizationOf agent:one .\n",
    "set up": said("902", "two") + "agent:two cev:setUpBy agent:one .\n",
    "successor": said("902", "two") + "agent:one dcterms:replaces agent:two .\n",
    "two steps": said("902", "two") + "agent:one cev:setUpBy agent:state . agent:two org:subOrganizationOf agent:state .\n",
}


@pytest.mark.parametrize("tie", TIES)
def test_tied_speakers_are_one_voice_at_the_lower_end_and_two_at_the_upper(tie: str, example: Space) -> None:
    text = claim() + person("one") + person("two") + person("state") + said("901", "one") + TIES[tie]
    assert ranged(space_with(example, text)) == "1–2"
    free = claim() + person("one") + person("two") + said("901", "one") + said("902", "two")
    assert ranged(space_with(example, free)) == "2"


def test_two_works_of_one_publisher_are_one_voice(example: Space) -> None:
    def reports(house: str) -> str:
        text = claim() + person("one") + person("two")
        for name, publisher in (("one", "gazette"), ("two", house)):
            text += work(f"by-{name}", more=f"; dcterms:publisher agent:{publisher} ")
            text += said(f"90{name}", name, ground="inference", source=f"by-{name}").replace("cev:Statement", "cev:MediaReport")
        return text

    assert ranged(space_with(example, reports("gazette"))) == "1–2"
    assert ranged(space_with(example, reports("courier"))) == "2"


def test_a_publisher_does_not_join_those_whom_it_quotes(example: Space) -> None:
    text = claim() + person("one") + person("two") + work("paper", more="; dcterms:publisher agent:gazette ")
    text += said("901", "one", source="paper") + said("902", "two", source="paper")
    assert ranged(space_with(example, text)) == "2"


def test_a_speaker_who_took_it_back_adds_nothing_to_the_lower_end(example: Space) -> None:
    text = claim() + person("one") + said("901", "one") + said("902", "one", force="retracts")
    assert ranged(space_with(example, text)) == "0–1"


def test_a_hop_that_goes_beyond_what_it_reports_is_an_end_that_adds_nothing_below(example: Space) -> None:
    text = claim() + person("one") + person("two") + said("901", "one", force="questions") + said("902", "two", reports="901")
    assert ranged(space_with(example, text)) == "0–1"
    assert (
        space_with(example, text).origins("pump-house-2019-900").claims[0].sides["for"].ends[0].idle
        == "it goes beyond what it reports"
    )


def test_questions_and_what_is_said_on_a_condition_count_for_neither_side(example: Space) -> None:
    text = claim() + person("one") + said("901", "one", force="questions")
    text += said("902", "one", more="; cev:onCondition claim:pump-house-2019-003 ")
    one = space_with(example, text).origins("pump-house-2019-900").claims[0]
    assert not one.sides["for"].assertions and not one.sides["against"].assertions
    assert [len(one.neither), len(one.sides["on condition"].assertions)] == [1, 1]


def test_a_loop_of_chains_comes_to_an_end(example: Space) -> None:
    text = claim() + person("one") + said("901", "one", reports="902") + said("902", "one", reports="901")
    assert ranged(space_with(example, text)) == "0"


@settings(max_examples=50, deadline=None)
@given(st.dictionaries(st.integers(0, 9), st.sets(st.integers(0, 9)), max_size=10), st.sets(st.integers(0, 9)))
def test_a_choke_point_is_what_support_does_not_stand_without(links: dict[int, set[int]], texts: set[int]) -> None:
    reports = {str(one): [str(other) for other in others if other < one and other in links] for one, others in links.items()}
    flow = Flow(reports, {str(one) for one in texts if one in links})
    chokes = set(flow.chokes())
    assert chokes == ({name for name in reports if not flow.stands(without=[name])} if flow.stands() else set())
    cut = flow.cut()
    assert not flow.stands(without=cut) and (len(cut) == 1) == bool(chokes)


@given(st.sets(st.tuples(st.integers(0, 7), st.integers(0, 7)).filter(lambda pair: pair[0] < pair[1])))
def test_untied_is_the_largest_set_without_a_tie(ties: set[tuple[int, int]]) -> None:
    nodes = range(8)
    best = max(bin(chosen).count("1") for chosen in range(256) if not any(chosen >> a & 1 and chosen >> b & 1 for a, b in ties))
    assert untied(list(nodes), ties) == best


def test_what_was_counted_is_what_the_numbers_say(example: Space) -> None:
    result = example.origins("pump-house-2019-003")
    basis = result.basis
    for row in result.rows:
        mine = [one for one in basis if one["claim"] == row["claim"] and one["side"] == row["side"]]
        counted = {
            number: {one["assertion"] for one in mine if one["number"] == number} for number in ("assertions", "origins")
        }
        assert {number: str(len(names)) for number, names in counted.items()} == {n: row[n] for n in counted}
        assert str(len({one["document"] for one in mine})) == row["documents"]


def test_the_named_query_gives_the_ends_that_the_instrument_counts(example: Space) -> None:
    rows = {(row["claim"], row["side"], row["origin"]) for row in example.query("origins")}
    ends = {
        (one.claim, side.name, end.assertion.name)
        for one in example.origins().claims
        for side in one.sides.values()
        for end in side.ends
        if side.name != "on condition"
    }
    assert ends == rows


def test_an_incident_gives_its_explanations_first(example: Space) -> None:
    claims = [one.claim for one in example.origins("pump-house-2019").claims]
    assert claims[:4] == [f"{CLAIM}{serial}" for serial in ("003", "004", "007", "008")]
    assert example.origins("incident:lock-gate-2019").claims[0].claim == "claim:lock-gate-2019-003"


def test_what_fits_nothing_is_a_fault(example: Space) -> None:
    with pytest.raises(Fault, match="no claim holds the words 'zeppelin'"):
        example.origins("zeppelin")


@pytest.mark.parametrize("form", ["text", "md", "json", "html"])
def test_the_command_answers_in_every_form(form: str, call: Call, example: Space) -> None:
    done = call("--workspace", example.workspace.root, "origins", "pump-house-2019-003", "--explain", "--format", form)
    assert (done.code, done.err) == (0, "")
    assert "0–2" in done.out or json.loads(done.out)["found"][0]["sides"]["for"]["origins"] == {
        "atLeast": 0,
        "atMost": 2,
        "openEnded": False,
    }
    assert "tidewatcher" in done.out


@pytest.mark.parametrize("words", [[], ["pump-house-2019", "--all"]])
def test_a_claim_and_all_exclude_each_other(words: list[str], call: Call, example: Space) -> None:
    done = call("--workspace", example.workspace.root, "origins", *words)
    assert done.code == 2 and "needs a claim, an incident or --all" in done.err


@pytest.mark.parametrize("form", ["text", "md", "html"])
def test_a_hostile_label_stays_a_label(form: str, example: Space) -> None:
    from kgtools.views import instruments, report

    label = "<script>alert(1)</script> [x](javascript:1) \\u202e `|*"
    space = space_with(example, claim() + person("one").replace("Speaker one", label) + said("901", "one"))
    found = instruments.origins_report(space, space.origins("pump-house-2019-900"))
    shown = {"text": report.text, "md": report.markdown, "html": report.page}[form](found)
    assert "\u202e" not in shown
    if form == "html":
        assert "<script" not in shown
    if form == "md":
        assert not re.search(r"(?<!\\)<script|(?<!\\)\[x(?<!\\)\]\(", shown)


def test_rows_are_a_data_frame(example: Space) -> None:
    pytest.importorskip("pandas")
    assert list(example.origins("pump-house-2019-003").to_pandas()["side"]) == ["for", "against"]


def test_without_pandas_the_fault_says_what_to_install(example: Space, monkeypatch: pytest.MonkeyPatch) -> None:
    import sys

    monkeypatch.setitem(sys.modules, "pandas", None)
    with pytest.raises(Fault, match=re.escape("pip install 'kgtools-cev[notebook]'")):
        example.origins("pump-house-2019-003").to_pandas()


def test_the_notebook_shows_a_table(example: Space) -> None:
    assert example.origins("pump-house-2019-003")._repr_html_().startswith("<table>")


def test_a_workspace_without_claims_has_no_origins(tmp_path: object, example: Space) -> None:
    from pathlib import Path

    from kgtools import template

    assert isinstance(tmp_path, Path)
    assert origins.origins(open_space(template.make(tmp_path / "bare", bare=True))).claims == []
