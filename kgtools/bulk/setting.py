"""What every worker has to know: where the dossiers lie, which there are, what is to be done, where it goes."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any

from kgtools import derive, keep, turtle
from kgtools.bulk.place import Place
from kgtools.faults import Fault
from kgtools.turtle import Triple
from kgtools.workspace import Workspace

NAME = "setting.json"


@dataclass(frozen=True)
class Listed(Workspace):
    """A workspace of which only the names of its files and the text of workspace.ttl are at hand."""

    names: tuple[str, ...] = ()
    text: bytes = b""

    @cached_property
    def files(self) -> tuple[Path, ...]:
        """List the files of the graph, sorted, whether they lie here or not."""
        return tuple(self.graph / name for name in self.names)

    @cached_property
    def declarations(self) -> list[Triple]:
        """Return the triples of workspace.ttl."""
        return turtle.parse_text(self.text, "workspace.ttl")


@dataclass(frozen=True)
class Setting:
    """The locations of graph folder and output, the files, workspace.ttl, what is to be done, where documents and queries are.

    `whole` says whether what needs the whole graph is done too. A location of documents or queries may be missing.
    """

    graph: str
    output: str
    names: tuple[str, ...]
    declared: str
    withdrawn: bool = False
    validate: bool = True
    fast: bool = False
    whole: bool = True
    documents: tuple[str, ...] = ()
    queries: str = ""

    @cached_property
    def workspace(self) -> Listed:
        """Return the workspace that the files make."""
        root = Path(self.graph)
        return Listed(root.parent, root, (), names=self.names, text=self.declared.encode("utf-8"))

    @property
    def place(self) -> Place:
        """Return the folder of the graph."""
        return Place(self.graph)

    @property
    def out(self) -> Place:
        """Return the folder of the output."""
        return Place(self.output)

    @cached_property
    def version(self) -> str:
        """Return a key of all but the dossiers on which a part depends."""
        modules = [f"{name}.py" for name in ("dates", "fold", "vocab", "workspace", "bulk/work")]
        modules += [f"search/{name}.py" for name in ("entries", "index")]
        modules += [f"check/{name}.py" for name in ("cut", "engines", "files", "rules", "shapes", "sight")]
        return keep.key(
            keep.rules(*modules), derive.rules(), self.declared, *map(str, (self.withdrawn, self.validate, self.fast))
        )

    def save(self) -> Given:
        """Write the setting to the output, where workers read it, and return how they find it."""
        text = json.dumps(asdict(self), ensure_ascii=False)
        self.out.write(NAME, text.encode("utf-8"))
        return Given(self.output, keep.key(text))


@dataclass(frozen=True)
class Given:
    """A setting by the folder in which it lies and its hash."""

    output: str
    digest: str

    def load(self) -> Setting:
        """Return the setting, read once by each process; raise Fault if another run has written its own meanwhile."""
        return _load(self)


@lru_cache(maxsize=4)
def _load(given: Given) -> Setting:
    text = Place(given.output).read(NAME).decode("utf-8")
    if keep.key(text) != given.digest:
        raise Fault(given.output, "another run writes here at the same time", "wait for it, or choose another folder")
    data: dict[str, Any] = json.loads(text)
    return Setting(**{**data, "names": tuple(data["names"]), "documents": tuple(data["documents"])})
