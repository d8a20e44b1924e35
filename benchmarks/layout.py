"""The documents of an invented dossier: its works laid out line by line, and where each passage stands in them."""

from __future__ import annotations

from inventory import Work, english
from notes import Notes

from kgtools.archive import sha256


def lay_out(notes: Notes) -> None:
    """Lay the works out in documents of at most forty works, each a title line and its lines."""
    everything = [*notes.held, *notes.comments]
    for first in range(0, len(everything), 40):
        document = notes.new("document")
        works = everything[first : first + 40]
        lines: list[str] = []
        at = 0
        for work in works:
            at = _title(notes, document, work, lines, at)
            for passage, text in work.lines:
                _passage(notes, document, work.name, passage, text, lines, at)
                at += len(text) + 1
        text = "".join(f"{line}\n" for line in lines)
        name, digest = f"{document.partition(':')[2]}.txt", sha256(text)
        notes.documents.append((name, text))
        notes.add(document, "cev:Document", ("schema:sha256", f'"{digest}"'), ("cev:fileName", f'"{name}"'),
                  ("cev:holds", [work.name for work in works]), ("cev:length", str(at)), ("cev:lines", str(len(lines))),
                  ("cev:normalisation", "rule:utf8-lf-nfc"), ("cev:rawSha256", f'"{digest}"'))  # fmt: skip


def _title(notes: Notes, document: str, work: Work, lines: list[str], at: int) -> int:
    title = work.label
    lines.append(title)
    _span(
        notes, notes.new("setaside"), "cev:SetAside", document, title, len(lines), at, ("cev:because", "reason:bibliographic")
    )
    return at + len(title) + 1


def _passage(notes: Notes, document: str, work: str, passage: str, text: str, lines: list[str], at: int) -> None:
    lines.append(text)
    phrase = [("cev:keyPhrase", english(" ".join(text.split()[2:6]).rstrip(",.:")))] if at % 5 < 3 else []
    _span(notes, passage, "cev:Passage", document, text, len(lines), at, ("cev:inSource", work), *phrase)


def _span(notes: Notes, name: str, kind: str, document: str, text: str, line: int, at: int, *rest: tuple[str, str]) -> None:
    notes.add(name, kind, ("oa:hasSource", document), ("schema:sha256", f'"{sha256(text)}"'),
              ("cev:end", str(at + len(text))), ("cev:firstLine", str(line)), ("cev:lastLine", str(line)),
              ("cev:start", str(at)), *rest)  # fmt: skip
