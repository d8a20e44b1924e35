"""The server, as a process on loopback: headers, limits, connections, the command."""

from __future__ import annotations

import gzip
import json
import re
import socket
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import httpx
import pytest
from conftest import EXAMPLE, ROOT
from serving import AGENTS, DIRECT, address, ask, raw, running, truth, web

import kgtools
from kgtools.server import limits
from kgtools.server.hosts import is_loopback
from kgtools.server.jobs import Bench
from kgtools.server.negotiation import GRAPHS
from kgtools.server.replies import SECURITY, Answer, Cache, matches
from kgtools.server.run import bind
from kgtools.turtle import parse_text

__all__ = ["address", "web"]


# The rest of what programs read


def test_the_data_set_is_described(web: httpx.Client) -> None:
    for where in ("/void", "/.well-known/void"):
        triples = parse_text(web.get(where).content, "void")
        counts = {t.object.value for t in triples if t.predicate.value == "http://rdfs.org/ns/void#triples"}  # type: ignore[union-attr]
        assert str(len(set(kgtools.open(EXAMPLE).graphs[AGENTS]))) in counts
    assert web.get("/void", headers={"Accept": "application/ld+json"}).json()
    assert web.get("/void", headers={"Accept": "image/png"}).status_code == 406


def test_health_tells_the_data_version(web: httpx.Client) -> None:
    told = web.get("/healthz").json()
    assert told["status"] == "ok"
    shown = web.get("/incidents").headers["X-Data-Version"]
    assert told["version"].startswith(f"{shown}-")
    described = parse_text(web.get("/void").content, "void")
    assert shown in {getattr(t.object, "value", "") for t in described if t.predicate.value.endswith("dcat#version")}


ANSWERS: dict[str, tuple[int, str, str, dict[str, str], str]] = {
    "a page": (200, "GET", "/", {}, ""),
    "no page": (404, "GET", "/no/such/page", {}, ""),
    "a file": (200, "GET", "/static/site.css", {}, ""),
    "no file": (404, "GET", "/static/none.css", {}, ""),
    "a page for which there is a wrong day": (400, "GET", "/?asof=never", {}, ""),
    "rows": (200, "GET", "/sparql?query=ASK{}", {}, ""),
    "rows by POST": (200, "POST", "/sparql", DIRECT, "ASK {}"),
    "no query": (400, "GET", "/sparql?query=ASK", {}, ""),
    "an update": (400, "GET", "/sparql?update=CLEAR+ALL", {}, ""),
    "no form of rows": (406, "GET", "/sparql?query=ASK{}", {"Accept": "image/png"}, ""),
    "a body of another kind": (415, "POST", "/sparql", {"Content-Type": "text/plain"}, "ASK {}"),
    "a body too large": (413, "POST", "/sparql", DIRECT, "#" * (limits.BODY + 1)),
    "parameters too many": (400, "GET", "/sparql?" + "&".join(["a=b"] * (limits.PARAMETERS + 1)), {}, ""),
    "an address too long": (400, "GET", "/sparql?query=" + "x" * 60_000, {"User-Agent": "x" * 9_000}, ""),
    "a description": (200, "GET", "/sparql", {}, ""),
    "a graph": (200, "GET", "/data/agents", {}, ""),
    "no graph": (404, "GET", "/data/none", {}, ""),
    "a graph without a name": (400, "GET", "/data", {}, ""),
    "no form of a graph": (406, "GET", "/void", {"Accept": "image/png"}, ""),
    "the same again": (304, "GET", "/void", {"If-None-Match": "*"}, ""),
    "another method": (405, "DELETE", "/", {}, ""),
    "options": (204, "OPTIONS", "/sparql", {}, ""),
    "health": (200, "GET", "/healthz", {}, ""),
    "another host": (421, "GET", "/", {"Host": "evil.example"}, ""),
}


@pytest.mark.parametrize("behind", [{}, {"X-Behind": "1"}], ids=["lane", "application"])
@pytest.mark.parametrize("name", ANSWERS)
def test_every_answer_and_every_refusal_says_of_which_data_it_is(web: httpx.Client, name: str, behind: dict[str, str]) -> None:
    status, method, where, headers, body = ANSWERS[name]
    shown = web.get("/incidents").headers.get_list("X-Data-Version")
    reply = web.request(method, where, headers={**headers, **behind}, content=body or None)
    assert reply.status_code == status
    assert reply.headers.get_list("X-Data-Version") == shown and len(shown[0]) == 64


