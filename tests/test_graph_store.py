"""The cases that the W3C publishes for the SPARQL 1.1 Graph Store HTTP Protocol, asked of a store that is read-only.

They are restated here in words of our own, each under its name and its number in the
published list: those that write are refused, and those that read after them find everything as it was.
"""

from __future__ import annotations

from urllib.parse import quote

import httpx
import pytest
from conftest import EXAMPLE
from serving import AGENTS, GRAPH, address, web

import kgtools
from kgtools.turtle import parse_text

pytestmark = pytest.mark.slow
__all__ = ["address", "web"]

PUBLISHED = dict(
    enumerate(
        """
        put__initial_state get_of_put__initial_state put__graph_already_in_store get_of_put__graph_already_in_store
        put__default_graph get_of_put__default_graph put__mismatched_payload delete__existing_graph
        get_of_delete__existing_graph delete__nonexistent_graph post__existing_graph get_of_post__existing_graph
        post__multipart_formdata get_of_post__multipart_formdata post__create__new_graph get_of_post__create__new_graph
        get_of_post__after_noop head_on_an_existing_graph head_on_a_nonexisting_graph
        """.split(),
        start=1,
    )
)
TURTLE = "text/turtle; charset=utf-8"
HERE, THERE, NEW = "/data/agents", f"/data?graph={quote(AGENTS, '')}", f"/data?graph={quote(GRAPH + 'new', '')}"
WRITES = {
    1: ("PUT", NEW, TURTLE), 3: ("PUT", HERE, TURTLE), 5: ("PUT", "/data?default", TURTLE),
    7: ("PUT", HERE, "application/rdf+xml"), 8: ("DELETE", HERE, TURTLE), 10: ("DELETE", NEW, TURTLE),
    11: ("POST", HERE, TURTLE), 13: ("POST", HERE, "multipart/form-data; boundary=a"), 15: ("POST", "/data", TURTLE),
}  # fmt: skip
READS = {
    2: ("GET", THERE, 200), 4: ("GET", HERE, 200), 6: ("GET", "/data?default", 200), 9: ("GET", HERE, 200),
    12: ("GET", THERE, 200), 14: ("GET", HERE, 200), 16: ("GET", NEW, 404), 17: ("GET", HERE, 200),
    18: ("HEAD", HERE, 200), 19: ("HEAD", NEW, 404),
}  # fmt: skip


def named(number: int) -> str:
    return f"{number}-{PUBLISHED[number]}"


def test_every_published_case_is_restated_once() -> None:
    assert sorted([*WRITES, *READS]) == list(PUBLISHED)


@pytest.mark.parametrize("number", WRITES, ids=named)
def test_a_published_case_that_writes_is_refused(web: httpx.Client, number: int) -> None:
    method, where, kind = WRITES[number]
    reply = web.request(method, where, content="<a:a> <a:a> <a:a> .", headers={"Content-Type": kind})
    assert reply.status_code == 405
    assert reply.headers["allow"] == "GET, HEAD, OPTIONS"


@pytest.mark.parametrize("number", READS, ids=named)
def test_a_published_case_that_reads_finds_everything_as_it_was(web: httpx.Client, number: int) -> None:
    method, where, status = READS[number]
    for write, there, kind in WRITES.values():
        web.request(write, there, content="<a:a> <a:a> <a:a> .", headers={"Content-Type": kind})
    reply = web.request(method, where, headers={"Accept": "text/turtle"})
    assert reply.status_code == status
    if method == "HEAD":
        assert reply.content == b""
    elif status == 200:
        assert reply.headers["content-type"].split(";")[0] == "text/turtle"
        found = set(parse_text(reply.content, "data"))
        wanted = set(kgtools.open(EXAMPLE).graphs[AGENTS])
        assert found > wanted if where.endswith("default") else found == wanted
