"""A server as a process on loopback, for the tests that ask one."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import httpx
import pytest
from conftest import EXAMPLE, ROOT

GRAPH = "https://example.org/pump-house/graph/"
AGENTS, SOURCES, CRAFT = (f"{GRAPH}{name}" for name in ("agents", "sources", "craft"))
DIRECT = {"Content-Type": "application/sparql-query"}
FORM = {"Content-Type": "application/x-www-form-urlencoded"}
TIMEOUT = 3.0


@contextmanager
def running(*arguments: str) -> Iterator[tuple[str, subprocess.Popen[str]]]:
    """Run the command as a process of its own; yield its address and the process."""
    command = [sys.executable, "-m", "kgtools", "serve", "--no-open", *arguments]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True, env=environment, cwd=ROOT) as process:
        assert process.stderr is not None
        said = ""
        for line in process.stderr:
            said += line
            found = re.search(r"at (http://\S+)/$", line)
            if found:
                break
        else:
            pytest.fail(f"no address: {said}")
        try:
            yield found[1], process
        finally:
            process.send_signal(signal.SIGINT)
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    with running("--port", "0", "--timeout", str(TIMEOUT), "--workspace", str(EXAMPLE)) as (found, _):
        yield found


@pytest.fixture(scope="module")
def web(address: str) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=address, timeout=30) as client:
        yield client


def ask(web: httpx.Client, query: str, **headers: str) -> httpx.Response:
    return web.post("/sparql", content=query, headers={**DIRECT, **headers})


def truth(reply: httpx.Response) -> bool:
    assert reply.status_code == 200, reply.text
    assert reply.headers["content-type"] == "application/sparql-results+json"
    found: bool = reply.json()["boolean"]
    return found


def raw(address: str, data: bytes) -> socket.socket:
    line = socket.create_connection(("127.0.0.1", int(address.rsplit(":", 1)[1])), timeout=30)
    line.sendall(data)
    return line
