"""The network page: one file that opens from disk, asks nothing of anybody, and shows every assertion with its passage."""

from __future__ import annotations

import base64
import hashlib
import os
import re
import shutil
import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import browsing
import networkx as nx
import pytest
from browsing import browser

from kgtools import network, template
from kgtools.evidence import record
from kgtools.faults import Fault
from kgtools.space import Space, open_space
from kgtools.views import network_page, picture

if TYPE_CHECKING:
    from playwright.sync_api import Browser

__all__ = ["browser"]

INCIDENT = "incident:pump-house-2019"
HOSTILE = [
    "</script><script>window.__pwned=1</script>",
    "<img src=x onerror=alert(1)>",
    "\\\"'><svg onload=alert(2)>",
    'javascript:alert(3) href=\\"javascript:alert(4)\\"',
    "<a href='javascript:alert(5)'>href</a>",
    "\u202egnp.exe\u202c\u200b\u2066zero\u200dwidth\u2028line",
    "{{ 7*7 }}{% raw %}<!--<script>",
    "&lt;b&gt; ${alert(6)} `x` ]]>",
]


@cache
def example() -> Space:
    return open_space(template.EXAMPLE)


@cache
def page(incident: str | None = None) -> str:
    return network_page.page(example(), record.load(example()), incident)


@cache
def graphs() -> dict[str, nx.MultiDiGraph]:
    return network.each(example(), record.load(example()))


def placed(graph: nx.MultiDiGraph) -> tuple[network.Sizes, network.Layout]:
    known = record.load(example())
    sizes = {name: picture.size(picture.box_lines(name, data, known, "1 for")) for name, data in graph.nodes(data=True)}
    return sizes, network.layout(graph, sizes)


# The picture's data.


def test_the_same_graph_gives_the_same_bytes_in_another_process() -> None:
    code = (
        "import sys; from kgtools.space import open_space; from kgtools.evidence import record;"
        "from kgtools.views import network_page; s = open_space(sys.argv[1]);"
        "sys.stdout.buffer.write(network_page.page(s, record.load(s), None).encode())"
    )
    call = [sys.executable, "-c", code, str(template.EXAMPLE)]
    runs = [
        subprocess.run(call, env={**os.environ, "PYTHONHASHSEED": seed}, capture_output=True, check=True).stdout
        for seed in ("1", "2")
    ]
    assert runs[0] == runs[1] == page().encode()


@pytest.mark.parametrize("incident", [INCIDENT, "incident:lock-gate-2019", "incident:harbour-series-2019"])
def test_every_node_of_an_incident_has_a_place_of_its_own(incident: str) -> None:
    graph = graphs()[incident]
    sizes, layout = placed(graph)
    assert set(layout.centres) == set(graph)
    names = sorted(layout.centres)
    for place, one in enumerate(names):
        for other in names[place + 1 :]:
            across = abs(layout.centres[one][0] - layout.centres[other][0]) >= (sizes[one][0] + sizes[other][0]) / 2
            down = abs(layout.centres[one][1] - layout.centres[other][1]) >= (sizes[one][1] + sizes[other][1]) / 2
            assert across or down, (one, other)


def test_an_assertion_stands_to_the_right_of_what_it_passes_on_and_of_its_claim() -> None:
    graph = graphs()[INCIDENT]
    _, layout = placed(graph)
    claims = {here: there for here, there in graph.edges() if graph.nodes[there]["kind"] in ("claim", "explanation")}
    for here, there, data in graph.edges(data=True):
        if data["relation"] == "reports" and claims.get(here) == claims.get(there):
            assert layout.centres[here][0] > layout.centres[there][0]
        if graph.nodes[here]["kind"] == "assertion" and graph.nodes[there]["kind"] in ("claim", "explanation"):
            assert layout.centres[here][0] > layout.centres[there][0]


def test_a_loop_of_reports_is_placed_all_the_same() -> None:
    graph = nx.MultiDiGraph()
    for name in "abc":
        graph.add_node(name, kind="assertion", label=name, detail="", date="", topic="")
    for here, there in ("ab", "bc", "ca"):
        graph.add_edge(here, there, relation="reports", places="")
    layout = network.layout(graph, dict.fromkeys("abc", (200.0, 50.0)))
    assert len(set(layout.centres.values())) == 3


def test_an_empty_network_is_placed_all_the_same() -> None:
    assert network.layout(nx.MultiDiGraph(), {}).centres == {}
    assert network.chart(nx.MultiDiGraph(), {}).centres == {}


def test_at_most_so_many_boxes_are_drawn_and_the_page_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    graph = graphs()[INCIDENT]
    small = picture.capped(graph, 40)
    assert len(small) <= 40
    assert INCIDENT in small
    assert picture.capped(graph, len(graph)) is graph
    assert picture.MOST <= 500
    monkeypatch.setattr(picture, "MOST", 40)
    text = network_page.page(example(), record.load(example()), INCIDENT)
    assert f" of {len(graph)} boxes are drawn; the tables hold all." in text
    assert text.count('<tr id="row-') == page(INCIDENT).count('<tr id="row-')


