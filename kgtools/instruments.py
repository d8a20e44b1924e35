"""What a space works out from the record and hands back as typed objects with rows: one method for each instrument.

Each method loads its room when it is called, so that asking a query costs nothing of them.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, cast

if TYPE_CHECKING:
    from collections.abc import Iterable

    from kgtools.evidence.absences import Absences
    from kgtools.evidence.base_rates import BaseRates
    from kgtools.evidence.counts import Counts
    from kgtools.evidence.discrepancies import Ledger
    from kgtools.evidence.dossier_parts import Dossier
    from kgtools.evidence.drift import Drift
    from kgtools.evidence.history import History
    from kgtools.evidence.links import Links
    from kgtools.evidence.matrix import Matrix
    from kgtools.evidence.origins import Origins
    from kgtools.evidence.settle import Settled
    from kgtools.evidence.summary import Summaries
    from kgtools.evidence.timeline import Timeline
    from kgtools.evidence.trace import Traces
    from kgtools.receipts.result import Made, Verified
    from kgtools.space import Space


class Instruments:
    """The methods of a space that count and set side by side; none of them passes a verdict."""

    @property
    def _space(self) -> Space:
        return cast("Space", self)  # what these are methods of

    def _incident(self, name: str | None) -> str | None:
        return self._space.short(self._space.resolve(name, "incident")) if name else None

    def _near(self, incident: str | None) -> Space:
        """Return the space of an incident, which may be a small part of this one; this one where none is named."""
        return self._space.around(self._space.resolve(incident, "incident")) if incident else self._space

    def summary(self, incident: str | None = None) -> Summaries:
        """Return what is agreed, contested, put forward and unknown about an incident, or about each of all."""
        from kgtools.evidence import summary

        about = self._incident(incident)
        return summary.Summaries([summary.summarise(self._near(incident), about)] if about else summary.summaries(self._space))

    def counts(self) -> Counts:
        """Return how much of what is in the graph: records by kind, assertions by standing, each file's content."""
        from kgtools.evidence import counts

        return counts.counts(self._space)

    def trace(self, claim: str) -> Traces:
        """Return the attribution trees of a claim, or of the claims that hold some words; raise Fault if there is none."""
        from kgtools.evidence import trace

        return trace.traces(self._space.about(claim), claim)

    def origins(self, what: str = "") -> Origins:
        """Return how many distinct origins stand behind a claim, the claims of an incident, or all claims, as ranges."""
        from kgtools.evidence import origins

        return origins.origins(self._space.about(what) if what else self._space, what)

    def drift(self, incident: str | None = None) -> Drift:
        """Return the hops of chains, of one incident or of all, that say more or less than what they pass on."""
        from kgtools.evidence import drift

        near = self._near(incident)
        return drift.drift(near, incident)

    def timeline(self, incident: str) -> Timeline:
        """Return what happened and what was said about an incident, in order of the first possible day."""
        from kgtools.evidence import timeline

        near = self._near(incident)
        return timeline.timeline(near, incident)

    def history(self, incident: str, clock: str = "") -> History:
        """Return the days on which the picture of an incident changed, on a clock (default: publication)."""
        from kgtools.evidence import history

        near = self._near(incident)
        return history.history(near, incident, clock)

    def matrix(self, incident: str) -> Matrix:
        """Return the evidence on record against the explanations of an incident; nothing is ranked."""
        from kgtools.evidence import matrix, record

        near = self._near(incident)
        return matrix.matrix(near, record.load(near), self._incident(incident) or "")

    def discrepancies(self, incident: str | None = None, state: str | None = None) -> Ledger:
        """Return the discrepancies on record, of one incident and in one state (open, settled, rejected) if given."""
        from kgtools.evidence import discrepancies, record

        near = self._near(incident)
        return discrepancies.ledger(near, record.load(near), self._incident(incident), state)

    def proposals(self, incident: str | None = None) -> Ledger:
        """Return the pairs of differing figures that the ledger does not hold, with proposed kind and reason."""
        from kgtools.evidence import discrepancies, record

        near = self._near(incident)
        return discrepancies.propose(near, record.load(near), self._incident(incident))

    def settle(self, sides: Iterable[str], state: str, kind: str = "", reason: str = "", language: str = "en") -> Settled:
        """Record in the dossier's file what was decided about a discrepancy, or about a pair of assertions; both sides stay.

        This space goes on showing the files as they were when it was opened. Raises Fault if anything is wrong, and then
        nothing is written.
        """
        from kgtools.evidence import record
        from kgtools.evidence.settle import settle

        return settle(self._space, record.load(self._space), list(sides), state, kind, reason, language)

    def absences(self, incident: str | None = None) -> Absences:
        """Return what is denied, unsaid, unknown or not found, of one incident if given."""
        from kgtools.evidence import absences, record

        near = self._near(incident)
        return absences.absences(near, record.load(near), self._incident(incident))

    def base_rates(self, craft_kind: str | None = None) -> BaseRates:
        """Return all incidents against those with an allegation, a finding, a personnel action or an unresolved cause."""
        from kgtools.evidence import base_rates, record

        return base_rates.base_rates(self._space, record.load(self._space), craft_kind)

    def links(self, incident: str | None = None) -> Links:
        """Return actions and consequences with who on record connects them with their incidents, if anybody does."""
        from kgtools.evidence import links, record

        near = self._near(incident)
        return links.links(near, record.load(near), self._incident(incident))

    def dossier(self, incident: str, with_text: bool = False) -> Dossier:
        """Return all that is on record about an incident, every statement with its place; raise Fault as `dossier` does."""
        from kgtools.evidence.dossier import dossier
        from kgtools.receipts.release import Release

        near = self._near(incident)
        return dossier(near, incident, Release(near.workspace).root, with_text)

    def receipt(self, claim: str, with_text: bool = False) -> Made:
        """Return a claim with all that it rests on, to be saved and verified by anybody.

        Raises Fault if no claim, or more than one, fits, or if a text is asked for and not at hand.
        """
        from kgtools.receipts.result import made

        return made(self._space.about(claim), claim, with_text)

    def verify(self, file: str | Path, root: str | None = None) -> Verified:
        """Return the links of a receipt, each good, broken or not checked, against the documents at hand and a published root.

        Raises Fault if the file cannot be read or is no receipt.
        """
        from kgtools.receipts.result import verified

        return verified(Path(file), [folder for folder in self._space.workspace.documents if folder.is_dir()], root)
