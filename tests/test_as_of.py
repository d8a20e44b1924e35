"""As of: what may have been known by a day on each clock; what comes later is invisible the day before."""

from __future__ import annotations

import datetime

import pytest
from conftest import Call
from hypothesis import given, settings
from hypothesis import strategies as st
from invented import claim, person, said, space_with, work

from kgtools import exchange, vocab
from kgtools.evidence import record
from kgtools.faults import Fault
from kgtools.space import Space

SLUG = "pump-house-2019-"
START = datetime.date(2019, 1, 5)
DAYS = st.integers(0, 80).map(lambda n: (START + datetime.timedelta(days=n)).isoformat())
CLOCKS = st.sampled_from(list(vocab.CLOCKS))


def assertions(space: Space) -> set[str]:
    """Return the serials of all assertions of the pump house, others as CURIEs."""
    return {name.removeprefix(f"assertion:{SLUG}") for name in all_of(space, "cev:Assertion")}


def all_of(space: Space, kind: str) -> set[str]:
    return {row["x"] or "" for row in space.table(space.sparql(f"SELECT ?x WHERE {{ ?x a {kind} }}"))}


# Publicly known for certain, worked out by hand: day -> assertions in all.
BY_HAND = {"2019-01-06": 0, "2019-01-07": 3, "2019-01-08": 14, "2019-01-09": 18, "2019-01-10": 44, "2026-01-01": 111}


@pytest.mark.parametrize("day", BY_HAND)
def test_so_many_assertions_were_public_by_a_day(day: str, example: Space) -> None:
    space = example.as_of(day)
    assert len(assertions(space)) == BY_HAND[day]
    assert space.horizon is not None and (space.horizon.clock, space.horizon.undated) == ("publication", 0)
    if day == "2026-01-01":  # the keeper of the cuttings may have written at any time since
        assert {one[-3:] for one in space.horizon.possible} == {"056", "057"}
    else:
        assert not space.horizon.possible


def test_before_anybody_spoke_there_is_no_incident(example: Space) -> None:
    space = example.as_of("2019-01-06")
    assert all_of(space, "cev:Incident") == set() == all_of(space, "prov:Agent") == all_of(space, "cev:Source")
    with pytest.raises(Fault, match="unknown incident"):
        space.history("pump-house-2019")


def test_an_incident_that_nobody_had_mentioned_is_not_shown(example: Space) -> None:
    assert all_of(example.as_of("2019-01-20"), "cev:Incident") == {"incident:pump-house-2019"}
    assert len(all_of(example.as_of("2019-01-21"), "cev:Incident")) == 3


@pytest.mark.parametrize(
    ("day", "node", "kind"),
    [
        ("2019-03-20", "assertion:pump-house-2019-012", "cev:OfficialFinding"),
        ("2019-01-10", "assertion:pump-house-2019-011", "cev:Assertion"),
        ("2019-01-13", "assertion:pump-house-2019-097", "cev:Assertion"),
        ("2019-01-09", "claim:pump-house-2019-003", "cev:Explanation"),
        ("2019-02-05", "claim:pump-house-2019-004", "cev:Explanation"),
        ("2019-02-06", "action:pump-house-2019-001", "cev:PersonnelAction"),
        ("2019-01-08", "investigation:pump-house-2019-001", "cev:Investigation"),
        ("2019-03-21", "discrepancy:pump-house-2019-011", "cev:Discrepancy"),
        ("2019-02-06", "agent:tove-dahl", "prov:Agent"),
        ("2019-02-06", "search:pump-house-2019-001", "cev:SearchRecord"),
        ("2019-03-20", "source:inquiry-2019-03-20", "cev:Source"),
    ],
    ids=lambda value: value,
)  # fmt: skip
def test_a_record_is_invisible_the_day_before(day: str, node: str, kind: str, example: Space) -> None:
    before = (datetime.date.fromisoformat(day) - datetime.timedelta(days=1)).isoformat()
    assert node in all_of(example.as_of(day), kind)
    assert node not in all_of(example.as_of(before), kind)
    prefix, _, local = node.partition(":")
    iri = example.prefixes[prefix] + local
    for form in ("turtle", "nquads", "csv", "graphml"):
        assert iri.encode() not in exchange.export(example.as_of(before), form), form


def test_an_inquiry_under_way_has_not_ended_yet(example: Space) -> None:
    row = next(iter(example.as_of("2019-01-31").query("investigations", incident="pump-house-2019")))
    assert (row["began"], row["deadline"], row["ended"], row["stage"], row["result"]) == (
        "2019-01-08",
        "2019-03-01",
        None,
        None,
        None,
    )
    rows = example.as_of("2019-03-21").query("investigations", incident="pump-house-2019")
    assert {row["ended"] for row in rows} == {"2019-03-20"}


