"""Descriptions in RDF of the data set (VoID, DCAT) and of the endpoint (SPARQL 1.1 Service Description)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping

from kgtools import vocab
from kgtools.space import Space
from kgtools.turtle import IRI, Literal, Triple

_OWN = {
    "dcat": "http://www.w3.org/ns/dcat#", "formats": "http://www.w3.org/ns/formats/",
    "sd": "http://www.w3.org/ns/sparql-service-description#", "void": "http://rdfs.org/ns/void#",
}  # fmt: skip
_MEDIA = "https://www.iana.org/assignments/media-types/"
_FORMATS = (
    "SPARQL_Results_JSON", "SPARQL_Results_XML", "SPARQL_Results_CSV", "SPARQL_Results_TSV",
    "Turtle", "N-Triples", "RDF_XML", "JSON-LD",
)  # fmt: skip
Described = IRI | Literal | str | int


def prefixes(space: Space) -> dict[str, str]:
    """Return the prefixes of a description."""
    known = ("dcterms", "rdf", "rdfs", "xsd", "cev", "graph")
    return {**_OWN, **{name: space.prefixes[name] for name in known if name in space.prefixes}}


def _iri(name: str) -> IRI:
    prefix, _, local = name.partition(":")
    return IRI(_OWN[prefix] + local if prefix in _OWN else vocab.iri(name))


def _say(subject: str, facts: Mapping[str, Described | Iterable[Described]]) -> Iterator[Triple]:
    """Yield the triples of one subject: IRIs as IRI, texts as literals, numbers as integers."""
    for name, values in facts.items():
        for value in [values] if isinstance(values, Described) else values:
            number = isinstance(value, int)
            term = value if isinstance(value, IRI | Literal) else Literal(value) if not number else _integer(int(value))
            yield Triple(IRI(subject), _iri("rdf:type") if name == "a" else _iri(name), term)


def _integer(value: int) -> Literal:
    return Literal(str(value), datatype=IRI(vocab.XSD + "integer"))


def dataset(space: Space, base: str, version: str) -> list[Triple]:
    """Return the description of the data set (VoID, sections 2 to 4; DCAT 3), its graphs as parts; base has no last slash."""
    everything = f"{base}/void#dataset"
    union = {t for name, listed in space.graphs.items() if "/ontology-" not in name for t in listed}
    facts: dict[str, Described | Iterable[Described]] = {
        "a": [_iri("void:Dataset"), _iri("dcat:Dataset"), _iri("sd:Dataset")],
        "dcat:version": version,
        "void:sparqlEndpoint": IRI(f"{base}/sparql"),
        "void:dataDump": IRI(f"{base}/data?default"),
        "void:uriSpace": vocab.DATA,
        "void:vocabulary": [IRI(vocab.CEV), IRI(vocab.PREFIXES["prov"]), IRI(vocab.PREFIXES["skos"])],
        "dcat:distribution": [IRI(f"{base}/void#turtle"), IRI(f"{base}/void#jsonld")],
        "void:subset": [IRI(name) for name in sorted(space.graphs)],
        **_counts(union),
    }
    return [
        *_say(everything, facts),
        *(Triple(IRI(everything), t.predicate, t.object) for t in _titles(space)),
        *_partitions(everything, union),
        *_distribution(base, "turtle", "text/turtle"),
        *_distribution(base, "jsonld", "application/ld+json"),
        *(t for name in sorted(space.graphs) for t in _part(space, name, base)),
    ]


def _titles(space: Space) -> Iterator[Triple]:
    wanted = {vocab.iri(f"dcterms:{name}") for name in ("title", "description", "license")}
    return (t for t in space.workspace.declarations if t.predicate.value in wanted)


def _counts(triples: set[Triple]) -> dict[str, Described | Iterable[Described]]:
    subjects = {t.subject for t in triples}
    return {
        "void:triples": len(triples),
        "void:distinctSubjects": len(subjects),
        "void:distinctObjects": len({t.object for t in triples}),
        "void:properties": len({t.predicate for t in triples}),
        "void:classes": len({t.object for t in triples if t.predicate == _iri("rdf:type")}),
    }


def _partitions(whole: str, triples: set[Triple]) -> Iterator[Triple]:
    classes = Counter(t.object.value for t in triples if t.predicate == _iri("rdf:type") and isinstance(t.object, IRI))
    for place, (name, count) in enumerate(sorted(classes.items()), 1):
        part = f"{whole}-class-{place}"
        yield Triple(IRI(whole), _iri("void:classPartition"), IRI(part))
        yield from _say(part, {"void:class": IRI(name), "void:entities": count})


def _distribution(base: str, name: str, media_type: str) -> Iterator[Triple]:
    url = IRI(f"{base}/data?default&format={name}")
    media = IRI(_MEDIA + media_type)
    facts = {"a": _iri("dcat:Distribution"), "dcat:downloadURL": url, "dcat:accessURL": url, "dcat:mediaType": media}
    return _say(f"{base}/void#{name}", facts)


def _part(space: Space, name: str, base: str) -> Iterator[Triple]:
    dump = IRI(f"{base}/data/{name.rsplit('/', 1)[-1]}")
    return _say(name, {"a": _iri("void:Dataset"), "void:triples": len(space.graphs[name]), "void:dataDump": dump})


def service(space: Space, base: str) -> list[Triple]:
    """Return the service description of the endpoint (SPARQL 1.1 Service Description, section 3)."""
    here = f"{base}/sparql"
    whole, default = f"{base}/void#dataset", f"{base}/void#default-graph"
    names = {name: f"{base}/void#graph-{place}" for place, name in enumerate(sorted(space.graphs), 1)}
    triples = list(
        _say(
            here,
            {
                "a": _iri("sd:Service"),
                "sd:endpoint": IRI(here),
                "sd:supportedLanguage": _iri("sd:SPARQL11Query"),
                "sd:resultFormat": [_iri(f"formats:{name}") for name in _FORMATS],
                "sd:defaultDataset": IRI(whole),
            },
        )
    )
    graphs = [IRI(node) for node in names.values()]
    triples += _say(whole, {"a": _iri("sd:Dataset"), "sd:defaultGraph": IRI(default), "sd:namedGraph": graphs})
    union = {t for name, listed in space.graphs.items() if "/ontology-" not in name for t in listed}
    triples += _say(default, {"a": _iri("sd:Graph"), "void:triples": len(union)})
    for name, node in names.items():
        triples += _say(node, {"a": _iri("sd:NamedGraph"), "sd:name": IRI(name)})
    return triples
