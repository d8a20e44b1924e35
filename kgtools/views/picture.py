"""The picture of a network: pyvis with boxes of our own, placed beforehand, and words for what nodes and edges say."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Mapping
from typing import Any

import networkx as nx
from pyvis.network import Network

from kgtools.evidence.record import Assertion, Record
from kgtools.network import CLAIM_LINKS, Layout
from kgtools.views import evidence
from kgtools.views.tables import visible

# At most this many boxes are drawn in one picture; the table holds everything.
MOST = 500

# Lines that are drawn at once; the others are drawn for what is in focus.
_DRAWN = {"reports", *CLAIM_LINKS}


# Width of a box and of its text in pixels at full size; height of a line; characters that fit a line, plain and small.
_WIDTH, _LINE, _PLAIN, _SMALL = 204.0, 15.0, 29, 36

# A line of text in a box: "b" bold, "p" plain, "s" small; and the text.
Line = tuple[str, str]


class Picture(Network):  # type: ignore[misc]
    """A pyvis network whose nodes and edges are assigned in one go, with nothing left to compute in the browser."""

    def __init__(self) -> None:
        super().__init__(directed=True, cdn_resources="in_line")
        self.options = {
            "physics": {"enabled": False},
            "layout": {"improvedLayout": False, "randomSeed": 1},
            "interaction": {"hover": True, "dragNodes": False, "keyboard": {"enabled": False}, "tooltipDelay": 250},
            "nodes": {"shape": "custom"},
            "edges": {
                "arrows": {"to": {"enabled": True, "scaleFactor": 0.5}},
                "smooth": {"type": "cubicBezier", "forceDirection": "horizontal", "roundness": 0.75},
                "selectionWidth": 1,
            },
        }

    def data(self) -> dict[str, Any]:
        """Return nodes, edges and vis-network's options, as pyvis hands them to a template."""
        nodes, edges, *_ = self.get_network_data()
        return {"nodes": nodes, "edges": edges}


def box_lines(name: str, data: Mapping[str, str], record: Record, sides: str = "") -> list[Line]:
    """Return the text of a node's box, wrapped and shortened; the standing is always part of an assertion's.

    Below a claim or an incident stand its counts, given as words.
    """
    kind, label = data["kind"], visible(data["label"])
    if kind == "assertion":
        return _assertion_lines(record.assertions[name])
    if kind in ("claim", "explanation"):
        return [("b" if kind == "explanation" else "s", kind), *_wrap("p", label, 4), ("s", sides)]
    if kind == "incident":
        date = [("s", visible(evidence.date(data["date"])))] if data["date"] else []
        return [*date, *_wrap("b", label, 3), *([("s", sides)] if sides else [])]
    return [("s", kind), *_wrap("p", label, 2)]


def _assertion_lines(one: Assertion) -> list[Line]:
    return [
        *_wrap("b", visible(one.speaker_label), 2),
        *_wrap("s", evidence.label(one) + evidence.then(one), 2),
        *_wrap("s", f"{evidence.wording(one)} · {side(one)}", 2),
    ]


def side(one: Assertion) -> str:
    """Say on which side of its claim an assertion counts, in words."""
    return {"for": "for", "against": "against"}.get(one.counts, "neither")


def counts(assertions: Iterable[Assertion]) -> str:
    """Return the number of assertions for, against and neither, as words; marked where all are only possibly known by then."""
    known = list(assertions)
    listed = [one.counts for one in known]
    then = " · possibly by then" if known and all(one.by_then == "possibly" for one in known) else ""
    return f"{listed.count('for')} for · {listed.count('against')} against · {listed.count('neither')} neither{then}"


def _wrap(style: str, text: str, most: int) -> list[Line]:
    width = _SMALL if style == "s" else _PLAIN
    return [(style, line) for line in textwrap.wrap(text, width, max_lines=most, placeholder=" …")] or [(style, "—")]


def size(lines: list[Line]) -> tuple[float, float]:
    """Return width and height of a box for its lines, in pixels at full size."""
    return _WIDTH, len(lines) * _LINE + 14


def draw(graph: nx.MultiDiGraph, lines: Mapping[str, list[Line]], layout: Layout) -> dict[str, Any]:
    """Return a picture's data: nodes and edges in vis-network's terms, sections; drawn in the order of the graph."""
    picture = Picture()
    names = [name for name in graph if name in layout.centres]
    number = {name: place for place, name in enumerate(names)}
    picture.nodes = [
        {
            "id": name, "x": round(layout.centres[name][0]), "y": round(layout.centres[name][1]),
            "h": size(lines[name])[1], "kind": graph.nodes[name]["kind"], "lines": lines[name],
            **({"share": graph.nodes[name]["share"]} if "share" in graph.nodes[name] else {}),
        }
        for name in names
    ]  # fmt: skip
    picture.edges = [
        {"id": place, "from": number[here], "to": number[there], **_edge(graph, layout, here, there, data)}
        for place, (here, there, data) in enumerate(graph.edges(data=True))
        if here in number and there in number
    ]
    sections = [[one.title, *(round(v) for v in (one.left, one.top, one.width, one.height))] for one in layout.sections]
    return {**picture.data(), "sections": sections}


def _edge(graph: nx.MultiDiGraph, layout: Layout, here: str, there: str, data: Mapping[str, Any]) -> dict[str, Any]:
    """Return what an edge says; marked if it is drawn at once.

    That is: from an origin to its claim, and inside a section in a chain or between claims.
    """
    relation = data["relation"]
    to_claim = graph.nodes[here]["kind"] == "assertion" and graph.nodes[there]["kind"] in ("claim", "explanation")
    origin = not any(other["relation"] == "reports" for *_, other in graph.out_edges(here, data=True))
    claims = {"claims": data["claims"]} if "claims" in data else {}
    near = relation in _DRAWN and _section(layout, here) == _section(layout, there)
    return {"relation": relation, **claims, **({"drawn": 1} if near or (to_claim and origin) else {})}


def _section(layout: Layout, name: str) -> int:
    """Return the number of the section that a node stands in, -1 if in none."""
    x, y = layout.centres[name]
    inside = [one.left <= x <= one.left + one.width and one.top <= y <= one.top + one.height for one in layout.sections]
    return inside.index(True) if True in inside else -1


def capped(graph: nx.MultiDiGraph, most: int) -> nx.MultiDiGraph:
    """Return the network with at most so many nodes: explanations and the claims most spoken of first, each kept whole."""
    if len(graph) <= most:
        return graph
    kinds = {name: data["kind"] for name, data in graph.nodes(data=True)}
    kept = {name for name, kind in kinds.items() if kind == "incident"}
    rank = {"explanation": 0, "claim": 1, "assertion": 2, "speaker": 3, "work": 3}
    claims = sorted((n for n in graph if n not in kept), key=lambda n: (rank[kinds[n]], -graph.in_degree(n), n))
    for claim in claims:
        made = [n for n in graph.predecessors(claim) if kinds[n] == "assertion"] if rank[kinds[claim]] < 2 else [claim]
        for one in made or [claim]:
            ends = {n for n in graph.predecessors(one) if kinds[n] == "speaker"} | {
                n for n in graph.successors(one) if kinds[n] == "work"
            }
            group = {claim, one, *ends}
            if len(kept | group) <= most:
                kept |= group
    smaller = graph.copy()
    smaller.remove_nodes_from([name for name in graph if name not in kept])
    return smaller
