"""Strings that try to be more than words: in every text of a copy of the invented case, then in every address."""

from __future__ import annotations

import csv
import io
import json
import re
import shutil
from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import cycle
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlencode

import httpx
import pytest
from browsing import Visit, browser
from conftest import EXAMPLE
from hostile_strings import HOSTILE, URLS
from serving import running

from kgtools.turtle import IRI, Literal, Triple, parse_file, parse_text, write
from kgtools.workspace import Workspace

if TYPE_CHECKING:
    from playwright.sync_api import Browser
from test_journeys import REFUSED, site, unfolded

__all__ = ["browser", "site"]

ANY_URI = "http://www.w3.org/2001/XMLSchema#anyURI"
LOOSE = """() => {
  const bad = [];
  const schemes = ["http:", "https:", "blob:"];
  for (const one of document.querySelectorAll("*")) {
    for (const { name, value } of one.attributes) {
      if (name.startsWith("on")) bad.push(`${one.tagName} ${name}`);
      if (["href", "src", "action", "formaction", "xlink:href", "data", "srcdoc", "ping", "poster", "srcset"].includes(name)) {
        const at = new URL(value || ".", document.baseURI);
        const image = one.tagName === "IMG" || one.tagName === "LINK" || one.tagName === "image";
        if (!schemes.includes(at.protocol) && !image) bad.push(`${one.tagName} ${name} ${value.slice(0, 80)}`);
        const linked = one.tagName === "A" || one.tagName === "a";
        if (at.host !== location.host && !linked) bad.push(`${one.tagName} ${name} elsewhere ${value.slice(0, 80)}`);
      }
    }
    if (/^(iframe|frame|object|embed|base|portal|marquee|plaintext|xmp|applet|audio|video|math|style)$/i.test(one.tagName)) {
      if (!(one.tagName === "STYLE" && !one.textContent.includes("evil"))) bad.push(one.tagName);
    }
    if (one.tagName === "META" && one.httpEquiv) bad.push("meta");
    if (one.tagName === "SCRIPT" && !one.getAttribute("src")?.startsWith("/static/") && one.type !== "application/json")
      bad.push(`script ${one.outerHTML.slice(0, 80)}`);
  }
  return bad;
}"""
POKE = """() => {
  window.print = () => {};
  addEventListener("click", (event) => event.target.closest?.("a[href], form button") && event.preventDefault(), true);
  addEventListener("submit", (event) => event.preventDefault(), true);
  const all = [...document.querySelectorAll("body *")].slice(0, 4000);
  for (const one of all) {
    for (const name of ["pointerenter", "mouseenter", "mouseover", "mousemove", "focusin", "mouseout"])
      one.dispatchEvent(new MouseEvent(name, { bubbles: true, cancelable: true, clientX: 5, clientY: 5 }));
    if (one.matches("a, button, summary, input, select, svg a, [tabindex]")) {
      one.focus?.({ preventScroll: true });
      one.dispatchEvent(new MouseEvent("click", { bubbles: true, cancelable: true }));
    }
  }
  for (const one of document.querySelectorAll("dialog[open]")) one.close();
}"""


def poisoned(folder: Path) -> list[str]:
    """Put a string into each text, and an address on each work and speaker, of the case in a folder; return the nodes."""
    supply, addresses = cycle(HOSTILE), cycle(URLS)
    workspace = Workspace.find(folder)
    nodes: dict[str, None] = {}
    for path in workspace.files:
        if not path.is_relative_to(folder) or path.name == "workspace.ttl":
            continue
        changed = []
        for triple in parse_file(path):
            value = triple.object
            if isinstance(value, Literal) and (value.language or value.datatype.value == ANY_URI):
                text = next(supply) if value.language else next(addresses)
                new = Literal(text, language=value.language) if value.language else Literal(text, datatype=value.datatype)
                triple = Triple(triple.subject, triple.predicate, new)
            changed.append(triple)
            assert not isinstance(triple.subject, Triple)
            name = triple.subject.value
            if name not in nodes and re.search(r"/(source|agent)/", name):
                changed.append(
                    Triple(triple.subject, IRI("https://schema.org/url"), Literal(next(addresses), datatype=IRI(ANY_URI)))
                )
            nodes[name] = None
        path.write_text(write(changed, workspace.prefixes), encoding="utf-8")
    root = "https://example.org/pump-house"
    return [name.removeprefix(root) for name in nodes if name.startswith(f"{root}/")]


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, list[str]]]:
    folder = Path(shutil.copytree(EXAMPLE, tmp_path_factory.mktemp("hostile") / "case"))
    nodes = poisoned(folder)
    with running("--port", "0", "--timeout", "8", "--workspace", str(folder)) as (found, _):
        yield found, nodes


