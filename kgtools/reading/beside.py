"""Reading many files as texts: a part of them here, the others each in a process beside this one.

They are started as commands, not forked, as the workers that validate are; what a process did not read that ended before its
time is read here. A process is given its part at once and answers once: each message in between would wait for this one to
let go of the interpreter's lock, which takes as long as reading some files.
"""

from __future__ import annotations

import gc
import os
import pickle
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from itertools import accumulate
from pathlib import Path
from threading import Thread
from typing import IO, Any

from kgtools.reading.text import Names, Text

_BATCH = 20_000_000  # bytes that are handed over at a time, so that there are not two of everything
_WORTH = 20_000_000  # bytes that take longer to read than a process takes to start
_PACKAGES = str(Path(__file__).resolve().parents[2])
_Part = list[tuple[str, bytes]]
_Short = tuple[bytes, bytes, bytes, tuple[tuple[bytes, bytes], ...], frozenset[bytes], bool]


def read(files: Mapping[str, bytes], names: Names, processes: int) -> list[Text | None]:
    """Return files (name and bytes) as texts in their order, None for one that cannot be read so."""
    own, *others = _parts(files, processes if sum(map(len, files.values())) > _WORTH else 1)
    with ExitStack() as stack:
        answers = [stack.enter_context(_reading(part, names)) for part in others]
        found = [Text.read(file, raw, names) for file, raw in own]
        for part, answer in zip(others, answers, strict=True):
            found += _told(part, answer) or [Text.read(file, raw, names) for file, raw in part]
    return found


@contextmanager
def uncollected() -> Iterator[None]:
    """Have no garbage looked for: what is read is there to stay, and would be looked through again and again."""
    on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if on:
            gc.enable()


def _parts(files: Mapping[str, bytes], number: int) -> list[_Part]:
    """Return files in some parts, in their order; the first, which is read here, is larger, for others have to be sent."""
    parts: list[_Part] = [[] for _ in range(number)]
    ends = list(accumulate(map(len, files.values())))
    for item, end in zip(files.items(), ends, strict=True):
        place = end * (3 * number + 1) // (ends[-1] + 1)
        parts[max(0, place - 1) // 3].append(item)
    return parts


@contextmanager
def _reading(part: _Part, names: Names) -> Iterator[IO[bytes] | None]:
    """Have another process read a part, and yield where its answer will come."""
    environment = {**os.environ, "PYTHONPATH": _PACKAGES, "PYTHONDONTWRITEBYTECODE": "1"}
    command = [sys.executable, "-P", "-m", "kgtools.reading.beside"]
    try:
        process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=environment
        )
    except OSError:
        yield None
        return
    sending = Thread(target=_hand_over, args=(process.stdin, part, names))
    sending.start()
    try:
        yield process.stdout
    finally:
        process.kill()  # it has answered, or nobody waits any more
        sending.join()
        if process.stdout:
            process.stdout.close()
        process.wait()


def _hand_over(pipe: IO[bytes] | None, part: _Part, names: Names) -> None:
    sizes = [(file, len(raw)) for file, raw in part]
    batches: list[list[bytes]] = [[pickle.dumps((dict(names.prefixes), names.backwards, sizes), pickle.HIGHEST_PROTOCOL)]]
    size = 0
    for _, raw in part:
        if size > _BATCH:
            batches.append([])
            size = 0
        batches[-1].append(raw)
        size += len(raw)
    with suppress(OSError):
        if pipe:
            with pipe:
                for batch in batches:
                    pipe.write(b"".join(batch))


def _told(part: _Part, pipe: IO[bytes] | None) -> list[Text | None]:
    """Return a part as another process has read it, nothing if that ended before."""
    try:
        read: list[_Short | None] = pickle.loads(pipe.read()) if pipe else []  # noqa: S301 -- of our own making
        return [one and _long(file, raw, *one) for (file, raw), one in zip(part, read, strict=True)]
    except (OSError, EOFError, ValueError, pickle.UnpicklingError):
        return []


def _short(text: Text) -> _Short:
    """Return what is told of a text but its bytes, names in a row, which is written and read in half the time."""
    return text.head, b" ".join(text.subjects), b" ".join(text.others), text.points, text.marked, text.full


def _long(file: str, raw: bytes, head: bytes, subjects: bytes, others: bytes, *rest: Any) -> Text:
    return Text(file, head, raw, frozenset(subjects.split()), frozenset(others.split()), *rest)


def main() -> None:
    """Read the files that come on standard input, and answer with what is told of each but its bytes."""
    gc.disable()
    given = sys.stdin.buffer
    prefixes, backwards, sizes = pickle.load(given)  # noqa: S301
    names = Names(prefixes, backwards)
    read = (Text.read(file, given.read(size), names) for file, size in sizes)
    pickle.dump([one and _short(one) for one in read], sys.stdout.buffer, pickle.HIGHEST_PROTOCOL)
    sys.stdout.buffer.flush()


if __name__ == "__main__":
    main()
