"""The SPARQL page: examples run, faults are marked where they are, what is cut says so, and Stop ends the worker."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Iterator
from functools import cache
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, urlencode, urlsplit
from urllib.request import urlopen

import pytest
from browsing import HOSTILE, Visit, browser
from conftest import EXAMPLE, Copy
from serving import running

from kgtools.evidence import questions
from kgtools.faults import Fault
from kgtools.space import Space, open_space
from kgtools.views.site import respond, results, words
from kgtools.views.site.reply import Reply

pytestmark = pytest.mark.slow

if TYPE_CHECKING:
    from playwright.sync_api import Browser

__all__ = ["browser"]
DATED = "SELECT ?assertion ?said WHERE { ?assertion cev:said ?said } ORDER BY ?said ?assertion LIMIT 20"
ENDLESS = "SELECT (COUNT(*) AS ?n) WHERE { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i . ?j ?k ?l }"


@cache
def example() -> Space:
    return open_space(EXAMPLE)


def ask(**params: str) -> Reply:
    return respond(example(), "/sparql", params, "text/html")


def text(**params: str) -> str:
    return ask(**params).body.decode()


# Examples.


def test_every_named_query_is_an_example_that_goes_into_the_editor() -> None:
    listed = text()
    for name, query in example().queries().items():
        assert f'href="/sparql?example={name}"' in listed
        page = ask(example=name)
        assert page.status == 200
        assert all(f'name="{one.name}"' in page.body.decode() for one in query.parameters)


@pytest.mark.parametrize("name", sorted(example().queries()))
def test_every_named_query_runs_from_its_example(name: str) -> None:
    values = {"date": "2019-03-01", "incident": "pump-house-2019"}
    needed = {one.name: values[one.name] for one in example().queries()[name].parameters if not one.optional}
    moved = ask(example=name, go="1", **needed)
    assert moved.status == 303
    query = parse_qs(urlsplit(moved.headers["Location"]).query)["query"][0]
    found = json.loads(respond(example(), "/sparql.json", {"query": query}, "*/*").body)["data"]
    assert len(found["rows"]) == min(results.SHOWN, len(example().query(name, **needed)))


def test_every_question_runs() -> None:
    for one in questions.load(example()):
        moved = ask(question=str(one.number), go="1")
        assert moved.status == 303
        assert ask(**{k: v[0] for k, v in parse_qs(urlsplit(moved.headers["Location"]).query).items()}).status == 200


def test_a_parameter_that_is_none_is_a_sentence_not_a_trace() -> None:
    assert "unknown incident" in text(example="timeline", incident="nowhere", go="1")
    assert ask(example="no-such-query").status == 400


# Faults and their places.


@pytest.mark.parametrize(
    ("query", "line", "column", "word"),
    [
        ("SELECT * WHERE {\n  ?a cev:said ?b .\n  FILTER(?b = )\n}", 3, 15, ")"),
        ("SELECT ?a WHERE { ?a a ", 1, 24, "⏎"),
        ("SELEC ?x { }", 1, 1, "SELEC"),
        ("SELECT * WHERE {\n?s ?p foo:x \n}", 2, 7, "foo:x"),
        ("SELECT ?x { ?x cev:said 5 } ORDER ?x", 1, 35, "?x"),
        ("# a ( comment\nSELECT (COUNT(?x) AS n) { ?x ?y ?z }", 2, 22, "n"),
        ('SELECT ?x { ?x ?y "a ( b"@en ; ?p 1.5 . FILTER regex(?x "a") }', 1, 57, '"'),
    ],
)
def test_a_fault_is_marked_at_its_line_and_column(query: str, line: int, column: int, word: str) -> None:
    with pytest.raises(Fault) as fault:
        example().sparql(query)
    found = results.wrong(example(), fault.value, query)
    assert (found.line, found.column, found.at) == (line, column, word)
    reply = ask(query=query)
    assert reply.status == 400
    assert f"Line {line}, column {column}" in reply.body.decode()


@pytest.mark.parametrize("query", ["SELECT * { SERVICE <http://x.example/> { ?s ?p ?o } }", "", "   ", "{" * 300 + "}" * 300])
def test_what_cannot_be_asked_says_so(query: str) -> None:
    reply = ask(query=query)
    assert reply.status == 400
    assert "This cannot be asked" in reply.body.decode()


# Answers.


def test_what_is_cut_is_announced_and_what_is_whole_is_not() -> None:
    cut = text(query="SELECT * WHERE { ?s ?p ?o }")
    assert f"First {words.many(1000, 'row')} of more" in cut
    assert cut.count("<tr>") == 1001
    whole = text(query="SELECT * WHERE { ?s ?p ?o } LIMIT 1000")
    assert words.many(1000, "row") in whole
    assert "of more" not in whole
    assert f"First {words.many(1000, 'triple')} of more" in text(query="CONSTRUCT WHERE { ?s ?p ?o }")
    assert not json.loads(respond(example(), "/sparql.json", {"query": "SELECT * { ?s ?p ?o }"}, "*/*").body)["data"][
        "complete"
    ]


def test_rows_link_into_pages_and_offer_downloads_of_all() -> None:
    page = text(query=DATED)
    assert re.search(r'<td><a href="/claim/[^"]*#s-', page)
    for form in ("csv", "json", "tsv", "xml"):
        assert f"format={form}" in page
    assert "format=turtle" in text(query="CONSTRUCT WHERE { ?s cev:said ?o }")


def test_dates_make_a_timeline_and_nodes_a_map() -> None:
    assert "view=timeline" in text(query=DATED)
    timeline = text(query=DATED, view="timeline")
    dates = re.findall(r"<li><time>([^<]*)</time>", timeline)
    assert len(dates) == 20
    picture = text(query=DATED, view="map")
    assert picture.count('class="dot assertion"') == 20
    plain = text(query="SELECT ?n { VALUES ?n { 1 2 } }")
    assert "view=timeline" not in plain
    assert "view=map" not in plain
    assert ">Yes" in text(query="ASK { ?s ?p ?o }")
    assert "nothing in the graph fits it" in text(query="SELECT ?s { ?s cev:said 7 }")


def test_a_query_comes_back_as_it_was_written() -> None:
    odd = "# \t tab and \u200b zero </textarea><script>\nSELECT ?s\r\n{ ?s ?p 'é' }"
    page = text(query=odd)
    inside = re.search(r"<textarea[^>]*>\n(.*?)</textarea>", page, re.DOTALL)
    assert inside
    assert "\u200b" in inside[1]
    assert "\t" in inside[1]
    assert "<script>\nSELECT" not in page


def test_hostile_values_stay_words(copy: Copy) -> None:
    for word in HOSTILE:
        values = json.dumps(word)
        page = text(query=f"SELECT ?a ?b {{ VALUES (?a ?b) {{ ({values} <http://x.example/{'a' * 9}>) }} }}")
        assert "<img" not in page
        assert "<svg" not in page
        assert "window.__pwned" not in re.sub(r"&[^;]*;|<[^>]*>", "", page) or "<script>window" not in page
        assert not set("\u202e\u2066\u2028") & set(re.sub(r"<textarea.*?</textarea>", "", page, flags=re.DOTALL))
    bad = text(query="SELECT ?a { VALUES ?a { <javascript:alert(1)> } }")
    assert 'href="javascript' not in bad


# In a browser.


@pytest.fixture(scope="module")
def site() -> Iterator[str]:
    with running("--port", "0", "--timeout", "8", "--workspace", str(EXAMPLE)) as (found, _):
        urlopen(f"{found}/sparql?{urlencode({'query': 'ASK {}'})}").close()
        yield found


def test_a_query_is_typed_completed_run_and_shared(browser: Browser, site: str) -> None:
    visit = Visit(browser, f"{site}/sparql")
    page, keys = visit.page, visit.page.keyboard
    page.fill("#query", "")
    page.click("#query")
    keys.type("SELECT ?a ?said WHERE { ?a cev:")
    visit.until("document.getElementById('query').value.startsWith('PREFIX cev: <https://w3id.org/cev#>')")
    keys.type("sai")
    keys.press("Control+Space")
    page.wait_for_selector("#completions li")
    assert "cev:said" in page.locator("#completions li").first.inner_text()
    keys.press("Enter")
    keys.type("?said } LIMIT 7")
    assert page.locator(".numbers").inner_text().split() == ["1", "2"]
    keys.press("Control+Enter")
    visit.until("document.querySelectorAll('table.rows tbody tr').length === 7")
    assert "answered in" in page.locator("#elapsed").inner_text()
    address, query = page.url, page.input_value("#query")
    page.get_by_role("link", name="timeline", exact=True).click()
    page.wait_for_selector(".years")
    visit.close()
    other = Visit(browser, address, script=False)
    assert other.page.locator("table.rows tbody tr").count() == 7
    assert other.page.input_value("#query").strip() == query.strip()
    other.context.close()


def test_a_fault_is_shown_and_mended_in_place(browser: Browser, site: str) -> None:
    visit = Visit(browser, f"{site}/sparql")
    page = visit.page
    page.fill("#query", "SELECT ?s WHERE {\n ?s cev:said \n}")
    page.press("#query", "Control+Enter")
    page.wait_for_selector("#wrong")
    assert "Line 3, column 1" in page.locator("#wrong").inner_text()
    assert page.locator(".numbers b").inner_text() == "3"
    assert page.evaluate("document.getElementById('query').selectionStart") == 32
    page.fill("#query", "SELECT ?s WHERE {\n ?s cev:said ?d \n} LIMIT 3")
    page.get_by_role("button", name="Run", exact=True).click()
    page.wait_for_selector("table.rows")
    assert page.locator(".numbers b").count() == 0
    visit.close()


def test_stop_ends_the_worker(browser: Browser, site: str) -> None:
    visit = Visit(browser, f"{site}/sparql")
    page = visit.page
    page.fill("#query", ENDLESS)
    page.press("#query", "Control+Enter")
    page.wait_for_timeout(900)
    assert re.match(r"\d\.\d s", page.locator("#elapsed").inner_text())
    page.get_by_role("button", name="Stop").click()
    visit.until("document.getElementById('elapsed').textContent.startsWith('stopped after')")
    end = time.monotonic() + 4
    while True:
        with urlopen(f"{site}/healthz") as reply:
            if json.loads(reply.read())["queries"]["running"] == 0:
                break
        assert time.monotonic() < end
        time.sleep(0.1)
    visit.close()


def test_without_scripts_the_form_asks_the_server(browser: Browser, site: str) -> None:
    visit = Visit(browser, f"{site}/sparql?example=timeline", script=False)
    page = visit.page
    page.fill("#p-incident", "pump-house-2019")
    page.get_by_role("button", name="Run it").click()
    assert page.locator("table.rows tbody tr").count() > 5
    page.fill("#query", "ASK { ?s ?p ?o }")
    page.get_by_role("button", name="Run", exact=True).click()
    assert page.locator("#answer h2").inner_text().startswith("Yes")
    visit.context.close()


@pytest.mark.parametrize("view", ["table", "timeline", "map"])
def test_a_phone_need_not_scroll_sideways(browser: Browser, site: str, view: str) -> None:
    visit = Visit(browser, f"{site}/sparql?{urlencode({'query': DATED, 'view': view})}", width=390, dark=True)
    assert not visit.wide()
    visit.close()
