"""What a dossier's way into and out of a SPARQL service is written as: update requests, and the bookkeeping beside it."""

from __future__ import annotations

import gzip
from base64 import b64decode, b64encode
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from kgtools import vocab
from kgtools.store.books import DIGEST, FILE
from kgtools.store.interface import Dossier
from kgtools.turtle import IRI, Literal, Triple, serialise

_OURS = f"{vocab.DATA}graph/"
ALL = f"{_OURS}all"
HELD = f"{_OURS}held"
KEPT = f"{_OURS}kept"
BEFORE, VERSION = IRI(f"{HELD}#before"), IRI(f"{HELD}#version")
VERSIONS = f"SELECT ?version WHERE {{ <{HELD}> {VERSION} ?version }}"
_FORM = f"<{HELD}> <{HELD}#form>"
MARK, SHOWN = f'{_FORM} "1"', f'{_FORM} "withdrawn"'
_PIECE, _FEW = 1_000_000, 400


@dataclass(frozen=True)
class Step:
    """One operation of an update: what it takes away and puts in, and where that is found."""

    gone: str = ""
    come: str = ""
    where: str = ""

    def text(self, only: str = "") -> str:
        """Return it as SPARQL, to be carried out only where a further pattern holds, if one is given."""
        where = f"{only} {self.where}".strip()
        parts = [(verb, what) for verb, what in (("DELETE", self.gone), ("INSERT", self.come)) if what]
        if not where:
            return " ; ".join(f"{verb} DATA {{ {what} }}" for verb, what in parts)
        return " ".join([*(f"{verb} {{ {what} }}" for verb, what in parts), f"WHERE {{ {where} }}"])


def claim(versions: Sequence[str], version: str) -> str:
    """Return the update that puts a version in the place of all others, if those that were read are still there."""
    new = _version(Literal(version))
    if versions:
        known = " ".join(map(stands, versions))
        return Step(_version("?version"), new, f"{known} {_version('?version')}").text()
    return Step("", new, f"FILTER NOT EXISTS {{ {_version('?version')} }}").text()


def turned(now: str, then: str) -> Step:
    """Return the update that puts the next version in the place of one."""
    return Step(stands(now), _version(Literal(then)), stands(now))


def stands(version: str) -> str:
    """Return the pattern that holds while a version stands."""
    return _version(Literal(version))


def doubted() -> list[str]:
    """Return the updates that mark every dossier as being changed, as `opening` marks one."""
    return [Step("", f'GRAPH <{HELD}> {{ ?name {DIGEST} "" }}', f"GRAPH <{HELD}> {{ ?name {FILE} ?file }}").text()]


def _version(term: object) -> str:
    return f"GRAPH <{HELD}> {{ <{HELD}> {VERSION} {term} }}"


def opening(graph: str, file: str = "") -> list[Step]:
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
    pieces = f"GRAPH <{KEPT}> {{ {name} ?place ?piece }}"
    return [
        Step("", f"GRAPH <{HELD}> {{ {name} {BEFORE} ?digest }}", f'{held} FILTER(?digest != "")'),
        Step(held, "", f'{held} FILTER(?digest != "")'),
        _noted_no_more(name, stays),
        Step("", f'GRAPH <{HELD}> {{ {name} {DIGEST} ""{known} . {MARK} }}'),
        _noted_no_more(derived, ()),
        *(Step(_all_of(ALL), "", f"{_all_of(one.value)} FILTER NOT EXISTS {{ {elsewhere} }}") for one in (name, derived)),
        *(Step(_all_of(one.value), "", _all_of(one.value)) for one in (name, derived)),
        Step(pieces, "", pieces),
    ]


def closing(graph: str, gone: bool) -> list[Step]:
    """Return the updates after which a dossier counts as held as it is noted, or is gone but for the hashes that it had."""
    name = IRI(graph)
    return [_noted_no_more(name, (BEFORE,)) if gone else Step(f'GRAPH <{HELD}> {{ {name} {DIGEST} "" }}')]


def _noted_no_more(node: IRI, stays: Sequence[IRI]) -> Step:
    kept = f" FILTER(?p NOT IN ({', '.join(map(str, stays))}))" if stays else ""
    said = f"GRAPH <{HELD}> {{ {node} ?p ?o }}"
    return Step(said, "", said + kept)


def insertion(contents: Mapping[str, Sequence[Triple]]) -> Step:
    """Return the update that puts triples into named graphs."""
    blocks = (
        f"GRAPH {IRI(graph)} {{\n{serialise(triples, 'ntriples').decode('utf-8')}}}" for graph, triples in contents.items()
    )
    return Step("", " ".join(blocks))


def copy(graph: str) -> Step:
    """Return the update that puts what a named graph holds into the union."""
    return Step("", _all_of(ALL), _all_of(graph))


def _all_of(graph: str) -> str:
    return f"GRAPH {IRI(graph)} {{ ?s ?p ?o }}"


def kept(dossier: Dossier) -> Iterator[Step]:
    """Yield the updates that keep a dossier's file as it was written, packed, in pieces that every service takes.

    Engines write literals anew (`1.50` becomes `1.5`), so a file cannot be had back from what they answer.
    """
    text = b64encode(gzip.compress(dossier.content, 6, mtime=0)).decode("ascii")
    for place, start in enumerate(range(0, len(text), _PIECE)):
        piece = Literal(text[start : start + _PIECE])
        yield Step("", f"GRAPH <{KEPT}> {{ {IRI(dossier.graph)} <{KEPT}#{place:06}> {piece} }}")


def kept_pieces(graphs: Sequence[str]) -> str:
    """Return the question to the graph of kept files for the pieces of some, each with its graph and its place."""
    listed = " ".join(str(IRI(graph)) for graph in graphs)
    return f"SELECT ?graph ?place ?piece {{ VALUES ?graph {{ {listed} }} ?graph ?place ?piece }}"


def unpacked(pieces: Iterable[str]) -> bytes:
    """Return the file that was kept in pieces; raise ValueError, OSError or EOFError if they are none."""
    return gzip.decompress(b64decode("".join(pieces), validate=True))


def notes(entries: Sequence[Triple], shown: bool) -> list[Step]:
    """Return the updates that put entries into the books; shown: withdrawn records are part of the store."""
    marks = f"{MARK} . {SHOWN}" if shown else MARK
    parts = [entries[start : start + _FEW] for start in range(0, len(entries), _FEW)]
    texts = (serialise(part, "ntriples").decode("utf-8") for part in parts)
    return [Step("", f"GRAPH <{HELD}> {{ {marks} .\n{text}}}") for text in texts]
