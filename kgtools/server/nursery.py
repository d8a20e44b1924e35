"""The nursery: the process that loads the space once, and forks workers that know all of it at once.

A worker that starts with nothing takes seconds of a core that visitors are waiting for; a fork takes milliseconds and shares
its memory. The nursery speaks to no visitor and does no job, so nothing that a visitor asks can end it.
"""

from __future__ import annotations

import gc
import os
import select
import signal
import socket
import sys
from collections.abc import Iterator, Mapping
from typing import Any

from kgtools.faults import Fault
from kgtools.server import worker
from kgtools.server.frames import Unpacker, pack

_PARENT_DEATH = 1  # PR_SET_PDEATHSIG of prctl(2); a fork does not inherit it


def main() -> None:
    """Do what the socket on standard input says: load, fork, forget a worker that is gone; end when it closes."""
    _end_with_server()
    line = socket.socket(fileno=os.dup(0))
    quiet = os.open(os.devnull, os.O_RDWR)
    for handle in (0, 1, 2):
        os.dup2(quiet, handle)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    gc.disable()  # nothing that is loaded is thrown away
    orders = _Orders(line)
    settings = orders.wait()[0]
    from kgtools.server.jobs import Bench

    try:
        bench = Bench(settings)
        bench.load()
    except Fault as fault:
        line.sendall(pack({"fault": [fault.where, fault.what, fault.cure]}))
        return
    line.sendall(pack({"version": bench.version}))
    nursery = _Nursery(line, orders, bench, float(settings["timeout"]))
    nursery.warm(bench.warming())
    while True:
        nursery.obey(orders.wait())


def _end_with_server() -> None:
    """Have the system end this process with its parent: it may be loading, and not be at its line, for minutes."""
    if sys.platform == "linux":
        import ctypes

        ctypes.CDLL(None).prctl(_PARENT_DEATH, signal.SIGKILL)


class _Orders:
    """What the server wants, with the ends of lines that come along."""

    def __init__(self, line: socket.socket) -> None:
        self._line, self._arrived = line, Unpacker()
        self.ends: list[int] = []

    def wait(self) -> list[Mapping[str, Any]]:
        """Return the next orders; end the process where there will be none."""
        while True:
            data, ends, _, _ = socket.recv_fds(self._line, 1 << 16, 64)
            if not data:
                os._exit(0)
            self.ends += ends
            if found := self._arrived.feed(data):
                return [header for header, _ in found]

    def at_hand(self, seconds: float) -> bool:
        """Tell whether there are orders, or come within some seconds."""
        return bool(select.select([self._line], [], [], seconds)[0])


class _Nursery:
    def __init__(self, line: socket.socket, orders: _Orders, bench: Any, timeout: float) -> None:
        self._line, self._orders, self._bench, self._timeout = line, orders, bench, timeout

    def warm(self, steps: Iterator[str]) -> None:
        """Work out beforehand what pages need, going aside between steps for whoever wants a worker."""
        for known in steps:
            if known:
                self._line.sendall(pack({"warm": known}))
            # The server answers by asking for workers that know it: these come before the next step.
            while self._orders.at_hand(0.5 if known else 0):
                self.obey(self._orders.wait())

    def obey(self, orders: list[Mapping[str, Any]]) -> None:
        """Do what the server wants."""
        for order in orders:
            if "gone" in order:
                _forget(order["gone"])
            else:
                self._fork(self._orders.ends.pop(0))

    def _fork(self, end: int) -> None:
        gc.freeze()  # a collection in a fork would touch, and so copy, all of it
        try:
            process = os.fork()
        except OSError:
            process = -1  # no room: the server sees its line close
        if process:
            os.close(end)
            return
        try:
            gc.enable()
            self._line.close()
            worker.work(socket.socket(fileno=end), self._bench, self._timeout)
        finally:
            os._exit(1)


def _forget(process: int) -> None:
    # Until now its number could be given to no other process, so that the server could end it by that.
    try:
        os.waitpid(process, 0)
    except ChildProcessError:
        return


if __name__ == "__main__":
    main()
