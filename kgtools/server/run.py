"""Starting and stopping the server."""

from __future__ import annotations

import asyncio
import os
import socket
import sys
import webbrowser
from collections.abc import Callable
from dataclasses import dataclass
from threading import Thread
from typing import Any

import uvicorn

from kgtools.faults import Fault
from kgtools.server import limits
from kgtools.server.app import Desk, build
from kgtools.server.lane import Lane, LaneProtocol
from kgtools.server.pool import Pool
from kgtools.server.shield import is_loopback
from kgtools.workspace import Workspace

PORT = 8642
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


class _Server(uvicorn.Server):
    """A server that says when it is up."""

    def __init__(self, config: uvicorn.Config, announce: Callable[[], None]) -> None:
        super().__init__(config)
        self._announce = announce

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started:
            self._announce()


def serve(settings: Settings, tell: Callable[[str], None]) -> None:
    """Serve until interrupted; raise Fault if the workspace cannot be loaded or the port is taken."""
    if not hasattr(os, "fork"):
        raise Fault("serve", "needs a POSIX system", "run it on Linux, macOS or WSL")
    workspace = Workspace.find(settings.workspace, settings.documents)
    with bind(settings.host, settings.port) as listening:
        try:
            asyncio.run(_serve(settings, workspace, listening, tell))
        except KeyboardInterrupt:
            tell("stopped")


async def _serve(settings: Settings, workspace: Workspace, listening: socket.socket, tell: Callable[[str], None]) -> None:
    shown = f"[{settings.host}]" if ":" in settings.host else settings.host
    address = f"http://{shown}:{listening.getsockname()[1]}/"
    loopback = is_loopback(settings.host)
    common: dict[str, Any] = {
        "workspace": str(workspace.root) if settings.workspace else None,
        "documents": settings.documents,
        "withdrawn": settings.withdrawn,
        "with_text": loopback or settings.with_text,
    }
    pools = [
        Pool(limits.QUERY_WORKERS, {**common, "pool": "query"}, settings.timeout, yields=True),
        Pool(limits.PAGE_WORKERS, {**common, "pool": "page"}, settings.timeout),
    ]
    try:
        await asyncio.gather(*(pool.start() for pool in pools))
        desk = Desk(pools[0], pools[1], workspace.data_prefixes["graph"])
        app = build(desk, loopback)
        http = type("Protocol", (LaneProtocol,), {"lane": Lane(desk, app)})
        config = uvicorn.Config(
            app, http=http, ws="none", lifespan="off", log_config=None, access_log=False, server_header=False,
            proxy_headers=False, limit_concurrency=limits.CONNECTIONS, timeout_keep_alive=10, timeout_graceful_shutdown=2,
        )  # fmt: skip

        def announce() -> None:
            tell(f"serving {workspace.name} at {address}")
            if settings.open:
                open_browser(address)
            for pool in pools:
                pool.fill()

        await _Server(config, announce).serve(sockets=[listening])
    finally:
        for pool in pools:
            pool.close()


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


def open_browser(address: str) -> None:
    """Open an address in a browser, where there is a screen and a browser."""
    if sys.platform.startswith("linux") and not (os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")):
        return
    Thread(target=webbrowser.open, args=(address,), daemon=True).start()
