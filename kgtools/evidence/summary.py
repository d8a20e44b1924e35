"""Summary: what is agreed, contested, put forward and unknown about an incident, counted from the record.

The rules are said in `RULES`, which every view prints. A summary counts who said what; it does not say who is right.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from kgtools.evidence import origins
from kgtools.evidence.instrument import Instrument
from kgtools.evidence.origins import ClaimOrigins, Side
from kgtools.space import Space, Table

RULES = {
    "agreed": "claims that at least two voices assert, or an official finding, and that nothing on record speaks against:"
    " no assertion, no claim that excludes them, no open discrepancy, no allegation at the end of a chain",
    "contested": "claims with assertions on both sides, and claims that exclude each other and are both put forward",
    "put forward": "explanations and allegations that are neither agreed nor contested, each with its label",
    "unknown": "what speakers said was unknown, under investigation or not theirs to say, what they asked, explanations that"
    " were only asked, left open or tied to a condition, inquiries without result on record, open discrepancies",
}
_ALLEGED = ("cev:Allegation", "cev:AnonymousAllegation")
_ASSERTED = ("force:asserts", "force:corrects")


@dataclass(frozen=True)
class Weight:
    """What stands on one side of a claim: number of assertions, voices, range of origins, labels, wordings of the ends."""

    assertions: int
    voices: tuple[tuple[str, ...], ...]
    origins: str
    standings: tuple[str, ...]
    wordings: tuple[tuple[str, str], ...]
    possibly: int = 0  # in a space as of a day: how many of the assertions were only possibly known by then


@dataclass(frozen=True)
class Entry:
    """A claim with the weight of both sides, the claims that exclude it, and the condition it is tied to."""

    claim: str
    text: str
    side_for: Weight
    side_against: Weight
    rivals: tuple[str, ...] = ()


@dataclass(frozen=True)
class Open:
    """Something that is not known: what kind of gap, in words, and who says so."""

    kind: str
    text: str
    speakers: tuple[str, ...]
    nodes: tuple[str, ...]


@dataclass
class Summary:
    """The summary of one incident."""

    incident: str
    label: str
    agreed: list[Entry] = field(default_factory=list)
    contested: list[Entry] = field(default_factory=list)
    put_forward: list[Entry] = field(default_factory=list)
    unknown: list[Open] = field(default_factory=list)
    basis: Table = field(default_factory=lambda: Table((), []))


@dataclass
class Summaries(Instrument):
    """The summaries of one or several incidents."""

    found: list[Summary]

    @property
    def rows(self) -> Table:
        """Return a row for each claim that is agreed, contested or put forward, and for each thing unknown."""
        columns = ("incident", "section", "what", "text", "origins", "originsAgainst", "standings", "excludedBy")
        rows = [row for one in self.found for row in _rows(one)]
        return Table(columns, rows, "What is agreed, contested, put forward and unknown")

    @property
    def basis(self) -> Table:
        """Return the assertions and passages that the numbers were counted from."""
        first = next((one.basis for one in self.found), Table((), []))
        rows: list[tuple[str | None, ...]] = [(one.incident, *row) for one in self.found for row in one.basis.rows]
        return Table(("incident", *first.columns), rows, first.caption)


def _rows(found: Summary) -> Iterable[tuple[str | None, ...]]:
    for section, listed in (("agreed", found.agreed), ("contested", found.contested), ("put forward", found.put_forward)):
        for one in listed:
            against = one.side_against.origins if one.side_against.assertions else None
            standings = " ".join((*one.side_for.standings, *one.side_against.standings))
            head = (found.incident, section, one.claim, one.text, one.side_for.origins, against, standings)
            yield (*head, "; ".join(one.rivals) or None)
    for gap in found.unknown:
        yield (found.incident, "unknown", " ".join(gap.nodes), f"{gap.kind}: {gap.text}", None, None, None, None)


def incidents(space: Space) -> list[str]:
    """Return the incidents of a space in order of time, as CURIEs."""
    return list(dict.fromkeys(row["incident"] or "" for row in space.query("incidents")))


def summarise(space: Space, incident: str) -> Summary:
    """Return the summary of an incident (CURIE)."""
    return _summary(space, incident, origins.origins(space, incident).claims, _labels(space))


def summaries(space: Space) -> list[Summary]:
    """Return the summaries of all incidents, in order of time; the record is read once."""
    by_incident: dict[str, list[ClaimOrigins]] = {}
    for one in origins.origins(space).claims:
        said = [*one.neither, *(assertion for side in one.sides.values() for assertion in side.assertions)]
        for incident in {incident for assertion in said for incident in assertion.incidents}:
            by_incident.setdefault(incident, []).append(one)
    labels = _labels(space)
    return [_summary(space, incident, by_incident.get(incident, []), labels) for incident in labels]


def _labels(space: Space) -> dict[str, str]:
    """Return the incidents in order of time, each with its label."""
    return {row["incident"] or "": row["label"] or "" for row in space.query("incidents")}


def _summary(space: Space, incident: str, claims: list[ClaimOrigins], labels: dict[str, str]) -> Summary:
    found = Summary(incident, labels.get(incident, incident))
    facts = _Facts(space, incident, claims)
    for one in sorted(claims, key=lambda one: (one.claim not in facts.explanations, one.claim)):
        section = facts.section(one)
        if section:
            getattr(found, section).append(facts.entry(one))
    found.unknown = [*_said_unknown(space, incident), *facts.left_open(), *_without_result(space, incident)]
    found.unknown += _discrepancies(space, incident)
    shown = {entry.claim for listed in (found.agreed, found.contested, found.put_forward) for entry in listed}
    counted = sorted((one for one in claims if one.claim in shown), key=lambda one: one.claim)
    found.basis = origins.Origins(counted).basis
    return found


class _Facts:
    """What sorting the claims of an incident needs besides their sides."""

    def __init__(self, space: Space, incident: str, claims: Iterable[ClaimOrigins]) -> None:
        self.claims = {one.claim: one for one in claims}
        explained = space.table(space.sparql(_EXPLAINS))
        self.explanations = {row["explanation"] for row in explained if row["incident"] == incident}
        self.rivals: dict[str, set[str]] = {}
        for row in space.table(space.sparql(_EXCLUDES)):
            here, there = row["one"] or "", row["other"] or ""
            if self._for(here) and self._for(there):
                self.rivals.setdefault(here, set()).add(there)
                self.rivals.setdefault(there, set()).add(here)
        ledger = space.query("discrepancies", incident=incident, state="open")
        self.disputed = {row[side] for row in ledger for side in ("assertionA", "assertionB")}

    def _for(self, claim: str) -> bool:
        return claim in self.claims and bool(self.claims[claim].sides["for"].assertions)

    def section(self, one: ClaimOrigins) -> str:
        """Return the section of a claim, none for what a single voice says of other things than causes."""
        side, against = one.sides["for"], one.sides["against"]
        if side.assertions and (against.assertions or one.claim in self.rivals):
            return "contested"
        if not side.assertions or against.assertions:
            return ""
        alleged = any(standing in _ALLEGED for standing in _standings(side))
        if not alleged and self._weighty(side) and not any(a.name in self.disputed for a in side.support):
            return "agreed"
        return "put_forward" if alleged or one.claim in self.explanations else ""

    def _weighty(self, side: Side) -> bool:
        asserting = {end.assertion.speaker_label for end in side.ends if end.assertion.force in _ASSERTED}
        found = any(e.assertion.standing == "cev:OfficialFinding" and e.assertion.force in _ASSERTED for e in side.ends)
        return found or sum(1 for voice in side.voices if asserting & set(voice.speakers)) >= 2

    def entry(self, one: ClaimOrigins) -> Entry:
        """Return a claim as an entry of a section."""
        rivals = tuple(sorted(self.claims[claim].text for claim in self.rivals.get(one.claim, ())))
        return Entry(one.claim, one.text, _weight(one.sides["for"]), _weight(one.sides["against"]), rivals)

    def left_open(self) -> list[Open]:
        """Return the explanations that nobody puts forward or speaks against."""
        found = []
        for one in self.claims.values():
            if one.claim in self.explanations and not one.sides["for"].assertions and not one.sides["against"].assertions:
                said = [*one.neither, *one.sides["on condition"].assertions]
                kind = "only on a condition" if one.sides["on condition"].assertions else "asked or left open"
                speakers = tuple(dict.fromkeys(a.speaker_label for a in said if not a.reports))
                found.append(Open(kind, one.text, speakers, tuple(a.name for a in said)))
        return found


def _standings(side: Side) -> tuple[str, ...]:
    """Return the labels of a side: the origin's standing of every hop, that of the ends too where they are mixed."""
    labels = dict.fromkeys(one.origin_standing for one in side.assertions)
    if "cev:MixedOrigins" in labels:
        del labels["cev:MixedOrigins"]
        labels |= dict.fromkeys(end.assertion.standing for end in side.ends)
    return tuple(labels)