def test_a_post_is_held_until_its_end_is_known(example: Space) -> None:
    ended = "SELECT ?end WHERE { post:ada-miller-works-manager cev:ended ?end }"
    assert [len(example.as_of(day).table(example.as_of(day).sparql(ended))) for day in ("2019-02-05", "2019-02-06")] == [0, 1]


def test_what_an_explanation_rested_on_that_day(example: Space) -> None:
    ranges = {}
    for day in ("2019-01-09", "2019-01-31", "2019-02-06"):
        sides = example.as_of(day).origins("claim:pump-house-2019-003").claims[0].sides
        ranges[day] = (len(sides["for"].assertions), str(sides["for"].range), str(sides["against"].range))
    assert ranges == {"2019-01-09": (2, "0–1", "0"), "2019-01-31": (6, "0–1", "2–3"), "2019-02-06": (8, "0–2", "2–4")}


def test_on_the_clock_of_curation_a_late_record_comes_late_and_a_withdrawn_one_is_there_until_then(example: Space) -> None:
    first, second = example.as_of("2026-11-21", "curation"), example.as_of("2026-11-22", "curation")
    assert assertions(first) - assertions(second) == {"099"}
    assert all_of(second, "cev:Discrepancy") - all_of(first, "cev:Discrepancy") == {"discrepancy:pump-house-2019-003"}
    assert all_of(second, "cev:SearchRecord") - all_of(first, "cev:SearchRecord") == {"search:pump-house-2019-001"}
    assert assertions(example.as_of("2026-11-20", "curation")) == set()
    assert assertions(second) == assertions(example)


def test_on_the_clock_of_events_only_what_had_happened_is_told(example: Space) -> None:
    assert all_of(example.as_of("2019-01-18", "event"), "cev:Incident") == {"incident:pump-house-2019"}
    assert "incident:lock-gate-2019" in all_of(example.as_of("2019-01-19", "event"), "cev:Incident")
    assert all_of(example.as_of("2019-02-04", "event"), "cev:PersonnelAction") == {"action:pump-house-2019-001"}


def test_on_the_clock_of_speech_a_thing_said_in_private_counts(example: Space) -> None:
    assert "014" in assertions(example.as_of("2019-02-05", "speech"))
    assert "014" not in assertions(example.as_of("2019-02-05"))


@settings(max_examples=15, deadline=None)
@given(DAYS, CLOCKS)
def test_the_query_known_by_and_the_space_as_of_agree(example: Space, day: str, clock: str) -> None:
    rows = example.query("known-by", date=day, clock=clock)
    known = {(row["assertion"] or "", row["certainty"]) for row in rows}
    space = example.as_of(day, clock)
    cut = {(one, space.known_by_then(one)) for one in all_of(space, "cev:Assertion")}
    concerning = {row["a"] for row in example.table(example.sparql("SELECT ?a WHERE { ?a cev:concerns ?i }"))}
    if clock != "curation":  # there, the space has what was withdrawn later
        assert {one for one in cut if one[0] in concerning} == known


@settings(max_examples=12, deadline=None)
@given(DAYS, DAYS, CLOCKS)
def test_what_is_known_stays_known(example: Space, one: str, other: str, clock: str) -> None:
    earlier, later = (example.as_of(day, clock) for day in sorted((one, other)))
    assert assertions(earlier) <= assertions(later)
    assert earlier.horizon and later.horizon and earlier.horizon.certain <= later.horizon.certain
    for kind in ("cev:Claim", "cev:Incident", "cev:Discrepancy", "cev:PersonnelAction", "prov:Agent", "cev:Source"):
        assert all_of(earlier, kind) <= all_of(later, kind)


@settings(max_examples=12, deadline=None)
@given(DAYS, CLOCKS)
def test_nothing_points_at_what_is_gone(example: Space, day: str, clock: str) -> None:
    space = example.as_of(day, clock)
    assert len(space.query("check-dangling-references")) == 0
    known = set(record.load(space).assertions)
    assert all(set(one.reports) <= known for one in record.load(space).assertions.values())
    assert len(space.query("check-unasserted-claims")) == 0


@settings(max_examples=10, deadline=None)
@given(DAYS, CLOCKS)
def test_cutting_twice_by_one_day_is_cutting_once(example: Space, day: str, clock: str) -> None:
    once = example.as_of(day, clock)
    twice = once.as_of(day, clock)
    assert {name: set(triples) for name, triples in once.files.items()} == {n: set(t) for n, t in twice.files.items()}


