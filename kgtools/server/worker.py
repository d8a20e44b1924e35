"""A worker: a process that loads the space once, then does one job after another until its pipe closes.

It limits its own memory, and a timer of the system ends it should the server have died and a job never end.
"""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import traceback
from pathlib import Path
from typing import Any

from kgtools.faults import Fault
from kgtools.server import limits
from kgtools.server.frames import Unpacker, pack


def main() -> None:
    """Do jobs from the socket on standard input."""
    line = socket.socket(fileno=os.dup(0))
    quiet = os.open(os.devnull, os.O_RDWR)
    for handle in (0, 1, 2):
        os.dup2(quiet, handle)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    arrived = Unpacker()
    jobs = _receive(line, arrived)
    settings = jobs[0][0]
    from kgtools.server import jobs as room

    try:
        bench = room.Bench(settings)
    except Fault as fault:
        line.sendall(pack({"fault": [fault.where, fault.what, fault.cure]}))
        return
    line.sendall(pack({"version": bench.version}))
    _limit_memory()
    pending = jobs[1:]
    while True:
        for job, body in pending:
            line.sendall(_done(bench, job, body, float(settings["timeout"])))
        pending = _receive(line, arrived)


def _receive(line: socket.socket, arrived: Unpacker) -> list[tuple[dict[str, Any], bytes]]:
    while True:
        data = line.recv(1 << 16)
        if not data:
            os._exit(0)
        frames = arrived.feed(data)
        if frames:
            return frames


def _done(bench: Any, job: dict[str, Any], body: bytes, timeout: float) -> bytes:
    signal.setitimer(signal.ITIMER_REAL, timeout + 5)
    try:
        reply = bench.do(job, body)
    except MemoryError:
        os._exit(1)
    except RecursionError:
        os._exit(1)
    except Exception as error:
        place = traceback.extract_tb(error.__traceback__)[-1]
        told = f"{type(error).__name__} at {Path(place.filename).name}, line {place.lineno}: {error}"
        header = {"status": 500, "media_type": "text/plain", "headers": {}, "trace": told}
        return pack(header, b"server: this failed: report it\n")
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
    return pack({"status": reply.status, "media_type": reply.media_type, "headers": dict(reply.headers)}, reply.body)


def _limit_memory() -> None:
    with contextlib.suppress(ImportError, OSError, ValueError):
        import resource

        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0])
        most = pages * resource.getpagesize() + limits.MEMORY
        resource.setrlimit(resource.RLIMIT_AS, (most, most))


if __name__ == "__main__":
    main()
