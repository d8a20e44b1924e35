"""The page of the network of one incident, or of all: one file that needs no server and asks nothing of any other host."""

from __future__ import annotations

import base64
import hashlib
import json
from collections import Counter
from collections.abc import Iterable
from importlib import resources
from itertools import combinations
from pathlib import Path
from typing import Any

import networkx as nx
from jinja2 import Environment, FileSystemLoader

from kgtools import network
from kgtools.evidence.record import Record
from kgtools.faults import Fault, nearest
from kgtools.space import Space
from kgtools.views import network_details, picture
from kgtools.views.evidence import words
from kgtools.views.network_details import Known
from kgtools.views.tables import visible

_PAGES = Path(__file__).resolve().parent / "pages"
_SCRIPTS = ("network-draw.js", "network-panel.js", "network-keys.js")

# The name of the picture of all incidents among a page's pictures.
ALL = "all"


def page(space: Space, record: Record, incident: str | None) -> str:
    """Return the page of one incident (CURIE), or of all; the same graph gives the same bytes.

    Raises Fault if it is no incident, or if vis-network is not where pyvis 0.3.2 has it.
    """
    known = network_details.read(space, record)
    if incident is None:
        graphs = network.each(space, record)
        whole = network.build(space, record)
        views = {ALL: _overview(known, whole, graphs)} | {name: _view(known, graph) for name, graph in graphs.items()}
    else:
        whole = network.build(space, record, incident)
        if incident not in whole:
            raise Fault("incident", f"'{incident}' is no incident", nearest(incident, known.incidents))
        views = {incident: _view(known, whole)}
    return _render(known, whole, views, incident, space.horizon.line() if space.horizon else "")


def _view(known: Known, graph: nx.MultiDiGraph) -> dict[str, Any]:
    """Return the picture of one incident."""
    drawn = picture.capped(graph, picture.MOST)
    sides = {name: picture.counts(known.by_claim.get(name, ())) for name in drawn}
    sides |= {name: "" for name, data in drawn.nodes(data=True) if data["kind"] == "incident"}
    lines = _lines(known, drawn, sides)
    arranged = network.layout(drawn, {name: picture.size(listed) for name, listed in lines.items()})
    title = next(data["label"] for _, data in drawn.nodes(data=True) if data["kind"] == "incident")
    note = f"{len(drawn)} of {len(graph)} boxes are drawn; the tables hold all." if drawn is not graph else ""
    return {"title": visible(title), "note": note, **picture.draw(drawn, lines, arranged)}


def _overview(known: Known, whole: nx.MultiDiGraph, graphs: dict[str, nx.MultiDiGraph]) -> dict[str, Any]:
    """Return the picture of all incidents, the ones with most on record if they are too many."""
    size = {name: len(known.by_incident.get(name, ())) for name in graphs}
    most = set(sorted(graphs, key=lambda name: (-size[name], name))[: picture.MOST])
    incidents = nx.MultiDiGraph()
    for name in (name for name in graphs if name in most):
        incidents.add_node(name, **whole.nodes[name], share=round(size[name] / max(1, *size.values()), 3))
    for here, there, data in whole.edges(data=True):
        if here in incidents and there in incidents:
            incidents.add_edge(here, there, **data)
    for (here, there), claims in _shared(whole, incidents).items():
        incidents.add_edge(here, there, relation="shares", claims=claims)
    sides = {
        name: f"{_many(size[name], 'assertion')} · {_many(_explanations(graphs[name]), 'explanation')}" for name in incidents
    }
    lines = _lines(known, incidents, sides)
    arranged = network.chart(incidents, {name: picture.size(listed) for name, listed in lines.items()})
    note = f"{len(incidents)} of {len(graphs)} incidents are drawn; the tables hold all." if len(most) < len(graphs) else ""
    return {"title": "All incidents", "note": note, **picture.draw(incidents, lines, arranged)}


def _many(number: int, thing: str) -> str:
    return f"{number} {thing}{'' if number == 1 else 's'}"


def _explanations(graph: nx.MultiDiGraph) -> int:
    return sum(1 for _, kind in graph.nodes(data="kind") if kind == "explanation")


