"""Measure the server. Run: python benchmarks/server.py [SECONDS] [--hostile]

Prints, in Markdown: start to first answer; the first page in Chromium, with nothing in its cache; pages at 20 requests a
second; simple queries through /sparql against `oxigraph serve-read-only` (PyPI package oxigraph, found on the path or by
$OXIGRAPH) in the same run, over the same triples; and, with --hostile, what a well-behaved client waits beside each hostile
query of the tests, on a server whose deadline is short enough to wait for.
"""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import re
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import quote

import kgtools
from kgtools import turtle
from kgtools.turtle import IRI, Quad

ROOT = Path(__file__).parents[1]
CLIENTS = 4
DEADLINE = 3  # seconds, of the server that is asked hostile queries
HEAVY = "SELECT ?p (COUNT(DISTINCT ?s) AS ?n) { ?s ?p ?o } GROUP BY ?p ORDER BY DESC(?n) LIMIT 5"
LIGHT = (
    "SELECT ?label { <https://w3id.org/cev/incident/phobos-grunt-2011> <http://www.w3.org/2000/01/rdf-schema#label> ?label }"
)


@contextlib.contextmanager
def ours(*arguments: str) -> Iterator[tuple[int, float]]:
    """Run the server; yield its port and the seconds from its start to its first answer."""
    begun = time.perf_counter()
    command = [sys.executable, "-m", "kgtools", "serve", "--no-open", "--port", "0", *arguments]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True, cwd=ROOT, env=environment) as process:
        assert process.stderr is not None
        found = next(match for line in process.stderr if (match := re.search(r":(\d+)/$", line)))
        port = int(found[1])
        with Line(port) as line:
            line.get("/")
        try:
            yield port, time.perf_counter() - begun
        finally:
            process.terminate()


@contextlib.contextmanager
def theirs() -> Iterator[int | None]:
    """Run oxigraph's own server over the same default graph; yield its port, None where it is not installed."""
    binary = (
        os.environ.get("OXIGRAPH")
        or shutil.which("oxigraph")
        or shutil.which("oxigraph", path=str(Path(sys.executable).parent))
    )
    if binary is None:
        yield None
        return
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with tempfile.TemporaryDirectory() as folder:
        dump = Path(folder) / "graph.nq"
        graphs = kgtools.open(ROOT).graphs
        triples = {t for name, listed in graphs.items() if "/ontology-" not in name for t in listed}
        quads: list[Quad] = [Quad(t.subject, t.predicate, t.object) for t in triples]
        for name, listed in graphs.items():
            quads += [Quad(t.subject, t.predicate, t.object, IRI(name)) for t in listed]
        dump.write_bytes(turtle.serialise(quads, "nquads"))
        location = ["--location", f"{folder}/store"]
        subprocess.run([binary, "load", *location, "--file", str(dump)], check=True, capture_output=True)
        command = [binary, "serve-read-only", *location, "--bind", f"127.0.0.1:{port}"]
        with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
            for _ in range(100):
                with contextlib.suppress(OSError), Line(port):
                    break
                time.sleep(0.1)
            try:
                yield port
            finally:
                process.terminate()


class Line:
    """A connection kept open: a client that costs little, so that the servers are what is measured."""

    def __init__(self, port: int) -> None:
        self._socket = socket.create_connection(("127.0.0.1", port), timeout=60)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def __enter__(self) -> Line:
        return self

    def __exit__(self, *_: object) -> None:
        self._socket.close()

    def get(self, path: str, accept: str = "application/sparql-results+json") -> int:
        """Return the status of a request."""
        self._socket.sendall(f"GET {path} HTTP/1.1\r\nHost: localhost\r\nAccept: {accept}\r\n\r\n".encode())
        held = b""
        while (end := held.find(b"\r\n\r\n")) < 0:
            held += self._more()
        head = held[:end].lower()
        found = re.search(rb"content-length: *(\d+)", head)
        if found:
            left = end + 4 + int(found[1]) - len(held)
            while left > 0:
                left -= len(self._more())
        else:
            while not held.endswith(b"0\r\n\r\n"):
                held += self._more()
        return int(head.split()[1])

    def _more(self) -> bytes:
        data = self._socket.recv(1 << 20)
        if not data:
            raise ConnectionError
        return data


