"""The W3C test suite for SHACL Core through our own interface: both engines, over the whole graph and over cuts.

The suite lies beside the checkout (../shared/suites) or where KGTOOLS_SUITES says; elsewhere these tests are skipped.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from conftest import ROOT

pytest.importorskip("pyshacl")

from rdflib import Graph, Namespace, URIRef
from rdflib.namespace import RDF, SH

from kgtools.check.cut import Held, cut, roots
from kgtools.check.engines import Fast, Reference, Result, fast_at_hand, path_text, rdf_graph
from kgtools.check.sight import Sight
from kgtools.faults import Fault
from kgtools.turtle import Triple, parse_text, parse_triples, serialise

SUITES = Path(os.environ.get("KGTOOLS_SUITES", ROOT.parent / "shared" / "suites"))
CORE = SUITES / "w3c-shacl" / "core"
MF = Namespace("http://www.w3.org/2001/sw/DataAccess/tests/test-manifest#")
SHT = Namespace("http://www.w3.org/ns/shacl-test#")

# Engine and test -> why the engine gives another answer than the suite wants. No test is left out: each of these is run and
# must still differ. Two engines that both pass all others are the evidence that one may stand in for the other.
DIFFERENT: dict[tuple[str, str], str] = {
    ("pyshacl", "property/uniqueLang-002"): 'takes "1"^^xsd:boolean for true, where the standard wants the term true; '
    "none of the model's shapes writes it so",
}

ENGINES = ["pyshacl", pytest.param("fast", marks=pytest.mark.skipif(not fast_at_hand(), reason="no extra 'fast'"))]
Key = tuple[str, ...]


@cache
def cases() -> list[str]:
    """Return the files of the suite that hold a test, as its manifests list them."""
    found: list[str] = []
    queue = [CORE / "manifest.ttl"] if CORE.is_dir() else []
    while queue:
        path = queue.pop(0)
        graph = Graph().parse(path)
        queue += [Path(one.removeprefix("file://")) for one in sorted(map(str, graph.objects(None, MF.include)))]
        if (None, RDF.type, SHT.Validate) in graph:
            found.append(path.relative_to(CORE).with_suffix("").as_posix())
    return found


pytestmark = pytest.mark.skipif(not CORE.is_dir(), reason="the W3C suite is not at hand (KGTOOLS_SUITES)")


def triples(path: Path) -> list[Triple]:
    return parse_text(path.read_bytes(), str(path), base=path.as_uri())


def graph_named(graph: Graph, action: Any, name: str) -> list[Triple]:
    return triples(Path(str(graph.value(action, SHT[name])).removeprefix("file://")))


def case(name: str) -> tuple[list[Triple], list[Triple], Counter[Key]]:
    """Return the data, the shapes and the expected results of a test."""
    graph = rdf_graph(triples(CORE / f"{name}.ttl"))
    test = graph.value(None, RDF.type, SHT.Validate)
    action, report = graph.value(test, MF.action), graph.value(test, MF.result)
    expected: Counter[Key] = Counter()
    for one in graph.objects(report, SH.result):
        path = graph.value(one, SH.resultPath)
        terms = [_text(graph.value(one, SH[name])) for name in ("focusNode", "value", "sourceShape")]
        kinds = [str(graph.value(one, SH[name])) for name in ("sourceConstraintComponent", "resultSeverity")]
        expected[terms[0], path_text(graph, path) if path else "", *terms[1:], *kinds] += 1
    conforms = str(graph.value(report, SH.conforms)) == "true"
    assert conforms == (not expected)
    return graph_named(graph, action, "dataGraph"), graph_named(graph, action, "shapesGraph"), expected


def _text(term: Any) -> str:
    """Return a term in N-Triples, all blank nodes alike."""
    if term is None:
        return ""
    if isinstance(term, URIRef):
        return f"<{term}>"
    if not hasattr(term, "language"):
        return "_:"
    line = f"<x:s> <x:p> {term.n3()} .".encode()
    return str(parse_text(line, "a term")[0].object)


def told(results: Iterable[Result]) -> Counter[Key]:
    return Counter(
        (_plain(one.focus), one.path, _plain(one.value), _plain(one.shape), one.component, one.severity) for one in results
    )


def _plain(text: str) -> str:
    return "_:" if text.startswith("_:") else text


def by_cuts(reference: Reference, sight: Sight, data: list[Triple]) -> Counter[Key]:
    """Return what is found node by node, each over its cut alone."""
    held = Held(sight, data)
    found: set[Result] = set()
    for node in dict.fromkeys((*roots(sight, data), *sight.named)):
        one = cut("", sight, held, [node])
        found.update(reference.results(parse_triples(one.text), one.focus))
    return told(found)


@pytest.mark.parametrize("name", cases())
@pytest.mark.parametrize(
    "engine", ["pyshacl", pytest.param("fast", marks=pytest.mark.skipif(not fast_at_hand(), reason="no extra 'fast'"))]
)
def test_a_case_of_the_suite_gives_the_results_that_it_wants(name: str, engine: str) -> None:
    data, shapes, expected = case(name)
    try:
        found = told(
            Reference(shapes).results(data) if engine == "pyshacl" else Fast(shapes).results(serialise(data, "ntriples"))
        )
    except Fault as fault:
        found = Counter({("fault", str(fault)): 1})
    if (engine, name) in DIFFERENT:
        assert found != expected, "the engine gives the right answer now: strike it off the list"
    else:
        assert found == expected


@pytest.mark.slow
@pytest.mark.parametrize("name", cases())
def test_a_case_of_the_suite_is_the_same_node_by_node_over_cuts(name: str) -> None:
    data, shapes, _ = case(name)
    sight = Sight.of(shapes)
    if sight.unbounded:
        pytest.skip(f"validated over the whole graph for {', '.join(sight.unbounded)}")
    assert set(by_cuts(Reference(shapes), sight, data)) == set(told(Reference(shapes).results(data)))


def test_every_case_that_is_listed_apart_is_one_of_the_suite() -> None:
    assert {name for _, name in DIFFERENT} <= set(cases())
    assert len(cases()) > 90
