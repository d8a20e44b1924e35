"""The map: the whole network dossier by dossier, the neighbourhood of one node, and both as a table."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from kgtools.faults import Fault
from kgtools.space import Table
from kgtools.views.evidence import words as said
from kgtools.views.site import board as boards
from kgtools.views.site.board import KINDS, PLURALS, Board, Spot
from kgtools.views.site.missing import Missing
from kgtools.views.site.page import Answer, Page
from kgtools.views.site.render import FORMS
from kgtools.views.site.reply import Reply
from kgtools.views.site.request import Request
from kgtools.views.site.sieve import NAMES, Sieve, sieve

# So many rows of the table stand on one page.
ROWS = 200
_SHAPES = {
    "incident": "incident", "claim": "claim", "explanation": "claim", "assertion": "claim",
    "speaker": "agent", "work": "source",
}  # fmt: skip


def page(request: Request) -> Answer:
    """Return the map, or the neighbourhood of the node in focus where no place on the map is asked for.

    `part=rows` leaves the picture's data out, for a script that only wants the table afresh; `part=whole` has all of it in the
    page, which has it from elsewhere where it is large.
    """
    part = request.params.get("part")
    request = replace(request, params={name: value for name, value in request.params.items() if name != "part"})
    board = boards.board(request.space, request.known)
    focus, depth = _focus(request, board)
    chosen = sieve(request.params, board)
    alone = bool(focus) and "z" not in request.params
    if request.form == "json" and not focus:
        return _compact(request, boards.data(board, request.known))
    around = board.around(focus, depth) if focus else {}
    near = list(around) or list(board.spots)
    kept = chosen.kept(board, near)
    if alone:
        from kgtools.views.site import neighbours

        drawn = neighbours.picture(request, board, focus, _kept_or_focus(kept, focus))
        if request.form == "json":
            return _compact(request, {"focus": focus, "depth": depth, **drawn})
    table = _lines(request, board, around, kept, depth, chosen) if focus else _nodes(board, kept)
    shown, turn = _paged(request, table)
    inline = boards.overview(board) if len(board.spots) > boards.MANY and part != "whole" else board
    values = {
        "board": board, "focus": board.spots.get(focus), "depth": depth, "sieve": chosen, "kept": kept, "total": len(near),
        "alone": alone, "rows": shown, "turn": turn, "filters": _filters(request, board, chosen, near),
        "hiders": _hiders(request, board, chosen, near) if not kept else [], "shapes": _addresses(request),
        "drawn": "" if part == "rows" else _inert(drawn if alone else boards.data(inline, request.known)), "said": said,
        "plurals": PLURALS, "more": request.url("/map.json") if inline is not board else "",
    }  # fmt: skip
    title = f"Map: around {board.spots[focus].label}" if focus else "Map of the network"
    # Of a neighbourhood the template loads vis-network first.
    script = () if alone else ("map.js",)
    return Page(
        "map.html.j2", title, values, nodes=tuple(kept), table=table, part="map", scripts=script, styles=("map.css",),
        queries=_queries(),
    )  # fmt: skip


def _focus(request: Request, board: Board) -> tuple[str, int]:
    focus, depth = request.params.get("focus", ""), request.params.get("depth") or "1"
    if depth not in ("1", "2"):
        raise Fault("depth", f"'{depth}' is neither 1 nor 2", "ask for one or two steps around a node")
    if focus and focus not in board.spots:
        raise Missing(f"'{focus}' is no node of this map", ((request.url("/map"), "the whole map"),))
    return focus, int(depth)


def _kept_or_focus(kept: list[str], focus: str) -> list[str]:
    return kept if not kept or focus in kept else [focus, *kept]


def _compact(request: Request, data: dict[str, Any]) -> Reply:
    """Return data as JSON without blanks, headed as all JSON twins are."""
    horizon = request.space.horizon
    head = {"page": request.path, "title": "Map of the network", "dataVersion": request.known.version}
    asof = {"asOf": {"day": horizon.day.isoformat(), "clock": horizon.clock}} if horizon else {}
    body = json.dumps({**head, **asof, "data": data}, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")
    return Reply(200, FORMS["json"], body, {"Vary": "Accept", "X-Data-Version": request.known.version})


def _inert(data: dict[str, Any]) -> str:
    """Return JSON that may stand inside an element: no character in it can end or open a tag."""
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":"))
    for sign in "<>&\u2028\u2029":
        text = text.replace(sign, f"\\u{ord(sign):04x}")
    return text


def _addresses(request: Request) -> dict[str, str]:
    """Return the address of a node's page by kind, `{}` standing for its local name, and that of its neighbourhood."""
    found = {kind: request.url(f"/{first}/{{}}").replace("%7B%7D", "{}") for kind, first in _SHAPES.items()}
    return found | {"map": request.url("/map")}


