"""Search: what is found and in which order, an index in step with its dossiers, input of any kind."""

from __future__ import annotations

import csv
import io
import json
import sqlite3
from pathlib import Path

import pytest
from conftest import Call, Copy
from hostile_strings import HOSTILE
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sparql_servers import MISSING, oxigraph

import kgtools
from kgtools import vocab
from kgtools.fold import keys, plain
from kgtools.search import KINDS, Found, TextIndex, entries, of_files, parts
from kgtools.space import Space
from kgtools.turtle import IRI, Literal, Triple

DATA = "https://example.org/"
TYPES = ("cev:Claim", "cev:Incident", "prov:Person", "cev:Craft", "skos:Concept", "cev:Passage")
WORDS = st.text(min_size=1, max_size=12) | st.sampled_from(
    ["Express", "Ekspress-AM4", "Прогресс", "Союз", "Soyuz MS-22", "pump", "pump house", '"pump', "O'Neill", "a* OR (b", "žluť"]
)


def node(name: str, kind: str, *labels: str) -> list[Triple]:
    subject = IRI(DATA + name)
    found = [Triple(subject, IRI(vocab.iri("rdf:type")), IRI(vocab.iri(kind)))]
    return found + [Triple(subject, IRI(vocab.iri("rdfs:label")), Literal(label, language="en")) for label in labels]


def found(index: TextIndex, words: str, *kinds: str) -> Found:
    return index.find(parts(words), kinds)


def titles(index: TextIndex, words: str, *kinds: str) -> list[str]:
    return [hit.entry.title for hit in found(index, words, *kinds).hits]


@pytest.fixture(scope="module")
def shipped() -> TextIndex:
    """The index of the shipped graph."""
    return of_files(kgtools.open().workspace)


@pytest.fixture
def three() -> TextIndex:
    index = TextIndex()
    labels = ("Ekspress-AM4", "Progress M-12M", "Soyuz")
    index.replace("g:1", "1", [t for place, label in enumerate(labels) for t in node(f"n{place}", "cev:Craft", label)])
    index.replace("g:2", "1", node("n9", "cev:Claim", "The first Ekspress of the year, a Progress and a Soyuz were lost."))
    return index


# What is found


@pytest.mark.parametrize(
    ("words", "first"),
    [("Express AM-4", "Ekspress-AM4"), ("экспресс", "Ekspress-AM4"), ("Прогресс", "Progress M-12M"), ("sojus", "Soyuz"),
     ("Союз", "Soyuz"), ("SOIUZ", "Soyuz"), ("progres m12m", "Progress M-12M")],
)  # fmt: skip
def test_a_name_is_found_in_any_transcription(three: TextIndex, words: str, first: str) -> None:
    assert titles(three, words)[0] == first


def test_names_of_the_shipped_graph_are_found_in_other_spellings(shipped: TextIndex) -> None:
    for words, name in {"Рогозин": "Dmitry Rogozin", "rogosin": "Dmitry Rogozin", "Express-AM4": "Ekspress-AM4",
                        "Прогресс М-12М": "Progress M-12M", "Роскосмос": "Roscosmos"}.items():  # fmt: skip
        assert name in titles(shipped, words)[:3]


def test_all_words_have_to_stand_and_the_last_may_go_on(three: TextIndex) -> None:
    assert len(titles(three, "first soy")) == 1
    assert len(titles(three, "soy* first")) == 1
    assert titles(three, "first proton") == []


def test_words_between_quotes_stand_side_by_side_and_end_there(three: TextIndex) -> None:
    assert len(titles(three, '"of the year"')) == 1
    assert titles(three, '"year the of"') == []
    assert titles(three, '"of the ye"') == []
    assert len(titles(three, '"a progres and" lost')) == 1


def test_what_is_called_so_comes_first_and_names_count_more_than_texts(shipped: TextIndex) -> None:
    assert titles(shipped, "Phys.org")[0] == "Phys.org"
    assert titles(shipped, "rokot")[0] == "Rokot"


def test_what_stands_as_asked_comes_before_what_only_sounds_so() -> None:
    index = TextIndex()
    index.replace("g", "1", [*node("a", "cev:Craft", "Kazan plant"), *node("b", "cev:Craft", "Casan plant")])
    assert titles(index, "casan") == ["Casan plant", "Kazan plant"]
    assert titles(index, "kazan") == ["Kazan plant", "Casan plant"]


