"""Every instrument is a method of a space, and hands back rows, what they were counted from, and a picture for a notebook."""

from __future__ import annotations

import argparse
import re
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from conftest import EXAMPLE, ROOT, Call
from hypothesis import given
from hypothesis import strategies as st

import kgtools
from kgtools import Fault, Space
from kgtools.evidence.instrument import Instrument
from kgtools.space import Table

CLAIM, INCIDENT = "pump-house-2019-003", "pump-house-2019"
METHODS: dict[str, Callable[[Space], Instrument]] = {
    "summary": lambda space: space.summary(INCIDENT),
    "counts": lambda space: space.counts(),
    "trace": lambda space: space.trace(CLAIM),
    "origins": lambda space: space.origins(CLAIM),
    "drift": lambda space: space.drift(INCIDENT),
    "timeline": lambda space: space.timeline(INCIDENT),
    "history": lambda space: space.history(INCIDENT),
    "matrix": lambda space: space.matrix(INCIDENT),
    "discrepancies": lambda space: space.discrepancies(INCIDENT),
    "absences": lambda space: space.absences(INCIDENT),
    "base_rates": lambda space: space.base_rates(),
    "links": lambda space: space.links(INCIDENT),
    "dossier": lambda space: space.dossier(INCIDENT),
    "receipt": lambda space: space.receipt(CLAIM),
}


@pytest.mark.parametrize("name", METHODS)
def test_an_instrument_has_rows_a_basis_and_a_table_for_notebooks(name: str, example: Space) -> None:
    found = METHODS[name](example)
    assert found.rows.rows and all(len(row) == len(found.rows.columns) for row in found.rows.rows)
    assert found.basis.rows and all(len(row) == len(found.basis.columns) for row in found.basis.rows)
    assert found._repr_html_().startswith("<table>")


def test_every_method_of_the_instruments_is_tried_here() -> None:
    from kgtools.instruments import Instruments

    methods = {name for name in vars(Instruments) if not name.startswith("_")}
    assert methods - METHODS.keys() == {"proposals", "settle", "verify"}


def test_a_trace_names_every_hop_with_what_it_passes_on(example: Space) -> None:
    rows = {row["assertion"]: (row["depth"], row["passesOn"]) for row in example.trace(CLAIM).rows}
    chain = [f"assertion:pump-house-2019-{serial}" for serial in ("005", "006", "007", "009")]
    assert [rows[name] for name in chain] == [("0", None), ("1", chain[0]), ("2", chain[1]), ("3", chain[2])]


def test_every_count_is_the_number_of_records_listed_for_it(example: Space) -> None:
    counted = example.counts()
    listed: dict[str | None, int] = {}
    for row in counted.basis:
        listed[row["of"]] = listed.get(row["of"], 0) + 1
    kinds, standings, _ = counted
    for table in (kinds, standings):
        assert {row[0]: row[1] for row in table.rows} == {row[0]: str(listed.get(row[0], 0)) for row in table.rows}


def test_a_receipt_made_by_the_library_is_good_and_its_root_is_checked(example: Space, tmp_path: Path) -> None:
    made = example.receipt(CLAIM)
    path = made.save(tmp_path / "receipt.json")
    root = made.receipt.root.hex()
    states = {row["link"]: row["state"] for row in example.verify(path, root).rows}
    assert set(states.values()) <= {"good", "not checked"} and states["root"] == "good"
    assert not example.verify(path, "0" * 64).good


def test_settling_by_the_library_writes_the_file_and_says_what_it_wrote(tmp_path: Path) -> None:
    folder = tmp_path / "copy"
    shutil.copytree(EXAMPLE, folder)
    space = kgtools.open(folder)
    name = space.discrepancies(state="open").pairs[0].name
    done = space.settle([name], "settled", reason="The later print gives the same value.")
    assert done.rows.rows[0][:3] == (name, done.kind, "settled")
    assert {row["assertion"] for row in done.basis} == {one.name for one in done.sides}
    assert kgtools.open(folder).discrepancies(state="settled").rows.column("discrepancy").count(name) == 1
    with pytest.raises(Fault, match="unknown state"):
        kgtools.open(folder).settle([name], "forgotten")


EXPLAINED = {
    "summary": ("summary", INCIDENT), "counts": ("counts",), "trace": ("trace", CLAIM), "origins": ("origins", CLAIM),
    "drift": ("drift", INCIDENT), "timeline": ("timeline", INCIDENT), "history": ("history", INCIDENT),
    "matrix": ("compare", INCIDENT), "discrepancies": ("discrepancies", INCIDENT), "absences": ("absences", INCIDENT),
    "base_rates": ("base-rates",), "links": ("links", INCIDENT),
}  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize("name", EXPLAINED)
@pytest.mark.parametrize("form", ["text", "md", "json", "csv", "html"])
def test_explained_in_any_form_an_answer_names_every_assertion_counted(
    name: str, form: str, call: Call, example: Space
) -> None:
    said = call(*EXPLAINED[name], "--explain", "--format", form, "--workspace", EXAMPLE)
    basis = METHODS[name](example).basis
    column = "node" if name == "counts" else "assertion"
    assert said.code == 0 and {node for node in basis.column(column) if node and node not in said.out} == set()


