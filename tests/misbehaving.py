"""A server on loopback that misbehaves on purpose: it sends the bytes that a test gives it, whether or not they are HTTP."""

from __future__ import annotations

import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from urllib.parse import parse_qs, urlsplit


@dataclass(frozen=True)
class Request:
    """A request as it came: the first line, the headers in lower case, the body."""

    line: str
    headers: dict[str, str]
    body: bytes

    @property
    def query(self) -> str:
        return parse_qs(self.body.decode("utf-8")).get("query", [""])[0]


Answer = Callable[[Request], Iterable[bytes] | None]


class Misbehaving:
    """A server that answers every request as it is told, over TLS if need be; None closes the connection without a word."""

    def __init__(self, answer: Answer, tls: ssl.SSLContext | None = None) -> None:
        self.answer, self.requests, self._tls = answer, list[Request](), tls
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.url = f"{'https' if tls else 'http'}://127.0.0.1:{self._socket.getsockname()[1]}"
        self._over = threading.Event()
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        with suppress(OSError):
            while not self._over.is_set():
                connection, _ = self._socket.accept()
                threading.Thread(target=self._talk, args=(connection,), daemon=True).start()

    def _talk(self, connection: socket.socket) -> None:
        with suppress(OSError), self._tls.wrap_socket(connection, True) if self._tls else connection as connection:
            request = _read(connection)
            self.requests.append(request)
            for piece in self.answer(request) or ():
                if self._over.is_set():
                    return
                connection.sendall(piece)

    def close(self) -> None:
        self._over.set()
        self._socket.close()


def _read(connection: socket.socket) -> Request:
    data = b""
    while b"\r\n\r\n" not in data:
        if not (piece := connection.recv(65536)):
            raise OSError("gone")
        data += piece
    head, _, body = data.partition(b"\r\n\r\n")
    lines = head.decode("latin-1").split("\r\n")
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines[1:])}
    while len(body) < int(headers.get("content-length", "0")):
        body += connection.recv(65536)
    return Request(lines[0], headers, body)


def forwarded(url: str, request: Request, much: int | None = None) -> Iterator[bytes]:
    """Send a request on to a server, the whole or so much of the body, and yield what it answers to the whole."""
    parts = urlsplit(url)
    body = request.body[:much]
    headers = {**request.headers, "connection": "close"}
    head = "".join(f"{line}\r\n" for line in [request.line, *(f"{name}: {value}" for name, value in headers.items()), ""])
    with socket.create_connection((parts.hostname or "", parts.port or 80), timeout=30) as there:
        there.sendall(head.encode("latin-1") + body)
        while len(body) == len(request.body) and (piece := there.recv(65536)):
            yield piece


def http(
    body: bytes, status: str = "200 OK", kind: str = "application/sparql-results+json", length: int | None = -1, more: str = ""
) -> bytes:
    """Return a whole answer; a length of None leaves it out, any other than -1 is a lie."""
    size = "" if length is None else f"Content-Length: {len(body) if length == -1 else length}\r\n"
    return f"HTTP/1.1 {status}\r\nContent-Type: {kind}\r\n{size}{more}Connection: close\r\n\r\n".encode() + body


def drip(data: bytes, pause: float = 0.05) -> Iterator[bytes]:
    """Yield data byte by byte, with a pause after each."""
    for place in range(len(data)):
        yield data[place : place + 1]
        time.sleep(pause)


def hang() -> Iterator[bytes]:
    """Yield nothing, and do not end."""
    while True:
        time.sleep(0.05)
        yield b""
