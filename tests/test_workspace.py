"""The workspace: finding it, its prefixes, its files, and which file is a subject's home."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from conftest import EXAMPLE, ROOT, Copy

import kgtools
from kgtools import template, vocab
from kgtools.faults import Fault
from kgtools.workspace import Workspace, shipped

BASE = "https://example.org/pump-house/"


def test_a_named_folder_is_taken(copy: Copy, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(EXAMPLE)
    monkeypatch.setenv("KGTOOLS_WORKSPACE", str(EXAMPLE))
    for folder in (copy.folder, str(copy.folder)):
        assert Workspace.find(folder).root == copy.folder


def test_else_the_folder_that_the_environment_names(copy: Copy, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(EXAMPLE)
    monkeypatch.setenv("KGTOOLS_WORKSPACE", str(copy.folder))
    assert Workspace.find().root == copy.folder


@pytest.mark.parametrize("below", [".", "graph", "graph/incidents", "documents"])
def test_else_the_nearest_workspace_upwards_from_here(copy: Copy, monkeypatch: pytest.MonkeyPatch, below: str) -> None:
    monkeypatch.chdir(copy.folder / below)
    assert Workspace.find().root == copy.folder


def test_a_workspace_inside_another_is_nearer(copy: Copy, monkeypatch: pytest.MonkeyPatch) -> None:
    inner = Path(shutil.copytree(EXAMPLE, copy.folder / "inner"))
    monkeypatch.chdir(inner / "graph")
    assert Workspace.find().root == inner


def test_else_the_shipped_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert Workspace.find().graph == shipped("graph") == ROOT / "graph"


@pytest.mark.parametrize("name", ["ontology", "graph", "queries"])
def test_what_comes_with_the_tools_is_at_hand(name: str) -> None:
    assert shipped(name).is_dir()


@pytest.mark.parametrize("by_environment", [True, False])
def test_a_missing_folder_is_a_fault_with_the_nearest_names(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, by_environment: bool
) -> None:
    for name in ("harbour", "town"):
        (tmp_path / name).mkdir()
    monkeypatch.setenv("KGTOOLS_WORKSPACE", str(tmp_path / "harbor"))
    with pytest.raises(Fault) as caught:
        Workspace.find(None if by_environment else tmp_path / "harbor")
    assert str(caught.value) == f"{tmp_path / 'harbor'}: no such folder: did you mean harbour"


@pytest.mark.parametrize("name", ["no/such/place", "file.txt"])
def test_what_is_no_folder_is_a_fault(tmp_path: Path, name: str) -> None:
    (tmp_path / "file.txt").touch()
    with pytest.raises(Fault, match=r"no such folder|is no folder"):
        Workspace.find(tmp_path / name)


def test_a_folder_without_a_workspace_file_is_a_fault_that_says_how_to_make_one(tmp_path: Path) -> None:
    (tmp_path / "graph").mkdir()
    with pytest.raises(Fault, match=r"holds no graph/workspace\.ttl: make a workspace with `kgtools init"):
        Workspace.find(tmp_path)


def test_documents_are_looked_for_where_told_then_in_the_workspace(
    copy: Copy, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    told, other = tmp_path / "told", tmp_path / "other"
    told.mkdir()
    other.mkdir()
    assert Workspace.find(copy.folder).documents == (copy.folder / "documents",)
    monkeypatch.setenv("KGTOOLS_DOCUMENTS", str(other))
    assert Workspace.find(copy.folder).documents == (other, copy.folder / "documents")
    assert Workspace.find(copy.folder, told).documents == (told, copy.folder / "documents")


def test_a_missing_folder_of_documents_is_a_fault(copy: Copy, tmp_path: Path) -> None:
    with pytest.raises(Fault, match="absent: no such folder: give the folder that holds the archived documents"):
        Workspace.find(copy.folder, tmp_path / "absent")


def test_files_are_listed_sorted_by_path() -> None:
    workspace = Workspace.find(EXAMPLE)
    names = [workspace.relative(path) for path in workspace.files]
    assert names == [
        *("agents.ttl", "context.ttl", "craft.ttl", "documents.ttl"),
        *(f"incidents/{slug}.ttl" for slug in ("harbour-series-2019", "lock-gate-2019", "pump-house-2019")),
        *("questions.ttl", "schemes.ttl", "sources.ttl", "workspace.ttl"),
    ]


def test_prefixes_of_the_data_come_from_the_workspace_and_those_of_the_model_are_there_too() -> None:
    workspace = Workspace.find(EXAMPLE)
    assert workspace.data_prefixes == {name: f"{BASE}{name}/" for name in vocab.DATA_PREFIXES}
    assert workspace.prefixes["cev"] == vocab.CEV and workspace.prefixes["claim"] == f"{BASE}claim/"


def test_missing_prefixes_are_named(copy: Copy) -> None:
    for name in ("claim", "craft"):
        block = copy.subject("workspace.ttl", f"prefix:{name}")
        copy.replace("workspace.ttl", block, "")
    with pytest.raises(Fault, match=r"workspace\.ttl: no prefix for claim, craft: declare each with sh:prefix"):
        _ = Workspace.find(copy.folder).data_prefixes


def test_a_prefix_without_a_namespace_is_missing(copy: Copy) -> None:
    copy.edit("workspace.ttl", "prefix:claim", f'    sh:namespace "{BASE}claim/"^^xsd:anyURI ;\n', "")
    with pytest.raises(Fault, match="no prefix for claim"):
        _ = Workspace.find(copy.folder).prefixes


def test_another_topic_brings_its_own_base(copy: Copy) -> None:
    path = copy.path("workspace.ttl")
    path.write_text(path.read_text(encoding="utf-8").replace(BASE, "https://other.example/"), encoding="utf-8")
    workspace = Workspace.find(copy.folder)
    assert workspace.graph_name("incidents/a.ttl") == "https://other.example/graph/a"
    assert workspace.home("https://other.example/incident/pump-house-2019") == "incidents/pump-house-2019.ttl"


@pytest.mark.parametrize(
    ("name", "home"),
    [
        ("incident/pump-house-2019", "incidents/pump-house-2019.ttl"),
        ("claim/pump-house-2019-001", "incidents/pump-house-2019.ttl"),
        ("search/lock-gate-2019-001", "incidents/lock-gate-2019.ttl"),
        ("incident/not-yet-there", "incidents/not-yet-there.ttl"),
        ("claim/context-001", "context.ttl"),
        ("source/gazette-2019-01-10", "sources.ttl"),
        ("agent/unnamed-operator-1", "agents.ttl"),
        ("post/unknown-001", "agents.ttl"),
        ("craft/pump-2", "craft.ttl"),
        ("source/pump-house-2019-007", "incidents/pump-house-2019.ttl"),
        ("agent/pump-house-2019-001", "incidents/pump-house-2019.ttl"),
        ("cause/pump-house-2019-001", "schemes.ttl"),
        ("document/clippings-2019", "documents.ttl"),
        ("setaside/clippings-2019-001", "documents.ttl"),
        ("question/001", "questions.ttl"),
        ("prefix/claim", "workspace.ttl"),
        ("cause/sabotage", "schemes.ttl"),
        ("list/cause", "schemes.ttl"),
        ("graph/agents", "agents.ttl"),
        ("graph/workspace", "workspace.ttl"),
        ("graph/pump-house-2019", "incidents/pump-house-2019.ttl"),
        ("reading/pump-house-2019-001", "incidents/pump-house-2019.ttl"),
        ("reading/context-001", "context.ttl"),
    ],
)
def test_a_subject_has_its_home_by_kind_or_by_slug(name: str, home: str) -> None:
    assert Workspace.find(EXAMPLE).home(BASE + name) == home


@pytest.mark.parametrize(
    "iri", [BASE + "other/x", "https://elsewhere.example/claim/x-001", BASE + "claim/", vocab.CEV + "Claim"]
)
def test_a_subject_without_a_data_prefix_has_no_home(iri: str) -> None:
    assert Workspace.find(EXAMPLE).home(iri) is None


def test_queries_of_the_workspace_come_after_the_shipped_ones(copy: Copy) -> None:
    assert Workspace.find(copy.folder).query_folders == (shipped("queries"),)
    (copy.folder / "queries").mkdir()
    assert Workspace.find(copy.folder).query_folders == (shipped("queries"), copy.folder / "queries")
    assert Workspace(ROOT, ROOT / "graph").query_folders == (shipped("queries"),)


def test_a_bare_workspace_is_called_by_its_folder_and_says_what_is_to_be_written(tmp_path: Path) -> None:
    folder = template.make(tmp_path / "my-topic", bare=True)
    space = kgtools.open(folder)
    rows = space.table(space.sparql("SELECT ?title ?rule WHERE { ?w dcterms:title ?title ; cev:inclusionRule ?rule }"))
    assert [row["title"] for row in rows] == ["my-topic"]
    assert all((row["rule"] or "").startswith("To be written") for row in rows)
    assert "Ostrand" not in (folder / "graph" / "workspace.ttl").read_text(encoding="utf-8")
