"""Loading dossiers into a durable store: found, compared by content hash, prepared one by one, applied at once.

A dossier whose hash is unchanged is skipped, a changed one is replaced, and one that is gone is dropped where a whole workspace
is loaded, or where told to. `prepare` is a pure function of one file, the rules and what lies around it, so that others may run
it; what is prepared is applied in one step for all dossiers, so that a fault in any file leaves the store as it was.
"""

from __future__ import annotations

import zlib
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path

from kgtools import derive, keep, vocab
from kgtools.chains import Said
from kgtools.dossiers import Found, Item
from kgtools.store import Dossier, DurableStore
from kgtools.turtle import IRI, Term, Triple, parse_triples, serialise
from kgtools.workspace import Workspace, home, model, shipped

_GONE, _REPORTS = (vocab.iri(name) for name in ("cev:withdrawnOn", "cev:reports"))
Step = Callable[[int, int], None]


@dataclass(frozen=True)
class Loaded:
    """How many dossiers were loaded, replaced, skipped and dropped."""

    loaded: int
    replaced: int
    skipped: int
    dropped: int

    def line(self) -> str:
        """Return it as a sentence."""
        return f"{self.loaded} loaded, {self.replaced} replaced, {self.skipped} skipped, {self.dropped} dropped"


class Facets:
    """What derivations read of nodes, in memory."""

    def __init__(self, listed: Iterable[Iterable[Triple]] = ()) -> None:
        self._said: dict[str, dict[str, list[Term]]] = {}
        self._reporters: dict[str, set[str]] = defaultdict(set)
        for triples in listed:
            self.add(triples)

    def add(self, triples: Iterable[Triple]) -> None:
        """Take in what triples say that a derivation may read."""
        for t in triples:
            if isinstance(t.subject, IRI):
                said = self._said.setdefault(t.subject.value, {})
                name = t.predicate.value
                if name in derive.READ:
                    said.setdefault(name, []).append(t.object)
                    if name == _REPORTS and isinstance(t.object, IRI):
                        self._reporters[t.object.value].add(t.subject.value)

    def describe(self, subject: str) -> Mapping[str, list[Term]] | None:
        """Return what is said of a subject, by predicate; None if nothing is known of it."""
        return self._said.get(subject)

    def reporters(self, subject: str) -> Iterable[str]:
        """Return the assertions that report one."""
        return self._reporters.get(subject, ())

    def reported(self, subjects: Iterable[str]) -> set[str]:
        """Return what assertions report."""
        found = (term for one in subjects for term in self._said.get(one, {}).get(_REPORTS, ()))
        return {term.value for term in found if isinstance(term, IRI)}

    def differing(self, other: Facets) -> set[str]:
        """Return the nodes of which one knows something else than the other."""
        every = self._said.keys() | other._said.keys()
        return {one for one in every if _set(self._said.get(one)) != _set(other._said.get(one))}


def _set(said: Mapping[str, list[Term]] | None) -> object:
    return None if said is None else {name: frozenset(terms) for name, terms in said.items()}


class _Next:
    """What lies around a dossier once a change is made: the new dossiers, else the store without the old ones."""

    def __init__(self, store: DurableStore, new: Facets, old: set[str]) -> None:
        self._store, self.new, self._old = store, new, old

    def describe(self, subject: str) -> Mapping[str, list[Term]] | None:
        found = self.new.describe(subject)
        if found is not None or subject in self._old:
            return found
        return Facets([self._store.describe([subject])]).describe(subject)

    def reporters(self, subject: str) -> Iterable[str]:
        found = {t.subject.value for t in self._store.pointers([subject], [_REPORTS]) if isinstance(t.subject, IRI)}
        return {*self.new.reporters(subject), *(found - self._old)}


def prepare(
    item: Item, raw: bytes, around: derive.Around, gone: frozenset[str], home: Callable[[str], str | None]
) -> tuple[Dossier, derive.Facts]:
    """Return a dossier with what is derived from it, given its file's bytes, what lies around it, and the withdrawn records.

    Raises Fault with line and column if the bytes cannot be parsed.
    """
    whole, content = item.lines(raw)
    text = serialise(visible(parse_triples(whole), gone), "ntriples") if gone else whole
    facts = derive.dossier(item.graph, text, around)
    stated = facts.stated if text is whole else Said({item.graph: whole}).objects
    dossier = Dossier(
        item.graph,
        item.file,
        item.digest,
        content,
        text,
        facts.text,
        derive.rules(),
        facts.read,
        keep.key(item.digest, str(text.count(b"\n")), facts.digest),
        frozenset(one for one, said in stated.items() if _GONE in said),
        frozenset(one for one in stated if home(one) != item.file),
    )
    return dossier, facts


