"""The command: exit codes, every command on the invented case, formats, and what a wrong call says."""

from __future__ import annotations

import csv
import io
import json
import re
import shutil
from pathlib import Path
from xml.etree import ElementTree

import pytest
from conftest import EXAMPLE, ROOT, Call, Copy

from kgtools.cli.parser import build
from kgtools.turtle import parse_text

AT = ("--workspace", EXAMPLE)
QUERIES = len(list((ROOT / "queries").glob("*.rq")))
WORDS = "left open on purpose"
COMMANDS: dict[str, tuple[str, ...]] = {
    "query": ("query", "who-claimed", "--param", "incident=pump-house-2019"),
    "sources": ("sources",),
    "timeline": ("timeline", "pump-house-2019"),
    "trace": ("trace", "pump-house-2019-003"),
    "compare": ("compare", "incident:pump-house-2019"),
    "origins": ("origins", "pump-house-2019-004"),
    "drift": ("drift", "pump-house-2019"),
    "history": ("history", "pump-house-2019"),
    "absences": ("absences", "pump-house-2019"),
    "ask": ("ask", "1"),
    "summary": ("summary", "pump-house-2019"),
    "counts": ("counts",),
    "base-rates": ("base-rates",),
    "discrepancies": ("discrepancies",),
    "root": ("root",),
    "check": ("check",),
    "documents": ("documents",),
    "quote": ("quote", "clippings-2019", "--find", "Depth: 2 m"),
    "fmt": ("fmt", "--check"),
    "export": ("export", "lock-gate-2019"),
}


def listed(out: str, form: str) -> int:
    """Parse an answer in a form and return how many rows it has."""
    if form == "json":
        return len(json.loads(out)["results"]["bindings"])
    if form in ("csv", "tsv"):
        return len(list(csv.reader(io.StringIO(out), delimiter="," if form == "csv" else "\t"))) - 1
    if form == "xml":
        return len(ElementTree.fromstring(out).findall(".//{http://www.w3.org/2005/sparql-results#}result"))
    return len(out.strip("\n").split("\n")) - 2


def test_every_command_has_a_test() -> None:
    _, known = build()
    texts = "".join(path.read_text(encoding="utf-8") for path in Path(__file__).parent.glob("test_*.py"))
    assert [name for name in sorted(known - set(COMMANDS) - {"settle"}) if f'"{name}"' not in texts] == []


@pytest.mark.parametrize("name", COMMANDS)
def test_a_command_answers_on_the_invented_case(call: Call, name: str) -> None:
    said = call(*COMMANDS[name], *AT)
    assert said.code == 0
    assert said.out.strip() or name == "fmt"
    assert "Traceback" not in said.err


@pytest.mark.parametrize("form", ["table", "json", "csv", "tsv", "xml", "md"])
@pytest.mark.parametrize(
    ("words", "rows"),
    [
        (("query",), QUERIES),
        (("query", "incidents"), 3),
        (("sources",), 23),
        (("timeline", "lock-gate-2019"), None),
        (("documents",), 1),
    ],
    ids=lambda value: value[0] if isinstance(value, tuple) else None,
)
def test_a_listing_has_the_same_rows_in_every_form(call: Call, words: tuple[str, ...], rows: int | None, form: str) -> None:
    said = call(*words, "--format", form, *AT)
    assert said.code == 0
    wanted = rows if rows is not None else listed(call(*words, "--format", "json", *AT).out, "json")
    assert listed(said.out, form) == wanted
    assert said.err == (f"{wanted} row{'' if wanted == 1 else 's'}\n" if form == "table" else "")


@pytest.mark.parametrize("name", ["trace", "compare", "check", "origins", "drift", "history"])
def test_a_report_is_json_where_asked_for(call: Call, name: str) -> None:
    assert json.loads(call(*COMMANDS[name], "--format", "json", *AT).out)


