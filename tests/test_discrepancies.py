"""Discrepancies: kinds proposed as worked out by hand, generated pairs, and laws of units and order."""

from __future__ import annotations

import json
import subprocess
import sys
from datetime import datetime
from decimal import Decimal

import pytest
from conftest import EXAMPLE, ROOT, Call, Copy
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from kgtools import turtle
from kgtools.evidence import figures
from kgtools.evidence.discrepancies import Claimed, Ledger, _Names, _Speech, classify, marked
from kgtools.evidence.figures import Figure, number, spread
from kgtools.evidence.record import Assertion
from kgtools.space import Space

AT = ("--workspace", EXAMPLE)
P = "pump-house-2019"
SERIES = "assertion:harbour-series-2019"
KINDS = """
001/002 granularity number, 027/003 time-zone time, 028/029 translation wording, 033/024 contradiction number,
035/043 update number, 056/035 compiler-against-source number, 056/043 compiler-against-source number, 034/055 scope number,
036/066 alias number, 026/053 misprint time, 100/102 unclear number, series-001/series-002 within-one-source number
"""


def without_ledger(copy: Copy) -> Space:
    for path in (copy.folder / "graph" / "incidents").glob("*.ttl"):
        blocks = path.read_text(encoding="utf-8").split("\n\n")
        path.write_text("\n\n".join(block for block in blocks if not block.startswith("discrepancy:")), encoding="utf-8")
    return copy.space


def sides(ledger: Ledger) -> dict[frozenset[str], str]:
    return {
        frozenset(one.name.removeprefix(f"assertion:{P}-").replace(SERIES, "series") for one in (p.side_a, p.side_b)):
        f"{p.kind} {p.differs}" for p in ledger.pairs
    }  # fmt: skip


def test_every_pair_of_the_ledger_is_found_anew_with_its_kind(copy: Copy) -> None:
    wanted = {}
    for words in KINDS.replace("\n", " ").split(","):
        names, kind, differs = words.split()
        wanted[frozenset(names.split("/"))] = f"{kind} {differs}"
    found = sides(without_ledger(copy).proposals())
    assert found == wanted


def test_a_pair_in_the_ledger_is_not_proposed_again_whatever_its_state(example: Space) -> None:
    assert {pair.state for pair in example.discrepancies().pairs} == {"open", "settled", "rejected"}
    assert example.proposals().pairs == []


def test_the_ledger_is_that_of_the_query(example: Space) -> None:
    assert example.discrepancies().rows.column("discrepancy") == example.query("discrepancies").column("discrepancy")
    assert len(example.discrepancies().rows) == 12
    assert [pair.name[-3:] for pair in example.discrepancies(P, "open").pairs] == ["003", "004", "011"]


def test_the_differing_part_is_marked_and_named(example: Space) -> None:
    found = {pair.name[-3:]: pair for pair in example.discrepancies(P).pairs}
    assert found["001"].marked == ([("2", True), ("m", False)], [("about", True), ("1.8", True), ("m", False)])
    assert {serial: found[serial].differs for serial in ("001", "002", "004", "008")} == {
        "001": "number", "002": "time", "004": "negation", "008": "number",
    }  # fmt: skip


NAMES = _Names({}, {"pump 2": "craft:pump-2", "the standby pump": "craft:pump-2", "standby pump": "craft:pump-2"}, set())
SPEECH = _Speech(set(), set(), {}, set())


def claimed(figure: Figure, name: str, said: str = "2019-01-08", source: str = "") -> Claimed:
    one = Assertion(
        f"assertion:{name}", f"claim:{name}", "", f"agent:{name}", name, "cev:Statement", "cev:Statement", "force:asserts",
        "for",
        "hedge:certain", "ground:unstated", said, source or f"source:{name}", "", earliest=said, latest=said,
    )  # fmt: skip
    return Claimed(f"claim:{name}", "attribute:x", "incident:x", figure, one, [one])


