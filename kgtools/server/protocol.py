"""Requests as programs send them: the SPARQL 1.1 Protocol (section 2.1) and the Graph Store Protocol (section 4)."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any
from urllib.parse import parse_qsl, unquote_to_bytes

from kgtools.server import limits
from kgtools.server.negotiation import GRAPHS, ROWS, best

FORM = "application/x-www-form-urlencoded"
DIRECT = "application/sparql-query"
Pairs = Sequence[tuple[str, str]]
_UPDATES = frozenset({"update", "using-graph-uri", "using-named-graph-uri"})
# What gives another answer every time is neither kept nor tagged.
_FICKLE = ("NOW", "RAND", "UUID", "\\U")


class Refusal(Exception):
    """A request that is answered with a status and a sentence."""

    def __init__(self, status: int, sentence: str, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(sentence)
        self.status, self.sentence, self.headers = status, sentence, dict(headers or {})


@dataclass(frozen=True)
class Asked:
    """A query and the data set to ask: the texts of one protocol operation."""

    text: str | None
    default: tuple[str, ...]
    named: tuple[str, ...]
    form: str = ""


def pairs(text: bytes) -> list[tuple[str, str]]:
    """Return the parameters of a query string or form; raise Refusal if there are too many or they are not UTF-8."""
    try:
        if text.startswith(b"query=") and b"&" not in text and text.isascii():
            return [("query", unquote_to_bytes(text[6:].replace(b"+", b" ")).decode("utf-8"))]
        found = parse_qsl(text.decode("ascii", "strict"), True, errors="strict", max_num_fields=limits.PARAMETERS)
    except UnicodeDecodeError:
        raise Refusal(400, "request: its parameters are not UTF-8: encode them as UTF-8, then percent-encode") from None
    except ValueError:
        raise Refusal(400, f"request: more than {limits.PARAMETERS} parameters: send fewer") from None
    return found


def read(method: str, address: bytes, content_type: str | None, body: bytes) -> Asked:
    """Return what a request to the endpoint asks; raise Refusal if it breaks the protocol or wants an update."""
    parameters: list[tuple[str, str]] = pairs(address)
    text = None
    if method == "POST":
        kind, charset = _media_type(content_type)
        if charset not in ("", "utf-8", "utf8"):
            raise Refusal(415, f"Content-Type: charset {charset[:40]}: send UTF-8")
        if kind == FORM:
            parameters += pairs(body)
        elif kind == DIRECT:
            text = _direct(body, parameters)
        else:
            sentence = f"Content-Type: {kind[:80] or 'none'}: send {DIRECT} or {FORM}"
            raise Refusal(415, sentence, {"Accept-Post": f"{DIRECT}, {FORM}"})
    return _asked(parameters, text, method)


def _direct(body: bytes, parameters: Pairs) -> str:
    if any(name == "query" for name, _ in parameters):
        raise Refusal(400, "request: a query in the address beside the one in the body: send one")
    try:
        return body.decode("utf-8")
    except UnicodeDecodeError as error:
        raise Refusal(400, f"query: byte {error.start} is not UTF-8: send it as UTF-8") from None


def _asked(parameters: Pairs, text: str | None, method: str) -> Asked:
    if len(parameters) == 1 and parameters[0][0] == "query":
        return Asked(parameters[0][1], (), ())
    values: dict[str, list[str]] = {}
    for name, value in parameters:
        values.setdefault(name, []).append(value)
    if not _UPDATES.isdisjoint(values):
        raise Refusal(400, "update: this store is read-only: change the files in graph/ and start again")
    queries = values.get("query", ())
    if len(queries) > 1:
        raise Refusal(400, f"request: {len(queries)} queries: send one")
    if text is None and not queries and method == "POST":
        raise Refusal(400, "request: no query: add query=… to the form")
    text = queries[0] if queries else text
    default, named = (tuple(values.get(name, ())) for name in ("default-graph-uri", "named-graph-uri"))
    return Asked(text, default, named, _last(values.get("format", ())))


def _last(values: Sequence[str]) -> str:
    return values[-1] if values else ""


def _media_type(value: str | None) -> tuple[str, str]:
    kind, *parameters = (piece.strip().lower() for piece in (value or "").split(";"))
    charset = next((piece[8:].strip("\"'") for piece in parameters if piece.startswith("charset=")), "")
    return kind, charset


@lru_cache(maxsize=256)
def result_forms(accept: str, form: str) -> dict[str, Any]:
    """Return the forms for rows and for a graph that a visitor likes best (None: none), and under which media types.

    A form given by name, as in format=csv, counts more than the Accept header. Raises Refusal for an unknown one.
    """
    if form:
        rows, graph = (form if form in listed.values() else None for listed in (ROWS, GRAPHS))
        if not rows and not graph:
            known = ", ".join(dict.fromkeys((*ROWS.values(), *GRAPHS.values())))
            raise Refusal(400, f"format: unknown format '{form[:40]}': choose one of {known}")
        return {"rows": rows, "graph": graph, "types": {}}
    liked_rows, liked_graph = best(accept, ROWS), best(accept, GRAPHS)
    if liked_rows is None and liked_graph is None:
        raise Refusal(406, "Accept: none of our forms: ask for one of " + ", ".join((*ROWS, *GRAPHS)))
    forms = {name: kinds[name] for name, kinds in ((liked_rows, ROWS), (liked_graph, GRAPHS)) if name}
    rows = ROWS[liked_rows] if liked_rows else None
    graph = GRAPHS[liked_graph] if liked_graph else None
    return {"rows": rows, "graph": graph, "types": {form: name for name, form in forms.items()}}


def graph_form(accept: str, form: str, offered: Mapping[str, str] = GRAPHS) -> str:
    """Return the form of a graph that a visitor likes best, or has named; raise Refusal with 406 or 400."""
    if form:
        if form not in offered.values():
            raise Refusal(400, f"format: unknown format '{form[:40]}': choose one of {', '.join(offered.values())}")
        return form
    liked = best(accept, offered)
    if liked is None:
        raise Refusal(406, "Accept: none of our forms: ask for one of " + ", ".join(offered))
    return offered[liked]


def service_form(accept: str, form: str) -> str:
    """Return the form of the endpoint's description, for who sends no query; raise Refusal, with 400 if rows are wanted."""
    if form in ROWS.values():
        raise Refusal(400, f"query: none, and only a query has rows to give as {form}: add query=… to the address")
    return graph_form(accept, form)


