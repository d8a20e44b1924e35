"""Trace: the attribution tree of a claim, from each origin through every hop to the document."""

from __future__ import annotations

from dataclasses import dataclass, field

from kgtools.evidence.record import Assertion, Record
from kgtools.faults import Fault, nearest
from kgtools.space import Space


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
