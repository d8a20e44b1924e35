"""The explanations matrix: cells worked out by hand on the invented case, what hangs on one speaker, and every form of it."""

from __future__ import annotations

import csv
import io
import json
import re
from collections import defaultdict
from itertools import combinations
from pathlib import Path

import jsonschema
import pytest
from conftest import EXAMPLE, PUMP_HOUSE, Call, Copy
from hypothesis import given, settings
from hypothesis import strategies as st

from kgtools.evidence.matrix import CONSISTENT, Cell, Flip, Matrix, Row, apart
from kgtools.evidence.matrix import _cell as cell_of
from kgtools.evidence.matrix import _drops as drops_of
from kgtools.evidence.matrix import _Links as Links
from kgtools.evidence.matrix import _rows as rows_of
from kgtools.evidence.matrix import _side as side_of
from kgtools.evidence.record import Assertion, Record
from kgtools.space import Space
from kgtools.turtle import parse_text

AT = ("--workspace", EXAMPLE)
P = "pump-house-2019"
SCHEMA = json.loads((Path(__file__).parents[1] / "kgtools/schemas/matrix.schema.json").read_text(encoding="utf-8"))
# Columns 003 intent, 004 wear, 007 frost, 008 contractor, 033 paid, 034 vandals;
# c(onsistent), i(nconsistent), s(ilent), - not assessed.
BY_HAND = """
003 put forward   : c i - c c c : unnamed operators 1 and 2; 004 excludes 003; 008 033 034 narrow 003
009 on condition  : s - - - - - : said only if 003 holds
003 spoken against: i s - i i i : Miller, tidewatcher, marit, Berg; whoever denies 003 denies what narrows it
032 put forward   : i - - - - - : undermines 003; taken back by tidewatcher, not by marit
033 put forward   : c i - - c - : narrows 003, which excludes 004
034 put forward   : c i - - - c : narrows 003, which excludes 004
007 left open     : - - s - - - : pia asks
032 spoken against: s - - - - - : the retraction
004 put forward   : i c - i i i : inquiry, Lund, board
008 put forward   : c i - c - - : Dahl
003 left open     : s s - s s s : Berg does not rule it out
006 put forward   : i c - - - - : undermines 003, supports 004
004 spoken against: s i - s s s : Hale
007 put forward   : - - c - - - : Lund
"""
WORDS = {"consistent": "c", "inconsistent": "i", "silent": "s", "not assessed": "-"}


@pytest.fixture(scope="module")
def matrix(example: Space) -> Matrix:
    return example.matrix(P)


def test_the_cells_are_those_worked_out_by_hand_in_order_of_date(matrix: Matrix) -> None:
    found = [f"{row.claim[-3:]} {row.side:<14}: {' '.join(WORDS[cell.state] for cell in row.cells)}" for row in matrix.evidence]
    assert found == [line.rpartition(" : ")[0] for line in BY_HAND.strip().splitlines()]


def test_a_row_names_the_speakers_at_the_ends_of_its_chains(matrix: Matrix) -> None:
    voices = {(row.claim[-3:], row.side): row.voices for row in matrix.evidence}
    assert voices["003", "spoken against"] == ["Ada Miller", "Nils Berg", "marit", "tidewatcher"]
    assert voices["006", "put forward"] == ["inquiry into the flooding of the pump house"]


def test_a_conditional_is_shown_and_counts_for_nothing(matrix: Matrix) -> None:
    row = next(row for row in matrix.evidence if row.side == "on condition")
    assert row.conditions == ("A valve was left open on purpose.",)
    assert {cell.state for cell in row.cells} == {"silent", "not assessed"}


def test_without_the_inquiry_nobody_says_that_the_valve_was_found_shut(matrix: Matrix) -> None:
    drops = {drop.speaker: [(f.claim[-3:], f.explanation[-3:], f.before, f.after) for f in drop.flips] for drop in matrix.drops}
    assert drops["agent:inquiry"] == [
        ("006", "003", "inconsistent", "not assessed"),
        ("006", "004", "consistent", "not assessed"),
    ]
    assert drops["agent:marit"] == [("032", "003", "inconsistent", "silent")]
    assert drops["agent:tidewatcher"] == drops["agent:unnamed-operator-1"] == drops["agent:unnamed-operator-2"] == []


