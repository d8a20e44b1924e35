"""The commands for files: documents, quote, fmt, export, init, view."""

from __future__ import annotations

import re
from argparse import Namespace
from pathlib import Path

from kgtools.archive import Span, Text
from kgtools.cli.arguments import LISTING, Commands, Parser, add, add_format, opened
from kgtools.cli.printing import put, say, table, tell
from kgtools.faults import Fault
from kgtools.space import Space, Table


def register(commands: Commands, common: Parser) -> None:
    """Add the commands of this file."""
    documents_ = add(
        commands,
        common,
        "documents",
        documents,
        "List the archived documents, whether each is at hand, and what covers them.",
    )
    documents_.add_argument(
        "document", nargs="?", metavar="DOCUMENT", help="show each sentence of this one with what covers it"
    )
    documents_.add_argument("--coverage", action="store_true", help="account for every sentence")
    add_format(documents_, LISTING, "table")
    quote_ = add(commands, common, "quote", quote, "Print a passage of a document in Turtle, ready to paste.")
    quote_.add_argument("document", metavar="DOCUMENT")
    where = quote_.add_mutually_exclusive_group(required=True)
    where.add_argument("--find", metavar="TEXT", help="the words, or FIRST WORDS ... LAST WORDS")
    where.add_argument("--lines", metavar="A-B", help="whole lines, from 1")
    quote_.add_argument("--dossier", metavar="SLUG", default="", help="the dossier whose next free serial to use")
    quote_.add_argument("--source", metavar="CURIE", default="source:…", help="the work that speaks there")
    fmt_ = add(commands, common, "fmt", fmt, "Write the files of the graph in the canonical layout.")
    fmt_.add_argument("files", nargs="*", metavar="FILE")
    fmt_.add_argument("--check", action="store_true", help="change nothing; exit 1 if a file would change")
    export_ = add(commands, common, "export", export, "Write the graph, or one dossier, in another format.")
    export_.add_argument("incident", nargs="?", metavar="INCIDENT")
    export_.add_argument("--format", choices=("turtle", "trig", "nquads", "jsonld", "graphml", "gexf", "csv"), default="turtle")
    export_.add_argument("-o", "--output", metavar="FILE", help="where to write (default: standard output)")
    init_ = add(commands, common, "init", init, "Make a workspace for another topic, with a filled-in example.")
    init_.add_argument("folder", metavar="DIR")
    init_.add_argument("--bare", action="store_true", help="leave out the example's records")
    view_ = add(commands, common, "view", view, "Write the network of an incident, or of all, as a page that needs no server.")
    view_.add_argument("incident", nargs="?", metavar="INCIDENT")
    view_.add_argument("-o", "--output", metavar="FILE", help="where to write (default: kgtools.html, or INCIDENT.html)")
    view_.set_defaults(speakers=True)  # the page of one incident counts what its speakers say of all
    view_.add_argument("--open", action="store_true", help="open the page in the browser")


def documents(options: Namespace) -> int:
    """List the archived documents, or describe a file that the graph does not know yet."""
    from kgtools.documents import archived, description, undescribed

    space = opened(options, whole=False)
    fresh = {path.name: path for path in undescribed(space)}
    if options.document in fresh:
        say(description(fresh[options.document]))
        return 0
    if options.coverage or options.document:
        table(_coverage(space, options.document), options.format)
        return 0
    rows: list[tuple[str | None, ...]] = [
        (one.slug, one.file_name, one.lines, one.length, str(one.path) if one.path else "not at hand", one.raw_sha256)
        for one in archived(space)
    ]
    table(Table(("document", "file", "lines", "codePoints", "atHand", "rawSha256"), rows), options.format)
    for name in fresh:
        tell(f"{name} is not described in the graph: put what `kgtools documents {name}` prints into graph/documents.ttl")
    return 0