def _shared(whole: nx.MultiDiGraph, incidents: nx.MultiDiGraph) -> dict[tuple[str, str], list[str]]:
    """Return the claims that are about two incidents at once, by pair."""
    found: dict[tuple[str, str], list[str]] = {}
    for claim, kind in whole.nodes(data="kind"):
        if kind in ("claim", "explanation"):
            about = sorted({there for there in whole.successors(claim) if there in incidents})
            for pair in combinations(about, 2):
                found.setdefault(pair, []).append(claim)
    return found


def _lines(known: Known, graph: nx.MultiDiGraph, sides: dict[str, str]) -> dict[str, list[picture.Line]]:
    return {name: picture.box_lines(name, data, known.record, sides[name]) for name, data in graph.nodes(data=True)}


def _render(known: Known, whole: nx.MultiDiGraph, views: dict[str, Any], incident: str | None, as_of: str) -> str:
    """Return the page: the template filled, scripts and styles inside it and their hashes in its policy."""
    assertions = list(known.record.assertions.values()) if incident is None else known.by_incident.get(incident, [])
    said = network_details.details(known, whole)
    found = {edge["relation"] for _, _, edge in whole.edges(data=True)}
    relations = sorted(found | ({"shares"} if incident is None else set()))
    scripts = [_vis("vis-network.min.js"), *(_own(name) for name in _SCRIPTS)]
    styles = [_vis("vis-network.css"), _own("network.css")]
    data = {
        "views": views, "start": incident or ALL, "details": said, "options": picture.Picture().options,
        "words": {relation: words(relation) for relation in relations},
    }  # fmt: skip
    pages = Environment(loader=FileSystemLoader(_PAGES), autoescape=True, trim_blocks=True, lstrip_blocks=True)
    return pages.get_template("network.html.j2").render(
        title=next(iter(views.values()))["title"], incident=incident or "", several=incident is None, as_of=as_of,
        kinds=_counted(one["kind"] for one in said.values()),
        standings=_counted(one["standing"] for one in said.values() if "standing" in one),
        sides=_counted(one["side"] for one in said.values() if "side" in one),
        relations=[(relation, words(relation)) for relation in relations],
        incidents=[_incident(known.incidents[name]) for name in views if name != ALL],
        claims=network_details.claim_rows(known, whole), assertions=network_details.rows(known, assertions),
        data=_json(data), scripts=scripts, styles=styles,
        script_hashes=[_hash(text) for text in scripts], style_hashes=[_hash(text) for text in styles],
    )  # fmt: skip


def _incident(row: dict[str, str | None]) -> dict[str, str]:
    return {name: visible(value or "") for name, value in row.items()}


def _counted(values: Iterable[str]) -> list[tuple[str, int]]:
    return sorted(Counter(values).items())


def _json(data: Any) -> str:
    """Return JSON that may stand inside a script element: no character in it can end or open a tag."""
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":"))
    for sign in "<>&\u2028\u2029":
        text = text.replace(sign, f"\\u{ord(sign):04x}")
    return text


def _hash(text: str) -> str:
    """Return a script's or style's hash as a Content Security Policy writes it (CSP 3, 2.3.1)."""
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode("utf-8")).digest()).decode("ascii")


def _own(name: str) -> str:
    return _inline(name, (_PAGES / name).read_text(encoding="utf-8"))


def _vis(name: str) -> str:
    """Return a file of vis-network out of the installed pyvis."""
    path = resources.files("pyvis").joinpath("lib", "vis-9.1.2", name)
    if not path.is_file():
        raise Fault(f"pyvis, {name}", "is not in the installed package", "install pyvis 0.3.2")
    return _inline(name, path.read_text(encoding="utf-8"))


def _inline(name: str, text: str) -> str:
    """Return a text that may stand inside an element as it is; the parser would turn CR LF into LF and so change the hash."""
    if any(mark in text.lower() for mark in ("</script", "</style", "<!--")):
        raise Fault(name, "holds a mark that would end its element", "install pyvis 0.3.2 afresh")
    return text.replace("\r\n", "\n").replace("\r", "\n")
