"""The cache gives back what was kept or nothing, and no answer depends on it."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from conftest import PUMP_HOUSE, Copy
from hypothesis import given
from hypothesis import strategies as st

import kgtools
from kgtools import derive, keep, turtle

KEY = keep.key("a", b"b")


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "cache"
    monkeypatch.setenv("KGTOOLS_CACHE", str(folder))
    return folder


def entries(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file())


def test_what_was_kept_comes_back(cache: Path) -> None:
    assert keep.kept("kind", KEY) is None
    keep.keep("kind", KEY, b"data")
    assert keep.kept("kind", KEY) == b"data"
    assert keep.kept("other", KEY) is None


def test_an_entry_changed_or_cut_off_at_any_byte_counts_as_missing(cache: Path) -> None:
    keep.keep("kind", KEY, b"data")
    (entry,) = entries(cache)
    whole = entry.read_bytes()
    for place in range(len(whole)):
        entry.write_bytes(whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1 :])
        assert keep.kept("kind", KEY) is None
        entry.write_bytes(whole[:place])
        assert keep.kept("kind", KEY) is None


@given(st.lists(st.one_of(st.text(), st.binary()), max_size=4), st.lists(st.one_of(st.text(), st.binary()), max_size=4))
def test_two_keys_are_equal_only_where_their_parts_are(one: list[str | bytes], other: list[str | bytes]) -> None:
    def plain(parts: list[str | bytes]) -> list[bytes]:
        return [part.encode("utf-8", "surrogatepass") if isinstance(part, str) else part for part in parts]

    assert (keep.key(*one) == keep.key(*other)) == (plain(one) == plain(other))


def test_nothing_is_kept_where_the_cache_is_off_or_cannot_be_made(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KGTOOLS_CACHE", "off")
    keep.keep("kind", KEY, b"data")
    assert keep.kept("kind", KEY) is None
    blocked = cache.parent / "file"
    blocked.write_text("no folder")
    monkeypatch.setenv("KGTOOLS_CACHE", str(blocked / "below"))
    keep.keep("kind", KEY, b"data")
    assert keep.kept("kind", KEY) is None


@pytest.mark.skipif(not hasattr(os, "getuid") or os.getuid() != 0, reason="only root can give a folder away")
def test_a_folder_of_somebody_else_is_not_trusted(cache: Path) -> None:
    keep.keep("kind", KEY, b"data")
    os.chown(cache, 12345, 12345)
    assert keep.kept("kind", KEY) is None


def test_a_full_shelf_makes_room_and_leaves_no_temporary_file(cache: Path) -> None:
    names = [f"00{number:04}" for number in range(200)]
    for name in names:
        keep.keep("kind", name, b"data")
    assert len(entries(cache)) <= 64
    assert keep.kept("kind", names[-1]) == b"data"
    assert not [entry for entry in entries(cache) if entry.name.startswith(".")]


def test_derived_facts_are_the_same_with_and_without_the_cache(cache: Path, copy: Copy) -> None:
    computed = kgtools.open(copy.folder).derived
    assert len(entries(cache)) == 1
    assert kgtools.open(copy.folder).derived == computed
    copy.replace(PUMP_HOUSE, *_changed(copy))
    other = kgtools.open(copy.folder)
    files = {other.workspace.graph_name(name): triples for name, triples in other.files.items()}
    assert other.derived == derive.facts(files) != computed
    assert len(entries(cache)) == 2


def test_facts_of_a_day_or_with_withdrawn_records_are_no_other_days_facts(cache: Path, copy: Copy) -> None:
    whole = kgtools.open(copy.folder)
    early = whole.as_of("2019-01-01")
    assert len(whole.derived) > len(early.derived)
    assert kgtools.open(copy.folder).derived == whole.derived
    assert len(kgtools.open(copy.folder, withdrawn=True).derived) >= len(whole.derived)


def _changed(copy: Copy) -> tuple[str, str]:
    """Return an assertion's force as it stands and another in its place."""
    block = next(one for one in copy.path(PUMP_HOUSE).read_text(encoding="utf-8").split("\n\n") if "force:asserts" in one)
    return block, block.replace("force:asserts", "force:denies")


def test_what_is_read_back_is_what_was_written() -> None:
    triples = kgtools.open().derived[:50]
    assert turtle.parse_triples(turtle.serialise(triples, "ntriples")) == triples
