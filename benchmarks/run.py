"""Measure kgtools side by side with what one would take instead. Run: python benchmarks/run.py --sizes 10k,100k,1m

Each size is generated, loaded, asked and validated; answers are compared before a time counts. What was measured is kept as
JSON, one file a size, so that a run goes on where it stopped (--again measures anew) and the report can be made again
(--report-only). A step that passes its budget is given up; where a smaller size was measured, the report extrapolates and says
so.
"""

from __future__ import annotations

import argparse
import contextlib
import datetime
import json
import os
import platform
import shutil
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import report
import servers
from generate import number
from measure import Asker, Cost, kgtools, python, run, size, usage

from kgtools import queries
from kgtools.turtle import IRI, Term
from kgtools.workspace import shipped

ENGINES = ("kgtools", "pyoxigraph", "oxigraph-server", "virtuoso", "rdflib")
DAY = "2015-06-01"
SEED = 1
MEMORY = 1_000_000  # triples up to which a workspace is also asked in memory, without a store


@dataclass
class Bench:
    """One size: its folder, what was measured so far, and how long a step may take."""

    name: str
    folder: Path
    budget: float
    repeats: int
    engines: tuple[str, ...]
    asking: float
    found: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        if self.results.exists():
            self.found = json.loads(self.results.read_text(encoding="utf-8"))

    @property
    def results(self) -> Path:
        return self.folder.parent / f"results-{self.name}.json"

    def path(self, name: str) -> Path:
        return self.folder / name

    def step(self, kind: str, name: str, do: Callable[[], dict[str, object]]) -> None:
        """Do a step unless it was done before, and keep what it found."""
        done = self.found.setdefault(kind, {})
        if name in done:
            return
        begun = time.perf_counter()
        print(f"{self.name:>5} {kind:9} {name:16} ", end="", flush=True)
        try:
            done[name] = do()
        except (RuntimeError, OSError) as error:
            done[name] = {"state": f"failed: {error}"}
        print(f"{time.perf_counter() - begun:8.1f} s  {report.brief(done[name])}", flush=True)
        self.results.write_text(json.dumps(self.found, indent=1) + "\n", encoding="utf-8")

    def cost(self, call: list[str], seconds: float | None = None) -> Cost:
        return run(call, seconds or self.budget, self.path("log.txt"), self.path("cache"))


def load(bench: Bench) -> None:
    """Generate the data, fill every engine, and load a hundredth again."""
    bench.step("generate", "workspace", lambda: _generated(bench))
    store, quads = bench.path("store"), bench.path("data.nq")

    def ours() -> dict[str, object]:
        shutil.rmtree(store, ignore_errors=True)
        cost = bench.cost(kgtools("--workspace", bench.path("workspace"), "load", "--store", store))
        return {**cost.record(), "disk": size(store)}

    def plain() -> dict[str, object]:
        shutil.rmtree(bench.path("plain"), ignore_errors=True)
        cost = bench.cost(python("doing.py", "bulk", quads, bench.path("plain")))
        disk = size(bench.path("plain"))
        shutil.rmtree(bench.path("plain"), ignore_errors=True)
        return {**cost.record(), "disk": disk}

    bench.step("load", "kgtools", ours)
    if number(bench.name) <= MEMORY:
        asked = kgtools("--workspace", bench.path("workspace"), "query", "counts")
        bench.step("memory", "kgtools", lambda: bench.cost(asked).record())
    bench.step("load", "pyoxigraph", plain)
    bench.step("dump", "kgtools", lambda: {**_must(bench.cost(_dump(bench))), "disk": size(bench.path("data.nt"))})
    bench.step("fill", "pyoxigraph", lambda: _filled(bench))
    if "rdflib" in bench.engines:
        bench.step("load", "rdflib", lambda: bench.cost(python("doing.py", "parse", bench.path("data.nt"))).record())
    bench.step("reload", "kgtools", lambda: _reloaded(bench))


def _generated(bench: Bench) -> dict[str, object]:
    workspace = bench.path("workspace")
    shutil.rmtree(workspace, ignore_errors=True)
    call = python("generate.py", bench.name, "-o", workspace, "--seed", SEED, "--nquads", bench.path("data.nq"))
    cost = _must(bench.cost(call))
    told = json.loads((workspace / "planted.json").read_text(encoding="utf-8"))
    return {**cost, "triples": told["triples"], "dossiers": told["dossiers"], "disk": size(workspace)}


def _dump(bench: Bench) -> list[str]:
    return python("doing.py", "dump", bench.path("store"), bench.path("data.nt"))


def _must(cost: Cost) -> dict[str, object]:
    if cost.state != "good":
        raise RuntimeError(cost.state)
    return cost.record()


