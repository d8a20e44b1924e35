"""Discrepancies: the ledger, and pairs of assertions that belong into it, proposed with kind and reason.

A proposal is computed from the figures of claims and is never recorded by itself: a curator settles, rejects or keeps it open.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from difflib import SequenceMatcher
from itertools import combinations

from kgtools import vocab
from kgtools.evidence import figures
from kgtools.evidence.figures import Figure, Verdict
from kgtools.evidence.instrument import Instrument
from kgtools.evidence.record import Assertion, Record
from kgtools.faults import Fault, nearest
from kgtools.space import Space, Table

PROPOSED = "proposed"


@dataclass
class Claimed:
    """A claim with a figure: its attribute, the thing measured, and the assertion that stands for it in a pair."""

    claim: str
    attribute: str
    thing: str
    figure: Figure
    assertion: Assertion
    makers: list[Assertion] = field(default_factory=list)


@dataclass
class Pair:
    """Two sides that differ on one attribute: recorded in the ledger (with its name), or proposed (name empty)."""

    name: str
    attribute: str
    side_a: Assertion
    side_b: Assertion
    value_a: str
    value_b: str
    kind: str
    state: str
    reason: str
    differs: str
    incidents: list[str]

    @property
    def marked(self) -> tuple[list[tuple[str, bool]], list[tuple[str, bool]]]:
        """Return both values as words, each with whether it stands on its side only."""
        return marked(self.value_a, self.value_b)


@dataclass
class Ledger(Instrument):
    """Pairs that differ, recorded ones first."""

    pairs: list[Pair]
    caption: str = "Discrepancies"

    @property
    def rows(self) -> Table:
        """Return one row for each pair, both sides kept."""
        columns = (
            "discrepancy", "attribute", "valueA", "byA", "valueB", "byB", "differs", "kind", "state", "reason", "assertionA",
            "assertionB", "incident",
        )  # fmt: skip
        rows: list[tuple[str | None, ...]] = [
            (one.name or None, one.attribute, one.value_a, one.side_a.speaker_label, one.value_b, one.side_b.speaker_label,
             one.differs, one.kind, one.state, one.reason, one.side_a.name, one.side_b.name, " ".join(one.incidents))
            for one in self.pairs
        ]  # fmt: skip
        return Table(columns, rows, self.caption)

    @property
    def basis(self) -> Table:
        """Return the assertions and passages of both sides of every pair."""
        rows: list[tuple[str | None, ...]] = [
            (f"{one.name or PROPOSED} {one.attribute}", side.name, side.speaker_label, str(place))
            for one in self.pairs for side in (one.side_a, one.side_b) for place in side.places
        ]  # fmt: skip
        return Table(("of", "assertion", "speaker", "place"), rows, "Assertions and passages of both sides")


def marked(one: str, other: str) -> tuple[list[tuple[str, bool]], list[tuple[str, bool]]]:
    """Return the words of two texts, each with whether it stands on its side only."""
    left, right = one.split(), other.split()
    keys = [[word.casefold().strip(".,;:()\"'") for word in listed] for listed in (left, right)]
    differs = [[True] * len(left), [True] * len(right)]
    for block in SequenceMatcher(None, keys[0], keys[1], autojunk=False).get_matching_blocks():
        for place in range(block.size):
            differs[0][block.a + place] = differs[1][block.b + place] = False
    return list(zip(left, differs[0], strict=True)), list(zip(right, differs[1], strict=True))


def ledger(space: Space, record: Record, incident: str | None = None, state: str | None = None) -> Ledger:
    """Return the recorded discrepancies, of one incident (CURIE) and in one state (local name) if given."""
    values = {"incident": incident} if incident else {}
    about: dict[str, list[str]] = defaultdict(list)
    for row in space.table(space.sparql(_ABOUT)):
        about[row["discrepancy"] or ""].append(row["incident"] or "")
    found = {}
    names = _Names.read(space)
    for row in space.query("discrepancies", **values):
        cell = {name: value or "" for name, value in row.items()}
        if state and cell["state"] != f"state:{state}":
            continue
        sides = [record.assertions.get(cell[name]) for name in ("assertionA", "assertionB")]
        if sides[0] is None or sides[1] is None:
            continue  # a side that is no assertion on record is a finding of `check`
        found[cell["discrepancy"]] = Pair(
            cell["discrepancy"], cell["attribute"], sides[0], sides[1], cell["valueA"], cell["valueB"],
            cell["kind"].partition(":")[2], cell["state"].partition(":")[2], cell["reason"],
            _what_differs(names, cell["valueA"], cell["valueB"]), about[cell["discrepancy"]],
        )  # fmt: skip
    return Ledger(list(found.values()), "Discrepancies on record; both sides are kept")


def propose(space: Space, record: Record, incident: str | None = None) -> Ledger:
    """Return the pairs of differing figures that the ledger does not hold in any state, of one incident (CURIE) if given."""
    held = {frozenset((row["one"], row["two"])) for row in space.table(space.sparql(_HELD))}
    pairs = [
        pair
        for pair in candidates(space, record)
        if frozenset((pair.side_a.claim, pair.side_b.claim)) not in held and (not incident or incident in pair.incidents)
    ]
    return Ledger(pairs, "Proposed discrepancies; nothing is recorded until you settle it")


def candidates(space: Space, record: Record) -> list[Pair]:
    """Return all pairs of differing figures as the rules see them, whether the ledger holds them or not."""
    names = _Names.read(space)
    apart = {frozenset((row["here"] or "", row["there"] or "")) for row in space.table(space.sparql(_EXCLUDES))}
    speech = _Speech.read(space)
    wider = {row["here"] or "": row["there"] or "" for row in space.table(space.sparql(_WIDER))}
    groups: dict[tuple[str, str], list[Claimed]] = defaultdict(list)
    for one in claimed(space, record):
        groups[wider.get(one.attribute, one.attribute), names.thing(one.thing)].append(one)
    pairs: dict[tuple[str, str, str], Pair] = {}  # a claim that is printed in two ways makes one pair, not two
    for (attribute, _), listed in groups.items():
        for one, other in combinations(sorted(listed, key=lambda c: c.claim), 2):
            verdict = classify(one, other, names, speech, frozenset((one.claim, other.claim)) in apart)
            # A moment on the day that a wider attribute gives is the same said more exactly: what each attribute is for.
            if verdict and (one.attribute == other.attribute or verdict.kind != "granularity"):
                about = sorted({*one.assertion.incidents, *other.assertion.incidents})
                found = _pair(one, other, attribute, verdict, names, about)
                pairs.setdefault((found.side_a.name, found.side_b.name, found.kind), found)
    return sorted(pairs.values(), key=lambda pair: (pair.attribute, pair.side_a.name, pair.side_b.name))


def _pair(one: Claimed, other: Claimed, attribute: str, verdict: Verdict, names: _Names, about: list[str]) -> Pair:
    a, b = one.figure, other.figure
    kind = {"number": "number", "time": "time"}.get(a.kind) if a.kind == b.kind else "number"
    differs = kind or _what_differs(names, a.shown, b.shown)
    return Pair(
        "", attribute, one.assertion, other.assertion, a.shown, b.shown, verdict.kind, PROPOSED, verdict.reason, differs, about
    )


def classify(one: Claimed, other: Claimed, names: _Names, speech: _Speech, excluded: bool = False) -> Verdict | None:
    """Return the proposed kind of a difference with its reason, None where both sides give one value.

    The rules, the first that fits: one value (none) · one moment in two zones · a claim that excludes the other, in another
    work · a figure replaced by its own speaker · a compiler's recollection · a slip of print · one thing under two names ·
    one side less exact · two things that may be one · a translation · one work that says two things · two scopes · names of
    two things · what cannot be compared · contradiction. Each follows the definition of its kind in scheme:difference.
    """
    a, b = one.figure, other.figure
    zone = figures.zoned(a, b)
    if zone or figures.same(a, b):
        return zone
    if excluded:
        said = Verdict("contradiction", "The graph records that the two claims exclude each other.")
        return speech.within(one, other, False) or said
    return (
        speech.replaced(one, other) or speech.compiled(one, other) or figures.misprinted(a, b) or names.one(a, b)
        or figures.granular(a, b) or names.may_be_one(a, b)
        or speech.within(one, other, a.kind == "words" and b.kind == "words") or _scope(a, b) or names.two(a, b)
        or _incomparable(a, b) or Verdict("contradiction", "Both sides speak of one thing and cannot both be right.")
    )  # fmt: skip


def _scope(a: Figure, b: Figure) -> Verdict | None:
    """Return a verdict on two numbers or two times; what words count is for a reader to say."""
    if a.scope != b.scope and a.kind == b.kind != "words":
        return Verdict("scope", "The two figures count different things, or one says what it counts and the other does not.")
    return None


def _incomparable(a: Figure, b: Figure) -> Verdict | None:
    if a.kind != b.kind:
        return Verdict("unclear", "One side gives a figure of another kind than the other, so both may hold.")
    if a.kind == "number" and figures.converted(b, a.unit) is None:
        money = {a.unit, b.unit} & figures.CURRENCIES
        what = "Currencies are not converted." if money else "The two units do not convert into each other."
        return Verdict("unclear", what)
    if a.kind == "words" and not figures.negated(a.text, b.text):
        return Verdict("unclear", "Whether both words can hold is for a reader to say.")
    return None


def _what_differs(names: _Names, one: str, other: str) -> str:
    """Return which part differs: negation, time, number, actor, place or wording."""
    left, right = marked(one, other)
    parts = [" ".join(word for word, differs in side if differs) for side in (left, right)]
    if figures.negated(one, other):
        return "negation"
    if any(figures.words(text) in names.agents for text in (one, other)):
        return "actor"
    if any(":" in part or any(month in part for month in _MONTHS) for part in parts):
        return "time"
    if any(sign.isdigit() for part in parts for sign in part):
        return "number"
    return "place" if any(word.casefold() in _WHERE for side in (left, right) for word, _ in side) else "wording"


_WHERE = {"in", "at", "near", "over", "above", "from", "off", "hall", "orbit", "ocean"}
_MONTHS = "January February March April May June July August September October November December".split()


def claimed(space: Space, record: Record) -> list[Claimed]:
    """Return every claim with a figure that somebody put forward, with the earliest origin that did."""
    makers: dict[str, list[Assertion]] = defaultdict(list)
    for one in record.assertions.values():
        if one.claim:
            makers[one.claim].append(one)
    found = []
    for row in space.table(space.sparql(_FIGURES)):
        cell = {name: value or "" for name, value in row.items()}
        listed = [one for one in makers[cell["claim"]] if one.counts == "for"]
        figure = _figure(cell)
        if listed and figure:
            first = min(listed, key=lambda one: (bool(one.reports), one.earliest or "9999", one.name))
            found.append(Claimed(cell["claim"], cell["attribute"], cell["thing"], figure, first, listed))
    return found


def _figure(cell: Mapping[str, str]) -> Figure | None:
    kind = cell["datatype"]
    loose, scope, printed = cell["approximate"] == "true", cell["scope"], cell["printed"]
    try:
        if cell["low"] or cell["high"]:
            return figures.spread(cell["low"], cell["high"], cell["unit"], printed, loose, scope)
        if kind == "xsd:decimal":
            return figures.number(cell["value"], cell["unit"], printed, loose, scope)
    except (ValueError, ArithmeticError):
        return None
    if kind == "edtf:EDTF":
        return Figure("time", cell["value"], printed, approximate=loose or "~" in cell["value"], scope=scope)
    return Figure("words", cell["value"], printed, approximate=loose, scope=scope) if cell["value"] else None


@dataclass
class _Names:
    """Names of things: which nodes may be one thing, and which words name one thing."""

    things: dict[str, str]
    labels: dict[str, str]
    agents: set[str]

    @classmethod
    def read(cls, space: Space) -> _Names:
        """Return the names of agents and crafts, nodes that share a name or may be the same folded into one."""
        names: dict[str, str] = {}
        things: dict[str, str] = {}
        agents: set[str] = set()
        for row in space.table(space.sparql(_NAMES)):
            node, word = row["node"] or "", figures.words(row["name"] or "")
            things.setdefault(node, node)
            names.setdefault(word, node)
            if row["agent"]:
                agents.add(word)
        for row in space.table(space.sparql(_SAME)):
            _join(things, row["here"] or "", row["there"] or "")
        return cls(things, names, agents)

    def thing(self, node: str) -> str:
        """Return what stands for a node and all nodes that may be the same."""
        while self.things.get(node, node) != node:
            node = self.things[node]
        return node

    def _named(self, a: Figure, b: Figure) -> tuple[str, str]:
        """Return the nodes that two values in words name, empty where one names none."""
        if {a.kind, b.kind} != {"words"}:
            return "", ""
        one, two = (self.labels.get(figures.words(f.text)) or self.labels.get(figures.words(f.printed)) for f in (a, b))
        return (one, two) if one and two else ("", "")

    def one(self, a: Figure, b: Figure) -> Verdict | None:
        """Return a verdict if both words are names of one thing."""
        here, there = self._named(a, b)
        return Verdict("alias", f"Both are names of {here}.") if here and here == there else None

    def may_be_one(self, a: Figure, b: Figure) -> Verdict | None:
        """Return a verdict if the words name two things that may be one."""
        here, there = self._named(a, b)
        return Verdict("alias", "The two may be one thing.") if here and self.thing(here) == self.thing(there) else None

    def two(self, a: Figure, b: Figure) -> Verdict | None:
        """Return a verdict if the words name two things."""
        here, there = self._named(a, b)
        return Verdict("contradiction", f"One side names {here}, the other {there}.") if here else None


def _join(things: dict[str, str], here: str, there: str) -> None:
    ends = []
    for node in (here, there):
        while things.setdefault(node, node) != node:
            node = things[node]
        ends.append(node)
    things[max(ends)] = min(ends)


@dataclass
class _Speech:
    """What the assertions say of each other: replacing, misquoting, crediting, translating."""

    supersedes: set[tuple[str, str]]
    misquotes: set[tuple[str, str]]
    credited: dict[str, set[str]]
    translated: set[str]

    @classmethod
    def read(cls, space: Space) -> _Speech:
        """Return the answers between assertions, read once."""
        found = cls(set(), set(), defaultdict(set), set())
        for row in space.table(space.sparql(_ANSWERS)):
            here, there, relation = row["here"] or "", row["there"] or "", row["relation"]
            if relation == "cev:supersedes":
                found.supersedes.add((here, there))
            elif relation == "cev:misquotes":
                found.misquotes.add((here, there))
            elif relation == "cev:creditedTo":
                found.credited[here].add(there)
            else:
                found.translated.add(here)
        return found

    def replaced(self, one: Claimed, other: Claimed) -> Verdict | None:
        """Return a verdict if one side replaces the other, or if one speaker gives the other figure on a later day."""
        pairs = [(a, b) for a in one.makers for b in other.makers]
        if any((a.name, b.name) in self.supersedes or (b.name, a.name) in self.supersedes for a, b in pairs):
            return Verdict("update", "The later assertion replaces the earlier one.")
        a, b = one.assertion, other.assertion
        apart = (a.latest and a.latest < b.earliest) or (b.latest and b.latest < a.earliest)
        if a.speaker == b.speaker and apart:
            return Verdict("update", "One speaker gives another figure on a later day.")
        return None

    def compiled(self, one: Claimed, other: Claimed) -> Verdict | None:
        """Return a verdict if one side is a compiler's or reader's account of what the other said."""
        for a, b in ((one.assertion, other.assertion), (other.assertion, one.assertion)):
            if (a.name, b.name) in self.misquotes or b.speaker in self.credited.get(a.name, ()):
                return Verdict("compiler-against-source", f"{a.speaker_label} gives this as the words of {b.speaker_label}.")
        return None

    def within(self, one: Claimed, other: Claimed, in_words: bool) -> Verdict | None:
        """Return a verdict if a translation, or one work that says two things, stands behind the difference."""
        if in_words and {one.assertion.name, other.assertion.name} & self.translated:
            return Verdict("translation", "One side is known in translation only.")
        if one.assertion.source and one.assertion.source == other.assertion.source:
            return Verdict("within-one-source", "One work gives both.")
        return None


def known_kind(kind: str) -> str:
    """Return a kind of difference if the model's list has it; raise Fault with the nearest ones otherwise."""
    if kind not in vocab.LISTS["difference"]:
        raise Fault("--kind", f"unknown kind '{kind}'", nearest(kind, vocab.LISTS["difference"]))
    return kind


