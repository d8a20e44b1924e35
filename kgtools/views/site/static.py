"""The files that pages load: our own styles and modules, and vis-network out of the installed pyvis."""

from __future__ import annotations

import hashlib
import re
from functools import cache
from importlib import resources
from pathlib import Path

from kgtools.views.site.missing import Missing
from kgtools.views.site.reply import Reply

FOLDER = Path(__file__).resolve().parent / "static"
_TYPES = {".css": "text/css; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".svg": "image/svg+xml"}
# What a module imports is asked for by an address that changes with its content, as pages do.
_IMPORT = re.compile(rb'from "\./([\w-]+\.js)"')
# Never committed: they come with pyvis 0.3.2.
_VIS = ("vis-network.min.js", "vis-network.css")


@cache
def names() -> list[str]:
    """Return the names of all files that can be asked for."""
    return sorted([*(path.name for path in FOLDER.iterdir() if path.suffix in _TYPES), *_VIS])


@cache
def read(name: str) -> bytes:
    """Return a file's bytes; raise Missing if there is no such file."""
    if name in _VIS:
        return resources.files("pyvis").joinpath("lib", "vis-9.1.2", name).read_bytes()
    if name not in names():
        raise Missing(f"no file {name}")
    data = (FOLDER / name).read_bytes()
    return _IMPORT.sub(lambda found: b'from ".' + _tail(found[1].decode()) + b'"', data) if name.endswith(".js") else data


def _tail(name: str) -> bytes:
    """Return the address of a module as another one of the same folder imports it."""
    return address(name).removeprefix("/static").encode()


@cache
def address(name: str) -> str:
    """Return the address of a file, which changes with its content."""
    return f"/static/{name}?v={hashlib.sha256(read(name)).hexdigest()[:12]}"


def hold() -> None:
    """Read all files, so that those of one time are shown together, whatever is edited later."""
    for name in names():
        address(name)


def reply(name: str) -> Reply:
    """Return a file, to be kept by browsers for as long as its address stays."""
    kind = _TYPES.get(Path(name).suffix, "application/octet-stream")
    return Reply(200, kind, read(name), {"Cache-Control": "public, max-age=31536000, immutable"})
