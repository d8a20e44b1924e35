"""The dossier: everything on record about an incident with its place, escaped, in order of date, and printable."""

from __future__ import annotations

import html.parser
import re
import shutil
from pathlib import Path

import pytest
from conftest import EXAMPLE, PUMP_HOUSE, Call, Copy
from markdown_it import MarkdownIt

import kgtools
from kgtools.evidence import record
from kgtools.evidence.dossier import dossier
from kgtools.evidence.dossier_parts import Dossier, Event, Said
from kgtools.evidence.links import NO_LINK
from kgtools.faults import Fault
from kgtools.receipts.release import Release
from kgtools.space import Space
from kgtools.views.dossier import _LINK, FORMATS, _marked, render
from kgtools.workspace import Workspace

PUMP = "pump-house-2019"
ROOT_HASH = "0" * 64
CHROMIUM = shutil.which("chromium")
HOSTILE = (
    "<script>alert(1)</script>\"'><img src=x onerror=alert(2)> [a](javascript:alert(3)) ![b](http://evil.example/x)"
    " | **c** `d` {{ 7*7 }} \u202eright\u200b to left http://evil.example www.evil.example"
)


@pytest.fixture(scope="module")
def found(example: Space) -> Dossier:
    return dossier(example, PUMP, ROOT_HASH)


def copied(copy: Copy) -> Dossier:
    return dossier(copy.space, PUMP, ROOT_HASH)


