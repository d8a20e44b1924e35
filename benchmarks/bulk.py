"""Measure what bulk work costs per dossier, and work out what larger graphs would take.

Run: python benchmarks/bulk.py [TRIPLES] [--engine pyshacl|fast]. Prints in Markdown: seconds per thousand triples and bytes
per triple, stage by stage, measured on a generated workspace (default: 300k); how two processes compare with one; how long a
scheduler needs for a task that does nothing; and what a hundred million and ten billion triples would take, by the formulas
printed with it. Nothing is worked out from what was not measured here; that costs grow no faster than the number of triples is
what benchmarks of several sizes have to show.
"""

from __future__ import annotations

import argparse
import gzip
import json
import pickle
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
import tracemalloc
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TypeVar

from kgtools.bulk import passages
from kgtools.bulk.exchange import Exchange
from kgtools.bulk.outline import answer, outline
from kgtools.bulk.run import setting_of
from kgtools.bulk.setting import NAME, Setting
from kgtools.bulk.whole import Whole
from kgtools.bulk.work import Job, Made
from kgtools.bulk.workers import BATCH, Dask
from kgtools.check import questions
from kgtools.check.validation import Way
from kgtools.search import Row, TextIndex
from kgtools.turtle import Quad

T = TypeVar("T")
STAGES = {
    "outline": "read, parse, list what is asked of others", "answer": "answer what others ask", "slice": "look up the slice",
    "parse": "parse and derive", "validate": "files and shapes", "words": "entries of the index, folded",
    "export": "N-Quads, sorted, gzip", "passages": "passages and searches in the documents", "index": "put into SQLite",
    "gather": "parts into a store to ask", "queries": "check queries and questions", "load": "parts into Oxigraph on disk",
}  # fmt: skip
ALONE = ("slice", "index", "gather", "queries", "load")  # what one process does for all


@dataclass
class Costs:
    """Seconds by stage and bytes by kind, over a number of dossiers and triples."""

    dossiers: int = 0
    triples: int = 0
    derived: int = 0
    slowest: str = ""
    seconds: dict[str, float] = field(default_factory=lambda: defaultdict(float))
    largest: dict[str, float] = field(default_factory=lambda: defaultdict(float))
    bytes: dict[str, int] = field(default_factory=lambda: defaultdict(int))

    def timed(self, stage: str, work: Callable[[], T]) -> T:
        begun = time.process_time()
        found = work()
        taken = time.process_time() - begun
        self.seconds[stage] += taken
        self.largest[stage] = max(self.largest[stage], taken)
        return found

    def per(self, kind: str) -> float:
        return self.bytes[kind] / self.triples


def generated(triples: str, folder: Path) -> None:
    script = Path(__file__).with_name("generate.py")
    subprocess.run([sys.executable, str(script), triples, "-o", str(folder)], check=True, capture_output=True)


def measure(setting: Setting, folder: Path) -> Costs:
    """Do all that `kgtools bulk` does, in this process, stage by stage."""
    costs = Costs(dossiers=len(setting.names))
    given = setting.save()
    outlines = [costs.timed("outline", partial(outline, given, name)) for name in setting.names]
    exchange = Exchange(setting.workspace.home)
    exchange.take(outlines)
    while questions := exchange.questions(setting.names):
        for question in sorted(questions.items()):
            exchange.learn(costs.timed("answer", partial(answer, given, question)))
    costs.bytes["setting"] = len(setting.out.read(NAME))
    costs.bytes["leader"] = led([pickle.dumps(one) for one in outlines], setting)
    rows: dict[str, list[Row]] = {}
    for one in outlines:
        job = Job(one.name, one.digest, costs.timed("slice", partial(exchange.slice, one)))
        _dossier(setting, job, costs, rows)
    index = TextIndex(folder / "search.sqlite")
    costs.timed("index", lambda: index.sync_rows(dict.fromkeys(rows, "1"), rows.__getitem__))
    index.close()
    for task in passages.tasks(outlines, exchange.where):
        costs.timed("passages", partial(passages.verify, given, task))
    costs.slowest = asked(setting, exchange, folder / "whole.store", costs)
    costs.bytes["index"] = (folder / "search.sqlite").stat().st_size
    return costs