def test_a_part_of_a_word_is_found_where_nothing_begins_so(shipped: TextIndex) -> None:
    assert all("magnetic" in " ".join(hit.entry.names + hit.entry.body).lower() for hit in found(shipped, "magnetic").hits)
    assert found(shipped, "magnetic").total


def test_nothing_found_names_words_that_are_near(shipped: TextIndex) -> None:
    assert "rogozin" in found(shipped, "rogosn").spellings
    assert "dmitry rogozin" in found(shipped, "dmitry rogosn").spellings
    assert found(shipped, "dmitry rogozin").spellings == []


def test_kinds_part_what_is_found(shipped: TextIndex) -> None:
    whole = found(shipped, "progress")
    assert sum(found(shipped, "progress", kind).total for kind in KINDS) == whole.total > 100
    assert {hit.entry.kind for hit in found(shipped, "progress", "claim", "work").hits} == {"claim", "work"}


def test_the_line_that_fits_best_is_shown(shipped: TextIndex) -> None:
    hits = [hit for hit in found(shipped, "Express AM-4").hits if hit.entry.title == "Ekspress-AM4"]
    assert [hit.matched for hit in hits] == ["Express AM-4"]


@pytest.mark.parametrize("step", [7, pytest.param(1, marks=pytest.mark.slow)])
def test_every_label_and_text_finds_its_own_node(shipped: TextIndex, step: int) -> None:
    space = kgtools.open()
    every = [entry for triples in space.files.values() for entry in entries(triples)]
    assert len(every) > 2000
    for entry in every[::step]:
        for name in entry.names:
            hits = found(shipped, name).hits
            same = [hit for hit in hits if keys(hit.entry.title) == keys(name)]
            assert entry.node in {hit.entry.node for hit in hits}
            assert same == hits[: len(same)]


@settings(deadline=None)
@given(st.lists(st.tuples(st.sampled_from(TYPES), WORDS), min_size=1, max_size=8))
def test_every_label_with_a_letter_finds_its_own_node(labels: list[tuple[str, str]]) -> None:
    index = TextIndex()
    index.replace("g", "1", [t for place, (kind, label) in enumerate(labels) for t in node(f"n{place}", kind, label)])
    for place, (_, label) in enumerate(labels):
        if plain(label):
            assert f"{DATA}n{place}" in {hit.entry.node for hit in found(index, label).hits}


# In step


def contents(index: TextIndex) -> object:
    """Return all that an index holds and what it answers, whatever the order in which it was made."""
    rows = index._db.execute("SELECT graph, node, kind, names, body, whole, withdrawn FROM entry").fetchall()
    terms = index._db.execute("SELECT * FROM terms").fetchall()
    index._db.execute("INSERT INTO words (words) VALUES ('integrity-check')")
    answers = [(hit.entry, hit.graph) for words in ("pump", "soyuz", "a", "прогресс") for hit in found(index, words).hits]
    return sorted(rows), sorted(terms), index.held(), answers


DOSSIER = st.lists(st.tuples(st.sampled_from("abc"), st.sampled_from(TYPES), WORDS), max_size=3)
EDITS = st.lists(st.tuples(st.sampled_from(["g:1", "g:2", "g:3"]), st.none() | DOSSIER), max_size=10)


@settings(deadline=None)
@given(EDITS)
def test_an_index_after_any_edits_is_the_index_made_anew(edits: list[tuple[str, list[tuple[str, str, str]] | None]]) -> None:
    state: dict[str, list[Triple]] = {}
    index = TextIndex()
    for graph, dossier in edits:
        state.pop(graph, None)
        if dossier is not None:
            state[graph] = [t for name, kind, label in dossier for t in node(f"{graph[2:]}{name}", kind, label)]
        index.sync({one: keys_of(triples) for one, triples in state.items()}, state.__getitem__)
    anew = TextIndex()
    anew.sync({one: keys_of(triples) for one, triples in sorted(state.items())}, state.__getitem__)
    assert contents(index) == contents(anew)


def keys_of(triples: list[Triple]) -> str:
    return repr(sorted(map(str, triples)))