def withdrawn(triples: Iterable[Triple]) -> frozenset[str]:
    """Return the records (IRIs) that triples withdraw."""
    return frozenset(t.subject.value for t in triples if t.predicate.value == _GONE and isinstance(t.subject, IRI))


def visible(triples: list[Triple], gone: frozenset[str]) -> list[Triple]:
    """Return triples without those of or about withdrawn records (IRIs)."""
    if not gone:
        return triples
    return [t for t in triples if not gone & {getattr(t.subject, "value", ""), getattr(t.object, "value", "")}]


def load(
    store: DurableStore, found: Found, workspace: Workspace, prune: bool = False, step: Step = lambda _done, _of: None,
    spared: Collection[str] = (),
) -> Loaded:  # fmt: skip
    """Bring a store, open for writing, into step with dossiers that were found, and say what was done.

    Dossiers that are held and were not found are dropped where their workspace was named whole, or all of them if `prune`,
    but for those spared.
    Raises Fault if a file cannot be read or parsed; then nothing of it all must be let hold.
    """
    held = store.held()
    store.load_model(model(), [vocab.MODEL_LISTS], _model_version())
    wanted = {item.graph for item in found.items}
    beyond = [graph for graph in held if graph not in wanted and graph not in spared]
    dropped = [graph for graph in beyond if prune or graph.startswith(found.whole)]
    change = _Change(store, workspace, found.items, dropped, step)
    changed = change.fill() if store.at_once and not held else change.update()
    replaced = len(changed & held.keys())
    return Loaded(len(changed) - replaced, replaced, len(found.items) - len(changed & wanted), len(dropped))


def _model_version() -> str:
    return keep.key(*((shipped("ontology") / name).read_bytes() for name in vocab.MODEL.values()))


