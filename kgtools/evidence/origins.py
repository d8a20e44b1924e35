"""Origins: how many distinct speakers stand at the ends of the chains on each side of a claim, as an honest range.

The rules are instrument:origins and instrument:choke-point in ontology/schemes.ttl. A range is a count and says nothing
about the truth of a claim.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from itertools import combinations

from kgtools.evidence import record as records
from kgtools.evidence import voices as ties
from kgtools.evidence.instrument import Instrument
from kgtools.evidence.record import Assertion, Record
from kgtools.evidence.trace import claims_for
from kgtools.faults import Fault
from kgtools.flows import Flow, joined, untied
from kgtools.space import Space, Table

SIDES = ("for", "against", "on condition")

COLUMNS = (
    "claim", "text", "side", "documents", "works", "assertions", "origins", "atLeast", "atMost", "openEnded", "chokePoints",
    "smallestCut",
)  # fmt: skip
COUNTED = (
    "claim", "side", "number", "assertion", "speaker", "ground", "why", "work", "document", "firstLine", "lastLine", "phrase",
)  # fmt: skip


@dataclass(frozen=True)
class Range:
    """A number of origins: at least so many, at most so many, or more where a group of unknown number is among them."""

    at_least: int
    at_most: int
    open_ended: bool = False

    def __str__(self) -> str:
        most = f"–{self.at_most}" if self.at_most != self.at_least else ""
        return f"{self.at_least}{most}" + (" or more" if self.open_ended else "")


@dataclass
class End:
    """The end of a chain: an assertion that rests on no other of its side, and why it adds nothing to the lower end, if so."""

    assertion: Assertion
    named: bool
    behind: dict[str, tuple[str, ...]]
    idle: str = ""

    @property
    def why(self) -> str:
        """Say what the end adds to the lower end of the range."""
        if self.idle:
            return f"adds nothing to the lower end: {self.idle}"
        return "counts at the lower end" if self.named else "unnamed: counts at the lower end only where nobody else does"


@dataclass
class Voice:
    """Speakers at the ends who count as one at the lower end, with the ties that make them one."""

    speakers: list[str]
    ties: list[str]


@dataclass
class Side:
    """What stands on one side of a claim."""

    name: str
    assertions: list[Assertion] = field(default_factory=list)
    support: list[Assertion] = field(default_factory=list)
    ends: list[End] = field(default_factory=list)
    voices: list[Voice] = field(default_factory=list)
    range: Range = Range(0, 0)
    choke_assertions: list[str] = field(default_factory=list)
    choke_speakers: dict[str, str] = field(default_factory=dict)
    choke_works: dict[str, str] = field(default_factory=dict)
    cut: list[str] = field(default_factory=list)

    @property
    def documents(self) -> list[str]:
        """Return the archived documents in which the assertions of the side are found."""
        return sorted({place.document for one in self.assertions for place in one.places})

    @property
    def works(self) -> list[str]:
        """Return the works in which the assertions of the side were made, as labels."""
        return sorted({one.source_label for one in self.assertions if one.source})

    @property
    def chokes(self) -> list[str]:
        """Return all choke points as CURIEs: speakers, works, assertions."""
        return [*self.choke_speakers, *self.choke_works, *self.choke_assertions]


@dataclass
class ClaimOrigins:
    """The sides of one claim, each with its range of origins, and what counts for neither."""

    claim: str
    text: str
    condition: str
    sides: dict[str, Side]
    neither: list[Assertion]


@dataclass
class Origins(Instrument):
    """The origins of one or several claims."""

    claims: list[ClaimOrigins]

    @property
    def rows(self) -> Table:
        """Return a row for each claim and side on which something stands."""
        rows = [_row(claim, side) for claim in self.claims for side in claim.sides.values() if side.assertions]
        return Table(COLUMNS, rows, "Origins: distinct speakers at the ends of the chains; a range, not a verdict")

    @property
    def basis(self) -> Table:
        """Return the assertions and passages from which documents, assertions and origins were counted."""
        rows: list[tuple[str | None, ...]] = []
        for claim in self.claims:
            for side in claim.sides.values():
                ends = {end.assertion.name: end.why for end in side.ends}
                named = [("assertions", one, "") for one in side.assertions]
                named += [("origins", end.assertion, ends[end.assertion.name]) for end in side.ends]
                rows += [row for number, one, why in named for row in _counted(claim.claim, side.name, number, one, why)]
        return Table(COUNTED, rows, "What every number was counted from")


def _row(claim: ClaimOrigins, side: Side) -> tuple[str | None, ...]:
    numbers = (len(side.documents), len(side.works), len(side.assertions), len(side.ends))
    shown = (str(side.range.at_least), str(side.range.at_most), "yes" if side.range.open_ended else "no")
    return (claim.claim, claim.text, side.name, *map(str, numbers), *shown, " ".join(side.chokes), " ".join(side.cut))


def _counted(claim: str, side: str, number: str, one: Assertion, why: str) -> Iterable[tuple[str | None, ...]]:
    for place in one.places:
        spot = (place.document, str(place.first_line), str(place.last_line), place.phrase)
        yield (claim, side, number, one.name, one.speaker_label, one.ground.partition(":")[2], why, one.source_label, *spot)


def origins(space: Space, what: str = "") -> Origins:
    """Return the origins of a claim, of the claims of an incident, of claims that hold some words, or of all claims.

    Raises Fault if nothing fits.
    """
    record = records.load(space)
    facts = _Facts(space, record)
    return Origins([facts.of(claim) for claim in _claims(space, record, what)])


def _claims(space: Space, record: Record, what: str) -> list[str]:
    asserted = list(dict.fromkeys(one.claim for one in record.assertions.values() if one.claim))
    if not what:
        return sorted(asserted)
    incidents = {row["incident"] or "" for row in space.query("incidents")}
    incident = next((name for name in (what, f"incident:{what}") if name in incidents), "")
    if not incident:
        try:
            return claims_for(space, what)
        except Fault as fault:
            try:
                incident = space.short(space.resolve(what, "incident"))
            except Fault:
                raise fault from None
    about = {one.claim for one in record.assertions.values() if incident in one.incidents}
    explanations = {row["explanation"] for row in space.query("explanations", incident=incident)}
    return sorted((claim for claim in asserted if claim in about), key=lambda claim: (claim not in explanations, claim))


class _Facts:
    """What the counting needs of a space besides the record."""

    def __init__(self, space: Space, record: Record) -> None:
        self.record = record
        self.voices = ties.load(space)
        self.by_claim: dict[str, list[Assertion]] = {}
        for one in record.assertions.values():
            self.by_claim.setdefault(one.claim, []).append(one)
        self.stronger = _closure(space.table(space.sparql(_STRONGER)), "stronger", "weaker")
        self.conditions = {row["node"] or "": row["text"] or "" for row in space.table(space.sparql(_CONDITIONS))}
        self.unread = {row["work"] for row in space.table(space.sparql(_UNREAD))}
        self.passage_works: dict[str, set[str]] = {}
        for row in space.table(space.sparql(_PASSAGE_WORKS)):
            self.passage_works.setdefault(row["assertion"] or "", set()).add(row["work"] or "")
        self.labels = {row["work"] or "": row["label"] or "" for row in space.table(space.sparql(_LABELS))}
        self.replaced = {(row["speaker"], row["taken"]) for row in space.table(space.sparql(_TAKEN_BACK))}

    def side_of(self, one: Assertion) -> str:
        """Return the side on which an assertion counts: what is put forward on a condition stands apart."""
        if one.name in self.conditions or one.claim in self.conditions:
            return "on condition" if one.force in _FOR else "neither"
        return one.counts

    def of(self, claim: str) -> ClaimOrigins:
        mine = sorted(self.by_claim.get(claim, ()), key=lambda one: (one.earliest or "9999", one.name))
        sides = {name: Side(name, [one for one in mine if self.side_of(one) == name]) for name in SIDES}
        for side in sides.values():
            self._fill(side, claim)
        neither = [one for one in mine if self.side_of(one) == "neither"]
        return ClaimOrigins(claim, mine[0].text if mine else "", self.conditions.get(claim, ""), sides, neither)

    def _fill(self, side: Side, claim: str) -> None:
        reports = self._support(side, claim)
        side.support = [self.record.assertions[name] for name in reports]
        side.ends = [self._end(name) for name, reported in sorted(reports.items()) if not reported]
        side.voices = [self._voice(group) for group in joined(*self._tied(side.ends))]
        side.range = self._range(side.ends)
        if side.assertions:
            self._choke(side, reports)

    def _support(self, side: Side, claim: str) -> dict[str, list[str]]:
        """Return the assertions of a side and all below that say it, each with what it reports of these."""
        says = {claim} | self.stronger.get(claim, set())
        if side.name == "against":
            says = {claim} | {other for other, above in self.stronger.items() if claim in above}
        found: dict[str, list[str]] = {}
        queue = [one.name for one in side.assertions]
        while queue:
            here = self.record.assertions[queue.pop()]
            if here.name in found:
                continue
            reported = [self.record.assertions[name] for name in here.reports if name in self.record.assertions]
            found[here.name] = [one.name for one in reported if one.claim in says and self.side_of(one) == side.name]
            queue += found[here.name]
        return found

    def _end(self, name: str) -> End:
        one = self.record.assertions[name]
        idle = ""
        if one.reports:
            idle = "it goes beyond what it reports"
        elif one.ground in ("", "ground:unstated"):
            idle = "its ground is unstated"
        elif one.force == "force:retracts":
            idle = "it only takes back what its speaker said"
        elif (one.speaker, one.claim) in self.replaced:
            idle = "the speaker took it back"
        return End(one, self.voices.named(one), self.voices.behind(one), idle)

    def _tied(self, ends: list[End]) -> tuple[list[str], list[tuple[str, str]]]:
        """Return ends by name, and the pairs of them that are one voice."""
        pairs = combinations(ends, 2)
        return [end.assertion.name for end in ends], [
            (a.assertion.name, b.assertion.name) for a, b in pairs if a.behind.keys() & b.behind.keys()
        ]

    def _voice(self, names: list[str]) -> Voice:
        ends = [self._end(name) for name in names]
        reasons: set[str] = set()
        for a, b in combinations(ends, 2):
            nearest = next((body for body in a.behind if body in b.behind), None)
            if nearest and a.assertion.speaker != b.assertion.speaker:
                reasons |= {*a.behind[nearest], *b.behind[nearest]}
        return Voice(sorted({end.assertion.speaker_label for end in ends}), sorted(reasons))

    def _range(self, ends: list[End]) -> Range:
        """Return the range: the largest number of untied speakers who say what they stand on, up to every speaker."""
        counting = [end for end in ends if not end.idle]
        least = untied(*self._tied([end for end in counting if end.named]))
        speakers = {end.assertion.speaker for end in ends}
        return Range(max(least, min(len(counting), 1)), len(speakers), bool(speakers & self.voices.groups))

    def _choke(self, side: Side, reports: Mapping[str, list[str]]) -> None:
        passed_on = {other for reported in reports.values() for other in reported}
        texts = {name for name in reports if name not in passed_on or self._read(name)}
        flow = Flow(reports, texts)
        side.choke_assertions = flow.chokes()
        side.cut = side.choke_assertions[:1] or flow.cut()
        speakers: dict[str, set[str]] = {}
        works: dict[str, set[str]] = {}
        for one in side.support:
            speakers.setdefault(one.speaker, set()).add(one.name)
            made = {one.source} if one.source else self.passage_works.get(one.name, set()) if one.name in texts else set()
            if len(made) == 1:
                works.setdefault(min(made), set()).add(one.name)
        for found, listed in ((side.choke_speakers, speakers), (side.choke_works, works)):
            for node in sorted(listed):
                if not flow.stands(without=listed[node]):
                    found[node] = self.labels.get(node) or self.voices.label(node)

    def _read(self, name: str) -> bool:
        work = self.record.assertions[name].source
        return bool(work) and work not in self.unread


def _closure(rows: Iterable[Mapping[str, str | None]], stronger: str, weaker: str) -> dict[str, set[str]]:
    """Return for each claim all claims that say it and more, over any number of steps."""
    direct: dict[str, set[str]] = {}
    for row in rows:
        direct.setdefault(row[weaker] or "", set()).add(row[stronger] or "")
    found: dict[str, set[str]] = {}
    for claim in direct:
        queue, seen = list(direct[claim]), set[str]()
        while queue:
            here = queue.pop()
            if here not in seen:
                seen.add(here)
                queue += direct.get(here, ())
        found[claim] = seen - {claim}
    return found


def stronger_claims(space: Space) -> dict[str, set[str]]:
    """Return for each claim the claims that narrow or entail it, over any number of steps (CURIEs)."""
    return _closure(space.table(space.sparql(_STRONGER)), "stronger", "weaker")


_FOR = ("force:asserts", "force:suggests", "force:corrects")
_STRONGER = """SELECT DISTINCT ?stronger ?weaker WHERE {
  { ?stronger cev:narrows ?weaker } UNION { ?stronger cev:entails ?weaker } } ORDER BY ?stronger ?weaker"""
_CONDITIONS = "SELECT ?node ?text WHERE { ?node cev:onCondition ?claim . ?claim schema:text ?text } ORDER BY ?node ?text"
_UNREAD = "SELECT DISTINCT ?work WHERE { ?work cev:knownThrough ?other } ORDER BY ?work"
_PASSAGE_WORKS = """SELECT DISTINCT ?assertion ?work WHERE {
  ?assertion cev:foundIn ?passage . ?passage cev:inSource ?work } ORDER BY ?assertion ?work"""
_LABELS = "SELECT ?work ?label WHERE { ?work a cev:Source ; rdfs:label ?label } ORDER BY ?work ?label"
_TAKEN_BACK = """SELECT DISTINCT ?speaker ?taken WHERE {
  ?assertion cev:force force:retracts ; cev:claims ?taken ; prov:wasAttributedTo ?speaker } ORDER BY ?speaker ?taken"""
