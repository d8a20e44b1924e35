"""Servers that misbehave: one clear sentence, nothing lost, and no update twice."""

from __future__ import annotations

import gzip
import hashlib
import re
import socket
from collections.abc import Callable, Iterable, Iterator

import pytest
from misbehaving import Answer, Misbehaving, Request, drip, hang, http

from kgtools.faults import Fault
from kgtools.store import Rows, Triples
from kgtools.store.endpoints import Endpoints
from kgtools.store.remote import RemoteStore
from kgtools.turtle import IRI, Triple

ROWS = b'{"head":{"vars":["a"]},"results":{"bindings":[{"a":{"type":"uri","value":"http://example.org/x"}}]}}'
NO = b'{"head":{},"boolean":false}'
YES = b'{"head":{},"boolean":true}'
SELECT = "SELECT ?a { ?a ?b ?c }"
NODE = IRI("http://example.org/a")
Start = Callable[[Answer], Misbehaving]


@pytest.fixture
def start() -> Iterator[Start]:
    """Start servers that are stopped when the test is over."""
    started: list[Misbehaving] = []

    def run(answer: Answer) -> Misbehaving:
        started.append(Misbehaving(answer))
        return started[-1]

    yield run
    for one in started:
        one.close()


@pytest.fixture(autouse=True)
def _no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("kgtools.store.service._PAUSE", 0.01)


def after_probes(answer: Answer) -> Answer:
    """Answer the probes of a service that holds nothing of ours, and anything else as told."""
    return lambda request: [http(NO)] if "ASK" in request.query else answer(request)


def always(answer: bytes) -> Answer:
    return lambda _: [answer]


def store(url: str, **settings: str) -> RemoteStore:
    return RemoteStore(
        f"{url}/sparql", {"KGTOOLS_STORE_TIMEOUT": "1", **{f"KGTOOLS_STORE_{k}": v for k, v in settings.items()}}
    )


def chunked(*pieces: bytes, end: bool = True, more: str = "", kind: str = "application/sparql-results+json") -> bytes:
    head = f"HTTP/1.1 200 OK\r\nContent-Type: {kind}\r\nTransfer-Encoding: chunked\r\n{more}\r\n".encode()
    return head + b"".join(b"%x\r\n%s\r\n" % (len(piece), piece) for piece in pieces) + (b"0\r\n\r\n" if end else b"")


