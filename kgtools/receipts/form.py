"""The form of a receipt: what may stand in the file, and its records as JSON-LD 1.1 with prefixes only.

The record part is a small corner of JSON-LD that every processor reads in one way: a context of prefixes, one named graph for
each file of the graph, one node object for each record, values as `{"@id"}` or `{"@value"}` with `@type` or `@language`. Keys
that are none of JSON-LD's stand for nothing there (JSON-LD 1.1 API, section 5.1.2, step 13.3: a key that expands to neither
an IRI nor a keyword is dropped), so a context that gave one of them a meaning is refused.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from kgtools import vocab
from kgtools.receipts.tree import Step
from kgtools.turtle import IRI, Literal, Quad

FORMAT = "https://w3id.org/cev/receipt/1"
KEYS = ("@context", "@graph", "format", "kgtools", "of", "roll", "root", "seal", "tree")
OPTIONAL = ("texts",)

# Edges along which a receipt is complete: what a record of it points at by one of these is a record of it too.
FOLLOWED = tuple(
    vocab.iri(name)
    for name in (
        "cev:claims", "cev:reports", "cev:foundIn", "cev:attributedBy", "cev:inSource", "cev:onBehalfOf", "cev:creditedTo",
        "prov:wasAttributedTo", "prov:wasGeneratedBy", "prov:wasAssociatedWith", "oa:hasSource", "dcterms:publisher",
        "dcterms:creator", "dcterms:isPartOf", "cev:knownThrough", "schema:translationOfWork", "schema:about", "cev:explains",
        "cev:accuses", "cev:response", "cev:onCondition", "cev:claimedAffiliation", "cev:oneOf",
    )
)  # fmt: skip
CLAIMS = frozenset(vocab.iri(name) for name in ("cev:Claim", "cev:Explanation"))
ASSERTIONS = frozenset(vocab.iri(name) for name in vocab.ASSERTIONS)

_RDF_TYPE = vocab.iri("rdf:type")
_PLAIN = (vocab.iri("xsd:string"), vocab.iri("rdf:langString"))
PREFIX = re.compile(r"[A-Za-z][A-Za-z0-9-]*")
# IRIs of RFC 3987, section 2.2, without user names, addresses in brackets and signs that are neither letters nor digits: so
# plain that no two processors read one differently.
_SIGN = r"(?:[\w.~!$&'()*+,;=:@/-]|%[0-9A-Fa-f]{2})"
_HOST = r"//[\w.~!$&'()*+,;=-]*(?::[0-9]*)?(?=[/?#]|$)"
PLAIN_IRI = re.compile(rf"[A-Za-z][A-Za-z0-9+.-]*:(?:(?!//)|{_HOST}){_SIGN}*(?:\?(?:{_SIGN}|\?)*)?(?:\#(?:{_SIGN}|\?)*)?")
LANGUAGE = re.compile(r"[a-z]{2,3}(-[a-z]{4})?(-([a-z]{2}|[0-9]{3}))?")  # RFC 5646, 2.1: language, script, region
DIGEST = re.compile(r"[0-9a-f]{64}")

Value = Mapping[str, str]


@dataclass(frozen=True)
class Proof:
    """A record's IRI, the hash of its leaf, and the path from there to its file's root."""

    subject: str
    hash: bytes
    path: tuple[Step, ...]


@dataclass(frozen=True)
class Section:
    """What a receipt has of one file: its name, graph and root, the path to the release's root, and its records' proofs."""

    file: str
    graph: str
    root: bytes
    release: tuple[Step, ...]
    proofs: tuple[Proof, ...]


@dataclass(frozen=True)
class Roll:
    """The assertions of the claim, the path to the root of all rolls, that root, and the path to the release's root."""

    assertions: tuple[str, ...]
    path: tuple[Step, ...]
    root: bytes
    release: tuple[Step, ...]


