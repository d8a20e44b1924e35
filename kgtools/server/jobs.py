"""What a worker does: answer a query, hand out a graph, describe the data set, make a page."""

from __future__ import annotations

import hashlib
import io
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from functools import lru_cache
from typing import Any, cast

import kgtools
from kgtools import turtle
from kgtools.faults import Fault
from kgtools.server import describe, limits, protocol
from kgtools.server.negotiation import GRAPHS, ROWS
from kgtools.server.replies import VERSION, replied, shaped, tag
from kgtools.space import Space, space_of
from kgtools.store import Dataset, count_rows
from kgtools.turtle import Triple
from kgtools.views.site import respond, static
from kgtools.views.site.known import known
from kgtools.views.site.reply import Reply
from kgtools.workspace import Workspace

_TYPES = {form: media_type for media_type, form in reversed([*ROWS.items(), *GRAPHS.items()])}

_CURE = "narrow the query, or page with ORDER BY, LIMIT and OFFSET"


class TooLarge(Exception):
    """A result has more bytes than a visitor may ask for."""


class Bounded(io.RawIOBase):
    """Holds what is written to it, up to the limit of a result."""

    def __init__(self, most: int = limits.RESULT_BYTES) -> None:
        self.parts: list[bytes] = []
        self._left = most

    def write(self, data: Any) -> int:
        """Take a piece; raise TooLarge if it is one too many."""
        self._left -= len(data)
        if self._left < 0:
            raise TooLarge
        self.parts.append(bytes(data))
        return len(data)


