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

import uvicorn

from kgtools.faults import Fault
from kgtools.server import limits
from kgtools.server.app import Desk, build
from kgtools.server.hands import Nursery
from kgtools.server.lane import Lane, LaneProtocol
from kgtools.server.pool import Pools
from kgtools.server.shield import is_loopback
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


class _Server(uvicorn.Server):
    """A server that says when it is up."""

    def __init__(self, config: uvicorn.Config, announce: Callable[[], None]) -> None:
        super().__init__(config)
        self._announce = announce

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started:
            self._announce()


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
        "with_text": is_loopback(settings.host) or settings.with_text,
        "timeout": settings.timeout,
    })  # fmt: skip
    with bind(settings.host, settings.port) as listening:
        try:
            nursery.begin()
            asyncio.run(_serve(settings, workspace, nursery, listening, tell))
        except KeyboardInterrupt:
            tell("stopped")
        finally:
            nursery.close()


async def _serve(settings: Settings, workspace: Workspace, nursery: Nursery, listening: socket.socket, tell: Tell) -> None:
    shown = f"[{settings.host}]" if ":" in settings.host else settings.host
    address = f"http://{shown}:{listening.getsockname()[1]}/"
    pools = Pools(nursery, settings.timeout)
    try:
        config = _application(pools, workspace, is_loopback(settings.host))
        await pools.start()

        def announce() -> None:
            tell(f"serving {workspace.name} at {address}")
            if settings.open:
                open_browser(address)

        await _Server(config, announce).serve(sockets=[listening])
    finally:
        pools.close()


def _application(pools: Pools, workspace: Workspace, loopback: bool) -> uvicorn.Config:
    desk = Desk(pools.queries, pools.pages, workspace.data_prefixes["graph"])
    app = build(desk, loopback)
    http = type("Protocol", (LaneProtocol,), {"lane": Lane(desk, app)})
    return uvicorn.Config(
        app, http=http, ws="none", lifespan="off", log_config=None, access_log=False, server_header=False,
        proxy_headers=False, limit_concurrency=limits.CONNECTIONS, timeout_keep_alive=10, timeout_graceful_shutdown=2,
    )  # fmt: skip


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
