"""Compare: explanations of an incident side by side, with who stands behind and against each; no ranking."""

from __future__ import annotations

from dataclasses import dataclass, field

from kgtools.evidence.record import Assertion, Record
from kgtools.space import Space


@dataclass
class Side:
    """The assertions on one side of an explanation, and the speakers at the ends of their chains."""

    assertions: list[Assertion] = field(default_factory=list)
    origins: list[Assertion] = field(default_factory=list)

    @property
    def voices(self) -> list[str]:
        """Return the distinct speakers at the ends of the chains, as labels."""
        return sorted({one.speaker_label for one in self.origins})


@dataclass
class Explanation:
    """One explanation of an incident with what counts for it, against it, and neither (questions, conditionals)."""

    name: str
    text: str
    cause: str
    sides: dict[str, Side]
    condition: str = ""


def compare(space: Space, record: Record, incident: str) -> list[Explanation]:
    """Return the explanations of an incident (CURIE), in order of name, each with its sides by date."""
    rows = space.table(space.sparql(_EXPLANATIONS))
    found: dict[str, Explanation] = {}
    for row in rows:
        if row["incident"] == incident:
            name = row["explanation"] or ""
            found.setdefault(name, Explanation(name, row["text"] or "", row["cause"] or "", _sides(record, name)))
            found[name].condition = row["condition"] or ""
    return list(found.values())


def _sides(record: Record, claim: str) -> dict[str, Side]:
    sides = {"for": Side(), "against": Side(), "neither": Side()}
    listed = [one for one in record.assertions.values() if one.claim == claim]
    for one in sorted(listed, key=lambda a: (a.earliest or "9999", a.name)):
        side = sides[one.counts]
        side.assertions.append(one)
        for name in record.origins(one.name):
            origin = record.assertions[name]
            if origin not in side.origins:
                side.origins.append(origin)
    return sides


_EXPLANATIONS = """SELECT ?explanation ?text ?cause ?incident ?condition WHERE {
  ?explanation a cev:Explanation ; schema:text ?text ; cev:explains ?incident .
  OPTIONAL { ?explanation cev:cause ?cause }
  OPTIONAL { ?explanation cev:onCondition ?premise . ?premise schema:text ?condition } }
ORDER BY ?explanation ?cause ?condition"""
