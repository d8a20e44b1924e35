"""What the commands share: adding one, its formats, opening the space that the options name."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
from typing import NoReturn, TypeAlias

from kgtools.faults import Fault
from kgtools.space import Space, open_space

LISTING = ("table", "json", "csv", "tsv", "xml", "md")
REPORT = ("text", "json", "md")
INSTRUMENT = (*REPORT, "html", "csv")
GRAPH = ("turtle", "trig", "nquads", "jsonld")


class Parser(argparse.ArgumentParser):
    """An argument parser whose errors are sentences."""

    def error(self, message: str) -> NoReturn:
        """Raise Fault instead of printing the usage."""
        raise Fault(self.prog.partition(" ")[2] or "options", message, f"see `{self.prog} --help`")


Commands: TypeAlias = "argparse._SubParsersAction[Parser]"
Run: TypeAlias = Callable[[argparse.Namespace], int]


def add(commands: Commands, common: Parser, name: str, run: Run, text: str) -> Parser:
    """Add a command with its one-sentence help and what it runs."""
    command: Parser = commands.add_parser(name, help=text, description=text, parents=[common])
    command.set_defaults(run=run)
    return command


def add_format(command: Parser, forms: Sequence[str], default: str) -> None:
    """Add --format with the forms that a command can answer in; where a table is the form to read, `text` is the table."""
    shown = default or "table, or turtle for a graph"
    command.add_argument(
        "--format",
        choices=forms,
        default=default,
        type=lambda form: "table" if form == "text" and form not in forms else form,
        help=f"form of the answer (default: {shown})",
    )


def opened(options: argparse.Namespace, whole: bool = True) -> Space:
    """Return the space that the options name, cut down to a day if they name one.

    Who needs the whole of it, if no incident or claim is named, is told where that takes long.
    """
    space = open_space(options.workspace, options.documents, options.withdrawn, options.store)
    if options.as_of is None:
        near = _near(space, options)
        if whole:
            warn_of_size(near)
        return near
    from kgtools.cli.printing import tell

    clock = options.clock or "publication"
    everything = clock == "curation" or "held" not in space.__dict__  # withdrawn records lie nowhere near
    space = space if everything else _near(space, options)
    warn_of_size(space)
    space = space.as_of(options.as_of, clock)
    if space.horizon:
        tell(space.horizon.line())
    return space


def warn_of_size(space: Space) -> None:
    """Say on standard error that a large store is going to be read into memory."""
    if space.is_large():
        from kgtools.cli.printing import tell

        what = "the store holds more than two million triples, and this reads all of them: it takes long, and much memory"
        tell(f"kgtools: warning: {what}: name an incident or a claim, or ask with `kgtools query`")


def _near(space: Space, options: argparse.Namespace) -> Space:
    """Return the part of a space that the options ask about: of a store, no more than that is read into memory."""
    incident = getattr(options, "incident", None)
    if incident:
        wanted = space.with_speakers if getattr(options, "speakers", False) else space.around
        return wanted(space.resolve(incident, "incident"))
    words = getattr(options, "claim", None) or getattr(options, "what", None)
    return space.about(" ".join(words)) if words else space


def add_explain(command: Parser) -> None:
    """Add --explain to a command whose numbers are counted from assertions."""
    text = "list the assertions and passages that each number was counted from"
    command.add_argument("--explain", action="store_true", help=text)
