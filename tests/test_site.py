"""The pages, as pure functions of a space: links, twins, days, words, and labels that would like to be more than words."""

from __future__ import annotations

import csv
import io
import json
import re
import unicodedata
from collections.abc import Iterator
from html import unescape
from html.parser import HTMLParser
from urllib.parse import parse_qsl, unquote, urlsplit

import pytest
from conftest import Copy
from pyoxigraph import RdfFormat, parse

import kgtools
from kgtools.search import parts
from kgtools.space import Space
from kgtools.turtle import Literal, Triple, parse_file, parse_text, write
from kgtools.views.site import negotiated, respond, static
from kgtools.views.site import search as search_module
from kgtools.views.site.dossier import OPEN
from kgtools.views.site.known import known
from kgtools.views.site.render import FORMS, external, neutral_csv
from kgtools.views.site.reply import Reply
from kgtools.views.site.routes import NODES, PAGES
from kgtools.views.site.search import search
from kgtools.workspace import Workspace

HREF = re.compile(r'(?:href|src|action)="([^"]*)"')
ID = re.compile(r'\bid="([^"]*)"')
BODIES = {"/map", "/sparql"}  # made by rooms of their own, with tests of their own


def ask(space: Space, address: str, accept: str = "text/html", **more: str) -> Reply:
    """Ask for an address with its query, following one redirect."""
    parts = urlsplit(address)
    reply = respond(space, parts.path, dict(parse_qsl(parts.query, keep_blank_values=True)) | more, accept)
    if reply.status == 303:
        return ask(space, reply.headers["Location"], accept, **more)
    return reply


def html(space: Space, address: str, **more: str) -> str:
    reply = ask(space, address, **more)
    assert reply.status == 200, f"{address}: {reply.status}"
    return reply.body.decode()


def nodes(space: Space) -> list[str]:
    """List the addresses of all pages: those of the table, and one for every node of a kind with a page."""
    listed = [f"/{name}" for name in PAGES if f"/{name}" not in BODIES]
    for kind in ("incident", "claim", "agent", "source"):
        listed += [f"/{name.replace(':', '/', 1)}" for name in known(space).of_kind(kind)]
    return listed


def few(space: Space) -> list[str]:
    """List one page of each kind, those with most in them."""
    here = known(space)
    listings = (here.by_incident, here.by_claim, here.by_speaker, here.by_source)
    most = [max(found, key=lambda name, found=found: len(found[name])) for found in listings]  # type: ignore[misc]
    return [*(f"/{name}" for name in PAGES if f"/{name}" not in BODIES), *(f"/{name.replace(':', '/', 1)}" for name in most)]


@pytest.fixture(scope="session")
def shipped() -> Space:
    """The graph that comes with the tools."""
    return kgtools.open()


@pytest.fixture(params=["example", "shipped"])
def space(request: pytest.FixtureRequest) -> Space:
    found: Space = request.getfixturevalue(request.param)
    return found


# Links


def crawled(space: Space, addresses: list[str]) -> None:
    """Hold every link of some pages to what it leads to; a page that is not among them need only be there."""
    here = known(space)
    places: dict[str, set[str]] = {}
    wanted: dict[str, set[str]] = {}
    for address in addresses:
        page = html(space, address)
        ids = [unescape(one) for one in ID.findall(page)]
        assert len(ids) == len(set(ids)), f"{address}: {sorted(one for one in ids if ids.count(one) > 1)[:5]}"
        places[address] = set(ids)
        for target in map(unescape, set(HREF.findall(page))):
            parts = urlsplit(target)
            assert not (parts.scheme or parts.netloc) or external(target), f"{address} → {target}"
            if not parts.scheme and "vs=" not in parts.query:
                wanted.setdefault(unquote(parts.path) or address, set()).add(unquote(parts.fragment))
    for path, fragments in wanted.items():
        node = path.removeprefix("/").replace("/", ":", 1)
        if path in places:
            assert fragments - {""} <= places[path], f"{path}: {sorted(fragments - places[path] - {''})[:5]}"
        elif path not in BODIES and "." not in path.rsplit("/", 1)[-1] and not here.exists(node):
            assert fragments - {""} <= set(map(unescape, ID.findall(html(space, path)))), path


