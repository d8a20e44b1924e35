"""Validating a graph in shares of its files: texts are read as a parser reads them, and shares find what the whole does."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import graphs
import pytest
from conftest import PUMP_HOUSE, Copy
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

pytest.importorskip("pyshacl")

from kgtools.chains import TYPE
from kgtools.check import engines, shapes, shares
from kgtools.check.engines import Reference, Result, fast_at_hand
from kgtools.check.shares import fitting, told
from kgtools.check.validation import Shapes, Way
from kgtools.faults import Fault, Finding
from kgtools.reading import beside
from kgtools.reading.text import Names, Text
from kgtools.space import Space
from kgtools.turtle import IRI, Blank, Term, Triple, parse_text, serialise, write

FAST = pytest.mark.skipif(not fast_at_hand(), reason="the extra 'fast' is not there")
SETTINGS = settings(
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much, HealthCheck.function_scoped_fixture],
)
G = "https://example.org/g/"
PREFIXES = {"": G, "g": "https://example.org/other/", "xsd": "http://www.w3.org/2001/XMLSchema#"}
HEAD = "".join(f"@prefix {name}: <{space}> .\n" for name, space in PREFIXES.items())
WAY = Way(engine="fast", workers=2)


def names(*inverse: str) -> Names:
    return Names(PREFIXES, inverse)


node = st.sampled_from([":a", ":b-1", ":c.d", "g:a", f"<{G}a>", f"<{G}a/b>", "<urn:x:1>", "<https://example.org/g>"])
words = st.text(st.sampled_from('ab ,;.\\"<>#@^:\n\u00e9\U0001f600'), max_size=8)
value = st.one_of(
    node, st.sampled_from(["1", "-2.5", "true", '"1"^^xsd:decimal', '"x"^^g:kind', '"x"^^<urn:x:kind>', '"x"@en-GB']),
    words.map(lambda one: '"' + re.sub(r'(["\\])', r"\\\1", one).replace("\n", "\\n") + '"'),
)  # fmt: skip
line = st.builds(
    lambda s, said: s + " " + " ;\n    ".join(f"{p} {' , '.join(os)}" for p, os in said) + " .\n",
    node, st.lists(st.tuples(st.one_of(node, st.just("a")), st.lists(value, min_size=1, max_size=3)), min_size=1, max_size=3),
)  # fmt: skip
text = st.lists(line, max_size=5).map(lambda lines: HEAD + "\n" + "\n".join(lines))


PIECES = [
    "", " ", "\n", "    ", ".", ";", ",", '"', "'", '"""', "<", ">", "[", "]", "(", ")", "_:b", "# ", "\\", "@", "a", ":z",
    " .\n", " ;\n", "@prefix : <urn:y:> .\n", "PREFIX z: <urn:y:>\n", "@base <urn:y:> .\n", "<rel>", "z:a", "\r", "\t", "^^",
    "{", "%", "\u00a0", "+5", "+5.", ".:z", ":.:z", "-", "true", "1e5", "x",
]  # fmt: skip


def agrees(raw: str) -> bool:
    """Say whether a text is read off; what is then said of it has to be what a parser reads, if it is Turtle."""
    given = names(f"{G}a")
    found = Text.read("file", raw.encode(), given)
    try:
        triples = parse_text(raw, "file")
    except Fault:
        return found is not None
    if found is None:
        return False
    subjects = {given.of(t.subject) for t in triples}
    assert not any(isinstance(one, Blank) for t in triples for one in (t.subject, t.object))
    assert found.subjects == subjects
    objects = {given.of(t.object) for t in triples if isinstance(t.object, IRI)} - subjects
    properties = {given.of(t.predicate) for t in triples} - subjects
    kind = {given.of(TYPE)}  # as a property it may be written as a word that is no name
    assert objects <= found.others and found.others - kind == (objects | properties) - kind
    pointing = {(given.of(t.subject), given.of(t.object)) for t in triples if t.predicate.value == f"{G}a"}
    assert {pair for pair in pointing if pair[1]} <= set(found.points)
    for name in subjects:
        about = parse_text(found.head.decode() + "\n".join(one.decode() for one in found.about(name, given)), "part")
        assert set(about) == {t for t in triples if given.of(t.subject) == name}
    return True


@settings(SETTINGS, max_examples=60)
@given(text)
def test_what_is_read_off_a_text_is_what_a_parser_reads(raw: str) -> None:
    assert agrees(raw)


