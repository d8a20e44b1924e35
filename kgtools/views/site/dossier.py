"""What the page of an incident tells beside its matrix and its statements: dates, deeds, claims by side, absences."""

from __future__ import annotations

import datetime
from collections import Counter, defaultdict
from dataclasses import dataclass

from kgtools import vocab
from kgtools.evidence.absences import Absence
from kgtools.evidence.links import NO_LINK
from kgtools.evidence.record import Assertion
from kgtools.views.site import words
from kgtools.views.site.known import Incident, Known
from kgtools.views.site.lanes import Dot, Lanes, lanes
from kgtools.views.site.request import Request

HAPPENED = "what happened, as recorded"
OPEN = {f"force:{name}" for name in ("asks", "does-not-rule-out", "says-unknown", "says-under-investigation")}


@dataclass(frozen=True)
class Deed:
    """An investigation, personnel action or consequence: what, when, who, how far it got, and what anybody says of a link."""

    name: str
    kind: str
    label: str
    date: str
    day: str
    facts: tuple[tuple[str, tuple[str, ...]], ...]
    known_from: tuple[Assertion, ...]
    stated: tuple[Assertion, ...]

    @property
    def link(self) -> str:
        """Return the sentence that stands where no source states a link, empty where one does or none is asked for."""
        return NO_LINK if self.kind != "investigation" and not self.stated else ""


_DEEDS = {
    "investigation": ("schema:about", {"body": "prov:wasAssociatedWith", "mandate": "cev:mandate", "began": "cev:began",
                                       "ended": "cev:ended", "deadline": "cev:deadline", "stage": "cev:stage"}),
    "action": ("cev:recordedWith", {"what": "cev:kind", "person": "cev:person", "post": "cev:postTitle",
                                    "by": "cev:orderedBy"}),
    "consequence": ("schema:about", {"what": "cev:kind", "by": "cev:orderedBy", "stage": "cev:stage"}),
}  # fmt: skip
KINDS = {"investigation": "investigation", "action": "personnel action", "consequence": "consequence"}


def deeds(known: Known, incident: str) -> list[Deed]:
    """Return what was done after an incident in order of date, undated last."""
    found = [
        _deed(known, name, kind, incident)
        for kind, (property_, _) in _DEEDS.items()
        for name in known.pointing(incident, property_)
        if name.startswith(f"{kind}:")
    ]
    return sorted(found, key=lambda one: (one.day or "9999", one.name))


def _deed(known: Known, name: str, kind: str, incident: str) -> Deed:
    facts = tuple((what, tuple(known.values(name, one))) for what, one in _DEEDS[kind][1].items() if known.values(name, one))
    date = known.value(name, "cev:occurred", "cev:began")
    grounds = (known.record.assertions.get(one) for one in known.values(name, "cev:knownFrom"))
    link = known.links.of(name, incident)
    return Deed(
        name,
        KINDS[kind],
        known.label(name),
        date,
        _first(known, name),
        facts,
        tuple(one for one in grounds if one),
        link.stated,
    )


def _first(known: Known, name: str) -> str:
    iris = tuple(vocab.iri(one) for one in ("cev:occurred", "cev:began"))
    return min((day.isoformat() for day, _ in known.index.days(known.iri(name), iris) if day), default="")


def timeline(request: Request, incident: Incident, axis: str, here: frozenset[str]) -> Lanes:
    """Return the lanes of an incident: one for each speaker, on an axis of words.AXES; `here` stands on the same page."""
    known = request.known
    clock = known.clocks[words.AXES[axis]]
    said = known.by_incident.get(incident.name, [])
    dots = [
        _dot(
            one,
            clock.get(one.name, (None, None))[0],
            f"#s-{words.anchor(one.name)}" if one.name in here else request.node(one.name),
        )
        for one in said
    ]
    if axis == "happened":
        dots += _events(request, incident)
    labels = {one.speaker: one.speaker_label for one in said}
    return lanes(dots, labels)


