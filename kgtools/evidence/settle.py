"""Settling: what a curator decides about a pair is recorded in the dossier that it belongs to, both sides kept."""

from __future__ import annotations

import datetime
import re
from dataclasses import dataclass
from pathlib import Path

from kgtools import vocab
from kgtools.evidence import discrepancies
from kgtools.evidence.discrepancies import Claimed, Pair
from kgtools.evidence.instrument import BASIS, Instrument
from kgtools.evidence.record import Assertion, Record
from kgtools.faults import Fault, nearest
from kgtools.output import save
from kgtools.space import Space, Table
from kgtools.turtle import IRI, Literal, Triple, parse_file, write

_SERIAL = re.compile(r"-(\d{3})$")


@dataclass(frozen=True)
class Settled(Instrument):
    """What was written: the discrepancy (CURIE), its file, state, kind, and whether the pair is new in the ledger."""

    name: str
    file: Path
    state: str
    kind: str
    new: bool
    sides: tuple[Assertion, ...] = ()

    @property
    def rows(self) -> Table:
        """Return one row: what stands in the file now."""
        said = "added" if self.new else "changed"
        columns = ("discrepancy", "kind", "state", "assertionA", "assertionB", "done", "file")
        row = (self.name, self.kind, self.state, *(one.name for one in self.sides), said, str(self.file))
        return Table(columns, [row], "What was recorded")

    @property
    def basis(self) -> Table:
        """Return the assertions and passages of both sides."""
        rows: list[tuple[str | None, ...]] = [
            (self.name, one.name, one.speaker_label, str(place)) for one in self.sides for place in one.places
        ]
        return Table(BASIS, rows, "Assertions and passages of both sides")


def settle(
    space: Space, record: Record, sides: list[str], state: str, kind: str = "", reason: str = "", language: str = "en"
) -> Settled:
    """Record state, kind and reason of a discrepancy (one name) or of a pair of assertions (two names).

    A pair that the ledger holds is changed where it stands; a new one gets the next serial of the dossier of its first side.
    Without a kind, a recorded pair keeps its own and a new one takes the proposed one. Nothing is written if anything is wrong:
    raises Fault for an unknown name, state or kind, a pair of one assertion, and a settled or rejected pair without a reason
    (shape discrepancy-reason in ontology/shapes.ttl).
    """
    if state not in vocab.LISTS["state"]:
        raise Fault("--state", f"unknown state '{state}'", nearest(state, vocab.LISTS["state"]))
    if kind:
        discrepancies.known_kind(kind)
    reason = " ".join(reason.split())
    held = discrepancies.ledger(space, record).pairs
    if len(sides) == 1:
        pair = _named(space, held, sides[0])
    else:
        names = [space.short(space.resolve(side, "assertion")) for side in sides]
        pair = next((one for one in held if {one.side_a.name, one.side_b.name} == set(names)), None) or _new(
            space, record, names
        )
    if state != "open" and not (reason or (pair.reason and pair.name)):
        raise Fault("--reason", f"is needed to call a discrepancy {state}", "say why in a sentence of your own words")
    return (
        _changed(space, pair, state, kind, reason, language)
        if pair.name
        else _added(space, pair, state, kind, reason, language)
    )


def _named(space: Space, held: list[Pair], name: str) -> Pair:
    found = space.short(space.resolve(name, "discrepancy"))
    for pair in held:
        if pair.name == found:
            return pair
    raise Fault("discrepancy", f"'{name}' is no discrepancy", nearest(name, [pair.name for pair in held]))


def _new(space: Space, record: Record, names: list[str]) -> Pair:
    """Return a pair that the ledger does not hold, as proposed or, where nothing is proposed, with its two figures."""
    for name in names:
        if name not in record.assertions:
            raise Fault("assertion", f"'{name}' is no assertion on record", nearest(name, record.assertions))
    if names[0] == names[1]:
        raise Fault("settle", "both sides are one assertion", "name two assertions")
    claimed = {one.claim: one for one in discrepancies.claimed(space, record)}
    one, other = (claimed.get(record.assertions[name].claim) for name in names)
    if one is None or other is None or one.attribute != other.attribute:
        what = "the two claims do not give figures of one attribute"
        raise Fault("settle", what, "give both claims cev:attribute, cev:ofThing and cev:value, the attribute being one")
    return _pair(space, record, names, one, other)


