"""RDF files: parsing with the place of a fault, and the one layout in which the graph is written."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TypeAlias

import pyoxigraph as ox

from kgtools.faults import Fault

IRI = ox.NamedNode
Literal = ox.Literal
Blank = ox.BlankNode
Triple = ox.Triple
Quad = ox.Quad
Term: TypeAlias = ox.NamedNode | ox.Literal | ox.BlankNode | ox.Triple

FORMATS = {
    "turtle": ox.RdfFormat.TURTLE, "trig": ox.RdfFormat.TRIG, "nquads": ox.RdfFormat.N_QUADS,
    "ntriples": ox.RdfFormat.N_TRIPLES, "jsonld": ox.RdfFormat.JSON_LD, "rdfxml": ox.RdfFormat.RDF_XML,
}  # fmt: skip
_SHOWN = {"turtle": "Turtle", "trig": "TriG", "nquads": "N-Quads", "ntriples": "N-Triples", "jsonld": "JSON-LD"}
_RDF_TYPE = "http://www.w3.org/1999/02/22-rdf-syntax-ns#type"
_LABEL = "http://www.w3.org/2000/01/rdf-schema#label"


def parse_text(text: str | bytes, where: str, base: str | None = None) -> list[Triple]:
    """Return the triples of a Turtle text; raise Fault with line and column at the first error of syntax."""
    try:
        return [quad.triple for quad in ox.parse(text, format=ox.RdfFormat.TURTLE, base_iri=base)]
    except SyntaxError as error:
        raise Fault(_place(where, error), _message(error), "mend the Turtle there") from error
    except ValueError as error:
        raise Fault(where, str(error), "mend the Turtle there") from error


def parse_quads(raw: bytes, form: str, where: str) -> list[Quad]:
    """Return the quads of bytes in one of FORMATS, blank nodes under names of their own; raise Fault at the first error.

    Nothing is fetched: a remote context of JSON-LD is an error.
    """
    with _told(form, where):
        return list(ox.parse(raw, format=FORMATS[form], rename_blank_nodes=True))


def lines(raw: bytes, form: str, where: str) -> bytes:
    """Return what `parse_quads` would as N-Triples, without the graphs; raise Fault at the first error."""
    with _told(form, where):
        quads = ox.parse(raw, format=FORMATS[form], rename_blank_nodes=True)
        one_graph = form in ("turtle", "ntriples")
        return serialise(quads if one_graph else (quad.triple for quad in quads), "ntriples")


@contextmanager
def _told(form: str, where: str) -> Iterator[None]:
    try:
        yield
    except SyntaxError as error:
        raise Fault(_place(where, error), _message(error), f"mend the {_SHOWN.get(form, form)} there") from error
    except (ValueError, OSError) as error:
        raise Fault(where, " ".join(str(error).split()), f"mend the {_SHOWN.get(form, form)} there") from error


def parse_own_quads(data: bytes) -> list[Quad]:
    """Return the quads of N-Quads of our own writing, blank nodes under the names that they have there."""
    return list(ox.parse(data, format=ox.RdfFormat.N_QUADS))


def parse_triples(data: bytes) -> list[Triple]:
    """Return the triples of N-Triples of our own writing."""
    return [quad.triple for quad in ox.parse(data, format=ox.RdfFormat.N_TRIPLES)]


def parse_file(path: Path) -> list[Triple]:
    """Return the triples of a Turtle file; raise Fault if it cannot be read or parsed."""
    return parse_text(read(path), str(path))


def read(path: Path) -> bytes:
    """Return the bytes of a file that is UTF-8; raise Fault if it cannot be read or is not."""
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise Fault(str(path), error.strerror or "cannot be read", "check the path and its permissions") from error
    try:
        if not raw.isascii():
            raw.decode("utf-8")
    except UnicodeDecodeError as error:
        raise Fault(str(path), f"byte {error.start} is not UTF-8", "save the file as UTF-8") from error
    return raw


def _place(where: str, error: SyntaxError) -> str:
    return f"{where}, line {error.lineno}, column {error.offset}" if error.lineno else where


def _message(error: SyntaxError) -> str:
    text = re.sub(r"^Parser error (at|between) .*?: ", "", str(error.msg)).rstrip(".")
    return text or "not Turtle"


def write(triples: Iterable[Triple], prefixes: Mapping[str, str]) -> str:
    """Return triples in the canonical layout: the given prefixes that occur, subjects and predicates sorted, one blank
    line between subjects, LF; the same text for any order of the same triples. Blank nodes are not allowed."""
    listed = ordered(set(triples))
    used = _used(listed, prefixes)
    body = serialise((Quad(t.subject, t.predicate, t.object) for t in listed), "turtle", used).decode("utf-8")
    head: list[str] = []
    statements: list[str] = []
    for line in body.split("\n"):
        (head if line.startswith("@prefix ") else statements).append(line)
    text = "\n".join(sorted(head)) + "\n"
    for line in statements:
        if line and not line.startswith("\t"):
            text += "\n"
        text += line.replace("\t", "    ", 1) + "\n" if line else ""
    return text


def serialise(quads: Iterable[Quad] | Iterable[Triple], form: str, prefixes: Mapping[str, str] | None = None) -> bytes:
    """Return quads or triples in one of FORMATS, in the order given."""
    data = ox.serialize(quads, format=FORMATS[form], prefixes=dict(prefixes or {}))
    return data or b""


def canonical(quads: Iterable[Quad]) -> str:
    """Return quads as canonical N-Quads in code point order (RDFC-1.0, section 5); raise ValueError at a blank node.

    Where there is no blank node, the algorithm of section 4.4 has nothing to rename, and the serialisation is all of it.
    """
    listed = set(quads)
    if any(isinstance(term, Blank) for quad in listed for term in (quad.subject, quad.object)):
        raise ValueError("a blank node has no name to be cited by")
    return "".join(f"{line}\n" for line in sorted(serialise(listed, "nquads").decode("utf-8").split("\n")[:-1]))


def ordered(triples: Iterable[Triple]) -> list[Triple]:
    """Return triples in the order of the canonical layout."""
    return sorted(triples, key=_order)


def _order(triple: Triple) -> tuple[str, int, str, str]:
    predicate = triple.predicate.value
    rank = 0 if predicate == _RDF_TYPE else 1 if predicate == _LABEL else 2
    return str(triple.subject), rank, predicate, str(triple.object)


def _used(triples: Iterable[Triple], prefixes: Mapping[str, str]) -> dict[str, str]:
    spaces = {value: name for name, value in prefixes.items()}
    found: set[str] = set()
    for triple in triples:
        for iri in _iris(triple):
            cut = max(iri.rfind("#"), iri.rfind("/")) + 1
            if iri[:cut] in spaces:
                found.add(iri[:cut])
    return {spaces[value]: value for value in found}


def _iris(triple: Triple) -> list[str]:
    iris = [term.value for term in (triple.subject, triple.predicate, triple.object) if isinstance(term, IRI)]
    if isinstance(triple.object, Literal):
        iris.append(triple.object.datatype.value)
    return iris