def test_what_is_no_http_is_refused_with_the_version_of_the_data_too(web: httpx.Client, address: str) -> None:
    shown = web.get("/").headers["X-Data-Version"]
    with raw(address, b"no request\r\n\r\n") as line:
        said = b"".join(iter(lambda: line.recv(1000), b"")).decode()
    assert said.startswith("HTTP/1.1 400 ") and f"x-data-version: {shown}" in said
    assert said.endswith("request: no HTTP (Invalid HTTP request received): send it as RFC 9112 says\n")


def test_any_site_may_read_of_which_data_an_answer_is(web: httpx.Client) -> None:
    for where in ("/sparql?query=ASK{}", "/sparql?query=ASK", "/data/agents", "/void", "/sparql"):
        assert "X-Data-Version" in web.get(where).headers["Access-Control-Expose-Headers"]


def test_pages_come_with_the_security_headers_and_so_does_everything(web: httpx.Client) -> None:
    assert web.get("/").status_code == 200
    for where in ("/", "/healthz", "/void", "/data/agents", "/sparql?query=ASK{}", "/sparql?query=ASK", "/no/such/page"):
        reply = web.get(where)
        for name, value in SECURITY.items():
            assert reply.headers[name] == value, where
        assert "unsafe" not in reply.headers["content-security-policy"]


@pytest.mark.parametrize("where", ["/", "/data/agents", "/void", "/sparql?query=SELECT*{?s+?p+?o}LIMIT+50"])
def test_a_visitor_who_has_it_already_is_told_so(web: httpx.Client, where: str) -> None:
    for encoding in ("gzip", "identity"):
        first = web.get(where, headers={"Accept-Encoding": encoding})
        tag = first.headers["etag"]
        for given in (tag, f'"other", W/{tag}', "*"):
            again = web.get(where, headers={"If-None-Match": given, "Accept-Encoding": encoding})
            assert again.status_code == 304
            assert again.content == b""
            assert again.headers["etag"].strip('"').removesuffix("-gzip") == tag.strip('"').removesuffix("-gzip")
            assert "Accept" in again.headers["vary"]
        assert web.get(where, headers={"If-None-Match": '"other"'}).status_code == 200


def test_tags_differ_by_accept(web: httpx.Client) -> None:
    tags = {web.get("/data/agents", headers={"Accept": name, "Accept-Encoding": "identity"}).headers["etag"] for name in GRAPHS}
    assert len(tags) == len(GRAPHS)


def test_what_differs_every_time_is_not_kept(web: httpx.Client) -> None:
    for word in ("RAND()", "NOW()", "struuid()", "\\u0052AND()"):
        assert "etag" not in web.get("/sparql", params={"query": f"SELECT ({word} AS ?x) {{}}"}).headers


def test_answers_are_compressed_for_who_takes_it(web: httpx.Client) -> None:
    plain = web.get("/data/sources", headers={"Accept-Encoding": "identity"})
    assert "content-encoding" not in plain.headers
    squeezed = web.get("/data/sources", headers={"Accept-Encoding": "br, gzip"})
    assert squeezed.headers["content-encoding"] == "gzip"
    assert squeezed.content == plain.content
    assert int(squeezed.headers["content-length"]) < len(plain.content) / 2
    assert "content-encoding" not in web.get("/data/sources", headers={"Accept-Encoding": "gzip;q=0"}).headers


def test_any_site_may_read_the_data_but_not_the_pages(web: httpx.Client) -> None:
    for where in ("/sparql?query=ASK{}", "/data/agents", "/void", "/sparql?query=ASK"):
        assert web.get(where, headers={"Origin": "https://x.example"}).headers["access-control-allow-origin"] == "*"
    assert "access-control-allow-origin" not in web.get("/", headers={"Origin": "https://x.example"}).headers
    asked = {
        "Origin": "https://x.example",
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "content-type",
    }
    reply = web.options("/sparql", headers=asked)
    assert reply.status_code == 204
    assert "POST" in reply.headers["access-control-allow-methods"]
    assert "content-type" in reply.headers["access-control-allow-headers"].lower()
    assert "access-control-allow-methods" not in web.options("/", headers=asked).headers


