"""The report of what run.py measured: ratios first, absolute figures second, each target met or missed, a drawing beside it.

It is written into benchmarks/README.md between two marks, from the results of every size that was measured.
"""

from __future__ import annotations

import itertools
import json
import math
import statistics
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from generate import number

HERE = Path(__file__).resolve().parent
BEGIN, END = "<!-- begin of run.py's report -->", "<!-- end of run.py's report -->"
ENGINES = ("kgtools", "pyoxigraph", "oxigraph-server", "virtuoso", "rdflib")
SCOPES = ("middling", "famous", "whole")
# Of the named queries, those that count over the whole graph; all others list rows, and those of many rows have pages.
AGGREGATES = ("base-rates", "counts", "incidents")
COSTS = (("wall", 1, " s"), ("cpu", 1, " s"), ("memory", 2**20, " MiB"))
Found = dict[str, Any]


def brief(found: Found) -> str:
    """Return in a few words what a step found."""
    if "cases" in found:
        answered = sum("wall" in case for case in found["cases"].values())
        return f"{answered} of {len(found['cases'])} questions answered"
    return str(found.get("state", ""))


def write(work: Path) -> None:
    """Write the report of all results in a folder."""
    paths = sorted(work.glob("results-*.json"), key=lambda path: number(path.stem.partition("-")[2]))
    results = {path.stem.partition("-")[2]: json.loads(path.read_text(encoding="utf-8")) for path in paths}
    if not results:
        return
    (HERE / "queries.svg").write_text(drawing(results), encoding="utf-8")
    text = "\n".join(lines(results))
    readme = HERE / "README.md"
    whole = readme.read_text(encoding="utf-8")
    before, _, rest = whole.partition(BEGIN)
    after = rest.partition(END)[2]
    readme.write_text(f"{before.rstrip()}\n\n{BEGIN}\n{text}\n{END}\n{after.lstrip()}", encoding="utf-8")
    print(text)


def lines(results: dict[str, Found]) -> list[str]:
    last = list(results.values())[-1]["machine"]
    about = (
        f"{last['cores']} cores, {last['memory'] / 2**30:.0f} GiB of memory, {last['system']}, Python {last['python']},"
        f" pyoxigraph {last['pyoxigraph']}, rdflib {last['rdflib']}, pySHACL {last['pyshacl']}; measured on {last['day']}."
    )
    parts = [targets, loading, asking, slowest, paging, disagreements, validating]
    return ["", about, "", "![Time of the questions by size and engine](queries.svg)", ""] + [
        line for part in parts for line in (*part(results), "")
    ]


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    return [f"| {' | '.join(one)} |" for one in (head, ["---"] * len(head), *rows)]


def figure(value: float | None, unit: str = "") -> str:
    if value is None:
        return "–"
    digits = 0 if abs(value) >= 100 else 1 if abs(value) >= 10 else 2
    return f"{value:,.{digits}f}{unit}"


def spread(values: Sequence[float], factor: float = 1.0) -> str:
    return f"{figure(statistics.median(values) * factor)} ({figure(min(values) * factor)}–{figure(max(values) * factor)})"


def cases(found: Found, engine: str) -> Found:
    told: Found = found.get("ask", {}).get(engine, {}).get("cases", {})
    return told


def good(found: Found, name: str, engine: str) -> list[float]:
    """Return the wall times of a question that was answered, as most engines answered it; nothing otherwise."""
    case = cases(found, engine).get(name, {})
    return list(case["wall"]) if "wall" in case and case["digest"] == agreed(found, name) else []


def agreed(found: Found, name: str) -> str | None:
    """Return the digest on which the most engines agree; ours alone counts for nothing where another answered."""
    digests = [case["digest"] for engine in ENGINES if "digest" in (case := cases(found, engine).get(name, {}))]
    return max(digests, key=digests.count) if digests else None


def scope(found: Found, which: str) -> list[str]:
    return [name for name in cases(found, "kgtools") if name.endswith(f" {which}")]


def cost(found: Found, kind: str, name: str) -> Found | None:
    told = found.get(kind, {}).get(name, {})
    return told if told.get("state") == "good" else None


def wall(found: Found, kind: str, name: str) -> float | None:
    told = cost(found, kind, name)
    return float(told["wall"]) if told else None


def ratio(one: float | None, other: float | None) -> float | None:
    return one / other if one and other else None


# Targets


def targets(results: dict[str, Found]) -> list[str]:
    rows = [row for name, found in results.items() for row in _of_size(name, found, results)]
    return ["### Targets", "", *table(("target", "size", "measured", "verdict"), rows)]


