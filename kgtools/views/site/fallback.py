"""What is answered where there is no page: what was meant perhaps, and what is wrong with the call."""

from __future__ import annotations

import difflib

from kgtools.faults import Fault
from kgtools.views.site.missing import Missing
from kgtools.views.site.page import Page
from kgtools.views.site.render import render
from kgtools.views.site.reply import Reply
from kgtools.views.site.request import Request


def missing_page(request: Request, missing: Missing) -> Reply:
    """Return the page that says that nothing is there, with the nearest names."""
    near = missing.near or _nearest(request)
    data = {"error": missing.what, "near": [{"address": address, "words": words} for address, words in near]}
    then = _there_now(request)
    page = Page("missing.html.j2", "Nothing here", {"what": missing.what, "near": near, "now": then}, data, status=404)
    return _plain(request, page)


def fault_page(request: Request, fault: Fault) -> Reply:
    """Return the page that says what is wrong with a call, and what to do."""
    data = {"error": str(fault)}
    whole = Request(request.whole, request.whole, request.path, request.slug, request.form, {}, request.with_text)
    page = Page("fault.html.j2", "This cannot be shown", {"fault": fault}, data, status=400)
    return _plain(whole, page)


def _plain(request: Request, page: Page) -> Reply:
    form = request.form if request.form in ("html", "json") else "html"
    return render(Request(request.space, request.whole, request.path, request.slug, form, request.params), page)


def _there_now(request: Request) -> str:
    """Return the address of the same page of today if the day asked for is why it is not there."""
    if request.space.horizon is None:
        return ""
    kind, _, local = request.path.removeprefix("/").partition("/")
    today = Request(request.whole, request.whole, request.path, request.slug, request.form, {})
    return today.url(request.path) if today.known.exists(f"{kind}:{local}") else ""


def _nearest(request: Request) -> tuple[tuple[str, str], ...]:
    from kgtools.views.site.routes import PAGES

    kind, _, local = request.path.removeprefix("/").partition("/")
    known = request.known
    if not local:
        names = difflib.get_close_matches(kind, [name for name in PAGES if name], n=4, cutoff=0.4)
        return tuple((request.url(f"/{name}"), name) for name in names)
    nodes = known.of_kind(kind) or sorted(known.incidents)
    by_local = {name.partition(":")[2]: name for name in nodes}
    found = [by_local[one] for one in difflib.get_close_matches(local, by_local, n=6, cutoff=0.4)]
    return tuple((request.node(name), known.label(name)) for name in found)
