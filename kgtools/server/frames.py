"""What the server and its workers say to each other: a header of JSON and a body of bytes, each behind its length."""

from __future__ import annotations

import json
import struct
from collections.abc import Mapping
from functools import lru_cache
from typing import Any, NamedTuple

_SIZES = struct.Struct(">II")


class Frame(NamedTuple):
    """A header and a body."""

    header: Mapping[str, Any]
    body: bytes


def pack(header: Mapping[str, Any] | bytes, body: bytes = b"") -> bytes:
    """Return a frame; the header as a mapping, or as JSON already."""
    head = header if isinstance(header, bytes) else json.dumps(header).encode("ascii")
    return _SIZES.pack(len(head), len(body)) + head + body


@lru_cache(maxsize=512)
def _header(head: bytes) -> Mapping[str, Any]:
    # The same header comes again and again; nobody changes what it was read into.
    found: dict[str, Any] = json.loads(head)
    return found


class Unpacker:
    """Puts frames together out of the pieces that arrive."""

    def __init__(self) -> None:
        self._held = bytearray()

    def feed(self, data: bytes) -> list[Frame]:
        """Return the frames that a further piece completes."""
        held: bytes | bytearray = data
        if self._held:
            self._held += data
            held = self._held
        found = []
        place, size = 0, len(held)
        while size - place >= _SIZES.size:
            head, body = _SIZES.unpack_from(held, place)
            start = place + _SIZES.size + head
            if size < start + body:
                break
            found.append(Frame(_header(bytes(held[place + _SIZES.size : start])), bytes(held[start : start + body])))
            place = start + body
        if self._held:
            del self._held[:place]
        elif place < size:
            self._held += data[place:]
        return found
