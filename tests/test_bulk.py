"""Bulk work: the same quads and findings as one process gives, whoever does the work and whichever of them dies."""

from __future__ import annotations

import gzip
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pyoxigraph as ox
import pytest
from conftest import EXAMPLE, ROOT, Call, Copy, environment
from hypothesis import given, settings
from hypothesis import strategies as st

import kgtools
from kgtools import vocab
from kgtools.bulk import Report, bulk
from kgtools.bulk.run import setting_of
from kgtools.bulk.workers import Processes
from kgtools.check import files, shapes
from kgtools.check.validation import Way
from kgtools.faults import Fault
from kgtools.search import TextIndex, parts
from kgtools.turtle import IRI, Quad

BASE = "https://example.org/pump/"


def run(where: Path | str, out: Path, validate: bool = True, withdrawn: bool = False, fast: bool | None = None) -> Report:
    return bulk(setting_of(str(where), str(out), withdrawn, validate, fast))


def quads(out: Path) -> set[Quad]:
    found: set[Quad] = set()
    for path in (out / "parts").glob("*.nq.gz"):
        found.update(ox.parse(gzip.decompress(path.read_bytes()), format=ox.RdfFormat.N_QUADS))
    return found


def expected(space: kgtools.Space) -> set[Quad]:
    """Return the quads of a space, its derived facts in the graph of the dossier that describes their subject."""
    graphs = {name: space.workspace.graph_name(name) for name in space.files}
    found = {Quad(t.subject, t.predicate, t.object, IRI(graphs[name])) for name, listed in space.files.items() for t in listed}
    for t in space.derived:
        name = space.file_of(t.subject.value) if isinstance(t.subject, IRI) else None
        found.add(Quad(t.subject, t.predicate, t.object, IRI(vocab.derived_graph(graphs[name or ""]))))
    return found


def contents(out: Path) -> dict[str, bytes]:
    """Return all that a run wrote and that must not depend on who did it."""
    kept = [path for folder in ("parts", "words", "records") for path in (out / folder).iterdir()]
    kept += [out / "findings.json", out / "manifest.json"]
    return {path.relative_to(out).as_posix(): path.read_bytes() for path in kept}


# Against one process


@pytest.mark.parametrize("where", [EXAMPLE, ROOT], ids=["example", "shipped"])
def test_parts_hold_what_one_process_loads_and_derives(where: Path, tmp_path: Path) -> None:
    run(where, tmp_path, validate=False)
    assert quads(tmp_path) == expected(kgtools.open(where))


def test_findings_are_those_of_one_process(copy: Copy, tmp_path: Path) -> None:
    copy.replace("agents.ttl", "Ostrand water board", "Ostrand  water board")
    text = copy.path("incidents/pump-house-2019.ttl").read_text(encoding="utf-8")
    text = re.sub(r"(?m)^( +\S+) agent:", r"\1 agent:no-", text, count=1)
    text = text.replace("hedge:possible ;", "hedge:unheard-of ;", 1).replace('"2019-01-09"', '"2019-13-09"', 1)
    text += "\nagent:astray a cev:Nothing ; cev:hedge agent:ghost .\n"
    copy.path("incidents/pump-house-2019.ttl").write_text(text, encoding="utf-8")
    space = copy.space
    found = run(copy.folder, tmp_path, fast=False)
    way = Way("pyshacl", 1)
    assert found.findings == sorted({*files.findings(space), *shapes.findings(space, way=way)})
    assert len(found.findings) >= 4
    told = json.loads((tmp_path / "findings.json").read_bytes())
    assert told == {"good": False, "findings": [one.record() for one in found.findings]}


def test_withdrawn_records_are_left_out_unless_asked_for(copy: Copy, tmp_path: Path) -> None:
    space = copy.space
    agent = next(iri for iri in space.subjects() if "/agent/" in iri and space.file_of(iri) == "agents.ttl")
    copy.append("agents.ttl", f'<{agent}> <{vocab.iri("cev:withdrawnOn")}> "2020-01-01"^^<{vocab.XSD}date> .')
    for withdrawn in (False, True):
        run(copy.folder, tmp_path / str(withdrawn), validate=False, withdrawn=withdrawn)
        assert quads(tmp_path / str(withdrawn)) == expected(kgtools.open(copy.folder, withdrawn=withdrawn))