def _dot(one: Assertion, day: datetime.date | None, address: str) -> Dot:
    date = words.when(one) if day is None else day.isoformat()
    label = f"{words.label(one)}: {words.wording(one)}"
    return Dot(one.speaker, day, date, words.mark(one), label, words.cut(one.text, 110), address)


def _events(request: Request, incident: Incident) -> list[Dot]:
    found: list[Dot] = []
    if incident.earliest:
        day = datetime.date.fromisoformat(incident.earliest)
        found.append(Dot(HAPPENED, day, incident.date, "event", "incident", incident.label, "#main"))
    for one in deeds(request.known, incident.name):
        if one.day:
            day = datetime.date.fromisoformat(one.day)
            found.append(Dot(HAPPENED, day, one.date, "event", one.kind, one.label, f"#{one.name.replace(':', '-')}"))
    return found


def standing_of_claims(known: Known, incident: str) -> dict[str, list[str]]:
    """Return the claims about an incident by the sides on which assertions stand: for only, both, against only, neither."""
    sides: dict[str, Counter[str]] = defaultdict(Counter)
    for one in known.by_incident.get(incident, []):
        if one.claim:
            sides[one.claim][one.counts] += 1
    found: dict[str, list[str]] = {"for only": [], "for and against": [], "against only": [], "neither": []}
    for claim, counts in sides.items():
        pro, contra = counts["for"] > 0, counts["against"] > 0
        key = "for and against" if pro and contra else "for only" if pro else "against only" if contra else "neither"
        found[key].append(claim)
    return found


def counted(known: Known, claim: str) -> tuple[int, int, int]:
    """Return how many assertions stand for a claim, against it, and neither."""
    counts = Counter(one.counts for one in known.by_claim.get(claim, []))
    return counts["for"], counts["against"], counts["neither"]


def contested(known: Known, incident: str = "") -> list[tuple[str, int, int, int]]:
    """Return the claims with assertions for and against, those with most on their smaller side first: claim and counts."""
    return known.once("contested", incident, lambda: _contested(known, incident))


def _contested(known: Known, incident: str) -> list[tuple[str, int, int, int]]:
    about = {one.claim for one in known.by_incident.get(incident, [])} if incident else set(known.by_claim)
    rows = [(claim, *counted(known, claim)) for claim in about if claim]
    rows = [row for row in rows if row[1] and row[2]]
    return sorted(rows, key=lambda row: (-min(row[1], row[2]), -(row[1] + row[2]), row[0]))


def unknown(known: Known, incident: str) -> dict[str, list[Absence]]:
    """Return the absences of an incident by kind."""
    found: dict[str, list[Absence]] = defaultdict(list)
    for one in known.absences.found:
        if incident in one.incidents:
            found[one.kind].append(one)
    return dict(found)


def gaps(request: Request, incident: str) -> dict[str, list[str]]:
    """Return what else is missing, as nodes: open questions, unnamed ends of chains, works that were not read."""
    known, said = request.known, request.known.by_incident.get(incident, [])
    asked = {one.claim for one in said if one.force in OPEN}
    found = {
        "left open or asked about, with nobody for or against": [
            one for one in standing_of_claims(known, incident)["neither"] if one in asked
        ],
        "unnamed speakers with whom a chain ends": [
            one.speaker for one in said if not one.reports and words.unnamed(request, one)
        ],
        "works known only through other works": [
            one.source for one in said if one.source and known.values(one.source, "cev:knownThrough")
        ],
    }  # fmt: skip
    return {what: list(dict.fromkeys(listed)) for what, listed in found.items() if listed}


def changes(known: Known, graph: str = "") -> list[tuple[str, str, str, str]]:
    """Return the readings of one file (CURIE), or of all: day, reader, file, what was done; the latest first."""
    rows = []
    for name in known.subjects("cev:Reading"):
        file = known.value(name, "cev:ofDossier")
        if not graph or file == graph:
            reader = known.value(name, "cev:readerNumber")
            rows.append((known.value(name, "cev:readOn"), f"reader {reader}", file, known.value(name, "dcterms:description")))
    return sorted(rows, key=lambda row: (row[0], row[2], row[1]), reverse=True)
