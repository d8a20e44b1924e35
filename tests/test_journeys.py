"""Journeys that a person would take through the served pages, in a real browser."""

from __future__ import annotations

import re
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlencode, urlsplit

import pytest
from browsing import Visit, browser
from conftest import EXAMPLE
from serving import running

from kgtools.server.jobs import Bench

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

__all__ = ["browser"]

ENDLESS = "SELECT (COUNT(*) AS ?n) WHERE { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i . ?j ?k ?l }"
DOSSIER, ALLEGATION = "/incident/geo-ik-2-2011", "/claim/geo-ik-2-2011-053"
PULSE = "An electromagnetic pulse was aimed at Geo-IK-2 from a vehicle on land, at sea, in the air or in space."
# One page of each kind.
KINDS = {
    "home": "/",
    "results": "/?q=electromagnetic",
    "nothing found": "/?q=xyzzyqq",
    "incidents": "/incidents",
    "dossier": DOSSIER,
    "dossier of a series": "/incident/russian-launch-failures-2011",
    "claim": ALLEGATION,
    "comparison": f"{ALLEGATION}?vs=geo-ik-2-2011-052",
    "agents": "/agents",
    "agent": "/agent/vladimir-popovkin",
    "sources": "/sources",
    "source": "/source/phys-org-2011-02-14",
    "thing": "/craft/fregat",
    "timeline": "/timeline",
    "as of": f"{DOSSIER}?asof=2011-02-20",
    "map": "/map",
    "neighbours": "/map?focus=claim%3Ageo-ik-2-2011-053",
    "sparql": "/sparql",
    "sparql answer": "/sparql?" + urlencode({"query": "SELECT ?a ?d WHERE { ?a cev:said ?d } ORDER BY ?d LIMIT 30"}),
    "vocabulary": "/vocabulary",
    "lists": "/vocabulary/lists",
    "topic": "/vocabulary/topic",
    "shapes": "/vocabulary/shapes",
    "missing": "/claim/nowhere",
}
# What the browser itself says in its console of an answer that is no 2xx.
REFUSED = "console: Failed to load resource: the server responded with a status of 4"


@pytest.fixture(scope="module")
def site() -> Iterator[str]:
    with running("--port", "0", "--timeout", "8") as (found, _):
        yield found


def words(page: Page) -> str:
    """Return what stands on a page, in one line."""
    return " ".join(page.locator("main").inner_text().split())


def unfolded(page: Page) -> None:
    page.evaluate("for (const box of document.querySelectorAll('details')) box.open = true")


def active(page: Page) -> str:
    found: str = page.evaluate("(document.activeElement.href || document.activeElement.id || document.activeElement.tagName)")
    return found


def tab_to(page: Page, wanted: str, most: int = 120) -> None:
    """Go by the Tab key until what is sought has the focus, which must be seen."""
    for _ in range(most):
        page.keyboard.press("Tab")
        if re.search(wanted, active(page)):
            seen = page.evaluate(
                "() => { const style = getComputedStyle(document.activeElement);"
                " return style.outlineStyle !== 'none' || style.boxShadow !== 'none'; }"
            )
            assert seen, f"nobody sees that {wanted} has the focus"
            return
    raise AssertionError(f"not within {most} steps: {wanted}")


# From search to the origin: the one journey that every run of the tests takes.


@pytest.mark.slow
def test_from_search_to_the_allegation_to_its_origin(browser: Browser, site: str) -> None:
    visit = Visit(browser, site)
    page = visit.page
    page.fill("#q", "electromagnetic pulse aimed")
    page.press("#q", "Enter")
    page.get_by_role("link", name=PULSE).first.click()
    assert page.locator("h1").inner_text() == PULSE
    chain = [" ".join(one.split()) for one in page.locator(".tree .hop").all_inner_texts()]
    assert len(chain) == 3
    assert chain[0].startswith("anonymous allegation: unnamed space official (Interfax, February 2011) suggests, possible")
    assert "unnamed: the chain ends here" in chain[0]
    assert [one.split(" suggests")[0].rsplit(": ", 1)[1] for one in chain[1:]] == ["Interfax", "Phys.org"]
    assert "Distinct origins: 0–1" in words(page)
    page.locator(".tree .hop").first.get_by_role("link", name="unnamed space official").click()
    assert "unnamed space official" in page.locator("h1").inner_text()
    assert PULSE in words(page)
    visit.close()


