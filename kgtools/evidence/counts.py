"""Counts: how much of what is in a graph, file by file; the tables of graph/README.md are printed from here."""

from __future__ import annotations

import re

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
_PER_FILE = {
    "claims": "cev:Claim", "explanations": "cev:Explanation", "assertions": "cev:Assertion", "passages": "cev:Passage",
    "discrepancies": "cev:Discrepancy",
}  # fmt: skip


def counts(space: Space) -> list[Table]:
    """Return the tables: records by kind, assertions by standing, and each incident's file."""
    return [_kinds(space), _standings(space), _files(space)]


def _kinds(space: Space) -> Table:
    rows = [(name, str(_count(space, kind))) for name, kind in _KINDS.items()]
    return Table(("records", "number"), list(rows), "Records")


def _count(space: Space, kind: str) -> int:
    rows = space.table(space.sparql(f"SELECT (COUNT(DISTINCT ?one) AS ?number) WHERE {{ ?one a {kind} }}"))
    return int(rows.rows[0][0] or 0)


def _standings(space: Space) -> Table:
    rows = space.table(space.sparql(_STANDINGS))
    return Table(("what the assertion is", "number"), [(_words(name), number) for name, number in rows.rows], "Assertions")


def _words(curie: str | None) -> str:
    return re.sub(r"(?<!^)(?=[A-Z])", " ", (curie or "").partition(":")[2]).lower()


def _files(space: Space) -> Table:
    found: dict[str, dict[str, int]] = {}
    for name, kind in _PER_FILE.items():
        for row in space.table(space.sparql(f"SELECT DISTINCT ?one WHERE {{ ?one a {kind} }}")):
            file = space.file_of(row["one"] or "") or ""
            if file.startswith("incidents/") or file == "context.ttl":
                found.setdefault(file, dict.fromkeys(_PER_FILE, 0))
                found[file][name] += 1
    rows = [(file, *(str(number) for number in found[file].values())) for file in sorted(found)]
    return Table(("file", *_PER_FILE), list(rows), "Files")


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


_STANDINGS = """SELECT ?standing (COUNT(DISTINCT ?one) AS ?number) WHERE { ?one cev:standing ?standing }
GROUP BY ?standing ORDER BY DESC(?number) ?standing"""
