"""Worker processes that validate cuts: one batch after another, each within a deadline, anew where a worker died.

They are started as commands, not forked: a library that is called from threads, a notebook or a bare script needs no guard.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from queue import SimpleQueue
from threading import Event, Lock, Timer
from typing import Any

from kgtools.check.cut import Cut
from kgtools.check.engines import Engine, Result, Told, term
from kgtools.faults import Fault
from kgtools.turtle import Triple, parse_triples, serialise

DEADLINE = 120.0  # seconds for a batch, which usually takes less than one
_TRIES = 3
_PACKAGES = str(Path(__file__).resolve().parents[2])


class Died(Exception):
    """A worker ended before it answered."""


class Stopped(Exception):
    """Nobody waits for the answers any more."""


class Worker:
    """A process with the shapes loaded, which does one batch at a time."""

    def __init__(self, setting: dict[str, Any], deadline: float) -> None:
        self._deadline = deadline
        environment = {**os.environ, "PYTHONPATH": _PACKAGES, "PYTHONDONTWRITEBYTECODE": "1", "RUST_BACKTRACE": "0"}
        self._process = subprocess.Popen(
            [sys.executable, "-P", "-m", "kgtools.check.workers"],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=environment, start_new_session=True,
        )  # fmt: skip
        with suppress(OSError):
            self._send({**setting, "deadline": deadline})

    def told(self, one: Cut) -> Told:
        """Return what holds in a cut; raise Fault if the shapes are wrong or the deadline passes, Died if the worker ended."""
        late = Event()
        timer = Timer(self._deadline, self._give_up, (late,))
        timer.start()
        try:
            focus = None if one.focus is None else [str(node) for node in one.focus]
            self._send({"focus": focus, "size": len(one.text)}, one.text)
            answer = self._process.stdout.readline() if self._process.stdout else b""
        except OSError:
            answer = b""
        finally:
            timer.cancel()
        if not answer.endswith(b"\n"):
            if late.is_set():
                what = f"validating took more than {self._deadline:g} seconds"
                cure = "look for a sh:pattern that nests repetitions, such as ^(a+)+$, or give a longer --deadline"
                raise Fault(one.name or "shapes", what, cure)
            raise Died
        return _read(json.loads(answer))

    def _give_up(self, late: Event) -> None:
        late.set()
        self.end()

    def _send(self, header: dict[str, Any], body: bytes = b"") -> None:
        if self._process.stdin:
            self._process.stdin.write(json.dumps(header).encode() + b"\n" + body)
            self._process.stdin.flush()

    def end(self) -> None:
        """End the process now."""
        self._process.kill()
        self._process.wait()

    def close(self) -> None:
        """End the process and let go of its pipes."""
        self.end()
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe:
                with suppress(OSError):
                    pipe.close()


class Pool:
    """Some workers; use it as a context, so that none outlives it."""

    def __init__(
        self, shapes: Iterable[Triple], fast: bool, number: int, deadline: float = DEADLINE, stop: Event | None = None
    ) -> None:
        self._setting = {"shapes": serialise(shapes, "ntriples").decode("utf-8"), "fast": fast}
        self._number, self._deadline = number, deadline
        self._idle: SimpleQueue[Worker] = SimpleQueue()
        self._all: list[Worker] = []
        self._stop, self._hiring, self._closed = stop or Event(), Lock(), False
        self._threads = ThreadPoolExecutor(number)

    def __enter__(self) -> Pool:
        for _ in range(self._number):
            self._idle.put(self._hire())
        return self

    def __exit__(self, *_: object) -> None:
        with self._hiring:
            self._closed = True
        # Before the workers end, or a thread would take up another job and wait for a worker for ever.
        self._threads.shutdown(wait=False, cancel_futures=True)
        for worker in self._all:
            worker.end()
        self._threads.shutdown()
        for worker in self._all:
            worker.close()

    def _hire(self) -> Worker:
        with self._hiring:
            if self._closed:
                raise Stopped
            worker = Worker(self._setting, self._deadline)
            self._all.append(worker)
        return worker

    def told(self, cuts: Iterable[Cut]) -> Iterator[Told]:
        """Yield what holds in each of some cuts, in their order, few of them in memory."""
        waiting: deque[Future[Told]] = deque()
        for one in cuts:
            waiting.append(self._threads.submit(self._do, one))
            if len(waiting) > 2 * self._number:
                yield self._answer(waiting.popleft())
        while waiting:
            yield self._answer(waiting.popleft())

    def _answer(self, future: Future[Told]) -> Told:
        while True:
            try:
                return future.result(timeout=0.2)
            except TimeoutError:
                if self._stop.is_set():
                    raise Stopped from None

    def _do(self, one: Cut) -> Told:
        for _ in range(_TRIES):
            worker = self._idle.get()
            try:
                answer = worker.told(one)
            except Died:
                self._idle.put(self._hire())
                continue
            except BaseException:
                self._idle.put(worker)
                raise
            self._idle.put(worker)
            return answer
        cure = "free some memory, or check with --workers 1 to see the error itself"
        raise Fault(one.name or "shapes", f"{_TRIES} workers one after another ended while they validated this", cure)


def _read(answer: dict[str, Any]) -> Told:
    if "fault" in answer:
        raise Fault(*answer["fault"])
    return from_record(answer)


def record(told: Told) -> dict[str, Any]:
    """Return what was told as a mapping for JSON."""
    return {
        "results": [one.record() for one in told.results], "disputed": [[one.record(), who] for one, who in told.disputed],
    }  # fmt: skip


def from_record(data: dict[str, Any]) -> Told:
    """Return what a mapping of `record` tells."""
    return Told([Result(*one) for one in data["results"]], [(Result(*one), who) for one, who in data["disputed"]])


def main() -> None:
    """Validate what comes on standard input, until it ends."""
    given, answers = sys.stdin.buffer, os.fdopen(os.dup(1), "wb")
    # What a library prints must not get among the answers.
    os.dup2(2, 1)
    setting = json.loads(given.readline())
    engine: Engine | None = None
    while line := given.readline():
        job = json.loads(line)
        # Should the parent have died, nobody else would end a job that never ends.
        if hasattr(signal, "setitimer"):
            signal.setitimer(signal.ITIMER_REAL, setting["deadline"] + 5)
        text = given.read(job["size"])
        try:
            engine = engine or Engine(parse_triples(setting["shapes"].encode("utf-8")), setting["fast"])
            focus = None if job["focus"] is None else tuple(term(node) for node in job["focus"])
            answer = record(engine.told(Cut("", focus, text)))
        except Fault as fault:
            answer = {"fault": [fault.where, fault.what, fault.cure]}
        answers.write(json.dumps(answer).encode() + b"\n")
        answers.flush()


if __name__ == "__main__":
    main()