@dataclass(frozen=True)
class Receipt:
    """A receipt as read: its bytes, those that its content has as canonical JSON, the JSON; IRIs in full, quads by graph and
    subject."""

    raw: bytes
    canonical: bytes
    value: dict[str, Any]
    claim: str
    root: bytes
    seal: str
    sections: tuple[Section, ...]
    roll: Roll
    records: dict[tuple[str, str], tuple[Quad, ...]]
    texts: dict[str, str]
    prefixes: dict[str, str]

    @cached_property
    def _index(self) -> dict[str, dict[str, set[str]]]:
        found: dict[str, dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
        for (_, subject), quads in self.records.items():
            for quad in quads:
                found[subject][quad.predicate.value].add(str(getattr(quad.object, "value", "")))
        return found

    def values(self, subject: str, name: str) -> list[str]:
        """Return the values of a property (CURIE of the model) that a subject has in any record, sorted."""
        return sorted(self._index[subject].get(vocab.iri(name), ())) if subject in self._index else []

    def subjects(self, classes: Collection[str]) -> list[str]:
        """Return the subjects that are of one of some classes (IRIs), sorted."""
        return sorted(one for one, known in self._index.items() if not known.get(_RDF_TYPE, set()).isdisjoint(classes))


class Names:
    """Compact IRIs of a context being built: the prefixes that were used are kept."""

    def __init__(self, prefixes: Mapping[str, str]) -> None:
        taken = {*KEYS, *OPTIONAL}
        self._known = {
            name: space
            for name, space in prefixes.items()
            if name not in taken and PREFIX.fullmatch(name) and is_namespace(space)
        }
        self.used: dict[str, str] = {}

    def short(self, iri: str) -> str:
        """Return the compact IRI, or the IRI where no prefix fits."""
        found = vocab.curie(iri, self._known)
        if found != iri:
            name = found.partition(":")[0]
            self.used[name] = self._known[name]
        return found


def is_namespace(text: str) -> bool:
    """Say whether a text may be the namespace of a prefix: an IRI that ends in / or #."""
    return text.endswith(("/", "#")) and PLAIN_IRI.fullmatch(text) is not None


def expand(name: str, prefixes: Mapping[str, str]) -> str:
    """Return the IRI of a compact IRI (JSON-LD 1.1 API, section 5.2.2, step 6); an IRI stays as it is."""
    prefix, colon, local = name.partition(":")
    return prefixes[prefix] + local if colon and prefix in prefixes and not local.startswith("//") else name


def node_object(quads: Iterable[Quad], names: Names) -> dict[str, Any]:
    """Return one record as a JSON-LD node object, values sorted."""
    ordered = sorted(set(quads), key=str)
    node: dict[str, Any] = {}
    for quad in ordered:
        node["@id"] = names.short(getattr(quad.subject, "value", ""))
        if quad.predicate.value == _RDF_TYPE and isinstance(quad.object, IRI):
            node.setdefault("@type", []).append(names.short(quad.object.value))
        else:
            node.setdefault(names.short(quad.predicate.value), []).append(_value_object(quad.object, names))
    return node


def _value_object(term: object, names: Names) -> Value:
    if isinstance(term, IRI):
        return {"@id": names.short(term.value)}
    if not isinstance(term, Literal):
        raise ValueError(f"{term} is neither an IRI nor a literal")
    if term.language:
        return {"@language": term.language, "@value": term.value}
    if term.datatype.value in _PLAIN:
        return {"@value": term.value}
    return {"@type": names.short(term.datatype.value), "@value": term.value}


def quads_of(node: Mapping[str, Any], graph: str, prefixes: Mapping[str, str]) -> tuple[Quad, ...]:
    """Return the quads of a node object; raise ValueError where it leaves the form."""
    subject, where = plain_iri(node.get("@id"), prefixes), plain_iri(graph, {})
    quads: list[Quad] = []
    for key, values in node.items():
        if key == "@id":
            continue
        if not isinstance(values, list) or not values:
            raise ValueError(f"the values of {key[:80]!a} are not a list")
        predicate = IRI(_RDF_TYPE) if key == "@type" else plain_iri(key, prefixes)
        terms = [plain_iri(one, prefixes) for one in values] if key == "@type" else _terms(values, prefixes)
        quads.extend(Quad(subject, predicate, term, where) for term in terms)
    return tuple(quads)


def plain_iri(name: object, prefixes: Mapping[str, str]) -> IRI:
    """Return the IRI that a name stands for; raise ValueError if it is none, or one of more than plain signs."""
    if not isinstance(name, str) or name.startswith(("@", "_:")) or ":" not in name:
        raise ValueError(f"{str(name)[:80]!a} is no IRI")
    full = expand(name, prefixes)
    if not PLAIN_IRI.fullmatch(full):
        raise ValueError(f"{full[:80]!a} is no plain IRI")
    return IRI(full)


def _terms(values: Sequence[Any], prefixes: Mapping[str, str]) -> list[IRI | Literal]:
    return [_term(value, prefixes) for value in values]


def _term(value: object, prefixes: Mapping[str, str]) -> IRI | Literal:
    if not isinstance(value, dict) or not all(isinstance(one, str) for one in value.values()):
        raise ValueError("a value is not an object of texts")
    keys = sorted(value)
    if keys == ["@id"]:
        return plain_iri(value["@id"], prefixes)
    if keys == ["@value"]:
        return Literal(value["@value"])
    if keys == ["@language", "@value"] and LANGUAGE.fullmatch(value["@language"]):
        return Literal(value["@value"], language=value["@language"])
    if keys == ["@type", "@value"]:
        datatype = plain_iri(value["@type"], prefixes)
        if datatype.value not in _PLAIN:
            return Literal(value["@value"], datatype=datatype)
    raise ValueError(f"a value with {', '.join(keys)[:80]!a} is not of a receipt's form")