@pytest.mark.slow
def test_from_a_personnel_action_to_what_is_said_of_its_reason(browser: Browser, site: str) -> None:
    visit = Visit(browser, f"{site}/action/glonass-2010-600")
    page = visit.page
    assert urlsplit(page.url).path == "/incident/glonass-2010"
    deed = page.locator("#action-glonass-2010-600")
    said = " ".join(deed.inner_text().split())
    assert "Dismissal of two senior space officials" in said
    assert "Reason stated by Phys.org, media report: asserts, certain, 2011-02-14" in said
    other = " ".join(page.locator("#action-glonass-2010-001").inner_text().split())
    assert "no source in this graph states a link" in other
    assert "Reason stated" not in other
    assert "a sequence, not a cause" in words(page)
    deed.get_by_role("link", name="The dismissals by Medvedev were made for the launch failure.").click()
    assert "The dismissals by Medvedev" in page.locator("h1").inner_text()
    assert "Phys.org" in page.locator(".tree").inner_text()
    visit.close()


@pytest.mark.slow
def test_from_the_matrix_to_a_passage(browser: Browser, site: str) -> None:
    visit = Visit(browser, f"{site}{DOSSIER}")
    page = visit.page
    cell = page.locator("td.cell.consistent a").first
    row = (cell.get_attribute("href") or "").removeprefix("#")
    assert not page.locator(f"#{row} .passage").first.is_visible()
    cell.click()
    passage = page.locator(f"#{row} .passage").first
    passage.wait_for()
    assert re.search(r"lines? \d+.*characters \d+–\d+", passage.inner_text(), re.DOTALL)
    assert page.locator(f"#{row}").evaluate("(one) => one.getBoundingClientRect().top < innerHeight")
    visit.close()


@pytest.mark.slow
def test_the_day_before_a_finding_it_is_on_no_page(browser: Browser, site: str) -> None:
    visit = Visit(browser, f"{site}/incident/ekspress-am4-2011")
    page = visit.page
    findings = "main .statement .label.finding, main td .label.finding, main li.dot.finding"
    assert page.locator(findings).count()
    page.fill("form.turn input[name=asof]", "2011-08-29")
    page.get_by_role("button", name="Turn back").click()
    assert "as of 2011-08-29" in page.locator(".asof").inner_text()
    assert page.locator(findings).count() == 0
    carried = page.locator("main a[href^='/'], nav a").evaluate_all("(all) => all.map((one) => one.getAttribute('href'))")
    lost = [one for one in carried if not one.startswith("#") and "asof=2011-08-29" not in one]
    assert lost == []
    page.get_by_role("navigation", name="Pages").get_by_role("link").last.click()
    assert "asof=2011-08-29" in page.url
    page.go_back()
    page.get_by_role("link", name="Show everything on record").click()
    assert "asof" not in page.url
    assert page.locator(findings).count()
    visit.close()


@pytest.mark.slow
def test_a_query_typed_stopped_corrected_and_shared(browser: Browser, site: str) -> None:
    visit = Visit(browser, f"{site}/sparql")
    page = visit.page
    page.fill("#query", ENDLESS)
    page.press("#query", "Control+Enter")
    page.get_by_role("button", name="Stop").click()
    visit.until("document.getElementById('elapsed').textContent.startsWith('stopped after')")
    page.fill("#query", "SELECT ?s WHERE { ?s cev:said }")
    page.press("#query", "Control+Enter")
    page.wait_for_selector("#wrong")
    page.fill("#query", "")
    page.click("#query")
    page.keyboard.type("SELECT ?s WHERE { ?s cev:said ?d } ORDER BY ?s LIMIT 5")
    page.keyboard.press("Control+Enter")
    visit.until("document.querySelectorAll('table.rows tbody tr').length === 5")
    shared, rows = page.url, page.locator("table.rows tbody").inner_text()
    visit.faults = [one for one in visit.faults if not one.startswith(REFUSED)]  # of the query that was wrong
    visit.close()
    other = Visit(browser, shared)
    assert other.page.locator("table.rows tbody").inner_text() == rows
    other.close()