@pytest.mark.parametrize(
    "host", ["evil.example", "127.0.0.1.evil.example", "evil.example:80", "", "169.254.169.254", "localhost.evil"]
)
def test_a_foreign_host_name_is_refused(web: httpx.Client, host: str) -> None:
    assert web.get("/healthz", headers={"Host": host}).status_code == 421


def test_the_names_of_this_machine_are_answered(web: httpx.Client, address: str) -> None:
    port = address.rsplit(":", 1)[1]
    for host in (f"localhost:{port}", "localhost", "127.0.0.1", f"[::1]:{port}", "[::1]", "app.localhost"):
        assert web.get("/healthz", headers={"Host": host}).status_code == 200
    assert not is_loopback("0.0.0.0")


# Limits


def test_what_is_too_large_is_refused(web: httpx.Client) -> None:
    assert web.post("/sparql", content=b"#" * (limits.BODY + 1), headers=DIRECT).status_code == 413
    assert web.post("/sparql", content=iter([b"#" * 65536] * 20), headers=DIRECT).status_code == 413
    assert ask(web, "#" * 200_001).status_code == 400
    assert web.get("/sparql?" + "&".join(["a=b"] * (limits.PARAMETERS + 1))).status_code == 400


def test_no_result_is_cut_off(web: httpx.Client) -> None:
    rows = "SELECT ?a { { SELECT ?a { ?a ?b ?c . ?d ?e ?f } LIMIT %d } }"
    for accept in (
        "text/csv",
        "application/sparql-results+json",
        "application/sparql-results+xml",
        "text/tab-separated-values",
    ):
        reply = ask(web, rows % (limits.RESULT_ROWS + 1), Accept=accept)
        assert reply.status_code == 400
        assert "rows" in reply.text
    reply = ask(web, rows % limits.RESULT_ROWS, Accept="text/csv")
    assert reply.status_code == 200
    assert reply.text.count("\n") == limits.RESULT_ROWS + 1
    reply = ask(web, "SELECT * { ?a ?b ?c . ?d ?e ?f }")
    assert reply.status_code == 400
    assert "bytes" in reply.text


