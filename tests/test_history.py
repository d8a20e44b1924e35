"""History: the days on which the picture of the pump house changed, worked out by hand from the cuttings."""

from __future__ import annotations

import json

import pytest
from conftest import Call
from invented import person, said, space_with, work

from kgtools import vocab
from kgtools.evidence.history import Event
from kgtools.faults import Fault
from kgtools.space import Space

# Day, change, serials of the assertions that it is known from.
BY_HAND = """
01-07 first mention 003 029 030
01-07 first official word 003 029 030
01-08 investigation 032
01-09 explanation put forward 005
01-09 first allegation 005
01-10 correction 043
01-10 explanation contradicted 011 015 016 005
01-11 explanation put forward 018
01-11 explanation put forward 019
01-13 retraction 097
02-05 explanation put forward 010
02-05 preliminary finding 010
02-05 preliminary finding 066
02-05 preliminary finding 068
02-06 explanation put forward 014
02-06 personnel action 070
02-06 personnel action 072
03-20 finding 012
03-20 finding 081
03-20 finding 093
03-21 explanation contradicted 088 010
03-21 explanation put forward 083
"""
DAYS = sorted({f"2019-{line[:5]}" for line in BY_HAND.split("\n") if line})


def line(one: Event) -> str:
    return f"{one.first.isoformat()[5:]} {one.change} {' '.join(a.name[-3:] for a in one.assertions)}"


def test_the_days_are_those_worked_out_by_hand(example: Space) -> None:
    events = example.history("pump-house-2019").events
    assert sorted(map(line, events)) == sorted(BY_HAND.strip().split("\n"))
    assert {one.certainty for one in events} == {"certainly"}
    assert [one.first for one in events] == sorted(one.first for one in events)


@pytest.mark.slow
@pytest.mark.parametrize("clock", vocab.CLOCKS)
@pytest.mark.parametrize("day", ["2019-01-06", *DAYS, "2019-02-04", "2030-01-01"])
def test_what_came_by_a_day_is_what_the_whole_history_has_until_then(day: str, clock: str, example: Space) -> None:
    space = example.as_of(day, clock)
    whole = [one for one in example.history("pump-house-2019", clock).events if one.first.isoformat() <= day]
    known = "incident:pump-house-2019" in space.query("incidents").column("incident")
    then = space.history("pump-house-2019").events if known else []
    assert sorted((one.first, one.change, one.what) for one in then) == sorted(
        (one.first, one.change, one.what) for one in whole
    )
    if clock in ("publication", "curation"):
        assert list(map(line, then)) == list(map(line, whole))


def test_by_speech_the_first_allegation_is_possible_before_it_is_certain(example: Space) -> None:
    one = next(one for one in example.history("pump-house-2019", "speech").events if one.change == "first allegation")
    assert one.when == "possibly 2019-01-07, certainly by 2019-01-09"
    assert one.certainty == "possibly"


def test_what_is_never_certain_says_so(example: Space) -> None:
    text = person("one") + work("undated", issued="2019-03-25/..") + said("901", "one", "033", force="denies", source="undated")
    events = space_with(example, text).history("pump-house-2019").events
    one = next(one for one in events if one.what.startswith("Somebody opened") and one.change == "explanation contradicted")
    assert one.when == "possibly 2019-03-25, never certain"


def test_a_denial_before_any_allegation_contradicts_nothing_until_there_is_one(example: Space) -> None:
    text = person("one") + work("early", issued="2019-01-07") + said("901", "one", "003", force="denies", source="early")
    events = space_with(example, text).history("pump-house-2019").events
    one = next(one for one in events if one.change == "explanation contradicted")
    assert one.first.isoformat() == "2019-01-09"


def test_a_clock_that_is_none_is_a_fault(example: Space) -> None:
    with pytest.raises(Fault, match="unknown clock 'publicaton': did you mean publication"):
        example.history("pump-house-2019", "publicaton")


def test_an_unknown_incident_is_a_fault(example: Space) -> None:
    with pytest.raises(Fault, match="unknown incident"):
        example.history("pump-hause-2020")


def test_a_personnel_action_has_on_the_clock_of_events_the_day_on_which_it_happened(example: Space) -> None:
    events = example.history("pump-house-2019", "event").events
    assert [one.first.isoformat() for one in events if one.change == "personnel action"] == ["2019-02-04", "2019-02-05"]


@pytest.mark.parametrize("form", ["text", "md", "json", "html"])
def test_the_command_answers_in_every_form(form: str, call: Call, example: Space) -> None:
    done = call("--workspace", example.workspace.root, "history", "pump-house-2019", "--explain", "--format", form)
    assert (done.code, done.err) == (0, "")
    if form == "json":
        assert json.loads(done.out)["changes"][0]["first"] == "2019-01-07"
    else:
        assert "explanation contradicted" in done.out and "2019-01-13" in done.out


def test_history_takes_a_clock_without_a_day(call: Call, example: Space) -> None:
    done = call("--workspace", example.workspace.root, "history", "pump-house-2019", "--clock", "speech")
    assert done.code == 0 and "possibly 2019-01-07, certainly by 2019-01-09" in done.out


def test_what_a_change_is_known_from_stands_with_its_passages(example: Space) -> None:
    found = example.history("pump-house-2019")
    assert {a.name for one in found.events for a in one.assertions} == set(found.basis.column("assertion"))
    assert len(found.rows) == len(found.events)
