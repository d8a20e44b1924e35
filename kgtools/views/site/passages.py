"""Passages as pages show them: in their context where the text may be shown, else by key phrase and place."""

from __future__ import annotations

import re
from dataclasses import dataclass

from kgtools.archive import Text, sha256
from kgtools.views.site.known import Passage
from kgtools.views.site.request import Request

AROUND = 220

VERIFIED = "digest verified against the archived document"
DIFFERS = "the archived document at hand has another text there than was archived"
NOT_HERE = "the archived document is not at hand, so the digest was not verified here"


@dataclass(frozen=True)
class Quoted:
    """A passage with its state, and where it may be shown its text and what stands around it."""

    passage: Passage
    state: str
    before: str = ""
    text: str = ""
    after: str = ""

    @property
    def place(self) -> str:
        """Return document and lines in words."""
        return f"{self.passage.file}, {self.passage.lines}"


def quoted(request: Request, *assertions: str) -> list[Quoted]:
    """Return the passages of some assertions, each once, with text only where the request allows it and the digest is right."""
    found = {passage.name: passage for one in assertions for passage in request.known.passages(one)}
    return [_quoted(request, one) for one in found.values()]


def _quoted(request: Request, one: Passage) -> Quoted:
    text = request.known.text(one.document)
    if text is None:
        return Quoted(one, NOT_HERE)
    piece = text.text[one.start : one.end]
    if sha256(piece) != one.digest:
        return Quoted(one, DIFFERS)
    if not request.with_text:
        return Quoted(one, VERIFIED)
    return Quoted(one, VERIFIED, _before(text, one.start), _plain(piece), _after(text, one.end))


def _before(text: Text, start: int) -> str:
    piece = text.text[max(0, start - AROUND) : start]
    return _plain(piece if start <= AROUND else "… " + piece.partition(" ")[2])


def _after(text: Text, end: int) -> str:
    piece = text.text[end : end + AROUND]
    return _plain(piece if end + AROUND >= len(text.text) else piece.rpartition(" ")[0] + " …")


def _plain(text: str) -> str:
    """Return a text with tabs and empty lines as single blanks and line ends: a page shows the words, the digest the bytes."""
    return re.sub(r"\n\s*", "\n", re.sub(r"[^\S\n]+", " ", text))
