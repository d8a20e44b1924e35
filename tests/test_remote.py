"""Commands over a SPARQL service: what they print is what they print of memory, and they read no more than they need."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from urllib.parse import urlsplit

import pytest
from conftest import ROOT, Call, Said
from misbehaving import Misbehaving, Request, forwarded
from sparql_servers import MISSING, Server, oxigraph, virtuoso

import kgtools
from kgtools import dossiers, loading
from kgtools.store.remote import RemoteStore
from kgtools.workspace import Workspace

pytestmark = pytest.mark.slow

SMALL, LARGE = "vostochny-2017", "geo-ik-2-2011"
SCOPED = (
    f"trace claim:{LARGE}-051", "trace intrusion electromagnetic", "trace no such words", "origins Vostochny",
    f"drift {LARGE} --explain", f"compare {LARGE} --explain", f"dossier {SMALL}", f"origins {SMALL} --explain",
    f"timeline {SMALL} --explain", f"summary {SMALL}", f"discrepancies {LARGE} --explain", f"receipt claim:{LARGE}-051",
    f"history {SMALL}", "compare vostochnyj-2017",
)  # fmt: skip
ON_VIRTUOSO = SCOPED[:8]
_PRINTED: dict[str, Said] = {}


class Counted:
    """Stands before a server and counts the bytes that it sends."""

    def __init__(self, server: Server) -> None:
        self.server, self.sent, self.whole = server, 0, 0
        self.proxy = Misbehaving(self.answer)
        self.url = self.proxy.url + urlsplit(server.url).path

    def answer(self, request: Request) -> Iterator[bytes]:
        for piece in forwarded(self.server.url, request):
            self.sent += len(piece)
            yield piece


@pytest.fixture(scope="module", params=["oxigraph", "virtuoso"])
def counted(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Counted]:
    """A server with the shipped graph."""
    if MISSING[request.param]:
        pytest.skip(MISSING[request.param])
    workspace = Workspace.find(ROOT)
    start = oxigraph if request.param == "oxigraph" else virtuoso
    with start(tmp_path_factory.mktemp(request.param) / "store") as server:
        with RemoteStore(server.url, server.environ, write=True) as store:
            loading.load(store, dossiers.find([ROOT], workspace), workspace)
        found = Counted(server)
        RemoteStore(found.url, server.environ).query("SELECT ?s ?p ?o WHERE { ?s ?p ?o }")
        found.whole = found.sent
        yield found
        found.proxy.close()


@pytest.fixture
def over(counted: Counted, call: Call, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], Said]:
    """Return how a command is called over the server."""
    for name, value in counted.server.environ.items():
        monkeypatch.setenv(name, value)
    return lambda line: call("--workspace", ROOT, "--store", counted.url, *line.split())


@pytest.mark.parametrize(
    ("counted", "line"),
    [*(("oxigraph", line) for line in SCOPED), *(("virtuoso", line) for line in ON_VIRTUOSO)],
    indirect=["counted"],
)
def test_a_command_prints_the_same_of_a_service_as_of_memory_and_reads_no_more_than_it_needs(
    line: str, counted: Counted, over: Callable[[str], Said], call: Call
) -> None:
    if line not in _PRINTED:
        _PRINTED[line] = call("--workspace", ROOT, *line.split())
    counted.sent = 0
    assert over(line) == _PRINTED[line]
    assert 0 < counted.sent < counted.whole / (3 if SMALL in line else 1)


def test_the_methods_of_a_space_read_no_more_either(counted: Counted, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in counted.server.environ.items():
        monkeypatch.setenv(name, value)
    there, here = kgtools.open(ROOT, store=counted.url), kgtools.open(ROOT)
    assert there.trace(f"claim:{LARGE}-051").rows == here.trace(f"claim:{LARGE}-051").rows
    assert there.origins(f"incident:{SMALL}").rows == here.origins(f"incident:{SMALL}").rows
    assert there.matrix(LARGE).rows == here.matrix(LARGE).rows
    assert "files" not in there.__dict__
