"""Every IRI, prefix and closed list of the model; the same as `ontology/` declares, which a test holds to."""

from __future__ import annotations

from collections.abc import Mapping

CEV = "https://w3id.org/cev#"
DATA = "https://w3id.org/cev/"
RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
XSD = "http://www.w3.org/2001/XMLSchema#"

# Concepts of the model's own closed lists: list name -> local names, in the order of the list.
LISTS: dict[str, tuple[str, ...]] = {
    name: tuple(words.split())
    for name, words in {
        "force": "asserts suggests does-not-rule-out questions disputes denies retracts corrects asks says-unknown"
        " says-under-investigation recommends declines-to-comment",
        "hedge": "certain most-likely probable possible speculative unhedged-unclear",
        "ground": "own-knowledge institutional-analysis inference document unstated",
        "topic": "cause course outcome consequence responsibility investigation personnel figure context reliability",
        "work": "article wire-report press-release encyclopedia-page blog-post reader-comment broadcast web-page list"
        " report unknown compiled-notes translation speech",
        "actiontype": "dismissal resignation reprimand instruction appointment",
        "stage": "proposed planned ordered announced under-way happened carried-out completed",
        "difference": "contradiction within-one-source update time-zone alias scope granularity translation unclear"
        " misprint compiler-against-source",
        "state": "open settled rejected",
        "reason": "navigation advertisement separator address bibliographic off-topic",
        "rule": "utf8-lf-nfc",
        "clock": "event speech publication curation",
        "instrument": "origins voice choke-point drift as-of history matrix sensitivity ledger link absences base-rates"
        " trace summary counts timeline settling receipt dossier",
        "fit": "consistent inconsistent silent not-assessed",
        "unit": "kilogram tonne second minute hour day month year metre kilometre mile degree percent one bit rouble"
        " us-dollar euro",
    }.items()
}

# Prefixes that mean the same in every workspace; a workspace declares those of its data itself.
PREFIXES: dict[str, str] = {
    "cev": CEV,
    "dcterms": "http://purl.org/dc/terms/",
    "edtf": "http://id.loc.gov/datatypes/edtf/",
    "oa": "http://www.w3.org/ns/oa#",
    "org": "http://www.w3.org/ns/org#",
    "owl": "http://www.w3.org/2002/07/owl#",
    "prov": "http://www.w3.org/ns/prov#",
    "rdf": RDF,
    "rdfs": "http://www.w3.org/2000/01/rdf-schema#",
    "schema": "https://schema.org/",
    "sh": "http://www.w3.org/ns/shacl#",
    "skos": "http://www.w3.org/2004/02/skos/core#",
    "xsd": XSD,
    "scheme": DATA + "scheme/",
    "shape": DATA + "shape/",
    **{name: f"{DATA}{name}/" for name in LISTS},
}

# Prefixes of data, one per kind of node, that every workspace declares over its own base.
DATA_PREFIXES = tuple(
    (
        "incident claim assertion passage source agent post investigation action consequence discrepancy craft document"
        " setaside search cause kind outcome attribute effect craftkind list question graph reading prefix"
    ).split()
)

# Graphs of the model -> their files in ontology/. The lists are part of the default graph, the others stand apart from it.
MODEL_LISTS = f"{DATA}graph/model-lists"
MODEL = {
    MODEL_LISTS: "schemes.ttl",
    f"{DATA}graph/ontology-cev": "cev.ttl",
    f"{DATA}graph/ontology-mappings": "mappings.ttl",
}

