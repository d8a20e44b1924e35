"""Words of the index that are near to one that it does not hold."""

from __future__ import annotations

import difflib
import sqlite3

from kgtools.search.words import PLAIN, Part

_CUTOFF = 0.65
# So many words of an index are compared with one; of a larger one those that begin alike.
_COMPARED = 20_000
_WITHIN = 50
_AS_IT_STANDS = "col IN ('names', 'body')"
_CONTAINING = f"SELECT DISTINCT term FROM terms WHERE {_AS_IT_STANDS} AND instr(term, ?) ORDER BY term LIMIT ?"  # noqa: S608


def containing(base: sqlite3.Connection, part: Part) -> str:
    """Return an expression for what contains a part of one word somewhere, the part itself where it stands; nothing if none."""
    if _standing(base, part):
        return part.expression
    if len(part.plain) < 3 or " " in part.plain:
        return ""
    # Words of the index hold letters and digits alone, so that no sign in a pattern or an expression stands for more.
    found = base.execute(_CONTAINING, (part.plain, _WITHIN)).fetchall()
    words = " OR ".join(f'"{term}"' for (term,) in found)
    return f"({PLAIN} : ({words}))" if words else ""


def near(base: sqlite3.Connection, wanted: list[Part]) -> list[str]:
    """Return searches that have the words that stand nowhere replaced by the nearest ones that do."""
    found = []
    for place, part in enumerate(wanted):
        if part.plain and " " not in part.plain and not _standing(base, part):
            for term in difflib.get_close_matches(part.plain, _terms(base, part.plain), n=3, cutoff=_CUTOFF):
                words = [one.plain for one in wanted]
                found.append(" ".join([*words[:place], term, *words[place + 1 :]]))
    return found


def _standing(base: sqlite3.Connection, part: Part) -> bool:
    return base.execute("SELECT 1 FROM words WHERE words MATCH ? LIMIT 1", (part.expression,)).fetchone() is not None


def _terms(base: sqlite3.Connection, word: str) -> list[str]:
    shortest, longest = max(len(word) - 2, 3), len(word) + 2
    found = base.execute(f"{_TERMS} LIMIT ?", (shortest, longest, "", "\U0010ffff", _COMPARED + 1)).fetchall()
    if len(found) > _COMPARED:
        found = base.execute(_TERMS, (shortest, longest, word[:1], word[:1] + "\U0010ffff")).fetchall()
    return sorted(term for (term,) in found)


_TERMS = f"SELECT DISTINCT term FROM terms WHERE {_AS_IT_STANDS} AND length(term) BETWEEN ? AND ? AND term >= ? AND term < ?"  # noqa: S608
