"""A SPARQL 1.1 service as the protocols see it: queries, updates and whole graphs, asked again only where that is safe."""

from __future__ import annotations

import re
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from urllib.parse import urlencode

from kgtools.faults import Fault
from kgtools.store import replies
from kgtools.store.endpoints import Endpoints
from kgtools.store.wire import Login, Lost, Reply, Wire, number
from kgtools.turtle import Triple, serialise

_TRIES = 4
_PAUSE = 0.2

# Strings, IRIs and comments, which hide words; what is left of a query is its keywords, names and variables.
_HIDING = re.compile(
    r"""'''(?:[^\\]|\\.)*?'''|\"\"\"(?:[^\\]|\\.)*?\"\"\"|'(?:[^'\\\n\r]|\\.)*'|"(?:[^"\\\n\r]|\\.)*"|<[^<>"{}|^`\\\x00-\x20]*>|\#[^\n\r]*""",
    re.DOTALL,
)
# GRAPH and what follows it, where that is an IRI; other IRIs, in which the word may stand.
_GRAPH = re.compile(r"""(?i)(?<![?$\w:-])GRAPH\s*(<[^<>"{}|^`\\\x00-\x20]*>)?|<[^<>"{}|^`\\\x00-\x20]*>""")
_SUSPECT = re.compile(r"<(?![A-Za-z][\w+.-]*://)[^>]*['#]")
_GIVEN = re.compile(r"VALUES \?(\w+) \{ <([^<>\s]*)> \}")


class Service:
    """One service, its addresses, and what is known of the product that answers there."""

    def __init__(self, where: str, environ: Mapping[str, str]) -> None:
        self._environ = environ
        self._login = Login.of_environment(environ)
        self.ends = Endpoints.of(where, environ)
        seconds = number(environ, "KGTOOLS_STORE_TIMEOUT", 300)
        self._wire = Wire(self._login, seconds, number(environ, "KGTOOLS_STORE_LIMIT", 1 << 34))
        self._product = ""

    @property
    def virtuoso(self) -> bool:
        """Say whether it is Virtuoso, known from the first answer on."""
        return self._product.startswith("virtuoso")

    def given(self, text: str) -> dict[str, str]:
        """Return the IRIs that a query sets by VALUES, by variable, for Virtuoso, which answers some of them as strings."""
        found = _GIVEN.findall(text) if self.virtuoso else []
        return {name: value for name, value in found if all(value == other for one, other in found if one == name)}

    def ask(self, text: str, dataset: list[tuple[str, str]], accept: str) -> Reply:
        """Send a query, several times if the way to the server is broken, and return a good reply."""
        body = urlencode([("query", text), *dataset]).encode("ascii")
        headers = {"Content-Type": "application/x-www-form-urlencoded", "Accept": accept}
        for pause in pauses():
            try:
                return replies.checked(self._send("POST", self.ends.query, headers, body), accept)
            except Lost:
                if pause is None:
                    raise
                time.sleep(pause)
        raise AssertionError("the last try returns or raises")

    def _send(self, method: str, url: str, headers: Mapping[str, str], body: bytes) -> Reply:
        reply = self._wire.send(method, url, headers, body, packed=self._product.startswith("oxigraph"))
        self._know(reply)
        return reply

    def _know(self, reply: Reply) -> None:
        product = reply.header("server").lower()
        if product != self._product:
            self._product = product
            if product.startswith("virtuoso"):
                self.ends = self.ends.of_virtuoso(bool(self._login.user), self._environ)

    def update(self, text: str) -> bool:
        """Send an update once, and say whether its answer leaves no doubt; raise Lost where it may or may not be done."""
        headers = {"Content-Type": "application/sparql-update", "Accept": "*/*"}
        return self._done(self._send("POST", self.ends.update, headers, text.encode("utf-8")))

    def put(self, graph: str, triples: Sequence[Triple]) -> None:
        """Put triples in the place of a named graph (Graph Store Protocol, section 5.3)."""
        url = f"{self.ends.graphs}?{urlencode([('graph', graph)])}"
        headers = {"Content-Type": "application/n-triples", "Accept": "*/*"}
        self._done(self._send("PUT", url, headers, serialise(triples, "ntriples")))

    @staticmethod
    def _done(reply: Reply) -> bool:
        replies.check_status(reply, "update")
        reply.close()
        return reply.status == 204


def pauses() -> Iterator[float | None]:
    """Yield the pause after each try, None after the last."""
    yield from (_PAUSE * 2**count for count in range(_TRIES - 1))
    yield None


def graphs_asked(default: Iterable[str], named: Iterable[str]) -> list[tuple[str, str]]:
    """Return the protocol's parameters for the graphs (IRIs) that a query ranges over."""
    return [*(("default-graph-uri", name) for name in default), *(("named-graph-uri", name) for name in named)]


def bare_of(text: str) -> str:
    """Return a query without its strings and comments, IRIs as <>."""
    return _HIDING.sub(lambda found: " <> " if found[0].startswith("<") else " ", text)


def graphs_named(text: str) -> list[str] | None:
    """Return the graphs (IRIs) that a query names with GRAPH; None where it may ask for others, as by a variable or a prefix.

    What may be an IRI, or the sign < before a text or comment, may hide such a question, and so may code point escapes.
    """
    found: list[str] = []
    if re.search(r"\\[uU]", text) or any(_SUSPECT.match(one[0]) for one in _HIDING.finditer(text)):
        return None
    for one in _GRAPH.finditer(_HIDING.sub(lambda hiding: hiding[0] if hiding[0].startswith("<") else " ", text)):
        if one[1] and re.match(r"<[A-Za-z][\w+.-]*:", one[1]):
            found.append(one[1][1:-1])
        elif not one[0].startswith("<"):
            return None
    return sorted(set(found))


def form_of(text: str) -> str:
    """Return the word that says what a query gives; it stands first after the prologue."""
    bare = re.sub(r"(?i)\b(PREFIX\s+[^\s:]*:|BASE)\s*<>", " ", bare_of(text))
    found = re.match(r"(?i)\s*(SELECT|ASK|CONSTRUCT|DESCRIBE)\b", bare)
    if not found:
        raise Fault("query", "does not begin with SELECT, ASK, CONSTRUCT or DESCRIBE", "mend the SPARQL there")
    return found[1].upper()
