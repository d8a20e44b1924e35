"""Rooms import downwards only, heavy libraries load where they are used, files and functions stay short."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
from conftest import ROOT, environment

PACKAGE = ROOT / "kgtools"

# Room -> layer. A room imports rooms of lower layers, and files of its own folder. Beside the table of architecture.md:
# the rooms that take a loaded space (documents, coverage, evidence, network …) stand above it.
LAYERS = {
    "faults": 0, "vocab": 0,
    "dates": 1, "table": 1, "fold": 1, "keep": 1, "output": 1, "turtle": 1, "archive": 1,
    "workspace": 2, "store": 2,
    "queries": 3, "chains": 3, "search": 3, "reading": 3,
    "derive": 4, "dossiers": 4,
    "as_of": 5, "instruments": 5, "loading": 5,
    "space": 6,
    "syncing": 6,
    "held_space": 7,
    "documents": 7, "paging": 7, "template": 7, "flows": 7,
    "coverage": 8, "evidence": 8,
    "network": 9, "check": 9, "receipts": 9,
    "bulk": 10, "exchange": 10, "views": 10,
    "server": 11, "site": 11,
    "cli": 12,
}  # fmt: skip

# The methods of a space that hand over to a room above it, imported when they are called.
HANDED_UP = {"space": {"held_space"}, "held_space": {"evidence"}, "instruments": {"space", "evidence", "receipts"}}

# Library -> the only rooms that import it.
OWNERS = {
    "pyshacl": {"check"}, "networkx": {"network", "flows"}, "pyvis": {"views"}, "jinja2": {"views"},
    "pyoxigraph": {"store", "turtle"}, "rich": {"views", "cli"}, "rdflib": {"check"}, "sqlite3": {"search"},
    "distributed": {"bulk"}, "fsspec": {"bulk"}, "shacl": {"check"},
}  # fmt: skip
# Still to be mended: these could take the type of a graph, and an empty one, from `network`.
OPEN = {"views/network_details.py", "views/network_page.py", "views/picture.py"}
HEAVY = ("rdflib", "pyshacl", "shacl", "pyvis", "rich", "networkx", "jinja2")
FILES = sorted(path for path in PACKAGE.rglob("*.py") if "shipped" not in path.parts)


def names(paths: list[Path]) -> list[str]:
    return [path.relative_to(PACKAGE).as_posix() for path in paths]


def room(path: Path) -> str:
    """Return the room of a file: its folder in the package, or itself."""
    first = path.relative_to(PACKAGE).parts[0]
    return first.removesuffix(".py")


@cache
def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def imported(path: Path) -> Iterator[str]:
    """Yield every imported module, wherever in the file, names out of a package as modules of it."""
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path.name} imports relatively"
            yield node.module or ""
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def rooms_imported(path: Path) -> set[str]:
    parts = (name.split(".") for name in imported(path))
    return {part[1] for part in parts if part[0] == "kgtools" and len(part) > 1 and part[1] in LAYERS}


@pytest.mark.parametrize("path", FILES, ids=names(FILES))
def test_a_room_imports_only_rooms_below_it(path: Path) -> None:
    here = room(path)
    if here not in ("__init__", "__main__"):
        assert here in LAYERS, f"give the room {here} a layer in this test"
        upward = {
            other for other in rooms_imported(path) - {here} - HANDED_UP.get(here, set()) if LAYERS[other] >= LAYERS[here]
        }
        assert upward == set()
    for node in tree(path).body:
        if isinstance(node, ast.ImportFrom):
            assert not HANDED_UP.get(here, set()) & set((node.module or "").split(".")), "import it where it is used"


@pytest.mark.parametrize("path", FILES, ids=names(FILES))
def test_a_library_is_imported_by_its_room_alone(path: Path) -> None:
    used = {name.partition(".")[0] for name in imported(path)} & OWNERS.keys()
    if path.relative_to(PACKAGE).as_posix() in OPEN:
        used.discard("networkx")
    assert {name for name in used if room(path) not in OWNERS[name]} == set()


def test_help_loads_no_heavy_library() -> None:
    code = (
        "import sys\nfrom kgtools.cli import main\n"
        "try:\n    main(['--help'])\nexcept SystemExit:\n    pass\n"
        f"print([name for name in {HEAVY!r} if name in sys.modules], file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", code], env=environment(), capture_output=True, text=True, check=True)
    assert done.stderr.strip() == "[]"


@pytest.mark.parametrize("path", FILES, ids=names(FILES))
def test_a_file_has_at_most_400_lines(path: Path) -> None:
    assert len(path.read_text(encoding="utf-8").splitlines()) <= 400


@pytest.mark.parametrize("path", FILES, ids=names(FILES))
def test_a_function_has_at_most_40_lines(path: Path) -> None:
    functions = [node for node in ast.walk(tree(path)) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]
    long = {node.name: (node.end_lineno or 0) - node.lineno + 1 for node in functions}
    assert {name: lines for name, lines in long.items() if lines > 40} == {}


def test_no_room_is_called_by_what_could_be_anything() -> None:
    assert not {path.stem for path in FILES} & {"utils", "util", "helpers", "helper", "manager", "misc", "common"}
