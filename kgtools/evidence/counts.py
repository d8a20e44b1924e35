"""Counts: how much of what is in a graph, file by file; the tables of graph/README.md are printed from here."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from kgtools.evidence import record as records
from kgtools.evidence.instrument import Instrument
from kgtools.faults import Fault
from kgtools.space import Space, Table

START, END = "<!-- counts -->", "<!-- /counts -->"
_KINDS = {
    "incidents and series": "cev:Incident", "claims": "cev:Claim", "of these explanations": "cev:Explanation",
    "assertions": "cev:Assertion", "passages": "cev:Passage", "set-aside spans": "cev:SetAside", "works": "cev:Source",
    "documents": "cev:Document", "persons, bodies, unnamed speakers": "prov:Agent", "of these unnamed": "cev:UnnamedAgent",
    "craft": "cev:Craft", "investigations": "cev:Investigation", "personnel actions": "cev:PersonnelAction",
    "consequences": "cev:Consequence", "discrepancies": "cev:Discrepancy", "search records": "cev:SearchRecord",
    "readings": "cev:Reading", "questions": "cev:Question",
}  # fmt: skip
# What the table of files counts of each, by the name of the kind above.
_PER_FILE = {
    "claims": "claims", "explanations": "of these explanations", "assertions": "assertions", "passages": "passages",
    "discrepancies": "discrepancies",
}  # fmt: skip


@dataclass
class Counts(Instrument):
    """How much of what is in a graph, as tables: records by kind, assertions by standing, each incident's file."""

    tables: list[Table]
    basis_rows: list[tuple[str | None, ...]]

    def __iter__(self) -> Iterator[Table]:
        return iter(self.tables)

    @property
    def rows(self) -> Table:
        """Return every number with the table and row that it stands in."""
        rows: list[tuple[str | None, ...]] = [
            (table.caption, row[0], column, number)
            for table in self.tables for row in table.rows
            for column, number in zip(table.columns[1:], row[1:], strict=True)
        ]  # fmt: skip
        return Table(("table", "row", "column", "number"), rows, "What is in the graph")

    @property
    def basis(self) -> Table:
        """Return every record once for each kind and standing that it is counted by, with file and, of assertions, places."""
        return Table(("of", "node", "file", "place"), self.basis_rows, "The records counted")


def counts(space: Space) -> Counts:
    """Return the counts of a space."""
    kinds = {name: _nodes(space, f"SELECT DISTINCT ?one WHERE {{ ?one a {kind} }}") for name, kind in _KINDS.items()}
    standings: dict[str, list[str]] = {}
    for row in space.table(space.sparql(_STANDINGS)):
        standings.setdefault(_words(row["standing"]), []).append(row["one"] or "")
    ordered = dict(sorted(standings.items(), key=lambda one: -len(one[1])))
    return Counts(
        [
            Table(("records", "number"), _numbers(kinds), "Records"),
            Table(("what the assertion is", "number"), _numbers(ordered), "Assertions"),
            _files(space, kinds),
        ],
        list(_behind(space, {**kinds, **ordered})),
    )


def _nodes(space: Space, sparql: str) -> list[str]:
    return [row["one"] or "" for row in space.table(space.sparql(sparql + " ORDER BY ?one"))]


def _numbers(groups: dict[str, list[str]]) -> list[tuple[str | None, ...]]:
    return [(name, str(len(nodes))) for name, nodes in groups.items()]


def _behind(space: Space, groups: dict[str, list[str]]) -> Iterable[tuple[str | None, ...]]:
    assertions = records.load(space).assertions
    for name, nodes in groups.items():
        for node in nodes:
            places = "; ".join(str(place) for place in assertions[node].places) if node in assertions else ""
            yield name, node, space.file_of(node), places or None


def _files(space: Space, kinds: dict[str, list[str]]) -> Table:
    found: dict[str, dict[str, int]] = {}
    for name, kind in _PER_FILE.items():
        for node in kinds[kind]:
            file = space.file_of(node) or ""
            if file.startswith("incidents/") or file == "context.ttl":
                found.setdefault(file, dict.fromkeys(_PER_FILE, 0))[name] += 1
    rows: list[tuple[str | None, ...]] = [(file, *(str(number) for number in found[file].values())) for file in sorted(found)]
    return Table(("file", *_PER_FILE), rows, "Files")


def _words(curie: str | None) -> str:
    return re.sub(r"(?<!^)(?=[A-Z])", " ", (curie or "").partition(":")[2]).lower()


def put(text: str, tables: str) -> str:
    """Return a text with what stands between its count markers replaced; raise Fault if the markers are not there once."""
    if text.count(START) != 1 or text.count(END) != 1 or text.index(START) > text.index(END):
        raise Fault("counts", "the file has no place for counts", f"write {START} and below it {END}, once each")
    before, _, rest = text.partition(START)
    return f"{before}{START}\n{tables}\n{END}{rest.partition(END)[2]}"


def held(text: str) -> str:
    """Return what stands between the count markers of a text; raise Fault as `put` does."""
    put(text, "")
    return text.partition(START)[2].partition(END)[0].strip("\n")


_STANDINGS = "SELECT DISTINCT ?standing ?one WHERE { ?one cev:standing ?standing } ORDER BY ?standing ?one"
