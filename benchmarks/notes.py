"""The notes of one invented dossier: its records, serials, random numbers, works and people, for all parts that write it."""

from __future__ import annotations

import datetime
import random

from inventory import CAUSES, CUES, PARTS, TIMES, TOPICS, VERBS, Plan, Planted, Wording, Work, english, iso, slug
from turtle_text import Records


class Notes:
    """What all parts of one dossier share while it is written."""

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
        self.people: list[str] = []
        self.unnamed: list[str] = []
        self.labels: dict[str, str] = {}
        self.craft: list[str] = []
        self.held: list[Work] = []
        self.comments: list[Work] = []
        self.unread: list[Work] = []
        year = int(self.slug.rsplit("-", 1)[1])
        self.day = datetime.date(year, 1, 1) + datetime.timedelta(days=int(self.random() * 360))

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

    def label(self, agent: str) -> str:
        return self.labels.get(agent) or agent.partition(":")[2]

    def line(self, work: Work, text: str) -> str:
        """Return the passage of a new line of a work, whose place is known once all lines are."""
        passage = self.new("passage")
        work.lines.append((passage, text))
        return passage

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

    def published(self, kind: str, work: Work, passage: str, what: Wording, *rest: tuple[str, str | list[str]]) -> str:
        said = [("cev:said", iso(work.day))] if work.held else []
        return self.say(kind, work.speaker, passage, what, ("cev:inSource", work.name), *said, *rest)

    def plain_claim(self) -> tuple[str, str]:
        text = self.item()
        rest: list[tuple[str, str | list[str]]] = []
        if self.explanations and self.random() < 0.25:
            rest.append(("cev:supports" if self.random() < 0.6 else "cev:undermines", self.pick(self.explanations)))
        name = self.add(self.new("claim"), "cev:Claim", ("schema:about", self.incidents()), ("schema:text", english(text)),
                        ("cev:topic", f"topic:{self.pick(TOPICS)}"), *rest)  # fmt: skip
        self.plain.add(name)
        return name, text

    def item(self) -> str:
        return (
            f"The {self.pick(PARTS)} {int(self.random() * 90) + 10} at {self.slug}"
            f" {self.pick(VERBS)} {self.pick(TIMES)}, as item {self.serials['claim'] + 1} has it."
        )

    def incidents(self) -> list[str]:
        """Return the incidents of a claim: mostly this one alone, now and then an earlier one besides."""
        if self.number and self.random() < 0.04:
            return [self.incident, f"incident:{slug(self.plan.seed, int(self.random() * self.number))}"]
        return [self.incident]

    def explanation(self) -> tuple[str, str]:
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

    def figure(self, attribute: str, thing: str, unit: str, printed: str, *values: tuple[str, str]) -> tuple[str, str]:
        text = f"The {attribute.replace('-', ' ')} of {thing.partition(':')[2]} was {printed}."
        figure = (("cev:attribute", f"attribute:{attribute}"), ("cev:ofThing", thing), ("cev:unit", f"unit:{unit}"), *values)
        name = self.add(self.new("claim"), "cev:Claim", ("schema:about", self.incident), ("schema:text", english(text)),
                        ("cev:asPrinted", english(printed)), ("cev:topic", "topic:figure"), *figure)  # fmt: skip
        return name, text
