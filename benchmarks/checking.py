"""What validating by cuts saves. Run: python benchmarks/checking.py [WORKSPACE] [--size TRIPLES] [--no-whole] [--repeat N]

Without a workspace one of the size is generated (default 100k). Each way of validating is a process of its own and is
measured in wall time, CPU time of all its processes and peak memory. Ratios are to pySHACL over the whole graph, which is
left out with --no-whole where it would take too long. An edited assertion is measured in a warm process, with each engine.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import kgtools
from kgtools import vocab
from kgtools.check import shapes
from kgtools.check.changes import Current
from kgtools.check.engines import Fast, Reference
from kgtools.check.validation import Way
from kgtools.turtle import IRI, Triple, serialise

HERE = Path(__file__).resolve()
WAYS = {
    "pySHACL over the whole graph": ("whole", "pyshacl"),
    "pySHACL over cuts, nothing kept": ("cuts", "pyshacl"),
    "pySHACL over cuts, all kept": ("cuts", "pyshacl"),
    "fast engine, nothing kept": ("cuts", "fast"),
    "fast engine, all kept": ("cuts", "fast"),
    "fast engine alone, not confirmed": ("whole", "fast"),
}


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("workspace", nargs="?")
    parser.add_argument("--size", default="100k")
    parser.add_argument("--no-whole", action="store_true", help="leave out pySHACL over the whole graph")
    parser.add_argument("--repeat", type=int, default=20, help="how often an assertion is edited")
    parser.add_argument("--do", nargs=2, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.do:
        print(json.dumps(validated(options.workspace, *options.do)))
        return
    with tempfile.TemporaryDirectory() as folder:
        workspace = options.workspace or generated(options.size, Path(folder) / "made")
        os.environ["KGTOOLS_CACHE"] = str(Path(folder) / "kept")
        compare(workspace, options.no_whole)
        edited(workspace, options.repeat)


def generated(size: str, folder: Path) -> str:
    command = [sys.executable, str(HERE.parent / "generate.py"), size, "-o", str(folder), "--faults"]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return str(folder)


def validated(workspace: str, how: str, engine: str) -> dict[str, float]:
    """Validate the shapes in one way, and return what it cost; reading the files is not counted."""
    space = kgtools.open(workspace)
    everything = [triple for listed in (*space.files.values(), shapes.background()) for triple in listed]
    wall, cpu = time.perf_counter(), spent()
    if how == "whole":
        triples = shapes.model().triples
        if engine == "fast":
            results = Fast(triples).results(serialise(everything, "ntriples"))
        else:
            results = Reference(triples).results(everything)
        found = len({one.key for one in results})
    else:
        found = len(shapes.findings(space, way=Way(engine=engine)))
    peak = max(resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return {
        "wall": time.perf_counter() - wall,
        "cpu": spent() - cpu,
        "peak": peak / 1024,
        "found": found,
        "triples": len(everything),
    }


def spent() -> float:
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(one.ru_utime + one.ru_stime for one in used)


def compare(workspace: str, no_whole: bool) -> None:
    print("| Way | times faster (wall) | times less CPU | wall, s | CPU, s | peak of a process, MB | results |")
    print("|---|---|---|---|---|---|---|")
    base: dict[str, float] = {}
    for name, (how, engine) in WAYS.items():
        if (how, engine) == ("whole", "pyshacl") and no_whole:
            continue
        command = [sys.executable, str(HERE), workspace, "--do", how, engine]
        told = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
        base = base or told
        assert told["found"] == base["found"], "the ways do not agree"
        ratios = f"{base['wall'] / told['wall']:.1f} | {base['cpu'] / told['cpu']:.1f}"
        print(
            f"| {name} | {ratios} | {told['wall']:.2f} | {told['cpu']:.2f} | {told['peak']:.0f} | {told['found']} |", flush=True
        )
    print(f"\n{base['triples']:,} triples")


def edited(workspace: str, repeat: int) -> None:
    """Print how long the validation of one edited assertion takes in a warm process."""
    space = kgtools.open(workspace)
    everything = [triple for listed in (*space.files.values(), shapes.background()) for triple in listed]
    hedge = IRI(vocab.iri("cev:hedge"))
    hedged = [triple for triple in everything if triple.predicate == hedge][: repeat + 1]
    print("\n| One edited assertion, warm | median, ms | longest, ms |\n|---|---|---|")
    for engine in ("pyshacl", "fast"):
        current = Current(shapes.model(), everything, Way(engine=engine), {})
        taken = []
        for triple in hedged:
            other = Triple(triple.subject, hedge, IRI(vocab.iri("hedge:possible")))
            start = time.perf_counter()
            current.change([triple], [other])
            taken.append(1000 * (time.perf_counter() - start))
        # The first edit loads the engine.
        print(f"| {engine} | {statistics.median(taken[1:]):.1f} | {max(taken[1:]):.1f} |")


if __name__ == "__main__":
    main()