@pytest.mark.slow
def test_by_keyboard_alone(browser: Browser, site: str) -> None:
    visit = Visit(browser, f"{site}/incidents")
    page, keys = visit.page, visit.page.keyboard
    keys.press("Tab")
    assert active(page).endswith("#main")
    keys.press("Enter")
    keys.press("/")
    assert active(page) == "q"
    keys.type("electromagnetic pulse aimed")
    keys.press("Enter")
    page.wait_for_url("**/?q=*")
    tab_to(page, re.escape(ALLEGATION) + "$")
    keys.press("Enter")
    page.wait_for_url(f"**{ALLEGATION}")
    keys.press("j")
    keys.press("j")
    keys.press("k")
    first = active(page)
    assert first.startswith("s-")
    assert page.url.endswith(f"#{first}")
    visit.context.grant_permissions(["clipboard-read", "clipboard-write"])
    keys.press("y")
    visit.until("document.getElementById('site-status').textContent")
    assert re.search(rf"[?]version=[0-9a-f]{{12}}#{first}$", page.evaluate("navigator.clipboard.readText()"))
    keys.press("s")
    assert active(page) == "statements"
    keys.press("?")
    assert page.locator("#site-help").is_visible()
    keys.press("Escape")
    assert not page.locator("#site-help").is_visible()
    tab_to(page, "/agent/")
    keys.press("Enter")
    page.wait_for_url("**/agent/**")
    visit.close()


@pytest.mark.slow
def test_a_table_of_statements_is_sorted_by_keys_and_says_by_what(browser: Browser, site: str) -> None:
    """Also by day where the server had sorted by something else: days in words do not sort as words."""
    visit = Visit(browser, f"{site}{DOSSIER}")
    page = visit.page
    head, rows = page.locator("[data-sortable] thead a"), page.locator("[data-sortable] tbody tr")

    def names() -> list[str]:
        return list(rows.evaluate_all("listed => listed.map((one) => one.id)"))

    dated = names()
    head.nth(1).press("Enter")
    assert page.locator("th[aria-sort=ascending]").inner_text() == "Speaker ↑"
    assert page.locator("select[name=sort]").input_value() == "speaker"
    assert names() != dated
    page.goto(f"{site}{DOSSIER}?sort=speaker")
    head.nth(0).press("Enter")
    page.wait_for_url("**sort=date**")
    assert names() == dated
    head.nth(0).press("Enter")
    assert page.locator("select[name=sort]").input_value() == "date" and names() == dated[::-1]
    visit.close()


@pytest.mark.slow
def test_an_address_with_a_broken_end_breaks_nothing(browser: Browser, site: str) -> None:
    for end in ("#%", "#%E4", "#<img>", "#nowhere", "#__proto__"):
        Visit(browser, f"{site}{DOSSIER}{end}").close()


@pytest.mark.slow
def test_without_javascript(browser: Browser, site: str) -> None:
    visit = Visit(browser, site, script=False)
    page = visit.page
    page.fill("#q", "electromagnetic pulse aimed")
    page.press("#q", "Enter")
    page.get_by_role("link", name=PULSE).first.click()
    assert page.locator(".tree .hop").count() == 3
    page.goto(f"{site}{DOSSIER}")
    page.fill("#statements ~ * input[name=find], input[name=find]", "pulse")
    page.press("input[name=find]", "Enter")
    assert "pulse" in words(page).lower()
    page.fill("form.turn input[name=asof]", "2011-02-20")
    page.get_by_role("button", name="Turn back").click()
    assert "as of 2011-02-20" in page.locator(".asof").inner_text()
    page.goto(f"{site}/map")
    assert page.locator("#table").is_visible()
    assert page.locator("#no-picture").is_visible()
    for path in KINDS.values():
        page.goto(f"{site}{path}")
        assert page.locator("h1").is_visible(), path
    visit.faults = [one for one in visit.faults if not one.startswith(REFUSED)]
    visit.context.close()
    assert visit.faults == []


