"""The commands that keep a workspace and a server in step: push, pull."""

from __future__ import annotations

import os
from argparse import Namespace

from kgtools.cli.arguments import Commands, Parser, add
from kgtools.cli.holding import progress
from kgtools.cli.printing import say, tell
from kgtools.faults import Fault


def register(commands: Commands, common: Parser) -> None:
    """Add the commands of this file."""
    push_ = add(commands, common, "push", push, "Bring a server into step with the workspace, dossier by dossier.")
    pull_ = add(commands, common, "pull", pull, "Bring the workspace into step with a server, dossier by dossier.")
    push_.add_argument("--force", action="store_true", help="overwrite, and drop, what others put on the server")
    pull_.add_argument("--force", action="store_true", help="overwrite what was changed here")


def push(options: Namespace) -> int:
    """Push the workspace to a server."""
    from kgtools import syncing
    from kgtools.store.remote import RemoteStore
    from kgtools.workspace import Workspace

    where = _server(options)
    workspace = Workspace.find(options.workspace, options.documents)
    with RemoteStore(where, write=True, withdrawn=options.withdrawn) as store, progress() as step:
        done, left = syncing.push(store, workspace, where, options.force, step)
    for sentence in left:
        tell(sentence)
    say(f"{done.line()} on {where}")
    return 0


def pull(options: Namespace) -> int:
    """Pull the workspace's dossiers from a server."""
    from kgtools import syncing
    from kgtools.store.remote import RemoteStore
    from kgtools.workspace import Workspace

    where = _server(options)
    workspace = Workspace.find(options.workspace, options.documents)
    with RemoteStore(where) as store, progress() as step:
        done = syncing.pull(store, workspace, where, options.force, step)
    for sentence in done.left:
        tell(sentence)
    say(f"{len(done.written)} written, {done.same} the same in {workspace.name}")
    return 0


def _server(options: Namespace) -> str:
    where = str(options.store or os.environ.get("KGTOOLS_STORE") or "")
    if not where.lower().startswith(("http://", "https://")):
        raise Fault("--store", "names no server", "give its address: --store http://localhost:7878")
    return where