def test_what_only_one_speaker_tells_apart_is_said(copy: Copy) -> None:
    copy.edit(PUMP_HOUSE, f"claim:{P}-003", f"    cev:excludes claim:{P}-004 ;\n", "")
    flips = {
        drop.speaker: [(f.explanation[-3:], f.other[-3:]) for f in drop.flips if f.other] for drop in copy.space.matrix(P).drops
    }
    assert flips.pop("agent:inquiry") == [("003", "004")]
    assert not any(flips.values())


def test_a_row_that_fits_all_explanations_is_marked_as_not_telling_them_apart(copy: Copy) -> None:
    names = " , ".join(f"claim:{P}-{serial}" for serial in ("003", "004", "007", "008", "033", "034"))
    copy.edit(
        PUMP_HOUSE, f"claim:{P}-005", "    cev:topic topic:course", f"    cev:supports {names} ;\n    cev:topic topic:course"
    )
    rows = [row for row in copy.space.matrix(P).evidence if row.fits_all]
    assert [row.claim[-3:] for row in rows] == ["005"]
    assert not apart(rows[0].cells)


def test_relations_of_both_kinds_say_nothing_either_way(copy: Copy) -> None:
    copy.edit(PUMP_HOUSE, f"claim:{P}-006", f"cev:supports claim:{P}-004", f"cev:supports claim:{P}-003 , claim:{P}-004")
    row = next(row for row in copy.space.matrix(P).evidence if row.claim.endswith("006"))
    assert {cell.explanation[-3:]: cell.state for cell in row.cells}["003"] == "silent"


def test_supporting_and_undermining_do_not_carry_over_to_narrower_explanations(matrix: Matrix) -> None:
    row = next(row for row in matrix.evidence if row.claim.endswith("006"))
    assert [cell.state for cell in row.cells[2:]] == ["not assessed"] * 4


def test_an_incident_without_explanations_has_an_empty_matrix(call: Call) -> None:
    said = call("compare", "harbour-series-2019", *AT)
    assert said.code == 0
    assert "No explanation is on record." in said.out


def test_json_follows_the_published_schema(call: Call) -> None:
    for incident in (P, "lock-gate-2019", "harbour-series-2019"):
        for more in ((), ("--explain",)):
            jsonschema.validate(json.loads(call("compare", incident, "--format", "json", *more, *AT).out), SCHEMA)


def test_the_schema_refuses_a_winner_and_a_total(call: Call) -> None:
    data = json.loads(call("compare", P, "--format", "json", *AT).out)
    for place in (data, data["rows"][0], data["explanations"][0], data["rows"][0]["cells"][0]):
        for field in ("winner", "score", "total", "rank"):
            place[field] = 1
            with pytest.raises(jsonschema.ValidationError):
                jsonschema.validate(data, SCHEMA)
            del place[field]
    jsonschema.validate(data, SCHEMA)


def test_no_view_ranks_explanations_or_names_a_winner(call: Call) -> None:
    for form in ("text", "md", "json", "csv", "html", "turtle"):
        out = call("compare", P, "--format", form, *AT).out.casefold()
        assert not re.search(r"\bwinner\b|\bbest\b|most likely explanation|\bscore\b|\brank\b", out), form


def test_csv_has_a_row_for_each_row_of_the_matrix(call: Call, matrix: Matrix) -> None:
    rows = list(csv.reader(io.StringIO(call("compare", P, "--format", "csv", *AT).out)))
    assert tuple(rows[0]) == matrix.rows.columns
    assert len(rows) == 1 + len(matrix.evidence)


def test_rdf_describes_each_assessed_cell_without_asserting_it(call: Call, matrix: Matrix, example: Space) -> None:
    triples = parse_text(call("compare", P, "--format", "turtle", *AT).out, "matrix")
    cells = {t.subject for t in triples if t.predicate.value.endswith("#type")}
    assert len(cells) == len(matrix.cells)
    assert not {example.short(t.predicate.value) for t in triples} & {"cev:supports", "cev:undermines", "cev:excludes"}


