"""The command that weighs one claim: trace."""

from __future__ import annotations

import sys
from argparse import Namespace

from kgtools.cli.arguments import INSTRUMENT, Commands, Parser, add, add_explain, add_format, opened
from kgtools.cli.printing import by_then, instrument, say


def register(commands: Commands, common: Parser) -> None:
    """Add the commands of this file."""
    trace_ = add(commands, common, "trace", trace, "Show who said a claim first, and through whom it reached us.")
    trace_.add_argument("claim", nargs="+", metavar="CLAIM-or-words")
    add_explain(trace_)
    add_format(trace_, INSTRUMENT, "text")


def trace(options: Namespace) -> int:
    """Show the attribution trees of one or several claims."""
    from kgtools.views import evidence, report, tables

    space = opened(options)
    found = space.trace(" ".join(options.claim))
    if options.format not in ("text", "md"):
        reports = lambda: [evidence.trace_report(one) for one in found.claims]  # noqa: E731
        return instrument(space, options, found, reports, lambda: [evidence.trace_data(one) for one in found.claims])
    blocks = [evidence.trace_lines(one) for one in found.claims]
    lines = [line for block in blocks for line in [*block, ""]][:-1]
    plain = options.format == "text"
    width = tables.terminal_width(sys.stdout.isatty())
    fitted = [part for line in lines for part in report.wrapped(line, width)]
    say("\n".join(fitted) if plain else evidence.as_markdown(lines))
    if options.explain:
        say(f"\n{found.basis.caption}")
        counted = by_then(space, found.basis)
        say("\n".join(report.columns(counted)) if plain else "\n" + tables.markdown(counted))
    return 0
