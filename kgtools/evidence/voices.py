"""Voices: which speakers count as one, because one speaks for the other, serves it, belongs to it or was set up by it.

The rule is instrument:voice in ontology/schemes.ttl. Ties are read from the record alone.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field

from kgtools.evidence.record import Assertion
from kgtools.space import Space

# Standings and kinds of work by which a publisher speaks in its own name.
_OWN_NAME = ("cev:MediaReport",)
_OWN_WORKS = ("work:press-release", "work:report", "work:wire-report")


@dataclass
class Voices:
    """Who speaks for whom, as far as the record shows: bodies above each agent with the reason, and who is not named."""

    above: dict[str, dict[str, str]] = field(default_factory=lambda: defaultdict(dict))
    unnamed: set[str] = field(default_factory=set)
    groups: set[str] = field(default_factory=set)
    behalf: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    publishers: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    kinds: dict[str, str] = field(default_factory=dict)
    labels: dict[str, str] = field(default_factory=dict)

    def named(self, one: Assertion) -> bool:
        """Say whether the speaker of an assertion is named."""
        return one.speaker not in self.unnamed

    def behind(self, one: Assertion) -> dict[str, tuple[str, ...]]:
        """Return the speaker of an assertion and every agent above, nearest first, each with the ties that lead there."""
        found: dict[str, tuple[str, ...]] = {one.speaker: ()}
        for body in sorted(self.behalf.get(one.name, ())):
            found.setdefault(body, (f"{self.label(one.speaker)} speaks for {self.label(body)}",))
        if one.source and self._own_name(one):
            for publisher in sorted(self.publishers.get(one.source, ())):
                found.setdefault(publisher, (f"{self.label(publisher)} wrote or published {one.source_label}",))
        queue = list(found)
        while queue:
            here = queue.pop(0)
            for body, reason in self.above.get(here, {}).items():
                if body not in found:
                    found[body] = (*found[here], reason)
                    queue.append(body)
        return found

    def _own_name(self, one: Assertion) -> bool:
        return one.standing in _OWN_NAME or self.kinds.get(one.source) in _OWN_WORKS

    def label(self, agent: str) -> str:
        """Return the name of an agent."""
        return self.labels.get(agent, agent)


def load(space: Space) -> Voices:
    """Return the ties between agents that the record of a space shows."""
    found = Voices()
    for row in space.table(space.sparql(_AGENTS)):
        agent, kind = row["agent"] or "", row["kind"]
        found.labels[agent] = row["label"] or agent
        if kind == "cev:UnnamedAgent":
            found.unnamed.add(agent)
        if kind == "cev:UnnamedGroup":
            found.groups.add(agent)
    for row in space.table(space.sparql(_TIES)):
        here, there = row["here"] or "", row["there"] or ""
        found.above[here][there] = f"{found.label(here)} {row['words']} {found.label(there)}"
    for row in space.table(space.sparql(_BEHALF)):
        found.behalf[row["assertion"] or ""].add(row["body"] or "")
    for row in space.table(space.sparql(_WORKS)):
        work = row["work"] or ""
        found.kinds[work] = row["kind"] or ""
        found.publishers[work] |= {agent for agent in (row["publisher"], row["creator"]) if agent}
    return found


_AGENTS = """SELECT ?agent ?kind ?label WHERE {
  ?agent a prov:Agent ; a ?kind ; rdfs:label ?label } ORDER BY ?agent ?kind ?label"""
# A successor is the body that it replaced, in both directions; all other ties lead upwards.
_TIES = """SELECT DISTINCT ?here ?words ?there WHERE {
  { ?post org:member ?here ; org:organization ?there . BIND("holds a post in" AS ?words) }
  UNION { ?here org:subOrganizationOf ?there . BIND("is part of" AS ?words) }
  UNION { ?here cev:setUpBy ?there . BIND("was set up by" AS ?words) }
  UNION { ?here cev:claimedAffiliation ?there . BIND("is said to belong to" AS ?words) }
  UNION { ?here dcterms:replaces ?there . BIND("replaced" AS ?words) }
  UNION { ?there dcterms:replaces ?here . BIND("was replaced by" AS ?words) } } ORDER BY ?here ?there ?words"""
_BEHALF = "SELECT ?assertion ?body WHERE { ?assertion cev:onBehalfOf ?body } ORDER BY ?assertion ?body"
_WORKS = """SELECT ?work ?kind ?publisher ?creator WHERE { ?work a cev:Source .
  OPTIONAL { ?work cev:kind ?kind } OPTIONAL { ?work dcterms:publisher ?publisher }
  OPTIONAL { ?work dcterms:creator ?creator } } ORDER BY ?work ?kind ?publisher ?creator"""