def _nodes(board: Board, kept: Sequence[str]) -> Table:
    rows: list[tuple[str | None, ...]] = []
    for name in kept:
        one = board.spots[name]
        home = board.spots[one.home].label if one.home else ""
        lines = len(board.touching.get(name, ()))
        rows.append((one.kind, name, one.label, one.standing, one.date, home if one.kind != "incident" else "", str(lines)))
    return Table(("kind", "node", "label", "standing", "date", "dossier", "lines"), rows)


def _lines(request: Request, board: Board, around: dict[str, int], kept: list[str], depth: int, chosen: Sieve) -> Table:
    """Return the lines between nodes around the one in focus, each with the passages behind it."""
    record, rows, left = request.known.record, list[tuple[str | None, ...]](), set(kept)
    for here, there, relation in board.edges:
        near = min(around.get(here, depth), around.get(there, depth)) < depth
        if near and {here, there} <= around.keys() and (not chosen.rel or relation in chosen.rel) and {here, there} & left:
            made = boards.behind(request.known, here, there)
            places = "; ".join(str(place) for name in made[:3] for place in record.assertions[name].places)
            more = f"; and {len(made) - 3} more assertions" if len(made) > 3 else ""
            ends = (board.spots[here].label, said(relation), board.spots[there].label)
            rows.append((here, *ends, there, " ".join(made), places + more))
    return Table(("from", "fromLabel", "relation", "toLabel", "to", "assertions", "passages"), rows)


def _paged(request: Request, table: Table) -> tuple[list[dict[str, str | None]], dict[str, Any]]:
    pages = max(1, -(-len(table) // ROWS))
    given = request.params.get("page", "1")
    here = min(int(given), pages) if given.isdecimal() and len(given) < 9 and int(given) else 1
    links = {"before": here - 1, "after": here + 1 if here < pages else 0}
    addresses = {name: request.here("table", page=str(place)) if place else "" for name, place in links.items()}
    first = (here - 1) * ROWS
    shown = list(table)[first : first + ROWS]
    return shown, {"page": here, "pages": pages, "first": first + 1, "last": first + len(shown), "all": len(table), **addresses}


def _filters(request: Request, board: Board, chosen: Sieve, near: list[str]) -> list[dict[str, Any]]:
    """Return each filter with its values, how many there are, and the address that adds or takes out each."""
    spots: list[Spot] = [board.spots[name] for name in near]
    within = set(near)
    counts: dict[str, Counter[str]] = {
        "kinds": Counter(one.kind for one in spots),
        "standing": Counter(one.standing for one in spots if one.standing),
        "rel": Counter(relation for here, there, relation in board.edges if here in within and there in within),
    }
    orders = {"kinds": [one for one in KINDS if counts["kinds"][one]]}
    found = []
    for name, what in NAMES.items():
        values = []
        for value in orders.get(name) or [one for one, _ in sorted(counts[name].items(), key=lambda pair: (-pair[1], pair[0]))]:
            on: frozenset[str] = getattr(chosen, name)
            toggled = ",".join(sorted(on ^ {value}))
            label = PLURALS[value] if name == "kinds" else said(value) if name == "rel" else value
            address = request.here(**{name: toggled, "page": ""})
            values.append({"value": value, "label": label, "count": counts[name][value], "on": value in on, "address": address})
        found.append({"name": name, "what": what, "values": values})
    return found


def _hiders(request: Request, board: Board, chosen: Sieve, near: list[str]) -> list[dict[str, Any]]:
    """Return the filters without any one of which something would be shown, with how much and the address without it."""
    found = []
    for name in chosen.on:
        left = len(chosen.without(name).kept(board, near))
        values = ", ".join(PLURALS.get(one, said(one) if name == "rel" else one) for one in sorted(getattr(chosen, name)))
        if left:
            found.append(
                {"what": NAMES[name], "values": values, "left": left, "address": request.here(**{name: "", "page": ""})}
            )
    return found


def _queries() -> dict[str, str]:
    listed = f"""SELECT ?node ?kind ?label WHERE {{
  VALUES (?class ?kind) {{ {" ".join(f'({name} "{kind}")' for kind, name in _CLASSES.items())} }}
  ?node a ?class . OPTIONAL {{ ?node rdfs:label ?named }} OPTIONAL {{ ?node schema:text ?text }}
  BIND(COALESCE(?named, ?text) AS ?label) }} ORDER BY ?kind ?node"""
    lines = """SELECT ?assertion ?speaker ?claim ?source ?reports WHERE {
  ?assertion a cev:Assertion ; prov:wasAttributedTo ?speaker .
  OPTIONAL { ?assertion cev:claims ?claim } OPTIONAL { ?assertion cev:inSource ?source }
  OPTIONAL { ?assertion cev:reports ?reports } } ORDER BY ?assertion ?reports"""
    return {"the nodes": listed, "the lines through assertions": lines}


_CLASSES = {"incident": "cev:Incident", "claim": "cev:Claim", "assertion": "cev:Assertion", "work": "cev:Source"}
