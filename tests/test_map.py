"""The map: every node has its place, filters and focus are the same with and without scripts, lines open their passages."""

from __future__ import annotations

import json
import math
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from browsing import HOSTILE, Visit, browser
from conftest import EXAMPLE, ROOT
from serving import running

from kgtools.evidence import record
from kgtools.faults import Fault
from kgtools.space import Space, open_space
from kgtools.views.site import board as boards
from kgtools.views.site import packing, respond, words
from kgtools.views.site.board import KINDS, Board
from kgtools.views.site.known import known
from kgtools.views.site.sieve import Sieve, sieve

pytestmark = pytest.mark.slow

if TYPE_CHECKING:
    from playwright.sync_api import Browser

__all__ = ["browser"]
INCIDENT = "incident:pump-house-2019"


@cache
def example() -> Space:
    return open_space(EXAMPLE)


@cache
def board() -> Board:
    return boards.board(example(), known(example()))


def ask(address: str, **params: str) -> tuple[int, str]:
    reply = respond(example(), address, params, "text/html")
    return reply.status, reply.body.decode()


def data(**params: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(respond(example(), "/map.json", params, "*/*").body)
    inner: dict[str, Any] = found["data"]
    return inner


# Places.


@pytest.mark.parametrize("radii", [[5.0], [5.0, 3.0], [4.0] * 3, [9.0, 2.0, 2.0, 7.0] * 20, [1.0 + i % 7 for i in range(300)]])
def test_packed_circles_do_not_overlap_and_fit_in_theirs(radii: list[float]) -> None:
    centres, whole = packing.pack(radii)
    for place, (here, r) in enumerate(zip(centres, radii, strict=True)):
        assert math.hypot(*here) + r <= whole + 1e-6
        for there, other in zip(centres[:place], radii, strict=False):
            assert math.dist(here, there) >= r + other - 1e-3


def test_circles_along_a_line_keep_their_order_and_their_distance() -> None:
    radii = [10.0 + i * 7 % 60 for i in range(80)]
    centres = packing.along(radii, 12)
    assert [x for x, _ in centres] == sorted(x for x, _ in centres)
    for place, (here, r) in enumerate(zip(centres, radii, strict=True)):
        assert all(math.dist(here, there) >= r + other + 11 for there, other in zip(centres[:place], radii, strict=False))
    assert packing.along([], 5) == []


def test_every_node_of_the_network_has_a_place_of_its_own_inside_its_dossier() -> None:
    here = board()
    assert set(record.load(example()).assertions) <= here.spots.keys()
    assert len({(one.x, one.y) for one in here.spots.values()}) == len(here.spots)
    for one in here.spots.values():
        if one.home:
            x, y, r = here.discs[one.home]
            assert math.hypot(one.x - x, one.y - y) + one.r <= r


def test_dossiers_stand_in_order_of_date() -> None:
    incidents = known(example()).incidents
    dated = [name for name in board().discs if incidents[name].earliest]
    assert dated == sorted(dated, key=lambda name: (incidents[name].earliest, name))
    assert [board().discs[name][0] for name in dated] == sorted(board().discs[name][0] for name in dated)


def test_a_large_map_comes_as_its_dossiers_and_says_where_the_rest_is(monkeypatch: pytest.MonkeyPatch) -> None:
    def drawn(**params: str) -> tuple[str, dict[str, Any]]:
        page = respond(example(), "/map", params, "text/html").body.decode()
        found = re.search(r'id="map-data"[^>]*>(.*?)</script>', page, re.DOTALL)
        assert found
        return page, json.loads(found[1])

    _, whole = drawn()
    monkeypatch.setattr("kgtools.views.site.board.MANY", 10)
    page, first = drawn()
    assert 'data-more="/map.json"' in page
    assert {first["kinds"][kind] for kind in first["nodes"]["kind"]} == {"incident"}
    assert first["discs"] == whole["discs"]
    number = len(first["nodes"]["id"])
    assert [whole["nodes"][name][:number] for name in ("id", "x", "y")] == [first["nodes"][name] for name in ("id", "x", "y")]
    # Files cannot ask for more.
    assert drawn(part="whole")[1] == whole


@pytest.mark.slow
def test_the_same_graph_gives_the_same_map_in_another_process() -> None:
    code = (
        "import sys; from kgtools.space import open_space; from kgtools.views.site import respond;"
        "sys.stdout.buffer.write(respond(open_space(sys.argv[1]), '/map.json', {}, '*/*').body)"
    )
    runs = [
        subprocess.run(
            [sys.executable, "-c", code, str(EXAMPLE)],
            env={**os.environ, "PYTHONPATH": str(ROOT), "PYTHONHASHSEED": seed}, capture_output=True, check=True,
        ).stdout
        for seed in ("1", "2")
    ]  # fmt: skip
    assert runs[0] == runs[1]


def test_a_workspace_without_records_has_a_map_too(tmp_path: Path) -> None:
    from kgtools import template

    reply = respond(open_space(template.make(tmp_path / "bare", bare=True)), "/map", {}, "text/html")
    assert reply.status == 200


# Filters.


def test_a_standing_keeps_its_assertions_and_what_they_touch() -> None:
    here = board()
    kept = Sieve(standing=frozenset({"allegation", "anonymous allegation"})).kept(here, here.spots)
    assert kept
    for name in kept:
        one = here.spots[name]
        ends = {end for place in here.touching[name] for end in here.edges[place][:2]}
        assert "allegation" in one.standing or any("allegation" in here.spots[end].standing for end in ends)


def test_an_unknown_filter_is_refused_with_the_nearest_name() -> None:
    with pytest.raises(Fault, match="claim"):
        sieve({"kinds": "claimz"}, board())
    assert ask("/map", kinds="claimz")[0] == 400
    assert ask("/map", depth="7")[0] == 400
    assert ask("/map", focus="incident:nowhere")[0] == 404


def test_an_empty_filter_says_which_one_hides_everything() -> None:
    status, text = ask("/map", kinds="incident", rel="made")
    assert status == 200
    assert "The kind filter (incidents) hides everything" in text
    assert "The relation filter (made) hides everything" in text
    assert "Reset all filters" in text


def test_the_table_holds_every_node_over_its_pages() -> None:
    found: list[str] = []
    for place in range(1, -(-len(board().spots) // 200) + 1):
        found += re.findall(r'<td data-label="Kind"><span class="kindmark (\w+)"', ask("/map", page=str(place))[1])
    assert found == [one.kind for one in board().spots.values()]
    rows = respond(example(), "/map.csv", {}, "*/*").body.decode().splitlines()
    assert len(rows) > len(board().spots)


def test_around_a_node_the_table_gives_every_line_with_its_passages() -> None:
    known_ = record.load(example())
    name = next(one.name for one in known_.assertions.values() if one.reports and one.places[0].phrase)
    _, text = ask("/map", focus=name)
    assert known_.assertions[name].places[0].document in text
    assert text.count("open the passage") >= len(board().touching[name])
    near, far = (data(focus=INCIDENT, depth=depth) for depth in "12")
    assert len(near["nodes"]) < len(far["nodes"])
    assert {one["id"] for one in near["nodes"]} <= set(board().around(INCIDENT, 1))


def test_the_data_is_compact_and_complete() -> None:
    found = data()
    assert found["nodes"]["id"] == list(board().spots)
    assert {len(column) for column in found["nodes"].values()} == {len(board().spots)}
    assert len(found["edges"]) == 3 * len(board().edges)
    assert [found["kinds"][kind] for kind in found["nodes"]["kind"]] == [one.kind for one in board().spots.values()]
    assert tuple(found["kinds"]) == KINDS


def test_as_of_a_day_the_map_holds_less() -> None:
    assert len(data(asof="2019-03-01")["nodes"]["id"]) < len(board().spots)


# In a browser.


@pytest.fixture(scope="module")
def site() -> Iterator[str]:
    with running("--port", "0", "--workspace", str(EXAMPLE)) as (found, _):
        yield found


def ready(visit: Visit) -> Visit:
    visit.page.wait_for_selector("#map[data-ready]")
    return visit


def place(visit: Visit, name: str) -> tuple[float, float]:
    """Return where a node stands on the screen."""
    box = visit.page.locator("#stage").bounding_box()
    assert box
    x, y = visit.page.evaluate(
        """name => { const m = kgmap, i = m.number.get(name), v = m.view;
        return [(m.data.nodes.x[i] - v.x) * v.z + v.width / 2, (m.data.nodes.y[i] - v.y) * v.z + v.height / 2]; }""",
        name,
    )
    return box["x"] + x, box["y"] + y


def test_no_name_stands_over_another_and_most_incidents_have_theirs(browser: Browser) -> None:
    with running("--port", "0") as (address, _):
        for width, least in ((1300, 20), (390, 5)):
            visit = ready(Visit(browser, f"{address}/map", width=width))
            for zoom in (1, 2, 2):
                visit.page.evaluate("factor => { kgmap.zoom(factor); kgmap.draw(); }", zoom)
                boxes = visit.page.evaluate("kgmap.names")
                assert zoom > 1 or len(boxes) >= least
                for place, (left, top, right, bottom) in enumerate(boxes):
                    for other in boxes[:place]:
                        assert not (left < other[2] and other[0] < right and top < other[3] and other[1] < bottom)
            visit.close()


def test_a_click_opens_a_node_and_its_line_opens_the_passage(browser: Browser, site: str) -> None:
    visit = ready(Visit(browser, f"{site}/map"))
    visit.page.locator("#stage").scroll_into_view_if_needed()
    claim = next(one.name for one in board().spots.values() if one.kind == "explanation")
    visit.page.evaluate("name => kgmap.approach(kgmap.number.get(name))", claim)
    visit.page.wait_for_timeout(100)
    visit.page.mouse.click(*place(visit, claim))
    panel = visit.page.locator("#panel")
    assert board().spots[claim].label in panel.inner_text()
    panel.get_by_role("button", name="passage").first.click()
    assert re.search(r"line(s)? \d", panel.inner_text())
    href = panel.get_by_role("link", name="open the passage").first.get_attribute("href")
    assert href
    assert "#s-" in href
    visit.until("location.search.includes('focus=')")
    assert f"focus={claim}" in visit.page.url
    visit.close()


def test_the_address_brings_the_same_view_back(browser: Browser, site: str) -> None:
    visit = ready(Visit(browser, f"{site}/map"))
    visit.page.get_by_text("By kind").click()
    visit.page.locator("[data-value=explanation]").click()
    visit.page.evaluate("kgmap.zoom(2)")
    visit.until("location.search.includes('kinds=explanation') && location.search.includes('z=')")
    before, address = visit.page.locator("#count").inner_text(), visit.page.url
    scale = visit.page.evaluate("kgmap.view.z")
    visit.until("document.querySelectorAll('#rows .kindmark.claim').length === 0")
    visit.close()
    again = ready(Visit(browser, address))
    assert again.page.locator("#count").inner_text() == before
    assert again.page.evaluate("kgmap.view.z") == pytest.approx(scale, rel=0.01)
    assert again.page.locator("[data-value=explanation]").get_attribute("aria-pressed") == "true"
    again.close()


def test_the_map_works_from_the_keyboard_alone(browser: Browser, site: str) -> None:
    visit = ready(Visit(browser, f"{site}/map"))
    keys, page = visit.page.keyboard, visit.page
    page.focus("#stage")
    x, z = page.evaluate("[kgmap.view.x, kgmap.view.z]")
    keys.press("ArrowRight")
    keys.press("+")
    assert page.evaluate("kgmap.view.x") > x
    assert page.evaluate("kgmap.view.z") > z
    keys.press("0")
    assert page.evaluate("kgmap.view.z") == pytest.approx(z)
    keys.press("n")
    keys.press("n")
    assert page.locator("#panel").is_visible()
    keys.press("Escape")
    assert page.locator("#panel").is_hidden()
    keys.press("?")
    assert page.locator("#site-help").is_visible()
    keys.press("Escape")
    page.focus("#stage")
    keys.press("n")
    keys.press("Enter")
    page.wait_for_url("**/incident/**")
    visit.close()


@pytest.mark.slow
def test_the_browser_hides_what_the_server_hides(browser: Browser, site: str) -> None:
    visit = ready(Visit(browser, f"{site}/map"))
    for name, value in (("kinds", "claim"), ("standing", "allegation"), ("rel", "reports"), ("kinds", "incident")):
        wanted = sieve({name: value}, board()).kept(board(), board().spots)
        visit.page.evaluate(
            "([n, v]) => { for (const k of ['kinds','standing','rel']) kgmap.chosen[k].clear(); }", [name, value]
        )
        visit.page.evaluate(
            "([n, v]) => document.querySelector(`[data-filter=${n}] [data-value='${v}']`).click()", [name, value]
        )
        assert visit.page.locator("#count").inner_text().startswith(f"{words.figure(len(wanted))} of")
    visit.page.evaluate("document.querySelector('[data-filter=rel] [data-value=made]').click()")
    assert "hides everything" in visit.page.locator("#hidden-all").inner_text()
    visit.page.get_by_role("button", name="Reset all filters").click()
    assert visit.page.locator("#hidden-all").is_hidden()
    visit.close()


def test_the_neighbourhood_draws_boxes_whose_lines_open_passages(browser: Browser, site: str) -> None:
    claim = next(one.name for one in board().spots.values() if one.kind == "explanation")
    visit = ready(Visit(browser, f"{site}/map?focus={claim}&depth=2"))
    assert visit.page.evaluate("Object.keys(kgmap.network.body.nodes).length") == len(data(focus=claim, depth="2")["nodes"])
    visit.page.focus("#stage")
    visit.page.keyboard.press("Enter")
    panel = visit.page.locator("#panel")
    panel.get_by_role("button", name=re.compile("counts for|is about")).first.click()
    assert "Passage behind this line" in panel.inner_text()
    assert panel.get_by_role("link", name="open the passage").count() > 0
    visit.page.keyboard.press("Escape")
    assert panel.is_hidden()
    visit.close()


def test_without_scripts_the_table_says_the_same(browser: Browser, site: str) -> None:
    visit = Visit(browser, f"{site}/map", script=False)
    assert visit.page.locator("#rows tbody tr").count() == min(200, len(board().spots))
    assert visit.page.get_by_text("The picture needs JavaScript").is_visible()
    visit.page.get_by_text("By kind").click()
    visit.page.get_by_role("link", name=re.compile("^explanations")).click()
    assert set(visit.page.locator("#rows .kindmark").all_inner_texts()) == {"explanation"}
    visit.context.close()


@pytest.mark.parametrize("where", ["/map", f"/map?focus={INCIDENT}", f"/map?focus={INCIDENT}&z=auto"])
def test_a_phone_need_not_scroll_sideways(browser: Browser, site: str, where: str) -> None:
    visit = ready(Visit(browser, f"{site}{where}", width=390, dark=True))
    assert not visit.wide()
    visit.close()


def test_dark_and_light_follow_the_system_while_the_page_is_open(browser: Browser, site: str) -> None:
    visit = ready(Visit(browser, f"{site}/map", dark=True))
    shade = """() => { kgmap.draw(); const copy = document.createElement('canvas');
        copy.width = copy.height = 9; const pen = copy.getContext('2d', {willReadFrequently: true});
        pen.drawImage(document.querySelector('#stage canvas'), 0, 0); return pen.getImageData(3, 3, 1, 1).data[0]; }"""
    dark = visit.page.evaluate(shade)
    visit.page.emulate_media(color_scheme="light")
    visit.page.wait_for_timeout(150)
    assert dark < 80 < 200 < visit.page.evaluate(shade)
    visit.close()


@pytest.mark.slow
@pytest.mark.parametrize("where", ["/map", f"/map?focus={INCIDENT}&depth=2", f"/map?focus={INCIDENT}&z=auto&depth=2"])
def test_hostile_labels_neither_run_nor_hide(browser: Browser, tmp_path: Path, where: str) -> None:
    folder = Path(shutil.copytree(EXAMPLE, tmp_path / "hostile"))
    said = r'((?:rdfs:label|schema:text|cev:keyPhrase|dcterms:title|skos:prefLabel|cev:describedAs) )"(?:[^"\\]|\\.)*"'
    for path in folder.rglob("*.ttl"):
        parts = re.split(said, path.read_text("utf-8"))
        quoted = [json.dumps(HOSTILE[place % len(HOSTILE)]) for place, _ in enumerate(parts[1::2])]
        named = [f"{name} {text}" for name, text in zip(parts[1::2], quoted, strict=True)]
        path.write_text("".join(text for pair in zip(parts[::2], [*named, ""], strict=True) for text in pair), "utf-8")
    with running("--port", "0", "--workspace", str(folder)) as (found, _):
        visit = ready(Visit(browser, f"{found}{where}"))
        visit.page.focus("#stage")
        for key in ("n", "n", "n", "n", "n", "+", "n"):
            visit.page.keyboard.press(key)
            for name in ("passage", "counts for"):
                for button in visit.page.locator("#panel").get_by_role("button", name=re.compile(name)).all()[:2]:
                    button.click()
        visit.page.fill("#find", "script")
        box = visit.page.locator("#stage").bounding_box()
        assert box
        for step in range(1, 12):
            visit.page.mouse.move(box["x"] + step * 70, box["y"] + step * 30)
        assert visit.page.evaluate("document.querySelectorAll('main img, #panel svg, main [href^=javascript]').length") == 0
        whole = visit.page.evaluate("document.title + document.body.innerText")
        assert not set("\u202e\u200b\u2066\u200d\u2028") & set(whole)
        visit.close()
