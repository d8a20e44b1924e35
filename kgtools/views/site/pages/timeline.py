"""The timeline of all incidents, with allegations, findings and personnel actions, and the day to turn every page back to."""

from __future__ import annotations

import datetime
from typing import Any

from kgtools.evidence.record import Assertion
from kgtools.space import Table
from kgtools.views.site import behind, dossier, words
from kgtools.views.site.known import Incident, Known, known
from kgtools.views.site.lanes import Dot, lanes
from kgtools.views.site.page import Answer, Page
from kgtools.views.site.reply import Reply
from kgtools.views.site.request import Request

SHOWN = {
    "cev:Allegation": "allegation", "cev:AnonymousAllegation": "anonymous allegation",
    "cev:OfficialFinding": "official finding", "cev:PreliminaryFinding": "preliminary finding",
}  # fmt: skip


def page(request: Request) -> Answer:
    """Return the timeline; a `step` of the slider is sent on to the day it stands for."""
    days = public_days(known(request.whole))
    step = request.params.get("step", "")
    if step.isascii() and step.isdigit() and len(step) < 6 and days:
        day = days[min(int(step), len(days) - 1)]
        return Reply(303, "text/html; charset=utf-8", b"", {"Location": f"/timeline?asof={day}"})
    here = request.known
    rows = [row for one in here.incidents.values() for row in events(here, one)]
    dots = [_dot(request, here.incidents[row[0]], row) for row in rows]
    names = {one.name: one.label for one in here.incidents.values()}
    table: list[tuple[str | None, ...]] = [
        (day or None, date, what, text, speaker or None, node, name) for name, day, date, what, _, text, speaker, node in rows
    ]
    table.sort(key=lambda row: (row[0] or "9999", row[3] or ""))
    asof = request.space.horizon.day.isoformat() if request.space.horizon else ""
    values: dict[str, Any] = {
        "lanes": lanes(dots, names, most=26 - 1, keep_order=True), "rows": table, "days": days,
        "step": sum(day <= asof for day in days) - 1 if asof else len(days) - 1, "incidents": here.incidents,
    }  # fmt: skip
    columns = ("day", "date", "what", "text", "speaker", "node", "incident")
    return Page(
        "timeline.html.j2", "Timeline", values, None, tuple(here.incidents), Table(columns, table, "Timeline"),
        behind.named(request, "timeline"), "timeline", ("timeline.js",),
    )  # fmt: skip


Row = tuple[str, str, str, str, str, str, str, str]


def events(here: Known, incident: Incident) -> list[Row]:
    """Return what stands on the lane of an incident: itself, first-hand allegations and findings, personnel actions."""
    first = incident.earliest or incident.latest
    found: list[Row] = [(incident.name, first, incident.date, "incident", "event", incident.label, "", incident.name)]
    for one in here.by_incident.get(incident.name, []):
        if one.standing in SHOWN and not one.reports:
            found.append(_row(here, incident, one))
    for deed in dossier.deeds(here, incident.name):
        if deed.kind == "personnel action":
            found.append((incident.name, deed.day, deed.date or "undated", deed.kind, "event", deed.label, "", deed.name))
    return found


def _row(here: Known, incident: Incident, one: Assertion) -> Row:
    day = here.clocks["publication"].get(one.name, (None, None))[0]
    text = f"{words.wording(one)}: {one.text}"
    return (incident.name, day.isoformat() if day else "", words.when(one), SHOWN[one.standing], words.mark(one), text,
            one.speaker_label, one.name)  # fmt: skip


def _dot(request: Request, incident: Incident, row: Row) -> Dot:
    _, day, date, what, mark, text, speaker, node = row
    said = f"{speaker} {text}".strip()
    return Dot(
        incident.name,
        datetime.date.fromisoformat(day) if day else None,
        date,
        mark,
        what,
        words.cut(said, 140),
        request.node(node),
    )


def public_days(here: Known) -> list[str]:
    """Return the days on which something on record may first have been public."""
    return sorted({first.isoformat() for first, _ in here.clocks["publication"].values() if first})
