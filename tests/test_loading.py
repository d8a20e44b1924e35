"""Loading: what is found in paths, what is skipped, replaced and dropped, and that the answers are those of memory."""

from __future__ import annotations

import gzip
import json
import re
from pathlib import Path

import pytest
import zstandard
from conftest import EXAMPLE, PUMP_HOUSE, ROOT, Call, Copy, Said

import kgtools
from kgtools import derive, dossiers, loading, turtle, vocab
from kgtools.evidence import record
from kgtools.faults import Fault
from kgtools.space import Space
from kgtools.store.disk import DiskStore
from kgtools.turtle import IRI, Quad
from kgtools.views import network_page
from kgtools.workspace import Workspace

GRAPH = "https://w3id.org/cev/example/graph/"


def load(store: Path, *paths: Path, workspace: Path = EXAMPLE, prune: bool = False, withdrawn: bool = False) -> loading.Loaded:
    here = Workspace.find(workspace)
    found = dossiers.find(paths or [workspace], here)
    with DiskStore(store, write=True, withdrawn=withdrawn) as held:
        return loading.load(held, found, here, prune)


def said(store: Path) -> set[str]:
    """Return everything that a store answers from, as N-Triples."""
    with DiskStore(store) as held:
        answer = held.query("CONSTRUCT WHERE { ?s ?p ?o }")
        return {str(t) for t in getattr(answer, "triples", ())}


def said_in_memory(space: Space) -> set[str]:
    answer = space.store.query("CONSTRUCT WHERE { ?s ?p ?o }")
    return {str(t) for t in getattr(answer, "triples", ())}


