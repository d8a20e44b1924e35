"""A space whose graph lies in a durable store: asked there, and read into memory only as far as an instrument looks.

Queries go to the store. Instruments work on a space in memory: that of one incident holds the dossiers that speak of it, and of
all else what these refer to; that of no incident in particular holds everything.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from functools import cached_property
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from kgtools import derive, dossiers, keep, loading, turtle, vocab
from kgtools.faults import Fault
from kgtools.space import Space
from kgtools.store import DurableStore, open_store
from kgtools.store.disk import DiskStore
from kgtools.turtle import IRI, Literal, Triple
from kgtools.workspace import Workspace, home, model

if TYPE_CHECKING:
    from kgtools.evidence.settle import Settled

_LABELS = tuple(vocab.iri(name) for name in ("rdfs:label", "skos:altLabel", "skos:prefLabel", "schema:text"))
_FEW = 2000  # dossiers up to which a misspelt name is compared with every name there is
# Who or what points at an agent, a work or a claim and has to be known with it: posts, and who may be the same.
_TIES = tuple(map(vocab.iri, ("org:member", "cev:possiblySameAs")))


class HeldSpace(Space):
    """A space over a durable store."""

    def __init__(self, workspace: Workspace, held: DurableStore, where: str) -> None:
        super().__init__(workspace, held.withdrawn)
        self.store = self.held = held
        self.where = where

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
        return {file: list(self.held.triples(graph)) for file, graph in self.listed.items()}

    @property
    def version(self) -> str:
        """Return a key of the dossiers as they are held."""
        digests = self.held.held()
        return keep.key(*(part for file, graph in self.listed.items() for part in (file, digests[graph])))

    @property
    def graph_names(self) -> Collection[str]:
        """Return the IRIs of all named graphs."""
        return [*self.listed.values(), *map(vocab.derived_graph, self.listed.values()), *vocab.MODEL]

    def describes(self, iri: str) -> bool:
        """Say whether a file describes a node."""
        return self._file(iri) is not None

    def labels(self, space: str) -> Mapping[str, list[str]]:
        """Return the names of the nodes in a namespace that have any; of all nodes, if they are not too many."""
        if len(self.listed) <= _FEW:
            return super().labels(space)
        found: dict[str, list[str]] = {}
        lists = {t.subject for t in model()[vocab.MODEL_LISTS]}
        for predicate in _LABELS:
            for one in self.held.stating(predicate):
                if isinstance(one.subject, IRI) and one.subject not in lists and one.subject.value.startswith(space):
                    found.setdefault(one.subject.value, []).append(one.object.value if isinstance(one.object, Literal) else "")
        return found

    def file_of(self, node: str) -> str | None:
        """Return the file, below the graph folder, that describes a node given as CURIE or IRI."""
        prefix, _, local = node.partition(":")
        return self._file(self.prefixes[prefix] + local if prefix in self.prefixes else node)

    def _file(self, iri: str) -> str | None:
        stray = self.held.stray(iri)
        if stray is not None:
            return next(file for file, graph in self.listed.items() if graph == stray)
        file = home(iri, self.workspace.data_prefixes, self.listed.__contains__)
        return file if file in self.listed and self.held.about(iri) else None

    def around(self, incident: str) -> Space:
        """Return a space in memory of an incident (IRI): the dossiers that speak of it, and what they refer to.

        A service is asked itself: to gather so much in small questions takes longer.
        """
        return self if not isinstance(self.held, DiskStore) else _Around(self).space([incident])

    def about(self, name: str) -> Space:
        """Return a space in memory of a claim or incident, or of the claims with some words; all of it where none has them."""
        if not isinstance(self.held, DiskStore):
            return self
        try:
            return _Around(self).space([self.resolve(name)])
        except Fault:
            words = name.casefold()
            claims = [iri for iri, texts in self.labels(self.prefixes["claim"]).items() if words in " ".join(texts).casefold()]
            return _Around(self).space(claims) if claims else self

    def settle(self, sides: Iterable[str], state: str, kind: str = "", reason: str = "", language: str = "en") -> Settled:
        """Record in the dossier's file what was decided about a pair, and bring the store into step with the file.

        The files are the truth: what they say beyond what is held is loaded first, so that a rerun mends what was cut off.
        """
        listed = list(sides)
        files = [self._home(side) for side in listed]
        self._load(files)
        fresh = HeldSpace(self.workspace, open_store(self.where), self.where)
        done = Space.settle(fresh, listed, state, kind, reason, language)
        fresh.held.close()
        self._load([*files, done.file])
        return done

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
        found = dossiers.find(dict.fromkeys(files), self.workspace)
        with open_store(self.where, write=True, withdrawn=self.withdrawn) as store:
            loading.load(store, found, self.workspace)


def held(workspace: Workspace, where: str, withdrawn: bool) -> Space:
    """Return the space of a store: asked there, or in memory where withdrawn records are to be shown and it hides them."""
    space = HeldSpace(workspace, open_store(where), where)
    if withdrawn == space.withdrawn:
        return space
    shown = Space(workspace, withdrawn)
    shown.every_file = space.every_file
    return shown


class _Around:
    """The neighbourhood of nodes, gathered in the store."""

    def __init__(self, space: HeldSpace) -> None:
        self._space, self._held = space, space.held
        self._gone = frozenset[str]() if space.withdrawn else frozenset().union(*self._held.withdrawn_records().values())
        self._files: dict[str, list[Triple]] = {}
        self._whole: set[str] = set()
        self._derived: list[Triple] = []
        self._known: set[str] = set()
        self._sought: list[str] = []

    def space(self, nodes: list[str]) -> Space:
        """Return a space in memory: dossiers that speak of the nodes whole, else single records that are referred to."""
        near = dict.fromkeys([*nodes, *(one for node in nodes for one in self._held.pointing(None, node))])
        for file in {file for node in near if (file := self._space.file_of(node)) and not dossiers.shared(file)}:
            self._take_file(file)
        self._sought.extend(one for node in list(self._known) for one in self._held.pointing(None, node))
        self._sought.extend(near)
        while self._sought:
            self._take_node(self._sought.pop())
        found = Space(self._space.workspace, self._space.withdrawn)
        files = {file: listed if file in self._whole else turtle.ordered(listed) for file, listed in self._files.items()}
        found.files = dict(sorted(files.items(), key=lambda one: PurePosixPath(one[0])))
        found.derived = self._derived
        return found

    def _take_file(self, file: str) -> None:
        triples = loading.visible(list(self._held.triples(self._space.listed[file])), self._gone)
        self._files[file] = triples
        self._whole.add(file)
        subjects = dict.fromkeys(t.subject.value for t in triples if isinstance(t.subject, IRI))
        own = set(triples)
        self._known |= subjects.keys()
        self._derived.extend(t for node in subjects for t in self._held.about(node) if t not in own)
        self._refer(triples)

    def _refer(self, triples: Iterable[Triple]) -> None:
        self._sought.extend(t.object.value for t in triples if isinstance(t.object, IRI))

    def _take_node(self, node: str) -> None:
        if node in self._known:
            return
        self._known.add(node)
        file = self._space.file_of(node)
        if file is None:
            return
        said = self._held.about(node)
        own = derive.stated(said)
        self._files.setdefault(file, []).extend(own)
        self._derived.extend(set(said) - set(own))
        self._refer(own)
        self._sought.extend(one for name in _TIES for one in self._held.pointing(name, node))
