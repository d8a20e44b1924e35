"""Questions: each is answered as expected, with the passages behind; one that cannot be asked is a finding."""

from __future__ import annotations

import json

import pytest
from conftest import EXAMPLE, ROOT, Call, Copy

import kgtools
from kgtools.check import questions as checked
from kgtools.evidence.questions import Question, answer, find, load, rows, values
from kgtools.faults import Fault
from kgtools.space import Space

SHIPPED = kgtools.open(ROOT)
ASKED = load(SHIPPED)
TRIED = load(kgtools.open(EXAMPLE))
FILE = "questions.ttl"
AT = ("--workspace", EXAMPLE)


@pytest.mark.parametrize("question", ASKED, ids=lambda one: one.name)
def test_a_question_to_the_graph_has_the_answer_read_from_the_documents(question: Question) -> None:
    assert sorted(values(SHIPPED, question)) == sorted(question.expected), question.text


@pytest.mark.parametrize("question", TRIED, ids=lambda one: one.name)
def test_a_question_to_the_invented_case_has_the_answer_read_from_its_document(question: Question, example: Space) -> None:
    assert sorted(values(example, question)) == sorted(question.expected), question.text


@pytest.mark.skipif(not ASKED, reason="graph/questions.ttl holds no questions yet")
def test_there_are_sixty_questions_and_more_no_two_alike_and_asked_by_many_queries() -> None:
    assert len(ASKED) >= 60
    assert len({one.text for one in ASKED}) == len(ASKED)
    assert len({(one.query, one.column, *one.parameters) for one in ASKED}) == len(ASKED)
    assert len({one.query for one in ASKED}) >= 20
    assert all(one.text.endswith("?") for one in ASKED)


@pytest.mark.parametrize("question", [one for one in ASKED if one.expected][::9], ids=lambda one: one.name)
def test_every_value_of_an_answer_names_the_passages_it_is_known_from(question: Question) -> None:
    found = answer(SHIPPED, question)
    assert not found.missing and not found.surplus
    for value, known in found.values.items():
        assert known, value
        assert all(one.places for one in known)


def test_questions_are_numbered_from_one_and_found_by_number_serial_or_name(example: Space) -> None:
    listed = load(example)
    assert [one.number for one in listed] == list(range(1, len(listed) + 1))
    assert find(listed, "2") is find(listed, "002") is find(listed, "question:002") is listed[1]


def test_an_unknown_question_says_which_there_are(example: Space) -> None:
    with pytest.raises(Fault, match=r"no question '99': known are 1 to \d"):
        find(load(example), "99")
    with pytest.raises(Fault, match="this workspace has no questions"):
        find([], "1")


def test_an_answer_that_differs_names_what_is_missing_and_what_was_not_expected(copy: Copy, call: Call) -> None:
    copy.edit(FILE, "question:005", '"Ivar Lund"', '"Olav Krag"')
    said = call("ask", "5", "--workspace", copy.folder)
    assert said.code == 1
    assert "The answer is not the expected one. Missing: Olav Krag. Not expected: Ivar Lund." in said.out


def test_an_empty_answer_may_be_the_expected_one(copy: Copy, call: Call) -> None:
    copy.edit(FILE, "question:005", '    cev:expected "Ivar Lund" ;\n', "")
    copy.edit(FILE, "question:005", "incident=pump-house-2019", "incident=lock-gate-2019")
    said = call("ask", "5", "--workspace", copy.folder)
    assert said.code == 0 and "the expected one: none on record" in said.out


def test_a_value_that_is_an_assertion_is_known_from_itself(example: Space) -> None:
    asked = Question("question:x", 1, "Which?", "allegations", "assertion", ["incident=pump-house-2019"])
    found = answer(example, asked)
    assert all([one.assertion.name for one in known] == [value] for value, known in found.values.items())


@pytest.mark.parametrize(("query", "column", "name"), [
    ("discrepancies", "attribute", "assertion:pump-house-2019-001"), ("explanations", "cause", "assertion:pump-house-2019-005"),
    ("without-result", "label", "assertion:lock-gate-2019-004"), ("names", "label", "assertion:pump-house-2019-004"),
])  # fmt: skip
def test_what_names_no_assertion_is_known_from_what_its_records_rest_on(
    query: str, column: str, name: str, example: Space
) -> None:
    found = answer(example, Question("question:x", 1, "What?", query, column))
    assert name in {one.assertion.name for known in found.values.values() for one in known}


# Asking


def test_asking_lists_number_and_text(call: Call) -> None:
    lines = call("ask", *AT).out.splitlines()
    assert len(lines) == len(TRIED)
    assert lines[0].split(maxsplit=1) == ["1", TRIED[0].text]
    assert [row["number"] for row in json.loads(call("ask", "--format", "json", *AT).out)] == [str(q.number) for q in TRIED]
    assert call("ask", "--format", "md", *AT).out.startswith("| number | question |")


def test_asking_gives_document_lines_and_key_phrase_and_keeps_the_label(call: Call) -> None:
    out = call("ask", "1", *AT).out
    assert "The answer is the expected one." in out
    assert "anonymous allegation: suggests, possible — A valve was left open on purpose." in out
    assert "clippings-2019.txt, lines 22–23 “left open on purpose”" in out
    assert "An operator of the board" not in out


def test_the_text_is_shown_only_where_it_is_wanted_and_at_hand(call: Call, copy: Copy) -> None:
    assert "An operator of the board" in call("ask", "1", "--with-text", *AT).out
    (copy.folder / "documents" / "clippings-2019.txt").unlink()
    out = call("ask", "1", "--with-text", "--workspace", copy.folder).out
    assert "An operator of the board" not in out and "lines 22–23" in out


