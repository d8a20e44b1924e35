"""What a dossier's way into and out of a SPARQL service is written as: update requests, and the bookkeeping beside it."""

from __future__ import annotations

import gzip
from base64 import b64decode, b64encode
from collections.abc import Iterable, Iterator, Mapping, Sequence

from kgtools import vocab
from kgtools.store.books import DIGEST, FILE, RULES
from kgtools.store.interface import Dossier
from kgtools.turtle import IRI, Literal, Triple, serialise

_OURS = f"{vocab.DATA}graph/"
ALL = f"{_OURS}all"
HELD = f"{_OURS}held"
KEPT = f"{_OURS}kept"
BEFORE = IRI(f"{HELD}#before")
_FORM = f"<{HELD}> <{HELD}#form>"
MARK, SHOWN = f'{_FORM} "1"', f'{_FORM} "withdrawn"'
_PIECE, _FEW = 1_000_000, 400


def opening(graph: str, file: str = "") -> list[str]:
    """Return the updates that mark a dossier as being changed (hash empty) and take it and what was derived from it away.

    The union loses what no other graph says, before the named graphs are emptied, and the books know of the dossier until the
    end: a rerun after a kill finds what to take away.
    """
    name, derived = IRI(graph), IRI(vocab.derived_graph(graph))
    held = f"GRAPH <{HELD}> {{ {name} {DIGEST} ?digest }}"
    others = ", ".join(map(str, (name, derived, IRI(ALL), IRI(HELD), IRI(KEPT))))
    elsewhere = f"GRAPH ?other {{ ?s ?p ?o }} FILTER(?other NOT IN ({others}))"
    known = f" ; {FILE} {Literal(file)}" if file else ""
    stays = (BEFORE, DIGEST) if file else (BEFORE, DIGEST, FILE)
    return [
        f'INSERT {{ GRAPH <{HELD}> {{ {name} {BEFORE} ?digest }} }} WHERE {{ {held} FILTER(?digest != "") }}',
        f'DELETE {{ GRAPH <{HELD}> {{ {name} {DIGEST} ?digest }} }} WHERE {{ {held} FILTER(?digest != "") }}',
        *_noted_no_more(name, stays),
        f'INSERT DATA {{ GRAPH <{HELD}> {{ {name} {DIGEST} ""{known} . {MARK} }} }}',
        *_noted_no_more(derived, ()),
        *(
            f"DELETE {{ GRAPH <{ALL}> {{ ?s ?p ?o }} }}"
            f" WHERE {{ GRAPH {one} {{ ?s ?p ?o }} FILTER NOT EXISTS {{ {elsewhere} }} }}"
            for one in (name, derived)
        ),
        *(f"CLEAR SILENT GRAPH {one}" for one in (name, derived)),
        f"DELETE WHERE {{ GRAPH <{KEPT}> {{ {name} ?place ?piece }} }}",
    ]


def closing(graph: str, gone: bool) -> list[str]:
    """Return the updates after which a dossier counts as held as it is noted, or is gone but for the hashes that it had."""
    name = IRI(graph)
    return _noted_no_more(name, (BEFORE,)) if gone else [f'DELETE DATA {{ GRAPH <{HELD}> {{ {name} {DIGEST} "" }} }}']


def _noted_no_more(node: IRI, stays: Sequence[IRI]) -> list[str]:
    kept = f" FILTER(?p NOT IN ({', '.join(map(str, stays))}))" if stays else ""
    return [f"DELETE {{ GRAPH <{HELD}> {{ {node} ?p ?o }} }} WHERE {{ GRAPH <{HELD}> {{ {node} ?p ?o }}{kept} }}"]


def insertion(contents: Mapping[str, Sequence[Triple]]) -> str:
    """Return the update that puts triples into named graphs."""
    blocks = (
        f"GRAPH {IRI(graph)} {{\n{serialise(triples, 'ntriples').decode('utf-8')}}}" for graph, triples in contents.items()
    )
    return f"INSERT DATA {{ {' '.join(blocks)} }}"


def copy(graph: str) -> str:
    """Return the update that puts what a named graph holds into the union."""
    return f"INSERT {{ GRAPH <{ALL}> {{ ?s ?p ?o }} }} WHERE {{ GRAPH {IRI(graph)} {{ ?s ?p ?o }} }}"


def kept(dossier: Dossier) -> Iterator[str]:
    """Yield the updates that keep a dossier's file as it was written, packed, in pieces that every service takes.

    Engines write literals anew (`1.50` becomes `1.5`), so a file cannot be had back from what they answer.
    """
    text = b64encode(gzip.compress(dossier.content, 6, mtime=0)).decode("ascii")
    for place, start in enumerate(range(0, len(text), _PIECE)):
        piece = Literal(text[start : start + _PIECE])
        yield f"INSERT DATA {{ GRAPH <{KEPT}> {{ {IRI(dossier.graph)} <{KEPT}#{place:06}> {piece} }} }}"


def kept_pieces(graphs: Sequence[str]) -> str:
    """Return the question to the graph of kept files for the pieces of some, each with its graph and its place."""
    listed = " ".join(str(IRI(graph)) for graph in graphs)
    return f"SELECT ?graph ?place ?piece {{ VALUES ?graph {{ {listed} }} ?graph ?place ?piece }}"


def unpacked(pieces: Iterable[str]) -> bytes:
    """Return the file that was kept in pieces; raise ValueError, OSError or EOFError if they are none."""
    return gzip.decompress(b64decode("".join(pieces), validate=True))


def notes(entries: Sequence[Triple], shown: bool) -> list[str]:
    """Return the updates that put entries into the books; shown: withdrawn records are part of the store."""
    marks = f"{MARK} . {SHOWN}" if shown else MARK
    parts = [entries[start : start + _FEW] for start in range(0, len(entries), _FEW)]
    texts = (serialise(part, "ntriples").decode("utf-8") for part in parts)
    return [f"INSERT DATA {{ GRAPH <{HELD}> {{ {marks} .\n{text}}} }}" for text in texts]


def is_noted(dossier: Dossier) -> str:
    """Return the question to the books whether a dossier is held as it is now."""
    derived = IRI(vocab.derived_graph(dossier.graph))
    one, other = Literal(dossier.digest), Literal(dossier.read_digest)
    done = f'FILTER NOT EXISTS {{ {IRI(dossier.graph)} {DIGEST} "" }}'
    rules = Literal(dossier.rules)
    return f"ASK {{ {IRI(dossier.graph)} {DIGEST} {one} . {derived} {DIGEST} {other} ; {RULES} {rules} {done} }}"


def is_not_noted(graph: str) -> str:
    """Return the question to the books whether a dossier is not held."""
    return f"ASK {{ FILTER NOT EXISTS {{ {IRI(graph)} {DIGEST} ?digest }} }}"


def is_of_version(graph: str, version: str) -> str:
    """Return the question to the books whether a graph of the model is held in a version."""
    return f"ASK {{ {IRI(graph)} {RULES} {Literal(version)} }}"
