"""The fast lane: plain GET requests to /sparql, answered without building a request around them.

It takes only what is whole, alone on its connection and of the simplest shape, and leaves all else, refusals among it, to the
application behind it; so the two give the same answers, which a test holds to.
"""

from __future__ import annotations

import asyncio
import re
from http import HTTPStatus

from h11 import IDLE, SEND_RESPONSE
from uvicorn.protocols.http.h11_impl import H11Protocol

from kgtools.server import limits
from kgtools.server.app import Desk
from kgtools.server.frames import Frame
from kgtools.server.hands import Task
from kgtools.server.hosts import is_own_host
from kgtools.server.negotiation import prefers_html
from kgtools.server.protocol import encoded
from kgtools.server.replies import Answer, accepts_gzip, shaped
from kgtools.server.shield import Shield, plain, sentence

_START = b"GET /sparql?"
_VERSION = b" HTTP/1.1"
_ADDRESS = re.compile(rb"[!-~]*")
_END = b"\r\n\r\n"
_HEADERS = frozenset({b"host", b"accept", b"accept-encoding", b"accept-language", b"user-agent", b"connection"})
_EXACT = 2_000  # requests remembered byte by byte
_HEADS = 500
_HEAD = 2_000  # bytes of a head that is remembered


class Lane:
    """What connections share: the answers to requests that came before, byte by byte, and the heads of requests."""

    def __init__(self, desk: Desk, shield: Shield) -> None:
        self.desk, self.shield = desk, shield
        self._exact: dict[bytes, bytes] = {}
        self._size = 0
        self._heads: dict[bytes, bytes | None] = {}
        self._version = ""
        self._also: list[tuple[bytes, bytes]] = []
        self._openings: dict[int, bytes] = {}
        self.buffer = memoryview(bytearray(limits.CHUNK))  # what arrives is taken out of it at once

    def remembered(self, data: bytes) -> bytes | None:
        """Return the answer, but for its first lines, to a request that came before in the same bytes."""
        if self._version != self.desk.queries.version:
            self._forget()
            self._version = self.desk.queries.version
        return self._exact.get(data)

    def remember(self, data: bytes, answer: bytes) -> None:
        """Keep an answer to a request's very bytes."""
        if len(answer) > limits.CHUNK:
            return
        if len(self._exact) >= _EXACT or self._size > limits.LANE_BYTES:
            self._forget()
        if data not in self._exact:
            self._size += len(data) + len(answer)
        self._exact[data] = answer

    def _forget(self) -> None:
        self._exact.clear()
        self._size = 0

    def opening(self, status: int, also: list[tuple[bytes, bytes]]) -> bytes:
        """Return the first lines of an answer: its status and the headers of every answer, the date among them."""
        if also is not self._also:  # a new list every second
            self._also, self._openings = also, {}
        if status not in self._openings:
            lines = [f"HTTP/1.1 {status} {HTTPStatus(status).phrase}".encode("ascii"), *[b": ".join(pair) for pair in also]]
            self._openings[status] = b"\r\n".join([*lines, b""])
        return self._openings[status]

    def job(self, head: bytes) -> bytes | None:
        """Return the job for a request's headers (its first line left out); None if they are not for the lane."""
        if len(head) > _HEAD:
            return self._job(head)
        if head not in self._heads:
            if len(self._heads) >= _HEADS:
                self._heads.clear()
            self._heads[head] = self._job(head)
        return self._heads[head]

    def _job(self, head: bytes) -> bytes | None:
        headers = headers_of(head)
        host = (headers or {}).get(b"host", "")
        if headers is None or not host or (self.shield.loopback and not is_own_host(host)):
            return None
        accept = headers.get(b"accept", "")
        if prefers_html(accept):
            return None
        gzipped = accepts_gzip(headers.get(b"accept-encoding", ""))
        return encoded({"kind": "line", "accept": accept, "base": f"http://{host}", "gzip": gzipped})


def headers_of(head: bytes) -> dict[bytes, str] | None:
    """Return the headers of a whole request of the simplest shape, given without its first line; None of any other."""
    if not head.endswith(_END) or head.find(_END) != len(head) - 4:
        return None
    found: dict[bytes, str] = {}
    for line in head[:-4].split(b"\r\n"):
        name, colon, value = line.partition(b":")
        name = name.lower()
        text = value.strip(b" \t").decode("latin-1")
        if not colon or name not in _HEADERS or name in found or not text.isascii() or not text.isprintable():
            return None
        found[name] = text
    if found.get(b"connection", "keep-alive").lower() != "keep-alive":
        return None
    return found


