"""What needs all dossiers at once: check queries and questions, asked of a store that is filled from the parts."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path, PurePosixPath

from kgtools import vocab
from kgtools.bulk.place import Place
from kgtools.bulk.setting import Setting
from kgtools.bulk.work import Record, made_of
from kgtools.check import questions, rules
from kgtools.faults import Finding
from kgtools.space import Space
from kgtools.store import Dossier, MemoryStore, Truth
from kgtools.store.disk import DiskStore
from kgtools.turtle import IRI, Triple, serialise
from kgtools.workspace import Workspace, model

Step = Callable[[int, int], None]
Where = Callable[[str], set[str]]
IN_MEMORY = 1_000_000  # triples up to which the store lies in memory


def findings(setting: Setting, records: list[Record], where: Where, step: Step = lambda *_: None) -> list[Finding]:
    """Return what check queries and questions find in all parts; `where` tells in which files a node may be described."""
    triples = sum(one.triples + one.derived for one in records)
    with _workspace(setting) as workspace, _folder(setting) as folder:
        space = Whole(setting, workspace, where, step)
        store = space.in_memory() if triples <= IN_MEMORY else space.on_disk(folder)
        try:
            space.store = store
            return rules.findings(space) + questions.findings(space)
        finally:
            if isinstance(store, DiskStore):
                store.abandon()


class Whole(Space):
    """All dossiers as one space over a store; what the store cannot tell is read from the parts, one after another."""

    def __init__(self, setting: Setting, workspace: Workspace, where: Where, step: Step) -> None:
        super().__init__(workspace, setting.withdrawn)
        self._setting, self._where, self._step = setting, where, step
        self.names = sorted(setting.names, key=PurePosixPath)
        self.files = _Files(setting, self.names)  # type: ignore[assignment]

    def in_memory(self) -> MemoryStore:
        """Return a store in memory that holds all parts."""
        store = MemoryStore()
        for graph, triples in model().items():
            (store.load if graph == vocab.MODEL_LISTS else store.load_apart)(graph, triples)
        for one in self._dossiers():
            store.load_union((*one.triples, *one.derived))
        store.load_later(self._named)
        return store

    def on_disk(self, folder: Path) -> DiskStore:
        """Return a store in a new folder that holds all parts."""
        store = DiskStore(folder, write=True, withdrawn=self.withdrawn)
        store.load_model(model(), [vocab.MODEL_LISTS], "as it is")
        store.fill(self._dossiers())
        return store

    def _dossiers(self) -> Iterator[Dossier]:
        for done, name in enumerate(self.names, 1):
            own, derived = made_of(self._setting, name)
            graph = self.workspace.graph_name(name)
            text = serialise(own, "ntriples")
            yield Dossier(graph, name, "as it is", text, text, serialise(derived, "ntriples"))
            self._step(done, len(self.names))

    def _named(self) -> dict[str, list[Triple]]:
        named = {one.graph: list(one.triples) for one in self._dossiers()}
        return named | {vocab.derived_graph(one.graph): list(one.derived) for one in self._dossiers()}

    @property
    def graph_names(self) -> Collection[str]:
        """Return the IRIs of all named graphs."""
        graphs = [self.workspace.graph_name(name) for name in self.names]
        return [*graphs, *map(vocab.derived_graph, graphs), *vocab.MODEL]

    def describes(self, iri: str) -> bool:
        """Say whether a file describes a node."""
        return self._file(iri) is not None

    def file_of(self, node: str) -> str | None:
        """Return the file, below the graph folder, that describes a node given as CURIE or IRI."""
        prefix, _, local = node.partition(":")
        return self._file(self.prefixes[prefix] + local if prefix in self.prefixes else node)

    def _file(self, iri: str) -> str | None:
        try:
            node = IRI(iri)
        except ValueError:
            return None
        near = [name for name in self.names if name in self._where(iri)]
        if len(near) > 1:  # the last one counts, as it does where all files are read
            return next((name for name in reversed(near) if any(t.subject == node for t in self.files[name])), None)
        return near[0] if near and self.store.query(f"ASK {{ {node} ?p ?o }}") == Truth(True) else None

    def labels(self, space: str) -> Mapping[str, list[str]]:
        """Return the labels and texts of every node in a namespace."""
        found: dict[str, list[str]] = {}
        for name, triples in self.files.items():
            one = Space(self.workspace)
            one.files = {name: triples}
            for iri, names in one.labels(space).items():
                found.setdefault(iri, []).extend(names)
        return found


class _Files(Mapping[str, list[Triple]]):
    """The triples of every file by file, read when they are asked for and not kept."""

    def __init__(self, setting: Setting, names: list[str]) -> None:
        self._setting, self._names = setting, names

    def __getitem__(self, name: str) -> list[Triple]:
        return made_of(self._setting, name)[0]

    def __iter__(self) -> Iterator[str]:
        return iter(self._names)

    def __len__(self) -> int:
        return len(self._names)


@contextmanager
def _workspace(setting: Setting) -> Iterator[Workspace]:
    """Give the workspace with its own queries, which are brought here if they lie elsewhere."""
    place = Place(setting.queries)
    if not setting.queries or not place.far:
        yield setting.workspace
        return
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "queries").mkdir()
        place.bring([name for name in place.names(".rq") if "/" not in name], Path(folder) / "queries")
        yield replace(setting.workspace, root=Path(folder))


@contextmanager
def _folder(setting: Setting) -> Iterator[Path]:
    """Give a folder for the store, beside the parts if these lie on this machine, and take it away afterwards."""
    if setting.out.far:
        with tempfile.TemporaryDirectory() as folder:
            yield Path(folder) / "store"
        return
    here = Path(setting.output) / "whole.store"
    shutil.rmtree(here, ignore_errors=True)
    try:
        yield here
    finally:
        shutil.rmtree(here, ignore_errors=True)
