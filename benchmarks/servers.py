"""Servers that a user would take instead: started on loopback for one measurement, filled, and ended again."""

from __future__ import annotations

import contextlib
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

GRAPH = "https://example.org/synthetic/all"
SETTINGS = Path(__file__).with_name("virtuoso.ini")  # to be filled in; the tests' servers take them too, with less memory


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


def oxigraph_program() -> str | None:
    beside = Path(sys.executable).with_name("oxigraph")
    return str(beside) if beside.exists() else shutil.which("oxigraph")


def virtuoso_program() -> str | None:
    return shutil.which("virtuoso-t") if shutil.which("isql-vt") else None


def await_answer(address: str, process: subprocess.Popen[bytes], seconds: float = 60) -> None:
    until = time.monotonic() + seconds
    while time.monotonic() < until and process.poll() is None:
        with contextlib.suppress(OSError), urllib.request.urlopen(f"{address}?query=ASK%7B%7D", timeout=5):
            return
        time.sleep(0.1)
    raise RuntimeError(f"{address} does not answer")


@contextlib.contextmanager
def _running(call: list[str], address: str, log: Path) -> Iterator[subprocess.Popen[bytes]]:
    with log.open("ab") as out:
        process = subprocess.Popen(call, stdout=out, stderr=out)
    try:
        await_answer(address, process)
        yield process
    finally:
        process.terminate()
        try:
            process.wait(30)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


@contextlib.contextmanager
def oxigraph(folder: Path, log: Path) -> Iterator[tuple[str, int]]:
    """Serve a store's folder for reading; yield the address and the number of the process."""
    port = free_port()
    address = f"http://127.0.0.1:{port}/query"
    program = oxigraph_program()
    assert program
    call = [program, "serve-read-only", "--location", str(folder), "--bind", f"127.0.0.1:{port}"]
    with _running(call, address, log) as process:
        yield address, process.pid


@contextlib.contextmanager
def virtuoso(folder: Path, data: Path, log: Path) -> Iterator[tuple[str, int, int]]:
    """Run Virtuoso over a folder of its own; yield the address, the number of the process and the port for isql."""
    folder.mkdir(parents=True, exist_ok=True)
    sql, port = free_port(), free_port()
    ini = folder / "virtuoso.ini"
    settings = SETTINGS.read_text(encoding="utf-8").format(
        folder=folder, sql=sql, port=port, buffers=340_000, dirty=250_000, rows=10_000_000,
        parameters=f"ServerThreads = 10\nDirsAllowed = {data}\nMaxQueryMem = 2G",
        sparql="MaxQueryCostEstimationTime = 1000000\nMaxQueryExecutionTime = 1000000",
    )  # fmt: skip
    ini.write_text(settings, encoding="utf-8")
    address = f"http://127.0.0.1:{port}/sparql"
    with _running(["virtuoso-t", "+foreground", "+configfile", str(ini)], address, log) as process:
        yield address, process.pid, sql


def virtuoso_load(port: int, data: Path, seconds: float) -> None:
    """Load a folder's N-Triples with the bulk loader, as its makers say to; raise if that fails or takes too long."""
    steps = f"ld_dir('{data.parent}', '{data.name}', '{GRAPH}'); rdf_loader_run(); checkpoint;"
    call = ["isql-vt", str(port), "dba", "dba", f"exec={steps}"]
    done = subprocess.run(call, capture_output=True, text=True, timeout=seconds, check=False)
    if done.returncode or "Error" in done.stderr:
        raise RuntimeError(done.stderr[-300:])
