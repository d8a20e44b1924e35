"""The static site: links lead to files, it opens from a disk, holds no text of documents unless asked, is written whole."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Iterator
from functools import partial
from html import unescape
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

import pytest
from browsing import Visit, browser
from conftest import EXAMPLE, Call, Copy

import kgtools
from kgtools import site
from kgtools.documents import archived
from kgtools.faults import Fault
from kgtools.space import Space
from kgtools.views.site import respond

pytestmark = pytest.mark.slow

if TYPE_CHECKING:
    from playwright.sync_api import Browser

__all__ = ["browser"]
BASE = "https://example.org/claims"
HREF = re.compile(r'\s(?:href|src|action|data-src)="([^"]*)"')
ID = re.compile(r'\sid="([^"]*)"')


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory, example: Space) -> tuple[Path, site.Written]:
    folder = tmp_path_factory.mktemp("static") / "site"
    return folder, site.write(example, folder, base=BASE)


def pages(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*.html") if path.name != "404.html")


def test_every_link_leads_to_a_file_and_its_place(written: tuple[Path, site.Written]) -> None:
    folder, told = written
    assert told.missing == []
    ids = {path: set(map(unescape, ID.findall(path.read_text("utf-8")))) for path in pages(folder)}
    astray = []
    for path in ids:
        for address in map(unescape, HREF.findall(path.read_text("utf-8"))):
            parts = urlsplit(address)
            if parts.scheme in ("http", "https"):
                continue
            there = (path.parent / unquote(parts.path)).resolve() if parts.path else path
            named = parts.fragment and there in ids and "=" not in parts.fragment
            lost = named and unquote(parts.fragment) not in ids[there]
            if not there.is_file() or parts.query or parts.path.startswith("/") or lost:
                astray.append(f"{path.relative_to(folder)}: {address}")
    assert astray == []


def test_every_page_of_the_site_is_there_with_its_twins(written: tuple[Path, site.Written], example: Space) -> None:
    folder, told = written
    assert told.pages == len(pages(folder))
    for name in ("index", "incidents", "agents", "sources", "timeline", "map", "vocabulary", "sparql"):
        assert (folder / f"{name}.html").is_file()
        assert (folder / f"{name}.json").is_file()
    for iri in example.subjects():
        kind, _, local = example.short(iri).partition(":")
        if kind in ("incident", "claim", "agent", "source"):
            assert (folder / kind / f"{local}.html").is_file()
            assert (folder / kind / f"{local}.ttl").read_bytes() == respond(example, f"/{kind}/{local}.ttl", {}, "*/*").body
            assert json.loads((folder / kind / f"{local}.json").read_bytes())["page"] == f"/{kind}/{local}"


def test_the_sitemap_names_pages_that_are_there(written: tuple[Path, site.Written]) -> None:
    folder, _ = written
    named = re.findall(r"<loc>([^<]*)</loc>", (folder / "sitemap.xml").read_text("utf-8"))
    assert f"{BASE}/index.html" in named
    assert all((folder / unquote(address.removeprefix(f"{BASE}/"))).is_file() for address in named)


def test_the_page_for_what_is_not_there_works_at_any_depth(written: tuple[Path, site.Written]) -> None:
    folder, _ = written
    text = (folder / "404.html").read_text("utf-8")
    inside = [a for a in map(unescape, HREF.findall(text)) if not a.startswith(("#", "http"))]
    assert inside
    for address in inside:
        assert address.startswith("/claims/")
        assert (folder / unquote(urlsplit(address).path.removeprefix("/claims/"))).is_file()


def test_no_form_asks_for_a_server_that_is_not_there(written: tuple[Path, site.Written]) -> None:
    folder, _ = written
    for path in pages(folder):
        text = path.read_text("utf-8")
        for form in re.findall(r"<form\b.*?</form>", text, re.DOTALL):
            assert 'method="dialog"' in form or 'name="find"' in form
        assert "asof=" not in text
        assert 'type="module"' not in text


def secrets(space: Space) -> list[str]:
    """Return long pieces of every archived document that no key phrase or claim repeats."""
    found = []
    for one in archived(space):
        if one.path:
            lines = [line.strip() for line in one.text().text.splitlines()]
            found += [line for line in lines if len(line) > 70][:25]
    graph = "".join(path.read_text("utf-8") for path in space.workspace.files)
    return [piece for piece in found if piece not in graph]


@pytest.mark.slow
def test_the_text_of_documents_stands_in_it_only_if_asked_for(
    written: tuple[Path, site.Written], tmp_path: Path, example: Space
) -> None:
    pieces = secrets(example)
    assert pieces
    bare = "".join(
        unescape(path.read_text("utf-8")) for path in written[0].rglob("*") if path.is_file() and path.suffix != ".js"
    )
    assert not [piece for piece in pieces if piece in bare]
    site.write(example, tmp_path / "full", with_text=True)
    full = "".join(unescape(path.read_text("utf-8")) for path in (tmp_path / "full").rglob("*.html"))
    marked = re.sub(r"<[^>]*>", "", full)
    assert [piece for piece in pieces if piece in marked]


# Writing.


def test_a_folder_with_something_else_in_it_is_left_alone(tmp_path: Path, example: Space) -> None:
    (tmp_path / "mine.txt").write_text("mine")
    with pytest.raises(Fault, match="something else"):
        site.write(example, tmp_path)
    (tmp_path / "file").write_text("mine")
    with pytest.raises(Fault, match="is a file"):
        site.write(example, tmp_path / "file")
    with pytest.raises(Fault, match="no web address"):
        site.write(example, tmp_path / "new", base="example.org")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["file", "mine.txt"]


def test_a_writing_that_fails_leaves_the_old_site(tmp_path: Path, example: Space, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "site").mkdir()
    (tmp_path / "site" / site.MARK).write_text("old")

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(site._Export, "_put", full)
    with pytest.raises(Fault, match="No space left"):
        site.write(example, tmp_path / "site")
    assert (tmp_path / "site" / site.MARK).read_text() == "old"
    assert [path.name for path in tmp_path.iterdir()] == ["site"]


@pytest.mark.slow
def test_the_command_writes_a_site_twice_with_the_same_bytes(tmp_path: Path, call: Call) -> None:
    def all_bytes() -> dict[str, bytes]:
        return {str(p.relative_to(tmp_path)): p.read_bytes() for p in (tmp_path / "out").rglob("*") if p.is_file()}

    assert call("site", "-o", tmp_path / "out", "--workspace", EXAMPLE).code == 0
    first = all_bytes()
    said = call("site", "-o", tmp_path / "out", "--workspace", EXAMPLE)
    assert said.code == 0
    assert "wrote " in said.err
    assert said.out == ""
    second = all_bytes()
    assert first.keys() == second.keys()
    assert [name for name in first if first[name] != second[name]] == []


@pytest.mark.slow
def test_names_that_would_leave_the_folder_stay_in_it(copy: Copy, tmp_path: Path) -> None:
    odd = '<https://example.org/pump-house/agent/..%2F..%2Fout> a prov:Person ; rdfs:label "Odd <name>"@en .'
    copy.append("agents.ttl", odd)
    site.write(kgtools.open(copy.folder), tmp_path / "deep" / "site")
    assert [one.name for one in (tmp_path / "deep").iterdir()] == ["site"]


def test_file_names_are_tame() -> None:
    assert site.target("/", {}) == "index.html"
    assert site.target("/incident/x", {}) == "incident/x.html"
    assert site.target("/incident/x", {"axis": "said"}) == "incident/x--axis=said.html"
    assert site.target("/incident/x.ttl", {}) == "incident/x.ttl"
    assert site.target("/claim/x.receipt.json", {}) == "claim/x.receipt.json"
    assert site.target("/", {"q": "x"}) is None
    assert site.target("/incident/x", {"asof": "2019-01-01"}) is None
    for odd in ("/claim/../../etc/passwd", "/claim/..", "/claim/a\\b", "/claim/" + "x" * 400):
        found = site.target(odd, {})
        assert found
        assert ".." not in found.replace("..html", "").split("/")
        assert "\\" not in found
        assert all(len(part) < 200 for part in found.split("/"))


# In a browser, from the disk and from a plain web host.


@pytest.fixture(scope="module")
def host(written: tuple[Path, site.Written], tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("host")
    shutil.copytree(written[0], folder / "claims")

    class Quiet(SimpleHTTPRequestHandler):
        def log_message(self, format: str, *args: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(folder)))
    Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/claims"
    server.shutdown()
    server.server_close()


@pytest.mark.parametrize("name", ["index", "incidents", "incident/pump-house-2019", "timeline", "sparql", "vocabulary", "map"])
def test_it_opens_from_the_disk_without_a_word(browser: Browser, written: tuple[Path, site.Written], name: str) -> None:
    visit = Visit(browser, (written[0] / f"{name}.html").as_uri())
    visit.page.wait_for_timeout(150)
    visit.page.keyboard.press("/")
    visit.close()


@pytest.mark.parametrize("disk", [True, False])
def test_the_map_draws_itself_and_remembers_in_the_address(
    browser: Browser, written: tuple[Path, site.Written], host: str, disk: bool
) -> None:
    base = written[0].as_uri() if disk else host
    visit = Visit(browser, f"{base}/map.html#focus=incident%3Apump-house-2019")
    visit.page.wait_for_selector("#map[data-ready]")
    assert "Pump" in visit.page.locator("#panel h2").inner_text() or visit.page.locator("#panel h2").is_visible()
    visit.page.evaluate("document.querySelector('[data-value=claim]').click()")
    visit.until("(location.hash + location.search).includes('kinds=claim')")
    visit.page.locator("#panel").get_by_role("link", name="dossier").click()
    visit.page.wait_for_url("**/incident/pump-house-2019.html")
    visit.close()


def test_a_walk_from_the_first_page_to_a_passage_and_back(browser: Browser, written: tuple[Path, site.Written]) -> None:
    visit = Visit(browser, (written[0] / "index.html").as_uri())
    visit.page.get_by_role("navigation", name="Pages").get_by_role("link", name="Incidents").click()
    visit.page.locator("main a[href^='incident/']").first.click()
    visit.page.locator("main a[href*='claim/']").first.click()
    assert "/claim/" in visit.page.url
    visit.page.get_by_role("link", name=re.compile("Claims")).first.click()
    assert visit.page.url.endswith("index.html")
    visit.close()
