"""The commands that answer in short: ask, summary, counts."""

from __future__ import annotations

import sys
from argparse import Namespace
from pathlib import Path
from typing import Any

from kgtools.cli.arguments import INSTRUMENT, REPORT, Commands, Parser, add, add_explain, add_format, opened
from kgtools.cli.printing import instrument, say, tell
from kgtools.faults import Fault
from kgtools.views.report import Report


def register(commands: Commands, common: Parser) -> None:
    """Add the commands of this file."""
    ask_ = add(commands, common, "ask", ask, "List a fact-checker's questions, or answer one with the passages behind it.")
    ask_.add_argument("number", nargs="?", metavar="NUMBER", help="number of a question; leave out to list them")
    ask_.add_argument("--with-text", action="store_true", help="show the text of the passages where the document is at hand")
    summary_ = add(commands, common, "summary", summary, "Say what is agreed, contested and unknown about an incident, or all.")
    summary_.add_argument("incident", nargs="?", metavar="INCIDENT", help="leave out for all")
    counts_ = add(commands, common, "counts", counts, "Count what is in the graph.")
    counts_.add_argument("--into", metavar="FILE", help="write the tables between the count markers of a Markdown file")
    add_format(ask_, REPORT, "text")
    for command in (summary_, counts_):
        add_explain(command)
        add_format(command, INSTRUMENT, "text")


def ask(options: Namespace) -> int:
    """List the questions, or answer one; exit 1 if the answer is not the expected one."""
    from kgtools.evidence import questions
    from kgtools.views import answers, tables

    space = opened(options)
    listed = questions.load(space)
    if options.number is None:
        table = answers.question_table(listed)
        if options.format == "json":
            say(tables.as_json(list(table)))
        elif options.format == "md":
            say(tables.markdown(table))
        else:
            say("\n".join(f"{one.number:3}  {tables.visible(one.text)}" for one in listed) or "no questions")
        return 0
    found = questions.answer(space, questions.find(listed, options.number), options.with_text)
    _put(options.format, [answers.answer_report(found)], answers.answer_data(found))
    return 1 if found.missing or found.surplus else 0


def summary(options: Namespace) -> int:
    """Print the summary of an incident, or of all."""
    from kgtools.views import answers

    space = opened(options)
    found = space.summary(options.incident)
    as_of = space.horizon.line() if space.horizon else ""

    def data() -> Any:
        listed = [answers.summary_data(one) for one in found.found]
        return listed if options.incident is None else listed[0]

    return instrument(space, options, found, lambda: [answers.summary_report(one, as_of) for one in found.found], data)


def counts(options: Namespace) -> int:
    """Print the tables of counts, or write them into a file."""
    from kgtools.evidence import counts as counted
    from kgtools.output import save
    from kgtools.views import answers

    space = opened(options)
    found = space.counts()
    if options.into:
        path = Path(options.into)
        try:
            text = path.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise Fault(str(path), "cannot be read as a text file", "name a Markdown file with count markers") from error
        tell(f"wrote {save(path, counted.put(text, answers.counts_markdown(found)))}")
    elif options.format == "md" and not options.explain:
        say(answers.counts_markdown(found))
    else:
        return instrument(
            space, options, found, lambda: [answers.counts_report(space, found)], lambda: answers.counts_data(found)
        )
    return 0


def _put(form: str, found: list[Report], data: Any) -> None:
    from kgtools.views import report, tables

    if form == "json":
        say(tables.as_json(data))
    else:
        say(report.several(found, form, tables.terminal_width(sys.stdout.isatty())))
