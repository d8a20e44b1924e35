"""A space whose graph lies in a durable store: asked there, and read into memory only as far as an instrument looks.

Queries go to the store. Instruments work on a space in memory: that of one incident holds the dossiers that speak of it, and of
all else what these refer to; that of no incident in particular holds everything.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from functools import cached_property
from pathlib import Path, PurePosixPath
from types import MappingProxyType
from typing import TYPE_CHECKING

from kgtools import derive, dossiers, keep, loading, syncing, turtle, vocab
from kgtools.chains import TYPE
from kgtools.faults import Fault
from kgtools.space import Space
from kgtools.store import DurableStore, Rows, open_store
from kgtools.store.disk import DiskStore
from kgtools.turtle import IRI, Literal, Triple
from kgtools.workspace import Workspace, home, model

if TYPE_CHECKING:
    from kgtools.evidence.settle import Settled

_LABELS = tuple(vocab.iri(name) for name in ("rdfs:label", "skos:altLabel", "skos:prefLabel", "schema:text"))
LARGE = 2_000_000  # triples above which whoever reads all of them is warned
_FEW = 2000  # dossiers up to which a misspelt name is compared with every name there is
# Who or what points at an agent, a work or a claim and has to be known with it: posts, and who may be the same.
_TIES = tuple(map(vocab.iri, ("org:member", "cev:possiblySameAs")))
_CLAIM, _TEXT, _CLAIMS = vocab.iri("cev:Claim"), vocab.iri("schema:text"), "claims.ttl"
_SPEAKER = vocab.iri("prov:wasAttributedTo")
_SHOWN = 10  # claims that instruments show at once


class HeldSpace(Space):
    """A space over a durable store."""

    def __init__(self, workspace: Workspace, held: DurableStore, where: str) -> None:
        super().__init__(workspace, held.withdrawn)
        self.store = self.held = held
        self.where = where
        self._named: dict[str, dict[str, list[str]]] = {}

    @cached_property
    def listed(self) -> dict[str, str]:
        """Return the graph of every dossier by its file, in the order of the files."""
        return dict(sorted(self.held.files().items(), key=lambda one: PurePosixPath(one[0])))

    def as_read(self) -> None:
        """Return nothing: what is held may differ from the files of a folder."""

    @cached_property
    def every_file(self) -> dict[str, list[Triple]]:
        """Return the triples of every file, withdrawn records included."""
        self._read = keep.key("held", str(self.withdrawn), self.version)
        if isinstance(self.held, DiskStore):  # which would look up derived facts node by node
            return {file: list(self.held.triples(graph)) for file, graph in self.listed.items()}
        triples = {graph: own for graph, own, _ in self.held.dossiers(self.listed.values())}
        return {file: triples[graph] for file, graph in self.listed.items()}

    @property
    def version(self) -> str:
        """Return a key of the dossiers as they are held."""
        digests = self.held.held()
        return keep.key(*(part for file, graph in self.listed.items() for part in (file, digests[graph])))

    @property
    def graph_names(self) -> Collection[str]:
        """Return the IRIs of all named graphs."""
        return [*self.listed.values(), *map(vocab.derived_graph, self.listed.values()), *vocab.MODEL]

    def is_large(self) -> bool:
        """Say whether the store holds more than two million triples."""
        found = self.held.query(f"SELECT ?s WHERE {{ ?s ?p ?o }} OFFSET {LARGE} LIMIT 1")
        return isinstance(found, Rows) and bool(found.rows)

    def describes(self, iri: str) -> bool:
        """Say whether a file describes a node, or, where a service was filled by others, whether anything does."""
        return self._file(iri) is not None if self.listed else bool(self.held.describe([iri]))

    def resolve(self, value: str, kind: str = "") -> str:
        """Return the IRI that a slug, CURIE, IRI or unambiguous label stands for; raise Fault as Space.resolve does."""
        try:
            return super().resolve(value, kind)
        except Fault as fault:
            if self.listed or kind in vocab.LISTS:
                raise
            raise self.unfilled(f"and so '{value}' is not known by this name") from fault

    def unfilled(self, so: str) -> Fault:
        """Return the fault of a store without dossiers."""
        return Fault(
            self.where, f"holds no dossier that kgtools put there, {so}", "fill it with `kgtools push` or `kgtools load`"
        )

    def labels(self, space: str) -> Mapping[str, list[str]]:
        """Return the names of the nodes in a namespace that have any; of all nodes, if they are not too many."""
        few = len(self.listed) <= _FEW
        if few and isinstance(self.held, DiskStore):
            return super().labels(space)
        if space not in self._named:
            lists = {getattr(t.subject, "value", "") for t in model()[vocab.MODEL_LISTS]}
            found: dict[str, list[str]] = {}
            for node, name in self.held.names(_LABELS, space):
                if node not in lists:
                    found.setdefault(node, []).append(name)
            nameless = (node for node, _ in self.held.names([TYPE.value], space)) if few else ()
            self._named[space] = {**{node: [] for node in nameless if node not in lists}, **found}
        return self._named[space]

    def file_of(self, node: str) -> str | None:
        """Return the file, below the graph folder, that describes a node given as CURIE or IRI."""
        prefix, _, local = node.partition(":")
        return self._file(self.prefixes[prefix] + local if prefix in self.prefixes else node)

    def _file(self, iri: str) -> str | None:
        stray = self.held.stray(iri)
        if stray is not None:
            return next(file for file, graph in self.listed.items() if graph == stray)
        file = self.home(iri)
        return file if file and self.held.describe([iri]) else None

    def home(self, iri: str) -> str | None:
        """Return the file in which a node is at home; None if no file that is held is."""
        file = home(iri, self.workspace.data_prefixes, self.listed.__contains__)
        return file if file in self.listed else None

    def around(self, incident: str) -> Space:
        """Return a space in memory of an incident (IRI): the dossiers that speak of it, and what they refer to."""
        return _Around(self).space([incident])

    def with_speakers(self, incident: str) -> Space:
        """Return a space in memory of an incident (IRI), and of all that those who speak of it say of anything."""
        return _Around(self).space([incident], speakers=True)

    def about(self, name: str) -> Space:
        """Return a space in memory of a claim or incident, or of the claims with some words.

        Where it is none, or the words stand in too many claims to show, it is one of the texts of all claims.
        """
        exact = self.named(name, "incident") or self.named(name, "claim")
        if exact:
            return _Around(self).space([exact])
        texts = self.labels(self.prefixes["claim"])
        words = name.casefold().split()
        found = {claim for claim, said in texts.items() if all(word in " ".join(said).casefold() for word in words)}
        nodes = [*(found if len(found) <= _SHOWN else ()), *self._labelled(name)]
        return _Around(self).space(nodes, {} if nodes and len(found) <= _SHOWN else texts)

    def _labelled(self, name: str) -> Iterator[str]:
        """Yield the claim and the incident that a label stands for."""
        for kind in ("claim", "incident"):
            with contextlib.suppress(Fault):
                yield self.resolve(name, kind)

    def settle(self, sides: Iterable[str], state: str, kind: str = "", reason: str = "", language: str = "en") -> Settled:
        """Record in the dossier's file what was decided about a pair, and bring the store into step with the file.

        The files are the truth: what they say beyond what is held is loaded first, so that a rerun mends what was cut off.
        """
        listed = list(sides)
        files = [self._home(side) for side in listed]
        self._load(files)
        with open_store(self.where) as store:
            fresh = HeldSpace(self.workspace, store, self.where)
            done = Space.settle(fresh._beside(listed), listed, state, kind, reason, language)
        self._load([*files, done.file])
        return done

    def _beside(self, sides: list[str]) -> Space:
        """Return a space in memory of what is to be settled; this one where a name stands for nothing."""
        try:
            kind = "discrepancy" if len(sides) == 1 else "assertion"
            return _Around(self).space([self.resolve(side, kind) for side in sides])
        except Fault:
            return self

    def _home(self, side: str) -> Path:
        """Return the file in which a side must be described; raise Fault if the workspace has no such file."""
        iri = self.resolve(side, "assertion") if self._known(side) else side
        prefix, colon, local = side.partition(":")
        slug = re.sub(r"-[0-9]{3}$", "", local if colon else prefix)
        file = self.file_of(iri) or f"incidents/{slug}.ttl"
        path = self.workspace.graph / file
        if not path.is_file():
            raise Fault(
                "settle", f"the workspace {self.workspace.name} has no {file}", "name that from which the store was loaded"
            )
        return path

    def _known(self, side: str) -> bool:
        try:
            return bool(self.resolve(side, "assertion"))
        except Fault:
            return False

    def _load(self, files: Iterable[Path]) -> None:
        paths = list(dict.fromkeys(files))
        with open_store(self.where, write=True, withdrawn=self.withdrawn) as store:
            if isinstance(store, DiskStore):
                loading.load(store, dossiers.find(paths, self.workspace), self.workspace)
            else:  # which others may have written to
                syncing.push(store, self.workspace, self.where, paths=paths)


def held(workspace: Workspace, where: str, withdrawn: bool) -> Space:
    """Return the space of a store: asked there, or in memory where withdrawn records are to be shown and it hides them."""
    space = HeldSpace(workspace, open_store(where), where)
    if withdrawn == space.withdrawn:
        return space
    shown = Space(workspace, withdrawn)
    shown.every_file = space.every_file
    return shown


class _Around:
    """The neighbourhood of nodes, gathered in the store: all that is sought of one round at once."""

    def __init__(self, space: HeldSpace) -> None:
        if not space.listed:
            raise space.unfilled("and only these can be weighed; `kgtools query` asks it whatever it holds")
        self._space, self._held = space, space.held
        self._gone = frozenset[str]() if space.withdrawn else frozenset().union(*self._held.withdrawn_records().values())
        self._files: dict[str, list[Triple]] = {}
        self._whole: set[str] = set()
        self._derived: list[Triple] = []
        self._known: set[str] = set()
        self._sought: set[str] = set()

    def space(self, nodes: list[str], texts: Mapping[str, list[str]] = MappingProxyType({}), speakers: bool = False) -> Space:
        """Return a space in memory: dossiers that speak of the nodes whole, else single records that are referred to.

        Of further claims (IRIs) it has the texts; of their speakers, if wanted, all that they say.
        """
        near = {*nodes, *self._pointing(nodes)}
        self._take_files({file for file in self._homes(near).values() if not dossiers.shared(file)})
        self._sought |= near | self._pointing(self._known)
        self._take_all()
        if speakers:
            told = (t for triples in self._files.values() for t in triples if t.predicate.value == _SPEAKER)
            self._sought |= self._pointing({t.object.value for t in told if isinstance(t.object, IRI)}, [_SPEAKER])
            self._take_all()
        for claim in texts.keys() - self._known:
            said = [Triple(IRI(claim), IRI(_TEXT), Literal(text)) for text in texts[claim]]
            self._files.setdefault(_CLAIMS, []).extend([Triple(IRI(claim), TYPE, IRI(_CLAIM)), *said])
        found = Space(self._space.workspace, self._space.withdrawn)
        found.centre = ", ".join(map(self._space.short, sorted(nodes)))
        files = {file: listed if file in self._whole else turtle.ordered(listed) for file, listed in self._files.items()}
        found.files = dict(sorted(files.items(), key=lambda one: PurePosixPath(one[0])))
        found.derived = self._derived
        return found

    def _take_all(self) -> None:
        while sought := sorted(self._sought - self._known):
            self._sought = set()
            self._take_nodes(sought)

    def _pointing(self, nodes: Collection[str], predicates: Collection[str] = ()) -> set[str]:
        found = self._held.pointers(nodes, predicates) if nodes else ()
        return {t.subject.value for t in found if isinstance(t.subject, IRI)}

    def _homes(self, nodes: Collection[str]) -> dict[str, str]:
        """Return the file of each of some nodes that has one."""
        away = self._held.strays(nodes)
        files = {graph: file for file, graph in self._space.listed.items()} if away else {}
        found = {node: files[away[node]] if node in away else self._space.home(node) for node in nodes}
        return {node: file for node, file in found.items() if file}

    def _take_files(self, files: Collection[str]) -> None:
        graphs = {self._space.listed[file]: file for file in sorted(files)}
        for graph, own, derived in self._held.dossiers(graphs):
            triples = loading.visible(own, self._gone)
            self._files[graphs[graph]] = triples
            self._whole.add(graphs[graph])
            self._known |= {t.subject.value for t in triples if isinstance(t.subject, IRI)}
            self._derived.extend(derived)
            self._refer(triples)

    def _refer(self, triples: Iterable[Triple]) -> None:
        self._sought.update(t.object.value for t in triples if isinstance(t.object, IRI))

    def _take_nodes(self, nodes: list[str]) -> None:
        self._known.update(nodes)
        homes = self._homes(nodes)
        said: dict[str, list[Triple]] = {}
        for t in self._held.describe(homes):
            said.setdefault(getattr(t.subject, "value", ""), []).append(t)
        for node, listed in said.items():
            own = derive.stated(listed)
            self._files.setdefault(homes[node], []).extend(own)
            self._derived.extend(set(listed) - set(own))
            self._refer(own)
        self._sought |= self._pointing(said, _TIES)
