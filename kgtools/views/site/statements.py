"""The table of statements: filtered and sorted by parameters, so that it works without scripts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property

from kgtools.evidence.record import Assertion
from kgtools.fold import plain
from kgtools.space import Table
from kgtools.views.site import words

SORTS = {"date": "Said", "speaker": "Speaker", "label": "Label and wording", "claim": "Claim", "work": "Work and passages"}
COLUMNS = (
    "assertion", "date", "speaker", "label", "force", "hedge", "counts", "claim", "text", "work", "passages", "reports",
    "incidents",
)  # fmt: skip


@dataclass(frozen=True)
class Listing:
    """Statements after filtering, how many there were, what is sorted by, and the choices of each filter with counts."""

    shown: list[Assertion]
    total: int
    sort: str
    descending: bool
    choices: dict[str, list[tuple[str, str, int]]]

    @cached_property
    def names(self) -> frozenset[str]:
        """Return the names of the statements shown."""
        return frozenset(one.name for one in self.shown)


def listing(assertions: Iterable[Assertion], params: Mapping[str, str]) -> Listing:
    """Return statements filtered by `speaker`, `label`, `side`, `find`, and sorted by `sort` (a minus turns it round)."""
    listed = list(assertions)
    sort = params.get("sort", "date")
    key = sort.lstrip("-") if sort.lstrip("-") in SORTS else "date"
    shown = [one for one in listed if _fits(one, params)]
    shown.sort(key=lambda one: _keys(one)[key], reverse=sort.startswith("-"))
    return Listing(shown, len(listed), key, sort.startswith("-"), _choices(listed))


def _fits(one: Assertion, params: Mapping[str, str]) -> bool:
    wanted = {"speaker": one.speaker, "label": one.origin_standing, "side": one.counts}
    if any(params.get(name) and params[name] != value for name, value in wanted.items()):
        return False
    sought = plain(params.get("find", "")).split()
    hay = plain(" ".join((one.text, one.speaker_label, one.source_label, *(place.phrase for place in one.places))))
    return all(word in hay for word in sought)


def _keys(one: Assertion) -> dict[str, tuple[str, ...]]:
    date = (one.earliest or "9999", one.latest or "9999", one.name)
    return {
        "date": date, "speaker": (one.speaker_label.casefold(), *date), "label": (words.label(one), *date),
        "claim": (one.text.casefold(), *date), "work": (one.source_label.casefold(), *date),
    }  # fmt: skip


def _choices(listed: list[Assertion]) -> dict[str, list[tuple[str, str, int]]]:
    speakers = Counter((one.speaker, one.speaker_label) for one in listed)
    labels = Counter((one.origin_standing, words.standing(one.origin_standing)) for one in listed)
    sides = Counter((one.counts, words.SIDES.get(one.counts, one.counts)) for one in listed)
    return {name: _ordered(counted) for name, counted in (("speaker", speakers), ("label", labels), ("side", sides))}


def _ordered(counted: Counter[tuple[str, str]]) -> list[tuple[str, str, int]]:
    rows = [(value, shown, number) for (value, shown), number in counted.items()]
    return sorted(rows, key=lambda row: (row[1].casefold(), row[0]))


def table(assertions: Iterable[Assertion], caption: str = "Statements") -> Table:
    """Return statements as a table of plain strings."""
    rows: list[tuple[str | None, ...]] = [
        (one.name, words.when(one), one.speaker_label, words.label(one), words.local(one.force), words.local(one.hedge) or None,
         one.counts, one.claim or None, one.text, one.source_label or None, "; ".join(map(str, one.places)),
         " ".join(one.reports) or None, " ".join(one.incidents) or None)
        for one in assertions
    ]  # fmt: skip
    return Table(COLUMNS, rows, caption)