def test_every_link_of_every_page_leads_to_a_page_and_every_fragment_to_a_place(example: Space) -> None:
    crawled(example, nodes(example))


@pytest.mark.slow
def test_every_link_of_some_pages_of_the_shipped_graph_leads_to_a_page(shipped: Space) -> None:
    crawled(shipped, sorted({*few(shipped), *nodes(shipped)[::9]}))


@pytest.mark.slow
def test_every_link_of_every_page_of_the_shipped_graph_leads_to_a_page(shipped: Space) -> None:
    crawled(shipped, nodes(shipped))


def test_links_with_parameters_lead_to_pages_too(example: Space) -> None:
    for address in few(example):
        for target in map(unescape, HREF.findall(html(example, address))):
            if target.startswith("/") and "?" in target and urlsplit(target).path not in BODIES:
                assert ask(example, target).status == 200, f"{address} → {target}"


def test_every_record_of_the_data_has_an_address_that_answers(example: Space) -> None:
    here = known(example)
    for iri in example.subjects():
        kind, _, local = here.short(iri).partition(":")
        if kind in NODES:
            assert ask(example, f"/{kind}/{local}").status == 200, iri
            assert respond(example, f"/{kind}/{local}.ttl", {}, "").status == 200, iri


def test_what_is_not_there_is_answered_with_the_nearest_names(example: Space) -> None:
    reply = respond(example, "/incident/pump-hose-2019", {}, "text/html")
    assert reply.status == 404
    assert 'href="/incident/pump-house-2019"' in reply.body.decode()
    assert respond(example, "/timelin", {}, "text/html").status == 404
    assert "/timeline" in respond(example, "/timelin", {}, "text/html").body.decode()
    data = json.loads(respond(example, "/incident/pump-hose-2019.json", {}, "").body)
    assert data["data"]["near"][0]["address"] == "/incident/pump-house-2019"


# Twins


@pytest.mark.parametrize("suffix", ["json", "ttl", "jsonld", "csv"])
def test_twins_are_well_formed(space: Space, suffix: str) -> None:
    for address in few(space):
        reply = respond(space, f"{address if address != '/' else '/index'}.{suffix}", {}, "text/html")
        assert (reply.status, reply.media_type) == (200, FORMS[suffix]), address
        if suffix == "json":
            assert json.loads(reply.body)["dataVersion"] == known(space).version
        elif suffix == "ttl":
            parse_text(reply.body, address)
        elif suffix == "jsonld":
            list(parse(reply.body, format=RdfFormat.JSON_LD))
        else:
            rows = list(csv.reader(io.StringIO(reply.body.decode())))
            assert len({len(row) for row in rows}) == 1, address


def test_the_turtle_of_a_dossier_holds_what_its_file_holds(example: Space) -> None:
    reply = respond(example, "/incident/pump-house-2019", {}, "text/turtle")
    assert set(parse_text(reply.body, "twin")) == set(example.files["incidents/pump-house-2019.ttl"])


@pytest.mark.parametrize(
    ("accept", "form"),
    [
        ("", "html"), ("*/*", "html"), ("text/html,application/xhtml+xml,*/*;q=0.8", "html"), ("text/turtle", "ttl"),
        ("application/json", "json"), ("application/ld+json, text/turtle;q=0.5", "jsonld"), ("text/csv", "csv"),
        ("text/turtle;q=0.2, application/json;q=0.9", "json"), ("text/turtle;q=0", "html"), ("image/png", "html"),
        ("text/turtle;q=x", "html"),
    ],
)  # fmt: skip
def test_the_form_is_the_one_that_the_client_likes_best(accept: str, form: str) -> None:
    assert negotiated(accept) == form


def test_cells_that_look_like_formulas_are_neutralised_in_csv() -> None:
    cells = ("=1+1", "+cmd", "-2+3", "@SUM(A1)", "\t=1", " =1", "-5", "+3.5", "plain")
    table = kgtools.space.Table(("a",), [(cell,) for cell in cells])
    rows = [row[0] for row in csv.reader(io.StringIO(neutral_csv(table).decode()))][1:]
    assert rows == ["'=1+1", "'+cmd", "'-2+3", "'@SUM(A1)", "'\t'=1", "' =1", "-5", "+3.5", "plain"]


