"""The application: which request becomes which job, and which answers need none."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Mapping
from dataclasses import replace
from typing import Protocol

from starlette.applications import Starlette
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from kgtools.server import limits, protocol
from kgtools.server.complaints import complain
from kgtools.server.frames import Frame
from kgtools.server.negotiation import DESCRIPTIONS, best, prefers_html
from kgtools.server.pool import Pool, Pools
from kgtools.server.protocol import Asked, Refusal, encoded, is_fickle, query_job
from kgtools.server.replies import (
    Answer,
    Cache,
    accepts_gzip,
    common,
    compressible,
    matches,
    replied,
    send_answer,
    squeeze,
    tag,
)  # fmt: skip
from kgtools.server.shield import Shield, header, is_open, plain, sentence

_READING = ("GET", "HEAD")


class Visit:
    """One request: what was asked, and by whom."""

    def __init__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.scope, self.receive, self.send = scope, receive, send
        self.method: str = scope["method"]
        self.path: str = scope["path"]
        self.address: bytes = scope["query_string"]
        self.accept = header(scope, b"accept")
        self.client: str = (scope.get("client") or ("", 0))[0]

    @property
    def base(self) -> str:
        """Return the address of this server as the visitor wrote it."""
        return f"{self.scope['scheme']}://{header(self.scope, b'host')}"

    async def body(self) -> bytes:
        """Return the request's body; raise Refusal if it is too large or comes too slowly."""
        length = header(self.scope, b"content-length")
        if length.isdigit() and int(length) > limits.BODY:
            raise Refusal(413, f"request: larger than {limits.BODY:,} bytes: send less", {"Connection": "close"})
        parts, size = [], 0
        try:
            async with asyncio.timeout(limits.BODY_SECONDS):
                while True:
                    message = await self.receive()
                    if message["type"] == "http.disconnect":
                        raise Refusal(400, "request: ended before its body did: send it again")
                    parts.append(message.get("body", b""))
                    size += len(parts[-1])
                    if size > limits.BODY:
                        raise Refusal(413, f"request: larger than {limits.BODY:,} bytes: send less", {"Connection": "close"})
                    if not message.get("more_body"):
                        return b"".join(parts)
        except TimeoutError:
            raise Refusal(408, "request: its body came too slowly: send it again", {"Connection": "close"}) from None

    async def while_here(self, work: Awaitable[Frame]) -> Frame:
        """Return a job's answer; end the job if the visitor goes away. To be called after the body was read."""
        job = asyncio.ensure_future(work)
        await asyncio.wait({job}, timeout=limits.GRACE)
        if not job.done():
            gone = asyncio.ensure_future(self._gone())
            try:
                await asyncio.wait({job, gone}, return_when=asyncio.FIRST_COMPLETED)
            finally:
                gone.cancel()
                if not job.done():
                    job.cancel()
        return await job

    async def _gone(self) -> None:
        while (await self.receive())["type"] != "http.disconnect":
            pass


