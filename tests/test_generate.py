"""The generator: the same bytes for the same seed, and what it plants is what the tools find, no more and no less."""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import ROOT, environment

from kgtools import check
from kgtools.space import Space
from kgtools.workspace import Workspace

Planted = dict[str, list[dict[str, str]]]


def made(folder: Path, triples: str, *more: str) -> Path:
    """Return a folder that the generator has written in a process of its own."""
    call = [sys.executable, str(ROOT / "benchmarks" / "generate.py"), triples, "-o", str(folder), *more]
    subprocess.run(call, env=environment(), capture_output=True, check=True)
    return folder


def digest(folder: Path) -> str:
    """Return one digest of all names and bytes below a folder."""
    whole = hashlib.sha256()
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            whole.update(f"{path.relative_to(folder)}\n".encode() + hashlib.sha256(path.read_bytes()).digest())
    return whole.hexdigest()


def planted(folder: Path) -> Planted:
    listed: Planted = json.loads((folder / "planted.json").read_text(encoding="utf-8"))
    return listed


@pytest.fixture(scope="module")
def clean(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return made(tmp_path_factory.mktemp("generated") / "clean", "9k")


@pytest.fixture(scope="module")
def faulty(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return made(tmp_path_factory.mktemp("generated") / "faulty", "14k", "--faults")


@pytest.fixture(scope="module")
def space(clean: Path) -> Space:
    return Space(Workspace.find(clean))


def test_the_same_seed_and_size_give_the_same_bytes_however_many_processes(clean: Path, tmp_path: Path) -> None:
    assert digest(made(tmp_path / "again", "9k", "--processes", "1")) == digest(clean)
    assert digest(made(tmp_path / "other", "9k", "--seed", "2")) != digest(clean)


@pytest.mark.slow
def test_dossiers_made_in_several_processes_are_those_of_one(tmp_path: Path) -> None:
    one, many = made(tmp_path / "one", "90k", "--processes", "1"), made(tmp_path / "many", "90k", "--processes", "3")
    assert digest(one) == digest(many)


def test_a_size_is_met_within_a_tenth(clean: Path, space: Space) -> None:
    triples = sum(len(listed) for listed in space.files.values())
    assert triples == json.loads((clean / "planted.json").read_text(encoding="utf-8"))["triples"]
    assert abs(triples - 9_000) < 900


def test_nothing_is_wrong_with_a_generated_workspace_and_every_passage_stands(space: Space) -> None:
    report = check.run(space)
    assert (report.findings, report.unverified) == ([], [])
    assert report.verified > 200


def test_drift_finds_what_was_planted(clean: Path, space: Space) -> None:
    hops = space.drift().hops
    found = {(move.later.name, move.earlier.name, change.direction, change.kind) for move in hops for change in move.changes}
    rows = planted(clean)["drift"]
    assert found == {(row["hop"], row["reported"], row["direction"], row["kind"]) for row in rows}
    assert len(rows) == len(found) > 2


def test_proposals_are_what_was_planted_and_the_ledger_holds_the_rest(clean: Path, space: Space) -> None:
    for ledger, name in ((space.proposals(), "conflicts"), (space.discrepancies(), "recorded")):
        found = {(pair.attribute, *sorted((pair.side_a.claim, pair.side_b.claim))) for pair in ledger.pairs}
        rows = planted(clean)[name]
        assert found == {(row["attribute"], *sorted((row["claimA"], row["claimB"]))) for row in rows}
        assert rows


def test_check_finds_the_faults_that_were_planted_and_nothing_else(faulty: Path) -> None:
    report = check.run(Space(Workspace.find(faulty)))
    rows = planted(faulty)["faults"]
    assert sorted((one.rule, one.where) for one in report.findings) == sorted((row["rule"], row["where"]) for row in rows)
    assert len({row["rule"] for row in rows}) > 6


def test_chains_are_up_to_six_hops_deep(space: Space) -> None:
    rows = space.sparql("SELECT ?hop ?reported WHERE { ?hop cev:reports ?reported }")
    reports = {row["hop"]: row["reported"] for row in space.table(rows)}

    def depth(name: str | None) -> int:
        return 1 + (depth(reports[name]) if name in reports else 0)

    assert 4 <= max(map(depth, reports)) <= 6


def test_few_incidents_are_famous(clean: Path) -> None:
    counts = sorted(path.read_text(encoding="utf-8").count("cev:force") for path in (clean / "graph" / "incidents").iterdir())
    assert counts[-1] > 6 * counts[len(counts) // 2]


def test_a_folder_that_is_not_empty_is_left_alone(clean: Path) -> None:
    before = digest(clean)
    call = [sys.executable, str(ROOT / "benchmarks" / "generate.py"), "1k", "-o", str(clean)]
    done = subprocess.run(call, env=environment(), capture_output=True, text=True, check=False)
    assert (done.returncode, digest(clean)) == (1, before)
    assert "is not empty" in done.stderr
