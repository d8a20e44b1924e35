"""A new workspace, made from the invented case that ships with the tools."""

from __future__ import annotations

import shutil
from pathlib import Path

from kgtools import turtle, vocab
from kgtools.faults import Fault
from kgtools.output import save
from kgtools.workspace import Workspace

EXAMPLE = Path(__file__).resolve().parent / "example"

# The frame that a bare workspace keeps: lists without entries, the curators who sign the files. All else is the example's own.
_FRAME = ("workspace.ttl", "schemes.ttl", "agents.ttl")


def make(folder: Path, bare: bool = False) -> Path:
    """Make a workspace in a new or empty folder, with the example's records unless bare; raise Fault if it is not empty."""
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise Fault(str(folder), "is not an empty folder", "name a new folder; nothing was changed")
    try:
        shutil.copytree(EXAMPLE, folder, dirs_exist_ok=True)
        (folder / "queries").mkdir(exist_ok=True)
    except OSError as error:
        raise Fault(str(folder), f"cannot be written ({error.strerror})", "choose another place") from error
    if bare:
        _strip(folder)
    return folder


def _strip(folder: Path) -> None:
    workspace = Workspace.find(folder)
    for path in workspace.files:
        if path.name not in _FRAME:
            path.unlink()
    for path in (folder / "documents").iterdir():
        path.unlink()
    graphs = workspace.data_prefixes["graph"]
    curators = workspace.data_prefixes["agent"] + "curators"
    _keep(workspace, "schemes.ttl", (workspace.data_prefixes["list"], graphs))
    _keep(workspace, "agents.ttl", (curators, graphs))
    _rename(workspace, folder.resolve().name)


def _rename(workspace: Workspace, name: str) -> None:
    """Call a bare workspace by its folder, and leave to its curators what only they can say."""
    said = {
        vocab.iri("dcterms:title"): name,
        vocab.iri("dcterms:description"): "To be written: what this topic is.",
        vocab.iri("cev:inclusionRule"): "To be written: which incidents are taken in.",
    }
    path = workspace.graph / "workspace.ttl"
    triples = [
        turtle.Triple(t.subject, t.predicate, turtle.Literal(said[t.predicate.value], language="en"))
        if t.predicate.value in said and isinstance(t.object, turtle.Literal) and t.object.language
        else t
        for t in turtle.parse_file(path)
    ]
    save(path, turtle.write(triples, workspace.prefixes))


def _keep(workspace: Workspace, name: str, kinds: tuple[str, ...]) -> None:
    """Keep of a file the records whose IRI begins so, without the entries of lists and the documents read."""
    path = workspace.graph / name
    gone = {vocab.iri("skos:hasTopConcept"), vocab.iri("prov:used")}
    stay = (t for t in turtle.parse_file(path) if t.predicate.value not in gone)
    kept = [t for t in stay if str(getattr(t.subject, "value", "")).startswith(kinds)]
    save(path, turtle.write(kept, workspace.prefixes))
