"""Listings a page at a time: all pages together are the answers of all incidents, whatever the length of a page."""

from __future__ import annotations

import csv
import io
import os
import re
import threading
import time
from pathlib import Path

import pytest
from conftest import EXAMPLE, ROOT, Call, Copy

import kgtools
from kgtools import paging, queries
from kgtools.faults import Fault
from kgtools.space import Space

AT = ("--workspace", EXAMPLE)
INCIDENTS = ["incident:harbour-series-2019", "incident:lock-gate-2019", "incident:pump-house-2019"]
LISTINGS = [query.name for query in queries.named([ROOT / "queries"]).values() if query.by and query.kind == "report"]
BY_INCIDENT = ["who-claimed", "assertions", "timeline", "passed-on", "absences", "unnamed-only", "explanations"]


@pytest.fixture(scope="module")
def shipped() -> Space:
    return kgtools.open(ROOT)


def pages(space: Space, name: str, least: int, values: dict[str, str] | None = None) -> list[paging.Page]:
    found = [paging.page(space, name, least, values=values)]
    while found[-1].after:
        found.append(paging.page(space, name, least, found[-1].after, values))
    return found


def one_by_one(space: Space, name: str, values: dict[str, str]) -> list[tuple[str | None, ...]]:
    """Return the answers about everything that a listing might go by, one question each."""
    by = space.queries()[name].by
    kind = space.prefixes["incident" if by == "series" else by]
    found = []
    for key in sorted(iri for iri in space.subjects() if iri.startswith(kind)):
        table = space.query(name, **{**values, by: key})
        found += [row if by in table.columns else (space.short(key), *row) for row in table.rows]
    return found


@pytest.mark.parametrize("name", LISTINGS)
@pytest.mark.parametrize("case", ["invented", pytest.param("shipped", marks=pytest.mark.slow)])
def test_all_pages_together_are_the_answers_about_each_by_itself(name: str, case: str, example: Space, shipped: Space) -> None:
    space = example if case == "invented" else shipped
    values = {"date": "2019-02-10" if case == "invented" else "2015-06-01"} if name == "known-by" else {}
    rows = [row for one in pages(space, name, 400, values) for row in one.table.rows]
    assert rows == one_by_one(space, name, values)


@pytest.mark.parametrize("name", BY_INCIDENT)
@pytest.mark.parametrize("least", [1, 7, 10_000])
def test_a_page_has_as_many_rows_as_were_asked_for_and_ends_with_an_incident(name: str, least: int, example: Space) -> None:
    found = pages(example, name, least)
    assert [row for one in found for row in one.table.rows] == one_by_one(example, name, {})
    assert all(len(one.table) >= least for one in found[:-1])


def test_a_listing_goes_by_what_its_header_says(shipped: Space) -> None:
    first = paging.page(shipped, "sources", 1)
    assert first.table.columns[0] == "source" and len(first.table) == 1
    assert paging.page(shipped, "sources", 1, first.after).table.rows[0][0] > first.after  # type: ignore[operator]


def test_where_several_at_once_take_longer_they_are_asked_about_one_by_one_and_several_are_tried_later_each_time() -> None:
    pace = paging._Pace()
    pace.took(0.01, 1, 1)
    assert pace.several == 4
    singly = []
    for _ in range(3):
        pace.took(1.0, 4, 4)
        singly.append(0)
        while pace.several == 1:
            pace.took(0.01, 1, 1)
            singly[-1] += 1
    assert singly == [4, 16, 64]
    pace.took(0.04, 4, 4)  # one that was no longer than should be
    pace.took(1.0, 4, 4)
    for _ in range(4):
        assert pace.several == 1
        pace.took(0.01, 1, 1)
    assert pace.several == 4


def test_what_gives_more_rows_may_take_longer() -> None:
    pace = paging._Pace()
    pace.took(0.01, 1, 1)
    pace.took(1.0, 4, 400)
    assert pace.several == 4


