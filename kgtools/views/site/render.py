"""A page written out in a form: HTML by a template, or its twin as JSON, Turtle, JSON-LD or CSV."""

from __future__ import annotations

import csv
import io
import re
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kgtools import turtle, vocab
from kgtools.evidence.matrix import notes
from kgtools.space import Table
from kgtools.turtle import IRI, Blank, Quad, Triple
from kgtools.views.evidence import date, standing
from kgtools.views.site import passages, static, words
from kgtools.views.site.missing import Missing
from kgtools.views.site.page import Page
from kgtools.views.site.reply import Reply
from kgtools.views.site.request import Request
from kgtools.views.tables import as_json, visible

if TYPE_CHECKING:
    from jinja2 import Environment

FORMS = {
    "html": "text/html; charset=utf-8", "json": "application/json", "ttl": "text/turtle; charset=utf-8",
    "jsonld": "application/ld+json", "csv": "text/csv; charset=utf-8",
}  # fmt: skip
TEMPLATES = Path(__file__).resolve().parent / "templates"
NAV = (
    ("incidents", "Incidents"), ("agents", "Speakers"), ("sources", "Sources"), ("timeline", "Timeline"), ("map", "Map"),
    ("sparql", "SPARQL"), ("vocabulary", "Vocabulary"),
)  # fmt: skip


def render(request: Request, page: Page) -> Reply:
    """Return a page in the form asked for; raise Missing where it has none of that form."""
    make = {"html": _html, "json": _json, "ttl": _turtle, "jsonld": _jsonld, "csv": _csv}[request.form]
    headers = {"Vary": "Accept", "X-Data-Version": request.known.version}
    return Reply(page.status, FORMS[request.form], make(request, page), headers)


def _html(request: Request, page: Page) -> bytes:
    return environment().get_template(page.template).render(r=request, page=page, nav=NAV, **page.values).encode("utf-8")


def _json(request: Request, page: Page) -> bytes:
    horizon = request.space.horizon
    head = {"page": request.path, "title": page.title, "dataVersion": request.known.version}
    asof = {"asOf": {"day": horizon.day.isoformat(), "clock": horizon.clock}} if horizon else {}
    table = {"rows": list(page.table)} if page.table is not None and page.data is None else {}
    return as_json({**head, **asof, "data": page.data, **table}).encode("utf-8", "replace")


def _turtle(request: Request, page: Page) -> bytes:
    return turtle.write(_described(request, page), request.space.prefixes).encode("utf-8")


def _jsonld(request: Request, page: Page) -> bytes:
    named = (page.described or request.known.index).graph_of
    quads = []
    for t in sorted(_described(request, page), key=str):
        graph = named[str(getattr(t.subject, "value", ""))]
        quads.append(
            Quad(t.subject, t.predicate, t.object, IRI(graph if ":" in graph else f"{vocab.DATA}graph/ontology-{graph}"))
        )
    return turtle.serialise(quads, "jsonld", request.space.prefixes)


def _described(request: Request, page: Page) -> list[Triple]:
    """Return the triples of a page's nodes, blank ones and what hangs on them left out."""
    listed = request.known.described(page.nodes, page.described)
    return [t for t in listed if not isinstance(t.object, Blank)]


def _csv(request: Request, page: Page) -> bytes:
    if page.table is None:
        raise Missing(f"{request.path} has no table to give as CSV", ((request.url(request.path), "the page itself"),))
    return neutral_csv(page.table)


def neutral_csv(table: Table) -> bytes:
    """Return a table as CSV (RFC 4180) in which no cell can be taken for a formula by a spreadsheet."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow([_inert(column) for column in table.columns])
    writer.writerows([_inert(cell or "") for cell in row] for row in table.rows)
    return out.getvalue().encode("utf-8", "replace")


# What a spreadsheet computes, also in the wide signs of East Asian keyboards; a plain number is none.
_FORMULA = r'["\s]*(?![+-]?\d+(?:[.,]\d+)?\s*(?:[;\t|\r\n]|$))[=+\-@\t\r|%＝＋－＠]'
# Where lists are parted by semicolons, or whoever imports them says so, a cell of ours is split there too, whatever its quotes.
_COMPUTED = re.compile(rf"^(?={_FORMULA})|(?<=[;\t|\r\n])(?={_FORMULA})")


def _inert(cell: str) -> str:
    """Return a cell with an apostrophe before what a spreadsheet would compute; plain numbers stay."""
    return _COMPUTED.sub("'", cell)


def _shown(value: Any) -> Any:
    """Return a value as a template prints it: hidden characters of plain texts made visible, None as nothing."""
    if value is None:
        return ""
    return visible(value) if type(value) is str and not value.isprintable() else value


def external(address: str) -> str:
    """Return an address outside this site if it is one of http or https, else nothing."""
    return address if re.match(r"https?://[^\s\"'<>\\]+$", address, re.IGNORECASE) else ""


@cache
def environment() -> Environment:
    """Return the templates, everything printed escaped and hidden characters made visible."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    found = Environment(
        loader=FileSystemLoader(TEMPLATES), auto_reload=False, autoescape=True, lstrip_blocks=True, finalize=_shown,
        undefined=StrictUndefined,
    )  # fmt: skip
    found.filters.update(
        external=external, standing=standing, local=words.local, many=words.many, figure=words.figure, date=date
    )
    found.globals.update(asset=static.address, words=words, quoted=passages.quoted, remarks=notes, labelled=labelled)
    return found


def labelled(columns: tuple[str, ...], row: tuple[str, ...]) -> list[tuple[str, str]]:
    """Return the cells of a row, each with the name of its column."""
    return list(zip(columns, row, strict=True))
