"""Footnotes: the passages of assertions in a citable form, numbered in the order in which they are first needed."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from kgtools.archive import Text, sha256
from kgtools.documents import archived
from kgtools.faults import Fault
from kgtools.space import Space

Row = dict[str, str]


@dataclass(frozen=True)
class Note:
    """A passage: the work that speaks there, with author, publisher, date and address, and where its text lies."""

    number: int
    passage: str
    work: str
    title: str
    creator: str
    publisher: str
    issued: str
    url: str
    document: str
    lines: str
    phrase: str
    text: str


class Footnotes:
    """The notes given out so far."""

    def __init__(self, space: Space, with_text: bool = False) -> None:
        self.listed: list[Note] = []
        self._numbers: dict[str, Note] = {}
        self._passages: dict[str, list[Row]] = defaultdict(list)
        seen: set[tuple[str, str]] = set()
        for row in space.table(space.sparql(_PASSAGES)):
            cell = {name: value or "" for name, value in row.items()}
            if (cell["assertion"], cell["passage"]) not in seen:
                seen.add((cell["assertion"], cell["passage"]))
                self._passages[cell["assertion"]].append(cell)
        self._works: dict[str, list[Row]] = defaultdict(list)
        for row in space.query("sources"):
            self._works[row["source"] or ""].append({name: value or "" for name, value in row.items()})
        self._texts = {one.file_name: one.text() for one in archived(space) if one.path} if with_text else None

    def of(self, assertions: Iterable[str]) -> tuple[Note, ...]:
        """Return the notes of some assertions (CURIEs), without repeats; raise Fault if a text is asked for and not there."""
        passages = [row for name in dict.fromkeys(assertions) for row in self._passages.get(name, ())]
        notes = dict.fromkeys(self._note(row) for row in passages)
        return tuple(sorted(notes, key=lambda note: note.number))

    def _note(self, row: Row) -> Note:
        if row["passage"] not in self._numbers:
            works = self._works.get(row["work"]) or [defaultdict(str)]
            first, last = row["firstLine"], row["lastLine"]
            number, name = len(self.listed) + 1, works[0]["label"] or row["work"]
            note = Note(
                number, row["passage"], name, works[0]["title"], _all(works, "creator"), _all(works, "publisher"),
                _all(works, "issued"), works[0]["url"], row["document"],
                f"line {first}" if first == last else f"lines {first}–{last}", row["phrase"], self._text(row),
            )  # fmt: skip
            self._numbers[row["passage"]] = note
            self.listed.append(note)
        return self._numbers[row["passage"]]

    def _text(self, row: Row) -> str:
        if self._texts is None:
            return ""
        text: Text | None = self._texts.get(row["document"])
        if text is None:
            raise Fault(row["document"], "the document is not at hand", "say --documents DIR, or leave out --with-text")
        piece = text.text[int(row["start"]) : int(row["end"])]
        if sha256(piece) != row["sha256"]:
            raise Fault(row["document"], f"has another text at {row['passage']} than was archived", "run `kgtools check`")
        return piece


def _all(rows: list[Row], column: str) -> str:
    return ", ".join(dict.fromkeys(row[column] for row in rows if row[column]))


_PASSAGES = """SELECT ?assertion ?passage ?work ?document ?start ?end ?firstLine ?lastLine ?phrase ?sha256 WHERE {
  ?assertion a cev:Assertion ; cev:foundIn ?passage .
  ?passage oa:hasSource ?file ; cev:start ?start ; cev:end ?end ; cev:firstLine ?firstLine ; cev:lastLine ?lastLine ;
    schema:sha256 ?sha256 .
  ?file cev:fileName ?document .
  OPTIONAL { ?passage cev:inSource ?work } OPTIONAL { ?passage cev:keyPhrase ?phrase }
} ORDER BY ?assertion ?document ?start ?end ?passage ?work ?phrase"""
