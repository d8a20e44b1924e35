"""The check queries: named queries of kind `check`, whose rows are findings."""

from __future__ import annotations

from kgtools.faults import Finding
from kgtools.space import Space


def findings(space: Space) -> list[Finding]:
    """Return one finding for each row of each check query, with the file in which the node is described."""
    found = []
    for name, query in space.queries().items():
        if query.kind == "check":
            for row in space.query(name):
                node = row["where"] or ""
                what = _short(space, row["what"] or "")
                found.append(Finding(located(space, node), what, query.fix, name, query.severity))
    return found


def located(space: Space, node: str) -> str:
    """Return *file node* for a node given as CURIE or IRI."""
    file = space.file_of(node)
    return f"{file} {node}" if file else node


def _short(space: Space, text: str) -> str:
    return " ".join(_shortened(space, word) for word in text.split(" "))


def _shortened(space: Space, word: str) -> str:
    bare = word.rstrip(",;.)")
    return space.short(bare) + word[len(bare) :] if bare.startswith("http") else word
