"""Findings of bulk work: those of `kgtools check`, wherever documents, passages and what points at them are described."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from bulking import run
from conftest import EXAMPLE, PUMP_HOUSE, ROOT, Call, Copy
from hypothesis import given, settings
from hypothesis import strategies as st

import kgtools
from kgtools import check
from kgtools.archive import Text, sha256
from kgtools.bulk import Report, bulk, whole
from kgtools.bulk.exchange import Exchange
from kgtools.bulk.outline import outline
from kgtools.bulk.passages import tasks, verify
from kgtools.bulk.run import setting_of
from kgtools.check import passages, questions, rules
from kgtools.check.validation import Way

LOCK_GATE = "incidents/lock-gate-2019.ttl"
WAY = Way("pyshacl", 1)


def faulty(copy: Copy) -> None:
    """Break rules of every kind: of files, shapes, passages and searches, check queries and questions."""
    copy.replace("agents.ttl", "Ostrand water board", "Ostrand  water board")
    text = copy.path(PUMP_HOUSE).read_text(encoding="utf-8")
    text = re.sub(r"(?m)^( +\S+) agent:", r"\1 agent:no-", text, count=1)
    text = text.replace("hedge:possible ;", "hedge:unheard-of ;", 1).replace('"2019-02-04"', '"2019-13-04"', 1)
    text = text.replace("cev:end 233 ;", "cev:end 234 ;", 1).replace("cev:firstLine 6 ;", "cev:firstLine 7 ;", 1)
    text = text.replace("cev:end 470 ;", "cev:end 415 ;", 1)
    copy.path(PUMP_HOUSE).write_text(text, encoding="utf-8")
    copy.append(PUMP_HOUSE, "agent:astray a cev:Nothing ; cev:hedge agent:ghost .\n[] cev:hedge [ cev:cue agent:ghost ] .")
    passage = copy.subject(PUMP_HOUSE, "passage:pump-house-2019-004")
    copy.replace(PUMP_HOUSE, passage, "")  # described away from home, used from there
    copy.append(LOCK_GATE, passage.replace("cev:end 1106", "cev:end 1107"))
    copy.append(LOCK_GATE, "claim:pump-house-2019-900 a cev:Claim ; cev:topic topic:cause .")
    words = 'cev:searched document:clippings-2019 ; cev:searchedFor "water" ; cev:searchedOn "2026-11-20"^^xsd:date'
    copy.append(PUMP_HOUSE, f'search:lock-gate-2019-901 a cev:SearchRecord ; rdfs:label "water"@en ; {words} .')
    copy.replace("documents.ttl", "cev:fileName", 'cev:holds source:nothing ; cev:fileName "missing.txt" ; cev:fileName')
    for old, new in (("date=2019-01-09", "date=2019-99-09"), ('cev:query "allegations"', 'cev:query "allegation"')):
        copy.replace("questions.ttl", old, new)


def same(found: Report, expected: check.Report) -> None:
    assert found.findings == expected.findings
    assert (found.verified, list(found.unverified)) == (expected.verified, sorted(expected.unverified))


@pytest.mark.slow
@pytest.mark.parametrize("held", [pytest.param(whole.IN_MEMORY, id="memory"), pytest.param(0, id="disk")])
def test_findings_are_those_of_one_process(held: int, copy: Copy, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(whole, "IN_MEMORY", held)
    faulty(copy)
    found = run(copy.folder, tmp_path, fast=False)
    same(found, check.run(copy.space, way=WAY))
    assert {"layout", "date", "home", "blank-node", "passage", "passage-lines", "coverage", "search-record", "question"} <= {
        one.rule for one in found.findings
    }
    assert {one.rule for one in found.findings} & {"check-unasserted-claims", "check-dangling-references"}
    told = json.loads((tmp_path / "findings.json").read_bytes())
    assert told["findings"] == [one.record() for one in found.findings]
    assert (told["good"], told["spansVerified"], told["unverified"]) == (False, found.verified, list(found.unverified))
    assert not (tmp_path / "whole.store").exists()


@pytest.mark.slow
def test_withdrawn_records_break_no_rule_unless_asked_for(copy: Copy, tmp_path: Path) -> None:
    passage = copy.subject(PUMP_HOUSE, "passage:pump-house-2019-004")
    copy.replace(PUMP_HOUSE, passage, passage.replace("cev:end 1106", "cev:end 1107"))
    copy.append(LOCK_GATE, 'passage:pump-house-2019-004 cev:withdrawnOn "2020-01-01"^^xsd:date .')
    found = run(copy.folder, tmp_path / "out", fast=False)
    same(found, check.run(copy.space, way=WAY))
    assert "passage" not in {one.rule for one in found.findings}
    shown = run(copy.folder, tmp_path / "shown", fast=False, withdrawn=True)
    assert "passage" in {one.rule for one in shown.findings}


def test_check_queries_are_left_out_where_that_is_asked_for(copy: Copy, tmp_path: Path, call: Call) -> None:
    copy.append(PUMP_HOUSE, "claim:pump-house-2019-900 a cev:Claim ; cev:topic topic:cause .")
    said = call("bulk", copy.folder, "-o", tmp_path, "--no-queries")
    assert said.code == 1
    assert "kgtools query check-" in said.err
    rules = {one["rule"] for one in json.loads((tmp_path / "findings.json").read_bytes())["findings"]}
    assert rules and not [name for name in rules if name.startswith("check-")]
    assert json.loads((tmp_path / "manifest.json").read_bytes())["checkQueries"] is False


def test_documents_lie_where_the_call_says(copy: Copy, tmp_path: Path, call: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    shutil.move(copy.folder / "documents", tmp_path / "elsewhere")
    said = call("bulk", copy.folder, "-o", tmp_path / "out", "--no-queries")
    assert "not verified: clippings-2019.txt is not at hand" in said.err
    said = call("bulk", copy.folder, "-o", tmp_path / "out", "--no-queries", "--documents", tmp_path / "elsewhere")
    assert "84 spans verified" in said.out
    monkeypatch.setenv("KGTOOLS_DOCUMENTS", str(tmp_path / "nowhere"))
    assert call("bulk", copy.folder, "-o", tmp_path / "out").code == 2


@pytest.mark.slow
def test_findings_on_the_shipped_graph_are_those_of_one_process(documents: Path | None, tmp_path: Path) -> None:
    found = bulk(setting_of(str(ROOT), str(tmp_path), documents=str(documents) if documents else None))
    same(found, check.run(kgtools.open(ROOT, documents)))
    assert bool(found.verified) == bool(documents)


# Wherever it is described

TEXT = "The water rose. Nobody knew why.\nThe pump stood still, it says. A valve was open.\n"
SPANS = {"passage:a-001": (0, 15), "passage:a-002": (16, 32), "passage:b-001": (33, 63), "setaside:b-001": (64, 81)}


def said() -> Iterator[tuple[str, str, str]]:
    """Yield subject, predicate and object, in Turtle, of two documents that hold the same text, spans in them and searches."""
    text = Text(TEXT)
    for number, document in enumerate(("document:a-001", "document:shared")):
        yield document, "a", "cev:Document"
        yield document, "cev:fileName", f'"{number}.txt"'
        yield document, "cev:rawSha256", f'"{sha256(TEXT)}"'
        yield document, "schema:sha256", f'"{sha256(TEXT)}"'
        yield document, "cev:length", str(len(TEXT) + number)
        yield document, "cev:lines", "2"
    for number, (name, (start, end)) in enumerate(SPANS.items()):
        span = text.span(start, end)
        yield name, "oa:hasSource", ("document:a-001", "document:shared")[number % 2]
        yield name, "cev:start", str(start)
        yield name, "cev:end", str(end)
        yield name, "cev:firstLine", str(span.first_line)
        yield name, "cev:lastLine", str(span.last_line + number % 2)  # wrong in some
        yield name, "schema:sha256", f'"{span.digest}"'
        yield name, "rdfs:label", '"a span"@en'
        if name.startswith("passage"):
            yield f"assertion:{'cab'[number % 3]}-00{number}", ("cev:foundIn", "cev:attributedBy")[number % 2], name
    yield "setaside:b-001", "cev:because", "reason:layout"
    yield "search:c-001", "a", "cev:SearchRecord"
    yield "search:c-001", "cev:searched", "document:a-001"
    yield "search:c-001", "cev:searchedFor", '"pump"'
    yield "passage:b-001", "cev:withdrawnOn", '"2020-01-01"^^xsd:date'


SAID = list(said())
FILES = {"a": "incidents/a.ttl", "b": "incidents/b.ttl", "c": "incidents/c.ttl", "d": "documents.ttl"}


@pytest.mark.slow
@settings(deadline=None, max_examples=60)
@given(places=st.lists(st.sampled_from("hhhhhhhhhhhabcd-"), min_size=len(SAID), max_size=len(SAID)))
def test_wherever_documents_and_passages_are_described_the_same_is_found(
    places: list[str], tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("law")
    write(folder / "w", places)
    setting = setting_of(str(folder / "w"), str(folder / "out"), validate=False)
    records = bulk(setting).records
    outlines = [outline(setting.save(), name) for name in setting.names]
    exchange = Exchange(setting.workspace.home)
    exchange.take(outlines)
    verified = [verify(setting.save(), task) for task in tasks(outlines, exchange.where)]
    space = kgtools.open(folder / "w")
    expected = passages.verify(space)
    assert sorted(one for part in verified for one in part.findings) == sorted(expected.findings)
    assert sorted(one for part in verified for one in part.unverified) == sorted(expected.unverified)
    assert sum(part.count for part in verified) == expected.count
    found = whole.findings(setting, records, exchange.where)
    assert sorted(found) == sorted(rules.findings(space) + questions.findings(space))
    shutil.rmtree(folder)


def write(folder: Path, places: list[str]) -> None:
    """Write a workspace with each statement in its home (h), another file, or none (-); one document is not at hand."""
    (folder / "graph" / "incidents").mkdir(parents=True)
    (folder / "documents").mkdir()
    (folder / "documents" / "0.txt").write_text(TEXT, encoding="utf-8")
    if places[0] != "-":
        (folder / "documents" / "1.txt").write_text(TEXT, encoding="utf-8")
    shutil.copy(EXAMPLE / "graph" / "workspace.ttl", folder / "graph")
    prefixes = kgtools.open(EXAMPLE).prefixes
    head = "".join(f"@prefix {name}: <{value}> .\n" for name, value in prefixes.items())
    for key, file in FILES.items():
        own = [one for one, place in zip(SAID, places, strict=True) if place.replace("h", home(one)) == key]
        (folder / "graph" / file).write_text(head + "".join(f"{s} {p} {o} .\n" for s, p, o in own), encoding="utf-8")


def home(statement: tuple[str, str, str]) -> str:
    """Return the file for a statement: where its subject is at home, but for one that mostly stands elsewhere."""
    subject, predicate, _ = statement
    if (subject, predicate) == ("passage:a-002", "rdfs:label"):
        return "c"
    return "d" if subject == "document:shared" else subject.partition(":")[2][0]
