"""What the panel beside the picture and the tables below it say of every node: plain data, every text made visible."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import networkx as nx

from kgtools.evidence.record import Assertion, Record
from kgtools.space import Space
from kgtools.views import evidence
from kgtools.views.evidence import words
from kgtools.views.picture import counts, side
from kgtools.views.tables import visible

Fact = tuple[str, list[Any]]


@dataclass
class Known:
    """The record by claim, speaker, work and incident, in order of date, and what the graph says of works and incidents."""

    record: Record
    by_claim: dict[str, list[Assertion]] = field(default_factory=dict)
    by_speaker: dict[str, list[Assertion]] = field(default_factory=dict)
    by_work: dict[str, list[Assertion]] = field(default_factory=dict)
    by_incident: dict[str, list[Assertion]] = field(default_factory=dict)
    works: dict[str, dict[str, str | None]] = field(default_factory=dict)
    incidents: dict[str, dict[str, str | None]] = field(default_factory=dict)
    known_from: dict[str, list[str]] = field(default_factory=dict)


def read(space: Space, record: Record) -> Known:
    """Return the record indexed for the page."""
    known = Known(record)
    for one in in_order(record.assertions.values()):
        known.by_claim.setdefault(one.claim, []).append(one)
        known.by_speaker.setdefault(one.speaker, []).append(one)
        known.by_work.setdefault(one.source, []).append(one)
        for incident in one.incidents:
            known.by_incident.setdefault(incident, []).append(one)
    for row in space.query("sources"):
        known.works.setdefault(row["source"] or "", row)
    for row in space.query("incidents"):
        known.incidents.setdefault(row["incident"] or "", row)
    for row in space.table(space.sparql(_KNOWN_FROM)):
        if row["assertion"] in record.assertions:
            known.known_from.setdefault(row["incident"] or "", []).append(row["assertion"] or "")
    return known


def in_order(assertions: Iterable[Assertion]) -> list[Assertion]:
    """Return assertions in order of their first possible day, those without one last."""
    return sorted(assertions, key=lambda one: (one.earliest or "9999", one.latest or "9999", one.name))


def details(known: Known, graph: nx.MultiDiGraph) -> dict[str, dict[str, Any]]:
    """Return for every node of a network its kind, label, facts, and either its passages or the assertions behind it.

    A value of a fact is a text, or a list of one CURIE where the value is a node.
    """
    return {name: _detail(known, graph, name, data) for name, data in graph.nodes(data=True)}


def _detail(known: Known, graph: nx.MultiDiGraph, name: str, data: dict[str, str]) -> dict[str, Any]:
    kind = data["kind"]
    if kind == "assertion":
        return _assertion(known, name)
    facts: list[Fact]
    if kind == "incident":
        behind, facts = known.known_from.get(name, []), _incident_facts(known, graph, name)
    elif kind in ("claim", "explanation"):
        listed = known.by_claim.get(name, [])
        behind, facts = [one.name for one in listed], _claim_facts(graph, name, data, listed)
    else:
        listed = (known.by_speaker if kind == "speaker" else known.by_work).get(name, [])
        behind = [one.name for one in listed]
        facts = [*(_work_facts(known.works.get(name, {})) if kind == "work" else []), _standings(listed)]
    return {"kind": kind, "label": visible(data["label"]), "facts": facts, "by": behind}


def _assertion(known: Known, name: str) -> dict[str, Any]:
    one = known.record.assertions[name]
    pairs: list[tuple[str, list[str | list[str]]]] = [
        ("label", [evidence.label(one)]),
        ("force and hedge", [evidence.wording(one)]),
        ("counts", [f"{side(one)} its claim" if side(one) != "neither" else "neither for nor against"] if one.claim else []),
        ("said", [visible(evidence.date(one.when))]),
        ("known by then", [one.by_then] if one.by_then else []),
        ("ground", [words(one.ground)] if one.ground else []),
        ("speaker", [[one.speaker]]),
        ("claim", [[one.claim]] if one.claim else [visible(one.text)]),
        ("work", [[one.source]] if one.source else ["spoken, or no work on record"]),
        ("passes on", [[other] for other in one.reports]),
        ("passed on by", [[other] for other in sorted(known.record.reporters.get(name, ()))]),
        ("about", [[other] for other in one.incidents]),
    ]
    return {
        "kind": "assertion", "label": visible(f"{one.speaker_label}: {one.text}"),
        "facts": [pair for pair in pairs if pair[1]], "standing": evidence.standing(one.standing), "side": side(one),
        "places": [[visible(str(v)) for v in (p.document, p.first_line, p.last_line, p.phrase)] for p in one.places],
    }  # fmt: skip


def _incident_facts(known: Known, graph: nx.MultiDiGraph, name: str) -> list[Fact]:
    row, said = known.incidents.get(name, {}), known.by_incident.get(name, [])
    claims = [here for here in graph.predecessors(name) if graph.nodes[here]["kind"] in ("claim", "explanation")]
    explanations = [here for here in claims if any(one["relation"] == "explains" for one in graph[here][name].values())]
    facts = [
        ("date", visible(evidence.date(row.get("date") or "undated"))),
        ("outcome", words(row["outcome"] or "") if row.get("outcome") else ""),
        ("assertions", str(len(said))),
        ("claims", str(len(claims) - len(explanations))),
        ("speakers", str(len({one.speaker for one in said}))),
        ("works", str(len({one.source for one in said if one.source}))),
        ("explanations (in no order of merit)", "" if explanations else "none on record"),
    ]
    listed: list[Any] = [[one] for one in explanations]
    return [(term, [value] if value else listed) for term, value in facts if value or term.startswith("explanations")]


def _claim_facts(graph: nx.MultiDiGraph, name: str, data: dict[str, str], listed: list[Assertion]) -> list[Fact]:
    about = [[there] for there in graph.successors(name) if graph.nodes[there]["kind"] == "incident"]
    topic: list[Fact] = [("topic", [visible(data["topic"])])] if data["topic"] else []
    facts: list[Fact] = [("assertions on record", [counts(listed)]), _standings(listed), *topic, ("about", about)]
    return [fact for fact in facts if fact[1]]


def _standings(listed: list[Assertion]) -> Fact:
    found = Counter(evidence.label(one) for one in listed)
    return "labels", [f"{label}: {number}" for label, number in sorted(found.items(), key=lambda one: (-one[1], one[0]))]


def _work_facts(row: dict[str, str | None]) -> list[Fact]:
    labels = ("title", "publisher", "creator", "issued", "url", "document")
    found: list[Fact] = [(label, [visible(row[label] or "")]) for label in labels if row.get(label)]
    kind: list[Fact] = [("kind of work", [words(row["kind"] or "")])] if row.get("kind") else []
    return kind + found + ([("known only through", [[row["knownThrough"]]])] if row.get("knownThrough") else [])


def rows(known: Known, assertions: Iterable[Assertion]) -> list[dict[str, Any]]:
    """Return the rows of the table of assertions, in order of date."""
    return [
        {
            "id": one.name.partition(":")[2], "when": visible(one.when), "speaker": visible(one.speaker_label),
            "label": evidence.label(one) + evidence.then(one), "wording": evidence.wording(one), "side": side(one),
            "claim": visible(one.text), "work": visible(one.source_label),
            "places": [visible(str(place)) for place in one.places],
            "reports": [
                (other.partition(":")[2], visible(known.record.assertions[other].speaker_label))
                for other in one.reports
                if other in known.record.assertions
            ],
            "incidents": [visible(known.incidents.get(name, {}).get("label") or name) for name in one.incidents],
        }
        for one in in_order(assertions)
    ]  # fmt: skip


def claim_rows(known: Known, graph: nx.MultiDiGraph) -> list[dict[str, Any]]:
    """Return the rows of the table of claims: explanations first, each with its counts and its relations to other claims."""
    found = []
    for name, data in graph.nodes(data=True):
        if data["kind"] in ("claim", "explanation"):
            links = [
                (words(edge["relation"]), visible(graph.nodes[there]["label"]))
                for _, there, edge in graph.out_edges(name, data=True)
            ]
            listed = known.by_claim.get(name, [])
            row = {"name": name, "kind": data["kind"], "text": visible(data["label"])}
            found.append({**row, "counts": counts(listed), "links": links})
    return sorted(found, key=lambda row: (row["kind"] != "explanation", row["name"]))


_KNOWN_FROM = """SELECT ?incident ?assertion WHERE { ?incident a cev:Incident ; cev:knownFrom ?assertion }
ORDER BY ?incident ?assertion"""
