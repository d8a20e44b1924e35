"""The arguments of every command."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

import kgtools
from kgtools.cli import asking, keeping, weighing
from kgtools.cli.arguments import Parser, opened
from kgtools.faults import Fault, nearest

ROOMS = (asking, weighing, keeping)


def main_job(options: argparse.Namespace) -> int:
    """Load, check, say what is in the graph and what is contested, write the network page, say what to ask next."""
    from kgtools.cli.report import main_report

    return main_report(opened(options))


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
    common = Parser(add_help=False)
    for name, text in (("workspace", "workspace folder"), ("documents", "folder of the archived documents")):
        common.add_argument(f"--{name}", metavar="DIR", default=argparse.SUPPRESS, help=text)
    common.add_argument("--withdrawn", action="store_true", default=argparse.SUPPRESS, help="show withdrawn records too")
    parser = Parser(prog="kgtools", parents=[common], description=(kgtools.__doc__ or "").splitlines()[0])
    parser.add_argument("--version", action="version", version=f"kgtools {kgtools.__version__}")
    parser.set_defaults(run=main_job)
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", parser_class=Parser)
    for room in ROOMS:
        room.register(commands, common)
    return parser, set(commands.choices)