@settings(max_examples=15, deadline=None)
@given(
    st.integers(1, 60),
    st.sampled_from(["denies", "asserts", "retracts"]),
    st.sampled_from(["cev:OfficialFinding", "cev:Statement"]),
)
@pytest.mark.slow
def test_a_later_finding_denial_or_retraction_changes_nothing_the_day_before(
    example: Space, after: int, force: str, kind: str
) -> None:
    day = datetime.date(2019, 2, 1) + datetime.timedelta(days=after)
    before = (day - datetime.timedelta(days=1)).isoformat()
    text = person("late") + work("late", issued=day.isoformat()) + claim("901")
    for serial, about in (("901", "003"), ("902", "901")):
        text += said(serial, "late", about, force=force, source="late", said=day.isoformat()).replace("cev:Statement", kind)
    more = space_with(example, text)
    plain, told = example.as_of(before), more.as_of(before)
    assert {name: set(triples) for name, triples in plain.files.items()} == {n: set(t) for n, t in told.files.items()}
    assert {"901", "902"} <= assertions(more.as_of(day.isoformat()))


def test_a_hop_whose_day_is_open_is_possible_and_takes_its_origin_along(example: Space) -> None:
    text = claim() + person("one") + person("two") + work("open", issued="2019-02-01/2019-02-28")
    text += said("901", "one") + said("902", "two", reports="901", source="open")
    space = space_with(example, text).as_of("2019-02-10")
    assert {space.known_by_then(f"assertion:{SLUG}{one}") for one in ("901", "902")} == {"possibly"}
    assert record.load(space).assertions[f"assertion:{SLUG}902"].by_then == "possibly"


def test_an_assertion_without_any_day_is_left_out_and_counted(example: Space) -> None:
    text = "incident:undated-2019 a cev:Incident ; rdfs:label 'Undated'@en .\n" + person("one")
    text += "claim:undated-2019-001 a cev:Claim ; schema:text 'Undated.'@en ; schema:about incident:undated-2019 .\n"
    text += said("901", "one").replace("claim:pump-house-2019-900", "claim:undated-2019-001")
    horizon = space_with(example, text).as_of("2019-02-10").horizon
    assert horizon is not None and horizon.undated == 1
    assert "1 undated left out" in horizon.line()


@pytest.mark.parametrize("day", ["yesterday", "2019-02-29", "2019", ""])
def test_a_day_that_is_none_is_a_fault(day: str, example: Space) -> None:
    with pytest.raises(Fault, match="is not a day of the calendar"):
        example.as_of(day)


def test_an_unknown_clock_is_a_fault(example: Space) -> None:
    with pytest.raises(Fault, match="unknown clock 'speach': did you mean speech"):
        example.as_of("2019-01-10", "speach")
    with pytest.raises(Fault, match="unknown clock 'speach': did you mean speech"):
        example.query("known-by", date="2019-01-10", clock="speach")


READING = [
    ("query", "who-claimed"), ("sources",), ("timeline", "pump-house-2019"), ("trace", "pump-house-2019-003"),
    ("compare", "pump-house-2019"),
    ("export", "--format", "nquads"), ("origins", "--all"), ("drift",), ("history", "pump-house-2019"),
    ("summary", "pump-house-2019"), ("counts",), ("discrepancies",), ("absences",), ("links",), ("base-rates",),
    ("dossier", "pump-house-2019"),
]  # fmt: skip


@pytest.mark.parametrize("words", READING, ids=lambda words: words[0])
def test_every_reading_command_looks_back(words: tuple[str, ...], call: Call, example: Space) -> None:
    root = example.workspace.root
    now = call("--workspace", root, *words)
    then = call("--workspace", root, *words, "--as-of", "2019-01-10")
    assert (now.code, then.code) == (0, 0)
    assert then.out != now.out or words[0] == "drift"
    assert "as of 2019-01-10 on the clock of publication: 44 assertions certainly and 0 possibly" in then.err
    for later in ("inquiry-2019-03-20", "Ivar Lund", "Frost broke"):
        assert later not in then.out
    assert call("--workspace", root, "--as-of", "2019-01-10", *words).out == then.out


@pytest.mark.parametrize("form", ["json", "csv", "tsv", "xml"])
def test_the_column_is_there_in_every_form_of_results(form: str, call: Call, example: Space) -> None:
    words = ("timeline", "pump-house-2019", "--as-of", "2019-02-05", "--clock", "speech", "--format", form)
    done = call("--workspace", example.workspace.root, *words)
    assert "byThen" in done.out and done.out.count("possibly") > 1 and "certainly" in done.out
    assert "byThen" not in call("--workspace", example.workspace.root, *words[:2], "--format", form).out


