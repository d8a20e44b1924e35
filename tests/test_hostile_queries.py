"""Hostile queries, long ones and crowds: each is bounded, workers are replaced, and others go on."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

import httpx
import pytest
from conftest import EXAMPLE
from hostile_queries import HOSTILE, QUICK, REFUSED
from serving import DIRECT, TIMEOUT, address, ask, raw, running, truth, web

from kgtools.server import limits
from kgtools.server.frames import Frame, Unpacker, pack
from kgtools.server.hands import Nursery
from kgtools.server.pool import Died, Pool
from kgtools.server.worker import work

__all__ = ["address", "web"]


@pytest.mark.slow
def test_a_query_beyond_its_time_is_ended_and_others_go_on(web: httpx.Client) -> None:
    begun = time.monotonic()
    reply = ask(web, "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i }")
    assert reply.status_code == 503
    assert f"{TIMEOUT:g} s" in reply.text
    assert "retry-after" in reply.headers and "x-data-version" in reply.headers
    assert time.monotonic() - begun < TIMEOUT + 5
    assert truth(ask(web, "ASK {}"))


@contextmanager
def good_client(address: str) -> Iterator[list[int]]:
    """Ask for pages and answers all the while; yield the list that their statuses go to."""
    statuses: list[int] = []
    over = threading.Event()

    def go_on() -> None:
        with httpx.Client(base_url=address, timeout=30) as client:
            place = 0
            while not over.is_set() or place < 2:
                place += 1
                query = f"SELECT (COUNT(*) AS ?n{place}) {{ ?s a ?type }}"
                statuses.append(client.get("/sparql", params={"query": query}).status_code)
                statuses.append(client.get("/", params={"n": str(place)}).status_code)
                time.sleep(0.02)

    thread = threading.Thread(target=go_on)
    thread.start()
    try:
        yield statuses
    finally:
        over.set()
        thread.join(60)


def be_hostile(web: httpx.Client, address: str, name: str) -> None:
    query = HOSTILE[name]
    begun = time.monotonic()
    with good_client(address) as statuses:
        reply = web.post("/sparql", content=query, headers=DIRECT)
        time.sleep(0.1)
    assert reply.status_code in ((400,) if name in REFUSED else (200, 400, 503)), reply.text[:300]
    assert time.monotonic() - begun < TIMEOUT + 15
    assert set(statuses) == {200}


@pytest.mark.parametrize("name", QUICK)
def test_a_hostile_query_ends_while_others_go_on(web: httpx.Client, address: str, name: str) -> None:
    be_hostile(web, address, name)


@pytest.mark.slow
@pytest.mark.parametrize("name", [name for name in HOSTILE if name not in QUICK])
def test_every_hostile_query_ends_while_others_go_on(web: httpx.Client, address: str, name: str) -> None:
    be_hostile(web, address, name)


def test_there_are_fifty_hostile_queries() -> None:
    assert len(HOSTILE) >= 50


def test_a_visitor_who_goes_away_ends_his_query(web: httpx.Client) -> None:
    with pytest.raises(httpx.ReadTimeout):
        web.get("/sparql", params={"query": "SELECT (COUNT(*) AS ?gone) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i }"}, timeout=0.6)
    for _ in range(20):
        if web.get("/healthz").json()["queries"]["running"] == 0:
            return
        time.sleep(0.1)
    pytest.fail("it runs on")


@pytest.mark.slow
def test_short_queries_that_come_together_with_a_long_one_get_each_its_own_answer(address: str) -> None:
    """Short ones go to a worker several at a time, and those behind the long one to another worker."""
    long = "SELECT (COUNT(*) AS ?together) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i }"
    with raw(address, f"GET /sparql?query={quote(long)} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode()) as slow:
        lines = [raw(address, b"") for _ in range(12)]
        for turn in range(20):
            for number, line in enumerate(lines):
                query = quote(f"SELECT ({number} AS ?own{turn}) {{}}")
                line.sendall(f"GET /sparql?query={query} HTTP/1.1\r\nHost: localhost\r\nAccept: text/csv\r\n\r\n".encode())
            for number, line in enumerate(lines):
                assert line.recv(1 << 16).endswith(f"\r\n\r\nown{turn}\r\n{number}\r\n".encode())
        for line in lines:
            line.close()
        said = slow.recv(1000)
        assert said.startswith(b"HTTP/1.1 503 ") and b"\r\nx-data-version: " in said


@pytest.mark.slow
def test_short_queries_that_come_together_with_one_that_ends_its_worker_are_all_answered(address: str) -> None:
    grown = f"'{'x' * 300}'"
    for sign in "xyz":
        grown = f"REPLACE({grown}, '{sign}', '{chr(ord(sign) + 1) * 300}')"
    hog = f"GET /sparql?query={quote(f'SELECT (STRLEN({grown}) AS ?n) {{}}')} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode()
    for turn in range(2):
        lines = [raw(address, b"") for _ in range(12)]
        for number, line in enumerate(lines):
            query = quote(f"SELECT ({number} AS ?beside{turn}) {{}}")
            ask = f"GET /sparql?query={query} HTTP/1.1\r\nHost: localhost\r\nAccept: text/csv\r\n\r\n".encode()
            line.sendall(hog if number == 6 else ask)
        for number, line in enumerate(lines):
            said = line.recv(1 << 16)
            assert said.startswith(b"HTTP/1.1 503 ") if number == 6 else said.endswith(f"\r\n{number}\r\n".encode()), said
            line.close()


@pytest.mark.slow
def test_too_many_requests_at_a_time_are_told_to_wait(address: str) -> None:
    query = "SELECT (COUNT(*) AS ?n%d) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i }"
    statuses, headers = [], []

    def go(number: int) -> None:
        reply = httpx.get(f"{address}/sparql", params={"query": query % number}, timeout=60)
        statuses.append(reply.status_code)
        headers.append("retry-after" in reply.headers)

    threads = [threading.Thread(target=go, args=(number,)) for number in range(limits.IN_FLIGHT_OF_ONE + 6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert set(statuses) == {429, 503}
    assert all(headers)


# Processes


def alive(process: int) -> bool:
    """Tell whether a process runs; one that waits for its parent to look does not."""
    path = Path(f"/proc/{process}/stat")
    try:
        return path.read_text(encoding="utf-8").rsplit(") ", 1)[1][0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


def workers_of(process: int) -> list[int]:
    """Return the processes below one: the nursery, and the workers that it forked."""
    children = Path(f"/proc/{process}/task/{process}/children")
    found = [int(one) for one in children.read_text(encoding="ascii").split()] if children.exists() else []
    return [*found, *(below for one in found for below in workers_of(one))]


def test_ctrl_c_ends_it_quietly_and_takes_its_workers_along() -> None:
    with running("--port", "0", "--workspace", str(EXAMPLE)) as (address, process):
        assert httpx.get(f"{address}/healthz").status_code == 200
        workers = workers_of(process.pid)
        process.send_signal(signal.SIGINT)
        assert process.wait(10) == 0
        assert process.stderr is not None
        assert process.stderr.read().strip() in ("", "stopped")
    assert not any(alive(worker) for worker in workers)


@pytest.mark.slow
def test_workers_end_when_the_server_is_killed() -> None:
    with running("--port", "0", "--workspace", str(EXAMPLE)) as (address, process):
        httpx.get(f"{address}/healthz")
        workers = workers_of(process.pid)
        process.kill()
        process.wait()
        for _ in range(50):
            if not any(alive(worker) for worker in workers):
                return
            time.sleep(0.1)
    pytest.fail("workers go on")


@pytest.mark.slow
def test_workers_and_the_process_that_starts_them_are_replaced() -> None:
    with running("--port", "0", "--workspace", str(EXAMPLE)) as (address, process):
        nursery, *workers = workers_of(process.pid)
        for one in (nursery, *workers):
            os.kill(one, signal.SIGKILL)
        with httpx.Client(base_url=address, timeout=30) as web:
            assert truth(web.get("/sparql", params={"query": "ASK {}"}))
            assert web.get("/incident/pump-house-2019").status_code == 200
        assert nursery not in workers_of(process.pid)


class Bench:
    """A worker's place where jobs say how long they take, and whether they end it."""

    def done(self, job: dict[str, float], body: bytes) -> tuple[dict[str, int], bytes]:
        time.sleep(job["seconds"])
        if job.get("ends"):
            os._exit(1)
        return {"status": 200}, body


