"""Names of the model in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kgtools.evidence.record import Assertion
from kgtools.views import evidence

if TYPE_CHECKING:
    from kgtools.views.site.request import Request

# Standing -> the colour class of its mark; the words always stand beside it.
_MARKS = {
    "cev:OfficialFinding": "finding", "cev:PreliminaryFinding": "finding", "cev:OfficialStatement": "official",
    "cev:Allegation": "allegation", "cev:AnonymousAllegation": "allegation", "cev:ExpertOpinion": "opinion",
    "cev:MediaReport": "report", "cev:Commentary": "comment", "cev:Statement": "report",
}  # fmt: skip
SIDES = {"for": "for", "against": "against", "neither": "neither for nor against"}
AXES = {"happened": "event", "said": "speech", "published": "publication", "recorded": "curation"}


def local(name: str) -> str:
    """Return the local name of a CURIE in words."""
    return name.partition(":")[2].replace("-", " ")


def anchor(name: str) -> str:
    """Return the local name of a CURIE as it stands in a fragment."""
    return name.partition(":")[2]


def figure(number: int) -> str:
    """Return a number as pages write it: thousands apart by a space that no line breaks at."""
    return f"{number:,}".replace(",", "\N{NO-BREAK SPACE}")


def facet(name: str, value: str) -> str:
    """Return a value of a facet in words: claims that explain an incident are a kind of their own."""
    return "other claim" if (name, value) == ("kind", "claim") else value


def many(number: int, thing: str, plural: str = "") -> str:
    """Return a number with its thing in singular or plural."""
    return f"{figure(number)} {thing if number == 1 else plural or thing + 's'}"


def label(one: Assertion) -> str:
    """Return the label of an assertion, with that of its origin where it differs."""
    return evidence.label(one)


def wording(one: Assertion) -> str:
    """Return force and hedge in words."""
    return evidence.wording(one)


def mark(one: Assertion) -> str:
    """Return the colour class of an assertion's origin, so that a report of an allegation is marked as one."""
    return _MARKS.get(one.origin_standing) or _MARKS.get(one.standing, "report")


def when(one: Assertion) -> str:
    """Return when it was said, and in a space as of a day whether that is sure."""
    return evidence.date(one.when) + evidence.then(one)


def cut(text: str, most: int = 160) -> str:
    """Return a text cut at a blank."""
    return text if len(text) <= most else text[:most].rsplit(" ", 1)[0] + " …"


def standing(name: str) -> str:
    """Return a standing in words: cev:AnonymousAllegation → anonymous allegation."""
    return evidence.standing(name)


def unnamed(request: Request, one: Assertion) -> bool:
    """Say whether the speaker of an assertion is unnamed."""
    return bool({"cev:UnnamedAgent", "cev:UnnamedGroup"}.intersection(request.known.values(one.speaker, "rdf:type")))
