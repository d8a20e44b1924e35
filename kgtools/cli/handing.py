"""The commands that hand something over: receipt, verify, root, dossier."""

from __future__ import annotations

import os
from argparse import Namespace
from pathlib import Path

from kgtools.cli.arguments import INSTRUMENT, Commands, Parser, add, add_explain, add_format, opened
from kgtools.cli.printing import instrument, put, say
from kgtools.faults import Fault


def register(commands: Commands, common: Parser) -> None:
    """Add the commands of this file."""
    text = "Write a claim with all that it rests on as a file that anybody can verify."
    receipt_ = add(commands, common, "receipt", receipt, text)
    receipt_.add_argument("claim", nargs="+", metavar="CLAIM-or-words")
    receipt_.add_argument("-o", "--output", metavar="FILE", help="where to write (default: standard output)")
    receipt_.add_argument("--with-text", action="store_true", help="put the text of the passages in")
    verify_ = add(commands, common, "verify", verify, "Verify a receipt, link by link; exit 1 if a link is broken.")
    verify_.add_argument("file", metavar="FILE")
    verify_.add_argument("--root", metavar="HASH", help="the published root, which stands with the tagged release")
    add_format(verify_, INSTRUMENT, "text")
    root_ = add(commands, common, "root", root, "Print the graph's root hash, and below it that of every file.")
    add_format(root_, ("text", "json"), "text")
    dossier_ = add(commands, common, "dossier", dossier, "Write the report on an incident that can be handed to an editor.")
    dossier_.add_argument("incident", metavar="INCIDENT")
    dossier_.add_argument("-o", "--output", metavar="FILE", help="where to write (default: standard output)")
    dossier_.add_argument("--with-text", action="store_true", help="put the text of the passages in")
    add_explain(dossier_)
    add_format(dossier_, ("md", "html", "json", "csv"), "md")


def receipt(options: Namespace) -> int:
    """Write the receipt of one claim."""
    put(opened(options).receipt(" ".join(options.claim), options.with_text).raw, options.output)
    return 0


def verify(options: Namespace) -> int:
    """Verify a receipt."""
    from kgtools.receipts.result import verified
    from kgtools.views import receipts

    found = verified(Path(options.file), _documents(options), options.root)
    if options.format == "text":
        say("\n".join(receipts.lines(found.receipt, found.links)))
    else:
        report = lambda: [receipts.report(found.receipt, found.links)]  # noqa: E731
        instrument(None, options, found, report, lambda: receipts.data(found.receipt, found.links))
    return 0 if found.good else 1


def _documents(options: Namespace) -> list[Path]:
    """Return the folder of documents that is named; a receipt needs no workspace, so none is looked for."""
    named = options.documents or os.environ.get("KGTOOLS_DOCUMENTS")
    if named and not Path(named).is_dir():
        raise Fault(str(named), "no such folder", "give the folder that holds the archived documents")
    return [Path(named)] if named else []


def root(options: Namespace) -> int:
    """Print the root of the release and of each file."""
    from kgtools.receipts.release import Release
    from kgtools.views import tables

    release = Release(opened(options, whole=False).workspace)
    files = [(one.name, len(one.records), one.tree.root.hex()) for one in release.files.values()]
    rolls = release.roll_tree.root.hex()
    if options.format == "json":
        listed = [{"file": name, "records": count, "root": digest} for name, count, digest in files]
        say(tables.as_json({"root": release.root, "files": listed, "rolls": {"claims": len(release.rolls), "root": rolls}}))
        return 0
    say(f"{release.root}  release\n")
    for name, count, digest in files:
        say(f"{digest}  {tables.visible(name)}, {count} records")
    say(f"{rolls}  rolls of {len(release.rolls)} claims")
    return 0


def dossier(options: Namespace) -> int:
    """Write the dossier of an incident."""
    from kgtools.views import tables
    from kgtools.views.dossier import dossier_data, render

    found = opened(options).dossier(options.incident, options.with_text)
    if options.format == "json":
        data = (tables.as_json(dossier_data(found, options.explain)) + "\n").encode("utf-8")
    elif options.format == "csv":
        data = tables.comma_separated(found.basis if options.explain else found.rows)
    else:
        data = render(found, options.format, options.explain).encode("utf-8")
    put(data, options.output)
    return 0
