"""The commands that ask: query, sources, timeline."""

from __future__ import annotations

import sys
from argparse import Namespace
from pathlib import Path

from kgtools import queries
from kgtools.cli.arguments import GRAPH, LISTING, Commands, Parser, add, add_explain, add_format, opened
from kgtools.cli.printing import by_then, listing, raw, say, table, tell
from kgtools.faults import Fault
from kgtools.space import Space, Table
from kgtools.store import Rows, Triples, Truth


def register(commands: Commands, common: Parser) -> None:
    """Add the commands of this file."""
    query_ = add(commands, common, "query", query, "Answer a named query, a .rq file, or SPARQL from standard input (-).")
    query_.add_argument("query", nargs="?", metavar="NAME|FILE.rq|-", help="leave out to list the named queries")
    query_.add_argument("--param", action="append", default=[], metavar="NAME=VALUE", help="slug, CURIE, IRI, label or date")
    help_ = "of a named listing at least N rows, incident by incident; the last line on standard error says how to go on"
    query_.add_argument("--limit", type=int, metavar="N", help=help_)
    query_.add_argument("--after", metavar="INCIDENT", help="with --limit: begin after this incident, or what else it goes by")
    add_format(query_, (*LISTING, *GRAPH), "")
    add_format(
        add(commands, common, "sources", sources, "List the works with publisher, date and where their text lies."),
        LISTING,
        "table",
    )
    timeline_ = add(
        commands,
        common,
        "timeline",
        timeline,
        "List what happened and what was said about an incident, in order of time.",
    )
    timeline_.add_argument("incident", metavar="INCIDENT")
    add_explain(timeline_)
    add_format(timeline_, (*LISTING, "html"), "table")


def query(options: Namespace) -> int:
    """Answer a query, or list the named ones."""
    space = opened(options, whole=False)
    if options.query is None:
        if options.format in GRAPH:
            raise Fault("--format", f"rows have no form {options.format}", f"choose {', '.join(LISTING)}")
        named = sorted(space.queries().values(), key=lambda one: (one.kind, one.name))
        rows = [(one.name, one.kind, " ".join(p.name for p in one.parameters), one.summary) for one in named]
        table(Table(("query", "kind", "params", "summary"), list(rows)), options.format or "table")
        return 0
    values = _values(options.param)
    name = options.query
    if options.limit is not None or options.after is not None:
        return _page(space, options, values)
    if name != "-" and not name.endswith(".rq"):
        found = queries.get(name, space.workspace.query_folders)
        return _answer(space, space.bound(found, values), options.format)
    text = _piped() if name == "-" else _read(Path(name))
    for fault in queries.undeclared(text, space.prefixes):
        tell(f"kgtools: warning: {fault}")
    if values:
        found = queries.from_text(Path(name), text)
        return _answer(space, space.bound(found, values), options.format)
    try:
        return _answer(space, space.prepared(text), options.format)
    except Fault as fault:
        if "error at " not in fault.what:
            raise
        raise _placed(space, fault, text) from fault


def _page(space: Space, options: Namespace, values: dict[str, str]) -> int:
    """Print one page of a named listing."""
    from kgtools import paging

    if options.limit is None or options.limit < 1:
        raise Fault("--limit", "is no number of rows from 1 up", "say --limit 1000")
    if options.format in GRAPH:
        raise Fault("--format", f"rows have no form {options.format}", f"choose {', '.join(LISTING)}")
    found = paging.page(space, options.query, options.limit, options.after or "", values)
    table(by_then(space, found.table), options.format or "table")
    if found.after:
        tell(f"more: --limit {options.limit} --after {found.after}")
    return 0


def _placed(space: Space, fault: Fault, text: str) -> Fault:
    """Return a fault of a user's SPARQL with its place in the text as the user wrote it."""
    from kgtools.views.site.results import wrong

    found = wrong(space, fault, text)
    if not found.line:
        return fault
    cure = f"the workspace knows {', '.join(space.prefixes)}" if "prefix" in found.sentence else "mend the SPARQL there"
    return Fault(f"query, line {found.line}, column {found.column}", found.sentence.rstrip("."), cure)


def _piped() -> str:
    try:
        text = sys.stdin.read()
        text.encode("utf-8")  # bytes that are not UTF-8 may come as lone surrogates
    except UnicodeError as error:
        raise Fault("standard input", "is not UTF-8", "send the query as UTF-8") from error
    if not text.strip():
        raise Fault("standard input", "holds no query", "send SPARQL, or name a query")
    return text


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise Fault(str(path), "is not UTF-8", "save the file as UTF-8") from error
    except OSError as error:
        raise Fault(str(path), error.strerror or "cannot be read", "check the path") from error


def _values(pairs: list[str]) -> dict[str, str]:
    found = {}
    for pair in pairs:
        name, sign, value = pair.partition("=")
        if not sign or not name or not value:
            raise Fault("--param", f"'{pair}' is not NAME=VALUE", "write it as --param incident=geo-ik-2-2011")
        found[name] = value
    return found


def _answer(space: Space, sparql: str, form: str) -> int:
    if form and form not in GRAPH and form not in ("table", "md"):
        listing(space, sparql, form)
        return 0
    answer = space.store.query(sparql)
    if isinstance(answer, Triples):
        from kgtools import turtle

        if form in ("table", "md"):
            raise Fault("--format", f"a graph has no form {form}", f"choose {', '.join(GRAPH)}")
        raw(turtle.serialise(sorted(answer.triples, key=str), form or "turtle", space.prefixes))
    elif form in GRAPH:
        raise Fault("--format", f"rows have no form {form}", "choose table, json, csv, tsv, xml or md")
    elif isinstance(answer, Truth):
        say("true" if answer.value else "false")
    elif isinstance(answer, Rows):
        table(by_then(space, space.table(answer)), form or "table")
    return 0


def sources(options: Namespace) -> int:
    """List the works."""
    space = opened(options, whole=False)
    listing(space, space.bound(queries.get("sources", space.workspace.query_folders), {}), options.format)
    return 0


def timeline(options: Namespace) -> int:
    """List what happened and was said about an incident."""
    space = opened(options)
    if options.explain or options.format == "html":
        return _explained(space, options)
    found = queries.get("timeline", space.workspace.query_folders)
    listing(space, space.bound(found, {"incident": options.incident}), options.format)
    if options.format in ("table", "md"):
        _beside(space, options.incident)
    return 0


def _explained(space: Space, options: Namespace) -> int:
    """Print a timeline as a page, or the assertions and passages behind its rows in the form asked for."""
    from kgtools.views import report

    found = space.timeline(options.incident)
    if options.format != "html":
        table(found.basis, options.format)
        return 0
    shown = report.Report(found.table.caption, [space.horizon.line().capitalize()] if space.horizon else [])
    shown.sections.append(report.Section("In order of the first possible day", table=by_then(space, found.table)))
    if options.explain:
        shown.sections.append(report.Section(found.basis.caption, table=found.basis))
    say(report.page(shown))
    return 0


def _beside(space: Space, given: str) -> None:
    incident = space.short(space.resolve(given, "incident"))
    for link in space.links(given).links:
        if not link.stated:
            tell(f"{link.node} ({link.label}) stands beside {incident} in time only: {link.sentence}")
