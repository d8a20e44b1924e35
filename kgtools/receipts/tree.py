"""The hash tree of RFC 9162, section 2.1, over leaf hashes, with inclusion paths that name the side of each sibling."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence

# A step of an inclusion path: the side on which the sibling stands ("left" or "right"), and its hash.
Step = tuple[str, bytes]


def leaf(data: bytes) -> bytes:
    """Return the hash of a leaf (RFC 9162, 2.1.1): 00 goes before its data, so that no leaf can pass for a node."""
    return hashlib.sha256(b"\x00" + data).digest()


def node(left: bytes, right: bytes) -> bytes:
    """Return the hash of a node (RFC 9162, 2.1.1): 01 goes before its halves."""
    return hashlib.sha256(b"\x01" + left + right).digest()


class Tree:
    """A hash tree over leaf hashes in the order given.

    Pairing from below, with an odd last node carried up as it is, gives the tree that RFC 9162 defines from above by cutting
    at the largest power of two.
    """

    def __init__(self, leaves: Sequence[bytes]) -> None:
        self._levels: list[list[bytes]] = [list(leaves)]
        while len(self._levels[-1]) > 1:
            below = self._levels[-1]
            above = [node(below[i], below[i + 1]) for i in range(0, len(below) - 1, 2)]
            self._levels.append(above + below[len(below) - len(below) % 2 :])

    @property
    def root(self) -> bytes:
        """Return the root; that of no leaves is the hash of nothing."""
        return self._levels[-1][0] if self._levels[-1] else hashlib.sha256(b"").digest()

    def path(self, index: int) -> tuple[Step, ...]:
        """Return the inclusion path of a leaf (RFC 9162, 2.1.3.1), from below."""
        steps: list[Step] = []
        for level in self._levels[:-1]:
            other = index ^ 1
            if other < len(level):
                steps.append(("left" if other < index else "right", level[other]))
            index //= 2
        return tuple(steps)


def climb(start: bytes, path: Iterable[Step]) -> bytes:
    """Return the root to which an inclusion path leads from a leaf hash (RFC 9162, 2.1.3.2)."""
    here = start
    for side, other in path:
        here = node(other, here) if side == "left" else node(here, other)
    return here
