"""Checking a workspace: files, shapes, check queries, passages; the answer is a sorted list of findings."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from threading import Event

from kgtools.check import shapes
from kgtools.check.validation import Way
from kgtools.faults import Finding
from kgtools.space import Space


@dataclass(frozen=True)
class Report:
    """Findings, sorted, and what could not be verified because a document is not at hand."""

    findings: list[Finding]
    unverified: list[str]
    verified: int

    @property
    def good(self) -> bool:
        """Say whether nothing breaks a rule."""
        return not any(finding.severity == "violation" for finding in self.findings)


def run(
    space: Space,
    progress: Callable[[str], None] = lambda _: None,
    way: Way = shapes.DEFAULT,
    extra: Sequence[Path] = (),
    only: Sequence[str] | None = None,
) -> Report:
    """Check a workspace with every rule, by shapes of the user's beside the model's if files of such are given.

    With `only`, some files (as the workspace names them) and what sees the things that they describe. Raises Fault if a file
    cannot be read or parsed, if the shapes are wrong, or if validation takes longer than the way allows.
    """
    # Who validates alone needs none of these.
    from kgtools.check import files, passages, questions, rules

    way = replace(way, stop=Event())
    own = [(shapes.model(), way), *((shapes.read(path), replace(way, guarded=True)) for path in extra)]
    space.files, space.subjects()  # read once, before two threads ask for them
    progress("files and shapes")
    with ThreadPoolExecutor(1) as beside:
        # Most of the time the shapes are validated in other processes, so the other rules need not wait.
        validated = beside.submit(lambda: [one for given, how in own for one in shapes.findings(space, given, how, only)])
        try:
            found = files.findings(space, only)
            progress("check queries and passages")
            verified = passages.verify(space)
            others = rules.findings(space) + questions.findings(space) + verified.findings
            found += [one for one in others if only is None or re.split("[ ,]", one.where)[0] in only]
            progress("shapes")
            found += validated.result()
        except BaseException:
            way.stop.set()
            raise
    return Report(sorted(set(found)), verified.unverified, verified.count)
