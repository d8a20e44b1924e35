"""The account of a document: for each sentence, the passages that cover it, or why it is set aside."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Mapping
from dataclasses import dataclass, field

from kgtools.archive import Span, Text
from kgtools.documents import Archived
from kgtools.space import Space

ENOUGH = 0.5


@dataclass(frozen=True)
class Piece:
    """A span of a document: the passage of some assertions, or set aside for a reason."""

    name: str
    start: int
    end: int
    reason: str


@dataclass
class Sentence:
    """One sentence with the passages that count for it and the spans that set it aside."""

    span: Span
    text: str
    pieces: list[Piece] = field(default_factory=list)

    def share(self, aside: bool) -> float:
        """Return the part of the sentence's length, from 0 to 1, that passages cover, or that is set aside."""
        covered: set[int] = set()
        for piece in self.pieces:
            if bool(piece.reason) == aside:
                covered.update(range(max(piece.start, self.span.start), min(piece.end, self.span.end)))
        return len(covered) / (self.span.end - self.span.start)

    @property
    def state(self) -> str:
        """Say whether the sentence is covered, set aside, or neither (open)."""
        if self.share(aside=False) >= ENOUGH:
            return "covered"
        return "set aside" if self.share(aside=True) >= ENOUGH else "open"


def account(
    space: Space, document: Archived, text: Text | None = None, known: Mapping[str, list[Piece]] | None = None
) -> list[Sentence]:
    """Return the sentences of a document with what covers them; raise Fault if the document is not at hand.

    A passage counts if some assertion uses it and if it stays within the sentence and its direct neighbours; a sentence is
    covered, or set aside, if at least half of its length is. Whoever accounts for many documents asks for the pieces once.
    """
    known = pieces(space) if known is None else known
    text = text or document.text()
    sentences = [Sentence(span, text.text[span.start : span.end]) for span in text.sentences()]
    starts = [sentence.span.start for sentence in sentences]
    ends = [sentence.span.end for sentence in sentences]
    for piece in known.get(document.iri, ()):
        first, last = bisect_right(ends, piece.start), bisect_left(starts, piece.end) - 1
        for place in range(first, last + 1):
            if piece.reason or (first >= place - 1 and last <= place + 1):
                sentences[place].pieces.append(piece)
    return sentences


def pieces(space: Space) -> dict[str, list[Piece]]:
    """Return what is cut out of each document, by document: passages that assertions use, and spans set aside."""
    found: dict[str, list[Piece]] = {}
    for row in space.table(space.sparql(_PIECES)):
        piece = Piece(row["span"] or "", int(row["start"] or 0), int(row["end"] or 0), row["reason"] or "")
        found.setdefault(row["document"] or "", []).append(piece)
    return found


_PIECES = """SELECT DISTINCT ?span ?document ?start ?end ?reason WHERE {
  { ?assertion cev:foundIn|cev:attributedBy ?span } UNION { ?span cev:because ?reason }
  ?span oa:hasSource ?document ; cev:start ?start ; cev:end ?end } ORDER BY ?document ?start ?end ?span"""
