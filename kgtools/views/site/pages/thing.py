"""Whatever has no page of its own kind: sent on to where it is told of, else shown with all that stands with it."""

from __future__ import annotations

from kgtools import vocab
from kgtools.space import Table
from kgtools.views.site import behind
from kgtools.views.site.missing import Missing
from kgtools.views.site.page import Answer, Page
from kgtools.views.site.reply import Reply
from kgtools.views.site.request import Request

# Told of in the dossier of an incident: kind -> the property that leads there.
_IN_DOSSIER = {
    "investigation": "schema:about", "action": "cev:recordedWith", "consequence": "schema:about", "discrepancy": "schema:about",
}  # fmt: skip


def page(request: Request) -> Answer:
    """Return the page of the node that the path names, or the way to where it is told of."""
    known = request.known
    kind, _, local = request.path.removeprefix("/").partition("/")
    name = f"{kind}:{local}"
    if not known.exists(name):
        raise Missing(f"no {kind} {local}")
    there = _told_of(request, kind, name)
    if there and request.form == "html":
        return Reply(303, "text/html; charset=utf-8", b"", {"Location": there, "Vary": "Accept"})
    return _page(request, name, kind)


def _told_of(request: Request, kind: str, name: str) -> str:
    known = request.known
    if kind == "assertion":
        address = request.node(name)
        return address if not address.partition("#")[0].partition("?")[0].startswith("/assertion/") else ""
    incidents = [one for one in known.values(name, _IN_DOSSIER[kind]) if one in known.incidents] if kind in _IN_DOSSIER else []
    return request.url("/incident/" + incidents[0].partition(":")[2], name.replace(":", "-")) if incidents else ""


def _page(request: Request, name: str, kind: str) -> Page:
    known = request.known
    here = [
        (known.short(predicate), sorted(known.plain(term) for term in terms))
        for predicate, terms in sorted(known.index.objects[known.iri(name)].items())
    ]
    there = sorted(known.backwards.get(name, ()))
    rows: list[tuple[str | None, ...]] = [(name, predicate, value) for predicate, values in here for value in values]
    rows += [(subject, predicate, name) for predicate, subject in there]
    values = {"name": name, "kind": kind, "here": here, "there": there, "label": known.label(name)}
    table = Table(("subject", "property", "object"), rows, name)
    data = {"node": name, "label": known.label(name), "properties": dict(here), "pointedAtBy": [list(row) for row in there]}
    return Page("thing.html.j2", known.label(name), values, data, (name,), table, behind.describing(request, name))


KINDS = tuple(kind for kind in vocab.DATA_PREFIXES if kind not in ("incident", "claim", "agent", "source"))
