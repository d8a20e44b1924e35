"""Push and pull: a workspace and a server in step, and nothing of anybody's lost."""

from __future__ import annotations

import json
import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from conftest import EXAMPLE, PUMP_HOUSE, Call, Copy, environment
from misbehaving import Answer, Misbehaving, Request, forwarded
from sparql_servers import MISSING, Server, clear, oxigraph, state, virtuoso

import kgtools
from kgtools.store.remote import RemoteStore

pytestmark = pytest.mark.slow

GATE = "incidents/lock-gate-2019.ttl"


@pytest.fixture(scope="module", params=["oxigraph", "virtuoso"])
def running(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    if MISSING[request.param]:
        pytest.skip(MISSING[request.param])
    start = oxigraph if request.param == "oxigraph" else virtuoso
    with start(tmp_path_factory.mktemp(request.param) / "store") as server:
        yield server


@pytest.fixture
def server(running: Server, monkeypatch: pytest.MonkeyPatch) -> Server:
    """A server that holds nothing, its address and login in the environment of the commands."""
    for name, value in running.environ.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("KGTOOLS_STORE", running.url)
    clear(running)
    return running


def other(copy: Copy, tmp_path: Path) -> Copy:
    """Return another person's copy of the workspace as it is."""
    return Copy(Path(shutil.copytree(copy.folder, tmp_path / "other")))


def test_what_is_pushed_is_skipped_replaced_and_dropped_like_a_load(server: Server, copy: Copy, call: Call) -> None:
    at = ("--workspace", copy.folder)
    assert call("push", *at).out == f"11 loaded, 0 replaced, 0 skipped, 0 dropped on {server.url}\n"
    assert call("push", *at).out.startswith("0 loaded, 0 replaced, 11 skipped, 0 dropped")
    copy.replace(GATE, "Ice blocked the lock gate.", "Ice stopped the lock gate.")
    assert call("push", *at).out.startswith("0 loaded, 1 replaced, 10 skipped, 0 dropped")
    assert "Ice stopped" in call("query", "who-claimed", *at).out
    whole = state(server)
    copy.path(GATE).unlink()
    assert call("push", *at).out.startswith("0 loaded, 0 replaced, 10 skipped, 1 dropped")
    assert "Ice" not in call("query", "who-claimed", *at).out
    clear(server)
    (copy.folder / ".kgtools-synced.json").unlink()
    Copy(copy.folder).path(GATE).write_bytes((EXAMPLE / "graph" / GATE).read_bytes())
    copy.replace(GATE, "Ice blocked the lock gate.", "Ice stopped the lock gate.")
    assert call("push", *at).code == 0 and state(server) == whole


def test_a_pull_writes_what_others_pushed_and_nothing_else(server: Server, copy: Copy, call: Call, tmp_path: Path) -> None:
    mine, theirs = copy, other(copy, tmp_path)
    assert call("push", "--workspace", mine.folder).code == 0
    assert call("pull", "--workspace", theirs.folder).out.startswith("0 written, 11 the same")
    mine.replace(GATE, "Ice blocked the lock gate.", "Ice stopped the lock gate.")
    shutil.copyfile(mine.path(GATE), tmp_path / "new")
    assert call("push", "--workspace", mine.folder).code == 0
    assert call("pull", "--workspace", theirs.folder).out.startswith("1 written, 10 the same")
    files = sorted(path.relative_to(mine.folder) for path in mine.folder.rglob("*.ttl"))
    assert files == sorted(path.relative_to(theirs.folder) for path in theirs.folder.rglob("*.ttl"))
    for file in files:
        assert (mine.folder / file).read_bytes() == (theirs.folder / file).read_bytes()
    assert not [path for path in theirs.folder.rglob(".*") if path.name != ".kgtools-synced.json"]


def test_a_file_that_both_changed_is_a_conflict_on_either_side(server: Server, copy: Copy, call: Call, tmp_path: Path) -> None:
    mine, theirs = copy, other(copy, tmp_path)
    call("push", "--workspace", mine.folder)
    call("pull", "--workspace", theirs.folder)
    mine.replace(GATE, "Ice blocked the lock gate.", "Ice stopped the lock gate.")
    theirs.replace(GATE, "Ice blocked the lock gate.", "Ice jammed the lock gate.")
    assert call("push", "--workspace", mine.folder).code == 0
    before, held = theirs.path(GATE).read_bytes(), state(server)
    pulled, pushed = call("pull", "--workspace", theirs.folder), call("push", "--workspace", theirs.folder)
    assert pulled.code == pushed.code == 2 and pulled.out == pushed.out == ""
    assert f"{GATE} differs both from the server and from what they last had in common: push it, or commit it" in pulled.err
    assert f"holds another state of {GATE} than this workspace has seen: pull first" in pushed.err
    assert theirs.path(GATE).read_bytes() == before and state(server) == held
    assert call("pull", "--force", "--workspace", theirs.folder).out.startswith("1 written")
    assert theirs.path(GATE).read_bytes() == mine.path(GATE).read_bytes()
    theirs.replace(GATE, "Ice stopped the lock gate.", "Ice jammed the lock gate.")
    assert call("push", "--workspace", theirs.folder).out.startswith("0 loaded, 1 replaced")


def test_a_stale_copy_takes_nothing_of_others_away(server: Server, copy: Copy, call: Call, tmp_path: Path) -> None:
    mine, theirs = copy, other(copy, tmp_path)
    theirs.path(GATE).unlink()
    assert call("push", "--workspace", mine.folder).code == 0
    said = call("push", "--workspace", theirs.folder)
    assert said.code == 0 and said.out.startswith("0 loaded, 0 replaced, 10 skipped, 0 dropped")
    assert "lock-gate-2019 is on the server and not here: pull it, or drop it there with --force" in said.err
    assert call("pull", "--workspace", theirs.folder).out.startswith("1 written, 10 the same")
    mine.replace(GATE, "Ice blocked the lock gate.", "Ice stopped the lock gate.")
    call("push", "--workspace", mine.folder)
    assert call("push", "--workspace", theirs.folder).code == 2  # it would put an old state over a new one
    theirs.path(GATE).unlink()
    said = call("pull", "--workspace", theirs.folder)  # removed there, changed here: the change is not lost
    assert said.out.startswith("1 written") and theirs.path(GATE).read_bytes() == mine.path(GATE).read_bytes()


def test_a_fresh_copy_of_an_old_state_is_brought_forward(server: Server, copy: Copy, call: Call, tmp_path: Path) -> None:
    old = other(copy, tmp_path)
    call("push", "--workspace", copy.folder)
    copy.replace(GATE, "Ice blocked the lock gate.", "Ice stopped the lock gate.")
    call("push", "--workspace", copy.folder)
    assert call("pull", "--workspace", old.folder).out.startswith("1 written")
    assert old.path(GATE).read_bytes() == copy.path(GATE).read_bytes()


def test_what_is_only_here_is_said_and_kept(server: Server, copy: Copy, call: Call) -> None:
    call("push", "--workspace", copy.folder)
    copy.path("incidents/new-2020.ttl").write_text("<https://example.org/x> <https://example.org/y> 1 .\n", encoding="utf-8")
    said = call("pull", "--workspace", copy.folder)
    assert said.code == 0 and "incidents/new-2020.ttl is not on the server: push it" in said.err
    assert copy.path("incidents/new-2020.ttl").exists()


def test_a_server_cannot_write_outside_of_the_graph(server: Server, copy: Copy, call: Call, tmp_path: Path) -> None:
    call("push", "--workspace", copy.folder)
    store = RemoteStore(server.url, server.environ, write=True)
    held = kgtools.vocab.DATA + "graph/held"
    name = kgtools.vocab.iri("cev:fileName")
    store._service.update(
        f'DELETE {{ GRAPH <{held}> {{ ?g <{name}> "{GATE}" }} }}'
        f' INSERT {{ GRAPH <{held}> {{ ?g <{name}> "../../../evil.ttl" }} }}'
        f' WHERE {{ GRAPH <{held}> {{ ?g <{name}> "{GATE}" }} }}'
    )
    said = call("pull", "--force", "--workspace", copy.folder)
    assert said.code == 2 and "names a file that no workspace has" in said.err and not list(tmp_path.rglob("evil.ttl"))


def test_push_needs_a_server(copy: Copy, call: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("KGTOOLS_STORE", raising=False)
    for command in ("push", "pull"):
        said = call(command, "--workspace", copy.folder)
        assert said.code == 2 and "--store: names no server: give its address" in said.err


class Between:
    """Stands between a push and its server, and kills the push at one of the requests that change something.

    That is before the request reaches the server, when half of it has, or when the server has carried it out and nobody knows.
    """

    def __init__(self, server: Server) -> None:
        self.server, self.seen, self.at, self.how = server, 0, 0, ""
        self.victim: subprocess.Popen[bytes] | None = None
        self.proxy = Misbehaving(self.answer)

    def push(self, folder: Path, at: int, how: str) -> bool:
        """Push in a process of its own that is killed at a request (from 1); say whether it came so far."""
        return self.run(folder, at, how, "push", "--force")

    def run(self, folder: Path, at: int, how: str, *words: str) -> bool:
        """Run a command in a process of its own that is killed at a request (from 1); say whether it came so far."""
        self.seen, self.at, self.how = 0, at, how
        where = self.proxy.url + urlsplit(self.server.url).path
        command = [sys.executable, "-m", "kgtools", *words, "--workspace", str(folder), "--store", where]
        self.victim = subprocess.Popen(
            command, env={**environment(), **self.server.environ}, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        return self.victim.wait(240) == -signal.SIGKILL

    def answer(self, request: Request) -> Iterator[bytes]:
        changes = changing(request)
        self.seen += changes
        if not changes or self.seen != self.at:
            yield from forwarded(self.server.url, request)
            return
        if self.how == "after":
            list(forwarded(self.server.url, request))
        elif self.how == "half":
            list(forwarded(self.server.url, request, len(request.body) // 2))
        assert self.victim
        self.victim.kill()
        self.victim.wait()


def test_a_push_that_is_killed_anywhere_is_repaired_by_the_next(server: Server, copy: Copy, call: Call, tmp_path: Path) -> None:
    one, two = copy, other(copy, tmp_path)
    two.replace(PUMP_HOUSE, "A valve was left open on purpose.", "A valve was left open on purpose, they say.")
    two.replace(GATE, "Ice blocked the lock gate.", "Ice stopped the lock gate.")
    two.path("incidents/harbour-series-2019.ttl").unlink()
    between = Between(server)
    states, counts = [], []
    for workspace in (one, two, one):  # a push to an empty server, and the two that go from one state to the other
        assert not between.push(workspace.folder, 0, "")
        states.append(state(server))
        counts.append(between.seen)
    assert states[0] == states[2] != states[1] and min(counts) >= 3
    points, killed = (24 if server.environ else 40), 0
    for point in range(points):
        workspace, expected, count = ((two, states[1], counts[1]), (one, states[0], counts[2]))[point % 2]
        at = 1 + (point // 2) * count // (points // 2)
        assert between.push(workspace.folder, at, ("before", "half", "after")[point % 3]), (point, at, count)
        killed += 1
        assert call("push", "--force", "--workspace", workspace.folder).code == 0
        assert state(server) == expected, (point, at, count)
    between.proxy.close()
    assert killed == points


SETTLE = ("settle", "pump-house-2019-004", "--state", "settled", "--reason", "The duty roster names two.")


def test_what_is_settled_stands_in_the_file_and_on_the_server(server: Server, copy: Copy, call: Call) -> None:
    at = ("--workspace", copy.folder)
    assert call("push", *at).code == 0
    assert call(*SETTLE, *at).code == 0
    assert call("push", *at).out.startswith("0 loaded, 0 replaced, 11 skipped")
    assert call("discrepancies", *at) == call("discrepancies", *at, "--store", "memory")
    assert "The duty roster names two." in call("discrepancies", "pump-house-2019", *at).out


def test_settling_takes_nothing_away_that_others_pushed(server: Server, copy: Copy, call: Call, tmp_path: Path) -> None:
    theirs = other(copy, tmp_path)
    assert call("push", "--workspace", copy.folder).code == 0 == call("pull", "--workspace", theirs.folder).code
    theirs.replace(PUMP_HOUSE, "A valve was left open on purpose.", "A valve was left open on purpose, they say.")
    assert call("push", "--workspace", theirs.folder).code == 0
    before, held = copy.path(PUMP_HOUSE).read_bytes(), state(server)
    said = call(*SETTLE, "--workspace", copy.folder)
    assert said.code == 2 and "holds another state of" in said.err and "pull first" in said.err
    assert (copy.path(PUMP_HOUSE).read_bytes(), state(server)) == (before, held)


def test_settling_that_is_killed_is_mended_by_settling_again(server: Server, copy: Copy, call: Call) -> None:
    at = ("--workspace", copy.folder)
    before = copy.path(PUMP_HOUSE).read_bytes()
    assert call("push", *at).code == 0 == call(*SETTLE, *at).code
    settled, after = state(server), copy.path(PUMP_HOUSE).read_bytes()
    between = Between(server)
    for point, how in enumerate(("before", "half", "after") if server.environ else ("before", "half", "after") * 2):
        copy.path(PUMP_HOUSE).write_bytes(before)
        assert call("push", "--force", *at).code == 0
        assert between.run(copy.folder, 1 + (point if server.environ else point // 3), how, *SETTLE)
        assert copy.path(PUMP_HOUSE).read_bytes() in (before, after)
        assert call(*SETTLE, *at).code == 0
        assert (state(server), copy.path(PUMP_HOUSE).read_bytes()) == (settled, after)
    between.proxy.close()


class Meeting:
    """Stands before a server, and lets no writer begin before another has read the same state."""

    def __init__(self, server: Server) -> None:
        self.server = server
        self.met = threading.Barrier(2)
        self.proxies = [Misbehaving(self.answer(first=[True])) for _ in range(2)]

    def answer(self, first: list[bool]) -> Answer:
        def answered(request: Request) -> Iterator[bytes]:
            if changing(request) and first:
                first.clear()
                with suppress(threading.BrokenBarrierError):
                    self.met.wait(20)
            yield from forwarded(self.server.url, request)

        return answered

    def push(self, *folders: Path) -> list[tuple[int, str]]:
        """Push workspaces at the same time; return exit codes and what was said."""
        started = [
            subprocess.Popen(
                [sys.executable, "-m", "kgtools", "push", "--force", "--workspace", str(folder), "--store",
                 proxy.url + urlsplit(self.server.url).path],
                env={**environment(), **self.server.environ}, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
            )
            for folder, proxy in zip(folders, self.proxies, strict=True)
        ]  # fmt: skip
        said = [one.communicate(timeout=120)[1] for one in started]
        for proxy in self.proxies:
            proxy.close()
        return [(one.returncode, text) for one, text in zip(started, said, strict=True)]


def changing(request: Request) -> bool:
    return request.line.startswith(("POST", "PUT")) and not request.body.startswith(b"query=")


@pytest.mark.parametrize("empty", [True, False], ids=["empty", "filled"])
def test_of_two_writers_one_is_told_and_nothing_is_mixed(
    server: Server, copy: Copy, call: Call, tmp_path: Path, empty: bool
) -> None:
    one, two = copy, other(copy, tmp_path)
    two.replace(PUMP_HOUSE, "A valve was left open on purpose.", "A valve was left open on purpose, they say.")
    two.replace(GATE, "Ice blocked the lock gate.", "Ice stopped the lock gate.")
    if not empty:
        assert call("push", "--workspace", one.folder).code == 0
        one.replace(GATE, "Ice blocked the lock gate.", "Ice jammed the lock gate.")
    ended = Meeting(server).push(one.folder, two.folder)
    assert 2 in {code for code, _ in ended} <= {0, 2}  # both are told where each sees the other's turn
    for code, said in ended:
        if code:
            assert "another writer changed the store since it was read: run it again" in said and said.count("\n") == 1
    for workspace in (one, two):
        assert call("push", "--force", "--workspace", workspace.folder).code == 0  # what was left behind hinders nobody
        assert call("push", "--workspace", workspace.folder).out.startswith("0 loaded, 0 replaced, 11")
        whole = state(server)
        clear(server)
        assert call("push", "--force", "--workspace", workspace.folder).code == 0 and state(server) == whole


def test_notes_that_cannot_be_read_are_a_fault(server: Server, copy: Copy, call: Call) -> None:
    (copy.folder / ".kgtools-synced.json").write_text("{", encoding="utf-8")
    said = call("push", "--workspace", copy.folder)
    assert said.code == 2 and "cannot be read: take it away" in said.err
    (copy.folder / ".kgtools-synced.json").write_text(json.dumps({server.url: {"x": 1}}), encoding="utf-8")
    assert call("push", "--workspace", copy.folder).code == 2
