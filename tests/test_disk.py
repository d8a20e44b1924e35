"""The store on disk: who may write, what is refused, and that no kill and no full disk leaves half of anything."""

from __future__ import annotations

import contextlib
import json
import os
import resource
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from conftest import EXAMPLE, PUMP_HOUSE, Call, Copy, environment
from killing import Killer
from test_loading import load, said, said_in_memory

from kgtools.faults import Fault
from kgtools.store.disk import DiskStore

LOCK_GATE = "incidents/lock-gate-2019.ttl"
ASSERTION = "assertion:pump-house-2019-006"


@pytest.fixture
def store(tmp_path: Path) -> Path:
    """A store with the invented case, to be changed."""
    load(tmp_path / "store")
    return tmp_path / "store"


def test_a_second_writer_is_told_who_writes(store: Path) -> None:
    with DiskStore(store, write=True), pytest.raises(Fault, match=rf"is being written by process {os.getpid()} on .+ since 20"):
        DiskStore(store, write=True)


def test_the_lock_of_a_dead_process_is_taken_over(store: Path) -> None:
    code = (
        f"import os; from kgtools.store.disk import DiskStore; DiskStore({str(store)!r}, write=True); os.kill(os.getpid(), 9)"
    )
    subprocess.run([sys.executable, "-c", code], env=environment(), check=False)
    assert json.loads((store / "writer.lock").read_text())["process"] != os.getpid()
    assert len(list(store.glob("state-*"))) == 2
    assert load(store).skipped == 11
    assert [path.name for path in store.glob("state-*")] == ["state-1"]


@pytest.mark.slow
def test_a_reader_goes_on_reading_what_it_opened_while_a_writer_replaces_it(store: Path, copy: Copy) -> None:
    before = said(store)
    with DiskStore(store) as reader:
        copy.edit(PUMP_HOUSE, ASSERTION, "hedge:possible", "hedge:certain")
        for _ in range(2):
            load(store, copy.folder)
            load(store, EXAMPLE, workspace=EXAMPLE)
        load(store, copy.folder)
        answer = reader.query("CONSTRUCT WHERE { ?s ?p ?o }")
        assert {str(t) for t in getattr(answer, "triples", ())} == before
    assert said(store) == said_in_memory(copy.space) != before


def test_a_reader_never_waits_for_a_writer(store: Path) -> None:
    before = said(store)
    with DiskStore(store, write=True) as writer:
        writer.drop(next(iter(writer.held())))
        assert said(store) == before
    assert said(store) != before


def test_readers_that_need_named_graphs_at_the_same_time_make_them_once(store: Path) -> None:
    words = [sys.executable, "-m", "kgtools", "--workspace", str(EXAMPLE), "--store", str(store), "query", "-"]
    asking = [subprocess.Popen(words, env=environment(), stdin=subprocess.PIPE, stdout=subprocess.PIPE) for _ in range(3)]
    answers = {one.communicate(b"SELECT (COUNT(*) AS ?n) { GRAPH ?g { ?s ?p ?o } }", timeout=60)[0] for one in asking}
    assert len(answers) == 1 and {one.returncode for one in asking} == {0}
    assert json.loads((store / "store.json").read_text())["name"] == "state-2"


@pytest.mark.parametrize("made", ["nothing", "a file", "another folder", "an empty folder"])
def test_what_is_no_store_is_named_and_left_alone(tmp_path: Path, call: Call, made: str) -> None:
    place = tmp_path / "place"
    if made == "a file":
        place.write_text("mine")
    elif made != "nothing":
        place.mkdir()
        if made == "another folder":
            (place / "mine.txt").write_text("mine")
    done = call("--workspace", EXAMPLE, "--store", place, "query", "names")
    assert done.code == 2 and "store" in done.err and done.err.count("\n") == 1
    done = call("load", EXAMPLE, "--store", place)
    assert done.code == (0 if made in ("nothing", "an empty folder") else 2)
    assert made != "another folder" or [path.name for path in place.iterdir()] == ["mine.txt"]


def damage_current(folder: Path) -> None:
    (folder / "CURRENT").write_text("nonsense")


