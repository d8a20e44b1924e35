"""The graph as a network of incidents, claims, assertions, speakers and works, for layout, paths and exchange."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import networkx as nx

from kgtools.evidence.record import Assertion, Record
from kgtools.space import Space

# What an edge of the picture says, in the model's own relations.
INCIDENT_LINKS = ("inSeries",)
CLAIM_LINKS = ("excludes", "entails", "narrows", "leadsTo", "supports", "undermines", "onCondition")
ANSWERS = ("endorses", "contests", "paraphrases", "goesFurtherThan", "misquotes", "omits", "doubtsReliabilityOf", "respondsTo")

# The title over assertions that put forward no claim.
NO_CLAIM = "no claim put forward"

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


@dataclass(frozen=True)
class Section:
    """A titled rectangle of the picture: left, top, width and height in pixels at full size."""

    title: str
    left: float
    top: float
    width: float
    height: float


@dataclass
class Layout:
    """Centres of the nodes in pixels at full size, y downwards, and the titled rectangles that they stand in."""

    centres: dict[str, tuple[float, float]] = field(default_factory=dict)
    sections: list[Section] = field(default_factory=list)


@dataclass
class _Block:
    """A claim and what is asserted of it: node centres from the block's left top corner, size in units and pixels."""

    centres: dict[str, tuple[float, float]]
    units: int
    height: float


Sizes = Mapping[str, tuple[float, float]]

_STEP = 236.0  # from one column of boxes to the next
_UNIT = _STEP / 4
_GAP = 14.0
_TITLE = 56.0
_SHAPE = 1.7  # width to height of what is packed
_WIDE = 2.6  # the same of the whole board, with what packing leaves empty


def layout(graph: nx.MultiDiGraph, sizes: Sizes) -> Layout:
    """Return where the boxes of one incident's network stand, for their sizes in pixels; the same for the same graph.

    Left to right: the incident and the speakers, the claims by topic (explanations first), the works. Beside each claim
    stand its assertions, from the origins on the left to the last hop on the right, one row a chain, so no line crosses
    another inside a chain. Speakers and works are ordered by the mean height of what they are joined to.
    """
    topics: dict[str, list[_Block]] = {}
    for title, block in _blocks(graph, sizes):
        topics.setdefault(title, []).append(block)
    found = Layout()
    blocks = [block for listed in topics.values() for block in listed]
    area = sum(block.units * _UNIT * (block.height + _GAP) for block in blocks)
    width = max([round((area * _WIDE) ** 0.5 / _UNIT), *(block.units + 1 for block in blocks)])
    _board(found, topics, width)
    base = max((section.top + section.height for section in found.sections), default=0.0)
    right = max((section.left + section.width for section in found.sections), default=0.0)
    for kinds, edge, side in ((("incident", "speaker"), -2 * _GAP, -1), (("work",), right + 2 * _GAP, 1)):
        names = [name for kind in kinds for name in _by_height(graph, kind, found.centres)]
        _rail(found, names, sizes, edge, side, max(base, 600.0))
    return found


def _board(found: Layout, topics: Mapping[str, list[_Block]], width: int) -> None:
    """Place the sections, and the blocks in them, on a board of a width in units."""
    inner: list[tuple[str, list[_Block], list[tuple[int, float]], int, float]] = []
    for title, blocks in topics.items():
        area = sum(block.units * (block.height + _GAP) * _UNIT for block in blocks)
        units = min(width - 1, max([round((area * _SHAPE) ** 0.5 / _UNIT), *(block.units for block in blocks)]))
        units = width - 1 if title == "explanations" and units * 1.6 > width else units
        spots = _pack([(block.units, block.height + _GAP) for block in blocks], units)
        units = max(x + block.units for (x, _), block in zip(spots, blocks, strict=True))
        height = max(y + block.height for (_, y), block in zip(spots, blocks, strict=True))
        inner.append((title, blocks, spots, units, height + _TITLE + _GAP))
    places = _pack([(units + 1, height + 2 * _GAP) for _, _, _, units, height in inner], width)
    for (title, blocks, spots, units, height), (left, top) in zip(inner, places, strict=True):
        found.sections.append(Section(title, left * _UNIT, top, units * _UNIT + _GAP, height))
        for block, (x, y) in zip(blocks, spots, strict=True):
            for name, (dx, dy) in block.centres.items():
                found.centres[name] = ((left + x) * _UNIT + _GAP + dx, top + _TITLE + y + dy)


