"""What is said about an invented incident: claims, the chains by which they are known, drift, denials, silence."""

from __future__ import annotations

import datetime
import math

from inventory import ATTRIBUTES, HEDGES, UNITS, Wording, Work, english, iso
from notes import Notes


class Sayings(Notes):
    """The notes of a dossier with the means to write claims and chains into them."""

    def _claim(self) -> None:
        """Add a claim with the chains by which it is known."""
        roll = self.random()
        if roll < 0.22:
            claims = [self.explanation()]
        elif roll < 0.5:
            claims = self._figures()
        else:
            claims = [self.plain_claim()]
        for claim, text in claims:
            last = self._chain(claim, text)
            while self.random() < 0.4 and self.said < self.wanted:
                last = self._chain(claim, text)
            if self.random() < 0.15:
                self._against(claim, text, last)
        if self.random() < 0.12:
            self._silence()

    def _figures(self) -> list[tuple[str, str]]:
        """Return a claim with a figure, or two that differ: recorded in the ledger, or planted to be proposed."""
        thing = self.incident if self.random() < 0.5 else self.pick(self.craft)
        attribute = self.pick(ATTRIBUTES)
        if (attribute, thing) in self.measured:
            return [self.plain_claim()]
        self.measured.add((attribute, thing))
        unit, value = self.pick(UNITS), 100 + int(self.random() * 800)
        one = self.figure(attribute, thing, unit, f"{value} {unit}s", ("cev:value", f"{value}.0"))
        roll = self.random()
        if roll >= 0.16:
            return [one]
        other = value * 2 + 1 + int(self.random() * 50)
        if roll < 0.1:
            two = self.figure(attribute, thing, unit, f"{other} {unit}s", ("cev:value", f"{other}.0"))
            self.planted["recorded"].append({"claimA": one[0], "claimB": two[0], "attribute": f"attribute:{attribute}"})
            sides = [self._chain(*one), self._chain(*two)]
            self._discrepancy(attribute, sides, [f"{value} {unit}s", f"{other} {unit}s"])
        else:
            bounds = (("cev:atLeast", f"{other}.0"), ("cev:atMost", f"{other + 200}.0"))
            two = self.figure(attribute, thing, unit, f"{other} to {other + 200} {unit}s", *bounds)
            self.planted["conflicts"].append({"claimA": one[0], "claimB": two[0], "attribute": f"attribute:{attribute}"})
        return [one, two]

    def _discrepancy(self, attribute: str, sides: list[str], values: list[str]) -> None:
        state = self.pick(("open", "settled", "rejected"))
        rest = [("cev:reason", english("Both figures stand as printed, and the later one names its count."))]
        self.add(self.new("discrepancy"), "cev:Discrepancy", ("schema:about", self.incident),
                 ("cev:attribute", f"attribute:{attribute}"), ("cev:kind", "difference:contradiction"),
                 ("cev:sideA", sides[0]), ("cev:sideB", sides[1]), ("cev:state", f"state:{state}"),
                 ("cev:valueA", english(values[0])), ("cev:valueB", english(values[1])),
                 *(rest if state != "open" else []))  # fmt: skip

    def _chain(self, claim: str, text: str) -> str:
        """Add a chain of one to six hops that ends in a work at hand; return its last hop."""
        depth = 1 + min(5, int(-1.1 * math.log(1 - self.random())))
        work = self.held[int(self.random() * len(self.held))]
        what = Wording(claim, text, *self._manner())
        passage = self.line(work, f"{work.name.partition(':')[2]}, line {len(work.lines) + 1}: {text[:-1]}, it says.")
        if depth == 1:
            ground = ("cev:ground", self.pick(("ground:unstated", "ground:own-knowledge")))
            return self.published("cev:MediaReport", work, passage, what, ground)
        last, nameless = self._origin(passage, what)
        between = sorted((one for one in self.unread if one.day <= work.day), key=lambda one: one.day)
        for one in between[: depth - 2]:
            last, what = self._pass_on(last, one, passage, what, nameless)
        last, what = self._pass_on(last, work, passage, what, nameless)
        later = [one for one in self.held if one.day >= work.day and one is not work]
        if later and depth < 6 and self.random() < 0.25:
            other = later[int(self.random() * len(later))]
            again = self.line(other, f"Reprinted from {work.name.partition(':')[2]} as line {len(other.lines) + 1}: {text}")
            self.published("cev:MediaReport", other, again, what, ("cev:reports", last))
        return last

    def _manner(self) -> tuple[str, str]:
        roll = self.random()
        if roll < 0.55:
            return "asserts", "certain"
        if roll < 0.7:
            return "asserts", self.pick(("most-likely", "probable"))
        return "suggests", "possible" if roll < 0.95 else "speculative"

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
        hop = self.published("cev:MediaReport", work, passage, now, *rest)
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
            passage = self.line(comment, f"I doubt that {text[:-1].lower()}.")
            self.comments.append(comment)
            self.published("cev:Commentary", comment, passage, Wording(claim, text, "disputes", "certain"),
                            ("cev:contests", last), ("cev:ground", "ground:inference"))  # fmt: skip
            return
        passage = self.line(work, f"Asked whether {text[:-1].lower()}, the maker said no.")
        what = Wording(claim, text, "denies", "certain")
        denial = self.say("cev:OfficialStatement", self.shared("maker"), passage, what, ("cev:ground", "ground:own-knowledge"),
                          ("cev:contests", last))  # fmt: skip
        self.published("cev:MediaReport", work, passage, what, ("cev:reports", denial))
        self.accused = [(one, denial if one == claim else answer) for one, answer in self.accused]

    def _silence(self) -> None:
        work = self.held[int(self.random() * len(self.held))]
        force = self.pick(("says-unknown", "says-under-investigation", "declines-to-comment"))
        passage = self.line(work, f"On the cause a spokesman of the agency had nothing to add on item {self.said}.")
        self.said += 1
        self.add(self.new("assertion"), "cev:OfficialStatement", ("prov:wasAttributedTo", self.shared("agency")),
                 ("schema:about", self.incident), ("cev:force", f"force:{force}"), ("cev:foundIn", passage),
                 ("cev:ground", "ground:own-knowledge"), ("cev:hedge", "hedge:certain"),
                 ("cev:topic", "topic:cause"))  # fmt: skip