def _verdict(value: float | None, most: float | None = None, least: float | None = None) -> str:
    if value is None:
        return "not measured"
    if value == math.inf:
        return "not met"
    if most is not None:
        return "met" if value <= most else f"missed by {figure(value / most)} times"
    assert least is not None
    return "met" if value >= least else f"missed: {figure(value / least)} of it"


def _of_size(name: str, found: Found, results: dict[str, Found]) -> list[tuple[str, str, str, str]]:
    rows = []

    def add(what: str, value: float | None, unit: str = "", most: float | None = None, least: float | None = None) -> None:
        shown = "one or more not answered in the time given" if value == math.inf else figure(value, unit)
        rows.append((what, name, shown, _verdict(value, most, least)))

    add(
        "first load, of plain pyoxigraph's bulk rate (≥ 0.5)",
        ratio(wall(found, "load", "pyoxigraph"), wall(found, "load", "kgtools")),
        least=0.5,
    )
    add("later load, of that rate for the dossiers changed (≥ 0.25)", _later(found), least=0.25)
    for which in ("middling", "famous"):
        times = [statistics.median(good(found, one, "kgtools") or [math.inf]) for one in scope(found, which)]
        add(f"slowest question on a {which} incident (≤ 50 ms)", max(times, default=None), " s", most=0.05)
    near = found.get("near", {}).get("kgtools", {})
    add(
        f"the same, gathered in memory in {figure(near.get('gathered'))} s (≤ 50 ms)",
        max(near.get("asked", {}).values(), default=None),
        " s",
        most=0.05,
    )
    whole = {one: cases(found, "kgtools")[one] for one in scope(found, "whole")}
    sums = [_first(case, "wall") for one, case in whole.items() if one.split()[0] in AGGREGATES]
    pages = found.get("pages", {}).get("kgtools", {}).get("pages", {})
    listed = [pages.get(one.split()[0], case) for one, case in whole.items() if one.split()[0] not in AGGREGATES]
    asked = found.get("pages", {}).get("kgtools", {}).get("state") == "good"
    rest = [_first(case, "first") for case in listed if asked and not case.get("skipped")]
    add("slowest whole-graph aggregate (≤ 2 s)", max(sums, default=None), " s", most=2)
    add(
        "slowest listing's first thousand rows, paged where it can be (≤ 2 s)",
        max(rest, default=None),
        " s",
        most=2,
    )
    add("whole question set, times faster than rdflib (≥ 50 at 1m)", _against(found, "rdflib"), least=50)
    slow, said = _pyshacl(name, results)
    add(f"validation, times faster than pySHACL{said} (≥ 50 at 1m)", ratio(slow, wall(found, "validate", "kgtools")), least=50)
    memory = cost(found, "validate", "kgtools")
    add("validation, memory of its largest process (< 2 GiB)", memory["memory"] / 2**30 if memory else None, " GiB", most=2)
    if name == "10m" and "1m" in results:
        for kind, what in itertools.product(("load", "validate"), ("wall", "memory")):
            large, small = (cost(one, kind, "kgtools") or {} for one in (found, results["1m"]))
            value = ratio(large.get(what), small.get(what))
            add(f"{kind}, {'time' if what == 'wall' else what} against 1m (≤ 12)", value, most=12)
    return rows


def _first(case: Found, what: str) -> float:
    return statistics.median(case[what]) if what in case else math.inf


def _later(found: Found) -> float | None:
    """Return the rate of changed dossiers, taken for average ones, as a part of plain bulk loading's rate."""
    again, bulk, made = (
        cost(found, "reload", "kgtools") or found.get("reload", {}).get("kgtools"),
        wall(found, "load", "pyoxigraph"),
        found["generate"]["workspace"],
    )
    if not again or "dossiers" not in again or not bulk:
        return None
    work = max(again["wall"] - again["unchanged"], 1e-3)
    return float(again["dossiers"] / made["dossiers"] / work * bulk)


def _against(found: Found, engine: str) -> float | None:
    """Return how many times longer another engine took over the questions that both answered alike."""
    ours = theirs = 0.0
    for name in cases(found, "kgtools"):
        mine, other = good(found, name, "kgtools"), good(found, name, engine)
        if mine and other:
            ours += statistics.median(mine)
            theirs += statistics.median(other)
    return theirs / ours if ours else None


def _pyshacl(name: str, results: dict[str, Found]) -> tuple[float | None, str]:
    """Return the seconds of pySHACL over the whole graph, extrapolated in proportion from a smaller size if need be."""
    measured = wall(results[name], "validate", "pyshacl")
    if measured:
        return measured, ""
    for other in reversed(list(results)):
        less = wall(results[other], "validate", "pyshacl")
        if less and number(other) < number(name):
            grown = results[name]["generate"]["workspace"]["triples"] / results[other]["generate"]["workspace"]["triples"]
            return less * grown, f", extrapolated from {other}"
    return None, ""


