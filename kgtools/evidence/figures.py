"""Figures: the value of a claim as a number with unit, a time or words, and how two of them differ.

Units are converted by pint, imported where two units differ; currencies are not converted. Times follow the date profile
(`kgtools.dates`), moments are compared to the second. Every rule is symmetric: the order of the two sides makes no difference.
"""

from __future__ import annotations

import datetime
import re
from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, ROUND_HALF_UP, Decimal, InvalidOperation
from functools import cache
from typing import Any

from kgtools import dates

CURRENCIES = frozenset({"unit:rouble", "unit:us-dollar", "unit:euro"})
# What pint calls the units whose names it does not know; `one` is a count.
_PINT = {"tonne": "metric_ton", "one": "dimensionless"}
# Two values count as one rounded, or one about the other, only within this part of the larger one.
NEAR = Decimal("0.15")
# Slips of print put a value off by these factors.
_FACTORS = (Decimal(1000), Decimal(1_000_000))
_NEGATION = re.compile(r"\b(no|not|nobody|none|never|neither|without|nothing)\b|n't\b", re.IGNORECASE)


@dataclass(frozen=True)
class Figure:
    """The value of a claim: number (with bounds) and unit, EDTF string, or words; `printed` are the words of the document."""

    kind: str
    text: str
    printed: str = ""
    unit: str = ""
    low: Decimal | None = None
    high: Decimal | None = None
    approximate: bool = False
    scope: str = ""

    @property
    def shown(self) -> str:
        """Return the value as printed, else as read with its unit, in at most eight words."""
        unit = self.unit.partition(":")[2]
        value = self.text + (f" {unit}" if self.kind == "number" and unit not in ("", "one") else "")
        return " ".join((self.printed or value).split()[:8])


def number(text: str, unit: str = "unit:one", printed: str = "", approximate: bool = False, scope: str = "") -> Figure:
    """Return a figure of one number; raise ValueError if the text is no number."""
    try:
        value = Decimal(text)
    except InvalidOperation as error:
        raise ValueError(f"'{text}' is no number") from error
    return Figure("number", text, printed, unit, value, value, approximate, scope)


def spread(low: str, high: str, unit: str, printed: str = "", approximate: bool = False, scope: str = "") -> Figure:
    """Return a figure that is a range; an empty bound is open."""
    first, last = (Decimal(text) if text else None for text in (low, high))
    text = f"{low or '…'} to {high or '…'}"
    return Figure("number", text, printed, unit, first, last, approximate, scope)


@cache
def _registry() -> Any:
    import pint

    return pint.UnitRegistry(non_int_type=Decimal)


def convert(value: Decimal, unit: str, into: str) -> Decimal | None:
    """Return a value in another unit of scheme:unit (CURIEs), None if the units do not convert or one is a currency."""
    if unit == into:
        return value
    if {unit, into} & CURRENCIES:
        return None
    import pint

    names = [_PINT.get(local, local) for local in (name.partition(":")[2] for name in (unit, into))]
    try:
        return Decimal(_registry().Quantity(value, names[0]).to(names[1]).magnitude)
    except (pint.DimensionalityError, pint.UndefinedUnitError):
        return None


def converted(one: Figure, into: str) -> Figure | None:
    """Return a figure in another unit, None if it does not convert."""
    bounds = [None if value is None else convert(value, one.unit, into) for value in (one.low, one.high)]
    if any(new is None and old is not None for new, old in zip(bounds, (one.low, one.high), strict=True)):
        return None
    return Figure("number", one.text, one.printed, into, bounds[0], bounds[1], one.approximate, one.scope)


@dataclass(frozen=True)
class Verdict:
    """The kind of a difference (local name in scheme:difference) proposed by a rule, and the reason in a sentence."""

    kind: str
    reason: str


def same(one: Figure, other: Figure) -> bool:
    """Say whether two figures are one value however written, zones apart."""
    if one.kind != other.kind:
        return False
    if one.kind == "number":
        mine = converted(other, one.unit)
        return mine is not None and all(_close(a, b) for a, b in ((one.low, mine.low), (one.high, mine.high)))
    if one.kind == "time":
        return one.text.rstrip("~") == other.text.rstrip("~")
    return words(one.text) == words(other.text)


def _close(one: Decimal | None, other: Decimal | None) -> bool:
    if one is None or other is None:
        return one is other
    return abs(one - other) <= Decimal("1e-12") * max(abs(one), abs(other))


def words(text: str) -> str:
    """Return words in lower case without article and punctuation at the edges, to be compared."""
    bare = " ".join(re.sub(r"[^\w\s-]", " ", text.casefold()).split())
    return re.sub(r"^(the|a|an|our|its) ", "", bare)


def granular(one: Figure, other: Figure) -> Verdict | None:
    """Return a verdict if one value is only less exact than the other: rounded, approximate, a range or a longer span."""
    if {one.kind, other.kind} == {"number"}:
        return _granular_numbers(one, other)
    if {one.kind, other.kind} == {"time"}:
        return _granular_times(one.text, other.text)
    mine, theirs = words(one.text), words(other.text)
    inside = re.search(rf"(?<!\w){re.escape(mine)}(?!\w)", theirs) or re.search(rf"(?<!\w){re.escape(theirs)}(?!\w)", mine)
    if {one.kind, other.kind} == {"words"} and inside and not negated(one.text, other.text):
        return Verdict("granularity", "One side says the same in more words.")
    return None


