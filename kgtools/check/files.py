"""What needs the files themselves: layout, blank nodes, one home per subject, dates in the calendar."""

from __future__ import annotations

import re
from collections.abc import Container, Iterator
from functools import cache

from kgtools import dates, keep, vocab
from kgtools.faults import Finding
from kgtools.space import Space
from kgtools.turtle import IRI, Blank, Literal, Triple, parse_file, write

_EDTF = vocab.iri("edtf:EDTF")
_DATE = vocab.iri("xsd:date")


def findings(space: Space, only: Container[str] | None = None) -> list[Finding]:
    """Return what is wrong with the files of a workspace, or with some of them, as files."""
    found: list[Finding] = []
    for path in space.workspace.files:
        name = space.workspace.relative(path)
        if only is None or name in only:
            found.extend(of_file(space, name, path.read_bytes(), parse_file(path)))
    return found


def of_file(space: Space, name: str, raw: bytes, triples: list[Triple]) -> list[Finding]:
    """Return what is wrong with one file of a workspace, given its bytes and what they parse to."""
    return [
        *_layout(space, raw, name, triples), *_description(space, name, triples), *_homes(space, name, triples),
        *_days(space, name, triples),
    ]  # fmt: skip


def _layout(space: Space, raw: bytes, name: str, triples: list[Triple]) -> Iterator[Finding]:
    """A file has the one layout, in which a blank node has no place."""
    if any(isinstance(term, Blank) for t in triples for term in (t.subject, t.object)):
        for line in _blank_lines(raw.decode("utf-8")) or [0]:
            where = f"{name}, line {line}" if line else name
            yield Finding(where, "holds a blank node", "give the node an IRI", "blank-node")
    elif not _laid_out(space, raw, triples):
        yield Finding(name, "is not in the canonical layout", "run `kgtools fmt`", "layout")


def _laid_out(space: Space, raw: bytes, triples: list[Triple]) -> bool:
    """Say whether a file is in the canonical layout; that it is so is kept by its content, for writing it anew takes long."""
    key = keep.key(_rules(), str(sorted(space.prefixes.items())), raw)
    if keep.kept("layout", key) is not None:
        return True
    good = raw == write(triples, space.prefixes).encode("utf-8")
    if good:
        keep.keep("layout", key, b"good")
    return good


@cache
def _rules() -> str:
    return keep.rules("turtle.py")


def _blank_lines(text: str) -> list[int]:
    """Return the lines of a Turtle text on which a blank node or a list begins, from 1."""
    found: list[int] = []
    line, before = 1, 0
    for place in (match.start() for match in _TOKEN.finditer(text) if match["blank"]):
        line += text.count("\n", before, place)
        before = place
        found.append(line)
    return sorted(set(found))


# What brackets may stand in without being any, then what makes a blank node (Turtle, section 6.5).
_TOKEN = re.compile(
    r'''"""(?:[^"\\]|\\.|"(?!""))*"""|\'{3}(?:[^'\\]|\\.|'(?!''))*\'{3}|"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*[']'''
    r"|<[^>\n]*>|#[^\n]*|(?P<blank>\[|\(|_:)",
    re.DOTALL,
)


def _description(space: Space, name: str, triples: list[Triple]) -> Iterator[Finding]:
    """A file describes itself by its own graph name: curator, licence, time of curation."""
    own = space.workspace.graph_name(name)
    if not any(isinstance(t.subject, IRI) and t.subject.value == own for t in triples):
        cure = f"add {space.short(own)} a cev:Dossier with dcterms:title, dcterms:license and prov:generatedAtTime"
        yield Finding(name, "does not describe itself", cure, "description")


def _homes(space: Space, name: str, triples: list[Triple]) -> Iterator[Finding]:
    for iri in dict.fromkeys(t.subject.value for t in triples if isinstance(t.subject, IRI)):
        home = space.workspace.home(iri)
        short = space.short(iri)
        if home is None and not _describes_itself(space, iri):
            yield Finding(f"{name} {short}", "has no home: no data prefix of workspace.ttl fits", "mend the prefix", "home")
        elif home is not None and home != name and not _in_own_file(space, iri, name):
            yield Finding(f"{name} {short}", f"has its home in {home}", "describe it there and only there", "home")


def _describes_itself(space: Space, iri: str) -> bool:
    return iri.startswith(space.workspace.data_prefixes["graph"])


def _in_own_file(space: Space, iri: str, name: str) -> bool:
    """A file describes itself (graph:stem) and the readings made for it (reading:stem-serial)."""
    kind, _, local = space.short(iri).partition(":")
    stem = name.rsplit("/", 1)[-1].removesuffix(".ttl")
    return kind in ("graph", "reading") and (local == stem or local.startswith(f"{stem}-"))


def _days(space: Space, name: str, triples: list[Triple]) -> Iterator[Finding]:
    for triple in triples:
        term = triple.object
        if isinstance(term, Literal) and term.datatype.value in (_EDTF, _DATE):
            try:
                if term.datatype.value == _EDTF:
                    dates.bounds(term.value)
                else:
                    dates.day(term.value)
            except ValueError as error:
                where = f"{name} {space.short(str(getattr(triple.subject, 'value', '')))}"
                what = f"{space.short(triple.predicate.value)}: {error}"
                yield Finding(where, what, "write a day, month or year of the calendar", "date")
