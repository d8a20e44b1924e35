"""Links: does some assertion on record connect an action or consequence with an incident, or do they only follow each other?"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

from kgtools.evidence.instrument import Instrument
from kgtools.evidence.record import Assertion, Record
from kgtools.space import Space, Table

NO_LINK = "no source in this graph states a link"


@dataclass(frozen=True)
class Link:
    """Something done and the incident with which it is recorded, and the assertions that state a reason or connection."""

    node: str
    label: str
    incident: str
    kind: str
    stated: tuple[Assertion, ...] = ()

    @property
    def sentence(self) -> str:
        """Return what may be said of the two: who states which reason or connection, or that nobody does."""
        if not self.stated:
            return NO_LINK
        said = (
            f"{one.speaker_label} {one.force.partition(':')[2]}: “{one.text}”{_mark(one)} [{one.name}]" for one in self.stated
        )
        return (
            "reason stated: " if self.kind == "personnel action" else "recorded as a consequence on the word of: "
        ) + "; ".join(said)


def _mark(one: Assertion) -> str:
    return " (possibly by then)" if one.by_then == "possibly" else ""


@dataclass
class Links(Instrument):
    """All actions and consequences with the incidents they are recorded with."""

    links: list[Link]

    @property
    def rows(self) -> Table:
        """Return one row for each pair of something done and an incident."""
        rows: list[tuple[str | None, ...]] = [(one.kind, one.node, one.label, one.incident, one.sentence) for one in self.links]
        return Table(
            ("kind", "node", "label", "incident", "link"), rows, "What is recorded with an incident, and who connects the two"
        )

    @property
    def basis(self) -> Table:
        """Return the assertions and passages that state a reason or connection."""
        rows: list[tuple[str | None, ...]] = [
            (link.node, one.name, one.speaker_label, str(place))
            for link in self.links for one in link.stated for place in one.places
        ]  # fmt: skip
        return Table(("of", "assertion", "speaker", "place"), rows, "Assertions and passages that state a link")

    def of(self, node: str, incident: str) -> Link:
        """Return the link between a node and an incident (CURIEs); one that states nothing where the graph records none."""
        fits = (one for one in self.links if (one.node, one.incident) == (node, incident))
        return next(fits, Link(node, node, incident, "sequence"))


def links(space: Space, record: Record, incident: str | None = None) -> Links:
    """Return for every personnel action its stated reasons, and for every consequence the assertions that connect it.

    With an incident (CURIE), only what is recorded with it.

    A reason counts only if its assertion counts for its claim, and a connection only if its assertion is about the incident
    (queries check-stated-reasons and check-consequence-links refuse the rest).
    A reason need not be the incident: the sentence gives it as stated.
    """
    stated: dict[tuple[str, str, str, str], list[Assertion]] = defaultdict(list)
    for row in space.table(space.sparql(_DONE)):
        key = (row["node"] or "", row["label"] or "", row["incident"] or "", row["kind"] or "")
        one = record.assertions.get(row["assertion"] or "")
        listed = stated[key]
        if one and one not in listed and _states(one, key[3], key[2]):
            listed.append(one)
    return Links(
        [
            Link(*key, stated=tuple(sorted(listed, key=lambda one: one.name)))
            for key, listed in stated.items()
            if incident in (None, key[2])
        ]
    )


def _states(one: Assertion, kind: str, incident: str) -> bool:
    return one.counts == "for" if kind == "personnel action" else one.counts != "against" and incident in one.incidents


_DONE = """SELECT DISTINCT ?node ?label ?incident ?kind ?assertion WHERE {
  { ?node a cev:PersonnelAction ; cev:recordedWith ?incident . BIND("personnel action" AS ?kind)
    OPTIONAL { ?node cev:statedReason ?assertion } }
  UNION { ?node a cev:Consequence ; schema:about ?incident . BIND("consequence" AS ?kind)
    OPTIONAL { ?node cev:knownFrom ?assertion } }
  ?node rdfs:label ?label } ORDER BY ?node ?incident ?assertion"""
