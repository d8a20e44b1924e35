"""Laws: after any edits the results kept edit by edit are those of validating everything anew."""

from __future__ import annotations

import shutil
from pathlib import Path

import graphs
import pytest
from conftest import EXAMPLE, PUMP_HOUSE, Copy
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

pytest.importorskip("pyshacl")

import kgtools
from kgtools.check import shapes
from kgtools.check.changes import Current, Watched
from kgtools.check.engines import Reference, fast_at_hand
from kgtools.check.validation import Shapes, Way
from kgtools.space import Space
from kgtools.turtle import Triple, parse_file, parse_text

TREE = graphs.triples(graphs.TREE)
P = "pump-house-2019"
ENGINES = [
    pytest.param("pyshacl", marks=pytest.mark.slow),
    pytest.param("fast", marks=pytest.mark.skipif(not fast_at_hand(), reason="no extra 'fast'")),
]
# A file of so many, and what it says from then on.
edit = st.tuples(st.integers(0, 2), st.one_of(graphs.statements, st.just([])))
edits = st.lists(edit, min_size=1, max_size=5)


def told(current: Current) -> set[tuple[str, ...]]:
    return {result.key for one in current.told.values() for result in one.results}


def same_after(text: str, changes: list[tuple[int, list[str]]]) -> None:
    listed = graphs.triples(text)
    reference = Reference(listed)
    files: dict[int, set[Triple]] = {}
    current = Current(Shapes(listed), TREE, Way(engine="pyshacl"))
    for file, statements in changes:
        old, new = files.get(file, set()), set(graphs.triples("\n".join(statements)))
        others = {triple for name, held in files.items() if name != file for triple in held}
        files[file] = new
        # What another file says as well stays in the graph.
        current.change(old - new - others, new - old)
        everything = {*TREE, *others, *new}
        assert set(current.data) == everything
        assert told(current) == {result.key for result in reference.results(everything)}


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(graphs.shapes, edits)
def test_after_any_edits_the_results_are_those_of_validating_everything(
    text: str, changes: list[tuple[int, list[str]]]
) -> None:
    same_after(text, changes)


@pytest.mark.slow
@settings(max_examples=1000, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(graphs.shapes, edits)
def test_after_any_of_many_edits_the_results_are_those_of_validating_everything(
    text: str, changes: list[tuple[int, list[str]]]
) -> None:
    same_after(text, changes)


def test_a_constraint_in_sparql_is_validated_over_everything_after_each_change() -> None:
    text = (
        ':s sh:targetClass :C0 ; sh:sparql [ sh:select """SELECT $this WHERE { $this <https://example.org/g/p0> ?x .'
        ' ?y <https://example.org/g/p1> $this }""" ] .'
    )
    same_after(text, [(0, [":n0 a :C0 .", ":n0 :p0 :n1 ."]), (1, [":n2 :p1 :n0 ."]), (1, [])])


def watched(copy: Copy, engine: str) -> tuple[Watched, Path]:
    return Watched(copy.space, way=Way(engine=engine, workers=1)), copy.path(PUMP_HOUSE)


EDITS = [
    ("incident-involves", "craft.ttl", "craft:valve-7", "cev:Craft", "cev:Consequence"),
    ("assertion-hedge", PUMP_HOUSE, f"assertion:{P}-021", "cev:hedge ", "cev:hedge hedge:speculative , "),
    ("claim-topic", PUMP_HOUSE, f"claim:{P}-010", "cev:topic ", "cev:scope "),
    ("assertion-speaker", PUMP_HOUSE, f"assertion:{P}-022", "prov:wasAttributedTo ", "prov:wasAttributedTo agent:hale , "),
    (
        "assertion-passage",
        PUMP_HOUSE,
        f"passage:{P}-036",
        "cev:start ",
        'cev:reason "x"@en ; cev:withdrawnOn "2026-11-22"^^xsd:date ; cev:start ',
    ),
    ("agent-reference", "agents.ttl", "agent:hale", "prov:Organization", "cev:Claim"),
]


@pytest.mark.parametrize("engine", ENGINES)
def test_edits_of_a_workspace_are_found_one_by_one_and_gone_when_undone(copy: Copy, engine: str) -> None:
    state, _ = watched(copy, engine)
    assert state.findings == []
    for rule, file, name, old, new in EDITS:
        before = copy.path(file).read_text(encoding="utf-8")
        copy.edit(file, name, old, new)
        found = state.replace(file, parse_file(copy.path(file)))
        assert rule in {finding.rule for finding in found}
        assert state.findings == sorted(set(shapes.findings(copy.space, way=Way(engine=engine, workers=1))))
        copy.path(file).write_text(before, encoding="utf-8")
        assert state.replace(file, parse_file(copy.path(file))) == [] == state.findings


def test_a_new_record_is_placed_in_its_file(example: Space, tmp_path: Path) -> None:
    folder = Path(shutil.copytree(EXAMPLE, tmp_path / "copy"))
    state = Watched(kgtools.open(folder), way=Way(workers=1))
    path = folder / "graph" / PUMP_HOUSE
    text = path.read_text(encoding="utf-8") + f"\nclaim:{P}-900 a cev:Claim .\n"
    places = {finding.where for finding in state.replace(PUMP_HOUSE, parse_text(text, "edited"))}
    assert places == {f"{PUMP_HOUSE} claim:{P}-900"}


def test_an_edited_assertion_is_validated_with_hardly_anything_else(copy: Copy) -> None:
    shape = shapes.model()
    everything = [triple for listed in (*copy.space.files.values(), shapes.background()) for triple in listed]
    current = Current(shape, everything, Way(engine="pyshacl"), {})
    copy.edit(PUMP_HOUSE, f"assertion:{P}-021", "force:disputes", "force:questions")
    old, new = set(everything), set(copy.space.files[PUMP_HOUSE])
    removed = [t for t in old - new if str(t.subject).endswith(f"{P}-021>") and "disputes" in str(t.object)]
    added = list(new - old)
    assert len(removed) == len(added) == 1
    assert [str(node).rsplit("/", 1)[-1] for node in current.change(removed, added)] == [f"{P}-021>"]
