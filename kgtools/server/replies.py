"""Replies on their way out: entity tags, compression, a bounded cache, sending that a slow reader cannot hold up for ever."""

from __future__ import annotations

import asyncio
import gzip
import hashlib
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from kgtools.server import limits
from kgtools.server.negotiation import weight

if TYPE_CHECKING:
    from starlette.types import Scope, Send

VERSION = "X-Data-Version"  # in every answer: of which data it is
# Any site's scripts may read what holds no text of documents: the data, not the pages.
SECURITY = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:;"
    " connect-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "X-Frame-Options": "DENY",
}
_OPEN = {
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Expose-Headers": f"ETag, Retry-After, {VERSION}",
    "Cross-Origin-Resource-Policy": "cross-origin",
}
ENCODED = [(name.lower().encode(), value.encode()) for name, value in SECURITY.items()]
ENCODED_OPEN = [*ENCODED, *((name.lower().encode(), value.encode()) for name, value in _OPEN.items())]

_COMPRESSED = ("text/", "application/", "image/svg")


@dataclass
class Answer:
    """What is sent: status, headers, body; a compressed body beside it once somebody asked for one."""

    status: int
    body: bytes
    headers: Mapping[str, str] = field(default_factory=dict)
    tag: str = ""
    squeezed: bytes | None = None

    @property
    def size(self) -> int:
        """Return the bytes that it takes in the cache."""
        return len(self.body) + len(self.squeezed or b"") + 500


class Cache:
    """Answers by what was asked and of which data version, the least lately used dropped first."""

    def __init__(self, most: int = limits.CACHE_BYTES) -> None:
        self._held: OrderedDict[str, tuple[Answer, int]] = OrderedDict()
        self._most, self._size = most, 0

    def get(self, tag: str) -> Answer | None:
        """Return the answer of a tag, if it is held."""
        found = self._held.get(tag)
        if found:
            self._held.move_to_end(tag)
        return found[0] if found else None

    def put(self, answer: Answer) -> None:
        """Hold an answer if it is not too large; call again when it has grown."""
        old = self._held.pop(answer.tag, None)
        self._size -= old[1] if old else 0
        if answer.size > limits.CACHED_BYTES:
            return
        self._held[answer.tag] = answer, answer.size
        self._size += answer.size
        while self._size > self._most:
            _, (_, size) = self._held.popitem(last=False)
            self._size -= size


def tag(version: str, job: bytes, body: bytes) -> str:
    """Return the entity tag, without quotation marks, of a job (as JSON) and its body done on a data version."""
    return hashlib.sha256(b"%s\0%s\0%s" % (version.encode("utf-8"), job, body)).hexdigest()[:32]


def replied(path: str, reply: Mapping[str, Any], body: bytes, mark: str) -> Answer:
    """Return what a worker said as an answer, with a tag if it may be kept."""
    kept = reply["status"] == 200 and bool(mark)
    headers = _headers(path, reply["media_type"], tuple(reply["headers"].items()), kept)
    return Answer(reply["status"], body, headers, mark if kept else "")


@lru_cache(maxsize=256)
def _headers(path: str, kind: str, own: tuple[tuple[str, str], ...], kept: bool) -> Mapping[str, str]:
    if kind.startswith("text/") and "charset" not in kind:
        kind += "; charset=utf-8"
    clean = {name.title(): " ".join(value.split()) for name, value in own if name != "Vary"}  # it is the same for all
    return {**common(path), **clean, "Content-Type": kind, **({} if kept else {"Cache-Control": "no-store"})}


def common(path: str) -> dict[str, str]:
    """Return the headers of every answer to a path that may be kept."""
    vary = "Accept, Accept-Encoding" + (", Host" if path in ("/void", "/.well-known/void", "/sparql", "/sparql/") else "")
    return {"Vary": vary, "Cache-Control": "no-cache"}


def matches(header: str, wanted: str) -> bool:
    """Tell whether an If-None-Match header (RFC 9110, section 13.1.2) holds a tag, compressed or not."""
    given = {one.strip().removeprefix("W/").strip('"').removesuffix("-gzip") for one in header.split(",")}
    return wanted in given or header.strip() == "*"


def accepts_gzip(header: str) -> bool:
    """Tell whether an Accept-Encoding header takes gzip."""
    return "gzip" in header and weight(header.replace("gzip", "x/gzip"), "x/gzip") > 0


def shaped(answer: Answer, gzipped: bool) -> bytes:
    """Return an answer to a GET at /sparql as bytes, but for status line and date."""
    body, mark, squeezed = answer.body, answer.tag, gzipped and compressible(answer)
    if squeezed:
        body = gzip.compress(body, 5, mtime=0)
    also = f'etag: "{mark}-gzip"\r\n' if mark and squeezed else f'etag: "{mark}"\r\n' if mark else ""
    length = f"content-length: {len(body)}\r\n{also}".encode("ascii")
    return length + _always(tuple(answer.headers.items()), squeezed) + body


@lru_cache(maxsize=64)
def _always(headers: tuple[tuple[str, str], ...], squeezed: bool) -> bytes:
    listed = [*headers, *((("content-encoding", "gzip"),) if squeezed else ())]
    head = "".join([f"{name.lower()}: {value}\r\n" for name, value in listed])
    encoded = b"".join([name + b": " + value + b"\r\n" for name, value in ENCODED_OPEN])
    return head.encode("latin-1", "replace") + encoded + b"\r\n"


async def squeeze(answer: Answer, cache: Cache | None) -> None:
    """Compress an answer's body, aside from the loop if it is large, and keep it."""
    if len(answer.body) > limits.CHUNK:
        answer.squeezed = await asyncio.to_thread(gzip.compress, answer.body, 5, mtime=0)
    else:
        answer.squeezed = gzip.compress(answer.body, 5, mtime=0)
    if cache and answer.tag:
        cache.put(answer)


def compressible(answer: Answer) -> bool:
    """Tell whether compressing an answer is worth it."""
    kind = answer.headers.get("Content-Type", "")
    return len(answer.body) >= limits.COMPRESSED_BYTES and kind.startswith(_COMPRESSED) and "gzip" not in kind


async def send_answer(scope: Scope, send: Send, answer: Answer, squeezed: bool = False) -> None:
    """Send an answer; raise TimeoutError at a visitor who does not take it."""
    body = answer.squeezed if squeezed and answer.squeezed is not None else answer.body
    headers = dict(answer.headers)
    if answer.tag:
        headers["ETag"] = f'"{answer.tag}-gzip"' if squeezed else f'"{answer.tag}"'
    if squeezed:
        headers["Content-Encoding"] = "gzip"
    if answer.status != 304:
        headers["Content-Length"] = str(len(body))
    listed = [(name.lower().encode("latin-1"), value.encode("latin-1", "replace")) for name, value in headers.items()]
    await send({"type": "http.response.start", "status": answer.status, "headers": listed})
    if scope["method"] == "HEAD" or answer.status in (204, 304):
        body = b""
    for start in range(0, max(len(body), 1), limits.CHUNK):
        more = start + limits.CHUNK < len(body)
        message = {"type": "http.response.body", "body": body[start : start + limits.CHUNK], "more_body": more}
        async with asyncio.timeout(limits.SEND_SECONDS):
            await send(message)
