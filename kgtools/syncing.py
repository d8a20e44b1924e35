"""Keeping a workspace and a server in step: push and pull, dossier by dossier, and nothing of anybody's lost.

What both sides had in common when they were last synchronised is noted in the workspace, by server: `.kgtools-synced.json`, for
this copy of the workspace alone. A side that still has what they had in common may be overwritten; where both have changed, or
nothing is noted, it is said and left to whoever calls, as git does. Derived facts and books stay on the server.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from kgtools import dossiers, loading, turtle
from kgtools.faults import Fault
from kgtools.output import save
from kgtools.workspace import Workspace

if TYPE_CHECKING:
    from kgtools.store.remote import RemoteStore

NOTED = ".kgtools-synced.json"
_FILE = re.compile(r"(?:[\w-][\w.-]*/)*[\w-][\w.-]*\.ttl")
Step = Callable[[int, int], None]


@dataclass
class Common:
    """What a server and this copy of the workspace had in common last: of each graph, the hash there and the hash here."""

    path: Path
    server: str
    states: dict[str, tuple[str, str]] = field(default_factory=dict)

    @classmethod
    def of(cls, workspace: Workspace, server: str) -> Common:
        """Return what is noted for a server; raise Fault if the notes cannot be read."""
        path = workspace.root / NOTED
        try:
            noted = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
            states = {str(graph): (str(there), str(here)) for graph, (there, here) in noted.get(server, {}).items()}
        except (OSError, ValueError, TypeError, AttributeError) as error:
            raise Fault(str(path), "cannot be read", "take it away; what differs is then asked about once") from error
        return cls(path, server, states)

    def save(self) -> None:
        """Write the notes, those for other servers untouched."""
        noted = json.loads(self.path.read_text(encoding="utf-8")) if self.path.exists() else {}
        noted[self.server] = dict(sorted(self.states.items()))
        save(self.path, json.dumps(noted, indent=1, sort_keys=True) + "\n")


@dataclass(frozen=True)
class Pulled:
    """The files that a pull wrote, how many were the same, and what was left as it is, in sentences."""

    written: list[str]
    same: int
    left: list[str]


def push(
    store: RemoteStore, workspace: Workspace, server: str, force: bool = False, step: Step = lambda _done, _of: None,
    paths: Sequence[Path] = (),
) -> tuple[loading.Loaded, list[str]]:  # fmt: skip
    """Bring a server into step with a workspace, or some files of it; return what was done, and what was left, in sentences.

    Raises Fault, before anything is sent, where the server holds what nobody here has seen, unless told to overwrite it.
    """
    found = dossiers.find(paths or [workspace.root], workspace)
    common, held = Common.of(workspace, server), store.held()
    here = {item.graph: item.digest for item in found.items}
    changed = [item.file for item in found.items if not force and _unseen_there(item.graph, item.digest, held, common, store)]
    if changed:
        cure = "pull first, and settle it here, or overwrite it with --force"
        raise Fault(server, f"holds another state of {_some(changed)} than this workspace has seen", cure)
    beyond = [graph for graph in held if graph not in here and graph.startswith(found.whole)]
    kept = [graph for graph in beyond if not force and common.states.get(graph, ("", ""))[0] != held[graph]]
    done = loading.load(store, found, workspace, step=step, spared=kept)
    common.states = {**(common.states if paths else {}), **{graph: (digest, digest) for graph, digest in here.items()}}
    common.save()
    left = [f"{_name(graph)} is on the server and not here: pull it, or drop it there with --force" for graph in kept]
    return done, left


def _unseen_there(graph: str, digest: str, held: Mapping[str, str], common: Common, store: RemoteStore) -> bool:
    """Say whether a server has something that this workspace has not seen, in the place of what would be pushed."""
    there, here = common.states.get(graph, ("", ""))
    if graph not in held:  # dropped there, and not changed here since
        return bool(here) and here == digest and digest in store.before().get(graph, ())
    return held[graph] not in (digest, there, "")  # a change that was cut off is nobody's state


def pull(
    store: RemoteStore, workspace: Workspace, server: str, force: bool = False, step: Step = lambda _done, _of: None
) -> Pulled:
    """Bring a workspace into step with a server, each file written whole or not at all; say what was done.

    Raises Fault, before anything is written, where a file differs both from the server and from what they had in common.
    """
    space, held = workspace.data_prefixes["graph"], store.held()
    common, before = Common.of(workspace, server), store.before()
    files = {file: graph for file, graph in store.files().items() if graph.startswith(space)}
    bad = [file for file in files if not _FILE.fullmatch(file)]
    if bad:
        raise Fault(server, f"names a file that no workspace has ({bad[0]!r})", "push it anew from the workspace that it is of")
    here = {file: _digest(workspace.graph / file) for file in files}
    wanted = [file for file, graph in files.items() if not _same(here[file], held[graph], graph, common)]
    asked = [] if force else wanted
    removed = [file for file in asked if not here[file] and common.states.get(files[file], ("",))[0] == held[files[file]]]
    changed = [file for file in asked if here[file] and not _seen_here(files[file], here[file], common, before)]
    if changed:
        cure = "push it, or commit it and take the server's state with --force"
        raise Fault(
            str(workspace.graph), f"{_some(changed)} differs both from the server and from what they last had in common", cure
        )
    written = [file for file in wanted if file not in removed]
    for count, file in enumerate(written, 1):
        data = _content(store, files[file], held[files[file]], workspace)
        place = workspace.graph / file
        place.parent.mkdir(parents=True, exist_ok=True)
        save(place, data)
        common.states[files[file]] = (held[files[file]], hashlib.sha256(data).hexdigest())
        common.save()
        step(count, len(written))
    for file, graph in files.items():
        if file not in wanted:
            common.states[graph] = (held[graph], here[file])
    common.save()
    left = [*_left(removed, "was removed here: push drops it there"), *_alone(workspace, files)]
    return Pulled(written, len(files) - len(wanted), left)


def _same(here: str, there: str, graph: str, common: Common) -> bool:
    return here == there or (bool(here) and common.states.get(graph) == (there, here))


def _seen_here(graph: str, here: str, common: Common, before: Mapping[str, Iterable[str]]) -> bool:
    """Say whether a file is as it was when last in common, or, where nothing is noted, as the server had it once."""
    noted = common.states.get(graph)
    return noted[1] == here if noted else here in before.get(graph, ())


def _content(store: RemoteStore, graph: str, digest: str, workspace: Workspace) -> bytes:
    """Return a dossier as its file was, or, if it was loaded from another form, in the layout of the workspace."""
    data = store.content(graph)
    if hashlib.sha256(data).hexdigest() == digest:
        return data
    return turtle.write(turtle.parse_text(data, graph), workspace.prefixes).encode("utf-8")


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else ""


def _alone(workspace: Workspace, files: Iterable[str]) -> list[str]:
    """Return a sentence for each file that the server does not hold."""
    return _left(sorted({workspace.relative(path) for path in workspace.files} - set(files)), "is not on the server: push it")


def _left(files: Iterable[str], what: str) -> list[str]:
    return [f"{file} {what}" for file in files]


def _name(graph: str) -> str:
    return graph.rpartition("/")[2]


def _some(names: list[str]) -> str:
    return ", ".join(names[:5]) + (f" and {len(names) - 5} more" if len(names) > 5 else "")