@pytest.fixture(scope="module")
def held(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store with the invented case."""
    folder = tmp_path_factory.mktemp("held") / "store"
    load(folder)
    return folder


def test_a_store_answers_from_the_same_triples_as_memory(held: Path, example: Space) -> None:
    assert said(held) == said_in_memory(example)


def test_a_store_has_the_same_named_graphs_as_memory(tmp_path: Path, example: Space) -> None:
    load(tmp_path / "s")
    text = "SELECT ?g ?s ?p ?o { GRAPH ?g { ?s ?p ?o } }"
    with DiskStore(tmp_path / "s") as store:
        found, wanted = store.query(text), example.store.query(text)
    assert {tuple(map(str, row)) for row in found.rows} == {tuple(map(str, row)) for row in wanted.rows}  # type: ignore[union-attr]


def test_a_store_gives_back_each_file_as_it_was_written(held: Path, example: Space) -> None:
    with DiskStore(held) as store:
        for file, graph in store.files().items():
            assert list(store.triples(graph)) == example.every_file[file]


def test_loading_again_skips_everything_and_writes_no_new_state(tmp_path: Path) -> None:
    assert load(tmp_path / "s") == loading.Loaded(11, 0, 0, 0)
    before = (tmp_path / "s" / "store.json").read_bytes()
    assert load(tmp_path / "s") == loading.Loaded(0, 0, 11, 0)
    assert (tmp_path / "s" / "store.json").read_bytes() == before


def test_a_changed_dossier_is_replaced_and_a_removed_one_dropped(tmp_path: Path, copy: Copy) -> None:
    load(tmp_path / "s", copy.folder)
    copy.edit(PUMP_HOUSE, "assertion:pump-house-2019-006", "hedge:possible", "hedge:certain")
    copy.path("incidents/lock-gate-2019.ttl").unlink()
    assert load(tmp_path / "s", copy.folder) == loading.Loaded(0, 1, 9, 1)
    assert said(tmp_path / "s") == said_in_memory(copy.space)


def test_what_was_derived_from_a_changed_work_is_derived_anew(tmp_path: Path, copy: Copy) -> None:
    load(tmp_path / "s", copy.folder)
    text = copy.path("sources.ttl").read_text(encoding="utf-8")
    copy.path("sources.ttl").write_text(text.replace("2019-01-09", "2018-12-30"), encoding="utf-8")
    assert text.count("2019-01-09") and load(tmp_path / "s", copy.folder).replaced == 1
    assert said(tmp_path / "s") == said_in_memory(copy.space)


def test_a_record_withdrawn_elsewhere_goes_everywhere_and_comes_back(tmp_path: Path, copy: Copy) -> None:
    load(tmp_path / "s", copy.folder)
    whole = said(tmp_path / "s")
    before = copy.path("sources.ttl").read_text(encoding="utf-8")
    name = next(line.split()[0] for line in before.splitlines() if line.startswith("source:"))
    copy.append("sources.ttl", f'{name} cev:withdrawnOn "2026-01-01"^^xsd:date .')
    load(tmp_path / "s", copy.folder)
    assert said(tmp_path / "s") == said_in_memory(copy.space) != whole
    copy.path("sources.ttl").write_text(before, encoding="utf-8")
    load(tmp_path / "s", copy.folder)
    assert said(tmp_path / "s") == whole


def test_a_store_may_show_withdrawn_records(tmp_path: Path) -> None:
    load(tmp_path / "s", withdrawn=True)
    assert said(tmp_path / "s") == said_in_memory(kgtools.open(EXAMPLE, withdrawn=True))


@pytest.mark.slow
@pytest.mark.parametrize("ending", [".ttl", ".nt", ".trig", ".nq", ".jsonld", ".ttl.gz", ".nq.zst"])
def test_every_format_gives_the_same_triples(tmp_path: Path, ending: str, held: Path, example: Space) -> None:
    folder = tmp_path / "parts"
    folder.mkdir()
    plain = ending.removesuffix(".gz").removesuffix(".zst")
    form = dossiers.FORMS[plain]
    for file, triples in example.every_file.items():
        stem = Path(file).stem
        graph = IRI(example.workspace.graph_name(file))
        quads = [Quad(t.subject, t.predicate, t.object, graph) for t in triples]
        raw = turtle.serialise(quads if form in ("trig", "nquads") else triples, form)
        packed = (
            gzip.compress(raw, mtime=0)
            if ending.endswith(".gz")
            else zstandard.compress(raw)
            if ending.endswith(".zst")
            else raw
        )
        (folder / f"{stem}{ending}").write_bytes(packed)
    assert load(tmp_path / "s", folder).loaded == 11
    assert said(tmp_path / "s") == said(held)
    with DiskStore(tmp_path / "s") as one, DiskStore(held) as other:
        assert one.files().keys() == other.files().keys() or ending == ".ttl"  # a folder of its own, with a workspace.ttl


def test_an_export_with_all_named_graphs_can_be_loaded(tmp_path: Path, held: Path, example: Space) -> None:
    quads = [Quad(t.subject, t.predicate, t.object, IRI(name)) for name, listed in example.graphs.items() for t in listed]
    (tmp_path / "all.nq").write_bytes(turtle.serialise(quads, "nquads"))
    assert load(tmp_path / "s", tmp_path / "all.nq").loaded == 11


def test_files_are_added_and_only_pruned_when_told_to(tmp_path: Path) -> None:
    graph = EXAMPLE / "graph"
    load(tmp_path / "s")
    assert load(tmp_path / "s", graph / "sources.ttl") == loading.Loaded(0, 0, 1, 0)
    assert load(tmp_path / "s", graph / "incidents").dropped == 0
    assert load(tmp_path / "s", graph / "incidents", prune=True).dropped > 0


@pytest.mark.parametrize(
    ("name", "data", "sentence"),
    [
        ("x.ttl", b"<http://a> <http://b>\n  nonsense", "x.ttl, line 2, column"),
        ("x.nq", b"<http://a> <http://b> .\n", "x.nq, line 1, column"),
        ("x.trig", b"graph:x {", "x.trig, line 1"),
        ("x.jsonld", b'{"@context": "https://schema.org/", "@id": "http://a"}', "x.jsonld"),
        ("x.ttl", b"\xff\xfe", "byte 0 is not UTF-8"),
        ("x.ttl.gz", gzip.compress(b"# " + b"x" * 1000, mtime=0)[:-20], "cannot be decompressed"),
        ("x.nt.zst", zstandard.compress(b"# " + bytes(range(32, 127)) * 50)[:-30], "cannot be decompressed"),
        ("x.csv", b"a,b", "has an ending that no format has"),
    ],
)
def test_a_bad_file_is_named_with_its_place_and_nothing_is_loaded(
    tmp_path: Path, call: Call, name: str, data: bytes, sentence: str
) -> None:
    load(tmp_path / "s")
    before = said(tmp_path / "s")
    (tmp_path / name).write_bytes(data)
    done = call("load", tmp_path / name, EXAMPLE / "graph" / "sources.ttl", "--store", tmp_path / "s")
    assert done.code == 2 and sentence in done.err and done.err.count("\n") == 1
    assert said(tmp_path / "s") == before


def test_two_files_of_one_graph_are_a_fault(tmp_path: Path) -> None:
    for folder in ("a", "b"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "x.ttl").write_text("<http://a> <http://b> <http://c> .")
    with pytest.raises(Fault, match="makes the same graph"):
        dossiers.find([tmp_path], Workspace.find(EXAMPLE))


def test_blank_nodes_of_two_files_stay_apart_and_go_with_their_file(tmp_path: Path) -> None:
    for name in ("x", "y"):
        (tmp_path / f"{name}.ttl").write_text(f'_:a <http://b> "{name}" , [ <http://c> "{name}" ] .')
    load(tmp_path / "s", tmp_path / "x.ttl", tmp_path / "y.ttl")
    assert sum(line.startswith("_:") for line in said(tmp_path / "s")) == 6
    (tmp_path / "x.ttl").write_text('_:a <http://b> "z" .')
    load(tmp_path / "s", tmp_path / "x.ttl")
    assert sorted(line.split('"')[1] for line in said(tmp_path / "s") if line.startswith("_:") and '"' in line) == [
        "y",
        "y",
        "z",
    ]


def test_the_command_says_what_it_did(tmp_path: Path, call: Call) -> None:
    done = call("load", EXAMPLE, "--store", tmp_path / "s")
    assert (done.code, done.err) == (0, "")
    assert done.out == f"11 loaded, 0 replaced, 0 skipped, 0 dropped in {tmp_path / 's'}\n"
    assert call("load", EXAMPLE).code == 2


def test_a_derived_fact_says_by_which_rules_and_from_what(held: Path, example: Space) -> None:
    with DiskStore(held) as store:
        graph = example.workspace.graph_name(PUMP_HOUSE)
        rules, digest = store.derived_from(graph)
        assert rules == derive.rules() and len(digest) == 64
        work = vocab.iri("source:north-wire-2019-01-09", example.prefixes)
        assert graph in store.readers(work) or not store.describe([work])


def test_the_facts_of_other_rules_are_derived_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    load(tmp_path / "s")
    whole = said(tmp_path / "s")
    monkeypatch.setattr(derive, "rules", lambda: "others")
    assert load(tmp_path / "s") == loading.Loaded(0, 0, 11, 0)
    assert said(tmp_path / "s") == whole
    with DiskStore(tmp_path / "s") as store:
        assert {store.derived_from(graph)[0] for graph in store.held()} == {"others"}


def test_a_store_of_another_layout_is_refused(tmp_path: Path, call: Call) -> None:
    load(tmp_path / "s")
    place = tmp_path / "s" / "store.json"
    place.write_text(json.dumps({**json.loads(place.read_text()), "layout": 2, "maker": "kgtools 9"}))
    for words in (("query", "names"), ("load",)):
        done = call(*words, "--workspace", EXAMPLE, "--store", tmp_path / "s")
        assert done.code == 2 and "is a store of layout 2, made by kgtools 9" in done.err


# What every command is asked of a store, and has to print to the byte as it does of memory.
ASKED = (
    "query", "query who-claimed --param incident=pump-house-2019 --format csv", "query names", "sources --format json",
    "timeline pump-house-2019", "timeline pump-house-2019 --explain", "trace left open on purpose", "trace nothing of the kind",
    "compare pump-house-2019 --explain", "discrepancies", "discrepancies lock-gate-2019 --explain", "discrepancies --propose",
    "discrepancies pump-house-2019 --format turtle", "absences", "absences pump-house-2019 --explain", "base-rates", "links",
    "links pump-house-2019", "origins --all", "origins pump-house-2019 --explain", "origins claim:pump-house-2019-003",
    "drift", "drift pump-house-2019 --explain", "history pump-house-2019", "history pump-house-2019 --as-of 2019-02-01",
    "counts --as-of 2019-02-01 --clock curation", "summary", "summary lock-gate-2019 --explain", "counts",
    "documents --coverage", "export --format nquads", "export lock-gate-2019", "export --format graphml",
    "dossier pump-house-2019",
    "dossier lock-gate-2019 --format html", "check", "query check-undeclared-terms", "search valve", "ask", "root",
    "--withdrawn query assertions", "origins no-such-thing", "compare pump-huose-2019", "receipt claim:pump-house-2019-003",
)  # fmt: skip


QUICK = ("names", "trace left", "compare pump-house-2019", "drift pump", "summary lock", "export lock", "undeclared", "no-such")


@pytest.mark.parametrize(
    "line", [line if any(one in line for one in QUICK) else pytest.param(line, marks=pytest.mark.slow) for line in ASKED]
)
def test_a_command_prints_the_same_of_a_store_as_of_memory(held: Path, call: Call, line: str) -> None:
    words = ["--workspace", str(EXAMPLE), *line.split()]
    if line.startswith("search"):
        call("--store", held, *words)  # says once that it makes its index
    assert uncounted(call("--store", held, *words)) == uncounted(call(*words))


def uncounted(said: Said) -> tuple[int, str, str]:
    """Return what was said without how many assertions were known by a day: of a store they are counted around an incident."""
    counts = r"(, around \S+)?: \d+ assertions certainly and \d+ possibly known by then, \d+ undated left out"
    return said.code, re.sub(counts, "", said.out), re.sub(counts, "", said.err)


@pytest.mark.slow
@pytest.mark.parametrize("incident", ["vostochny-2017", "progress-ms-04-2016"])
def test_what_was_known_by_a_day_is_cut_out_of_what_stands_around_an_incident(
    tmp_path: Path, call: Call, incident: str
) -> None:
    load(tmp_path / "s", ROOT, workspace=ROOT)
    there, here = kgtools.open(ROOT, store=tmp_path / "s"), kgtools.open(ROOT)
    near = there.around(there.resolve(incident, "incident"))
    for clock, day in (
        ("publication", "2016-12-05"),
        ("publication", "2018-01-01"),
        ("speech", "2017-12-31"),
        ("event", "2017-01-01"),
    ):
        one, other = near.as_of(day, clock), here.as_of(day, clock)
        assert one.horizon and one.horizon.line().startswith(
            f"as of {day} on the clock of {clock}, around incident:{incident}: "
        )
        for what in ("drift", "matrix", "timeline", "summary", "history", "origins", "links", "discrepancies", "absences"):
            assert rows(one, what, incident) == rows(other, what, incident), (clock, day, what)
    assert "files" not in there.__dict__


def test_who_is_about_to_read_a_large_store_into_memory_is_warned(
    held: Path, call: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("kgtools.held_space.LARGE", 1000)
    at, warning = ("--workspace", EXAMPLE, "--store", held), "warning: the store holds more than two million triples"
    for line in ("counts", "counts --as-of 2019-03-01", "view -o -"):
        assert warning in call(*line.split(), *at).err
    for line in ("query names", "sources", "compare lock-gate-2019", "compare lock-gate-2019 --as-of 2019-03-01", "trace left"):
        assert warning not in call(*line.split(), *at).err
    assert warning not in call("counts", "--workspace", EXAMPLE).err
    monkeypatch.setattr("kgtools.held_space.LARGE", 1_000_000)
    assert warning not in call("counts", *at).err


def rows(space: Space, what: str, incident: str) -> object:
    try:
        return getattr(space, what)(incident).rows
    except Fault as fault:
        return str(fault)


@pytest.mark.slow
@pytest.mark.parametrize("incident", ["pump-house-2019", "lock-gate-2019", "harbour-series-2019"])
def test_the_network_page_is_the_same_of_a_store_as_of_memory(held: Path, call: Call, tmp_path: Path, incident: str) -> None:
    pages = []
    for where in ("memory", str(held)):
        call("--workspace", EXAMPLE, "--store", where, "view", incident, "-o", tmp_path / "page.html")
        pages.append((tmp_path / "page.html").read_bytes())
    assert pages[0] == pages[1]


@pytest.mark.slow
def test_the_network_page_of_an_incident_reads_its_dossiers_and_what_their_speakers_say(tmp_path: Path) -> None:
    load(tmp_path / "s", ROOT, workspace=ROOT)
    there, here = kgtools.open(ROOT, store=tmp_path / "s"), kgtools.open(ROOT)
    for incident in ("incident:soyuz-hole-2018", "incident:progress-ms-04-2016"):
        near = there.with_speakers(there.resolve(incident, "incident"))
        assert network_page.page(near, record.load(near), incident) == network_page.page(here, record.load(here), incident)
    assert "files" not in there.__dict__


@pytest.mark.slow
@pytest.mark.parametrize("command", ["compare", "origins", "dossier"])
def test_an_incident_of_the_shipped_graph_is_the_same_of_a_store_as_of_memory(tmp_path: Path, call: Call, command: str) -> None:
    load(tmp_path / "s", ROOT, workspace=ROOT)
    space = kgtools.open(ROOT)
    for row in space.query("incidents"):
        words = ["--workspace", str(ROOT), command, str(row["incident"]), *(["--explain"] if command != "dossier" else [])]
        assert call("--store", tmp_path / "s", *words) == call(*words)


def test_the_space_of_an_incident_is_a_small_part_of_a_store(held: Path) -> None:
    space = kgtools.open(EXAMPLE, store=held)
    near = space.around(space.resolve("lock-gate-2019", "incident"))
    assert "incidents/lock-gate-2019.ttl" in near.files
    assert sum(map(len, near.files.values())) < sum(map(len, space.files.values())) / 2
    assert near.matrix("lock-gate-2019").rows == kgtools.open(EXAMPLE).matrix("lock-gate-2019").rows


def test_what_is_derived_around_an_incident_is_derived_in_the_whole(held: Path) -> None:
    space = kgtools.open(EXAMPLE, store=held)
    near = space.around(space.resolve("pump-house-2019", "incident"))
    assert near.derived and set(near.derived) <= set(kgtools.open(EXAMPLE).derived)


def test_what_is_settled_stands_in_the_file_and_in_the_store(tmp_path: Path, copy: Copy, call: Call) -> None:
    load(tmp_path / "s", copy.folder)
    words = ("--workspace", copy.folder, "--store", tmp_path / "s")
    done = call("settle", "pump-house-2019-004", "--state", "settled", "--reason", "The roster names two.", *words)
    assert done.code == 0
    assert said(tmp_path / "s") == said_in_memory(copy.space)
    assert call("discrepancies", *words) == call("discrepancies", "--workspace", copy.folder)


def test_what_was_settled_in_the_file_alone_is_not_settled_twice(tmp_path: Path, copy: Copy, call: Call) -> None:
    copy.replace(PUMP_HOUSE, copy.subject(PUMP_HOUSE, "discrepancy:pump-house-2019-004") + "\n\n", "")
    load(tmp_path / "s", copy.folder)
    sides = ("assertion:pump-house-2019-033", "assertion:pump-house-2019-024")
    words = ("settle", *sides, "--state", "open", "--kind", "contradiction", "--workspace", copy.folder)
    first = call(*words)  # as if the store had not been reached any more
    again = call(*words, "--store", tmp_path / "s")
    assert (first.code, again.code) == (0, 0) and "changed in" in again.out
    assert said(tmp_path / "s") == said_in_memory(copy.space)
