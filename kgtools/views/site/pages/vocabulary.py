"""The vocabulary as pages: terms, the model's lists, this topic's lists, and the shapes."""

from __future__ import annotations

from collections import defaultdict
from functools import cache
from typing import Any

from kgtools import vocab
from kgtools.chains import Index
from kgtools.space import Table
from kgtools.turtle import parse_file
from kgtools.views.site.known import Known
from kgtools.views.site.page import Page
from kgtools.views.site.request import Request
from kgtools.workspace import shipped

PARTS = (("", "Terms"), ("lists", "Lists of the model"), ("topic", "Lists of this topic"), ("shapes", "Shapes"))
_SAYS = {
    "subclass of": "rdfs:subClassOf", "subproperty of": "rdfs:subPropertyOf", "of": "rdfs:domain", "to": "rdfs:range",
    "close to": "skos:closeMatch", "related to": "skos:relatedMatch", "counts": "cev:counts", "rank": "cev:rank",
}  # fmt: skip
_KINDS = {"owl:Class": "Classes", "owl:ObjectProperty": "Properties to things", "owl:DatatypeProperty": "Properties to values"}


@cache
def _ontology() -> Index:
    return Index({name: parse_file(shipped("ontology") / f"{name}.ttl") for name in ("cev", "mappings", "schemes", "shapes")})


def _words(index: Index, subject: str, name: str) -> list[str]:
    found = index.objects.get(subject, {}).get(vocab.iri(name), ())
    return [vocab.curie(str(getattr(term, "value", "")), vocab.PREFIXES) for term in found]


def _term(index: Index, iri: str) -> dict[str, Any]:
    name = vocab.curie(iri, vocab.PREFIXES)
    first = ("rdfs:label", "skos:prefLabel", "sh:name")
    label = next((words[0] for one in first if (words := _words(index, iri, one))), name)
    definition = " ".join(text for one in ("skos:definition", "sh:message", "rdfs:comment") for text in _words(index, iri, one))
    says = {what: _words(index, iri, one) for what, one in _SAYS.items() if _words(index, iri, one)}
    return {"name": name, "iri": iri, "label": label, "definition": definition, "says": says,
            "example": " ".join(_words(index, iri, "skos:example")), "kinds": _words(index, iri, "rdf:type")}  # fmt: skip


def terms(request: Request) -> Page:
    """Return the page of the ontology's terms."""
    index = _ontology()
    sections: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for iri in sorted(index.objects):
        if iri.startswith(vocab.CEV):
            term = _term(index, iri)
            kind = next((words for one, words in _KINDS.items() if one in term["kinds"]), "Other")
            sections[kind].append(term)
    ordered = [(words, sections[words]) for words in (*_KINDS.values(), "Other") if sections[words]]
    return _page(request, "", ordered, lambda term: term["name"].partition(":")[2])


def lists(request: Request) -> Page:
    """Return the page of the model's closed lists."""
    index = _ontology()
    sections = []
    for name, members in vocab.LISTS.items():
        scheme = _term(index, vocab.iri(f"scheme:{name}"))
        sections.append(
            (f"{scheme['label']}: {scheme['definition']}", [_term(index, vocab.iri(f"{name}:{one}")) for one in members])
        )
    return _page(request, "lists", sections, lambda term: term["name"].replace(":", "-"))


def topic(request: Request) -> Page:
    """Return the page of the lists that this topic brings with it."""
    known = request.known
    sections = []
    for name in known.of_kind("list"):
        members = [one for one in known.subjects("skos:Concept") if name in known.values(one, "skos:inScheme")]
        sections.append((known.label(name), [_concept(known, one) for one in members]))
    return _page(request, "topic", sections, lambda term: term["name"].replace(":", "-"))


def _concept(known: Known, name: str) -> dict[str, Any]:
    broader = known.values(name, "skos:broader")
    return {
        "name": name, "iri": known.iri(name), "label": known.label(name), "definition": known.value(name, "skos:definition"),
        "says": {"narrower than": broader} if broader else {}, "example": known.value(name, "skos:example"), "kinds": [],
    }  # fmt: skip


def shapes(request: Request) -> Page:
    """Return the page of the shapes: what a record must and must not carry, and the cure."""
    index = _ontology()
    found = [_term(index, iri) for iri in sorted(index.objects) if iri.startswith(vocab.iri("shape:"))]
    return _page(request, "shapes", [("Rules that records are held to", found)], lambda term: term["name"].replace(":", "-"))


def _page(request: Request, part: str, sections: list[tuple[str, list[dict[str, Any]]]], anchor: Any) -> Page:
    for _, listed in sections:
        for term in listed:
            term["anchor"] = anchor(term)
    title = dict(PARTS)[part]
    rows: list[tuple[str | None, ...]] = [
        (term["iri"], term["label"], term["definition"], heading) for heading, listed in sections for term in listed
    ]
    values = {"part": part, "parts": PARTS, "sections": sections, "title": title, "prefixes": request.space.prefixes}
    table = Table(("term", "label", "definition", "section"), rows, title)
    names = tuple(term["name"] for _, listed in sections for term in listed)
    data = {"terms": [dict(zip(table.columns, row, strict=True)) for row in rows]}
    described = None if part == "topic" else _ontology()
    return Page(
        "vocabulary.html.j2", f"Vocabulary: {title}", values, data, names, table, part="vocabulary", described=described
    )  # fmt: skip
