"""The command that fills a durable store: load."""

from __future__ import annotations

import os
import sys
import time
from argparse import Namespace
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from kgtools.cli.arguments import Commands, Parser, add
from kgtools.cli.printing import say
from kgtools.faults import Fault


def register(commands: Commands, common: Parser) -> None:
    """Add the commands of this file."""
    text = "Load dossiers into a store, or bring it into step: unchanged ones are skipped, changed ones replaced."
    load_ = add(commands, common, "load", load, text)
    help_ = "workspace, folder or file: .ttl, .trig, .nq, .nt, .jsonld, each also .gz or .zst (default: the workspace)"
    load_.add_argument("paths", nargs="*", metavar="PATH", help=help_)
    load_.add_argument("--prune", action="store_true", help="drop what is held and was not named; so is a whole workspace's")
    load_.add_argument("--index", action="store_true", help="make the index of `search` now, not at the first search")
    load_.add_argument("--graphs", action="store_true", help="make the named graphs now, not when a query first asks for one")


def load(options: Namespace) -> int:
    """Load dossiers into a store."""
    from kgtools import dossiers, loading
    from kgtools.store import MEMORY, open_store
    from kgtools.workspace import Workspace

    where = options.store or os.environ.get("KGTOOLS_STORE") or MEMORY
    if where == MEMORY:
        raise Fault("--store", "names no store that lasts", "name a folder: kgtools load --store DIR")
    workspace = Workspace.find(options.workspace, options.documents)
    found = dossiers.find([Path(path) for path in options.paths] or [workspace.root], workspace)
    with open_store(where, write=True, withdrawn=options.withdrawn) as store, progress() as step:
        done = loading.load(store, found, workspace, options.prune, step)
        if options.graphs:
            store.name_graphs()
    if options.index or (Path(where) / "search.sqlite").exists():
        _index(where)
    say(f"{done.line()} in {where}")
    return 0


def _index(where: str) -> None:
    """Bring the index of `search` into step, or make it."""
    from kgtools.cli.searching import indexed
    from kgtools.store import open_store

    with open_store(where) as store:
        indexed(where, store).close()


@contextmanager
def progress() -> Iterator[Callable[[int, int], None]]:
    """Show a bar of dossiers done on a terminal, once a second has gone by."""
    if not sys.stderr.isatty():
        yield lambda _done, _of: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    begun = time.monotonic()
    columns = (TextColumn("dossiers"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    bar = Progress(*columns, console=Console(stderr=True), transient=True)
    task = bar.add_task("dossiers", total=None)

    def step(done: int, of: int) -> None:
        if not bar.live.is_started and time.monotonic() - begun > 1:
            bar.start()
        bar.update(task, completed=done, total=of)

    try:
        yield step
    finally:
        bar.stop()
