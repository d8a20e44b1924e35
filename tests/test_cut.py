"""Laws: whatever shapes find on a node they find over its cut; whoever a change concerns is among the affected."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import graphs
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

pytest.importorskip("pyshacl")

from kgtools.check import shapes
from kgtools.check.cut import Held, affected, cut, roots, seen
from kgtools.check.engines import Reference, Result
from kgtools.check.sight import Sight
from kgtools.faults import Fault
from kgtools.space import Space
from kgtools.turtle import IRI, Term, Triple, parse_triples

TREE = graphs.triples(graphs.TREE)
QUICK = settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def plain(results: Iterable[Result]) -> set[tuple[str, ...]]:
    return {result.key for result in results}


def by_dossier(
    reference: Reference, sight: Sight, dossiers: Sequence[Sequence[Triple]], rest: Sequence[Triple]
) -> set[tuple[str, ...]]:
    """Return what the shapes find dossier by dossier, each over its cut alone."""
    data = Held(sight, [triple for listed in (*dossiers, rest) for triple in listed])
    focus: list[Iterable[Term]] = [roots(sight, listed) for listed in dossiers]
    found: set[tuple[str, ...]] = set()
    for nodes in (*focus, (*roots(sight, rest), *sight.named)):
        one = cut("", sight, data, nodes)
        found |= plain(reference.results(parse_triples(one.text), one.focus))
    return found


@QUICK
@given(graphs.shapes, st.lists(graphs.statements, min_size=1, max_size=4))
def test_dossier_by_dossier_is_the_whole_for_shapes_of_every_kind(text: str, parts: list[list[str]]) -> None:
    listed = graphs.triples(text)
    dossiers = [graphs.triples("\n".join(part)) for part in parts]
    reference, sight = Reference(listed), Sight.of(listed)
    everything = {triple for one in (*dossiers, TREE) for triple in one}
    assert by_dossier(reference, sight, dossiers, TREE) == plain(reference.results(everything))


@QUICK
@given(graphs.shapes, graphs.statements, graphs.statements)
def test_whoever_a_change_concerns_is_among_the_affected(text: str, before: list[str], after: list[str]) -> None:
    listed = graphs.triples(text)
    reference, sight = Reference(listed), Sight.of(listed)
    old, new = (set(graphs.triples("\n".join(part))) | set(TREE) for part in (before, after))
    concerned = affected(sight, Held(sight, old | new, changing=True), old ^ new)
    for node in {term for triple in old | new for term in (triple.subject, triple.object)} - concerned:
        assert plain(reference.results(old, [node])) == plain(reference.results(new, [node]))


def test_a_cut_leaves_out_what_no_shape_sees() -> None:
    sight = Sight.of(graphs.triples(":s sh:targetClass :C0 ; sh:property [ sh:path ( :p0 :p1 ) ; sh:class :C1 ]  ."))
    text = ":n0 a :C0 ; :p0 :n1 ; :p2 :n3 . :n1 :p1 :n2 ; :p3 :n4 . :n2 a :C1 ; :p1 :n0 . :n5 a :C0 ; :p0 :n1 ."
    data = Held(sight, [*graphs.triples(text), *TREE])
    start = IRI("https://example.org/g/n0")
    expected = ":n0 a :C0 ; :p0 :n1 . :n1 :p1 :n2 . :n2 a :C1 . :C1 rdfs:subClassOf :C0 ."
    assert set(seen(sight, data, [start])) == set(graphs.triples(expected))


def test_the_models_shapes_see_no_more_than_paths_tell() -> None:
    sight = shapes.model().sight
    assert sight.unbounded == () and sight.named == () and sight.objects_of == ()


def test_a_constraint_in_sparql_sees_the_whole_graph() -> None:
    assert Sight.of(graphs.triples(":s sh:targetClass :C0 ; sh:sparql [ ] .")).unbounded == ("sh:sparql",)


@pytest.mark.parametrize(
    "text",
    [
        ":s sh:targetClass :C0 ; sh:property :t . :t sh:path :p0 ; sh:node :s .",
        ":s sh:targetClass :C0 ; sh:not :s .",
        ":s sh:targetClass :C0 ; sh:or ( [ sh:class :C1 ] [ sh:property [ sh:path :p0 ; sh:node :s ] ] ) .",
        ":s sh:targetNode :n0 ; sh:property [ sh:path :p0 ; sh:qualifiedMinCount 1 ; sh:qualifiedValueShape :s ] .",
    ],
)
def test_shapes_that_refer_to_themselves_are_refused(text: str) -> None:
    with pytest.raises(Fault, match=r"a shape refers to itself: .*g/s → .*g/s: take the circle out"):
        Sight.of(graphs.triples(text))


def test_a_cut_is_the_same_for_the_same_graph_and_changes_with_what_is_seen() -> None:
    sight = Sight.of(graphs.triples(":s sh:targetClass :C0 ; sh:property [ sh:path :p0 ; sh:class :C1 ] ."))
    base = ":n0 a :C0 ; :p0 :n1 . :n1 a :C1 ."
    node = IRI("https://example.org/g/n0")
    digests = [
        cut("", sight, Held(sight, graphs.triples(base + more)), [node]).digest for more in ("", " :n1 :p0 1 .", " :n1 a :C2 .")
    ]
    assert digests[0] == digests[1] != digests[2]


def test_the_cuts_of_the_invented_case_are_hardly_larger_than_its_files(example: Space) -> None:
    sight = shapes.model().sight
    everything = [triple for listed in (*example.files.values(), shapes.background()) for triple in listed]
    data = Held(sight, everything)
    sizes = [len(seen(sight, data, roots(sight, listed))) for listed in (*example.files.values(), shapes.background())]
    assert sum(sizes) < 1.5 * len(everything)


@pytest.mark.slow
def test_dossier_by_dossier_is_the_whole_on_the_shipped_graph() -> None:
    import kgtools

    space = kgtools.open()
    shape = shapes.model()
    reference = Reference(shape.triples)
    # Records without a topic, label or class, so that there is something to find.
    dossiers = [[t for t in listed if hash_of(t) % 40] for listed in space.files.values()]
    everything = [triple for listed in (*dossiers, shapes.background()) for triple in listed]
    whole = plain(reference.results(everything))
    assert len(whole) > 500
    assert by_dossier(reference, shape.sight, dossiers, shapes.background()) == whole


def hash_of(triple: Triple) -> int:
    return sum(str(triple).encode())
