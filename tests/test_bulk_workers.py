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
from kgtools.bulk import workers
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


def ended(pids: list[int]) -> int:
    """Kill processes and return how many there were to kill; where one of a pool dies, the others are ended by its leader."""
    killed = 0
    for pid in pids:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
            killed += 1
    return killed


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
    process = started(many, "-o", tmp_path, "--workers", "3")
    total = len(list((many / "graph").rglob("*.ttl")))
    killed = 0
    for goal, number in ((0, 3), (1, 1), (12, 2), (30, 3), (60, 1), (90, 3), (total, 3)):  # the last ones verify documents
        until(lambda goal=goal, number=number: made(tmp_path) >= goal and len(children(process.pid)) >= number, process)
        killed += ended(children(process.pid)[:number])
    assert process.wait(timeout=300) == 1
    assert killed >= 6  # at least one each time, but for the last
    assert contents(tmp_path) == alone


def deadly(number: int) -> int:
    if number == 7:
        os.kill(os.getpid(), signal.SIGKILL)
    return -number


@pytest.mark.slow
def test_what_kills_every_worker_is_named_and_nobody_else_is() -> None:
    pool = Processes(3)
    try:
        assert sorted(pool.done(abs, range(-40, 0))) == list(range(1, 41))
        for numbers in (range(20), [7, *range(100, 104)], [*range(100, 104), 7]):
            with pytest.raises(Fault, match=r"^7: worker after worker died on it"):
                list(pool.done(deadly, numbers))
        assert list(pool.done(abs, [-1])) == [1]
    finally:
        pool.close()


@pytest.fixture
def poisoned(many: Path, tmp_path: Path) -> tuple[str, dict[str, str]]:
    """The name of a dossier, and an environment in which every process that opens it is killed."""
    path = sorted((many / "graph" / "incidents").glob("*.ttl"))[7]
    (tmp_path / "poison").mkdir()
    (tmp_path / "poison" / "sitecustomize.py").write_text(
        "import os, sys\n"
        f"def kill(event, words):\n    if event == 'open' and str(words[0]) == {str(path.resolve())!r}:\n"
        "        os.kill(os.getpid(), 9)\n"
        "sys.addaudithook(kill)\n"
    )
    kept = environment()
    return f"incidents/{path.name}", {**kept, "PYTHONPATH": os.pathsep.join((str(tmp_path / "poison"), kept["PYTHONPATH"]))}


def said(words: list[object], environ: dict[str, str]) -> tuple[int, str]:
    """Return exit code and standard error of a run."""
    command = [sys.executable, "-m", "kgtools", "bulk", *map(str, words)]
    done = subprocess.run(command, env=environ, capture_output=True, text=True, timeout=300, check=False)
    return done.returncode, done.stderr


@pytest.mark.slow
def test_a_dossier_that_kills_every_process_is_named(many: Path, poisoned: tuple[str, dict[str, str]], tmp_path: Path) -> None:
    name, environ = poisoned
    code, told = said([many, "-o", tmp_path / "out", "--workers", "2"], environ)
    assert code == 2
    assert told.startswith(f"kgtools: {name}: worker after worker died on it")


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
    hands = children(process.pid)
    process.send_signal(way)
    process.wait(timeout=60)
    assert len(hands) == 2
    deadline = time.monotonic() + 30
    while any(alive(pid) for pid in hands):
        assert time.monotonic() < deadline
        time.sleep(0.05)


def alive(pid: int) -> bool:
    with suppress(OSError):
        return b"spawn_main" in Path(f"/proc/{pid}/cmdline").read_bytes()
    return False


