"""Dates: the profile, first and last possible day in UTC."""

from __future__ import annotations

import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kgtools.dates import bounds, day

# Worked out by hand: EDTF string, first day, last day (empty for an open end).
KNOWN = [
    ("2011", "2011-01-01", "2011-12-31"),
    ("2011~", "2011-01-01", "2011-12-31"),
    ("2011-04", "2011-04-01", "2011-04-30"),
    ("2011-02", "2011-02-01", "2011-02-28"),
    ("2012-02", "2012-02-01", "2012-02-29"),
    ("1900-02", "1900-02-01", "1900-02-28"),
    ("2000-02~", "2000-02-01", "2000-02-29"),
    ("2012-02-29", "2012-02-29", "2012-02-29"),
    ("2011-02-01~", "2011-02-01", "2011-02-01"),
    ("9999", "9999-01-01", "9999-12-31"),
    ("2019-01-07T05:10Z", "2019-01-07", "2019-01-07"),
    ("2019-01-07T06:10+01:00", "2019-01-07", "2019-01-07"),
    ("2011-02-01T01:59+03:00", "2011-01-31", "2011-01-31"),
    ("2011-02-01T03:00+03:00", "2011-02-01", "2011-02-01"),
    ("2011-12-31T23:30-01:00", "2012-01-01", "2012-01-01"),
    ("2011-02-28T23:59:59-00:01", "2011-03-01", "2011-03-01"),
    ("2011-02-01T00:29+05:30", "2011-01-31", "2011-01-31"),
    ("2011-02-01T13:00:05Z~", "2011-02-01", "2011-02-01"),
    ("2011/2012", "2011-01-01", "2012-12-31"),
    ("2011-02/2011-02", "2011-02-01", "2011-02-28"),
    ("2011-02-01/2011-02-14~", "2011-02-01", "2011-02-14"),
    ("2011-02-01T23:30-03:00/2011-02-02T01:00+03:00", "2011-02-02", "2011-02-01"),
    ("../2011-02", "", "2011-02-28"),
    ("2011-02/..", "2011-02-01", ""),
    ("2019-03-21/..", "2019-03-21", ""),
]
ORDERED = [row for row in KNOWN if not (row[1] and row[2] and row[1] > row[2])]
BACKWARDS = [row[0] for row in KNOWN if row not in ORDERED]

OUTSIDE = [
    *("", " ", "11", "2011-2", "2011-02-1", "01.02.2011", "2011?", "2011%", "2011~~", "~2011", "2011-~02", "20XX", "+2011"),
    *("2011-02-01T13:00", "2011-02-01T13Z", "13:00Z", "2011-02-01T13:00+3", "2011-02-01Z", "2011-02-01 13:00Z"),
    *("/2011", "2011/", "..", "../..", "../", "/..", "2011/2012/2013", "../2011/2012", "2011..2012", "2011\n", "２０１１"),
]
NO_DAYS = [
    *("2011-13", "2011-00", "2011-02-29", "2011-04-31", "2011-02-00", "1900-02-29", "0000", "0000-01-01"),
    *("2011-02-30T10:00Z", "2011-02-01T24:00Z", "2011-02-01T10:60Z", "2011-02-01T10:00:60Z", "2011-02-01T10:00+24:00"),
    *("2011-02-29/2012", "2011/2011-13"),
]


@pytest.mark.parametrize(("text", "first", "last"), ORDERED)
def test_a_date_lies_between_the_days_worked_out_by_hand(text: str, first: str, last: str) -> None:
    found = tuple(str(one) if one else "" for one in bounds(text))
    assert found == (first, last)


@pytest.mark.parametrize("text", [*BACKWARDS, "2012/2011", "2011-02-02/2011-02-01", "2011-03/2011-02"])
def test_an_interval_that_ends_before_it_begins_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="ends before it begins"):
        bounds(text)


@pytest.mark.parametrize("text", OUTSIDE)
def test_a_text_outside_the_profile_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"profile|open at both ends"):
        bounds(text)


@pytest.mark.parametrize("text", NO_DAYS)
def test_a_day_that_the_calendar_does_not_have_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="not in the calendar"):
        bounds(text)


@pytest.mark.parametrize("text", ["0001-01-01T00:00+01:00", "9999-12-31T23:59-01:00"])
def test_a_moment_that_leaves_the_calendar_in_utc_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="not in the calendar"):
        bounds(text)


def test_an_approximate_date_is_no_wider_than_the_plain_one() -> None:
    for text in ("2011", "2011-02", "2011-02-01"):
        assert bounds(f"{text}~") == bounds(text)


DAYS = st.dates(min_value=datetime.date(1, 1, 2), max_value=datetime.date(9999, 12, 30))


@st.composite
def points(draw: st.DrawFn) -> str:
    here = draw(DAYS)
    forms = [f"{here.year:04}", f"{here.year:04}-{here.month:02}", here.isoformat()]
    clock = draw(st.times())
    sign, hours, minutes = draw(st.sampled_from("+-")), draw(st.integers(0, 14)), draw(st.sampled_from([0, 30, 45]))
    zone = draw(st.sampled_from(["Z", f"{sign}{hours:02}:{minutes:02}"]))
    forms.append(f"{here.isoformat()}T{clock.hour:02}:{clock.minute:02}{zone}")
    return draw(st.sampled_from(forms)) + draw(st.sampled_from(["", "~"]))


@given(points())
def test_the_first_day_of_any_date_is_not_after_its_last(text: str) -> None:
    first, last = bounds(text)
    assert first is not None and last is not None and first <= last


@given(points(), points())
def test_an_interval_spans_from_the_first_day_of_its_start_to_the_last_of_its_end(left: str, right: str) -> None:
    first, last = bounds(left)[0], bounds(right)[1]
    assert first and last
    if first > last:
        with pytest.raises(ValueError, match="ends before"):
            bounds(f"{left}/{right}")
    else:
        assert bounds(f"{left}/{right}") == (first, last)
    assert bounds(f"{left}/..") == (first, None)
    assert bounds(f"../{right}") == (None, last)


@given(DAYS, st.times(), st.integers(-14 * 60, 14 * 60))
def test_a_moment_with_a_zone_is_its_day_in_utc(here: datetime.date, clock: datetime.time, offset: int) -> None:
    sign, size = "+" if offset >= 0 else "-", abs(offset)
    text = f"{here.isoformat()}T{clock.hour:02}:{clock.minute:02}{sign}{size // 60:02}:{size % 60:02}"
    minutes = (here.toordinal() * 24 + clock.hour) * 60 + clock.minute - offset
    wanted = datetime.date.fromordinal(minutes // (24 * 60))
    assert bounds(text) == (wanted, wanted)


@given(st.text())
def test_any_text_is_a_date_or_refused_with_a_sentence(text: str) -> None:
    try:
        bounds(text)
    except ValueError as error:
        assert str(error).startswith("'")


def test_a_plain_day_is_read() -> None:
    assert day("2012-02-29") == datetime.date(2012, 2, 29)


@pytest.mark.parametrize("text", ["", "2011", "2011-02-29", "20110201", "2011-W05-2", "2011-02-01Z", "2011-2-1", " 2011-02-01"])
def test_what_is_no_plain_day_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="not a day of the calendar"):
        day(text)
