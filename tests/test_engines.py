"""The fast engine finds what pySHACL finds: on the rule-breaking cases, on injected faults, on shapes of every kind."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache
from pathlib import Path

import graphs
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

pytest.importorskip("pyshacl")
pytest.importorskip("shacl", reason="the extra 'fast' is not installed")

from kgtools.check import shapes
from kgtools.check.cut import Cut, whole
from kgtools.check.engines import FAST, Engine, Fast, Reference, Result, fast_at_hand
from kgtools.check.sight import Sight
from kgtools.turtle import IRI, Literal, Term, Triple, parse_file, serialise

HERE = Path(__file__).parent / "shapes"
BROKEN = sorted((HERE / "broken").glob("*.ttl"))
# The same examples every time: what two packages of others may differ in one day should not fail a change of ours.
SETTINGS = settings(derandomize=True, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@cache
def reference() -> Reference:
    return Reference(shapes.model().triples)


@cache
def fast() -> Fast:
    return Fast(shapes.model().triples)


@cache
def base() -> tuple[Triple, ...]:
    return (*parse_file(HERE / "base.ttl"), *shapes.background())


def keys(results: Iterable[Result]) -> list[tuple[str, ...]]:
    return sorted({result.key for result in results})


def agreed(triples: Iterable[Triple]) -> list[tuple[str, ...]]:
    """Return what both engines find in a graph, and fail where they differ."""
    listed = list(triples)
    found = keys(reference().results(listed))
    assert keys(fast().results(serialise(listed, "ntriples"))) == found
    return found


def replaced(file: Path) -> list[Triple]:
    change = parse_file(file)
    subjects = {triple.subject for triple in change}
    return [*(triple for triple in base() if triple.subject not in subjects), *change]


def test_the_version_that_is_tested_is_the_version_that_is_used() -> None:
    assert fast_at_hand()
    assert f'fast = ["shacl=={FAST}"]' in (HERE.parents[1] / "pyproject.toml").read_text(encoding="utf-8")


def test_both_engines_find_nothing_in_the_base() -> None:
    assert agreed(base()) == []


@pytest.mark.slow
@pytest.mark.parametrize("file", BROKEN, ids=lambda file: file.stem)
def test_both_engines_find_the_same_in_a_rule_breaking_case(file: Path) -> None:
    found = agreed(replaced(file))
    assert {key[3] for key in found} == {f"<https://w3id.org/cev/shape/{file.stem}>"}


@pytest.mark.parametrize("part", range(6))
def test_the_fast_engine_finds_the_shape_that_a_case_breaks_and_no_other(part: int) -> None:
    for file in BROKEN[part::6]:
        found = fast().results(serialise(replaced(file), "ntriples"))
        assert {result.shape for result in found} == {f"<https://w3id.org/cev/shape/{file.stem}>"}, file.stem


@cache
def terms() -> tuple[list[IRI], list[Term]]:
    nodes = sorted({triple.subject for triple in base() if isinstance(triple.subject, IRI)}, key=str)
    values = sorted({triple.object for triple in base()}, key=str)
    odd = [
        Literal("2011-13"),
        Literal("x", language="en"),
        Literal(""),
        Literal("1", datatype=IRI("http://www.w3.org/2001/XMLSchema#decimal")),
    ]
    return nodes, [*values, *odd]


@st.composite
def faulty(draw: st.DrawFn) -> list[Triple]:
    """Return the base with some statements taken away, put on other records, or given other properties and values."""
    listed = list(parse_file(HERE / "base.ttl"))
    nodes, values = terms()
    predicates = sorted({triple.predicate for triple in listed}, key=str)
    for _ in range(draw(st.integers(1, 12))):
        place = draw(st.integers(0, len(listed) - 1))
        old = listed[place]
        fault = draw(st.sampled_from(["take", "move", "value", "property", "add"]))
        if fault == "take":
            listed.pop(place)
        elif fault == "move":
            listed[place] = Triple(draw(st.sampled_from(nodes)), old.predicate, old.object)
        elif fault == "value":
            listed[place] = Triple(old.subject, old.predicate, draw(st.sampled_from(values)))
        elif fault == "property":
            listed[place] = Triple(old.subject, draw(st.sampled_from(predicates)), old.object)
        else:
            listed.append(Triple(draw(st.sampled_from(nodes)), old.predicate, draw(st.sampled_from(values))))
    return [*listed, *shapes.background()]


@settings(SETTINGS, max_examples=8)
@given(faulty())
def test_both_engines_find_the_same_where_faults_are_injected(triples: list[Triple]) -> None:
    agreed(triples)


@pytest.mark.slow
@settings(SETTINGS, max_examples=250)
@given(faulty())
def test_both_engines_find_the_same_where_many_faults_are_injected(triples: list[Triple]) -> None:
    agreed(triples)


def same_for_shapes(text: str, lines: list[str]) -> None:
    listed = graphs.triples(text)
    assume(not Sight.of(listed).moving)  # such shapes are not given to the fast engine
    assume("sh:lessThan" not in text)  # pySHACL takes one IRI to be less than another, for which SPARQL has no answer
    assume(not re.search(r"inversePath [(\[]", text))  # pySHACL takes the steps of an inverted sequence in the wrong order
    triples = graphs.triples("\n".join([*lines, graphs.TREE]))
    assert keys(Fast(listed).results(serialise(triples, "ntriples"))) == keys(Reference(listed).results(triples))


@settings(SETTINGS, max_examples=100)
@given(graphs.shapes, graphs.statements)
def test_both_engines_find_the_same_for_shapes_of_every_kind(text: str, lines: list[str]) -> None:
    same_for_shapes(text, lines)


def test_what_pyshacl_does_not_confirm_is_dropped_and_told() -> None:
    data = graphs.triples(':n0 :p0 "b" .')
    strict, loose = (graphs.triples(f":s sh:targetSubjectsOf :p0 ; sh:path :p0 ; sh:maxCount {n} .") for n in (0, 1))
    engine = Engine(loose, fast=True)
    engine.fast = Fast(strict)
    told = engine.told(Cut("", (data[0].subject,), whole("", data).text))
    assert told.results == []
    assert [(result.focus, who) for result, who in told.disputed] == [("<https://example.org/g/n0>", "fast")]
    assert [result.focus for result in Engine(strict, fast=True).told(whole("", data)).results] == [
        "<https://example.org/g/n0>"
    ]
