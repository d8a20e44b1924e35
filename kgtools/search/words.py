"""A visitor's words as a query of the index; nothing that can be typed is a mistake, and nothing is an operator but " and *."""

from __future__ import annotations

import re
from dataclasses import dataclass

from kgtools.fold import keys, plain

# More words than this are left out of a search: they no longer narrow anything.
MOST = 64
# The columns of words as they stand, and of their keys.
PLAIN, _KEYS = "{names body}", "{name_keys body_keys}"
_PIECE = re.compile(r'"([^"]*)"|([^\s"]+)')


@dataclass(frozen=True)
class Part:
    """What has to stand in one place: the words as they stand and by their keys, and whether the last may go on."""

    text: str
    plain: str
    keys: str
    open: bool

    @property
    def expression(self) -> str:
        """Return the part as an expression of FTS5, in which it is quoted whole."""
        either = [_phrase(PLAIN, self.plain, self.open)] if self.plain else []
        # A short beginning has a key that fits too much.
        if self.keys:
            either.append(_phrase(_KEYS, self.keys, self.open and len(self.keys) > 2))
        return f"({' OR '.join(either)})"


def _phrase(columns: str, words: str, open_: bool) -> str:
    return f'{columns} : "{words}"' + (" *" if open_ else "")


def parts(text: str) -> list[Part]:
    """Return the parts of a search: words, phrases between quotes, word* for whatever begins so, as the last word always may.

    A quote without a second one is no sign of anything; what has neither letter nor digit is left out.
    """
    pieces = [(phrase, False, False) if phrase else (word.rstrip("*"), word.endswith("*"), True) for phrase, word in _cut(text)]
    found = []
    for place, (piece, open_, bare) in enumerate(pieces):
        part = Part(piece, plain(piece), keys(piece), open_ or (bare and place == len(pieces) - 1))
        if part.plain or part.keys:
            found.append(part)
    return list(dict.fromkeys(found))[:MOST]


def _cut(text: str) -> list[tuple[str, str]]:
    return _PIECE.findall(text)


def expression(wanted: list[Part]) -> str:
    """Return the expression that all parts have to fit."""
    return " AND ".join(part.expression for part in wanted)
