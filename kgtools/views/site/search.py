"""The search: incidents, claims, people, works, craft and key phrases by their words, with facets and counts."""

from __future__ import annotations

import difflib
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from kgtools.evidence.record import Assertion
from kgtools.views.site import words
from kgtools.views.site.fold import fold
from kgtools.views.site.known import Known

FACETS = ("kind", "year", "standing", "vehicle", "speaker")
KINDS = ("incident", "explanation", "claim", "speaker", "work", "craft", "key phrase")
PER_PAGE = 25
MOST_VALUES = 12


@dataclass(frozen=True)
class Hit:
    """One thing that can be found: its node, kind, title, a line about it, its words folded, and its values by facet."""

    name: str
    kind: str
    title: str
    line: str
    heading: str
    text: str
    weight: int
    values: Mapping[str, frozenset[str]] = field(default_factory=dict)


@dataclass(frozen=True)
class Found:
    """What a search finds: the hits, the facets with counts, and where nothing is found what would be without each filter."""

    words: str
    filters: dict[str, str]
    hits: list[Hit]
    facets: dict[str, list[tuple[str, int]]]
    without: list[tuple[str, int]]
    spellings: list[str]
    page: int
    pages: int

    @property
    def shown(self) -> list[Hit]:
        """Return the hits of the page."""
        return self.hits[(self.page - 1) * PER_PAGE : self.page * PER_PAGE]


def hits(known: Known) -> list[Hit]:
    """Return everything that can be found."""
    return known.once("hits", "", lambda: [*_incidents(known), *_claims(known), *_people(known), *_works(known), *_rest(known)])