class Page(html.parser.HTMLParser):
    """The tags, addresses and text of a page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.addresses: list[str] = []
        self.anchors: list[str] = []
        self.said = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        for name, value in attrs:
            assert not name.startswith("on")
            if name in ("href", "src"):
                self.addresses.append(value or "")
            if name == "id":
                self.anchors.append(value or "")

    def handle_data(self, data: str) -> None:
        self.said += data


# What is in it


def test_every_assertion_about_the_incident_is_in_the_timeline_with_a_place(found: Dossier, example: Space) -> None:
    known = record.load(example).assertions.values()
    about = {one.name for one in known if f"incident:{PUMP}" in one.incidents}
    said = {one.assertion.name: one for one in found.timeline if isinstance(one, Said)}
    assert said.keys() == about
    assert all(one.notes for one in said.values())


def test_everything_that_is_said_or_done_has_a_note(found: Dossier) -> None:
    assert found.known_from
    points = [*found.agreed, *found.contested, *found.put_forward]
    assert points
    assert all(point.notes for point in points)
    assert all(said.notes for one in found.explanations for side in one.sides.values() for said in side)
    assert all(one.side_a and one.side_a.notes and one.side_b and one.side_b.notes for one in found.discrepancies)
    assert all(one.earlier.notes and one.later.notes for one in found.drift)
    assert all(event.notes for event in found.sequence)
    assert all(gap.notes for gap in found.gaps if not gap.node.startswith("search:"))
    assert all(isinstance(one, Said) or one.notes for one in found.timeline)


def test_notes_are_numbered_in_order_and_name_work_date_document_and_lines(found: Dossier) -> None:
    assert [note.number for note in found.notes] == list(range(1, len(found.notes) + 1))
    assert len({note.passage for note in found.notes}) == len(found.notes)
    for note in found.notes:
        assert note.work
        assert note.document == "clippings-2019.txt"
        assert re.fullmatch(r"lines? [0-9]+(–[0-9]+)?", note.lines)
    article = next(note for note in found.notes if note.url)
    assert (article.title, article.publisher, article.issued) == (
        "Water board: valve left open on purpose", "The Gazette", "2019-01-10"
    )  # fmt: skip


def test_a_note_is_first_referred_to_in_order(found: Dossier) -> None:
    text = render(found, "md").split("\n## Notes\n")[0]
    numbers = [int(number) for number in re.findall(r"\[\^([0-9]+)\]", text)]
    assert list(dict.fromkeys(numbers)) == list(range(1, len(found.notes) + 1))


def test_rows_are_in_order_of_date(found: Dossier) -> None:
    def day(one: Said | Event) -> str:
        return (
            one.assertion.earliest if isinstance(one, Said) else (re.findall(r"\d{4}-\d\d-\d\d", one.when) or [""])[0]
        ) or "9999"

    days = [day(one) for one in found.timeline]
    assert days == sorted(days)
    for one in found.explanations:
        for side in one.sides.values():
            assert [said.assertion.earliest or "9999" for said in side] == sorted(
                said.assertion.earliest or "9999" for said in side
            )


def test_where_nobody_states_a_link_it_says_so(found: Dossier) -> None:
    by_text = {event.text: event for event in found.sequence}
    assert by_text["Karin Vik is made works manager"].link == NO_LINK
    assert "because of her health" in by_text["Ada Miller gives up her post"].link
    for form in FORMATS:
        assert "no source in this graph states a link." in render(found, form)


def test_an_inquiry_that_nobody_speaks_of_is_linked_by_nobody(copy: Copy) -> None:
    copy.edit(
        PUMP_HOUSE, "investigation:pump-house-2019-001",
        "    cev:knownFrom assertion:pump-house-2019-032 , assertion:pump-house-2019-080 ;\n", "",
    )  # fmt: skip
    event = next(event for event in copied(copy).sequence if event.kind == "investigation")
    assert event.link == NO_LINK


def test_unknowns_hold_each_kind_and_the_search_with_its_words(found: Dossier) -> None:
    kinds = {gap.kind for gap in found.gaps}
    assert {"said to be unknown", "declined to comment", "silence pointed out", "searched for and not found", "denied"} <= kinds
    search = next(gap for gap in found.gaps if gap.node.startswith("search:"))
    assert "“Brock & Sons rejects”" in search.particulars[0]
    assert search.particulars[1] == "in: clippings-2019.txt"


def test_said_to_be_under_investigation_is_among_the_unknowns(example: Space) -> None:
    gaps = dossier(example, "lock-gate-2019", ROOT_HASH).gaps
    assert "says under investigation" in {gap.kind for gap in gaps}


def test_discrepancies_keep_both_values_and_the_drift_both_ends(found: Dossier) -> None:
    pairs = {(one.value_a, one.value_b) for one in found.discrepancies}
    assert ("2 m", "about 1.8 m") in pairs
    assert any(moved.direction == "harder" and "possible → certain" in moved.changes[0] for moved in found.drift)


def test_it_names_the_version_and_root_it_was_made_from(call: Call) -> None:
    said = call("--workspace", EXAMPLE, "dossier", PUMP)
    root = Release(Workspace.find(EXAMPLE)).root
    assert said.code == 0
    assert f"made by kgtools {kgtools.__version__} from the graph with the root hash {root}" in said.out


def test_the_same_graph_gives_the_same_text(example: Space, found: Dossier) -> None:
    for form in FORMATS:
        assert render(dossier(example, PUMP, ROOT_HASH), form) == render(found, form)


@pytest.mark.parametrize("incident", ["harbour-series-2019", "lock-gate-2019"])
def test_an_incident_with_little_on_record_has_a_dossier_too(example: Space, incident: str) -> None:
    small = dossier(example, incident, ROOT_HASH)
    assert "None on record." in render(small, "md")
    assert "None on record." in render(small, "html")


def test_an_unknown_incident_is_a_sentence(call: Call) -> None:
    said = call("--workspace", EXAMPLE, "dossier", "no-such-incident")
    assert (said.code, said.out) == (2, "")


def test_no_verdict_words_stand_in_the_templates() -> None:
    pages = Path(kgtools.__file__).parent / "views" / "pages"
    for name in ("dossier.html.j2", "dossier.md.j2"):
        text = (pages / name).read_text(encoding="utf-8").lower()
        assert not re.search(
            r"\b(debunked|false|true|lie|liar|proven|disproved|fake|hoax|conspiracy|credible|suspicious)\b", text
        )


# Texts of documents


def test_no_text_of_a_document_goes_in_unless_asked_for(found: Dossier, example: Space) -> None:
    text = (EXAMPLE / "documents" / "clippings-2019.txt").read_text(encoding="utf-8")
    full = dossier(example, PUMP, ROOT_HASH, with_text=True)
    quoted = [note.text for note in full.notes]
    assert all(quoted)
    assert all(one in text for one in quoted)
    for form in FORMATS:
        bare, whole = (re.sub(r"\s+", " ", render(one, form).replace("\\", "")) for one in (found, full))
        sentence = "An operator of the board, who asked not to be named, told North Wire on Wednesday"
        assert (sentence in bare, sentence in whole) == (False, True)


def test_text_of_a_document_that_is_gone_or_changed_is_a_sentence(copy: Copy) -> None:
    path = copy.folder / "documents" / "clippings-2019.txt"
    path.write_text(path.read_text(encoding="utf-8").replace("Water stood 2 m", "Water stood 3 m"), encoding="utf-8")
    with pytest.raises(Fault, match="another text"):
        dossier(copy.space, PUMP, ROOT_HASH, with_text=True)
    path.unlink()
    with pytest.raises(Fault, match="not at hand"):
        dossier(copy.space, PUMP, ROOT_HASH, with_text=True)


# Escaping


@pytest.fixture
def hostile(copy: Copy) -> Dossier:
    quoted = HOSTILE.replace("\\", "\\\\").replace('"', '\\"')
    copy.edit(PUMP_HOUSE, f"incident:{PUMP}", '"Flooding of the pump house"@en', f'"{quoted}"@en')
    copy.edit(PUMP_HOUSE, "claim:pump-house-2019-003", "A valve was left open on purpose.", quoted)
    copy.edit(PUMP_HOUSE, "discrepancy:pump-house-2019-001", '"2 m"@en', f'"{quoted}"@en')
    copy.edit(PUMP_HOUSE, "search:pump-house-2019-001", '"Brock & Sons rejects"', f'"{quoted}"')
    copy.edit(PUMP_HOUSE, "action:pump-house-2019-001", "Ada Miller gives up her post", quoted)
    copy.edit("agents.ttl", "agent:gazette", '"The Gazette"@en', f'"{quoted}"@en')
    text = copy.path("sources.ttl").read_text(encoding="utf-8")
    assert "https://gazette.example/2019/01/10/valve" in text
    text = text.replace("https://gazette.example/2019/01/10/valve", "javascript:alert(4)")
    copy.path("sources.ttl").write_text(text.replace("Water board: valve left open on purpose", quoted), encoding="utf-8")
    return copied(copy)


def test_nothing_in_a_page_can_be_anything_but_text(hostile: Dossier) -> None:
    text = render(hostile, "html")
    page = Page(text)
    assert not {"script", "img", "iframe", "object", "link", "base", "form"} & set(page.tags)
    assert {address.partition("note-")[0][:1] for address in page.addresses} == {"#"}
    assert "alert(1)" in page.said
    assert "⟨U+202E⟩right⟨U+200B⟩" in page.said
    assert "\u202e" not in text
    assert "{{ 7*7 }}" in page.said


def test_nothing_in_markdown_can_be_anything_but_text(hostile: Dossier) -> None:
    text = render(hostile, "md")
    assert "\u202e" not in text
    page = Page(MarkdownIt("gfm-like", {"html": True, "linkify": False}).render(text))
    assert not {"script", "img", "iframe"} & set(page.tags)
    assert page.addresses == []
    assert "<script>alert(1)</script>" in page.said


@pytest.mark.parametrize(
    "text", ["- a", "+ a", "1. a", "2) a", "# a", "> a", "| a", "    a", "---", "===", "~~~", "* a", "[^1]: a", "a\nb"]
)
def test_a_text_in_markdown_starts_nothing(text: str) -> None:
    page = Page(MarkdownIt("gfm-like", {"linkify": False}).render(_marked(text.strip())))
    assert set(page.tags) == {"p"}
    assert page.said.strip() == text.strip().replace("\n", " ")


@pytest.mark.parametrize(
    "address",
    ["javascript:alert(1)", "data:text/html,x", "http://a b", "https://a.example/<", 'https://a.example/"', "//a.example", "ftp://a.example",
     "http://user@a.example", "https://a.example/\u202e", "http://", "https://a.example\n/x"],
)  # fmt: skip
def test_only_plain_web_addresses_become_links(address: str) -> None:
    assert not _LINK.fullmatch(address)


def test_the_page_keeps_the_policy_and_its_anchors(found: Dossier) -> None:
    text = render(found, "html")
    page = Page(text)
    policy = re.search(r'http-equiv="Content-Security-Policy" content="([^"]*)"', text)
    assert policy
    assert policy[1].startswith("default-src 'none'; style-src 'sha256-")
    assert "unsafe" not in policy[1]
    assert len(page.anchors) == len(set(page.anchors))
    assert {address[1:] for address in page.addresses if address.startswith("#")} <= set(page.anchors)
    assert [address for address in page.addresses if not address.startswith("#")] == [
        note.url for note in found.notes if note.url
    ]  # fmt: skip


# Printing


@pytest.mark.slow
@pytest.mark.skipif(CHROMIUM is None, reason="no chromium on this machine")
def test_the_page_prints_to_a_pdf_without_error_or_request(example: Space, tmp_path: Path) -> None:
    api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    path = tmp_path / "dossier.html"
    path.write_text(render(dossier(example, PUMP, ROOT_HASH, with_text=True), "html"), encoding="utf-8")
    heard: list[str] = []
    with api.sync_playwright() as play:
        browser = play.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        page = browser.new_page()
        page.on("console", lambda message: heard.append(message.text))
        page.on("pageerror", lambda error: heard.append(str(error)))
        page.on("request", lambda request: heard.append(request.url))
        page.goto(path.as_uri())
        styled = page.evaluate("getComputedStyle(document.querySelector('table')).borderCollapse")
        page.set_viewport_size({"width": 360, "height": 740})
        overflow = page.evaluate("document.documentElement.scrollWidth - innerWidth")
        pdf = page.pdf(prefer_css_page_size=True)
        browser.close()
    assert styled == "collapse"
    assert overflow <= 0
    assert heard == [path.as_uri()]
    assert pdf.startswith(b"%PDF-")
    assert len(re.findall(rb"/Type\s*/Page\b", pdf)) > 3
