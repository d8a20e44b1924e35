"""One invented dossier for the generator: an incident with claims, chains, passages and the text of its documents.

Everything follows from seed and number, so dossiers can be made in any order and in any process. What is planted is listed
beside the records: hops that harden or soften, pairs of figures that differ, and, if asked for, faults that `check` finds.
"""

from __future__ import annotations

import datetime
import math
import random
from dataclasses import dataclass, field
from typing import TypeAlias

from turtle_text import Records

from kgtools.archive import sha256

Planted: TypeAlias = dict[str, list[dict[str, str]]]

PLACES = "Alder Birk Corran Dunmore Elverum Fosse Garth Holm Inver Jura Kelso Lund Morven Nyborg Orme Pella Quay Rønne".split()
THINGS = "pump-house lock-gate crane ferry signal-box power-line water-main bridge tunnel tank-farm kiln lift".split()
PARTS = "valve seal bearing relay hose gear sensor cable weld filter rotor switch".split()
FIRST = "Ada Brigt Célia Dag Élise Finn Greta Håkon Ines Jens Karin Lars Maja Nils Oda Pia Runa Søren Tove Uwe".split()
LAST = "Aas Berg Čapek Dahl Eide Falk Grøn Holt Iversen Juul Krag Lund Moen Nord Olsen Prøysen Reed Strand Thorn Vik".split()
CAUSES = (
    "frost wear sabotage design-error operator-error foreign-object overload corrosion software-fault falsified-papers".split()
)
KINDS = "flooding jam outage collision collapse leak".split()
OUTCOMES = "out-of-service restored-late damaged lost not-known".split()
EFFECTS = "closure delay inspection replacement".split()
ATTRIBUTES = tuple(f"measure-{number:02d}" for number in range(1, 61))
UNITS = "metre hour day tonne kilogram kilometre".split()
HEDGES = "certain most-likely probable possible speculative".split()
CUES = {"most-likely": "most likely", "probable": "probably", "possible": "may", "speculative": "perhaps, some say"}
TOPICS = "course outcome consequence context investigation".split()
VERBS = "stopped;ran hot;lost pressure;was opened by hand;was not serviced;gave a false reading;was replaced;stood idle".split(
    ";"
)
TIMES = "in the night shift;before noon;after the alarm;during the test;a day earlier;while the crew was away".split(";")
FAULTS = (
    "assertion-hedge", "claim-value-unit", "eight-words", "claim-text", "known-from", "check-conflicting-values",
    "passage", "check-unasserted-claims", "date",
)  # fmt: skip
ENTRY = 80  # code points of a line of a compendium, newline included, so that a line's place follows from its number
ENTRIES = 500  # lines of one compendium
SERIES = 25  # dossiers from which the members of one series are taken


@dataclass(frozen=True)
class Plan:
    """What all dossiers share: the seed, how many agents of each role there are, whether faults are planted."""

    seed: int
    agents: int
    craft: int
    faults: bool


@dataclass
class Work:
    """A work: its source, the day it appeared, its speaker, and, if a document holds it, the lines that stand in it."""

    name: str
    day: datetime.date
    speaker: str
    label: str
    held: bool
    lines: list[tuple[str, str]] = field(default_factory=list)  # passage, text


@dataclass
class Wording:
    """What one hop says: claim, text, force, hedge."""

    claim: str
    text: str
    force: str
    hedge: str


