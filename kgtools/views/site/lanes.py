"""Lanes: what is dated, set out by who or what in rows and by day in columns; days are in order, not to scale."""

from __future__ import annotations

import datetime
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise

Day = datetime.date | None
COLUMNS = 24
LONG = 90


@dataclass(frozen=True)
class Dot:
    """One thing on a lane: its first day, date in words, colour class, label, text, and address."""

    lane: str
    day: Day
    date: str
    mark: str
    label: str
    text: str
    address: str


@dataclass(frozen=True)
class Stop:
    """The dots of one lane in one column, from 1; `late` columns open their notes to the left."""

    column: int
    late: bool
    gap: bool
    day: str
    dots: tuple[Dot, ...]


@dataclass(frozen=True)
class Lane:
    """One row: name, label, stops in order."""

    name: str
    label: str
    stops: tuple[Stop, ...]

    @property
    def size(self) -> int:
        """Count the dots."""
        return sum(len(stop.dots) for stop in self.stops)


@dataclass(frozen=True)
class Column:
    """A column's number from 1, its days in words, and whether much time lies before it."""

    number: int
    days: str
    gap: bool


@dataclass(frozen=True)
class Lanes:
    """Columns in order of day, what is undated last, and lanes in order of their first dot."""

    columns: tuple[Column, ...]
    lanes: tuple[Lane, ...]


def lanes(dots: Iterable[Dot], labels: dict[str, str], most: int = COLUMNS, keep_order: bool = False) -> Lanes:
    """Return dots set out in lanes, in at most some columns of days and one for what is undated."""
    listed = list(dots)
    groups = _groups(sorted({dot.day for dot in listed if dot.day}), most)
    place = {day: number for number, days in enumerate(groups, 1) for day in days}
    columns = [Column(number, _words(days), _gap(groups, number)) for number, days in enumerate(groups, 1)]
    if any(dot.day is None for dot in listed):
        columns.append(Column(len(columns) + 1, "undated", False))
    rows: dict[str, dict[int, list[Dot]]] = defaultdict(lambda: defaultdict(list))
    for dot in sorted(listed, key=lambda one: (one.day or datetime.date.max, one.address)):
        rows[dot.lane][place[dot.day] if dot.day else len(columns)].append(dot)
    found = [
        Lane(name, labels.get(name, name), tuple(_stop(columns, number, dots) for number, dots in sorted(stops.items())))
        for name, stops in rows.items()
    ]
    if not keep_order:
        found.sort(key=lambda lane: (lane.stops[0].column, -lane.size, lane.label))
    return Lanes(tuple(columns), tuple(found))


def _stop(columns: list[Column], number: int, dots: list[Dot]) -> Stop:
    column = columns[number - 1]
    return Stop(number, number > len(columns) / 2, column.gap, column.days, tuple(dots))


def _groups(days: list[datetime.date], most: int) -> list[list[datetime.date]]:
    """Return days in groups: each its own while they are few, else the nearest neighbours together."""
    groups = [[day] for day in days]
    while len(groups) > most:
        gaps = [(after[0] - before[-1], len(before) + len(after)) for before, after in pairwise(groups)]
        place = gaps.index(min(gaps))
        groups[place : place + 2] = [groups[place] + groups[place + 1]]
    return groups


def _gap(groups: list[list[datetime.date]], number: int) -> bool:
    return number > 1 and (groups[number - 1][0] - groups[number - 2][-1]).days > LONG


def _words(days: list[datetime.date]) -> str:
    first, last = days[0].isoformat(), days[-1].isoformat()
    if first == last:
        return first
    return f"{first}–{last[8:]}" if first[:7] == last[:7] else f"{first[:7]}–{last[:7] if first[:4] != last[:4] else last[5:7]}"
