"""Real SPARQL servers on loopback, each in a folder of its own: Oxigraph's, and Virtuoso with a user who may write."""

from __future__ import annotations

import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.error import HTTPError, URLError
from urllib.request import urlopen

from conftest import ROOT

import kgtools
from kgtools.store import Rows
from kgtools.store.remote import RemoteStore

USER, PASSWORD = "kgtester", "only-for-tests"
OXIGRAPH = next(
    (
        str(path)
        for path in (Path(sys.executable).with_name("oxigraph"), Path(shutil.which("oxigraph") or ""))
        if path.is_file()
    ),
    "",
)
VIRTUOSO = shutil.which("virtuoso-t") or ""
MISSING = {
    "oxigraph": "" if OXIGRAPH else "the server of the PyPI package oxigraph is not installed",
    "virtuoso": "" if VIRTUOSO and shutil.which("isql-vt") else "Virtuoso (Debian: virtuoso-opensource-7-bin) is not installed",
}
SETTINGS = ROOT / "benchmarks" / "virtuoso.ini"  # shared with the benchmarks


@dataclass(frozen=True)
class Server:
    """A server that runs: the address for --store, and the login for it."""

    url: str
    environ: dict[str, str] = field(default_factory=dict)


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


@contextmanager
def oxigraph(folder: Path, *options: str) -> Iterator[Server]:
    port = free_port()
    command = [OXIGRAPH, "serve", "--location", str(folder), "--bind", f"127.0.0.1:{port}", *options]
    with _running(command, f"http://127.0.0.1:{port}/query?query=ASK%7B%7D"):
        yield Server(f"http://127.0.0.1:{port}")


@contextmanager
def virtuoso(folder: Path, rows: int = 1_000_000) -> Iterator[Server]:
    folder.mkdir(parents=True, exist_ok=True)
    port, http = free_port(), free_port()
    ini = folder / "virtuoso.ini"
    own = {"folder": folder, "sql": port, "port": http, "rows": rows, "buffers": 20_000, "dirty": 12_000}
    ini.write_text(SETTINGS.read_text(encoding="utf-8").format(**own, parameters="", sparql=""), encoding="utf-8")
    with _running([VIRTUOSO, "-f", "+configfile", str(ini)], f"http://127.0.0.1:{http}/sparql?query=ASK%7B%7D"):
        rights = f"DB.DBA.USER_CREATE('{USER}', '{PASSWORD}'); DB.DBA.USER_GRANT_ROLE('{USER}', 'SPARQL_UPDATE', 0);"
        subprocess.run(
            ["isql-vt", f"127.0.0.1:{port}", "dba", "dba", "VERBOSE=OFF", f"EXEC={rights}"],
            capture_output=True,
            check=True,
            timeout=60,
        )
        yield Server(f"http://127.0.0.1:{http}/sparql", {"KGTOOLS_STORE_USER": USER, "KGTOOLS_STORE_PASSWORD": PASSWORD})


def clear(server: Server) -> None:
    store = RemoteStore(server.url, server.environ, write=True)
    store.apply([], list(store.held()))
    for graph in ("all", "held", "kept"):
        store._service.update(f"CLEAR SILENT GRAPH <{kgtools.vocab.DATA}graph/{graph}>")


def state(server: Server) -> object:
    """Return all that a server holds, but for what dossiers were before."""
    store = RemoteStore(server.url, server.environ)
    graphs = sorted(store.held().items())
    texts = {graph: store.content(graph) for graph, _ in graphs}
    rows = store.query("SELECT ?s ?p ?o WHERE { ?s ?p ?o }")
    named = store.query("SELECT ?g ?s ?p ?o WHERE { GRAPH ?g { ?s ?p ?o } }")
    assert isinstance(rows, Rows) and isinstance(named, Rows)
    books = {(graph, store.derived_from(graph)) for graph, _ in graphs}
    return graphs, texts, frozenset(rows.rows), len(rows.rows), frozenset(named.rows), len(named.rows), books


@contextmanager
def _running(command: list[str], ready: str) -> Iterator[None]:
    """Run a server until the block is left; it counts as started when it answers a request."""
    server = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        for _ in range(600):
            try:
                with urlopen(ready, timeout=2):
                    break
            except (URLError, HTTPError, OSError):
                assert server.poll() is None, f"{command[0]} ended with {server.returncode}"
                time.sleep(0.1)
        yield
    finally:
        server.kill()
        server.wait()
