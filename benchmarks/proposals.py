"""How far the proposals of the ledger agree with the curators: pairs re-found, and the kind proposed beside the kind recorded.

`python benchmarks/proposals.py [WORKSPACE] [--misses]`: every pair of the ledger is looked for among all pairs that the rules
would propose if the ledger held nothing. A pair that cannot be re-found is counted under what keeps the rules from seeing it.
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterable

import kgtools
from kgtools import Space
from kgtools.evidence import discrepancies, record
from kgtools.evidence.discrepancies import Pair


def main(words: list[str]) -> None:
    folders = [word for word in words if not word.startswith("-")]
    space = kgtools.open(folders[0] if folders else None)
    known = record.load(space)
    proposed = {_key(pair): pair for pair in discrepancies.candidates(space, known)}
    held = discrepancies.ledger(space, known).pairs
    found = [(pair, proposed[_key(pair)]) for pair in held if _key(pair) in proposed]
    missed = [(pair, why) for pair in held if _key(pair) not in proposed for why in [_why(space, known, pair)]]
    same = [pair for pair, ours in found if pair.kind == ours.kind]
    print(f"pairs in the ledger: {len(held)}")
    print(f"found again: {len(found)}; of these of the same kind: {len(same)}")
    for why, number in Counter(why for _, why in missed).most_common():
        print(f"not found, {why}: {number}")
    print(f"proposed beside them: {len(proposed.keys() - {_key(pair) for pair in held})}\n")
    _confusion(Counter((pair.kind, ours.kind) for pair, ours in found))
    if "--misses" in words:
        _list(found, missed)


def _key(pair: Pair) -> frozenset[str]:
    return frozenset((pair.side_a.claim, pair.side_b.claim))


def _why(space: Space, known: record.Record, pair: Pair) -> str:
    figures = {one.claim: one for one in discrepancies.claimed(space, known)}
    sides = [figures.get(side.claim) for side in (pair.side_a, pair.side_b)]
    if pair.side_a.claim == pair.side_b.claim:
        return "both sides make one claim"
    if not all(sides):
        return f"{sides.count(None)} of the two claims {'has' if sides.count(None) == 1 else 'have'} no figure"
    one, other = sides
    assert one and other
    if one.attribute != other.attribute:
        return "two attributes"
    return "two things" if one.thing != other.thing else "one value"


def _confusion(cells: Counter[tuple[str, str]]) -> None:
    kinds = sorted({kind for pair in cells for kind in pair})
    print("recorded \\ proposed".ljust(26) + "  ".join(kinds))
    for row in sorted({row for row, _ in cells}):
        print(row.ljust(26) + "  ".join(str(cells[row, kind] or ".").rjust(len(kind)) for kind in kinds))


def _list(found: Iterable[tuple[Pair, Pair]], missed: Iterable[tuple[Pair, str]]) -> None:
    print()
    for pair, ours in found:
        if pair.kind != ours.kind:
            print(f"{pair.name} {pair.attribute}: “{pair.value_a}” beside “{pair.value_b}”: {pair.kind}, not {ours.kind}")
            print(f"    curator: {pair.reason}\n    rule: {ours.reason}")
    for pair, why in missed:
        print(f"{pair.name} {pair.attribute}: “{pair.value_a}” beside “{pair.value_b}”: {pair.kind}; not found: {why}")


if __name__ == "__main__":
    main(sys.argv[1:])