def paths(nodes: Iterable[str]) -> list[str]:
    """Return all pages of lists and of nodes; what an assertion's address leads to is among them."""
    lists = ["/", "/incidents", "/agents", "/sources", "/timeline", "/map", "/vocabulary/lists", "/vocabulary/topic", "/sparql"]
    shown = [one for one in nodes if not re.match(r"/(assertion|passage|reading|prefix|graph)/", one)]
    return lists + shown


def nothing_ran(visit: Visit, where: str) -> None:
    """Fail if anything ran, was asked for elsewhere, or stands in the page that no template put there."""
    visit.faults = [one for one in visit.faults if not one.startswith(REFUSED)]
    assert visit.faults == [], where
    assert visit.page.evaluate("window.__pwned") is None, where
    assert visit.page.evaluate(LOOSE) == [], where


def test_the_list_of_hostile_strings_is_long_enough() -> None:
    assert len(set(HOSTILE)) >= 200
    assert len(set(URLS)) >= 20


@pytest.mark.slow
def test_what_slips_through_is_noticed(browser: Browser, hostile: tuple[str, list[str]]) -> None:
    """Each of the three nets holds: without the policy what runs is seen, and with it the console tells."""
    markup = "<img src=x onerror=window.__pwned=1><a href=javascript:void(0)>x</a><img src=//127.0.0.2/x>"
    for unguarded in (True, False):
        visit = Visit(browser, hostile[0], unguarded=unguarded)
        visit.page.evaluate(f"document.querySelector('main').insertAdjacentHTML('beforeend', '{markup}')")
        visit.page.wait_for_timeout(300)
        assert (visit.page.evaluate("window.__pwned") == 1) is unguarded
        assert len(visit.page.evaluate(LOOSE)) >= 3
        assert any(one.startswith("console:") for one in visit.faults)
        assert any("Content Security Policy" in one for one in visit.faults) is not unguarded
        visit.context.close()


@pytest.mark.slow
def test_hostile_texts_stay_words_on_every_page(browser: Browser, hostile: tuple[str, list[str]]) -> None:
    """Without the content security policy, which would hide what slipped through."""
    site, nodes = hostile
    visit = Visit(browser, site, unguarded=True)
    page, seen = visit.page, Counter[str]()
    for path in paths(nodes):
        page.goto(site + path)
        kind = path.split("/")[1]
        unfolded(page)
        seen[kind] += 1
        if seen[kind] <= 3:
            page.mouse.move(200, 200)
            for height in range(300, 900, 100):
                page.mouse.move(250, height)
            for _ in range(12):
                page.keyboard.press("Tab")
            page.keyboard.press("j")
        page.evaluate(POKE)
        nothing_ran(visit, path)
    visit.close()


@pytest.mark.slow
def test_hostile_texts_break_no_policy(browser: Browser, hostile: tuple[str, list[str]]) -> None:
    site, nodes = hostile
    visit = Visit(browser, site)
    first = {one.split("/")[1]: one for one in paths(nodes)}
    incidents = [one for one in nodes if one.startswith("/incident/")]
    maps = [f"/map?focus=incident%3A{one.rpartition('/')[2]}" for one in incidents]
    for path in [*first.values(), *incidents, *maps, "/?q=script", "/?q=onerror", "/map"]:
        visit.page.goto(site + path)
        visit.page.evaluate(POKE)
        visit.page.wait_for_timeout(50)
        nothing_ran(visit, path)
    visit.close()


