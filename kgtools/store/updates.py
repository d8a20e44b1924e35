"""What a dossier's way into and out of a SPARQL service is written as: update requests, and the bookkeeping beside it."""

from __future__ import annotations

import gzip
from base64 import b64decode, b64encode
from collections.abc import Iterable, Iterator, Mapping

import pyoxigraph as ox

from kgtools import vocab
from kgtools.turtle import IRI, Literal, Triple, serialise

_OURS = f"{vocab.DATA}graph/"
ALL = f"{_OURS}all"
HELD = f"{_OURS}held"
KEPT = f"{_OURS}kept"
_PIECE = 1_000_000
DIGEST, BEFORE, DERIVED, APART, FORM = (f"<{HELD}#{name}>" for name in ("digest", "before", "derived", "apart", "form"))
MARK = f"<{HELD}> {FORM} 1"


def derived_name(graph: str) -> str:
    """Return the IRI of the graph that holds the facts derived from a dossier."""
    head, slash, slug = graph.rpartition("/")
    return f"{head}{slash}derived/{slug}"


def removal(graph: str) -> list[str]:
    """Return the updates that take a dossier and what was derived from it away, its hash first.

    The union loses what the named graphs hold before these are emptied, so that a rerun after a kill finds what to take away.
    """
    name, derived = IRI(graph), IRI(derived_name(graph))
    noted = f"GRAPH <{HELD}> {{ {name} {DIGEST} ?digest }}"
    return [
        f"INSERT {{ GRAPH <{HELD}> {{ {name} {BEFORE} ?digest }} }} WHERE {{ {noted} }}",
        f"DELETE WHERE {{ {noted} }}",
        *(f"DELETE {{ GRAPH <{ALL}> {{ ?s ?p ?o }} }} WHERE {{ GRAPH {one} {{ ?s ?p ?o }} }}" for one in (name, derived)),
        *(f"CLEAR SILENT GRAPH {one}" for one in (name, derived)),
        f"DELETE WHERE {{ GRAPH <{KEPT}> {{ {name} ?place ?piece }} }}",
    ]


def kept(graph: str, triples: Iterable[Triple]) -> Iterator[str]:
    """Yield the updates that keep a dossier's triples as they were written, packed, in pieces that every service takes.

    Engines write literals anew (`1.50` becomes `1.5`), so a file cannot be had back from what they answer.
    """
    text = b64encode(gzip.compress(serialise(triples, "ntriples"), 6, mtime=0)).decode("ascii")
    for place, start in enumerate(range(0, len(text), _PIECE)):
        piece = Literal(text[start : start + _PIECE])
        yield f"INSERT DATA {{ GRAPH <{KEPT}> {{ {IRI(graph)} <{KEPT}#{place:06}> {piece} }} }}"


def kept_pieces(graph: str) -> str:
    """Return the question to the graph of kept dossiers for the pieces of one, in order."""
    return f"SELECT ?piece {{ {IRI(graph)} ?place ?piece }} ORDER BY ?place"


def unpacked(pieces: Iterable[str]) -> list[Triple]:
    """Return the triples that were kept in pieces; raise ValueError, OSError, EOFError or SyntaxError if they are none."""
    data = gzip.decompress(b64decode("".join(pieces), validate=True))
    return [quad.triple for quad in ox.parse(data, format=ox.RdfFormat.N_TRIPLES)]


def insertion(contents: Mapping[str, list[Triple]]) -> str:
    """Return the update that puts triples into named graphs."""
    blocks = (
        f"GRAPH {IRI(graph)} {{\n{serialise(triples, 'ntriples').decode('utf-8')}}}" for graph, triples in contents.items()
    )
    return f"INSERT DATA {{ {' '.join(blocks)} }}"


def copy(graph: str) -> str:
    """Return the update that puts what a named graph holds into the union."""
    return f"INSERT {{ GRAPH <{ALL}> {{ ?s ?p ?o }} }} WHERE {{ GRAPH {IRI(graph)} {{ ?s ?p ?o }} }}"


def note(graph: str, digest: str) -> str:
    """Return the update that notes a dossier as held."""
    told = f"{IRI(graph)} {DIGEST} {Literal(digest)} ; {DERIVED} {IRI(derived_name(graph))}"
    return f"INSERT DATA {{ GRAPH <{HELD}> {{ {told} . {MARK} }} }}"


def note_apart(graph: str) -> str:
    """Return the update that notes a graph which is no dossier."""
    return f"INSERT DATA {{ GRAPH <{HELD}> {{ {IRI(graph)} {APART} 1 . {MARK} }} }}"


def is_noted(graph: str, digest: str) -> str:
    """Return the question to the bookkeeping whether a dossier is held with a hash."""
    return f"ASK {{ {IRI(graph)} {DIGEST} {Literal(digest)} }}"


def is_not_noted(graph: str) -> str:
    """Return the question to the bookkeeping whether a dossier is not held."""
    return f"ASK {{ FILTER NOT EXISTS {{ {IRI(graph)} {DIGEST} ?digest }} }}"


def is_noted_apart(graph: str) -> str:
    """Return the question to the bookkeeping whether a graph is there that is no dossier."""
    return f"ASK {{ {IRI(graph)} {APART} 1 }}"
