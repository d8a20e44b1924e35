"""One speaker: posts, everything they said, changes of story, who passed them on."""

from __future__ import annotations

from collections import Counter
from typing import Any

from kgtools.evidence.record import Assertion
from kgtools.views.evidence import assertion_data
from kgtools.views.site import behind, statements
from kgtools.views.site.missing import Missing
from kgtools.views.site.page import Page
from kgtools.views.site.request import Request

KINDS = {
    "prov:Person": "person", "prov:Organization": "organisation", "cev:UnnamedAgent": "unnamed speaker",
    "cev:UnnamedGroup": "unnamed group of unknown number",
}  # fmt: skip
# What ties an agent to others: property, words from here, words from the other end.
TIES = (
    ("org:subOrganizationOf", "part of", "has as part"), ("cev:setUpBy", "set up by", "set up"),
    ("dcterms:replaces", "replaced", "replaced by"), ("cev:claimedAffiliation", "said to belong to", "said to belong to it"),
    ("cev:possiblySameAs", "possibly the same as", "possibly the same as"), ("cev:oneOf", "one of", "among them"),
    ("cev:onBehalfOf", "", "spoken for in"), ("cev:creditedTo", "", "credited with"),
    ("cev:accuses", "", "something is imputed by"), ("cev:person", "", "personnel action"), ("cev:orderedBy", "", "ordered"),
    ("dcterms:creator", "", "wrote"), ("dcterms:publisher", "", "published"), ("prov:wasAssociatedWith", "", "inquiry"),
)  # fmt: skip


def kind(request: Request, name: str) -> str:
    """Return what an agent is, in words."""
    types = request.known.values(name, "rdf:type")
    return next((words for one, words in reversed(KINDS.items()) if one in types), "agent")


def page(request: Request) -> Page:
    """Return the page of the speaker that the path names."""
    known, name = request.known, f"agent:{request.slug}"
    if not known.exists(name):
        raise Missing(f"no speaker {request.slug}")
    said = known.by_speaker.get(name, [])
    own = [one for one in said if not one.reports]
    passed = passed_on(request, said)
    changed = known.once("changed-story", "", lambda: list(request.space.query("changed-story")))
    story = [row for row in changed if row["speaker"] == name]
    values: dict[str, Any] = {
        "name": name, "label": known.label(name), "kind": kind(request, name), "said": said, "own": own, "passed": passed,
        "story": story, "posts": posts(request, name), "ties": ties(request, name), "also": known.values(name, "skos:altLabel"),
        "described": known.value(name, "cev:describedAs"), "listing": statements.listing(said, request.params),
        "sorts": statements.SORTS, "about": Counter(incident for one in said for incident in one.incidents).most_common(),
    }  # fmt: skip
    data = {
        "agent": name, "label": known.label(name), "kind": kind(request, name), "posts": values["posts"],
        "ties": values["ties"], "changesOfStory": story, "passedOnBy": [one.name for one in passed],
        "assertions": [assertion_data(one) | {"text": one.text} for one in said],
    }  # fmt: skip
    return Page(
        "agent.html.j2", known.label(name), values, data, (name, *known.pointing(name, "org:member")),
        statements.table(values["listing"].shown, f"What {known.label(name)} said"),
        behind.named(request, "said-by", speaker=name), "agents", ("statements.js",),
    )  # fmt: skip


def passed_on(request: Request, said: list[Assertion]) -> list[Assertion]:
    """Return the assertions of others that pass on some assertions, in order of date."""
    record = request.known.record
    mine = {one.name for one in said}
    names = {other for one in said for other in record.reporters.get(one.name, ()) if other not in mine}
    return sorted((record.assertions[one] for one in names), key=lambda one: (one.earliest or "9999", one.name))


def posts(request: Request, name: str) -> list[dict[str, Any]]:
    """Return the posts of a person, or of the people of a body, in order of date."""
    known = request.known
    found = [
        {
            "post": one, "label": known.label(one), "title": known.value(one, "cev:postTitle"),
            "body": known.value(one, "org:organization"), "member": known.value(one, "org:member"),
            "began": known.value(one, "cev:began"), "ended": known.value(one, "cev:ended"),
            "knownFrom": [a for a in known.values(one, "cev:knownFrom") if a in known.record.assertions],
        }
        for one in known.pointing(name, "org:member", "org:organization")
    ]  # fmt: skip
    return sorted(found, key=lambda row: (row["began"] or "9999", row["post"]))


def ties(request: Request, name: str) -> list[tuple[str, list[str]]]:
    """Return what an agent is tied to, by the tie in words."""
    known = request.known
    found: dict[str, list[str]] = {}
    for property_, here, there in TIES:
        for word, names in ((here, known.values(name, property_) if here else []), (there, known.pointing(name, property_))):
            if names:
                found[word] = sorted({*found.get(word, ()), *names})
    return list(found.items())