def test_an_answer_as_data_holds_question_values_and_passages(call: Call) -> None:
    data = json.loads(call("ask", "1", "--with-text", "--format", "json", *AT).out)
    assert data["query"] == "allegations" and data["parameters"] == {"incident": "pump-house-2019"}
    assert [one["value"] for one in data["answer"]] and data["missing"] == data["surplus"] == []
    place = data["answer"][0]["knownFrom"][0]["passages"][0]
    assert place["document"] == "clippings-2019.txt" and place["text"]


def test_asking_for_a_question_that_is_not_there_is_a_wrong_call(call: Call) -> None:
    said = call("ask", "77", *AT)
    assert said.code == 2 and "kgtools: ask: there is no question '77'" in said.err


# Checking


def findings(copy: Copy) -> list[str]:
    return [one.line() for one in checked.findings(copy.space)]


@pytest.mark.parametrize(("old", "new", "said"), [
    ('"changed-story"', '"changed-storey"', "by query 'changed-storey', which does not exist: did you mean changed-story"),
    ('"speakerLabel"', '"speakerlabel"', "in column 'speakerlabel', which query changed-story does not have"),
    ('"incident=pump-house-2019"', '"incedent=x"', "cannot be asked (query changed-story: no parameter 'incedent')"),
    ('"incident=pump-house-2019"', '"incident=mouse"', "cannot be asked (incident: unknown incident 'mouse')"),
    ('"incident=pump-house-2019"', '"incident="', "cannot be asked (question:005: 'incident=' is not name=value)"),
])  # fmt: skip
def test_a_question_that_cannot_be_asked_is_a_finding(old: str, new: str, said: str, copy: Copy) -> None:
    copy.edit(FILE, "question:005", old, new)
    (line,) = findings(copy)
    assert line.startswith("questions.ttl question:005: ") and said in line


def test_a_question_without_a_needed_parameter_is_a_finding(copy: Copy) -> None:
    copy.edit(FILE, "question:002", '"date=2019-01-09" , ', "")
    assert ["needs 'date'" in line for line in findings(copy)] == [True]


def test_questions_that_can_be_asked_are_no_findings(example: Space) -> None:
    assert checked.findings(example) == []
    assert checked.findings(SHIPPED) == []


def test_check_reports_a_question_that_cannot_be_asked(copy: Copy, call: Call) -> None:
    copy.edit(FILE, "question:005", 'cev:query "changed-story"', 'cev:query "changed-storey"')
    said = call("check", "--workspace", copy.folder)
    assert said.code == 1 and "which does not exist" in said.err


def test_rows_of_a_column_that_is_not_there_are_a_fault(example: Space) -> None:
    asked = Question("question:x", 1, "Who?", "allegations", "speakers")
    with pytest.raises(Fault, match="query allegations has no column 'speakers': did you mean speaker"):
        rows(example, asked)


# The queries that questions are answered by, worked out from the invented case's document by hand


@pytest.mark.parametrize(("query", "column", "expected", "params"), [
    ("passed-on", "source", "north-wire-2019-01-09 gazette-2019-01-10 gazette-2019-01-10-comment-04 courier-2019-01-11",
     {"speaker": "agent:unnamed-operator-1"}),
    ("open-questions", "speaker", "harbour-office gazette water-board lena-holm", {}),
    ("open-questions", "speaker", "water-board", {"date": "2019-01-09", "certainty": "certainly"}),
    ("late-findings", "finding", "pump-house-2019-012 pump-house-2019-081 pump-house-2019-093", {}),
    ("on-behalf", "speaker", "lena-holm nils-berg", {}),
    ("on-behalf", "speaker", "nils-berg", {"body": "agent:inquiry"}),
    ("answers", "speaker", "mole tilda-voss", {"relation": "misquotes"}),
    ("answers", "target", "gazette-2019-01-10", {"relation": "doubtsReliabilityOf"}),
    ("grounds", "speaker", "inquiry water-board nils-berg", {"ground": "institutional-analysis"}),
    ("contested", "claim", "pump-house-2019-003 pump-house-2019-004 pump-house-2019-026 pump-house-2019-032", {}),
    ("accusations", "speaker", "tove-dahl unnamed-residents-1", {}),
    ("credited", "credited", "water-board gazette", {}),
    ("arguments", "reason", "pump-house-2019-006 pump-house-2019-032", {"relation": "undermines"}),
    ("conditions", "claim", "pump-house-2019-009", {}),
    ("interests", "speaker", "contractor hale", {}),
    ("causes", "explanation", "pump-house-2019-003 pump-house-2019-008 pump-house-2019-033 pump-house-2019-034",
     {"cause": "sabotage"}),
    ("translated", "assertion", "pump-house-2019-003 pump-house-2019-029 pump-house-2019-030", {}),
    ("not-known-done", "consequence", "pump-house-2019-001 pump-house-2019-005", {}),
    ("without-result", "investigation", "lock-gate-2019-001", {}),
    ("unnamed-explanations", "explanation", "pump-house-2019-003", {}),
    ("disputed-only", "claim", "pump-house-2019-035", {}),
    ("possibly-same", "other", "unnamed-operator-2", {}),
    ("both-ways", "speaker", "nils-berg tidewatcher", {}),
    ("inquirers", "setUpBy", "water-board", {}),
    ("series-members", "incident", "lock-gate-2019 pump-house-2019", {}),
    ("mechanism", "next", "pump-house-2019-005", {}),
])  # fmt: skip
def test_a_query_for_questions_answers_as_by_hand(
    query: str, column: str, expected: str, params: dict[str, str], example: Space
) -> None:
    found = {(value or "").partition(":")[2] for value in example.query(query, **params).column(column) if value}
    assert found == set(expected.split())