def test_several_questions_are_under_way_where_more_than_one_is_wanted(shipped: Space, monkeypatch: pytest.MonkeyPatch) -> None:
    threads = set()
    rows = paging._rows

    def noted(*arguments: object) -> object:
        threads.add(threading.get_ident())
        time.sleep(0.01)
        return rows(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(paging, "_rows", noted)
    monkeypatch.setattr(os, "cpu_count", lambda: 2)
    paging.page(shipped, "who-claimed", 10_000)
    assert len(threads) == 2


def test_every_row_of_the_whole_listing_that_concerns_an_incident_is_on_a_page(example: Space) -> None:
    whole = {row for row in example.query("assertions").rows if row[1]}
    assert whole == {row for one in pages(example, "assertions", 5) for row in one.table.rows}


def test_a_page_ends_with_an_incident_and_says_after_which_to_go_on(example: Space) -> None:
    first = paging.page(example, "who-claimed", 1)
    assert first.after == INCIDENTS[0]
    assert {row["incident"] for row in first.table} == {INCIDENTS[0]}
    assert paging.page(example, "who-claimed", 1, INCIDENTS[-1]).table.rows == []


def test_the_command_prints_a_page_and_the_key_of_the_next(call: Call) -> None:
    said = call(*AT, "query", "who-claimed", "--limit", "1", "--format", "csv")
    assert {row["incident"] for row in csv.DictReader(io.StringIO(said.out))} == {INCIDENTS[0]}
    assert f"--after {INCIDENTS[0]}" in said.err
    rest = call(*AT, "query", "who-claimed", "--limit", "9999", "--after", INCIDENTS[0], "--format", "csv")
    assert "--after" not in rest.err and INCIDENTS[0] not in {row["incident"] for row in csv.DictReader(io.StringIO(rest.out))}


def test_a_page_of_a_store_on_disk_is_that_of_memory(call: Call, tmp_path: Path) -> None:
    call(*AT, "load", "--store", tmp_path / "store")
    asked = ("query", "timeline", "--limit", "20", "--format", "csv")
    assert call(*AT, "--store", tmp_path / "store", *asked).out == call(*AT, *asked).out


@pytest.mark.parametrize(
    ("name", "values", "told"),
    [
        ("incidents", {}, "is no listing by incident"),
        ("who-claimed", {"incident": "pump-house-2019"}, "has one incident already, whose rows come whole"),
    ],
)
def test_what_has_no_pages_is_a_fault(name: str, values: dict[str, str], told: str, example: Space) -> None:
    with pytest.raises(Fault, match=f"query {name}: {told}"):
        paging.page(example, name, 10, values=values)


def test_a_query_of_ones_own_that_does_not_say_where_its_values_come_from_is_a_fault(copy: Copy) -> None:
    own = copy.folder / "queries" / "own.rq"
    own.parent.mkdir(exist_ok=True)
    text = (ROOT / "queries" / "sources.rq").read_text(encoding="utf-8")
    own.write_text(text, encoding="utf-8")
    assert paging.page(copy.space, "own", 1).after
    own.write_text(re.sub(r"(?m)^#\+ needs:.*\n", "", text), encoding="utf-8")
    with pytest.raises(Fault, match=r"query own: goes by source, and its header has no 'needs'"):
        paging.page(copy.space, "own", 1)


def test_a_wrong_key_or_limit_is_told(call: Call) -> None:
    said = call(*AT, "query", "who-claimed", "--limit", "5", "--after", "incident:nowhere")
    assert (said.code, said.out) == (2, "") and "unknown incident 'incident:nowhere'" in said.err
    assert call(*AT, "query", "who-claimed", "--limit", "0").code == 2
    assert call(*AT, "query", "who-claimed", "--after", INCIDENTS[0]).code == 2
    assert call(*AT, "query", "-", "--limit", "5").code == 2
