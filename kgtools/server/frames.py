"""What the server and its workers say to each other: a header of JSON and a body of bytes, each behind its length."""

from __future__ import annotations

import json
import struct
from collections.abc import Mapping
from typing import Any

_SIZES = struct.Struct(">II")


def pack(header: Mapping[str, Any] | bytes, body: bytes = b"") -> bytes:
    """Return a frame; the header as a mapping, or as JSON already."""
    head = header if isinstance(header, bytes) else json.dumps(header).encode("ascii")
    return _SIZES.pack(len(head), len(body)) + head + body


class Unpacker:
    """Puts frames together out of the pieces that arrive."""

    def __init__(self) -> None:
        self._held = bytearray()

    def feed(self, data: bytes) -> list[tuple[dict[str, Any], bytes]]:
        """Return the frames that a further piece completes."""
        self._held += data
        found = []
        while len(self._held) >= _SIZES.size:
            head, body = _SIZES.unpack_from(self._held)
            start = _SIZES.size + head
            if len(self._held) < start + body:
                break
            header = json.loads(bytes(self._held[_SIZES.size : start]))
            found.append((header, bytes(self._held[start : start + body])))
            del self._held[: start + body]
        return found