def kind(one: Figure, other: Figure) -> str:
    found = classify(claimed(one, "a"), claimed(other, "b"), NAMES, SPEECH)
    return found.kind if found else "none"


def kilograms(text: str, about: bool = False) -> Figure:
    return number(text, "unit:kilogram", approximate=about)


def time(text: str) -> Figure:
    return Figure("time", text, approximate="~" in text)


def words(text: str) -> Figure:
    return Figure("words", text)


@pytest.mark.parametrize(
    ("one", "other", "wanted"),
    [
        (kilograms("2442"), kilograms("2450", about=True), "granularity"),
        (kilograms("2442"), kilograms("2400"), "granularity"),
        (kilograms("2442"), kilograms("2440"), "granularity"),
        (kilograms("2442"), kilograms("2450"), "contradiction"),
        (kilograms("2442"), number("2.442", "unit:tonne"), "none"),
        (kilograms("2442"), number("2.442", "unit:kilogram"), "misprint"),
        (kilograms("2442"), kilograms("2424"), "misprint"),
        (kilograms("2442"), kilograms("4000", about=True), "contradiction"),
        (kilograms("5800"), number("9", "unit:hour"), "unclear"),
        (number("300", "unit:rouble"), number("10", "unit:us-dollar"), "unclear"),
        (number("300", "unit:rouble"), number("400", "unit:rouble"), "contradiction"),
        (spread("40", "60", "unit:one"), number("50"), "granularity"),
        (spread("40", "", "unit:one"), number("50"), "granularity"),
        (spread("40", "", "unit:one"), number("30"), "contradiction"),
        (number("60", "unit:minute"), number("1", "unit:hour"), "none"),
        (number("1200", scope="town"), number("300", scope="quarter"), "scope"),
        (number("1200"), number("300", scope="quarter"), "scope"),
        (time("2011-08-18T03:25:00+06:00"), time("2011-08-17T21:25:00Z"), "time-zone"),
        (time("2011-08-18T03:25:00+06:00"), time("2011-08-17T22:25:00Z"), "contradiction"),
        (time("2011-08-18T03:25+06:00"), time("2011-08-18"), "time-zone"),
        (time("2011-08-17T21:25Z"), time("2011-08-17"), "granularity"),
        (time("2011-08-17T21:25Z"), time("2011-08-18"), "time-zone"),
        (time("2011-08-17T05:25Z"), time("2011-08-18"), "contradiction"),
        (time("2011-08-17T21:25Z"), time("2011-08-16"), "contradiction"),
        (time("2011-08-17T21:25Z"), time("2011-08-17T21:25:12Z"), "granularity"),
        (time("2011-08"), time("2011-08-17"), "granularity"),
        (time("2011-08-15~"), time("2011-08-17"), "granularity"),
        (time("2011-08-15"), time("2011-08-17"), "contradiction"),
        (time("2019-01-07"), time("2109-01-07"), "misprint"),
        (time("2019-01-07"), number("21", "unit:day"), "unclear"),
        (words("The standby pump"), words("pump 2"), "alias"),
        (words("Proton"), words("Proton-M"), "granularity"),
        (words("upper stage"), words("third stage"), "unclear"),
        (Figure("words", "upper stage", scope="column"), Figure("words", "third stage"), "unclear"),
        (words("the Proton"), words("heavy Proton"), "granularity"),
        (words("tested"), words("not tested"), "contradiction"),
        (words("The Briz"), words("briz"), "none"),
    ],
)
def test_two_figures_are_classified(one: Figure, other: Figure, wanted: str) -> None:
    assert kind(one, other) == wanted
    assert kind(other, one) == wanted


def test_a_figure_given_later_by_the_same_speaker_is_an_update() -> None:
    first, later = claimed(number("14"), "a", "2019-01-08"), claimed(number("17"), "b", "2019-01-10")
    later.assertion.speaker = first.assertion.speaker
    found = classify(first, later, NAMES, SPEECH)
    assert found and found.kind == "update"