def damage_manifest(folder: Path) -> None:
    for path in folder.glob("MANIFEST*"):
        path.write_bytes(path.read_bytes()[:40])


def damage_tables(folder: Path) -> None:
    for path in folder.glob("*.sst"):
        path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def damage_by_zeros(folder: Path) -> None:
    for path in folder.glob("*.sst"):
        path.write_bytes(bytes(path.stat().st_size))


def take_tables_away(folder: Path) -> None:
    for path in folder.glob("*.sst"):
        path.unlink()


@pytest.mark.slow
@pytest.mark.parametrize("part", ["quads", "books"])
@pytest.mark.parametrize(
    "damage", [damage_current, damage_manifest, damage_tables, damage_by_zeros, take_tables_away, shutil.rmtree]
)
def test_a_broken_store_is_a_fault_and_is_mended_by_loading_into_a_new_folder(
    store: Path, call: Call, part: str, damage: Callable[[Path], None]
) -> None:
    damage(store / "state-1" / part)
    for words in (("compare", "pump-house-2019"), ("load", "--prune", EXAMPLE / "graph" / "sources.ttl")):
        done = call("--workspace", EXAMPLE, "--store", store, *words)
        assert done.code == 2 and done.out == "" and done.err.count("\n") == 1
        assert "the store is broken" in done.err


@pytest.mark.parametrize(
    "text", ["", "{", "[]", '{"layout": "1"}', '{"layout": 1, "name": "../other"}', '{"layout": 1, "x": 1}']
)
def test_a_broken_store_json_is_a_fault(store: Path, call: Call, text: str) -> None:
    (store / "store.json").write_text(text)
    done = call("--workspace", EXAMPLE, "--store", store, "query", "names")
    assert done.code == 2 and "the store is broken" in done.err


@contextlib.contextmanager
def small_disk(folder: Path, size: str) -> Iterator[Path]:
    """Make a file system of a size, which only root can."""
    folder.mkdir()
    made = subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", folder], capture_output=True, check=False)
    if made.returncode:
        pytest.skip("no file system can be mounted here, which needs root")
    try:
        yield folder
    finally:
        subprocess.run(["umount", folder], check=False)


@pytest.mark.slow
@pytest.mark.parametrize("size", ["200k", "1m", "1500k", "2m"])
def test_a_full_disk_is_a_fault_and_loses_nothing(tmp_path: Path, size: str) -> None:
    with small_disk(tmp_path / "disk", size) as disk:
        done = command("load", EXAMPLE, "--store", disk / "store")
        assert done.returncode == 2 and "cannot be written" in done.stderr and done.stderr.count("\n") == 1
        subprocess.run(["mount", "-o", "remount,size=50m", disk], check=True)
        assert command("load", EXAMPLE, "--store", disk / "store").returncode == 0
        before = said(disk / "store")
        room = os.statvfs(disk)
        used = (room.f_blocks - room.f_bfree) * room.f_frsize // 1024
        subprocess.run(["mount", "-o", f"remount,size={used + 40}k", disk], check=True)
        subprocess.run(["cp", "-r", EXAMPLE, tmp_path / "copy"], check=True)
        Copy(tmp_path / "copy").edit(PUMP_HOUSE, ASSERTION, "hedge:possible", "hedge:certain")
        assert command("load", tmp_path / "copy", "--store", disk / "store").returncode == 2
        assert said(disk / "store") == before
        subprocess.run(["mount", "-o", "remount,size=50m", disk], check=True)
        assert command("load", tmp_path / "copy", "--store", disk / "store").returncode == 0
        assert said(disk / "store") == said_in_memory(Copy(tmp_path / "copy").space)


def command(*words: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "kgtools", *map(str, words)], env=environment(), capture_output=True, text=True, timeout=60,
        check=False,
    )  # fmt: skip


def test_files_that_may_not_grow_are_a_fault(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "kgtools", "load", str(EXAMPLE), "--store", str(tmp_path / "store")],
        env=environment(), capture_output=True, text=True, timeout=60, check=False,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000)),
    )  # fmt: skip
    assert done.returncode == 2 and "cannot be written" in done.stderr and "Traceback" not in done.stderr
    assert load(tmp_path / "store").loaded == 11


