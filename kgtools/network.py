"""The graph as a network of incidents, claims, assertions, speakers and works, for layout, paths and exchange."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import networkx as nx

from kgtools.evidence.record import Assertion, Record
from kgtools.space import Space

# What an edge of the picture says, in the model's own relations.
INCIDENT_LINKS = ("inSeries",)
CLAIM_LINKS = ("excludes", "entails", "narrows", "leadsTo", "supports", "undermines", "onCondition")
ANSWERS = ("endorses", "contests", "paraphrases", "goesFurtherThan", "misquotes", "omits", "doubtsReliabilityOf", "respondsTo")

Row = dict[str, str | None]


@dataclass(frozen=True)
class Node:
    """A node of the picture: CURIE, kind (incident, claim, explanation, assertion, speaker, work), label, standing.

    The date is an EDTF string or ISO day, the topic the label of a claim's first topic; both empty where none stands.
    """

    name: str
    kind: str
    label: str
    detail: str = ""
    date: str = ""
    topic: str = ""


@dataclass
class _Rows:
    """What the graph says of incidents and claims, by incident, and the links between nodes."""

    incidents: dict[str, Row] = field(default_factory=dict)
    claims: dict[str, list[Row]] = field(default_factory=dict)
    assertions: dict[str, list[Assertion]] = field(default_factory=dict)
    links: list[Row] = field(default_factory=list)


def _read(space: Space, record: Record) -> _Rows:
    rows = _Rows(links=list(space.table(space.sparql(_LINKS))))
    for row in space.query("incidents"):
        rows.incidents.setdefault(row["incident"] or "", row)
    for row in space.table(space.sparql(_CLAIMS)):
        rows.claims.setdefault(row["incident"] or "", []).append(row)
    for one in record.assertions.values():
        for incident in one.incidents:
            rows.assertions.setdefault(incident, []).append(one)
    return rows


def build(space: Space, record: Record, incident: str | None = None) -> nx.MultiDiGraph:
    """Return the network of one incident (CURIE) or of all: nodes with kind, label, detail; edges with relation, places."""
    rows = _read(space, record)
    if incident is not None:
        return _assemble(rows, [incident], rows.assertions.get(incident, []))
    return _assemble(rows, list(rows.incidents), list(record.assertions.values()))


def each(space: Space, record: Record) -> dict[str, nx.MultiDiGraph]:
    """Return the network of every incident by CURIE, in order of date; the graph is read once."""
    rows = _read(space, record)
    return {name: _assemble(rows, [name], rows.assertions.get(name, [])) for name in rows.incidents}


def _assemble(rows: _Rows, incidents: Sequence[str], assertions: Iterable[Assertion]) -> nx.MultiDiGraph:
    graph = nx.MultiDiGraph()
    for name in incidents:
        if name in rows.incidents:
            row = rows.incidents[name]
            _node(graph, Node(name, "incident", row["label"] or "", row["date"] or "", row["date"] or ""))
    for name in list(graph):
        for row in rows.claims.get(name, ()):
            kind = "explanation" if row["explanation"] else "claim"
            if row["claim"] not in graph or kind == "explanation":
                _node(graph, Node(row["claim"] or "", kind, row["text"] or "", topic=row["topicLabel"] or ""))
            _edge(graph, row["claim"], name, "explains" if row["explanation"] else "about")
    for one in assertions:
        _assertion(graph, one, incidents)
    _links(rows.links, graph)
    graph.remove_nodes_from([name for name, data in graph.nodes(data=True) if "kind" not in data])
    return graph


def _assertion(graph: nx.MultiDiGraph, one: Assertion, incidents: Sequence[str]) -> None:
    places = [str(place) for place in one.places]
    label = f"{one.speaker_label}: {one.text}"
    _node(graph, Node(one.name, "assertion", label, f"{one.standing} {one.force}", one.earliest or one.said))
    _node(graph, Node(one.speaker, "speaker", one.speaker_label))
    _edge(graph, one.speaker, one.name, "made", places)
    if one.claim:
        _edge(graph, one.name, one.claim, one.counts if one.counts != "neither" else one.force, places)
    else:
        for incident in [name for name in one.incidents if name in incidents][:1]:
            _edge(graph, one.name, incident, one.force, places)
    if one.source:
        _node(graph, Node(one.source, "work", one.source_label))
        _edge(graph, one.name, one.source, "in", places)
    for reported in one.reports:
        _edge(graph, one.name, reported, "reports", places)


def _links(links: Iterable[Row], graph: nx.MultiDiGraph) -> None:
    for row in links:
        if row["here"] in graph and row["there"] in graph:
            relation = (row["relation"] or "").partition(":")[2]
            if relation != "respondsTo" or not _answered(graph, row["here"], row["there"]):
                _edge(graph, row["here"], row["there"], relation)


def _answered(graph: nx.MultiDiGraph, here: str | None, there: str | None) -> bool:
    return any(data["relation"] in ANSWERS for data in (graph.get_edge_data(here, there) or {}).values())


def _node(graph: nx.MultiDiGraph, node: Node) -> None:
    graph.add_node(node.name, kind=node.kind, label=node.label, detail=node.detail, date=node.date, topic=node.topic)


def _edge(graph: nx.MultiDiGraph, here: str | None, there: str | None, relation: str, places: Iterable[str] = ()) -> None:
    if not any(data["relation"] == relation for data in (graph.get_edge_data(here, there) or {}).values()):
        graph.add_edge(here, there, relation=relation, places="; ".join(places))


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


# A claim with several topics has a row for each; the first, by label, is the one that the picture sorts by.
_CLAIMS = """SELECT DISTINCT ?claim ?text ?incident ?explanation ?topicLabel WHERE {
  ?claim a cev:Claim ; schema:text ?text ; schema:about ?incident .
  OPTIONAL { ?claim cev:topic ?topic . ?topic skos:prefLabel ?topicLabel }
  OPTIONAL { ?claim cev:explains ?incident . BIND(true AS ?explanation) } } ORDER BY ?claim ?incident ?topicLabel"""
_LINKS = f"""SELECT ?here ?relation ?there WHERE {{
  VALUES ?relation {{ {" ".join(f"cev:{name}" for name in (*INCIDENT_LINKS, *CLAIM_LINKS, *ANSWERS))} }}
  ?here ?relation ?there }} ORDER BY ?here ?there ?relation"""
