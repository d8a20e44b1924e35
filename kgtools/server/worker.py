"""A worker: a process that knows the space and does one job after another until its line closes.

It limits its own memory. It ends with the server, even one that was killed and even in the midst of a job; should that fail,
by a timer of the system.
"""

from __future__ import annotations

import contextlib
import os
import select
import signal
import socket
import threading
import time
import traceback
from collections import deque
from pathlib import Path
from typing import Any

from kgtools.server import limits
from kgtools.server.frames import Frame, Unpacker, pack


def work(line: socket.socket, bench: Any, timeout: float) -> None:
    """Do jobs from a line for ever."""
    threading.Thread(target=_end_with, args=(line,), daemon=True).start()
    _limit_memory()
    arrived = Unpacker()
    line.sendall(pack({"process": os.getpid()}))
    waiting: deque[Frame] = deque()
    while True:
        if not waiting:
            signal.setitimer(signal.ITIMER_REAL, 0)
            waiting.extend(_receive(line, arrived))
            signal.setitimer(signal.ITIMER_REAL, timeout + 5)
        begun = time.perf_counter()
        job, body = waiting.popleft()
        # Whatever was to be given back is by now.
        line.sendall(pack(job) if "back" in job else _done(bench, job, body))
        if time.perf_counter() - begun > limits.SHORT:
            _give_back(line, arrived, waiting)


def _end_with(line: socket.socket) -> None:
    """End the process when the other end of its line closes, whatever it is at: queries let other threads go on."""
    watch = select.poll()
    watch.register(line, 0)  # nothing but the end is waited for, so that jobs wake nobody
    watch.poll()
    os._exit(0)


def _give_back(line: socket.socket, arrived: Unpacker, waiting: deque[Frame]) -> None:
    """Let go of what waits if the server wants it back: it has given it to others, the last job being a long one."""
    with contextlib.suppress(BlockingIOError):
        data = line.recv(1 << 16, socket.MSG_DONTWAIT)
        if not data:
            os._exit(0)
        waiting.extend(arrived.feed(data))
    place = next((place for place, (job, _) in enumerate(waiting) if "back" in job), None)
    if place is not None:
        for _ in range(place):
            waiting.popleft()


def _receive(line: socket.socket, arrived: Unpacker) -> list[Frame]:
    while True:
        data = _soon(line) or line.recv(1 << 16)
        if not data:
            os._exit(0)
        if frames := arrived.feed(data):
            return frames


def _soon(line: socket.socket) -> bytes:
    """Return what comes within a moment, others being let go first: to sleep and be woken costs more than a short job."""
    end = time.perf_counter() + limits.AWAKE
    while time.perf_counter() < end:
        try:
            return line.recv(1 << 16, socket.MSG_DONTWAIT)
        except BlockingIOError:
            os.sched_yield()
    return b""


def _done(bench: Any, job: Any, body: bytes) -> bytes:
    try:
        header, answer = bench.done(job, body)
    except (MemoryError, RecursionError):
        os._exit(1)
    except Exception as error:
        place = traceback.extract_tb(error.__traceback__)[-1]
        told = f"{type(error).__name__} at {Path(place.filename).name}, line {place.lineno}: {error}"
        header = {"status": 500, "media_type": "text/plain", "headers": {}, "trace": told}
        answer = b"server: this failed: report it\n"
    return pack(header, answer)


def _limit_memory() -> None:
    with contextlib.suppress(ImportError, OSError, ValueError):
        import resource

        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0])
        most = pages * resource.getpagesize() + limits.MEMORY
        resource.setrlimit(resource.RLIMIT_AS, (most, most))
