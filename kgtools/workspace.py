"""A workspace: where the graph, the vocabulary, the queries and the archived documents lie, and which file is whose home."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from kgtools import vocab
from kgtools.faults import Fault, nearest
from kgtools.turtle import IRI, Literal, Triple, parse_file

_HERE = Path(__file__).resolve().parent
_SERIAL = re.compile(r"-\d{3}$")

# Kinds of node that have one home for the whole workspace; all others live in the dossier that their name begins with.
_SHARED_HOMES = {
    "source": "sources.ttl", "agent": "agents.ttl", "post": "agents.ttl", "craft": "craft.ttl",
    "document": "documents.ttl", "setaside": "documents.ttl", "question": "questions.ttl", "prefix": "workspace.ttl",
    **dict.fromkeys(("cause", "kind", "outcome", "attribute", "effect", "craftkind", "list"), "schemes.ttl"),
}  # fmt: skip
# Of these, what bears on one dossier alone may live in it: its name is the dossier's and a serial.
_OWN_HOMES = ("source", "agent", "post", "craft", "document", "setaside")


def shipped(name: str) -> Path:
    """Return the folder `ontology`, `graph` or `queries` that comes with the tools: beside the package, or inside it."""
    inside = _HERE / "shipped" / name
    return inside if inside.is_dir() else _HERE.parent / name


def model() -> dict[str, list[Triple]]:
    """Return the graphs of the model by IRI: its lists, its terms, and how they lie beside those of others."""
    return {graph: parse_file(shipped("ontology") / file) for graph, file in vocab.MODEL.items()}


@dataclass(frozen=True)
class Workspace:
    """The folders of one topic: its graph, its own queries if any, and its archived documents."""

    root: Path
    graph: Path
    documents: tuple[Path, ...] = ()
    _cache: dict[str, object] = field(default_factory=dict, repr=False, compare=False)

    @classmethod
    def find(cls, folder: str | Path | None = None, documents: str | Path | None = None) -> Workspace:
        """Return the workspace of a folder, of KGTOOLS_WORKSPACE, of the folders upwards from here, or the shipped one.

        Documents lie in `documents/` of the workspace, in `documents` as given, or where KGTOOLS_DOCUMENTS says.
        Raises Fault if a folder that was named is missing or holds no graph/workspace.ttl.
        """
        named = folder or os.environ.get("KGTOOLS_WORKSPACE")
        root = _named(Path(named)) if named else _upwards(Path.cwd())
        graph = root / "graph" if root else shipped("graph")
        root = root or graph.parent
        return cls(root, graph, _document_folders(root, documents))

    @property
    def name(self) -> str:
        """Return the workspace's folder as a path to show."""
        return str(self.root)

    @cached_property
    def files(self) -> tuple[Path, ...]:
        """List the Turtle files of the graph, sorted."""
        return tuple(sorted(path for path in self.graph.rglob("*.ttl") if path.is_file()))

    @cached_property
    def declarations(self) -> list[Triple]:
        """Return the triples of workspace.ttl."""
        return parse_file(self.graph / "workspace.ttl")

    @cached_property
    def data_prefixes(self) -> Mapping[str, str]:
        """Return the prefixes that the workspace declares (sh:declare) for its own data."""
        names: dict[str, str] = {}
        spaces: dict[str, str] = {}
        for triple in self.declarations:
            if isinstance(triple.subject, IRI) and isinstance(triple.object, Literal):
                if triple.predicate.value == vocab.iri("sh:prefix"):
                    names[triple.subject.value] = triple.object.value
                elif triple.predicate.value == vocab.iri("sh:namespace"):
                    spaces[triple.subject.value] = triple.object.value
        missing = set(vocab.DATA_PREFIXES) - {names[subject] for subject in names if subject in spaces}
        if missing:
            cure = "declare each with sh:prefix and sh:namespace, as `kgtools init` shows"
            raise Fault(str(self.graph / "workspace.ttl"), f"no prefix for {', '.join(sorted(missing))}", cure)
        return {names[subject]: spaces[subject] for subject in names if subject in spaces}

    @cached_property
    def prefixes(self) -> Mapping[str, str]:
        """Return all prefixes that may be used in the graph: the model's and the workspace's."""
        return {**vocab.PREFIXES, **self.data_prefixes}

    @cached_property
    def query_folders(self) -> tuple[Path, ...]:
        """Return the folders that hold named queries: the shipped one, then the workspace's own."""
        own = self.root / "queries"
        base = shipped("queries")
        return (base,) if not own.is_dir() or own.resolve() == base.resolve() else (base, own)

    def relative(self, path: Path) -> str:
        """Return a graph file's path below the graph folder, with slashes."""
        return path.relative_to(self.graph).as_posix()

    @cached_property
    def _dossiers(self) -> frozenset[str]:
        return frozenset(self.relative(path) for path in self.files)

    def graph_name(self, relative: str) -> str:
        """Return the IRI of the named graph for a file of the graph, such as graph:geo-ik-2-2011."""
        return self.data_prefixes["graph"] + Path(relative).stem

    def home(self, iri: str) -> str | None:
        """Return the file, below the graph folder, in which a subject must be described; None if no rule names one."""
        return home(iri, self.data_prefixes, self._dossiers.__contains__)


def home(iri: str, prefixes: Mapping[str, str], exists: Callable[[str], bool]) -> str | None:
    """Return the file, below the graph folder, in which a subject must be described, given which files lie there.

    Prefixes are those of the data. None if no rule names a file.
    """
    short = vocab.curie(iri, prefixes)
    kind, colon, local = short.partition(":")
    if not colon or kind not in prefixes:
        return None
    slug = _SERIAL.sub("", local)
    if kind in _SHARED_HOMES:
        own = kind in _OWN_HOMES and slug != local and exists(f"incidents/{slug}.ttl")
        return f"incidents/{slug}.ttl" if own else _SHARED_HOMES[kind]
    beside = f"{slug}.ttl"
    return beside if slug == "context" or exists(beside) else f"incidents/{slug}.ttl"


def beside(slug: str) -> bool:
    """Say whether the dossier of a slug lies beside the folder of incidents, as those do that the whole workspace shares."""
    return slug == "context" or f"{slug}.ttl" in _SHARED_HOMES.values()


def _named(root: Path) -> Path:
    if not root.is_dir():
        if root.exists():
            raise Fault(str(root), "is no folder", "give the folder of the workspace")
        here = [p.name for p in root.parent.iterdir() if p.is_dir()] if root.parent.is_dir() else []
        raise Fault(str(root), "no such folder", nearest(root.name, here))
    if not (root / "graph" / "workspace.ttl").is_file():
        raise Fault(str(root), "holds no graph/workspace.ttl", f"make a workspace with `kgtools init {root}`")
    return root


def _upwards(start: Path) -> Path | None:
    for folder in (start, *start.parents):
        if (folder / "graph" / "workspace.ttl").is_file():
            return folder
    return None


def _document_folders(root: Path, given: str | Path | None) -> tuple[Path, ...]:
    named = given or os.environ.get("KGTOOLS_DOCUMENTS")
    if named and not Path(named).is_dir():
        raise Fault(str(named), "no such folder", "give the folder that holds the archived documents")
    return tuple(dict.fromkeys([*([Path(named)] if named else []), root / "documents"]))
