"""Bulk work: the same quads as one process gives, from and to any location, and only what has changed the second time."""

from __future__ import annotations

import shutil
import threading
import zipfile
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from bulking import contents, expected, quads, run
from conftest import EXAMPLE, ROOT, Call, Copy, process
from hypothesis import given, settings
from hypothesis import strategies as st

import kgtools
from kgtools import vocab
from kgtools.bulk import bulk
from kgtools.bulk.run import setting_of
from kgtools.search import TextIndex, parts

BASE = "https://example.org/pump/"


# Against one process


@pytest.mark.parametrize("where", [EXAMPLE, ROOT], ids=["example", "shipped"])
def test_parts_hold_what_one_process_loads_and_derives(where: Path, tmp_path: Path) -> None:
    run(where, tmp_path, validate=False)
    assert quads(tmp_path) == expected(kgtools.open(where))


def test_withdrawn_records_are_left_out_unless_asked_for(copy: Copy, tmp_path: Path) -> None:
    space = copy.space
    agent = next(iri for iri in space.subjects() if "/agent/" in iri and space.file_of(iri) == "agents.ttl")
    copy.append("agents.ttl", f'<{agent}> <{vocab.iri("cev:withdrawnOn")}> "2020-01-01"^^<{vocab.XSD}date> .')
    for withdrawn in (False, True):
        run(copy.folder, tmp_path / str(withdrawn), validate=False, withdrawn=withdrawn)
        assert quads(tmp_path / str(withdrawn)) == expected(kgtools.open(copy.folder, withdrawn=withdrawn))


KINDS = ("assertion", "claim", "incident", "source")
NODES = [f"{BASE}{kind}/{slug}-00{number}" for kind in KINDS for slug in "ab" for number in "12"]
LINKS = ("cev:reports", "cev:claims", "schema:about", "cev:explains", "cev:inSource", "cev:onCondition")
SAID = ("cev:said", "dcterms:issued", "cev:occurred", "prov:generatedAtTime", "cev:withdrawnOn")
TYPES = ("cev:Assertion", "cev:Allegation", "cev:MediaReport", "cev:Claim", "cev:Incident", "cev:Source")
DAYS = ("2011-02-01", "2011", "2012-05", "../2010", "2013-01-01T00:00:00Z")
STATEMENT = st.one_of(
    st.tuples(st.sampled_from(NODES), st.sampled_from(LINKS), st.sampled_from(NODES)),
    st.tuples(st.sampled_from(NODES), st.sampled_from(SAID), st.sampled_from(DAYS)),
    st.tuples(st.sampled_from(NODES), st.just("rdf:type"), st.sampled_from(TYPES)),
)