def _filled(bench: Bench) -> dict[str, object]:
    """Fill a plain store with what ours answers from, derived facts included: the same data for every engine."""
    shutil.rmtree(bench.path("filled"), ignore_errors=True)
    cost = bench.cost(python("doing.py", "bulk", bench.path("data.nt"), bench.path("filled")))
    return {**_must(cost), "disk": size(bench.path("filled"))}


def _reloaded(bench: Bench) -> dict[str, object]:
    """Change a hundredth of the dossiers, at least ten, and bring the store into step."""
    count = max(10, int(bench.found["generate"]["workspace"]["dossiers"]) // 100)
    copy, store = bench.path("changed"), bench.path("again")
    for old, new in ((bench.path("workspace"), copy), (bench.path("store"), store)):
        shutil.rmtree(new, ignore_errors=True)
        shutil.copytree(old, new)
    call = kgtools("--workspace", copy, "load", "--store", store)
    unchanged = _must(bench.cost(call))
    _must(bench.cost(python("doing.py", "change", copy, count)))
    cost = _must(bench.cost(call))
    for folder in (copy, store):
        shutil.rmtree(folder)
    return {**cost, "dossiers": count, "unchanged": unchanged["wall"]}


def questions(bench: Bench) -> list[dict[str, str]]:
    """Return every named query of kind report, whole and scoped to a middling and to the most famous incident."""
    base = "https://example.org/synthetic/incident/"
    files = sorted((bench.path("workspace") / "graph" / "incidents").glob("*.ttl"), key=lambda path: path.stat().st_size)
    single = [path.stem for path in files if not path.stem.startswith("series-")]
    scopes = {"middling": single[len(single) * 3 // 4], "famous": single[-1]}
    listed = []
    for name, query in queries.named([shipped("queries")]).items():
        if query.kind != "report":
            continue
        known = {parameter.name for parameter in query.parameters}
        need: dict[str, Term] = (
            {"date": queries.day(DAY)} if any(p.kind == "date" and not p.optional for p in query.parameters) else {}
        )
        if "incident" in known:
            for scope, incident in scopes.items():
                text = query.bind({**need, "incident": IRI(base + incident)})
                listed.append({"name": name, "scope": scope, "text": text})
        listed.append({"name": name, "scope": "whole", "text": query.bind(need)})
    order = {"middling": 0, "famous": 1, "whole": 2}
    # What counts over the whole graph comes before what lists it: time may run out.
    return sorted(listed, key=lambda case: (order[case["scope"]], case["name"] not in report.AGGREGATES, case["name"]))


def ask(bench: Bench) -> None:
    """Ask every engine every question."""
    cases = bench.path("cases.json")
    listed = questions(bench)
    cases.write_text(json.dumps(listed, indent=1), encoding="utf-8")
    for engine in bench.engines:
        bench.step("ask", engine, lambda engine=engine: _asked(bench, engine, cases, listed))  # type: ignore[misc]
    bench.step("pages", "kgtools", lambda: _paged(bench))
    bench.step("near", "kgtools", lambda: _near(bench))


def _paged(bench: Bench) -> dict[str, object]:
    """Ask for the first page of every listing of a thousand rows and more that has pages, as the command gives it."""
    whole = {name.split()[0]: case for name, case in bench.found["ask"]["kgtools"]["cases"].items() if name.endswith(" whole")}
    paged = {name for name, query in queries.named([shipped("queries")]).items() if query.by}
    long = [name for name, case in whole.items() if name in paged and case.get("rows", 1000) >= 1000]
    log = bench.path("pages.txt")
    log.unlink(missing_ok=True)
    call = python("doing.py", "pages", bench.path("workspace"), bench.path("store"), *long)
    cost = run(call, bench.budget, log, bench.path("cache"))
    lines = [line for line in log.read_text(encoding="utf-8").splitlines() if line.startswith("{")]
    return {**cost.record(), "pages": {name: taken for line in lines for name, taken in json.loads(line).items()}}


def _near(bench: Bench) -> dict[str, object]:
    """Ask the questions about the most famous incident of what lies around it, gathered in memory."""
    log = bench.path("near.txt")
    log.unlink(missing_ok=True)
    call = python("doing.py", "near", bench.path("workspace"), bench.path("store"), bench.path("cases.json"))
    cost = _must(run(call, bench.budget, log, bench.path("cache")))
    return {**cost, **json.loads(log.read_text(encoding="utf-8").splitlines()[-1])}


def _asked(bench: Bench, engine: str, cases: Path, listed: list[dict[str, str]]) -> dict[str, object]:
    with _opened(bench, engine) as (where, pid, more):
        asker = Asker(engine, where, cases, bench.repeats, bench.asking / 12, bench.budget)
        found = asker.ask(len(listed), time.monotonic() + bench.asking)
        memory = usage(pid)[1] if pid else asker.memory
        named = {f"{case['name']} {case['scope']}": found.get(place, {"skipped": True}) for place, case in enumerate(listed)}
        return {"cases": named, "memory": memory, "opened": asker.opened, **more}


@contextlib.contextmanager
def _opened(bench: Bench, engine: str) -> Iterator[tuple[str, int, dict[str, object]]]:
    """Yield where an engine is to be asked, its process if it is a server, and what filling it cost."""
    log = bench.path("log.txt")
    if engine == "kgtools":
        yield str(bench.path("store")), 0, {}
    elif engine == "pyoxigraph":
        yield str(bench.path("filled")), 0, {}
    elif engine == "rdflib":
        if bench.found.get("load", {}).get("rdflib", {}).get("state") != "good":
            raise RuntimeError("its data could not be loaded in time")
        yield str(bench.path("data.nt")), 0, {}
    elif engine == "oxigraph-server":
        if not servers.oxigraph_program():
            raise RuntimeError("the program oxigraph is not installed")
        with servers.oxigraph(bench.path("filled"), log) as (address, pid):
            yield address, pid, {}
    else:
        with _virtuoso(bench, log) as opened:
            yield opened


@contextlib.contextmanager
def _virtuoso(bench: Bench, log: Path) -> Iterator[tuple[str, int, dict[str, object]]]:
    if not servers.virtuoso_program():
        raise RuntimeError("Virtuoso is not installed")
    folder = bench.path("virtuoso")
    shutil.rmtree(folder, ignore_errors=True)
    with servers.virtuoso(folder, bench.folder, log) as (address, pid, port):
        begun, before = time.perf_counter(), usage(pid)[0]
        servers.virtuoso_load(port, bench.path("data.nt"), bench.budget)
        cost = {"wall": time.perf_counter() - begun, "cpu": usage(pid)[0] - before, "disk": size(folder), "state": "good"}
        bench.found.setdefault("load", {})["virtuoso"] = cost
        yield f"{address} {servers.GRAPH}", pid, {"load": cost}


def validate(bench: Bench) -> None:
    """Validate the workspace with our validation and with pySHACL as it comes."""
    workspace = bench.path("workspace")

    def ours() -> dict[str, object]:
        shutil.rmtree(bench.path("cache"), ignore_errors=True)
        return bench.cost(python("doing.py", "validate", workspace)).record()

    bench.step("validate", "kgtools", ours)
    bench.step("validate", "again", lambda: bench.cost(python("doing.py", "validate", workspace)).record())
    bench.step("validate", "pyshacl", lambda: bench.cost(python("doing.py", "pyshacl", workspace), bench.asking).record())


def machine() -> dict[str, object]:
    """Describe the machine: cores, memory, versions; no name of a host."""
    from importlib.metadata import version

    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    names = ("pyoxigraph", "rdflib", "pyshacl")
    return {
        "cores": len(os.sched_getaffinity(0)), "memory": memory, "python": platform.python_version(),
        "system": platform.system(), "day": datetime.datetime.now(datetime.UTC).date().isoformat(),
        **{name: version(name) for name in names},
    }  # fmt: skip


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sizes", default="10k,100k,1m", help="such as 10k,100k,1m,10m")
    parser.add_argument("--engines", default=",".join(ENGINES), help=f"of {', '.join(ENGINES)}")
    parser.add_argument("--work", type=Path, default=Path("/tmp/kgtools-benchmark"), help="folder for data and results")
    parser.add_argument("--budget", type=float, default=240, help="seconds that a step may take (default: 240)")
    parser.add_argument(
        "--asking", type=float, help="seconds that all questions to an engine may take, and pySHACL (default: as budget)"
    )
    parser.add_argument("--repeats", type=int, default=5, help="how often a question is asked")
    parser.add_argument("--quick", action="store_true", help="one repetition, 10k only unless told")
    parser.add_argument("--again", action="store_true", help="measure anew what was measured before")
    parser.add_argument("--keep", action="store_true", help="keep the data of each size, which may be gigabytes")
    parser.add_argument("--report-only", action="store_true", help="make the report of what was measured")
    return parser.parse_args()


def main() -> None:
    chosen = arguments()
    sizes = ["10k"] if chosen.quick and chosen.sizes == "10k,100k,1m" else chosen.sizes.split(",")
    engines = tuple(chosen.engines.split(","))
    if unknown := set(engines) - set(ENGINES):
        sys.exit(f"--engines: unknown engine {', '.join(sorted(unknown))}: known are {', '.join(ENGINES)}")
    for name in sorted(sizes, key=number):
        repeats = 1 if chosen.quick else chosen.repeats
        bench = Bench(name, chosen.work / name, chosen.budget, repeats, engines, chosen.asking or chosen.budget)
        if chosen.report_only:
            continue
        if chosen.again:
            bench.found = {}
        bench.found["machine"] = machine()
        for part in (load, ask, validate):
            part(bench)
        if not chosen.keep:
            shutil.rmtree(bench.folder, ignore_errors=True)
    report.write(chosen.work)


if __name__ == "__main__":
    main()
