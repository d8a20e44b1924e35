"""The graph in other people's formats."""

from __future__ import annotations

from collections.abc import Iterator

from kgtools import turtle, vocab
from kgtools.space import Space
from kgtools.turtle import IRI, Literal, Quad, Triple

GRAPH_FORMATS = ("turtle", "trig", "nquads", "jsonld")
FORMATS = (*GRAPH_FORMATS, "graphml", "gexf", "csv")


def export(space: Space, form: str, incident: str | None = None) -> bytes:
    """Return the graph, or one incident's dossier (CURIE), in one of FORMATS.

    RDF formats hold the files as they stand, passages with a Web Annotation TextPositionSelector added; graphml and gexf hold
    the network of `view`; csv holds the rows of the named query `assertions`.
    """
    if form in GRAPH_FORMATS:
        return _rdf(space, form, incident)
    if form == "csv":
        from kgtools import queries

        values = {"incident": incident} if incident else {}
        query = queries.get("assertions", space.workspace.query_folders)
        return space.store.results(space.bound(query, values), "csv")
    from kgtools import network
    from kgtools.evidence import record

    graph = network.build(space, record.load(space), incident)
    return network.graphml(graph) if form == "graphml" else network.gexf(graph)


def _rdf(space: Space, form: str, incident: str | None) -> bytes:
    files = space.files if incident is None else {name: space.files[name] for name in [space.file_of(incident) or ""]}
    if form == "turtle":
        triples = [t for listed in files.values() for t in (*listed, *_selectors(listed))]
        return turtle.write(triples, space.prefixes).encode("utf-8")
    quads = [
        Quad(t.subject, t.predicate, t.object, IRI(space.workspace.graph_name(name)))
        for name, listed in files.items()
        for t in sorted({*listed, *_selectors(listed)}, key=str)
    ]
    return turtle.serialise(quads, form, space.prefixes)


def _selectors(triples: list[Triple]) -> Iterator[Triple]:
    """Yield for each span the selector of the Web Annotation Data Model, section 4.2.5: start and end from 0, end exclusive."""
    terms = {vocab.iri("cev:start"): "oa:start", vocab.iri("cev:end"): "oa:end"}
    for triple in triples:
        if triple.predicate.value in terms and isinstance(triple.subject, IRI) and isinstance(triple.object, Literal):
            selector = IRI(f"{triple.subject.value}#position")
            number = Literal(triple.object.value, datatype=IRI(vocab.iri("xsd:nonNegativeInteger")))
            yield Triple(triple.subject, IRI(vocab.iri("oa:hasSelector")), selector)
            yield Triple(selector, IRI(vocab.iri("rdf:type")), IRI(vocab.iri("oa:TextPositionSelector")))
            yield Triple(selector, IRI(vocab.iri(terms[triple.predicate.value])), number)
