"""The server, as a process on loopback: the protocols, limits and headers. W3C test names stand where a case restates one."""

from __future__ import annotations

import csv
import gzip
import io
import json
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import cache
from pathlib import Path
from urllib.parse import quote

import httpx
import pytest
from conftest import EXAMPLE, ROOT
from hostile_queries import HOSTILE, QUICK, REFUSED

import kgtools
from kgtools.server import limits
from kgtools.server.frames import Frame, Unpacker, pack
from kgtools.server.hosts import is_loopback
from kgtools.server.jobs import Bench
from kgtools.server.negotiation import GRAPHS, ROWS, best, prefers_html
from kgtools.server.replies import SECURITY, Answer, Cache, matches
from kgtools.server.run import bind
from kgtools.server.worker import work
from kgtools.turtle import parse_text

GRAPH = "https://example.org/pump-house/graph/"
AGENTS, SOURCES, CRAFT = (f"{GRAPH}{name}" for name in ("agents", "sources", "craft"))
DIRECT = {"Content-Type": "application/sparql-query"}
FORM = {"Content-Type": "application/x-www-form-urlencoded"}
TIMEOUT = 3.0


@contextmanager
def running(*arguments: str) -> Iterator[tuple[str, subprocess.Popen[str]]]:
    """Run the command as a process of its own; yield its address and the process."""
    command = [sys.executable, "-m", "kgtools", "serve", "--no-open", *arguments]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True, env=environment, cwd=ROOT) as process:
        assert process.stderr is not None
        said = ""
        for line in process.stderr:
            said += line
            found = re.search(r"at (http://\S+)/$", line)
            if found:
                break
        else:
            pytest.fail(f"no address: {said}")
        try:
            yield found[1], process
        finally:
            process.send_signal(signal.SIGINT)
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    with running("--port", "0", "--timeout", str(TIMEOUT), "--workspace", str(EXAMPLE)) as (found, _):
        yield found


@pytest.fixture(scope="module")
def web(address: str) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=address, timeout=30) as client:
        yield client


def ask(web: httpx.Client, query: str, **headers: str) -> httpx.Response:
    return web.post("/sparql", content=query, headers={**DIRECT, **headers})


def truth(reply: httpx.Response) -> bool:
    assert reply.status_code == 200, reply.text
    assert reply.headers["content-type"] == "application/sparql-results+json"
    found: bool = reply.json()["boolean"]
    return found


# SPARQL 1.1 Protocol: what is to succeed


def test_query_get(web: httpx.Client) -> None:
    assert truth(web.get("/sparql", params={"query": "ASK {}", "default-graph-uri": AGENTS}))


def test_query_post_form(web: httpx.Client) -> None:
    assert truth(web.post("/sparql", params={"default-graph-uri": AGENTS}, data={"query": "ASK {}"}))


def test_query_post_direct(web: httpx.Client) -> None:
    assert truth(ask(web, "ASK {}"))


@cache
def kinds(name: str) -> str:
    """Return a pattern that holds in one graph of the invented case only."""
    graphs = kgtools.open(EXAMPLE).graphs
    elsewhere = {(t.subject, t.predicate) for other, triples in graphs.items() if other != name for t in triples}
    found = next(t for t in graphs[name] if (t.subject, t.predicate) not in elsewhere)
    return f"{found.subject} {found.predicate} ?{name.rsplit('/', 1)[-1]}"


Pairs = list[tuple[str, str | int | float | bool | None]]
TWO: Pairs = [("default-graph-uri", AGENTS), ("default-graph-uri", SOURCES)]
NAMED: Pairs = [("named-graph-uri", AGENTS), ("named-graph-uri", SOURCES)]


def in_default() -> str:
    return f"ASK {{ {kinds(AGENTS)} . {kinds(SOURCES)} }}"


def in_named() -> str:
    return f"ASK {{ GRAPH ?g1 {{ {kinds(AGENTS)} }} GRAPH ?g2 {{ {kinds(SOURCES)} }} }}"