@pytest.mark.parametrize("name", ["trace", "compare"])
def test_a_report_is_markdown_where_asked_for(call: Call, name: str) -> None:
    out = call(*COMMANDS[name], "--format", "md", *AT).out
    assert re.match(r"```text\n|# ", out) and "pump-house-2019" in out


def test_a_trace_shows_every_hop_from_the_origin_with_its_standing(call: Call) -> None:
    lines = call("trace", "pump-house-2019-003", *AT).out.splitlines()
    hops = {
        name: next(line for line in lines if f"[assertion:pump-house-2019-{name}]" in line)
        for name in ("005", "006", "007", "009")
    }
    assert hops["005"].startswith(
        "● unnamed operator (North Wire, January 2019) (spoken) — anonymous allegation: suggests, possible"
    )
    depths = [len(line) - len(line.lstrip()) for line in hops.values()]
    assert depths == sorted(set(depths))
    assert "media report of an anonymous allegation: asserts, certain" in hops["007"]


def test_a_trace_takes_words_of_claims(call: Call) -> None:
    assert "claim:pump-house-2019-007" in call("trace", "frost", "seal", *AT).out


def test_a_comparison_counts_as_worked_out_by_hand(call: Call) -> None:
    data = json.loads(call("compare", "pump-house-2019", "--format", "json", *AT).out)
    found = {
        one["explanation"].removeprefix("claim:pump-house-2019-"): [
            len(one[side]["assertions"]) for side in ("for", "against", "neither")
        ]
        for one in data["explanations"]
    }
    assert found == {"003": [8, 6, 2], "004": [9, 2, 0], "007": [2, 0, 1], "008": [2, 0, 0], "033": [1, 0, 0], "034": [1, 0, 0]}


def test_all_queries_are_listed_by_name(call: Call) -> None:
    rows = list(csv.DictReader(io.StringIO(call("query", "--format", "csv", *AT).out)))
    assert {row["query"] for row in rows} == {path.stem for path in (ROOT / "queries").glob("*.rq")}


