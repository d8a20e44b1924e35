"""One claim: its chains, its origins, what stands with it, and every passage."""

from __future__ import annotations

from typing import Any

from kgtools.evidence import discrepancies, trace
from kgtools.evidence.record import Assertion
from kgtools.faults import Fault
from kgtools.space import Table
from kgtools.views.evidence import assertion_data, trace_data
from kgtools.views.site import behind, dossier, statements
from kgtools.views.site.known import Claim
from kgtools.views.site.missing import Missing
from kgtools.views.site.page import Page
from kgtools.views.site.request import Request

# Relation -> the words for it from here, and from the other end.
RELATIONS = {
    "cev:supports": ("supports", "supported by"), "cev:undermines": ("undermines", "undermined by"),
    "cev:excludes": ("cannot hold together with", "cannot hold together with"), "cev:entails": ("entails", "entailed by"),
    "cev:narrows": ("narrows", "narrowed by"), "cev:leadsTo": ("leads to", "follows from"),
    "cev:onCondition": ("said on the condition", "a condition of"),
}  # fmt: skip
FIGURES = ("cev:attribute", "cev:ofThing", "cev:value", "cev:atLeast", "cev:atMost", "cev:unit", "cev:scope", "cev:asPrinted")


def page(request: Request) -> Page:
    """Return the page of the claim that the path names."""
    known, name = request.known, f"claim:{request.slug}"
    if name not in known.claims:
        raise Missing(f"no claim {request.slug}")
    claim = known.claims[name]
    said = known.by_claim.get(name, [])
    found = known.origins(request.space).get(name)
    tree = trace.trace(known.record, name, claim.text)
    values = {
        "claim": claim, "said": said, "trace": tree, "origins": found, "counts": dossier.counted(known, name),
        "relations": relations(request, name),
        "figures": [(one, listed) for one in FIGURES if (listed := known.values(name, one))],
        "history": _history(said), "other": _other(request, claim), "accused": known.values(name, "cev:accuses"),
        "responses": known.values(name, "cev:response"),
    }  # fmt: skip
    data = {"claim": name, "text": claim.text, "topic": claim.topic, "about": claim.about, "explains": claim.explains,
            "causes": claim.causes, "trace": trace_data(tree), "relations": relations(request, name)}  # fmt: skip
    if found:
        data["origins"] = {side: _range(one) for side, one in found.sides.items() if one.assertions}
    return Page(
        "claim.html.j2", claim.text, values, data, _nodes(request, name, said), _table(said, claim),
        behind.describing(request, name), "incidents",
    )  # fmt: skip


def _range(side: Any) -> dict[str, Any]:
    return {
        "range": str(side.range),
        "assertions": [assertion_data(one) for one in side.assertions],
        "chokePoints": side.chokes,
    }


def _table(said: list[Assertion], claim: Claim) -> Table:
    return statements.table(said, claim.text)


def relations(request: Request, name: str) -> list[tuple[str, list[str]]]:
    """Return the claims that stand in a relation to a claim, by the relation in words."""
    known = request.known
    found: dict[str, list[str]] = {}
    for relation, (here, there) in RELATIONS.items():
        for word, names in ((here, known.values(name, relation)), (there, known.pointing(name, relation))):
            listed = found.setdefault(word, [])
            listed += [one for one in names if one in known.claims and one not in listed]
    return [(word, names) for word, names in found.items() if names]


def _history(said: list[Assertion]) -> list[Assertion]:
    """Return the assertions that report nothing, or change the force of what they report: the steps of the claim's history."""
    return [one for one in said if not one.reports or one.force in ("force:retracts", "force:corrects", "force:denies")]


def _other(request: Request, claim: Claim) -> dict[str, Any] | None:
    """Return the claim to compare with, both sentences as words of which some stand on one side only."""
    wanted = request.params.get("vs", "")
    if not wanted:
        return None
    name = f"claim:{wanted.removeprefix('claim:')}"
    other = request.known.claims.get(name)
    if other is None:
        raise Fault("vs", f"no claim '{wanted}'", "give the name of a claim, as in its address")
    here, there = discrepancies.marked(claim.text, other.text)
    return {
        "claim": other, "marked": (here, there), "counts": dossier.counted(request.known, name),
        "origins": request.known.origins(request.space).get(name), "said": request.known.by_claim.get(name, []),
    }  # fmt: skip


def _nodes(request: Request, name: str, said: list[Assertion]) -> tuple[str, ...]:
    """Return the claim, its chains, and the speakers, works and passages of all of them."""
    known = request.known
    names = [name, *(one.name for one in said)]
    queue = [one.name for one in said]
    while queue:
        below = [other for other in known.record.assertions[queue.pop()].reports if other in known.record.assertions]
        queue += [other for other in below if other not in names]
        names += [other for other in below if other not in names]
    for one in (known.record.assertions[other] for other in list(names) if other in known.record.assertions):
        names += [one.speaker, one.source, *known.values(one.name, "cev:foundIn")]
    return tuple(dict.fromkeys(one for one in names if one))
