"""Archived documents: one normalisation rule, spans in code points, digests."""

from __future__ import annotations

import bisect
import hashlib
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from kgtools.faults import Fault


def sha256(data: bytes | str) -> str:
    """Return the SHA-256 in hexadecimal of bytes, or of a text's UTF-8."""
    return hashlib.sha256(data.encode("utf-8") if isinstance(data, str) else data).hexdigest()


def normalise(raw: bytes, where: str = "document") -> str:
    """Return the text of a document by the rule rule:utf8-lf-nfc: UTF-8, line ends as LF, Unicode NFC.

    Raises Fault naming the byte if the bytes are not UTF-8.
    """
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError as error:
        raise Fault(where, f"byte {error.start} is not UTF-8", "convert the file to UTF-8 and archive it again") from error
    return unicodedata.normalize("NFC", text.replace("\r\n", "\n").replace("\r", "\n"))


# A full stop after one of these, or after a single letter, ends no sentence.
_ABBREVIATIONS = frozenset(
    "mr mrs ms dr st no nos vs jan feb mar apr jun jul aug sep sept oct nov dec fla gen col capt lt sgt prof inc ltd co"
    " approx".split()
)
_END = re.compile(r"""[.!?…]+["'”’»)\]]*(?=\s+["'“‘«(\[]*[\w…])""")


@dataclass(frozen=True)
class Span:
    """A stretch of a normalised text: code points from `start` (from 0) up to, not including, `end`; lines from 1."""

    start: int
    end: int
    first_line: int
    last_line: int
    digest: str


@dataclass
class Text:
    """The normalised text of one document with its line starts."""

    text: str
    raw_digest: str = ""
    starts: list[int] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.starts = [0, *(m.end() for m in re.finditer("\n", self.text))]
        if len(self.starts) > 1 and self.starts[-1] == len(self.text):
            self.starts.pop()

    @classmethod
    def read(cls, path: Path) -> Text:
        """Return the normalised text of a file; raise Fault if it cannot be read or is not UTF-8."""
        try:
            raw = path.read_bytes()
        except OSError as error:
            raise Fault(str(path), error.strerror or "cannot be read", "check the path and its permissions") from error
        return cls(normalise(raw, str(path)), sha256(raw))

    @property
    def lines(self) -> int:
        """Count the lines; a last line without a newline counts, an empty text has none."""
        return len(self.starts) if self.text else 0

    def line_of(self, position: int) -> int:
        """Return the line, from 1, in which a code point lies."""
        return bisect.bisect_right(self.starts, position)

    def span(self, start: int, end: int) -> Span:
        """Return the span between two code points; raise ValueError if it is empty or leaves the text."""
        if not 0 <= start < end <= len(self.text):
            raise ValueError(f"{start} to {end} is not a stretch of a text of {len(self.text)} code points")
        return Span(start, end, self.line_of(start), self.line_of(end - 1), sha256(self.text[start:end]))

    def line_span(self, first: int, last: int) -> Span:
        """Return the span of whole lines without the blanks around them; raise ValueError outside the text or if blank."""
        if not 1 <= first <= last <= self.lines:
            raise ValueError(f"lines {first} to {last} are not within 1 to {self.lines}")
        start = self.starts[first - 1]
        end = self.starts[last] if last < self.lines else len(self.text)
        piece = self.text[start:end]
        if not piece.strip():
            raise ValueError(f"lines {first} to {last} are blank")
        return self.span(start + len(piece) - len(piece.lstrip()), start + len(piece.rstrip()))

    def find(self, words: str) -> list[Span]:
        """Return all spans at which words stand, exactly, or with ` ... ` between the first and the last words."""
        first, gap, last = unicodedata.normalize("NFC", words).partition(" ... ")
        return [self.span(start, end) for start, end in self._places(first, last if gap else "")]

    def _places(self, first: str, last: str) -> Iterator[tuple[int, int]]:
        start = self.text.find(first) if first else -1
        while start >= 0:
            end = start + len(first)
            if last:
                found = self.text.find(last, end)
                end = found + len(last) if found >= 0 else -1
            if end >= 0:
                yield start, end
            start = self.text.find(first, start + 1)

    def sentences(self) -> list[Span]:
        """Cut the text into sentences, by the rule that the account of coverage rests on.

        1. Every line is cut from the next: a list item, a table row, a heading is a unit of its own. 2. Within a line a
        sentence ends after full stop, question mark, exclamation mark or ellipsis, closing quotation marks and brackets
        included, if white space and then a letter that is not small, a digit or an ellipsis follow, opening marks left
        out of account; not after a single letter or one of a short list of abbreviations. 3. What has neither letter nor
        digit is no sentence.
        """
        found = []
        for first, start in enumerate(self.starts):
            end = self.starts[first + 1] if first + 1 < len(self.starts) else len(self.text)
            for left, right in _cuts(self.text[start:end]):
                found.append(self.span(start + left, start + right))
        return found

    def count(self, words: str) -> int:
        """Count the places where words stand, upper and lower case alike (Unicode case folding)."""
        return self.text.casefold().count(unicodedata.normalize("NFC", words).casefold())


def _cuts(line: str) -> Iterator[tuple[int, int]]:
    """Yield start and end of the sentences of one line, blanks around them left out."""
    left = 0
    for end in [*(m.end() for m in _END.finditer(line) if _ends(line, m)), len(line)]:
        piece = line[left:end]
        if any(c.isalnum() for c in piece):
            yield left + len(piece) - len(piece.lstrip()), left + len(piece.rstrip())
        left = end


def _ends(line: str, mark: re.Match[str]) -> bool:
    after = re.match(r"""\s+["'“‘«(\[]*(.)""", line[mark.end() :])
    if after is None or after[1].islower():
        return False
    word = re.search(r"(\w+)$", line[: mark.start()])
    if mark[0][0] != "." or word is None:
        return True
    return not (len(word[1]) == 1 and word[1].isalpha()) and word[1].lower() not in _ABBREVIATIONS