def _pair(space: Space, record: Record, names: list[str], one: Claimed, other: Claimed) -> Pair:
    sides = [record.assertions[name] for name in names]
    claims = {one.claim, other.claim}
    proposed = (p for p in discrepancies.propose(space, record).pairs if {p.side_a.claim, p.side_b.claim} == claims)
    kind = next((p.kind for p in proposed), "")
    about = sorted({*sides[0].incidents, *sides[1].incidents})
    return Pair("", one.attribute, sides[0], sides[1], one.figure.shown, other.figure.shown, kind, "", "", "", about)


def _changed(space: Space, pair: Pair, state: str, kind: str, reason: str, language: str) -> Settled:
    file = _file(space, pair.name)
    node = IRI(_iri(space, pair.name))
    gone = {vocab.iri("cev:state"), *([vocab.iri("cev:kind")] if kind else []), *([vocab.iri("cev:reason")] if reason else [])}
    kept = [t for t in parse_file(file) if t.subject != node or t.predicate.value not in gone]
    said = [_triple(node, "cev:state", f"state:{state}")]
    said += [_triple(node, "cev:kind", f"difference:{kind}")] if kind else []
    said += [Triple(node, IRI(vocab.iri("cev:reason")), Literal(reason, language=language))] if reason else []
    save(file, write([*kept, *said], space.prefixes))
    return Settled(pair.name, file, state, kind or pair.kind, False, (pair.side_a, pair.side_b))


def _added(space: Space, pair: Pair, state: str, kind: str, reason: str, language: str) -> Settled:
    kind = kind or pair.kind
    if not kind:
        raise Fault("--kind", "no kind is proposed for this pair", f"choose one of {', '.join(vocab.LISTS['difference'])}")
    file = _file(space, pair.side_a.name)
    triples = parse_file(file)
    name = _next_name(space, pair.side_a.name, triples)
    node = IRI(_iri(space, name))
    now = datetime.datetime.now(datetime.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    said = [
        _triple(node, "rdf:type", "cev:Discrepancy"), _triple(node, "cev:state", f"state:{state}"),
        _triple(node, "cev:kind", f"difference:{kind}"),
        Triple(node, IRI(vocab.iri("prov:generatedAtTime")), Literal(now, datatype=IRI(vocab.iri("xsd:dateTime")))),
        *(Triple(node, IRI(vocab.iri(predicate)), IRI(_iri(space, value))) for predicate, value in (
            ("cev:attribute", pair.attribute), ("cev:sideA", pair.side_a.name), ("cev:sideB", pair.side_b.name),
            *(("schema:about", incident) for incident in pair.incidents),
        )),
        *(Triple(node, IRI(vocab.iri(predicate)), Literal(text, language=language)) for predicate, text in (
            ("cev:valueA", pair.value_a), ("cev:valueB", pair.value_b), *([("cev:reason", reason)] if reason else []),
        )),
    ]  # fmt: skip
    save(file, write([*triples, *said], space.prefixes))
    return Settled(name, file, state, kind, True, (pair.side_a, pair.side_b))


def _next_name(space: Space, side: str, triples: list[Triple]) -> str:
    """Return the next free name of a discrepancy in the dossier of an assertion, withdrawn ones counted."""
    slug = _SERIAL.sub("", side.partition(":")[2])
    start = f"{space.workspace.data_prefixes['discrepancy']}{slug}-"
    taken = [int(t.subject.value[-3:]) for t in triples if isinstance(t.subject, IRI) and t.subject.value.startswith(start)
             and t.subject.value[len(start) :].isdigit()]  # fmt: skip
    return f"discrepancy:{slug}-{max(taken, default=0) + 1:03d}"


def _file(space: Space, name: str) -> Path:
    file = space.file_of(name)
    if file is None:
        raise Fault("settle", f"no file describes {name}", "describe it first")
    return space.workspace.graph / file


def _iri(space: Space, name: str) -> str:
    return vocab.iri(name, space.prefixes) if name.partition(":")[0] in space.prefixes else name


def _triple(node: IRI, predicate: str, value: str) -> Triple:
    return Triple(node, IRI(vocab.iri(predicate)), IRI(vocab.iri(value)))
