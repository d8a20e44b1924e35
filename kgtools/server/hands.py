"""The server's side of its workers: the nursery that forks them, and the line to each of them."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import subprocess
import sys
import time
from collections import deque
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from kgtools.faults import Fault
from kgtools.server import limits
from kgtools.server.frames import Frame, Unpacker, pack

_PACKAGES = str(Path(__file__).resolve().parents[2])


class Nursery:
    """The process that loads the space and forks workers."""

    def __init__(self, settings: Mapping[str, Any]) -> None:
        self._settings = settings
        self._arrived = Unpacker()
        self._line: socket.socket | None = None
        self._process: subprocess.Popen[bytes] | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._loaded: asyncio.Future[str] | None = None
        self._closed = False
        self.warm: Callable[[str], None] = lambda _: None  # called when it knows what some pages take long for
        self.lost: Callable[[], None] = lambda: None  # called when it ended by itself and is to be begun again

    def begin(self) -> None:
        """Start the process, before anything else takes time."""
        self._arrived = Unpacker()
        ours, theirs = socket.socketpair()
        environment = {**os.environ, "PYTHONPATH": _PACKAGES, "RUST_BACKTRACE": "0", "PYTHONDONTWRITEBYTECODE": "1"}
        command = [sys.executable, "-P", "-m", "kgtools.server.nursery"]
        with theirs:
            self._process = subprocess.Popen(
                command, stdin=theirs.fileno(), stdout=subprocess.DEVNULL, env=environment, start_new_session=True
            )
        self._line = ours
        with suppress(OSError):  # it may have ended already, which is seen when it is to be read
            ours.sendall(pack(self._settings))
        ours.setblocking(False)

    async def loaded(self) -> str:
        """Return the data version when the space is loaded; raise Fault if it cannot be."""
        self._loop = asyncio.get_running_loop()
        self._loaded = self._loop.create_future()
        if self._line:
            self._loop.add_reader(self._line, self._read, self._line)
        return await self._loaded

    @property
    def there(self) -> bool:
        """Tell whether it can fork workers."""
        return self._line is not None

    def fork(self) -> socket.socket:
        """Return the line to a new worker."""
        ours, theirs = socket.socketpair()
        ours.setblocking(False)
        with theirs:
            self._say(pack({"fork": True}), [theirs.fileno()])
        return ours

    def forget(self, process: int) -> None:
        """Tell it that a worker is gone for good."""
        self._say(pack({"gone": process}))

    def _say(self, order: bytes, ends: list[int] | None = None) -> None:
        if self._line is not None:
            with suppress(OSError):
                socket.send_fds(self._line, [order], ends or [])

    def _read(self, line: socket.socket) -> None:
        try:
            data = line.recv(1 << 16)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        if not data:
            self._end()
        for header, _ in self._arrived.feed(data):
            if "warm" in header:
                self.warm(header["warm"])
            elif self._loaded and not self._loaded.done():
                if "fault" in header:
                    self._loaded.set_exception(Fault(*header["fault"]))
                else:
                    self._loaded.set_result(header["version"])

    def _end(self) -> None:
        self._hang_up()
        if self._loaded and not self._loaded.done():
            self._loaded.set_exception(Fault("serve", "ended before it was ready", "free some memory and try again"))
        elif not self._closed:
            self.lost()

    def _hang_up(self) -> None:
        if self._line is not None:
            if self._loop and not self._loop.is_closed():
                self._loop.remove_reader(self._line)
            self._line.close()
            self._line = None

    def close(self) -> None:
        """End it."""
        self._closed = True
        self._hang_up()
        if self._process:
            self._process.kill()
            self._process.wait()


Then = Callable[["Frame | type[Exception]"], None]


class Task:
    """A job that somebody waits for, at one worker or at none."""

    __slots__ = ("alone", "asked", "body", "client", "job", "off", "then")

    def __init__(self, job: bytes, body: bytes, client: str, then: Then, now: float) -> None:
        self.job, self.body, self.client, self.then, self.asked = job, body, client, then, now
        self.off = False  # nobody waits for it any more
        self.alone = False  # not to be given together with others, one of which ended a worker


_NOBODYS = Task(b"", b"", "", lambda _: None, 0.0)
_NOBODYS.off = True


_BUFFER = memoryview(bytearray(limits.CHUNK))  # what arrives is taken out of it at once


class Worker(asyncio.BufferedProtocol):
    """A worker at the other end of a line, with the tasks that it was given, in the order of its answers."""

    def __init__(self, ready: Callable[[Worker], None], idle: Callable[[Worker], None], lost: Callable[[Worker], None]) -> None:
        self._ready, self._idle, self._lost = ready, idle, lost
        self._arrived = Unpacker()
        self._line: asyncio.Transport | None = None
        self._niced = False
        self.process = 0
        self.tasks: deque[Task | None] = deque()  # None: the answer to an order to give tasks back
        self.since = 0.0
        self.spent = 0.0  # seconds that one of the last tasks took
        self.slowed = False
        self._used: float | None = None  # seconds of the processor, when its job was first seen to be a long one
        self.old = False  # to be ended when another is ready instead
        self.client = ""
        self.alone = True  # given one task, so that it is that which it is at

    def give(self, tasks: list[Task], now: float) -> None:
        """Give it tasks, one after another."""
        self.since, self.client, self._used = now, tasks[0].client, None
        self.add(tasks)
        self.alone = len(tasks) == 1

    @property
    def takes_more(self) -> bool:
        """Tell whether tasks may be added to those that it has: none was to be done alone, and none are being taken back."""
        return bool(self.tasks) and not any(task is None or task.alone for task in self.tasks)

    def add(self, tasks: list[Task]) -> None:
        """Give it more tasks, behind those that it has."""
        self.alone = False
        self.tasks.extend(tasks)
        if self._line:
            self._line.write(b"".join([pack(task.job, task.body) for task in tasks]))

    def others(self) -> list[Task]:
        """Return the tasks that it was given, and that somebody waits for, but for the one that it is at."""
        return [task for place, task in enumerate(self.tasks) if place and task and not task.off]

    def take_back(self) -> list[Task]:
        """Take back all tasks but the one that it is at."""
        found = self.others()
        head = self.tasks[0]
        # It may have begun one of them before it hears of this; what it answers to that is for nobody.
        self.tasks = deque([head, *[_NOBODYS] * (len(self.tasks) - 1), None])
        if self._line:
            self._line.write(pack({"back": True}))
        return found

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the line."""
        self._line = transport  # type: ignore[assignment]

    def get_buffer(self, sizehint: int) -> memoryview:  # noqa: ARG002
        """Return where to put what arrives: asyncio would have the system map memory for every piece."""
        return _BUFFER

    def buffer_updated(self, nbytes: int) -> None:
        """Take answers, and hand them on."""
        done = []
        now = time.monotonic()
        for frame in self._arrived.feed(bytes(_BUFFER[:nbytes])):
            if not self.process:
                self.process = frame.header["process"]
                self._ready(self)
            elif "back" in frame.header:
                while self.tasks.popleft() is not None:
                    pass
            else:
                task = self.tasks.popleft()
                if task and not task.off:
                    done.append((task, frame))
        if done:
            self.spent = (now - self.since) / len(done)
            self.since = now
            if not self.tasks:
                self._idle(self)
        elif not self.tasks and self.process:
            self._idle(self)
        for task, answer in done:
            task.then(answer)

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002
        """Tell the pool."""
        self._lost(self)

    def slow(self) -> None:
        """Let all other processes go before this one if its job, a long one, uses the processor and does not wait for it."""
        used = _used(self.process)
        if self._used is None:
            self._used = used
        if used - self._used < limits.LONG / 3:
            return
        with suppress(OSError):
            os.setpriority(os.PRIO_PROCESS, self.process, limits.NICENESS)
            self._niced = True
        self.slowed = True

    def restored(self) -> bool:
        """Undo that; tell whether it is undone, which the system may not allow."""
        if self._niced:
            with suppress(OSError):
                os.setpriority(os.PRIO_PROCESS, self.process, 0)
                self._niced = False
        self.slowed = self._niced
        return not self._niced

    def kill(self) -> None:
        """End the process now; its number is no other's before the nursery forgets it."""
        if self.process:
            with suppress(OSError):
                os.kill(self.process, signal.SIGKILL)
        if self._line:
            self._line.abort()


def _used(process: int) -> float:
    """Return the seconds of the processor that a process has used; as many as there are where the system does not tell."""
    try:
        return int(Path(f"/proc/{process}/schedstat").read_text(encoding="ascii").split()[0]) / 1e9
    except (OSError, ValueError, IndexError):
        return float("inf")
