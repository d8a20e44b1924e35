"""Faults planted into an invented dossier, each of which one rule of `kgtools check` finds."""

from __future__ import annotations

from inventory import Wording, english
from notes import Notes

FAULTS = (
    "assertion-hedge", "claim-value-unit", "eight-words", "claim-text", "known-from", "check-conflicting-values",
    "passage", "check-unasserted-claims", "date",
)  # fmt: skip


def plant(notes: Notes, rule: str) -> None:
    """Plant one fault that one rule finds; another kind where the dossier has no record that it could be planted in."""
    records = notes.records
    assertion, passage = f"assertion:{notes.slug}-001", f"passage:{notes.slug}-001"
    figure = next((name for name in records.with_property("cev:unit") if records.has(name, "cev:value")), "")
    inquiry, consequence = f"investigation:{notes.slug}-001", f"consequence:{notes.slug}-001"
    where = f"claim:{notes.slug}-001"
    if rule == "claim-value-unit" and figure:
        where = figure
        records.remove(where, "cev:unit")
    elif rule == "eight-words":
        where = passage
        records.extend(where, [("cev:keyPhrase", english("one two three four five six seven eight nine"))])
    elif rule == "claim-text":
        records.remove(where, "schema:text")
        records.extend(where, [("schema:text", '"An incident is on a list."')])
    elif rule == "known-from" and inquiry in records.subjects:
        where = inquiry
        records.remove(where, "cev:knownFrom")
    elif rule == "check-conflicting-values":
        where = _conflict(notes)
    elif rule == "passage":
        where = passage
        records.extend(where, [("cev:scope", english("nothing"))])
    elif rule == "check-unasserted-claims":
        where = notes.plain_claim()[0]
    elif rule == "date" and consequence in records.subjects:
        where = consequence
        records.remove(where, "cev:occurred")
        records.extend(where, [("cev:occurred", '"1999-02-30"^^edtf:EDTF')])
    else:
        rule, where = "assertion-hedge", assertion
        records.remove(where, "cev:hedge")
    notes.planted["faults"].append({"rule": rule, "where": f"{notes.file} {where}"})


def _conflict(notes: Notes) -> str:
    """Add two claims that give one thing two values, both asserted, and nothing in the ledger."""
    printed = [("100 days", "100.0"), ("300 days", "300.0")]
    claims = [notes.figure("measure-00", notes.incident, "day", words, ("cev:value", value)) for words, value in printed]
    for claim, text in claims:
        notes.say("cev:Statement", notes.people[0], f"passage:{notes.slug}-001", Wording(claim, text, "asserts", "certain"),
                  ("cev:ground", "ground:inference"))  # fmt: skip
    notes.planted["conflicts"].append({"claimA": claims[0][0], "claimB": claims[1][0], "attribute": "attribute:measure-00"})
    return claims[0][0]