POINTS = 35  # of each of six: a first load; replacing and dropping, with named graphs and without; settling


@pytest.mark.slow
def test_a_first_load_that_is_killed_leaves_no_store_and_a_rerun_makes_it(tmp_path: Path, example: object) -> None:
    load(tmp_path / "whole")
    whole = said(tmp_path / "whole")
    with Killer() as killer:
        took = killer.run("load", EXAMPLE, "--store", tmp_path / "timed").took
        for point in range(POINTS):
            folder = tmp_path / f"store-{point}"
            killer.run("load", EXAMPLE, "--store", folder, after=1.1 * took * point / POINTS)
            if (folder / "store.json").exists():
                assert said(folder) == whole
            assert killer.run("load", EXAMPLE, "--store", folder).code == 0
            assert said(folder) == whole
            assert len(list(folder.glob("state-*"))) == 1


def replaced(copy: Copy) -> None:
    copy.edit(PUMP_HOUSE, ASSERTION, "hedge:possible", "hedge:certain")
    text = copy.path("sources.ttl").read_text(encoding="utf-8")
    copy.path("sources.ttl").write_text(text.replace("2019-01-09", "2018-12-30"), encoding="utf-8")


def dropped(copy: Copy) -> None:
    copy.path(LOCK_GATE).unlink()


@pytest.mark.slow
@pytest.mark.parametrize("change", [replaced, dropped])
@pytest.mark.parametrize("graphs", [False, True], ids=["", "with named graphs"])
def test_a_load_that_is_killed_leaves_the_old_or_the_new_and_a_rerun_the_new(
    tmp_path: Path, copy: Copy, change: Callable[[Copy], None], graphs: bool
) -> None:
    load(tmp_path / "store")
    if graphs:
        with DiskStore(tmp_path / "store", write=True) as held:
            held.name_graphs()
    old = said(tmp_path / "store")
    change(copy)
    shutil.copytree(tmp_path / "store", tmp_path / "timed")
    with Killer() as killer:
        took = killer.run("load", copy.folder, "--store", tmp_path / "timed").took
        new = said(tmp_path / "timed")
        assert new == said_in_memory(copy.space) != old
        for point in range(POINTS):
            folder = tmp_path / f"store-{point}"
            shutil.copytree(tmp_path / "store", folder)
            killer.run("load", copy.folder, "--store", folder, after=1.1 * took * point / POINTS)
            assert said(folder) in (old, new)
            assert killer.run("load", copy.folder, "--store", folder).code == 0
            assert said(folder) == new
            shutil.rmtree(folder)


@pytest.mark.slow
def test_settling_that_is_killed_is_mended_by_settling_again(tmp_path: Path, copy: Copy) -> None:
    load(tmp_path / "store", copy.folder)
    words = ("settle", "pump-house-2019-004", "--state", "settled", "--reason", "The roster names two.")
    old = said(tmp_path / "store")
    shutil.copytree(tmp_path / "store", tmp_path / "timed")
    shutil.copytree(copy.folder, tmp_path / "done")
    with Killer() as killer:
        took = killer.run(*words, "--workspace", tmp_path / "done", "--store", tmp_path / "timed").took
        new = said(tmp_path / "timed")
        texts = [path.read_bytes() for path in (copy.path(PUMP_HOUSE), tmp_path / "done" / "graph" / PUMP_HOUSE)]
        assert new != old and texts[0] != texts[1]
        for point in range(POINTS):
            store, workspace = tmp_path / f"store-{point}", tmp_path / f"workspace-{point}"
            shutil.copytree(tmp_path / "store", store)
            shutil.copytree(copy.folder, workspace)
            here = (*words, "--workspace", workspace, "--store", store)
            killer.run(*here, after=1.1 * took * point / POINTS)
            assert said(store) in (old, new)
            assert (workspace / "graph" / PUMP_HOUSE).read_bytes() in texts
            assert killer.run(*here).code == 0
            assert said(store) == new
            assert (workspace / "graph" / PUMP_HOUSE).read_bytes() == texts[1]
