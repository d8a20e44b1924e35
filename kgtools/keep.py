"""A cache of computed results by the hash of all that they were computed from; never needed for a right answer.

It lies in $KGTOOLS_CACHE, else in $XDG_CACHE_HOME/kgtools, else in ~/.cache/kgtools; KGTOOLS_CACHE=off keeps nothing. Entries
carry their own digest, so that one cut off or changed counts as missing, and a folder of somebody else is not read.
"""

from __future__ import annotations

import hashlib
import os
import tempfile
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

# A kind has 256 shelves; the oldest entries of a full one make room.
_SHELF = 64


def key(*parts: str | bytes) -> str:
    """Return the SHA-256 digest of parts in their order, each with its length, as an entry's key."""
    digest = hashlib.sha256()
    for part in parts:
        raw = part.encode("utf-8", "surrogatepass") if isinstance(part, str) else part
        digest.update(b"%d:" % len(raw))
        digest.update(raw)
    return digest.hexdigest()


def rules(*modules: str) -> str:
    """Return a key of the source of modules of this package, so that a changed rule makes a new entry."""
    here = Path(__file__).parent
    return key(*(part for name in modules for part in (name, (here / name).read_bytes())))


def folder() -> Path | None:
    """Return the folder of the cache, made if need be; None where there is none to be had or nothing is to be kept."""
    given = os.environ.get("KGTOOLS_CACHE")
    if given == "off":
        return None
    try:
        home = os.environ.get("XDG_CACHE_HOME")
        found = Path(given) if given else (Path(home) if home else Path.home() / ".cache") / "kgtools"
        found.mkdir(mode=0o700, parents=True, exist_ok=True)
        owner = found.stat().st_uid
    except (OSError, RuntimeError):  # no home, no permission, no room
        return None
    return found if not hasattr(os, "getuid") or owner == os.getuid() else None


def kept(kind: str, name: str) -> bytes | None:
    """Return what was kept of a kind under a key, None if there is nothing whole."""
    root = folder()
    if root is None:
        return None
    try:
        raw = _place(root, kind, name).read_bytes()
    except OSError:
        return None
    digest, data = raw[:32], raw[32:]
    return data if hashlib.sha256(data).digest() == digest else None


def keep(kind: str, name: str, data: bytes) -> None:
    """Keep data of a kind under a key, whole or not at all; where that fails, it is computed anew another time."""
    root = folder()
    if root is None:
        return
    place = _place(root, kind, name)
    temporary = ""
    try:
        place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        _make_room(place.parent)
        handle, temporary = tempfile.mkstemp(dir=place.parent, prefix=".")
        with os.fdopen(handle, "wb") as file:
            file.write(hashlib.sha256(data).digest() + data)
        Path(temporary).replace(place)
    except OSError:
        with suppress(OSError):
            Path(temporary).unlink(missing_ok=True)


def _place(root: Path, kind: str, name: str) -> Path:
    return root / kind / name[:2] / name[2:]


def _make_room(shelf: Path) -> None:
    entries = list(shelf.iterdir())
    if len(entries) >= _SHELF:
        for old in _oldest(entries)[: _SHELF // 2]:
            old.unlink(missing_ok=True)


def _oldest(entries: Iterable[Path]) -> list[Path]:
    dated = []
    for entry in entries:
        with suppress(OSError):  # another process may have made room already
            dated.append((entry.stat().st_mtime, entry))
    return [entry for _, entry in sorted(dated)]
