"""The commands that set things side by side: compare, discrepancies, settle, absences, links, base-rates."""

from __future__ import annotations

from argparse import Namespace

from kgtools import vocab
from kgtools.cli.arguments import INSTRUMENT, Commands, Parser, add, add_explain, add_format, opened
from kgtools.cli.printing import instrument, say
from kgtools.faults import Fault


def register(commands: Commands, common: Parser) -> None:
    """Add the commands of this file."""
    text = "Set the evidence on record against the explanations of an incident; nothing is ranked."
    compare_ = add(commands, common, "compare", compare, text)
    compare_.add_argument("incident", metavar="INCIDENT")
    add_format(compare_, (*INSTRUMENT, "turtle"), "text")
    text = "List the discrepancies on record, or propose those that are not."
    discrepancies_ = add(commands, common, "discrepancies", discrepancies, text)
    discrepancies_.add_argument("incident", nargs="?", metavar="INCIDENT")
    discrepancies_.add_argument("--propose", action="store_true", help="pairs that the ledger does not hold in any state")
    discrepancies_.add_argument("--state", choices=vocab.LISTS["state"], help="only those in this state")
    absences_ = add(commands, common, "absences", absences, "List what is denied, unsaid, unknown or not found.")
    absences_.add_argument("incident", nargs="?", metavar="INCIDENT")
    text = "Say who on record connects an action or consequence with its incident, if anybody does."
    links_ = add(commands, common, "links", links, text)
    links_.add_argument("incident", nargs="?", metavar="INCIDENT")
    text = "Count all incidents against those with an allegation, a finding, a personnel action or an unresolved cause."
    base_rates_ = add(commands, common, "base-rates", base_rates, text)
    base_rates_.add_argument(
        "--craft-kind", metavar="KIND", help="which crafts count as vehicles (default: launch-vehicle, or all)"
    )
    add_format(discrepancies_, (*INSTRUMENT, "turtle"), "text")
    for command in (absences_, links_, base_rates_):
        add_format(command, INSTRUMENT, "text")
    for command in (compare_, discrepancies_, absences_, links_, base_rates_):
        add_explain(command)
    settle_ = add(
        commands, common, "settle", settle, "Record the state of a discrepancy, or of a pair of assertions, with the reason."
    )
    settle_.add_argument("sides", nargs="+", metavar="DISCREPANCY-or-A B")
    settle_.add_argument("--state", required=True, metavar="STATE", help=", ".join(vocab.LISTS["state"]))
    settle_.add_argument("--kind", default="", metavar="KIND", help=", ".join(vocab.LISTS["difference"]))
    settle_.add_argument("--reason", default="", metavar="TEXT", help="a sentence of your own; may be left out for an open one")
    settle_.add_argument("--language", default="en", metavar="TAG", help="language of the reason (default: en)")
    add_format(settle_, INSTRUMENT, "text")


def compare(options: Namespace) -> int:
    """Print the matrix of an incident."""
    from kgtools.views import matrix

    space = opened(options)
    found = space.matrix(options.incident)
    if options.format == "turtle":
        say(matrix.matrix_turtle(space, found))
        return 0
    report = lambda: [matrix.matrix_report(space, found, options.explain, brief=options.format == "text")]  # noqa: E731
    return instrument(space, options, found, report, lambda: matrix.matrix_data(found))


def discrepancies(options: Namespace) -> int:
    """Print the ledger, or what is proposed for it."""
    from kgtools.views import ledger

    if options.propose and options.state:
        raise Fault("--state", "proposed pairs are in no state yet", "leave out --state or --propose")
    if options.propose and options.format == "turtle":
        raise Fault("--format", "proposed pairs are no records yet", "record them with settle, or choose another form")
    space = opened(options)
    found = space.proposals(options.incident) if options.propose else space.discrepancies(options.incident, options.state)
    if options.format == "turtle":
        say(ledger.ledger_turtle(space, found))
        return 0
    # The text of documents goes to the terminal only, never into a file that may be published.
    texts = ledger.passages(space, found) if options.format == "text" else {}
    return instrument(
        space, options, found, lambda: [ledger.ledger_report(space, found, texts)], lambda: ledger.ledger_data(found)
    )


def absences(options: Namespace) -> int:
    """Print the absences."""
    from kgtools.views import ledger

    space = opened(options)
    found = space.absences(options.incident)
    return instrument(
        space, options, found, lambda: [ledger.absences_report(space, found)], lambda: ledger.absences_data(found)
    )


def links(options: Namespace) -> int:
    """Print who connects what was done with the incident that it is recorded with."""
    from kgtools.views import ledger

    space = opened(options)
    found = space.links(options.incident)
    return instrument(space, options, found, lambda: [ledger.links_report(space, found)], lambda: ledger.links_data(found))


def base_rates(options: Namespace) -> int:
    """Print the base rates."""
    from kgtools.views import ledger

    space = opened(options)
    found = space.base_rates(options.craft_kind)
    report = lambda: [ledger.base_rates_report(space, found, options.explain)]  # noqa: E731
    return instrument(space, options, found, report, lambda: ledger.base_rates_data(found))


def settle(options: Namespace) -> int:
    """Record what was decided about a pair."""
    from kgtools.views import ledger

    if len(options.sides) > 2:
        raise Fault("settle", f"{len(options.sides)} names", "give one discrepancy, or two assertions")
    space = opened(options)
    done = space.settle(options.sides, options.state, options.kind, options.reason, options.language)
    return instrument(space, options, done, lambda: [ledger.settled_report(done)], lambda: list(done.rows))
