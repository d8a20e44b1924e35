"""Passages and set-aside spans against the archived documents, byte for byte; search records run again."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass

from kgtools.archive import Text, sha256
from kgtools.coverage import Piece, account, pieces
from kgtools.documents import Archived, archived, spans
from kgtools.faults import Finding
from kgtools.space import Space


@dataclass(frozen=True)
class Verified:
    """Findings, how many spans were verified, and sentences on what could not be."""

    findings: list[Finding]
    count: int
    unverified: list[str]


def verify(space: Space, only: Collection[str] | None = None) -> Verified:
    """Verify every document at hand and every span in it, or only some (CURIEs); say plainly which could not be verified."""
    found: list[Finding] = []
    unverified: list[str] = []
    count = 0
    texts: dict[str, Text] = {}
    known = pieces(space)
    listed: dict[str | None, list[Mapping[str, str | None]]] = {}
    for row in spans(space):
        listed.setdefault(row["document"], []).append(row)
    for document in archived(space):
        if only is not None and document.iri not in only:
            continue
        mine = listed.get(document.iri, [])
        if document.path is None:
            unverified.append(f"{document.file_name} is not at hand: {len(mine)} spans could not be verified")
            continue
        text = texts[document.iri] = Text.read(document.path)
        found.extend(_document(document, text))
        found.extend(_open_sentences(space, document, text, known))
        for one in mine:
            wrong = list(_span(space, one, text, document))
            found.extend(wrong)
            count += not wrong
    found.extend(_searches(space, texts))
    return Verified(found, count, unverified)


def _document(document: Archived, text: Text) -> Iterator[Finding]:
    facts = {
        "raw SHA-256": (document.raw_sha256, text.raw_digest),
        "SHA-256 of the normalised text": (document.sha256, sha256(text.text)),
        "length": (document.length, str(len(text.text))),
        "number of lines": (document.lines, str(text.lines)),
    }
    for what, (expected, found) in facts.items():
        if expected != found:
            cure = "archive the file that was curated, or curate the new one as a document of its own"
            yield Finding(
                f"documents.ttl {document.short}",
                f"{what} of {document.file_name} is {found}, not {expected}",
                cure,
                "document",
            )


def _span(space: Space, row: Mapping[str, str | None], text: Text, document: Archived) -> Iterator[Finding]:
    where = f"{space.file_of(row['span'] or '')} {row['span']}"
    cure = f"find the passage again with `kgtools quote {document.slug} --find …`"
    try:
        span = text.span(int(row["start"] or -1), int(row["end"] or -1))
    except ValueError as error:
        yield Finding(where, str(error), cure, "passage")
        return
    if span.digest != row["sha256"]:
        what = f"{document.file_name} has another text there: expected SHA-256 {row['sha256']}, found {span.digest}"
        yield Finding(where, what, cure, "passage")
    elif (str(span.first_line), str(span.last_line)) != (row["firstLine"], row["lastLine"]):
        what = f"stands in lines {span.first_line} to {span.last_line}, not {row['firstLine']} to {row['lastLine']}"
        yield Finding(where, what, cure, "passage-lines")


def _open_sentences(space: Space, document: Archived, text: Text, known: Mapping[str, list[Piece]]) -> Iterator[Finding]:
    for sentence in account(space, document, text, known):
        if sentence.state == "open":
            where = f"{document.file_name}, line {sentence.span.first_line}"
            what = f"'{sentence.text[:60]}' is neither covered by passages nor set aside"
            yield Finding(
                where,
                what,
                f"say what it says, or why it says nothing (`kgtools documents {document.slug}`)",
                "coverage",
            )


def _searches(space: Space, texts: Mapping[str, Text]) -> Iterator[Finding]:
    for row in space.table(space.sparql(_SEARCHES)):
        document, words = row["document"] or "", row["words"] or ""
        if document in texts and texts[document].count(words):
            where = f"{space.file_of(row['search'] or '')} {row['search']}"
            what = f"'{words}' stands in {document} {texts[document].count(words)} times"
            yield Finding(where, what, "read those places, and record what they say", "search-record")


_SEARCHES = """SELECT ?search ?document ?words WHERE {
  ?search a cev:SearchRecord ; cev:searched ?document ; cev:searchedFor ?words } ORDER BY ?search ?document ?words"""
