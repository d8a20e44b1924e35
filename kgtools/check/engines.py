"""The engines that hold a cut against the shapes: pySHACL, which is the reference, and a fast one that it must confirm.

Oxigraph-backed rdflib graphs give false violations on plain strings, so pySHACL gets its data triple by triple. Its option
`focus_nodes` is not used: it filters the values of nested shapes as well, so that sh:or and sh:node pass whatever they hold.
"""

from __future__ import annotations

import logging
import warnings
from collections.abc import Callable, Iterable
from dataclasses import astuple, dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from kgtools import vocab
from kgtools.check.cut import Cut, Data, Held, seen
from kgtools.check.sight import Sight
from kgtools.faults import Fault
from kgtools.turtle import IRI, Blank, Literal, Term, Triple, parse_triples, serialise

if TYPE_CHECKING:
    import rdflib

FAST = "0.3.4"  # the one version of the package shacl that the differential tests were run with
_SH = vocab.PREFIXES["sh"]


@dataclass(frozen=True, order=True)
class Result:
    """One validation result (SHACL, section 3.6.2): terms in N-Triples, a path in SPARQL's words, "" where nothing stands."""

    focus: str
    path: str
    value: str
    shape: str
    component: str
    severity: str
    message: str = ""

    @property
    def key(self) -> tuple[str, ...]:
        """Return what two engines must agree on: a shape without name stands for all such."""
        shape = "" if self.shape.startswith("_:") else self.shape
        return (self.focus, self.path, self.value, shape, self.component, self.severity)

    def record(self) -> list[str]:
        """Return the fields in their order."""
        return list(astuple(self))


@dataclass(frozen=True)
class Told:
    """What validating cuts gave: results, and those on which the engines disagree, with who says so alone."""

    results: list[Result]
    disputed: list[tuple[Result, str]]


class Reference:
    """pySHACL with a shapes graph, read once."""

    name = "pyshacl"

    def __init__(self, shapes: Iterable[Triple]) -> None:
        import pyshacl
        from pyshacl.errors import ShapeLoadError
        from pyshacl.monkey import apply_patches
        from pyshacl.shapes_graph import ShapesGraph

        apply_patches()  # type: ignore[no-untyped-call]
        self.version = f"pyshacl {pyshacl.__version__}"
        self._shapes = ShapesGraph(rdf_graph(shapes), logger=_quiet())
        try:
            self._listed = list(self._shapes.shapes)
        except ShapeLoadError as error:
            raise Fault("shapes", " ".join(str(error).split()), "mend the shape") from error

    def results(self, data: Iterable[Triple], focus: Iterable[Term] | None = None) -> list[Result]:
        """Return the results on focus nodes, or on all targets of the shapes."""
        from pyshacl.errors import ConstraintLoadError, ReportableRuntimeError
        from pyshacl.pytypes import SHACLExecutor
        from pyshacl.validator import Validator

        graph = _data_graph(data)
        only = None if focus is None else {_node(term) for term in focus}
        reports: list[Any] = []
        try:
            for shape in self._listed:
                nodes = shape.focus_nodes(graph)
                nodes = nodes if only is None else nodes & only
                if nodes:
                    reports.extend(shape.validate(SHACLExecutor(), graph, focus=nodes)[1])
        except (ConstraintLoadError, ReportableRuntimeError) as error:
            raise Fault("shapes", " ".join(str(error).split()), "mend the shape") from error
        if not reports:
            return []
        report, _ = Validator.create_validation_report(self._shapes, False, reports)
        return sorted(_read(report))


class Fast:
    """The package shacl with a shapes graph, read once; what it finds is for the reference to confirm."""

    name = "fast"

    def __init__(self, shapes: Iterable[Triple]) -> None:
        import shacl

        self.version = f"shacl {shacl.__version__}"
        try:
            self._shapes = shacl.Shapes.from_text(serialise(node_by_node(shapes), "ntriples").decode("utf-8"), "ntriples")
        except ValueError as error:
            raise Fault("shapes", str(error), "mend the shape, or use --engine pyshacl") from error

    def results(self, data: bytes | str, own: Callable[[Term], bool] = lambda _: True) -> list[Result]:
        """Return the results on some of all focus nodes, from N-Triples (bytes) or Turtle (a string)."""
        text, form = (data, "turtle") if isinstance(data, str) else (data.decode("utf-8"), "ntriples")
        try:
            listed = self._shapes.validate_text(text, form).results
        except ValueError as error:
            raise Fault("shapes", str(error), "use --engine pyshacl") from error
        nodes = {node: own(term(node)) for node in {one.focus_node for one in listed}}
        return sorted(
            Result(
                _canonical(one.focus_node), one.path or "", _canonical(one.value) if one.value is not None else "",
                one.source_shape or "", one.component_iri, one.severity_iri, one.message or "",
            )
            for one in listed if nodes[one.focus_node]
        )  # fmt: skip