def client(port: int, number: int, seconds: float, distinct: bool, query: str, result: multiprocessing.Queue[int]) -> None:
    """Ask one query after another for some seconds; put the number of answers."""
    path = "/query" if os.environ.get("THEIRS") == str(port) else "/sparql"
    count, mark = 0, time.time_ns()
    with Line(port) as line:
        end = time.perf_counter() + seconds
        while time.perf_counter() < end:
            text = query.replace("?label", f"?l{number}x{count}x{mark}") if distinct else query
            assert line.get(f"{path}?query={quote(text)}") == 200
            count += 1
    result.put(count)


def rate(port: int, seconds: float, distinct: bool, query: str) -> float:
    """Return the answers a second that some clients get together."""
    results: multiprocessing.Queue[int] = multiprocessing.Queue()
    crowd = [
        multiprocessing.Process(target=client, args=(port, number, seconds, distinct, query, results))
        for number in range(CLIENTS)
    ]
    for one in crowd:
        one.start()
    counts = [results.get() for _ in crowd]
    for one in crowd:
        one.join()
    return sum(counts) / seconds


def waits(port: int, seconds: float, paths: Callable[[int], str], accept: str, every: float = 0.05) -> list[float]:
    """Return what each of evenly sent requests waited, in milliseconds, from when it was due."""
    found: list[float] = []
    begun = time.perf_counter()
    with Line(port) as line:
        for place in range(int(seconds / every)):
            due = begun + place * every
            time.sleep(max(0.0, due - time.perf_counter()))
            line.get(paths(place), accept)
            found.append((time.perf_counter() - due) * 1000)
    return found


def p99(values: list[float]) -> float:
    """Return the value that one in a hundred is above."""
    return statistics.quantiles(values, n=100)[98] if len(values) > 1 else values[0]


def main() -> None:
    seconds = float(next((word for word in sys.argv[1:] if not word.startswith("-")), 5))
    starts = []
    for _ in range(3):
        with ours() as (_, taken):
            starts.append(taken)
    print(f"start to first answer: median {statistics.median(starts):.2f} s of {len(starts)}\n")
    with ours() as (port, _):
        time.sleep(3)
        first_page(port)
        pages(port, seconds)
        compare(port, seconds)
    if "--hostile" in sys.argv:
        with ours("--timeout", str(DEADLINE)) as (port, _):
            time.sleep(3)
            beside(port)


def first_page(port: int, visits: int = 5) -> None:
    """Print how long the first page takes a browser that has nothing of it, until it is complete, and the bytes that come."""
    sys.path.insert(0, str(ROOT / "tests"))
    try:
        from browsing import CHROMIUM, QUIET  # type: ignore[import-not-found, unused-ignore]
        from playwright.sync_api import sync_playwright
    except ImportError:
        print("first page: playwright is not installed\n")
        return
    taken, came = [], []
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=CHROMIUM, args=list(QUIET))
        for _ in range(visits + 1):  # the first of them warms the browser itself up
            context = browser.new_context()
            page = context.new_page()
            sizes: list[float] = []
            wire = context.new_cdp_session(page)
            wire.on("Network.loadingFinished", lambda event, to=sizes: to.append(event["encodedDataLength"]))
            wire.send("Network.enable")
            page.goto(f"http://127.0.0.1:{port}/", wait_until="networkidle")
            taken.append(page.evaluate("performance.getEntriesByType('navigation')[0].loadEventEnd"))
            came.append(sum(sizes))
            context.close()
        browser.close()
    median, size = statistics.median(taken[1:]), statistics.median(came[1:]) / 1000
    print("| first page, empty cache, median of 5 | measured | wanted |\n| --- | --- | --- |")
    print(f"| from the request until it is complete | {median:.0f} ms | 300 ms |")
    print(f"| bytes that come | {size:.0f} kB | 150 kB |\n")


