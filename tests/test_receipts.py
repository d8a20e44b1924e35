"""Receipts: any changed byte breaks the link it lies on, and a verifier that shares no code agrees on every case."""

from __future__ import annotations

import copy as copies
import hashlib
import json
import os
import random
import re
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any

import pyoxigraph as ox
import pytest
import rdflib
from conftest import EXAMPLE, PUMP_HOUSE, ROOT, Call, Copy, process
from hypothesis import given
from hypothesis import strategies as st

from kgtools import vocab
from kgtools.faults import Fault
from kgtools.receipts import form, read, verify
from kgtools.receipts.make import receipt as make
from kgtools.receipts.release import Release, canonical_json, record_hash
from kgtools.receipts.tree import Tree, climb, leaf, node
from kgtools.space import Space
from kgtools.turtle import IRI, Literal, Quad, canonical, parse_file
from kgtools.workspace import Workspace

sys.path.insert(0, str(ROOT / "tests"))
import independent_verifier as second

DOCUMENTS = EXAMPLE / "documents"
DATA = "https://example.org/pump-house/"
SMALL, LARGE = DATA + "claim/context-001", DATA + "claim/pump-house-2019-003"
Json = dict[str, Any]


@pytest.fixture(scope="session")
def release() -> Release:
    return Release(Workspace.find(EXAMPLE))


@pytest.fixture(scope="session")
def small(release: Release) -> bytes:
    return make(release, SMALL)


@pytest.fixture(scope="session")
def large(release: Release, example: Space) -> bytes:
    from kgtools.documents import archived

    return make(release, LARGE, {one.file_name: one.text() for one in archived(example)})


def first(raw: bytes, documents: Path | None = None, root: str | None = None) -> set[str] | None:
    """Return the broken links by kgtools' own verifier, None if the bytes are no receipt."""
    try:
        links = verify.verify(read.parse(raw), [documents] if documents else [], root)
    except Fault:
        return None
    return {link.name for link in links if link.state == "broken"}


def both(raw: bytes, documents: Path | None = None, root: str | None = None) -> set[str] | None:
    """Return the broken links, on which both verifiers must agree."""
    found = first(raw, documents, root)
    assert second.broken(raw, str(documents) if documents else None, root) == found
    return found


def resealed(value: Json) -> bytes:
    """Return a receipt whose maker has recomputed the seal."""
    body = {name: one for name, one in value.items() if name != "seal"}
    return canonical_json({**body, "seal": hashlib.sha256(canonical_json(body)).hexdigest()})


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


# Forgers


Forge = Callable[[Json], None]


def record(value: Json, name: str) -> Json:
    found: Json = next(one for graph in value["@graph"] for one in graph["@graph"] if one["@id"] == name)
    return found


def retell(value: Json) -> None:
    record(value, "claim:context-001")["schema:text"][0]["@value"] = "There are three pump houses in Ostrand."


def recontext(value: Json) -> None:
    value["@context"]["cev"] = "https://example.org/other#"


def rehash(value: Json) -> None:
    value["tree"][1]["records"][0]["hash"] = "0" * 64


def uproot(value: Json) -> None:
    value["root"] = "0" * 64


def regraft(value: Json) -> None:
    value["tree"][0]["file"] = "other.ttl"


def unroll(value: Json) -> None:
    value["roll"]["assertions"] = []


def repoint(value: Json) -> None:
    value["of"] = "assertion:context-001"


def drop_speaker(value: Json) -> None:
    for graph in value["@graph"]:
        graph["@graph"] = [one for one in graph["@graph"] if one["@id"] != "agent:jonas-reed"]
    for section in value["tree"]:
        section["records"] = [one for one in section["records"] if one["id"] != "agent:jonas-reed"]


def untie(value: Json) -> None:
    value["tree"][0]["records"].pop()


@pytest.mark.parametrize(
    ("forge", "links"),
    [
        (retell, {"records"}), (recontext, {"records", "chain"}), (rehash, {"records", "files"}), (uproot, {"release"}),
        (regraft, {"release"}), (unroll, {"chain", "release"}), (repoint, {"chain", "release"}), (drop_speaker, {"chain"}),
        (untie, {"records"}),
    ],
)  # fmt: skip
def test_a_forgery_with_a_new_seal_breaks_at_its_link(small: bytes, forge: Forge, links: set[str]) -> None:
    value = json.loads(small)
    forge(value)
    assert both(resealed(value)) == links
    assert both(canonical_json(value)) == links | {"seal"}


