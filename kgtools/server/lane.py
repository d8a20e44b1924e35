"""The fast lane: plain GET requests to /sparql, answered without building a request around them.

It takes only what is whole, alone on its connection and of the simplest shape, and leaves all else, refusals among it, to the
application behind it; so the two give the same answers, which a test holds to.
"""

from __future__ import annotations

import asyncio
import gzip
from functools import lru_cache

from uvicorn.protocols.http.h11_impl import H11Protocol

from kgtools.server import limits, protocol
from kgtools.server.app import Desk, is_fickle, query_job
from kgtools.server.negotiation import prefers_html
from kgtools.server.pool import Done, Worker
from kgtools.server.protocol import Refusal
from kgtools.server.replies import Answer, accepts_gzip, compressible, tag
from kgtools.server.shield import ENCODED_OPEN, Shield, is_own_host, plain, sentence

_START = b"GET /sparql?"
_END = b"\r\n\r\n"
_HEADERS = frozenset({b"host", b"accept", b"accept-encoding", b"accept-language", b"user-agent", b"connection"})
_ALWAYS = b"".join(name + b": " + value + b"\r\n" for name, value in ENCODED_OPEN)
_EXACT = 2_000  # requests remembered byte by byte


class Lane:
    """What connections share: the answers to requests that came before, byte by byte."""

    def __init__(self, desk: Desk, shield: Shield) -> None:
        self.desk, self.shield = desk, shield
        self._exact: dict[bytes, bytes] = {}
        self._version = ""

    def remembered(self, data: bytes) -> bytes | None:
        """Return the answer, but for its first lines, to a request that came before in the same bytes."""
        if self._version != self.desk.queries.version:
            self._exact.clear()
            self._version = self.desk.queries.version
        return self._exact.get(data)

    def remember(self, data: bytes, answer: bytes) -> None:
        """Keep an answer to a request's very bytes."""
        if len(answer) > limits.CHUNK:
            return
        if len(self._exact) >= _EXACT:
            self._exact.clear()
        self._exact[data] = answer


@lru_cache(maxsize=512)
def headers_of(head: bytes) -> dict[bytes, str] | None:
    """Return the headers of a whole request of the simplest shape, given without its first line; None of any other."""
    if not head.endswith(_END) or head.find(_END) != len(head) - 4:
        return None
    found: dict[bytes, str] = {}
    for line in head[:-4].split(b"\r\n"):
        name, colon, value = line.partition(b":")
        name = name.lower()
        if not colon or name not in _HEADERS or name in found or not value.isascii() or b"\r" in value or b"\n" in value:
            return None
        found[name] = value.strip(b" \t").decode("ascii")
    if found.get(b"connection", "keep-alive").lower() != "keep-alive":
        return None
    return found


def shaped(answer: Answer, gzipped: bool) -> bytes:
    """Return an answer as bytes, but for status line and date."""
    body = answer.body
    headers = {**answer.headers, "Content-Length": ""}
    if answer.tag:
        headers["ETag"] = f'"{answer.tag}"'
    if gzipped and compressible(answer):
        answer.squeezed = body = answer.squeezed or gzip.compress(body, 5, mtime=0)
        headers["Content-Encoding"] = "gzip"
        headers["ETag"] = f'"{answer.tag}-gzip"'
    headers["Content-Length"] = str(len(body))
    head = "".join(f"{name.lower()}: {value}\r\n" for name, value in headers.items())
    return head.encode("latin-1", "replace") + _ALWAYS + b"\r\n" + body