@pytest.mark.parametrize(
    ("cell", "wanted"),
    [
        ("a;=1+1", "a;'=1+1"), ("a; =1+1", "a;' =1+1"), ('a;"=1+1"', 'a;\'"=1+1"'), ("a\n=1+1;@B", "a\n'=1+1;'@B"),
        ("a|+cmd", "a|'+cmd"), ("=1;=2", "'=1;'=2"), ("a; -5", "a; -5"), ("a; -5;-5+3", "a; -5;'-5+3"), ("＝1+1", "'＝1+1"),
        ("e=mc²; f-g", "e=mc²; f-g"),
    ],
)  # fmt: skip
def test_formulas_are_neutralised_wherever_a_spreadsheet_may_split_a_cell(cell: str, wanted: str) -> None:
    written = neutral_csv(kgtools.space.Table(("a",), [(cell,)])).decode()
    assert next(row[0] for place, row in enumerate(csv.reader(io.StringIO(written, newline=""))) if place) == wanted
    # However it is split, and without regard to quotes, no piece is computed.
    for piece in re.split(r"[;\t|\r\n]", written):
        assert not re.match(r"\s*[=@＝]|\s*[+-](?!\d+(?:[.,]\d+)?\s*$)", piece.lstrip('"'))


def test_an_address_is_decoded_once(example: Space) -> None:
    assert respond(example, "/incident/pump-house-2019", {}, "text/html").status == 200
    assert respond(example, "/incident/pump%2Dhouse-2019", {}, "text/html").status == 404
    assert respond(example, "/map", {"focus": "incident:pump-house-2019"}, "text/html").status == 200
    assert respond(example, "/map", {"focus": "incident%3Apump-house-2019"}, "text/html").status == 404


def test_a_receipt_can_be_taken_away(example: Space) -> None:
    reply = respond(example, "/claim/pump-house-2019-003.receipt.json", {}, "")
    assert reply.status == 200
    assert json.loads(reply.body)["of"] == "claim:pump-house-2019-003"
    assert "attachment" in reply.headers["Content-Disposition"]


# Days


def test_a_page_as_of_a_day_leaves_out_what_came_later_and_says_so(shipped: Space) -> None:
    address = "/incident/geo-ik-2-2011"
    before, after = html(shipped, f"{address}?asof=2011-02-13"), html(shipped, f"{address}?asof=2011-02-14")
    assert "foreign power" in after
    assert "foreign power" not in before
    assert "as of 2011-02-13 on the clock of publication" in before
    assert 'class="asof"' not in html(shipped, address)


def test_a_link_to_be_kept_carries_the_data_version_and_an_older_one_is_told(example: Space) -> None:
    for address in few(example):
        version = ask(example, address).headers["X-Data-Version"]
        page = html(example, f"{address}?version=0123456789ab&asof=2019-02-20")
        assert "made on data version <strong>0123456789ab</strong>" in page
        kept = unescape(re.findall(r'<a id="kept" href="([^"]*)"', page)[0])
        assert f"version={version[:12]}" in kept
        assert "asof=2019-02-20" in kept
        assert "0123456789ab" not in page.replace("<strong>0123456789ab</strong>", "")
        assert "made on data version" not in html(example, kept)
    for rubbish in ("", "latest", "%22%3E%3Cb%3E", version):
        assert "made on data version" not in html(example, f"/?version={rubbish}")


def test_every_link_of_a_page_as_of_a_day_carries_the_day_on(example: Space) -> None:
    for address in few(example):
        asked = ask(example, f"{address}?asof=2019-02-20&clock=speech")
        page = asked.body.decode()
        for target in map(unescape, re.findall(r'<a [^>]*href="(/[^"]*)"', page)):
            kept = "asof=2019-02-20" in target and "clock=speech" in target
            assert kept or target.split("?")[0] == address, f"{address} → {target}"