MANY = ROWS[:46] + b'{"a":{"type":"uri","value":"http://example.org/x"}},' * 500 + ROWS[46:]
PACKED = gzip.compress(MANY)
CUT, INCOMPLETE = "its answer is cut off after", "its answer is no complete results document"
LATE, LONG = "did not finish its answer within 1 s", "answers with headers longer than HTTP servers send"
EVIL = "http://evil.example/"
ZIPPED = "Content-Encoding: gzip\r\n"
BAD = {
    "never answers": (hang, "did not finish its answer within 1 s: ask for less"),
    "drips its headers": (lambda: drip(http(ROWS)), LATE),
    "drips its body": (lambda: [http(ROWS)[:-90], *drip(http(ROWS)[-90:])], LATE),
    "hangs up": (tuple, "broke the connection before it had answered: see the server's log"),
    "cuts a body of known length": (lambda: [http(ROWS)[:-30]], CUT),
    "cuts a body without length": (lambda: [http(ROWS[:-30], length=None)], INCOMPLETE),
    "lies about the length": (lambda: [http(ROWS[:-30])], INCOMPLETE),
    "cuts a chunk": (lambda: [chunked(ROWS)[:-40]], CUT),
    "leaves out the last chunk": (lambda: [chunked(ROWS[:50], end=False)], CUT),
    "sends no chunk size": (lambda: [chunked() [:-5] + b"zz\r\n"], CUT),
    "cuts gzip": (lambda: [http(PACKED[:-20], more=ZIPPED)], CUT),
    "cuts gzip in a chunk": (lambda: [chunked(PACKED[:60], more=ZIPPED)], CUT),
    "sends no gzip": (lambda: [http(ROWS, more=ZIPPED)], "its compressed answer is broken"),
    "sends a coding of its own": (lambda: [http(ROWS, more="Content-Encoding: br\r\n")], "a coding nobody asked for .br."),
    "sends a page": (lambda: [http(b"<html><p>hello", kind="text/html")], "answers text/html instead of .*<html><p>hello"),
    "sends no type": (lambda: [b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"], "answers something without a type instead"),
    "sends other JSON": (lambda: [http(b'{"a": [1, 2]}', kind="application/json")], INCOMPLETE),
    "sends a truth for rows": (lambda: [http(YES)], INCOMPLETE),
    "sends bytes that are not UTF-8": (lambda: [http(ROWS.replace(b"/x", b"\xff\xfe"))], INCOMPLETE),
    "wants a login": (lambda: [http(b"", "401 Unauthorized")], "does not let us query, status 401: set KGTOOLS_STORE_USER"),
    "forbids": (lambda: [http(b"no", "403 Forbidden")], "does not let us query, status 403: set KGTOOLS_STORE_USER"),
    "is not there": (lambda: [http(b"no such page", "404 Not Found")], "takes no SPARQL query, status 404 .«no such page»."),
    "fails": (lambda: [http(b"disk\nfull\x1b[31m", "500 Oh")], r"failed with status 500 \(«disk full \[31m»\): see the server"),
    "is never ready": (lambda: [http(b"", "503 Busy")], "is not ready, status 503: try again later"),
    "refuses": (lambda: [http(b"line 1: oops", "400 Bad Request")], "query: refused .*«line 1: oops».: mend"),
    "redirects": (lambda: [http(b"", "302 Found", more=f"Location: {EVIL}\r\n")], f"sends us to {EVIL}, and nothing is"),
    "sends a long header": (lambda: [http(b"", more=f"X: {'x' * 70_000}\r\n")], LONG),
    "sends many headers": (lambda: [http(b"", more="X: x\r\n" * 200)], LONG),
    "does not speak HTTP": (lambda: [b"220 mail.example.org ESMTP\r\n"], "does not answer in HTTP"),
    "gives up half way": (lambda: [http(ROWS, more="X-SQL-State: S1TAT\r\n")], "gave up before the answer was complete"),
    "gives some rows": (lambda: [http(ROWS, more="X-SPARQL-MaxRows: 1\r\n")], "gives no more than 1 rows: raise"),
}  # fmt: skip


@pytest.mark.parametrize("name", BAD)
def test_a_server_that_misbehaves_is_one_sentence(name: str, start: Start) -> None:
    behave, sentence = BAD[name]
    server = start(after_probes(lambda _: behave()))
    with pytest.raises(Fault) as caught:
        store(server.url).query(SELECT)
    said = str(caught.value)
    assert re.search(sentence, said), said
    assert "\n" not in said and "\x1b" not in said and said.count(": ") >= 2


@pytest.mark.parametrize(
    "answer",
    [http(ROWS), http(ROWS, length=None), chunked(ROWS[:40], ROWS[40:]), http(gzip.compress(ROWS), more=ZIPPED),
     chunked(gzip.compress(ROWS)[:30], gzip.compress(ROWS)[30:], more=ZIPPED),
     http(ROWS, kind="application/json; charset=utf-8")],
)  # fmt: skip
def test_every_whole_answer_is_read(answer: bytes, start: Start) -> None:
    server = start(after_probes(lambda _: [answer]))
    found = store(server.url).query(SELECT)
    assert isinstance(found, Rows) and found.rows == [(IRI("http://example.org/x"),)]


def test_an_answer_without_end_meets_a_limit(start: Start) -> None:
    def endless(_: Request) -> Iterator[bytes]:
        yield http(ROWS[:46], length=None)
        while True:
            yield b'{"a":{"type":"uri","value":"http://example.org/"}},' * 1000

    server = start(after_probes(endless))
    with pytest.raises(Fault, match="answers with more than 1,000,000 bytes"):
        store(server.url, LIMIT="1000000", TIMEOUT="30").query(SELECT)
    with pytest.raises(Fault, match=r"did not finish its answer within 0\.5 s"):
        store(server.url, TIMEOUT="0.5").query(SELECT)
    found = store(server.url, TIMEOUT="30").query(SELECT, most=5)
    assert isinstance(found, Rows) and len(found.rows) == 5 and found.more


def test_a_small_packed_answer_that_is_huge_meets_the_limit(start: Start) -> None:
    server = start(after_probes(lambda _: [http(gzip.compress(b" " * 50_000_000), more=ZIPPED)]))
    with pytest.raises(Fault, match="answers with more than 1,000,000 bytes"):
        store(server.url, LIMIT="1000000", TIMEOUT="30").query(SELECT)


def test_nobody_listening_is_a_fault() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    with pytest.raises(Fault, match=r"127.0.0.1:\d+/sparql: cannot be reached \(Connection refused\): start the server"):
        store(f"http://127.0.0.1:{port}").query(SELECT)


def test_a_name_that_is_no_host_is_a_fault() -> None:
    with pytest.raises(Fault, match="cannot be reached"):
        store("http://no-such-host.invalid").query(SELECT)


def test_a_read_is_tried_again_when_the_server_was_busy_or_hung_up(start: Start) -> None:
    answers = iter([[http(b"", "503 Busy")], [], [http(b"", "502 Bad")], [http(ROWS)]])
    server = start(after_probes(lambda _: next(answers)))
    found = store(server.url).query(SELECT)
    assert isinstance(found, Rows) and len(found.rows) == 1


def test_triples_whose_end_nobody_could_see_are_refused(start: Start) -> None:
    line = b"<http://example.org/a> <http://example.org/b> <http://example.org/c> .\n"
    kind = "application/n-triples"
    text = "CONSTRUCT WHERE { ?a ?b ?c }"
    good = store(start(after_probes(lambda _: [http(line, kind=kind)])).url).query(text)
    assert isinstance(good, Triples) and len(good.triples) == 1
    for answer in (http(line, kind=kind, length=None), http(line * 2, kind=kind)[:-72], http(line[:-9], kind=kind)):
        server = start(after_probes(always(answer)))
        with pytest.raises(Fault, match=r"neither the length nor the end|is cut off|is no N-Triples"):
            store(server.url).query(text)


class Shelf:
    """A service that does no more than a test of updates needs: it keeps its version and a hash, and counts what it applies."""

    def __init__(self, fates: Iterable[str]) -> None:
        self.fates, self.applied, self.digest, self.version, self.bodies = iter(fates), 0, "", "", list[str]()

    def __call__(self, request: Request) -> Iterable[bytes] | None:
        if request.query.startswith("SELECT"):
            known = self.version if "#version" in request.query else ""
            rows = f'{{"version":{{"type":"literal","value":"{known}"}}}}' if known else ""
            return [http(f'{{"head":{{"vars":["version"]}},"results":{{"bindings":[{rows}]}}}}'.encode())]
        if request.query:
            return [http(NO)]
        fate = next(self.fates, "good")
        self.bodies.append(request.body.decode("utf-8"))
        if "applied" in fate or fate == "good":
            self.apply(self.bodies[-1])
        if fate == "overtaken":
            self.version = "of another"
        page = {"good": "204 No Content", "pretended and not": "200 OK", "overtaken": "200 OK", "failed": "500 Oh"}.get(fate)
        return [http(b"out of memory", page)] if page else [http(b"", "503 Busy")] if "busy" in fate else []

    def apply(self, body: str) -> None:
        """Do what a server does that carries out a request as a whole: nothing, where the version is not the one wanted."""
        new = re.findall(r'INSERT \{ GRAPH <\S+> \{ <\S+> <\S+#version> "(\w+ \w+)"', body)[-1]
        if {self.version} - {""} == set(re.findall(r'#version> "(\w+ \w+)"', body)) - {new}:
            self.version = new
            for digest in re.findall(r'sha256> "(\w+)"', body)[-1:]:  # none where a writer takes its turn
                self.applied, self.digest = self.applied + 1, digest


@pytest.mark.parametrize(
    ("fates", "applied"),
    [
        (["good"], 1), (["applied and hung up"], 1), (["applied and busy"], 1), (["hung up", "good"], 1),
        (["busy", "hung up", "applied and hung up"], 1),
    ],
)  # fmt: skip
@pytest.mark.parametrize("before", [[], ["good"]], ids=["taking a turn", "changing"])
def test_an_update_is_never_applied_twice(before: list[str], fates: list[str], applied: int, start: Start) -> None:
    shelf = Shelf([*before, *fates])
    store(start(shelf).url).replace("http://example.org/graph/one", "abc", [Triple(NODE, NODE, NODE)], [])
    assert shelf.applied == applied and shelf.digest == "abc"


@pytest.mark.parametrize(
    ("fates", "sentence"),
    [
        (["failed"], "failed with status 500 .«out of memory»"), (["hung up"] * 9, "broke the connection"),
        (["busy"] * 9, "is not ready, status 503"),
        (["pretended and not"], "answers as if the update were carried out, and it is not: set KGTOOLS_STORE_UPDATE"),
        (["overtaken"], "another writer changed the store since it was read: run it again"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("before", [[], ["good"]], ids=["taking a turn", "changing"])
def test_an_update_that_was_not_carried_out_is_a_fault(
    before: list[str], fates: list[str], sentence: str, start: Start
) -> None:
    shelf = Shelf([*before, *fates])
    with pytest.raises(Fault, match=sentence):
        store(start(shelf).url).replace("http://example.org/graph/one", "abc", [Triple(NODE, NODE, NODE)], [])
    assert shelf.applied == 0


def test_a_writer_who_was_overtaken_changes_nothing_and_a_request_that_comes_late_neither(start: Start) -> None:
    shelf = Shelf(["busy", "good"])
    one, other = store(start(shelf).url), store(start(shelf).url)
    one.replace("http://example.org/graph/one", "abc", [Triple(NODE, NODE, NODE)], [])
    other.replace("http://example.org/graph/one", "def", [Triple(NODE, NODE, NODE)], [])
    with pytest.raises(Fault, match="another writer changed the store since it was read: run it again"):
        one.replace("http://example.org/graph/one", "ghi", [Triple(NODE, NODE, NODE)], [])
    for body in shelf.bodies:
        shelf.apply(body)
    assert (shelf.applied, shelf.digest) == (2, "def")


def test_a_token_goes_to_the_server_and_nowhere_else(start: Start) -> None:
    other = start(lambda _: [http(ROWS)])
    server = start(lambda _: [http(b"", "307 Moved", more=f"Location: {other.url}/sparql\r\n")])
    with pytest.raises(Fault) as caught:
        store(server.url, TOKEN="s3cret").query(SELECT)
    assert server.requests[0].headers["authorization"] == "Bearer s3cret"
    assert other.requests == [] and "s3cret" not in str(caught.value)


@pytest.mark.parametrize("algorithm", ["MD5", "SHA-256", ""])
def test_a_digest_login_is_answered_as_the_standard_says(algorithm: str, start: Start) -> None:
    hashed = hashlib.sha256 if algorithm == "SHA-256" else hashlib.md5

    def answer(request: Request) -> Iterable[bytes]:
        fields = dict(re.findall(r'(\w+)="?([^",]*)"?', request.headers.get("authorization", "")))
        ha1 = hashed(b"ann:my realm:s3cret").hexdigest()
        ha2 = hashed(f"{request.line.split()[0]}:/sparql".encode()).hexdigest()
        parts = [ha1, "abc", fields.get("nc", ""), fields.get("cnonce", ""), "auth", ha2]
        if fields.get("response") == hashed(":".join(parts).encode()).hexdigest():
            return after_probes(lambda _: [http(ROWS)])(request) or []
        more = (
            f'WWW-Authenticate: Digest realm="my realm", nonce="abc", qop="auth"{algorithm and ", algorithm=" + algorithm}\r\n'
        )
        return [http(b"", "401 Unauthorized", more=more)]

    server = start(answer)
    found = store(server.url, USER="ann", PASSWORD="s3cret").query(SELECT)
    assert isinstance(found, Rows) and not any(b"s3cret" in request.body for request in server.requests)
    with pytest.raises(Fault, match="does not let us query, status 401") as caught:
        store(server.url, USER="ann", PASSWORD="wr0ng").query(SELECT)
    assert "wr0ng" not in str(caught.value)


def test_a_long_word_in_how_a_server_wants_us_to_log_in_is_read_once(start: Start) -> None:
    # Were it read anew from each of its letters, this would take half an hour.
    more = f"WWW-Authenticate: Digest {'x' * 60_000}\r\n" * 60
    server = start(lambda _: [http(b"", "401 Unauthorized", more=more)])
    with pytest.raises(Fault):
        store(server.url, USER="ann", PASSWORD="s3cret").query(SELECT)


def test_a_password_goes_in_the_clear_only_to_who_asks_for_it_so(start: Start) -> None:
    silent = start(after_probes(lambda _: [http(ROWS)]))
    store(silent.url, USER="ann", PASSWORD="s3cret").query(SELECT)
    assert all("authorization" not in request.headers for request in silent.requests)
    basic = start(
        lambda request: (
            after_probes(lambda _: [http(ROWS)])(request)
            if request.headers.get("authorization") == "Basic YW5uOnMzY3JldA=="
            else [http(b"", "401 Unauthorized", more='WWW-Authenticate: Basic realm="x"\r\n')]
        )
    )
    assert isinstance(store(basic.url, USER="ann", PASSWORD="s3cret").query(SELECT), Rows)


@pytest.mark.parametrize(
    ("where", "sentence"),
    [
        ("http://ann:s3cret@127.0.0.1/sparql", "http://127.0.0.1/sparql: the address carries a login: take it out"),
        ("ftp://127.0.0.1/", "is no http:// or https:// address"), ("http:///sparql", "is no http:// or https:// address"),
        ("http://127.0.0.1:99999/", "is no h"), ("http://127.0.0.1/a b", "is no h"), ("http://127.0.0.1/\r\nX: y", "is no h"),
    ],
)  # fmt: skip
def test_an_address_that_cannot_be_asked_is_a_fault(where: str, sentence: str) -> None:
    with pytest.raises(Fault, match=sentence) as caught:
        RemoteStore(where, {})
    assert "s3cret" not in str(caught.value)


@pytest.mark.parametrize(("name", "value"), [("TIMEOUT", "soon"), ("TIMEOUT", "-1"), ("LIMIT", "nan"), ("LIMIT", "0")])
def test_a_setting_that_is_no_number_is_a_fault(name: str, value: str) -> None:
    with pytest.raises(Fault, match=f"KGTOOLS_STORE_{name}: '{value}' is no number above 0"):
        RemoteStore("http://127.0.0.1/", {f"KGTOOLS_STORE_{name}": value})


def test_a_login_with_a_line_break_is_a_fault_that_does_not_show_it() -> None:
    with pytest.raises(Fault, match="has a character that no login has") as caught:
        RemoteStore("http://127.0.0.1/", {"KGTOOLS_STORE_TOKEN": "abc\r\nX: y"})
    assert "abc" not in str(caught.value)


@pytest.mark.parametrize(
    ("where", "settings", "expected"),
    [
        ("http://h:7878", {}, ("http://h:7878/query", "http://h:7878/update", "http://h:7878/store")),
        ("http://h:7878/", {}, ("http://h:7878/query", "http://h:7878/update", "http://h:7878/store")),
        ("http://h/db/query", {}, ("http://h/db/query", "http://h/db/update", "http://h/db/store")),
        ("https://h/repositories/x", {}, (
            "https://h/repositories/x", "https://h/repositories/x/statements", "https://h/repositories/x/rdf-graphs/service",
        )),
        ("https://h:8182/sparql", {}, ("https://h:8182/sparql", "https://h:8182/sparql", "")),
        ("http://h", {"QUERY": "http://h/", "UPDATE": "http://h/u"}, ("http://h/", "http://h/u", "http://h/store")),
    ],
)  # fmt: skip
def test_the_addresses_of_a_service_follow_from_its_own(
    where: str, settings: dict[str, str], expected: tuple[str, ...]
) -> None:
    ends = Endpoints.of(where, {f"KGTOOLS_STORE_{name}": value for name, value in settings.items()})
    assert (ends.query, ends.update, ends.graphs) == expected
