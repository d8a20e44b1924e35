"""What can be wrong: a fault stops a call, a finding is a rule that the graph breaks."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from dataclasses import asdict, dataclass


class Fault(Exception):
    """Say in one sentence where, what is wrong and what to do; a command answers it with exit code 2."""

    def __init__(self, where: str, what: str, cure: str) -> None:
        super().__init__(f"{where}: {what}: {cure}")
        self.where, self.what, self.cure = where, what, cure

    def __reduce__(self) -> tuple[type[Fault], tuple[str, str, str]]:
        return Fault, (self.where, self.what, self.cure)  # so that a worker process can raise it


@dataclass(frozen=True, order=True)
class Finding:
    """Name a place where the graph breaks a rule, what is wrong there and what to do."""

    where: str
    what: str
    cure: str
    rule: str
    severity: str = "violation"

    def line(self) -> str:
        """Return the finding as *where: what: what to do*."""
        return f"{self.where}: {self.what}: {self.cure}"

    def record(self) -> dict[str, str]:
        """Return the finding as a flat mapping for JSON."""
        return asdict(self)


def nearest(word: str, known: Iterable[str], most: int = 3) -> str:
    """Return «did you mean …» with the nearest known words, all of them if they are few, else the least far."""
    names = sorted(known)
    near = difflib.get_close_matches(word, names, n=most, cutoff=0.5)
    if near:
        return "did you mean " + " or ".join(near)
    if 0 < len(names) <= 12:
        return "known are " + ", ".join(names)
    if not names:
        return "none is known yet"
    return f"the nearest of {len(names)} known are " + ", ".join(difflib.get_close_matches(word, names, n=most, cutoff=0.0))
