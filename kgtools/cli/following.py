"""The commands that follow claims through chains and days: origins, drift, history."""

from __future__ import annotations

from argparse import Namespace

from kgtools.cli.arguments import INSTRUMENT, Commands, Parser, add, add_explain, add_format, opened
from kgtools.cli.printing import instrument
from kgtools.faults import Fault


def register(commands: Commands, common: Parser) -> None:
    """Add the commands of this file."""
    origins_ = add(commands, common, "origins", origins, "Count the distinct origins behind a claim, as an honest range.")
    origins_.add_argument("what", nargs="*", metavar="CLAIM-or-INCIDENT-or-words")
    origins_.add_argument("--all", action="store_true", help="all claims on record")
    drift_ = add(commands, common, "drift", drift, "Show the hops of chains at which a claim grows more certain, or less.")
    drift_.add_argument("incident", nargs="?", metavar="INCIDENT")
    history_ = add(commands, common, "history", history, "Show the days on which the picture of an incident changed.")
    history_.add_argument("incident", metavar="INCIDENT")
    for command in (origins_, drift_, history_):
        add_explain(command)
        add_format(command, INSTRUMENT, "text")


def origins(options: Namespace) -> int:
    """Count the origins of one or several claims."""
    from kgtools.views import instruments

    if bool(options.what) == options.all:
        raise Fault("origins", "needs a claim, an incident or --all, and only one of these", "see `kgtools origins --help`")
    space = opened(options)
    found = space.origins(" ".join(options.what))
    report = lambda: [instruments.origins_report(space, found)]  # noqa: E731
    return instrument(space, options, found, report, lambda: instruments.origins_data(found))


def drift(options: Namespace) -> int:
    """Show drift from hop to hop."""
    from kgtools.views import instruments

    space = opened(options)
    found = space.drift(options.incident)
    return instrument(
        space, options, found, lambda: [instruments.drift_report(space, found)], lambda: instruments.drift_data(found)
    )


def history(options: Namespace) -> int:
    """Show the changes of an incident's picture."""
    from kgtools.views import instruments

    space = opened(options)
    found = space.history(options.incident, options.clock or "")
    report = lambda: [instruments.history_report(space, found, options.explain)]  # noqa: E731
    return instrument(space, options, found, report, lambda: instruments.history_data(found))
