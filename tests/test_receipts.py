"""Receipts: any changed byte breaks the link it lies on, and a verifier that shares no code agrees on every case."""

from __future__ import annotations

import hashlib
import json
import re
import sys
from pathlib import Path
from typing import Any

import pyoxigraph as ox
import pytest
import rdflib
from conftest import EXAMPLE, ROOT, Call, Copy, process
from hypothesis import given
from hypothesis import strategies as st

from kgtools import vocab
from kgtools.faults import Fault
from kgtools.receipts import form, read, verify
from kgtools.receipts.make import receipt as make
from kgtools.receipts.release import Release, canonical_json, record_hash
from kgtools.receipts.tree import Tree, climb, leaf, node
from kgtools.turtle import IRI, Literal, Quad, canonical, parse_file
from kgtools.workspace import Workspace

sys.path.insert(0, str(ROOT / "tests"))
import independent_verifier as second
from receipted import DATA, DOCUMENTS, LARGE, SMALL, both, large, release, small

__all__ = ["large", "release", "small"]


# The tree


def test_the_tree_gives_the_roots_of_the_certificate_transparency_test_vectors() -> None:
    data = [
        bytes.fromhex(x)
        for x in ("", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f")
    ]
    roots = {
        0: "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
        1: "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
        2: "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
        3: "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
        8: "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
    }
    for size, root in roots.items():
        assert Tree([leaf(one) for one in data[:size]]).root.hex() == root


def defined(leaves: list[bytes]) -> bytes:
    """Return the tree's root by the definition of RFC 9162, 2.1.1: cut at the largest power of two below the size."""
    if len(leaves) < 2:
        return leaves[0] if leaves else hashlib.sha256(b"").digest()
    cut = 1 << (len(leaves) - 1).bit_length() - 1
    return node(defined(leaves[:cut]), defined(leaves[cut:]))


@given(st.integers(0, 70))
def test_the_tree_is_the_one_that_the_standard_defines_and_every_path_leads_to_its_root(size: int) -> None:
    leaves = [leaf(str(i).encode()) for i in range(size)]
    tree = Tree(leaves)
    assert tree.root == defined(leaves)
    assert all(climb(leaves[i], tree.path(i)) == tree.root for i in range(size))


# Canonical forms


def test_a_record_without_blank_nodes_is_by_rdfc_the_sorted_canonical_quads(release: Release) -> None:
    for file in release.files.values():
        for record in file.records.values():
            dataset = ox.Dataset(record.quads)
            dataset.canonicalize(ox.CanonicalizationAlgorithm.RDFC_1_0)
            lines = sorted((ox.serialize([quad], format=ox.RdfFormat.N_QUADS) or b"").decode() for quad in dataset)
            assert canonical(record.quads) == "".join(lines)


def test_a_blank_node_has_no_record_hash(copy: Copy) -> None:
    copy.append("craft.ttl", "craft:pump-9 a cev:Craft ; cev:kind [] .")
    with pytest.raises(Fault, match="blank node"):
        _ = Release(Workspace.find(copy.folder)).root


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=20))
def test_both_verifiers_write_every_literal_in_the_same_canonical_form(text: str) -> None:
    quads = (Quad(IRI("a:s"), IRI("a:p"), Literal(text), IRI("a:g")),)
    escaped = second.Check.term(None, {"@value": text})[0]  # type: ignore[arg-type]
    assert second.leaf(f"<a:s> <a:p> {escaped} <a:g> .\n".encode()) == record_hash(quads)


@given(
    st.recursive(
        st.text(st.characters(exclude_categories=["Cs"])),
        lambda x: st.lists(x) | st.dictionaries(st.text(st.characters(exclude_categories=["Cs"])), x),
    )
)
def test_both_verifiers_write_the_same_canonical_json(value: Any) -> None:
    assert canonical_json(value) == second.canonical(value)


@given(st.from_regex(form.PLAIN_IRI, fullmatch=True))
def test_a_plain_iri_is_one_for_the_library_and_for_the_second_verifier(text: str) -> None:
    assert IRI(text).value == text
    assert re.fullmatch(second.IRI, text)


def test_the_records_of_a_receipt_are_json_ld_for_the_very_quads_of_the_files(large: bytes, release: Release) -> None:
    receipt = read.parse(large)
    chosen = {(release.workspace.graph_name(s.file), p.subject) for s in receipt.sections for p in s.proofs}
    expected = {
        (IRI(subject), quad.predicate, quad.object, IRI(graph))
        for graph, subject in chosen
        for file in release.homes[subject]
        if file.graph == graph
        for quad in file.records[subject].quads
    }
    by_oxigraph = {(q.subject, q.predicate, q.object, q.graph_name) for q in ox.parse(large, format=ox.RdfFormat.JSON_LD)}
    assert by_oxigraph == expected
    by_rdflib = rdflib.Dataset()
    by_rdflib.parse(data=large, format="json-ld")
    assert sum(1 for _ in by_rdflib.quads()) == len(expected)


# Making


def test_the_same_graph_gives_the_same_bytes_and_the_root_that_the_command_prints(small: bytes, call: Call) -> None:
    assert make(Release(Workspace.find(EXAMPLE)), SMALL) == small
    said = call("--workspace", EXAMPLE, "root")
    assert said.out.split()[0] == json.loads(small)["root"]
    assert json.loads(call("--workspace", EXAMPLE, "root", "--format", "json").out)["root"] == json.loads(small)["root"]