def test_query_dataset_default_graphs_get(web: httpx.Client) -> None:
    assert truth(web.get("/sparql", params=[("query", in_default()), *TWO]))
    assert not truth(web.get("/sparql", params=[("query", in_default()), *TWO[:1]]))


def test_query_dataset_default_graphs_post(web: httpx.Client) -> None:
    assert truth(web.post("/sparql", params=TWO, content=in_default(), headers=DIRECT))
    assert not truth(web.post("/sparql", params=TWO[1:], content=in_default(), headers=DIRECT))
    body = "&".join(f"{name}={quote(str(value), '')}" for name, value in [("query", in_default()), *TWO])
    assert truth(web.post("/sparql", content=body, headers=FORM))


def test_query_dataset_named_graphs_post(web: httpx.Client) -> None:
    assert truth(web.post("/sparql", params=NAMED, content=in_named(), headers=DIRECT))
    assert not truth(web.post("/sparql", params=NAMED[:1], content=in_named(), headers=DIRECT))


def test_query_dataset_named_graphs_get(web: httpx.Client) -> None:
    assert truth(web.get("/sparql", params=[("query", in_named()), *NAMED]))
    assert not truth(web.get("/sparql", params=[("query", f"ASK {{ {kinds(AGENTS)} }}"), *NAMED]))


def test_query_dataset_full(web: httpx.Client) -> None:
    query = in_named().replace("ASK {", f"ASK {{ {kinds(CRAFT)} ", 1)
    assert truth(web.post("/sparql", params=[("default-graph-uri", CRAFT), *NAMED], content=query, headers=DIRECT))
    assert not truth(web.post("/sparql", params=NAMED, content=query, headers=DIRECT))


def test_query_multiple_dataset(web: httpx.Client) -> None:
    """What the request names counts, and not what the query names."""
    query = in_named().replace("ASK", f"ASK FROM <{CRAFT}>", 1)
    assert truth(web.post("/sparql", params=NAMED, content=query, headers=DIRECT))
    query = f"ASK FROM <{AGENTS}> {{ {kinds(AGENTS)} }}"
    assert truth(ask(web, query))
    assert not truth(web.post("/sparql", params=[("default-graph-uri", CRAFT)], content=query, headers=DIRECT))


@pytest.mark.parametrize(("query", "wanted"), [("SELECT (1 AS ?value) {}", ROWS), ("ASK {}", ROWS)])
def test_query_content_type_select_and_ask(web: httpx.Client, query: str, wanted: dict[str, str]) -> None:
    assert ask(web, query).headers["content-type"].split(";")[0] in wanted
    for media_type, form in wanted.items():
        reply = ask(web, query, Accept=media_type)
        assert reply.status_code == 200
        assert reply.headers["content-type"].split(";")[0] == media_type
        assert (b"1" if "SELECT" in query else b"true") in reply.content, form


@pytest.mark.parametrize("query", ["DESCRIBE <http://example.org/>", "CONSTRUCT { <s> <p> 1 } WHERE {}"])
def test_query_content_type_describe_and_construct(web: httpx.Client, query: str) -> None:
    assert ask(web, query).headers["content-type"] == "text/turtle; charset=utf-8"
    for media_type in GRAPHS:
        reply = ask(web, query, Accept=media_type)
        assert reply.status_code == 200
        assert reply.headers["content-type"].split(";")[0] == media_type


# SPARQL 1.1 Protocol: what is to be refused


def test_bad_query_method(web: httpx.Client) -> None:
    for method in ("PUT", "DELETE", "PATCH"):
        reply = web.request(method, "/sparql", params={"query": "ASK {}"})
        assert reply.status_code == 405
        assert set(reply.headers["allow"].split(", ")) == {"GET", "HEAD", "POST", "OPTIONS"}


def test_bad_multiple_queries(web: httpx.Client) -> None:
    assert web.get("/sparql", params=[("query", "ASK {}"), ("query", "SELECT * {}")]).status_code == 400
    assert web.post("/sparql", content="query=ASK%20{}&query=ASK%20{}", headers=FORM).status_code == 400
    assert web.post("/sparql", params={"query": "ASK {}"}, content="ASK {}", headers=DIRECT).status_code == 400


