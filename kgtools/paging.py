"""A long listing a page at a time: incident by incident, each by itself, so that no page needs the whole graph sorted."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from kgtools import queries
from kgtools.faults import Fault
from kgtools.space import Space
from kgtools.table import Table
from kgtools.turtle import Literal

KEY = "incident"
_STEP = 500  # incidents whose names are asked for at a time


@dataclass(frozen=True)
class Page:
    """Rows of some incidents, whole, and the incident (CURIE) to go on after; empty if these were the last."""

    table: Table
    after: str


def page(space: Space, name: str, least: int, after: str = "", values: Mapping[str, str] | None = None) -> Page:
    """Return the next rows of a named query, at least so many, in the order of the incidents' IRIs and within each as it sorts.

    A row of two incidents comes with each of them, and one of none does not come. Where the query has no column for the
    incident, one stands first. Raises Fault for a query that cannot be scoped to an incident, and for an unknown incident.
    """
    query = queries.get(name, space.workspace.query_folders)
    if KEY not in {parameter.name for parameter in query.parameters} or KEY in (values or {}):
        raise Fault(f"query {name}", "is no listing by incident", "leave out --limit and --after")
    columns = query.columns if KEY in query.columns else (KEY, *query.columns)
    rows: list[tuple[str | None, ...]] = []
    last = ""
    for incident in _incidents(space, space.resolve(after, KEY) if after else ""):
        if len(rows) >= least:
            return Page(Table(columns, rows, query.summary), last)
        last = space.short(incident)
        found = space.query(name, **{**(values or {}), KEY: incident})
        rows.extend(row if columns == found.columns else (last, *row) for row in found.rows)
    return Page(Table(columns, rows, query.summary), "")


def _incidents(space: Space, after: str) -> Iterator[str]:
    """Yield the IRIs of all incidents after one, in their order."""
    while True:
        text = (
            f"SELECT DISTINCT ?incident WHERE {{ ?incident a cev:Incident . FILTER(STR(?incident) > {Literal(after)}) }}"
            f" ORDER BY STR(?incident) LIMIT {_STEP}"
        )
        found = [space.resolve(row[KEY] or "", KEY) for row in space.table(space.sparql(text))]
        yield from found
        if len(found) < _STEP:
            return
        after = found[-1]
