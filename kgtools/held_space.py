"""A space whose graph lies in a durable store: asked there, and read into memory only as far as an instrument looks.

Queries go to the store. Instruments work on a space in memory: that of one incident holds the dossiers that speak of it, and of
all else what these refer to; that of no incident in particular holds everything.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from functools import cached_property
from pathlib import PurePosixPath

from kgtools import keep, vocab
from kgtools.space import Space
from kgtools.store import DurableStore
from kgtools.turtle import IRI, Literal, Triple
from kgtools.workspace import Workspace, home, model

_LABELS = tuple(vocab.iri(name) for name in ("rdfs:label", "skos:altLabel", "skos:prefLabel", "schema:text"))
_FEW = 2000  # dossiers up to which a misspelt name is compared with every name there is


class HeldSpace(Space):
    """A space over a durable store."""

    def __init__(self, workspace: Workspace, held: DurableStore) -> None:
        super().__init__(workspace, held.withdrawn)
        self.held = held
        self.store = held

    @cached_property
    def listed(self) -> dict[str, str]:
        """Return the graph of every dossier by its file, in the order of the files."""
        return dict(sorted(self.held.files().items(), key=lambda one: PurePosixPath(one[0])))

    @cached_property
    def every_file(self) -> dict[str, list[Triple]]:
        """Return the triples of every file, withdrawn records included."""
        digests = self.held.held()
        parts = (part for file, graph in self.listed.items() for part in (file, digests[graph]))
        self._read = keep.key("held", str(self.withdrawn), *parts)
        return {file: list(self.held.triples(graph)) for file, graph in self.listed.items()}

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


def held(workspace: Workspace, store: DurableStore, withdrawn: bool) -> Space:
    """Return the space of a store: asked there, or in memory where withdrawn records are to be shown and it hides them."""
    space = HeldSpace(workspace, store)
    if withdrawn == store.withdrawn:
        return space
    shown = Space(workspace, withdrawn)
    shown.every_file = space.every_file
    return shown
