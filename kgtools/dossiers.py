"""Finding dossiers in files: which there are in a path, under which graph, with which content hash.

A Turtle, N-Triples or JSON-LD file is one dossier; a TriG or N-Quads file is one for each of its named graphs, and its default
graph one of the file's own name. Any of them may be compressed (.gz, .zst). Graphs of derived facts and of the model, which an
export holds, are passed over: they are made anew.
"""

from __future__ import annotations

import gzip
import hashlib
import re
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from kgtools import turtle, vocab
from kgtools.faults import Fault
from kgtools.turtle import IRI, Blank, Quad, Triple
from kgtools.workspace import Workspace, beside

FORMS = {
    ".ttl": "turtle", ".turtle": "turtle", ".nt": "ntriples", ".jsonld": "jsonld", ".trig": "trig", ".nq": "nquads",
}  # fmt: skip
PACKED = (".gz", ".zst")
_BLANK = re.compile(rb'^_:| _:[^"\s]+ \.$', re.MULTILINE)  # a line of N-Triples with a blank node


@dataclass(frozen=True)
class Item:
    """A dossier in a file: its path, name below the graph folder, graph, content hash, and form.

    `data` is its own part of a file of several dossiers (N-Triples, compressed); `marked` says that a record may be withdrawn.
    """

    path: Path
    file: str
    graph: str
    digest: str
    form: str
    marked: bool = False
    data: bytes | None = None

    def read(self) -> bytes:
        """Return the bytes of the dossier; raise Fault if the file cannot be read any more, or changed meanwhile."""
        if self.data is not None:
            return zlib.decompress(self.data)
        raw = unpacked(self.path)
        if hashlib.sha256(raw).hexdigest() != self.digest:
            raise Fault(str(self.path), "changed while it was being loaded", "run this again")
        return raw

    def parse(self, raw: bytes) -> list[Triple]:
        """Return the triples of the dossier's bytes; raise Fault at a syntax error."""
        return [quad.triple for quad in turtle.parse_quads(raw, self.form, str(self.path))]

    def lines(self, raw: bytes) -> tuple[bytes, bytes]:
        """Return the dossier's bytes as N-Triples, and the Turtle that they are kept as; raise Fault at a syntax error."""
        text = turtle.lines(raw, self.form, str(self.path))
        plain = self.form in ("turtle", "ntriples") and not (b"_:" in text and _BLANK.search(text))
        return text, raw if plain else text


@dataclass(frozen=True)
class Found:
    """The dossiers of the paths that were named, and the workspaces that were named whole (prefix of their graphs)."""

    items: list[Item]
    whole: tuple[str, ...]


def find(paths: Iterable[Path], workspace: Workspace) -> Found:
    """Return the dossiers in files, folders and workspaces; a file outside of any workspace counts as one of that given.

    Raises Fault if a path is missing, holds no dossier, cannot be read, or if two files make one graph.
    """
    items: dict[str, Item] = {}
    whole: list[str] = []
    for path in paths:
        here, folder, all_of_it = _place(path, workspace)
        if all_of_it:
            whole.append(here.data_prefixes["graph"])
        for file in _files(path if not all_of_it else here.graph):
            for item in _items(file, here, folder):
                other = items.setdefault(item.graph, item)
                if other.path != item.path and other.path.resolve() != item.path.resolve():
                    raise Fault(str(item.path), f"makes the same graph as {other.path} ({item.graph})", "leave one of them out")
    return Found(list(items.values()), tuple(dict.fromkeys(whole)))


def unpacked(path: Path) -> bytes:
    """Return the bytes of a file, decompressed by its ending; raise Fault if it cannot be read or is no UTF-8."""
    try:
        raw = path.read_bytes()
        raw = _decompressed(raw, path) if path.suffix in PACKED else raw
    except OSError as error:
        raise Fault(str(path), error.strerror or str(error), "check the path and its permissions") from error
    try:
        raw.decode("utf-8")
    except UnicodeDecodeError as error:
        raise Fault(str(path), f"byte {error.start} is not UTF-8", "save the file as UTF-8") from error
    return raw


