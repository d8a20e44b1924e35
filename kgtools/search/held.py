"""The index of a folder of files, kept in the cache from one call to the next."""

from __future__ import annotations

from kgtools import keep, turtle
from kgtools.archive import sha256
from kgtools.search.index import TextIndex
from kgtools.workspace import Workspace


def of_files(workspace: Workspace) -> TextIndex:
    """Return the index of a workspace's files, of which only those are parsed that changed since it was kept last."""
    name = keep.key(str(workspace.graph.resolve()), keep.rules("fold.py", "search/index.py"))
    index = TextIndex(data=keep.kept("search", name))
    paths = {workspace.graph_name(workspace.relative(path)): path for path in workspace.files}
    raw = {graph: turtle.read(path) for graph, path in paths.items()}
    change = index.sync(
        {graph: sha256(data) for graph, data in raw.items()},
        lambda graph: turtle.parse_text(raw[graph], str(paths[graph])),
    )
    if change.indexed or change.dropped:
        keep.keep("search", name, index.data())
    return index
