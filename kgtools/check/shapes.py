"""The shapes: pySHACL over an rdflib graph of the data; every result becomes a finding.

Oxigraph-backed rdflib graphs give false violations on plain strings, so the data is handed over triple by triple.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from kgtools import vocab
from kgtools.check.rules import located
from kgtools.faults import Finding
from kgtools.space import Space
from kgtools.turtle import IRI, Literal, Term, Triple, parse_file
from kgtools.workspace import shipped

if TYPE_CHECKING:
    import rdflib


def findings(space: Space) -> list[Finding]:
    """Return one finding for each validation result of ontology/shapes.ttl over the whole graph."""
    import pyshacl

    data = rdf_graph(triple for triples in space.files.values() for triple in triples)
    add(data, parse_file(shipped("ontology") / "schemes.ttl"))
    add(data, _class_tree())
    shapes = rdf_graph(parse_file(shipped("ontology") / "shapes.ttl"))
    _, results, _ = pyshacl.validate(data, shacl_graph=shapes, inference="none", advanced=False, meta_shacl=False)
    return _read(space, results)


def _class_tree() -> list[Triple]:
    below = IRI(vocab.iri("rdfs:subClassOf"))
    return [
        Triple(IRI(vocab.iri(name)), below, IRI(vocab.iri(upper)))
        for name, uppers in vocab.SUPERCLASSES.items()
        for upper in uppers
    ]


def rdf_graph(triples: Iterable[Triple]) -> rdflib.Graph:
    """Return an rdflib graph of triples, lexical forms kept as they stand."""
    import rdflib

    rdflib.NORMALIZE_LITERALS = False
    graph = rdflib.Graph()
    add(graph, triples)
    return graph


def add(graph: rdflib.Graph, triples: Iterable[Triple]) -> None:
    """Add triples to an rdflib graph."""
    for triple in triples:
        graph.add((_node(triple.subject), _node(triple.predicate), _node(triple.object)))


def _node(term: Term) -> rdflib.term.Identifier:
    import rdflib

    if isinstance(term, IRI):
        return rdflib.URIRef(term.value)
    if isinstance(term, Literal):
        if term.language:
            return rdflib.Literal(term.value, lang=term.language)
        kind = None if term.datatype.value == vocab.iri("xsd:string") else rdflib.URIRef(term.datatype.value)
        return rdflib.Literal(term.value, datatype=kind)
    return rdflib.BNode(str(getattr(term, "value", term)))


def _read(space: Space, results: rdflib.Graph) -> list[Finding]:
    from rdflib.namespace import RDF, SH

    found = []
    for result in results.subjects(RDF.type, SH.ValidationResult):
        focus = str(results.value(result, SH.focusNode))
        message = str(results.value(result, SH.resultMessage))
        what, _, cure = message.partition("; ")
        value = results.value(result, SH.value)
        if value is not None:
            what += f" (found {space.short(str(value))})"
        shape = str(results.value(result, SH.sourceShape)).rsplit("/", 1)[-1]
        severity = str(results.value(result, SH.resultSeverity)).rsplit("#", 1)[-1].lower()
        found.append(Finding(located(space, space.short(focus)), what, cure.rstrip(".") or "mend it", shape, severity))
    return found