@settings(SETTINGS, max_examples=150)
@given(text, st.integers(0, 10_000), st.integers(0, 3), st.sampled_from(PIECES))
def test_a_text_that_is_changed_anywhere_is_read_as_a_parser_reads_it_or_left_to_it(
    raw: str, place: int, gone: int, put: str
) -> None:
    place %= len(raw)
    agrees(raw[:place] + put + raw[place + gone :])


@settings(SETTINGS, max_examples=30)
@given(text)
def test_what_is_written_is_read_off(raw: str) -> None:
    try:
        triples = parse_text(raw, "file")
    except Fault:
        assume(False)
    assert agrees(write(triples, PREFIXES)) or "\\" in write(triples, PREFIXES)
    made = Text.made("file", triples, names())
    assert made and agrees(made.raw.decode()) and set(parse_text(made.raw, "file")) == set(triples)


@pytest.mark.parametrize("body", [":b :a :c ;\n", "    :a :c .\n", ":b :a :c .\n    :a :d .\n", ":b :a :c ;\n:d :a :c .\n"])
def test_a_text_whose_statements_do_not_begin_or_end_is_left_to_a_parser(body: str) -> None:
    assert Text.read("file", (HEAD + "\n" + body).encode(), names(f"{G}a")) is None


def test_a_long_word_in_a_text_of_another_layout_is_looked_at_once() -> None:
    # Were it read anew from each of its letters, this would take hours.
    assert Text.read("file", (HEAD + "\n:b :a '" + "x" * 3_000_000 + "' .\n").encode(), names()) is None


def test_prefixes_under_which_an_iri_has_two_names_are_not_read_by_name() -> None:
    assert names().clear
    assert not Names({"one": G, "two": f"{G}a"}, ()).clear and not Names({"one": G, "two": G}, ()).clear
    assert Names({"one": G, "two": f"{G}a/"}, ()).clear


