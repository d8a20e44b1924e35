"""Origins, drift and history as reports and as plain data."""

from __future__ import annotations

from typing import Any

from kgtools.evidence.drift import Drift, Move
from kgtools.evidence.history import Event, History
from kgtools.evidence.origins import ClaimOrigins, End, Origins, Side
from kgtools.evidence.record import Assertion
from kgtools.space import Space
from kgtools.views.evidence import assertion_data, label, local, then, wording
from kgtools.views.report import Report, Section

Lines = list[tuple[int, str]]
_FEW = 3


def _notes(space: Space, *notes: str) -> list[str]:
    return [*([space.horizon.line().capitalize()] if space.horizon else []), *notes]


def _one(one: Assertion) -> str:
    where = f", {one.source_label}" if one.source_label else ""
    return f"{one.speaker_label}{where} — {label(one)}: {wording(one)} — {one.when}{then(one)}  [{one.name}]"


def _places(one: Assertion, depth: int) -> Lines:
    return [(depth, str(place)) for place in one.places]


def origins_report(space: Space, found: Origins) -> Report:
    """Return the origins of one claim in full, or of several in brief."""
    note = "A range is a count of distinct speakers, from at least to at most; it says nothing about the truth of a claim."
    if len(found.claims) == 1:
        claim = found.claims[0]
        report = Report(f"Origins of {claim.claim}: {claim.text}", _notes(space, note), _claim_sections(claim))
    else:
        lines = [line for claim in found.claims for line in _brief(claim)]
        report = Report("Origins", _notes(space, note), [Section(_many(len(found.claims), "claim"), lines)])
    return report


def _claim_sections(claim: ClaimOrigins) -> list[Section]:
    sections = []
    for side in claim.sides.values():
        if side.assertions:
            sections.append(_side(claim, side))
        elif side.name != "on condition":
            sections.append(Section(f"{side.name}: nobody on record"))
    if claim.neither:
        heading = f"neither (asked, left open, recommended): {len(claim.neither)}"
        sections.append(Section(heading, [(0, _one(one)) for one in claim.neither]))
    return sections


def _brief(claim: ClaimOrigins) -> Lines:
    lines: Lines = [(0, f"{claim.claim}  {claim.text}")]
    for side in claim.sides.values():
        if side.assertions:
            lines.append((1, f"{_heading(claim, side)}; choke points: {len(side.chokes)}"))
    return lines if len(lines) > 1 else [*lines, (1, "nobody on record for or against")]


def _heading(claim: ClaimOrigins, side: Side) -> str:
    counts = f"{_many(len(side.assertions), 'assertion')} in {_many(len(side.works), 'work')}"
    held = _many(len(side.documents), "archived document")
    name = side.name + (f" that “{claim.condition}”" if side.name == "on condition" and claim.condition else "")
    return f"{name}: {counts} of {held}; distinct origins: {side.range}"


def _side(claim: ClaimOrigins, side: Side) -> Section:
    lines: Lines = [line for end in side.ends for line in _end(end)]
    for voice in side.voices:
        if voice.ties:
            lines.append((0, f"one voice at the lower end: {', '.join(voice.speakers)}"))
            lines += [(1, tie) for tie in voice.ties]
    if side.range.at_least == 0:
        lines.append((0, "at least 0: nobody on this side is on record with a ground that still stands"))
    if side.range.open_ended:
        lines.append((0, "or more: a group of unknown number is among the speakers"))
    return Section(_heading(claim, side), lines + _chokes(side))


def _many(number: int, word: str) -> str:
    return f"{number} {word}" + ("" if number == 1 else "s")


def _end(end: End) -> Lines:
    ground = f"ground: {local(end.assertion.ground) or 'none given'}"
    return [(0, f"origin: {_one(end.assertion)}"), (1, f"{ground}; {end.why}"), *_places(end.assertion, 1)]


def _chokes(side: Side) -> Lines:
    listed = {
        "speakers": [f"{name} [{node}]" for node, name in side.choke_speakers.items()],
        "works": [f"{name} [{node}]" for node, name in side.choke_works.items()],
        "assertions": side.choke_assertions,
    }
    lines: Lines = [(1, f"{kind}: {', '.join(nodes)}") for kind, nodes in listed.items() if nodes]
    if lines:
        lines = [(0, "choke points, without any one of which no chain leads from an origin to a text at hand:"), *lines]
    else:
        lines = [(0, "choke points: none")]
    if not side.choke_assertions and side.cut:
        rest = f"without these {len(side.cut)} nothing is left: {', '.join(side.cut)}"
        lines.append((0, f"no single assertion bears it all; {rest}"))
    return lines