def _granular_numbers(one: Figure, other: Figure) -> Verdict | None:
    mine = converted(other, one.unit)
    if mine is None:
        return None
    if one.low != one.high or mine.low != mine.high:
        low = max((value for value in (one.low, mine.low) if value is not None), default=None)
        high = min((value for value in (one.high, mine.high) if value is not None), default=None)
        inside = low is None or high is None or low <= high
        return Verdict("granularity", "One side is a range that holds or meets the other.") if inside else None
    if one.low is None or mine.low is None or not _near(one.low, mine.low):
        return None
    if one.approximate or other.approximate:
        return Verdict("granularity", "One side is given as approximate and the other lies near it.")
    if _rounds(one, other) or _rounds(other, one):
        return Verdict("granularity", "One side, rounded to the digits of the other, is the other.")
    return None


def _near(one: Decimal, other: Decimal) -> bool:
    return abs(one - other) <= NEAR * max(abs(one), abs(other))


def _rounds(fine: Figure, coarse: Figure) -> bool:
    """Say whether a value, in the unit of a coarser one and cut to its digits, is the coarser one."""
    here = converted(fine, coarse.unit)
    if here is None or here.low is None or coarse.low is None or not coarse.low:
        return False
    digits = coarse.low.normalize()
    step = Decimal(1).scaleb(int(digits.as_tuple().exponent))
    return any(here.low.quantize(step, rounding=how) == coarse.low for how in (ROUND_HALF_UP, ROUND_HALF_EVEN))


def moment(text: str) -> datetime.datetime | None:
    """Return the moment in UTC of an EDTF time with zone, None for anything else."""
    if "T" not in text or "/" in text:
        return None
    try:
        return datetime.datetime.fromisoformat(text.rstrip("~")).astimezone(datetime.UTC)
    except ValueError:
        return None


def zoned(one: Figure, other: Figure) -> Verdict | None:
    """Return a verdict if two times are one moment in two zones, or a day and a moment that only the zone parts."""
    if {one.kind, other.kind} != {"time"} or one.text == other.text:
        return None
    here, there = moment(one.text), moment(other.text)
    if here and there:
        return Verdict("time-zone", "Both are one moment, printed in two zones.") if here == there else None
    if (here is None) == (there is None):
        return None
    timed, day = (one.text, other.text) if here else (other.text, one.text)
    local, utc = timed[:10], str((here or there or datetime.datetime.now(datetime.UTC)).date())
    if local != utc and day.rstrip("~") in (local, utc):
        return Verdict("time-zone", "The day is that of the moment in one zone and not in the other.")
    if day.rstrip("~") not in (local, utc) and day.rstrip("~") in _elsewhere(here or there):
        return Verdict("time-zone", "The day is that of the moment in some other zone on Earth.")
    return None


def _elsewhere(when: datetime.datetime | None) -> set[str]:
    """Return the days that a moment has in the zones of the Earth, from 12 hours behind UTC to 14 ahead."""
    return {str((when + datetime.timedelta(hours=shift)).date()) for shift in (-12, 0, 14)} if when else set()


def _granular_times(one: str, other: str) -> Verdict | None:
    here, there = moment(one), moment(other)
    if here and there:
        minutes = [text.count(":") - text[16:].count("+") - text[16:].count("-") for text in (one, other)]
        near = abs((here - there).total_seconds()) < 60 and minutes[0] != minutes[1]
        return Verdict("granularity", "One time is given to the minute, the other to the second.") if near else None
    try:
        (low, high), (first, last) = dates.bounds(one), dates.bounds(other)
    except ValueError:
        return None
    starts, ends = [day for day in (low, first) if day], [day for day in (high, last) if day]
    if not starts or not ends or max(starts) <= min(ends):
        return Verdict("granularity", "One time is a span that holds or meets the other.")
    gap = (max(starts) - min(ends)).days
    length = max(((b - a).days + 1 for a, b in ((low, high), (first, last)) if a and b), default=1)
    if ("~" in one or "~" in other) and gap <= max(3, length):
        return Verdict("granularity", "One time is given as approximate and the other lies near it.")
    return None


def misprinted(one: Figure, other: Figure) -> Verdict | None:
    """Return a verdict if a slip of print would explain the difference: a factor of 1000, or two digits changed about."""
    if {one.kind, other.kind} == {"number"} and one.low == one.high and other.low == other.high:
        mine = converted(other, one.unit)
        if (
            mine
            and one.low
            and mine.low
            and any(_close(max(a, b), min(a, b) * f) for f in _FACTORS for a, b in [(one.low, mine.low)])
        ):
            return Verdict(
                "misprint", "One value is exactly a thousand or a million times the other, as a slip of unit or comma."
            )
    for left, right in ((one.printed, other.printed), (one.text, other.text)):
        if _swapped(re.sub(r"\D", "", left), re.sub(r"\D", "", right)):
            return Verdict("misprint", "Two neighbouring digits have changed places.")
    return None


def _swapped(one: str, other: str) -> bool:
    if len(one) != len(other) or one == other:
        return False
    places = [place for place, (a, b) in enumerate(zip(one, other, strict=True)) if a != b]
    if len(places) != 2 or places[1] != places[0] + 1:
        return False
    first, last = places
    return one[first] == other[last] and one[last] == other[first]


def negated(one: str, other: str) -> bool:
    """Say whether exactly one of two texts holds a negation."""
    return bool(_NEGATION.search(one)) != bool(_NEGATION.search(other))
