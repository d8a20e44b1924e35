"""The index of a folder of files, kept in the cache from one call to the next, and that of a store, kept beside it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

from kgtools import keep, turtle
from kgtools.archive import sha256
from kgtools.faults import Fault
from kgtools.search.index import TextIndex
from kgtools.turtle import Triple
from kgtools.workspace import Workspace

Read = Callable[[str], Iterable[Triple]]
Tell = Callable[[str], None]


def of_files(workspace: Workspace) -> TextIndex:
    """Return the index of a workspace's files, of which only those are parsed that changed since it was kept last."""
    paths = {workspace.graph_name(workspace.relative(path)): path for path in workspace.files}
    raw = {graph: turtle.read(path) for graph, path in paths.items()}
    digests = {graph: sha256(data) for graph, data in raw.items()}
    return of_others(str(workspace.graph.resolve()), digests, lambda graph: turtle.parse_text(raw[graph], str(paths[graph])))


def of_others(where: str, digests: Mapping[str, str], read: Read, tell: Tell = lambda _: None) -> TextIndex:
    """Return the index of dossiers (graph IRI -> content hash) that lie somewhere, kept in the cache under that place."""
    name = keep.key(where, keep.rules("fold.py", "search/index.py"))
    index = TextIndex(data=keep.kept("search", name))
    if new := digests.items() - index.held().items():
        tell(f"reading {len(new)} dossiers from {where} for the search index, which the cache keeps")
    change = index.sync(digests, read)
    if change.indexed or change.dropped:
        keep.keep("search", name, index.data())
    return index


FILE = "search.sqlite"


def of_store(folder: Path, held: Mapping[str, str], read: Read, tell: Tell) -> TextIndex:
    """Return the index of a store in a folder, in step with what it holds (graph IRI -> content hash).

    It lies in the folder. Where that cannot be written, an index in memory is made for this once.
    """
    path = folder / FILE
    if not path.exists():
        tell(f"making the search index of {len(held)} dossiers, once: {path}")
    try:
        index = TextIndex(path)
        index.sync(held, read)
    except Fault as fault:
        if fault.where != str(path):
            raise
        tell(f"{fault.where}: {fault.what}: the index is made in memory, for this once")
        index = TextIndex()
        index.sync(held, read)
    return index
