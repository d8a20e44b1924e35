"""Starting and stopping the server."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
from collections.abc import Callable
from dataclasses import dataclass
from typing import NoReturn

from kgtools.faults import Fault
from kgtools.server import limits
from kgtools.server.hands import Nursery
from kgtools.server.hosts import is_loopback
from kgtools.workspace import Workspace

PORT = 8642
Tell = Callable[[str], None]
_TRIES = 20


@dataclass(frozen=True)
class Settings:
    """What the command says."""

    workspace: str | None = None
    documents: str | None = None
    withdrawn: bool = False
    host: str = "127.0.0.1"
    port: int | None = None
    open: bool = True
    timeout: float = 30.0
    with_text: bool = False
    store: str | None = None


def serve(settings: Settings, tell: Tell) -> None:
    """Serve until interrupted; raise Fault if the workspace cannot be loaded or the port is taken."""
    if not hasattr(os, "fork"):
        cure = "run it under WSL, or write the same pages as files: kgtools site -o DIR"
        raise Fault("serve", "needs fork and limits of memory, which this system has not", cure)
    workspace = Workspace.find(settings.workspace, settings.documents)
    nursery = Nursery({
        "workspace": str(workspace.root) if settings.workspace else None,
        "documents": settings.documents,
        "withdrawn": settings.withdrawn,
        "store": settings.store,
        "with_text": is_loopback(settings.host) or settings.with_text,
        "timeout": settings.timeout,
    })  # fmt: skip
    _heed_signals()
    with bind(settings.host, settings.port) as listening:
        try:
            nursery.begin()
            from kgtools.server.listen import listen  # beside the nursery's loading: it takes as long as that of a graph

            asyncio.run(listen(settings, workspace, nursery, listening, tell))
        except KeyboardInterrupt:
            tell("stopped")
        finally:
            nursery.close()


def _heed_signals() -> None:
    """Have a signal to end, or that the terminal has gone, end workers too; one that is at work would go on for a while."""
    for number in (signal.SIGTERM, signal.SIGHUP):
        if signal.getsignal(number) is signal.SIG_DFL:
            signal.signal(number, _stop)


def _stop(*_: object) -> NoReturn:
    raise KeyboardInterrupt


def bind(host: str, port: int | None) -> socket.socket:
    """Return a listening socket on a port, or on the first free one from PORT on where none is named; raise Fault if taken."""
    wanted = [port] if port is not None else [*range(PORT, PORT + _TRIES), 0]
    for number in wanted:
        try:
            family, kind, proto, _, place = socket.getaddrinfo(host, number, type=socket.SOCK_STREAM)[0]
        except (OSError, OverflowError, UnicodeError) as error:
            raise Fault("--host", f"'{host}' is no address here ({error})", "give a name or address of this machine") from error
        listening = socket.socket(family, kind, proto)
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if hasattr(socket, "TCP_USER_TIMEOUT"):  # whoever takes nothing of an answer would keep his connection for ever
            listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, int(limits.SEND_SECONDS * 1000))
        try:
            listening.bind(place)
            listening.listen(256)
        except OSError as error:
            listening.close()
            if len(wanted) > 1 and error.errno is not None and number:
                continue
            cure = "give another with --port, or leave --port out"
            raise Fault("--port", f"{number} cannot be had ({error.strerror})", cure) from error
        listening.setblocking(False)
        return listening
    raise Fault("--port", f"none is free from {PORT} on", "give one with --port")
