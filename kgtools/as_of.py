"""As of: the files of a workspace cut down to what may have been known by a day on one of the four clocks.

An assertion stays if its first possible day on the clock is not later than the day, and with it all that it passes on. What
rests only on assertions that go goes too; the rules stand with `_Cut`, the limits with instrument:as-of in
ontology/schemes.ttl. Every query and view works on what is left as it works on the whole.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property

from kgtools import vocab
from kgtools.chains import Index, written_on
from kgtools.turtle import IRI, Literal, Triple

Files = dict[str, list[Triple]]
Day = datetime.date

_KINDS = {
    **dict.fromkeys(vocab.ASSERTIONS, "assertion"),
    **dict.fromkeys(("cev:Claim", "cev:Explanation"), "claim"),
    **dict.fromkeys(("cev:Incident", "cev:IncidentSeries"), "incident"),
    **dict.fromkeys(("prov:Person", "prov:Organization", "cev:UnnamedAgent", "cev:UnnamedGroup"), "agent"),
    "cev:Passage": "passage", "cev:Source": "source", "cev:Craft": "craft", "cev:SearchRecord": "search",
    "cev:Investigation": "investigation", "cev:PersonnelAction": "action", "cev:Consequence": "consequence",
    "cev:Discrepancy": "discrepancy", "org:Membership": "post", "cev:Dossier": "file", "cev:Reading": "file",
    "cev:Question": "question",
}  # fmt: skip
_KIND_OF = {vocab.iri(name): kind for name, kind in _KINDS.items()}

# What a kept record takes along, by kind: the properties that do it, all but the excepted ones where None stands.
_CARRIED: dict[str, frozenset[str] | None] = {
    "claim": frozenset(("cev:claims", "cev:onCondition")),
    "incident": frozenset(("schema:about", "cev:explains", "cev:recordedWith", "cev:ofThing")),
    "investigation": frozenset(("prov:wasGeneratedBy",)),
    **dict.fromkeys(("agent", "passage", "source", "craft", "search")),
}
_CARRIES_NOTHING = frozenset(map(vocab.iri, ("cev:possiblySameAs", "cev:inSeries")))
_PROPERTIES = {kind: names and frozenset(map(vocab.iri, names)) for kind, names in _CARRIED.items()}

# Kinds that stay if an assertion is left from which they are known (cev:knownFrom).
_RESTING = ("investigation", "action", "consequence", "post", "incident", "craft")
# What the graph says of a body or craft in its own voice, on the assertions that the node names.
_RELATIONS = frozenset(
    map(vocab.iri, "org:subOrganizationOf cev:setUpBy dcterms:replaces schema:manufacturer dcterms:isPartOf".split())
)
# How a thing stands or ended: known only if everything is known on which the node rests.
_STANDS = frozenset(map(vocab.iri, ("cev:ended", "cev:stage", "cev:outcome")))


@dataclass(frozen=True)
class Horizon:
    """A day on a clock, with the IRIs of the assertions certainly and possibly known by then, and how many are undated.

    Where only a part of a store was read, `around` says (as CURIE) around what.
    """

    day: Day
    clock: str
    certain: frozenset[str]
    possible: frozenset[str]
    undated: int
    around: str = ""

    def certainty(self, iri: str) -> str:
        """Return 'certainly' or 'possibly' for an assertion that is known by the day, else nothing."""
        return "certainly" if iri in self.certain else "possibly" if iri in self.possible else ""

    def line(self) -> str:
        """Return in one sentence what the record is cut down to."""
        counted = f"{len(self.certain)} assertions certainly and {len(self.possible)} possibly known by then"
        where = f", around {self.around}" if self.around else ""
        return f"as of {self.day.isoformat()} on the clock of {self.clock}{where}: {counted}, {self.undated} undated left out"


def days(derived: Iterable[Triple], clock: str) -> dict[str, tuple[Day | None, Day | None]]:
    """Return the first and last possible day on a clock of every assertion (IRI) that has a first one."""
    first, last = (vocab.iri(name) for name in vocab.CLOCKS[clock])
    firsts: dict[str, Day] = {}
    lasts: dict[str, Day] = {}
    standing = vocab.iri("cev:standing")
    assertions = set()
    for triple in derived:
        if isinstance(triple.subject, IRI) and isinstance(triple.object, Literal):
            for name, found in ((first, firsts), (last, lasts)):
                if triple.predicate.value == name:
                    found[triple.subject.value] = datetime.date.fromisoformat(triple.object.value)
        elif triple.predicate.value == standing and isinstance(triple.subject, IRI):
            assertions.add(triple.subject.value)
    return {one: (firsts.get(one), lasts.get(one)) for one in sorted(assertions)}


def withdrawn_later(files: Mapping[str, list[Triple]], day: Day) -> Files:
    """Return the files, withdrawn records included, with those left out that were withdrawn by a day."""
    mark = vocab.iri("cev:withdrawnOn")
    marks = [t for triples in files.values() for t in triples if t.predicate.value == mark]
    gone = {t.subject for t in marks if getattr(t.object, "value", "") <= day.isoformat()}
    return {
        name: [t for t in triples if t.subject not in gone and t.object not in gone and t.predicate.value != mark]
        for name, triples in files.items()
    }


def cut(files: Mapping[str, list[Triple]], derived: Iterable[Triple], day: Day, clock: str) -> tuple[Files, Horizon]:
    """Return the files cut down to what may have been known by a day on a clock, and the horizon."""
    return _Cut(files, derived, day, clock).result()


class _Cut:
    """The rules by which records stay.

    Claims stay if they are asserted, or the condition of what is; incidents if something is said about them; discrepancies
    if both sides stay; investigations, actions, consequences and posts if they are known from an assertion that stays;
    agents, passages, works, craft and searches if something that stays names them; works published later never stay on
    the clock of publication; dossiers and readings if an assertion of their file stays; questions never.
    """

    def __init__(self, files: Mapping[str, list[Triple]], derived: Iterable[Triple], day: Day, clock: str) -> None:
        self.files, self.day, self.clock = files, day, clock
        self.index = Index(files)
        self.kinds = {
            subject: _KIND_OF[kind]
            for subject in self.index.objects
            for kind in self.index.iris(subject, "rdf:type")
            if kind in _KIND_OF
        }
        found = days(derived, clock)
        known = {one for one, (first, _) in found.items() if first and first <= day}
        certain = {one for one, (_, last) in found.items() if last and last <= day}
        self.known = self._with_reported(known)
        self.certain = self._with_reported(certain & self.known)
        self.undated = sum(first is None for first, _ in found.values())
        self.kept: set[str] = set()

    def result(self) -> tuple[Files, Horizon]:
        """Return the files and the horizon."""
        for subject in (*self.known, *self._resting()):
            self._keep(subject)
        for subject, kind in self.kinds.items():
            if kind == "file" and self._file_stays(subject):
                self.kept.add(subject)
        gone = {subject for subject in self.kinds if subject not in self.kept}
        left = {name: [t for t in triples if self._stays(t, gone)] for name, triples in self.files.items()}
        certain = frozenset(self.certain)
        return left, Horizon(self.day, self.clock, certain, frozenset(self.known) - certain, self.undated)

    def _with_reported(self, names: set[str]) -> set[str]:
        """Add what the assertions pass on: who reports something knows it."""
        queue = list(names)
        while queue:
            for other in self.index.iris(queue.pop(), "cev:reports"):
                if other not in names and self.kinds.get(other) == "assertion":
                    names.add(other)
                    queue.append(other)
        return names

    def _unwritten(self, subject: str) -> bool:
        """Say whether a record was written later than the day, on the clock of curation."""
        written = written_on(self.index, subject) if self.clock == "curation" else None
        return written is not None and written > self.day

    def _resting(self) -> list[str]:
        found = []
        for subject, kind in self.kinds.items():
            if kind in _RESTING:
                stays = any(one in self.known for one in self.index.iris(subject, "cev:knownFrom"))
            elif kind == "discrepancy":
                sides = [one for side in ("cev:sideA", "cev:sideB") for one in self.index.iris(subject, side)]
                stays = bool(sides) and all(one in self.known for one in sides)
            else:
                stays = kind == "search" and self.clock == "curation" and self._dated(subject, "cev:searchedOn")
            if stays and not self._unwritten(subject) and not self._not_yet(subject):
                found.append(subject)
        return found

    def _not_yet(self, subject: str) -> bool:
        """Say whether something began or happened later than the day, on the clock of events."""
        when = self.index.days(subject, (vocab.iri("cev:occurred"), vocab.iri("cev:began"))) if self.clock == "event" else ()
        firsts = [first for first, _ in when if first]
        return bool(firsts) and min(firsts) > self.day

    def _dated(self, subject: str, name: str) -> bool:
        """Say whether an xsd:date of a subject is not later than the day."""
        given = self.index.objects[subject].get(vocab.iri(name), ())
        return any(getattr(term, "value", "9999") <= self.day.isoformat() for term in given)

    def _keep(self, subject: str) -> None:
        queue = [subject]
        self.kept.add(subject)
        while queue:
            here = queue.pop()
            for predicate, objects in self.index.objects[here].items():
                for term in objects:
                    other = term.value if isinstance(term, IRI) else ""
                    if other not in self.kept and self._carries(here, predicate, other):
                        self.kept.add(other)
                        queue.append(other)

    def _carries(self, subject: str, predicate: str, other: str) -> bool:
        kind = self.kinds.get(other, "")
        if kind not in _PROPERTIES or predicate in _CARRIES_NOTHING or not self._says(subject, predicate):
            return False
        if (kind == "source" and self._to_come(other)) or (kind == "investigation" and self._not_yet(other)):
            return False
        if kind == "search" and self.clock == "curation" and not self._dated(other, "cev:searchedOn"):
            return False
        allowed = _PROPERTIES[kind]
        return allowed is None or predicate in allowed

    def _to_come(self, work: str) -> bool:
        issued = [first for first, _ in self.index.days(work, (vocab.iri("dcterms:issued"),)) if first]
        return self.clock == "publication" and bool(issued) and min(issued) > self.day

    def _says(self, subject: str, predicate: str) -> bool:
        """Say whether what the graph says in its own voice by a property was known."""
        if predicate not in _RELATIONS and predicate not in _STANDS:
            return True
        grounds = self.index.iris(subject, "cev:knownFrom")
        if predicate in _RELATIONS:
            return not grounds or any(one in self.known for one in grounds)
        ends = [first for first, _ in self.index.days(subject, (vocab.iri("cev:ended"),)) if first]
        over = predicate == vocab.iri("cev:outcome") or self.clock == "curation" or all(end <= self.day for end in ends)
        return over and all(one in self.known for one in grounds)

    def _file_stays(self, subject: str) -> bool:
        graph = self.index.graph_of[subject]
        if self.clock == "curation" and self.index.objects[subject].get(vocab.iri("cev:readOn")):
            return self._dated(subject, "cev:readOn")
        return graph in self._graphs_left or graph not in self._graphs_of_assertions

    @cached_property
    def _graphs_left(self) -> set[str]:
        return {self.index.graph_of[one] for one in self.known}

    @cached_property
    def _graphs_of_assertions(self) -> set[str]:
        return {self.index.graph_of[one] for one, kind in self.kinds.items() if kind == "assertion"}

    def _stays(self, triple: Triple, gone: set[str]) -> bool:
        subject = triple.subject.value if isinstance(triple.subject, IRI) else ""
        other = triple.object.value if isinstance(triple.object, IRI) else ""
        return subject not in gone and other not in gone and self._says(subject, triple.predicate.value)