@pytest.mark.slow
@settings(deadline=None, max_examples=60)
@given(
    statements=st.lists(STATEMENT, max_size=40),
    homes=st.fixed_dictionaries({node: st.sampled_from("abc") for node in NODES}),
)
def test_however_dossiers_hang_together_the_same_follows(
    statements: list[tuple[str, str, str]], homes: dict[str, str], tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("law")
    (folder / "w" / "graph" / "incidents").mkdir(parents=True)
    shutil.copy(EXAMPLE / "graph" / "workspace.ttl", folder / "w" / "graph")
    base = vocab_base()
    for slug in "abc":
        lines = [line(*one, base) for one in statements if homes[one[0]] == slug]
        (folder / "w" / "graph" / "incidents" / f"{slug}.ttl").write_text("\n".join(lines), encoding="utf-8")
    run(folder / "w", folder / "out", validate=False)
    assert quads(folder / "out") == expected(kgtools.open(folder / "w"))
    shutil.rmtree(folder)


def vocab_base() -> str:
    """Return the base of the example's own data."""
    return kgtools.open(EXAMPLE).prefixes["agent"].removesuffix("agent/")


def line(subject: str, name: str, value: str, base: str) -> str:
    node = subject.replace(BASE, base)
    if value.startswith(BASE):
        return f"<{node}> <{vocab.iri(name)}> <{value.replace(BASE, base)}> ."
    if name == "rdf:type":
        return f"<{node}> a <{vocab.iri(value)}> ."
    kind = "edtf:EDTF" if name not in ("prov:generatedAtTime", "cev:withdrawnOn") else "xsd:dateTime"
    return f'<{node}> <{vocab.iri(name)}> "{value}"^^<{vocab.iri(kind)}> .'


# Again and again


def test_a_second_run_makes_only_what_changed(copy: Copy, tmp_path: Path) -> None:
    first = run(copy.folder, tmp_path)
    assert first.skipped == 0
    before = contents(tmp_path)
    assert run(copy.folder, tmp_path).skipped == len(first.records)
    assert contents(tmp_path) == before
    copy.append("craft.ttl", "# a remark")
    assert run(copy.folder, tmp_path).skipped == len(first.records) - 1


def test_a_change_reaches_the_dossiers_that_read_it(copy: Copy, tmp_path: Path) -> None:
    run(copy.folder, tmp_path, validate=False)
    text = copy.path("sources.ttl").read_text(encoding="utf-8")
    copy.path("sources.ttl").write_text(text.replace("2019-01-10", "2019-02-10"), encoding="utf-8")
    assert run(copy.folder, tmp_path, validate=False).skipped < len(copy.space.files) - 1
    assert quads(tmp_path) == expected(copy.space)


def test_parts_of_a_dossier_that_is_gone_go_too(copy: Copy, tmp_path: Path) -> None:
    run(copy.folder, tmp_path, validate=False)
    copy.path("questions.ttl").unlink()
    run(copy.folder, tmp_path, validate=False)
    assert not [name for name in contents(tmp_path) if "questions" in name]
    assert quads(tmp_path) == expected(copy.space)


@pytest.mark.slow
def test_a_broken_part_is_made_again(copy: Copy, tmp_path: Path) -> None:
    run(copy.folder, tmp_path)
    before = contents(tmp_path)
    for name in ("parts/agents.nq.gz", "words/craft.json.gz", "records/sources.json", "records/context.json"):
        (tmp_path / name).write_bytes((tmp_path / name).read_bytes()[:-9] if "context" not in name else b'{"key": 1}')
    run(copy.folder, tmp_path)
    assert contents(tmp_path) == before


def test_the_index_of_the_parts_finds_what_the_files_hold(tmp_path: Path) -> None:
    run(EXAMPLE, tmp_path, validate=False)
    index = TextIndex(tmp_path / "search.sqlite")
    space = kgtools.open(EXAMPLE)
    assert set(index.held()) == {space.workspace.graph_name(name) for name in space.files}
    assert index.find(parts("ostrand water board")).total


def test_parts_are_loaded_into_a_store_that_answers_as_the_files_do(tmp_path: Path, call: Call) -> None:
    run(EXAMPLE, tmp_path / "out", validate=False)
    assert call("--workspace", EXAMPLE, "load", tmp_path / "out" / "parts", "--store", tmp_path / "store").code == 0
    for query in ("assertions", "incidents", "sources", "origins"):
        words = ("query", query, "--format", "csv")
        there, here = call("--workspace", EXAMPLE, "--store", tmp_path / "store", *words), call("--workspace", EXAMPLE, *words)
        assert there.out == here.out != ""


# Anywhere


@pytest.mark.slow
def test_dossiers_are_read_from_any_location(tmp_path: Path) -> None:
    pytest.importorskip("fsspec")
    run(EXAMPLE, tmp_path / "here")
    archive = tmp_path / "case.zip"
    with zipfile.ZipFile(archive, "w") as packed:
        for path in sorted(path for path in EXAMPLE.rglob("*") if path.is_file()):
            packed.write(path, f"case/{path.relative_to(EXAMPLE).as_posix()}")
    for place, where in enumerate((f"zip://case::file://{archive}", f"file://{EXAMPLE}", f"file://{EXAMPLE}/graph")):
        bulk(setting_of(where, str(tmp_path / str(place)), documents=f"file://{EXAMPLE}/documents"))
        assert contents(tmp_path / str(place)) == contents(tmp_path / "here")


@pytest.mark.slow
def test_parts_are_written_to_any_location(tmp_path: Path) -> None:
    fsspec = pytest.importorskip("fsspec")
    run(EXAMPLE, tmp_path / "here")
    bulk(setting_of(f"file://{EXAMPLE}", f"file://{tmp_path}/there"))
    assert contents(tmp_path / "there") == contents(tmp_path / "here")
    memory = fsspec.filesystem("memory")
    memory.put(f"{EXAMPLE}/", "/case/", recursive=True)
    assert bulk(setting_of("memory://case", "memory://case-parts")).skipped == 0
    again = bulk(setting_of("memory://case", "memory://case-parts"))
    assert again.skipped == len(again.records)
    memory.get("/case-parts/", f"{tmp_path}/memory/", recursive=True)
    assert contents(tmp_path / "memory") == contents(tmp_path / "here")


@pytest.mark.slow
def test_dossiers_are_read_over_http_by_several_processes(tmp_path: Path) -> None:
    pytest.importorskip("aiohttp")
    run(EXAMPLE, tmp_path / "here")
    handler = partial(Quiet, directory=str(EXAMPLE))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            where = f"http://127.0.0.1:{server.server_port}"
            said = process("bulk", where, "-o", tmp_path / "there", "--workers", "2")
            lost = process("bulk", f"{where}/nowhere", "-o", tmp_path / "nothing")
        finally:
            server.shutdown()
            thread.join()
    assert (said.code, said.err) == (0, "")
    assert contents(tmp_path / "there") == contents(tmp_path / "here")
    assert (lost.code, "holds no graph/workspace.ttl" in lost.err) == (2, True)


class Quiet(SimpleHTTPRequestHandler):
    """Files and lists of files, as any web server gives them."""

    def log_message(self, format: str, *args: object) -> None:
        pass


# Faults


def test_what_cannot_be_read_is_told_before_anything_is_made(copy: Copy, tmp_path: Path, call: Call) -> None:
    copy.append("craft.ttl", "craft:x a ")
    said = call("bulk", copy.folder, "-o", tmp_path / "out", "--workers", "1")
    assert (said.code, said.out) == (2, "")
    assert "craft.ttl, line" in said.err
    assert not (tmp_path / "out" / "parts").exists()


@pytest.mark.parametrize(
    "words", [("/nowhere",), (".",), ("gopher://x",), ("file:///nowhere",), (str(EXAMPLE), "--dask", "tcp://127.0.0.1:9"),
              (str(EXAMPLE), "--workers", "0"), (str(EXAMPLE), "--workers", "2", "--dask", "x")],
)  # fmt: skip
def test_a_call_that_is_wrong_is_told_so(
    words: tuple[str, ...], tmp_path: Path, call: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("kgtools.bulk.workers.PATIENCE", 1)
    said = call("bulk", *words, "-o", tmp_path / "out")
    assert (said.code, said.out) == (2, "")
    assert said.err.startswith("kgtools: ")
    assert "Traceback" not in said.err


def test_a_dossier_that_breaks_a_rule_makes_exit_1(copy: Copy, tmp_path: Path, call: Call) -> None:
    copy.append("agents.ttl", "agent:astray a <https://example.org/Nothing> .")
    said = call("bulk", copy.folder, "-o", tmp_path / "out")
    assert said.code == 1
    assert said.out.startswith("not good: ")
    said = call("bulk", copy.folder, "-o", tmp_path / "out", "--no-validate")
    assert (said.code, "not validated" in said.out) == (0, True)