@pytest.mark.slow
def test_hostile_rows_stay_words(browser: Browser, hostile: tuple[str, list[str]]) -> None:
    site, _ = hostile
    query = "SELECT ?s ?o ?d WHERE { ?s ?p ?o FILTER(isLiteral(?o) && lang(?o) != '') OPTIONAL { ?s cev:said ?d } } ORDER BY ?o"
    visit = Visit(browser, site, unguarded=True)
    for view in ("table", "timeline", "map"):
        visit.page.goto(f"{site}/sparql?{urlencode({'query': query, 'view': view})}")
        visit.page.evaluate(POKE)
        nothing_ran(visit, view)
    visit.page.goto(f"{site}/sparql")
    visit.page.fill("#query", query)
    visit.page.press("#query", "Control+Enter")
    visit.until("document.querySelectorAll('table.rows tbody tr').length > 200")
    visit.page.evaluate(POKE)
    nothing_ran(visit, "asked by the script")
    visit.close()


@pytest.mark.slow
def test_hostile_addresses_stay_words(browser: Browser, hostile: tuple[str, list[str]]) -> None:
    """In each parameter and part of a path in turn; the server takes them all without failing."""
    site, _ = hostile
    where = (
        *(
            "/?q={}",
            "/?q=a&kind={}&speaker={}",
            "/incident/pump-house-2019?axis={}&find={}&sort={}",
            "/incident/pump-house-2019?asof={}",
        ),
        *(
            "/claim/pump-house-2019-003?vs={}",
            "/map?focus={}&kinds={}&rel={}",
            "/sparql?query={}",
            "/sparql?example={}&incident={}",
        ),
        *(
            "/claim/{}",
            "/{}",
            "/?q=valve#{}",
            "/timeline?step={}&clock={}",
            "/vocabulary/lists?x={}",
            "/data?graph={}",
            "/static/{}",
        ),
    )
    visit = Visit(browser, site, unguarded=True)
    for text, form in zip((*HOSTILE, *URLS), cycle(where)):
        path = form.replace("{}", quote(text, safe=""))
        reply = visit.page.goto(site + path)
        assert reply is None or reply.status < 500, path[:200]
        nothing_ran(visit, path[:200])
    visit.close()


@pytest.mark.slow
def test_hostile_twins_are_data(browser: Browser, hostile: tuple[str, list[str]]) -> None:
    """JSON, Turtle, JSON-LD, CSV and receipts are whole, of their type, and cannot be taken for pages or for formulas."""
    site, nodes = hostile
    carried: set[str] = set()
    visit = Visit(browser, site)
    with httpx.Client(base_url=site, timeout=30) as web:
        for path in paths(nodes):
            bare = path if path != "/" else "/index"
            twins = [f"{bare}.{suffix}" for suffix in ("json", "ttl", "jsonld", "csv")]
            for twin in [*twins, *([f"{bare}.receipt.json"] if path.startswith("/claim/") else [])]:
                reply = web.get(twin, follow_redirects=True)
                assert reply.status_code in (200, 404) or (twin, reply.status_code) == ("/sparql.csv", 400), twin
                assert reply.headers["x-content-type-options"] == "nosniff"
                if reply.status_code != 200:
                    continue
                assert "html" not in reply.headers["content-type"], twin
                _whole(twin, reply)
                if twin.endswith("json"):
                    carried |= set(_strings(reply.json()))
        for kind in {one.split("/")[1]: one for one in paths(nodes)}.values():
            visit.page.goto(f"{site}{kind if kind != '/' else '/index'}.json")
            assert visit.page.evaluate("window.__pwned") is None
    visit.faults = [one for one in visit.faults if not one.startswith(REFUSED)]
    visit.close()
    assert len(carried & set(HOSTILE)) >= 200


def _whole(twin: str, reply: httpx.Response) -> None:
    if twin.endswith(".ttl"):
        parse_text(reply.text, twin)
    elif twin.endswith(("json", "jsonld")):
        json.loads(reply.text)
    else:
        for row in csv.reader(io.StringIO(reply.text, newline="")):
            loose = [cell for cell in row if re.match(r"\s*[=+@|%-]", cell) and not re.fullmatch(r"[+-]?\d+([.,]\d+)?", cell)]
            assert loose == [], twin


def _strings(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for one in value.values():
            yield from _strings(one)
    elif isinstance(value, list):
        for one in value:
            yield from _strings(one)
