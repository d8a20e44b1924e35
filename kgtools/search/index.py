"""The index: SQLite's full-text search over the entries of all dossiers, each with its graph's IRI and content hash.

It can be thrown away at any time: one that is missing, broken or of another version is made anew. The words are folded
before they reach SQLite, whose tokenizer is left nothing to do but to part them at blanks.
"""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from kgtools import keep
from kgtools.faults import Fault
from kgtools.fold import keys, plain
from kgtools.search.entries import Entry, entries
from kgtools.search.spelling import containing, near
from kgtools.search.words import Part, expression
from kgtools.turtle import Triple

RULES = ("fold.py", "vocab.py", "search/entries.py", "search/index.py")
_SCHEMA = """
CREATE TABLE made (rules TEXT NOT NULL);
CREATE TABLE dossier (graph TEXT PRIMARY KEY, digest TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE entry (id INTEGER PRIMARY KEY, graph TEXT NOT NULL, node TEXT NOT NULL, kind TEXT NOT NULL,
  names TEXT NOT NULL, body TEXT NOT NULL, whole TEXT NOT NULL, withdrawn INTEGER NOT NULL);
CREATE INDEX entry_graph ON entry (graph);
CREATE VIRTUAL TABLE words USING fts5(names, body, name_keys, body_keys, content='', tokenize='ascii');
CREATE VIRTUAL TABLE terms USING fts5vocab(words, col);
"""
# A name counts more than another word, what stands as it was asked for more than what sounds like it.
_RANK = "bm25(words, 10.0, 3.0, 4.0, 1.0)"
_COLUMNS = "names, body, name_keys, body_keys"
_Fits = Callable[[str], bool] | None


@dataclass(frozen=True)
class Hit:
    """What was found: the entry, the IRI of its graph, and the line of its names or other words that fits best."""

    entry: Entry
    graph: str
    matched: str


@dataclass(frozen=True)
class Found:
    """The hits, the best first, how many there are in all, and where there is none, searches that would find something."""

    hits: list[Hit]
    total: int
    spellings: list[str]


class Row(NamedTuple):
    """An entry as it is stored: names and body a line each, the key of its title, then both as they stand and by their keys."""

    node: str
    kind: str
    names: str
    body: str
    whole: str
    withdrawn: bool
    plain_names: str
    plain_body: str
    name_keys: str
    body_keys: str


@dataclass(frozen=True)
class Change:
    """The graphs that were indexed and the graphs that were dropped, to bring an index into step."""

    indexed: tuple[str, ...]
    dropped: tuple[str, ...]