def pages(port: int, seconds: float) -> None:
    """Print what page requests wait at 20 a second: the same page over and over, and every incident once."""
    graph = kgtools.open(ROOT)
    names = [iri.rsplit("/", 1)[1] for iri in graph.subjects() if "/incident/" in iri]
    print("| pages at 20 requests/s | median ms | p99 ms |\n| --- | --- | --- |")
    for title, path in (
        ("home, kept", lambda _: "/"),
        ("home, never kept", lambda n: f"/?n={n}"),
        ("dossiers in turn", lambda n: f"/incident/{names[n % len(names)]}"),
        ("dossiers, never kept", lambda n: f"/incident/{names[n % len(names)]}?n={n}"),
    ):
        found = waits(port, max(seconds, 10), path, "text/html")
        print(f"| {title} | {statistics.median(found):.1f} | {p99(found):.1f} |")


def compare(port: int, seconds: float) -> None:
    """Print the rates of simple queries, and their ratios to those of oxigraph's own server."""
    with theirs() as other:
        if other is None:
            print("\noxigraph is not installed: pip install oxigraph")
            return
        os.environ["THEIRS"] = str(other)
        print("\n| queries | kgtools 1/s | oxigraph 1/s | ratio | wanted |\n| --- | --- | --- | --- | --- |")
        for title, distinct, query, wanted in (
            ("simple, each another", True, LIGHT, "0.3"),
            ("simple, repeated", False, LIGHT, "0.6"),
            ("heavy (> 5 ms), repeated", False, HEAVY, "1"),
        ):
            pairs = []
            for _ in range(3):
                pairs.append((rate(port, seconds / 3, distinct, query), rate(other, seconds / 3, distinct, query)))
            mine, its = (statistics.median(values) for values in zip(*pairs, strict=True))
            print(f"| {title} | {mine:.0f} | {its:.0f} | {mine / its:.2f} | {wanted} |")


def beside(port: int) -> None:
    """Print what a well-behaved client waits beside nobody, and beside each hostile query of the tests, each to its end."""
    sys.path.insert(0, str(ROOT / "tests"))
    from hostile_queries import HOSTILE  # type: ignore[import-not-found, unused-ignore]

    print("\n| beside | queries p99 ms | pages p99 ms | status, s |\n| --- | --- | --- | --- |")
    asked, seen = well_behaved(port, threading.Event(), DEADLINE)
    print(f"| nobody | {asked:.0f} | {seen:.0f} | |", flush=True)
    found = []
    for name, query in HOSTILE.items():
        over = threading.Event()
        said: list[str] = []
        attack = threading.Thread(target=lambda body=query, to=said, done=over: hostile(port, body, to, done))
        attack.start()
        asked, seen = well_behaved(port, over, 60)
        attack.join()
        found.append(max(asked, seen))
        print(f"| {name} | {asked:.0f} | {seen:.0f} | {' '.join(said)} |", flush=True)
    under = sum(one < 200 for one in found)
    print(f"\nbeside {len(found)} hostile queries: at most {max(found):.0f} ms, {under} times under 200 ms")


def well_behaved(port: int, over: threading.Event, most: float) -> tuple[float, float]:
    """Ask for answers and pages until it is over, for a second at least and some at most; return the p99 of each, in ms."""
    asked, seen = [], []
    with Line(port) as line:
        begun = time.perf_counter()
        while (spent := time.perf_counter() - begun) < 1 or (not over.is_set() and spent < most):
            number = time.perf_counter_ns()
            one = time.perf_counter()
            line.get(f"/sparql?query={quote(LIGHT.replace('?label', f'?l{number}'))}")
            two = time.perf_counter()
            line.get(f"/?n={number}", "text/html")
            asked.append((two - one) * 1000)
            seen.append((time.perf_counter() - two) * 1000)
            time.sleep(0.03)
    return p99(asked), p99(seen)


def hostile(port: int, body: bytes, said: list[str], over: threading.Event) -> None:
    """Send a hostile query and note its status."""
    begun = time.perf_counter()
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=40) as line:
        head = "POST /sparql HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Type: application/sparql-query\r\n"
        line.sendall(f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body)
        said.append(line.recv(100).split()[1].decode())
    said.append(f"{time.perf_counter() - begun:.1f}")
    over.set()


if __name__ == "__main__":
    main()