@pytest.mark.slow
def test_slow_visitors_are_sent_away(web: httpx.Client, address: str) -> None:
    half_head = raw(address, b"GET / HTTP/1.1\r\nHost: localhost\r\n")
    silent = raw(address, b"")
    second = raw(address, b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\nGET / HTTP/1.1\r\n")
    half_body = raw(
        address,
        b"POST /sparql HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/sparql-query\r\nContent-Length: 9\r\n\r\nASK",
    )
    with half_head, silent, second, half_body:
        assert truth(ask(web, "ASK {}"))
        for line in (half_head, silent):
            with suppress(ConnectionResetError):
                assert line.recv(100) == b""
        assert b"408" in half_body.recv(100)
        said = b""
        with suppress(ConnectionResetError):
            while data := second.recv(1 << 16):
                said += data
        assert said.count(b"HTTP/1.1") == 1


def test_what_is_no_http_is_answered_and_forgotten(web: httpx.Client, address: str) -> None:
    for data in (b"\x00\x01\x02\r\n\r\n", b"GET / HTTP/9.9\r\n\r\n", b"GET /\xff\x00 HTTP/1.1\r\nHost: localhost\r\n\r\n"):
        with raw(address, data) as line:
            assert b"Traceback" not in line.recv(1000)
    assert truth(ask(web, "ASK {}"))


# The command


def said_by(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "kgtools", "serve", "--no-open", *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, cwd=ROOT, check=False)


def test_a_port_in_use_is_said_in_a_sentence() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        result = said_by("--port", port)
    assert result.returncode == 2
    assert f"--port: {port} cannot be had" in result.stderr
    assert "Traceback" not in result.stderr


def test_the_next_free_port_is_taken_where_none_is_named() -> None:
    with bind("127.0.0.1", None) as first, bind("127.0.0.1", None) as second:
        assert first.getsockname()[1] != second.getsockname()[1]


@pytest.mark.parametrize(
    "arguments",
    [("--port", "x"), ("--port", "70000"), ("--timeout", "0"), ("--host", "no such host"), ("--workspace", "nowhere")],
)
def test_a_wrong_call_is_answered_with_a_sentence(arguments: tuple[str, ...]) -> None:
    result = said_by(*arguments)
    assert result.returncode == 2
    assert result.stderr.startswith("kgtools")
    assert "Traceback" not in result.stderr


def test_a_workspace_that_cannot_be_loaded_is_said_in_a_sentence(tmp_path: Path) -> None:
    import shutil

    shutil.copytree(EXAMPLE, tmp_path / "case")
    (tmp_path / "case/graph/agents.ttl").write_text("no turtle", encoding="utf-8")
    result = said_by("--workspace", str(tmp_path / "case"), "--port", "0")
    assert result.returncode == 2
    assert "agents.ttl, line 1" in result.stderr


@pytest.mark.slow
@pytest.mark.parametrize("with_text", [False, True])
def test_others_are_warned_of_and_answered_by_any_name(with_text: bool) -> None:
    more = ["--with-text"] if with_text else []
    with running("--host", "0.0.0.0", "--port", "0", "--workspace", str(EXAMPLE), *more) as (address, _):
        port = address.rsplit(":", 1)[1]
        assert httpx.get(f"http://127.0.0.1:{port}/healthz", headers={"Host": "anything.example"}).status_code == 200


@pytest.mark.parametrize("with_text", [False, True])
def test_a_worker_without_text_has_no_folder_of_documents(with_text: bool) -> None:
    settings = {"workspace": str(EXAMPLE), "documents": None, "withdrawn": False, "with_text": with_text, "store": None}
    assert bool(Bench(settings).space.workspace.documents) is with_text


# The fast lane and what is behind it


@pytest.mark.parametrize(
    "query",
    [
        "ASK {}",
        "SELECT * { ?s ?p ?o } LIMIT 3",
        "SELECT * { ?s ?p ?o } LIMIT 2000",
        "DESCRIBE <a:b>",
        "ASK {",
        "SELECT (",
        "\u00e4",
    ],
)
@pytest.mark.parametrize("accept", ["*/*", "text/csv", "text/turtle", "image/png"])
@pytest.mark.parametrize("encoding", ["gzip", "identity"])
def test_the_fast_lane_answers_as_the_application_does(web: httpx.Client, query: str, accept: str, encoding: str) -> None:
    headers = {"Accept": accept, "Accept-Encoding": encoding}
    replies = [
        web.get("/sparql", params={"query": query}, headers={**headers, **more}) for more in ({}, {"X-Behind": "1"}, {}, {})
    ]
    first, *others = ((one.status_code, one.content, {**one.headers, "date": ""}) for one in replies)
    assert all(other == first for other in others)


def test_requests_in_one_piece_and_in_many_are_answered_in_order(web: httpx.Client, address: str) -> None:
    asks = [
        f"GET /sparql?query=SELECT({n}+AS+?x){{}} HTTP/1.1\r\nHost: localhost\r\nAccept: text/csv\r\n\r\n".encode()
        for n in range(5)
    ]
    for pieces in (
        [b"".join(asks)],
        asks,
        [bytes([one]) for one in b"".join(asks)],
        [asks[0] + asks[1][:9], asks[1][9:] + b"".join(asks[2:])],
    ):
        with raw(address, b"") as line:
            for piece in pieces:
                line.sendall(piece)
            said = b""
            while said.count(b"x\r\n") < 5 or not said.endswith(b"4\r\n"):
                data = line.recv(1 << 16)
                assert data, said
                said += data
        assert re.findall(rb"\r\n\r\nx\r\n(\d)", said) == [b"0", b"1", b"2", b"3", b"4"]


# Small parts


def test_the_cache_is_bounded() -> None:
    cache = Cache(most=10_000)
    for number in range(50):
        cache.put(Answer(200, b"x" * 1_000, tag=str(number)))
    assert cache.get("49") is not None
    assert cache.get("0") is None
    cache.put(Answer(200, b"x" * (limits.CACHED_BYTES + 1), tag="large"))
    assert cache.get("large") is None


def test_tags_are_compared_weakly() -> None:
    assert matches('W/"a", "b-gzip"', "b")
    assert matches("*", "b")
    assert not matches('"c"', "b")


def test_compressed_bytes_are_the_same_every_time(web: httpx.Client) -> None:
    def once() -> bytes:
        with web.stream("GET", "/data/sources", headers={"Accept-Encoding": "gzip"}) as reply:
            return b"".join(reply.iter_raw())

    assert once() == once()
    assert gzip.decompress(once())


def test_json_results_are_json(web: httpx.Client) -> None:
    reply = ask(web, "SELECT ?s { ?s ?p ?o } LIMIT 3")
    assert len(json.loads(reply.content)["results"]["bindings"]) == 3
