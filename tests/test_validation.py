"""Validating: the same findings by either engine, in any number of processes, kept or fresh; what never ends is given up."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import graphs
import pytest
from conftest import PUMP_HOUSE, ROOT, Call, Copy, environment

pytest.importorskip("pyshacl")

import kgtools
from kgtools import check
from kgtools.check import shapes, validation
from kgtools.check.cut import Cut, whole
from kgtools.check.engines import fast_at_hand
from kgtools.check.validation import Shapes, Way, validate
from kgtools.check.workers import Pool
from kgtools.cli import checking
from kgtools.faults import Fault, Finding
from kgtools.space import Space
from kgtools.turtle import Triple

ENGINES = [
    "pyshacl",
    pytest.param("fast", marks=pytest.mark.skipif(not fast_at_hand(), reason="the extra 'fast' is not there")),
]
P = "pump-house-2019"
SHAPES = """@prefix sh: <http://www.w3.org/ns/shacl#> . @prefix cev: <https://w3id.org/cev#> .
@prefix schema: <https://schema.org/> .
"""
HANGS = 'cev:s sh:targetClass cev:Claim ; sh:path schema:text ; sh:pattern "^([A-Za-z ,-]+)+$" .'


def broken(copy: Copy) -> Space:
    """Return the invented case with faults in three files."""
    copy.edit(PUMP_HOUSE, f"claim:{P}-010", "cev:topic ", "cev:hedge hedge:certain ; cev:topic ")
    copy.edit("incidents/lock-gate-2019.ttl", "claim:lock-gate-2019-003", "cev:cause ", "cev:cause cause:nothing , ")
    copy.edit("craft.ttl", "craft:valve-7", "rdfs:label ", 'rdfs:label "another"@en , ')
    copy.tidy()
    return copy.space


def found(space: Space, **settings: object) -> list[Finding]:
    return sorted(shapes.findings(space, way=Way(**settings)))  # type: ignore[arg-type]


def in_one_go(space: Space) -> list[tuple[str, ...]]:
    from kgtools.check.engines import Reference

    everything = [triple for listed in (*space.files.values(), shapes.background()) for triple in listed]
    return sorted({(one.focus, one.shape) for one in Reference(shapes.model().triples).results(everything)})


@pytest.mark.slow
@pytest.mark.parametrize("engine", ENGINES)
def test_findings_are_the_same_in_any_number_of_processes_kept_or_fresh(
    copy: Copy, engine: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    space = broken(copy)
    monkeypatch.setenv("KGTOOLS_CACHE", "off")
    alone = found(space, engine=engine, workers=1)
    assert sorted({(one.where.split()[-1], one.rule) for one in alone}) == [
        ("claim:lock-gate-2019-003", "explanation-cause"),
        (f"claim:{P}-010", "claim"),
        ("craft:valve-7", "label"),
    ]
    assert len(in_one_go(space)) == len(alone)
    monkeypatch.setattr(validation, "_BATCH", {"pyshacl": 60_000, "fast": 60_000})
    assert found(space, engine=engine, workers=3) == alone
    monkeypatch.setenv("KGTOOLS_CACHE", str(tmp_path))
    assert found(space, engine=engine, workers=1) == alone
    monkeypatch.setattr(validation, "_engaged", lambda _shapes, batches, _way: iter([one for one in batches if no_work(one)]))
    assert found(space, engine=engine, workers=1) == alone


def no_work(one: Cut) -> bool:
    raise AssertionError(f"{one.name} was validated again")


def test_after_a_change_only_what_sees_it_is_validated_again(copy: Copy, monkeypatch: pytest.MonkeyPatch) -> None:
    worked: list[str] = []
    engaged = validation._engaged

    def watched(one: Shapes, batches: object, way: Way) -> object:
        def names() -> object:
            for batch in batches:  # type: ignore[attr-defined]
                worked.append(batch.name)
                yield batch

        return engaged(one, names(), way)  # type: ignore[arg-type]

    monkeypatch.setattr(validation, "_engaged", watched)
    assert found(copy.space, engine="pyshacl") == []
    worked.clear()
    copy.edit(PUMP_HOUSE, f"assertion:{P}-021", "force:disputes", "force:questions")
    assert found(copy.space, engine="pyshacl") == [] and worked == [PUMP_HOUSE]
    worked.clear()
    copy.edit("craft.ttl", "craft:valve-7", "@en", "-valve@en")
    copy.edit("craft.ttl", "craft:valve-7", "-valve@en", "@en")
    assert found(copy.space, engine="pyshacl") == [] and worked == []


@pytest.mark.parametrize("engine", ENGINES)
def test_an_ill_formed_literal_is_a_finding_and_nothing_else(call: Call, copy: Copy, engine: str) -> None:
    copy.replace("documents.ttl", "cev:lines 92 ", 'cev:lines "many"^^xsd:integer ')
    copy.edit(PUMP_HOUSE, f"claim:{P}-010", "cev:topic ", 'cev:approximate "none"^^xsd:boolean ; cev:topic ')
    copy.tidy()
    said = call("check", "--workspace", copy.folder, "--engine", engine)
    assert said.code == 1 and "document:clippings-2019" in said.err and "neither true nor false" in said.err
    assert "Traceback" not in said.err and "warn" not in said.err


def test_checking_one_file_tells_what_is_wrong_there_and_in_what_sees_it(call: Call, copy: Copy) -> None:
    broken(copy)
    lines = call("check", "--workspace", copy.folder, "craft.ttl").err.splitlines()
    assert [line.split(":")[0] for line in lines if "not verified" not in line] == ["craft.ttl craft"]
    copy.edit("craft.ttl", "craft:valve-7", "cev:Craft", "cev:Consequence")
    told = [one.where for one in check.run(copy.space, only=["craft.ttl"]).findings if one.rule == "incident-involves"]
    assert told == [f"{PUMP_HOUSE} incident:{P}"]


@pytest.mark.parametrize("words", [["nosuch"], ["--workers", "0"], ["--shapes", "nosuch.ttl"], ["--engine", "slow"]])
def test_a_wrong_call_is_an_error(call: Call, copy: Copy, words: list[str]) -> None:
    said = call("check", "--workspace", copy.folder, *words)
    assert said.code == 2 and "Traceback" not in said.err


def test_a_file_is_named_by_path_place_or_slug(copy: Copy, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(copy.path("incidents"))
    path = "incidents/lock-gate-2019.ttl"
    for name in ("lock-gate-2019", "lock-gate-2019.ttl", path, str(copy.path(path))):
        assert checking.file_of(copy.space.workspace, name) == path


def shape_file(folder: Path, text: str) -> Path:
    path = folder / "own.ttl"
    path.write_text(SHAPES + text, encoding="utf-8")
    return path


def test_shapes_of_ones_own_are_checked_beside_the_models(call: Call, copy: Copy, tmp_path: Path) -> None:
    own = 'cev:terse sh:targetClass cev:Claim ; sh:path schema:text ; sh:maxLength 20 ; sh:message "Too long; shorten it." .'
    said = call("check", "--workspace", copy.folder, "--shapes", shape_file(tmp_path, own), "--format", "json")
    assert said.code == 1 and '"rule": "terse"' in said.out and '"cure": "shorten it"' in said.out


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("cev:s sh:targetClass cev:Claim ; sh:not cev:s .", "a shape refers to itself"),
        ("cev:s sh:targetClass cev:Claim ; sh:minCount 1 .", "PropertyShape"),
        ('cev:s sh:targetClass cev:Claim ; sh:path "text" ; sh:minCount 1 .', ""),
        ("cev:s sh:targetClass", "own.ttl, line 3"),
    ],
)
def test_shapes_that_are_none_are_an_error(call: Call, copy: Copy, tmp_path: Path, text: str, told: str) -> None:
    said = call("check", "--workspace", copy.folder, "--shapes", shape_file(tmp_path, text), "--engine", "pyshacl")
    assert said.code == 2 and told in said.err and "Traceback" not in said.err


@pytest.mark.slow
def test_a_pattern_that_never_ends_is_given_up_with_a_reason(call: Call, copy: Copy, tmp_path: Path) -> None:
    path = shape_file(tmp_path, HANGS)
    said = call("check", "--workspace", copy.folder, "--shapes", path, "--deadline", "2", "--engine", "pyshacl")
    assert said.code == 2 and "validating took more than 2 seconds: look for a sh:pattern that nests repetitions" in said.err


def simple(number: int) -> list[Cut]:
    return [whole(f"graph {one}", graphs.triples(f":n{one} :p0 {one} .")) for one in range(number)]


def counting() -> list[Triple]:
    return graphs.triples(":s sh:targetSubjectsOf :p0 ; sh:path :p0 ; sh:maxCount 0 .")


@pytest.mark.slow
@pytest.mark.parametrize("engine", ENGINES)
def test_a_generated_workspace_with_planted_faults_is_the_same_over_cuts_and_whole(engine: str, tmp_path: Path) -> None:
    command = [
        sys.executable,
        str(ROOT / "benchmarks" / "generate.py"),
        "20k",
        "-o",
        str(tmp_path / "made"),
        "--faults",
        "--seed",
        "7",
    ]
    subprocess.run(command, env=environment(), capture_output=True, check=True)
    space = kgtools.open(tmp_path / "made")
    names = {(one.where.split()[-1], one.rule) for one in found(space, engine=engine)}
    short = {(space.short(focus.strip("<>")), shape.strip("<>").rsplit("/", 1)[-1]) for focus, shape in in_one_go(space)}
    assert names == short and len(names) > 10


@pytest.mark.slow
def test_a_worker_that_dies_is_replaced_and_nothing_is_lost() -> None:
    cuts = simple(12)
    with Pool(counting(), False, 2) as pool:
        told = []
        for place, one in enumerate(pool.told(cuts)):
            told.append(one)
            if place in (1, 5):
                for worker in pool._all:
                    os.kill(worker._process.pid, signal.SIGKILL)
    assert [one.results[0].focus for one in told] == [f"<https://example.org/g/n{number}>" for number in range(12)]


def test_a_batch_that_ends_every_worker_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", "/bin/false")
    with Pool(counting(), False, 1) as pool, pytest.raises(Fault, match="3 workers one after another ended"):
        list(pool.told(simple(1)))


def test_no_worker_outlives_its_pool() -> None:
    with Pool(counting(), False, 2) as pool:
        list(pool.told(simple(2)))
        workers = [worker._process for worker in pool._all]
    assert all(one.poll() is not None for one in workers)


@pytest.mark.slow
def test_an_interrupted_check_leaves_no_process_behind(copy: Copy, tmp_path: Path) -> None:
    words = ["check", "--workspace", copy.folder, "--shapes", shape_file(tmp_path, HANGS), "--engine", "pyshacl"]
    running = subprocess.Popen(
        [sys.executable, "-m", "kgtools", *map(str, words)], env=environment(), stderr=subprocess.PIPE, text=True
    )
    deadline = time.monotonic() + 30
    while not (below := children(running.pid)) and time.monotonic() < deadline:
        time.sleep(0.1)
    time.sleep(1)
    running.send_signal(signal.SIGINT)
    _, told = running.communicate(timeout=30)
    assert running.returncode == 2 and "Traceback" not in told
    assert below and not any(Path(f"/proc/{one}").exists() for one in below)


def children(parent: int) -> list[int]:
    path = Path(f"/proc/{parent}/task/{parent}/children")
    if not path.exists():
        pytest.skip("no list of processes to look at")
    return [int(word) for one in Path(f"/proc/{parent}/task").glob("*/children") for word in one.read_text().split()]


def test_nothing_kept_is_used_where_shapes_differ(tmp_path: Path) -> None:
    data = whole("graph", graphs.triples(":n0 :p0 1 ."))
    strict = Shapes(counting())
    loose = Shapes(graphs.triples(":s sh:targetSubjectsOf :p0 ; sh:path :p0 ; sh:maxCount 1 ."))
    way = Way(engine="pyshacl")
    for _ in range(2):
        assert [len(told.results) for _, told in validate(strict, [data], way)] == [1]
        assert [len(told.results) for _, told in validate(loose, [data], way)] == [0]


def test_the_digest_of_shapes_does_not_depend_on_the_names_of_their_blank_nodes() -> None:
    text = ":s sh:targetClass :C0 ; sh:property [ sh:path ( :p0 :p1 ) ; sh:minCount 1 ] ."
    assert Shapes(graphs.triples(text)).digest == Shapes(graphs.triples(text)).digest
    assert Shapes(graphs.triples(text)).digest != Shapes(graphs.triples(text.replace("1 ]", "2 ]"))).digest