def origins_data(found: Origins) -> list[dict[str, Any]]:
    """Return origins as plain data for JSON."""
    return [
        {
            "claim": claim.claim, "text": claim.text, "onCondition": claim.condition,
            "sides": {name: _side_data(side) for name, side in claim.sides.items()},
            "neither": [assertion_data(one) for one in claim.neither],
        }
        for claim in found.claims
    ]  # fmt: skip


def _side_data(side: Side) -> dict[str, Any]:
    return {
        "documents": side.documents, "works": side.works, "assertions": [assertion_data(one) for one in side.assertions],
        "origins": {"atLeast": side.range.at_least, "atMost": side.range.at_most, "openEnded": side.range.open_ended},
        "ends": [{**assertion_data(end.assertion), "named": end.named, "why": end.why} for end in side.ends],
        "voices": [{"speakers": voice.speakers, "ties": voice.ties} for voice in side.voices],
        "chokePoints": {
            "speakers": list(side.choke_speakers), "works": list(side.choke_works), "assertions": side.choke_assertions,
        },
        "smallestCut": side.cut,
    }  # fmt: skip


def drift_report(space: Space, found: Drift) -> Report:
    """Return the drift: hops that harden, hops that soften, and whole chains from origin to last hop."""
    note = f"{found.compared} hops compared with what they pass on; steps are differences of rank within one list."
    sections = [
        Section(f"Hops that say more than what they pass on: {len(found.harder)}", _moves(found.harder, "harder")),
        Section(f"Hops that say less than what they pass on: {len(found.softer)}", _moves(found.softer, "softer")),
        Section(f"Chains that end otherwise than they began: {len(found.chains)}", _chains(found.chains)),
    ]
    return Report("Drift", _notes(space, note), sections)


def _moves(moves: list[Move], direction: str) -> Lines:
    lines: Lines = []
    for move in moves:
        lines.append((0, f"{move.later.claim}  {move.later.text}"))
        lines += [(1, str(change)) for change in move.toward(direction)]
        for lead, one in (("from", move.earlier), ("to", move.later)):
            lines += [(1, f"{lead}: {_one(one)}"), *_places(one, 2)]
    return lines


def _chains(chains: list[Move]) -> Lines:
    lines: Lines = []
    for move in chains:
        ends = f"{move.earlier.speaker_label} [{move.earlier.name}] → {move.later.speaker_label} [{move.later.name}]"
        lines.append((0, f"{ends}: {move.later.text}"))
        lines += [(1, f"{change.direction}: {change}") for change in move.changes]
    return lines


def drift_data(found: Drift) -> dict[str, Any]:
    """Return drift as plain data for JSON."""
    return {
        "compared": found.compared,
        "harder": [_move_data(move, "harder") for move in found.harder],
        "softer": [_move_data(move, "softer") for move in found.softer],
        "chains": [_move_data(move, "") for move in found.chains],
    }


def _move_data(move: Move, direction: str) -> dict[str, Any]:
    return {
        "from": assertion_data(move.earlier), "to": assertion_data(move.later),
        "changes": [vars(change) for change in move.changes if not direction or change.direction == direction],
    }  # fmt: skip


def history_report(space: Space, found: History, explain: bool = False) -> Report:
    """Return the days on which the picture of an incident changed; unless explained, with the first few assertions of each."""
    sections: list[Section] = []
    for event in found.events:
        heading = event.first.isoformat()
        if not sections or sections[-1].heading != heading:
            sections.append(Section(heading))
        sure = "" if event.certainty == "certainly" else f" ({event.when})"
        sections[-1].lines.append((0, f"{event.change}: {event.what}{sure}"))
        sections[-1].lines += _known(event, None if explain else _FEW)
    if not sections:
        sections = [Section("Nothing dated is on record.")]
    title = f"Days on which the picture of {found.incident} changed"
    note = f"Clock: {found.clock}. What is not marked is certain on that clock. Order in time is no cause."
    return Report(title, _notes(space, note), sections)


def _known(event: Event, most: int | None) -> Lines:
    """Return the assertions by which a change is known, at most so many, and how many more there are."""
    lines: Lines = []
    for one in event.assertions[:most]:
        said = [(2, one.text)] if one.text != event.what else []
        lines += [(1, _one(one)), *said, *_places(one, 2)]
    more = len(event.assertions) - len(event.assertions[:most])
    return [*lines, (1, f"… and {more} more of that day: --explain lists them")] if more else lines


def history_data(found: History) -> dict[str, Any]:
    """Return a history as plain data for JSON."""
    return {
        "incident": found.incident, "clock": found.clock,
        "changes": [
            {
                "first": event.first.isoformat(), "by": event.by.isoformat() if event.by else None,
                "certainty": event.certainty, "change": event.change, "what": event.what,
                "assertions": [assertion_data(one) for one in event.assertions],
            }
            for event in found.events
        ],
    }  # fmt: skip
