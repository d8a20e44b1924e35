"""One work: what it says, what it relies on, who repeats it, and how much of its lines the graph has."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Any

from kgtools.coverage import account
from kgtools.evidence.record import Assertion
from kgtools.views.evidence import assertion_data
from kgtools.views.site import behind, statements
from kgtools.views.site.known import Passage
from kgtools.views.site.missing import Missing
from kgtools.views.site.page import Page
from kgtools.views.site.pages.agent import passed_on
from kgtools.views.site.request import Request

FACTS = (
    ("kind", "cev:kind"), ("title", "dcterms:title"), ("by", "dcterms:creator"), ("published by", "dcterms:publisher"),
    ("published", "dcterms:issued"), ("part of", "dcterms:isPartOf"), ("language", "schema:inLanguage"),
    ("translation of", "schema:translationOfWork"), ("known only through", "cev:knownThrough"), ("address", "schema:url"),
)  # fmt: skip


@dataclass(frozen=True)
class Lines:
    """The lines of one document on which a work has passages, and the state of the sentences from the first to the last."""

    document: str
    file: str
    first: int
    last: int
    spans: tuple[tuple[int, int, str], ...]
    states: dict[str, int]
    at_hand: bool


def page(request: Request) -> Page:
    """Return the page of the work that the path names."""
    known, name = request.known, f"source:{request.slug}"
    if not known.exists(name):
        raise Missing(f"no work {request.slug}")
    said = known.by_source.get(name, [])
    facts = [(what, known.values(name, one)) for what, one in FACTS if known.values(name, one)]
    values: dict[str, Any] = {
        "name": name, "label": known.label(name), "facts": facts, "said": said, "relies": relies(request, said),
        "repeats": [one for one in passed_on(request, said) if one.source != name], "lines": lines(request, name, said),
        "parts": known.pointing(name, "dcterms:isPartOf", "cev:knownThrough", "schema:translationOfWork"),
        "holders": known.pointing(name, "cev:holds"), "listing": statements.listing(said, request.params),
        "sorts": statements.SORTS, "about": Counter(incident for one in said for incident in one.incidents).most_common(),
    }  # fmt: skip
    data: dict[str, Any] = {
        "source": name, "label": known.label(name), **dict(facts), "lines": [vars(one) for one in values["lines"]],
        "reliesOn": [one.name for one in values["relies"]], "repeatedBy": [one.name for one in values["repeats"]],
        "assertions": [assertion_data(one) | {"text": one.text} for one in said],
    }  # fmt: skip
    return Page(
        "source.html.j2", known.label(name), values, data, (name,),
        statements.table(values["listing"].shown, known.label(name)),
        behind.describing(request, name), "sources", ("statements.js",),
    )  # fmt: skip


def relies(request: Request, said: list[Assertion]) -> list[Assertion]:
    """Return the assertions made elsewhere that some assertions pass on, in order of date."""
    record = request.known.record
    mine = {one.name for one in said}
    names = {other for one in said for other in one.reports if other in record.assertions and other not in mine}
    return sorted((record.assertions[one] for one in names), key=lambda one: (one.earliest or "9999", one.name))


def lines(request: Request, name: str, said: list[Assertion]) -> list[Lines]:
    """Return for each document the lines between the first and the last passage of a work."""
    known = request.known
    found: dict[str, dict[str, Passage]] = {}
    for one in said:
        for passage in known.passages(one.name):
            if passage.work in ("", name):
                found.setdefault(passage.document, {})[passage.name] = passage
    return [_lines(request, document, list(listed.values())) for document, listed in sorted(found.items())]


def _lines(request: Request, document: str, listed: list[Passage]) -> Lines:
    known = request.known
    first, last = min(one.first_line for one in listed), max(one.last_line for one in listed)
    archived = known.documents.get(document)
    file = archived.file_name if archived else document
    sentences = []
    if archived and known.text(document):
        counted = known.once("account", document, lambda: account(request.space, archived, known.text(document)))
        sentences = [one for one in counted if one.span.first_line >= first and one.span.last_line <= last]
    spans: tuple[tuple[int, int, str], ...] = tuple((one.span.first_line, one.span.last_line, one.state) for one in sentences)
    if not sentences:
        spans = tuple(sorted({(one.first_line, one.last_line, "covered") for one in listed}))
    return Lines(document, file, first, last, _merged(spans), dict(Counter(one.state for one in sentences)), bool(sentences))


def _merged(spans: tuple[tuple[int, int, str], ...]) -> tuple[tuple[int, int, str], ...]:
    """Return neighbouring spans of one state as one."""
    found: list[tuple[int, int, str]] = []
    for first, last, state in spans:
        if found and found[-1][2] == state and first <= found[-1][1] + 2:
            found[-1] = (found[-1][0], max(last, found[-1][1]), state)
        else:
            found.append((first, last, state))
    return tuple(found)
