"""What each command does: call the library, print the answer, return the exit code."""

from __future__ import annotations

import sys
from argparse import Namespace
from pathlib import Path

from kgtools import queries
from kgtools.cli.printing import listing, put, raw, say, table, tell
from kgtools.faults import Fault
from kgtools.space import Space, Table, open_space
from kgtools.store import Rows, Triples, Truth


def _space(options: Namespace) -> Space:
    return open_space(options.workspace, options.documents, options.withdrawn)


def main_job(options: Namespace) -> int:
    """Load, check, say what is in the graph and what is contested, write the network page, say what to ask next."""
    from kgtools.cli.report import main_report

    return main_report(_space(options))


def query(options: Namespace) -> int:
    """Answer a query, or list the named ones."""
    space = _space(options)
    if options.query is None:
        named = sorted(space.queries().values(), key=lambda one: (one.kind, one.name))
        rows = [(one.name, one.kind, " ".join(p.name for p in one.parameters), one.summary) for one in named]
        table(Table(("query", "kind", "params", "summary"), list(rows)), options.format or "table")
        return 0
    values = _values(options.param)
    name = options.query
    if name != "-" and not name.endswith(".rq"):
        found = queries.get(name, space.workspace.query_folders)
        return _answer(space, space.bound(found, values), options.format)
    text = sys.stdin.read() if name == "-" else _read(Path(name))
    if values:
        found = queries.from_text(Path(name), text)
        return _answer(space, space.bound(found, values), options.format)
    return _answer(space, space.prepared(text), options.format)


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
    graph_forms = ("turtle", "trig", "nquads", "jsonld")
    if form and form not in graph_forms and form not in ("table", "md"):
        listing(space, sparql, form)
        return 0
    answer = space.store.query(sparql)
    if isinstance(answer, Triples):
        from kgtools import turtle

        if form in ("table", "md"):
            raise Fault("--format", f"a graph has no form {form}", f"choose {', '.join(graph_forms)}")
        raw(turtle.serialise(sorted(answer.triples, key=str), form or "turtle", space.prefixes))
    elif form in graph_forms:
        raise Fault("--format", f"rows have no form {form}", "choose table, json, csv, tsv, xml or md")
    elif isinstance(answer, Truth):
        say("true" if answer.value else "false")
    elif isinstance(answer, Rows):
        table(space.table(answer), form or "table")
    return 0


def sources(options: Namespace) -> int:
    """List the works."""
    space = _space(options)
    listing(space, space.bound(queries.get("sources", space.workspace.query_folders), {}), options.format)
    return 0


def timeline(options: Namespace) -> int:
    """List what happened and was said about an incident."""
    space = _space(options)
    found = queries.get("timeline", space.workspace.query_folders)
    listing(space, space.bound(found, {"incident": options.incident}), options.format)
    return 0


def trace(options: Namespace) -> int:
    """Show the attribution trees of one or several claims."""
    from kgtools.evidence import record, trace
    from kgtools.views import evidence, tables

    space = _space(options)
    known = record.load(space)
    found = [
        trace.trace(known, claim, trace.text_of(space, claim)) for claim in trace.claims_for(space, " ".join(options.claim))
    ]
    if options.format == "json":
        say(tables.as_json([evidence.trace_data(one) for one in found]))
        return 0
    blocks = [evidence.trace_lines(one) for one in found]
    lines = [line for block in blocks for line in [*block, ""]][:-1]
    say(evidence.as_markdown(lines) if options.format == "md" else "\n".join(lines))
    return 0


def compare(options: Namespace) -> int:
    """Set the explanations of an incident side by side."""
    from kgtools.evidence import compare, record
    from kgtools.views import evidence, tables

    space = _space(options)
    incident = space.short(space.resolve(options.incident, "incident"))
    found = compare.compare(space, record.load(space), incident)
    if options.format == "json":
        say(tables.as_json(evidence.compare_data(incident, found)))
    else:
        lines = evidence.compare_lines(incident, found)
        say(evidence.as_markdown(lines) if options.format == "md" else "\n".join(lines))
    return 0


def view(options: Namespace) -> int:
    """Write the network page."""
    from kgtools.evidence import record
    from kgtools.output import save
    from kgtools.views import network_page

    space = _space(options)
    incident = space.short(space.resolve(options.incident, "incident")) if options.incident else None
    name = f"{incident.partition(':')[2]}.html" if incident else "kgtools.html"
    path = save(Path(options.output or name), network_page.page(space, record.load(space), incident))
    say(f"wrote {path}")
    if options.open:
        import webbrowser

        webbrowser.open(path.resolve().as_uri())
    return 0


