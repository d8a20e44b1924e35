"""A table: what a query's rows and an instrument's counts are handed on as."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from kgtools.faults import Fault, nearest


@dataclass(frozen=True)
class Table:
    """A query's answer: column names and rows of plain strings, IRIs shortened to CURIEs; None where nothing stands."""

    columns: tuple[str, ...]
    rows: list[tuple[str | None, ...]]
    caption: str = ""

    def __iter__(self) -> Iterator[dict[str, str | None]]:
        return (dict(zip(self.columns, row, strict=True)) for row in self.rows)

    def __len__(self) -> int:
        return len(self.rows)

    def column(self, name: str) -> list[str | None]:
        """Return one column's values; raise Fault if there is no such column."""
        if name not in self.columns:
            raise Fault("table", f"no column '{name}'", nearest(name, self.columns))
        place = self.columns.index(name)
        return [row[place] for row in self.rows]

    def to_pandas(self) -> Any:
        """Return the table as a pandas data frame; raise Fault if pandas is not installed."""
        try:
            import pandas
        except ImportError as error:
            raise Fault("table", "pandas is not installed", "run: pip install 'kgtools-cev[notebook]'") from error
        return pandas.DataFrame(self.rows, columns=list(self.columns))

    def _repr_html_(self) -> str:
        from html import escape

        head = "".join(f"<th>{escape(column)}</th>" for column in self.columns)
        body = "".join("<tr>" + "".join(f"<td>{escape(cell or '')}</td>" for cell in row) + "</tr>" for row in self.rows)
        return f"<table><caption>{escape(self.caption)}</caption><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