class TextIndex:
    """An index in memory, in a file, or from the bytes of another; raises Fault where a file cannot be written or is held."""

    def __init__(self, path: Path | None = None, data: bytes | None = None) -> None:
        self._lock = threading.RLock()
        self.path = path
        with _told(path):
            self._db = self._opened(path, data)

    def _opened(self, path: Path | None, data: bytes | None) -> sqlite3.Connection:
        base = sqlite3.connect(str(path) if path else ":memory:", timeout=30, check_same_thread=False, isolation_level=None)
        try:
            if data:
                base.deserialize(data)
            made = base.execute("SELECT rules FROM made").fetchone()
            if made and made[0] == keep.rules(*RULES):
                return base
        except sqlite3.OperationalError as error:
            if "locked" in str(error):
                raise
        except sqlite3.DatabaseError:
            pass
        base.close()
        return _new(path)

    def held(self) -> dict[str, str]:
        """Return the content hash of every dossier indexed, by the IRI of its graph."""
        with self._lock, _told(self.path):
            return dict(self._db.execute("SELECT graph, digest FROM dossier ORDER BY graph").fetchall())

    def sync(self, digests: Mapping[str, str], read: Callable[[str], Iterable[Triple]]) -> Change:
        """Bring the index into step with dossiers (graph IRI -> content hash): read and index what changed, drop what went."""
        return self.sync_rows(digests, lambda graph: rows(read(graph)))

    def sync_rows(self, digests: Mapping[str, str], read: Callable[[str], Iterable[Row]]) -> Change:
        """Bring the index into step with dossiers whose rows are made already."""
        with self._changing():
            held = dict(self._db.execute("SELECT graph, digest FROM dossier").fetchall())
            changed = tuple(graph for graph, digest in digests.items() if held.get(graph) != digest)
            gone = tuple(graph for graph in held if graph not in digests)
            for graph in gone:
                self._remove(graph)
            for graph in changed:
                self._put(graph, digests[graph], read(graph))
            return Change(changed, gone)

    def replace(self, graph: str, digest: str, triples: Iterable[Triple]) -> None:
        """Put the entries of a dossier in the place of what is indexed of it, all or nothing."""
        with self._changing():
            self._put(graph, digest, rows(triples))

    def drop(self, graph: str) -> None:
        """Take the entries of a dossier away, all or nothing."""
        with self._changing():
            self._remove(graph)

    def _put(self, graph: str, digest: str, found: Iterable[Row]) -> None:
        self._remove(graph)
        for row in found:
            made = self._db.execute("INSERT INTO entry VALUES (NULL, ?, ?, ?, ?, ?, ?, ?)", (graph, *row[:6]))
            words = (made.lastrowid, *row[6:])
            self._db.execute(f"INSERT INTO words (rowid, {_COLUMNS}) VALUES (?, ?, ?, ?, ?)", words)  # noqa: S608
        self._db.execute("INSERT INTO dossier VALUES (?, ?)", (graph, digest))

    def _remove(self, graph: str) -> None:
        # The full-text table holds no text of its own, so it has to be told what to take out.
        for number, names, body in self._db.execute("SELECT id, names, body FROM entry WHERE graph = ?", (graph,)).fetchall():
            words = (number, *_folded(names, body))
            self._db.execute(f"INSERT INTO words (words, rowid, {_COLUMNS}) VALUES ('delete', ?, ?, ?, ?, ?)", words)  # noqa: S608
        self._db.execute("DELETE FROM entry WHERE graph = ?", (graph,))
        self._db.execute("DELETE FROM dossier WHERE graph = ?", (graph,))

    @contextmanager
    def _changing(self) -> Iterator[None]:
        with self._lock, _told(self.path):
            self._db.execute("BEGIN IMMEDIATE")
            try:
                yield
                self._db.execute("COMMIT")
            except BaseException:
                if self._db.in_transaction:
                    self._db.execute("ROLLBACK")
                raise

    def find(self, wanted: list[Part], kinds: Iterable[str] = (), limit: int | None = None, fits: _Fits = None) -> Found:
        """Return the entries in which all parts stand: first those called so, then by rank; of some kinds only, if any.

        Withdrawn records are left out, unless a function says by a node's IRI what fits. A word that begins nothing is
        looked for within words.
        """
        with self._lock, _told(self.path):
            rows, spellings = self._ranked(wanted, kinds, fits)
            hits = [self._hit(number, wanted) for number, _ in rows[:limit]]
            return Found(hits, len(rows), spellings)

    def nodes(self, wanted: list[Part], kinds: Iterable[str] = ()) -> tuple[list[str], list[str]]:
        """Return the nodes (IRIs) in which all parts stand, the best first, else searches that would find something."""
        with self._lock, _told(self.path):
            rows, spellings = self._ranked(wanted, kinds, None)
            return [node for _, node in rows], spellings

    def _ranked(self, wanted: list[Part], kinds: Iterable[str], fits: _Fits) -> tuple[list[tuple[int, str]], list[str]]:
        rows = self._rows(expression(wanted), wanted, kinds, fits)
        if rows:
            return rows, []
        wider = [containing(self._db, part) for part in wanted]
        rows = self._rows(" AND ".join(wider), wanted, kinds, fits) if all(wider) else []
        return rows, [] if rows else near(self._db, wanted)

    def _rows(self, asked: str, wanted: list[Part], kinds: Iterable[str], fits: _Fits) -> list[tuple[int, str]]:
        listed = list(kinds)
        among = f" AND entry.kind IN ({', '.join('?' * len(listed))})" if listed else ""
        rows = self._db.execute(
            f"SELECT entry.id, entry.node, entry.withdrawn FROM words JOIN entry ON entry.id = words.rowid"  # noqa: S608
            f" WHERE words MATCH ?{among} ORDER BY entry.whole = ? DESC, {_RANK}, entry.names, entry.node",
            (asked, *listed, " ".join(part.keys for part in wanted)),
        )
        return [(number, node) for number, node, withdrawn in rows if (fits(node) if fits else not withdrawn)]

    def _hit(self, number: int, wanted: list[Part]) -> Hit:
        row = self._db.execute("SELECT graph, node, kind, names, body, withdrawn FROM entry WHERE id = ?", (number,)).fetchone()
        graph, node, kind, names, body, withdrawn = row
        entry = Entry(node, kind, tuple(names.split("\n")), tuple(body.split("\n")) if body else (), bool(withdrawn))
        return Hit(entry, graph, _best((*entry.names, *entry.body), wanted))

    def data(self) -> bytes:
        """Return the whole index as bytes, to open another from."""
        with self._lock:
            return self._db.serialize()

    def discard(self) -> None:
        """Take the file away, which is made anew when it is needed."""
        self.close()
        if self.path:
            self.path.unlink(missing_ok=True)

    def close(self) -> None:
        """Let go of the file."""
        with self._lock:
            self._db.close()


def _new(path: Path | None) -> sqlite3.Connection:
    """Return a new, empty index; an old file is replaced, so that who reads it still may go on."""
    if path:
        path.unlink(missing_ok=True)
        Path(f"{path}-journal").unlink(missing_ok=True)
    base = sqlite3.connect(str(path) if path else ":memory:", timeout=30, check_same_thread=False, isolation_level=None)
    base.executescript(f"BEGIN IMMEDIATE;{_SCHEMA}")
    base.execute("INSERT INTO made VALUES (?)", (keep.rules(*RULES),))
    base.execute("COMMIT")
    return base


def rows(triples: Iterable[Triple]) -> Iterator[Row]:
    """Yield the rows of a dossier's entries, folded, which takes more time than to store them."""
    for entry in entries(triples):
        names, body = "\n".join(entry.names), "\n".join(entry.body)
        yield Row(entry.node, entry.kind, names, body, keys(entry.title), entry.withdrawn, *_folded(names, body))


def _folded(names: str, body: str) -> tuple[str, str, str, str]:
    return plain(names), plain(body), keys(names), keys(body)


def _best(lines: Iterable[str], wanted: list[Part]) -> str:
    """Return the first line in which most parts stand, as asked for rather than in another spelling."""

    def standing(line: str) -> int:
        words, sounds = f" {plain(line)} ", f" {keys(line)} "
        return sum(2 * _stands(words, part.plain, part.open) + _stands(sounds, part.keys, part.open) for part in wanted)

    return max(lines, key=standing)


def _stands(words: str, part: str, open_: bool) -> bool:
    return bool(part) and (f" {part}" if open_ else f" {part} ") in words


@contextmanager
def _told(path: Path | None) -> Iterator[None]:
    """Say a fault of the file system or of another process as one of ours."""
    try:
        yield
    except sqlite3.Error as error:
        raise Fault(str(path or "search index"), str(error), "delete the file; it is made anew from the dossiers") from error
