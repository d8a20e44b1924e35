"""The vocabulary: vocab.py and ontology/ say the same, every term is described, used and declared."""

from __future__ import annotations

import re
from collections import defaultdict
from functools import cache
from pathlib import Path

import pytest
from conftest import EXAMPLE, ROOT

from kgtools import vocab
from kgtools.space import Space
from kgtools.turtle import IRI, Literal, Triple, parse_file
from kgtools.vocab import PREFIXES, curie, iri

ONTOLOGY = ROOT / "ontology"
OTHERS = tuple(PREFIXES[name] for name in ("dcterms", "oa", "org", "prov", "rdf", "rdfs", "schema", "sh", "skos"))


@cache
def described(name: str) -> dict[str, dict[str, list[str]]]:
    """Return a file of the ontology as subject -> property -> values, all CURIEs or lexical forms."""
    found: dict[str, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    for triple in parse_file(ONTOLOGY / f"{name}.ttl"):
        assert isinstance(triple.subject, IRI)
        value = triple.object.value if isinstance(triple.object, IRI | Literal) else ""
        short = curie(value, PREFIXES) if isinstance(triple.object, IRI) else value
        found[curie(triple.subject.value, PREFIXES)][curie(triple.predicate.value, PREFIXES)].append(short)
    return found


def own() -> list[str]:
    """Return the terms of the vocabulary itself."""
    return [term for term in described("cev") if term.startswith("cev:")]


def members(scheme: str) -> set[str]:
    return {name for name, said in described("schemes").items() if f"scheme:{scheme}" in said["skos:inScheme"]}


def named(triples: list[Triple]) -> set[str]:
    """Return the CURIEs of all properties and of all IRIs in the place of objects."""
    terms = {triple.predicate.value for triple in triples}
    terms |= {triple.object.value for triple in triples if isinstance(triple.object, IRI)}
    return {curie(term, PREFIXES) for term in terms}


@cache
def in_queries() -> frozenset[str]:
    """Return the prefixed names in the query files and in the queries that stand in the code."""
    found: set[str] = set()
    for path in (ROOT / "queries").glob("*.rq"):
        text = re.sub(r"(?m)^(PREFIX|#).*$", "", path.read_text(encoding="utf-8"))
        found |= set(re.findall(r"\b([a-z]+:[A-Za-z0-9]\w*)", re.sub(r'"[^"]*"', "", text)))
    return frozenset(found)


@cache
def in_shapes() -> frozenset[str]:
    return frozenset(named(parse_file(ONTOLOGY / "shapes.ttl")))


def in_the_invented_case() -> set[str]:
    return set().union(*(named(parse_file(path)) for path in (EXAMPLE / "graph").rglob("*.ttl")))


def test_the_class_tree_is_the_one_that_the_ontology_declares() -> None:
    declared = {
        term: tuple(said["rdfs:subClassOf"])
        for term, said in described("cev").items()
        if "owl:Class" in said["rdf:type"] and said["rdfs:subClassOf"]
    }
    assert {name: set(uppers) for name, uppers in declared.items()} == {
        name: set(uppers) for name, uppers in vocab.SUPERCLASSES.items()
    }


def test_the_property_tree_is_the_one_that_the_ontology_declares() -> None:
    declared = {term: said["rdfs:subPropertyOf"] for term, said in described("cev").items() if said["rdfs:subPropertyOf"]}
    assert declared == {name: [upper] for name, upper in vocab.SUPERPROPERTIES.items()}


def test_the_closed_lists_are_those_that_the_schemes_declare() -> None:
    declared = {
        name.partition(":")[2] for name, said in described("schemes").items() if "skos:ConceptScheme" in said["rdf:type"]
    }
    assert declared == set(vocab.LISTS)
    for name, words in vocab.LISTS.items():
        assert members(name) == {f"{name}:{word}" for word in words}
        assert len(words) == len(set(words))


def test_the_order_of_forces_and_hedges_is_that_of_their_ranks() -> None:
    ranked = {name: int(said["cev:rank"][0]) for name, said in described("schemes").items() if said["cev:rank"]}
    assert ranked == vocab.RANKS
    for name in ("force", "hedge"):
        ranks = [vocab.RANKS[concept] for concept in vocab.RANKS if concept.startswith(f"{name}:")]
        assert ranks == list(range(1, len(ranks) + 1)) != []


def test_what_a_force_counts_for_is_what_the_schemes_publish() -> None:
    published = {name.partition(":")[2]: described("schemes")[name]["cev:counts"] for name in members("force")}
    assert published == {name: [side] for name, side in vocab.FORCE_COUNTS.items()}


def test_every_concept_has_one_label_one_definition_one_example_and_as_a_unit_its_symbol() -> None:
    for name, said in described("schemes").items():
        wanted = ["skos:prefLabel", "skos:definition", *(["skos:example"] if "skos:Concept" in said["rdf:type"] else [])]
        wanted += ["skos:notation"] if name.startswith("unit:") else []
        assert {one: len(said[one]) for one in wanted} == dict.fromkeys(wanted, 1), name


def test_an_example_of_a_concept_names_nodes_of_the_invented_case_that_use_it() -> None:
    triples = [triple for path in (EXAMPLE / "graph").rglob("*.ttl") for triple in parse_file(path)]
    spaces = {f"{name}:" for name in ("assertion", "claim", "discrepancy", "consequence", "action", "source", "setaside")}
    used: dict[str, set[str]] = defaultdict(set)
    for triple in triples:
        if isinstance(triple.subject, IRI) and isinstance(triple.object, IRI):
            used[curie(triple.object.value, PREFIXES)].add(triple.subject.value.rpartition("/")[2])
    for name, said in described("schemes").items():
        for example in said["skos:example"]:
            first = re.match(r"([a-z]+:)([\w-]+)(?=, on|: )", example)
            worked_out = name.startswith(("instrument:", "fit:", "clock:"))  # never typed, so nothing uses these
            if first and first[1] in spaces and not worked_out:
                assert first[2] in used[name], (name, example)


def test_standings_are_declared() -> None:
    assert set(vocab.ASSERTIONS) <= set(described("cev"))


def test_the_prefixes_of_the_ontology_files_are_those_of_the_model() -> None:
    for path in sorted(ONTOLOGY.glob("*.ttl")):
        for name, space in re.findall(r"(?m)^@prefix (\w*): <(.*?)>", path.read_text(encoding="utf-8")):
            assert PREFIXES.get(name) == space or (path.name == "mappings.ttl" and name not in PREFIXES), (path.name, name)


@pytest.mark.parametrize("term", own())
def test_an_own_term_has_label_one_sentence_definition_and_example(term: str) -> None:
    said = described("cev")[term]
    for predicate in ("rdfs:label", "skos:definition", "skos:example"):
        assert len(said[predicate]) == 1 and said[predicate][0].strip(), (term, predicate)
    definition = said["skos:definition"][0]
    assert (definition[0].isupper() and definition.rstrip("…").rstrip().endswith(".")) or definition.endswith("…"), definition
    assert not re.search(r"\. [A-Z]", definition), definition
    assert said["rdfs:isDefinedBy"] == ["https://w3id.org/cev"]
    assert len(said["rdf:type"]) == 1 and said["rdf:type"][0] in ("owl:Class", "owl:ObjectProperty", "owl:DatatypeProperty")


def test_labels_of_own_terms_are_unique_and_spell_the_name() -> None:
    labels = {term: described("cev")[term]["rdfs:label"][0] for term in own()}
    assert len(set(labels.values())) == len(labels)
    for term, label in labels.items():
        assert re.sub(r"[\s-]", "", label).casefold().startswith(term.partition(":")[2].casefold()), (term, label)


def test_a_term_of_another_vocabulary_has_label_and_scope_note() -> None:
    for term, said in described("cev").items():
        if not term.startswith(("cev:", "https://w3id.org/cev")):
            assert said["rdfs:label"] and said["skos:scopeNote"], term


def test_every_declared_own_term_is_used_or_derived(example: Space) -> None:
    derived = {curie(triple.predicate.value, PREFIXES) for triple in example.derived}
    derived |= {curie(triple.object.value, PREFIXES) for triple in example.derived if isinstance(triple.object, IRI)}
    lists = named(parse_file(ONTOLOGY / "schemes.ttl"))
    unused = set(own()) - in_shapes() - in_queries() - in_the_invented_case() - derived - lists
    assert unused == set()


def test_every_declared_own_property_and_class_occurs_in_the_invented_case_or_is_derived(example: Space) -> None:
    derived = {curie(triple.predicate.value, PREFIXES) for triple in example.derived}
    derived |= {curie(triple.object.value, PREFIXES) for triple in example.derived if isinstance(triple.object, IRI)}
    assert set(own()) - in_the_invented_case() - derived == {"cev:counts", "cev:rank"}


def test_every_term_that_shapes_queries_and_the_invented_case_use_is_declared() -> None:
    known = set(described("cev")) | set(described("schemes"))
    spaces = tuple(f"{name}:" for name, space in PREFIXES.items() if space in OTHERS or name == "cev")
    model = {"rdfs:subClassOf"}  # of the class tree, handed to the shapes and to nobody else
    for name, used in (("queries", set(in_queries())), ("the invented case", in_the_invented_case())):
        assert {term for term in used if term.startswith(spaces)} - known - model == set(), name
    shapes = {term for term in in_shapes() if term.startswith(spaces) and not term.startswith("sh:")}
    assert shapes - known - {"rdf:langString", "rdf:nil", "rdf:first", "rdf:rest", *model} == set()


def test_every_list_entry_in_the_invented_case_stands_in_the_list() -> None:
    spaces = tuple(f"{name}:" for name in vocab.LISTS)
    used = {term for term in in_the_invented_case() if term.startswith(spaces)}
    assert used <= set(described("schemes"))


def test_a_curie_and_its_iri_stand_for_each_other() -> None:
    for term in described("cev"):
        if not term.startswith("https:"):
            assert curie(iri(term), PREFIXES) == term


@pytest.mark.parametrize("value", ["https://w3id.org/cev#", "https://other.example/x", "https://w3id.org/cev#a/b", ""])
def test_an_iri_that_no_prefix_fits_stays_as_it_is(value: str) -> None:
    assert curie(value, PREFIXES) == value


def test_an_unknown_prefix_is_a_key_error() -> None:
    with pytest.raises(KeyError):
        iri("nosuch:thing")


def test_superclasses_come_nearest_first() -> None:
    assert vocab.superclasses("cev:AnonymousAllegation") == ("cev:Allegation", "cev:Assertion", "prov:Entity")
    assert vocab.superclasses("prov:Agent") == ()


def test_an_iri_of_the_model_is_spelt_in_one_place_of_the_code() -> None:
    """Every other room asks vocab; the queries' own prefixes are their headers."""
    for path in sorted(Path(vocab.__file__).parent.rglob("*.py")):
        if path.name != "vocab.py":
            text = path.read_text(encoding="utf-8")
            assert vocab.CEV not in text and f"{vocab.DATA}graph/" not in text, path.name