def test_sparql_comes_from_a_file_or_from_standard_input(call: Call, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    text = "SELECT (COUNT(?i) AS ?n) WHERE { ?i a cev:Incident }"
    (tmp_path / "count.rq").write_text(text, encoding="utf-8")
    monkeypatch.setattr("sys.stdin", io.StringIO(text))
    for source in (tmp_path / "count.rq", "-"):
        assert call("query", source, "--format", "csv", *AT).out.split() == ["n", "3"]


MISTAKES = [
    (
        "SELECT ?x { ?x a cev:Claim ; cev:x nosuch:foo }",
        "query, line 1, column 36: The prefix of “nosuch:foo” is declared nowhere",
    ),
    ("SELECT ?x {\n ?x a cev:Claim ;\n ]", "query, line 3, column 2: “]” is not expected here: mend the SPARQL there"),
    ("  \n", "standard input: holds no query"),
    ("SELECT \udcff", "standard input: is not UTF-8"),
]


@pytest.mark.parametrize(("text", "sentence"), MISTAKES)
def test_sparql_that_is_wrong_is_placed_in_the_text_as_written(
    call: Call, monkeypatch: pytest.MonkeyPatch, text: str, sentence: str
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(text))
    said = call("query", "-", *AT)
    assert said.code == 2 and said.out == "" and sentence in said.err


def test_a_file_that_the_graph_does_not_describe_is_described(call: Call, copy: Copy) -> None:
    (copy.folder / "documents" / "New note.txt").write_text("It rained.\nIt was dry.", encoding="utf-8")
    said = call("documents", "--workspace", copy.folder)
    assert said.code == 0 and "New note.txt is not described in the graph" in said.err
    said = call("quote", "New note.txt", "--find", "dry", "--workspace", copy.folder)
    assert said.code == 2 and "kgtools documents New note.txt" in said.err
    lines = call("documents", "New note.txt", "--workspace", copy.folder).out.replace("source:…", "source:ostrand-cuttings")
    copy.append("documents.ttl", lines)
    said = call("quote", "New note.txt", "--find", "dry", "--workspace", copy.folder)
    assert said.code == 0 and "lines 2–2: 'dry'" in said.out
    found = call("check", "--workspace", copy.folder).err
    assert "SHA-256" not in found and "length of" not in found and "number of lines" not in found


def test_only_spans_that_hold_count_as_verified(call: Call, copy: Copy) -> None:
    whole = json.loads(call("check", "--format", "json", "--workspace", copy.folder).out)["spansVerified"]
    (copy.folder / "documents" / "clippings-2019.txt").write_text("", encoding="utf-8")
    said = json.loads(call("check", "--format", "json", "--workspace", copy.folder).out)
    assert whole > 0 and said["spansVerified"] == 0


@pytest.mark.parametrize(("text", "out"), [("ASK { ?i a cev:Incident }", "true\n"), ("ASK { ?i a cev:Nothing }", "false\n")])
def test_a_yes_or_no_is_said_as_such(call: Call, tmp_path: Path, text: str, out: str) -> None:
    (tmp_path / "ask.rq").write_text(text, encoding="utf-8")
    assert call("query", tmp_path / "ask.rq", *AT).out == out


def test_a_graph_is_answered_in_turtle(call: Call, tmp_path: Path) -> None:
    (tmp_path / "graph.rq").write_text("CONSTRUCT { ?i a cev:Incident } WHERE { ?i a cev:Incident }", encoding="utf-8")
    assert len(parse_text(call("query", tmp_path / "graph.rq", *AT).out, "answer")) == 3
    wrong = call("query", tmp_path / "graph.rq", "--format", "csv", *AT)
    assert wrong.code == 2 and "turtle, trig, nquads or jsonld" in wrong.err


@pytest.mark.parametrize("form", ["trig", "nquads", "jsonld"])
def test_exported_graphs_hold_the_same_triples(call: Call, form: str) -> None:
    import rdflib

    names = {"nquads": "nquads", "trig": "trig", "jsonld": "json-ld"}
    there = rdflib.Dataset(default_union=True).parse(
        data=call("export", "lock-gate-2019", "--format", form, *AT).out, format=names[form]
    )
    assert len(set(there.triples((None, None, None)))) == len(parse_text(call("export", "lock-gate-2019", *AT).out, "export"))


@pytest.mark.parametrize("form", ["graphml", "gexf"])
def test_exported_networks_are_xml(call: Call, form: str) -> None:
    assert ElementTree.fromstring(call("export", "lock-gate-2019", "--format", form, *AT).out).tag.endswith(form)


def test_exported_rows_are_those_of_the_query(call: Call) -> None:
    assert call("export", "--format", "csv", *AT).out == call("query", "assertions", "--format", "csv", *AT).out


def test_a_quotation_can_be_pasted_and_is_verified(call: Call, copy: Copy) -> None:
    said = call(
        "quote",
        "clippings-2019",
        "--lines",
        "34",
        "--dossier",
        "context",
        "--source",
        "source:gazette-2019-01-10",
        "--workspace",
        copy.folder,
    )
    assert said.out.startswith("# clippings-2019.txt, lines 34–34: 'Buy your tide tables at the café on the quay.'")
    copy.append("context.ttl", said.out)
    copy.append("context.ttl", "assertion:context-001 cev:foundIn passage:context-002 .")
    assert call("fmt", "--workspace", copy.folder).code == 0
    checked = call("check", "--workspace", copy.folder)
    assert (checked.code, checked.err) == (0, "")


def test_words_in_several_places_are_all_quoted(call: Call) -> None:
    said = call("quote", "clippings", "--find", WORDS, *AT)
    assert said.out.count("a cev:Passage") == 4 and "stand in 4 places" in said.err


def test_the_account_of_a_document_covers_every_sentence(call: Call) -> None:
    out = call("documents", "--coverage", "--format", "csv", *AT).out
    (row,) = csv.DictReader(io.StringIO(out))
    assert row["open"] == "0" and int(row["covered"]) + int(row["setAside"]) == int(row["sentences"])
    assert listed(call("documents", "clippings-2019", "--format", "csv", *AT).out, "csv") == int(row["sentences"])


def test_the_main_job_says_what_is_there_and_writes_the_page(
    call: Call, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    said = call(*AT)
    assert said.code == 0
    assert "3 incidents" in said.out and "Ask next:" in said.out
    assert (tmp_path / "kgtools.html").read_text(encoding="utf-8").lstrip().lower().startswith("<!doctype html>")


def test_a_page_is_written_where_told(call: Call, tmp_path: Path) -> None:
    said = call("view", "lock-gate-2019", "-o", tmp_path / "page.html", *AT)
    assert said.code == 0 and (tmp_path / "page.html").stat().st_size > 1000


def test_options_may_stand_before_or_after_the_command(call: Call) -> None:
    assert call(*AT, "query", "incidents", "--format", "csv") == call("query", "incidents", "--format", "csv", *AT)


def test_withdrawn_records_are_shown_only_where_asked_for(call: Call) -> None:
    name = "assertion/pump-house-2019-099"
    assert name not in call("query", "assertions", "--format", "csv", *AT).out
    assert name in call("query", "assertions", "--format", "csv", "--withdrawn", *AT).out


def test_a_graph_that_breaks_a_rule_gives_one(call: Call, copy: Copy) -> None:
    copy.append("craft.ttl", "\n")
    said = call("check", "--workspace", copy.folder)
    assert said.code == 1 and said.err == "craft.ttl: is not in the canonical layout: run `kgtools fmt`\n"
    assert said.out.startswith("not good: 1 findings")
    said = call("check", "--format", "json", "--workspace", copy.folder)
    assert said.code == 1 and [one["rule"] for one in json.loads(said.out)["findings"]] == ["layout"]


WRONG = [
    (("chek",), "unknown command 'chek': did you mean check"),
    (("query", "who-claim"), "unknown query 'who-claim': did you mean who-claimed"),
    (("query", "who-claimed", "--param", "incdent=x"), "no parameter 'incdent': did you mean incident"),
    (("query", "known-by", "--param", "incident=pump-house-2019"), "needs 'date': add --param date=…"),
    (("query", "known-by", "--param", "date=2019-02-30"), "is not a day of the calendar"),
    (("query", "who-claimed", "--param", "incident"), "'incident' is not NAME=VALUE"),
    (("query", "incidents", "--format", "turtle"), "rows have no form turtle"),
    (("query", "--format", "turtle"), "rows have no form turtle"),
    (("query", "incidents", "--format", "yaml"), "invalid choice: 'yaml'"),
    (("query", "absent.rq"), "absent.rq: No such file or directory"),
    (("timeline", "pump-hose-2019"), "unknown incident 'pump-hose-2019': did you mean pump-house-2019"),
    (("compare", "pump-hose-2019"), "did you mean pump-house-2019"),
    (("view", "pump-hose-2019"), "did you mean pump-house-2019"),
    (("export", "pump-hose-2019"), "did you mean pump-house-2019"),
    (("trace", "no such words"), "no claim holds the words 'no such words'"),
    (("trace", "the"), "give more words"),
    (("documents", "cuttings"), "unknown document 'cuttings': known are clippings-2019"),
    (("quote", "cuttings", "--find", "x"), "unknown document 'cuttings'"),
    (("quote", "clippings-2019", "--find", "no such words"), "do not stand in the document"),
    (("quote", "clippings-2019", "--lines", "90-95"), "lines 90 to 95 are not within 1 to 92"),
    (("quote", "clippings-2019", "--lines", "x"), "give lines as 12 or 12-14"),
    (("quote", "clippings-2019"), "--find --lines is required"),
    (("quote", "clippings-2019", "--find", ""), "--find: names no words"),
    (("query", "who-claimed", "--param", "incident=zzz"), "unknown incident 'zzz': known are"),
    (("query", "xyzzy"), "unknown query 'xyzzy': the nearest of"),
    (("trace", "zzz"), "give fewer or other words"),
    (("timeline",), "INCIDENT"),
    (("check", "--nosuch"), "--nosuch"),
    (("fmt", "absent.ttl"), "absent.ttl: No such file or directory"),
    (("check", "--documents", "absent"), "absent: no such folder"),
]


@pytest.mark.parametrize(("words", "sentence"), WRONG, ids=lambda value: " ".join(value) if isinstance(value, tuple) else "")
def test_a_wrong_call_gives_two_and_a_sentence(call: Call, words: tuple[str, ...], sentence: str) -> None:
    said = call(*words, *AT)
    assert said.code == 2 and said.out == ""
    assert sentence in said.err
    assert re.fullmatch(r"kgtools: .*: .*\n", said.err), said.err


def test_a_missing_workspace_is_named_with_the_nearest_folders(call: Call, copy: Copy) -> None:
    said = call("check", "--workspace", copy.folder.with_name("copi"))
    assert said.code == 2 and said.err.endswith("copi: no such folder: did you mean copy\n")


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("craft:a a cev:Craft ; .\ncraft:b cev:kind ]", "line {last}, column 18"),
        ("nosuch:a a cev:Craft .", "line {last}, column 1: The prefix nosuch: has not been declared"),
        ('craft:a rdfs:label "never closed', "line {last}, column "),
    ],
)
@pytest.mark.parametrize("command", ["check", "fmt", "query"])
def test_a_file_that_is_not_turtle_is_named_with_line_and_column(
    call: Call, copy: Copy, command: str, text: str, place: str
) -> None:
    copy.append("craft.ttl", text)
    last = copy.path("craft.ttl").read_text(encoding="utf-8").count("\n")
    said = call(command, *(("incidents",) if command == "query" else ()), "--workspace", copy.folder)
    assert said.code == 2 and said.out == ""
    assert f"craft.ttl, {place.format(last=last)}" in said.err and said.err.count("\n") == 1