def test_bad_query_wrong_media_type(web: httpx.Client) -> None:
    assert web.post("/sparql", content="ASK {}", headers={"Content-Type": "text/plain"}).status_code == 415


@pytest.mark.parametrize("body", ["query=ASK%20%7B%7D", "ASK {}", ""], ids=["form", "direct", "empty"])
def test_bad_query_missing_form_type_and_direct_type(web: httpx.Client, body: str) -> None:
    assert web.post("/sparql", content=body).status_code == 415


def test_bad_query_non_utf8(web: httpx.Client) -> None:
    kind = {"Content-Type": "application/sparql-query; charset=UTF-16"}
    assert web.post("/sparql", content="ASK {}".encode("utf-16"), headers=kind).status_code == 415
    assert web.post("/sparql", content="ASK { ?s ?p '\u00e4' }".encode("latin-1"), headers=DIRECT).status_code == 400
    assert web.post("/sparql", content=b"query=ASK%20%7B%20%3Fs%20%3Fp%20'%E4'%7D", headers=FORM).status_code == 400
    assert web.get("/sparql?query=ASK%20%7B%20%3Fs%20%3Fp%20'%E4'%7D").status_code == 400


def test_bad_query_syntax(web: httpx.Client) -> None:
    reply = web.get("/sparql", params={"query": "ASK {"})
    assert reply.status_code == 400
    assert reply.text.startswith("query: ")
    assert "Traceback" not in reply.text


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("application/x-www-form-urlencoded", "update=CLEAR%20NAMED"),
        ("application/x-www-form-urlencoded", "update=CLEAR%20NAMED&update=CLEAR%20DEFAULT"),
        ("application/x-www-form-urlencoded", "update=CLEAR%20XYZ"),
        ("application/x-www-form-urlencoded", "query=ASK%20{}&update=CLEAR%20ALL"),
        ("application/x-www-form-urlencoded", "using-graph-uri=http%3A%2F%2Fx.example%2F&query=ASK%20{}"),
        ("application/sparql-update", "CLEAR NAMED"),
        ("application/sparql-update; charset=UTF-16", "CLEAR NAMED"),
        ("text/plain", "CLEAR NAMED"),
        ("application/sparql-query", "CLEAR NAMED"),
        ("application/sparql-query", "DELETE WHERE { ?s ?p ?o }"),
        ("application/sparql-query", "INSERT DATA { <a:a> <a:a> <a:a> }"),
    ],
)
def test_updates_are_refused(web: httpx.Client, kind: str, body: str) -> None:
    """Restates update_post_form, update_post_direct and all of bad_update_… for a store that is read-only."""
    assert web.post("/sparql", content=body, headers={"Content-Type": kind}).status_code in (400, 415)
    assert web.get("/sparql", params={"update": "CLEAR ALL"}).status_code == 400
    assert truth(ask(web, f"ASK {{ {kinds(AGENTS)} }}"))


def test_graphs_that_are_not_here_are_refused(web: httpx.Client) -> None:
    for name in ("default-graph-uri", "named-graph-uri"):
        for graph in ("http://127.0.0.1:9/x.ttl", "file:///etc/passwd", ""):
            assert web.get("/sparql", params={"query": "ASK {}", name: graph}).status_code == 400


# Content negotiation


@pytest.mark.parametrize(
    ("accept", "wanted"),
    [
        ("", "application/sparql-results+json"),
        ("*/*", "application/sparql-results+json"),
        ("text/csv;q=0.5, text/tab-separated-values;q=0.6", "text/tab-separated-values"),
        ("text/csv, application/sparql-results+json;q=0.9", "text/csv"),
        ("application/sparql-results+xml;q=0.1, text/turtle", "application/sparql-results+xml"),
        ("application/*", "application/sparql-results+json"),
        ("application/sparql-results+json;q=0, */*", "application/sparql-results+xml"),
        ("TEXT/CSV", "text/csv"),
        ("image/png", None),
        ("text/csv;q=0", None),
        ("text/turtle", None),
    ],
)
def test_accept_is_weighed(web: httpx.Client, accept: str, wanted: str | None) -> None:
    reply = ask(web, "SELECT (1 AS ?x) {}", Accept=accept)
    assert reply.status_code == (200 if wanted else 406)
    assert not wanted or reply.headers["content-type"].split(";")[0] == wanted
    assert best(accept, ROWS) == wanted


