"""Base rates: all incidents against those with an allegation, a finding, a personnel action or an unresolved cause."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from kgtools.evidence.instrument import Instrument
from kgtools.evidence.record import Record
from kgtools.faults import Fault, nearest
from kgtools.space import Space, Table

WHAT = ("allegation", "finding", "personnelAction", "unresolvedCause")
# What the columns count; printed with the figures.
RULES = (
    "incidents: every incident of the graph; series are left out, since their members are counted",
    "allegation: at least one assertion about it is an allegation, named or anonymous, whatever was answered",
    "finding: at least one assertion about it is a finding, interim ones included",
    "personnelAction: at least one is recorded with it, which is no causal link",
    "vehicle: a craft that is part of another of its kind, such as one numbered rocket, is counted with that one",
    "unresolvedCause: no final finding on record puts forward an explanation of it",
)
NONE = "none recorded"


@dataclass(frozen=True)
class Case:
    """An incident with its year, vehicles, and which of WHAT hold."""

    incident: str
    label: str
    year: str
    vehicles: tuple[str, ...]
    has: frozenset[str]


@dataclass(frozen=True)
class Rate:
    """A group of incidents, and how many of them have what."""

    group: str
    value: str
    cases: tuple[Case, ...]

    def count(self, what: str) -> int:
        """Return how many incidents of the group have it."""
        return sum(what in case.has for case in self.cases)


@dataclass
class BaseRates(Instrument):
    """Counts over all incidents, per year and per vehicle, with the rule by which incidents were taken in."""

    inclusion: str
    vehicle: str
    rates: list[Rate]
    behind: list[tuple[str | None, ...]]

    @property
    def rows(self) -> Table:
        """Return one row for each group; an incident with two vehicles is counted with each."""
        rows: list[tuple[str | None, ...]] = [
            (one.group, one.value, str(len(one.cases)), *(str(one.count(what)) for what in WHAT)) for one in self.rates
        ]
        return Table(("group", "value", "incidents", *WHAT), rows, f"Inclusion rule: {self.inclusion or 'none given'}")

    @property
    def cases(self) -> Table:
        """Return one row for each incident."""
        rows: list[tuple[str | None, ...]] = [
            (one.incident, one.label, one.year, "; ".join(one.vehicles), *("yes" if what in one.has else "no" for what in WHAT))
            for one in (self.rates[0].cases if self.rates else ())
        ]
        return Table(("incident", "label", "year", self.vehicle, *WHAT), rows, "The incidents counted")

    @property
    def basis(self) -> Table:
        """Return the assertions and passages that each incident is counted by."""
        return Table(("of", "assertion", "speaker", "place"), self.behind, "Assertions and passages behind every count")


def base_rates(space: Space, record: Record, craft_kind: str | None = None) -> BaseRates:
    """Return the base rates; vehicles are the crafts of a kind (slug), by default launch vehicles where the lists have them.

    Raises Fault for a kind of craft that no list of the workspace has.
    """
    kind = _craft_kind(space, craft_kind)
    vehicles: dict[str, list[str]] = defaultdict(list)
    whole = {row["part"]: row["label"] or "" for row in space.table(space.sparql(_WHOLES))}
    for row in space.table(space.sparql(_INVOLVES)):
        if kind in ("", row["kind"]):
            vehicles[row["incident"] or ""].append(whole.get(row["craft"], row["label"] or ""))
    cases = [_case(row, vehicles) for row in space.query("base-rates")]
    name = kind.partition(":")[2] or "craft"
    rates = [Rate("all", "all", tuple(cases))]
    rates += _groups("year", [(case.year, case) for case in cases])
    rates += _groups(name, [(vehicle, case) for case in cases for vehicle in case.vehicles or (NONE,)])
    rule = next((row["rule"] or "" for row in space.table(space.sparql(_RULE))), "")
    return BaseRates(rule, name, rates, list(_behind(space, record, cases)))


def _case(row: dict[str, str | None], vehicles: dict[str, list[str]]) -> Case:
    incident = row["incident"] or ""
    has = frozenset(what for what in WHAT if row[what] == "true")
    listed = tuple(dict.fromkeys(vehicles.get(incident, ())))
    return Case(incident, row["label"] or "", (row["first"] or "undated")[:4] if row["first"] else "undated", listed, has)


def _groups(group: str, pairs: Iterable[tuple[str, Case]]) -> list[Rate]:
    found: dict[str, list[Case]] = defaultdict(list)
    for value, case in pairs:
        found[value].append(case)
    return [Rate(group, value, tuple(found[value])) for value in sorted(found, key=lambda name: (name == NONE, name))]


def _craft_kind(space: Space, given: str | None) -> str:
    """Return the CURIE of a kind of craft, empty for all kinds."""
    known = {row["kind"] or "" for row in space.table(space.sparql(_INVOLVES))}
    if given is None:
        return "craftkind:launch-vehicle" if "craftkind:launch-vehicle" in known else ""
    wanted = given if given.startswith("craftkind:") else f"craftkind:{given}"
    if wanted not in known:
        raise Fault("--craft-kind", f"no incident involves a craft of the kind '{given}'", nearest(wanted, known))
    return wanted


def _behind(space: Space, record: Record, cases: list[Case]) -> Iterable[tuple[str | None, ...]]:
    wanted = {"cev:Allegation": "allegation", "cev:AnonymousAllegation": "allegation", "cev:OfficialFinding": "finding",
              "cev:PreliminaryFinding": "finding"}  # fmt: skip
    names = {case.incident for case in cases}
    for one in record.assertions.values():
        if one.standing in wanted:
            for incident in sorted(names.intersection(one.incidents)):
                for place in one.places:
                    yield f"{incident}: {wanted[one.standing]}", one.name, one.speaker_label, str(place)
    yield from _resolved(space, record, names)
    for row in space.table(space.sparql(_DEEDS)):
        source = record.assertions.get(row["assertion"] or "")
        for place in source.places if source else ():
            yield f"{row['incident']}: personnelAction", row["assertion"], source.speaker_label if source else "", str(place)


def _resolved(space: Space, record: Record, names: set[str]) -> Iterable[tuple[str | None, ...]]:
    """Yield the final findings that put forward an explanation of an incident."""
    explained = {(row["claim"], row["incident"] or "") for row in space.table(space.sparql(_EXPLAINS))}
    for one in record.assertions.values():
        if one.standing == "cev:OfficialFinding" and one.counts == "for":
            for incident in sorted(name for name in names if (one.claim, name) in explained):
                for place in one.places:
                    yield f"{incident}: not unresolvedCause", one.name, one.speaker_label, str(place)


_INVOLVES = """SELECT DISTINCT ?incident ?craft ?label ?kind WHERE {
  ?incident cev:involves ?craft . ?craft rdfs:label ?label ; cev:kind ?kind } ORDER BY ?incident ?label ?kind"""
# Each craft that is part of others of its kind, with the outermost of these.
_WHOLES = """SELECT ?part ?label WHERE {
  ?part a cev:Craft ; cev:kind ?kind ; dcterms:isPartOf+ ?whole . ?whole cev:kind ?kind ; rdfs:label ?label
  FILTER NOT EXISTS { ?whole dcterms:isPartOf/cev:kind ?kind } } ORDER BY ?part DESC(?label)"""
_EXPLAINS = "SELECT DISTINCT ?claim ?incident WHERE { ?claim cev:explains ?incident } ORDER BY ?claim ?incident"
_DEEDS = """SELECT DISTINCT ?incident ?assertion WHERE {
  ?deed cev:recordedWith ?incident ; cev:knownFrom ?assertion } ORDER BY ?incident ?assertion"""
_RULE = 'SELECT ?rule WHERE { ?workspace cev:inclusionRule ?rule } ORDER BY DESC(LANGMATCHES(LANG(?rule), "en")) ?rule LIMIT 1'