@pytest.mark.parametrize("address", ["/map", "/timeline"])
def test_where_nothing_was_on_record_by_a_day_a_sentence_says_so(example: Space, address: str) -> None:
    shown = html(example, address, asof="1990-01-01")
    assert "on record by then." in shown
    assert "<table" not in shown
    assert "exclude each other" not in shown


def test_a_record_that_came_later_is_said_to_be_there_today(shipped: Space) -> None:
    reply = respond(shipped, "/claim/geo-ik-2-2011-050", {"asof": "2011-02-13"}, "text/html")
    assert reply.status == 404
    assert 'href="/claim/geo-ik-2-2011-050"' in reply.body.decode()


@pytest.mark.parametrize("params", [{"asof": "yesterday"}, {"asof": "2019-01-09", "clock": "sundial"}, {"asof": "2019-02-30"}])
def test_a_day_or_clock_that_is_none_is_answered_with_a_sentence(example: Space, params: dict[str, str]) -> None:
    reply = respond(example, "/incidents", params, "text/html")
    assert reply.status == 400
    assert "Traceback" not in reply.body.decode()


def test_the_slider_works_without_scripts(example: Space) -> None:
    reply = respond(example, "/timeline", {"step": "0"}, "text/html")
    assert reply.status == 303
    assert ask(example, reply.headers["Location"]).status == 200
    assert respond(example, "/timeline", {"step": "99999"}, "text/html").status == 303


# Words


def test_every_statement_carries_its_label_in_words(example: Space) -> None:
    for one in known(example).record.assertions.values():
        if one.claim:
            page = html(example, f"/claim/{one.claim.partition(':')[2]}")
            row = page.split(f'id="s-{one.name.partition(":")[2]}"')[1].split("</li>")[0]
            assert 'class="label' in row


def test_a_sequence_without_a_stated_link_says_so(example: Space) -> None:
    assert "no source in this graph states a link" in html(example, "/incident/pump-house-2019")


def test_what_is_unknown_holds_open_questions_unnamed_speakers_and_unread_works(shipped: Space) -> None:
    told = json.loads(ask(shipped, "/incident/geo-ik-2-2011.json").body)["data"]
    assertions, gaps = told["assertions"], told["gaps"]
    asked, unnamed, unread = gaps.values()
    assert "agent:unnamed-space-official-interfax-2011" in unnamed
    assert "source:interfax-2011-02" in unread
    for claim in asked:
        assert {one["force"] for one in assertions if one["claim"] == claim} <= {*OPEN, "force:recommends"}
    page = html(shipped, "/incident/geo-ik-2-2011")
    section = page[page.index('id="unknown"') : page.index('id="statements"')]
    for node in (*asked, *unnamed, *unread):
        assert f'href="/{node.replace(":", "/", 1)}"' in section


def test_the_head_of_a_page_names_its_twins_and_each_is_there(example: Space) -> None:
    for address in few(example):
        head = html(example, address).partition("</head>")[0]
        named = re.findall(r'<link rel="alternate" type="([^"]*)" href="([^"]*)"', head)
        assert [kind for kind, _ in named] == ["application/json", "text/turtle", "application/ld+json", "text/csv"]
        for kind, twin in named:
            assert ask(example, unescape(twin)).media_type.startswith(kind)


def test_the_matrix_leads_from_a_cell_to_its_passages(shipped: Space) -> None:
    page = html(shipped, "/incident/geo-ik-2-2011")
    rows = re.findall(r'<td class="cell (?:consistent|inconsistent|silent)"[^>]*><a href="#(row-\d+)"', page)
    assert rows
    for row in set(rows):
        assert f'id="{row}"' in page


def test_every_file_that_a_page_loads_is_there(example: Space) -> None:
    for address in few(example):
        for target in re.findall(r'(?:src|href)="(/static/[^"]*)"', html(example, address)):
            assert ask(example, target).status == 200, target