def test_nothing_but_the_inline_parts_is_allowed_and_each_by_its_hash() -> None:
    text = page(INCIDENT)
    policy = re.search(r'Content-Security-Policy" content="([^"]*)"', text)
    assert policy
    assert policy[1].startswith("default-src 'none'; ")
    assert "unsafe" not in policy[1]
    assert "http" not in policy[1]
    parts = re.findall(r"<(?:script|style)>(.*?)</(?:script|style)>", text, re.DOTALL)
    assert len(parts) == 6
    for part in parts:
        assert base64.b64encode(hashlib.sha256(part.encode()).digest()).decode() in policy[1]


def test_every_assertion_has_a_row_with_its_label_and_passages() -> None:
    known = record.load(example())
    text = page()
    for one in known.assertions.values():
        assert f'<tr id="row-{one.name.partition(":")[2]}">' in text
    assert "anonymous allegation" in text


def test_what_is_no_incident_is_refused() -> None:
    with pytest.raises(Fault, match="is no incident"):
        network_page.page(example(), record.load(example()), "claim:pump-house-2019-001")


# The page in a browser.


class Visit(browsing.Visit):
    """A page opened from a file."""

    def __init__(self, browser: Browser, text: str, folder: Path, width: int = 1300, script: bool = True, dark: bool = False):
        path = folder / "page.html"
        path.write_text(text, encoding="utf-8")
        super().__init__(browser, path.as_uri(), width, script, dark)

    def click_box(self, name: str, double: bool = False) -> None:
        self.page.evaluate("name => kgtools.centre(name)", name)
        at = self.page.evaluate("name => kgtools.network.canvasToDOM(kgtools.network.getPosition(name))", name)
        box = self.page.locator("#canvas").bounding_box()
        assert box
        click = self.page.mouse.dblclick if double else self.page.mouse.click
        click(box["x"] + at["x"], box["y"] + at["y"])

    def chosen(self) -> str:
        return str(self.page.evaluate("kgtools.chosen && kgtools.chosen.node"))


@pytest.mark.parametrize("incident", [None, INCIDENT])
def test_it_opens_from_disk_without_a_word_to_anybody(browser: Browser, tmp_path: Path, incident: str | None) -> None:
    visit = Visit(browser, page(incident), tmp_path)
    visit.page.wait_for_selector("#canvas canvas")
    assert visit.page.evaluate("Object.keys(kgtools.network.body.nodes).length") > 2
    visit.close()


def test_a_click_on_a_box_opens_its_details_and_a_line_its_passage(browser: Browser, tmp_path: Path) -> None:
    known = record.load(example())
    one = next(one for one in known.assertions.values() if one.reports and INCIDENT in one.incidents and one.places[0].phrase)
    visit = Visit(browser, page(INCIDENT), tmp_path)
    visit.click_box(one.name)
    panel = visit.page.locator("#panel")
    panel.wait_for()
    text = panel.inner_text()
    assert one.speaker_label in text
    assert one.places[0].document in text
    assert one.places[0].phrase in text
    panel.get_by_role("button", name=re.compile("^passes on")).first.click()
    assert "Passage behind this line" in panel.inner_text()
    assert one.places[0].phrase in panel.inner_text()
    visit.page.keyboard.press("Escape")
    assert panel.is_hidden()
    visit.close()


def test_it_works_from_the_keyboard_alone(browser: Browser, tmp_path: Path) -> None:
    visit = Visit(browser, page(INCIDENT), tmp_path)
    keyboard, panel = visit.page.keyboard, visit.page.locator("#panel")
    visit.page.focus("#canvas")
    before = visit.page.evaluate("kgtools.network.getViewPosition().x")
    keyboard.press("ArrowRight")
    assert visit.page.evaluate("kgtools.network.getViewPosition().x") > before
    scale = visit.page.evaluate("kgtools.network.getScale()")
    keyboard.press("+")
    assert visit.page.evaluate("kgtools.network.getScale()") > scale
    keyboard.press("0")
    keyboard.press("j")
    first = visit.chosen()
    keyboard.press("j")
    assert visit.chosen() not in ("None", first)
    keyboard.press("l")
    assert "Passage" in panel.inner_text()
    keyboard.press("Enter")
    assert visit.page.evaluate("document.activeElement.id") == "panel"
    keyboard.press("Escape")
    assert panel.is_hidden()
    keyboard.press("?")
    assert visit.page.locator("#help").is_visible()
    keyboard.press("Escape")
    keyboard.press("/")
    visit.page.keyboard.type("zzzz")
    assert "Nothing holds these words." in visit.page.locator("#results").inner_text()
    visit.page.fill("#search", "gazette")
    keyboard.press("Enter")
    assert "azette" in panel.inner_text()
    visit.close()