def test_only_changed_dossiers_are_read_again(copy: Copy, monkeypatch: pytest.MonkeyPatch) -> None:
    space = copy.space
    index = TextIndex()
    digests = {space.workspace.graph_name(name): "1" for name in space.files}
    index.sync(digests, lambda graph: [])
    read: list[str] = []

    def reading(graph: str) -> list[Triple]:
        read.append(graph)
        return []

    first, second, *_ = digests
    change = index.sync({**{k: v for k, v in digests.items() if k != second}, first: "2"}, reading)
    assert (read, change.indexed, change.dropped) == ([first], (first,), (second,))


def test_the_kept_index_follows_the_files(copy: Copy, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KGTOOLS_CACHE", str(tmp_path / "cache"))
    assert titles(of_files(copy.space.workspace), "ostrand water board")
    text = copy.path("agents.ttl").read_text(encoding="utf-8").replace("Ostrand water board", "Orlop water board")
    copy.path("agents.ttl").write_text(text, encoding="utf-8")
    for _ in range(2):
        index = of_files(copy.space.workspace)
        assert "Orlop water board" in titles(index, "orlop water board")
    copy.path("agents.ttl").unlink()
    assert "Orlop water board" not in titles(of_files(copy.space.workspace), "orlop water board")


def test_an_index_in_a_file_is_made_anew_where_it_is_broken_or_of_another_version(tmp_path: Path) -> None:
    path = tmp_path / "search.sqlite"
    index = TextIndex(path)
    index.replace("g", "1", node("a", "cev:Craft", "Soyuz"))
    index.close()
    assert TextIndex(path).held() == {"g": "1"}
    base = sqlite3.connect(path)
    base.execute("UPDATE made SET rules = 'older'")
    base.commit()
    base.close()
    assert TextIndex(path).held() == {}
    for broken in (b"", b"no database at all", b"SQLite format 3\0" + bytes(5000)):
        path.write_bytes(broken)
        index = TextIndex(path)
        index.replace("g", "1", node("a", "cev:Craft", "Soyuz"))
        assert titles(index, "soyuz") == ["Soyuz"]
        index.close()


# Input of any kind


@pytest.mark.parametrize(
    "words",
    ['"', '""', '" "', "*", "**", "a*b", "NEAR(a b)", "a AND", "OR", "NOT x", "{names} : x", "names:x", "^a", "a + b", "-a",
     "a\0b", "\ud800", "(" * 3000, '"' * 3001, "a" * 100_000, "word " * 5000, " ".join(map(str, range(500))), "'; DROP",
     "a%_[x]", "\u202e", "٣", "𝔘", "e\u0301" * 50],
)  # fmt: skip
def test_nothing_that_can_be_typed_is_an_error(shipped: TextIndex, words: str) -> None:
    wanted = parts(words)
    if wanted:
        assert found(shipped, words).total >= 0
    assert len(wanted) <= 64


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text(max_size=30) | st.text('ab"*() -:^{}+\0', max_size=20) | st.sampled_from(HOSTILE))
def test_any_string_is_answered(shipped: TextIndex, words: str) -> None:
    if parts(words):
        found(shipped, words)


# The command


def test_the_command_answers_in_every_form(call: Call) -> None:
    assert "agent:dmitry-rogozin" in call("search", "Рогозин").out
    rows = list(csv.DictReader(io.StringIO(call("search", "--format", "csv", "Рогозин").out)))
    assert rows[0]["title"] == "Dmitry Rogozin"
    assert rows[0]["node"] == "https://w3id.org/cev/agent/dmitry-rogozin"
    answer = json.loads(call("search", "--format", "json", "--kind", "key-phrase", "--limit", "3", "launch").out)
    assert [one["kind"]["value"] for one in answer["results"]["bindings"]] == ["key phrase"] * 3
    for form in ("tsv", "xml", "md"):
        assert "Rogozin" in call("search", "--format", form, "rogosin").out


def test_the_command_says_how_many_more_there_are_and_what_is_near(call: Call) -> None:
    said = call("search", "--limit", "2", "progress")
    assert "more: --limit" in said.err
    said = call("search", "rogosn")
    assert (said.code, "perhaps: rogozin" in said.err) == (0, True)