def test_a_browser_gets_a_page_and_a_program_does_not() -> None:
    assert prefers_html("text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,*/*;q=0.8")
    assert prefers_html("text/html")
    for accept in (
        "*/*",
        "",
        "application/sparql-results+json",
        "text/turtle, text/html;q=0.5",
        "application/json, text/html;q=0.9",
    ):
        assert not prefers_html(accept)


def test_a_form_may_be_named_in_the_address(web: httpx.Client) -> None:
    reply = web.get("/sparql", params={"query": "SELECT (1 AS ?x) {}", "format": "csv"}, headers={"Accept": "text/html"})
    assert reply.text == "x\r\n1\r\n"
    assert web.get("/sparql", params={"query": "ASK {}", "format": "exe"}).status_code == 400


def test_the_endpoint_describes_itself(web: httpx.Client) -> None:
    reply = web.get("/sparql", headers={"Accept": "text/turtle"})
    assert reply.status_code == 200
    triples = parse_text(reply.content, "description")
    said = {(t.predicate.value.rsplit("#")[-1], getattr(t.object, "value", "")) for t in triples}
    assert ("supportedLanguage", "http://www.w3.org/ns/sparql-service-description#SPARQL11Query") in said
    assert ("name", AGENTS) in said
    assert web.get("/sparql", headers={"Accept": "application/ld+json"}).json()


def test_results_are_exact(web: httpx.Client) -> None:
    query = "SELECT * { VALUES (?a ?b) { ('=1+1' UNDEF) ('a\\n\"b\"' <http://x.example/\u00e4>) } }"
    rows = list(csv.reader(io.StringIO(ask(web, query, Accept="text/csv").text, newline="")))
    assert rows == [["a", "b"], ["=1+1", ""], ['a\n"b"', "http://x.example/\u00e4"]]


# Graph Store Protocol


@pytest.mark.parametrize("where", [f"/data?graph={quote(AGENTS, '')}", "/data/agents"])
def test_a_graph_is_handed_out_by_either_identification(web: httpx.Client, where: str) -> None:
    wanted = set(kgtools.open(EXAMPLE).graphs[AGENTS])
    assert set(parse_text(web.get(where).content, "data")) == wanted
    for media_type in GRAPHS:
        reply = web.get(where, headers={"Accept": media_type})
        assert reply.headers["content-type"].split(";")[0] == media_type
    assert web.get(where, headers={"Accept": "image/png"}).status_code == 406


def test_the_default_graph_is_the_union(web: httpx.Client) -> None:
    count = ask(web, "SELECT (COUNT(*) AS ?n) { ?s ?p ?o }", Accept="text/csv").text.split()[1]
    assert len(set(parse_text(web.get("/data?default").content, "data"))) == int(count)


def test_head_on_a_graph_is_get_without_its_body(web: httpx.Client) -> None:
    got, head = web.get("/data/agents"), web.head("/data/agents")
    assert head.status_code == 200
    assert head.content == b""
    for name in ("content-type", "etag", "content-length"):
        assert head.headers.get(name) == got.headers.get(name) or "content-encoding" in got.headers


def test_a_graph_that_is_not_there_is_not_found(web: httpx.Client) -> None:
    for where in (
        "/data/nothing",
        "/data?graph=http://x.example/",
        "/data/../../etc/passwd",
        f"/data?graph={quote(quote(AGENTS, ''), '')}x",
    ):
        assert web.get(where).status_code in (400, 404), where
        assert web.head(where).status_code in (400, 404), where


def test_one_graph_is_to_be_named(web: httpx.Client) -> None:
    for where in ("/data", "/data?default&graph=" + quote(AGENTS, ""), "/data?graph=agents", "/data/agents?default"):
        assert web.get(where).status_code == 400, where


