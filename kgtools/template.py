"""A new workspace, made from the invented case that ships with the tools."""

from __future__ import annotations

import shutil
from pathlib import Path

from kgtools import turtle, vocab
from kgtools.faults import Fault
from kgtools.output import save
from kgtools.workspace import Workspace

EXAMPLE = Path(__file__).resolve().parent / "example"

# The frame that a bare workspace keeps; all other files hold the example's own records.
_FRAME = ("workspace.ttl", "schemes.ttl")


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
    schemes = folder / "graph" / "schemes.ttl"
    lists = workspace.data_prefixes["list"]
    entries = vocab.iri("skos:hasTopConcept")
    stay = (t for t in turtle.parse_file(schemes) if t.predicate.value != entries)
    kept = [t for t in stay if str(getattr(t.subject, "value", "")).startswith(lists)]
    save(schemes, turtle.write(kept, workspace.prefixes))