def _pack(sizes: Sequence[tuple[int, float]], width: int) -> list[tuple[int, float]]:
    """Return places for rectangles (units, height), each as high up and then as far left as it goes, in the given order."""
    sky = [0.0] * width
    places = []
    for units, height in sizes:
        top, left = min((max(sky[x : x + units]), x) for x in range(max(width - units, 0) + 1))
        sky[left : left + units] = [top + height] * units
        places.append((left, top))
    return places


def _blocks(graph: nx.MultiDiGraph, sizes: Sizes) -> list[tuple[str, _Block]]:
    """Return the blocks with the titles of their sections: explanations, then topics by size; large blocks first."""
    kinds = {name: data["kind"] for name, data in graph.nodes(data=True)}
    members: dict[str, list[str]] = {name: [] for name, kind in kinds.items() if kind in ("claim", "explanation")}
    loose: list[str] = []
    for name in (name for name, kind in kinds.items() if kind == "assertion"):
        claims = [there for there in graph.successors(name) if there in members]
        (members[claims[0]] if claims else loose).append(name)
    found = []
    for claim, names in members.items():
        title = "explanations" if kinds[claim] == "explanation" else graph.nodes[claim]["topic"] or "other claims"
        found.append((title, _block(graph, claim, names, sizes)))
    for names in _trees(graph, loose):
        found.append((NO_CLAIM, _block(graph, "", names, sizes)))
    counts = Counter(title for title, _ in found)
    found.sort(key=lambda one: (one[0] != "explanations", -counts[one[0]], one[0], -one[1].units, -one[1].height))
    return found


def _block(graph: nx.MultiDiGraph, claim: str, names: Sequence[str], sizes: Sizes) -> _Block:
    """Return the block of a claim (or of assertions without one): the claim on the left, midway down its rows."""
    grid = _grid(graph, names)
    first = 1 if claim else 0
    step = max((sizes[name][1] for name in names), default=0.0) + _GAP
    rows = max((row for _, row in grid.values()), default=-1.0) + 1
    height = max(rows * step - _GAP, sizes[claim][1] if claim else 0.0)
    top = (height - rows * step + _GAP) / 2
    centres = {claim: (sizes[claim][0] / 2, height / 2)} if claim else {}
    for name, (hop, row) in grid.items():
        centres[name] = ((first + hop) * _STEP + sizes[name][0] / 2, top + row * step + (step - _GAP) / 2)
    return _Block(centres, 4 * (first + max((hop + 1 for hop, _ in grid.values()), default=0)), height)


def _parents(graph: nx.MultiDiGraph, names: Sequence[str]) -> dict[str, str]:
    """Return for each assertion the first one among the names that it passes on; a loop is cut where it closes."""
    within, parents = set(names), dict[str, str]()
    for name in names:
        edges = graph.out_edges(name, data=True)
        for other in sorted(there for _, there, data in edges if data["relation"] == "reports" and there in within):
            end = other
            while end in parents:
                end = parents[end]
            if end != name and name not in parents:
                parents[name] = other
    return parents


def _trees(graph: nx.MultiDiGraph, names: Sequence[str]) -> list[list[str]]:
    """Return assertions in groups of one origin each."""
    parents = _parents(graph, names)
    groups: dict[str, list[str]] = {}
    for name in names:
        root = name
        while root in parents:
            root = parents[root]
        groups.setdefault(root, []).append(name)
    return list(groups.values())


