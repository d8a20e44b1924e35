"""Content negotiation (RFC 9110, section 12.5): which of our media types a visitor likes best."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache

ROWS = {
    "application/sparql-results+json": "json", "application/sparql-results+xml": "xml",
    "text/csv": "csv", "text/tab-separated-values": "tsv",
    "application/json": "json", "application/xml": "xml", "text/xml": "xml",
}  # fmt: skip
GRAPHS = {
    "text/turtle": "turtle", "application/n-triples": "ntriples",
    "application/rdf+xml": "rdfxml", "application/ld+json": "jsonld",
}  # fmt: skip
DESCRIPTIONS = {"text/turtle": "turtle", "application/ld+json": "jsonld"}
HTML = "text/html"


@lru_cache(maxsize=1024)
def _ranges(accept: str) -> tuple[tuple[str, float, int], ...]:
    """Return media ranges with their weight and how many parameters besides it they have."""
    found = []
    for part in accept.split(",")[:100]:
        name, *parameters = (piece.strip().lower() for piece in part.split(";"))
        weight = 1.0
        for parameter in parameters:
            if parameter.startswith("q="):
                try:
                    weight = min(max(float(parameter[2:]), 0.0), 1.0)
                except ValueError:
                    weight = 0.0
        if "/" in name:
            found.append((name, weight, len(parameters)))
    return tuple(found)


def weight(accept: str, media_type: str) -> float:
    """Return how much a visitor likes a media type, from 0 to 1: by the most specific range that covers it."""
    best, specific = 0.0, -1
    kind = media_type.partition("/")[0] + "/*"
    for name, liked, _ in _ranges(accept):
        rank = 2 if name == media_type else 1 if name == kind else 0 if name == "*/*" else -1
        if rank > specific:
            best, specific = liked, rank
    return best


def best(accept: str, offered: Sequence[str] | Mapping[str, str]) -> str | None:
    """Return the media type liked best, the first of ours among equals; None if none is accepted."""
    types = list(offered)
    if not accept.strip():
        return types[0]
    liked = [(weight(accept, name), -place, name) for place, name in enumerate(types)]
    score, _, name = max(liked)
    return name if score > 0 else None


@lru_cache(maxsize=1024)
def prefers_html(accept: str) -> bool:
    """Tell whether a visitor names HTML and likes nothing of ours better: a browser, not a program."""
    if not any(name == HTML for name, _, _ in _ranges(accept)):
        return False
    others = max((weight(accept, name) for name in (*ROWS, *GRAPHS) if _named(accept, name)), default=0.0)
    return weight(accept, HTML) > 0 and weight(accept, HTML) >= others


def _named(accept: str, media_type: str) -> bool:
    # Browsers name XML beside HTML, and mean HTML.
    return media_type not in ("application/xml", "text/xml") and any(name == media_type for name, _, _ in _ranges(accept))
