"""The command `kgtools`: arguments, printing, exit codes, nothing else.

Exit 0: good. 1: the graph breaks a rule. 2: the call is wrong, or a file cannot be read, parsed or written.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from pathlib import Path

from kgtools.faults import Fault


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code; no traceback reaches a user."""
    from kgtools.cli.parser import parse

    if sys.stderr is None:  # closed by the caller; without it, faults would go to standard output
        sys.stderr = Path(os.devnull).open("w", encoding="utf-8")  # noqa: SIM115
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(encoding="utf-8", errors="backslashreplace")
    try:
        if sys.stdout is None:
            raise Fault("standard output", "is closed", "leave it open, or send it to a file")
        options = parse(arguments)
        code: int = options.run(options)
        sys.stdout.flush()
        return code
    except Fault as fault:
        print(f"kgtools: {fault}", file=sys.stderr)
    except BrokenPipeError:
        # The reader has gone; point stdout elsewhere so that the interpreter's last flush does not complain.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except KeyboardInterrupt:
        print("kgtools: interrupted: nothing was left half written: run it again", file=sys.stderr)
    except RecursionError:
        print("kgtools: input: nested too deeply: flatten it", file=sys.stderr)
    except OSError as error:
        where = error.filename or "system"
        print(
            f"kgtools: {where}: {error.strerror or error}: check the path, its permissions and the disk",
            file=sys.stderr,
        )
    return 2
