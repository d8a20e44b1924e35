"""The command as a process, against servers that misbehave on purpose: one sentence, nothing lost, and a rerun repairs."""

from __future__ import annotations

import gzip
import re
import shutil
import ssl
import subprocess
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import pytest
from conftest import EXAMPLE, Call, Copy, Said, process
from misbehaving import Answer, Misbehaving, Request, drip, forwarded, hang, http
from sparql_servers import MISSING, Server, clear, free_port, oxigraph, state
from test_remote_faults import NO, ROWS, after_probes

pytestmark = pytest.mark.slow

GATE, EDIT = "incidents/lock-gate-2019.ttl", ("Ice blocked the lock gate.", "Ice stopped the lock gate.")
ZIPPED = "Content-Encoding: gzip\r\n"
PAGE = http(b"<html><title>Welcome</title>", kind="text/html")
LOOP = http(b"", "302 Found", more="Location: /query\r\n")
SHORT = {"KGTOOLS_STORE_TIMEOUT": "1", "KGTOOLS_STORE_LIMIT": "1000000"}


def cut(request: Request, url: str) -> Iterator[bytes]:
    """Yield the first half of what a server answers, and hang up."""
    whole = b"".join(forwarded(url, request))
    yield whole[: len(whole) // 2]


# What a server does to a request, given the address of a good one; and the sentence that is said of it.
MANNERS: dict[str, tuple[Callable[[Request, str], Iterable[bytes]], str]] = {
    "hangs": (lambda _request, _url: hang(), "did not finish its answer within 1 s: ask for less"),
    "drips": (lambda _request, _url: drip(http(ROWS)), "did not finish its answer within 1 s: ask for less"),
    "hangs up": (lambda _request, _url: [], "broke the connection before it had answered: see the server's log"),
    "cuts its answer": (cut, "is cut off after|broke the connection"),
    "sends a page": (lambda _request, _url: [PAGE], "answers text/html instead of|and it is not: set KGTOOLS_STORE_UPDATE"),
    "redirects in a circle": (lambda _request, _url: [LOOP], "sends us to /query, and nothing is followed"),
    "sends half of a packed answer": (
        lambda _request, _url: [http(gzip.compress(NO)[:20], more=ZIPPED)], "is cut off after|KGTOOLS_STORE_UPDATE",
    ),
    "sends a packed answer that is huge": (
        lambda _request, _url: [http(gzip.compress(b" " * 30_000_000), more=ZIPPED)],
        "answers with more than 1,000,000 bytes|KGTOOLS_STORE_UPDATE",
    ),
    "wants a password": (lambda _request, _url: [http(b"", "401 Unauthorized")], "does not let us .*, status 401: set KGTOOLS"),
    "is full": (lambda _request, _url: [http(b"no space left", "500 Oh")], "failed with status 500 .«no space left».: see"),
}  # fmt: skip


def assert_one_sentence(said: Said, sentence: str) -> None:
    assert (said.code, said.out) == (2, ""), said
    assert said.err.count("\n") == 1 and said.err.count(": ") >= 2 and "Traceback" not in said.err
    assert re.search(sentence, said.err), said.err


@pytest.mark.parametrize("manner", MANNERS)
def test_a_question_to_a_server_that_misbehaves_is_one_sentence(manner: str) -> None:
    behave, sentence = MANNERS[manner]
    if manner == "cuts its answer":
        behave = lambda _request, _url: [http(NO)[:-9]]  # noqa: E731
    server = Misbehaving(lambda request: behave(request, ""))
    assert_one_sentence(process("query", "names", "--workspace", EXAMPLE, "--store", server.url, environ=SHORT), sentence)
    server.close()


@pytest.mark.parametrize("command", ["search valve", "load", "push", "pull"])
def test_a_server_that_is_not_there_is_one_sentence(command: str) -> None:
    said = process(*command.split(), "--workspace", EXAMPLE, "--store", f"http://127.0.0.1:{free_port()}")
    assert_one_sentence(said, r"cannot be reached \(Connection refused\): start the server, or check the address")


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    if MISSING["oxigraph"]:
        pytest.skip(MISSING["oxigraph"])
    with oxigraph(tmp_path_factory.mktemp("oxigraph") / "store") as server:
        yield server


@pytest.fixture(scope="module")
def edited(running: Server, tmp_path_factory: pytest.TempPathFactory) -> object:
    """What the server holds when the edited case was pushed to it while it held nothing."""
    copy = Copy(Path(shutil.copytree(EXAMPLE, tmp_path_factory.mktemp("edited") / "copy")))
    copy.replace(GATE, *EDIT)
    clear(running)
    assert process("push", "--workspace", copy.folder, "--store", running.url).code == 0
    found = state(running)
    clear(running)
    return found


@pytest.fixture
def server(running: Server) -> Server:
    """A server that holds nothing."""
    clear(running)
    return running


def between(server: Server, manner: str, good: int, changes: bool) -> Misbehaving:
    """Return what passes so many requests on, of all or of those that change something, and then begins to misbehave."""
    behave, _ = MANNERS[manner]
    left = [good]

    def answer(request: Request) -> Iterable[bytes]:
        if changes and request.body.startswith(b"query="):
            return forwarded(server.url, request)
        left[0] -= 1
        return forwarded(server.url, request) if left[0] >= 0 else behave(request, server.url)

    return Misbehaving(answer)


@pytest.mark.parametrize(
    ("command", "manner"),
    [
        ("push", "hangs"), ("push", "hangs up"), ("push", "sends a page"), ("push", "redirects in a circle"),
        ("push", "wants a password"), ("push", "is full"), ("load", "hangs"), ("load", "sends half of a packed answer"),
    ],
)  # fmt: skip
def test_what_a_server_spoils_while_it_is_written_is_repaired_by_the_next_run(
    command: str, manner: str, server: Server, copy: Copy, call: Call, edited: object
) -> None:
    at = ("--workspace", copy.folder, "--store")
    force = ["--force"] if command == "push" else []
    assert call("push", *at, server.url).code == 0
    copy.replace(GATE, *EDIT)
    proxy = between(server, manner, 1, changes=True)
    assert_one_sentence(process(command, *force, *at, proxy.url, environ=SHORT), MANNERS[manner][1])
    proxy.close()
    assert len(state(server)[0]) == 11  # type: ignore[index]
    assert call(command, *at, server.url).code == 0
    assert state(server) == edited


def test_a_change_whose_answer_is_cut_is_found_to_be_carried_out(
    server: Server, copy: Copy, call: Call, edited: object
) -> None:
    at = ("--workspace", copy.folder, "--store")
    assert call("push", *at, server.url).code == 0
    copy.replace(GATE, *EDIT)
    proxy = between(server, "cuts its answer", 1, changes=True)
    said = process("push", "--force", *at, proxy.url, environ=SHORT)
    proxy.close()
    assert said.code == 0 and said.out.startswith("0 loaded, 1 replaced, 10 skipped") and state(server) == edited


@pytest.mark.parametrize(
    ("manner", "good"),
    [("hangs", 2), ("cuts its answer", 4), ("sends a page", 4), ("sends half of a packed answer", 2)],
)
def test_what_a_server_spoils_while_it_is_pulled_is_repaired_by_the_next_run(
    manner: str, good: int, server: Server, copy: Copy, call: Call, tmp_path: Path
) -> None:
    mine = Copy(Path(shutil.copytree(copy.folder, tmp_path / "mine")))
    for file, old in (
        (GATE, "Ice blocked the lock gate."),
        ("incidents/pump-house-2019.ttl", "A valve was left open on purpose."),
    ):
        mine.replace(file, old, f"{old[:-1]}, they say.")
    assert call("push", "--workspace", copy.folder, "--store", server.url).code == 0
    assert call("push", "--workspace", mine.folder, "--store", server.url, "--force").code == 0
    before = {path.name: path.read_bytes() for path in copy.path("incidents").iterdir()}
    after = {path.name: path.read_bytes() for path in mine.path("incidents").iterdir()}
    proxy = between(server, manner, good, changes=False)
    at = ("pull", "--workspace", copy.folder, "--store")
    assert_one_sentence(process(*at, proxy.url, environ=SHORT), MANNERS[manner][1])
    proxy.close()
    now = {path.name: path.read_bytes() for path in copy.path("incidents").iterdir()}
    assert now.keys() == before.keys() and all(data in (before[name], after[name]) for name, data in now.items())
    assert call(*at, server.url).code == 0
    assert {path.name: path.read_bytes() for path in copy.path("incidents").iterdir()} == after


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A certificate for 127.0.0.1 that signs itself, with its key."""
    if not shutil.which("openssl"):
        pytest.skip("the program openssl, which makes certificates, is not installed")
    path = tmp_path_factory.mktemp("tls") / "server.pem"
    words = "req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=127.0.0.1 -addext subjectAltName=IP:127.0.0.1 -keyout"
    subprocess.run(["openssl", *words.split(), path, "-out", f"{path}.crt"], capture_output=True, check=True, timeout=60)
    path.write_bytes(path.read_bytes() + Path(f"{path}.crt").read_bytes())
    return path


def secure(certificate: Path, answer: Answer) -> Misbehaving:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    return Misbehaving(answer, context)


def test_a_certificate_that_nobody_vouches_for_is_refused_and_one_that_the_environment_names_is_taken(
    certificate: Path,
) -> None:
    server = secure(certificate, after_probes(lambda _: [http(ROWS)]))
    ask = ("query", "-", "--workspace", EXAMPLE, "--store")
    given, trusted = "SELECT ?a { ?a ?b ?c }", {"SSL_CERT_FILE": f"{certificate}.crt"}
    refused = "no trusted connection .self-signed certificate.: use a certificate that this machine trusts, or name who signed"
    assert_one_sentence(process(*ask, server.url, given=given), refused)
    assert server.requests == []  # nothing was said to whom nobody knows
    assert process(*ask, server.url, given=given, environ=trusted).out.split()[-1] == "http://example.org/x"
    elsewhere = server.url.replace("127.0.0.1", "localhost")
    assert_one_sentence(process(*ask, elsewhere, given=given, environ=trusted), "no trusted connection .Hostname mismatch")
    server.close()


def test_a_server_without_tls_is_one_sentence() -> None:
    server = Misbehaving(lambda _: [http(ROWS)])
    said = process("query", "names", "--workspace", EXAMPLE, "--store", server.url.replace("http:", "https:"), environ=SHORT)
    assert_one_sentence(said, "does not answer in TLS|did not finish|no connection within")
    server.close()
