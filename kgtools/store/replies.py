"""What a SPARQL service replies, as answers: whether it is an answer at all, whether it is whole, its rows and triples."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import islice
from types import MappingProxyType
from typing import IO, cast

import pyoxigraph as ox

from kgtools.faults import Fault
from kgtools.store.interface import RESULT_FORMATS, Answer, Rows, Triples, Truth
from kgtools.store.results import serialise_rows
from kgtools.store.wire import Lost, Reply, clean
from kgtools.turtle import FORMATS, IRI, Literal, Term, Triple

ROWS, GRAPH = "application/sparql-results+json", "application/n-triples"
_BOOLEAN = IRI("http://www.w3.org/2001/XMLSchema#boolean")
_BOOLEANS = {word: Literal(value, datatype=_BOOLEAN) for word, value in (("1", "true"), ("0", "false"))}
_ASKED = "__ASK_RETVAL"  # what Virtuoso 7 answers to ASK: a row of this for true, none for false
_BROKEN = "ask again; if it stays so, see the server's log and what lies between"


def check_status(reply: Reply, what: str) -> None:
    """Raise Fault with what the server says where it has not done the query or update; Lost if it may yet."""
    status, url = reply.status, reply.url
    if 200 <= status < 300:
        return
    said = clean(reply.text())
    told = f" («{said}»)" if said else ""
    if status in (502, 503, 504):
        raise Lost(url, f"is not ready, status {status}{told}", "try again later, or see the server's log")
    if 300 <= status < 400:
        elsewhere = clean(reply.header("location")) or "nowhere"
        raise Fault(url, f"sends us to {elsewhere}, and nothing is followed", "give that address if you trust it")
    if status in (401, 403):
        cure = "set KGTOOLS_STORE_USER and KGTOOLS_STORE_PASSWORD, or KGTOOLS_STORE_TOKEN, to a login that may"
        raise Fault(url, f"does not let us {what}, status {status}", cure)
    if status in (404, 405, 406, 501):
        raise Fault(
            url, f"takes no SPARQL {what}, status {status}{told}", f"give the address that does{_UPDATES.get(what, '')}"
        )
    if status == 400:
        raise Fault(what, f"refused by the server{told}", f"mend the {what}")
    raise Fault(url, f"failed with status {status}{told}", "see the server's log, then run it again")


_UPDATES = {"update": " (KGTOOLS_STORE_UPDATE, KGTOOLS_STORE_GRAPHS)"}


def checked(reply: Reply, accept: str) -> Reply:
    """Return a reply that is an answer in the form asked for; raise Fault for any other, Lost where asking again may help."""
    check_status(reply, "query")
    kind = reply.header("content-type").partition(";")[0].strip().lower()
    if kind != accept and not (accept == ROWS and kind == "application/json"):
        begins = clean(reply.text(80), 60)
        what = f"answers {clean(kind, 40) or 'something without a type'} instead of {accept} («{begins}»)"
        raise Fault(reply.url, what, "give the address at which the service takes SPARQL queries")
    if reply.header("x-sql-state").startswith("S1T"):  # Virtuoso's way to say that what follows is a part only
        reply.close()
        raise Fault(reply.url, "gave up before the answer was complete", "ask for less, or raise the server's query timeout")
    return reply


def answer(reply: Reply, form: str, most: int | None = None, given: Mapping[str, str] = MappingProxyType({})) -> Answer:
    """Return the answer to a query of a form (SELECT, ASK, CONSTRUCT, DESCRIBE), all of it or the first so many.

    Given are the IRIs that the query itself sets, by the name of their variable: Virtuoso answers some of them as strings.
    """
    if form not in ("SELECT", "ASK"):
        triples = graph(reply)
        return Triples(list(islice(triples, most)), most is not None and next(triples, None) is not None)
    try:
        return _table(reply, most, given) if form == "SELECT" else Truth(_truth(reply))
    except SyntaxError as error:
        raise Fault(reply.url, f"its answer is no complete results document ({clean(str(error))})", _BROKEN) from error


def _table(reply: Reply, most: int | None, given: Mapping[str, str]) -> Rows:
    listed: list[tuple[Term | None, ...]] = []
    found = _parsed(reply)
    try:
        if isinstance(found, ox.QueryBoolean):
            raise SyntaxError("no rows")
        columns = tuple(variable.value for variable in found.variables)
        for row in islice(found, most):
            listed.append(tuple(_same(row[column], given.get(column)) for column in columns))
        more = most is not None and next(found, None) is not None
    finally:
        del found  # an error's traceback would keep it, and the engine lets no other thread take it away
    _check_uncut(reply, len(listed))
    return Rows(columns, listed, more)


def _parsed(reply: Reply) -> ox.QuerySolutions | ox.QueryBoolean:
    return ox.parse_query_results(cast(IO[bytes], reply), format=ox.QueryResultsFormat.JSON)


def _truth(reply: Reply) -> bool:
    found = _parsed(reply)
    try:
        if isinstance(found, ox.QueryBoolean):
            return bool(found)
        if [variable.value for variable in found.variables] != [_ASKED]:
            raise SyntaxError("neither true nor false")
        return next(found, None) is not None
    finally:
        del found


def _same(term: Term | None, given: str | None) -> Term | None:
    """Return a term as every engine writes it: Virtuoso gives booleans as 1 and 0, and some given IRIs as strings."""
    if given and isinstance(term, Literal) and term.value == given:
        return IRI(given)
    if isinstance(term, Literal) and term.value in _BOOLEANS and term.datatype == _BOOLEAN:
        return _BOOLEANS[term.value]
    return term


def _check_uncut(reply: Reply, count: int) -> None:
    """Raise Fault where the server says that it gives so many rows only, and gave them (Virtuoso's ResultSetMaxRows)."""
    most = reply.header("x-sparql-maxrows")
    if most.isdigit() and count >= int(most):
        raise Fault(reply.url, f"gives no more than {most} rows", "raise the server's limit (Virtuoso: ResultSetMaxRows)")


def graph(reply: Reply) -> Iterator[Triple]:
    """Yield the triples of a reply as they arrive; raise Fault if they are cut off or no N-Triples."""
    if not reply.sized:
        reply.close()
        raise Fault(
            reply.url, "tells neither the length nor the end of its answer", "let it, or what lies between, send chunks"
        )
    count = 0
    try:
        for quad in ox.parse(cast(IO[bytes], reply), format=FORMATS["ntriples"]):
            yield quad.triple
            count += 1
    except (SyntaxError, UnicodeDecodeError) as error:
        raise Fault(reply.url, f"its answer is no N-Triples ({clean(str(error))})", _BROKEN) from error
    _check_uncut(reply, count)


def pass_on(reply: Reply, form: str, output: IO[bytes], given: Mapping[str, str]) -> None:
    """Write a reply in a form of rows or of a graph, as it arrives where it can go as it is."""
    if form in FORMATS:
        ox.serialize(graph(reply), output, format=FORMATS[form])
        return
    try:
        if reply.header("server").lower().startswith("virtuoso"):
            output.write(_rewritten(reply, form, given))
        else:
            _parsed(reply).serialize(output, format=RESULT_FORMATS[form])
    except SyntaxError as error:
        raise Fault(reply.url, f"its answer is no complete results document ({clean(str(error))})", _BROKEN) from error


def _rewritten(reply: Reply, form: str, given: Mapping[str, str]) -> bytes:
    """Return Virtuoso's rows, or its truth, as a results document like every other engine's."""
    found = _table(reply, None, given)
    if found.columns != (_ASKED,):
        return serialise_rows(found.columns, found.rows, form)
    value = b"true" if found.rows else b"false"
    truth = ox.parse_query_results(b'{"head":{},"boolean":' + value + b"}", format=ox.QueryResultsFormat.JSON)
    return truth.serialize(format=RESULT_FORMATS[form]) or b""
