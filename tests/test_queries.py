"""Named queries: headers, parameters bound as terms, names resolved, and the guard."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from conftest import EXAMPLE, ROOT, Call, Copy
from hypothesis import given, settings
from hypothesis import strategies as st

from kgtools import queries
from kgtools.faults import Fault
from kgtools.queries import from_text
from kgtools.space import Space
from kgtools.store import Dataset, MemoryStore, Rows
from kgtools.turtle import IRI, Literal, Term

HEADER = """#+ summary: Claims that hold words.
#+ kind: report
#+ param: words  Words of the text
#+ param: day  Day in UTC; leave out for any
#+ param: incident  IRI of an incident; leave out for all
#+ columns: claim,  text
#+ why: To try
#+ why: the header.
"""
BODY = "SELECT ?claim ?words WHERE { ?claim a cev:Claim . VALUES ?words { UNDEF } VALUES ?words{UNDEF} VALUES ?day { UNDEF } }"
NAMED = sorted((ROOT / "queries").glob("*.rq"))
HOSTILE = [
    *('"', "'", "\\", "}", "{ UNDEF }", "\n", "\r\n", "#", '" } . ?s ?p ?o . { "', "' } } #", '"""', "\\u0022 } #", "\\"),
    *("> <http://evil.example/> <", "$words ?words", "\x00\x08", "\ud7ff\U0001f30a", "VALUES ?words { UNDEF }", r"\1 \g<0>"),
    *('"@en', '"^^xsd:string', "x" * 5000, "} SERVICE <http://evil.example/> {"),
]


def query(text: str = BODY) -> queries.Query:
    return from_text(Path("try.rq"), HEADER + text)


def statements(text: str) -> int:
    """Count what a tokeniser of SPARQL that knows strings, IRIs and comments sees outside of them."""
    bare = re.sub(r'"(?:[^"\\\n]|\\.)*"|<[^<>"{}|^`\\\s]*>|#[^\n]*', " ", text)
    return len(re.findall(r"[.;{}]", bare))


def test_a_header_is_read() -> None:
    found = query()
    assert (found.name, found.kind, found.columns) == ("try", "report", ("claim", "text"))
    assert (found.summary, found.why) == ("Claims that hold words.", "To try the header.")
    assert [(p.name, p.kind, p.optional) for p in found.parameters] == [
        ("words", "text", False), ("day", "date", True), ("incident", "iri", True),
    ]  # fmt: skip


@pytest.mark.parametrize("name", ["summary", "kind", "columns"])
def test_a_header_without_a_needed_line_is_a_fault(name: str) -> None:
    text = re.sub(rf"(?m)^#\+ {name}:.*\n", "", HEADER)
    with pytest.raises(Fault, match=rf"try\.rq: the header has no '{name}': add a line `#\+ {name}: …`"):
        from_text(Path("try.rq"), text)


@pytest.mark.parametrize("path", NAMED, ids=lambda path: path.stem)
def test_a_query_file_says_what_it_answers_and_gives_the_columns_that_it_names(path: Path, example: Space) -> None:
    found = queries.read(path)
    assert found.summary.endswith(".") and found.why.endswith(".")
    assert found.kind in ("report", "check")
    if found.kind == "check":
        assert found.columns == ("where", "what") and found.fix and found.severity in ("violation", "warning", "info")
        assert path.stem.startswith("check-") and not found.parameters
    values = {p.name: IRI("https://example.org/x") if p.kind == "iri" else queries.day("2019-01-10") for p in found.parameters}
    for bound in (found.bind({k: v for k, v in values.items() if k == "date"}), found.bind(values)):
        answer = example.store.query(example.prepared(bound))
        assert isinstance(answer, Rows) and answer.columns == found.columns
    for parameter in found.parameters:
        assert re.search(rf"VALUES \?{parameter.name} {{ UNDEF }}", found.text)
        assert parameter.description
    assert len(re.findall(r"VALUES \?\w+ \{ UNDEF \}", found.text)) >= len(found.parameters)
    assert "ORDER BY" in found.text and "SELECT *" not in found.text
    assert not re.search(r"\bSERVICE\b|\bFROM\b|\bLIMIT\b", re.sub("#.*", "", found.text))


@pytest.mark.parametrize("path", NAMED, ids=lambda path: path.stem)
def test_words_never_stand_beside_an_assertion_without_what_it_does_with_them(path: Path) -> None:
    columns = {*queries.read(path).columns}
    if {"assertion", "text"} <= columns and path.stem != "nobody-asked":  # which lists only what is put forward
        assert columns & {"force", "side"}, "a denial and what it denies have the same words"


@pytest.mark.parametrize("name", ["who_claimed", "who claimed", "../queries/incidents", "", "incidents.rq", "Incidents"])
def test_an_unknown_query_is_a_fault(name: str) -> None:
    with pytest.raises(Fault, match="unknown query"):
        queries.get(name, [ROOT / "queries"])


