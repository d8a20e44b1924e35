"""What goes wrong where no visitor is told: said on standard error in a sentence, never as a line of a log or a traceback."""

from __future__ import annotations

import logging
import sys


def complain(sentence: str) -> None:
    """Say something on standard error, signs that a terminal would obey written out."""
    print("kgtools: serve: " + "".join(c if c.isprintable() else ascii(c)[1:-1] for c in sentence), file=sys.stderr)


class Complaints(logging.Handler):
    """Says errors that the libraries underneath would log; what visitors get wrong is said to them alone."""

    def emit(self, record: logging.LogRecord) -> None:
        """Say a record if an exception is behind it."""
        error = record.exc_info[1] if record.exc_info else None
        if error is not None and record.levelno >= logging.ERROR:
            what = record.getMessage().partition("\n")[0].rstrip(".")
            complain(f"{what}: {type(error).__name__}: {error}")


def heed() -> None:
    """Have what libraries log said, or left out, by this module alone."""
    logging.getLogger().addHandler(Complaints())
