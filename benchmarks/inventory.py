"""What the generator's dossiers are made of: words, sizes, names by seed and number, works and what a hop says."""

from __future__ import annotations

import datetime
from dataclasses import dataclass, field
from typing import TypeAlias

Planted: TypeAlias = dict[str, list[dict[str, str]]]

PLACES = "Alder Birk Corran Dunmore Elverum Fosse Garth Holm Inver Jura Kelso Lund Morven Nyborg Orme Pella Quay Rønne".split()
THINGS = "pump-house lock-gate crane ferry signal-box power-line water-main bridge tunnel tank-farm kiln lift".split()
PARTS = "valve seal bearing relay hose gear sensor cable weld filter rotor switch".split()
FIRST = "Ada Brigt Célia Dag Élise Finn Greta Håkon Ines Jens Karin Lars Maja Nils Oda Pia Runa Søren Tove Uwe".split()
LAST = "Aas Berg Čapek Dahl Eide Falk Grøn Holt Iversen Juul Krag Lund Moen Nord Olsen Prøysen Reed Strand Thorn Vik".split()
CAUSES = (
    "frost wear sabotage design-error operator-error foreign-object overload corrosion software-fault falsified-papers".split()
)
KINDS = "flooding jam outage collision collapse leak".split()
OUTCOMES = "out-of-service restored-late damaged lost not-known".split()
EFFECTS = "closure delay inspection replacement".split()
ATTRIBUTES = tuple(f"measure-{number:02d}" for number in range(1, 61))
UNITS = "metre hour day tonne kilogram kilometre".split()
HEDGES = "certain most-likely probable possible speculative".split()
CUES = {"most-likely": "most likely", "probable": "probably", "possible": "may", "speculative": "perhaps, some say"}
TOPICS = "course outcome consequence context investigation".split()
VERBS = "stopped;ran hot;lost pressure;was opened by hand;was not serviced;gave a false reading;was replaced;stood idle".split(
    ";"
)
TIMES = "in the night shift;before noon;after the alarm;during the test;a day earlier;while the crew was away".split(";")
ENTRY = 80  # code points of a line of a compendium, newline included, so that a line's place follows from its number
ENTRIES = 500  # lines of one compendium
SERIES = 25  # dossiers from which the members of one series are taken


@dataclass(frozen=True)
class Plan:
    """What all dossiers share: the seed, how many agents of each role there are, whether faults are planted."""

    seed: int
    agents: int
    craft: int
    faults: bool


@dataclass
class Work:
    """A work: its source, the day it appeared, its speaker, and, if a document holds it, the lines that stand in it."""

    name: str
    day: datetime.date
    speaker: str
    label: str
    held: bool
    lines: list[tuple[str, str]] = field(default_factory=list)  # passage, text


@dataclass
class Wording:
    """What one hop says: claim, text, force, hedge."""

    claim: str
    text: str
    force: str
    hedge: str


def slug(seed: int, number: int) -> str:
    """Return the name of a dossier, which ends in a year."""
    mixed = (number * 2654435761 + seed * 40503 + 12345) & 0xFFFFFFFF
    place, thing = PLACES[mixed % len(PLACES)], THINGS[mixed // 64 % len(THINGS)]
    return f"{place.lower().replace('ø', 'o')}-{thing}-{number}-{1990 + mixed // 4096 % 34}"


def entry(seed: int, number: int) -> str:
    """Return the line of a compendium on an incident, without its newline."""
    return f"Entry {number:08d}: {slug(seed, number)[:40]} is listed without a source.".ljust(ENTRY - 1, "=")


def iso(day: datetime.date) -> str:
    return f'"{day.isoformat()}"^^edtf:EDTF'


def english(text: str) -> str:
    return f'"{text}"@en'