def search(known: Known, params: Mapping[str, str]) -> Found:
    """Return what the words `q` and the facets among some parameters find, `page` of it."""
    filters = {name: params[name] for name in FACETS if params.get(name)}
    sought = fold(params.get("q", "")).split()
    everything = hits(known)
    among = [hit for hit in everything if all(f" {word}" in f" {hit.text}" for word in sought)]
    among = among or [hit for hit in everything if all(word in hit.text for word in sought)]
    listed = [hit for hit in among if _fits(hit, filters)]
    listed.sort(key=lambda hit: (-_closeness(hit, sought), KINDS.index(hit.kind) if not sought else 0, -hit.weight, hit.title))
    facets = {name: _counts(among, filters, name) for name in FACETS}
    without = [(name, sum(_fits(hit, {k: v for k, v in filters.items() if k != name}) for hit in among)) for name in filters]
    pages = max(1, -(-len(listed) // PER_PAGE))
    number = params.get("page", "1")
    page = min(max(int(number), 1), pages) if number.isascii() and number.isdigit() and len(number) < 6 else 1
    near = [] if among else _spellings(known, sought)
    return Found(params.get("q", ""), filters, listed, facets, [row for row in without if row[1]], near, page, pages)


def _fits(hit: Hit, filters: Mapping[str, str]) -> bool:
    return all(value in hit.values.get(name, ()) for name, value in filters.items())


def _closeness(hit: Hit, sought: list[str]) -> int:
    heading = f" {hit.heading} "
    return sum(2 if f" {word} " in heading else 1 if word in heading else 0 for word in sought)


def _counts(among: list[Hit], filters: Mapping[str, str], name: str) -> list[tuple[str, int]]:
    others = {key: value for key, value in filters.items() if key != name}
    counts = Counter(value for hit in among if _fits(hit, others) for value in hit.values.get(name, ()))
    if name == "kind":
        return [(kind, counts[kind]) for kind in KINDS if counts[kind]]
    if name == "year":
        return sorted(counts.items(), reverse=True)
    return sorted(counts.items(), key=lambda row: (-row[1], row[0]))


def _spellings(known: Known, sought: list[str]) -> list[str]:
    """Return the sought words with those that stand nowhere replaced by the nearest ones that do."""
    lexicon = known.once(
        "lexicon", "", lambda: sorted({word for hit in hits(known) for word in hit.text.split() if len(word) > 2})
    )
    found = []
    for place, word in enumerate(sought):
        if not any(word in other for other in lexicon):
            for other in difflib.get_close_matches(word, lexicon, n=3, cutoff=0.65):
                found.append(" ".join([*sought[:place], other, *sought[place + 1 :]]))
    return found


def _values(known: Known, kind: str, said: Iterable[Assertion], incidents: Iterable[str]) -> dict[str, frozenset[str]]:
    said = list(said)
    about = {*incidents, *(incident for one in said for incident in one.incidents)} if kind != "incident" else set(incidents)
    vehicles = {known.label(craft) for one in about if one in known.incidents for craft in known.incidents[one].craft}
    years = {one.earliest[:4] for one in said if one.earliest}
    if kind == "incident":
        years = {day[:4] for one in about for day in (known.incidents[one].earliest, known.incidents[one].latest) if day}
    return {
        "kind": frozenset([kind]), "year": frozenset(years), "vehicle": frozenset(vehicles & _vehicles(known)),
        "standing": frozenset(words.standing(one.origin_standing) for one in said),
        "speaker": frozenset(one.speaker_label for one in said),
    }  # fmt: skip


def _vehicles(known: Known) -> set[str]:
    def make() -> set[str]:
        craft = known.of_kind("craft")
        launchers = [one for one in craft if "craftkind:launch-vehicle" in known.values(one, "cev:kind")]
        return {known.label(one) for one in launchers or craft}

    return known.once("vehicles", "", make)


def _names(known: Known, node: str) -> str:
    return " ".join([known.label(node), *known.values(node, "skos:altLabel", "dcterms:title", "cev:describedAs")])


def _incidents(known: Known) -> Iterable[Hit]:
    for one in known.incidents.values():
        said = known.by_incident.get(one.name, [])
        craft = " ".join(_names(known, each) for each in one.craft)
        heading = fold(f"{one.label} {_names(known, one.name)}")
        text = fold(f"{heading} {craft} {one.date} {words.local(one.kind)} {words.local(one.outcome)}")
        line = f"{one.date}; {words.many(len(said), 'statement')}"
        yield Hit(one.name, "incident", one.label, line, heading, text, len(said), _values(known, "incident", said, [one.name]))


def _claims(known: Known) -> Iterable[Hit]:
    for claim in known.claims.values():
        said = known.by_claim.get(claim.name, [])
        phrases = {place.phrase for one in said for place in one.places}
        causes = " ".join(f"{words.local(one)} {_names(known, one)}" for one in claim.causes)
        text = fold(" ".join([claim.text, words.local(claim.topic), causes, *phrases]))
        counts = Counter(one.counts for one in said)
        speakers = words.many(len({one.speaker for one in said}), "speaker")
        line = f"{counts['for']} for, {counts['against']} against, {counts['neither']} neither; {speakers}"
        values = _values(known, claim.kind, said, (*claim.about, *claim.explains))
        yield Hit(claim.name, claim.kind, claim.text, line, fold(claim.text), text, len(said), values)


def _people(known: Known) -> Iterable[Hit]:
    for name in known.of_kind("agent"):
        said = known.by_speaker.get(name, [])
        heading = fold(_names(known, name))
        values = _values(known, "speaker", said, ()) | {"speaker": frozenset([known.label(name)])}
        yield Hit(name, "speaker", known.label(name), words.many(len(said), "statement"), heading, heading, len(said), values)


def _works(known: Known) -> Iterable[Hit]:
    for name in known.of_kind("source"):
        said = known.by_source.get(name, [])
        heading = fold(_names(known, name))
        by = ", ".join(known.label(one) for one in known.values(name, "dcterms:publisher", "dcterms:creator"))
        line = "; ".join(
            part for part in (words.local(known.value(name, "cev:kind")), by, words.many(len(said), "statement")) if part
        )
        yield Hit(
            name, "work", known.label(name), line, heading, fold(f"{heading} {by}"), len(said), _values(known, "work", said, ())
        )


def _rest(known: Known) -> Iterable[Hit]:
    for name in known.of_kind("craft"):
        heading = fold(_names(known, name))
        line = words.local(known.value(name, "cev:kind"))
        involved = known.pointing(name, "cev:involves")
        yield Hit(
            name, "craft", known.label(name), line, heading, heading, len(involved), _values(known, "craft", (), involved)
        )
    for one in known.record.assertions.values():
        for place in one.places:
            if place.phrase:
                heading = fold(place.phrase)
                line = f"{one.speaker_label}, {words.label(one)}: {words.wording(one)}; {one.when}"
                yield Hit(
                    one.name,
                    "key phrase",
                    f"“{place.phrase}”",
                    line,
                    heading,
                    heading,
                    0,
                    _values(known, "key phrase", [one], ()),
                )