def node_by_node(shapes: Iterable[Triple]) -> list[Triple]:
    """Return shapes that find the same, in which no nested shape without a name has sh:class: they ask for a path instead.

    The fast engine gathers all members of such a class anew for each node that is held against it. What lies under sh:property
    gives results of its own, which name the constraint, and is left as it is.
    """
    listed = list(shapes)
    logical = {_SH + "node", _SH + "not", _SH + "qualifiedValueShape", vocab.iri("rdf:first")}
    nested = {t.object for t in listed if isinstance(t.object, Blank) and t.predicate.value in logical}
    nested -= {t.object for t in listed if isinstance(t.object, Blank) and t.predicate.value not in logical}
    found: list[Triple] = []
    for t in listed:
        if t.predicate.value == _SH + "class" and t.subject in nested:
            found.extend(_member(t.subject, t.object))
        else:
            found.append(t)
    return found


def _member(shape: Any, kind: Any) -> Iterable[Triple]:
    """Yield what says of a shape that its values are members of a class, as sh:class does (SHACL, section 4.1.1)."""
    inner, first, rest, up = Blank(), Blank(), Blank(), Blank()
    yield Triple(shape, IRI(_SH + "property"), inner)
    yield Triple(inner, IRI(_SH + "path"), first)
    yield Triple(inner, IRI(_SH + "hasValue"), kind)
    yield Triple(first, IRI(vocab.iri("rdf:first")), IRI(vocab.iri("rdf:type")))
    yield Triple(first, IRI(vocab.iri("rdf:rest")), rest)
    yield Triple(rest, IRI(vocab.iri("rdf:first")), up)
    yield Triple(rest, IRI(vocab.iri("rdf:rest")), IRI(vocab.iri("rdf:nil")))
    yield Triple(up, IRI(_SH + "zeroOrMorePath"), IRI(vocab.iri("rdfs:subClassOf")))


class Engine:
    """The engine of a check: pySHACL alone, or the fast engine with pySHACL behind it."""

    def __init__(self, shapes: Iterable[Triple], fast: bool) -> None:
        self._triples = list(shapes)
        self.fast = Fast(self._triples) if fast else None
        self._sight = Sight.of(self._triples)

    @cached_property
    def reference(self) -> Reference:
        """Return the reference, loaded when it is first asked."""
        return Reference(self._triples)

    def told(self, one: Cut) -> Told:
        """Return what holds on the focus nodes of a cut."""
        # Blank nodes change their names on the way through the fast engine.
        if self.fast is None or b"_:" in one.text:
            return Told(self.reference.results(parse_triples(one.text), one.focus), [])
        claimed = self.claimed(one.text) if one.focus is None else self.claimed(one.text, frozenset(one.focus).__contains__)
        return self.confirmed(lambda: Held(self._sight, parse_triples(one.text)), claimed)

    def claimed(self, data: bytes | str, own: Callable[[Term], bool] = lambda _: True) -> list[Result]:
        """Return what the fast engine finds on some of all focus nodes, in N-Triples or, given a string, Turtle."""
        return self.fast.results(data, own) if self.fast else []

    def confirmed(self, data: Callable[[], Data], claimed: list[Result]) -> Told:
        """Keep what pySHACL finds on the nodes where the fast engine finds something, in data that are got if it does."""
        if not claimed:
            return Told([], [])
        nodes = {term(result.focus) for result in claimed}
        # There may be much that is not seen from these, and pySHACL takes its time over every triple.
        results = self.reference.results(seen(self._sight, data(), sorted(nodes, key=str)), nodes)
        known, said = {result.key for result in results}, {result.key for result in claimed}
        disputed = [(result, "fast") for result in claimed if result.key not in known]
        disputed += [(result, "pyshacl") for result in results if result.key not in said]
        return Told(results, disputed)


