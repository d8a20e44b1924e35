"""The explanations matrix as a report, as plain data (schemas/matrix.schema.json) and as RDF."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from kgtools import vocab
from kgtools.evidence.matrix import CONSISTENT, INCONSISTENT, NOT_ASSESSED, SILENT, Drop, Matrix, Row, notes
from kgtools.space import Space, Table
from kgtools.turtle import IRI, Literal, Triple, write
from kgtools.views.evidence import assertion_data, compare_data, compare_lines
from kgtools.views.report import Report, Section

# Read before the matrix; the limits of the instrument stand in ontology/schemes.ttl.
LIMITS = (
    "Rows in order of date, explanations in no order of merit; nothing is added up, since ten rows may rest on one speaker.",
    "Consistent: put forward, and supports, is, entails or narrows the explanation, or is entailed by it.",
    "Inconsistent: put forward and undermines or excludes the explanation, or spoken against and entailed by it.",
    "Silent: related to the explanation on record, and says nothing either way;"
    " what is asked, left open, taken back or said on a condition counts for nothing.",
    "Not assessed: nobody on record relates the two.",
)
Lines = list[tuple[int, str]]


# One sign for each reading, so that a matrix is as wide as a terminal.
_SIGNS = {CONSISTENT: "+", INCONSISTENT: "−", SILENT: "o", NOT_ASSESSED: "·"}


def matrix_report(space: Space, found: Matrix, explain: bool = False, brief: bool = False) -> Report:
    """Return the matrix, what hangs on one speaker, and the sides; explained, with the relations that each cell rests on.

    In brief, for a terminal, each reading is one sign and each row a few lines.
    """
    notes_ = [*([space.horizon.line().capitalize()] if space.horizon else []), *LIMITS]
    sections = [
        Section("Explanations", _explanations(found)),
        _signs(found) if brief else Section(_evidence(found), table=_short(found)),
        Section("What changes without one speaker at the ends of the chains", _drops(found.drops, _names(found))),
        Section("Side by side", _side_by_side(found)),
    ]
    if explain:
        sections.append(Section(found.cells.caption, table=found.cells))
    return Report(f"Explanations of {found.incident}, in no order of merit: {found.label}", notes_, sections)


def _names(found: Matrix) -> dict[str, str]:
    return {one.name: f"E{place}" for place, one in enumerate(found.explanations, 1)}


def _explanations(found: Matrix) -> Lines:
    if not found.explanations:
        return [(0, "No explanation is on record.")]
    lines: Lines = []
    for one, short in zip(found.explanations, _names(found).values(), strict=True):
        lines.append((0, f"{short}  {one.name}  {one.text} (cause: {one.cause.partition(':')[2]})"))
        if one.condition:
            lines.append((1, f"only on the condition that: {one.condition}"))
        if not one.sides["for"].assertions:
            lines.append((1, "nobody on record puts it forward"))
    return lines


def _short(found: Matrix) -> Table:
    """Return the table with short names of explanations over the columns."""
    names = _names(found)
    return Table(tuple(names.get(column, column) for column in found.rows.columns), found.rows.rows, found.rows.caption)


def _evidence(found: Matrix) -> str:
    return f"Evidence in order of date: {len(found.evidence)} row{'' if len(found.evidence) == 1 else 's'}"


def _signs(found: Matrix) -> Section:
    """Return the matrix with one sign for each reading, and what each row says below its signs."""
    names = list(_names(found).values())
    wide = max([len(row.date) for row in found.evidence], default=0)
    legend = ", ".join(f"{sign} {state}" for state, sign in _SIGNS.items())
    lines: Lines = [(0, f"{legend}; the explanations are numbered as above.")] if found.evidence else []
    lines += [(0, f"{'date':<{wide}}  {' '.join(names)}")] if found.evidence else []
    for row in found.evidence:
        signs = " ".join(f"{_SIGNS[cell.state]:<{len(name)}}" for cell, name in zip(row.cells, names, strict=True))
        lines += [(0, f"{row.date:<{wide}}  {signs}".rstrip()), (1, f"{row.side}: {row.text}  [{row.claim}]")]
        lines.append((2, "; ".join([f"by {', '.join(row.voices)}", *notes(row)])))
    return Section(_evidence(found), lines)


def _drops(drops: list[Drop], names: dict[str, str]) -> Lines:
    lines: Lines = []
    for drop in drops:
        if drop.flips:
            lines.append((0, f"without {drop.label} [{drop.speaker}]"))
        readings: dict[tuple[str, str, str, str], list[str]] = {}
        for flip in drop.flips:
            if flip.other:
                lines.append((1, f"nothing tells {names[flip.explanation]} and {names[flip.other]} apart any more"))
            else:
                key = (flip.claim, flip.side, flip.before, flip.after)
                readings.setdefault(key, []).append(names[flip.explanation])
        for (claim, side, before, after), on in readings.items():
            lines.append((1, f"{claim}, {side}, on {', '.join(on)}: {before} → {after}"))
    return lines or [(0, "nothing: no reading hangs on one speaker")]


def _side_by_side(found: Matrix) -> Lines:
    """Return the comparison of sides as nested lines, without its heading."""
    lines = [line for line in compare_lines(found.incident, found.explanations)[1:] if line.strip()]
    return [((len(line) - len(line.lstrip())) // 2, line.strip()) for line in lines]


def matrix_data(found: Matrix) -> dict[str, Any]:
    """Return a matrix as plain data for JSON, as schemas/matrix.schema.json describes it."""
    return {
        **compare_data(found.incident, found.explanations), "label": found.label, "limits": list(LIMITS),
        "rows": [_row_data(row) for row in found.evidence], "sensitivity": [_drop_data(drop) for drop in found.drops],
    }  # fmt: skip


def _row_data(row: Row) -> dict[str, Any]:
    return {
        "claim": row.claim, "text": row.text, "side": row.side, "date": row.date, "tellsNothingApart": row.fits_all,
        "onCondition": list(row.conditions), "takenBackBy": list(row.taken_back), "speakers": row.voices, "notes": notes(row),
        "cells": [
            {"explanation": cell.explanation, "reads": cell.state, "relations": list(cell.relations)} for cell in row.cells
        ],
        "assertions": [assertion_data(one) for one in row.assertions],
    }  # fmt: skip


def _drop_data(drop: Drop) -> dict[str, Any]:
    return {
        "without": drop.speaker, "label": drop.label,
        "readings": [
            {
                "claim": flip.claim, "side": flip.side, "explanation": flip.explanation, "before": flip.before,
                "after": flip.after,
            }
            for flip in drop.flips if not flip.other
        ],
        "noLongerToldApart": [[flip.explanation, flip.other] for flip in drop.flips if flip.other],
    }  # fmt: skip


def matrix_turtle(space: Space, found: Matrix) -> str:
    """Return the assessed cells as Turtle: reified statements, so that loading them asserts no reading of the graph itself."""
    return write(_statements(space, found), space.prefixes)


def _statements(space: Space, found: Matrix) -> Iterator[Triple]:
    base = space.workspace.data_prefixes["graph"]
    for row in found.evidence:
        for cell in row.cells:
            if cell.state == NOT_ASSESSED:
                continue
            local = [name.partition(":")[2] for name in (row.claim, cell.explanation)]
            node = IRI(f"{base}matrix-{local[0]}-{row.side.replace(' ', '-')}-{local[1]}")
            for predicate, name in (
                ("rdf:type", "rdf:Statement"), ("rdf:subject", row.claim), ("rdf:predicate", f"fit:{cell.state}"),
                ("rdf:object", cell.explanation), ("schema:about", found.incident),
                *(("prov:wasDerivedFrom", one.name) for one in row.assertions),
            ):  # fmt: skip
                prefix, _, rest = name.partition(":")
                yield Triple(node, IRI(vocab.iri(predicate)), IRI(space.prefixes[prefix] + rest.replace(" ", "-")))
            for predicate, text in (
                ("rdfs:label", row.side),
                *(("cev:reason", said) for said in (*cell.relations, *notes(row))),
            ):
                yield Triple(node, IRI(vocab.iri(predicate)), Literal(text, language="en"))
