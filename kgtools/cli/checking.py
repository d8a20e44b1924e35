"""The command check."""

from __future__ import annotations

import argparse
from argparse import Namespace
from pathlib import Path

from kgtools.cli.arguments import Commands, Parser, add, add_format, opened
from kgtools.cli.printing import say, tell
from kgtools.faults import Fault, nearest
from kgtools.workspace import Workspace


def register(commands: Commands, common: Parser) -> None:
    """Add the command."""
    check_ = add(
        commands, common, "check", check, "Check files, shapes, rules and passages; exit 1 if the graph breaks a rule."
    )
    text = "check only these files of the graph, and what sees the things that they describe"
    check_.add_argument("files", nargs="*", metavar="FILE", help=text)
    check_.add_argument(
        "--workers", type=_number, metavar="N", help="processes in which pySHACL validates (default: one for each core)"
    )
    check_.add_argument(
        "--engine", choices=("pyshacl", "fast"), help="pySHACL alone, or the fast engine with pySHACL behind it"
    )
    check_.add_argument("--shapes", action="append", default=[], metavar="FILE", help="shapes of your own, beside the model's")
    check_.add_argument("--deadline", type=_number, default=120, metavar="SECONDS", help="for a batch of records (120)")
    add_format(check_, ("text", "json"), "text")


def _number(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"'{text}' is no number from 1 up")
    return int(text)


def check(options: Namespace) -> int:
    """Check the workspace, or some files of it."""
    from kgtools import check
    from kgtools.check.validation import Way
    from kgtools.views import tables

    space = opened(options)
    only = [file_of(space.workspace, name) for name in options.files] or None
    way = Way(options.engine, options.workers, options.deadline)
    report = check.run(space, way=way, extra=[Path(name) for name in options.shapes], only=only)
    if options.format == "json":
        data = {
            "workspace": space.workspace.name, "good": report.good, "spansVerified": report.verified,
            "unverified": report.unverified, "findings": [finding.record() for finding in report.findings],
        }  # fmt: skip
        say(tables.as_json(data))
    else:
        for finding in report.findings:
            tell(finding.line())
        for sentence in report.unverified:
            tell(f"not verified: {sentence}")
        known = {name: triples for name, triples in space.files.items() if only is None or name in only}
        files, triples = len(known), sum(len(listed) for listed in known.values())
        counted = f"{len(report.findings)} findings in {files} files, {triples:,} triples; {report.verified} spans verified"
        say(f"{'good' if report.good else 'not good'}: {counted}")
    return 0 if report.good else 1


def file_of(workspace: Workspace, given: str) -> str:
    """Return the workspace's name for a file given by path, by its place below graph/, or by its slug."""
    known = {workspace.relative(path): path for path in workspace.files}
    for name, path in known.items():
        if given in (name, name.removesuffix(".ttl"), path.stem) or Path(given).resolve() == path.resolve():
            return name
    raise Fault(given, "is no file of this workspace's graph", nearest(given, [path.stem for path in known.values()]))
