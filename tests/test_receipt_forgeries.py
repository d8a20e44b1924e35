"""Receipts of forgers: any changed byte breaks the link it lies on, and hostile files get a sentence."""

from __future__ import annotations

import copy as copies
import json
import os
import random
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from conftest import PUMP_HOUSE, ROOT, Call, Copy

from kgtools.receipts import form, read, verify
from kgtools.receipts.make import receipt as make
from kgtools.receipts.release import Release, canonical_json
from kgtools.workspace import Workspace

sys.path.insert(0, str(ROOT / "tests"))
import independent_verifier as second
from receipted import DOCUMENTS, SMALL, Json, both, first, large, release, resealed, small

__all__ = ["large", "release", "small"]


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


@pytest.mark.slow
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
