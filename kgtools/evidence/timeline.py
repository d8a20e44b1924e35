"""Timeline: what happened and what was said about an incident, in order of the first possible day.

The rule is instrument:timeline in ontology/schemes.ttl; the rows are those of the named query.
"""

from __future__ import annotations

from dataclasses import dataclass

from kgtools.evidence import record as records
from kgtools.evidence.instrument import BASIS, Instrument
from kgtools.space import Space, Table


@dataclass
class Timeline(Instrument):
    """The rows of a timeline, and the assertions by which each is known."""

    incident: str
    table: Table
    counted: list[tuple[str | None, ...]]

    @property
    def rows(self) -> Table:
        """Return one row for each thing that happened, was done or was said."""
        return self.table

    @property
    def basis(self) -> Table:
        """Return the assertions and passages by which each row is known."""
        return Table(BASIS, self.counted, "Assertions and passages behind every line")


def timeline(space: Space, incident: str) -> Timeline:
    """Return the timeline of an incident (slug, CURIE or label); raise Fault if there is none."""
    record = records.load(space)
    found = space.query("timeline", incident=incident)
    known: dict[str, list[str]] = {}
    for row in space.table(space.sparql(_KNOWN_FROM)):
        known.setdefault(row["node"] or "", []).append(row["assertion"] or "")
    counted: list[tuple[str | None, ...]] = []
    for node in dict.fromkeys(row["node"] or "" for row in found):
        names = [node] if node in record.assertions else known.get(node, [])
        for one in (record.assertions[name] for name in names if name in record.assertions):
            counted += [(node, one.name, one.speaker_label, str(place)) for place in one.places]
    name = space.short(space.resolve(incident, "incident"))
    return Timeline(name, Table(found.columns, found.rows, f"Timeline of {name}"), counted)


_KNOWN_FROM = "SELECT ?node ?assertion WHERE { ?node cev:knownFrom ?assertion } ORDER BY ?node ?assertion"
