"""The search: incidents, claims, people, works, craft and key phrases by their words, with facets and counts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from kgtools.evidence.record import Assertion
from kgtools.search import Part, TextIndex, parts
from kgtools.views.site import words
from kgtools.views.site.known import Known

FACETS = ("kind", "year", "standing", "vehicle", "speaker")
KINDS = ("incident", "explanation", "claim", "speaker", "work", "craft", "key phrase")
PER_PAGE = 25
MOST_VALUES = 12


@dataclass(frozen=True)
class Hit:
    """One thing that can be found: its node, kind, title, a line about it, where its words stand, its values by facet.

    The words stand in the index by the node `entry`: the passage of a key phrase, which leads to the assertions found there.
    """

    name: str
    kind: str
    title: str
    line: str
    entry: str
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
    return known.once("hits", "", lambda: [hit for make in _MAKERS for hit in make(known)])


def search(known: Known, params: Mapping[str, str]) -> Found:
    """Return what the words `q` and the facets among some parameters find, `page` of it."""
    filters = {name: params[name] for name in FACETS if params.get(name)}
    wanted = parts(params.get("q", ""))
    everything = hits(known)
    ranks, near = _ranked(known, wanted) if wanted else ({}, [])
    among = [hit for hit in everything if hit.entry in ranks] if wanted else everything
    listed = [hit for hit in among if _fits(hit, filters)]
    listed.sort(key=lambda hit: (ranks[hit.entry] if wanted else KINDS.index(hit.kind), -hit.weight, hit.title))
    facets = {name: _counts(among, filters, name) for name in FACETS}
    without = [(name, sum(_fits(hit, {k: v for k, v in filters.items() if k != name}) for hit in among)) for name in filters]
    pages = max(1, -(-len(listed) // PER_PAGE))
    number = params.get("page", "1")
    page = min(max(int(number), 1), pages) if number.isascii() and number.isdigit() and len(number) < 6 else 1
    return Found(params.get("q", ""), filters, listed, facets, [row for row in without if row[1]], near, page, pages)


def _fits(hit: Hit, filters: Mapping[str, str]) -> bool:
    return all(value in hit.values.get(name, ()) for name, value in filters.items())


def _ranked(known: Known, wanted: list[Part]) -> tuple[dict[str, int], list[str]]:
    """Return the place of each entry that some words find, by node, and where they find none, words that would."""
    nodes, near = _index(known).nodes(wanted, KINDS)
    return {known.short(node): place for place, node in enumerate(nodes)}, near


def _index(known: Known) -> TextIndex:
    def make() -> TextIndex:
        index = TextIndex()
        for graph, triples in known.dossiers.items():
            index.replace(graph, "", triples)
        return index

    return known.once("index", "", make)


def _counts(among: list[Hit], filters: Mapping[str, str], name: str) -> list[tuple[str, int]]:
    others = {key: value for key, value in filters.items() if key != name}
    counts = Counter(value for hit in among if _fits(hit, others) for value in hit.values.get(name, ()))
    if name == "kind":
        return [(kind, counts[kind]) for kind in KINDS if counts[kind]]
    if name == "year":
        return sorted(counts.items(), reverse=True)
    return sorted(counts.items(), key=lambda row: (-row[1], row[0]))


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


def _incidents(known: Known) -> Iterable[Hit]:
    for one in known.incidents.values():
        said = known.by_incident.get(one.name, [])
        line = f"{one.date}; {words.many(len(said), 'statement')}"
        values = _values(known, "incident", said, [one.name])
        yield Hit(one.name, "incident", one.label, line, one.name, len(said), values)


def _claims(known: Known) -> Iterable[Hit]:
    for claim in known.claims.values():
        said = known.by_claim.get(claim.name, [])
        counts = Counter(one.counts for one in said)
        speakers = words.many(len({one.speaker for one in said}), "speaker")
        line = f"{counts['for']} for, {counts['against']} against, {counts['neither']} neither; {speakers}"
        values = _values(known, claim.kind, said, (*claim.about, *claim.explains))
        yield Hit(claim.name, claim.kind, claim.text, line, claim.name, len(said), values)


def _people(known: Known) -> Iterable[Hit]:
    for name in known.of_kind("agent"):
        said = known.by_speaker.get(name, [])
        values = _values(known, "speaker", said, ()) | {"speaker": frozenset([known.label(name)])}
        yield Hit(name, "speaker", known.label(name), words.many(len(said), "statement"), name, len(said), values)


def _works(known: Known) -> Iterable[Hit]:
    for name in known.of_kind("source"):
        said = known.by_source.get(name, [])
        by = ", ".join(known.label(one) for one in known.values(name, "dcterms:publisher", "dcterms:creator"))
        told = (words.local(known.value(name, "cev:kind")), by, words.many(len(said), "statement"))
        line = "; ".join(part for part in told if part)
        yield Hit(name, "work", known.label(name), line, name, len(said), _values(known, "work", said, ()))


def _craft(known: Known) -> Iterable[Hit]:
    for name in known.of_kind("craft"):
        line = words.local(known.value(name, "cev:kind"))
        involved = known.pointing(name, "cev:involves")
        yield Hit(name, "craft", known.label(name), line, name, len(involved), _values(known, "craft", (), involved))


def _phrases(known: Known) -> Iterable[Hit]:
    for one in known.record.assertions.values():
        for passage in known.passages(one.name):
            if passage.phrase:
                line = f"{one.speaker_label}, {words.label(one)}: {words.wording(one)}; {one.when}"
                values = _values(known, "key phrase", [one], ())
                yield Hit(one.name, "key phrase", f"“{passage.phrase}”", line, passage.name, 0, values)


_MAKERS = (_incidents, _claims, _people, _works, _craft, _phrases)