@pytest.mark.slow
@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_on_a_phone_nothing_needs_sideways_scrolling(browser: Browser, site: str, dark: bool) -> None:
    visit = Visit(browser, site, width=390, dark=dark, height=800)
    wide = []
    for name, path in KINDS.items():
        visit.page.goto(f"{site}{path}")
        unfolded(visit.page)
        if visit.wide():
            wide.append(name)
    visit.faults = [one for one in visit.faults if not one.startswith(REFUSED)]
    visit.close()
    assert wide == []


@pytest.mark.slow
def test_dark_is_dark_and_light_is_light(browser: Browser, site: str) -> None:
    for dark in (False, True):
        visit = Visit(browser, f"{site}{DOSSIER}", dark=dark)
        colours = visit.page.evaluate(
            "() => ['backgroundColor', 'color']"
            ".map((name) => getComputedStyle(document.documentElement)[name].match(/[\\d.]+/g).map(Number))"
        )
        ground, ink = (sum(one[:3]) / 3 for one in colours)
        assert (ground < 80 < 150 < ink) if dark else (ground > 200 > 100 > ink)
        visit.close()


@pytest.mark.slow
def test_printed_a_page_is_whole(browser: Browser, site: str) -> None:
    visit = Visit(browser, f"{site}{DOSSIER}")
    page = visit.page
    page.emulate_media(media="print")
    assert not page.locator("header.top nav").is_visible()
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    assert page.locator("details:not([open])").count() == 0
    assert page.locator(".why .passage").first.is_visible()
    file = page.pdf(format="A4")
    page.evaluate("dispatchEvent(new Event('afterprint'))")
    assert file.startswith(b"%PDF-")
    assert len(re.findall(rb"/Type\s*/Page\b", file)) > 3
    visit.close()


# What axe finds.


def axe() -> str:
    found = find_spec("axe_playwright_python")
    if found is None or found.origin is None:
        pytest.skip("axe-playwright-python is not installed")
    return (Path(found.origin).parent / "axe.min.js").read_text(encoding="utf-8")


@pytest.mark.slow
@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_axe_finds_nothing_serious(browser: Browser, site: str, dark: bool) -> None:
    source = axe()
    visit = Visit(browser, site, dark=dark)
    found: list[str] = []
    for name, path in KINDS.items():
        visit.page.goto(f"{site}{path}")
        if path != DOSSIER:
            unfolded(visit.page)
        visit.page.evaluate(source)
        told = visit.page.evaluate("axe.run(document, {resultTypes: ['violations']})")
        found += [
            f"{name}: {one['id']}, {len(one['nodes'])} times: {one['nodes'][0]['html'][:150]}"
            for one in told["violations"]
            if one["impact"] in ("serious", "critical")
        ]
    visit.faults = [one for one in visit.faults if not one.startswith(REFUSED)]
    visit.close()
    assert found == []


# The server says what may be shown, and no client.


def test_a_client_cannot_ask_for_the_text_of_documents() -> None:
    claim = "/claim/pump-house-2019-003"
    job = {"kind": "page", "path": claim, "params": {"with_text": "1"}, "accept": "text/html"}
    for allowed in (False, True):
        bench = Bench({"workspace": str(EXAMPLE), "documents": None, "withdrawn": False, "with_text": allowed, "store": None})
        for params in ({}, {"with_text": "1"}, {"with_text": ""}):
            body = bench.do({**job, "params": params}, b"").body
            assert (b"<blockquote>" in body) is allowed
            assert b"with_text" not in body