CONDITIONAL = ("trace", "claim:pump-house-2019-009")


@pytest.mark.parametrize("words", [CONDITIONAL, ("dossier", INCIDENT)])
@pytest.mark.parametrize("form", ["md", "html"])
def test_what_is_said_on_a_condition_is_never_shown_without_it(words: tuple[str, ...], form: str, call: Call) -> None:
    said = call(*words, "--format", form, "--workspace", EXAMPLE).out
    assert said.count("only if “A valve was left open on purpose.”") == 3  # the operator, the wire report, the Gazette


def test_a_trace_as_data_holds_the_condition_of_every_hop(call: Call) -> None:
    said = call(*CONDITIONAL, "--format", "json", "--workspace", EXAMPLE).out
    assert said.count('"onCondition"') == said.count('"hedge"') == 3


@pytest.mark.parametrize("form", ["md", "json", "csv", "html"])
def test_an_explained_dossier_lists_what_its_numbers_were_counted_from(form: str, call: Call, example: Space) -> None:
    said = call("dossier", INCIDENT, "--explain", "--format", form, "--workspace", EXAMPLE)
    assert said.code == 0
    if form != "csv":
        assert all(name in said.out for name in example.drift(INCIDENT).basis.column("assertion") if name)


def test_the_main_job_explained_lists_the_records_it_counted(
    call: Call, tmp_path: Path, example: Space, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)  # where the network page goes
    said = call("--explain", "--workspace", EXAMPLE)
    assert all(f" {node} " in said.out for node in example.counts().basis.column("node") if node)


def table() -> list[list[str]]:
    """Return the rows of the table of instruments in ontology/README.md."""
    text = (ROOT / "ontology" / "README.md").read_text(encoding="utf-8").partition("## Instruments")[2].partition("\n## ")[0]
    rows = [line.strip("|").split(" | ") for line in text.splitlines() if line.startswith("| ")]
    return [[cell.strip() for cell in row] for row in rows[2:]]


@pytest.mark.parametrize("row", table(), ids=lambda row: row[0])
def test_the_table_of_instruments_tells_the_truth(row: list[str], example: Space) -> None:
    from kgtools.cli.parser import build

    name, command, method, queries, proof = row
    _, commands = build()
    assert command == "`--as-of`" or command.strip("`") in commands
    assert callable(getattr(example, method.strip("`")))
    named = re.findall(r"`([a-z-]+)`", queries)
    assert set(named) <= set(example.queries()) and (named or queries.startswith(("none: ", "those of")))
    said = (ROOT / "tests" / proof.strip("`")).read_text(encoding="utf-8")
    assert "pump-house" in said or "EXAMPLE" in said or "(example" in said, name


def test_every_instrument_is_in_the_table_and_defined_with_limits_and_a_case(example: Space) -> None:
    rows = example.table(example.sparql(
        "SELECT ?one ?is ?limits ?case WHERE { ?one skos:inScheme <https://w3id.org/cev/scheme/instrument> ."
        " OPTIONAL { ?one skos:definition ?is } OPTIONAL { ?one skos:scopeNote ?limits }"
        " OPTIONAL { ?one skos:example ?case } }"
    ))  # fmt: skip
    assert sorted(row["one"] or "" for row in rows) == sorted(f"instrument:{row[0]}" for row in table())
    known = {example.short(node) for node in example.subjects()}
    for row in rows:
        assert row["is"] and row["limits"] and row["case"], row["one"]
        named = re.findall(r"[a-z]+:[a-z]+(?:-[a-z]+)*-2019(?:-\d{3})?", row["case"])
        assert set(named) <= known, row["one"]


FORMS = {"receipt": set(), "dossier": {"md", "json", "csv", "html"}, "verify": {"text", "md", "json", "csv", "html"}}


@pytest.mark.parametrize("command", sorted({row[1].strip("`") for row in table()} - {"--as-of"} | {"verify"}))
def test_an_instrument_prints_in_every_form(command: str) -> None:
    from kgtools.cli.parser import build

    parser, _ = build()
    options = next(action for action in parser._actions if isinstance(action, argparse._SubParsersAction)).choices[command]
    forms = next((set(action.choices or ()) for action in options._actions if action.dest == "format"), set())
    wanted = FORMS.get(command, {"text", "md", "json", "csv", "html"})
    assert wanted <= (forms | {"text"} if "table" in forms else forms)
    counts = command not in ("receipt", "settle", "verify")  # what these print is what they rest on
    assert not counts or any(action.dest == "explain" for action in options._actions)


