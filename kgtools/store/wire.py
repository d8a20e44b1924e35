"""One request to one HTTP server: what goes out, what may come back, and what is wrong with it.

The standard library's http.client does it: it follows no redirect, takes no proxy from the environment, needs a fifth of
the start-up of the libraries on top of it and leaves the socket to us, so that one clock can end a request in whatever
it hangs. What it lacks is here: digest authentication, a check that a body is whole, compressed transfer and a limit.
"""

from __future__ import annotations

import gzip
import hashlib
import http.client
import re
import secrets
import socket
import ssl
import threading
import zlib
from base64 import b64encode
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from kgtools.faults import Fault

CONNECT_SECONDS = 10.0
_GZIP_FROM = 4096
_PIECE = 1 << 16


class Lost(Fault):
    """A request whose fate is unknown: the connection broke, or a server in between gave up. It may have been carried out."""


@dataclass(frozen=True)
class Login:
    """Who we are to the server: a user with a password, a bearer token, or nobody. Never shown, never part of an address."""

    user: str = field(default="", repr=False)
    password: str = field(default="", repr=False)
    token: str = field(default="", repr=False)

    @classmethod
    def of_environment(cls, environ: Mapping[str, str]) -> Login:
        """Return the login of KGTOOLS_STORE_USER and KGTOOLS_STORE_PASSWORD, or of KGTOOLS_STORE_TOKEN."""
        given = (environ.get(f"KGTOOLS_STORE_{name}", "") for name in ("USER", "PASSWORD", "TOKEN"))
        login = cls(*given)
        if re.search(r"[\x00-\x1f\x7f]", login.user + login.password + login.token) or ":" in login.user:
            raise Fault("KGTOOLS_STORE_USER, _PASSWORD or _TOKEN", "has a character that no login has", "set it anew")
        return login


def number(environ: Mapping[str, str], name: str, otherwise: float) -> float:
    """Return a positive number from the environment; raise Fault if what stands there is none."""
    text = environ.get(name, "")
    try:
        value = float(text) if text else otherwise
    except ValueError:
        value = 0.0
    if not 0 < value < 1e15:
        raise Fault(name, f"'{text}' is no number above 0", "set it to a number, or leave it out")
    return value


def clean(text: str, most: int = 200) -> str:
    """Return what a server said as one short line without control characters."""
    line = " ".join(re.sub(r"[^\x20-\x7e\xa0-\ud7ff\ue000-\ufffd]", " ", text).split())
    return line if len(line) <= most else line[:most] + "…"


class Wire:
    """Requests to a server, each over a connection of its own and with a time by which it must be over.

    An idle connection may break under the next request, and then nobody knows whether that was carried out.
    """

    def __init__(self, login: Login, seconds: float, most: float) -> None:
        self._login, self._seconds, self._most = login, seconds, most
        self._challenges: dict[str, dict[str, str]] = {}
        self._count = 0

    def send(self, method: str, url: str, headers: Mapping[str, str], body: bytes = b"", packed: bool = False) -> Reply:
        """Return the reply to a request, whatever its status; raise Lost if there is none in time, Fault if it makes no sense.

        A body may be sent packed (gzip) to a server that takes it so.
        """
        if self._login.user and url not in self._challenges:
            self._learn(url)
        reply = self._once(method, url, headers, body, packed)
        if reply.status == 401 and self._login.user and self._challenge(url, reply) == "stale":
            reply = self._once(method, url, headers, body, packed)
        return reply

    def _learn(self, url: str) -> None:
        """Ask without a body how a place wants us to log in, so that no long body is sent in vain."""
        self._challenges[url] = {}
        reply = self._once("GET", url, {"Accept": "*/*"}, b"", False)
        if reply.status == 401:
            self._challenge(url, reply)
        reply.close()

    def _challenge(self, url: str, reply: Reply) -> str:
        """Remember how to log in at a place; say 'stale' where trying once more has a point."""
        asked = ", ".join(reply.all("www-authenticate"))
        before = self._challenges[url]
        digest = re.search(r"(?i)\bdigest\s+(.*)", asked)
        if digest:
            fields = {name.lower(): quoted or bare for name, quoted, bare in _FIELD.findall(digest[1])}
            self._challenges[url] = {"scheme": "digest", **fields}
        elif re.search(r"(?i)\bbasic\b", asked):
            self._challenges[url] = {"scheme": "basic"}
        stale = self._challenges[url].get("stale", "").lower() == "true"
        return "stale" if stale or (not before and self._challenges[url]) else "refused"

    def _authorization(self, method: str, url: str) -> dict[str, str]:
        if self._login.token:
            return {"Authorization": f"Bearer {self._login.token}"}
        challenge = self._challenges.get(url)
        if not challenge:
            return {}
        if challenge["scheme"] == "basic":
            pair = f"{self._login.user}:{self._login.password}".encode()
            return {"Authorization": f"Basic {b64encode(pair).decode('ascii')}"}
        self._count += 1
        return {"Authorization": digest_answer(challenge, self._login, method, _target(url), self._count)}

    def _once(self, method: str, url: str, headers: Mapping[str, str], body: bytes, packed: bool) -> Reply:
        sent = {"Accept-Encoding": "gzip", "User-Agent": "kgtools", **headers, **self._authorization(method, url)}
        if packed and len(body) >= _GZIP_FROM:
            body = gzip.compress(body, 6, mtime=0)
            sent["Content-Encoding"] = "gzip"
        connection = _connect(url, self._seconds)
        clock = Clock(connection, self._seconds)
        try:
            with suppress(BrokenPipeError, ConnectionResetError):  # it may have answered before it had read everything
                connection.request(method, _target(url), body=body or None, headers=sent)
            response = connection.getresponse()
            if clock.over:  # cut headers would pass for whole ones
                response.close()
                raise TimeoutError
            return Reply(url, response, clock, self._most)
        except (OSError, ValueError, http.client.HTTPException) as error:
            raise clock.fault(url, error) from error


