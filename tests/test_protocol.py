"""The SPARQL 1.1 Protocol and the Graph Store Protocol.

The cases that the W3C publishes for the former are restated here in words of our own, each under its name and its number
in the published list; the updates among them are to be refused, for the service is read-only.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from functools import cache
from urllib.parse import quote

import httpx
import pytest
from conftest import EXAMPLE
from serving import AGENTS, CRAFT, DIRECT, FORM, SOURCES, address, ask, truth, web

import kgtools
from kgtools.server.negotiation import GRAPHS, ROWS, best, prefers_html
from kgtools.turtle import parse_text

__all__ = ["address", "web"]

PUBLISHED = dict(
    enumerate(
        """
        query_post_form query_dataset_default_graphs_get query_dataset_default_graphs_post
        query_dataset_named_graphs_post query_dataset_named_graphs_get query_dataset_full query_multiple_dataset query_get
        query_content_type_select query_content_type_ask query_content_type_describe query_content_type_construct
        update_dataset_default_graph update_dataset_default_graphs update_dataset_named_graphs update_dataset_full
        update_post_form update_post_direct update_base_uri query_post_direct bad_query_method bad_multiple_queries
        bad_query_wrong_media_type bad_query_missing_form_type bad_query_missing_direct_type bad_query_non_utf8
        bad_query_syntax bad_update_get bad_multiple_updates bad_update_wrong_media_type bad_update_missing_form_type
        bad_update_non_utf8 bad_update_syntax bad_update_dataset_conflict
        """.split(),
        start=1,
    )
)
RESTATED: list[int] = []
Test = Callable[[httpx.Client], None]


def restates(number: int) -> Callable[[Test], Test]:
    """Mark a test as the restatement of a published case, whose name it bears."""

    def marked(test: Test) -> Test:
        assert test.__name__ == f"test_{PUBLISHED[number]}"
        RESTATED.append(number)
        return test

    return marked


def case(number: int, *values: object) -> object:
    """Return the values of one published case of several that one test restates."""
    RESTATED.append(number)
    return pytest.param(*values, id=f"{number}-{PUBLISHED[number]}")


def test_every_published_case_is_restated_once() -> None:
    assert sorted(RESTATED) == list(PUBLISHED)


# SPARQL 1.1 Protocol: what is to succeed


@restates(8)
def test_query_get(web: httpx.Client) -> None:
    assert truth(web.get("/sparql", params={"query": "ASK {}", "default-graph-uri": AGENTS}))


@restates(1)
def test_query_post_form(web: httpx.Client) -> None:
    assert truth(web.post("/sparql", params={"default-graph-uri": AGENTS}, data={"query": "ASK {}"}))


@restates(20)
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


@restates(2)
def test_query_dataset_default_graphs_get(web: httpx.Client) -> None:
    assert truth(web.get("/sparql", params=[("query", in_default()), *TWO]))
    assert not truth(web.get("/sparql", params=[("query", in_default()), *TWO[:1]]))


@restates(3)
def test_query_dataset_default_graphs_post(web: httpx.Client) -> None:
    assert truth(web.post("/sparql", params=TWO, content=in_default(), headers=DIRECT))
    assert not truth(web.post("/sparql", params=TWO[1:], content=in_default(), headers=DIRECT))
    body = "&".join(f"{name}={quote(str(value), '')}" for name, value in [("query", in_default()), *TWO])
    assert truth(web.post("/sparql", content=body, headers=FORM))


@restates(4)
def test_query_dataset_named_graphs_post(web: httpx.Client) -> None:
    assert truth(web.post("/sparql", params=NAMED, content=in_named(), headers=DIRECT))
    assert not truth(web.post("/sparql", params=NAMED[:1], content=in_named(), headers=DIRECT))


@restates(5)
def test_query_dataset_named_graphs_get(web: httpx.Client) -> None:
    assert truth(web.get("/sparql", params=[("query", in_named()), *NAMED]))
    assert not truth(web.get("/sparql", params=[("query", f"ASK {{ {kinds(AGENTS)} }}"), *NAMED]))


@restates(6)
def test_query_dataset_full(web: httpx.Client) -> None:
    query = in_named().replace("ASK {", f"ASK {{ {kinds(CRAFT)} ", 1)
    assert truth(web.post("/sparql", params=[("default-graph-uri", CRAFT), *NAMED], content=query, headers=DIRECT))
    assert not truth(web.post("/sparql", params=NAMED, content=query, headers=DIRECT))


@restates(7)
def test_query_multiple_dataset(web: httpx.Client) -> None:
    """What the request names counts, and not what the query names."""
    query = in_named().replace("ASK", f"ASK FROM <{CRAFT}>", 1)
    assert truth(web.post("/sparql", params=NAMED, content=query, headers=DIRECT))
    query = f"ASK FROM <{AGENTS}> {{ {kinds(AGENTS)} }}"
    assert truth(ask(web, query))
    assert not truth(web.post("/sparql", params=[("default-graph-uri", CRAFT)], content=query, headers=DIRECT))


@pytest.mark.parametrize("query", [case(9, "SELECT (1 AS ?value) {}"), case(10, "ASK {}")])
def test_query_content_type_select_and_ask(web: httpx.Client, query: str) -> None:
    assert ask(web, query).headers["content-type"].split(";")[0] in ROWS
    for media_type, form in ROWS.items():
        reply = ask(web, query, Accept=media_type)
        assert reply.status_code == 200
        assert reply.headers["content-type"].split(";")[0] == media_type
        assert (b"1" if "SELECT" in query else b"true") in reply.content, form


@pytest.mark.parametrize("query", [case(11, "DESCRIBE <http://example.org/>"), case(12, "CONSTRUCT { <s> <p> 1 } WHERE {}")])
def test_query_content_type_describe_and_construct(web: httpx.Client, query: str) -> None:
    assert ask(web, query).headers["content-type"] == "text/turtle; charset=utf-8"
    for media_type in GRAPHS:
        reply = ask(web, query, Accept=media_type)
        assert reply.status_code == 200
        assert reply.headers["content-type"].split(";")[0] == media_type


# SPARQL 1.1 Protocol: what is to be refused


@restates(21)
def test_bad_query_method(web: httpx.Client) -> None:
    for method in ("PUT", "DELETE", "PATCH"):
        reply = web.request(method, "/sparql", params={"query": "ASK {}"})
        assert reply.status_code == 405
        assert set(reply.headers["allow"].split(", ")) == {"GET", "HEAD", "POST", "OPTIONS"}


@restates(22)
def test_bad_multiple_queries(web: httpx.Client) -> None:
    assert web.get("/sparql", params=[("query", "ASK {}"), ("query", "SELECT * {}")]).status_code == 400
    assert web.post("/sparql", content="query=ASK%20{}&query=ASK%20{}", headers=FORM).status_code == 400
    assert web.post("/sparql", params={"query": "ASK {}"}, content="ASK {}", headers=DIRECT).status_code == 400


@restates(23)
def test_bad_query_wrong_media_type(web: httpx.Client) -> None:
    assert web.post("/sparql", content="ASK {}", headers={"Content-Type": "text/plain"}).status_code == 415


@pytest.mark.parametrize("body", [case(24, "query=ASK%20%7B%7D"), case(25, "ASK {}"), pytest.param("", id="empty")])
def test_bad_query_missing_form_type_and_direct_type(web: httpx.Client, body: str) -> None:
    assert web.post("/sparql", content=body).status_code == 415


@restates(26)
def test_bad_query_non_utf8(web: httpx.Client) -> None:
    kind = {"Content-Type": "application/sparql-query; charset=UTF-16"}
    assert web.post("/sparql", content="ASK {}".encode("utf-16"), headers=kind).status_code == 415
    assert web.post("/sparql", content="ASK { ?s ?p '\u00e4' }".encode("latin-1"), headers=DIRECT).status_code == 400
    assert web.post("/sparql", content=b"query=ASK%20%7B%20%3Fs%20%3Fp%20'%E4'%7D", headers=FORM).status_code == 400
    assert web.get("/sparql?query=ASK%20%7B%20%3Fs%20%3Fp%20'%E4'%7D").status_code == 400


@restates(27)
def test_bad_query_syntax(web: httpx.Client) -> None:
    reply = web.get("/sparql", params={"query": "ASK {"})
    assert reply.status_code == 400
    assert reply.text.startswith("query: ")
    assert "Traceback" not in reply.text


ADD = "INSERT DATA { GRAPH <http://x.example/g> { <http://x.example/new> a <http://x.example/New> } }"
COPY = "INSERT { <http://x.example/new> a <http://x.example/New> } WHERE { ?s a ?type }"
UPDATE = {"Content-Type": "application/sparql-update"}


def using(*names: str) -> str:
    """Return an address that names graphs for an update, each under the parameter it stands with."""
    return "/sparql?" + "&".join(f"using-{kind}graph-uri={quote(AGENTS, '')}" for kind in names)


@pytest.mark.parametrize(
    ("where", "body", "headers", "status"),
    [
        case(13, using(""), COPY, UPDATE, 415),
        case(14, using("", ""), COPY, UPDATE, 415),
        case(15, using("named-"), COPY, UPDATE, 415),
        case(16, using("", "named-"), COPY, UPDATE, 415),
        case(17, "/sparql", f"update={quote(ADD, '')}", FORM, 400),
        case(18, "/sparql", ADD, UPDATE, 415),
        case(19, "/sparql", "BASE <http://x.example/> INSERT DATA { GRAPH <g> { <new> a <New> } }", UPDATE, 415),
        case(29, "/sparql", f"update={quote(ADD, '')}&update={quote(ADD, '')}", FORM, 400),
        case(30, "/sparql", ADD, {"Content-Type": "text/plain"}, 415),
        case(31, "/sparql", f"update={quote(ADD, '')}", {}, 415),
        case(32, "/sparql", ADD.encode("utf-16"), {"Content-Type": "application/sparql-update; charset=UTF-16"}, 415),
        case(33, "/sparql", "update=CLEAR%20XYZ", FORM, 400),
        case(34, using("named-"), f"update={quote(f'WITH <{AGENTS}> {COPY}', '')}", FORM, 400),
        ("/sparql", "query=ASK%20{}&update=CLEAR%20ALL", FORM, 400),
        ("/sparql", "using-graph-uri=http%3A%2F%2Fx.example%2F&query=ASK%20{}", FORM, 400),
        ("/sparql", "CLEAR NAMED", DIRECT, 400),
        ("/sparql", "DELETE WHERE { ?s ?p ?o }", DIRECT, 400),
        ("/sparql", ADD, DIRECT, 400),
    ],
)
def test_updates_are_refused(web: httpx.Client, where: str, body: str | bytes, headers: dict[str, str], status: int) -> None:
    assert web.post(where, content=body, headers=headers).status_code == status
    assert nothing_changed(web)


@restates(28)
def test_bad_update_get(web: httpx.Client) -> None:
    for update in ("CLEAR ALL", ADD):
        assert web.get("/sparql", params={"update": update}).status_code == 400
    assert nothing_changed(web)


def nothing_changed(web: httpx.Client) -> bool:
    """Ask in the default graph and in all the named ones whether an update came through."""
    added = "ASK { { ?s a <http://x.example/New> } UNION { GRAPH ?g { ?s a <http://x.example/New> } } }"
    return truth(ask(web, f"ASK {{ {kinds(AGENTS)} }}")) and not truth(ask(web, added))


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


def test_a_twin_of_an_answer_is_whole(web: httpx.Client) -> None:
    """The page shows the first rows and announces it; a file of them would look complete."""
    many = "SELECT ?a { VALUES ?a { " + " ".join(map(str, range(1200))) + " } }"
    for suffix, query, wanted in (
        ("csv", many, ask(web, many, Accept="text/csv")),
        ("ttl", "DESCRIBE ?s { ?s a cev:Incident }", None),
        ("jsonld", "DESCRIBE ?s { ?s a cev:Incident }", None),
    ):
        reply = web.get(f"/sparql.{suffix}", params={"query": query}, follow_redirects=True)
        assert reply.status_code == 200
        assert len(reply.text) > 1000
        assert wanted is None or reply.text == wanted.text
    assert web.get("/sparql.ttl", params={"query": many}, follow_redirects=True).status_code == 406
    page = web.get("/sparql", params={"query": many}, headers={"Accept": "text/html"}).text
    assert "sparql.csv?" in page
    assert "sparql.ttl?" not in page


def test_a_twin_without_a_query_is_what_the_endpoint_says_in_that_form(web: httpx.Client) -> None:
    for suffix, form in (("csv", "csv"), ("ttl", "turtle"), ("jsonld", "jsonld")):
        twin = web.get(f"/sparql.{suffix}", follow_redirects=True)
        said = web.get("/sparql", params={"format": form})
        assert (twin.status_code, twin.content) == (said.status_code, said.content)
        assert twin.status_code == (400 if form == "csv" else 200)
    sentence = web.get("/sparql.csv", follow_redirects=True).text
    assert sentence == "query: none, and only a query has rows to give as csv: add query=… to the address\n"
    assert web.get("/sparql.json").json()["page"] == "/sparql"


def test_a_twin_of_an_example_is_its_answer(web: httpx.Client) -> None:
    reply = web.get("/sparql.csv", params={"example": "incidents"}, follow_redirects=True)
    assert reply.status_code == 200 and reply.text.startswith("incident,")
    assert web.get("/sparql.csv", params={"example": "timeline", "incident": "none"}, follow_redirects=True).status_code == 400


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


# Graph Store Protocol; its published cases are in test_graph_store.py


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