class Bench:
    """A worker's place: the loaded space and its data version."""

    def __init__(self, settings: Mapping[str, Any]) -> None:
        workspace = Workspace.find(settings["workspace"], settings["documents"])
        if not settings["with_text"]:
            workspace = replace(workspace, documents=())
        self.space = space_of(workspace, settings["withdrawn"], settings["store"])
        self._text = {"with_text": "1"} if settings["with_text"] else {}
        self.version = version(self.space)
        self._stamp = {VERSION: known(self.space).version}

    def load(self) -> None:
        """Load what the first visitor needs; raise Fault if it cannot be loaded."""
        _ = self.space.store
        self._visit("/")

    def warming(self) -> Iterator[str]:
        """Work out, step by step, what pages take long for; a step names the pages that are ready with it, if any are."""
        self.space.sparql("ASK { GRAPH ?g { ?s ?p ?o } }")  # the named graphs, which wait for who asks for them
        yield ""
        static.hold()
        for path in ("/map", "/sparql", "/timeline", "/vocabulary"):
            yield ""
            self._visit(path)
        yield "lists"
        known_ = known(self.space)
        for _ in known_.warming(self.space):
            yield ""
        for name in known_.incidents:
            yield ""
            self._visit("/" + name.replace(":", "/", 1))
        yield "all"

    def _visit(self, path: str) -> None:
        self.do({"kind": "page", "path": path, "params": {}, "accept": "text/html"}, b"")

    def done(self, job: Mapping[str, Any], body: bytes) -> tuple[Mapping[str, Any] | bytes, bytes]:
        """Return what is sent back for a job: a header and a body."""
        if job["kind"] == "line":
            return self._line(job, body)
        return told(self.do(job, body))

    def do(self, job: Mapping[str, Any], body: bytes) -> Reply:
        """Return the reply to a job, with the data version; a Fault is answered with 400."""
        try:
            found = _WORK[job["kind"]](self, job, body)
        except Fault as fault:
            found = plain(400, str(fault))
        return replace(found, headers={**self._stamp, **found.headers})

    def _line(self, job: Mapping[str, Any], address: bytes) -> tuple[Mapping[str, Any] | bytes, bytes]:
        """Return the answer to a plain GET at /sparql as the bytes to send; a header alone if it is not plain enough."""
        try:
            asked = protocol.read("GET", address, None, b"")
            if asked.text is None or asked.form == "html":
                return _NOT_PLAIN, b""
            queried = protocol.query_job(asked.default, asked.named, asked.form, job["accept"], job["base"])
        except protocol.Refusal:
            return _NOT_PLAIN, b""
        body = asked.text.encode("utf-8", "surrogatepass")
        mark = "" if protocol.is_fickle(asked.text) else tag(self.version, queried, body)
        reply = self.do(_read(queried), body)
        if len(reply.body) > limits.CHUNK:
            return {**told(reply)[0], "tag": mark}, reply.body
        answer = replied("/sparql", told(reply)[0], reply.body, mark)
        return _lined(answer.status, bool(answer.tag)), shaped(answer, job["gzip"])

    def _page(self, job: Mapping[str, Any], _: bytes) -> Reply:
        asked = {name: value for name, value in job["params"].items() if name != "with_text"}
        return respond(self.space, job["path"], {**asked, **self._text}, job["accept"])

    def _query(self, job: Mapping[str, Any], body: bytes) -> Reply:
        try:
            text = body.decode("utf-8")
        except UnicodeDecodeError as error:
            return plain(400, f"query: byte {error.start} is not UTF-8: send it as UTF-8")
        dataset = self._dataset(job["default"], job["named"], job["base"])
        output = Bounded()
        try:
            prepared = self.space.prepared(text)
            form = self.space.store.write(prepared, cast("io.BytesIO", output), job["rows"], job["graph"], dataset)
        except TooLarge:
            return plain(400, f"result: larger than {limits.RESULT_BYTES:,} bytes: {_CURE}")
        if form is None:
            return plain(406, "Accept: no form of this result is accepted: ask for one of " + ", ".join((*ROWS, *GRAPHS)))
        data = b"".join(output.parts)
        if form == job["rows"] and len(data) > 2 * limits.RESULT_ROWS and count_rows(data, form) > limits.RESULT_ROWS:
            return plain(400, f"result: more than {limits.RESULT_ROWS:,} rows: {_CURE}")
        return Reply(200, job["types"].get(form) or _TYPES[form], data)

    def _dataset(self, default: list[str], names: list[str], base: str) -> Dataset:
        if not default and not names:
            return Dataset(base=base)
        for name in (*default, *names):
            if name not in self.space.graphs:
                raise Fault("data set", f"no graph <{name}> here, and nothing is fetched", "name one of those in /void")
        return Dataset(tuple(default), tuple(names), base)

    def _data(self, job: Mapping[str, Any], _: bytes) -> Reply:
        name = job["graph"]
        if name is not None and name not in self.space.graphs:
            return plain(404, f"graph <{name}>: there is none of this name: choose one of those in /void")
        graphs = self.space.graphs
        apart = [] if name else [key for key in graphs if "/ontology-" in key]
        triples = graphs[name] if name else {t for key, listed in graphs.items() if key not in apart for t in listed}
        ordered = sorted(triples, key=str)
        return self._graph(ordered, job["form"], self.space.prefixes)

    def _void(self, job: Mapping[str, Any], _: bytes) -> Reply:
        triples = describe.dataset(self.space, job["base"], known(self.space).version)
        return self._graph(triples, job["form"], describe.prefixes(self.space))

    def _service(self, job: Mapping[str, Any], _: bytes) -> Reply:
        triples = describe.service(self.space, job["base"])
        return self._graph(triples, job["form"], describe.prefixes(self.space))

    def _graph(self, triples: Iterable[Triple], form: str, prefixes: Mapping[str, str]) -> Reply:
        return Reply(200, _TYPES[form], turtle.serialise(triples, form, prefixes))


_WORK = {"page": Bench._page, "query": Bench._query, "data": Bench._data, "void": Bench._void, "service": Bench._service}
_NOT_PLAIN = b'{"line": 0}'


def told(reply: Reply) -> tuple[dict[str, Any], bytes]:
    """Return a reply's header and body as they are sent."""
    return {"status": reply.status, "media_type": reply.media_type, "headers": dict(reply.headers)}, reply.body


@lru_cache(maxsize=256)
def _read(job: bytes) -> Mapping[str, Any]:
    found: dict[str, Any] = json.loads(job)
    return found


@lru_cache(maxsize=64)
def _lined(status: int, kept: bool) -> bytes:
    return json.dumps({"line": status, "keep": kept}).encode("ascii")


def plain(status: int, sentence: str) -> Reply:
    """Return a sentence as a reply."""
    return Reply(status, "text/plain", f"{sentence}\n".encode("utf-8", "backslashreplace"))


def version(space: Space) -> str:
    """Return the version of all answers: that of the data, as pages show it, then a digest of queries and tools too."""
    digest = hashlib.sha256(kgtools.__version__.encode("utf-8"))
    digest.update(space.version.encode("utf-8"))
    for path in (path for folder in space.workspace.query_folders for path in sorted(folder.glob("*.rq"))):
        digest.update(f"\0{path.name}\0".encode())
        digest.update(path.read_bytes())
    return f"{known(space).version}-{digest.hexdigest()[:16]}"
