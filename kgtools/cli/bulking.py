"""The command for work on many dossiers at once: bulk."""

from __future__ import annotations

import os
import sys
import time
from argparse import ArgumentTypeError, Namespace
from collections.abc import Callable
from pathlib import Path

from kgtools.cli.arguments import Commands, Parser, add
from kgtools.cli.printing import say, tell
from kgtools.faults import Fault


def register(commands: Commands, common: Parser) -> None:
    """Add the command of this file."""
    text = "Parse, derive, validate, index and export all dossiers, on several workers; run again, it goes on where it ended."
    bulk_ = add(commands, common, "bulk", bulk, text)
    bulk_.add_argument("path", nargs="?", metavar="PATH", help="workspace, graph folder, or a location of fsspec (s3://…)")
    bulk_.add_argument("-o", "--output", metavar="DIR", required=True, help="folder or location for parts and findings")
    who = bulk_.add_mutually_exclusive_group()
    who.add_argument("--workers", type=_number, default=1, metavar="N", help="processes of this machine (default: 1)")
    who.add_argument("--dask", metavar="ADDRESS", help="a Dask scheduler that you trust, as tcp://127.0.0.1:8786")
    bulk_.add_argument("--engine", choices=("pyshacl", "fast"), help="what validates (default: fast, if it is installed)")
    bulk_.add_argument("--no-validate", action="store_true", help="leave the findings out")
    text = "leave the check queries out, for a graph too large for one machine: ask them where the parts are loaded"
    bulk_.add_argument("--no-queries", action="store_true", help=text)


def bulk(options: Namespace) -> int:
    """Make the parts; exit 1 if a dossier breaks a rule."""
    from kgtools.bulk import run
    from kgtools.check.validation import Way
    from kgtools.workspace import Workspace

    where = options.path or str(Workspace.find(options.workspace).graph)
    far = "://" in where or "::" in where
    if not far and not Path(where).is_dir():
        raise Fault(where, "no such folder", "give the folder or location of a workspace")
    where, output = (text if "://" in text else str(Path(text).resolve()) for text in (where, options.output))
    fast = Way(options.engine).fast if not options.no_validate else False
    documents = _documents(options.documents)
    checked = not options.no_validate
    setting = run.setting_of(where, output, options.withdrawn, checked, fast, not options.no_queries, documents)
    report = run.bulk(setting, options.workers, options.dask, _progress())
    for finding in report.findings[:50]:
        tell(finding.line())
    if len(report.findings) > 50:
        tell(f"… and {len(report.findings) - 50} more in findings.json")
    for sentence in report.unverified[:10]:
        tell(f"not verified: {sentence}")
    if len(report.unverified) > 10:
        tell(f"… and {len(report.unverified) - 10} more in findings.json")
    triples, derived = (sum(getattr(one, name) for one in report.records) for name in ("triples", "derived"))
    counted = f"{len(report.records)} parts, {report.skipped} of them there already; {triples:,} triples, {derived:,} derived"
    found = f"{len(report.findings)} findings; {report.verified} spans verified" if checked else "not validated"
    say(f"{'good' if report.good else 'not good'}: {counted}; {found}")
    if checked and options.no_queries:
        tell("check queries were left out: ask each with `kgtools query check-… --store` where the parts are loaded")
    return 0 if report.good else 1


def _documents(given: str | None) -> str | None:
    """Return where the archived documents lie, as option or environment says; raise Fault if there is no such folder."""
    named = given or os.environ.get("KGTOOLS_DOCUMENTS")
    if not named or "://" in named or "::" in named:
        return named or None
    if not Path(named).is_dir():
        raise Fault(named, "no such folder", "give the folder that holds the archived documents")
    return str(Path(named).resolve())


def _progress() -> Callable[[str, int, int], None]:
    begun = time.monotonic()

    def progress(what: str, done: int, all_: int) -> None:
        if sys.stderr.isatty() and time.monotonic() - begun > 1:
            print(f"\r{what}: {done} of {all_}", end="\n" if done == all_ else "", file=sys.stderr, flush=True)

    return progress


def _number(text: str) -> int:
    if not (text.isascii() and text.isdigit() and 0 < int(text[:5]) <= 1024):
        raise ArgumentTypeError(f"'{text}' is no number of processes: give 1 to 1024")
    return int(text)