class _Change:
    """One change of a store: dossiers to be put in, others to be taken away."""

    def __init__(self, store: DurableStore, workspace: Workspace, items: list[Item], dropped: list[str], step: Step) -> None:
        self.store, self.items, self.dropped, self.step = store, items, dropped, step
        self._held = store.held()
        self._graphs = {**store.files(), **{item.file: item.graph for item in items}}
        self._files = {graph: file for file, graph in self._graphs.items()}
        prefixes = workspace.data_prefixes
        self._home = lru_cache(10_000)(lambda node: home(node, prefixes, self._graphs.__contains__))

    def home(self, node: str) -> str | None:
        """Return the file in which a node is at home; None if no rule names one."""
        serial = node[-4:-3] == "-" and node[-3:].isdecimal()
        return self._home(f"{node[:-3]}000" if serial else node)  # all of one kind in a dossier have one home

    def graph_of(self, node: str) -> str | None:
        """Return the graph of the dossier that describes a node."""
        return self.store.stray(node) or self.graph_at_home(node) or None

    def graph_at_home(self, node: str) -> str:
        """Return the graph of the file in which a node is at home; nothing if there is none."""
        return self._graphs.get(self.home(node) or "", "")

    def fill(self) -> set[str]:
        """Load dossiers into an empty store in bulk; return their graphs.

        What a derivation reads around its dossier is in the files that all share, which come first, or where it is at home. A
        dossier that needs more is derived once all are in.
        """
        gone = self._gone({item.graph: item for item in self.items if item.marked})
        first = _First(self, gone)
        self.store.fill(first.dossiers())
        around = _Next(self.store, Facets(), set())
        later = [item for item in self.items if item.graph in first.later]
        self.store.fill(replace(self._prepared(item, around, gone), text=b"") for item in later)
        again = {graph for node in first.reported if (graph := self.graph_of(node))}
        if not self.store.withdrawn and first.withdrawn != gone:
            gone, again = frozenset(first.withdrawn), {item.graph for item in self.items}
        self.store.apply([self._prepared(item, around, gone) for item in self.items if item.graph in again])
        return {item.graph for item in self.items}

    def update(self) -> set[str]:
        """Put changed dossiers in, take others away, and derive anew what that touches; return the changed ones."""
        changed = {item.graph: item for item in self.items if self._held.get(item.graph) != item.digest}
        kept = self._held.keys() - changed.keys() - set(self.dropped)
        before = frozenset().union(*self.store.withdrawn_records().values()) if not self.store.withdrawn else frozenset()
        after = self._gone(changed)
        new = {**changed, **({graph: self._as_held(graph) for graph in kept} if before != after else {})}
        stay = kept - new.keys()
        old = {graph: visible(list(self.store.triples(graph)), before) for graph in self._held if graph not in stay}
        around = _Next(self.store, Facets(visible(item.parse(item.read()), after) for item in new.values()), _subjects(old))
        touched = self._touched(Facets(old.values()), around.new) | (self.store.made_by_other_rules(derive.rules()) & kept)
        items = {**{graph: self._as_held(graph) for graph in touched & kept}, **new}
        ready = []
        for done, (graph, item) in enumerate(sorted(items.items()), 1):
            dossier = self._prepared(item, around, after)
            if graph in changed or self.store.derived_from(graph) != (dossier.rules, dossier.read_digest):
                ready.append(dossier)
            self.step(done, len(items))
        if ready or self.dropped:
            self.store.apply(ready, self.dropped)
        return set(changed)

    def _prepared(self, item: Item, around: derive.Around, gone: frozenset[str]) -> Dossier:
        return prepare(item, item.read(), around, gone, self.home)[0]

    def _gone(self, changed: Mapping[str, Item]) -> frozenset[str]:
        """Return the records that are withdrawn once dossiers are changed and others dropped; none if all are to be shown."""
        if self.store.withdrawn:
            return frozenset()
        held = self.store.withdrawn_records()
        stay = [gone for graph, gone in held.items() if graph not in changed and graph not in self.dropped]
        return frozenset().union(*stay, *(withdrawn(item.parse(item.read())) for item in changed.values() if item.marked))

    def _touched(self, old: Facets, new: Facets) -> set[str]:
        """Return the graphs of the dossiers whose facts may change with what is said of nodes elsewhere."""
        nodes = old.differing(new)
        nodes |= old.reported(nodes) | new.reported(nodes)
        return {graph for node in nodes for graph in (*self.store.readers(node), self.graph_of(node)) if graph}

    def _as_held(self, graph: str) -> Item:
        data = zlib.compress(self.store.content(graph), 0)
        return Item(Path(self._files[graph]), self._files[graph], graph, self._held[graph], "turtle", True, data)


class _First:
    """The dossiers of a first load, one after another, and what is known once all have gone by."""

    def __init__(self, change: _Change, gone: frozenset[str]) -> None:
        self._change, self._gone = change, gone
        self._shared = Facets()
        self._items = {item.graph: item for item in change.items}
        self._asked: dict[str, Mapping[str, list[Term]] | None] = {}
        self.later: set[str] = set()
        self.reported: set[str] = set()
        self.withdrawn: set[str] = set()

    def describe(self, subject: str) -> Mapping[str, list[Term]] | None:
        """Return what the files that all share say of a subject, else the file in which it is at home; None if none does."""
        found = self._shared.describe(subject)
        if found is None and subject not in self._asked:
            item = self._items.get(self._change.graph_at_home(subject))
            triples = visible(item.parse(item.read()), self._gone) if item else []
            self._asked[subject] = Facets([triples]).describe(subject)
        return self._asked[subject] if found is None else found

    def reporters(self, subject: str) -> Iterable[str]:
        """Return the assertions in the files that all share that report one; others are asked for once all are in."""
        return self._shared.reporters(subject)

    def dossiers(self) -> Iterator[Dossier]:
        """Yield the dossiers; one that must wait for its facts has no hash, so that nothing is booked of it yet."""
        items = sorted(self._change.items, key=lambda item: ("/" in item.file, item.file))
        for done, item in enumerate(items, 1):
            dossier, facts = prepare(item, item.read(), self, self._gone, self._change.home)
            if "/" not in item.file:
                self._shared.add(dossier.triples)
            self.reported |= facts.reported & facts.read
            self.withdrawn |= dossier.gone
            if facts.missing:
                self.later.add(item.graph)
            self._change.step(done, len(items))
            yield replace(dossier, facts=b"", digest="") if facts.missing else dossier


def _subjects(dossiers: Mapping[str, list[Triple]]) -> set[str]:
    return {t.subject.value for triples in dossiers.values() for t in triples if isinstance(t.subject, IRI)}
