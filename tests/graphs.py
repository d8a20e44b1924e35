"""Strategies for small graphs and for shapes over them, of every kind of target, path and constraint."""

from __future__ import annotations

from hypothesis import strategies as st

from kgtools.turtle import Triple, parse_text

HEAD = """@prefix : <https://example.org/g/> . @prefix sh: <http://www.w3.org/ns/shacl#> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> . @prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
"""
NODES = [f":n{number}" for number in range(7)]
CLASSES = [f":C{number}" for number in range(4)]
PROPERTIES = [f":p{number}" for number in range(4)]
LITERALS = ["1", "2", "3", '"a"', '"ab"@en', '"b"@en', '"c"@de', "true", '"2011-02-01"^^xsd:date', "1.5"]

node, kind, prop, literal = map(st.sampled_from, (NODES, CLASSES, PROPERTIES, LITERALS))
TREE = ":C1 rdfs:subClassOf :C0 . :C2 rdfs:subClassOf :C1 .\n"
statement = st.one_of(
    st.builds(lambda s, o: f"{s} a {o} .", node, kind),
    st.builds(lambda s, p, o: f"{s} {p} {o} .", node, prop, node),
    st.builds(lambda s, p, o: f"{s} {p} {o} .", node, prop, literal),
)
# A dossier holds what it says of its subjects, so the same statement is in one of them only.
statements = st.lists(statement, min_size=1, max_size=14, unique=True)

path = st.recursive(
    prop,
    lambda inner: st.one_of(
        st.builds(lambda one: f"[ sh:inversePath {one} ]", inner),
        st.builds(lambda one, two: f"( {one} {two} )", inner, inner),
        st.builds(lambda one, two: f"[ sh:alternativePath ( {one} {two} ) ]", inner, inner),
        st.builds(lambda name, one: f"[ sh:{name} {one} ]", st.sampled_from(["zeroOrMorePath", "zeroOrOnePath"]), inner),
        st.builds(lambda one: f"[ sh:oneOrMorePath {one} ]", inner),
    ),
    max_leaves=3,
)
number = st.integers(0, 2)
# Counts, language tags and orders have a meaning on property shapes only.
counts = st.one_of(
    st.builds(lambda one: f"sh:minCount {one}", number),
    st.builds(lambda one: f"sh:maxCount {one}", number),
    st.just("sh:uniqueLang true"),
)
used = st.one_of(
    st.builds(lambda one: f"sh:class {one}", kind),
    st.builds(lambda one: f"sh:datatype {one}", st.sampled_from(["xsd:integer", "xsd:string", "xsd:date"])),
    st.builds(lambda one: f"sh:nodeKind {one}", st.sampled_from(["sh:IRI", "sh:Literal"])),
    st.builds(lambda one: f"sh:in ( {' '.join(one)} )", st.lists(node, min_size=1, max_size=3)),
    st.builds(lambda one: f"sh:hasValue {one}", node),
    st.builds(lambda one: f"sh:minInclusive {one}", number),
    st.just('sh:pattern "^[an2]"'),
)
pair = st.builds(lambda name, one: f"sh:{name} {one}", st.sampled_from(["disjoint", "equals"]), prop)
order = st.builds(lambda name, one: f"sh:{name} {one}", st.sampled_from(["lessThan", "lessThanOrEquals"]), prop)


def _nested(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    shape = st.builds(lambda one: f"[ {one} ]", inner)
    proper = st.builds(lambda way, one: f"[ sh:path {way} ; {one} ]", path, st.one_of(counts, inner))
    either = st.one_of(shape, proper)
    return st.one_of(
        st.builds(lambda one: f"sh:not {one}", either),
        st.builds(lambda one: f"sh:node {one}", shape),
        st.builds(lambda one: f"sh:property {one}", proper),
        st.builds(lambda name, one, two: f"sh:{name} ( {one} {two} )", st.sampled_from(["or", "and", "xone"]), either, either),
    )


constraint = st.recursive(st.one_of(used, pair), _nested, max_leaves=3)
target = st.one_of(
    st.builds(lambda one: f"sh:targetClass {one}", kind),
    st.builds(lambda one: f"sh:targetNode {one}", node),
    st.builds(lambda one: f"sh:targetSubjectsOf {one}", prop),
    st.builds(lambda one: f"sh:targetObjectsOf {one}", prop),
)
closed = st.just("sh:closed true ; sh:ignoredProperties ( :p0 <http://www.w3.org/1999/02/22-rdf-syntax-ns#type> )")
qualified = st.builds(
    lambda way, one, least, apart: (
        f"sh:property [ sh:path {way} ; sh:qualifiedValueShape [ {one} ] ; sh:qualifiedMinCount {least} ;"
        f" sh:qualifiedValueShapesDisjoint {apart} ] , [ sh:path {way} ; sh:qualifiedMaxCount 1 ;"
        f" sh:qualifiedValueShapesDisjoint {apart} ; sh:qualifiedValueShape [ {one} ] ]"
    ),
    path, constraint, number, st.sampled_from(["true", "false"]),
)  # fmt: skip
node_shape = st.builds(lambda *parts: " ; ".join(parts), target, st.one_of(constraint, closed, qualified))
property_shape = st.builds(
    lambda *parts: "{} ; sh:path {} ; {}".format(*parts), target, path, st.one_of(constraint, counts, order)
)  # fmt: skip
shape = st.one_of(node_shape, property_shape)


def _numbered(bodies: list[str]) -> str:
    return HEAD + "".join(f":s{place} {body} .\n" for place, body in enumerate(bodies))


shapes = st.lists(shape, min_size=1, max_size=3).map(_numbered)


def triples(text: str) -> list[Triple]:
    """Return the triples of a text in the prefixes of this file."""
    return parse_text(HEAD + text if not text.startswith(HEAD) else text, "a test")
