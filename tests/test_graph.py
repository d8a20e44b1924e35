"""The shipped graph: its README counts what is in it, and every command that the README shows is there."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from conftest import EXAMPLE, ROOT, Call

import kgtools
from kgtools.cli.parser import build
from kgtools.evidence import counts
from kgtools.evidence.counts import END, START
from kgtools.faults import Fault
from kgtools.space import Space
from kgtools.views.answers import counts_markdown

README = ROOT / "graph" / "README.md"
HAS_INCIDENTS = any((ROOT / "graph" / "incidents").glob("*.ttl"))
AT = ("--workspace", EXAMPLE)


@pytest.mark.skipif(not HAS_INCIDENTS, reason="graph/ holds no incidents yet")
def test_the_counts_in_the_readme_are_those_of_the_files() -> None:
    now = counts_markdown(counts.counts(kgtools.open(ROOT)))
    assert counts.held(README.read_text(encoding="utf-8")) == now, "run: kgtools counts --into graph/README.md"


@pytest.mark.skipif(not HAS_INCIDENTS, reason="graph/ holds no incidents yet")
def test_the_readme_names_every_file_of_the_graph() -> None:
    text = README.read_text(encoding="utf-8")
    files = [path.relative_to(ROOT / "graph").as_posix() for path in (ROOT / "graph").rglob("*.ttl")]
    assert [name for name in files if f"`{name}`" not in text and f"| {name} |" not in text] == []


def test_every_command_that_the_readme_shows_is_a_command() -> None:
    shown = set(re.findall(r"\bkgtools (?:--\w+ \S+ )?([a-z][a-z-]+)", README.read_text(encoding="utf-8")))
    assert shown - build()[1] - {"graph"} == set()


def test_the_readme_keeps_a_marked_place_for_error_rates() -> None:
    assert README.read_text(encoding="utf-8").count("error rates of the third reading -->") == 2


def test_the_invented_case_is_counted_as_by_hand(example: Space) -> None:
    kinds, standings, files = counts.counts(example)
    numbers = {row[0]: row[1] for row in kinds.rows}
    assert (numbers["incidents and series"], numbers["assertions"], numbers["documents"]) == ("3", "111", "1")
    assert sum(int(row[1] or 0) for row in standings.rows) == 111
    assert [row[0] for row in files.rows] == [
        "context.ttl", "incidents/harbour-series-2019.ttl", "incidents/lock-gate-2019.ttl", "incidents/pump-house-2019.ttl",
    ]  # fmt: skip
    assert [row[3] for row in files.rows] == ["1", "2", "6", "102"]


def test_counts_are_written_between_their_markers_and_nothing_else_changes(call: Call, tmp_path: Path) -> None:
    path = tmp_path / "page.md"
    path.write_text(f"before\n{START}\nold\n{END}\nafter\n", encoding="utf-8")
    assert call("counts", "--into", path, *AT).code == 0
    text = path.read_text(encoding="utf-8")
    assert text.startswith(f"before\n{START}\n| records | number |") and text.endswith(f"|\n{END}\nafter\n")
    assert call("counts", "--format", "md", *AT).out.strip() == counts.held(text)
    call("counts", "--into", path, *AT)
    assert path.read_text(encoding="utf-8") == text


@pytest.mark.parametrize("text", ["", START, f"{END}{START}", f"{START}{START}{END}"])
def test_a_file_without_one_place_for_counts_is_left_alone(text: str, call: Call, tmp_path: Path) -> None:
    path = tmp_path / "page.md"
    path.write_text(text, encoding="utf-8")
    said = call("counts", "--into", path, *AT)
    assert said.code == 2 and "has no place for counts" in said.err
    assert path.read_text(encoding="utf-8") == text
    with pytest.raises(Fault):
        counts.held(text)


def test_a_file_that_is_not_there_is_a_wrong_call(call: Call, tmp_path: Path) -> None:
    assert call("counts", "--into", tmp_path / "none.md", *AT).code == 2


def test_counts_as_data_have_a_list_for_each_table(call: Call) -> None:
    assert list(json.loads(call("counts", "--format", "json", *AT).out)) == ["Records", "Assertions", "Files"]
