"""What stands before every request: host names, limits in flight, security headers, and a sentence for whatever goes wrong."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import replace

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from kgtools.server import limits
from kgtools.server.hosts import is_own_host
from kgtools.server.pool import Busy, Died, Late
from kgtools.server.protocol import Refusal
from kgtools.server.replies import ENCODED, ENCODED_OPEN, VERSION, Answer, send_answer

_STAMP = VERSION.lower().encode("ascii")
_OPEN_PATHS = ("/sparql", "/sparql/", "/data", "/void", "/.well-known/void")


def is_open(path: str) -> bool:
    """Tell whether any site's scripts may read a path (Fetch, section 3.2)."""
    return path in _OPEN_PATHS or path.startswith("/data/")


def header(scope: Scope, name: bytes) -> str:
    """Return a request header, its lines joined, or nothing."""
    return ", ".join(value.decode("latin-1") for key, value in scope["headers"] if key == name)


def plain(status: int, sentence: str, headers: Mapping[str, str] | None = None) -> Answer:
    """Return a sentence as an answer that nobody keeps."""
    body = f"{sentence}\n".encode("utf-8", "backslashreplace")
    return Answer(status, body, {"Content-Type": "text/plain; charset=utf-8", "Cache-Control": "no-store", **(headers or {})})


class Shield:
    """An ASGI application around another."""

    def __init__(self, app: ASGIApp, loopback: bool, version: Callable[[], str]) -> None:
        self._app, self.loopback, self._version = app, loopback, version
        self.flying: Counter[str] = Counter()
        self.aloft = 0
        self.connections = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a request through, or answer it here."""
        if scope["type"] != "http":
            return
        client = (scope.get("client") or ("", 0))[0]
        also = ENCODED_OPEN if is_open(scope["path"]) else ENCODED

        async def guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*self._stamped(message["headers"]), *also]
            await send(message)

        self.rise(client)
        try:
            refusal = self._refusal(scope, client)
            if refusal:
                await send_answer(scope, guarded, refusal)
                return
            await self._app(scope, receive, guarded)
        except TimeoutError:  # a visitor who does not take the answer
            return
        finally:
            self.land(client)

    def _stamped(self, headers: list[tuple[bytes, bytes]]) -> list[tuple[bytes, bytes]]:
        # What a worker says of which data its answer is holds, even if the files have been loaded anew since.
        known = self._version().encode("ascii")
        there = any(name == _STAMP for name, _ in headers)
        return headers if there or not known else [*headers, (_STAMP, known)]

    def stamped(self, answer: Answer) -> Answer:
        """Return an answer that no worker gave with the version of the data, if that is known."""
        known = self._version()
        return replace(answer, headers={VERSION: known, **answer.headers}) if known else answer

    def rise(self, client: str) -> None:
        """Count a visitor's request as begun."""
        self.flying[client] += 1
        self.aloft += 1

    def land(self, client: str) -> None:
        """Count a visitor's request as over."""
        self.aloft -= 1
        self.flying[client] -= 1
        if not self.flying[client]:
            del self.flying[client]

    def _refusal(self, scope: Scope, client: str) -> Answer | None:
        if self.loopback and not is_own_host(header(scope, b"host")):
            return plain(421, "Host: this server answers to localhost only: open it by the address that it printed")
        if self.flying[client] > limits.IN_FLIGHT_OF_ONE:
            return plain(429, f"request: more than {limits.IN_FLIGHT_OF_ONE} at a time: wait for answers", {"Retry-After": "1"})
        if self.connections > limits.CONNECTIONS:
            return plain(503, "server: too many connections: try again soon", {"Retry-After": "2", "Connection": "close"})
        if self.aloft > limits.IN_FLIGHT:
            return plain(503, "server: busy: try again in a moment", {"Retry-After": "2"})
        return None


def sentence(error: Exception, timeout: float) -> Answer | None:
    """Return what is said where a request has no answer of its own; None where there is nothing to say."""
    if isinstance(error, Refusal):
        return plain(error.status, error.sentence, error.headers)
    if isinstance(error, Busy):
        return plain(503, "server: all workers are busy: try again in a moment", {"Retry-After": "5"})
    if isinstance(error, Late):
        cure = "narrow it, or start the server with a longer --timeout"
        return plain(503, f"query: took longer than {timeout:g} s and was ended: {cure}", {"Retry-After": "60"})
    if isinstance(error, Died):
        return plain(503, "query: ended its worker, by its depth or the memory it took: simplify it", {"Retry-After": "60"})
    return None
