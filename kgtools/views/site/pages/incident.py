"""The dossier of one incident."""

from __future__ import annotations

from typing import Any

from kgtools.evidence.record import Assertion
from kgtools.views import instruments
from kgtools.views.evidence import assertion_data
from kgtools.views.site import behind, dossier, statements, words
from kgtools.views.site.known import Incident
from kgtools.views.site.missing import Missing
from kgtools.views.site.page import Page
from kgtools.views.site.request import Request


def page(request: Request) -> Page:
    """Return the dossier of the incident that the path names."""
    known, name = request.known, f"incident:{request.slug}"
    if name not in known.incidents:
        raise Missing(f"no incident {request.slug}")
    incident = known.incidents[name]
    said = known.by_incident.get(name, [])
    axis = request.params.get("axis", "said")
    axis = axis if axis in words.AXES else "said"
    values = _values(request, incident, said)
    values |= {"axis": axis, "lanes": dossier.timeline(request, incident, axis, values["listing"].names)}
    return Page(
        "incident.html.j2", incident.label, values, _data(request, incident, said), _nodes(request, name),
        statements.table(values["listing"].shown, f"Statements about {incident.label}"),
        behind.named(request, "assertions", "explanations", "discrepancies", incident=name), "incidents", ("statements.js",),
    )  # fmt: skip


def _values(request: Request, incident: Incident, said: list[Assertion]) -> dict[str, Any]:
    known, space, name = request.known, request.space, incident.name
    matrix = known.matrix(space, name)
    ledger, drift = known.ledger(space, name), known.drift(space, name)
    graph = known.short(known.index.graph_of.get(known.iri(name), ""))
    contested = dossier.contested(known, name)
    shown = dict.fromkeys([*(one.name for one in matrix.explanations), *(row[0] for row in contested)])
    origins = known.origins(space)
    return {
        "incident": incident, "said": said, "matrix": matrix,
        "letters": {one.name: f"E{n}" for n, one in enumerate(matrix.explanations, 1)},
        "ledger": ledger, "drift": drift, "deeds": dossier.deeds(known, name), "unknown": dossier.unknown(known, name),
        "sides": dossier.standing_of_claims(known, name), "contested": contested, "graph": graph,
        "origins": [origins[one] for one in shown if one in origins], "changes": dossier.changes(known, graph),
        "listing": statements.listing(said, request.params), "speakers": {one.speaker for one in said},
        "members": [one for one in known.incidents.values() if name in one.series], "counted": dossier.counted,
        "gaps": dossier.gaps(request, name),
        "written": known.value(graph, "prov:generatedAtTime")[:10], "sorts": statements.SORTS,
    }  # fmt: skip


def _nodes(request: Request, name: str) -> tuple[str, ...]:
    """Return everything that the incident's file describes, for the Turtle twin."""
    known = request.known
    graph = known.index.graph_of.get(known.iri(name), "")
    return tuple(known.short(iri) for iri, here in known.index.graph_of.items() if here == graph)


def _data(request: Request, incident: Incident, said: list[Assertion]) -> dict[str, Any]:
    known, space = request.known, request.space
    return {
        "incident": incident.name, "label": incident.label, "kind": incident.kind, "outcome": incident.outcome,
        "dates": list(incident.dates), "craft": list(incident.craft), "series": list(incident.series),
        "claims": {key: sorted(claims) for key, claims in dossier.standing_of_claims(known, incident.name).items()},
        "matrix": list(known.matrix(space, incident.name).cells),
        "discrepancies": list(known.ledger(space, incident.name).rows),
        "drift": instruments.drift_data(known.drift(space, incident.name)),
        "sequence": [
            {"node": one.name, "kind": one.kind, "label": one.label, "date": one.date,
             "facts": {k: list(v) for k, v in one.facts},
             "linkStatedBy": [a.name for a in one.stated], "knownFrom": [a.name for a in one.known_from]}
            for one in dossier.deeds(known, incident.name)
        ],
        "absences": [vars(one) for listed in dossier.unknown(known, incident.name).values() for one in listed],
        "gaps": dossier.gaps(request, incident.name),
        "assertions": [assertion_data(one) | {"text": one.text} for one in said],
    }  # fmt: skip