# Class tree: class -> direct superclasses, as CURIEs.
SUPERCLASSES: dict[str, tuple[str, ...]] = {
    "cev:Incident": ("schema:Event",),
    "cev:IncidentSeries": ("cev:Incident",),
    "cev:Claim": ("schema:Claim", "prov:Entity"),
    "cev:Explanation": ("cev:Claim",),
    "cev:Craft": ("prov:Entity",),
    "cev:Assertion": ("prov:Entity",),
    "cev:OfficialFinding": ("cev:Assertion",),
    "cev:PreliminaryFinding": ("cev:Assertion",),
    "cev:OfficialStatement": ("cev:Assertion",),
    "cev:Allegation": ("cev:Assertion",),
    "cev:AnonymousAllegation": ("cev:Allegation",),
    "cev:ExpertOpinion": ("cev:Assertion",),
    "cev:Statement": ("cev:Assertion",),
    "cev:MediaReport": ("cev:Assertion",),
    "cev:Commentary": ("cev:Assertion",),
    "cev:Document": ("prov:Entity",),
    "cev:Source": ("schema:CreativeWork", "prov:Entity"),
    "cev:Passage": ("oa:SpecificResource",),
    "cev:SetAside": ("oa:SpecificResource",),
    "cev:UnnamedAgent": ("prov:Agent",),
    "cev:UnnamedGroup": ("cev:UnnamedAgent",),
    "cev:Investigation": ("prov:Activity",),
    "cev:PersonnelAction": ("prov:Activity",),
    "cev:Consequence": ("prov:Activity",),
    "cev:Discrepancy": ("prov:Entity",),
    "cev:SearchRecord": ("prov:Activity",),
    "cev:Dossier": ("prov:Entity", "schema:Dataset"),
    "cev:Reading": ("prov:Activity",),
    "cev:Workspace": ("prov:Entity",),
    "cev:Question": ("prov:Entity",),
    "prov:Person": ("prov:Agent",),
    "prov:Organization": ("prov:Agent",),
}

# Property tree: property -> superproperty, for the edges that are derived when loading.
SUPERPROPERTIES: dict[str, str] = {
    "cev:reports": "prov:wasDerivedFrom",
    **{
        f"cev:{name}": "cev:respondsTo"
        for name in "endorses contests paraphrases goesFurtherThan misquotes omits doubtsReliabilityOf".split()
    },
}

# Forces and what they count for; the one published table (ontology/schemes.ttl) says the same.
FORCE_COUNTS: dict[str, str] = {
    "asserts": "for", "suggests": "for", "corrects": "for", "disputes": "against", "denies": "against", "retracts": "against",
    "does-not-rule-out": "neither", "questions": "neither", "asks": "neither", "says-unknown": "neither",
    "says-under-investigation": "neither", "recommends": "neither", "declines-to-comment": "neither",
}  # fmt: skip

# Places in the order of a list, the hardest first, for hedges and forces that can be compared; schemes.ttl says the same.
RANKS: dict[str, int] = {
    f"{name}:{word}": rank
    for name, last in (("hedge", "speculative"), ("force", "questions"))
    for rank, word in enumerate(LISTS[name][: LISTS[name].index(last) + 1], 1)
}

# Clocks and the derived properties of an assertion's first and last possible day on each; schemes.ttl says what each shows.
CLOCKS: dict[str, tuple[str, str]] = {
    "event": ("cev:eventEarliest", "cev:eventLatest"), "speech": ("cev:earliest", "cev:latest"),
    "publication": ("cev:publicEarliest", "cev:publicLatest"), "curation": ("cev:curatedOn", "cev:curatedOn"),
}  # fmt: skip


def iri(curie: str, prefixes: Mapping[str, str] = PREFIXES) -> str:
    """Return the IRI that a CURIE stands for; raise KeyError if its prefix is not among the prefixes."""
    prefix, _, local = curie.partition(":")
    return prefixes[prefix] + local


def curie(value: str, prefixes: Mapping[str, str]) -> str:
    """Return the CURIE of an IRI, or the IRI itself where no prefix of the given ones fits without a slash left."""
    cut = max(value.rfind("#"), value.rfind("/")) + 1
    for prefix, namespace in prefixes.items():
        if namespace == value[:cut] and value[cut:]:
            return f"{prefix}:{value[cut:]}"
    return value


def derived_graph(graph: str) -> str:
    """Return the IRI of the graph of what is derived from a dossier, given that of the dossier's graph."""
    cut = max(graph.rfind("#"), graph.rfind("/")) + 1
    return f"{graph[:cut]}derived/{graph[cut:]}"


def superclasses(name: str) -> tuple[str, ...]:
    """Return all superclasses of a class, nearest first, as CURIEs."""
    found: list[str] = []
    queue = list(SUPERCLASSES.get(name, ()))
    while queue:
        here = queue.pop(0)
        if here not in found:
            found.append(here)
            queue.extend(SUPERCLASSES.get(here, ()))
    return tuple(found)


STANDINGS = tuple(name for name in SUPERCLASSES if "cev:Assertion" in superclasses(name))
ASSERTIONS = ("cev:Assertion", *STANDINGS)
