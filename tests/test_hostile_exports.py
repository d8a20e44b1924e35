"""Strings that try to be more than words, in what is written: site, network page, dossier, report, tables, Markdown."""

from __future__ import annotations

import csv
import io
import re
import shutil
from collections.abc import Iterable
from html.parser import HTMLParser
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from browsing import Visit, browser
from conftest import EXAMPLE, Call
from test_hostile_strings import POKE, poisoned

if TYPE_CHECKING:
    from playwright.sync_api import Browser

__all__ = ["browser"]

INCIDENT = "pump-house-2019"


_WEB = ("http", "https", "data")


class _Parts(HTMLParser):
    """The pairs of element and attribute of a page, with addresses that lead neither here nor to the web."""

    def __init__(self) -> None:
        super().__init__()
        self.found: set[tuple[str, str]] = set()
        self.odd: list[str] = []

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.found |= {(tag, name) for name, _ in attributes} | {(tag, "")}
        for name, value in attributes:
            scheme = re.match(r"[\x00-\x20]*([a-z][a-z0-9+.\-\x00-\x20]*):", value or "", re.IGNORECASE)
            if (
                name in ("href", "src", "action", "formaction")
                and scheme
                and scheme[1].lower() not in ("http", "https", "data")
            ):
                self.odd.append(f"{tag} {name} {value}")


def parts(pages: Iterable[str]) -> set[tuple[str, str]]:
    """Return what elements with what attributes there are in some pages; fail at an address that would run."""
    reader = _Parts()
    for page in pages:
        reader.feed(page)
        reader.reset()
    assert reader.odd == []
    return reader.found


@pytest.fixture(scope="module")
def cases(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Return the invented case as it is, and with a hostile string for each of its texts."""
    folder = tmp_path_factory.mktemp("exports")
    clean, hostile = (Path(shutil.copytree(EXAMPLE, folder / name)) for name in ("clean", "hostile"))
    poisoned(hostile)
    return clean, hostile


def written(call: Call, case: Path, what: str) -> list[Path]:
    """Return the pages that a command writes of a case."""
    out = case.parent / f"{case.name}-{what}"
    if what == "site":
        assert call("site", "-o", out, "--workspace", case, "--with-text").code == 0
        return sorted(out.rglob("*.html"))
    page = out.with_suffix(".html")
    if what == "network":
        assert call("view", "-o", page, "--workspace", case).code == 0
    elif what == "neighbours":
        assert call("view", INCIDENT, "-o", page, "--workspace", case).code == 0
    else:
        assert call("dossier", INCIDENT, "--format", "html", "--with-text", "-o", page, "--workspace", case).code == 0
    return [page]


@pytest.mark.slow
@pytest.mark.parametrize("what", ["site", "network", "neighbours", "dossier"])
def test_hostile_texts_stay_words_in_files(browser: Browser, cases: tuple[Path, Path], what: str, call: Call) -> None:
    """They add no element and no attribute to those of the case as it is, and nothing runs."""
    clean, hostile = (written(call, case, what) for case in cases)
    assert parts(page.read_text("utf-8") for page in hostile) <= parts(page.read_text("utf-8") for page in clean)
    named = {f"{page.parent.name}/{page.name if what != 'site' else ''}": page for page in hostile if page.name != "404.html"}
    for page in named.values():  # one of each kind
        visit = Visit(browser, page.as_uri(), unguarded=True)
        visit.page.evaluate(POKE)
        for _ in range(12):
            visit.page.keyboard.press("Tab")
        visit.page.keyboard.press("Enter")
        # vis-network takes events that no pointer made amiss, and says so.
        visit.faults = [one for one in visit.faults if not one.startswith("error: ")]
        visit.close()


@pytest.mark.slow
@pytest.mark.parametrize(
    "words", [("dossier", INCIDENT, "--format", "md", "--with-text"), ("query", "who-claimed", "--format", "md")]
)
def test_hostile_texts_stay_words_in_markdown(cases: tuple[Path, Path], words: tuple[str, ...], call: Call) -> None:
    """As a reader shows it that lets HTML through."""
    from markdown_it import MarkdownIt

    reader = MarkdownIt("commonmark", {"html": True}).enable("table")
    clean, hostile = (reader.render(call(*words, "--format", "md", "--workspace", case).out) for case in cases)
    assert parts([hostile]) <= parts([clean])


@pytest.mark.slow
@pytest.mark.parametrize(
    "words", [[], ["summary"], ["query", "who-claimed"], ["trace", "claim:pump-house-2019-003"], ["check"]]
)
def test_hostile_texts_move_no_cursor_of_a_terminal(
    cases: tuple[Path, Path], words: list[str], call: Call, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)  # the main job writes its page here
    said = call(*words, "--workspace", cases[1])
    assert "Traceback" not in said.err
    assert re.search(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]", said.out + said.err) is None


@pytest.mark.slow
def test_a_table_of_hostile_texts_has_as_many_rows_and_cells(cases: tuple[Path, Path], call: Call) -> None:
    clean, hostile = (
        list(csv.reader(io.StringIO(call("query", "who-claimed", "--format", "csv", "--workspace", case).out, newline="")))
        for case in cases
    )
    assert [len(row) for row in hostile] == [len(row) for row in clean]