def led(outlines: list[bytes], setting: Setting) -> int:
    """Return the memory that outlines, as workers send them, and their exchange take."""
    tracemalloc.start()
    listed = [pickle.loads(one).thrifty() for one in outlines]
    exchange = Exchange(setting.workspace.home)
    exchange.take(listed)
    taken = tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()
    return taken


def scheduled(tasks: int = 2000) -> float:
    """Return the seconds that a scheduler and one worker, a process each, need for a task that does nothing."""
    from distributed import LocalCluster

    with LocalCluster(n_workers=1, threads_per_worker=1, processes=True, dashboard_address=None) as cluster:
        workers = Dask(cluster.scheduler_address)
        list(workers.done(str, range(100)))
        begun = time.perf_counter()
        list(workers.done(str, range(tasks * BATCH)))
        taken = time.perf_counter() - begun
        workers.close()
    return taken / tasks


def _dossier(setting: Setting, job: Job, costs: Costs, rows: dict[str, list[Row]]) -> None:
    raw = setting.place.read(job.name)
    made = costs.timed("parse", lambda: Made(setting, job, raw))
    costs.timed("validate", made.findings)
    words = costs.timed("words", made.words)
    packed = costs.timed("export", lambda: gzip.compress(made.quads(), 6, mtime=0))
    setting.out.write(f"parts/{job.stem}.nq.gz", packed)
    rows[made.graph] = [Row(*row) for row in json.loads(words)]
    costs.triples += len(made.seen)
    costs.derived += len(made.derived)
    for kind, size in {"turtle": len(raw), "parts": len(packed), "words": len(gzip.compress(words)),
                       "jobs": len(pickle.dumps(job))}.items():  # fmt: skip
        costs.bytes[kind] += size


def loaded(folder: Path, costs: Costs) -> None:
    """Load the parts into a store on disk, as its bulk loader takes them."""
    place = folder / "store"
    costs.timed("load", lambda: _load(place, sorted((folder / "parts").glob("*.nq.gz"))))
    costs.bytes["store"] = sum(path.stat().st_size for path in place.rglob("*") if path.is_file())


def _load(place: Path, parts: list[Path]) -> None:
    import pyoxigraph as ox

    store = ox.Store(str(place))
    store.bulk_extend(quad for path in parts for quad in _quads(path))
    store.flush()


def _quads(path: Path) -> list[Quad]:
    import pyoxigraph as ox

    return list(ox.parse(gzip.decompress(path.read_bytes()), format=ox.RdfFormat.N_QUADS))


def asked(setting: Setting, exchange: Exchange, folder: Path, costs: Costs) -> str:
    """Ask the check queries and questions of all parts in a store on disk; return the slowest query and its share."""
    space = Whole(setting, setting.workspace, exchange.where, lambda *_: None)
    store = costs.timed("gather", lambda: space.on_disk(folder))
    space.store = store
    taken = {}
    for name, query in space.queries().items():
        if query.kind == "check":
            before = costs.seconds["queries"]
            costs.timed("queries", partial(space.query, name))
            taken[name] = costs.seconds["queries"] - before
    costs.timed("queries", lambda: questions.findings(space))
    store.abandon()
    shutil.rmtree(folder)
    slowest = max(taken, key=lambda name: taken[name])
    return f"{slowest}: {taken[slowest] / costs.seconds['queries']:.0%} of it"


def wall(folder: Path, workers: int) -> float:
    """Return the wall time of the command on some processes."""
    taken = []
    for _ in range(3):
        out = folder / "out"
        begun = time.perf_counter()
        words = ["bulk", str(folder / "w"), "-o", str(out), "--workers", str(workers)]
        subprocess.run([sys.executable, "-m", "kgtools", *words], check=True, capture_output=True)
        taken.append(time.perf_counter() - begun)
        shutil.rmtree(out)
    return statistics.median(taken)


def first_tables(costs: Costs) -> str:
    thousand = costs.triples / 1000
    lines = [
        f"{costs.triples:,} triples in {costs.dossiers:,} files, {costs.derived:,} derived; CPU time of one process.\n",
        "| stage | what | seconds per 1,000 triples | share | largest dossier, s |", "| --- | --- | --- | --- | --- |",
    ]  # fmt: skip
    total = sum(costs.seconds.values())
    for stage, what in STAGES.items():
        seconds = costs.seconds[stage]
        largest = f"{costs.largest[stage]:.2f}" if stage == "slice" or stage not in ALONE else ""
        lines.append(f"| {stage} | {what} | {seconds / thousand:.4f} | {seconds / total:.0%} | {largest} |")
    kinds = ("turtle", "parts", "words", "index", "store", "leader", "setting", "jobs")
    lines += ["", "| kept | bytes per triple |", "| --- | --- |", *(f"| {kind} | {costs.per(kind):.1f} |" for kind in kinds)]
    return "\n".join(lines)


