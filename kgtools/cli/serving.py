"""The command that serves: serve."""

from __future__ import annotations

from argparse import ArgumentTypeError, Namespace

from kgtools.cli.arguments import Commands, Parser, add
from kgtools.cli.printing import tell


def register(commands: Commands, common: Parser) -> None:
    """Add the command of this file."""
    serve_ = add(commands, common, "serve", serve, "Serve pages for people and a SPARQL endpoint for programs; Ctrl-C ends it.")
    serve_.add_argument("--port", type=_port, metavar="N", help="port (default: the first free one from 8642 on)")
    serve_.add_argument("--host", default="127.0.0.1", help="address to listen at (default: 127.0.0.1, this machine only)")
    serve_.add_argument("--no-open", action="store_true", help="open no browser")
    serve_.add_argument("--timeout", type=_seconds, default=30.0, metavar="SECONDS", help="time for a query (default: 30)")
    serve_.add_argument("--with-text", action="store_true", help="show the text of archived documents beyond this machine too")


def serve(options: Namespace) -> int:
    """Serve until interrupted."""
    from kgtools.server.run import Settings, serve
    from kgtools.server.shield import is_loopback

    if not is_loopback(options.host):
        text = "with the text of archived documents" if options.with_text else "without the text of archived documents"
        tell(f"kgtools: --host {options.host}: others can reach this server, {text}: leave --host out to keep it to yourself")
    settings = Settings(
        options.workspace, options.documents, options.withdrawn, options.host, options.port,
        not options.no_open, options.timeout, options.with_text,
    )  # fmt: skip
    serve(settings, tell)
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
