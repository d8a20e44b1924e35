"""Checking a workspace: files, shapes, check queries, passages; the answer is a sorted list of findings."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from kgtools.check import files, passages, questions, rules, shapes
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


def run(space: Space, progress: Callable[[str], None] = lambda _: None) -> Report:
    """Check a workspace with every rule; raise Fault only if a file cannot be read or parsed."""
    progress("files")
    found = files.findings(space)
    if any(finding.rule == "blank-node" for finding in found):
        # Blank nodes have no name to report by; the other rules would only repeat the trouble.
        return Report(sorted(found), [], 0)
    progress("check queries")
    found += rules.findings(space)
    progress("questions")
    found += questions.findings(space)
    progress("passages")
    verified = passages.verify(space)
    progress("shapes")
    found += shapes.findings(space)
    return Report(sorted(set(found + verified.findings)), verified.unverified, verified.count)
