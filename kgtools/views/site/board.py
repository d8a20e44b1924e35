"""The map's board: every node of the network with a place, dossier by dossier; the same graph looks the same each time."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from kgtools import network
from kgtools.space import Space
from kgtools.views import evidence
from kgtools.views.evidence import date, words
from kgtools.views.site import packing
from kgtools.views.site.known import Known
from kgtools.views.tables import visible

# The network as `network` builds it; only that room knows the library.
Network: TypeAlias = Any

KINDS = ("incident", "explanation", "claim", "assertion", "speaker", "work")
PLURALS = {
    "incident": "incidents", "explanation": "explanations", "claim": "other claims", "assertion": "assertions",
    "speaker": "speakers", "work": "works",
}  # fmt: skip
# The home of what is about no incident.
NOWHERE = ""
_RADII = {"incident": 9.0, "explanation": 7.0, "claim": 5.0, "assertion": 2.4, "speaker": 5.0, "work": 5.0}
_GAP = 34.0
# From so many nodes on, a page comes with the dossiers alone, and what they hold is asked for when those are drawn.
MANY = 8_000


@dataclass(frozen=True)
class Spot:
    """A node with its place: CURIE, kind, label, standing and date in words, dossier, centre and radius in units."""

    name: str
    kind: str
    label: str
    standing: str
    date: str
    home: str
    x: float
    y: float
    r: float


@dataclass
class Board:
    """All spots by name, incidents first; edges as (from, to, relation); discs by incident as (x, y, radius)."""

    spots: dict[str, Spot] = field(default_factory=dict)
    edges: list[tuple[str, str, str]] = field(default_factory=list)
    discs: dict[str, tuple[float, float, float]] = field(default_factory=dict)
    touching: dict[str, list[int]] = field(default_factory=dict)

    def around(self, focus: str, depth: int) -> dict[str, int]:
        """Return what lies within so many steps of a node, with its distance, in order of distance."""
        found = {focus: 0}
        queue = [focus]
        for step in range(1, depth + 1):
            queue = list(dict.fromkeys(one for here in queue for one in self._beside(here) if one not in found))
            found |= dict.fromkeys(queue, step)
        return found

    def _beside(self, name: str) -> Iterable[str]:
        for place in self.touching.get(name, ()):
            here, there, _ = self.edges[place]
            yield there if here == name else here


def board(space: Space, known: Known) -> Board:
    """Return the board of a space."""
    graph = known.once("network", "", lambda: network.build(space, known.record))
    return known.once("board", "", lambda: arrange(graph, known))


def arrange(graph: Network, known: Known) -> Board:
    """Return the board of a network: the dossiers from left to right by date, each with what belongs to it packed inside."""
    kinds = {name: data["kind"] for name, data in graph.nodes(data=True)}
    homes = _homes(graph, kinds)
    members: dict[str, list[str]] = defaultdict(list)
    for name in sorted(kinds, key=lambda name: (KINDS.index(kinds[name]), name)):
        members[homes[name]].append(name)
    order = sorted(members, key=lambda home: (home == NOWHERE, _day(known, home), home))
    inside = {home: _disc(graph, kinds, members[home]) for home in order}
    radii = [inside[home][1] + 10 for home in order]
    found = Board()
    places: dict[str, tuple[float, float]] = {}
    for home, r, (x, y) in zip(order, radii, packing.along(radii, _GAP), strict=True):
        if home != NOWHERE:
            found.discs[home] = (round(x, 1), round(y, 1), round(r, 1))
        places |= {name: (x + dx, y + dy) for name, (dx, dy) in inside[home][0].items()}
    for name in sorted(places, key=lambda name: (KINDS.index(kinds[name]), order.index(homes[name]), name)):
        found.spots[name] = _spot(known, name, graph.nodes[name], homes[name], places[name])
    _join(found, graph)
    return found


def _join(found: Board, graph: Network) -> None:
    for here, there, data in sorted(graph.edges(data=True), key=lambda edge: (edge[0], edge[1], edge[2]["relation"])):
        for name in dict.fromkeys((here, there)):
            found.touching.setdefault(name, []).append(len(found.edges))
        found.edges.append((here, there, data["relation"]))


def _day(known: Known, home: str) -> str:
    one = known.incidents.get(home)
    return (one.earliest or one.latest) if one and (one.earliest or one.latest) else "9999"


def _homes(graph: Network, kinds: Mapping[str, str]) -> dict[str, str]:
    """Return the dossier of every node: a claim's first one, an assertion's by its claim, of others the most frequent one."""
    homes = {name: name for name, kind in kinds.items() if kind == "incident"}
    for wanted, steps in ((("claim", "explanation"), graph.successors), (("assertion",), graph.successors)):
        for name in (name for name, kind in kinds.items() if kind in wanted):
            near = sorted((KINDS.index(kinds[one]) == 0, homes[one]) for one in steps(name) if one in homes)
            homes[name] = near[0][1] if near else NOWHERE
    for name, kind in kinds.items():
        if kind in ("speaker", "work"):
            near_all = graph.successors(name) if kind == "speaker" else graph.predecessors(name)
            counted = Counter(homes.get(one, NOWHERE) for one in near_all)
            homes[name] = min(counted, key=lambda home: (-counted[home], home)) if counted else NOWHERE
    return homes


def _disc(graph: Network, kinds: Mapping[str, str], names: list[str]) -> tuple[dict[str, tuple[float, float]], float]:
    """Return places about a dossier's middle, and its radius: explanations inside, then claims, then works and speakers."""
    cells: dict[str, list[str]] = {name: [] for name in names if kinds[name] != "assertion"}
    loose: list[str] = []
    made = [name for name in names if kinds[name] == "assertion"]
    for name in sorted(made, key=lambda one: (graph.nodes[one]["date"] or "9", one)):
        claim = next((one for one in graph.successors(name) if kinds[one] in ("claim", "explanation") and one in cells), None)
        (cells[claim] if claim else loose).append(name)
    cells |= {name: [] for name in loose}
    rank = {kind: place for place, kind in enumerate(("incident", "explanation", "claim", "assertion", "work", "speaker"))}
    order = sorted(cells, key=lambda name: (rank[kinds[name]], -len(cells[name]), graph.nodes[name]["topic"], name))
    rings = {name: _ring(kinds[name], len(cells[name])) for name in order}
    centres, radius = packing.pack([rings[name][1] for name in order])
    places: dict[str, tuple[float, float]] = {}
    for name, (x, y) in zip(order, centres, strict=True):
        places[name] = (x, y)
        places |= {one: (x + dx, y + dy) for one, (dx, dy) in zip(cells[name], rings[name][0], strict=True)}
    return places, radius