def test_the_network_marks_what_may_be_later(call: Call, example: Space, tmp_path: object) -> None:
    from pathlib import Path

    page = f"{tmp_path}/page.html"
    words = ("--workspace", example.workspace.root, "view", "pump-house-2019", "-o", page)
    assert call(*words, "--as-of", "2019-01-09", "--clock", "speech").code == 0
    shown = Path(page).read_text(encoding="utf-8")
    assert "expert opinion, possibly by then: asserts, probable" in shown and '["known by then",["possibly"]]' in shown
    assert "1 for · 0 against · 0 neither · possibly by then" in shown
    assert "as of 2019-01-09 on the clock of speech: 18 assertions certainly and 19 possibly known by then" in shown
    assert call(*words).code == 0
    assert "by then" not in Path(page).read_text(encoding="utf-8")


def test_the_network_looks_back(call: Call, example: Space, tmp_path: object) -> None:
    page = f"{tmp_path}/page.html"
    assert call("--workspace", example.workspace.root, "view", "--as-of", "2019-01-10", "-o", page).code == 0
    from pathlib import Path

    shown = Path(page).read_text(encoding="utf-8")
    assert "Lena Holm" in shown and "Ivar Lund" not in shown


# The last day on which a finding, a denial and a retraction were not yet public, and the assertions concerned.
TURNS = {"2019-03-19": "pump-house-2019-081 pump-house-2019-093", "2019-01-09": "pump-house-2019-011 pump-house-2019-039",
         "2019-01-12": "pump-house-2019-097"}  # fmt: skip
EXPLAINED = [
    ("summary", "pump-house-2019"), ("counts",), ("trace", "pump-house-2019-003"), ("compare", "pump-house-2019"),
    ("discrepancies",), ("absences",), ("links",), ("base-rates",), ("origins", "--all"), ("drift",),
    ("history", "pump-house-2019"), ("dossier", "pump-house-2019"), ("timeline", "pump-house-2019"),
]  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize("words", EXPLAINED, ids=lambda words: words[0])
def test_what_a_number_is_counted_from_looks_back_too(words: tuple[str, ...], call: Call, example: Space) -> None:
    for day, names in TURNS.items():
        then = call("--workspace", example.workspace.root, *words, "--explain", "--as-of", day)
        assert then.code == 0 and not [name for name in names.split() if f"assertion:{name}" in then.out]


@pytest.mark.parametrize("words", [("summary", "pump-house-2019"), ("discrepancies",), ("dossier", "pump-house-2019")])
def test_what_rests_on_the_possible_is_marked(words: tuple[str, ...], call: Call, example: Space) -> None:
    done = call("--workspace", example.workspace.root, *words, "--as-of", "2019-02-05", "--clock", "speech")
    assert "possibly by then" in done.out


@pytest.mark.parametrize(
    "words", [("trace", "pump-house-2019-003"), ("compare", "pump-house-2019"), ("origins", "pump-house-2019-003")]
)
def test_what_was_only_possibly_known_is_marked(words: tuple[str, ...], call: Call, example: Space) -> None:
    done = call("--workspace", example.workspace.root, *words, "--as-of", "2019-02-05", "--clock", "speech")
    assert any("possibly by then" in line and line.rstrip().endswith("074]") for line in done.out.splitlines())
    assert not any("possibly by then" in line and line.rstrip().endswith("005]") for line in done.out.splitlines())


def test_a_listing_has_a_column_for_it(call: Call, example: Space) -> None:
    words = ("timeline", "pump-house-2019", "--as-of", "2019-02-05", "--clock", "speech", "--format", "md")
    done = call("--workspace", example.workspace.root, *words)
    assert done.out.splitlines()[0].endswith("| byThen |")
    marks = {line.rsplit("|", 2)[1].strip() for line in done.out.splitlines()[2:]}
    assert marks == {"certainly", "possibly", ""}


@pytest.mark.parametrize("words", [("check",), ("documents",), ("fmt", "--check"), ()])
def test_commands_that_read_the_files_as_they_stand_refuse_a_day(words: tuple[str, ...], call: Call, example: Space) -> None:
    done = call("--workspace", example.workspace.root, "--as-of", "2019-01-10", *words)
    assert done.code == 2 and "--as-of: has no meaning for" in done.err


def test_a_clock_without_a_day_is_a_fault(call: Call, example: Space) -> None:
    done = call("--workspace", example.workspace.root, "drift", "--clock", "speech")
    assert done.code == 2 and "--clock: needs a day: add --as-of DATE" in done.err
