"""Connections to the server: what is no request, what comes in pieces, who takes nothing, and what ends with the server."""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, cast
from urllib.parse import quote

import httpx
import pytest
import uvicorn
from conftest import EXAMPLE, ROOT
from serving import address, raw, running, web
from test_hostile_queries import Forking, alive, forked, said_on, workers_of

from kgtools.server import limits
from kgtools.server.complaints import Complaints
from kgtools.server.frames import pack
from kgtools.server.lane import Lane
from kgtools.server.listen import _application
from kgtools.server.pool import Pool, Pools
from kgtools.server.run import bind
from kgtools.workspace import Workspace

__all__ = ["address", "web"]

ASK = b"GET /sparql?query=ASK%7B%7D HTTP/1.1\r\nHost: localhost\r\nAccept: text/csv\r\n\r\n"
HEALTH = b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n"
LONG = "SELECT (COUNT(*) AS ?%s) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i }"


def until(line: socket.socket, end: bytes) -> bytes:
    """Return what arrives until it ends so, or the line closes."""
    said = b""
    while not said.endswith(end) and (data := line.recv(1 << 16)):
        said += data
    return said


@pytest.mark.parametrize(
    ("framing", "body"),
    [(b"Content-Length: %d" % len(ASK), ASK), (b"Transfer-Encoding: chunked", b"%x\r\n%s\r\n0\r\n\r\n" % (len(ASK), ASK))],
    ids=["length", "chunked"],
)
def test_a_body_that_looks_like_a_request_is_not_answered(address: str, framing: bytes, body: bytes) -> None:
    """The refusal goes out before the body is there, and the body is still no request."""
    with raw(address, b"POST / HTTP/1.1\r\nHost: localhost\r\n%s\r\n\r\n" % framing) as line:
        assert until(line, b"HEAD\n").startswith(b"HTTP/1.1 405 ")
        line.sendall(body)
        time.sleep(0.2)
        line.sendall(HEALTH)
        said = until(line, b"}\n")
    assert said.count(b"HTTP/1.1 ") == 1 and b'"status": "ok"' in said


@pytest.mark.slow
def test_a_body_that_is_none_of_its_kind_closes_the_connection_without_a_word() -> None:
    with running("--port", "0", "--workspace", str(EXAMPLE)) as (address, process):
        with raw(address, b"POST / HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n") as line:
            assert until(line, b"HEAD\n").startswith(b"HTTP/1.1 405 ")
            line.sendall(b"no chunk\r\n")
            assert line.recv(100) == b""
        process.send_signal(signal.SIGINT)
        assert process.stderr is not None
        assert "Traceback" not in process.stderr.read()


@pytest.mark.parametrize("sign", [b"\t", b"\n", b"\r", b"\x00", b"\x7f", b"\xe4"])
def test_an_address_with_signs_that_http_does_not_know_is_refused(address: str, sign: bytes) -> None:
    with raw(address, ASK.replace(b"ASK", b"ASK" + sign)) as line:
        assert line.recv(20).startswith(b"HTTP/1.1 400 ")


@pytest.mark.parametrize("sign", [b"\n", b"\r", b"\x00", b"\x0b"])
def test_a_header_with_signs_that_http_does_not_know_is_refused(address: str, sign: bytes) -> None:
    with raw(address, ASK.replace(b"Accept: ", b"User-Agent: a" + sign + b"b\r\nAccept: ")) as line:
        assert line.recv(20).startswith(b"HTTP/1.1 400 ")


def test_a_long_address_is_answered_in_however_many_pieces_it_comes(address: str) -> None:
    request = ASK.replace(b"ASK", b"ASK%23" + b"x" * 40_000 + b"%0A")
    for much in (len(request), 30_000, 10_000):
        with raw(address, request[:much]) as line:
            time.sleep(0.1)
            line.sendall(request[much:])
            assert line.recv(20).startswith(b"HTTP/1.1 200 ")


@pytest.mark.slow
def test_who_takes_nothing_of_an_answer_loses_his_connection(monkeypatch: pytest.MonkeyPatch) -> None:
    """Even after all of it was written, and where the connection was to be closed anyway."""
    monkeypatch.setattr(limits, "SEND_SECONDS", 1.0)
    with bind("127.0.0.1", 0) as listening, socket.socket() as visitor:
        visitor.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        visitor.connect(listening.getsockname())
        listening.setblocking(True)
        line, _ = listening.accept()
        with line:
            line.settimeout(20)
            with pytest.raises(TimeoutError, match="timed out") as raised:
                for _ in range(1000):
                    line.sendall(b"x" * (1 << 16))
            assert raised.value.errno