def test_the_text_of_documents_is_shown_only_where_the_server_allows_it(example: Space) -> None:
    claim = next(
        name for name, said in known(example).by_claim.items() if any(known(example).passages(one.name) for one in said)
    )
    address = f"/claim/{claim.partition(':')[2]}"
    assert "<blockquote>" not in html(example, address)
    assert "<blockquote>" in html(example, address, with_text="1")
    assert "with_text" not in html(example, address, with_text="1")


def test_a_passage_whose_text_changed_is_not_shown_but_told(copy: Copy) -> None:
    for path in (copy.folder / "documents").iterdir():
        path.write_text(path.read_text(encoding="utf-8").upper(), encoding="utf-8")
    space = copy.space
    claim = next(iter(known(space).by_claim))
    page = html(space, f"/claim/{claim.partition(':')[2]}", with_text="1")
    assert "<blockquote>" not in page
    assert "another text there than was archived" in page


def test_two_claims_are_compared_word_by_word(example: Space) -> None:
    names = sorted(known(example).claims)[:2]
    page = html(example, f"/claim/{names[0].partition(':')[2]}?vs={names[1].partition(':')[2]}")
    assert 'class="differs"' in page
    assert respond(example, f"/claim/{names[0].partition(':')[2]}", {"vs": "nothing"}, "text/html").status == 400


def test_the_first_page_is_small_and_pages_ask_no_other_host(shipped: Space) -> None:
    total = len(ask(shipped, "/").body)
    for address in re.findall(r'(?:src|href)="(/static/[^"]*)"', html(shipped, "/")):
        total += len(ask(shipped, address).body)
    assert total < 150_000
    for name in static.names():
        if "vis-network" not in name:
            assert b"//" not in re.sub(
                rb"^\s*//.*$|http://www\.w3\.org/2000/svg", b"", static.read(name), flags=re.MULTILINE
            ), name


# Search


def test_the_search_folds_accents_and_counts_facets(example: Space) -> None:
    found = search(known(example), {"q": "VALVÉ"})
    assert found.hits
    assert sum(number for _, number in found.facets["kind"]) == len(found.hits)
    for kind, number in found.facets["kind"]:
        assert len(search(known(example), {"q": "valve", "kind": kind}).hits) == number


def test_an_empty_search_says_what_would_be_found_and_how_it_may_be_spelt(example: Space) -> None:
    page = html(example, "/?q=valve&year=1066")
    assert "Nothing for “valve”" in page
    assert re.search(r"Without the year filter: \d+", page)
    assert "/?q=valve" in html(example, "/?q=velve")


def test_the_search_of_the_pages_finds_what_the_index_finds(example: Space) -> None:
    here = known(example)
    for words in ("valve", "vallve", '"left open"', "val*", "ostrand water", "alve"):
        nodes, _ = search_module._index(here).nodes(parts(words), search_module.KINDS)
        found = search(here, {"q": words}).hits
        assert found
        assert list(dict.fromkeys(hit.entry for hit in found)) == [here.short(node) for node in nodes]


def test_an_empty_graph_has_a_first_page_that_says_how_to_begin(copy: Copy) -> None:
    for name in ("incidents", "agents.ttl", "sources.ttl", "craft.ttl", "context.ttl", "documents.ttl", "questions.ttl"):
        path = copy.path(name)
        for file in sorted(path.rglob("*.ttl")) if path.is_dir() else [path]:
            file.unlink()
    space = copy.space
    assert "kgtools init" in html(space, "/")
    for address in nodes(space):
        html(space, address)


# Hostile words

HOSTILE = (
    "<script>alert(1)</script>", "\"><img src=x onerror=alert(1)>", "' onmouseover='alert(1)", "javascript:alert(1)",
    "</title><svg onload=alert(1)>", "{{ 7*7 }}{% raw %}", "data:text/html,<script>alert(1)</script>", "<!--", "]]>",
    "\u202egpj.exe\u202c \u200bzero\u2066", "=HYPERLINK(\"http://x\")", "&lt;b&gt; &#x3c;i&#x3e;", "\x1b[2J",
    "vbscript:msgbox(1)", "<a href=javascript:alert(1)>x</a>", "</textarea><iframe src=//evil>",
    "\u2028\u2029<style>*{}</style>",
)  # fmt: skip