class Cluster:
    """A scheduler and workers on loopback, each a process of its own; a worker may have a nanny that starts it anew."""

    def __init__(self, folder: Path, environ: dict[str, str]) -> None:
        self._folder, self._environ = folder, environ
        self.file = folder / "scheduler.json"
        self.scheduler = self._hired("distributed.cli.dask_scheduler", "--port", "0", "--no-dashboard")
        self.workers: list[subprocess.Popen[bytes]] = []
        while not self.file.exists():
            time.sleep(0.05)
        self.address = json.loads(self.file.read_text())["address"]

    def _hired(self, *words: str) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-m", *words, "--scheduler-file", str(self.file), "--host", "127.0.0.1"]
        quiet = subprocess.DEVNULL
        return subprocess.Popen(command, cwd=self._folder, env=self._environ, stdout=quiet, stderr=quiet)

    def hire(self, number: int, nanny: bool = False) -> None:
        words = ["distributed.cli.dask_worker", "--nthreads", "1", "--no-dashboard", "--nanny" if nanny else "--no-nanny"]
        self.workers += [self._hired(*words) for _ in range(number)]

    def nursed(self) -> list[int]:
        """Return the workers that have a nanny."""
        return [pid for nanny in self.workers if nanny.poll() is None for pid in children(nanny.pid)]

    def end(self) -> None:
        pids = self.nursed()
        for process in (*self.workers, self.scheduler):
            process.kill()
            process.wait()
        ended(pids)


@contextmanager
def cluster(folder: Path, environ: dict[str, str] | None = None) -> Iterator[Cluster]:
    pytest.importorskip("distributed")
    found = Cluster(folder, environ or environment())
    try:
        yield found
    finally:
        found.end()


@pytest.mark.slow
def test_dask_workers_that_are_killed_one_after_another_change_nothing(
    many: Path, alone: dict[str, bytes], tmp_path: Path
) -> None:
    out = tmp_path / "out"
    total = len(list((many / "graph").rglob("*.ttl")))
    with cluster(tmp_path) as hired:
        process = started(many, "-o", out, "--dask", hired.address)
        hired.hire(3)  # which find the work waiting
        until(lambda: made(out) >= 1, process)
        for number, goal in enumerate((1, 20, 45, 70, 100, total)):
            until(lambda goal=goal: made(out) >= goal, process)
            assert process.poll() is None
            hired.hire(1)  # and takes over what the next one leaves
            hired.workers[number].kill()
        assert process.wait(timeout=300) == 1
    assert contents(out) == alone


@pytest.mark.slow
def test_dask_workers_that_are_killed_at_once_and_started_anew_change_nothing(
    many: Path, alone: dict[str, bytes], tmp_path: Path
) -> None:
    out = tmp_path / "out"
    with cluster(tmp_path) as hired:
        hired.hire(2, nanny=True)
        process = started(many, "-o", out, "--dask", hired.address)
        killed = 0
        for goal, number in ((1, 2), (20, 1)):  # the second time who has been started anew, one of them or both
            until(lambda goal=goal, number=number: made(out) >= goal and len(hired.nursed()) >= number, process)
            killed += ended(hired.nursed())
        assert process.wait(timeout=300) == 1
        assert killed >= 3
    assert contents(out) == alone


@pytest.mark.slow
def test_a_dossier_that_kills_every_dask_worker_is_named(
    many: Path, poisoned: tuple[str, dict[str, str]], tmp_path: Path
) -> None:
    name, environ = poisoned
    with cluster(tmp_path, environ) as hired:
        hired.hire(2, nanny=True)
        code, told = said([many, "-o", tmp_path / "out", "--dask", hired.address], environment())
    assert code == 2
    assert told.startswith(f"kgtools: {name}: worker after worker died on it")


@pytest.mark.slow
def test_a_cluster_without_workers_or_scheduler_is_told_so(many: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workers, "LONELY", 2)
    out = tmp_path / "out"
    with cluster(tmp_path) as hired:
        found = workers.Dask(hired.address)
        with pytest.raises(Fault, match="the cluster has no worker"):
            list(found.done(abs, [-1]))
        found.close()
        hired.hire(1)
        command = [sys.executable, "-m", "kgtools", "bulk", str(many), "-o", str(out), "--dask", hired.address]
        process = subprocess.Popen(command, env=environment(), stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        while process.poll() is None and made(out) < 5:
            time.sleep(0.01)
        hired.scheduler.kill()
        _, told = process.communicate(timeout=300)
    assert process.returncode == 2
    assert told.startswith("kgtools: --dask: ")
    assert "Traceback" not in told