# Tables


def loading(results: dict[str, Found]) -> list[str]:
    rows = []
    for name, found in results.items():
        made = found["generate"]["workspace"]
        base = wall(found, "load", "pyoxigraph")
        for engine in ENGINES:
            told = cost(found, "load", engine)
            if told:
                rows.append((
                    name, engine, figure(ratio(told["wall"], base)), figure(made["triples"] / told["wall"] / 1000, "k/s"),
                    figure(told["wall"], " s"), figure(told["cpu"], " s"),
                    figure(told["memory"] / 2**20, " MiB") if "memory" in told else "–",
                    figure(told["disk"] / 2**20, " MiB") if "disk" in told else "–",
                ))  # fmt: skip
        told = cost(found, "memory", "kgtools")
        if told:
            wall_, cpu, memory = (figure(told[what] / divisor, unit) for what, divisor, unit in COSTS)
            rows.append((name, "kgtools, a question in memory", "–", "–", wall_, cpu, memory, "–"))
    head = ("size", "engine", "times plain pyoxigraph", "triples", "wall", "processor", "memory", "disk")
    note = (
        "kgtools derives facts while it loads; rdflib and Virtuoso load them as well, pyoxigraph loads what is asserted alone."
        " Without a store everything is parsed, derived and held in memory for one question."
    )
    return ["### Loading", "", note, "", *table(head, rows)]


def asking(results: dict[str, Found]) -> list[str]:
    rows = []
    for name, found in results.items():
        for which in SCOPES:
            for engine in ENGINES:
                times = [statistics.median(one) for case in scope(found, which) if (one := good(found, case, engine))]
                asked = len(scope(found, which))
                if times:
                    rows.append((
                        name, which, engine, figure(_ratio_of(found, which, engine)), spread(times, 1000),
                        figure(sum(times), " s"), f"{len(times)} of {asked}",
                    ))  # fmt: skip
    head = ("size", "scope", "engine", "times kgtools, the same questions", "median (least–most) ms", "sum", "answered alike")
    return [
        "### Questions",
        "",
        "Every named query that is a report, on an incident in the middle, on the most famous, and on the whole graph.",
        "",
        *table(head, rows),
    ]


def _ratio_of(found: Found, which: str, engine: str) -> float | None:
    pairs = [(good(found, one, "kgtools"), good(found, one, engine)) for one in scope(found, which)]
    both = [(statistics.median(a), statistics.median(b)) for a, b in pairs if a and b]
    return ratio(sum(b for _, b in both), sum(a for a, _ in both)) if both else None


def slowest(results: dict[str, Found]) -> list[str]:
    """Return the slowest questions of the largest size, with Virtuoso's time beside ours."""
    name, found = list(results.items())[-1]
    rows = []
    for which in SCOPES:
        listed = sorted(scope(found, which), key=lambda one: -statistics.median(good(found, one, "kgtools") or [math.inf]))
        for one in listed[:6]:
            cells = [_cell(found, one, engine) for engine in ("kgtools", "pyoxigraph", "virtuoso")]
            rows.append((one, *cells, str(cases(found, "kgtools")[one].get("rows", "–"))))
    head = ("question", "kgtools ms", "pyoxigraph ms", "Virtuoso ms", "rows")
    return [f"### The slowest questions at {name}", "", *table(head, rows)]


def paging(results: dict[str, Found]) -> list[str]:
    """Return the listings of the largest size whose first page takes longest."""
    measured = {name: found.get("pages", {}).get("kgtools", {}).get("pages", {}) for name, found in results.items()}
    name, pages = next((one for one in reversed(measured.items()) if one[1]), ("", {}))
    listed = sorted(pages.items(), key=lambda one: -_first(one[1], "first"))[:8]
    rows = [(one, figure(_first(case, "first") * 1000), str(case["rows"])) for one, case in listed]
    note = f"Of {len(pages)} listings that have a thousand rows and more, or were not answered whole in time."
    return [f"### The slowest first pages at {name}", "", note, "", *table(("listing", "first page, ms", "rows"), rows)]


def _cell(found: Found, name: str, engine: str) -> str:
    case = cases(found, engine).get(name, {})
    if "wall" not in case:
        return case.get("error", "too late")[:40] if case else "–"
    return spread(case["wall"], 1000) + ("" if good(found, name, engine) else " (other rows)")


