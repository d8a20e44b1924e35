"""The arguments of every command."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from typing import NoReturn

import kgtools
from kgtools.cli import commands
from kgtools.faults import Fault, nearest

LISTING = ("table", "json", "csv", "tsv", "xml", "md")
REPORT = ("text", "json", "md")


class Parser(argparse.ArgumentParser):
    """An argument parser whose errors are sentences, and which guesses what was meant."""

    def error(self, message: str) -> NoReturn:
        """Raise Fault instead of printing the usage."""
        raise Fault(self.prog, message, f"see `{self.prog} --help`")


def parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    """Return the options of a call; raise Fault with the nearest command for an unknown one."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    parser, known = build()
    first = _command_word(words)
    if first and first not in known:
        raise Fault("kgtools", f"unknown command '{first}'", nearest(first, known))
    options = parser.parse_args(words)
    for name, value in (("workspace", None), ("documents", None), ("withdrawn", False)):
        # Not set_defaults: the commands share these arguments, and its default would undo what stands before the command.
        if not hasattr(options, name):
            setattr(options, name, value)
    return options


def _command_word(words: Sequence[str]) -> str | None:
    skip = False
    for word in words:
        if skip:
            skip = False
        elif word in ("--workspace", "--documents"):
            skip = True
        elif not word.startswith("-"):
            return word
    return None


def build() -> tuple[Parser, set[str]]:
    """Return the parser and the names of its commands."""
    common = argparse.ArgumentParser(add_help=False)
    for name, text in (("workspace", "workspace folder"), ("documents", "folder of the archived documents")):
        common.add_argument(f"--{name}", metavar="DIR", default=argparse.SUPPRESS, help=text)
    common.add_argument("--withdrawn", action="store_true", default=argparse.SUPPRESS, help="show withdrawn records too")
    parser = Parser(prog="kgtools", parents=[common], description=kgtools.__doc__.splitlines()[0] if kgtools.__doc__ else "")
    parser.add_argument("--version", action="version", version=f"kgtools {kgtools.__version__}")
    parser.set_defaults(run=commands.main_job)
    sub = parser.add_subparsers(title="commands", metavar="COMMAND", parser_class=Parser)
    _questions(sub, common)
    _evidence(sub, common)
    _files(sub, common)
    return parser, set(sub.choices)


def _add(sub: argparse._SubParsersAction[Parser], common: argparse.ArgumentParser, name: str, text: str) -> Parser:
    command: Parser = sub.add_parser(name, help=text, description=text, parents=[common])
    command.set_defaults(run=getattr(commands, name))
    return command


def _format(command: Parser, forms: Sequence[str], default: str) -> None:
    command.add_argument("--format", choices=forms, default=default, help=f"form of the answer (default: {default})")


def _questions(sub: argparse._SubParsersAction[Parser], common: argparse.ArgumentParser) -> None:
    query = _add(sub, common, "query", "Answer a named query, a .rq file, or SPARQL from standard input (-).")
    query.add_argument("query", nargs="?", metavar="NAME|FILE.rq|-", help="leave out to list the named queries")
    query.add_argument("--param", action="append", default=[], metavar="NAME=VALUE", help="slug, CURIE, IRI, label or date")
    _format(query, (*LISTING, "turtle", "trig", "nquads", "jsonld"), "")
    for name, text in (("sources", "List the works with publisher, date and where their text lies."),):
        _format(_add(sub, common, name, text), LISTING, "table")
    timeline = _add(sub, common, "timeline", "List what happened and what was said about an incident, in order of time.")
    timeline.add_argument("incident", metavar="INCIDENT")
    _format(timeline, LISTING, "table")


def _evidence(sub: argparse._SubParsersAction[Parser], common: argparse.ArgumentParser) -> None:
    trace = _add(sub, common, "trace", "Show who said a claim first, and through whom it reached us.")
    trace.add_argument("claim", nargs="+", metavar="CLAIM-or-words")
    _format(trace, REPORT, "text")
    compare = _add(sub, common, "compare", "Set the explanations of an incident side by side.")
    compare.add_argument("incident", metavar="INCIDENT")
    _format(compare, REPORT, "text")
    view = _add(sub, common, "view", "Write the network of an incident, or of all, as a page that needs no server.")
    view.add_argument("incident", nargs="?", metavar="INCIDENT")
    view.add_argument("-o", "--output", metavar="FILE", help="where to write (default: kgtools.html, or INCIDENT.html)")
    view.add_argument("--open", action="store_true", help="open the page in the browser")


def _files(sub: argparse._SubParsersAction[Parser], common: argparse.ArgumentParser) -> None:
    check = _add(sub, common, "check", "Check files, shapes, rules and passages; exit 1 if the graph breaks a rule.")
    _format(check, ("text", "json"), "text")
    documents = _add(sub, common, "documents", "List the archived documents, whether each is at hand, and what covers them.")
    documents.add_argument("document", nargs="?", metavar="DOCUMENT", help="show each sentence of this one with what covers it")
    documents.add_argument("--coverage", action="store_true", help="account for every sentence")
    _format(documents, LISTING, "table")
    quote = _add(sub, common, "quote", "Print a passage of a document in Turtle, ready to paste.")
    quote.add_argument("document", metavar="DOCUMENT")
    where = quote.add_mutually_exclusive_group(required=True)
    where.add_argument("--find", metavar="TEXT", help="the words, or FIRST WORDS ... LAST WORDS")
    where.add_argument("--lines", metavar="A-B", help="whole lines, from 1")
    quote.add_argument("--dossier", metavar="SLUG", default="", help="the dossier whose next free serial to use")
    quote.add_argument("--source", metavar="CURIE", default="source:…", help="the work that speaks there")
    fmt = _add(sub, common, "fmt", "Write the files of the graph in the canonical layout.")
    fmt.add_argument("files", nargs="*", metavar="FILE")
    fmt.add_argument("--check", action="store_true", help="change nothing; exit 1 if a file would change")
    export = _add(sub, common, "export", "Write the graph, or one dossier, in another format.")
    export.add_argument("incident", nargs="?", metavar="INCIDENT")
    export.add_argument("--format", choices=("turtle", "trig", "nquads", "jsonld", "graphml", "gexf", "csv"), default="turtle")
    export.add_argument("-o", "--output", metavar="FILE", help="where to write (default: standard output)")
    init = _add(sub, common, "init", "Make a workspace for another topic, with a filled-in example.")
    init.add_argument("folder", metavar="DIR")
    init.add_argument("--bare", action="store_true", help="leave out the example's records")
