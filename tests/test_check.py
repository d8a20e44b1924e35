"""Checking: each check query and each rule in code has a change to the invented case that breaks only it."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from conftest import PUMP_HOUSE, ROOT, Copy

from kgtools import check
from kgtools.check import Report, files
from kgtools.faults import Fault
from kgtools.space import Space

P = "pump-house-2019"
LOCK_GATE = "incidents/lock-gate-2019.ttl"
CRAFT = "https://example.org/pump-house/craft/"
DOCUMENT = "documents/clippings-2019.txt"
Change = Callable[[Copy], None]


def report(copy: Copy) -> Report:
    return check.run(copy.space)


def rules(copy: Copy) -> set[str]:
    return {finding.rule for finding in report(copy).findings}


def edit(name: str, old: str, new: str, file: str = PUMP_HOUSE) -> Change:
    return lambda copy: copy.edit(file, name, old, new)


def add(block: str, file: str = PUMP_HOUSE) -> Change:
    return lambda copy: copy.append(file, block)


def remove(name: str, file: str = PUMP_HOUSE) -> Change:
    return lambda copy: copy.replace(file, copy.subject(file, name), "")


def move(name: str, file: str) -> Change:
    def change(copy: Copy) -> None:
        block = copy.subject(PUMP_HOUSE, name)
        copy.replace(PUMP_HOUSE, block, "")
        copy.append(file, block)

    return change


def passage_twice(copy: Copy) -> None:
    block = copy.subject(PUMP_HOUSE, f"passage:{P}-018")
    copy.append(PUMP_HOUSE, block.replace(f"{P}-018", f"{P}-400"))


def accusation(force: str) -> Change:
    """Let the claim that only one reader disputes accuse a paper, and the reader do something else with it."""

    def change(copy: Copy) -> None:
        words = f"cev:accuses agent:gazette ; cev:response search:{P}-001 ; cev:topic "
        copy.edit(PUMP_HOUSE, f"claim:{P}-035", "cev:topic ", words)
        copy.edit(PUMP_HOUSE, f"assertion:{P}-021", "force:disputes", f"force:{force}")

    return change


def claim(words: str) -> str:
    return f'claim:{P}-400 a cev:Claim ; schema:about incident:{P} ; schema:text "Nobody said this."@en ; {words} .'


QUERIES: dict[str, Change] = {
    "check-accusations": accusation("disputes"),
    "check-accusations-raised": accusation("questions"),
    "check-causal-labels": edit(f"action:{P}-001", "gives up her post", "gives up her post because of the flooding"),
    "check-chain-claims": edit(f"assertion:{P}-025", f"claim:{P}-018", f"claim:{P}-010"),
    "check-chain-crossing": edit(
        "assertion:lock-gate-2019-004", "reports assertion:lock-gate-2019-003", f"reports assertion:{P}-031", LOCK_GATE
    ),
    "check-chain-dates": edit(f"assertion:{P}-024", "hedge:certain", 'hedge:certain ; cev:said "2019-01-11"^^edtf:EDTF'),
    "check-chain-loops": edit(f"assertion:{P}-024", "cev:ground ground:own-knowledge", f"cev:reports assertion:{P}-025"),
    "check-chain-sides": edit(f"assertion:{P}-025", "force:asserts", "force:disputes"),
    "check-conflicting-values": remove(f"discrepancy:{P}-001"),
    "check-consequence-links": edit(
        "consequence:lock-gate-2019-001", "assertion:lock-gate-2019-002", f"assertion:{P}-001", LOCK_GATE
    ),
    "check-dangling-references": edit("list:cause", "cause:material", "cause:material , cause:nothing", "schemes.ttl"),
    "check-explained-incidents": edit(
        "claim:lock-gate-2019-003", "cev:explains ", f"cev:explains incident:{P} , ", LOCK_GATE
    ),
    "check-held-sources": edit(f"passage:{P}-018", "source:gazette-2019-01-10", "source:north-wire-2019-01-09"),
    "check-stated-reasons": edit(f"action:{P}-001", f"assertion:{P}-022", f"assertion:{P}-031"),
    "check-unasserted-claims": add(claim("cev:topic topic:figure")),
    "check-undeclared-terms": edit(f"claim:{P}-010", "a cev:Claim", "a cev:Claim , schema:Thing"),
    "check-unused-passages": passage_twice,
}  # fmt: skip

CODE: dict[str, Change] = {
    "description": remove("graph:craft", "craft.ttl"),
    "home": move(f"claim:{P}-010", LOCK_GATE),
    "date": edit(f"assertion:{P}-054", 'cev:said "2019-01-11"', 'cev:said "2019-02-30"'),
    "passage": edit(f"passage:{P}-018", "b8ad401c", "b8ad401d"),
    "passage-lines": edit(f"passage:{P}-018", "cev:lastLine 27", "cev:lastLine 28"),
    "document": edit("document:clippings-2019", "cev:lines 92", "cev:lines 93", "documents.ttl"),
    "search-record": edit(f"search:{P}-001", '"Brock & Sons replied"', '"BUY your tide tables"'),
    "coverage": remove("setaside:clippings-2019-012", "documents.ttl"),
}


def test_the_invented_case_breaks_no_rule_and_every_span_is_verified(example: Space) -> None:
    found = check.run(example)
    assert (found.findings, found.unverified, found.good) == ([], [], True)
    spans = example.table(example.sparql("SELECT ?s WHERE { ?s cev:start ?n }"))
    assert found.verified == len(spans) > 80


def test_every_check_query_has_a_change_that_breaks_it() -> None:
    assert set(QUERIES) == {path.stem for path in (ROOT / "queries").glob("*.rq") if "#+ kind: check" in path.read_text()}


def test_every_rule_in_code_has_a_change_that_breaks_it() -> None:
    texts = "".join((ROOT / "kgtools" / "check" / f"{name}.py").read_text(encoding="utf-8") for name in ("files", "passages"))
    named = set(re.findall(r'"([a-z-]+)",?\s*\)', texts)) & set(re.findall(r'"([a-z]+(?:-[a-z]+)*)"', texts))
    assert {"blank-node", "layout", *CODE} <= named


@pytest.mark.parametrize("name", QUERIES)
def test_a_change_breaks_only_its_check_query(copy: Copy, name: str) -> None:
    QUERIES[name](copy)
    copy.tidy()
    found = report(copy)
    assert {finding.rule for finding in found.findings} == {name}
    assert found.good == all(finding.severity == "warning" for finding in found.findings)
    assert all(finding.what and finding.cure and ": " not in finding.where for finding in found.findings)


@pytest.mark.parametrize("name", CODE)
def test_a_change_breaks_only_its_rule_in_code(copy: Copy, name: str) -> None:
    CODE[name](copy)
    copy.tidy()
    assert rules(copy) == {name}


def test_a_blank_node_is_named_by_its_line_and_the_other_checks_go_on(copy: Copy) -> None:
    line = len(copy.path(PUMP_HOUSE).read_text(encoding="utf-8").splitlines()) + 2
    copy.append(PUMP_HOUSE, f'claim:{P}-010 cev:scope "[ ( _:no"@en ; cev:cause [ a skos:Concept ] . # [')
    copy.append("craft.ttl", "# a remark")
    found = report(copy).findings
    assert {finding.where for finding in found if finding.rule == "blank-node"} == {f"{PUMP_HOUSE}, line {line}"}
    assert [finding.where for finding in found if finding.rule == "layout"] == ["craft.ttl"]
    hangs = f"{PUMP_HOUSE} claim:{P}-010 cev:cause, a blank node"
    assert {finding.where for finding in found if finding.rule == "concept-label"} == {hangs}


@pytest.mark.parametrize(
    "block", [f"claim:{P}-003 cev:explains [ a cev:Incident ] .", f"action:{P}-001 cev:statedReason [ a cev:Statement ] ."]
)
def test_a_finding_about_a_blank_node_says_what_is_wrong(copy: Copy, block: str) -> None:
    copy.append(PUMP_HOUSE, block)
    found = report(copy).findings
    assert found and all(finding.what for finding in found)


@pytest.mark.parametrize("block", ["[] a cev:Claim .", "_:one a cev:Claim ; cev:entails _:one ."])
def test_a_blank_node_that_hangs_on_nothing_is_named_by_its_file_the_same_way_every_time(copy: Copy, block: str) -> None:
    copy.append(PUMP_HOUSE, block)
    found = [finding.line() for finding in report(copy).findings]
    assert found == [finding.line() for finding in report(copy).findings]
    assert any(line.startswith(f"{PUMP_HOUSE} a blank node: is claimed by nobody") for line in found)


@pytest.mark.parametrize("change", ["\n", "# a remark\n", "@prefix other: <https://example.org/other/> .\n"])
def test_another_layout_is_named_by_its_file(copy: Copy, change: str) -> None:
    copy.append("craft.ttl", change)
    assert [finding.line() for finding in report(copy).findings] == [
        "craft.ttl: is not in the canonical layout: run `kgtools fmt`"
    ]  # fmt: skip


def test_carriage_returns_are_another_layout(copy: Copy) -> None:
    path = copy.path("craft.ttl")
    path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))
    assert rules(copy) == {"layout"}


def test_a_subject_of_no_data_prefix_has_no_home(copy: Copy) -> None:
    copy.append("craft.ttl", '<https://other.example/x> a cev:Craft ; rdfs:label "x"@en ; cev:kind craftkind:pump .')
    copy.tidy()
    assert rules(copy) == {"home"}


def test_a_subject_in_two_files_is_told_where_its_home_is(copy: Copy) -> None:
    copy.append("context.ttl", f"<{CRAFT}pump-2> cev:possiblySameAs <{CRAFT}lock-gate> .")
    copy.tidy()
    lines = [finding.line() for finding in report(copy).findings if finding.rule == "home"]
    assert lines == ["context.ttl craft:pump-2: has its home in craft.ttl: describe it there and only there"]


def test_a_broken_shape_is_named_with_node_fault_and_cure(copy: Copy) -> None:
    copy.edit(PUMP_HOUSE, f"assertion:{P}-054", "    cev:hedge hedge:certain ;\n", "")
    found = report(copy).findings
    assert [finding.rule for finding in found] == ["assertion-hedge"]
    assert found[0].where == f"{PUMP_HOUSE} assertion:{P}-054" and found[0].cure != "mend it"


def test_a_passage_that_does_not_match_is_named_with_both_digests(copy: Copy) -> None:
    CODE["passage"](copy)
    (finding,) = report(copy).findings
    text = (copy.folder / DOCUMENT).read_text(encoding="utf-8")
    digest = hashlib.sha256(text[1330:1367].encode()).hexdigest()
    assert finding.where == f"{PUMP_HOUSE} passage:{P}-018"
    expected = digest.replace("b8ad401c", "b8ad401d")
    assert finding.what == f"clippings-2019.txt has another text there: expected SHA-256 {expected}, found {digest}"


def test_a_passage_that_leaves_the_text_is_a_finding(copy: Copy) -> None:
    copy.edit(PUMP_HOUSE, f"passage:{P}-018", "cev:end 1367", "cev:end 99999")
    found = [finding for finding in report(copy).findings if finding.rule == "passage"]
    assert [finding.what for finding in found] == ["1330 to 99999 is not a stretch of a text of 4610 code points"]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("cev:length 4610", "cev:length 4611"),
        ("1e88fbf0871f85ec812f243435501d530612f57cda1d6cf2ec1f2edfb2c82d13", "0" * 64),
        ("0c38ef2d4da119a21a62c0ff2274a3588ab25700198c12a3e968fc7bec7fc800", "0" * 64),
    ],
)
def test_each_number_of_a_document_is_verified(copy: Copy, old: str, new: str) -> None:
    copy.edit("documents.ttl", "document:clippings-2019", old, new)
    assert rules(copy) == {"document"}


def test_a_changed_letter_in_a_document_is_detected_and_located(copy: Copy) -> None:
    path = copy.folder / DOCUMENT
    raw = path.read_bytes()
    assert raw.count(b"about 1.8 m") == 1
    path.write_bytes(raw.replace(b"about 1.8 m", b"about 1.9 m"))
    found = report(copy).findings
    assert {finding.rule for finding in found} == {"document", "passage"}
    assert {finding.where for finding in found if finding.rule == "passage"} == {f"{PUMP_HOUSE} passage:{P}-018"}


def test_other_line_ends_change_the_raw_digest_and_no_passage(copy: Copy) -> None:
    path = copy.folder / DOCUMENT
    path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))
    found = report(copy).findings
    assert [finding.what.split(" of ")[0] for finding in found] == ["raw SHA-256"]


def test_a_document_that_is_not_at_hand_is_said_plainly_and_is_no_failure(copy: Copy) -> None:
    (copy.folder / DOCUMENT).unlink()
    found = report(copy)
    assert found.good and found.findings == [] and found.verified == 0
    assert len(found.unverified) == 1
    assert re.fullmatch(r"clippings-2019\.txt is not at hand: \d\d spans could not be verified", found.unverified[0])


def test_a_document_that_is_not_utf8_stops_the_check(copy: Copy) -> None:
    (copy.folder / DOCUMENT).write_bytes(b"\xff")
    with pytest.raises(Fault, match=r"clippings-2019\.txt: byte 0 is not UTF-8"):
        report(copy)


def test_a_document_of_the_folder_that_was_named_is_taken(copy: Copy, tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    (copy.folder / "documents").rename(elsewhere)
    import kgtools

    assert check.run(kgtools.open(copy.folder, elsewhere)).verified > 80


def test_the_words_of_a_search_record_are_found_in_any_case_and_counted(copy: Copy) -> None:
    CODE["search-record"](copy)
    copy.tidy()
    (finding,) = report(copy).findings
    assert finding.line() == (
        f"{PUMP_HOUSE} search:{P}-001: 'BUY your tide tables' stands in document:clippings-2019 1 times:"
        " read those places, and record what they say"
    )


def test_a_sentence_without_account_is_shown_with_its_line(copy: Copy) -> None:
    CODE["coverage"](copy)
    copy.tidy()
    (finding,) = report(copy).findings
    assert finding.where == "clippings-2019.txt, line 63"
    assert finding.what == "'The choir sings on Sunday.' is neither covered by passages nor set aside"


def test_findings_are_sorted_and_each_is_said_once(copy: Copy) -> None:
    for change in (*CODE.values(), QUERIES["check-unasserted-claims"]):
        change(copy)
    found = report(copy).findings
    assert found == sorted(set(found)) and {finding.rule for finding in found} >= {*CODE, "layout"} - {"passage-lines"}


def test_withdrawn_records_are_checked_too_where_asked_for(copy: Copy) -> None:
    import kgtools

    assert check.run(kgtools.open(copy.folder, withdrawn=True)).findings == []


def test_the_lines_of_many_blank_nodes_are_counted_once() -> None:
    # Were each counted from the beginning, this would take a quarter of an hour.
    text = '<urn:a> <urn:b> "some words that make a line as long as lines are, and then a few more of them" , _:b .\n'
    assert files._blank_lines("\n" + 200_000 * text) == list(range(2, 200_002))


def test_a_text_in_single_quotes_does_not_hide_the_blank_node_behind_it() -> None:
    assert files._blank_lines("<urn:a> <urn:b> 'a [' ,\n 'b' , [] , '_:c' .") == [2]