def disagreements(results: dict[str, Found]) -> list[str]:
    """Return the questions that not all engines answered alike."""
    rows = []
    for name, found in results.items():
        for engine in ENGINES:
            other = [one for one, case in cases(found, engine).items() if "wall" in case and not good(found, one, engine)]
            failed = [one for one, case in cases(found, engine).items() if "error" in case]
            late = [one for one, case in cases(found, engine).items() if case.get("late") or case.get("skipped")]
            if cases(found, engine):
                rows.append((name, engine, _some(other), _some(failed), _some(late)))
    return [
        "### Answers that differ, fail or come too late",
        "",
        *table(("size", "engine", "other rows", "error", "too late, or not asked for want of time"), rows),
    ]


def _some(names: list[str]) -> str:
    return ", ".join(names[:4]) + (f" and {len(names) - 4} more" if len(names) > 4 else "") if names else "none"


def validating(results: dict[str, Found]) -> list[str]:
    rows = []
    for name, found in results.items():
        for engine in ("kgtools", "again", "pyshacl"):
            told = found.get("validate", {}).get(engine, {})
            if "wall" in told:
                what = {"again": "kgtools, a second time", "pyshacl": "pySHACL over the whole"}.get(engine, engine)
                rows.append((name, what, figure(told["wall"], " s"), figure(told["cpu"], " s"),
                             figure(told["memory"] / 2**20, " MiB"), told["state"]))  # fmt: skip
    return ["### Validation", "", *table(("size", "engine", "wall", "processor", "memory", "ended"), rows)]


# Drawing

COLOURS = {
    "kgtools": "#0b6e4f",
    "pyoxigraph": "#c8553d",
    "oxigraph-server": "#e0a458",
    "virtuoso": "#3d5a98",
    "rdflib": "#7a7a7a",
}
WIDTH, HEIGHT, LEFT, BOTTOM = 760, 320, 60, 40


def drawing(results: dict[str, Found]) -> str:
    """Draw the median time of the questions on a middling incident and on the whole graph, by size; both axes logarithmic."""
    sizes = [number(name) for name in results]
    panels = [_panel(results, sizes, which, LEFT + place * WIDTH / 2) for place, which in enumerate(("middling", "whole"))]
    legend = "".join(
        f'<rect x="{LEFT + place * 130}" y="6" width="10" height="10" fill="{colour}"/>'
        f'<text x="{LEFT + place * 130 + 15}" y="15">{engine}</text>'
        for place, (engine, colour) in enumerate(COLOURS.items())
    )
    head = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" font-family="sans-serif" font-size="11">'
    return f'{head}\n<rect width="{WIDTH}" height="{HEIGHT}" fill="#fff"/>\n{legend}\n' + "\n".join(panels) + "\n</svg>\n"


def _panel(results: dict[str, Found], sizes: list[int], which: str, left: float) -> str:
    width, top, base = WIDTH / 2 - LEFT - 25, 50, HEIGHT - BOTTOM

    def x(value: float) -> float:
        low, high = math.log10(min(sizes)), math.log10(max(sizes))
        return left + (width * (math.log10(value) - low) / (high - low) if high > low else width / 2)

    def y(seconds: float) -> float:
        return base - (base - top) * (math.log10(max(seconds, 1e-4)) + 4) / 6

    parts = [f'<text x="{left}" y="40" font-weight="bold">median question, {which}</text>']
    for power in range(-4, 3):
        place = y(10**power)
        parts.append(f'<line x1="{left}" x2="{left + width:.0f}" y1="{place:.0f}" y2="{place:.0f}" stroke="#ddd"/>')
        parts.append(f'<text x="{left - 5}" y="{place + 4:.0f}" text-anchor="end">{_seconds(power)}</text>')
    parts += [
        f'<text x="{x(one):.0f}" y="{base + 18}" text-anchor="middle">{name}</text>'
        for name, one in zip(results, sizes, strict=True)
    ]
    for engine, colour in COLOURS.items():
        points = [
            (x(one), y(statistics.median(times)))
            for one, found in zip(sizes, results.values(), strict=True)
            if (times := [statistics.median(t) for case in scope(found, which) if (t := good(found, case, engine))])
        ]
        path = " ".join(f"{a:.0f},{b:.0f}" for a, b in points)
        parts.append(f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="2"/>')
        parts += [f'<circle cx="{a:.0f}" cy="{b:.0f}" r="3" fill="{colour}"/>' for a, b in points]
    return "\n".join(parts)


def _seconds(power: int) -> str:
    return f"{10**power} s" if power >= 0 else f"{10 ** (power + 3):g} ms"