def test_who_recomputes_everything_is_found_by_the_published_root_only(copy: Copy, release: Release) -> None:
    copy.edit("context.ttl", "claim:context-001", "two pump houses", "three pump houses")
    forged = make(Release(Workspace.find(copy.folder)), SMALL)
    assert both(forged, DOCUMENTS) == set()
    assert both(forged, DOCUMENTS, release.root) == {"root"}


def test_an_assertion_left_out_is_missed_by_the_roll(large: bytes) -> None:
    value = json.loads(large)
    gone = value["roll"]["assertions"].pop()
    for graph in value["@graph"]:
        graph["@graph"] = [one for one in graph["@graph"] if one["@id"] != gone]
    for section in value["tree"]:
        section["records"] = [one for one in section["records"] if one["id"] != gone]
    assert "release" in (both(resealed(value)) or ())


def test_a_text_that_is_not_the_passage_breaks_the_texts(large: bytes) -> None:
    value = json.loads(large)
    name = min(value["texts"])
    assert both(resealed({**value, "texts": {**value["texts"], name: "something else"}})) == {"texts"}
    del value["texts"][name]
    assert both(resealed(value)) == {"texts"}


def test_a_receipt_in_another_layout_breaks_the_form(small: bytes) -> None:
    value = json.loads(small)
    for raw in (small + b"\n", b" " + small, json.dumps(value, indent=1).encode(), json.dumps(value).encode()):
        assert both(raw) == {"form"}


