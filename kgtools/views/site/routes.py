"""The routing table: which module makes which page. A new page is one module in `pages/` and one line here.

A maker takes a `Request` and returns a `Page`, or a `Reply` to send as it is (a redirect, a file). It raises `Missing` for
what is not there, and `Fault` for a call that is wrong.
"""

from __future__ import annotations

from kgtools.views.site.page import Maker
from kgtools.views.site.pages import agent, claim, home, incident, lists, map, source, sparql, thing, timeline, vocabulary

# The whole path -> the maker of the page there.
PAGES: dict[str, Maker] = {
    "": home.page,
    "incidents": lists.incidents,
    "agents": lists.agents,
    "sources": lists.sources,
    "timeline": timeline.page,
    "map": map.page,
    "sparql": sparql.page,
    "vocabulary": vocabulary.terms,
    "vocabulary/lists": vocabulary.lists,
    "vocabulary/topic": vocabulary.topic,
    "vocabulary/shapes": vocabulary.shapes,
}

# The first part of the path -> the maker of the page of one node, whose local name is `request.slug`.
NODES: dict[str, Maker] = {
    **dict.fromkeys(thing.KINDS, thing.page),
    "incident": incident.page,
    "claim": claim.page,
    "agent": agent.page,
    "source": source.page,
}