def slug(seed: int, number: int) -> str:
    """Return the name of a dossier, which ends in a year."""
    mixed = (number * 2654435761 + seed * 40503 + 12345) & 0xFFFFFFFF
    place, thing = PLACES[mixed % len(PLACES)], THINGS[mixed // 64 % len(THINGS)]
    return f"{place.lower().replace('ø', 'o')}-{thing}-{number}-{1990 + mixed // 4096 % 34}"


def entry(seed: int, number: int) -> str:
    """Return the line of a compendium on an incident, without its newline."""
    return f"Entry {number:08d}: {slug(seed, number)[:40]} is listed without a source.".ljust(ENTRY - 1, "=")


def iso(day: datetime.date) -> str:
    return f'"{day.isoformat()}"^^edtf:EDTF'


def english(text: str) -> str:
    return f'"{text}"@en'


class Dossier:
    """The records, documents and planted list of one dossier of about so many assertions."""

    def __init__(self, plan: Plan, number: int, assertions: int) -> None:
        self.plan, self.number, self.wanted = plan, number, assertions
        self.slug = slug(plan.seed, number)
        self.file = f"incidents/{self.slug}.ttl"
        self.incident = f"incident:{self.slug}"
        self.random = random.Random(f"{plan.seed}:{number}").random
        self.records = Records()
        self.planted: Planted = {"drift": [], "conflicts": [], "recorded": [], "faults": []}
        self.documents: list[tuple[str, str]] = []
        self.serials: dict[str, int] = {}
        self.measured: set[tuple[str, str]] = set()
        self.explanations: list[str] = []
        self.plain: set[str] = set()  # claims of which a hop may make a narrower one
        self.accused: list[tuple[str, str]] = []
        self.said = 0
        year = int(self.slug.rsplit("-", 1)[1])
        self.day = datetime.date(year, 1, 1) + datetime.timedelta(days=int(self.random() * 360))
        self._write()

    def pick(self, listed: list[str] | tuple[str, ...]) -> str:
        return listed[int(self.random() * len(listed))]

    def new(self, kind: str) -> str:
        """Return the next name of a kind; serials have three digits."""
        serial = self.serials[kind] = self.serials.get(kind, 0) + 1
        if serial > 999:
            raise ValueError(f"{self.slug} has more than 999 of kind {kind}")
        return f"{kind}:{self.slug}-{serial:03d}"

    def shared(self, role: str) -> str:
        """Return an agent that many dossiers know; a few are known to very many."""
        return f"agent:{role}-{int(self.plan.agents * self.random() ** 3)}"

    def add(self, name: str, kind: str, *properties: tuple[str, str | list[str]]) -> str:
        self.records.add(name, kind, list(properties))
        return name

    def _write(self) -> None:
        self._people()
        self._works()
        first = self._compendium()
        self._event(first)
        while self.said < self.wanted:
            self._claim()
        if self.wanted > 5:
            self._inquiry()
        if self.wanted > 9:
            self._aftermath()
        self._accusations()
        self._layout()
        self._description()
        if self.plan.faults and self.number % 3 == 0:
            self._fault(FAULTS[self.number // 3 % len(FAULTS)])

    # Who and where

    def _people(self) -> None:
        count = 1 + self.wanted // 10
        self.people: list[str] = []
        self.unnamed: list[str] = []
        self.labels: dict[str, str] = {}
        for _ in range(count):
            name = self.new("agent")
            self.labels[name] = label = f"{self.pick(FIRST)} {self.pick(LAST)}"
            self.people.append(self.add(name, "prov:Person", ("rdfs:label", english(label))))
        for place in range(1 + self.wanted // 12):
            name = self.new("agent")
            self.labels[name] = label = f"unnamed source {place + 1} on {self.slug}"
            rest: list[tuple[str, str | list[str]]] = []
            if self.unnamed and self.random() < 0.2:
                rest.append(("cev:possiblySameAs", self.unnamed[-1]))
            if self.random() < 0.4:
                rest.append(("cev:claimedAffiliation", self.shared("agency")))
            described = ("cev:describedAs", english("somebody close to the matter whom the article does not name"))
            self.unnamed.append(self.add(name, "cev:UnnamedAgent", ("rdfs:label", english(label)), described, *rest))
        self.craft = [
            self.add(self.new("craft"), "cev:Craft", ("rdfs:label", english(f"{part} {serial + 1} of {self.slug}")),
                     ("cev:kind", "craftkind:part"), ("dcterms:isPartOf", f"craft:type-{int(self.random() * self.plan.craft)}"))
            for serial, part in enumerate(self.pick(PARTS) for _ in range(1 + self.wanted // 60))
        ]  # fmt: skip

    def label(self, agent: str) -> str:
        return self.labels.get(agent) or agent.partition(":")[2]

    def _works(self) -> None:
        self.held: list[Work] = []
        self.comments: list[Work] = []
        self.unread: list[Work] = []
        for _ in range(1 + self.wanted // 8):
            day = self.day + datetime.timedelta(days=8 + int(400 * self.random() ** 3))
            house = self.shared("paper")
            label = f"{house.partition(':')[2]} on {self.slug}, {day.isoformat()}"
            self.held.append(Work(self.new("source"), day, house, label, True))
        self.held.sort(key=lambda work: (work.day, work.name))
        for work in self.held:
            facts = [("dcterms:issued", iso(work.day)), ("dcterms:publisher", work.speaker), ("schema:inLanguage", '"en"')]
            if self.random() < 0.5:
                facts.append(("schema:url", f'"https://paper.example/{work.name.partition(":")[2]}"^^xsd:anyURI'))
            kind = ("cev:kind", "work:article" if self.random() < 0.8 else "work:blog-post")
            self.add(work.name, "cev:Source", ("rdfs:label", english(work.label)), *facts, kind)
        for _ in range(1 + self.wanted // 12):
            through = self.held[int(self.random() * len(self.held))]
            wire = self._unread(through, self.shared("wire"), "work:wire-report", 1 + int(4 * self.random()))
            self.unread.append(wire)

    def _unread(self, through: Work, speaker: str, kind: str, before: int) -> Work:
        day = through.day - datetime.timedelta(days=before)
        name = self.new("source")
        label = f"{self.label(speaker)} on {self.slug}, {day.isoformat()}"
        self.add(name, "cev:Source", ("rdfs:label", english(label)), ("dcterms:issued", iso(day)),
                 ("dcterms:publisher", speaker), ("cev:kind", kind), ("cev:knownThrough", through.name))  # fmt: skip
        return Work(name, day, speaker, label, False)

    # What is said

    def say(self, kind: str, speaker: str, passage: str, what: Wording, *rest: tuple[str, str | list[str]]) -> str:
        """Add an assertion of a claim and return its name."""
        self.said += 1
        facts: list[tuple[str, str | list[str]]] = [
            ("prov:wasAttributedTo", speaker), ("cev:claims", what.claim), ("cev:force", f"force:{what.force}"),
            ("cev:foundIn", passage), ("cev:hedge", f"hedge:{what.hedge}"), *rest,
        ]  # fmt: skip
        if what.hedge in CUES:
            facts.append(("cev:cue", english(CUES[what.hedge])))
        return self.add(self.new("assertion"), kind, *facts)

    def _compendium(self) -> str:
        """Add the first assertion, known from a compendium that hundreds of dossiers share."""
        work = f"compendium-{self.number // ENTRIES}"
        line = entry(self.plan.seed, self.number)
        start = (self.number % ENTRIES) * ENTRY
        passage = self.add(
            self.new("passage"), "cev:Passage", ("oa:hasSource", f"document:{work}"), ("schema:sha256", f'"{sha256(line)}"'),
            ("cev:end", str(start + ENTRY - 1)), ("cev:firstLine", str(self.number % ENTRIES + 1)),
            ("cev:inSource", f"source:{work}"), ("cev:lastLine", str(self.number % ENTRIES + 1)), ("cev:start", str(start)),
        )  # fmt: skip
        text = f"An incident at {self.slug} is on a list."
        claim = self.add(self.new("claim"), "cev:Claim", ("schema:about", self.incident), ("schema:text", english(text)),
                         ("cev:topic", "topic:outcome"))  # fmt: skip
        return self.say("cev:MediaReport", "agent:compiler", passage, Wording(claim, text, "asserts", "certain"),
                        ("cev:ground", "ground:unstated"), ("cev:inSource", f"source:{work}"))  # fmt: skip

    def _event(self, first: str) -> None:
        rest: list[tuple[str, str | list[str]]] = [("cev:involves", self.craft[0])]
        if self.number % SERIES == 0 or self.random() < 0.3:
            rest.append(("cev:inSeries", f"incident:series-{self.number // SERIES}-of-{SERIES}"))
        self.add(self.incident, "cev:Incident", ("rdfs:label", english(f"Incident {self.slug}")),
                 ("cev:kind", f"kind:{self.pick(KINDS)}"), ("cev:knownFrom", first), ("cev:occurred", iso(self.day)),
                 ("cev:outcome", f"outcome:{self.pick(OUTCOMES)}"), *rest)  # fmt: skip

    def _claim(self) -> None:
        """Add a claim with the chains by which it is known."""
        roll = self.random()
        if roll < 0.22:
            claims = [self._explanation()]
        elif roll < 0.5:
            claims = self._figures()
        else:
            claims = [self._plain()]
        for claim, text in claims:
            last = self._chain(claim, text)
            while self.random() < 0.4 and self.said < self.wanted:
                last = self._chain(claim, text)
            if self.random() < 0.15:
                self._against(claim, text, last)
        if self.random() < 0.12:
            self._silence()

    def _text(self) -> str:
        return (
            f"The {self.pick(PARTS)} {int(self.random() * 90) + 10} at {self.slug}"
            f" {self.pick(VERBS)} {self.pick(TIMES)}, as item {self.serials['claim'] + 1} has it."
        )

    def _about(self) -> list[str]:
        """Return the incidents of a claim: mostly this one alone, now and then an earlier one besides."""
        if self.number and self.random() < 0.04:
            return [self.incident, f"incident:{slug(self.plan.seed, int(self.random() * self.number))}"]
        return [self.incident]

    def _plain(self) -> tuple[str, str]:
        text = self._text()
        rest: list[tuple[str, str | list[str]]] = []
        if self.explanations and self.random() < 0.25:
            rest.append(("cev:supports" if self.random() < 0.6 else "cev:undermines", self.pick(self.explanations)))
        name = self.add(self.new("claim"), "cev:Claim", ("schema:about", self._about()), ("schema:text", english(text)),
                        ("cev:topic", f"topic:{self.pick(TOPICS)}"), *rest)  # fmt: skip
        self.plain.add(name)
        return name, text

    def _explanation(self) -> tuple[str, str]:
        cause = self.pick(CAUSES)
        words = cause.replace("-", " ").capitalize()
        text = f"{words} explains what happened at {self.slug}, says item {self.serials['claim'] + 1}."
        rest: list[tuple[str, str | list[str]]] = []
        if self.explanations and self.random() < 0.3:
            rest.append(("cev:excludes", self.explanations[-1]))
        name = self.add(self.new("claim"), "cev:Explanation", ("schema:about", self.incident), ("schema:text", english(text)),
                        ("cev:cause", f"cause:{cause}"), ("cev:explains", self.incident),
                        ("cev:topic", "topic:cause"), *rest)  # fmt: skip
        self.explanations.append(name)
        if self.random() < 0.12:
            self.accused.append((name, ""))
        return name, text

    def _figures(self) -> list[tuple[str, str]]:
        """Return a claim with a figure, or two that differ: recorded in the ledger, or planted to be proposed."""
        thing = self.incident if self.random() < 0.5 else self.pick(self.craft)
        attribute = self.pick(ATTRIBUTES)
        if (attribute, thing) in self.measured:
            return [self._plain()]
        self.measured.add((attribute, thing))
        unit, value = self.pick(UNITS), 100 + int(self.random() * 800)
        one = self._figure(attribute, thing, unit, f"{value} {unit}s", ("cev:value", f"{value}.0"))
        roll = self.random()
        if roll >= 0.16:
            return [one]
        other = value * 2 + 1 + int(self.random() * 50)
        if roll < 0.1:
            two = self._figure(attribute, thing, unit, f"{other} {unit}s", ("cev:value", f"{other}.0"))
            self.planted["recorded"].append({"claimA": one[0], "claimB": two[0], "attribute": f"attribute:{attribute}"})
            sides = [self._chain(*one), self._chain(*two)]
            self._discrepancy(attribute, sides, [f"{value} {unit}s", f"{other} {unit}s"])
        else:
            bounds = (("cev:atLeast", f"{other}.0"), ("cev:atMost", f"{other + 200}.0"))
            two = self._figure(attribute, thing, unit, f"{other} to {other + 200} {unit}s", *bounds)
            self.planted["conflicts"].append({"claimA": one[0], "claimB": two[0], "attribute": f"attribute:{attribute}"})
        return [one, two]

    def _figure(self, attribute: str, thing: str, unit: str, printed: str, *values: tuple[str, str]) -> tuple[str, str]:
        text = f"The {attribute.replace('-', ' ')} of {thing.partition(':')[2]} was {printed}."
        figure = (("cev:attribute", f"attribute:{attribute}"), ("cev:ofThing", thing), ("cev:unit", f"unit:{unit}"), *values)
        name = self.add(self.new("claim"), "cev:Claim", ("schema:about", self.incident), ("schema:text", english(text)),
                        ("cev:asPrinted", english(printed)), ("cev:topic", "topic:figure"), *figure)  # fmt: skip
        return name, text

    def _discrepancy(self, attribute: str, sides: list[str], values: list[str]) -> None:
        state = self.pick(("open", "settled", "rejected"))
        rest = [("cev:reason", english("Both figures stand as printed, and the later one names its count."))]
        self.add(self.new("discrepancy"), "cev:Discrepancy", ("schema:about", self.incident),
                 ("cev:attribute", f"attribute:{attribute}"), ("cev:kind", "difference:contradiction"),
                 ("cev:sideA", sides[0]), ("cev:sideB", sides[1]), ("cev:state", f"state:{state}"),
                 ("cev:valueA", english(values[0])), ("cev:valueB", english(values[1])),
                 *(rest if state != "open" else []))  # fmt: skip

    def _line(self, work: Work, text: str) -> str:
        """Return the passage of a new line of a work, whose place is known once all lines are."""
        passage = self.new("passage")
        work.lines.append((passage, text))
        return passage

    def _chain(self, claim: str, text: str) -> str:
        """Add a chain of one to six hops that ends in a work at hand; return its last hop."""
        depth = 1 + min(5, int(-1.1 * math.log(1 - self.random())))
        work = self.held[int(self.random() * len(self.held))]
        what = Wording(claim, text, *self._manner())
        passage = self._line(work, f"{work.name.partition(':')[2]}, line {len(work.lines) + 1}: {text[:-1]}, it says.")
        if depth == 1:
            ground = ("cev:ground", self.pick(("ground:unstated", "ground:own-knowledge")))
            return self._published("cev:MediaReport", work, passage, what, ground)
        last, nameless = self._origin(passage, what)
        between = sorted((one for one in self.unread if one.day <= work.day), key=lambda one: one.day)
        for one in between[: depth - 2]:
            last, what = self._pass_on(last, one, passage, what, nameless)
        last, what = self._pass_on(last, work, passage, what, nameless)
        later = [one for one in self.held if one.day >= work.day and one is not work]
        if later and depth < 6 and self.random() < 0.25:
            other = later[int(self.random() * len(later))]
            again = self._line(other, f"Reprinted from {work.name.partition(':')[2]} as line {len(other.lines) + 1}: {text}")
            self._published("cev:MediaReport", other, again, what, ("cev:reports", last))
        return last

    def _manner(self) -> tuple[str, str]:
        roll = self.random()
        if roll < 0.55:
            return "asserts", "certain"
        if roll < 0.7:
            return "asserts", self.pick(("most-likely", "probable"))
        return "suggests", "possible" if roll < 0.95 else "speculative"

    def _published(self, kind: str, work: Work, passage: str, what: Wording, *rest: tuple[str, str | list[str]]) -> str:
        said = [("cev:said", iso(work.day))] if work.held else []
        return self.say(kind, work.speaker, passage, what, ("cev:inSource", work.name), *said, *rest)

    def _origin(self, passage: str, what: Wording) -> tuple[str, bool]:
        """Add the end of a chain, somebody who spoke; return it, and whether the speaker is unnamed."""
        roll = self.random()
        cause = what.claim in self.explanations
        if roll < 0.3:
            kind = "cev:AnonymousAllegation" if cause else "cev:Statement"
            said = [("cev:said", f'"{(self.day + datetime.timedelta(days=2)).isoformat()}~"^^edtf:EDTF')] if roll < 0.1 else []
            return self.say(kind, self.pick(self.unnamed), passage, what, ("cev:ground", "ground:unstated"), *said), True
        if roll < 0.6:
            on = ("cev:onBehalfOf", self.shared("agency"))
            ground = ("cev:ground", "ground:own-knowledge")
            return self.say("cev:OfficialStatement", self.pick(self.people), passage, what, ground, on), False
        if roll < 0.8:
            return self.say(
                "cev:ExpertOpinion", self.pick(self.people), passage, what, ("cev:ground", "ground:inference")
            ), False
        maker = self.shared("maker")
        return self.say("cev:Statement", maker, passage, what, ("cev:ground", "ground:own-knowledge"),
                        ("cev:interestIn", self.craft[0])), False  # fmt: skip

    def _pass_on(self, last: str, work: Work, passage: str, what: Wording, nameless: bool) -> tuple[str, Wording]:
        """Add a hop; now and then something hardens or softens, which is planted."""
        roll = self.random()
        rank = HEDGES.index(what.hedge)
        now, rest, change = what, [("cev:reports", last)], ""
        if roll < 0.035 and rank > 0:
            now, change = Wording(what.claim, what.text, what.force, HEDGES[int(self.random() * rank)]), "harder hedge"
        elif roll < 0.055 and what.force == "suggests":
            now, change = Wording(what.claim, what.text, "asserts", what.hedge), "harder force"
        elif roll < 0.07 and rank < 4:
            now, change = Wording(what.claim, what.text, what.force, HEDGES[rank + 1]), "softer hedge"
        elif roll < 0.09 and nameless:
            rest.append(("cev:creditedTo", self.shared("agency")))
            change = "harder speaker"
        elif roll < 0.11 and what.claim in self.plain:
            text = f"{what.text[:-1]}, and fully so, says item {self.serials['claim'] + 1}."
            claim = self.add(self.new("claim"), "cev:Claim", ("schema:about", self.incident), ("schema:text", english(text)),
                             ("cev:narrows", what.claim), ("cev:topic", "topic:course"))  # fmt: skip
            now, change = Wording(claim, text, what.force, what.hedge), "harder claim"
        hop = self._published("cev:MediaReport", work, passage, now, *rest)
        if change:
            direction, kind = change.split()
            self.planted["drift"].append({"hop": hop, "reported": last, "direction": direction, "kind": kind})
        return hop, now

    def _against(self, claim: str, text: str, last: str) -> None:
        """Add a reader who disputes a hop, or a body that denies the claim and an article that says so."""
        work = self.held[-1]
        if self.random() < 0.5:
            name, who = self.new("source"), self.pick(self.people)
            comment = Work(name, work.day, who, f"Comment {name.partition(':')[2]}", True)
            self.add(name, "cev:Source", ("rdfs:label", english(comment.label)), ("dcterms:creator", who),
                     ("dcterms:isPartOf", work.name), ("dcterms:issued", iso(work.day)),
                     ("cev:kind", "work:reader-comment"))  # fmt: skip
            passage = self._line(comment, f"I doubt that {text[:-1].lower()}.")
            self.comments.append(comment)
            self._published("cev:Commentary", comment, passage, Wording(claim, text, "disputes", "certain"),
                            ("cev:contests", last), ("cev:ground", "ground:inference"))  # fmt: skip
            return
        passage = self._line(work, f"Asked whether {text[:-1].lower()}, the maker said no.")
        what = Wording(claim, text, "denies", "certain")
        denial = self.say("cev:OfficialStatement", self.shared("maker"), passage, what, ("cev:ground", "ground:own-knowledge"),
                          ("cev:contests", last))  # fmt: skip
        self._published("cev:MediaReport", work, passage, what, ("cev:reports", denial))
        self.accused = [(one, denial if one == claim else answer) for one, answer in self.accused]

    def _silence(self) -> None:
        work = self.held[int(self.random() * len(self.held))]
        force = self.pick(("says-unknown", "says-under-investigation", "declines-to-comment"))
        passage = self._line(work, f"On the cause a spokesman of the agency had nothing to add on item {self.said}.")
        self.said += 1
        self.add(self.new("assertion"), "cev:OfficialStatement", ("prov:wasAttributedTo", self.shared("agency")),
                 ("schema:about", self.incident), ("cev:force", f"force:{force}"), ("cev:foundIn", passage),
                 ("cev:ground", "ground:own-knowledge"), ("cev:hedge", "hedge:certain"),
                 ("cev:topic", "topic:cause"))  # fmt: skip

    # What followed

    def _inquiry(self) -> None:
        """Add an inquiry with a preliminary finding and, most of the time, a final one that replaces it."""
        if self.random() < 0.4:
            return
        agency = self.shared("agency")
        inquiry = self.new("investigation")
        claim, text = self._explanation()
        last, reports = "", []
        kinds = ["cev:PreliminaryFinding", "cev:OfficialFinding"][: 1 + (self.random() < 0.7)]
        for place, kind in enumerate(kinds):
            through = self.held[-1] if place else self.held[len(self.held) // 2]
            work = self._unread(through, agency, "work:report", 1)
            passage = self._line(through, f"In report {place + 1} the agency wrote that {text[:-1].lower()}.")
            what = Wording(claim, text, "asserts", "most-likely" if not place else "certain")
            rest = [("cev:supersedes", last)] if last else []
            last = self._published(kind, work, passage, what, ("prov:wasGeneratedBy", inquiry),
                                   ("cev:ground", "ground:institutional-analysis"), *rest)  # fmt: skip
            reports.append(self._published("cev:MediaReport", through, passage, what, ("cev:reports", last)))
        stage = "stage:completed" if len(kinds) > 1 else "stage:under-way"
        self.add(inquiry, "cev:Investigation", ("rdfs:label", english(f"inquiry into {self.slug}")),
                 ("prov:wasAssociatedWith", agency), ("schema:about", self.incident),
                 ("cev:began", iso(self.day + datetime.timedelta(days=3))), ("cev:knownFrom", reports[0]),
                 ("cev:mandate", english("what happened and when")), ("cev:stage", stage))  # fmt: skip

    def _aftermath(self) -> None:
        """Add a consequence and a personnel action, each known from an assertion of its own."""
        work = self.held[-1]
        day = self.day + datetime.timedelta(days=6)
        for kind, words in (("consequence", "was closed for a week"), ("action", "gave up the post of manager")):
            if self.random() < 0.5:
                continue
            who = self.pick(self.people)
            subject = self.slug if kind == "consequence" else self.labels[who]
            text = f"{subject} {words}, as item {self.serials['claim'] + 1} has it."
            topic = "topic:consequence" if kind == "consequence" else "topic:personnel"
            claim = self.add(self.new("claim"), "cev:Claim", ("schema:about", self.incident), ("schema:text", english(text)),
                             ("cev:topic", topic))  # fmt: skip
            known = self._published("cev:MediaReport", work, self._line(work, text),
                                    Wording(claim, text, "asserts", "certain"), ("cev:ground", "ground:unstated"))  # fmt: skip
            if kind == "consequence":
                self.add(self.new(kind), "cev:Consequence", ("rdfs:label", english(f"closure of {self.slug}")),
                         ("schema:about", self.incident), ("cev:kind", f"effect:{self.pick(EFFECTS)}"),
                         ("cev:knownFrom", known), ("cev:occurred", iso(day)), ("cev:stage", "stage:happened"))  # fmt: skip
            else:
                self.add(self.new(kind), "cev:PersonnelAction", ("rdfs:label", english(f"{subject} leaves a post")),
                         ("cev:kind", "actiontype:resignation"), ("cev:knownFrom", known), ("cev:occurred", iso(day)),
                         ("cev:person", who), ("cev:postTitle", english("manager")),
                         ("cev:recordedWith", self.incident))  # fmt: skip

    def _accusations(self) -> None:
        """Let some explanations accuse a maker, with the denial as response, else a dated search that found none."""
        for claim, answer in self.accused:
            if not answer:
                answer = self.add(
                    self.new("search"), "cev:SearchRecord", ("rdfs:label", english(f"reply to {claim.partition(':')[2]}")),
                    ("cev:searched", f"document:{self.slug}-001"), ("cev:searchedFor", '"rejects the accusation"'),
                    ("cev:searchedOn", '"2026-11-20"^^xsd:date'),
                )  # fmt: skip
            self.records.extend(claim, [("cev:accuses", self.shared("maker")), ("cev:response", answer)])

    # Documents

    def _layout(self) -> None:
        """Lay the works out in documents of at most forty works, each a title line and its lines."""
        everything = [*self.held, *self.comments]
        for first in range(0, len(everything), 40):
            document = self.new("document")
            works = everything[first : first + 40]
            lines: list[str] = []
            at = 0
            for work in works:
                at = self._title(document, work, lines, at)
                for passage, text in work.lines:
                    self._passage(document, work.name, passage, text, lines, at)
                    at += len(text) + 1
            text = "".join(f"{line}\n" for line in lines)
            name, digest = f"{document.partition(':')[2]}.txt", sha256(text)
            self.documents.append((name, text))
            self.add(document, "cev:Document", ("schema:sha256", f'"{digest}"'), ("cev:fileName", f'"{name}"'),
                     ("cev:holds", [work.name for work in works]), ("cev:length", str(at)), ("cev:lines", str(len(lines))),
                     ("cev:normalisation", "rule:utf8-lf-nfc"), ("cev:rawSha256", f'"{digest}"'))  # fmt: skip

    def _title(self, document: str, work: Work, lines: list[str], at: int) -> int:
        title = work.label
        lines.append(title)
        self._span(
            self.new("setaside"), "cev:SetAside", document, title, len(lines), at, ("cev:because", "reason:bibliographic")
        )
        return at + len(title) + 1

    def _passage(self, document: str, work: str, passage: str, text: str, lines: list[str], at: int) -> None:
        lines.append(text)
        phrase = [("cev:keyPhrase", english(" ".join(text.split()[2:6]).rstrip(",.:")))] if at % 5 < 3 else []
        self._span(passage, "cev:Passage", document, text, len(lines), at, ("cev:inSource", work), *phrase)

    def _span(self, name: str, kind: str, document: str, text: str, line: int, at: int, *rest: tuple[str, str]) -> None:
        self.add(name, kind, ("oa:hasSource", document), ("schema:sha256", f'"{sha256(text)}"'),
                 ("cev:end", str(at + len(text))), ("cev:firstLine", str(line)), ("cev:lastLine", str(line)),
                 ("cev:start", str(at)), *rest)  # fmt: skip

    def _description(self) -> None:
        graph = f"graph:{self.slug}"
        used = [f"document:{name.removesuffix('.txt')}" for name, _ in self.documents]
        self.add(graph, "cev:Dossier", ("dcterms:description", english("An invented dossier.")),
                 ("dcterms:license", "<https://creativecommons.org/licenses/by/4.0/>"),
                 ("dcterms:title", english(f"Incident {self.slug}")),
                 ("prov:generatedAtTime", '"2026-11-20T00:00:00Z"^^xsd:dateTime'), ("prov:used", used),
                 ("prov:wasAttributedTo", "agent:curators"))  # fmt: skip
        self.add(self.new("reading"), "cev:Reading", ("dcterms:description", english("First reading.")), ("prov:used", used),
                 ("cev:ofDossier", graph), ("cev:readOn", '"2026-11-20"^^xsd:date'), ("cev:readerNumber", "1"))  # fmt: skip

    # Faults

    def _fault(self, rule: str) -> None:
        """Plant one fault that one rule finds; another kind where the dossier has no record that it could be planted in."""
        records = self.records
        assertion, passage = f"assertion:{self.slug}-001", f"passage:{self.slug}-001"
        figure = next((name for name in records.with_property("cev:unit") if records.has(name, "cev:value")), "")
        inquiry, consequence = f"investigation:{self.slug}-001", f"consequence:{self.slug}-001"
        where = f"claim:{self.slug}-001"
        if rule == "claim-value-unit" and figure:
            where = figure
            records.remove(where, "cev:unit")
        elif rule == "eight-words":
            where = passage
            records.extend(where, [("cev:keyPhrase", english("one two three four five six seven eight nine"))])
        elif rule == "claim-text":
            records.remove(where, "schema:text")
            records.extend(where, [("schema:text", '"An incident is on a list."')])
        elif rule == "known-from" and inquiry in records.subjects:
            where = inquiry
            records.remove(where, "cev:knownFrom")
        elif rule == "check-conflicting-values":
            where = self._conflict()
        elif rule == "passage":
            where = passage
            records.extend(where, [("cev:scope", english("nothing"))])
        elif rule == "check-unasserted-claims":
            where = self._plain()[0]
        elif rule == "date" and consequence in records.subjects:
            where = consequence
            records.remove(where, "cev:occurred")
            records.extend(where, [("cev:occurred", '"1999-02-30"^^edtf:EDTF')])
        else:
            rule, where = "assertion-hedge", assertion
            records.remove(where, "cev:hedge")
        self.planted["faults"].append({"rule": rule, "where": f"{self.file} {where}"})

    def _conflict(self) -> str:
        """Add two claims that give one thing two values, both asserted, and nothing in the ledger."""
        printed = [("100 days", "100.0"), ("300 days", "300.0")]
        claims = [self._figure("measure-00", self.incident, "day", words, ("cev:value", value)) for words, value in printed]
        for claim, text in claims:
            self.say("cev:Statement", self.people[0], f"passage:{self.slug}-001", Wording(claim, text, "asserts", "certain"),
                     ("cev:ground", "ground:inference"))  # fmt: skip
        self.planted["conflicts"].append({"claimA": claims[0][0], "claimB": claims[1][0], "attribute": "attribute:measure-00"})
        return claims[0][0]
