"""Ask one engine a list of queries and write a line of JSON for each. Run by run.py, in a process of its own.

python benchmarks/asking.py ENGINE WHERE CASES.json FROM REPEATS SECONDS

ENGINE is kgtools or pyoxigraph (WHERE is a store's folder), oxigraph-server or virtuoso (an address), or rdflib (a file of
N-Triples).
A line says the case, the wall and processor times of each repetition, the time to the first thousand rows, how many rows came,
and a digest of the rows whatever their order, by which answers are compared.
"""

from __future__ import annotations

import hashlib
import itertools
import json
import signal
import sys
import time
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterable, Iterator
from decimal import Decimal
from pathlib import Path

Row = tuple[str, ...]
Asked = Callable[[str], Iterable[Row]]
FIRST = 1000
_WHOLE = {"integer", "decimal", "double", "int", "float", "nonNegativeInteger"}


def cell(kind: str, value: str, language: str = "", datatype: str = "") -> str:
    """Return a term as a text that is the same whichever engine gave it: 1.50 and 1.5, true and 1, are one value."""
    local = datatype.rsplit("#", 1)[-1]
    if local == "boolean":
        value = {"1": "true", "0": "false"}.get(value, value)
    elif local in _WHOLE:
        number = Decimal(value)
        value = str(number.to_integral_value() if number == number.to_integral_value() else number.normalize())
    return f"{'i' if kind == 'uri' else 'l'}{value}@{language.lower()}"


def digest(rows: Iterable[Row]) -> str:
    """Return a digest of rows that does not depend on their order."""
    total = 0
    for row in rows:
        total += int.from_bytes(hashlib.sha256("\x1f".join(row).encode()).digest()[:12], "big")
    return f"{total % (1 << 96):024x}"


def oxigraph_rows(found: object) -> Iterator[Row]:
    import pyoxigraph as ox

    assert isinstance(found, ox.QuerySolutions)
    names = found.variables
    for solution in found:
        yield tuple(_term(solution[name]) for name in names)


def _term(term: object) -> str:
    import pyoxigraph as ox

    if term is None:
        return ""
    if isinstance(term, ox.Literal):
        return cell("literal", term.value, term.language or "", term.datatype.value)
    return cell("uri", str(getattr(term, "value", term)))


def kgtools(where: str) -> Asked:
    from kgtools.store import Rows
    from kgtools.store.disk import DiskStore

    store = DiskStore(where)

    def ask(text: str) -> Iterable[Row]:
        found = store.query(text)
        assert isinstance(found, Rows)
        return (tuple(_term(term) for term in row) for row in found.rows)

    return ask


def pyoxigraph(where: str) -> Asked:
    import pyoxigraph as ox

    store = ox.Store.read_only(where)
    return lambda text: oxigraph_rows(store.query(text))


def server(where: str) -> Asked:
    def ask(text: str) -> Iterable[Row]:
        address, _, graph = where.partition(" ")
        fields = {"query": text, **({"default-graph-uri": graph} if graph else {})}
        head = {"Accept": "application/sparql-results+json", "Content-Type": "application/x-www-form-urlencoded"}
        request = urllib.request.Request(address, urllib.parse.urlencode(fields).encode(), head)
        with urllib.request.urlopen(request) as reply:
            answer = json.load(reply)
        names = answer["head"]["vars"]
        return (tuple(_json(row.get(name)) for name in names) for row in answer["results"]["bindings"])

    return ask


def _json(term: dict[str, str] | None) -> str:
    if term is None:
        return ""
    return cell(
        "uri" if term["type"] == "uri" else "literal", term["value"], term.get("xml:lang", ""), term.get("datatype", "")
    )


def rdflib(where: str) -> Asked:
    from typing import Any

    import rdflib

    graph = rdflib.Graph()
    graph.parse(where, format="nt")

    def text(term: Any) -> str:
        if term is None:
            return ""
        if isinstance(term, rdflib.Literal):
            return cell("literal", str(term), term.language or "", str(term.datatype or ""))
        return cell("uri", str(term))

    def ask(query: str) -> Iterable[Row]:
        rows: Any = graph.query(query)
        return (tuple(text(term) for term in row) for row in rows)

    return ask


ENGINES: dict[str, Callable[[str], Asked]] = {
    "kgtools": kgtools, "pyoxigraph": pyoxigraph, "oxigraph-server": server, "virtuoso": server, "rdflib": rdflib,
}  # fmt: skip


def once(ask: Asked, text: str) -> dict[str, object]:
    """Ask once; return times, the number of rows and their digest. The digest is made after the clock has stopped."""
    wall, cpu = time.perf_counter(), time.process_time()
    rows = iter(ask(text))
    head = list(itertools.islice(rows, FIRST))
    first = time.perf_counter() - wall
    rest = list(rows)
    times = {"wall": time.perf_counter() - wall, "cpu": time.process_time() - cpu, "first": first}
    return {**times, "rows": len(head) + len(rest), "digest": digest([*head, *rest])}


def main() -> None:
    engine, where, cases, start, repeats, seconds = sys.argv[1:]
    ask = ENGINES[engine](where)
    listed = json.loads(Path(cases).read_text(encoding="utf-8"))
    print(json.dumps({"ready": True}), flush=True)
    signal.signal(signal.SIGALRM, signal.default_int_handler)
    for place in range(int(start), len(listed)):
        print(json.dumps({"case": place, "begun": True}), flush=True)
        print(json.dumps({"case": place, **_asked(ask, listed[place]["text"], int(repeats), float(seconds))}), flush=True)


def _asked(ask: Asked, text: str, repeats: int, seconds: float) -> dict[str, object]:
    """Ask several times, as often as the seconds allow; an answer that takes too long is none."""
    found: list[dict[str, object]] = []
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        for _ in range(repeats):
            found.append(once(ask, text))
    except KeyboardInterrupt:
        pass
    except Exception as error:  # an engine that fails on a question is measured on the others
        return {"error": f"{type(error).__name__}: {str(error)[:200]}"}
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
    if not found:
        return {"late": True}
    times = {name: [one[name] for one in found] for name in ("wall", "cpu", "first")}
    return {**times, "rows": found[0]["rows"], "digest": found[0]["digest"]}


if __name__ == "__main__":
    main()
