"""Bulk work by many workers of which some are killed: the same quads and findings as one process gives."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
from bulking import contents, run
from conftest import ROOT, environment

import kgtools
from kgtools import check
from kgtools.bulk.workers import Processes
from kgtools.faults import Fault


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
    expected = check.run(kgtools.open(many))
    assert report.findings == expected.findings != []
    assert (report.verified, list(report.unverified)) == (expected.verified, expected.unverified)
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