def _decompressed(raw: bytes, path: Path) -> bytes:
    import zstandard

    try:
        if path.suffix == ".gz":
            return gzip.decompress(raw)
        with zstandard.ZstdDecompressor().stream_reader(raw, read_across_frames=True) as reader:
            found = reader.read()
    except (EOFError, gzip.BadGzipFile, zlib.error, zstandard.ZstdError) as error:
        raise Fault(str(path), f"cannot be decompressed ({error})", "make the file again") from error
    if not found or zstandard.frame_content_size(raw) > len(found):
        raise Fault(str(path), "cannot be decompressed (it is cut off)", "make the file again")
    return found


def _place(path: Path, workspace: Workspace) -> tuple[Workspace, Path, bool]:
    """Return the workspace that a path belongs to, the folder that its names are relative to, and whether it is all of it."""
    if not path.exists():
        raise Fault(str(path), "no such file or folder", "name files, folders or a workspace")
    for root in (path, path.parent) if path.is_dir() else ():
        if (root / "graph" / "workspace.ttl").is_file() and (root == path or path.name == "graph"):
            return Workspace.find(root), root / "graph", True
    for folder in path.resolve().parents:
        if (folder / "workspace.ttl").is_file():
            return (Workspace.find(folder.parent) if folder.name == "graph" else workspace), folder, False
    return workspace, path if path.is_dir() else path.parent, False


def _files(path: Path) -> Iterator[Path]:
    if not path.is_dir():
        if _form(path) is None:
            raise Fault(
                str(path), "has an ending that no format has", f"end it with one of {', '.join(FORMS)}, .gz or .zst after"
            )
        yield path
        return
    found = sorted(file for file in path.rglob("*") if file.is_file() and _form(file))
    if not found:
        raise Fault(str(path), "holds no dossier", f"name a folder with files that end with {', '.join(FORMS)}")
    yield from found


def _form(path: Path) -> str | None:
    return FORMS.get(path.with_suffix("").suffix if path.suffix in PACKED else path.suffix)


def _items(path: Path, workspace: Workspace, folder: Path) -> Iterator[Item]:
    raw = unpacked(path)
    form = _form(path) or ""
    stem = (path.with_suffix("") if path.suffix in PACKED else path).stem
    if form in ("trig", "nquads"):
        yield from _several(path, workspace, turtle.parse_quads(raw, form, str(path)), stem)
        return
    name = file_name(stem)
    if (folder / "workspace.ttl").is_file():
        here = path if path.is_relative_to(folder) else path.resolve()
        name = here.relative_to(folder if here is path else folder.resolve()).with_name(f"{stem}.ttl").as_posix()
    digest = hashlib.sha256(raw).hexdigest()
    yield Item(path, name, workspace.graph_name(f"{stem}.ttl"), digest, form, _may_withdraw(raw))


def _several(path: Path, workspace: Workspace, quads: list[Quad], stem: str) -> Iterator[Item]:
    graphs: dict[str, list[Triple]] = {}
    space = workspace.data_prefixes["graph"]
    for quad in quads:
        if not isinstance(quad.graph_name, Blank):
            name = quad.graph_name.value if isinstance(quad.graph_name, IRI) else workspace.graph_name(f"{stem}.ttl")
            graphs.setdefault(name, []).append(quad.triple)
    for graph, triples in graphs.items():
        slug = graph.removeprefix(space)
        if not slug.startswith("derived/") and slug != "held" and graph not in vocab.MODEL:
            raw = turtle.serialise(triples, "ntriples")
            packed = zlib.compress(raw, 1)
            digest = hashlib.sha256(raw).hexdigest()
            yield Item(path, file_name(slug), graph, digest, "ntriples", _may_withdraw(raw), packed)


def shared(file: str) -> bool:
    """Say whether a file holds what the whole workspace shares, and is no dossier of an incident."""
    return "/" not in file and file != "context.ttl"


def file_name(slug: str) -> str:
    """Return the file, below the graph folder, of a dossier's slug or graph (IRI)."""
    slug = slug.rpartition("/")[2]
    return f"{slug}.ttl" if beside(slug) else f"incidents/{slug}.ttl"


def _may_withdraw(raw: bytes) -> bool:
    return b"withdrawn" in raw or b"\\" in raw
