"""Measure the map in Chromium. Run: PYTHONPATH=. python benchmarks/map.py [NODES, 5000 if left out] [RUNS]

Prints time to first draw and until all is there (from asking for the page, the server being warm), what is sent beside it, and
main-thread time per move: median, 95th percentile, worst.
The workspace is made up: as many dossiers, claims and assertions as make the number of nodes.
"""

from __future__ import annotations

import re
import shutil
import statistics
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

import httpx
from browsing import CHROMIUM, QUIET
from conftest import EXAMPLE
from playwright.sync_api import sync_playwright
from serving import running

PUMP_HOUSE = "incidents/pump-house-2019.ttl"
NODES_OF_A_DOSSIER = 60
MOVES = 60


def made(folder: Path, nodes: int) -> Path:
    """Return a workspace of so many nodes, made of copies of the invented case's incident and of claims about them."""
    shutil.copytree(EXAMPLE, folder)
    graph = folder / "graph"
    head = "".join(re.findall(r"@prefix [^\n]*\n", (graph / PUMP_HOUSE).read_text("utf-8")))
    for number in range(max(1, nodes // NODES_OF_A_DOSSIER)):
        slug = f"made-{number:03}-{2000 + number % 24}"
        (graph / "incidents" / f"{slug}.ttl").write_text(head + "\n".join(_dossier(slug, number)), "utf-8")
    return folder


def _dossier(slug: str, number: int) -> list[str]:
    day = f"{2000 + number % 24}-{1 + number % 12:02}-{1 + number % 28:02}"
    lines = [
        f"graph:{slug} a cev:Dossier .",
        f'incident:{slug} a cev:Incident ; rdfs:label "Made incident {number}"@en ; cev:occurred "{day}"^^edtf:EDTF .',
    ]
    for place in range(1, 1 + (NODES_OF_A_DOSSIER - 1) // 3):
        kind = "cev:Explanation" if place < 4 else "cev:Claim"
        also = f" ; cev:explains incident:{slug}" if place < 4 else ""
        lines.append(
            f'claim:{slug}-{place:03} a {kind} ; schema:text "Made claim {place} on incident {number} in some words."@en ;'
            f" schema:about incident:{slug} ; cev:topic topic:cause{also} ."
        )
        for turn in (0, 1):
            lines.append(
                f"assertion:{slug}-{2 * place + turn:03} a cev:Statement ; cev:claims claim:{slug}-{place:03} ;"
                f" prov:wasAttributedTo agent:made-{(number + place) % 200:03} ; cev:force force:asserts ;"
                f" cev:hedge hedge:certain ; cev:ground ground:own-knowledge ; cev:foundIn passage:pump-house-2019-004 ."
            )
    agents = {(number + place) % 200 for place in range(1, 20)} if number % 10 == 0 else set()
    lines += [f'agent:made-{one:03} a prov:Person ; rdfs:label "Made speaker {one}"@en .' for one in sorted(agents)]
    return lines


def warmed(address: str) -> None:
    """Wait until the server has worked out what pages need: it asks for more workers then."""
    for _ in range(600):
        if httpx.get(f"{address}/healthz").json()["warm"]:
            return
        time.sleep(0.5)


def main() -> None:
    nodes, runs = (int(sys.argv[1]) if len(sys.argv) > 1 else 5_000), (int(sys.argv[2]) if len(sys.argv) > 2 else 5)
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as play:
        workspace = made(Path(folder) / "made", nodes)
        browser = play.chromium.launch(executable_path=CHROMIUM, args=list(QUIET))
        with running("--port", "0", "--workspace", str(workspace)) as (address, _):
            warmed(address)
            firsts, wholes, moves = [], [], list[float]()
            for _ in range(runs):
                page = browser.new_context(viewport={"width": 1300, "height": 900}).new_page()
                begun = time.perf_counter()
                page.goto(f"{address}/map")
                page.wait_for_selector("#map[data-ready]")
                firsts.append(time.perf_counter() - begun)
                page.wait_for_selector("#map[data-whole]")
                wholes.append(time.perf_counter() - begun)
                count = page.locator("#count").inner_text()
                sent = page.evaluate("performance.getEntriesByType('resource').reduce((s, r) => s + r.transferSize, 0)")
                moves += page.evaluate(_MOVES, MOVES)
                page.context.close()
        browser.close()
    moves.sort()
    print(f"| {count}, {runs} runs | value |\n| --- | --- |")
    print(f"| first drawn, first visitor | {firsts[0]:.2f} s |\n| first drawn, median | {statistics.median(firsts):.2f} s |")
    print(f"| all there, median | {statistics.median(wholes):.2f} s |")
    print(f"| sent beside the page, compressed | {sent / 1000:.0f} kB |")
    for name, value in (("median", moves[len(moves) // 2]), ("95 %", moves[int(len(moves) * 0.95)]), ("worst", moves[-1])):
        print(f"| main thread per move, {name} | {value:.1f} ms |")


# Moves at three sizes, each drawn at once, so that the time is that of the main thread.
_MOVES = """async (moves) => { const found = [];
  for (const z of [1, 3, 3]) { kgmap.zoom(z);
    for (let i = 0; i < moves / 3; i += 1) {
      const begun = performance.now(); kgmap.move(i % 2 ? 40 : -37, 11); kgmap.draw(); found.push(performance.now() - begun);
      await new Promise(requestAnimationFrame); } }
  return found; }"""


if __name__ == "__main__":
    main()
