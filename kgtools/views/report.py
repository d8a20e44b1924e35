"""A report: title, notes, sections of nested lines and tables; as text, Markdown or a page, everything escaped."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator
from dataclasses import dataclass, field
from html import escape

from kgtools.space import Table
from kgtools.views import tables
from kgtools.views.tables import visible

# Signs that mean something in Markdown (CommonMark 2.4, and the tables and struck-out text of GFM).
_SIGNS = "\\`*_{}[]<>()#|&~!"


@dataclass
class Section:
    """A heading, lines each with its depth from 0, and a table if there is one."""

    heading: str
    lines: list[tuple[int, str]] = field(default_factory=list)
    table: Table | None = None


@dataclass
class Report:
    """A title, notes on how to read it, and sections."""

    title: str
    notes: list[str] = field(default_factory=list)
    sections: list[Section] = field(default_factory=list)


def text(report: Report, width: int | None = None) -> str:
    """Return a report for a terminal, as wide as it; outside one, every line as long as it is."""
    lines = [_plain(report.title), *(_plain(note) for note in report.notes)]
    fitted = [part for line in lines for part in wrapped(line, width)]
    for section in report.sections:
        fitted += ["", *wrapped(_plain(section.heading), width)]
        for depth, line in section.lines:
            fitted += wrapped("  " * (depth + 1) + _plain(line), width)
        if section.table is not None:
            fitted += [tables.text(section.table, width)] if width else columns(section.table)
    return "\n".join(fitted)


def wrapped(line: str, width: int | None) -> list[str]:
    """Return a line in pieces that fit a width, those after the first a little further in than its own indent."""
    if width is None or len(line) <= width:
        return [line]
    indent = " " * (len(line) - len(line.lstrip(" └─")) + 4)
    return textwrap.wrap(line, max(width, len(indent) + 20), subsequent_indent=indent, break_on_hyphens=False)


def columns(table: Table) -> Iterator[str]:
    """Yield the lines of a table in columns, each as wide as its widest cell: quicker by far than a framed one."""
    rows = [table.columns, *([_plain(cell or "") for cell in row] for row in table.rows)]
    widths = [max(len(row[place]) for row in rows) for place in range(len(table.columns))]
    for row in rows:
        yield "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()


def markdown(report: Report) -> str:
    """Return a report in Markdown, lines as nested lists."""
    lines = [f"# {_marked(report.title)}"]
    for note in report.notes:
        lines += ["", _marked(note)]
    for section in report.sections:
        lines += ["", f"## {_marked(section.heading)}", ""]
        lines += [f"{'  ' * depth}- {_marked(line)}" for depth, line in section.lines]
        if section.table is not None:
            lines += [*([""] if section.lines else []), tables.markdown(section.table)]
    return "\n".join(lines)


def several(reports: list[Report], form: str, width: int | None = None) -> str:
    """Return reports below each other: text (of a width, if one is given), md, or html."""
    if form == "html":
        return _page(reports)
    return "\n\n".join(markdown(one) if form == "md" else text(one, width) for one in reports)


def page(report: Report) -> str:
    """Return a report as a page that stands alone and loads nothing."""
    return _page([report])


def _body(report: Report) -> Iterator[str]:
    yield f"<h1>{_html(report.title)}</h1>"
    yield from (f"<p>{_html(note)}</p>" for note in report.notes)
    for section in report.sections:
        yield f"<h2>{_html(section.heading)}</h2>"
        yield from _list(section.lines)
        if section.table is not None:
            yield _table(section.table)


def _page(reports: list[Report]) -> str:
    title = reports[0].title if len(reports) == 1 else f"{len(reports)} reports"
    body = [line for one in reports for line in _body(one)]
    policy = "default-src 'none'; style-src 'unsafe-inline'"
    return "\n".join(
        [
            '<!DOCTYPE html><html lang="en"><head><meta charset="utf-8">',
            f'<meta http-equiv="Content-Security-Policy" content="{policy}">',
            '<meta name="viewport" content="width=device-width, initial-scale=1">',
            f"<title>{_html(title)}</title><style>{_STYLE}</style></head><body><main>",
            *body,
            "</main></body></html>",
        ]
    )


def _plain(line: str) -> str:
    return visible(line.replace("\n", " "))


def _marked(line: str) -> str:
    for sign in _SIGNS:
        line = line.replace(sign, "\\" + sign)
    # At the start of an item these would begin a list of their own.
    if line[:1] in ("-", "+", "="):
        line = "\\" + line
    number = line[: len(line) - len(line.lstrip("0123456789"))]
    if number and line[len(number) : len(number) + 1] == ".":
        line = f"{number}\\{line[len(number) :]}"
    return _plain(line)


def _html(line: str) -> str:
    return escape(_plain(line))


def _list(lines: list[tuple[int, str]]) -> Iterator[str]:
    here = -1
    for depth, line in lines:
        yield "<ul>" * (depth - here) if depth > here else "</li>" + "</ul></li>" * (here - depth)
        yield f"<li>{_html(line)}"
        here = depth
    yield "</li></ul>" * (here + 1)


def _table(table: Table) -> str:
    head = "".join(f"<th>{_html(column)}</th>" for column in table.columns)
    body = "".join("<tr>" + "".join(f"<td>{_html(cell or '')}</td>" for cell in row) + "</tr>" for row in table.rows)
    return f"<table><caption>{_html(table.caption)}</caption><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"


_STYLE = (
    "body{font:16px/1.5 system-ui,sans-serif;margin:0;color:#1a1a1a;background:#fff}"
    "main{max-width:72rem;margin:auto;padding:1rem}"
    "h1{font-size:1.4rem}h2{font-size:1.1rem;margin-top:2rem}table{border-collapse:collapse;display:block;overflow-x:auto}"
    "td,th{text-align:left;vertical-align:top;padding:.2rem .8rem .2rem 0;border-bottom:1px solid #ccc}"
    "caption{text-align:left;font-weight:600}li{overflow-wrap:anywhere}"
    "@media(prefers-color-scheme:dark){body{color:#e8e8e8;background:#161616}td,th{border-color:#444}}"
)