def test_two_claims_that_exclude_each_other_contradict_unless_one_work_makes_both() -> None:
    pairs = {"source:x": "within-one-source", "source:y": "contradiction"}
    for source, wanted in pairs.items():
        one, other = claimed(words("open"), "a", source="source:x"), claimed(words("shut"), "b", source=source)
        found = classify(one, other, NAMES, SPEECH, excluded=True)
        assert found and found.kind == wanted


@pytest.mark.parametrize(
    ("one", "other", "wanted"),
    [
        ("rokot", "rockot", "alias"),
        ("rokot", "strela", "alias"),
        ("rokot", "rokot-m", "granularity"),
        ("rokot", "proton", "contradiction"),
    ],
)
def test_names_tell_one_thing_two_that_may_be_one_a_variant_and_two_things(one: str, other: str, wanted: str) -> None:
    labels = {"rokot": "craft:r", "rockot": "craft:r", "rokot-m": "craft:m", "strela": "craft:s", "proton": "craft:p"}
    names = _Names({"craft:m": "craft:r", "craft:s": "craft:r"}, labels, set())
    found = classify(claimed(words(one), "a"), claimed(words(other), "b"), names, SPEECH)
    assert found and found.kind == wanted


def test_one_work_that_says_two_things_is_within_one_source() -> None:
    found = classify(
        claimed(number("14"), "a", source="source:x"), claimed(number("17"), "b", source="source:x"), NAMES, SPEECH
    )
    assert found and found.kind == "within-one-source"


def test_a_recorded_exclusion_is_a_contradiction_even_between_near_values() -> None:
    found = classify(claimed(kilograms("2442"), "a"), claimed(kilograms("2400"), "b"), NAMES, SPEECH, excluded=True)
    assert found and found.kind == "contradiction"


NUMBERS = st.decimals(min_value="0.001", max_value="999999", places=3).filter(bool)
MASSES = st.builds(lambda value, about: number(str(value), "unit:kilogram", approximate=about), NUMBERS, st.booleans())
FIGURES = st.one_of(
    MASSES,
    st.builds(lambda value: time(value.isoformat()), st.dates()),
    st.builds(lambda value: time(value.strftime("%Y-%m-%dT%H:%M+03:00")), st.datetimes(datetime(1900, 1, 2))),
    st.builds(words, st.text(min_size=1, max_size=12)),
)


def in_unit(one: Figure, unit: str, factor: Decimal) -> Figure:
    assert one.low is not None
    value = one.low * factor
    return Figure("number", format(value, "f"), one.printed, unit, value, value, one.approximate, one.scope)


@given(MASSES, MASSES)
def test_converting_both_units_does_not_change_the_kind(one: Figure, other: Figure) -> None:
    tonnes = [in_unit(each, "unit:tonne", Decimal("0.001")) for each in (one, other)]
    wanted = classify(claimed(one, "a"), claimed(other, "b"), NAMES, SPEECH)
    if wanted and "digits" in wanted.reason and wanted.kind == "misprint":
        return  # a slip is told from the digits as they stand
    assert kind(*tonnes) == (wanted.kind if wanted else "none")


@given(MASSES, MASSES)
def test_converting_one_unit_does_not_change_the_kind(one: Figure, other: Figure) -> None:
    wanted = classify(claimed(one, "a"), claimed(other, "b"), NAMES, SPEECH)
    found = classify(claimed(in_unit(one, "unit:tonne", Decimal("0.001")), "a"), claimed(other, "b"), NAMES, SPEECH)
    slips = [verdict for verdict in (wanted, found) if verdict and verdict.kind == "misprint" and "digits" in verdict.reason]
    assert slips or (found.kind if found else "none") == (wanted.kind if wanted else "none")


@given(NUMBERS)
def test_one_value_in_two_units_is_no_discrepancy(value: Decimal) -> None:
    for unit, other, factor in (
        ("unit:tonne", "unit:kilogram", "1000"),
        ("unit:hour", "unit:minute", "60"),
        ("unit:kilometre", "unit:metre", "1000"),
    ):
        assert kind(number(str(value), unit), number(str(value * Decimal(factor)), other)) == "none"


