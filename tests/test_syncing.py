"""Push and pull: a workspace and a server in step, and nothing of anybody's lost."""

from __future__ import annotations

import json
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from conftest import EXAMPLE, PUMP_HOUSE, Call, Copy, environment
from misbehaving import Misbehaving, Request, forwarded
from sparql_servers import MISSING, Server, oxigraph, virtuoso

import kgtools
from kgtools.store import Rows
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


def clear(server: Server) -> None:
    store = RemoteStore(server.url, server.environ, write=True)
    store.apply([], list(store.held()))
    for graph in ("all", "held", "kept"):
        store._service.update(f"CLEAR SILENT GRAPH <{kgtools.vocab.DATA}graph/{graph}>")


def state(server: Server) -> object:
    """Return all that a server holds, but for what dossiers were before."""
    store = RemoteStore(server.url, server.environ)
    graphs = sorted(store.held().items())
    texts = {graph: store.content(graph) for graph, _ in graphs}
    rows = store.query("SELECT ?s ?p ?o WHERE { ?s ?p ?o }")
    named = store.query("SELECT ?g ?s ?p ?o WHERE { GRAPH ?g { ?s ?p ?o } }")
    assert isinstance(rows, Rows) and isinstance(named, Rows)
    books = {(graph, store.derived_from(graph)) for graph, _ in graphs}
    return graphs, texts, frozenset(rows.rows), len(rows.rows), frozenset(named.rows), len(named.rows), books


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
        self.seen, self.at, self.how = 0, at, how
        where = self.proxy.url + urlsplit(self.server.url).path
        command = [sys.executable, "-m", "kgtools", "push", "--force", "--workspace", str(folder), "--store", where]
        self.victim = subprocess.Popen(
            command, env={**environment(), **self.server.environ}, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        return self.victim.wait(60) == -signal.SIGKILL

    def answer(self, request: Request) -> Iterator[bytes]:
        changes = request.line.startswith(("POST", "PUT")) and not request.body.startswith(b"query=")
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


def test_notes_that_cannot_be_read_are_a_fault(server: Server, copy: Copy, call: Call) -> None:
    (copy.folder / ".kgtools-synced.json").write_text("{", encoding="utf-8")
    said = call("push", "--workspace", copy.folder)
    assert said.code == 2 and "cannot be read: take it away" in said.err
    (copy.folder / ".kgtools-synced.json").write_text(json.dumps({server.url: {"x": 1}}), encoding="utf-8")
    assert call("push", "--workspace", copy.folder).code == 2