@pytest.mark.parametrize("method", ["PUT", "POST", "DELETE", "PATCH"])
def test_the_graph_store_is_read_only(web: httpx.Client, method: str) -> None:
    reply = web.request(method, "/data?default", content="<a:a> <a:a> <a:a> .", headers={"Content-Type": "text/turtle"})
    assert reply.status_code == 405
    assert reply.headers["allow"] == "GET, HEAD, OPTIONS"


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
    assert len(told["version"]) == 16


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


def test_a_query_beyond_its_time_is_ended_and_others_go_on(web: httpx.Client) -> None:
    begun = time.monotonic()
    reply = ask(web, "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i }")
    assert reply.status_code == 503
    assert f"{TIMEOUT:g} s" in reply.text
    assert "retry-after" in reply.headers
    assert time.monotonic() - begun < TIMEOUT + 5
    assert truth(ask(web, "ASK {}"))


@contextmanager
def good_client(address: str) -> Iterator[list[int]]:
    """Ask for pages and answers all the while; yield the list that their statuses go to."""
    statuses: list[int] = []
    over = threading.Event()

    def go_on() -> None:
        with httpx.Client(base_url=address, timeout=30) as client:
            place = 0
            while not over.is_set() or place < 2:
                place += 1
                query = f"SELECT (COUNT(*) AS ?n{place}) {{ ?s a ?type }}"
                statuses.append(client.get("/sparql", params={"query": query}).status_code)
                statuses.append(client.get("/", params={"n": str(place)}).status_code)
                time.sleep(0.02)

    thread = threading.Thread(target=go_on)
    thread.start()
    try:
        yield statuses
    finally:
        over.set()
        thread.join(60)


def be_hostile(web: httpx.Client, address: str, name: str) -> None:
    query = HOSTILE[name]
    begun = time.monotonic()
    with good_client(address) as statuses:
        reply = web.post("/sparql", content=query, headers=DIRECT)
        time.sleep(0.1)
    assert reply.status_code in ((400,) if name in REFUSED else (200, 400, 503)), reply.text[:300]
    assert time.monotonic() - begun < TIMEOUT + 15
    assert set(statuses) == {200}


@pytest.mark.parametrize("name", QUICK)
def test_a_hostile_query_ends_while_others_go_on(web: httpx.Client, address: str, name: str) -> None:
    be_hostile(web, address, name)


@pytest.mark.slow
@pytest.mark.parametrize("name", [name for name in HOSTILE if name not in QUICK])
def test_every_hostile_query_ends_while_others_go_on(web: httpx.Client, address: str, name: str) -> None:
    be_hostile(web, address, name)


def test_there_are_fifty_hostile_queries() -> None:
    assert len(HOSTILE) >= 50


def test_a_visitor_who_goes_away_ends_his_query(web: httpx.Client) -> None:
    with pytest.raises(httpx.ReadTimeout):
        web.get("/sparql", params={"query": "SELECT (COUNT(*) AS ?gone) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i }"}, timeout=0.6)
    for _ in range(20):
        if web.get("/healthz").json()["queries"]["running"] == 0:
            return
        time.sleep(0.1)
    pytest.fail("it runs on")