def test_an_unknown_query_names_the_nearest_ones() -> None:
    with pytest.raises(Fault, match="unknown query 'who-claim': did you mean who-claimed"):
        queries.get("who-claim", [ROOT / "queries"])


def test_a_query_of_the_workspace_takes_the_place_of_a_shipped_one(copy: Copy) -> None:
    (copy.folder / "queries").mkdir()
    text = "#+ summary: Ours.\n#+ kind: report\n#+ columns: one\nSELECT (1 AS ?one) WHERE {}"
    (copy.folder / "queries" / "incidents.rq").write_text(text, encoding="utf-8")
    assert copy.space.query("incidents").rows == [("1",)]


def test_a_query_file_that_is_not_utf8_is_a_fault(tmp_path: Path) -> None:
    (tmp_path / "bad.rq").write_bytes(b"#+ summary: \xff")
    with pytest.raises(Fault, match="is not UTF-8"):
        queries.read(tmp_path / "bad.rq")


def test_a_parameter_is_bound_wherever_it_stands_and_one_left_out_leaves_nothing() -> None:
    bound = query().bind({"words": Literal("a valve")})
    assert bound.count('VALUES ?words { "a valve" }') == 2
    assert "?day" not in bound.replace(HEADER, "") and "UNDEF" not in bound


GUARDED = "VALUES ?incident { UNDEF } FILTER(!BOUND(?incident) || EXISTS { ?a cev:concerns ?incident }) ?a cev:force ?force ."


def test_a_filter_that_speaks_only_for_a_parameter_leaves_its_pattern_behind_or_nothing() -> None:
    asked = query(f"SELECT * WHERE {{ {GUARDED} }}")
    one = asked.bind({"words": Literal("x"), "incident": IRI("https://example.org/x")})
    assert one.endswith("{ VALUES ?incident { <https://example.org/x> } ?a cev:concerns ?incident . ?a cev:force ?force . }")
    assert "incident" not in asked.bind({"words": Literal("x")}).partition("SELECT")[2]


def test_a_query_gives_the_same_rows_whether_its_filter_or_its_pattern_is_asked(example: Space) -> None:
    incident = IRI(example.resolve("pump-house-2019", "incident"))
    for name, found in example.queries().items():
        if any(parameter.name == "incident" for parameter in found.parameters):
            values: dict[str, Term] = {"incident": incident}
            values |= {"date": queries.day("2019-02-10")} if name == "known-by" else {}
            by_hand = found.text
            for parameter in found.parameters:
                block = f"VALUES ?{parameter.name} {{ {values[parameter.name]} }}" if parameter.name in values else ""
                by_hand = by_hand.replace(f"VALUES ?{parameter.name} {{ UNDEF }}", block)
            asked = [example.store.query(example.prepared(text)) for text in (by_hand, found.bind(values))]
            assert asked[0] == asked[1], name


def test_an_unknown_parameter_names_the_nearest_one() -> None:
    with pytest.raises(Fault, match="query try: no parameter 'word': did you mean words"):
        query().bind({"word": Literal("x")})


def test_a_missing_parameter_is_a_fault_that_says_what_it_is() -> None:
    with pytest.raises(Fault, match=re.escape("query try: needs 'words': add --param words=… (Words of the text)")):
        query().bind({})


@pytest.mark.parametrize("text", ["2011-02-29", "2011", "yesterday", "", "2011-02-01T00:00"])
def test_a_day_that_is_none_is_a_fault(text: str, example: Space) -> None:
    with pytest.raises(Fault, match="write it as 2011-02-15"):
        example.query("known-by", incident="pump-house-2019", date=text)


@pytest.mark.parametrize("text", HOSTILE)
def test_a_hostile_text_comes_back_as_the_text_it_is(text: str, example: Space) -> None:
    found = query("SELECT ?words WHERE { VALUES ?words { UNDEF } }")
    answer = example.store.query(example.bound(found, {"words": text}))
    assert isinstance(answer, Rows) and answer.rows == [(Literal(text),)]


@pytest.mark.parametrize("text", HOSTILE)
def test_a_hostile_name_is_an_unknown_name(text: str, example: Space) -> None:
    with pytest.raises(Fault, match=r"(?s)unknown incident|may be \d+ things"):
        example.query("who-claimed", incident=text)


@given(st.text())
def test_a_text_parameter_never_changes_the_number_of_statements(text: str) -> None:
    found = query()
    assert statements(found.bind({"words": Literal(text)})) == statements(found.bind({"words": Literal("x")}))


@settings(max_examples=60)
@given(st.text(st.one_of(st.sampled_from("\"'\\{}<>#\n\r?.;"), st.characters(exclude_categories=["Cs"]))))
def test_any_text_parameter_comes_back_from_the_engine(example: Space, text: str) -> None:
    found = query("SELECT ?words WHERE { VALUES ?words { UNDEF } }")
    answer = example.store.query(example.bound(found, {"words": text}))
    assert isinstance(answer, Rows) and answer.rows == [(Literal(text),)]


