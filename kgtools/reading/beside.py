"""Reading many files as texts: some here, the others in processes beside this one, whichever has time.

They are started as commands, not forked, as the workers that validate are; what a process did not read that ended before its
time is read here.
"""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import IO, Any

from kgtools.reading.text import Names, Text

_BATCH = 1_000_000  # bytes that are handed over at a time: about a hundredth of a second's work
_WORTH = 20_000_000  # bytes that take longer to read than a process takes to start
_PACKAGES = str(Path(__file__).resolve().parents[2])
_Batch = list[tuple[str, bytes]]


def read(files: Mapping[str, bytes], names: Names, processes: int) -> list[Text | None]:
    """Return files (name and bytes) as texts in their order, None for one that cannot be read so."""
    waiting, found = _batches(files), dict[str, Text | None]()
    others = processes - 1 if sum(map(len, files.values())) > _WORTH else 0
    with ThreadPoolExecutor(max(1, others)) as beside:
        running = [beside.submit(_hand_over, waiting, names, found) for _ in range(others)]
        _take(waiting, names, found)
        for one in running:
            one.result()
    _take(waiting, names, found)  # what a process gave back
    return [found[file] for file in files]


def _batches(files: Mapping[str, bytes]) -> list[_Batch]:
    found: list[_Batch] = []
    size = _BATCH
    for file, raw in files.items():
        if size >= _BATCH:
            found.append([])
            size = 0
        found[-1].append((file, raw))
        size += len(raw)
    return found


def _take(waiting: list[_Batch], names: Names, found: dict[str, Text | None]) -> None:
    with suppress(IndexError):
        while True:
            found.update((file, Text.read(file, raw, names)) for file, raw in waiting.pop())


def _hand_over(waiting: list[_Batch], names: Names, found: dict[str, Text | None]) -> None:
    """Have another process read batches, until none is left or it ends."""
    environment = {**os.environ, "PYTHONPATH": _PACKAGES, "PYTHONDONTWRITEBYTECODE": "1"}
    command = [sys.executable, "-P", "-m", "kgtools.reading.beside"]
    with (
        suppress(OSError),
        subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=environment
        ) as process,
    ):
        batch: _Batch = []
        try:
            _send(process.stdin, (dict(names.prefixes), names.backwards))
            while waiting:
                batch = waiting.pop()
                _send(process.stdin, batch)
                read = _receive(process.stdout)
                found.update((file, one and Text(file, raw=raw, **one)) for (file, raw), one in zip(batch, read, strict=True))
                batch = []
        except (OSError, EOFError, IndexError, pickle.UnpicklingError):
            waiting.extend([batch] if batch else [])


def _send(pipe: IO[bytes] | None, data: object) -> None:
    if pipe:
        pickle.dump(data, pipe, pickle.HIGHEST_PROTOCOL)
        pipe.flush()


def _receive(pipe: IO[bytes] | None) -> Any:
    """Return what the other process sent, which is of our own making; raise EOFError where nothing comes any more."""
    if not pipe:
        raise EOFError
    return pickle.load(pipe)  # noqa: S301


def main() -> None:
    """Read batches from standard input until it ends, and answer each with what is told of its files but their bytes."""
    given, answers = sys.stdin.buffer, sys.stdout.buffer
    names = Names(*_receive(given))
    with suppress(EOFError):
        while True:
            read = [Text.read(file, raw, names) for file, raw in _receive(given)]
            _send(
                answers,
                [one and {name: value for name, value in vars(one).items() if name not in ("file", "raw")} for one in read],
            )


if __name__ == "__main__":
    main()