def _quiet() -> logging.Logger:
    """Return a logger for pySHACL, which tells of an error twice."""
    logger = logging.getLogger("kgtools.pyshacl")
    logger.propagate = False
    logger.addHandler(logging.NullHandler())
    return logger


def fast_at_hand() -> bool:
    """Say whether the fast engine is installed, in the version that was tested."""
    from importlib.metadata import PackageNotFoundError, version

    try:
        return version("shacl") == FAST
    except PackageNotFoundError:
        return False


def rdf_graph(triples: Iterable[Triple]) -> rdflib.Graph:
    """Return an rdflib graph of triples, lexical forms kept as they stand."""
    import rdflib

    rdflib.NORMALIZE_LITERALS = False
    # It tells of every ill-formed literal with a traceback; a shape with a datatype finds such, and says where.
    logging.getLogger("rdflib.term").setLevel(logging.CRITICAL)
    graph = rdflib.Graph(bind_namespaces="none")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        graph.addN((*map(_node, triple), graph) for triple in triples)
    return graph


def _data_graph(triples: Iterable[Triple]) -> Any:
    from pyshacl.graph_abstraction import DataGraph

    return DataGraph.from_rdflib_graph(rdf_graph(triples))


def _node(term: Term) -> Any:
    import rdflib

    if isinstance(term, IRI):
        return rdflib.URIRef(term.value)
    if isinstance(term, Literal):
        if term.language:
            return rdflib.Literal(term.value, lang=term.language)
        kind = None if term.datatype.value == vocab.iri("xsd:string") else rdflib.URIRef(term.datatype.value)
        return rdflib.Literal(term.value, datatype=kind)
    return rdflib.BNode(str(getattr(term, "value", term)))


def _back(node: Any) -> str:
    """Return a node of rdflib in N-Triples."""
    import rdflib

    if node is None:
        return ""
    if isinstance(node, rdflib.URIRef):
        return f"<{node}>"
    if isinstance(node, rdflib.BNode):
        return f"_:{node}"
    if node.language:
        return str(Literal(str(node), language=node.language))
    return str(Literal(str(node), datatype=IRI(str(node.datatype)))) if node.datatype else str(Literal(str(node)))


def _canonical(text: str) -> str:
    """Return a term in N-Triples as this package writes it."""
    return str(term(text))


def term(text: str) -> Term:
    """Return the term that a text in N-Triples stands for."""
    if text.startswith("_:"):
        return Blank(text[2:])
    if text.startswith("<"):
        return IRI(text[1:-1])
    return parse_triples(f"<x:s> <x:p> {text} .".encode())[0].object


def _read(report: rdflib.Graph) -> Iterable[Result]:
    from rdflib.namespace import SH

    # What stands under sh:detail is no result of its own (section 3.6.2.4).
    for result in report.objects(None, SH.result):
        found = report.value(result, SH.resultPath)
        yield Result(
            _back(report.value(result, SH.focusNode)), path_text(report, found) if found is not None else "",
            _back(report.value(result, SH.value)), _back(report.value(result, SH.sourceShape)),
            str(report.value(result, SH.sourceConstraintComponent)), str(report.value(result, SH.resultSeverity)),
            str(report.value(result, SH.resultMessage)),
        )  # fmt: skip


def path_text(graph: rdflib.Graph, path: Any) -> str:
    """Return a path of an rdflib graph in SPARQL's words."""
    import rdflib
    from rdflib.collection import Collection
    from rdflib.namespace import RDF, SH

    if isinstance(path, rdflib.URIRef):
        return f"<{path}>"
    if graph.value(path, RDF.first) is not None:
        return "(" + "/".join(path_text(graph, one) for one in Collection(graph, path)) + ")"
    inverse = graph.value(path, SH.inversePath)
    if inverse is not None:
        return "^" + path_text(graph, inverse)
    head = graph.value(path, SH.alternativePath)
    if head is not None:
        return "(" + "|".join(path_text(graph, one) for one in Collection(graph, head)) + ")"
    for name, sign in (("zeroOrMorePath", "*"), ("oneOrMorePath", "+"), ("zeroOrOnePath", "?")):
        inner = graph.value(path, SH[name])
        if inner is not None:
            return f"({path_text(graph, inner)}){sign}"
    return ""
