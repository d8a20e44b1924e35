"""Search by words: an embedded full-text index over labels and claims, kept in step with the dossiers."""

from kgtools.search.entries import KINDS, Entry, entries
from kgtools.search.held import of_files
from kgtools.search.index import Found, Hit, TextIndex
from kgtools.search.words import Part, parts

__all__ = ["KINDS", "Entry", "Found", "Hit", "Part", "TextIndex", "entries", "of_files", "parts"]