def forked(bench: object = None) -> tuple[int, socket.socket]:
    """Fork a worker, at a place of its own if none is given; return its number and the line to it."""
    ours, theirs = socket.socketpair()
    process = os.fork()
    if not process:
        try:
            ours.close()
            work(theirs, bench or Bench(), 30)
        finally:
            os._exit(1)
    theirs.close()
    return process, ours


@contextmanager
def at_work() -> Iterator[socket.socket]:
    """Fork a worker; yield the line to it."""
    process, ours = forked()
    try:
        with ours:
            yield ours
    finally:
        os.kill(process, signal.SIGKILL)
        os.waitpid(process, 0)


def said_on(line: socket.socket, count: int) -> list[Frame]:
    """Return so many answers, or those before the line closed."""
    arrived = Unpacker()
    said: list[Frame] = []
    while len(said) < count and (data := line.recv(1 << 16)):
        said += arrived.feed(data)
    return said


def test_a_worker_lets_go_of_what_the_server_has_given_to_another() -> None:
    """The job in hand is answered, what waited behind it is not, and what comes after is."""
    with at_work() as line:
        line.sendall(b"".join(pack({"seconds": seconds}, name) for seconds, name in ((0.3, b"long"), (0, b"a"), (0, b"b"))))
        time.sleep(0.1)
        line.sendall(pack({"back": True}) + pack({"seconds": 0}, b"after"))
        assert [body for _, body in said_on(line, 4)] == [b"", b"long", b"", b"after"]


