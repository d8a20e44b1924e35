"""Turtle in the canonical layout written as text, without parsing: what `kgtools fmt` would write of the same triples."""

from __future__ import annotations

from functools import cache

from kgtools import vocab

BASE = "https://example.org/synthetic/"
PREFIXES = {**vocab.PREFIXES, **{name: f"{BASE}{name}/" for name in vocab.DATA_PREFIXES}}
Properties = list[tuple[str, str | list[str]]]


@cache
def _order(predicate: str) -> tuple[int, str]:
    return (0 if predicate == "rdfs:label" else 1), vocab.iri(predicate, PREFIXES)


def _iri(term: str) -> str:
    """Return the sort key of a CURIE, an IRI or a literal."""
    prefix, colon, local = term.partition(":")
    return f"<{PREFIXES[prefix]}{local}>" if colon and prefix in PREFIXES else term


class Records:
    """The records of one file: each a subject with its class and properties, given as CURIEs and literals in Turtle."""

    def __init__(self) -> None:
        self.subjects: dict[str, tuple[str, Properties]] = {}

    def add(self, name: str, kind: str, properties: Properties) -> None:
        """Add a record; raise ValueError if the subject has one already."""
        if name in self.subjects:
            raise ValueError(f"{name} is described twice")
        self.subjects[name] = kind, properties

    def extend(self, name: str, properties: Properties) -> None:
        """Add properties to a record; values of a property that it has already are added to that property's."""
        held = self.subjects[name][1]
        for predicate, value in properties:
            old = [o for p, v in held if p == predicate for o in ([v] if isinstance(v, str) else v)]
            held[:] = [pair for pair in held if pair[0] != predicate]
            held.append((predicate, [*old, *([value] if isinstance(value, str) else value)]))

    def remove(self, name: str, predicate: str) -> None:
        """Take a property away from a record."""
        held = self.subjects[name][1]
        held[:] = [pair for pair in held if pair[0] != predicate]

    def has(self, name: str, predicate: str) -> bool:
        """Say whether a record has a property."""
        return any(pair[0] == predicate for pair in self.subjects[name][1])

    def with_property(self, predicate: str) -> list[str]:
        """Return the subjects that have a property, in the order in which they were added."""
        return [name for name in self.subjects if self.has(name, predicate)]

    def write(self) -> tuple[str, int]:
        """Return the file's text and how many triples it has."""
        blocks = []
        count = 0
        for name in sorted(self.subjects, key=lambda one: one.replace(":", "/", 1) + ">"):
            kind, properties = self.subjects[name]
            lines = [f"{name} a {kind}"]
            count += 1
            for predicate, value in sorted(properties, key=lambda pair: _order(pair[0])):
                if isinstance(value, list):
                    value = sorted(set(value), key=_iri)
                    count += len(value)
                    lines.append(f"    {predicate} {' , '.join(value)}")
                else:
                    count += 1
                    lines.append(f"    {predicate} {value}")
            blocks.append(" ;\n".join(lines) + " .\n")
        body = "\n".join(blocks)
        return f"{self._head(body)}\n{body}", count

    def _head(self, body: str) -> str:
        """Return the prefix lines: every prefix that occurs, and those of the datatypes that Turtle leaves out."""
        used = {name for name in PREFIXES if f" {name}:" in body or f"\n{name}:" in body or f"^^{name}:" in body}
        used |= {"rdf"}  # rdf:type, and rdf:langString of every text with a language
        if body.startswith(tuple(f"{name}:" for name in PREFIXES)):
            used.add(body.partition(":")[0])
        if _plain(body):
            used.add("xsd")
        return "".join(sorted(f"@prefix {name}: <{PREFIXES[name]}> .\n" for name in used))


def _plain(body: str) -> bool:
    """Say whether a text has a literal of XML Schema: a plain string, or a number or truth value without quotes."""
    return any(sign in body for sign in ('" ;\n', '" .\n', '" ,', "^^xsd:")) or any(
        f" {digit}" in body for digit in ("cev:end ", "cev:value ", "cev:length ", "cev:readerNumber ")
    )
