"""Turtle: the place of a fault, and the one layout."""

from __future__ import annotations

import random
from pathlib import Path

import pytest
from conftest import EXAMPLE, ROOT
from hypothesis import given
from hypothesis import strategies as st

from kgtools import vocab
from kgtools.faults import Fault
from kgtools.turtle import IRI, Literal, Quad, Triple, parse_file, parse_text, serialise, write
from kgtools.workspace import Workspace

EX = "https://example.org/"
PREFIXES = {"xsd": vocab.XSD, "rdf": vocab.RDF, "rdfs": vocab.PREFIXES["rdfs"], "ex": EX, "exa": EX + "a/", "q": EX + "q#"}
HEAD = f"@prefix ex: <{EX}> .\n"


def parsed(text: str) -> set[Triple]:
    return set(parse_text(text, "test"))


@pytest.mark.parametrize(
    ("text", "line", "column"),
    [
        ("ex:a ex:b ex:c", 2, None),
        ("ex:a ex:b .", 2, 11),
        ("ex:a ex:b 'open\n", 2, 11),
        ("\n\nex:a ex:b ex:c ]", 4, 16),
        ("ex:a ex:b <not closed .", 2, None),
        ("ex:a ex:b 1.2.3e .", 2, None),
    ],
)
def test_a_fault_of_syntax_names_file_line_and_column(text: str, line: int, column: int | None) -> None:
    with pytest.raises(Fault) as caught:
        parse_text(HEAD + text, "case.ttl")
    where = f"case.ttl, line {line}, column {column or ''}"
    assert caught.value.where.startswith(where)
    assert caught.value.what and caught.value.cure
    assert "\n" not in str(caught.value)


def test_an_undeclared_prefix_is_named_with_its_place() -> None:
    with pytest.raises(Fault) as caught:
        parse_text(HEAD + "ex:a ex:b ey:c .", "case.ttl")
    assert "ey" in caught.value.what and caught.value.where.startswith("case.ttl, line 2, column ")


def test_a_relative_iri_without_a_base_is_a_fault() -> None:
    with pytest.raises(Fault, match=r"case\.ttl, line 1"):
        parse_text("<a> <b> <c> .", "case.ttl")


def test_a_file_that_is_not_utf8_is_named_with_the_byte(tmp_path: Path) -> None:
    path = tmp_path / "case.ttl"
    path.write_bytes(HEAD.encode() + b'ex:a ex:b "\xe9" .')
    with pytest.raises(Fault, match=f"byte {len(HEAD) + 11} is not UTF-8"):
        parse_file(path)


@pytest.mark.parametrize("name", ["absent.ttl", "."])
def test_a_file_that_cannot_be_read_is_named(tmp_path: Path, name: str) -> None:
    with pytest.raises(Fault) as caught:
        parse_file(tmp_path / name)
    assert caught.value.where == str(tmp_path / name)


def test_the_layout_is_the_one_shown_here() -> None:
    text = """
      @prefix e: <https://example.org/> . @prefix unused: <https://example.org/unused/> .
      e:b e:p e:d, e:c ; a e:Thing ; <http://www.w3.org/2000/01/rdf-schema#label> "zwei"@de , "two"@en ; e:n 1.50 , 07 , true .
      e:a e:q "x", "a \\"quoted\\"\\nword" ; e:p <https://other.example/x> . e:a e:q "x" .
    """
    assert write(parsed(text), PREFIXES) == (
        """@prefix ex: <https://example.org/> .
@prefix rdf: <http://www.w3.org/1999/02/22-rdf-syntax-ns#> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .

ex:a ex:p <https://other.example/x> ;
    ex:q "a \\"quoted\\"\\nword" , "x" .

ex:b a ex:Thing ;
    rdfs:label "two"@en , "zwei"@de ;
    ex:n 07 , 1.50 , true ;
    ex:p ex:c , ex:d .
"""
    )


@pytest.mark.parametrize(
    "literal",
    ["1.50", "007", "-0", "+5", "1e3", "1.0E-5", "true", '"1"^^xsd:boolean', '"2019-01-09~"^^ex:date', '"05"^^xsd:date'],
)
def test_lexical_forms_are_kept_as_they_stand(literal: str) -> None:
    text = f"{HEAD}@prefix xsd: <{vocab.XSD}> .\nex:a ex:p {literal} ."
    written = write(parsed(text), PREFIXES)
    assert parsed(written) == parsed(text)
    assert f"ex:a ex:p {literal} ." in written


LOCAL = st.text(st.sampled_from("abcZ019-_.:/%é~"), max_size=6).map(lambda text: text.replace("%", "%41"))
NODES = st.builds(lambda space, local: IRI(space + local), st.sampled_from([EX, EX + "a/", EX + "q#"]), LOCAL)
TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
LITERALS = st.one_of(
    st.builds(Literal, TEXTS),
    st.builds(lambda text, tag: Literal(text, language=tag), TEXTS, st.sampled_from(["en", "de-ch", "x-a"])),
    st.builds(
        lambda text, kind: Literal(text, datatype=IRI(kind)),
        st.one_of(TEXTS, st.sampled_from(["1.50", "01", "1", "true", "1e0", "-0.0", "", "1."])),
        st.sampled_from([vocab.XSD + name for name in ("decimal", "integer", "boolean", "double", "date")] + [EX + "edtf"]),
    ),
)
TRIPLES = st.lists(st.builds(Triple, NODES, NODES, st.one_of(NODES, LITERALS)), max_size=12)


@given(TRIPLES)
def test_written_and_parsed_again_the_triples_are_the_same(triples: list[Triple]) -> None:
    assert parsed(write(triples, PREFIXES)) == set(triples)


@given(TRIPLES)
def test_writing_twice_is_writing_once(triples: list[Triple]) -> None:
    once = write(triples, PREFIXES)
    assert write(parse_text(once, "test"), PREFIXES) == once
    assert "\r" not in once and once.endswith("\n")


@given(TRIPLES, st.randoms(use_true_random=False))
def test_any_order_of_the_triples_gives_the_same_text(triples: list[Triple], order: random.Random) -> None:
    shuffled = [*triples, *triples[:2]]
    order.shuffle(shuffled)
    assert write(shuffled, PREFIXES) == write(triples, PREFIXES)


@pytest.mark.parametrize("path", sorted((EXAMPLE / "graph").rglob("*.ttl")), ids=lambda path: path.stem)
def test_the_files_of_the_invented_case_stand_in_the_one_layout(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    triples = parse_file(path)
    random.Random(7).shuffle(triples)
    assert write(triples, Workspace.find(EXAMPLE).prefixes) == text


@pytest.mark.parametrize("path", sorted((ROOT / "ontology").glob("*.ttl")), ids=lambda path: path.stem)
def test_the_files_of_the_vocabulary_can_be_parsed(path: Path) -> None:
    assert parse_file(path)


@pytest.mark.parametrize("form", ["trig", "nquads", "jsonld", "turtle", "ntriples", "rdfxml"])
def test_every_format_writes_what_it_is_given(form: str) -> None:
    triple = Triple(IRI(EX + "a"), IRI(EX + "p"), Literal("1.50", datatype=IRI(vocab.XSD + "decimal")))
    quad = Quad(triple.subject, triple.predicate, triple.object, IRI(EX + "g"))
    given: list[Quad] | list[Triple] = [quad] if form in ("trig", "nquads", "jsonld") else [triple]
    data = serialise(given, form, PREFIXES).decode()
    assert "1.50" in data and ("example.org/g" in data or "ex:g" in data or form in ("turtle", "ntriples", "rdfxml"))