class LaneProtocol(H11Protocol, asyncio.BufferedProtocol):
    """A connection: what fits the lane goes there, the rest to uvicorn; one that is silent for too long is closed."""

    lane: Lane
    _timer: asyncio.TimerHandle | None = None
    _task: Task | None = None
    _busy = False
    _leaving = False  # to be closed when its answer is sent
    _held = b""
    _served = 0.0

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begin to wait for a request's head."""
        super().connection_made(transport)
        self.lane.shield.connections += 1
        self._watch()

    def connection_lost(self, exc: Exception | None) -> None:
        """End what nobody waits for any more."""
        super().connection_lost(exc)
        self.lane.shield.connections -= 1
        if self._timer:
            self._timer.cancel()
        if self._task:
            self.loop.call_later(limits.GRACE, self._abandon, self._task)

    def _abandon(self, task: Task) -> None:
        if self._task is task:
            self.lane.desk.queries.give_up(task)
            self._landed()

    def get_buffer(self, sizehint: int) -> memoryview:  # noqa: ARG002
        """Return where to put what arrives: asyncio would have the system map memory for every piece."""
        return self.lane.buffer

    def buffer_updated(self, nbytes: int) -> None:
        """Take what arrived."""
        self.data_received(bytes(self.lane.buffer[:nbytes]))

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
        # A body that nobody read is still to come after its request was answered: it is no request, whatever it looks like.
        return (
            self.conn.our_state is IDLE
            and self.conn.their_state is IDLE
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
            self._unset_keepalive_if_required()
            self._write(200, known)
            return True
        if not data.startswith(_START) or len(data) > limits.CHUNK:
            return False
        end = data.find(b"\r\n")
        address, version = data[len(_START) : end - len(_VERSION)], data[end - len(_VERSION) : end]
        if version != _VERSION or not _ADDRESS.fullmatch(address):
            return False
        job = self.lane.job(data[end + 2 :])
        shield, client = self.lane.shield, self.client[0] if self.client else ""
        if job is None or shield.flying[client] >= limits.IN_FLIGHT_OF_ONE or shield.aloft >= limits.IN_FLIGHT:
            return False
        self._busy = True
        self._unset_keepalive_if_required()
        shield.rise(client)
        self._task = self.lane.desk.queries.ask_soon(job, address, client, lambda done: self._done(data, done))
        return True

    def _landed(self) -> None:
        self._busy, self._task = False, None
        self.lane.shield.land(self.client[0] if self.client else "")

    def _done(self, data: bytes, done: Frame | type[Exception]) -> None:
        """Send what a worker said, or have the application answer what is large, or not as plain as it seemed."""
        self._landed()
        if self.transport.is_closing():
            return
        if isinstance(done, Frame) and done.header.get("line"):
            if done.header["keep"]:
                self.lane.remember(data, done.body)
            self._write(done.header["line"], done.body)
        elif isinstance(done, Frame) and self._is_behind(done):
            super().data_received(data)
            self._watch()
        else:
            self._fail(done)
        held, self._held = self._held, b""
        if held:
            self.data_received(held)
        if self._leaving:
            self.shutdown()

    def send_400_response(self, msg: str) -> None:
        """Refuse what is no HTTP; go without a word if it is the rest of a request that was answered already."""
        if self.conn.our_state in (IDLE, SEND_RESPONSE):
            if self.cycle is not None:
                self.cycle.disconnected = True  # nothing is to come after the refusal
            self._say(plain(400, f"request: no HTTP ({msg.rstrip('.')}): send it as RFC 9112 says", {"Connection": "close"}))
        self.transport.close()

    def shutdown(self) -> None:
        """Close the connection, after the answer that is on its way."""
        self._leaving = self._busy
        if not self._busy:
            super().shutdown()

    def _is_behind(self, done: Frame) -> bool:
        """Tell whether the application is to answer; what it is to send is laid ready: a slow reader is waited for there."""
        if done.header.get("tag"):
            desk = self.lane.desk
            desk.handed[done.header["tag"]] = desk.answer("/sparql", done, done.header["tag"])
            # It is fetched at once, but for a visitor who has just come to have too many requests in flight.
            self.loop.call_later(limits.GRACE, desk.handed.pop, done.header["tag"], None)
        return "line" in done.header or "tag" in done.header

    def _fail(self, done: Frame | type[Exception]) -> None:
        desk = self.lane.desk
        if isinstance(done, Frame):
            self._say(desk.answer("/sparql", done, ""))
        else:
            self._say(sentence(done(), desk.queries.timeout) or plain(500, "server: this failed: report it"))

    def _say(self, answer: Answer) -> None:
        answer = self.lane.shield.stamped(answer)
        self._write(answer.status, shaped(answer, False))

    def _write(self, status: int, answer: bytes) -> None:
        self._served = self.loop.time()
        self.transport.write(self.lane.opening(status, self.server_state.default_headers) + answer)
        if self._timer is None:
            self._watch()