KINDS = ("assertion", "claim", "incident", "source")
NODES = [f"{BASE}{kind}/{slug}-00{number}" for kind in KINDS for slug in "ab" for number in "12"]
LINKS = ("cev:reports", "cev:claims", "schema:about", "cev:explains", "cev:inSource", "cev:onCondition")
SAID = ("cev:said", "dcterms:issued", "cev:occurred", "prov:generatedAtTime", "cev:withdrawnOn")
TYPES = ("cev:Assertion", "cev:Allegation", "cev:MediaReport", "cev:Claim", "cev:Incident", "cev:Source")
DAYS = ("2011-02-01", "2011", "2012-05", "../2010", "2013-01-01T00:00:00Z")
STATEMENT = st.one_of(
    st.tuples(st.sampled_from(NODES), st.sampled_from(LINKS), st.sampled_from(NODES)),
    st.tuples(st.sampled_from(NODES), st.sampled_from(SAID), st.sampled_from(DAYS)),
    st.tuples(st.sampled_from(NODES), st.just("rdf:type"), st.sampled_from(TYPES)),
)


@settings(deadline=None, max_examples=60)
@given(
    statements=st.lists(STATEMENT, max_size=40),
    homes=st.fixed_dictionaries({node: st.sampled_from("abc") for node in NODES}),
)
def test_however_dossiers_hang_together_the_same_follows(
    statements: list[tuple[str, str, str]], homes: dict[str, str], tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("law")
    (folder / "w" / "graph" / "incidents").mkdir(parents=True)
    shutil.copy(EXAMPLE / "graph" / "workspace.ttl", folder / "w" / "graph")
    base = vocab_base()
    for slug in "abc":
        lines = [line(*one, base) for one in statements if homes[one[0]] == slug]
        (folder / "w" / "graph" / "incidents" / f"{slug}.ttl").write_text("\n".join(lines), encoding="utf-8")
    run(folder / "w", folder / "out", validate=False)
    assert quads(folder / "out") == expected(kgtools.open(folder / "w"))
    shutil.rmtree(folder)


def vocab_base() -> str:
    """Return the base of the example's own data."""
    return kgtools.open(EXAMPLE).prefixes["agent"].removesuffix("agent/")


def line(subject: str, name: str, value: str, base: str) -> str:
    node = subject.replace(BASE, base)
    if value.startswith(BASE):
        return f"<{node}> <{vocab.iri(name)}> <{value.replace(BASE, base)}> ."
    if name == "rdf:type":
        return f"<{node}> a <{vocab.iri(value)}> ."
    kind = "edtf:EDTF" if name not in ("prov:generatedAtTime", "cev:withdrawnOn") else "xsd:dateTime"
    return f'<{node}> <{vocab.iri(name)}> "{value}"^^<{vocab.iri(kind)}> .'


# Again and again


def test_a_second_run_makes_only_what_changed(copy: Copy, tmp_path: Path) -> None:
    first = run(copy.folder, tmp_path)
    assert first.skipped == 0
    before = contents(tmp_path)
    assert run(copy.folder, tmp_path).skipped == len(first.records)
    assert contents(tmp_path) == before
    copy.append("craft.ttl", "# a remark")
    assert run(copy.folder, tmp_path).skipped == len(first.records) - 1


def test_a_change_reaches_the_dossiers_that_read_it(copy: Copy, tmp_path: Path) -> None:
    run(copy.folder, tmp_path, validate=False)
    text = copy.path("sources.ttl").read_text(encoding="utf-8")
    copy.path("sources.ttl").write_text(text.replace("2019-01-10", "2019-02-10"), encoding="utf-8")
    assert run(copy.folder, tmp_path, validate=False).skipped < len(copy.space.files) - 1
    assert quads(tmp_path) == expected(copy.space)


def test_parts_of_a_dossier_that_is_gone_go_too(copy: Copy, tmp_path: Path) -> None:
    run(copy.folder, tmp_path, validate=False)
    copy.path("questions.ttl").unlink()
    run(copy.folder, tmp_path, validate=False)
    assert not [name for name in contents(tmp_path) if "questions" in name]
    assert quads(tmp_path) == expected(copy.space)


def test_a_broken_part_is_made_again(copy: Copy, tmp_path: Path) -> None:
    run(copy.folder, tmp_path)
    before = contents(tmp_path)
    for name in ("parts/agents.nq.gz", "words/craft.json.gz", "records/sources.json", "records/context.json"):
        (tmp_path / name).write_bytes((tmp_path / name).read_bytes()[:-9] if "context" not in name else b'{"key": 1}')
    run(copy.folder, tmp_path)
    assert contents(tmp_path) == before


def test_the_index_of_the_parts_finds_what_the_files_hold(tmp_path: Path) -> None:
    run(EXAMPLE, tmp_path, validate=False)
    index = TextIndex(tmp_path / "search.sqlite")
    space = kgtools.open(EXAMPLE)
    assert set(index.held()) == {space.workspace.graph_name(name) for name in space.files}
    assert index.find(parts("ostrand water board")).total


def test_parts_are_loaded_into_a_store_that_answers_as_the_files_do(tmp_path: Path, call: Call) -> None:
    run(EXAMPLE, tmp_path / "out", validate=False)
    assert call("--workspace", EXAMPLE, "load", tmp_path / "out" / "parts", "--store", tmp_path / "store").code == 0
    for query in ("assertions", "incidents", "sources", "origins"):
        words = ("query", query, "--format", "csv")
        there, here = call("--workspace", EXAMPLE, "--store", tmp_path / "store", *words), call("--workspace", EXAMPLE, *words)
        assert there.out == here.out != ""


# Anywhere


def test_dossiers_are_read_from_any_location(tmp_path: Path) -> None:
    pytest.importorskip("fsspec")
    run(EXAMPLE, tmp_path / "here")
    archive = tmp_path / "case.zip"
    with zipfile.ZipFile(archive, "w") as packed:
        for path in sorted((EXAMPLE / "graph").rglob("*.ttl")):
            packed.write(path, f"case/graph/{path.relative_to(EXAMPLE / 'graph').as_posix()}")
    for place, where in enumerate((f"zip://case::file://{archive}", f"file://{EXAMPLE}", f"file://{EXAMPLE}/graph")):
        run(where, tmp_path / str(place))
        assert contents(tmp_path / str(place)) == contents(tmp_path / "here")


def test_parts_are_written_to_any_location(tmp_path: Path) -> None:
    pytest.importorskip("fsspec")
    run(EXAMPLE, tmp_path / "here")
    bulk(setting_of(f"file://{EXAMPLE}", f"file://{tmp_path}/there", False, True, None))
    assert contents(tmp_path / "there") == contents(tmp_path / "here")


# Faults


def test_what_cannot_be_read_is_told_before_anything_is_made(copy: Copy, tmp_path: Path, call: Call) -> None:
    copy.append("craft.ttl", "craft:x a ")
    said = call("bulk", copy.folder, "-o", tmp_path / "out", "--workers", "1")
    assert (said.code, said.out) == (2, "")
    assert "craft.ttl, line" in said.err
    assert not (tmp_path / "out" / "parts").exists()


@pytest.mark.parametrize(
    "words", [("/nowhere",), (".",), ("gopher://x",), ("file:///nowhere",), (str(EXAMPLE), "--dask", "tcp://127.0.0.1:9"),
              (str(EXAMPLE), "--workers", "0"), (str(EXAMPLE), "--workers", "2", "--dask", "x")],
)  # fmt: skip
def test_a_call_that_is_wrong_is_told_so(
    words: tuple[str, ...], tmp_path: Path, call: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("kgtools.bulk.workers.PATIENCE", 1)
    said = call("bulk", *words, "-o", tmp_path / "out")
    assert (said.code, said.out) == (2, "")
    assert said.err.startswith("kgtools: ")
    assert "Traceback" not in said.err


def test_a_dossier_that_breaks_a_rule_makes_exit_1(copy: Copy, tmp_path: Path, call: Call) -> None:
    copy.append("agents.ttl", "agent:astray a <https://example.org/Nothing> .")
    said = call("bulk", copy.folder, "-o", tmp_path / "out")
    assert said.code == 1
    assert said.out.startswith("not good: ")
    said = call("bulk", copy.folder, "-o", tmp_path / "out", "--no-validate")
    assert (said.code, "not validated" in said.out) == (0, True)


# Many workers, of which some are killed


@pytest.fixture(scope="session")
def many(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A generated workspace of many dossiers, some with faults."""
    folder = tmp_path_factory.mktemp("many") / "w"
    script = [sys.executable, str(ROOT / "benchmarks" / "generate.py"), "60k", "-o", str(folder), "--faults"]
    subprocess.run(script, env=environment(), check=True, capture_output=True)
    return folder


@pytest.fixture(scope="session")
def alone(many: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """What one process makes of it."""
    out = tmp_path_factory.mktemp("alone")
    report = run(many, out)
    assert report.findings
    return contents(out)


def started(*words: object) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "kgtools", "bulk", *map(str, words)]
    return subprocess.Popen(command, env=environment(), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def children(pid: int) -> list[int]:
    """Return the workers that a process has started, the oldest first."""
    found = []
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit():
            with suppress(OSError, IndexError):
                parent = int((folder / "stat").read_text().rpartition(")")[2].split()[1])
                if parent == pid and b"spawn_main" in (folder / "cmdline").read_bytes():
                    found.append(int(folder.name))
    return sorted(found)


def made(out: Path) -> int:
    return len(list((out / "records").glob("*.json"))) if (out / "records").is_dir() else 0


def until(condition: object, process: subprocess.Popen[bytes]) -> None:
    while process.poll() is None and not condition():  # type: ignore[operator]
        time.sleep(0.01)


@pytest.mark.slow
def test_any_number_of_processes_makes_the_same(many: Path, alone: dict[str, bytes], tmp_path: Path) -> None:
    process = started(many, "-o", tmp_path, "--workers", "3")
    assert process.wait(timeout=300) == 1
    assert contents(tmp_path) == alone


@pytest.mark.slow
def test_processes_that_are_killed_change_nothing(many: Path, alone: dict[str, bytes], tmp_path: Path) -> None:
    process = started(many, "-o", tmp_path, "--workers", "2")
    killed = 0
    for goal in (1, 12, 30, 60):
        until(lambda goal=goal: made(tmp_path) >= goal and children(process.pid), process)
        for pid in children(process.pid)[:1]:
            os.kill(pid, signal.SIGKILL)
            killed += 1
    assert process.wait(timeout=300) == 1
    assert killed >= 3
    assert contents(tmp_path) == alone


@pytest.mark.slow
def test_a_dossier_that_kills_every_worker_is_named() -> None:
    workers = Processes(2)
    try:
        assert sorted(workers.done(abs, range(-40, 0))) == list(range(1, 41))
        with pytest.raises(Fault, match=r"^7: worker after worker died on it"):
            list(workers.done(os._exit, [7]))
        assert list(workers.done(abs, [-1])) == [1]
    finally:
        workers.close()


@pytest.mark.slow
def test_a_run_that_is_killed_goes_on_where_it_ended(many: Path, alone: dict[str, bytes], tmp_path: Path) -> None:
    for goal in (3, 20, 50):
        process = started(many, "-o", tmp_path, "--workers", "1")
        until(lambda goal=goal: made(tmp_path) >= goal, process)
        process.kill()
        process.wait()
        assert not (tmp_path / "manifest.json").exists()
    assert run(many, tmp_path).skipped >= 50
    assert contents(tmp_path) == alone


@pytest.mark.slow
@pytest.mark.parametrize("way", [signal.SIGKILL, signal.SIGINT])
def test_no_worker_outlives_who_leads_the_work(many: Path, tmp_path: Path, way: signal.Signals) -> None:
    process = started(many, "-o", tmp_path, "--workers", "2")
    until(lambda: made(tmp_path) and len(children(process.pid)) == 2, process)
    workers = children(process.pid)
    process.send_signal(way)
    process.wait(timeout=60)
    assert len(workers) == 2
    deadline = time.monotonic() + 30
    while any(alive(pid) for pid in workers):
        assert time.monotonic() < deadline
        time.sleep(0.05)


def alive(pid: int) -> bool:
    with suppress(OSError):
        return b"spawn_main" in Path(f"/proc/{pid}/cmdline").read_bytes()
    return False


@contextmanager
def cluster(folder: Path) -> Iterator[tuple[str, list[subprocess.Popen[bytes]]]]:
    """Run a scheduler and two workers, each a process of its own, on loopback."""
    address = folder / "scheduler.json"

    def hire(*words: str) -> subprocess.Popen[bytes]:
        shared = ["--scheduler-file", str(address), "--host", "127.0.0.1", "--no-dashboard"]
        command = [sys.executable, "-m", *words, *shared]
        quiet = subprocess.DEVNULL
        return subprocess.Popen(command, cwd=folder, env=environment(), stdout=quiet, stderr=quiet)

    processes = [hire("distributed.cli.dask_scheduler", "--port", "0")]
    try:
        while not address.exists():
            time.sleep(0.05)
        processes += [hire("distributed.cli.dask_worker", "--nthreads", "1", "--no-nanny") for _ in "12"]
        yield json.loads(address.read_text())["address"], processes
    finally:
        for process in processes:
            process.kill()
            process.wait()


@pytest.mark.slow
def test_a_dask_cluster_whose_workers_are_killed_makes_the_same(many: Path, alone: dict[str, bytes], tmp_path: Path) -> None:
    pytest.importorskip("distributed")
    out = tmp_path / "out"
    with cluster(tmp_path) as (address, processes):
        process = started(many, "-o", out, "--dask", address)
        until(lambda: made(out) >= 20, process)
        assert process.poll() is None
        processes[1].kill()
        assert process.wait(timeout=300) == 1
    assert contents(out) == alone
