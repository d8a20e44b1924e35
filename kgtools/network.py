"""The graph as a network of incidents, claims, assertions, speakers and works, for layout, paths and exchange."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import networkx as nx

from kgtools.evidence.record import Record
from kgtools.space import Space

# What an edge of the picture says, in the model's own relations.
CLAIM_LINKS = ("excludes", "entails", "narrows", "leadsTo", "supports", "undermines", "onCondition")
ANSWERS = ("endorses", "contests", "paraphrases", "goesFurtherThan", "misquotes", "omits", "doubtsReliabilityOf", "respondsTo")


@dataclass(frozen=True)
class Node:
    """A node of the picture: CURIE, kind (incident, claim, explanation, assertion, speaker, work), label, standing."""

    name: str
    kind: str
    label: str
    detail: str = ""


def build(space: Space, record: Record, incident: str | None = None) -> nx.MultiDiGraph:
    """Return the network of one incident (CURIE) or of all: nodes with kind, label, detail; edges with relation, places."""
    graph = nx.MultiDiGraph()
    wanted = [one for one in record.assertions.values() if incident is None or incident in one.incidents]
    for row in space.query("incidents"):
        if incident in (None, row["incident"]):
            _node(graph, Node(row["incident"] or "", "incident", row["label"] or "", row["date"] or ""))
    for row in space.table(space.sparql(_CLAIMS)):
        if incident in (None, row["incident"]) and row["incident"] in graph:
            kind = "explanation" if row["explanation"] else "claim"
            _node(graph, Node(row["claim"] or "", kind, row["text"] or ""))
            _edge(graph, row["claim"], row["incident"], "explains" if row["explanation"] else "about")
    for one in wanted:
        places = [str(place) for place in one.places]
        _node(graph, Node(one.name, "assertion", f"{one.speaker_label}: {one.text}", f"{one.standing} {one.force}"))
        _node(graph, Node(one.speaker, "speaker", one.speaker_label))
        _edge(graph, one.speaker, one.name, "made", places)
        if one.claim:
            _edge(graph, one.name, one.claim, one.counts if one.counts != "neither" else one.force, places)
        elif incident or one.incidents:
            _edge(graph, one.name, incident or one.incidents[0], one.force, places)
        if one.source:
            _node(graph, Node(one.source, "work", one.source_label))
            _edge(graph, one.name, one.source, "in", places)
        for reported in one.reports:
            _edge(graph, one.name, reported, "reports", places)
    _links(space, graph)
    graph.remove_nodes_from([name for name, data in graph.nodes(data=True) if "kind" not in data])
    return graph


def _links(space: Space, graph: nx.MultiDiGraph) -> None:
    for row in space.table(space.sparql(_LINKS)):
        if row["here"] in graph and row["there"] in graph:
            relation = (row["relation"] or "").partition(":")[2]
            if relation != "respondsTo" or not _answered(graph, row["here"], row["there"]):
                _edge(graph, row["here"], row["there"], relation)


def _answered(graph: nx.MultiDiGraph, here: str | None, there: str | None) -> bool:
    return any(data["relation"] in ANSWERS for data in (graph.get_edge_data(here, there) or {}).values())


def _node(graph: nx.MultiDiGraph, node: Node) -> None:
    graph.add_node(node.name, kind=node.kind, label=node.label, detail=node.detail)


def _edge(graph: nx.MultiDiGraph, here: str | None, there: str | None, relation: str, places: Iterable[str] = ()) -> None:
    if not any(data["relation"] == relation for data in (graph.get_edge_data(here, there) or {}).values()):
        graph.add_edge(here, there, relation=relation, places="; ".join(places))


def layout(graph: nx.MultiDiGraph, seed: int = 7) -> dict[str, tuple[float, float]]:
    """Return positions, the same for the same graph: a spring layout begun from a fixed seed, in units of one."""
    plain = nx.Graph()
    plain.add_nodes_from(sorted(graph.nodes))
    plain.add_edges_from(sorted((min(a, b), max(a, b)) for a, b in graph.edges() if a != b))
    found = nx.spring_layout(plain, seed=seed, iterations=80, k=2.2 / max(len(plain), 1) ** 0.5)
    return {name: (round(float(x), 4), round(float(y), 4)) for name, (x, y) in found.items()}


def components(graph: nx.MultiDiGraph) -> list[set[str]]:
    """Return the weakly connected parts, largest first."""
    return sorted(nx.weakly_connected_components(graph), key=lambda part: (-len(part), min(part)))


def graphml(graph: nx.MultiDiGraph) -> bytes:
    """Return the network as GraphML."""
    return "\n".join(nx.generate_graphml(graph)).encode("utf-8")


def gexf(graph: nx.MultiDiGraph) -> bytes:
    """Return the network as GEXF, without the date that the writer would put in."""
    import re

    text = "\n".join(nx.generate_gexf(graph))
    return re.sub(r' lastmodifieddate="[^"]*"', "", text).encode("utf-8")


_CLAIMS = """SELECT DISTINCT ?claim ?text ?incident ?explanation WHERE {
  ?claim a cev:Claim ; schema:text ?text ; schema:about ?incident .
  OPTIONAL { ?claim cev:explains ?incident . BIND(true AS ?explanation) } } ORDER BY ?claim ?incident"""
_LINKS = f"""SELECT ?here ?relation ?there WHERE {{
  VALUES ?relation {{ {' '.join(f'cev:{name}' for name in (*CLAIM_LINKS, *ANSWERS))} }}
  ?here ?relation ?there }} ORDER BY ?here ?there ?relation"""
