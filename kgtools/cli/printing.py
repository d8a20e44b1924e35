"""Printing answers in the form asked for."""

from __future__ import annotations

import sys
from argparse import Namespace
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kgtools.output import save
from kgtools.space import Space, Table
from kgtools.store import Rows, serialise_rows
from kgtools.views import tables

if TYPE_CHECKING:
    from kgtools.evidence.instrument import Instrument
    from kgtools.views.report import Report


def say(text: str) -> None:
    """Print to standard output."""
    line = text if text.endswith("\n") else text + "\n"
    raw(line.encode(sys.stdout.encoding, sys.stdout.errors or "strict"))


def tell(text: str) -> None:
    """Print to standard error: progress, findings, counts; no character of the data moves the cursor."""
    from kgtools.views.tables import visible

    print(text if text.isprintable() else visible(text), file=sys.stderr)


def raw(data: bytes) -> None:
    """Write bytes to standard output."""
    sys.stdout.flush()
    left = memoryview(data)
    while left:  # an unbuffered stream (python -u) may take a part only, without an error where the reader has gone
        left = left[sys.stdout.buffer.write(left) :]
    sys.stdout.buffer.flush()


def put(data: bytes, output: str | None) -> None:
    """Write bytes to a file, or to standard output where none is named, or `-`."""
    if output and output != "-":
        tell(f"wrote {save(Path(output), data)}")
    else:
        raw(data)


def listing(space: Space, sparql: str, form: str, caption: str = "") -> None:
    """Print the rows of a SELECT: a table or Markdown of short names, or a SPARQL 1.1 results document."""
    if form in ("table", "md"):
        table(by_then(space, space.table(space.store.query(sparql), caption)), form)
        return
    answer = space.store.query(sparql) if space.horizon else None
    place = _naming(answer.columns) if isinstance(answer, Rows) else None
    if isinstance(answer, Rows) and place is not None:
        marked = [(*row, _mark(space, getattr(row[place], "value", ""))) for row in answer.rows]
        raw(serialise_rows((*answer.columns, "byThen"), marked, form))
    else:
        raw(space.store.results(sparql, form))
    if form == "json":
        say("")


def by_then(space: Space, rows: Table) -> Table:
    """Return a table with what was certainly and possibly known by then, in a space as of a day, where it names assertions."""
    place = _naming(rows.columns)
    if space.horizon is None or place is None:
        return rows
    listed = [(*row, space.known_by_then(row[place] or "") or None) for row in rows.rows]
    return Table((*rows.columns, "byThen"), listed, rows.caption)


def _naming(columns: tuple[str, ...]) -> int | None:
    """Return the place of the first column that names assertions, None if there is none or if the mark is there already."""
    names = [name for name in ("assertion", "node", "origin", "hop") if name in columns]
    return columns.index(names[0]) if names and "byThen" not in columns else None


def _mark(space: Space, iri: str) -> str | None:
    return (space.horizon.certainty(iri) or None) if space.horizon else None


def table(rows: Table, form: str) -> None:
    """Print a table: as text, and its number of rows to standard error; as Markdown; or as a results document."""
    if form == "md":
        say(tables.markdown(rows))
    elif form != "table":
        raw(tables.results(rows, form))
    else:
        say(tables.text(rows, tables.terminal_width(sys.stdout.isatty())))
        tell(f"{len(rows)} row{'' if len(rows) == 1 else 's'}")


def instrument(
    space: Space | None,
    options: Namespace,
    found: Instrument,
    reports: Callable[[], list[Report]],
    data: Callable[[], Any],
) -> int:
    """Print an instrument's answer in the form asked for; explained, with the assertions and passages that it counted."""
    from kgtools.views import report

    explain = getattr(options, "explain", False)
    basis = by_then(space, found.basis) if explain and space else found.basis
    if options.format == "json":
        say(tables.as_json(_with_basis(data(), basis) if explain else data()))
    elif options.format == "csv":
        raw(tables.comma_separated(basis if explain else found.rows))
    else:
        listed = reports()
        if explain:
            listed[-1].sections.append(report.Section(basis.caption, table=basis))
        say(report.several(listed, options.format, tables.terminal_width(sys.stdout.isatty())))
    return 0


def _with_basis(data: Any, basis: Table) -> dict[str, Any]:
    """Return plain data with what it was counted from; a list stands under `found`, since it has no names of its own."""
    return {**(data if isinstance(data, dict) else {"found": data}), "basis": list(basis)}