def test_the_named_queries_say_what_the_instruments_say(example: Space) -> None:
    for incident in dict.fromkeys(example.query("incidents").column("incident")):
        days = {(row["change"], row["first"], row["by"]) for row in example.query("history", incident=incident or "")}
        assert days == {(row["change"], row["first"], row["by"]) for row in example.history(incident or "").rows}
    stated = {(row["node"], row["incident"], row["assertion"]) for row in example.query("links")}
    linked = {(link.node, link.incident, one.name) for link in example.links().links for one in link.stated}
    bare = {(link.node, link.incident, None) for link in example.links().links if not link.stated}
    assert stated == linked | bare
    hops = {(row["assertion"], row["passesOn"]) for row in example.query("trace", claim=CLAIM)}
    assert hops == {(row["assertion"], row["passesOn"]) for row in example.trace(CLAIM).rows}
    numbers = {row["class"]: row["number"] for row in example.query("counts") if row["what"] == "record"}
    assert numbers["cev:Assertion"] == next(row[1] for row in example.counts().tables[0].rows if row[0] == "assertions")


@pytest.mark.parametrize("width", [80, 120])
def test_the_matrix_fits_a_terminal_and_names_every_row_and_explanation(width: int, example: Space) -> None:
    from kgtools.views import matrix, report

    found = example.matrix(INCIDENT)
    shown = report.text(matrix.matrix_report(example, found, explain=True, brief=True), width)
    assert max(len(line) for line in shown.splitlines()) <= width
    assert all(row.claim in shown for row in found.evidence) and "E1 E2 E3 E4 E5 E6" in shown
    found_signs = (re.fullmatch(r"  .+?  ((?:[+−o·] *){6})", line) for line in shown.splitlines())
    signs = [line[1].split() for line in found_signs if line]
    words = {"+": "consistent", "−": "inconsistent", "o": "silent", "·": "not assessed"}
    assert [[words[sign] for sign in row] for row in signs] == [[c.state for c in row.cells] for row in found.evidence]


WORDS = st.lists(st.text(st.characters(categories=("L", "N")), min_size=1, max_size=12), min_size=1, max_size=40)


@given(WORDS, st.integers(40, 120), st.integers(0, 4))
def test_a_wrapped_line_fits_and_loses_no_word(words: list[str], width: int, depth: int) -> None:
    from kgtools.views.report import wrapped

    pieces = wrapped("  " * depth + " ".join(words), width)
    assert max(len(piece) for piece in pieces) <= width and " ".join(pieces).split() == words


@given(st.lists(st.lists(st.text("abc ", max_size=60), min_size=9, max_size=9), min_size=1, max_size=4))
def test_a_crowded_table_becomes_blocks_that_fit_and_keep_every_cell(rows: list[list[str]]) -> None:
    from kgtools.space import Table
    from kgtools.views import tables

    columns = tuple(f"column{place}" for place in range(9))
    wide = [tuple(cell + " " + "x" * 12 for cell in row) for row in rows]
    shown = tables.text(Table(columns, list(wide)), 80)
    assert max(len(line) for line in shown.splitlines()) <= 80
    bare = "".join(shown.split())
    assert all("".join((f"column{place}" + cell).split()) in bare for row in wide for place, cell in enumerate(row))


@given(
    st.integers(1, 4).flatmap(
        lambda width: st.lists(
            st.tuples(*[st.none() | st.text(st.sampled_from("ab \n\té漢\u202e\u200b🚀\u0301─")) for _ in range(width)]),
            max_size=4,
        ).map(lambda rows: (tuple(f"c{number}" for number in range(width)), rows))
    )
)
def test_a_table_for_a_file_is_the_one_for_an_endless_terminal(
    shape: tuple[tuple[str, ...], list[tuple[str | None, ...]]],
) -> None:
    from kgtools.views import tables

    table = Table(*shape)
    assert tables.text(table) == tables.text(table, 10_000)


def test_the_dossier_says_without_whom_nothing_is_left(example: Space) -> None:
    found = {(one.claim[-3:], one.side): one for one in example.dossier(INCIDENT).origins}
    assert found["003", "for"].origins == "0–2" and found["003", "against"].origins == "2–4"
    counted = {one.claim: one for one in example.origins(INCIDENT).claims}
    for one in found.values():
        side = counted[one.claim].sides[one.side]
        assert (one.origins, one.assertions) == (str(side.range), tuple(side.choke_assertions))
        assert one.cut == (() if side.choke_assertions else tuple(side.cut))
