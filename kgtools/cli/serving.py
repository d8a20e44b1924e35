"""The commands that show the pages: serve, site."""

from __future__ import annotations

import sys
import time
from argparse import ArgumentTypeError, Namespace
from pathlib import Path

from kgtools.cli.arguments import Commands, Parser, add, opened, warn_of_size
from kgtools.cli.printing import tell
from kgtools.space import open_space


def register(commands: Commands, common: Parser) -> None:
    """Add the commands of this file."""
    serve_ = add(commands, common, "serve", serve, "Serve pages for people and a SPARQL endpoint for programs; Ctrl-C ends it.")
    serve_.add_argument("--port", type=_port, metavar="N", help="port (default: the first free one from 8642 on)")
    serve_.add_argument("--host", default="127.0.0.1", help="address to listen at (default: 127.0.0.1, this machine only)")
    serve_.add_argument("--no-open", action="store_true", help="open no browser")
    serve_.add_argument("--timeout", type=_seconds, default=30.0, metavar="SECONDS", help="time for a query (default: 30)")
    serve_.add_argument("--with-text", action="store_true", help="show the text of archived documents beyond this machine too")
    site_ = add(commands, common, "site", site, "Write the same pages as files that any web host serves, or a disk.")
    site_.add_argument(
        "-o", "--output", metavar="DIR", required=True, help="folder to write; an earlier site in it is replaced"
    )
    site_.add_argument("--with-text", action="store_true", help="put the text of the passages in")
    site_.add_argument("--base-url", metavar="URL", default="", help="where it will stand, for its sitemap")


def serve(options: Namespace) -> int:
    """Serve until interrupted."""
    from kgtools.server.hosts import is_loopback
    from kgtools.server.run import Settings, serve

    if not is_loopback(options.host):
        text = "with the text of archived documents" if options.with_text else "without the text of archived documents"
        tell(f"kgtools: --host {options.host}: others can reach this server, {text}: leave --host out to keep it to yourself")
    warn_of_size(open_space(options.workspace, options.documents, options.withdrawn, options.store))
    settings = Settings(
        options.workspace, options.documents, options.withdrawn, options.host, options.port,
        not options.no_open, options.timeout, options.with_text, options.store,
    )  # fmt: skip
    serve(settings, tell)
    return 0


def site(options: Namespace) -> int:
    """Write the static site."""
    from kgtools.site import write

    begun = time.monotonic()

    def progress(done: int, all_: int) -> None:
        if sys.stderr.isatty() and time.monotonic() - begun > 1:
            print(f"\r{done} of {all_} pages", end="\n" if done == all_ else "", file=sys.stderr, flush=True)

    written = write(opened(options), Path(options.output), options.with_text, options.base_url, progress)
    tell(f"wrote {written.pages} pages in {written.files} files to {options.output}")
    if not options.base_url:
        tell("no sitemap: give --base-url, the address where the site will stand, to have one")
    return 0


def _port(text: str) -> int:
    if not text.isdigit() or int(text) > 65535:
        raise ArgumentTypeError(f"'{text}' is no port: give a number up to 65535")
    return int(text)


def _seconds(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = 0.0
    if not 0 < value <= 3600:
        raise ArgumentTypeError(f"'{text}' is no time: give seconds, up to 3600")
    return value
