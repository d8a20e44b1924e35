"""Lists: all incidents, all speakers, all works."""

from __future__ import annotations

import re

from kgtools.space import Table
from kgtools.views.site import behind, dossier, words
from kgtools.views.site.page import Page
from kgtools.views.site.pages import agent
from kgtools.views.site.request import Request


def _sorted(request: Request, columns: tuple[str, ...], rows: list[tuple[str, ...]], start: str) -> list[tuple[str, ...]]:
    """Return rows sorted by the column that `sort` names, a minus before it turning the order round."""
    wanted = request.params.get("sort", start)
    place = columns.index(wanted.lstrip("-")) if wanted.lstrip("-") in columns else columns.index(start)

    def key(row: tuple[str, ...]) -> tuple[int, int, str]:
        named = re.sub(r"\d+", lambda found: found[0].zfill(12), row[place].casefold())  # the tenth comment after the second
        return (1, int(row[place]), "") if row[place].isdigit() else (0 if row[place] else 2, 0, named)

    return sorted(rows, key=key, reverse=wanted.startswith("-"))


def _page(request: Request, part: str, title: str, note: str, table: Table, start: str, query: str) -> Page:
    rows = _sorted(request, table.columns, [tuple(cell or "" for cell in row) for row in table.rows], start)
    values = {"title": title, "note": note, "columns": table.columns, "rows": rows, "start": start}
    nodes = tuple(row[0] for row in rows)
    sorted_table = Table(table.columns, [tuple(cell or None for cell in row) for row in rows], title)
    return Page("list.html.j2", title, values, None, nodes, sorted_table, behind.named(request, query), part)


def incidents(request: Request) -> Page:
    """Return the list of incidents."""
    known = request.known
    rows: list[tuple[str | None, ...]] = []
    for one in known.incidents.values():
        said = known.by_incident.get(one.name, [])
        explanations = sum(one.name in claim.explains for claim in known.claims.values())
        contested = len(dossier.contested(known, one.name))
        rows.append((one.name, one.label, one.earliest or one.latest, one.date, words.local(one.kind), words.local(one.outcome),
                     str(len(said)), str(explanations), str(contested)))  # fmt: skip
    columns = ("incident", "label", "day", "date", "kind", "outcome", "statements", "explanations", "contested")
    note = "Contested are claims with assertions for and against on record."
    return _page(request, "incidents", "Incidents", note, Table(columns, rows), "day", "incidents")


def agents(request: Request) -> Page:
    """Return the list of speakers."""
    known = request.known
    rows: list[tuple[str | None, ...]] = []
    for name in known.of_kind("agent"):
        said = known.by_speaker.get(name, [])
        body = " ".join(known.label(one) for one in known.values(name, "cev:claimedAffiliation"))
        own = sum(not one.reports for one in said)
        passed = len(agent.passed_on(request, said))
        row = (known.label(name), agent.kind(request, name), body, str(len(said)), str(own), str(passed))
        rows.append((name, *row))
    columns = ("speaker", "label", "kind", "affiliation", "statements", "own", "passedOn")
    note = "Own statements pass on nobody; unnamed speakers have an entry each and are never merged."
    return _page(request, "agents", "Speakers", note, Table(columns, rows), "label", "agents")


def sources(request: Request) -> Page:
    """Return the list of works."""
    known = request.known
    rows: list[tuple[str | None, ...]] = []
    for name in known.of_kind("source"):
        by = ", ".join(known.label(one) for one in known.values(name, "dcterms:publisher", "dcterms:creator"))
        read = "known only through other works" if known.values(name, "cev:knownThrough") else "read"
        row = (known.label(name), words.local(known.value(name, "cev:kind")), by, known.value(name, "dcterms:issued"))
        rows.append((name, *row, read, str(len(known.by_source.get(name, [])))))
    columns = ("source", "label", "kind", "by", "published", "text", "statements")
    note = "A work that nobody here has read says through which other work it is known."
    return _page(request, "sources", "Sources", note, Table(columns, rows), "label", "sources")
