"""The dossier of an incident, to be handed to an editor: everything on record, in order of date, each with its place."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable

import kgtools
from kgtools.evidence import absences, compare, drift, links, matrix, origins, summary
from kgtools.evidence import record as records
from kgtools.evidence.dossier_parts import Behind, Differing, Dossier, Event, Explained, Gap, Moved, Point, Said, behind
from kgtools.evidence.footnotes import Footnotes, Note
from kgtools.evidence.record import Assertion, Record
from kgtools.space import Space

Row = dict[str, str]


def dossier(space: Space, incident: str, root: str, with_text: bool = False) -> Dossier:
    """Return the dossier of an incident (slug, CURIE or label), notes numbered in the order in which they are first needed.

    `root` is the root hash of the graph it is made from. With text, every note has the passage's; raises Fault if a document
    is then not at hand or not the archived one.
    """
    name = space.short(space.resolve(incident, "incident"))
    return _Gathering(space, name, with_text).all(root)


class _Gathering:
    """One pass over the record; sections are gathered in the order in which they are printed, for the notes' numbers."""

    def __init__(self, space: Space, incident: str, with_text: bool) -> None:
        self.space, self.incident = space, incident
        self.record: Record = records.load(space)
        self.notes = Footnotes(space, with_text)
        self.known_from: dict[str, list[str]] = defaultdict(list)
        for row in space.table(space.sparql(_KNOWN_FROM)):
            self.known_from[row["node"] or ""].append(row["assertion"] or "")
        self.ranges = {one.claim: one for one in origins.origins(space, incident).claims}

    def all(self, root: str) -> Dossier:
        """Return the dossier."""
        rows = [row for row in self._rows("incidents") if row["incident"] == self.incident]
        label = next((row["label"] for row in rows), self.incident)
        found = Dossier(self.incident, label, _facts(rows), self._of_node(self.incident), kgtools.__version__, root)
        found.horizon = self.space.horizon.line().capitalize() if self.space.horizon else ""
        self._summary(found)
        found.timeline = self._timeline()
        found.explanations = self._explanations()
        self._matrix(found)
        found.discrepancies = self._discrepancies()
        self._drift(found)
        found.origins = self._origins(found)
        found.sequence = self._sequence()
        found.gaps = self._gaps()
        found.notes = self.notes.listed
        return found

    def _rows(self, query: str, **values: str) -> list[Row]:
        return [{name: value or "" for name, value in row.items()} for row in self.space.query(query, **values)]

    def _here(self, query: str) -> list[Row]:
        return self._rows(query, incident=self.incident)

    def _of(self, names: Iterable[str]) -> tuple[Note, ...]:
        return self.notes.of(names)

    def _of_node(self, node: str) -> tuple[Note, ...]:
        return self._of(self.known_from.get(node, ()))

    def _said(self, one: Assertion) -> Said:
        passed = (self.record.assertions[name].speaker_label for name in one.reports if name in self.record.assertions)
        return Said(one, tuple(sorted(set(passed))), self._of([one.name]))

    def _named(self, name: str) -> Said | None:
        return self._said(self.record.assertions[name]) if name in self.record.assertions else None

    def _summary(self, found: Dossier) -> None:
        counted = summary.summarise(self.space, self.incident)
        found.counted.append(counted.basis)
        by_claim: dict[str, list[Assertion]] = defaultdict(list)
        for one in self.record.assertions.values():
            if self.incident in one.incidents:
                by_claim[one.claim].append(one)
        for target, entries in (
            (found.agreed, counted.agreed), (found.contested, counted.contested), (found.put_forward, counted.put_forward)
        ):  # fmt: skip
            ordered = sorted(
                entries, key=lambda entry: (min((_day(one) for one in by_claim[entry.claim]), default="9"), entry.claim)
            )
            target += [Point(one, self._of(a.name for a in sorted(by_claim[one.claim], key=_order))) for one in ordered]

    def _timeline(self) -> list[Said | Event]:
        found: list[Said | Event] = []
        done: set[str] = set()
        rows = self._here("timeline")
        for row in sorted(rows, key=lambda row: (row["earliest"] or "9999", row["latest"] or "9999", row["node"])):
            one = self.record.assertions.get(row["node"])
            if one is None:
                when = row["date"] or _between(row["earliest"], row["latest"])
                found.append(Event(when, row["what"], row["text"], row["node"], notes=self._of_node(row["node"])))
            elif one.name not in done:
                done.add(one.name)
                found.append(self._said(one))
        return found

    def _explanations(self) -> list[Explained]:
        listed = compare.compare(self.space, self.record, self.incident)
        ranges = self.ranges
        found = []
        for one in sorted(listed, key=lambda one: (_first(one), one.name)):
            sides = {
                name: tuple(self._said(a) for a in sorted(side.assertions, key=_order)) for name, side in one.sides.items()
            }
            counted = ranges[one.name].sides if one.name in ranges else {}
            held = {name: side for name, side in counted.items() if side.assertions}
            chokes = {name: (*side.choke_speakers.values(), *side.choke_works.values()) for name, side in held.items()}
            found.append(Explained(one, sides, {name: str(side.range) for name, side in held.items()}, chokes))
        return found

    def _origins(self, found: Dossier) -> list[Behind]:
        """Return who stands behind the explanations, and behind the other claims of the summary, each side apart."""
        points = (*found.contested, *found.put_forward, *found.agreed)
        claims = dict.fromkeys([*(one.explanation.name for one in found.explanations), *(one.entry.claim for one in points)])
        counted = (self.ranges[claim] for claim in claims if claim in self.ranges)
        return [
            behind(one.claim, one.text, side, self._of(end.assertion.name for end in side.ends))
            for one in counted for side in one.sides.values() if side.assertions
        ]  # fmt: skip

    def _matrix(self, found: Dossier) -> None:
        weighed = self.space.matrix(self.incident)
        found.counted += [weighed.cells, weighed.sensitivity]
        found.evidence = [row for row in weighed.evidence if any(cell.state != matrix.NOT_ASSESSED for cell in row.cells)]
        found.drops = [drop for drop in weighed.drops if drop.flips]
        found.called = {one.name: one.text for one in weighed.explanations}

    def _discrepancies(self) -> list[Differing]:
        rows = {row["discrepancy"]: row for row in reversed(self._here("discrepancies"))}

        def order(row: Row) -> tuple[str, str]:
            sides = (self.record.assertions.get(row[name]) for name in ("assertionA", "assertionB"))
            return min(_day(one) if one else "9999" for one in sides), row["discrepancy"]

        return [
            Differing(
                row["discrepancy"], words(row["attribute"]), row["valueA"], self._named(row["assertionA"]), row["valueB"],
                self._named(row["assertionB"]), words(row["kind"]), words(row["state"]), row["reason"],
            )
            for row in sorted(rows.values(), key=order)
        ]  # fmt: skip

    def _drift(self, found: Dossier) -> None:
        moved = drift.drift(self.space, self.incident)
        found.compared = moved.compared
        found.counted.append(moved.basis)
        for hop in sorted(moved.hops, key=lambda hop: (_order(hop.later), hop.earlier.name)):
            for direction in ("harder", "softer"):
                changes = tuple(str(change) for change in hop.toward(direction))
                if changes:
                    found.drift.append(Moved(direction, changes, self._said(hop.earlier), self._said(hop.later)))

    def _sequence(self) -> list[Event]:
        stated = links.links(self.space, self.record)
        dated = {row["node"]: row for row in reversed(self._here("timeline"))}
        labels = {row["investigation"]: row for row in self._here("investigations")}
        for name, row in labels.items():
            dated.setdefault(name, {"earliest": "", "latest": "", "date": "", "text": row["label"], "what": "investigation"})
        nodes = {link.node for link in stated.links if link.incident == self.incident} | labels.keys()
        found = []
        for node in sorted(nodes, key=lambda node: (dated.get(node, {}).get("earliest") or "9999", node)):
            row = dated.get(node, {})
            link = stated.of(node, self.incident)
            says = self._inquired(node) if node in labels else link.sentence
            when = row.get("date") or _between(row.get("earliest", ""), row.get("latest", ""))
            kind = "investigation" if node in labels else link.kind
            particulars, findings = self._particulars(node)
            notes = self._of([*self.known_from.get(node, ()), *(one.name for one in link.stated), *findings])
            found.append(Event(when, kind, row.get("text") or link.label, node, particulars, says, notes))
        return found

    def _inquired(self, node: str) -> str:
        """Say on whose word an inquiry looks into the incident, or that nobody's word is on record."""
        named = (self.record.assertions.get(name) for name in self.known_from.get(node, ()))
        said = sorted({one.speaker_label for one in named if one and self.incident in one.incidents})
        return f"recorded as an inquiry into the incident on the word of: {'; '.join(said)}" if said else links.NO_LINK

    def _particulars(self, node: str) -> tuple[tuple[str, ...], list[str]]:
        """Return what else is on record of something done, and the assertions that state a result."""
        rows = list(self.space.table(self.space.sparql(_PARTICULARS.replace("NODE", node))))
        found = (f"{_PARTICULAR[row['property'] or '']}: {words(row['value'] or '')}" for row in rows)
        return tuple(dict.fromkeys(found)), [row["finding"] or "" for row in rows if row["finding"]]

    def _gaps(self) -> list[Gap]:
        searches: dict[str, tuple[set[str], set[str]]] = {}
        for row in self.space.table(self.space.sparql(_SEARCHES)):
            sought, files = searches.setdefault(row["search"] or "", (set(), set()))
            sought.add(f"“{row['word']}”")
            files.add(row["file"] or "")
        found = []
        shown: set[str] = set()
        for one in absences.absences(self.space, self.record, self.incident).found:
            shown.update((one.node, *one.passed_on))
            what: list[str] = []
            if one.node in searches:
                sought, files = searches[one.node]
                what = [f"searched for: {', '.join(sorted(sought))}", f"in: {', '.join(sorted(files))}"]
            elif one.about:
                what = [f"about: {'; '.join(self._called(node) for node in one.about)}"]
            names = [one.node, *one.passed_on] if one.node in self.record.assertions else self.known_from.get(one.node, ())
            if one.kind == absences.NOT_LOOKED:
                names = [
                    a.name for a in self.record.assertions.values() if a.claim == one.node and self.incident in a.incidents
                ]
            unknown = one.kind == "said to be unknown" and one.claim
            text = f"something about “{one.text}”" if unknown else one.text
            found.append(Gap(one.kind, text, one.speaker, one.date or "undated", one.node, tuple(what), self._of(names)))
        for question in self._here("open-questions"):
            said = self.record.assertions.get(question["assertion"])
            if said and said.name not in shown and not any(name in shown for name in said.reports):
                shown.add(said.name)
                kind = words(said.force)
                text = f"something about “{said.text}”" if said.claim and kind.startswith("says") else said.text
                found.append(Gap(kind, text, said.speaker_label, said.when, said.name, (), self._of([said.name])))
        return sorted(found, key=lambda gap: (_digits(gap.when), gap.kind, gap.node))

    def _called(self, node: str) -> str:
        """Return what an assertion, work or agent is called."""
        one = self.record.assertions.get(node)
        if one:
            return f"{one.speaker_label}{', ' + one.source_label if one.source_label else ''}: “{one.text}”"
        return next(
            (row["label"] or "" for row in self.space.table(self.space.sparql(_LABEL.replace("NODE", node)))), node
        )  # fmt: skip