def test_an_answer_does_not_wait_for_the_long_job_behind_it() -> None:
    with at_work() as line:
        line.settimeout(5)
        line.sendall(b"".join(pack({"seconds": seconds}, name) for seconds, name in ((0, b"a"), (0, b"b"), (20, b"long"))))
        assert [body for _, body in said_on(line, 3)] == [b"", b"a", b"b"]


def test_what_is_done_is_sent_before_what_ends_the_worker() -> None:
    with at_work() as line:
        line.sendall(pack({"seconds": 0}, b"a") + pack({"seconds": 0, "ends": True}, b"x"))
        assert [body for _, body in said_on(line, 3)] == [b"", b"a"]


class Forking(Nursery):
    """A nursery without a process of its own."""

    there = True
    bench: object = None

    def fork(self) -> socket.socket:
        """Return the line to a new worker."""
        line = forked(self.bench)[1]
        line.setblocking(False)
        return line

    def forget(self, process: int) -> None:
        """Take leave of a worker."""
        os.waitpid(process, 0)


def test_the_one_of_several_jobs_that_ends_the_worker_is_the_one_that_is_blamed() -> None:
    async def ask_all() -> list[object]:
        pool = Pool(1, Forking({}), 30)
        pool.fill()
        for _ in range(60):  # until it knows that these are short, and gives several at a time
            await pool.ask(b'{"seconds": 0}', b"", "")
        jobs = [{"seconds": 0, "ends": place == 3} for place in range(6)]
        asked = [pool.ask(json.dumps(job).encode(), bytes([place]), "") for place, job in enumerate(jobs)]
        said = await asyncio.gather(*asked, return_exceptions=True)
        pool.close()
        return [one.body if isinstance(one, Frame) else type(one) for one in said]

    assert asyncio.run(ask_all()) == [b"\0", b"\1", b"\2", Died, b"\4", b"\5"]


def test_jobs_added_behind_one_that_ends_the_worker_are_done_and_it_alone_is_blamed() -> None:
    async def ask_all() -> list[object]:
        pool = Pool(1, Forking({}), 30)
        pool.fill()
        for _ in range(60):
            await pool.ask(b'{"seconds": 0}', b"", "")
        asked = []
        for place in range(6):
            job = json.dumps({"seconds": 0.002, "ends": place == 2}).encode()
            asked.append(asyncio.create_task(pool.ask(job, bytes([place]), "")))
            await asyncio.sleep(0.0005)  # each comes by itself, while the worker is at one before
        said = await asyncio.gather(*asked, return_exceptions=True)
        pool.close()
        return [one.body if isinstance(one, Frame) else type(one) for one in said]

    assert asyncio.run(ask_all()) == [b"\0", b"\1", Died, b"\3", b"\4", b"\5"]


def test_a_short_job_that_was_added_behind_a_long_one_does_not_wait_for_its_end() -> None:
    async def ask_both() -> list[bytes]:
        pool = Pool(3, Forking({}), 30)
        pool.fill()
        for _ in range(60):
            await pool.ask(b'{"seconds": 0}', b"", "")
        order: list[bytes] = []

        async def one(seconds: float, name: bytes) -> None:
            order.append((await pool.ask(json.dumps({"seconds": seconds}).encode(), name, "")).body)

        for _ in range(20):  # on a busy machine it may come too late to be added
            order.clear()
            long = asyncio.create_task(one(0.5, b"long"))
            await asyncio.sleep(0.001)
            worker = next(iter(pool._busy))
            pool._usual = worker.spent = 0.0
            short = asyncio.create_task(one(0, b"short"))
            await asyncio.sleep(0.001)
            added = len(worker.tasks) == 2
            await asyncio.gather(long, short)
            if added:
                break
        pool.close()
        return order if added else []

    assert asyncio.run(ask_both()) == [b"short", b"long"]