def shared(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have every file in a share of its own, and nothing kept."""
    monkeypatch.setattr(shares, "_SIZE", 1)
    monkeypatch.setenv("KGTOOLS_CACHE", "off")


def found(given: Shapes, files: list[list[str]], base: list[Triple]) -> set[tuple[str, ...]]:
    """Return what shares find in files of statements, each result once."""
    raw = {
        f"{number}.ttl": f"@prefix : <{G}> .\n@prefix xsd: <{PREFIXES['xsd']}> .\n\n" + "".join(f"{one}\n" for one in lines)
        for number, lines in enumerate(files)
    }
    spelt = Names({"": G, "rdfs": "http://www.w3.org/2000/01/rdf-schema#", "xsd": PREFIXES["xsd"]}, given.sight.inverse())
    whole = shares.texts({name: one.encode() for name, one in raw.items()}, spelt, given.sight, base, True)
    assert whole
    told_all = list(told(given, whole, serialise(base, "ntriples"), WAY))
    focus = [node for one in told_all for node in {result.focus for result in one.results}]
    assert len(set(focus)) == len(focus)
    assert not any(one.disputed for one in told_all)
    return {result.key for one in told_all for result in one.results}


def same(text: str, files: list[list[str]]) -> None:
    # What has a name, or is an object, as a target is for cuts.
    text = re.sub(r"sh:targetNode :n\d", "sh:targetClass :C0", text).replace("sh:targetObjectsOf", "sh:targetSubjectsOf")
    given = Shapes(graphs.triples(text))
    assume(fitting(given, WAY))
    assume("sh:lessThan" not in text and not re.search(r"inversePath [(\[]", text))  # see test_engines
    base = graphs.triples(graphs.TREE)
    everything = [*base, *graphs.triples("\n".join(one for lines in files for one in lines))]
    assert found(given, files, base) == {result.key for result in Reference(given.triples).results(everything)}


several = st.lists(st.lists(graphs.statement, max_size=8, unique=True), min_size=2, max_size=4)


@FAST
@settings(SETTINGS, max_examples=30)
@given(graphs.shapes, several)
def test_shares_find_what_pyshacl_finds_in_the_whole(
    monkeypatch: pytest.MonkeyPatch, text: str, files: list[list[str]]
) -> None:
    shared(monkeypatch)
    same(text, files)


@FAST
@pytest.mark.slow
@settings(SETTINGS, max_examples=3000)
@given(graphs.shapes, several)
def test_shares_find_what_pyshacl_finds_in_many_wholes(
    monkeypatch: pytest.MonkeyPatch, text: str, files: list[list[str]]
) -> None:
    shared(monkeypatch)
    same(text, files)


def broken(copy: Copy) -> Space:
    """Return the invented case with faults of which two are seen from another file only, and a withdrawn claim."""
    copy.edit(PUMP_HOUSE, "claim:pump-house-2019-010", "cev:topic ", "cev:hedge hedge:certain ; cev:topic ")
    copy.edit("craft.ttl", "craft:valve-7", "cev:Craft", "cev:Consequence")
    copy.edit("agents.ttl", "agent:courier", " a prov:Organization", " a cev:Craft")
    withdrawn = 'cev:withdrawnOn "2026-01-02"^^xsd:date ; cev:topic '
    copy.edit("incidents/lock-gate-2019.ttl", "claim:lock-gate-2019-003", "cev:topic ", withdrawn)
    copy.tidy()
    return copy.space


def findings(space: Space, engine: str = "fast") -> list[Finding]:
    return sorted(set(shapes.findings(space, way=Way(engine=engine, workers=2))))


@FAST
@pytest.mark.slow
def test_a_workspace_has_the_same_findings_in_shares_dossier_by_dossier_and_cut_down_to_a_day(
    copy: Copy, monkeypatch: pytest.MonkeyPatch
) -> None:
    shared(monkeypatch)
    space = broken(copy)
    listed = findings(space)
    assert listed == findings(space, "pyshacl") and {one.where.split()[0] for one in listed} >= {PUMP_HOUSE, "craft.ttl"}
    asked = Space(space.workspace, withdrawn=True)
    assert findings(asked) == findings(asked, "pyshacl") != listed
    cut = space.as_of("2019-03-01")
    assert cut.as_read() is None and findings(cut) == findings(cut, "pyshacl") != listed


@FAST
@pytest.mark.slow
def test_a_graph_with_a_blank_node_goes_to_pyshacl_by_cuts(copy: Copy, monkeypatch: pytest.MonkeyPatch) -> None:
    shared(monkeypatch)
    broken(copy)
    copy.append("craft.ttl", "[] a cev:Claim .")
    assert findings(copy.space) == findings(copy.space, "pyshacl") != []


@FAST
def test_what_is_no_turtle_is_named_by_its_place_though_it_was_read_as_text(
    copy: Copy, monkeypatch: pytest.MonkeyPatch
) -> None:
    shared(monkeypatch)
    copy.edit("craft.ttl", "craft:valve-7", '"@en', '"@e--n')
    assert Text.read("craft.ttl", (copy.folder / "graph/craft.ttl").read_bytes(), Names(copy.space.prefixes, ()))
    with pytest.raises(Fault, match=r"craft\.ttl, line \d+"):
        findings(copy.space)


@FAST
@pytest.mark.slow
def test_after_a_change_only_shares_that_see_it_are_validated_again(
    copy: Copy, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(shares, "_SIZE", 1)
    monkeypatch.setenv("KGTOOLS_CACHE", str(tmp_path / "kept"))
    worked: list[str] = []
    claimed = engines.Engine.claimed

    def watched(engine: engines.Engine, data: bytes | str, own: Callable[[Term], bool]) -> list[Result]:
        worked.append(str(data))
        return claimed(engine, data, own)

    monkeypatch.setattr(engines.Engine, "claimed", watched)
    first = findings(broken(copy))
    assert len(worked) > 3
    worked.clear()
    assert findings(copy.space) == first and not worked
    copy.edit(PUMP_HOUSE, "assertion:pump-house-2019-021", "force:disputes", "force:questions")
    assert findings(copy.space) == first and len(worked) == 1
    worked.clear()
    # Who names a craft sees its class, and no more of it.
    copy.edit("craft.ttl", "craft:valve-7", '"@en', ' again"@en')
    copy.edit("craft.ttl", "craft:valve-7", "cev:Consequence", "cev:Craft")
    assert len(findings(copy.space)) < len(first) and 1 < len(worked) < 8


@pytest.mark.parametrize("dying", [False, True])
def test_files_are_read_the_same_with_the_help_of_other_processes_and_should_these_die(
    example: Space, monkeypatch: pytest.MonkeyPatch, dying: bool
) -> None:
    raw, given = example.as_read(), Names(example.prefixes, shapes.model().sight.inverse())
    assert raw
    alone = beside.read(raw, given, 1)
    assert all(alone)
    monkeypatch.setattr(beside, "_WORTH", 0)
    monkeypatch.setattr(beside, "_BATCH", 2_000)
    if dying:
        monkeypatch.setattr(beside, "_PACKAGES", "/nonexistent")
    assert beside.read(raw, given, 3) == alone