@pytest.mark.parametrize(
    ("value", "kind", "iri"),
    [
        ("pump-house-2019", "incident", "incident/pump-house-2019"),
        ("incident:pump-house-2019", "incident", "incident/pump-house-2019"),
        ("https://example.org/pump-house/incident/pump-house-2019", "incident", "incident/pump-house-2019"),
        ("<https://example.org/pump-house/incident/pump-house-2019>", "incident", "incident/pump-house-2019"),
        ("ada miller", "agent", "agent/ada-miller"),
        ("Ivar", "agent", "agent/ivar-lund"),
        ("the standby pump", "craft", "craft/pump-2"),
        ("claim:pump-house-2019-003", "", "claim/pump-house-2019-003"),
    ],
)
def test_a_name_stands_for_one_node(value: str, kind: str, iri: str, example: Space) -> None:
    assert example.resolve(value, kind) == f"https://example.org/pump-house/{iri}"


def test_an_entry_of_a_closed_list_is_a_name_too(example: Space) -> None:
    assert example.resolve("open", "state") == "https://w3id.org/cev/state/open"


def test_an_ambiguous_label_lists_the_candidates(example: Space) -> None:
    with pytest.raises(Fault) as caught:
        example.resolve("unnamed operator", "agent")
    named = "agent:unnamed-operator-1, agent:unnamed-operator-2"
    assert str(caught.value) == f"agent: 'unnamed operator' may be 2 things ({named}): give one of them"


def test_an_unknown_name_gives_the_nearest(example: Space) -> None:
    with pytest.raises(Fault, match="incident: unknown incident 'pump-hose-2019': did you mean pump-house-2019"):
        example.resolve("pump-hose-2019", "incident")


@pytest.mark.parametrize(
    "text",
    [
        "INSERT DATA { <a:a> <a:a> <a:a> }", "DELETE WHERE { ?s ?p ?o }", "CLEAR ALL", "LOAD <file:///etc/passwd>",
        "# why\nBASE <a:b> PREFIX c: <a:c>\nwith <a:g> delete { ?s ?p ?o } where { ?s ?p ?o }",
    ],
)  # fmt: skip
def test_an_update_is_no_query_and_is_told_so(text: str, example: Space) -> None:
    with pytest.raises(Fault, match=r"query: [A-Z]+ changes a graph, and queries only read"):
        example.sparql(text)


@pytest.mark.parametrize(
    "text", ["\\u0049NSERT DATA { <a:a> <a:a> <a:a> }", "SELECT * { ?s ?p 1 } ; DROP ALL", "ASK { } CLEAR ALL"]
)
def test_nor_is_one_that_hides(text: str, example: Space) -> None:
    with pytest.raises(Fault, match=r"query: .*mend the SPARQL"):
        example.sparql(text)


@pytest.mark.parametrize("text", ["PREFIX load: <a:b> SELECT * { load:insert ?p ?clear }", "#INSERT\nASK { ?drop a <a:with> }"])
def test_a_query_may_use_the_words_of_an_update(text: str, example: Space) -> None:
    example.sparql(text)


def test_a_term_that_nothing_declares_is_named_with_the_nearest_and_the_query_is_answered(call: Call, tmp_path: Path) -> None:
    path = tmp_path / "mine.rq"
    path.write_text('SELECT * { ?a cev:reportz ?b ; cev:force force:assert ; <https://w3id.org/cev#claimz> "cev:no" } # cev:n')
    said = call("query", path, "--workspace", EXAMPLE)
    assert said.code == 0 and said.err.count("warning") == 3 and said.err.endswith("0 rows\n")
    for term, near in (("cev:reportz", "reports"), ("force:assert", "asserts"), ("cev:claimz", "claims")):
        assert re.search(rf"{term} is declared nowhere.*did you mean {near}", said.err)


def test_declared_terms_and_prefixes_of_ones_own_are_no_cause_for_warning(example: Space) -> None:
    own = "PREFIX cev: <https://other.example/> SELECT * { ?a cev:anything ?b }"
    assert queries.undeclared(own, example.prefixes) == []
    for query in example.queries().values():
        assert queries.undeclared(query.text, example.prefixes) == [], query.name


def test_no_word_of_a_report_makes_a_store_name_its_graphs() -> None:
    asked: list[str] = []

    class Watched(MemoryStore):
        def _graphs_for(self, asked_: str, dataset: Dataset) -> None:
            asked.append(asked_)

    for found in map(queries.read, NAMED):
        if found.kind == "report":
            Watched().query(found.bind({one.name: Literal("x") for one in found.parameters if not one.optional}))
    assert asked == []
