"""The map's filters: which nodes are left of a board, and which filter it is that hides everything."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace

from kgtools.faults import Fault, nearest
from kgtools.views.site.board import KINDS, Board

# The filters as they stand in the address, and what they are called.
NAMES = {"kinds": "kind", "standing": "standing", "rel": "relation"}


@dataclass(frozen=True)
class Sieve:
    """What is wanted: kinds, standings of assertions, relations; an empty one lets everything through."""

    kinds: frozenset[str] = frozenset()
    standing: frozenset[str] = frozenset()
    rel: frozenset[str] = frozenset()

    @property
    def on(self) -> list[str]:
        """Return the filters that are set."""
        return [name for name in NAMES if getattr(self, name)]

    def without(self, name: str) -> Sieve:
        """Return the sieve with one filter taken out."""
        return replace(self, **{name: frozenset()})

    def kept(self, board: Board, names: Iterable[str]) -> list[str]:
        """Return the nodes that are left.

        By standing: assertions of it, and what they touch. By relation: what such a line starts or ends at.
        """
        found = [name for name in names if not self.kinds or board.spots[name].kind in self.kinds]
        if self.standing:
            said = {one.name for one in board.spots.values() if one.standing in self.standing}
            found = [name for name in found if name in said or self._beside(board, name, said)]
        if self.rel:
            found = [name for name in found if any(board.edges[place][2] in self.rel for place in board.touching.get(name, ()))]
        return found

    def _beside(self, board: Board, name: str, said: Collection[str]) -> bool:
        if board.spots[name].kind == "assertion":
            return False
        edges = (board.edges[place] for place in board.touching.get(name, ()))
        return any(here in said or there in said for here, there, _ in edges)


def sieve(params: Mapping[str, str], board: Board) -> Sieve:
    """Return the sieve that an address asks for; raise Fault for a name that is none of the known ones."""
    known = {
        "kinds": set(KINDS), "standing": {one.standing for one in board.spots.values() if one.standing},
        "rel": {relation for *_, relation in board.edges},
    }  # fmt: skip
    found = {}
    for name, what in NAMES.items():
        given = frozenset(word for word in params.get(name, "").split(",") if word)
        for word in sorted(given - known[name]):
            raise Fault(what, f"no {what} '{word}' on this map", nearest(word, known[name]))
        found[name] = given
    return Sieve(**found)