_FIELD = re.compile(r'\b(\w++)\s*+=\s*(?:"([^"]*)"|([^\s,"]+))')


def _target(url: str) -> str:
    parts = urlsplit(url)
    return (parts.path or "/") + (f"?{parts.query}" if parts.query else "")


def _connect(url: str, seconds: float) -> http.client.HTTPConnection:
    parts = urlsplit(url)
    port, wait = parts.port, min(CONNECT_SECONDS, seconds)
    connection: http.client.HTTPConnection
    if parts.scheme == "https":
        connection = http.client.HTTPSConnection(parts.hostname or "", port, timeout=wait, context=ssl.create_default_context())
    else:
        connection = http.client.HTTPConnection(parts.hostname or "", port, timeout=wait)
    try:
        connection.connect()
    except ssl.SSLCertVerificationError as error:
        what = clean(error.verify_message or str(error))
        cure = "use a certificate that this machine trusts, or name who signed it with SSL_CERT_FILE"
        raise Fault(url, f"no trusted connection ({what})", cure) from error
    except ssl.SSLError as error:
        what = clean(error.reason or str(error))
        raise Fault(url, f"does not answer in TLS ({what})", "see whether the address begins with http://") from error
    except TimeoutError as error:
        raise Lost(url, f"no connection within {wait:g} s", "see whether it runs and whether a firewall is between") from error
    except (OSError, UnicodeError) as error:
        what = getattr(error, "strerror", "") or str(error)
        raise Lost(url, f"cannot be reached ({clean(what)})", "start the server, or check the address") from error
    connection.sock.settimeout(seconds)
    return connection


class Clock:
    """Ends a request that is not over in time, in whatever it hangs, by taking the connection away under it."""

    def __init__(self, connection: http.client.HTTPConnection, seconds: float) -> None:
        self.seconds, self.over = seconds, False
        self._connection, self._sock = connection, connection.sock
        self._timer = threading.Timer(seconds, self._end)
        self._timer.daemon = True
        self._timer.start()

    def _end(self) -> None:
        self.over = True
        with suppress(OSError, ValueError):
            socket.socket.shutdown(self._sock, socket.SHUT_RDWR)  # under TLS too: no farewell to a peer that does not speak

    def stop(self) -> None:
        """Stop; the request is over, and whatever of the answer has not been read is given up."""
        self._timer.cancel()
        self._connection.close()
        with suppress(OSError):
            self._sock.close()

    def fault(self, url: str, error: Exception) -> Fault:
        """Return the fault that an error on the connection means."""
        self.stop()
        if self.over or isinstance(error, TimeoutError):
            what = f"did not finish its answer within {self.seconds:g} s"
            return Fault(url, what, "ask for less, or set KGTOOLS_STORE_TIMEOUT to more seconds")
        if isinstance(error, http.client.LineTooLong) or "headers" in str(error):
            return Fault(url, "answers with headers longer than HTTP servers send", "see whether that address is the right one")
        if isinstance(error, OSError | http.client.RemoteDisconnected):
            return Lost(url, "broke the connection before it had answered", "see the server's log, then run it again")
        return Fault(url, f"does not answer in HTTP ({clean(str(error)) or type(error).__name__})", "check the address")


