"""Derived facts, on small cases worked out by hand."""

from __future__ import annotations

from collections import defaultdict

import pytest

from kgtools import chains, derive, vocab
from kgtools.space import Space
from kgtools.turtle import Triple, parse_text
from kgtools.vocab import curie

PREFIXES = {**vocab.PREFIXES, "": "https://example.org/"}
HEAD = "".join(f"@prefix {name}: <{space}> .\n" for name, space in PREFIXES.items())


def derived(*files: str) -> dict[str, dict[str, set[str]]]:
    """Return what follows from files in Turtle: subject -> property -> values."""
    graphs = {f"https://example.org/graph-{number}": parse_text(HEAD + text, "case") for number, text in enumerate(files)}
    return arranged(derive.facts(graphs))


def arranged(facts: list[Triple]) -> dict[str, dict[str, set[str]]]:
    found: dict[str, dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
    for fact in facts:
        subject, predicate, value = (
            curie(str(getattr(term, "value", term)), PREFIXES) for term in (fact.subject, fact.predicate, fact.object)
        )
        found[subject][predicate].add(value)
    return found


def days(facts: dict[str, set[str]], public: bool = False) -> tuple[str, str]:
    """Return the first and last day as MM-DD of 2019, or … for none."""
    names = ("cev:publicEarliest", "cev:publicLatest") if public else ("cev:earliest", "cev:latest")
    return tuple(next(iter(facts[name]), "…").removeprefix("2019-") for name in names)  # type: ignore[return-value]


CHAIN = """
:incident a cev:Incident ; cev:occurred "2019-01-05/2019-01-06"^^edtf:EDTF .
:claim a cev:Explanation ; schema:about :incident ; cev:explains :other-incident .
:origin a cev:AnonymousAllegation ; cev:claims :claim .
:wire a cev:MediaReport ; cev:claims :claim ; cev:reports :origin ; cev:inSource :wire-work .
:paper a cev:MediaReport ; cev:claims :claim ; cev:reports :wire ; cev:inSource :paper-work ; cev:said "2019-01-10"^^edtf:EDTF .
:reprint a cev:MediaReport ; cev:claims :claim ; cev:reports :paper ; cev:inSource :reprint-work .
:paper-work a cev:Source ; dcterms:issued "2019-01-10"^^edtf:EDTF .
:reprint-work a cev:Source ; dcterms:issued "2019-01-11/2019-01-12"^^edtf:EDTF .
:wire-work a cev:Source .
"""


def test_every_hop_has_the_origin_of_its_chain() -> None:
    found = derived(CHAIN)
    for hop in (":origin", ":wire", ":paper", ":reprint"):
        assert found[hop]["cev:origin"] == {":origin"}
        assert found[hop]["cev:originStanding"] == {"cev:AnonymousAllegation"}
    assert found[":paper"]["cev:standing"] == {"cev:MediaReport"}
    assert found[":origin"]["cev:standing"] == {"cev:AnonymousAllegation"}


def test_the_depth_of_a_chain_is_the_hops_to_its_furthest_end_by_the_shortest_way() -> None:
    found = derived(CHAIN)
    assert [found[hop]["cev:chainDepth"] for hop in (":origin", ":wire", ":paper", ":reprint")] == [{"0"}, {"1"}, {"2"}, {"3"}]
    shorter = derived(CHAIN + ":paper cev:reports :origin .")
    assert shorter[":paper"]["cev:chainDepth"] == {"1"} and shorter[":reprint"]["cev:chainDepth"] == {"2"}
    further = derived(CHAIN + ":paper cev:reports :own . :own a cev:Statement ; cev:reports :other . :other a cev:Statement .")
    assert further[":paper"]["cev:chainDepth"] == {"2"} and further[":reprint"]["cev:chainDepth"] == {"3"}


SPEAKERS = """:reporter a prov:Person . :body a prov:Organization . :official a cev:UnnamedAgent . :crew a cev:UnnamedGroup .
:a a cev:Statement ; prov:wasAttributedTo :%s . :b a cev:Statement ; prov:wasAttributedTo :%s .
:c a cev:MediaReport ; prov:wasAttributedTo :reporter ; cev:reports :a , :b ."""


@pytest.mark.parametrize(
    ("one", "other", "named"),
    [
        ("body", "reporter", "all"), ("official", "body", "some"), ("official", "crew", "none"),
        ("official", "unknown", "none"),
    ],
)  # fmt: skip
def test_ends_are_named_by_who_speaks_there_and_not_by_who_passes_it_on(one: str, other: str, named: str) -> None:
    assert derived(SPEAKERS % (one, other))[":c"]["cev:originsNamed"] == {named}


def test_the_speakers_of_ends_may_be_described_in_other_files() -> None:
    chain, speakers = CHAIN + ":origin prov:wasAttributedTo :body .", ":body a prov:Organization ; rdfs:label 'body'@en ."
    assert derived(chain, speakers)[":reprint"]["cev:originsNamed"] == {"all"}


@pytest.mark.parametrize(
    ("before", "after", "harder"),
    [
        ("possible", "certain", True), ("certain", "possible", False), ("possible", "possible", False),
        ("unhedged-unclear", "certain", False), ("possible", "unhedged-unclear", False),
    ],
)  # fmt: skip
def test_a_hop_hardens_the_hedge_of_what_it_reports_if_its_own_ranks_before(before: str, after: str, harder: bool) -> None:
    text = ":a a cev:Statement ; cev:hedge hedge:%s . :b a cev:MediaReport ; cev:hedge hedge:%s ; cev:reports :a , :c ."
    found = derived(text % (before, after))
    assert found[":b"]["cev:hardensHedgeOf"] == ({":a"} if harder else set())
    assert not found[":b"]["cev:hardensForceOf"] and not found[":a"]["cev:hardensHedgeOf"]


@pytest.mark.parametrize(
    ("before", "after", "steps"), [("suggests", "asserts", 1), ("questions", "asserts", 3), ("asks", "asserts", 0)]
)
def test_a_hop_hardens_the_force_of_what_it_reports_by_the_steps_between_their_ranks(
    before: str, after: str, steps: int
) -> None:
    text = f":a a cev:Statement ; cev:force force:{before} . :b a cev:MediaReport ; cev:force force:{after} ; cev:reports :a ."
    assert derived(text)[":b"]["cev:hardensForceOf"] == ({":a"} if steps else set())
    assert chains.steps(f"force:{before}", f"force:{after}") == steps == -chains.steps(f"force:{after}", f"force:{before}")


def test_superclasses_and_superproperties_are_derived() -> None:
    found = derived(CHAIN)
    assert found[":origin"]["rdf:type"] == {"cev:Allegation", "cev:Assertion", "prov:Entity"}
    assert found[":incident"]["rdf:type"] == {"schema:Event"}
    assert found[":wire"]["prov:wasDerivedFrom"] == {":origin"}
    assert derived(":a a cev:Commentary ; cev:contests :b .")[":a"]["cev:respondsTo"] == {":b"}


def test_an_assertion_concerns_what_it_and_its_claim_are_about_and_would_explain() -> None:
    found = derived(CHAIN + ":silent a cev:OfficialStatement ; schema:about :third-incident .")
    assert found[":paper"]["cev:concerns"] == {":incident", ":other-incident"}
    assert found[":silent"]["cev:concerns"] == {":third-incident"}


def test_an_undated_hop_lies_between_the_event_and_the_first_dated_hop_that_passes_it_on() -> None:
    found = derived(CHAIN)
    assert days(found[":origin"]) == ("01-05", "01-10")
    assert days(found[":wire"]) == ("01-05", "01-10")
    assert days(found[":paper"]) == ("01-10", "01-10")


def test_what_is_about_two_events_is_not_said_before_the_later_one() -> None:
    later = ':claim schema:about :later . :later a cev:Incident ; cev:occurred "2019-01-08"^^edtf:EDTF .\n'
    assert days(derived(CHAIN + later)[":origin"]) == ("01-08", "01-10")
    forecast = later.replace("2019-01-08", "2019-02-08")
    assert days(derived(CHAIN + forecast)[":origin"]) == ("01-05", "01-10")


def test_a_hop_without_a_date_of_its_own_has_that_of_its_work() -> None:
    assert days(derived(CHAIN)[":reprint"]) == ("01-11", "01-12")


def test_what_is_said_counts_before_the_publication_of_the_work() -> None:
    text = CHAIN + ':origin cev:inSource :reprint-work ; cev:said "2019-01-08~"^^edtf:EDTF .'
    assert days(derived(text)[":origin"]) == ("01-08", "01-08")


def test_an_undated_hop_is_not_before_what_it_reports() -> None:
    found = derived(CHAIN + ':origin cev:said "2019-01-07/2019-01-08"^^edtf:EDTF .')
    assert days(found[":wire"]) == ("01-07", "01-10")


def test_an_open_date_is_closed_by_the_first_dated_hop_that_passes_it_on() -> None:
    found = derived(CHAIN + ':origin cev:said "2019-01-07/.."^^edtf:EDTF .')
    assert days(found[":origin"]) == ("01-07", "01-10")


def test_an_undated_end_that_nobody_passes_on_has_no_last_day() -> None:
    found = derived(
        ':claim schema:about :incident . :incident cev:occurred "2019"^^edtf:EDTF . :a a cev:Statement ; cev:claims :claim .'
    )
    assert days(found[":a"]) == ("01-01", "…")


def test_what_is_undated_about_nothing_has_no_days() -> None:
    assert days(derived(":a a cev:Statement .")[":a"]) == ("…", "…")


def test_a_date_outside_the_profile_is_left_to_the_check() -> None:
    assert days(derived(':a a cev:Statement ; cev:said "soon"^^edtf:EDTF , "2019-01-07"^^edtf:EDTF .')[":a"]) == (
        "01-07",
        "01-07",
    )


def test_two_recorded_dates_of_one_event_span_from_the_first_to_the_last() -> None:
    found = derived(':i a cev:Incident ; cev:occurred "2019-02"^^edtf:EDTF , "2019-01-30"^^edtf:EDTF .')
    assert days(found[":i"]) == ("01-30", "02-28")


def test_an_activity_lies_between_its_begin_and_its_end() -> None:
    found = derived(':i a cev:Investigation ; cev:began "2019-01"^^edtf:EDTF ; cev:ended "2019-03-20"^^edtf:EDTF .')
    assert days(found[":i"]) == ("01-01", "03-20")


def test_an_assertion_is_public_by_its_own_work_or_the_first_work_that_passes_it_on() -> None:
    found = derived(CHAIN)
    # The wire's work is undated: it may have appeared from the day of the event on, and makes nothing certain.
    assert days(found[":origin"], public=True) == ("01-05", "01-10")
    assert days(found[":wire"], public=True) == ("01-05", "01-10")
    assert days(found[":paper"], public=True) == ("01-10", "01-10")
    assert days(found[":reprint"], public=True) == ("01-11", "01-12")


def test_what_is_spoken_and_never_passed_on_by_a_work_is_not_public() -> None:
    found = derived(':a a cev:Statement ; cev:said "2019-01-07"^^edtf:EDTF . :b a cev:Statement ; cev:reports :a .')
    assert days(found[":a"], public=True) == days(found[":b"], public=True) == ("…", "…")


def test_a_work_with_an_open_date_makes_nothing_certain() -> None:
    text = ':a a cev:Commentary ; cev:inSource :w . :w dcterms:issued "2019-03-21/.."^^edtf:EDTF .'
    assert days(derived(text)[":a"], public=True) == ("03-21", "…")


def test_saying_something_earlier_in_private_does_not_make_it_public_earlier() -> None:
    text = ':a a cev:Allegation ; cev:said "2019-02-05"^^edtf:EDTF . :b a cev:MediaReport ; cev:reports :a ; cev:inSource :w .'
    found = derived(text + ' :w dcterms:issued "2019-02-06"^^edtf:EDTF .')
    assert days(found[":a"]) == ("02-05", "02-05")
    assert days(found[":a"], public=True) == ("02-06", "02-06")


@pytest.mark.parametrize(
    ("kinds", "standing"),
    [
        (("PreliminaryFinding", "ExpertOpinion"), "cev:MixedOrigins"),
        (("Allegation", "AnonymousAllegation"), "cev:MixedOrigins"),
        (("ExpertOpinion", "ExpertOpinion"), "cev:ExpertOpinion"),
    ],
)
def test_origins_of_different_standing_are_mixed(kinds: tuple[str, str], standing: str) -> None:
    found = derived(f":a a cev:{kinds[0]} . :b a cev:{kinds[1]} . :c a cev:MediaReport ; cev:reports :a , :b .")
    assert found[":c"]["cev:origin"] == {":a", ":b"}
    assert found[":c"]["cev:originStanding"] == {standing}


def test_an_origin_reached_on_two_ways_is_one_origin() -> None:
    found = derived(
        ":a a cev:Statement . :b a cev:MediaReport ; cev:reports :a . :c a cev:MediaReport ; cev:reports :a ."
        " :d a cev:MediaReport ; cev:reports :b , :c ."
    )
    assert found[":d"]["cev:origin"] == {":a"} and found[":d"]["cev:originStanding"] == {"cev:Statement"}


@pytest.mark.parametrize("loop", [":a cev:reports :a .", ":a cev:reports :b . :b cev:reports :a ."])
def test_a_loop_of_reports_ends_and_has_no_origin(loop: str) -> None:
    found = derived(f":a a cev:Statement . :b a cev:Statement . :c a cev:MediaReport ; cev:reports :a . {loop}")
    assert found[":a"]["cev:origin"] == found[":a"]["cev:chainDepth"] == found[":a"]["cev:originsNamed"] == set()
    assert found[":c"]["cev:originStanding"] == {"cev:MixedOrigins"}


def test_a_loop_beside_an_end_has_that_end_as_origin() -> None:
    found = derived(
        ":a a cev:Statement ; cev:reports :b . :b a cev:Statement ; cev:reports :a , :end . :end a cev:Allegation ."
    )
    assert (
        found[":a"]["cev:origin"] == {":end"}
        and found[":a"]["cev:chainDepth"] == {"2"}
        and found[":a"]["cev:originStanding"] == {"cev:Allegation"}
    )


def test_an_assertion_lies_in_the_file_that_describes_it() -> None:
    found = derived(":a a cev:Statement .", ":b a cev:Statement .")
    assert found[":a"]["cev:inDossier"] == {":graph-0"} and found[":b"]["cev:inDossier"] == {":graph-1"}


@pytest.mark.parametrize("conditional", [":claim cev:onCondition :other .", ":a cev:onCondition :other ."])
def test_what_is_said_on_a_condition_counts_for_neither_side(conditional: str) -> None:
    text = ":claim a cev:Claim . :a a cev:Statement ; cev:claims :claim ; cev:force force:asserts ."
    assert derived(text)[":a"]["cev:side"] == {"for"}
    assert derived(text + conditional)[":a"]["cev:side"] == {"neither"}


@pytest.mark.parametrize(("force", "side"), vocab.FORCE_COUNTS.items())
def test_a_force_counts_for_the_side_of_the_published_table(force: str, side: str) -> None:
    text = f":claim a cev:Claim . :a a cev:Statement ; cev:claims :claim ; cev:force force:{force} ."
    assert derived(text)[":a"]["cev:side"] == {side}


def test_the_same_facts_follow_from_triples_in_any_order(example: Space) -> None:
    backwards = {
        example.workspace.graph_name(name): list(reversed(triples)) for name, triples in reversed(example.files.items())
    }
    assert set(derive.facts(backwards)) == set(example.derived)
    assert len(set(example.derived)) == len(example.derived)


def test_nothing_derived_is_typed_by_hand(example: Space) -> None:
    names = {fact.predicate.value for fact in example.derived} - {vocab.iri("rdf:type")}
    answers = {vocab.iri(upper) for upper in vocab.SUPERPROPERTIES.values()}
    typed = {triple.predicate.value for triples in example.files.values() for triple in triples}
    assert names & typed <= answers