def test_pages_differ_by_who_takes_them_compressed(web: httpx.Client) -> None:
    for where in ("/", "/sparql/?query=ASK{}", "/data/agents"):
        assert "Accept-Encoding" in web.get(where).headers["vary"]


def test_what_a_connection_remembers_is_bounded() -> None:
    lane = Lane(cast("Any", None), cast("Any", None))
    for number in range(2 * limits.LANE_BYTES // limits.CHUNK):
        lane.remember(b"%d" % number, b"x" * limits.CHUNK)
        assert sum(map(len, lane._exact.values())) <= limits.LANE_BYTES + limits.CHUNK
    assert lane._exact


class Large:
    """A worker's place where every answer is too large for the fast lane, and takes a moment."""

    def done(self, _: dict[str, str], address: bytes) -> tuple[dict[str, object], bytes]:
        time.sleep(0.3)
        return {"status": 200, "media_type": "text/csv", "headers": {}, "tag": address.decode()}, b"x" * (1 << 20)


@pytest.mark.slow
def test_what_the_fast_lane_hands_on_is_dropped_if_nobody_fetches_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """As where a visitor has come to have too many requests in flight while the answer was on its way."""

    async def go() -> tuple[bytes, int]:
        nursery = Forking({})
        nursery.bench = Large()
        pools = Pools(nursery, 30)
        pools.queries.fill()
        config = _application(pools, Workspace.find(str(EXAMPLE)), loopback=True)
        with bind("127.0.0.1", 0) as listening:
            serving = asyncio.create_task(uvicorn.Server(config).serve(sockets=[listening]))
            reader, writer = await asyncio.open_connection(*listening.getsockname())
            writer.write(ASK)
            await asyncio.sleep(0.1)
            monkeypatch.setattr(limits, "IN_FLIGHT_OF_ONE", 0)
            said = await reader.read(20)
            await asyncio.sleep(2 * limits.GRACE)
            serving.cancel()
            pools.close()
            writer.close()
        return said, len(config.http.lane.desk.handed)  # type: ignore[union-attr]

    said, held = asyncio.run(go())
    assert said.startswith(b"HTTP/1.1 429 ") and held == 0


# The end


@contextmanager
def asking_long(address: str) -> Iterator[None]:
    """Have two long queries at work, one of them beside the fast lane."""
    first = f"GET /sparql?query={quote(LONG % 'lane')} HTTP/1.1\r\nHost: localhost\r\n"
    second = f"GET /sparql?query={quote(LONG % 'behind')} HTTP/1.1\r\nHost: localhost\r\nX-Behind: 1\r\n"
    with raw(address, f"{first}\r\n".encode()), raw(address, f"{second}\r\n".encode()):
        for _ in range(100):
            if httpx.get(f"{address}/healthz").json()["queries"]["running"] == 2:
                break
            time.sleep(0.05)
        yield


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_no_worker_goes_on_after_a_signal_to_end(number: signal.Signals) -> None:
    with running("--port", "0", "--workspace", str(EXAMPLE)) as (address, process):
        workers = workers_of(process.pid)
        with asking_long(address):
            process.send_signal(number)
            assert process.wait(10) == 0
        assert not any(alive(worker) for worker in workers)
        assert process.stderr is not None
        assert "Traceback" not in process.stderr.read()


@pytest.mark.slow
def test_no_process_goes_on_after_the_server_was_killed_in_the_midst_of_long_queries() -> None:
    with running("--port", "0", "--workspace", str(EXAMPLE), "--timeout", "600") as (address, process):
        below = workers_of(process.pid)
        with asking_long(address):
            process.kill()
            process.wait()
            gone_in_a_moment(below)


@pytest.mark.slow
def test_a_nursery_that_is_loading_does_not_go_on_after_the_server_was_killed() -> None:
    command = [sys.executable, "-m", "kgtools", "serve", "--no-open", "--port", "0", "--workspace", str(EXAMPLE)]
    with subprocess.Popen(command, stderr=subprocess.DEVNULL, cwd=ROOT) as process:
        while not (below := workers_of(process.pid)):
            time.sleep(0.005)
        time.sleep(0.3)
        os.kill(below[0], signal.SIGSTOP)  # at whatever it is, and not at its line
        process.kill()
        process.wait()
        gone_in_a_moment(below)


def gone_in_a_moment(processes: list[int]) -> None:
    """Wait until processes have ended; fail if they go on, long before a timer of their own would end them."""
    assert processes
    end = time.monotonic() + 5
    while left := [one for one in processes if alive(one)]:
        assert time.monotonic() < end, left
        time.sleep(0.02)


@pytest.mark.slow
def test_what_visitors_get_wrong_is_not_said_in_the_terminal() -> None:
    upgrade = b"GET / HTTP/1.1\r\nHost: localhost\r\nConnection: upgrade, close\r\nUpgrade: websocket\r\n\r\n"
    with running("--port", "0", "--workspace", str(EXAMPLE)) as (address, process):
        for data in (b"\x00\r\n\r\n", b"GET / HTTP/9.9\r\n\r\n", upgrade, b"no request\r\n\r\n"):
            with raw(address, data) as line:
                assert b"HTTP/1.1 " in b"".join(iter(lambda: line.recv(1 << 16), b""))
        process.send_signal(signal.SIGINT)
        assert process.stderr is not None
        assert process.stderr.read().strip() in ("", "stopped")


def test_a_fault_of_the_libraries_is_said_in_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    log = logging.Logger("below")
    log.addHandler(Complaints())
    log.warning("Invalid HTTP request received.")
    log.error("ASGI callable returned without completing response.")
    try:
        raise ValueError("a\x1b[2Jb\nc")
    except ValueError:
        log.exception("Exception in ASGI application\n")
    said = capsys.readouterr().err
    assert said == "kgtools: serve: Exception in ASGI application: ValueError: a\\x1b[2Jb\\nc\n"


@pytest.mark.slow
def test_a_visitor_who_goes_away_leaves_no_traceback() -> None:
    with running("--port", "0", "--workspace", str(EXAMPLE)) as (address, process):
        with asking_long(address):
            pass
        for _ in range(100):
            if httpx.get(f"{address}/healthz").json()["queries"]["running"] == 0:
                break
            time.sleep(0.05)
        process.send_signal(signal.SIGINT)
        assert process.stderr is not None
        assert process.stderr.read().strip() in ("", "stopped")


@pytest.mark.slow
def test_what_is_asked_when_the_server_is_to_end_is_still_answered() -> None:
    count = "SELECT (COUNT(*) AS ?n) { { SELECT * { ?a ?b ?c } LIMIT 1000 } { SELECT * { ?d ?e ?f } LIMIT 1000 } }"
    with running("--port", "0", "--workspace", str(EXAMPLE)) as (address, process):
        request = f"GET /sparql?query={quote(count)} HTTP/1.1\r\nHost: localhost\r\nAccept: text/csv\r\n\r\n"
        with raw(address, request.encode()) as line:
            time.sleep(0.05)
            process.send_signal(signal.SIGTERM)
            assert until(line, b"\r\n\r\nn\r\n1000000\r\n").startswith(b"HTTP/1.1 200 ")


def test_a_worker_whose_answers_cannot_be_sent_ends() -> None:
    """It would else go on, and later answers go to those who wait for the lost ones."""
    process, line = forked()
    assert said_on(line, 1)
    line.sendall(b"".join(pack({"seconds": seconds}, b"") for seconds in (0, 20)))
    line.close()
    begun = time.monotonic()
    os.waitpid(process, 0)
    assert time.monotonic() - begun < 10


class Poor(Forking):
    """A nursery that once has no room for another line."""

    poor = True

    def fork(self) -> socket.socket:
        """Return the line to a new worker, but for the first time."""
        if self.poor:
            self.poor = False
            raise OSError(24, "Too many open files")
        return super().fork()


@pytest.mark.slow
def test_a_worker_that_could_not_be_started_is_started_later() -> None:
    async def ask() -> int:
        pool = Pool(1, Poor({}), 30)
        pool.fill()
        for _ in range(100):
            await asyncio.sleep(0.05)
            if pool.state()["idle"] == 2:
                break
        pool.close()
        return pool.state()["idle"]

    assert asyncio.run(ask()) == 2


@pytest.mark.slow
def test_the_process_that_starts_workers_is_begun_until_it_is_ready() -> None:
    with running("--port", "0", "--workspace", str(EXAMPLE)) as (address, process):
        first, *workers = workers_of(process.pid)
        os.kill(first, signal.SIGKILL)
        second = first
        while second == first or not alive(second):
            second = max([*(one for one in workers_of(process.pid) if one not in workers), first])
        os.kill(second, signal.SIGKILL)
        for one in workers:
            os.kill(one, signal.SIGKILL)
        with httpx.Client(base_url=address, timeout=30) as web:
            assert web.get("/sparql", params={"query": "ASK {}"}).status_code == 200