def test_short_queries_that_come_together_with_a_long_one_get_each_its_own_answer(address: str) -> None:
    """Short ones go to a worker several at a time, and those behind the long one to another worker."""
    long = "SELECT (COUNT(*) AS ?together) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i }"
    with raw(address, f"GET /sparql?query={quote(long)} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode()) as slow:
        lines = [raw(address, b"") for _ in range(12)]
        for turn in range(20):
            for number, line in enumerate(lines):
                query = quote(f"SELECT ({number} AS ?own{turn}) {{}}")
                line.sendall(f"GET /sparql?query={query} HTTP/1.1\r\nHost: localhost\r\nAccept: text/csv\r\n\r\n".encode())
            for number, line in enumerate(lines):
                assert line.recv(1 << 16).endswith(f"\r\n\r\nown{turn}\r\n{number}\r\n".encode())
        for line in lines:
            line.close()
        assert slow.recv(100).startswith(b"HTTP/1.1 503 ")


@pytest.mark.slow
def test_too_many_requests_at_a_time_are_told_to_wait(address: str) -> None:
    query = "SELECT (COUNT(*) AS ?n%d) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i }"
    statuses, headers = [], []

    def go(number: int) -> None:
        reply = httpx.get(f"{address}/sparql", params={"query": query % number}, timeout=60)
        statuses.append(reply.status_code)
        headers.append("retry-after" in reply.headers)

    threads = [threading.Thread(target=go, args=(number,)) for number in range(limits.IN_FLIGHT_OF_ONE + 6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert set(statuses) == {429, 503}
    assert all(headers)


def raw(address: str, data: bytes) -> socket.socket:
    line = socket.create_connection(("127.0.0.1", int(address.rsplit(":", 1)[1])), timeout=30)
    line.sendall(data)
    return line


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


def alive(process: int) -> bool:
    """Tell whether a process runs; one that waits for its parent to look does not."""
    path = Path(f"/proc/{process}/stat")
    try:
        return path.read_text(encoding="utf-8").rsplit(") ", 1)[1][0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


def workers_of(process: int) -> list[int]:
    """Return the processes below one: the nursery, and the workers that it forked."""
    children = Path(f"/proc/{process}/task/{process}/children")
    found = [int(one) for one in children.read_text(encoding="ascii").split()] if children.exists() else []
    return [*found, *(below for one in found for below in workers_of(one))]


def test_ctrl_c_ends_it_quietly_and_takes_its_workers_along() -> None:
    with running("--port", "0", "--workspace", str(EXAMPLE)) as (address, process):
        assert httpx.get(f"{address}/healthz").status_code == 200
        workers = workers_of(process.pid)
        process.send_signal(signal.SIGINT)
        assert process.wait(10) == 0
        assert process.stderr is not None
        assert process.stderr.read().strip() in ("", "stopped")
    assert not any(alive(worker) for worker in workers)


@pytest.mark.slow
def test_workers_end_when_the_server_is_killed() -> None:
    with running("--port", "0", "--workspace", str(EXAMPLE)) as (address, process):
        httpx.get(f"{address}/healthz")
        workers = workers_of(process.pid)
        process.kill()
        process.wait()
        for _ in range(50):
            if not any(alive(worker) for worker in workers):
                return
            time.sleep(0.1)
    pytest.fail("workers go on")


def test_workers_and_the_process_that_starts_them_are_replaced() -> None:
    with running("--port", "0", "--workspace", str(EXAMPLE)) as (address, process):
        nursery, *workers = workers_of(process.pid)
        for one in (nursery, *workers):
            os.kill(one, signal.SIGKILL)
        with httpx.Client(base_url=address, timeout=30) as web:
            assert truth(web.get("/sparql", params={"query": "ASK {}"}))
            assert web.get("/incident/pump-house-2019").status_code == 200
        assert nursery not in workers_of(process.pid)


def test_a_worker_lets_go_of_what_the_server_has_given_to_another() -> None:
    """The job in hand is answered, what waited behind it is not, and what comes after is."""
    ours, theirs = socket.socketpair()

    class Bench:
        def done(self, job: dict[str, int], body: bytes) -> tuple[dict[str, int], bytes]:
            time.sleep(job["seconds"])
            return {"status": 200}, body

    process = os.fork()
    if not process:
        ours.close()
        work(theirs, Bench(), 30)
    theirs.close()
    with ours:
        ours.sendall(b"".join(pack({"seconds": seconds}, name) for seconds, name in ((0.3, b"long"), (0, b"a"), (0, b"b"))))
        time.sleep(0.1)
        ours.sendall(pack({"back": True}) + pack({"seconds": 0}, b"after"))
        arrived = Unpacker()
        said: list[Frame] = []
        while len(said) < 4:
            said += arrived.feed(ours.recv(1 << 16))
    os.waitpid(process, 0)
    assert [body for _, body in said] == [b"", b"long", b"", b"after"]


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
    settings = {"workspace": str(EXAMPLE), "documents": None, "withdrawn": False, "with_text": with_text, "pool": "query"}
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
