"""Drift: what changes from hop to hop of a chain, and from its origin to its last hop.

The rule is instrument:drift in ontology/schemes.ttl: ranks are those of the lists of hedges and forces, a claim is stronger
if it narrows or entails the other, and an unnamed speaker who becomes an institution is told by cev:creditedTo.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from kgtools.chains import steps
from kgtools.evidence import record as records
from kgtools.evidence import voices as ties
from kgtools.evidence.instrument import Instrument
from kgtools.evidence.origins import stronger_claims
from kgtools.evidence.record import Assertion, Record
from kgtools.evidence.voices import Voices
from kgtools.space import Space, Table

COLUMNS = ("chain", "direction", "kind", "steps", "change", "claim", "text", "from", "fromSpeaker", "to", "toSpeaker")
COUNTED = ("assertion", "speaker", "hedge", "force", "claim", "work", "document", "firstLine", "lastLine", "phrase")


@dataclass(frozen=True)
class Change:
    """One change between two assertions of a chain: its kind, harder or softer, steps of rank where there are any."""

    kind: str
    direction: str
    before: str
    after: str
    steps: int = 0

    def __str__(self) -> str:
        steps = f" ({self.steps} {'step' if self.steps == 1 else 'steps'})" if self.steps else ""
        return f"{self.kind}: {self.before} → {self.after}{steps}"


@dataclass
class Move:
    """Two assertions of a chain, the earlier first, with what changed between them."""

    earlier: Assertion
    later: Assertion
    changes: list[Change]

    def toward(self, direction: str) -> list[Change]:
        """Return the changes of one direction, harder or softer."""
        return [change for change in self.changes if change.direction == direction]


@dataclass
class Drift(Instrument):
    """Hops that say more or less than what they pass on, and chains that end otherwise than they began."""

    hops: list[Move]
    chains: list[Move]
    compared: int = 0
    assertions: list[Assertion] = field(default_factory=list)

    @property
    def harder(self) -> list[Move]:
        """Return the hops at which something hardens."""
        return [hop for hop in self.hops if hop.toward("harder")]

    @property
    def softer(self) -> list[Move]:
        """Return the hops at which something softens."""
        return [hop for hop in self.hops if hop.toward("softer")]

    @property
    def rows(self) -> Table:
        """Return a row for each change: of a hop, or of a whole chain from its origin to its last hop."""
        moves = [("hop", move) for move in self.hops] + [("whole", move) for move in self.chains]
        rows = [_row(chain, move, change) for chain, move in moves for change in move.changes]
        return Table(COLUMNS, rows, "Drift: hops that say more or less than what they pass on")

    @property
    def basis(self) -> Table:
        """Return every assertion compared, with its wording and passages."""
        rows: list[tuple[str | None, ...]] = [
            (one.name, one.speaker_label, one.hedge, one.force, one.claim, one.source_label, place.document,
             str(place.first_line), str(place.last_line), place.phrase)
            for one in self.assertions
            for place in one.places
        ]  # fmt: skip
        return Table(COUNTED, rows, "Assertions that pass something on, and what they pass on")


def _row(chain: str, move: Move, change: Change) -> tuple[str | None, ...]:
    steps = str(change.steps) if change.steps else None
    said = (change.direction, change.kind, steps, f"{change.before} → {change.after}", move.later.claim, move.later.text)
    ends = (move.earlier.name, move.earlier.speaker_label, move.later.name, move.later.speaker_label)
    return (chain, *said, *ends)


def drift(space: Space, incident: str | None = None) -> Drift:
    """Return the drift of all chains, or of those that concern an incident (slug, CURIE or label)."""
    record = records.load(space)
    wanted = space.short(space.resolve(incident, "incident")) if incident else ""
    inside = [one for one in record.assertions.values() if not wanted or wanted in one.incidents]
    compare = _Compare(space, record)
    pairs = [(record.assertions[name], one) for one in inside for name in sorted(one.reports) if name in record.assertions]
    hops = [Move(earlier, later, compare.changes(earlier, later)) for earlier, later in pairs]
    known = {one.name: one for pair in pairs for one in pair}
    chains = [
        Move(record.assertions[origin], last, changes)
        for last in inside
        if last.reports and not record.reporters.get(last.name)
        for origin in record.origins(last.name)
        if (changes := compare.changes(record.assertions[origin], last))
    ]
    return Drift([hop for hop in hops if hop.changes], chains, len(pairs), [known[name] for name in sorted(known)])


class _Compare:
    """What two assertions of a chain are compared by."""

    def __init__(self, space: Space, record: Record) -> None:
        self.record = record
        self.voices: Voices = ties.load(space)
        self.stronger = stronger_claims(space)
        self.credited: dict[str, set[str]] = {}
        for row in space.table(space.sparql(_CREDITED)):
            self.credited.setdefault(row["assertion"] or "", set()).add(row["agent"] or "")
        self.conditional = {row["assertion"] for row in space.table(space.sparql(_CONDITIONAL))}

    def changes(self, earlier: Assertion, later: Assertion) -> list[Change]:
        """Return what changed from one assertion of a chain to a later one."""
        return [
            *self._ranked("hedge", earlier.hedge, later.hedge),
            *self._ranked("force", earlier.force, later.force),
            *self._claim(earlier, later),
            *self._condition(earlier, later),
            *self._credit(earlier, later),
        ]

    def _ranked(self, kind: str, before: str, after: str) -> Iterable[Change]:
        if found := steps(before, after):
            yield Change(kind, "harder" if found > 0 else "softer", _word(before), _word(after), abs(found))

    def _claim(self, earlier: Assertion, later: Assertion) -> Iterable[Change]:
        """Yield a change to a stronger or weaker claim; to deny the weaker of two claims is to say more."""
        if not earlier.claim or not later.claim or earlier.claim == later.claim:
            return
        stronger = later.claim in self.stronger.get(earlier.claim, ())
        weaker = earlier.claim in self.stronger.get(later.claim, ())
        if stronger != weaker:
            harder = stronger != (later.counts == "against")
            yield Change("claim", "harder" if harder else "softer", f"“{earlier.text}”", f"“{later.text}”")

    def _condition(self, earlier: Assertion, later: Assertion) -> Iterable[Change]:
        before, after = earlier.name in self.conditional, later.name in self.conditional
        if before != after and earlier.claim == later.claim:
            words = ("on a condition", "without condition")
            yield Change("condition", "harder" if before else "softer", *(words if before else words[::-1]))

    def _credit(self, earlier: Assertion, later: Assertion) -> Iterable[Change]:
        """Yield a change where a named agent is credited with what nobody but unnamed speakers is known to have said."""
        origins = [self.record.assertions[name] for name in self.record.origins(earlier.name)]
        if any(self.voices.named(one) for one in origins):
            return
        agents = self.credited.get(later.name, set()) - self.credited.get(earlier.name, set()) - self.voices.unnamed
        for agent in sorted(agents):
            before = ", ".join(sorted({one.speaker_label for one in origins}))
            yield Change("speaker", "harder", before, f"credited to {self.voices.label(agent)}")


def _word(concept: str) -> str:
    return concept.partition(":")[2].replace("-", " ")


_CREDITED = "SELECT ?assertion ?agent WHERE { ?assertion cev:creditedTo ?agent } ORDER BY ?assertion ?agent"
_CONDITIONAL = "SELECT DISTINCT ?assertion WHERE { ?assertion a cev:Assertion ; cev:onCondition ?claim } ORDER BY ?assertion"
