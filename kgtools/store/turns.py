"""Writing to a SPARQL service in turns, so that of two writers one is told, and no change is made twice.

The books hold a version: whose turn it is, and how many changes were made in it. A writer takes a turn by putting a version of
its own in the place of what it read with the books, and looks whether it stands there alone; each change is carried out only
where the version is the one before, and sets the next. So a request that comes late or twice changes nothing, and a writer that
was overtaken finds another's version at the next look. Nobody holds a lock: what a killed writer leaves is the version that
the next one reads.

Services may answer two requests from the same state (Oxigraph's updates see the store as it was when they began), or apply
none as a whole (Virtuoso, which is given a change step by step and asked before each). Then two versions stand there, and both
writers are told. Where both had begun to write, whoever comes next takes everything for changed, and writes it anew.
"""

from __future__ import annotations

import re
import secrets
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from kgtools.faults import Fault
from kgtools.store import updates
from kgtools.store.service import Service, pauses
from kgtools.store.updates import Step
from kgtools.store.wire import Lost
from kgtools.turtle import Triple


@dataclass(frozen=True)
class Change:
    """What is done before triples are put into named graphs, those by graph, and what is done after."""

    before: Sequence[Step]
    contents: Mapping[str, Sequence[Triple]]
    after: Sequence[Step]


class Turns:
    """The changes of one writer: each holds only if nobody else has changed the service since it was read."""

    def __init__(self, service: Service, ask: Callable[[], list[str]], versions: list[str]) -> None:
        self._service, self._ask, self._versions = service, ask, versions
        self._turn, self._count = "", 0
        self.mixed = sum(bool(re.search(" [1-9][0-9]*$", one)) for one in versions) > 1

    def carry_out(self, change: Change) -> None:
        """Carry out a change; raise Fault where another writer was quicker, or where the service does not do what it says."""
        if not self._turn:
            turn = secrets.token_hex(8)
            first = [updates.claim(self._versions, f"{turn} 0")]
            self._ensure(
                f"{turn} 0", lambda: self._service.update(";\n".join([*(updates.doubted() if self.mixed else ()), *first]))
            )
            self._turn = turn
        now, then = self._versions[0], f"{self._turn} {self._count + 1}"
        self._ensure(then, lambda: self._send(change, now, then))
        self._count += 1

    def _ensure(self, version: str, send: Callable[[], object]) -> None:
        """Send what sets a version, and once more only where the service was asked whether it is set, and it is not."""
        for pause in pauses():
            try:
                send()
                break
            except Lost:
                found = self._ask()
                if found == [version]:
                    break
                if found != self._versions:
                    raise self._fault(found) from None
                if pause is None:
                    raise
                time.sleep(pause)
        self._check([version])
        self._versions = [version]

    def _send(self, change: Change, now: str, then: str) -> None:
        turned = updates.turned(now, then).text()
        if not self._service.virtuoso:
            data = [updates.insertion(change.contents)] if change.contents else []
            steps = (step.text(updates.stands(now)) for step in (*change.before, *data, *change.after))
            self._service.update(";\n".join([*steps, turned]))
            return
        for step in change.before:
            self._check(self._versions)
            self._service.update(step.text())
        for graph, triples in change.contents.items():
            self._check(self._versions)
            self._service.put(graph, triples)
        for step in change.after:
            self._check(self._versions)
            self._service.update(step.text())
        self._check(self._versions)
        self._service.update(turned)

    def _check(self, versions: list[str]) -> None:
        found = self._ask()
        if found != versions:
            raise self._fault(found)

    def _fault(self, found: list[str]) -> Fault:
        where = self._service.ends.update
        if found == self._versions:
            what = "answers as if the update were carried out, and it is not"
            return Fault(where, what, "set KGTOOLS_STORE_UPDATE to the address that takes SPARQL updates")
        return Fault(where, "another writer changed the store since it was read", "run it again")
