"""Measure ways to fill a store on disk, in turn in one run: python benchmarks/loading.py 300k

Each is told as its cost relative to plain pyoxigraph, which bulk-loads the stated triples alone into the default graph.
"""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Callable, Iterable
from pathlib import Path

import pyoxigraph as ox
from doing import bulk
from measure import python, run

from kgtools import dossiers, loading
from kgtools.store import Dossier, open_store
from kgtools.turtle import FORMATS, Quad, Triple, lines, serialise
from kgtools.workspace import Workspace


def spent(do: Callable[[], object]) -> tuple[float, float]:
    """Return the seconds of wall and of CPU time that something takes."""
    wall, cpu = time.perf_counter(), time.process_time()
    do()
    return time.perf_counter() - wall, time.process_time() - cpu


def load(workspace: Path, folder: Path) -> None:
    """Load a workspace as the command does."""
    here = Workspace.find(workspace)
    with open_store(str(folder), write=True) as store:
        loading.load(store, dossiers.find([workspace], here), here)


def prepared(workspace: Path) -> list[Dossier]:
    """Parse and derive all dossiers, and put none of them in a store."""
    here = Workspace.find(workspace)
    with tempfile.TemporaryDirectory() as folder, open_store(folder, write=True) as store:
        change = loading._Change(store, here, dossiers.find([workspace], here).items, [], lambda _done, _of: None)
        return list(loading._First(change, frozenset()).dossiers())


def each_file(workspace: Path, folder: Path) -> None:
    """Give the engine one file after another."""
    store = ox.Store(str(folder))
    for path in sorted((workspace / "graph").rglob("*.ttl")):
        store.bulk_load(path.read_bytes(), format=ox.RdfFormat.TURTLE)
    store.flush()


def as_quads(triples: Iterable[Triple], folder: Path) -> None:
    """Give the engine objects."""
    store = ox.Store(str(folder))
    store.bulk_extend(Quad(t.subject, t.predicate, t.object) for t in triples)
    store.flush()


def as_text(triples: Iterable[Triple], folder: Path) -> None:
    """Write N-Triples and give them to the engine."""
    store = ox.Store(str(folder))
    store.bulk_load(serialise(triples, "ntriples"), format=FORMATS["ntriples"], lenient=True)
    store.flush()


def in_batches(text: bytes, folder: Path, most: int) -> None:
    """Give the engine N-Triples so many bytes at once, and have it lay them together."""
    store = ox.Store(str(folder))
    start = 0
    while start < len(text):
        end = text.find(b"\n", start + most) + 1 or len(text)
        store.bulk_load(text[start:end], format=FORMATS["ntriples"], lenient=True)
        start = end
    store.flush()
    store.optimize()


def parsed(files: list[bytes]) -> None:
    """Make objects of the triples of files."""
    for raw in files:
        list(ox.parse(raw, format=FORMATS["turtle"]))


def main() -> None:
    size = sys.argv[1] if len(sys.argv) > 1 else "100k"
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        workspace, quads = folder / "workspace", folder / "data.nq"
        call = python("generate.py", size, "-o", workspace, "--nquads", quads)
        run(call, 600, folder / "log.txt", folder / "cache")
        ready = prepared(workspace)
        every = [t for one in ready for t in (*one.triples, *one.derived)]
        text = serialise(every, "ntriples")
        files = [path.read_bytes() for path in sorted((workspace / "graph").rglob("*.ttl"))]
        plain = folder / "data.nt"
        plain.write_bytes(serialise((t for one in ready for t in one.triples), "ntriples"))
        ways: dict[str, Callable[[], object]] = {
            "plain pyoxigraph, stated triples": lambda: bulk(str(plain), str(folder / "plain")),
            "plain pyoxigraph, one call for each file": lambda: each_file(workspace, folder / "files"),
            "stated and derived, as objects": lambda: as_quads(every, folder / "quads"),
            "stated and derived, as text": lambda: as_text(every, folder / "text"),
            "the same text, 20 MB at once, laid together": lambda: in_batches(text, folder / "small", 20_000_000),
            "the same text, 64 MB at once, laid together": lambda: in_batches(text, folder / "large", 64_000_000),
            "files to objects": lambda: parsed(files),
            "files to N-Triples": lambda: [lines(raw, "turtle", "") for raw in files],
            "files to N-Triples and derived facts": lambda: prepared(workspace),
            "kgtools load": lambda: load(workspace, folder / "store"),
        }
        found = {name: spent(do) for name, do in ways.items()}
        wall, cpu = next(iter(found.values()))
        print("| what | wall time | CPU time |\n| --- | --- | --- |")
        for name, (one, other) in found.items():
            print(f"| {name} | {one / wall:.2f} | {other / cpu:.2f} |")


if __name__ == "__main__":
    main()