_ABOUT = """SELECT ?discrepancy ?incident WHERE {
  ?discrepancy a cev:Discrepancy ; schema:about ?incident } ORDER BY ?discrepancy ?incident"""
_FIGURES = """SELECT ?claim ?attribute ?thing ?value ?datatype ?low ?high ?unit ?approximate ?scope ?printed WHERE {
  ?claim cev:attribute ?attribute ; cev:ofThing ?thing .
  OPTIONAL { ?claim cev:value ?value . BIND(DATATYPE(?value) AS ?datatype) }
  OPTIONAL { ?claim cev:atLeast ?low } OPTIONAL { ?claim cev:atMost ?high } OPTIONAL { ?claim cev:unit ?unit }
  OPTIONAL { ?claim cev:approximate ?approximate } OPTIONAL { ?claim cev:scope ?scope }
  OPTIONAL { ?claim cev:asPrinted ?printed } } ORDER BY ?claim ?scope ?printed"""
_HELD = """SELECT DISTINCT ?one ?two WHERE {
  ?ledger a cev:Discrepancy ; cev:sideA ?a ; cev:sideB ?b . ?a cev:claims ?one . ?b cev:claims ?two }"""
_EXCLUDES = "SELECT ?here ?there WHERE { ?here cev:excludes ?there }"
_NAMES = """SELECT ?node ?name ?agent WHERE {
  { ?node a prov:Agent . BIND(true AS ?agent) } UNION { ?node a cev:Craft } UNION { ?node a cev:Incident }
  ?node rdfs:label|skos:altLabel ?name } ORDER BY ?node ?name"""
# A day and a moment of one event are two attributes, the exact one narrower; together they are one thing to compare.
_WIDER = "SELECT ?here ?there WHERE { ?here skos:broader ?there } ORDER BY ?here DESC(?there)"
_SAME = "SELECT ?here ?there WHERE { ?here cev:possiblySameAs ?there } ORDER BY ?here ?there"
_ANSWERS = """SELECT ?here ?relation ?there WHERE {
  { VALUES ?relation { cev:supersedes cev:misquotes cev:creditedTo } ?here ?relation ?there }
  UNION { ?here cev:translated true . BIND(cev:translated AS ?relation) } }"""
