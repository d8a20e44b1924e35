"""Trace: the attribution tree of a claim, from each origin through every hop to the document."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from kgtools.evidence import record as records
from kgtools.evidence.instrument import BASIS, Instrument
from kgtools.evidence.record import Assertion, Record
from kgtools.faults import Fault, nearest
from kgtools.space import Space, Table


@dataclass
class Hop:
    """One assertion of a tree and the hops that pass it on."""

    assertion: Assertion
    passed_on: list[Hop] = field(default_factory=list)


@dataclass
class Trace:
    """A claim with the trees that start at its origins."""

    claim: str
    text: str
    origins: list[Hop]

    def hops(self) -> Iterator[tuple[int, Hop, str]]:
        """Yield every hop of every tree with its depth from 0 and the name of the one that it passes on."""
        for hop in self.origins:
            yield from _below(hop, 0, "")


def _below(hop: Hop, depth: int, passes_on: str) -> Iterator[tuple[int, Hop, str]]:
    yield depth, hop, passes_on
    for other in hop.passed_on:
        yield from _below(other, depth + 1, hop.assertion.name)


@dataclass
class Traces(Instrument):
    """The attribution trees of one or several claims."""

    claims: list[Trace]

    @property
    def rows(self) -> Table:
        """Return a row for each hop of each tree, an origin having the depth 0; a hop of two chains stands in both."""
        columns = (
            "claim", "depth", "assertion", "passesOn", "speaker", "standing", "originStanding", "force", "hedge", "ground",
            "said", "source",
        )  # fmt: skip
        rows: list[tuple[str | None, ...]] = [
            (trace.claim, str(depth), one.name, above or None, one.speaker_label, one.standing, one.origin_standing, one.force,
             one.hedge or None, one.ground or None, one.when, one.source_label or None)
            for trace in self.claims for depth, hop, above in trace.hops() for one in (hop.assertion,)
        ]  # fmt: skip
        return Table(columns, rows, "Who said it first, and through whom it reached us")

    @property
    def basis(self) -> Table:
        """Return every assertion of the trees once, with its passages."""
        found = {(trace.claim, hop.assertion.name): hop.assertion for trace in self.claims for _, hop, _ in trace.hops()}
        rows: list[tuple[str | None, ...]] = [
            (claim, one.name, one.speaker_label, str(place)) for (claim, _), one in found.items() for place in one.places
        ]
        return Table(BASIS, rows, "Assertions and passages of every hop")


def traces(space: Space, words: str) -> Traces:
    """Return the trees of the claims that a name, a label or words stand for; raise Fault if there is none, or over ten."""
    record = records.load(space)
    return Traces([trace(record, claim, text_of(space, claim)) for claim in claims_for(space, words)])


def claims_for(space: Space, words: str) -> list[str]:
    """Return the claims that a name, a label or words stand for; raise Fault if there is none, or more than ten."""
    texts = {row["claim"] or "": row["text"] or "" for row in space.table(space.sparql(_CLAIMS))}
    try:
        found = space.short(space.resolve(words, "claim"))
        if found in texts:
            return [found]
    except Fault:
        pass
    wanted = words.casefold().split()
    fits = [claim for claim, text in texts.items() if all(word in text.casefold() for word in wanted)]
    if not fits and space.horizon:
        raise Fault("claim", f"no claim known by {space.horizon.day.isoformat()} holds the words '{words}'", "try a later day")
    if not fits:
        near = nearest(words, [c.partition(":")[2] for c in texts]) if ":" in words else "give fewer or other words"
        raise Fault("claim", f"no claim holds the words '{words}'", near)
    if len(fits) > 10:
        raise Fault("claim", f"'{words}' stands in {len(fits)} claims", "give more words, or a claim's name")
    return sorted(fits)


def trace(record: Record, claim: str, text: str = "") -> Trace:
    """Return the attribution trees of a claim: every chain that it occurs in, from its origins."""
    mine = [one for one in record.assertions.values() if one.claim == claim]
    origins = sorted({origin for one in mine for origin in record.origins(one.name)})
    reach = {one.name for one in mine}
    return Trace(claim, text or (mine[0].text if mine else ""), [_tree(record, one, reach, frozenset()) for one in origins])


def _tree(record: Record, name: str, wanted: set[str], above: frozenset[str]) -> Hop:
    """Build the tree above a hop, of branches that lead to an assertion of the claim or are one."""
    hop = Hop(record.assertions[name])
    for other in sorted(record.reporters.get(name, ())):
        if other not in above and _leads(record, other, wanted, above | {name}):
            hop.passed_on.append(_tree(record, other, wanted, above | {name}))
    return hop


def _leads(record: Record, name: str, wanted: set[str], above: frozenset[str]) -> bool:
    if name in wanted:
        return True
    return any(_leads(record, one, wanted, above | {name}) for one in record.reporters.get(name, ()) if one not in above)


def text_of(space: Space, claim: str) -> str:
    """Return the sentence of a claim given as CURIE."""
    rows = space.table(space.sparql(_CLAIMS))
    return next((row["text"] or "" for row in rows if row["claim"] == claim), "")


_CLAIMS = "SELECT ?claim ?text WHERE { ?claim a cev:Claim ; schema:text ?text } ORDER BY ?claim"
