"""The archived documents of a workspace: which are at hand, and the spans that the graph has in them."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from pathlib import Path

from kgtools.archive import Span, Text, sha256
from kgtools.faults import Fault, nearest
from kgtools.space import Space, Table

_DOCUMENTS = """SELECT ?document ?fileName ?raw ?sha ?length ?lines WHERE {
  ?document a cev:Document ; cev:fileName ?fileName ; cev:rawSha256 ?raw ; schema:sha256 ?sha ;
    cev:length ?length ; cev:lines ?lines } ORDER BY ?fileName"""
_SPANS = """SELECT ?span ?document ?start ?end ?firstLine ?lastLine ?sha256 WHERE {
  ?span oa:hasSource ?document ; cev:start ?start ; cev:end ?end ; cev:firstLine ?firstLine ; cev:lastLine ?lastLine ;
    schema:sha256 ?sha256 } ORDER BY ?document ?start ?end ?span"""


@dataclass(frozen=True)
class Archived:
    """An archived document as the graph describes it, and the path of its file if it is at hand."""

    iri: str
    file_name: str
    raw_sha256: str
    sha256: str
    length: str
    lines: str
    path: Path | None

    @property
    def short(self) -> str:
        """Return the document's CURIE."""
        return self.iri

    @property
    def slug(self) -> str:
        """Return the local name of the document's CURIE."""
        return self.iri.partition(":")[2]

    def text(self) -> Text:
        """Return the normalised text; raise Fault if the file is not at hand."""
        if self.path is None:
            cure = "put it into documents/ of the workspace, or say --documents DIR or KGTOOLS_DOCUMENTS"
            raise Fault(self.file_name, "the document is not at hand", cure)
        return Text.read(self.path)


def archived(space: Space) -> list[Archived]:
    """Return the documents that the graph describes."""
    found = []
    for row in space.table(space.sparql(_DOCUMENTS)):
        name, raw, sha, length, lines = (row[column] or "" for column in ("fileName", "raw", "sha", "length", "lines"))
        found.append(Archived(row["document"] or "", name, raw, sha, length, lines, _at_hand(space, name)))
    return found


def _at_hand(space: Space, name: str) -> Path | None:
    if Path(name).name != name:  # a file name from the graph never leads out of the documents' folder
        return None
    return next((folder / name for folder in space.workspace.documents if (folder / name).is_file()), None)


def undescribed(space: Space) -> list[Path]:
    """Return the files in the folder of documents that the graph does not describe."""
    known = {one.file_name for one in archived(space)}
    found = {path.name: path for folder in reversed(space.workspace.documents) if folder.is_dir() for path in folder.iterdir()}
    return [found[name] for name in sorted(found.keys() - known) if found[name].suffix == ".txt" and found[name].is_file()]


def description(path: Path) -> str:
    """Return the record of an archived file in Turtle, ready to paste, but for the works that it holds."""
    text = Text.read(path)
    slug = re.sub(r"[^a-z0-9]+", "-", path.stem.lower()).strip("-") or "document"
    return "\n".join([
        f"document:{slug} a cev:Document ;",
        f"    schema:sha256 \"{sha256(text.text)}\" ;",
        f"    cev:fileName {json.dumps(path.name, ensure_ascii=False)} ;",
        "    cev:holds source:… ;",
        f"    cev:length {len(text.text)} ;",
        f"    cev:lines {text.lines} ;",
        "    cev:normalisation rule:utf8-lf-nfc ;",
        f"    cev:rawSha256 \"{text.raw_digest}\" .",
    ])  # fmt: skip


def document(space: Space, name: str) -> Archived:
    """Return a document by slug, CURIE, file name or its beginning; raise Fault with the known ones if none fits."""
    known = archived(space)
    fits = [one for one in known if name in (one.slug, one.iri, one.file_name)]
    fits = fits or [one for one in known if one.file_name.startswith(name) or one.slug.startswith(name)]
    if not fits and name in {path.name for path in undescribed(space)}:
        raise Fault(
            name, "is not described in the graph", f"put what `kgtools documents {name}` prints into graph/documents.ttl"
        )
    if len(fits) != 1:
        raise Fault("document", f"unknown document '{name}'", nearest(name, [one.slug for one in known]))
    return fits[0]


def spans(space: Space) -> Table:
    """Return every passage and set-aside span: span, document, start, end, firstLine, lastLine, sha256."""
    return space.table(space.sparql(_SPANS))


def quotation(space: Space, file: Archived, span: Span, slug: str, source: str = "source:…") -> str:
    """Return a passage in Turtle, ready to paste, with the next free serial of a dossier."""
    prefix = space.workspace.data_prefixes["passage"] + slug + "-"
    taken = [int(iri[len(prefix) :]) for iri in space.subjects() if iri.startswith(prefix) and iri[len(prefix) :].isdigit()]
    return "\n".join([
        f"passage:{slug}-{max(taken, default=0) + 1:03d} a cev:Passage ;",
        f"    schema:sha256 \"{span.digest}\" ;",
        f"    oa:hasSource {file.iri} ;",
        f"    cev:end {span.end} ;",
        f"    cev:firstLine {span.first_line} ;",
        f"    cev:inSource {source} ;",
        f"    cev:lastLine {span.last_line} ;",
        f"    cev:start {span.start} .",
    ])  # fmt: skip