class Desk:
    """Where requests become jobs, and their replies answers."""

    def __init__(self, pools: Pools, graph_space: str) -> None:
        self.pools, self.queries, self.pages = pools, pools.queries, pools.pages
        self.graph_space, self.cache = graph_space, Cache()
        self.handed: dict[str, Answer] = {}  # from the fast lane, too large for it to send

    async def sparql(self, visit: Visit) -> None:
        """Answer a request to the endpoint."""
        _only(visit, ("GET", "HEAD", "POST"))
        body = await visit.body()
        asked = protocol.read(visit.method, visit.address, header(visit.scope, b"content-type"), body)
        html = asked.form == "html" or (not asked.form and prefers_html(visit.accept))
        if html:
            params = dict(protocol.pairs(visit.address))
            params |= {} if asked.text is None else {"query": asked.text}
            await self._page(visit, params)
        elif asked.text is None:
            form = protocol.service_form(visit.accept, asked.form)
            await self._job(visit, self.pages, encoded({"kind": "service", "form": form, "base": visit.base}))
        else:
            await self._query(visit, asked, asked.text)

    async def _query(self, visit: Visit, asked: Asked, text: str) -> None:
        job = query_job(asked.default, asked.named, asked.form, visit.accept, visit.base)
        await self._job(visit, self.queries, job, text.encode("utf-8", "surrogatepass"), keep=not is_fickle(text))

    async def data(self, visit: Visit) -> None:
        """Answer a request to the graph store."""
        _only(visit, _READING)
        name, form = protocol.graph_name(visit.path, visit.address, self.graph_space)
        job = encoded({"kind": "data", "graph": name, "form": protocol.graph_form(visit.accept, form)})
        await self._job(visit, self.pages, job)

    async def void(self, visit: Visit) -> None:
        """Answer with the description of the data set."""
        _only(visit, _READING)
        form = dict(protocol.pairs(visit.address)).get("format", "")
        browser = not form and best(visit.accept, tuple(DESCRIPTIONS)) is None and prefers_html(visit.accept)
        chosen = "turtle" if browser else protocol.graph_form(visit.accept, form, DESCRIPTIONS)
        await self._job(visit, self.pages, encoded({"kind": "void", "form": chosen, "base": visit.base}))

    async def page(self, visit: Visit) -> None:
        """Answer with a page."""
        _only(visit, _READING)
        await self._page(visit, dict(protocol.pairs(visit.address)))

    async def _page(self, visit: Visit, params: Mapping[str, str]) -> None:
        job = encoded({"kind": "page", "path": visit.path, "params": params, "accept": visit.accept})
        await self._job(visit, self.queries if "query" in params else self.pages, job)

    async def health(self, visit: Visit) -> None:
        """Tell that the server is up, of which data, and how its workers are."""
        _only(visit, _READING)
        state = {"queries": self.queries.state(), "pages": self.pages.state()}
        told = {"status": "ok", "version": self.pages.version, "warm": self.pools.warm, **state}
        kind = {"Content-Type": "application/json", "Cache-Control": "no-store"}
        await send_answer(visit.scope, visit.send, Answer(200, json.dumps(told).encode() + b"\n", kind))

    async def _job(self, visit: Visit, pool: Pool, job: bytes, body: bytes = b"", keep: bool = True) -> None:
        """Answer from the cache, with 304, or with what a worker says."""
        mark = tag(pool.version, job, body) if keep else ""
        squeezed = accepts_gzip(header(visit.scope, b"accept-encoding"))
        condition = header(visit.scope, b"if-none-match")
        answer = self.handed.pop(mark, None) or self.cache.get(mark)
        if answer is None and condition and mark and visit.method in _READING and matches(condition, mark) and condition != "*":
            answer = Answer(304, b"", common(visit.path), mark)
        if answer is None:
            work = pool.ask(job, body, visit.client)
            try:
                done = await (visit.while_here(work) if pool is self.queries else work)
            except asyncio.CancelledError:  # by a visitor who has gone, who is told nothing, or as the server ends
                raise Refusal(503, "server: ending: ask again later", {"Connection": "close"}) from None
            answer = self.answer(visit.path, done, mark)
        if condition and answer.tag and visit.method in _READING and matches(condition, answer.tag):
            answer = replace(answer, status=304, body=b"", squeezed=None)
        squeezed = squeezed and answer.status != 304 and compressible(answer)
        if squeezed and answer.squeezed is None:
            await squeeze(answer, self.cache)
        await send_answer(visit.scope, visit.send, answer, squeezed)

    def answer(self, path: str, done: Frame, mark: str) -> Answer:
        """Return what a worker said as an answer, and keep it in the cache if it may be kept."""
        if "trace" in done.header:
            complain(f"{path!a}: {done.header['trace']}")
        answer = replied(path, done.header, done.body, mark)
        if answer.tag:
            self.cache.put(answer)
        return answer


def _only(visit: Visit, methods: tuple[str, ...]) -> None:
    if visit.method == "OPTIONS" or visit.method not in methods:
        raise Refusal(405, f"{visit.method[:20]}: not here; this server only reads: use {', '.join(methods)}", _allow(methods))


def _allow(methods: tuple[str, ...]) -> dict[str, str]:
    return {"Allow": ", ".join((*methods, "OPTIONS"))}


class Answering(Protocol):
    """What answers a visit."""

    async def __call__(self, visit: Visit) -> None:
        """Answer it, or raise Refusal, Busy, Late or Died."""


class _Room:
    """A route's application: the options of every path, then what answers it."""

    def __init__(self, answering: Answering, methods: tuple[str, ...], timeout: float) -> None:
        self._answering, self._methods, self._timeout = answering, methods, timeout

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        visit = Visit(scope, receive, send)
        if visit.method == "OPTIONS":
            await send_answer(scope, send, Answer(204, b"", _options(visit, self._methods)))
        else:
            await self._answered(visit)

    async def _answered(self, visit: Visit) -> None:
        try:
            await self._answering(visit)
        except TimeoutError:  # a visitor who does not take the answer
            raise
        except Exception as error:
            answer = sentence(error, self._timeout)
            if answer is None:
                complain(f"{visit.path!a}: {type(error).__name__}: {error}")
            await send_answer(visit.scope, visit.send, answer or plain(500, "server: this failed: report it"))


def _options(visit: Visit, methods: tuple[str, ...]) -> dict[str, str]:
    allow = _allow(methods)
    if not is_open(visit.path):
        return allow
    wanted = "Accept, Content-Type, If-None-Match"
    return {
        **allow,
        "Access-Control-Allow-Methods": allow["Allow"],
        "Access-Control-Allow-Headers": wanted,
        "Access-Control-Max-Age": "86400",
    }


def build(desk: Desk, loopback: bool) -> Shield:
    """Return the application."""
    routes = {
        "/sparql": desk.sparql, "/sparql/": desk.sparql, "/data": desk.data, "/data/{name:path}": desk.data,
        "/void": desk.void, "/.well-known/void": desk.void, "/healthz": desk.health, "/{path:path}": desk.page,
    }  # fmt: skip
    listed = [
        Route(path, _Room(answering, (*_READING, "POST") if "sparql" in path else _READING, desk.queries.timeout))
        for path, answering in routes.items()
    ]
    app = Starlette(routes=listed)
    app.router.redirect_slashes = False
    return Shield(app, loopback, lambda: desk.pools.data)