def test_the_explained_answer_lists_every_assertion_and_passage(call: Call, matrix: Matrix) -> None:
    out = call("compare", P, "--explain", *AT).out
    for row in matrix.evidence:
        for one in row.assertions:
            assert one.name in out and str(one.places[0]) in out


@pytest.mark.parametrize("form", ["md", "html"])
def test_hostile_words_are_escaped(call: Call, copy: Copy, form: str) -> None:
    copy.edit(PUMP_HOUSE, f"claim:{P}-007", "Frost broke", "<script>alert(1)</script> [x](http://x.example) \u202e Frost broke")
    out = call("compare", P, "--format", form, "--workspace", copy.folder).out
    bare = re.sub(r"\\[\\<\[\]()]", "", out) if form == "md" else out
    assert "<script" not in bare and "\u202e" not in out
    assert "[x](http" not in bare or form == "html"


def test_rows_make_a_data_frame(matrix: Matrix) -> None:
    pandas = pytest.importorskip("pandas")
    assert isinstance(matrix.to_pandas(), pandas.DataFrame) and len(matrix.to_pandas()) == len(matrix.evidence)
    assert "<table>" in matrix._repr_html_()


@given(st.permutations(["c", "i", "s", "-"]))
def test_only_consistent_and_inconsistent_tell_two_explanations_apart(states: list[str]) -> None:
    words = {short: word for word, short in WORDS.items()}
    row = Row("claim:x", "", "put forward", [], [], [Cell(f"claim:{n}", words[state]) for n, state in enumerate(states)])
    one, other = sorted(states.index(state) for state in ("c", "i"))
    assert apart(row.cells) == [(f"claim:{one}", f"claim:{other}")]
    assert not row.fits_all and CONSISTENT == "consistent"


CLAIMS, NAMES = ["claim:a", "claim:b", "claim:c", "claim:d"], ["claim:a", "claim:b", "claim:c"]
PAIRS = st.sets(st.tuples(st.sampled_from(CLAIMS), st.sampled_from(CLAIMS)).filter(lambda pair: pair[0] != pair[1]), max_size=4)


@st.composite
def records(draw: st.DrawFn) -> Record:
    """Make a few assertions by three speakers, some with loops in their chains."""
    made = {}
    for number in range(draw(st.integers(1, 7))):
        force, counts = draw(
            st.sampled_from([*[("asserts", "for")] * 2, ("denies", "against"), *[("retracts", "against")] * 2, ("asks", "")])
        )
        claim, speaker = draw(st.sampled_from(["claim:a", *CLAIMS, ""])), draw(st.sampled_from("xxyz"))
        reports = [f"a:{other}" for other in draw(st.sets(st.integers(0, 7), max_size=draw(st.sampled_from([0, 0, 1, 2]))))]
        one = Assertion(
            f"a:{number}", claim, "", speaker, speaker.upper(), "", "", f"force:{force}", counts, "", "", "", "", "",
            reports=reports, latest=draw(st.sampled_from(["", "2000-01-01"])),
        )  # fmt: skip
        made[one.name] = one
    return Record(made, {})


@st.composite
def relations(draw: st.DrawFn) -> Links:
    pairs = defaultdict(set, {name: draw(PAIRS) for name in ("supports", "undermines", "excludes", "narrows", "entails")})
    wider: dict[str, dict[str, str]] = defaultdict(dict)
    for relation in ("narrows", "entails"):
        for here, there in pairs[relation]:
            wider[here][there] = relation
    pairs["excludes"].add(("claim:a", "claim:b"))
    nodes = draw(st.sets(st.sampled_from(["claim:d", "a:0", "a:1"]), max_size=draw(st.sampled_from([0, 0, 1]))))
    return Links(pairs, defaultdict(list, {node: [(draw(st.sampled_from(CLAIMS)), "if")] for node in nodes}), wider)