def changes(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Yield the path to every member of a JSON value."""
    yield path
    for key, one in value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ():
        yield from changes(one, (*path, key))


ODD: tuple[Any, ...] = (
    "",
    "x",
    "a:b",
    [],
    {},
    [[]],
    [{}],
    ["x"],
    {"@id": "a:b"},
    {"x": "y"},
    {"@value": ""},
    "0" * 64,
    "_:b",
    "//",
)


def replaced(value: Json, path: tuple[Any, ...], new: Any) -> Any:
    if not path:
        return new
    found = copies.deepcopy(value)
    here: Any = found
    for key in path[:-1]:
        here = here[key]
    here[path[-1]] = new
    return found


def agree_on_odd_members(raw: bytes, paths: list[tuple[Any, ...]]) -> None:
    value = json.loads(raw)
    for path in paths:
        for new in ODD:
            forged = replaced(value, path, new)
            found = both(resealed(forged) if isinstance(forged, dict) else canonical_json(forged))
            assert found is None or found or forged == value or path in (("kgtools",), ("seal",)), (path, new)


def test_both_verifiers_agree_where_some_members_are_replaced_by_something_odd(small: bytes) -> None:
    agree_on_odd_members(small, random.Random(1).sample(list(changes(json.loads(small))), 20))


@pytest.mark.slow
def test_both_verifiers_agree_wherever_a_member_is_replaced_by_something_odd(small: bytes) -> None:
    agree_on_odd_members(small, list(changes(json.loads(small))))


# Every byte


SIGNS = (b" ", b"0", b"\\")


def variants(raw: bytes, at: int) -> Iterator[bytes]:
    """Yield a file with a bit of one byte flipped (the case of letters, and each in turn), that byte gone, and one more."""
    for bit in {5, at % 8}:
        yield raw[:at] + bytes([raw[at] ^ 1 << bit]) + raw[at + 1 :]
    yield raw[:at] + raw[at + 1 :]
    yield raw[:at] + SIGNS[at % len(SIGNS)] + raw[at:]


# Where a changed byte lies, and the links of which one must break (or the file is none any more).
LIES = {
    "@context": {"records"}, "@graph": {"records"}, "of": {"chain"}, "roll": {"release", "chain"}, "root": {"release"},
    "tree": {"records", "files", "release"}, "seal": {"seal"}, "kgtools": {"seal"}, "format": {"seal"},
}  # fmt: skip


def member_at(raw: bytes) -> list[str]:
    """Return for each byte of a receipt the member of the file that it lies in, by the canonical form's order."""
    value = json.loads(raw)
    found = [""]
    for name in sorted(value):
        found += [name] * len(canonical_json({name: value[name]})[1:-1]) + [""]
    return found


def holes(job: tuple[bytes, list[int], bool]) -> list[str]:
    """Return the changes of bytes at some places that pass, or break another link than their own."""
    raw, places, agree = job
    members = member_at(raw)
    wrong = []
    for at in places:
        for changed in variants(raw, at):
            if changed == raw:
                continue
            found = both(changed) if agree else first(changed)
            lies = LIES.get(members[at], {"seal"}) | {"form"}
            if found is not None and not (found & {"seal", "form"} and found & lies):
                wrong.append(f"byte {at} in {members[at]}: {changed[at - 20 : at + 20]!r} broke {found}")
    return wrong


def test_a_changed_byte_breaks_its_link_at_a_sample_of_places(small: bytes) -> None:
    assert holes((small, random.Random(2).sample(range(len(small)), 25), True)) == []


@pytest.mark.slow
def test_any_changed_byte_of_a_receipt_breaks_its_link(small: bytes) -> None:
    jobs = [(small, list(range(start, min(start + 200, len(small)))), False) for start in range(0, len(small), 200)]
    with ProcessPoolExecutor(os.cpu_count()) as pool:
        assert [line for wrong in pool.map(holes, jobs) for line in wrong] == []


@pytest.mark.slow
def test_both_verifiers_agree_on_a_changed_byte_anywhere(large: bytes) -> None:
    for at in range(0, len(large), 29):
        changed = large[:at] + bytes([large[at] ^ 1 << at % 8]) + large[at + 1 :]
        assert both(changed) != set()


# Hostile files


HOSTILE = {
    "empty": b"",
    "not JSON": b"receipt",
    "a list": b"[]",
    "an empty object": b"{}",
    "not UTF-8": b'{"a":"\xff"}',
    "byte order mark": b"\xef\xbb\xbf{}",
    "nested lists": b"[" * 1_000_000,
    "nested objects": b'{"a":' * 500_000 + b"1" + b"}" * 500_000,
    "quotes without end": b'"\\"' + b'\\"' * 1_000_000,
    "a key twice": b'{"of":"a:b","of":"a:c"}',
    "NaN": b'{"of":NaN}',
    "infinite": b'{"of":-Infinity}',
    "a long number": b'{"of":' + b"9" * 100_000 + b"}",
    "a float": b'{"of":1e400}',
    "null": b"null",
    "half a pair": b'{"of":"\\ud800"}',
    "half a pair as key": b'{"\\udfff":""}',
    "control characters": b'{"of":"\x00"}',
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_file_gets_a_sentence(name: str, tmp_path: Path, call: Call) -> None:
    (tmp_path / "receipt.json").write_bytes(HOSTILE[name])
    said = call("verify", tmp_path / "receipt.json")
    assert (said.code, said.out) == (2, "")
    assert said.err.startswith("kgtools: ")
    assert len(said.err.splitlines()) == 1
    assert second.broken(HOSTILE[name]) is None


HOSTILE_MEMBERS: dict[str, Forge] = {
    "half a pair in a text": lambda v: record(v, "claim:context-001")["schema:text"][0].update({"@value": "\ud800"}),
    "a prefix named like a member": lambda v: v["@context"].update(of="https://example.org/"),
    "a remote context": lambda v: v.update({"@context": "https://example.org/context"}),
    "a context with a list": lambda v: v["@context"].update(x=["https://example.org/"]),
    "a blank node": lambda v: record(v, "claim:context-001").update({"@id": "_:b"}),
    "a bad IRI": lambda v: record(v, "claim:context-001").update({"cev:topic": [{"@id": "a:b c"}]}),
    "a language in capitals": lambda v: record(v, "claim:context-001")["schema:text"][0].update({"@language": "EN"}),
    "a number": lambda v: record(v, "claim:context-001")["schema:text"][0].update({"@value": 1}),
    "a record twice": lambda v: v["@graph"][1]["@graph"].append(v["@graph"][1]["@graph"][0]),
    "an unknown member": lambda v: v.update(more="x"),
    "a missing member": lambda v: v.pop("roll"),
    "a path of one long hash": lambda v: v["roll"].update(path=[{"left": "0" * 1000}]),
}


@pytest.mark.parametrize("name", HOSTILE_MEMBERS)
def test_a_receipt_with_a_hostile_member_gets_a_sentence(name: str, small: bytes, tmp_path: Path, call: Call) -> None:
    value = json.loads(small)
    HOSTILE_MEMBERS[name](value)
    raw = json.dumps(value).encode()
    (tmp_path / "receipt.json").write_bytes(raw)
    said = call("verify", tmp_path / "receipt.json")
    assert (said.code, said.out) == (2, ""), said.out
    assert said.err.isascii() or "…" in said.err
    assert len(said.err.splitlines()) == 1
    assert second.broken(raw) is None


def test_a_file_larger_than_any_receipt_is_refused_unread(tmp_path: Path, call: Call) -> None:
    with (tmp_path / "receipt.json").open("wb") as file:
        file.truncate(read.MOST_BYTES + 1)
    assert "larger than" in call("verify", tmp_path / "receipt.json").err


def test_what_is_no_file_is_refused(tmp_path: Path, call: Call) -> None:
    os.mkfifo(tmp_path / "pipe")
    for path in (tmp_path, tmp_path / "none", tmp_path / "pipe", "/dev/zero"):
        said = call("verify", path)
        assert (said.code, said.out) == (2, "")


def test_a_file_name_in_a_receipt_never_leads_out_of_the_documents(copy: Copy, tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "clippings-2019.txt").write_bytes((DOCUMENTS / "clippings-2019.txt").read_bytes())
    copy.replace("documents.ttl", '"clippings-2019.txt"', '"../clippings-2019.txt"')
    forged = make(Release(Workspace.find(copy.folder)), SMALL)
    assert both(forged, tmp_path / "folder") == set()
    assert "not at hand" in verify.verify(read.parse(forged), [tmp_path / "folder"])[-1].sentences[0]


def test_hidden_characters_of_a_receipt_are_shown(copy: Copy, tmp_path: Path, call: Call) -> None:
    copy.edit("context.ttl", "claim:context-001", "two pump houses", "two \u202epump\u200b houses\\u001b[2J")
    (tmp_path / "receipt.json").write_bytes(make(Release(Workspace.find(copy.folder)), SMALL))
    said = call("verify", tmp_path / "receipt.json")
    assert said.code == 0
    assert "⟨U+202E⟩pump⟨U+200B⟩ houses⟨U+001B⟩" in said.out


def test_many_records_are_verified_in_time_proportional_to_them(release: Release) -> None:
    """A file may hold ten thousands of passages of as many documents; no step may compare each with each."""
    value = json.loads(make(release, SMALL))
    graph = next(one for one in value["@graph"] if one["@id"] == "graph:context")["@graph"]
    graph.extend(
        {"@id": f"passage:x-{i}", "@type": ["cev:Passage"], "oa:hasSource": [{"@id": f"document:x-{i}"}]} for i in range(10_000)
    )
    graph.extend({"@id": f"document:x-{i}", "@type": ["cev:Document"]} for i in range(10_000))
    assert "records" in (first(resealed(value), DOCUMENTS) or ())


def test_the_followed_edges_and_the_classes_are_the_same_for_both_verifiers() -> None:
    assert set(form.FOLLOWED) == second.FOLLOWED
    assert form.ASSERTIONS == second.SPEECH
    assert set(form.KEYS) == second.KEYS
    lines = (ROOT / "tests" / "independent_verifier.py").read_text(encoding="utf-8").splitlines()
    assert len(lines) <= 150
    assert not any("kgtools" in line for line in lines if "import " in line)


@pytest.mark.slow
def test_a_receipt_of_every_claim_of_the_example_is_good(release: Release) -> None:
    for claim in release.rolls:
        assert both(make(release, claim), DOCUMENTS, release.root) == set(), claim


def test_a_change_in_any_file_changes_the_root(copy: Copy, release: Release) -> None:
    copy.replace(PUMP_HOUSE, '"about 1.8 m"@en .', '"about 1.9 m"@en .')
    changed = Release(Workspace.find(copy.folder))
    assert changed.root != release.root
    assert [name for name, one in changed.files.items() if one.tree.root != release.files[name].tree.root] == [PUMP_HOUSE]


def test_number_literals_are_hashed_as_written(copy: Copy, release: Release) -> None:
    copy.edit(PUMP_HOUSE, "claim:pump-house-2019-001", "cev:value 2.0", "cev:value 2.00")
    assert Release(Workspace.find(copy.folder)).root != release.root