def check(options: Namespace) -> int:
    """Check the workspace."""
    from kgtools import check
    from kgtools.views import tables

    space = _space(options)
    report = check.run(space)
    if options.format == "json":
        data = {
            "workspace": space.workspace.name, "good": report.good, "spansVerified": report.verified,
            "unverified": report.unverified, "findings": [finding.record() for finding in report.findings],
        }  # fmt: skip
        say(tables.as_json(data))
    else:
        for finding in report.findings:
            tell(finding.line())
        for sentence in report.unverified:
            tell(f"not verified: {sentence}")
        files, triples = len(space.files), sum(len(listed) for listed in space.files.values())
        counted = f"{len(report.findings)} findings in {files} files, {triples:,} triples; {report.verified} spans verified"
        say(f"{'good' if report.good else 'not good'}: {counted}")
    return 0 if report.good else 1


def documents(options: Namespace) -> int:
    """List the archived documents."""
    from kgtools.documents import archived

    space = _space(options)
    if options.coverage or options.document:
        _print(_coverage(space, options.document), options.format)
        return 0
    rows: list[tuple[str | None, ...]] = [
        (one.slug, one.file_name, one.lines, one.length, str(one.path) if one.path else "not at hand", one.raw_sha256)
        for one in archived(space)
    ]
    _print(Table(("document", "file", "lines", "codePoints", "atHand", "rawSha256"), rows), options.format)
    return 0


def _coverage(space: Space, name: str | None) -> Table:
    """Return the account of one document, sentence by sentence, or the totals of all that are at hand."""
    from kgtools.coverage import account
    from kgtools.documents import archived, document

    if name:
        rows: list[tuple[str | None, ...]] = [
            (str(one.span.first_line), one.state, ", ".join(p.reason or p.name for p in one.pieces), one.text)
            for one in account(space, document(space, name))
        ]
        return Table(("line", "state", "coveredBy", "sentence"), rows)
    totals: list[tuple[str | None, ...]] = []
    for file in archived(space):
        states = [one.state for one in account(space, file)] if file.path else []
        counts = [str(states.count(state)) for state in ("covered", "set aside", "open")]
        totals.append((file.slug, str(len(states)), *counts) if file.path else (file.slug, "not at hand", None, None, None))
    return Table(("document", "sentences", "covered", "setAside", "open"), totals)


def _print(rows: Table, form: str) -> None:
    from kgtools.views import tables

    if form in ("table", "md"):
        table(rows, form)
    else:
        raw(tables.results(rows, form))


def quote(options: Namespace) -> int:
    """Print a passage in Turtle; where the words stand in several places, print all of them."""
    from kgtools.documents import document, quotation

    space = _space(options)
    file = document(space, options.document)
    text = file.text()
    found = text.find(options.find) if options.find else [_lines(text, options.lines, file.file_name)]
    if not found:
        cure = "copy the words as they stand, line breaks and quotation marks included"
        raise Fault(file.file_name, "these words do not stand in the document", cure)
    slug = options.dossier or "SLUG"
    if len(found) > 1:
        tell(f"these words stand in {len(found)} places; choose one, or give more words")
    for span in found:
        say(f"# {file.file_name}, lines {span.first_line}–{span.last_line}: {text.text[span.start : span.end][:70]!r}")
        say(quotation(space, file, span, slug, options.source) + "\n")
    return 0


def _lines(text: object, given: str, where: str) -> object:
    first, sign, last = given.partition("-")
    try:
        return text.line_span(int(first), int(last if sign else first))  # type: ignore[attr-defined]
    except ValueError as error:
        raise Fault(f"{where}, --lines {given}", str(error), "give lines as 12 or 12-14") from error


def fmt(options: Namespace) -> int:
    """Write files in the canonical layout."""
    from kgtools import turtle
    from kgtools.output import save
    from kgtools.workspace import Workspace

    workspace = Workspace.find(options.workspace)
    paths = [Path(name) for name in options.files] or list(workspace.files)
    changed = []
    for path in paths:
        triples = turtle.parse_file(path)
        if any(isinstance(term, turtle.Blank) for t in triples for term in (t.subject, t.object)):
            raise Fault(str(path), "holds a blank node", "give the node an IRI")
        text = turtle.write(triples, workspace.prefixes)
        if path.read_bytes() != text.encode("utf-8"):
            changed.append(path)
            if not options.check:
                save(path, text)
    for path in changed:
        say(f"{'would change' if options.check else 'wrote'} {path}")
    tell(f"{len(changed)} of {len(paths)} files {'differ' if options.check else 'changed'}")
    return 1 if changed and options.check else 0


def export(options: Namespace) -> int:
    """Write the graph in another format."""
    from kgtools import exchange

    space = _space(options)
    incident = space.short(space.resolve(options.incident, "incident")) if options.incident else None
    put(exchange.export(space, options.format, incident), options.output)
    return 0


def init(options: Namespace) -> int:
    """Make a workspace."""
    from kgtools import template

    path = template.make(Path(options.folder), bare=options.bare)
    say(f"made {path}; read {path / 'README.md'}, then run: kgtools --workspace {path} check")
    return 0
