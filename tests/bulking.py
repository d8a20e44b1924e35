"""What the tests of bulk work share: a run in this process, what it wrote, and what one process makes of the same files."""

from __future__ import annotations

import gzip
from pathlib import Path

import pyoxigraph as ox

import kgtools
from kgtools import vocab
from kgtools.bulk import Report, bulk
from kgtools.bulk.run import setting_of
from kgtools.turtle import IRI, Quad


def run(where: Path | str, out: Path, validate: bool = True, withdrawn: bool = False, fast: bool | None = None) -> Report:
    return bulk(setting_of(str(where), str(out), withdrawn, validate, fast))


def quads(out: Path) -> set[Quad]:
    found: set[Quad] = set()
    for path in (out / "parts").glob("*.nq.gz"):
        found.update(ox.parse(gzip.decompress(path.read_bytes()), format=ox.RdfFormat.N_QUADS))
    return found


def expected(space: kgtools.Space) -> set[Quad]:
    """Return the quads of a space, its derived facts in the graph of the dossier that describes their subject."""
    graphs = {name: space.workspace.graph_name(name) for name in space.files}
    found = {Quad(t.subject, t.predicate, t.object, IRI(graphs[name])) for name, listed in space.files.items() for t in listed}
    for t in space.derived:
        name = space.file_of(t.subject.value) if isinstance(t.subject, IRI) else None
        found.add(Quad(t.subject, t.predicate, t.object, IRI(vocab.derived_graph(graphs[name or ""]))))
    return found


def contents(out: Path) -> dict[str, bytes]:
    """Return all that a run wrote and that must not depend on who did it."""
    kept = [path for folder in ("parts", "words", "records") for path in (out / folder).iterdir()]
    kept += [out / "findings.json", out / "manifest.json"]
    return {path.relative_to(out).as_posix(): path.read_bytes() for path in kept}
