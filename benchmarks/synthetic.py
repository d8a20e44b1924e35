"""One invented dossier for the generator: an incident with claims, chains, passages and the text of its documents.

Everything follows from seed and number, so dossiers can be made in any order and in any process. What is planted is listed
beside the records: hops that harden or soften, pairs of figures that differ, and, if asked for, faults that `check` finds.
"""

from __future__ import annotations

import datetime

import planting
from inventory import (
    EFFECTS,
    ENTRIES,
    ENTRY,
    FIRST,
    KINDS,
    LAST,
    OUTCOMES,
    PARTS,
    SERIES,
    Plan,
    Wording,
    Work,
    english,
    entry,
    iso,
)
from layout import lay_out
from sayings import Sayings

from kgtools.archive import sha256


class Dossier(Sayings):
    """The records, documents and planted list of one dossier of about so many assertions."""

    def __init__(self, plan: Plan, number: int, assertions: int) -> None:
        super().__init__(plan, number, assertions)
        self._write()

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
        lay_out(self)
        self._description()
        if self.plan.faults and self.number % 3 == 0:
            planting.plant(self, planting.FAULTS[self.number // 3 % len(planting.FAULTS)])

    def _people(self) -> None:
        count = 1 + self.wanted // 10
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

    def _works(self) -> None:
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

    def _inquiry(self) -> None:
        """Add an inquiry with a preliminary finding and, most of the time, a final one that replaces it."""
        if self.random() < 0.4:
            return
        agency = self.shared("agency")
        inquiry = self.new("investigation")
        claim, text = self.explanation()
        last, reports = "", []
        kinds = ["cev:PreliminaryFinding", "cev:OfficialFinding"][: 1 + (self.random() < 0.7)]
        for place, kind in enumerate(kinds):
            through = self.held[-1] if place else self.held[len(self.held) // 2]
            work = self._unread(through, agency, "work:report", 1)
            passage = self.line(through, f"In report {place + 1} the agency wrote that {text[:-1].lower()}.")
            what = Wording(claim, text, "asserts", "most-likely" if not place else "certain")
            rest = [("cev:supersedes", last)] if last else []
            last = self.published(kind, work, passage, what, ("prov:wasGeneratedBy", inquiry),
                                   ("cev:ground", "ground:institutional-analysis"), *rest)  # fmt: skip
            reports.append(self.published("cev:MediaReport", through, passage, what, ("cev:reports", last)))
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
            known = self.published("cev:MediaReport", work, self.line(work, text),
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
