"""The date profile: EDTF strings and their first and last possible day in UTC.

The profile is a small part of the Extended Date/Time Format (ISO 8601-2:2019, levels 0 and 1): year, month, day, time with
zone, interval of these, open interval (`../2011` or `2011/..`), and `~` for approximate, which does not widen the days.
"""

from __future__ import annotations

import calendar
import datetime
import re
from functools import lru_cache

Bounds = tuple[datetime.date | None, datetime.date | None]

_POINT = re.compile(
    r"(?P<year>\d{4})(?:-(?P<month>\d\d)(?:-(?P<day>\d\d)"
    r"(?P<time>T\d\d:\d\d(?::\d\d)?(?:Z|[+-]\d\d:\d\d))?)?)?~?",
    re.ASCII,
)


@lru_cache(maxsize=20_000)
def bounds(text: str) -> Bounds:
    """Return the first and last possible day, in UTC, of an EDTF string; None stands for an open end.

    A date without a zone counts as that day in UTC. Raises ValueError with a sentence if the string is not in the profile.
    """
    if "/" not in text:
        return _point(text)
    left, _, right = text.partition("/")
    first = None if left == ".." else _point(left)[0]
    last = None if right == ".." else _point(right)[1]
    if first is None and last is None:
        raise ValueError(f"'{text}' is open at both ends")
    if first and last and first > last:
        raise ValueError(f"'{text}' ends before it begins")
    return first, last


def _point(text: str) -> tuple[datetime.date, datetime.date]:
    found = _POINT.fullmatch(text)
    if not found:
        raise ValueError(
            f"'{text}' is not a date of the profile (such as 2011, 2011-02, 2011-02-01, 2011-02-01T13:00Z, a/b, ../b)"
        )
    year, month, day = (int(found[k]) if found[k] else None for k in ("year", "month", "day"))
    try:
        if found["time"]:
            return _moment(text)
        first = datetime.date(year or 0, 1 if month is None else month, 1 if day is None else day)
    except (ValueError, OverflowError) as error:
        raise ValueError(f"'{text}' is not in the calendar ({error})") from error
    if month is None:
        return first, datetime.date(first.year, 12, 31)
    if day is None:
        return first, datetime.date(first.year, month, calendar.monthrange(first.year, month)[1])
    return first, first


def _moment(text: str) -> tuple[datetime.date, datetime.date]:
    day = datetime.datetime.fromisoformat(text.rstrip("~")).astimezone(datetime.UTC).date()
    return day, day


def day(text: str) -> datetime.date:
    """Return the day of an xsd:date without zone; raise ValueError with a sentence if it is none."""
    try:
        if not re.fullmatch(r"\d{4}-\d\d-\d\d", text):
            raise ValueError("not YYYY-MM-DD")
        return datetime.date.fromisoformat(text)
    except ValueError as error:
        raise ValueError(f"'{text}' is not a day of the calendar ({error})") from error