def _weight(side: Side) -> Weight:
    ends = [end.assertion for end in side.ends]
    return Weight(
        len(side.assertions),
        tuple(tuple(voice.speakers) for voice in side.voices),
        str(side.range),
        _standings(side),
        tuple(dict.fromkeys((one.force, one.hedge) for one in ends)),
        sum(one.by_then == "possibly" for one in side.assertions),
    )


def _said_unknown(space: Space, incident: str) -> list[Open]:
    groups: dict[tuple[str, str], tuple[list[str], list[str]]] = {}
    for row in space.query("open-questions", incident=incident):
        force, text = row["force"] or "", row["text"] or ""
        if not text.startswith(_words(force)):  # a claim: what is unknown is something about it, not whether it holds
            text = f"about “{text}”"
        speakers, nodes = groups.setdefault((force, text), ([], []))
        speakers.append(row["speakerLabel"] or "")
        nodes.append(row["assertion"] or "")
    return [
        Open(_words(force), text, tuple(dict.fromkeys(speakers)), tuple(dict.fromkeys(nodes)))
        for (force, text), (speakers, nodes) in groups.items()
    ]


def _without_result(space: Space, incident: str) -> list[Open]:
    found = {row["investigation"] or "": row for row in space.query("without-result", incident=incident)}
    return [
        Open("inquiry without result on record", row["label"] or "", (row["body"],) if row["body"] else (), (name,))
        for name, row in found.items()
    ]


def _discrepancies(space: Space, incident: str) -> list[Open]:
    rows = space.query("discrepancies", incident=incident, state="open")
    found = {row["discrepancy"] or "": row for row in rows}
    return [
        Open("open discrepancy", f"{_words(row['attribute'])}: “{row['valueA']}” beside “{row['valueB']}”", (), (name,))
        for name, row in found.items()
    ]


def _words(curie: str | None) -> str:
    return (curie or "").partition(":")[2].replace("-", " ")


_EXPLAINS = "SELECT ?explanation ?incident WHERE { ?explanation cev:explains ?incident } ORDER BY ?explanation ?incident"
_EXCLUDES = "SELECT ?one ?other WHERE { ?one cev:excludes ?other } ORDER BY ?one ?other"
