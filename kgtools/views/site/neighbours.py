"""The neighbourhood of a node: boxes with their text, by kind from left to right, placed beforehand and drawn by vis-network.

The data is that of the pyvis subclass of `picture`; nothing is left to compute in the browser.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from kgtools import network
from kgtools.network import Layout, Section
from kgtools.views import evidence
from kgtools.views import picture as boxes
from kgtools.views.evidence import words
from kgtools.views.site import board as boards
from kgtools.views.site.board import PLURALS, Board
from kgtools.views.site.request import Request
from kgtools.views.tables import visible

_STEP, _GAP, _TITLE = 250.0, 16.0, 44.0
# Boxes one above the other before a kind goes on in a further column.
_TALL = 11


def picture(request: Request, board: Board, focus: str, names: Sequence[str]) -> dict[str, Any]:
    """Return the boxes and lines of some nodes, the nearest ones first if they are too many, and what stands behind each."""
    known = request.known
    graph = known.once("network", "", lambda: network.build(request.space, known.record))
    drawn = graph.subgraph(names[: boxes.MOST])
    claims = [name for name in drawn if drawn.nodes[name]["kind"] in ("claim", "explanation")]
    sides = dict.fromkeys(drawn, "") | {name: boxes.counts(known.by_claim.get(name, ())) for name in claims}
    lines = {name: boxes.box_lines(name, drawn.nodes[name], known.record, sides[name]) for name in names[: boxes.MOST]}
    found = boxes.draw(drawn, lines, _columns(board, focus, lines))
    relations = sorted({edge["relation"] for edge in found["edges"]})
    ends = [[found["nodes"][edge[end]]["id"] for end in ("from", "to")] for edge in found["edges"]]
    return {
        **found, "focus": focus, "all": len(names), "words": {one: words(one) for one in relations},
        "details": {name: _detail(request, board, name) for name in lines}, "options": boxes.Picture().options,
        "behind": [boards.behind(known, *pair)[:8] for pair in ends], "passages": _passages(request, ends),
    }  # fmt: skip


def _columns(board: Board, focus: str, lines: dict[str, list[boxes.Line]]) -> Layout:
    """Return places by kind from left to right, each kind in one or more columns about a middle line."""
    found, left = Layout(), 0.0
    height = {name: boxes.size(listed)[1] for name, listed in lines.items()}
    place = {name: number for number, name in enumerate(lines)}
    for kind in ("speaker", "incident", "explanation", "claim", "assertion", "work"):
        names = sorted((one for one in lines if board.spots[one].kind == kind), key=lambda one: (one != focus, place[one]))
        across = max(1, -(-len(names) // _TALL))
        tall = -(-len(names) // across) if names else 0
        columns = [names[start : start + tall] for start in range(0, len(names), tall)] if names else []
        deepest = max((sum(height[one] + _GAP for one in column) for column in columns), default=0.0)
        for column in columns:
            y = -sum(height[one] + _GAP for one in column) / 2
            for name in column:
                found.centres[name] = (left + _STEP / 2, y + height[name] / 2)
                y += height[name] + _GAP
            left += _STEP
        if columns:
            width = len(columns) * _STEP
            title = PLURALS[kind] if len(names) > 1 else kind
            found.sections.append(Section(title, left - width, -deepest / 2 - _TITLE, width, deepest + _TITLE))
            left += 60.0
    return found


def _detail(request: Request, board: Board, name: str) -> dict[str, Any]:
    one = board.spots[name]
    detail = {"kind": one.kind, "label": one.label, "url": request.node(name)}
    if one.kind == "assertion":
        said = request.known.record.assertions[name]
        detail |= {"standing": one.standing, "side": boxes.side(said), "date": visible(said.when), "text": visible(said.text)}
    return detail


def _passages(request: Request, ends: Sequence[Sequence[str]]) -> dict[str, Any]:
    """Return label, address and places of every assertion that stands behind a line."""
    names = dict.fromkeys(name for here, there in ends for name in boards.behind(request.known, here, there)[:8])
    record = request.known.record.assertions
    return {
        name: {
            "label": visible(f"{record[name].speaker_label}, {evidence.label(record[name])}, {record[name].when}"),
            "url": request.node(name), "places": [visible(str(place)) for place in record[name].places],
        }
        for name in names
    }  # fmt: skip