def _ring(kind: str, number: int) -> tuple[list[tuple[float, float]], float]:
    """Return places for so many assertions around a claim, in rings that begin on top, and the radius of the whole."""
    places: list[tuple[float, float]] = []
    r = _RADII[kind] + 1.5
    while len(places) < number:
        r += 5.5
        room = min(int(2 * math.pi * r / 6.5), number - len(places))
        angles = (2 * math.pi * step / room - math.pi / 2 for step in range(room))
        places += [(r * math.cos(angle), r * math.sin(angle)) for angle in angles]
    return places, r + (4.0 if number else 2.0)


def _spot(known: Known, name: str, data: Mapping[str, Any], home: str, at: tuple[float, float]) -> Spot:
    kind, label, standing = data["kind"], data["label"], ""
    if kind == "assertion":
        one = known.record.assertions[name]
        standing = evidence.standing(one.standing)
        label = f"{one.speaker_label}: {evidence.label(one)}, {evidence.wording(one)}"
    return Spot(
        name, kind, visible(label), standing, visible(data["date"]), home, round(at[0], 1), round(at[1], 1), _RADII[kind]
    )


def behind(known: Known, here: str, there: str) -> list[str]:
    """Return the assertions whose passages stand behind an edge: the one that it starts or ends at, else those of its claim."""
    for name in (here, there):
        if name in known.record.assertions:
            return [name]
    return [one.name for one in known.by_claim.get(here, ())]


def overview(found: Board) -> Board:
    """Return a board with its dossiers alone, in the same places and order."""
    return Board({name: one for name, one in found.spots.items() if one.kind == "incident"}, [], found.discs)


def data(found: Board, known: Known) -> dict[str, Any]:
    """Return a board as compact data: a list for each column of the nodes, edges as a flat list of numbers."""
    spots = list(found.spots.values())
    number = {one.name: place for place, one in enumerate(spots)}
    standings = sorted({one.standing for one in spots if one.standing})
    relations = sorted({relation for *_, relation in found.edges})
    homes = {home: place for place, home in enumerate(found.discs)}
    return {
        "kinds": KINDS, "standings": standings, "relations": [[one, words(one)] for one in relations],
        "discs": [[number[home], *found.discs[home]] for home in homes],
        "nodes": {
            "id": [one.name for one in spots], "kind": [KINDS.index(one.kind) for one in spots],
            "label": [one.label for one in spots], "date": [date(one.date) for one in spots],
            "standing": [standings.index(one.standing) if one.standing else -1 for one in spots],
            "home": [homes.get(one.home, -1) for one in spots],
            "x": [one.x for one in spots], "y": [one.y for one in spots], "r": [one.r for one in spots],
            "places": [_places(known, one) for one in spots],
        },
        "edges": [n for here, there, rel in found.edges for n in (number[here], number[there], relations.index(rel))],
    }  # fmt: skip


def _places(known: Known, one: Spot) -> list[str] | int:
    if one.kind != "assertion":
        return 0
    return [visible(str(place)) for place in known.record.assertions[one.name].places]