def _grid(graph: nx.MultiDiGraph, names: Sequence[str]) -> dict[str, tuple[int, float]]:
    """Return hop from the origin and row of each assertion: last hops in a row each, others midway between theirs."""
    parents = _parents(graph, names)
    later: dict[str, list[str]] = {}
    for name in sorted(names, key=lambda name: (graph.nodes[name]["date"] or "9999", name)):
        later.setdefault(parents.get(name, ""), []).append(name)
    hops, order, stack = {"": -1}, list[str](), later.get("", [])[::-1]
    while stack:
        name = stack.pop()
        order.append(name)
        hops[name] = hops[parents.get(name, "")] + 1
        stack += later.get(name, [])[::-1]
    rows: dict[str, float] = {}
    for name in (name for name in order if name not in later):
        rows[name] = float(len(rows))
    for name in reversed(order):
        if name in later:
            rows[name] = (rows[later[name][0]] + rows[later[name][-1]]) / 2
    return {name: (hops[name], rows[name]) for name in order}


def _by_height(graph: nx.MultiDiGraph, kind: str, centres: Mapping[str, tuple[float, float]]) -> list[str]:
    """Return the nodes of a kind in order of the mean height of the placed nodes that they are joined to."""
    means = {}
    for name in (name for name, data in graph.nodes(data=True) if data["kind"] == kind):
        heights = [centres[one][1] for one in nx.all_neighbors(graph, name) if one in centres]
        means[name] = sum(heights) / len(heights) if heights else 0.0
    return sorted(means, key=lambda name: (round(means[name], 3), name))


def _rail(found: Layout, names: Sequence[str], sizes: Sizes, edge: float, side: int, height: float) -> None:
    """Stack boxes beside the board, from its edge outwards: side -1 to the left, 1 to the right."""
    column, y = 0, 0.0
    for name in names:
        box = sizes[name]
        if y and y + box[1] > height:
            column, y = column + 1, 0.0
        found.centres[name] = (edge + side * (column * _STEP + box[0] / 2), y + box[1] / 2)
        y += box[1] + _GAP


def chart(graph: nx.MultiDiGraph, sizes: Sizes, most: int = 4) -> Layout:
    """Return where the boxes of incidents stand: a column a year in order of date, a few boxes high, lines of columns."""
    years: dict[str, list[str]] = {}
    for name, data in graph.nodes(data=True):
        if data["kind"] == "incident":
            printed = re.search(r"\d{4}", data["date"])
            years.setdefault(printed[0] if printed else "undated", []).append(name)
    columns = [
        (f"{year}, continued" if start else year, names[start : start + most])
        for year, names in sorted(years.items())
        for start in range(0, len(names), most)
    ]
    tall = max((sizes[name][1] for names in years.values() for name in names), default=0.0) + _GAP
    across = max(1, round((len(columns) * (_TITLE + most * tall * 0.7) / _STEP * _WIDE) ** 0.5))
    found, top = Layout(), 0.0
    for start in range(0, len(columns), across):
        line = columns[start : start + across]
        for place, (year, names) in enumerate(line):
            left = place * _STEP
            found.sections.append(Section(year, left, top, _STEP - _GAP, _TITLE + len(names) * tall))
            for row, name in enumerate(names):
                found.centres[name] = (left + (_STEP - _GAP) / 2, top + _TITLE + row * tall + sizes[name][1] / 2)
        top += _TITLE + max(len(names) for _, names in line) * tall + 2 * _GAP
    return found


def components(graph: nx.MultiDiGraph) -> list[set[str]]:
    """Return the weakly connected parts, largest first."""
    return sorted(nx.weakly_connected_components(graph), key=lambda part: (-len(part), min(part)))


def graphml(graph: nx.MultiDiGraph) -> bytes:
    """Return the network as GraphML."""
    return "\n".join(nx.generate_graphml(graph)).encode("utf-8")


def gexf(graph: nx.MultiDiGraph) -> bytes:
    """Return the network as GEXF, without the date that the writer would put in."""
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
