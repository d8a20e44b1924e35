"""Tables as text, Markdown, JSON."""

from __future__ import annotations

import io
import json
import shutil
import textwrap
import unicodedata
from typing import Any

from kgtools.space import Table

# Characters that turn writing direction or have no width: shown by their code point, so that a name cannot hide anything.
_NARROW = 12  # letters that a column wants at least if its cells have so many; a heading may be folded
_HIDDEN = {"Cf", "Cc", "Zl", "Zp"}


def visible(text: str) -> str:
    """Return a text with control, bidi and zero-width characters made visible."""
    if text.isprintable():
        return text
    return "".join(f"⟨U+{ord(c):04X}⟩" if unicodedata.category(c) in _HIDDEN and c != "\n" else c for c in text)


def text(table: Table, width: int | None = None) -> str:
    """Return a table for a terminal, as wide as the terminal; outside one, wide enough for every row on one line.

    Where the columns would be too narrow to read, every row is a block of lines, one for each cell that holds something.
    """
    if width is None:
        return _wide(table)
    if _crowded(table, width):
        return "\n\n".join(_block(table, row, width) for row in table.rows)
    from rich import box
    from rich.console import Console
    from rich.table import Table as Rich
    from rich.text import Text

    grid = Rich(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False)
    for column in table.columns:
        grid.add_column(Text(column), overflow="fold")
    for row in table.rows:
        grid.add_row(*(Text(visible(cell or "")) for cell in row))
    buffer = io.StringIO()
    Console(file=buffer, width=width, color_system=None, legacy_windows=False).print(grid)
    return "\n".join(line.rstrip() for line in buffer.getvalue().splitlines())


def _wide(table: Table) -> str:
    """Return what rich prints where width is no matter, in a fraction of its time."""
    from rich.cells import cell_len

    cells = [[visible(cell or "").split("\n") for cell in row] for row in (table.columns, *table.rows)]
    widths = [max(cell_len(line) for cell in column for line in cell) for column in zip(*cells, strict=True)]
    lines = []
    for row in cells:
        for number in range(max(map(len, row), default=1)):
            shown = [cell[number] if number < len(cell) else "" for cell in row]
            padded = (line + " " * (width - cell_len(line)) for line, width in zip(shown, widths, strict=True))
            lines.append("   ".join(padded).rstrip())
    head = max(map(len, cells[0]), default=1)
    return "\n".join([*lines[:head], "─" * (sum(widths) + 3 * (len(widths) - 1)), *lines[head:]])


def _crowded(table: Table, width: int) -> bool:
    cells = zip((column[:6] for column in table.columns), *table.rows, strict=True)
    least = (min(max(len(cell or "") for cell in column), _NARROW) for column in cells)
    return bool(table.rows) and sum(least) + 3 * len(table.columns) > width


def _block(table: Table, row: tuple[str | None, ...], width: int) -> str:
    lead = max(len(column) for column in table.columns) + 2
    lines = []
    for column, cell in zip(table.columns, row, strict=True):
        if cell:
            shown = visible(cell.replace("\n", " "))
            lines += textwrap.wrap(shown, max(width, lead + 20), initial_indent=f"{column:<{lead}}",
                                   subsequent_indent=" " * lead, break_on_hyphens=False)  # fmt: skip
    return "\n".join(lines)


def terminal_width(tty: bool) -> int | None:
    """Return the width of the terminal, None where output goes elsewhere."""
    return shutil.get_terminal_size().columns if tty else None


def markdown(table: Table) -> str:
    """Return a table in Markdown, cells escaped."""
    lines = ["| " + " | ".join(table.columns) + " |", "|" + " --- |" * len(table.columns)]
    lines += ["| " + " | ".join(_cell(cell or "") for cell in row) + " |" for row in table.rows]
    return "\n".join(lines)


def _cell(cell: str) -> str:
    for sign in "\\`*_{}[]<>|#":
        cell = cell.replace(sign, "\\" + sign)
    return visible(cell.replace("\n", " "))


def as_json(value: Any) -> str:
    """Return a value as indented JSON, keys in their order, characters as they are."""
    return json.dumps(value, ensure_ascii=False, indent=2)


def comma_separated(table: Table) -> bytes:
    """Return a table as CSV (RFC 4180), whatever its columns are called."""
    import csv

    buffer = io.StringIO()
    csv.writer(buffer).writerows([table.columns, *([cell or "" for cell in row] for row in table.rows)])
    return buffer.getvalue().encode("utf-8")


def results(table: Table, form: str) -> bytes:
    """Return a table as a SPARQL 1.1 results document (json, csv, tsv, xml), every cell a plain literal."""
    from kgtools.store import serialise_rows

    return serialise_rows(table.columns, table.rows, form)