def test_a_receipt_holds_every_assertion_of_its_claim_with_the_withdrawn_one(large: bytes) -> None:
    files = [triple for path in (EXAMPLE / "graph").rglob("*.ttl") for triple in parse_file(path)]
    wanted = (vocab.iri("cev:claims"), IRI(LARGE))
    claiming = {str(getattr(t.subject, "value", "")) for t in files if (t.predicate.value, t.object) == wanted}
    receipt = read.parse(large)
    assert set(receipt.roll.assertions) == claiming
    assert "1 withdrawn" in verify.verify(receipt)[3].sentences[0]


def test_no_text_of_a_document_goes_in_unless_asked_for(release: Release, large: bytes) -> None:
    text = (DOCUMENTS / "clippings-2019.txt").read_text(encoding="utf-8")
    bare = make(release, LARGE)
    assert "texts" not in json.loads(bare)
    texts = list(json.loads(large)["texts"].values())
    assert texts
    assert all(one in text for one in texts)
    assert not any(one in bare.decode() for one in texts if len(one.split()) > 8)


def test_a_claim_that_is_not_there_is_a_sentence(release: Release, call: Call) -> None:
    with pytest.raises(Fault, match="no claim"):
        make(release, DATA + "claim/none")
    said = call("--workspace", EXAMPLE, "receipt", "no such claim at all")
    assert (said.code, said.out) == (2, "")


def test_a_chain_with_a_gap_gives_no_receipt(copy: Copy) -> None:
    block = copy.subject("sources.ttl", "source:gazette-2019-03-21")
    copy.replace("sources.ttl", block, "")
    with pytest.raises(Fault, match="described nowhere"):
        make(Release(Workspace.find(copy.folder)), SMALL)


def test_a_file_without_curator_and_date_gives_no_receipt_unless_it_only_lists_what_others_share(copy: Copy) -> None:
    copy.replace("agents.ttl", copy.subject("agents.ttl", "graph:agents"), "")
    assert both(make(Release(Workspace.find(copy.folder)), SMALL), DOCUMENTS) == set()
    copy.replace("context.ttl", copy.subject("context.ttl", "graph:context"), "")
    with pytest.raises(Fault, match="no curator"):
        make(Release(Workspace.find(copy.folder)), SMALL)


# Verifying


def test_a_receipt_is_good_for_both_with_and_without_documents_and_root(small: bytes, large: bytes, release: Release) -> None:
    for raw in (small, large):
        assert both(raw) == both(raw, DOCUMENTS) == both(raw, DOCUMENTS, release.root) == set()


def test_the_command_says_of_each_link_what_it_found(small: bytes, tmp_path: Path, call: Call) -> None:
    path = tmp_path / "receipt.json"
    path.write_bytes(small)
    said = call("verify", path)
    states = [line[:11].strip() for line in said.out.splitlines() if ": " in line and line[:4] in ("good", "brok", "not ")]
    assert said.code == 0
    assert states == ["good"] * 6 + ["not checked"] * 3 + ["good: no li"]
    known = json.loads(call("verify", path, "--format", "json", "--documents", DOCUMENTS, "--root", "0" * 64).out)
    assert {one["link"]: one["state"] for one in known["links"]}["documents"] == "good"
    assert {one["link"]: one["state"] for one in known["links"]}["root"] == "broken"


def test_a_receipt_is_verified_in_an_empty_folder_without_a_workspace(small: bytes, tmp_path: Path) -> None:
    (tmp_path / "receipt.json").write_bytes(small)
    assert process("verify", "receipt.json", folder=tmp_path).code == 0


def test_a_root_that_is_no_hash_is_a_sentence(small: bytes) -> None:
    with pytest.raises(Fault, match="64 hexadecimal"):
        verify.verify(read.parse(small), root="abc")


def test_a_document_changed_by_one_byte_is_named_with_the_passage(large: bytes, tmp_path: Path) -> None:
    raw = (DOCUMENTS / "clippings-2019.txt").read_bytes()
    at = raw.index(b"left open on purpose.")
    (tmp_path / "clippings-2019.txt").write_bytes(raw[:at] + b"L" + raw[at + 1 :])
    assert both(large, tmp_path) == {"documents"}
    link = verify.verify(read.parse(large), [tmp_path])[-1]
    assert "clippings-2019.txt is not the archived file" in link.sentences[0]
    assert any("another text at passage:pump-house-2019-" in sentence for sentence in link.sentences)


def test_a_document_that_is_no_longer_utf8_is_named_too(small: bytes, tmp_path: Path) -> None:
    (tmp_path / "clippings-2019.txt").write_bytes(b"\xff" + (DOCUMENTS / "clippings-2019.txt").read_bytes()[1:])
    assert both(small, tmp_path) == {"documents"}


def test_a_document_that_is_not_at_hand_is_said_and_breaks_nothing(small: bytes, tmp_path: Path) -> None:
    assert both(small, tmp_path) == set()
    link = verify.verify(read.parse(small), [tmp_path])[-1]
    assert (link.state, link.sentences) == ("not checked", ("clippings-2019.txt is not at hand: 1 passages not checked",))
