"""What shapes can see: the steps that lead from a focus node to every triple that its validation may read.

The steps are read off the shapes themselves (SHACL, sections 2 to 4): targets, paths, and constraints that look further. They
make an automaton, because paths may repeat and shapes may be nested; it is worked out once for a shapes graph.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from kgtools import vocab
from kgtools.faults import Fault
from kgtools.turtle import IRI, Literal, Term, Triple

SH = vocab.PREFIXES["sh"]
_RDF = vocab.RDF
_TYPE = vocab.iri("rdf:type")
_BELOW = vocab.iri("rdfs:subClassOf")
_CLASS = vocab.iri("rdfs:Class")
_PATHS = {"zeroOrMorePath": "*", "oneOrMorePath": "+", "zeroOrOnePath": "?"}

# Parameters whose values are shapes, singly or in a list.
NESTED = ("property", "node", "not", "qualifiedValueShape")
LISTED = ("and", "or", "xone")
# Parameters that look at another property of the focus node.
_BESIDE = ("equals", "disjoint", "lessThan", "lessThanOrEquals")
# What reads nothing beyond the value nodes, or is read with another parameter.
_BLIND = frozenset(
    "path closed ignoredProperties class datatype nodeKind minCount maxCount minExclusive minInclusive maxExclusive"
    " maxInclusive minLength maxLength pattern flags languageIn uniqueLang hasValue in qualifiedMinCount qualifiedMaxCount"
    " qualifiedValueShapesDisjoint targetClass targetNode targetSubjectsOf targetObjectsOf severity message deactivated name"
    " description order group defaultValue inversePath alternativePath zeroOrMorePath oneOrMorePath zeroOrOnePath"
    " declare prefix namespace conforms result suggestedShapesGraph shapesGraph entailment shapesGraphWellFormed".split()
)


@dataclass(frozen=True)
class State:
    """Where a validation may stand at a node: the states that a triple from it or to it leads on to.

    `every` says that all triples of the node are read, whatever their property.
    """

    every: bool
    forward: Mapping[str, int]
    inverse: Mapping[str, int]

    @property
    def sees(self) -> bool:
        """Say whether anything is read from here."""
        return bool(self.every or self.forward or self.inverse)


@dataclass(frozen=True)
class Sight:
    """What all shapes of a graph see: states (first a focus node's), nodes targeted by name, properties of targets.

    `unbounded` names what reads more than paths tell, such as a SPARQL constraint; then the whole graph is seen. `moving` says
    that a result may name another node than the one validated: sh:property in a property shape makes values focus nodes.
    """

    states: tuple[State, ...]
    named: tuple[Term, ...]
    objects_of: tuple[str, ...]
    unbounded: tuple[str, ...]
    moving: bool

    @staticmethod
    def of(shapes: Iterable[Triple]) -> Sight:
        """Return what the shapes of a shapes graph see; raise Fault if a shape refers to itself."""
        plan = _Plan(_Graph(shapes))
        for shape in plan.graph.shapes():
            plan.target(shape)
        names, properties, strange = tuple(plan.named), tuple(sorted(plan.objects_of)), tuple(sorted(plan.unbounded()))
        return Sight(plan.determined(), names, properties, strange, plan.moving)

    def inverse(self) -> frozenset[str]:
        """Return the properties that are read against their direction somewhere."""
        return frozenset(name for state in self.states for name in state.inverse)


class _Graph:
    """The triples of a shapes graph by subject and property."""

    def __init__(self, triples: Iterable[Triple]) -> None:
        self.about: dict[Term, dict[str, list[Term]]] = defaultdict(lambda: defaultdict(list))
        for triple in triples:
            self.about[triple.subject][triple.predicate.value].append(triple.object)

    def values(self, node: Term, name: str) -> list[Term]:
        """Return the values that a node has for a property, sh: left out of its name."""
        return self.about[node].get(name if ":" in name else SH + name, []) if node in self.about else []

    def listed(self, head: Term) -> list[Term]:
        """Return the members of an RDF list."""
        found: list[Term] = []
        seen: set[Term] = set()
        while head not in seen and (first := self.values(head, _RDF + "first")):
            seen.add(head)
            found.extend(first)
            head = next(iter(self.values(head, _RDF + "rest")), IRI(_RDF + "nil"))
        return found

    def within(self, shape: Term) -> list[tuple[str, Term]]:
        """Return the shapes that a shape names, each with the parameter that names it."""
        found = [(name, one) for name in NESTED for one in self.values(shape, name)]
        return found + [
            (name, one) for name in LISTED for head in self.values(shape, name) for one in self.listed(head)
        ]  # fmt: skip

    def shapes(self) -> list[Term]:
        """Return the nodes that have a target, each once, in the order of the graph."""
        targets = [SH + name for name in ("targetClass", "targetNode", "targetSubjectsOf", "targetObjectsOf")]
        return [node for node in list(self.about) if any(name in self.about[node] for name in targets) or self.implicit(node)]

    def implicit(self, node: Term) -> bool:
        """Say whether a node is a class and a shape, hence its own target (SHACL, section 2.1.3.3)."""
        kinds = {getattr(kind, "value", "") for kind in self.values(node, _TYPE)}
        return bool(kinds & {SH + "NodeShape", SH + "PropertyShape"}) and bool(kinds & self._classes)

    @property
    def _classes(self) -> set[str]:
        found, fresh = {_CLASS, vocab.iri("owl:Class")}, True
        while fresh:
            lower = {node.value for node in self.about if isinstance(node, IRI)
                     and any(getattr(upper, "value", "") in found for upper in self.about[node].get(_BELOW, ()))}  # fmt: skip
            fresh, found = bool(lower - found), found | lower
        return found


@dataclass
class _Plan:
    """The automaton while it is being made; state 0 is a focus node, 1 a class, 2 sees nothing."""

    graph: _Graph
    edges: list[list[tuple[str, bool, int]]] = field(default_factory=lambda: [[], [(_BELOW, False, 1)], []])
    empty: list[set[int]] = field(default_factory=lambda: [set(), set(), set()])
    every: set[int] = field(default_factory=set)
    named: dict[Term, None] = field(default_factory=dict)
    objects_of: set[str] = field(default_factory=set)
    entries: dict[Term, int] = field(default_factory=dict)
    open: list[Term] = field(default_factory=list)
    strange: set[str] = field(default_factory=set)
    moving: bool = False

    def state(self) -> int:
        self.edges.append([])
        self.empty.append(set())
        return len(self.edges) - 1

    def target(self, shape: Term) -> None:
        """Let a focus node be seen as the targets and constraints of a shape see it."""
        values = self.graph.values
        if values(shape, "targetClass") or self.graph.implicit(shape):
            self.edges[0].append((_TYPE, False, 1))
        for term in values(shape, "targetNode"):
            self.named[term] = None
        for term in values(shape, "targetSubjectsOf"):
            self.edges[0].append((_name(term), False, 2))
        for term in values(shape, "targetObjectsOf"):
            self.edges[0].append((_name(term), True, 2))
            self.objects_of.add(_name(term))
        self.empty[0].add(self.shape(shape))

    def shape(self, shape: Term) -> int:
        """Return the state in which a node is that a shape is held against."""
        if shape in self.open:
            circle = " → ".join(_say(one) for one in [*self.open[self.open.index(shape) :], shape])
            cure = "take the circle out: validators pass recursive shapes in silence (SHACL, section 3.4.3)"
            raise Fault("shapes", f"a shape refers to itself: {circle}", cure)
        if shape in self.entries:
            return self.entries[shape]
        self.open.append(shape)
        entry = values = self.entries[shape] = self.state()
        for path in self.graph.values(shape, "path"):
            values = self.state()
            self.path(path, entry, values, back=False)
        self._constraints(shape, entry, values)
        self.open.pop()
        return entry

    def _constraints(self, shape: Term, entry: int, values: int) -> None:
        for name in _BESIDE:
            for term in self.graph.values(shape, name):
                self.edges[entry].append((_name(term), False, 2))
        if self.graph.values(shape, "class"):
            self.edges[values].append((_TYPE, False, 1))
        if any(getattr(term, "value", "") in ("true", "1") for term in self.graph.values(shape, "closed")):
            self.every.add(values)
        for name, inner in self.graph.within(shape):
            self.empty[values].add(self.shape(inner))
            if name == "property":
                self.moving = self.moving or entry != values
                # Qualified shapes of sisters may have to be disjoint, so their values are read too.
                for qualified in self.graph.values(inner, "qualifiedValueShape"):
                    self._sisters(shape, qualified)
        for predicate in self.graph.about.get(shape, {}):
            known = predicate.removeprefix(SH)
            if predicate.startswith(SH) and known not in _BLIND and known not in (*NESTED, *LISTED, *_BESIDE):
                self.strange.add(known)

    def _sisters(self, shape: Term, qualified: Term) -> None:
        for inner in self.graph.values(shape, "property"):
            if self.graph.values(inner, "qualifiedValueShapesDisjoint"):
                entry = self.shape(inner)
                for path in self.graph.values(inner, "path"):
                    end = self.state()
                    self.path(path, entry, end, back=False)
                    self.empty[end].add(self.shape(qualified))

    def path(self, path: Term, start: int, end: int, back: bool) -> None:
        """Lead from a state to another along a property path (SHACL, section 2.3.1)."""
        if isinstance(path, IRI):
            self.edges[start].append((path.value, back, end))
            return
        steps = self.graph.listed(path)
        # pySHACL takes the steps of an inverted sequence in the order in which they are written, so both orders are seen.
        for ordered in [steps, steps[::-1]][: 1 + back] if steps else []:
            here = start
            for step in ordered:
                here, before = self.state(), here
                self.path(step, before, here, back)
            self.empty[here].add(end)
        for inner in self.graph.values(path, "inversePath"):
            self.path(inner, start, end, not back)
        for head in self.graph.values(path, "alternativePath"):
            for one in self.graph.listed(head):
                self.path(one, start, end, back)
        for name, sign in _PATHS.items():
            for inner in self.graph.values(path, name):
                self._repeated(inner, start, end, back, sign)

    def _repeated(self, inner: Term, start: int, end: int, back: bool, sign: str) -> None:
        before, after = self.state(), self.state()
        self.empty[start].add(before)
        self.path(inner, before, after, back)
        self.empty[after].add(end)
        if sign != "?":
            self.empty[after].add(before)
        if sign != "+":
            self.empty[before].add(end)

    def unbounded(self) -> set[str]:
        """Return the names of what reads more than paths tell."""
        found = {f"sh:{name}" for name in self.strange}
        kinds = {SH + "ConstraintComponent"}
        for node, about in self.graph.about.items():
            if any(getattr(kind, "value", "") in kinds for kind in about.get(_TYPE, ())):
                found.add(_say(node))
        return found

    def determined(self) -> tuple[State, ...]:
        """Return the automaton with at most one state behind each step."""
        first = self._closure({0})
        numbers, queue, states = {first: 0}, [first], []
        while queue:
            here = queue.pop(0)
            steps: dict[tuple[str, bool], set[int]] = defaultdict(set)
            for one in here:
                for name, back, target in self.edges[one]:
                    steps[name, back].add(target)
            ways: tuple[dict[str, int], dict[str, int]] = ({}, {})
            for (name, back), targets in sorted(steps.items()):
                there = self._closure(targets)
                if there not in numbers:
                    numbers[there] = len(numbers)
                    queue.append(there)
                ways[back][name] = numbers[there]
            states.append(State(bool(here & self.every), *ways))
        return _merged(states)

    def _closure(self, some: set[int]) -> frozenset[int]:
        found, fresh = set(some), list(some)
        while fresh:
            for other in self.empty[fresh.pop()] - found:
                found.add(other)
                fresh.append(other)
        return frozenset(found)


def _merged(states: list[State]) -> tuple[State, ...]:
    """Return an automaton in which states from which the same is seen are one; a focus node's stays apart."""
    kinds, known = [min(number, 1) for number in range(len(states))], 1
    while len(set(kinds)) > known:
        numbers: dict[object, int] = {}
        known = len(set(kinds))
        kinds = [
            numbers.setdefault(
                (kind, one.every, *(frozenset(_via(way, kinds).items()) for way in (one.forward, one.inverse))), len(numbers)
            )
            for kind, one in zip(kinds, states, strict=True)
        ]
    first = dict(reversed(list(zip(kinds, states, strict=True))))
    return tuple(
        State(first[kind].every, _via(first[kind].forward, kinds), _via(first[kind].inverse, kinds)) for kind in sorted(first)
    )


def _via(way: Mapping[str, int], kinds: list[int]) -> dict[str, int]:
    return {name: kinds[then] for name, then in way.items()}


def _name(term: Term) -> str:
    if isinstance(term, IRI):
        return term.value
    raise Fault("shapes", f"'{_say(term)}' is named as a property", "name a property by its IRI")


def _say(term: Term) -> str:
    if isinstance(term, IRI):
        return vocab.curie(term.value, vocab.PREFIXES)
    return term.value if isinstance(term, Literal) else "a shape without a name"