def left_without(record: Record, links: Links, speaker: str) -> list[Row]:
    """Return all rows made anew without what only a speaker is the origin of, and without that voice in the rest."""
    groups: dict[tuple[str, str], list[Assertion]] = defaultdict(list)
    for one in record.assertions.values():
        if one.claim and {record.assertions[name].speaker for name in record.origins(one.name)} != {speaker}:
            groups[one.claim, side_of(one, links)].append(one)
    rows = []
    for (claim, side), listed in groups.items():
        ends = {name for one in listed for name in record.origins(one.name)}
        voices = {record.assertions[name].speaker for name in ends} - {speaker}
        taken = {one.speaker for one in groups.get((claim, "spoken against"), ()) if one.force == "force:retracts"}
        row = Row(claim, "", side, listed, [])
        stands = bool(voices - taken if side == "put forward" else voices)
        row.cells = [cell_of(links, row, name, stands) for name in NAMES]
        rows.append(row)
    return rows


def told(rows: list[Row]) -> set[tuple[str, str]]:
    states = [{cell.explanation: cell.state for cell in row.cells} for row in rows]
    return {(a, b) for said in states for a in said for b in said if {said[a], said[b]} == {"consistent", "inconsistent"}}


def readings(rows: list[Row]) -> dict[tuple[str, str, str], str]:
    return {(row.claim, row.side, cell.explanation): cell.state for row in rows for cell in row.cells}


@settings(max_examples=200)
@given(records(), relations())
def test_what_hangs_on_a_speaker_is_what_differs_where_all_is_made_anew_without_them(record: Record, links: Links) -> None:
    rows = rows_of(record, links, NAMES)
    every = readings(left_without(record, links, ""))
    said = {one[:2] for one, state in every.items() if state != "not assessed"}
    assert readings(rows) == {one: state for one, state in every.items() if one[:2] in said}
    for drop in drops_of(record, links, NAMES, rows):
        left = left_without(record, links, drop.speaker)
        after = readings(left)
        cells = [
            Flip(name, before, after.get((claim, side, name), "not assessed"), claim, side)
            for (claim, side, name), before in readings(rows).items()
            if before in ("consistent", "inconsistent") and before != after.get((claim, side, name), "not assessed")
        ]
        lost = [pair for pair in combinations(NAMES, 2) if pair in told(rows) - told(left)]
        pairs = [Flip(one, "told apart", "not told apart", other=other) for one, other in lost]
        assert list(drop.flips) == [*cells, *pairs]
    assert {drop.speaker for drop in drops_of(record, links, NAMES, rows)} == {o.speaker for row in rows for o in row.origins}


def said(number: int, claim: str, speaker: str, force: str = "asserts", reports: str = "") -> Assertion:
    counts = "for" if force == "asserts" else "against"
    return Assertion(
        f"a:{number}",
        claim,
        "",
        speaker,
        speaker,
        "",
        "",
        f"force:{force}",
        counts,
        "",
        "",
        "",
        "",
        "",
        reports=reports.split(),
    )


def test_who_is_said_to_have_taken_a_claim_back_by_one_alone_stands_for_it_again_without_that_one() -> None:
    # x and y put a forward, x alone puts c forward; that x took both back is known from y alone.
    listed = [
        said(0, "claim:a", "x"), said(1, "claim:a", "y"), said(2, "claim:d", "y"), said(3, "claim:c", "x"),
        said(4, "claim:a", "x", "retracts", "a:2"), said(5, "claim:c", "x", "retracts", "a:2"), said(6, "claim:d", "y"),
    ]  # fmt: skip
    pairs = defaultdict(set, supports={("claim:c", "claim:a"), ("claim:d", "claim:a")}, undermines={("claim:c", "claim:b")})
    pairs["undermines"].add(("claim:d", "claim:b"))
    record, links = Record({one.name: one for one in listed}, {}), Links(pairs, defaultdict(list), {})
    rows = rows_of(record, links, ["claim:a", "claim:b"])
    drops = {drop.speaker: drop.flips for drop in drops_of(record, links, ["claim:a", "claim:b"], rows)}
    gone = [(flip.claim, flip.side, flip.explanation, flip.other) for flip in drops["y"]]
    assert gone == [
        ("claim:a", "spoken against", "claim:a", ""),
        ("claim:d", "put forward", "claim:a", ""),
        ("claim:d", "put forward", "claim:b", ""),
    ]
    assert drops["x"] == ()
