"""Rules: each shape has a file in shapes/broken/ that breaks only it; the message says what is wrong and the cure.

A broken file describes one or a few subjects of shapes/base.ttl anew: all that the base says of them goes first.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from functools import cache
from pathlib import Path

import pytest

pytest.importorskip("pyshacl")

import pyshacl
from rdflib import OWL, RDF, RDFS, SH, BNode, Graph, Literal, Namespace, URIRef
from rdflib.collection import Collection
from rdflib.term import Node

CEV = Namespace("https://w3id.org/cev#")
SHAPE = Namespace("https://w3id.org/cev/shape/")
HERE = Path(__file__).parent / "shapes"
ONTOLOGY = Path(__file__).parents[1] / "ontology"
BROKEN = sorted((HERE / "broken").glob("*.ttl"))
TARGETS = (SH.targetClass, SH.targetSubjectsOf, SH.targetObjectsOf, SH.targetNode)

# Classes of the vocabulary that no record is given by a curator.
DERIVED_CLASSES = {CEV.MixedOrigins}
# Properties that are derived when loading, hence never in a file.
DERIVED = {
    *("earliest", "latest", "publicEarliest", "publicLatest", "side"),
    *("eventEarliest", "eventLatest", "curatedOn"),
    *("standing", "originStanding", "origin", "concerns", "inDossier"),
    *("chainDepth", "originsNamed", "hardensHedgeOf", "hardensForceOf"),
}

DATES = [
    *("2011", "2011~", "2011-02", "2011-02-01", "2011-02-01~", "2011-02-01T13:00Z", "2011-02-01T13:00:05+03:00"),
    *("2011/2012", "2011-02-01/2011-02-14~", "../2011-02", "2011-02-01/..", "2011~/.."),
]
NO_DATES = [
    *("", "11", "2011-2", "2011-13", "2011-00", "2011-02-32", "01.02.2011", "2011?", "2011~~", "..2011"),
    *("2011-02-01T13:00", "2011-02-01T24:00Z", "2011-02-01T13Z", "13:00Z", "2011-02-01T13:00+3", "2011-02-01Z"),
    *("/2011", "2011/", "..", "../..", "2011/2012/2013", "../2011/2012"),
]


@cache
def shapes() -> Graph:
    return Graph().parse(ONTOLOGY / "shapes.ttl")


@cache
def vocabulary() -> Graph:
    return Graph().parse(ONTOLOGY / "cev.ttl")


@cache
def base() -> tuple[tuple[Node, Node, Node], ...]:
    graph = Graph().parse(ONTOLOGY / "schemes.ttl").parse(HERE / "base.ttl")
    for triple in vocabulary().triples((None, RDFS.subClassOf, None)):
        graph.add(triple)
    return tuple(graph)


def replaced(file: Path) -> Graph:
    """Return the base with the subjects of a file described as the file says."""
    change = Graph().parse(file)
    subjects = set(change.subjects())
    graph = Graph()
    for triple in base():
        if triple[0] not in subjects:
            graph.add(triple)
    return graph + change


def reported(data: Graph) -> set[str]:
    """Return the local names of the shapes that a graph breaks."""
    _, report, _ = pyshacl.validate(data, shacl_graph=shapes(), advanced=False, inference="none", meta_shacl=False)
    return local_names({report.value(result, SH.sourceShape) for result in report.objects(None, SH.result)})


def local_names(nodes: Iterable[Node | None]) -> set[str]:
    return {str(node).removeprefix(SHAPE) for node in nodes}


def all_shapes() -> set[Node]:
    """Return every named shape, helpers included."""
    return {subject for kind in (SH.NodeShape, SH.PropertyShape) for subject in shapes().subjects(RDF.type, kind)}


def rules() -> set[Node]:
    """Return the shapes that have a target of their own, hence can be reported."""
    return {subject for target in TARGETS for subject in shapes().subjects(target, None)}


def permitted(shape: Node) -> set[Node]:
    """Return the properties that a closed shape lists."""
    head = shapes().value(shape, SH.ignoredProperties)
    return set(Collection(shapes(), head)) if head else set()


def pattern_of(shape: URIRef) -> re.Pattern[str]:
    return re.compile(str(shapes().value(shape, SH.pattern)))


def curated_properties() -> set[Node]:
    kinds = (OWL.ObjectProperty, OWL.DatatypeProperty)
    declared = {name for kind in kinds for name in vocabulary().subjects(RDF.type, kind)}
    return declared - {CEV[name] for name in DERIVED}


def test_the_base_breaks_no_shape() -> None:
    graph = Graph()
    for triple in base():
        graph.add(triple)
    assert reported(graph) == set()


@pytest.mark.parametrize("file", BROKEN, ids=lambda file: file.stem)
def test_a_broken_file_breaks_only_the_shape_of_its_name(file: Path) -> None:
    assert reported(replaced(file)) == {file.stem}


@pytest.mark.parametrize("file", BROKEN, ids=lambda file: file.stem)
def test_a_broken_file_opens_with_what_is_wrong(file: Path) -> None:
    assert re.fullmatch(r"# [A-Z].*\.", file.read_text(encoding="utf-8").splitlines()[0])


def test_every_shape_with_a_target_has_a_broken_file() -> None:
    assert {file.stem for file in BROKEN} == local_names(rules())


def test_every_shape_with_a_target_is_named_by_an_iri() -> None:
    assert not [shape for shape in rules() if isinstance(shape, BNode)]
    assert all(str(shape).startswith(SHAPE) for shape in all_shapes())


def test_every_property_shape_of_its_own_has_a_target() -> None:
    assert set(shapes().subjects(RDF.type, SH.PropertyShape)) <= rules()


def test_every_shape_has_one_english_name_and_one_english_message() -> None:
    for shape in all_shapes():
        for predicate in (SH.name, SH.message):
            found = list(shapes().objects(shape, predicate))
            assert [getattr(text, "language", None) for text in found] == ["en"], (shape, predicate)


@pytest.mark.parametrize("predicate", [SH.name, SH.message], ids=["name", "message"])
def test_no_two_shapes_share_a_name_or_a_message(predicate: URIRef) -> None:
    texts = Counter(str(text) for text in shapes().objects(None, predicate))
    assert [text for text, count in texts.items() if count > 1] == []


def test_every_message_is_one_sentence_of_fault_and_cure() -> None:
    for message in shapes().objects(None, SH.message):
        assert re.fullmatch(r"\S.*; .*\.", str(message)), message


def test_every_class_of_the_vocabulary_is_closed_by_a_shape() -> None:
    closed = set(shapes().subjects(SH.closed, Literal(True)))
    held = {name for shape in closed for name in shapes().objects(shape, SH.targetClass)}
    for name in set(vocabulary().subjects(RDFS.isDefinedBy, None)) & set(vocabulary().subjects(RDF.type, OWL.Class)):
        upper = set(vocabulary().transitive_objects(name, RDFS.subClassOf))
        assert upper & held or name in DERIVED_CLASSES, name


def test_every_curated_property_is_permitted_by_a_shape_and_no_derived_one() -> None:
    listed = {name for shape in rules() for name in permitted(shape)}
    own = {name for name in listed if str(name).startswith(CEV)}
    assert own == curated_properties()


def test_shapes_name_only_terms_of_the_vocabulary_and_its_lists() -> None:
    known = set(vocabulary().subjects()) | set(Graph().parse(ONTOLOGY / "schemes.ttl").subjects())
    named = {term for triple in shapes() for term in triple if isinstance(term, URIRef)}
    own = {term for term in named if str(term).startswith("https://w3id.org/cev")}
    assert own - all_shapes() - known == {URIRef("https://w3id.org/cev/shapes")}


@pytest.mark.parametrize("text", DATES)
def test_the_date_profile_takes(text: str) -> None:
    assert pattern_of(SHAPE.edtf).search(text)


@pytest.mark.parametrize("text", NO_DATES)
def test_the_date_profile_rejects(text: str) -> None:
    assert not pattern_of(SHAPE.edtf).search(text)


@pytest.mark.parametrize("words", range(1, 9))
def test_up_to_eight_words_are_taken(words: int) -> None:
    assert pattern_of(SHAPE["eight-words"]).search(" ".join(["wörd"] * words))


@pytest.mark.parametrize("text", ["", " ", " word", "word ", "a b c d e f g h i", "w " * 20_000])
def test_nine_words_blank_edges_and_floods_of_words_are_rejected(text: str) -> None:
    assert not pattern_of(SHAPE["eight-words"]).search(text)
