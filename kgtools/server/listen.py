"""Answering on a socket, and saying where."""

from __future__ import annotations

import os
import socket
import sys
import webbrowser
from collections.abc import Callable
from threading import Thread

import uvicorn

from kgtools.server import limits
from kgtools.server.app import Desk, build
from kgtools.server.complaints import heed
from kgtools.server.hands import Nursery
from kgtools.server.hosts import is_loopback
from kgtools.server.lane import Lane, LaneProtocol
from kgtools.server.pool import Pools
from kgtools.server.run import Settings, Tell
from kgtools.workspace import Workspace


class _Server(uvicorn.Server):
    """A server that says when it is up."""

    def __init__(self, config: uvicorn.Config, announce: Callable[[], None]) -> None:
        super().__init__(config)
        self._announce = announce

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started:
            self._announce()


async def listen(settings: Settings, workspace: Workspace, nursery: Nursery, listening: socket.socket, tell: Tell) -> None:
    """Answer on a socket until interrupted; raise Fault if the workspace cannot be loaded."""
    shown = f"[{settings.host}]" if ":" in settings.host else settings.host
    address = f"http://{shown}:{listening.getsockname()[1]}/"
    pools = Pools(nursery, settings.timeout)
    try:
        heed()
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
    desk = Desk(pools, workspace.data_prefixes["graph"])
    app = build(desk, loopback)
    http = type("Protocol", (LaneProtocol,), {"lane": Lane(desk, app)})
    return uvicorn.Config(
        app, http=http, ws="none", lifespan="off", log_config=None, access_log=False, server_header=False,
        proxy_headers=False, timeout_keep_alive=10,
        h11_max_incomplete_event_size=limits.CHUNK, timeout_graceful_shutdown=2,
    )  # fmt: skip


def open_browser(address: str) -> None:
    """Open an address in a browser, where there is a screen and a browser."""
    if sys.platform.startswith("linux") and not (os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")):
        return
    Thread(target=webbrowser.open, args=(address,), daemon=True).start()