def _facts(rows: list[Row]) -> list[tuple[str, str]]:
    columns = (("date", "date on record"), ("kind", "kind"), ("outcome", "outcome"))
    return [(what, value) for name, what in columns for value in dict.fromkeys(words(row[name]) for row in rows) if value]


def words(value: str) -> str:
    """Return a concept's CURIE as words; anything else, such as a date or sentence, as it is."""
    prefix, colon, local = value.partition(":")
    plain = colon and prefix.isalpha() and local and " " not in local
    return local.replace("-", " ") if plain else value


def _day(one: Assertion) -> str:
    return one.earliest or one.latest or "9999"


def _order(one: Assertion) -> tuple[str, str, str]:
    return one.earliest or "9999", one.latest or "9999", one.name


def _first(one: compare.Explanation) -> str:
    return min((_day(a) for side in one.sides.values() for a in side.assertions), default="9999")


def _digits(when: str) -> str:
    """Return the first date within words such as «between … and …», for sorting; undated ones last."""
    found = re.search(r"-?[0-9]{4}[0-9-]*", when)
    return found[0] if found else "9999"


def _between(first: str, last: str) -> str:
    if first and last:
        return first if first == last else f"between {first} and {last}"
    return f"not before {first}" if first else "undated"


_KNOWN_FROM = "SELECT ?node ?assertion WHERE { ?node cev:knownFrom ?assertion } ORDER BY ?node ?assertion"
_LABEL = "SELECT ?label WHERE { NODE rdfs:label ?label } ORDER BY ?label LIMIT 1"
_SEARCHES = """SELECT ?search ?word ?file
WHERE { ?search a cev:SearchRecord ; cev:searched ?document ; cev:searchedFor ?word . ?document cev:fileName ?file }
ORDER BY ?search ?word ?file"""
_PARTICULAR = {
    "prov:wasAssociatedWith": "by", "cev:mandate": "to find out", "cev:began": "began", "cev:deadline": "deadline",
    "cev:ended": "ended", "cev:stage": "stage on record", "cev:person": "concerns", "cev:postTitle": "post",
    "cev:orderedBy": "ordered by", "cev:kind": "kind", "cev:reason": "curator's remark", "result": "result stated",
}  # fmt: skip
_PARTICULARS = """SELECT DISTINCT ?property ?value ?finding WHERE {
  VALUES ?node { NODE }
  { ?node ?property ?value .
    VALUES ?property { cev:mandate cev:began cev:deadline cev:ended cev:stage cev:postTitle cev:kind cev:reason } }
  UNION { ?node ?property ?agent . ?agent rdfs:label ?value .
    VALUES ?property { prov:wasAssociatedWith cev:person cev:orderedBy } }
  UNION { ?finding prov:wasGeneratedBy ?node ; cev:claims ?claim . ?claim schema:text ?value . BIND("result" AS ?property) }
} ORDER BY ?property ?value ?finding"""
