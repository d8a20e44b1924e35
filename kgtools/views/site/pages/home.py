"""The first page: what is in the graph, what is contested, what changed last, and the search."""

from __future__ import annotations

from typing import Any

from kgtools.space import Table
from kgtools.views.site import behind, dossier
from kgtools.views.site.page import Page
from kgtools.views.site.request import Request
from kgtools.views.site.search import FACETS, Found, search


def page(request: Request) -> Page:
    """Return the first page, or what a search finds."""
    known = request.known
    if any(request.params.get(name) for name in ("q", *FACETS)):
        return _results(search(known, request.params))
    found = known.once("browse", "", lambda: search(known, {}))
    graph = next(iter(known.subjects("cev:Workspace")), "")
    title = known.value(graph, "dcterms:title") if graph else "Claims and evidence"
    values = _values(request, graph) | {"found": found, "title": title}
    data = {
        "counts": dict(values["counts"]), "contested": [
            {"claim": claim, "text": known.label(claim), "for": pro, "against": contra, "neither": neither}
            for claim, pro, contra, neither in dossier.contested(known)
        ],
        "changes": [list(row) for row in values["changes"]],
    }  # fmt: skip
    rows: list[tuple[str | None, ...]] = [
        (claim, known.label(claim), str(pro), str(contra), str(neither))
        for claim, pro, contra, neither in dossier.contested(known)
    ]
    table = Table(("claim", "text", "for", "against", "neither"), rows, "Claims with assertions for and against")
    nodes = (graph, *known.incidents) if graph else tuple(known.incidents)
    return Page("home.html.j2", title, values, data, nodes, table, behind.named(request, "contested"))


def _values(request: Request, graph: str) -> dict[str, Any]:
    known = request.known
    record = known.record
    changes = dossier.changes(known)
    explanations = sum(one.kind == "explanation" for one in known.claims.values())
    seen: dict[str, tuple[str, str, str, str]] = {}
    for row in changes:
        seen.setdefault(row[2], row)
    return {
        "description": known.value(graph, "dcterms:description") if graph else "", "empty": not known.incidents,
        "rule": known.value(graph, "cev:inclusionRule") if graph else "",
        "counts": {
            "incidents": len(known.incidents), "explanations": explanations, "otherClaims": len(known.claims) - explanations,
            "claims": len(known.claims), "statements": len(record.assertions), "speakers": len(known.of_kind("agent")),
            "works": len(known.of_kind("source")), "documents": len(known.documents),
        },
        "contested": dossier.contested(known)[:9], "all_contested": len(dossier.contested(known)),
        "changes": list(seen.values())[:6],
        "most": known.once("rivals", "", lambda: _rivals(request))[:10],
    }  # fmt: skip


def _rivals(request: Request) -> list[tuple[str, int, int, int, int]]:
    """Return incidents with the numbers of their explanations, of assertions for and against these, and of all; most first."""
    known = request.known
    rows = []
    for name in known.incidents:
        counts = [dossier.counted(known, one.name) for one in known.claims.values() if name in one.explains]
        said = len(known.by_incident.get(name, ()))
        rows.append((name, len(counts), sum(pro for pro, _, _ in counts), sum(contra for _, contra, _ in counts), said))
    return sorted(rows, key=lambda row: (-row[1], -row[4], row[0]))


def _results(found: Found) -> Page:
    rows: list[tuple[str | None, ...]] = [(hit.name, hit.kind, hit.title, hit.line) for hit in found.hits]
    data = {
        "words": found.words, "filters": found.filters, "total": len(found.hits), "page": found.page, "pages": found.pages,
        "facets": {name: dict(found.facets[name]) for name in FACETS}, "nearest": found.spellings,
        "hits": [{"node": hit.name, "kind": hit.kind, "title": hit.title, "line": hit.line} for hit in found.shown],
    }  # fmt: skip
    title = f"Search: {found.words}" if found.words else "Browse"
    table = Table(("node", "kind", "title", "line"), rows, title)
    return Page("search.html.j2", title, {"found": found}, data, tuple(hit.name for hit in found.shown), table)