def graph_name(path: str, address: bytes, space: str) -> tuple[str | None, str]:
    """Return the graph that a request to /data names, None for the default graph, and the form named, if any.

    `?default`, `?graph=IRI` (indirect identification), or `/data/NAME` for a graph of the workspace (direct).
    """
    named = pairs(address)
    form = _last(tuple(value for key, value in named if key == "format"))
    graphs = [value for key, value in named if key == "graph"]
    default = any(key == "default" for key, _ in named)
    beneath = path.removeprefix("/data").lstrip("/")
    if beneath:
        graphs.append(space + beneath)
    if len(graphs) + default != 1:
        raise Refusal(400, "graph: name one graph: /data?default, /data?graph=IRI or /data/NAME")
    if graphs and ":" not in graphs[0]:
        raise Refusal(400, f"graph: '{graphs[0][:80]}' is no absolute IRI: give the whole IRI")
    return (None if default else graphs[0]), form


@lru_cache(maxsize=256)
def query_job(default: tuple[str, ...], named: tuple[str, ...], form: str, accept: str, base: str) -> bytes:
    """Return the job of answering a query; raise Refusal if no form of a result is accepted."""
    forms = result_forms(accept, form)
    return encoded({"kind": "query", "default": default, "named": named, "base": f"{base}/sparql", **forms})


def encoded(job: Mapping[str, Any]) -> bytes:
    """Return a job as JSON, the same for the same job."""
    return json.dumps(job, sort_keys=True).encode("ascii")


def is_fickle(text: str) -> bool:
    """Tell whether a query may give another answer every time."""
    upper = text.upper()
    return any(word in upper for word in _FICKLE)
