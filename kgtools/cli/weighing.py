"""The command that weighs one claim: trace."""

from __future__ import annotations

from argparse import Namespace

from kgtools.cli.arguments import REPORT, Commands, Parser, add, add_format, opened
from kgtools.cli.printing import say


def register(commands: Commands, common: Parser) -> None:
    """Add the commands of this file."""
    trace_ = add(commands, common, "trace", trace, "Show who said a claim first, and through whom it reached us.")
    trace_.add_argument("claim", nargs="+", metavar="CLAIM-or-words")
    add_format(trace_, REPORT, "text")


def trace(options: Namespace) -> int:
    """Show the attribution trees of one or several claims."""
    from kgtools.evidence import record, trace
    from kgtools.views import evidence, tables

    space = opened(options)
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