def test_a_file_that_is_not_utf8_is_named(call: Call, copy: Copy) -> None:
    copy.path("craft.ttl").write_bytes(b"\xff\xfe")
    said = call("check", "--workspace", copy.folder)
    assert said.code == 2 and "craft.ttl: byte 0 is not UTF-8: save the file as UTF-8" in said.err
    (copy.folder / "bad.rq").write_bytes(b"\xff")
    said = call("query", copy.folder / "bad.rq", *AT)
    assert said.code == 2 and "bad.rq: is not UTF-8" in said.err


def test_a_document_that_is_not_utf8_is_named(call: Call, copy: Copy) -> None:
    (copy.folder / "documents" / "clippings-2019.txt").write_bytes(b"abc\xff")
    for words in (("check",), ("documents", "clippings-2019"), ("quote", "clippings-2019", "--lines", "1")):
        said = call(*words, "--workspace", copy.folder)
        assert said.code == 2 and "clippings-2019.txt: byte 3 is not UTF-8" in said.err


def test_a_document_that_is_not_at_hand_is_said(call: Call, copy: Copy) -> None:
    shutil.rmtree(copy.folder / "documents")
    said = call("check", "--workspace", copy.folder)
    assert said.code == 0 and "not verified: clippings-2019.txt is not at hand" in said.err
    assert "not at hand" in call("documents", "--workspace", copy.folder).out
    assert "not at hand" in call("documents", "--coverage", "--workspace", copy.folder).out
    assert call("quote", "clippings-2019", "--lines", "1", "--workspace", copy.folder).code == 2


@pytest.mark.parametrize(
    "words",
    [
        ("export", "--format", "nquads"),
        ("view", "lock-gate-2019"),
        ("receipt", "pump-house-2019-003"),
        ("dossier", "lock-gate-2019"),
    ],
    ids=lambda words: words[0],
)
def test_a_dash_for_the_output_is_standard_output(
    words: tuple[str, ...], call: Call, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    said = call(*words, "-o", "-", *AT)
    assert (said.code, list(tmp_path.iterdir())) == (0, []) and len(said.out) > 1000