class LaneProtocol(H11Protocol):
    """A connection: what fits the lane goes there, the rest to uvicorn; one that is silent for too long is closed."""

    lane: Lane
    _timer: asyncio.TimerHandle | None = None
    _worker: Worker | None = None
    _busy = False
    _held = b""
    _served = 0.0

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begin to wait for a request's head."""
        super().connection_made(transport)
        self._watch()

    def connection_lost(self, exc: Exception | None) -> None:
        """End what nobody waits for any more."""
        super().connection_lost(exc)
        if self._timer:
            self._timer.cancel()
        if self._worker:
            self.loop.call_later(limits.GRACE, self._abandon, self._worker)

    def _abandon(self, worker: Worker) -> None:
        if self._worker is worker:
            self.lane.desk.queries.end(worker)

    def data_received(self, data: bytes) -> None:
        """Take what arrives."""
        if self._busy:
            self._held += data
            if len(self._held) > limits.CHUNK:
                self.transport.abort()
            return
        if self._free() and self._take(data):
            return
        super().data_received(data)
        self._watch()

    def _free(self) -> bool:
        return (
            (self.cycle is None or self.cycle.response_complete)
            and not self.transport.is_closing()
            and self.transport.get_write_buffer_size() == 0
            and not self.conn.trailing_data[0]
        )

    def _watch(self) -> None:
        """Close the connection if a request's head is not there in time."""
        if self.cycle is not None and not self.cycle.response_complete:
            if self._timer:
                self._timer.cancel()
                self._timer = None
        elif self._timer is None:
            self._timer = self.loop.call_later(limits.HEAD_SECONDS, self._late)

    def _late(self) -> None:
        self._timer = None
        if self._busy or self.loop.time() - self._served < limits.HEAD_SECONDS:
            self._watch()
        else:
            self.transport.abort()

    def _take(self, data: bytes) -> bool:
        """Answer a request, now or when a worker has; False if it is not for the lane."""
        known = self.lane.remembered(data)
        if known is not None:
            self._write(200, known)
            return True
        first, _, head = data.partition(b"\r\n")
        if not first.startswith(_START) or not first.endswith(b" HTTP/1.1") or len(data) > limits.CHUNK:
            return False
        headers = headers_of(head)
        if headers is None:
            return False
        shield, client = self.lane.shield, self.client[0] if self.client else ""
        host = headers.get(b"host", "")
        if (shield.loopback and not is_own_host(host)) or not host:
            return False
        if shield.flying[client] >= limits.IN_FLIGHT_OF_ONE or shield.flying.total() >= limits.IN_FLIGHT:
            return False
        try:
            return self._ask(data, first[len(_START) : -9], headers, client)
        except Refusal:
            return False

    def _ask(self, data: bytes, address: bytes, headers: dict[bytes, str], client: str) -> bool:
        accept = headers.get(b"accept", "")
        asked = protocol.read("GET", address, None, b"")
        text = asked.text
        if b" " in address or text is None or asked.form == "html" or is_fickle(text):
            return False
        if not asked.form and prefers_html(accept):
            return False
        job = query_job(asked.default, asked.named, asked.form, accept, f"http://{headers[b'host']}")
        body = text.encode("utf-8", "surrogatepass")
        desk, gzipped = self.lane.desk, accepts_gzip(headers.get(b"accept-encoding", ""))
        mark = tag(desk.queries.version, job, body)
        kept = desk.cache.get(mark)
        if kept and len(kept.body) <= limits.CHUNK:
            answer = shaped(kept, gzipped)
            self.lane.remember(data, answer)
            self._write(200, answer)
            return True
        if kept:
            return False

        def then(done: Done | type[Exception]) -> None:
            self.lane.shield.land(client)
            self._busy, self._worker = False, None
            self._done(data, done, mark, gzipped)

        self._busy = True
        self._unset_keepalive_if_required()
        self.lane.shield.flying[client] += 1
        desk.queries.ask_soon(job, body, client, then, self._begin)
        return True

    def _begin(self, worker: Worker) -> None:
        self._worker = worker

    def _done(self, data: bytes, done: Done | type[Exception], mark: str, gzipped: bool) -> None:
        """Send what a worker said; what is large goes behind the lane, where a slow reader is waited for."""
        if self.transport.is_closing():
            return
        desk = self.lane.desk
        if isinstance(done, Done):
            answer = desk.answer("/sparql", done, mark if done.version == desk.queries.version else "")
        else:
            answer = sentence(done(), desk.queries.timeout) or plain(500, "server: this failed: report it")
        if len(answer.body) > limits.CHUNK and answer.tag:
            desk.handed[answer.tag] = answer
            super().data_received(data)
            self._watch()
        else:
            self._write(answer.status, shaped(answer, gzipped))
        held, self._held = self._held, b""
        if held:
            self.data_received(held)

    def _write(self, status: int, answer: bytes) -> None:
        self._unset_keepalive_if_required()
        self._served = self.loop.time()
        first = _STATUS.get(status) or f"HTTP/1.1 {status} \r\n".encode("ascii")
        date = b"".join(name + b": " + value + b"\r\n" for name, value in self.server_state.default_headers)
        self.transport.write(first + date + answer)
        if self._timer is None:
            self._watch()


_STATUS = {200: b"HTTP/1.1 200 OK\r\n", 400: b"HTTP/1.1 400 Bad Request\r\n", 503: b"HTTP/1.1 503 Service Unavailable\r\n"}