def beyond(costs: Costs, task: float, speed: float) -> str:
    """Return what larger graphs would take, by formulas over what was measured."""
    spent = {stage: seconds / costs.triples for stage, seconds in costs.seconds.items()}
    shared = sum(seconds for stage, seconds in spent.items() if stage not in ALONE)
    whole = spent["gather"] + spent["queries"]
    per_triple = costs.dossiers / costs.triples
    rows: list[tuple[str, str, Callable[[float], str]]] = [
        ("dossiers", "N ÷ triples per dossier", lambda n: f"{n * per_triple:,.0f}"),
        ("work of all workers together, hours", "N × seconds of the shared stages", lambda n: _hours(n * shared)),
        ("the same on 64 workers, hours", "÷ 64 ÷ speed-up per worker", lambda n: _hours(n * shared / 64 / speed)),
        ("workers to be done in a day", "÷ 24 h ÷ speed-up", lambda n: f"{max(1, n * shared / 86400 / speed):,.0f}"),
        ("scheduler, hours", f"dossiers × 2 ÷ {BATCH} × task", lambda n: _hours(2 * task * n * per_triple / BATCH)),
        ("slices, in one process, hours", "N × seconds of slice", lambda n: _hours(n * spent["slice"])),
        ("search index, one writer, hours", "N × seconds of index", lambda n: _hours(n * spent["index"])),
        ("one store on disk, one writer, hours", "N × seconds of load", lambda n: _hours(n * spent["load"])),
        ("check queries, one process, hours", "N × seconds of gather and queries", lambda n: _hours(n * whole)),
    ]
    for kind in ("turtle", "parts", "words", "index", "store"):
        rows.append((f"disk: {kind}", "N × bytes per triple", partial(_kept, costs, kind)))
    rows.append(("memory of who leads the work", "N × bytes of leader", lambda n: _size(n * costs.per("leader"))))
    rows.append(("names of all files, in every worker", "N × bytes of setting", lambda n: _size(n * costs.per("setting"))))
    rows.append(("sent through the scheduler", "N × bytes of jobs", lambda n: _size(n * costs.per("jobs"))))
    lines = ["| | formula, N triples | 100 million | 10 billion |", "| --- | --- | --- | --- |"]
    lines += [f"| {what} | {formula} | {of(1e8)} | {of(1e10)} |" for what, formula, of in rows]
    return "\n".join(lines)


def _kept(costs: Costs, kind: str, triples: float) -> str:
    return _size(triples * costs.per(kind))


def _hours(seconds: float) -> str:
    return f"{seconds / 3600:,.2f}" if seconds < 36000 else f"{seconds / 3600:,.0f}"


def _size(count: float) -> str:
    for unit in ("MB", "GB", "TB"):
        count /= 1000 if unit != "MB" else 1e6
        if count < 1000:
            break
    return f"{count:,.1f} {unit}"


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("triples", nargs="?", default="300k")
    parser.add_argument("--engine", choices=("pyshacl", "fast"))
    options = parser.parse_args()
    folder = Path(tempfile.mkdtemp())
    try:
        generated(options.triples, folder / "w")
        (folder / "parts").mkdir()
        fast = Way(options.engine).fast
        setting = setting_of(str(folder / "w"), str(folder / "parts"), False, True, fast)
        costs = measure(setting, folder / "parts")
        loaded(folder / "parts", costs)
        task, one, two = scheduled(), wall(folder, 1), wall(folder, 2)
        print(first_tables(costs))
        print(f"\nShapes by {'the fast engine, confirmed by pySHACL' if fast else 'pySHACL'}. ", end="")
        print(f"Two processes are {one / two:.2f} times as fast as one. ", end="")
        print(f"Check queries: {costs.seconds['queries']:.1f} s ({costs.slowest}). ", end="")
        print(f"A Dask task of {BATCH} that do nothing: {task * 1000:.2f} ms.\n")
        print(beyond(costs, task, one / two / 2))
    finally:
        shutil.rmtree(folder)


if __name__ == "__main__":
    main()
