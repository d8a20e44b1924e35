"""Search by words: an embedded full-text index over labels and claims, kept in step with the dossiers."""

from kgtools.search.entries import KINDS, Entry, entries
from kgtools.search.held import FILE, of_files, of_others, of_store
from kgtools.search.index import Found, Hit, Row, TextIndex, rows
from kgtools.search.words import Part, parts

__all__ = [
    "FILE", "KINDS", "Entry", "Found", "Hit", "Part", "Row", "TextIndex", "entries", "of_files", "of_others", "of_store",
    "parts", "rows",
]  # fmt: skip
