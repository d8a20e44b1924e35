"""The arguments of every command."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

import kgtools
from kgtools import vocab
from kgtools.cli import (
    answering,
    asking,
    bulking,
    checking,
    comparing,
    following,
    handing,
    holding,
    keeping,
    searching,
    serving,
    syncing,
    weighing,
)
from kgtools.cli.arguments import Parser, add_explain, opened
from kgtools.faults import Fault, nearest

ROOMS = (
    asking, answering, searching, weighing, comparing, following, handing, checking, keeping, holding, syncing, bulking,
    serving,
)  # fmt: skip

# Commands that read the files as they stand, so that a day to look back from means nothing to them.
TIMELESS = (
    "", "check", "documents", "quote", "fmt", "init", "receipt", "verify", "root", "serve", "site", "settle", "load", "bulk",
    "push", "pull",
)  # fmt: skip


def main_job(options: argparse.Namespace) -> int:
    """Load, check, say what is in the graph and what is contested, write the network page, say what to ask next."""
    from kgtools.cli.report import main_report

    return main_report(opened(options), options.explain)


def parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    """Return the options of a call; raise Fault with the nearest command for an unknown one."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    parser, known = build()
    first = _command_word(words)
    if first and first not in known:
        raise Fault("command", f"unknown command '{first}'", nearest(first, known))
    if first and "--explain" in words[: words.index(first)]:
        raise Fault("--explain", "stands before the command", "write it behind a command that has it")
    options = parser.parse_args(words)
    for name, value in (
        ("workspace", None),
        ("documents", None),
        ("withdrawn", False),
        ("as_of", None),
        ("clock", None),
        ("store", None),
    ):
        # Not set_defaults: the commands share these arguments, and its default would undo what stands before the command.
        if not hasattr(options, name):
            setattr(options, name, value)
    _check_day(options, first or "")
    return options


def _check_day(options: argparse.Namespace, command: str) -> None:
    if options.as_of is not None and command in TIMELESS:
        what = f"'{command}'" if command else "the main job"
        raise Fault("--as-of", f"has no meaning for {what}", "leave it out, or ask with query, compare, origins, view …")
    if options.clock is not None and options.as_of is None and command != "history":
        raise Fault("--clock", "needs a day", "add --as-of DATE")


def _command_word(words: Sequence[str]) -> str | None:
    skip = False
    for word in words:
        if skip:
            skip = False
        elif word in ("--workspace", "--documents", "--as-of", "--clock", "--store"):
            skip = True
        elif not word.startswith("-"):
            return word
    return None


def build() -> tuple[Parser, set[str]]:
    """Return the parser and the names of its commands."""
    common = Parser(add_help=False)
    for name, text in (("workspace", "workspace folder"), ("documents", "folder of the archived documents")):
        common.add_argument(f"--{name}", metavar="DIR", default=argparse.SUPPRESS, help=text)
    text = "where the graph is held: memory (default), or the folder of a store that `kgtools load` made"
    common.add_argument("--store", metavar="WHERE", default=argparse.SUPPRESS, help=text)
    common.add_argument("--withdrawn", action="store_true", default=argparse.SUPPRESS, help="show withdrawn records too")
    text = "show only what may have been known by this day, as 2011-02-15"
    common.add_argument("--as-of", metavar="DATE", default=argparse.SUPPRESS, help=text)
    common.add_argument(
        "--clock", choices=tuple(vocab.CLOCKS), default=argparse.SUPPRESS, help="by which clock (default: publication)"
    )
    parser = Parser(prog="kgtools", parents=[common], description=(kgtools.__doc__ or "").splitlines()[0])
    parser.add_argument("--version", action="version", version=f"kgtools {kgtools.__version__}")
    add_explain(parser)
    parser.set_defaults(run=main_job)
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", parser_class=Parser)
    for room in ROOMS:
        room.register(commands, common)
    return parser, set(commands.choices)