def test_a_call_that_makes_no_sense_is_told_so(call: Call) -> None:
    for words in (("search", "!?"), ("search", "--kind", "ship", "x"), ("search", "--limit", "0", "x"), ("search",)):
        said = call(*words)
        assert (said.code, said.out) == (2, "")
        assert said.err.startswith("kgtools: ")
        assert "Traceback" not in said.err


def test_as_of_a_day_only_what_was_known_is_found(call: Call, example: Space) -> None:
    whole = call("search", "--limit", "500", "--format", "csv", "failure").out.splitlines()
    then = call("search", "--limit", "500", "--format", "csv", "--as-of", "2011-03-01", "failure").out.splitlines()
    assert 1 < len(then) < len(whole)
    assert set(then) < set(whole)


def test_withdrawn_records_are_found_only_when_asked_for(copy: Copy, call: Call) -> None:
    name = next(entry.node for entry in entries(copy.space.files["craft.ttl"]) if entry.kind == "craft")
    short = copy.space.short(name)
    title = next(entry.title for entry in entries(copy.space.files["craft.ttl"]) if entry.node == name)
    copy.append("craft.ttl", f'<{name}> <{vocab.iri("cev:withdrawnOn")}> "2020-01-01"^^<{vocab.XSD}date> .')
    assert short not in call("--workspace", copy.folder, "search", title).out
    assert short in call("--workspace", copy.folder, "--withdrawn", "search", title).out


# Beside a store


@pytest.fixture
def loaded(copy: Copy, call: Call, tmp_path: Path) -> Path:
    """The folder of a store with the copy in it."""
    assert call("load", copy.folder, "--store", tmp_path / "store").code == 0
    return tmp_path / "store"


def hits(call: Call, *words: str | Path) -> list[str]:
    said = call("search", "--format", "csv", *words)
    assert said.code == 0, said.err
    return said.out.splitlines()[1:]


def test_a_store_is_searched_as_its_files_are(copy: Copy, loaded: Path, call: Call) -> None:
    for words in ("ostrand", "valve", '"water board"', "vallve"):
        assert hits(call, "--store", loaded, words) == hits(call, "--workspace", copy.folder, words) != []
    assert (loaded / "search.sqlite").exists()
    then = ("--as-of", "2019-01-10", "valve")
    assert hits(call, "--store", loaded, *then) == hits(call, "--workspace", copy.folder, *then)


def test_a_load_keeps_the_index_in_step(copy: Copy, loaded: Path, call: Call) -> None:
    hits(call, "--store", loaded, "ostrand")
    text = copy.path("agents.ttl").read_text(encoding="utf-8").replace("Ostrand water board", "Orlop water board")
    copy.path("agents.ttl").write_text(text, encoding="utf-8")
    assert call("load", copy.folder, "--store", loaded).code == 0
    index = TextIndex(loaded / "search.sqlite")
    assert "Orlop water board" in titles(index, "orlop water board")
    index.close()
    assert hits(call, "--store", loaded, "orlop") == hits(call, "--workspace", copy.folder, "orlop")


def test_a_broken_index_of_a_store_is_made_anew(loaded: Path, call: Call) -> None:
    found = hits(call, "--store", loaded, "ostrand")
    whole = (loaded / "search.sqlite").read_bytes()
    for broken in (b"", b"nothing of the kind", whole[:5000], whole[: len(whole) // 2] + bytes(len(whole) - len(whole) // 2)):
        (loaded / "search.sqlite").write_bytes(broken)
        assert hits(call, "--store", loaded, "ostrand") == found
    (loaded / "search.sqlite").unlink()
    (loaded / "search.sqlite").mkdir()
    assert hits(call, "--store", loaded, "ostrand") == found


@pytest.mark.slow
@pytest.mark.skipif(bool(MISSING["oxigraph"]), reason=MISSING["oxigraph"])
def test_a_server_is_searched_by_an_index_in_the_cache(copy: Copy, call: Call, tmp_path: Path) -> None:
    with oxigraph(tmp_path / "server") as server:
        assert "holds no dossier" in call("search", "--store", server.url, "ostrand").err
        assert call("load", copy.folder, "--store", server.url).code == 0
        for place, words in enumerate(("ostrand", "valve", "vallve")):
            said = call("search", "--format", "csv", "--store", server.url, words)
            assert ("dossiers from" in said.err) == (place == 0)
            assert said.out.splitlines()[1:] == hits(call, "--workspace", copy.folder, words) != []
