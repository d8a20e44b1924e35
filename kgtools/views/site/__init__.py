"""The pages of the site, as functions of a space: no server here, so that the same pages make a static export."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

from kgtools.faults import Fault
from kgtools.space import Space
from kgtools.views.site import receipt, static
from kgtools.views.site.fallback import fault_page, missing_page
from kgtools.views.site.missing import Missing
from kgtools.views.site.page import Page
from kgtools.views.site.render import FORMS, render
from kgtools.views.site.reply import Reply
from kgtools.views.site.request import Request
from kgtools.views.site.routes import NODES, PAGES

_ACCEPTED = {kind.partition(";")[0]: form for form, kind in FORMS.items()} | {"application/xhtml+xml": "html"}
_ANY = {"*/*": "html", "text/*": "html", "application/*": "json"}


def respond(space: Space, path: str, params: Mapping[str, str], accept: str) -> Reply:
    """Return the page for a path such as `/incident/geo-ik-2-2011`, its parameters (both decoded) and an Accept header.

    `with_text` among the parameters allows the text of archived documents: a server sets it itself and takes it from no client.
    """
    path = "/" + path.lstrip("/\\")  # two at the start would name a host in the page's own links
    if path.startswith("/static/"):
        try:
            return static.reply(path.removeprefix("/static/"))
        except Missing as missing:
            return Reply(404, "text/plain; charset=utf-8", f"{missing.what}\n".encode())
    bare, form = _form(path, accept)
    given = {name: value for name, value in params.items() if name != "with_text"}
    request = Request(space, space, bare, _slug(bare), form, given, bool(params.get("with_text")))
    try:
        if given.get("asof"):
            request = _turned_back(request)
        return _answer(request)
    except Missing as missing:
        return missing_page(request, missing)
    except Fault as fault:
        return fault_page(request, fault)


def _answer(request: Request) -> Reply:
    first, _, rest = request.path.removeprefix("/").partition("/")
    if first == "claim" and rest.endswith(".receipt.json"):
        return receipt.reply(request, f"claim:{rest.removesuffix('.receipt.json')}")
    maker = NODES.get(first) if rest else PAGES.get(first)
    maker = PAGES.get(request.path.removeprefix("/"), maker)
    if maker is None:
        raise Missing(f"no page at {request.path}")
    found = maker(request)
    return render(request, found) if isinstance(found, Page) else found


def _slug(path: str) -> str:
    return path.removeprefix("/").partition("/")[2]


def _form(path: str, accept: str) -> tuple[str, str]:
    """Return a path without its suffix, and the form that the suffix names, else the one that the client likes best."""
    stem, dot, suffix = path.rpartition(".")
    if dot and suffix in FORMS and not path.endswith(".receipt.json"):
        return ("/" if stem == "/index" else stem), suffix
    return path, negotiated(accept)


def negotiated(accept: str) -> str:
    """Return the form that an Accept header likes best (RFC 9110, 12.5.1): HTML where it names none of ours, or all alike."""
    best, weight = "html", 0.0
    for part in accept.split(","):
        kind, *extra = (piece.strip() for piece in part.split(";"))
        form = _ACCEPTED.get(kind.lower()) or _ANY.get(kind.lower())
        quality = _quality(extra)
        if form and (quality > weight or (quality == weight and form == "html")):
            best, weight = form, quality
    return best


def _quality(extra: list[str]) -> float:
    for piece in extra:
        if piece.startswith("q="):
            try:
                return float(piece[2:])
            except ValueError:
                return 0.0
    return 1.0


def _turned_back(request: Request) -> Request:
    clock = request.params.get("clock") or "publication"
    space = _as_of(request.space, request.params["asof"], clock)
    return Request(space, request.whole, request.path, request.slug, request.form, request.params, request.with_text)


@lru_cache(maxsize=16)
def _as_of(space: Space, day: str, clock: str) -> Space:
    return space.as_of(day, clock)