def test_an_incident_opens_from_the_overview_and_escape_leads_back(browser: Browser, tmp_path: Path) -> None:
    visit = Visit(browser, page(), tmp_path)
    visit.click_box(INCIDENT, double=True)
    assert visit.page.evaluate("kgtools.view") == INCIDENT
    assert visit.chosen() == INCIDENT
    visit.page.keyboard.press("Escape")
    visit.page.keyboard.press("Escape")
    assert visit.page.evaluate("kgtools.view") == "all"
    visit.page.keyboard.press("Enter")
    assert visit.page.evaluate("kgtools.view") == INCIDENT
    visit.close()


def test_the_filter_hides_and_says_when_it_hides_everything(browser: Browser, tmp_path: Path) -> None:
    visit = Visit(browser, page(INCIDENT), tmp_path)
    visit.page.click("#filter summary")
    for box in visit.page.locator("[data-filter=kind]").all():
        box.uncheck()
    assert visit.page.locator("#empty").is_visible()
    visit.page.click("#reset-empty")
    assert visit.page.locator("#empty").is_hidden()
    visit.close()


def test_a_workspace_without_records_gives_a_page_too(browser: Browser, tmp_path: Path) -> None:
    space = open_space(template.make(tmp_path / "bare", bare=True))
    Visit(browser, network_page.page(space, record.load(space), None), tmp_path).close()


@pytest.mark.slow
@pytest.mark.parametrize("incident", [None, INCIDENT])
def test_hostile_labels_neither_run_nor_hide(browser: Browser, tmp_path: Path, incident: str | None) -> None:
    folder = tmp_path / "hostile"
    shutil.copytree(template.EXAMPLE, folder)
    said = r'((?:rdfs:label|schema:text|cev:keyPhrase|dcterms:title|skos:prefLabel|cev:describedAs) )"(?:[^"\\]|\\.)*"'
    for path in folder.rglob("*.ttl"):
        parts = re.split(said, path.read_text("utf-8"))
        named = [f'{name} "{HOSTILE[place % len(HOSTILE)]}"' for place, name in enumerate(parts[1::2])]
        path.write_text("".join(text for pair in zip(parts[::2], [*named, ""], strict=True) for text in pair), "utf-8")
    space = open_space(folder)
    visit = Visit(browser, network_page.page(space, record.load(space), incident), tmp_path)
    visit.page.evaluate("Object.keys(kgtools.data.details).filter((_, n) => n % 23 === 0).forEach(id => kgtools.go(id))")
    visit.page.fill("#search", "script")
    visit.page.mouse.move(400, 500)
    visit.page.wait_for_timeout(400)
    assert visit.page.evaluate("window.__pwned") is None
    assert visit.page.evaluate("document.querySelectorAll('img, svg, #panel script, [href^=javascript]').length") == 0
    whole = visit.page.evaluate("document.title + document.body.innerText + JSON.stringify(kgtools.data)")
    assert not set("\u202e\u200b\u2066\u200d\u2028") & set(whole)
    assert "⟨U+202E⟩" in whole
    visit.close()


@pytest.mark.slow
@pytest.mark.parametrize("script", [True, False])
def test_a_phone_need_not_scroll_sideways(browser: Browser, tmp_path: Path, script: bool) -> None:
    visit = Visit(browser, page(), tmp_path, width=390, script=script)
    if script:
        visit.page.evaluate(f"kgtools.go('{INCIDENT}')")
        visit.page.click("#filter summary")
        assert not visit.wide()
        visit.page.evaluate(f"kgtools.open('{INCIDENT}')")
    assert not visit.wide()
    visit.close()


def test_without_scripts_the_tables_hold_everything(browser: Browser, tmp_path: Path) -> None:
    visit = Visit(browser, page(), tmp_path, script=False)
    rows = visit.page.locator("tr[id^=row-]")
    assert rows.count() == len(record.load(example()).assertions)
    assert rows.first.is_visible()
    assert visit.page.locator("#canvas").is_hidden()
    assert visit.page.get_by_text("The picture needs JavaScript").is_visible()
    visit.close()


def test_dark_and_light_follow_the_system_while_the_page_is_open(browser: Browser, tmp_path: Path) -> None:
    visit = Visit(browser, page(INCIDENT), tmp_path, dark=True)
    shade = """() => { const c = document.querySelector('#canvas canvas'), copy = document.createElement('canvas');
        copy.width = c.width; copy.height = c.height;
        const x = copy.getContext('2d', {willReadFrequently: true}); x.drawImage(c, 0, 0);
        const d = x.getImageData(0, 0, c.width, c.height).data; let sum = 0, n = 0;
        for (let i = 0; i < d.length; i += 4) { if (d[i + 3] === 255) { sum += d[i]; n += 1; } } return sum / n; }"""
    dark = visit.page.evaluate(shade)
    visit.page.emulate_media(color_scheme="light")
    visit.page.wait_for_timeout(200)
    assert dark < 110 < visit.page.evaluate(shade)
    visit.close()
