"""A process that forks one for each command that it is told, and kills it after a while if it is told to.

It opens no store itself and has no thread, so that its children start as if they were new, and soon.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType


@dataclass(frozen=True)
class Ended:
    """How a command ended: its exit code, None if it was killed before; the seconds that it took."""

    code: int | None
    took: float


class Killer:
    """Runs commands in processes that may be killed."""

    def __enter__(self) -> Killer:
        environment = {name: value for name, value in os.environ.items() if not name.startswith("KGTOOLS_")}
        self._process = subprocess.Popen(
            [sys.executable, __file__], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
            env={**environment, "PYTHONPATH": str(Path(__file__).parents[1])},
        )  # fmt: skip
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._process.communicate(timeout=60)

    def run(self, *words: str | Path, after: float | None = None) -> Ended:
        """Run a command; kill it after some seconds unless it ended before."""
        assert self._process.stdin and self._process.stdout
        self._process.stdin.write(json.dumps([list(map(str, words)), after]) + "\n")
        self._process.stdin.flush()
        return Ended(*json.loads(self._process.stdout.readline()))


def main() -> None:
    import zstandard

    from kgtools import cli, held_space, loading
    from kgtools.cli import parser
    from kgtools.evidence import record, settle
    from kgtools.store import disk

    assert all((zstandard, held_space, loading, parser, record, settle, disk))  # loaded before the first fork
    for line in sys.stdin:
        words, after = json.loads(line)
        begun = time.monotonic()
        child = os.fork()
        if child == 0:
            quiet = os.open(os.devnull, os.O_RDWR)
            for handle in (0, 1, 2):
                os.dup2(quiet, handle)
            os._exit(cli.main(words))
        if after is not None:
            time.sleep(after)
            os.kill(child, signal.SIGKILL)
        status = os.waitpid(child, 0)[1]
        code = os.WEXITSTATUS(status) if os.WIFEXITED(status) else None
        print(json.dumps([code, time.monotonic() - begun]), flush=True)


if __name__ == "__main__":
    main()