class Reply:
    """An answer as it arrives: status, headers, and a body to read in pieces that is known to be whole when it ends."""

    def __init__(self, url: str, response: http.client.HTTPResponse, clock: Clock, most: float) -> None:
        self.url, self._response, self._clock, self._most = url, response, clock, most
        self.status = response.status
        self._left, self._taken, self._ended = b"", 0, False
        coding = self.header("content-encoding").lower()
        if coding not in ("", "identity", "gzip", "x-gzip"):
            self.close()
            raise Fault(
                url, f"answers in a coding nobody asked for ({clean(coding, 40)})", "mend the server, or what is between"
            )
        self._unpack = zlib.decompressobj(31) if "gzip" in coding else None

    def header(self, name: str) -> str:
        """Return a header's value, empty if there is none."""
        return str(self._response.getheader(name) or "").strip()

    def all(self, name: str) -> list[str]:
        """Return the values of a header that may stand several times."""
        return list(self._response.headers.get_all(name) or ())

    @property
    def sized(self) -> bool:
        """Say whether the answer tells its length, whole or chunk by chunk, so that a cut cannot go unnoticed."""
        return self._response.chunked or self._response.length is not None or self._ended

    def read(self, size: int = -1) -> bytes:
        """Return the next bytes, at most so many (all if negative), nothing at the end; raise Fault if the body is cut off."""
        while not self._ended and (size < 0 or len(self._left) < min(size, 1)):
            self._left += self._piece()
        cut = len(self._left) if size < 0 else size
        data, self._left = self._left[:cut], self._left[cut:]
        return data

    def _piece(self) -> bytes:
        try:
            data = self._response.read1(_PIECE)
        except http.client.IncompleteRead as error:
            raise self._cut() from error
        except (OSError, ValueError, http.client.HTTPException) as error:
            self.close()
            raise self._clock.fault(self.url, error) if self._clock.over else self._cut() from error
        if not data:
            self._end()
            return b""
        try:
            data = self._unpack.decompress(data) if self._unpack else data
        except zlib.error as error:
            self.close()
            raise Fault(self.url, "its compressed answer is broken", "ask again; if it stays so, mend the server") from error
        self._taken += len(data)
        if self._taken > self._most:
            self.close()
            what = f"answers with more than {self._most:,.0f} bytes"
            raise Fault(self.url, what, "ask for less, or set KGTOOLS_STORE_LIMIT to more bytes")
        return data

    def _end(self) -> None:
        if self._clock.over:
            self.close()
            raise self._clock.fault(self.url, TimeoutError())
        if self._response.length or (self._unpack is not None and not self._unpack.eof):
            raise self._cut()
        self._ended = True
        self.close()

    def _cut(self) -> Fault:
        self.close()
        what = f"its answer is cut off after {self._taken:,} bytes"
        return Fault(self.url, what, "ask again; if it stays so, see the server's log and what lies between")

    def text(self, most: int = 2000) -> str:
        """Return the beginning of the body as text, whatever state it is in, and let go of the rest."""
        data = b""
        with suppress(Fault):
            while len(data) < most and (piece := self.read(most)):
                data += piece
        self.close()
        return data[:most].decode("utf-8", errors="replace")

    def close(self) -> None:
        """Let go of what has not been read, and of the connection."""
        self._response.close()
        self._clock.stop()


def digest_answer(challenge: Mapping[str, str], login: Login, method: str, target: str, count: int) -> str:
    """Return the Authorization header that answers a digest challenge (RFC 7616, section 3.4), quality «auth»."""
    name = challenge.get("algorithm", "MD5").upper()
    offered = [word.strip() for word in challenge.get("qop", "").split(",") if word.strip()]
    if name not in ("MD5", "SHA-256") or (offered and "auth" not in offered) or "nonce" not in challenge:
        raise Fault("login", f"the server wants digest {clean(name, 20)}", "let it take MD5 or SHA-256 with qop auth, or basic")

    def hashed(*parts: str) -> str:
        text = ":".join(parts).encode("utf-8")
        return hashlib.md5(text, usedforsecurity=False).hexdigest() if name == "MD5" else hashlib.sha256(text).hexdigest()

    realm, nonce, mine, times = challenge.get("realm", ""), challenge["nonce"], secrets.token_hex(8), f"{count:08x}"
    whole = (nonce, times, mine, "auth") if offered else (nonce,)
    answer = hashed(hashed(login.user, realm, login.password), *whole, hashed(method, target))
    fields = {"username": login.user, "realm": realm, "nonce": nonce, "uri": target, "response": answer}
    if "opaque" in challenge:
        fields["opaque"] = challenge["opaque"]
    quoted = ", ".join('{}="{}"'.format(key, value.replace("\\", "\\\\").replace('"', '\\"')) for key, value in fields.items())
    more = f', qop=auth, nc={times}, cnonce="{mine}"' if offered else ""
    return f"Digest {quoted}, algorithm={name}{more}"


def address(text: str) -> str:
    """Return an http(s) address that can be asked; raise Fault if it is none or carries a login, which it never shows."""
    parts = urlsplit(text)
    if "@" in parts.netloc:
        bare = f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}"
        raise Fault(bare, "the address carries a login", "take it out, and set KGTOOLS_STORE_USER and KGTOOLS_STORE_PASSWORD")
    try:
        good = parts.scheme in ("http", "https") and bool(parts.hostname) and (parts.port is None or parts.port > 0)
    except ValueError:
        good = False
    if not good or parts.fragment or re.search(r"[^\x21-\x7e]|[<>\"{}|\\^`]", text):
        raise Fault(clean(text), "is no http:// or https:// address", "write it as http://localhost:7878")
    return text
