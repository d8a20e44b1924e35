"""Numbers on the pages: written in one way everywhere, and the same thing counted the same wherever it is counted."""

from __future__ import annotations

import json
import re
from html import unescape

import pytest
from conftest import EXAMPLE, ROOT
from hypothesis import given
from hypothesis import strategies as st

from kgtools.space import Space, open_space
from kgtools.views.site import respond, words
from kgtools.views.site.known import known
from kgtools.views.site.pages.lists import _sorted
from kgtools.views.site.request import Request
from kgtools.views.site.search import search

TILE = re.compile(r"<li>(?:<a[^>]*>)?<b>([^<]*)</b><span>([^<]*)</span>")
FACET = re.compile(r'<li><a[^>]*>([^<]*)</a> <span class="number">([^<]*)</span>')
FIGURE = re.compile(r'(?:<b>|class="number"[^>]*>|<h1>[^<]*<span class="quiet">)(\d[^<]*)<')


def page(space: Space, path: str, **params: str) -> str:
    return unescape(respond(space, path, params, "text/html").body.decode())


@given(st.integers(min_value=0, max_value=10**12))
def test_a_figure_is_its_number_in_groups_of_three(number: int) -> None:
    first, *others = words.figure(number).split("\N{NO-BREAK SPACE}")
    assert int("".join([first, *others])) == number
    assert 1 <= len(first) <= 3 and all(len(one) == 3 for one in others)
    assert words.many(number, "row").startswith(words.figure(number))


def test_the_tiles_of_the_first_page_and_its_facets_count_the_same() -> None:
    space = open_space(EXAMPLE)
    text = page(space, "/")
    tiles = {thing: number for number, thing in TILE.findall(text)}
    facets = dict(FACET.findall(text))
    for thing in ("incident", "explanation", "other claim", "speaker", "work"):
        assert tiles[thing if facets[thing] == "1" else f"{thing}s"] == facets[thing], thing
    counts = json.loads(respond(space, "/index.json", {}, "").body)["data"]["counts"]
    assert counts["claims"] == len(known(space).claims) == counts["explanations"] + counts["otherClaims"]
    assert "kind: other claim" in page(space, "/", kind="claim")
    assert len(search(known(space), {"kind": "claim"}).hits) == counts["otherClaims"]


def test_a_list_puts_the_tenth_after_the_second() -> None:
    rows: list[tuple[str, ...]] = [(f"source:{number}", f"comment {number}") for number in (10, 2, 1, 11)]
    request = Request(open_space(EXAMPLE), open_space(EXAMPLE), "/sources", "", "html", {})
    assert [row[1] for row in _sorted(request, ("source", "label"), rows, "label")] == [f"comment {n}" for n in (1, 2, 10, 11)]


def test_dates_in_lists_are_words() -> None:
    text = page(open_space(EXAMPLE), "/sources")
    assert '<td class="date" data-label="published">from 2019-03-21 on</td>' in text
    assert not re.search(r'class="date"[^>]*>[^<]*(/|\.\.)', text)


@pytest.mark.slow
def test_every_page_with_large_numbers_parts_their_thousands() -> None:
    space = open_space(ROOT)
    found = []
    for path in ("/", "/incidents", "/agents", "/sources", "/agent/russianspaceweb-com", "/timeline", "/map"):
        found += [number for number in FIGURE.findall(page(space, path)) if len(number) > 3]
    assert '<td class="date" data-label="date">2011</td>' in page(space, "/incidents"), "a year is no figure"
    found += FIGURE.findall(page(space, "/", q="a"))
    assert words.figure(len(known(space).record.assertions)) in found
    assert not [number for number in found if re.search(r"\d{4}", number)]