def _coverage(space: Space, name: str | None) -> Table:
    """Return the account of one document, sentence by sentence, or the totals of all that are at hand."""
    from kgtools.coverage import account, pieces
    from kgtools.documents import archived, document

    if name:
        rows: list[tuple[str | None, ...]] = [
            (str(one.span.first_line), one.state, ", ".join(p.reason or p.name for p in one.pieces), one.text)
            for one in account(space, document(space, name))
        ]
        return Table(("line", "state", "coveredBy", "sentence"), rows)
    totals: list[tuple[str | None, ...]] = []
    known = pieces(space)
    for file in archived(space):
        states = [one.state for one in account(space, file, known=known)] if file.path else []
        counts = [str(states.count(state)) for state in ("covered", "set aside", "open")]
        totals.append((file.slug, str(len(states)), *counts) if file.path else (file.slug, "not at hand", None, None, None))
    return Table(("document", "sentences", "covered", "setAside", "open"), totals)


def quote(options: Namespace) -> int:
    """Print a passage in Turtle; where the words stand in several places, print all of them."""
    from kgtools.documents import document, quotation

    space = opened(options)
    file = document(space, options.document)
    text = file.text()
    if options.find is not None and not options.find.strip():
        raise Fault("--find", "names no words", "give words as they stand in the document")
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


def _lines(text: Text, given: str, where: str) -> Span:
    if not re.fullmatch(r"[0-9]+(-[0-9]+)?", given):
        raise Fault(f"{where}, --lines {given}", "is no number of a line", "give lines as 12 or 12-14")
    first, sign, last = given.partition("-")
    try:
        return text.line_span(int(first), int(last if sign else first))
    except ValueError as error:
        raise Fault(f"{where}, --lines {given}", str(error), "give lines as 12 or 12-14") from error


def fmt(options: Namespace) -> int:
    """Write files in the canonical layout."""
    from kgtools import turtle
    from kgtools.output import save
    from kgtools.workspace import Workspace

    workspace = Workspace.find(options.workspace)
    paths = [Path(name) for name in options.files] or list(workspace.files)
    changed: dict[Path, str] = {}  # written only once every file has been parsed
    for path in paths:
        triples = turtle.parse_file(path)
        if any(isinstance(term, turtle.Blank) for t in triples for term in (t.subject, t.object)):
            raise Fault(str(path), "holds a blank node", "give the node an IRI")
        text = turtle.write(triples, workspace.prefixes)
        if path.read_bytes() != text.encode("utf-8"):
            changed[path] = text
    for path, text in changed.items():
        if not options.check:
            save(path, text)
        say(f"{'would change' if options.check else 'wrote'} {path}")
    tell(f"{len(changed)} of {len(paths)} files {'differ' if options.check else 'changed'}")
    return 1 if changed and options.check else 0


def export(options: Namespace) -> int:
    """Write the graph in another format."""
    from kgtools import exchange

    space = opened(options)
    incident = space.short(space.resolve(options.incident, "incident")) if options.incident else None
    put(exchange.export(space, options.format, incident), options.output)
    return 0


def init(options: Namespace) -> int:
    """Make a workspace."""
    from kgtools import template

    path = template.make(Path(options.folder), bare=options.bare)
    say(f"made {path}; read {path / 'README.md'}, then run: kgtools --workspace {path} check")
    return 0


def view(options: Namespace) -> int:
    """Write the network page."""
    from kgtools.evidence import record
    from kgtools.output import save
    from kgtools.views import network_page

    space = opened(options)
    incident = space.short(space.resolve(options.incident, "incident")) if options.incident else None
    name = f"{incident.partition(':')[2]}.html" if incident else "kgtools.html"
    page = network_page.page(space, record.load(space), incident)
    if options.output == "-":
        put(page.encode(), "-")
        return 0
    path = save(Path(options.output or name), page)
    say(f"wrote {path}")
    if options.open:
        import webbrowser

        webbrowser.open(path.resolve().as_uri())
    return 0
