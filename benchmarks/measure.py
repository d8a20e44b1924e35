"""Run processes and say what they cost: wall and processor time, the memory of the largest, bytes on disk."""

from __future__ import annotations

import json
import os
import select
import signal
import subprocess
import sys
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent


@dataclass(frozen=True)
class Cost:
    """Seconds of wall and processor time, bytes of memory of the largest process, whether it ended well and in time."""

    wall: float
    cpu: float
    memory: int
    state: str

    def record(self) -> dict[str, object]:
        return asdict(self)


def environment(cache: Path | None = None) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("KGTOOLS_")}
    own = {"KGTOOLS_CACHE": str(cache)} if cache else {}
    return {**kept, "PYTHONPATH": f"{ROOT}{os.pathsep}{HERE}", **own}


def run(call: list[str], seconds: float, log: Path, cache: Path | None = None) -> Cost:
    """Run a process to its end, or kill it with its children when the seconds are over."""
    with log.open("ab") as out:
        begun = time.perf_counter()
        process = subprocess.Popen(call, stdout=out, stderr=out, env=environment(cache), start_new_session=True)
        late = False
        while True:
            pid, status, used = os.wait4(process.pid, os.WNOHANG)
            if pid:
                break
            if not late and time.perf_counter() - begun > seconds:
                late = True
                os.killpg(process.pid, signal.SIGKILL)
            time.sleep(0.005)
    process.returncode = os.waitstatus_to_exitcode(status)
    state = "late" if late else "good" if process.returncode == 0 else f"exit {process.returncode}"
    return Cost(time.perf_counter() - begun, used.ru_utime + used.ru_stime, used.ru_maxrss * 1024, state)


def python(script: str, *arguments: object) -> list[str]:
    return [sys.executable, str(HERE / script), *map(str, arguments)]


def kgtools(*arguments: object) -> list[str]:
    return [sys.executable, "-m", "kgtools", *map(str, arguments)]


def size(path: Path) -> int:
    """Return the bytes of a file, or of all files of a folder, each counted once."""
    if path.is_file():
        return path.stat().st_size
    return sum({(s.st_dev, s.st_ino): s.st_size for one in path.rglob("*") if one.is_file() for s in [one.stat()]}.values())


def usage(pid: int) -> tuple[float, int]:
    """Return processor seconds so far and the most memory so far of a running process."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    peak = next((int(line.split()[1]) * 1024 for line in lines if line.startswith("VmHWM")), 0)
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK"), peak


class Asker:
    """A process that asks an engine; one that takes too long over a question is killed, and the next goes on after it."""

    def __init__(self, engine: str, where: str, cases: Path, repeats: int, seconds: float, opening: float) -> None:
        self._call = [engine, where, str(cases)], [str(repeats), str(seconds)]
        self.engine, self.seconds, self.opening = engine, seconds, opening
        self.memory, self.opened = 0, 0.0

    def ask(self, count: int, deadline: float) -> dict[int, dict[str, object]]:
        """Return what each case gave, by number, as far as the deadline (of the monotonic clock) allows."""
        found: dict[int, dict[str, object]] = {}
        while len(found) < count and time.monotonic() < deadline:
            before = len(found)
            self._go(found, count, deadline)
            if len(found) == before:
                break
        return found

    def _go(self, found: dict[int, dict[str, object]], count: int, deadline: float) -> None:
        head, tail = self._call
        call = python("asking.py", *head, len(found), *tail)
        begun = time.monotonic()
        process = subprocess.Popen(call, stdout=subprocess.PIPE, env=environment(), stderr=subprocess.DEVNULL)
        assert process.stdout
        try:
            if self._line(process.stdout, self.opening) is None:
                return
            self.opened = time.monotonic() - begun
            while len(found) < count and time.monotonic() < deadline:
                self._line(process.stdout, self.opening)
                told = self._line(process.stdout, self.seconds + 3)
                found[len(found)] = told or {"late": True}
                if told is None:
                    return
        finally:
            if process.poll() is None:
                self.memory = max(self.memory, usage(process.pid)[1])
                process.kill()
            process.wait()
            process.stdout.close()

    @staticmethod
    def _line(stream: IO[bytes], seconds: float) -> dict[str, object] | None:
        """Return the next line, None if none comes in time or the process has died."""
        ready, _, _ = select.select([stream], [], [], seconds)
        line = stream.readline() if ready else b""
        told: dict[str, object] | None = json.loads(line) if line.strip() else None
        return told
