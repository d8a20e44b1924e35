"""Pools of worker processes: a job goes to a warm one, fairly by visitor; one that is late or dies is replaced."""

from __future__ import annotations

import asyncio
import os
import socket
import subprocess
import sys
from collections import Counter, deque
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kgtools.faults import Fault
from kgtools.server import limits
from kgtools.server.frames import Unpacker, pack

_PACKAGES = str(Path(__file__).resolve().parents[2])


class Busy(Exception):
    """All workers have had their hands full for too long."""


class Late(Exception):
    """A job took longer than its deadline, and its worker was ended."""


class Died(Exception):
    """A job ended its worker: too deep, or too much memory."""


Frame = tuple[dict[str, Any], bytes]
Then = Callable[["Done | type[Exception]"], None]
Waiting = tuple[str, Callable[["Worker"], None]]


@dataclass(frozen=True)
class Done:
    """What a worker answered: the reply's header, its body, and the data version that it knows."""

    header: Mapping[str, Any]
    body: bytes
    version: str


class Worker(asyncio.Protocol):
    """One process at the other end of a socket."""

    def __init__(self, lost: Callable[[Worker], None]) -> None:
        self._lost = lost
        self._arrived = Unpacker()
        self._answer: asyncio.Future[Frame] | None = None
        self._then: Callable[[Frame | None], None] | None = None
        self._line: asyncio.Transport | None = None
        self._process: subprocess.Popen[bytes] | None = None
        self._slowed = False
        self.version = ""

    async def start(self, settings: Mapping[str, Any]) -> None:
        """Start the process and wait until it has loaded the space; raise Fault if it cannot, Died if it ends."""
        ours, theirs = socket.socketpair()
        environment = {**os.environ, "PYTHONPATH": _PACKAGES, "RUST_BACKTRACE": "0", "PYTHONDONTWRITEBYTECODE": "1"}
        command = [sys.executable, "-P", "-m", "kgtools.server.worker"]
        with theirs:
            self._process = subprocess.Popen(
                command, stdin=theirs.fileno(), stdout=subprocess.DEVNULL, env=environment, start_new_session=True
            )
        ours.setblocking(False)
        await asyncio.get_running_loop().create_connection(lambda: self, sock=ours)
        header, _ = await self.ask(settings)
        if "fault" in header:
            raise Fault(*header["fault"])
        self.version = header["version"]

    def tell(self, job: bytes, body: bytes, then: Callable[[Frame | None], None]) -> None:
        """Send a job; its frame, or None where the worker dies of it, is handed on."""
        self._then = then
        if self._line is None or self._line.is_closing():
            asyncio.get_running_loop().call_soon(self._hand_on, None)
        else:
            self._line.write(pack(job, body))

    def _hand_on(self, frame: Frame | None) -> None:
        then, self._then = self._then, None
        if then:
            then(frame)
        elif self._answer and not self._answer.done():
            if frame is None:
                self._answer.set_exception(Died())
            else:
                self._answer.set_result(frame)

    def ask(self, job: Mapping[str, Any] | bytes, body: bytes = b"") -> asyncio.Future[Frame]:
        """Send a job; the future answers, or raises Died."""
        self._answer = asyncio.get_running_loop().create_future()
        if self._line is None or self._line.is_closing():
            self._answer.set_exception(Died())
        else:
            self._line.write(pack(job, body))
        return self._answer

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the line."""
        self._line = transport  # type: ignore[assignment]

    def data_received(self, data: bytes) -> None:
        """Take a piece of an answer."""
        for frame in self._arrived.feed(data):
            self._hand_on(frame)

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002
        """Tell whoever waits, and the pool."""
        self._hand_on(None)
        self.kill()
        self._lost(self)

    def slow(self) -> None:
        """Let all other processes go before this one: its job is a long one."""
        if self._process and self._process.poll() is None:
            with suppress(OSError):
                os.setpriority(os.PRIO_PROCESS, self._process.pid, limits.NICENESS)
                self._slowed = True

    def restored(self) -> bool:
        """Undo that; tell whether it is undone, which the system may not allow."""
        if self._slowed and self._process:
            with suppress(OSError):
                os.setpriority(os.PRIO_PROCESS, self._process.pid, 0)
                self._slowed = False
        return not self._slowed

    def kill(self) -> None:
        """End the process now."""
        if self._process and self._process.poll() is None:
            self._process.kill()
            asyncio.get_running_loop().run_in_executor(None, self._process.wait)
        if self._line:
            self._line.abort()


class Pool:
    """Some workers of one kind, and a spare."""

    def __init__(self, size: int, settings: Mapping[str, Any], timeout: float, yields: bool = False) -> None:
        self.size, self.timeout, self.yields = size, timeout, yields
        self._settings = {**settings, "timeout": timeout}
        self._workers: set[Worker] = set()
        self._idle: deque[Worker] = deque()
        self._running: Counter[str] = Counter()
        self._waiting: deque[Waiting] = deque()
        self._tasks: set[asyncio.Task[None]] = set()
        self._closed = False
        self.version = ""

    async def start(self) -> None:
        """Start the first worker, then the others behind its back; raise Fault if it cannot load the space."""
        worker = Worker(self._lose)
        self._workers.add(worker)
        try:
            await worker.start(self._settings)
        except Died:
            raise Fault("serve", "a worker ended before it was ready", "free some memory and try again") from None
        self._ready(worker)

    def fill(self) -> None:
        """Start the workers that are missing."""
        while not self._closed and len(self._workers) < self.size + 1:
            worker = Worker(self._lose)
            self._workers.add(worker)
            task = asyncio.ensure_future(self._hire(worker))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _hire(self, worker: Worker) -> None:
        try:
            await worker.start(self._settings)
        except (Fault, Died, OSError) as error:
            # The files may be in the middle of a change: those workers that are there go on with what they know.
            print(f"kgtools: serve: a worker did not start ({error or 'it ended'}): trying again", file=sys.stderr)
            await asyncio.sleep(2)
            worker.kill()
            self._lose(worker)
            return
        self._ready(worker)

    def _ready(self, worker: Worker) -> None:
        if worker not in self._workers:
            return
        if self.version and worker.version != self.version:
            for old in [one for one in self._idle if one.version != worker.version]:
                self._idle.remove(old)
                old.kill()
        self.version = worker.version
        self._idle.append(worker)
        self._hand_out()

    def _lose(self, worker: Worker) -> None:
        self._workers.discard(worker)
        if worker in self._idle:
            self._idle.remove(worker)
        self.fill()

    def _hand_out(self) -> None:
        """Give idle workers to those who wait, in turn, but never all workers to one visitor."""
        for entry in list(self._waiting) if self._waiting else ():
            if not self._idle or self._running.total() >= self.size:
                return
            client, turn = entry
            if self._running[client] < max(1, self.size - 1):
                self._waiting.remove(entry)
                self._running[client] += 1
                turn(self._idle.pop())  # the one whose memory is warmest

    async def ask(self, job: bytes, body: bytes, client: str) -> Done:
        """Have a job done; raise Busy, Late or Died. Cancelling it ends the worker at work on it."""
        worker = await self._turn(client)
        timer = asyncio.get_running_loop().call_later(limits.LONG, worker.slow) if self.yields else None
        try:
            async with asyncio.timeout(self.timeout):
                header, answer = await worker.ask(job, body)
        except TimeoutError:
            raise Late from None
        else:
            if worker.version == self.version and worker.restored():
                self._idle.append(worker)
            return Done(header, answer, worker.version)
        finally:
            if timer:
                timer.cancel()
            if worker not in self._idle:
                self.end(worker)
            self._free(client)

    def _free(self, client: str) -> None:
        self._running[client] -= 1
        if not self._running[client]:
            del self._running[client]
        if self._waiting:
            self._hand_out()

    def ask_soon(self, job: bytes, body: bytes, client: str, then: Then, at_work: Callable[[Worker], None]) -> None:
        """Have a job done and its answer, or Late, Died or Busy, handed on, without a task of its own."""
        loop = asyncio.get_running_loop()

        def begin(worker: Worker) -> None:
            timers = [loop.call_later(self.timeout, lambda: finish(None, Late)), loop.call_later(limits.LONG, worker.slow)]

            def finish(frame: Frame | None, fault: type[Exception] = Died) -> None:
                for timer in timers:
                    timer.cancel()
                if frame and worker.version == self.version and worker.restored():
                    self._idle.append(worker)
                else:
                    self.end(worker)
                self._free(client)
                then(Done(frame[0], frame[1], worker.version) if frame else fault)

            if waiting:
                waiting.cancel()
            at_work(worker)
            worker.tell(job, body, finish)

        def give_up() -> None:
            self._waiting.remove(entry)
            then(Busy)

        entry: Waiting = (client, begin)
        waiting: asyncio.TimerHandle | None = None
        self._waiting.append(entry)
        self._hand_out()
        if entry in self._waiting:
            waiting = loop.call_later(limits.QUEUE_SECONDS, give_up)

    def end(self, worker: Worker) -> None:
        """End a worker, and start another in its place."""
        if worker in self._workers:
            self._workers.discard(worker)
            worker.kill()
            self.fill()

    async def _turn(self, client: str) -> Worker:
        turn: asyncio.Future[Worker] = asyncio.get_running_loop().create_future()
        entry: Waiting = (client, turn.set_result)
        self._waiting.append(entry)
        self._hand_out()
        try:
            async with asyncio.timeout(limits.QUEUE_SECONDS):
                return await asyncio.shield(turn)
        except (TimeoutError, asyncio.CancelledError) as error:
            if turn.done() and not turn.cancelled():
                self._idle.append(turn.result())
                self._free(client)
            if isinstance(error, TimeoutError):
                raise Busy from None
            raise
        finally:
            if entry in self._waiting:
                self._waiting.remove(entry)

    def state(self) -> dict[str, int]:
        """Return how many workers there are, idle and running, and how many jobs wait."""
        running = self._running.total()
        return {"workers": len(self._workers), "idle": len(self._idle), "running": running, "waiting": len(self._waiting)}

    def close(self) -> None:
        """End all workers."""
        self._closed = True
        for task in self._tasks:
            task.cancel()
        for worker in list(self._workers):
            worker.kill()