class Inert(HTMLParser):
    """Refuse everything that could run, load from elsewhere, or style."""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert tag not in ("iframe", "object", "embed", "style", "base", "img"), tag
        given = dict(attrs)
        assert tag != "script" or (given.get("src") or "").startswith("/static/"), attrs
        for name, value in attrs:
            assert not name.startswith("on") and name != "style", (tag, name)
            if name in ("href", "src", "action", "formaction", "xlink:href"):
                assert re.match(r"(/(?!/)|#|https?://)", value or ""), (tag, name, value)

    def handle_data(self, data: str) -> None:
        hidden = {c for c in data if unicodedata.category(c) in ("Cf", "Zl", "Zp", "Cc") and c != "\n"}
        assert self.cdata_elem or not hidden, (sorted(map(ord, hidden)), data[:80])


def hostile_triples(triples: list[Triple], start: int) -> Iterator[Triple]:
    """Yield triples with every label, sentence, phrase and address begun with a hostile string."""
    for place, one in enumerate(triples):
        value = one.object
        plain = isinstance(value, Literal) and (value.language or value.datatype.value.endswith(("string", "anyURI")))
        if isinstance(value, Literal) and plain and not re.search(r"[0-9a-f]{64}|\.txt$", value.value):
            text = HOSTILE[(place + start) % len(HOSTILE)] + (
                "" if value.datatype.value.endswith("anyURI") else f" {value.value}"
            )
            given = Literal(text, language=value.language) if value.language else Literal(text, datatype=value.datatype)
            yield Triple(one.subject, one.predicate, given)
        else:
            yield one


@pytest.mark.parametrize("start", [0, 7])
def test_hostile_labels_stay_words_on_every_page(copy: Copy, start: int) -> None:
    workspace = Workspace.find(copy.folder)
    for path in workspace.files:
        if path.name != "workspace.ttl":
            path.write_text(write(hostile_triples(parse_file(path), start), workspace.prefixes), encoding="utf-8")
    space = copy.space
    for address in nodes(space):
        page = html(space, address, with_text="1")
        Inert().feed(page)
        assert "49" not in re.findall(r"<h1>([^<]*)", page)
        for suffix in ("json", "ttl", "jsonld"):
            assert respond(space, f"{address if address != '/' else '/index'}.{suffix}", {}, "").status == 200
    for address in few(space):
        reply = respond(space, f"{address if address != '/' else '/index'}.csv", {}, "")
        for row in csv.reader(io.StringIO(reply.body.decode())):
            assert not any(re.match(r"\s*[=@+]", cell) for cell in row), row


@pytest.mark.slow
def test_hostile_parameters_stay_words_on_every_page(example: Space) -> None:
    names = ("q", "vs", "axis", "sort", "asof", "clock", "speaker", "label", "side", "find", "page", "kind", "step", "x")
    for address in few(example):
        for text in HOSTILE:
            for given in (dict.fromkeys(("vs", "asof"), text), dict.fromkeys(set(names) - {"asof", "vs"}, text)):
                reply = respond(example, address, given, "text/html")
                assert reply.status in (200, 400, 404), address
                Inert().feed(reply.body.decode())
    for text in HOSTILE:
        for path in (f"/{text}", f"/incident/{text}", f"/claim/{text}.ttl", f"/static/{text}"):
            reply = respond(example, path, {}, text)
            assert reply.status == 404
            if reply.media_type.startswith("text/html"):
                Inert().feed(reply.body.decode())


def test_only_http_and_https_become_links() -> None:
    good, bad = ("http://a.b/c", "https://a.b/?x=1"), ("javascript:x", "ftp://a", "//a.b", "https://a b", "data:,x", "HTTP")
    assert [external(one) for one in (*good, *bad)] == [*good, *[""] * len(bad)]


def test_static_files_are_only_those_of_the_folder(example: Space) -> None:
    for path in ("/static/../render.py", "/static/%2e%2e/render.py", "/static/", "/static/site.css/../../known.py"):
        assert respond(example, path, {}, "").status == 404
    assert respond(example, "/static/vis-network.min.js", {}, "").status == 200