@given(FIGURES, FIGURES)
@settings(max_examples=300)
def test_the_order_of_the_sides_is_irrelevant(one: Figure, other: Figure) -> None:
    assert kind(one, other) == kind(other, one)


@given(FIGURES)
def test_a_figure_does_not_differ_from_itself(one: Figure) -> None:
    assert kind(one, one) == "none"


@given(st.text(max_size=40), st.text(max_size=40))
def test_marking_keeps_every_word(one: str, other: str) -> None:
    assume(one != other)
    left, right = marked(one, other)
    assert [word for word, _ in left] == one.split() and [word for word, _ in right] == other.split()


def test_currencies_are_not_converted() -> None:
    assert figures.convert(Decimal(1), "unit:euro", "unit:us-dollar") is None
    assert figures.convert(Decimal(1), "unit:euro", "unit:euro") == 1


def test_units_are_imported_where_two_units_differ_and_not_before() -> None:
    code = "import sys, kgtools; from kgtools.evidence import figures as f; a = f.number('1', 'unit:hour'); f.same(a, a)"
    code += "; print('pint' in sys.modules); f.same(a, f.number('60', 'unit:minute')); print('pint' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["False", "True"]


@pytest.mark.parametrize("form", ["text", "md", "json", "csv", "html"])
@pytest.mark.parametrize("more", [(), ("--explain",), ("--propose",)], ids=["plain", "explained", "proposed"])
def test_the_ledger_is_printed_in_every_form(call: Call, form: str, more: tuple[str, ...]) -> None:
    said = call("discrepancies", P, "--format", form, *more, *AT)
    assert said.code == 0 and said.out.strip()


def test_the_ledger_as_turtle_is_what_stands_in_the_graph(call: Call, example: Space) -> None:
    said = call("discrepancies", P, "--format", "turtle", *AT)
    names = {str(triple.subject) for triple in turtle.parse_text(said.out, "ledger")}
    assert said.code == 0 and len(names) == 11
    assert set(turtle.parse_text(said.out, "ledger")) <= {triple for triples in example.files.values() for triple in triples}
    said = call("discrepancies", "--propose", "--format", "turtle", *AT)
    assert said.code == 2 and "no records yet" in said.err


def test_both_sides_stand_in_the_answer_with_their_passages(call: Call) -> None:
    out = call("discrepancies", P, *AT).out
    assert "⟦2⟧ m — Lena Holm" in out and "⟦about 1.8⟧ m — unnamed guard" in out
    assert "A guard put the depth at about 1.8 m." in out
    assert "A guard put the depth" not in call("discrepancies", P, "--format", "html", *AT).out


def test_json_gives_both_sides_and_what_differs(call: Call) -> None:
    data = json.loads(call("discrepancies", P, "--format", "json", *AT).out)
    assert [side["differing"] for side in data[0]["sides"]] == [["2"], ["about", "1.8"]]


def test_a_state_and_a_proposal_exclude_each_other(call: Call) -> None:
    said = call("discrepancies", "--propose", "--state", "open", *AT)
    assert said.code == 2 and "in no state yet" in said.err


def test_two_names_that_may_be_one_thing_are_an_alias(copy: Copy) -> None:
    copy.edit(
        "craft.ttl", "craft:pump-2", '    skos:altLabel "the standby pump"@en ;\n', "    cev:possiblySameAs craft:pump-3 ;\n"
    )
    copy.append("craft.ttl", 'craft:pump-3 a cev:Craft ;\n    rdfs:label "standby pump"@en ;\n    cev:kind craftkind:pump .')
    found = [pair for pair in without_ledger(copy).proposals().pairs if pair.attribute == "attribute:pump-that-failed"]
    assert [(pair.kind, pair.reason) for pair in found] == [("alias", "The two may be one thing.")]
