"""The check queries: named queries of kind `check`, whose rows are findings."""

from __future__ import annotations

from kgtools.faults import Finding
from kgtools.space import Space
from kgtools.turtle import IRI, Blank, Term


def findings(space: Space) -> list[Finding]:
    """Return one finding for each row of each check query, with the file in which the node is described."""
    found = []
    for name, query in space.queries().items():
        if query.kind == "check":
            for row in space.query(name):
                node = row["where"] or ""
                # STR() of a blank node is an error in SPARQL and leaves the column empty.
                what = _short(space, row["what"] or "does so with a blank node")
                found.append(Finding(located(space, node), what, query.fix, name, query.severity))
    return found


def located(space: Space, node: str) -> str:
    """Return *file node* for a node given as CURIE or IRI; for the label of a blank node, what it hangs on."""
    file = space.file_of(node)
    if file is None and node and ":" not in node:
        return hanging(space, Blank(node))
    return f"{file} {node}" if file else node


def hanging(space: Space, node: Blank) -> str:
    """Return the place of a blank node: its file, and the described subject that it hangs on, with the properties between."""
    for name, triples in space.files.items():
        here: Term = node
        path, seen = "", {here}
        for above in iter(lambda: next((t for t in triples if t.object == here), None), None):  # noqa: B023
            path = f" {space.short(above.predicate.value)}{path}"
            if isinstance(above.subject, IRI):
                return f"{name} {space.short(above.subject.value)}{path}, a blank node"
            if above.subject in seen:
                break
            here = above.subject
            seen.add(here)
        if any(triple.subject == node for triple in triples):
            return f"{name} a blank node"
    return str(node.value)


def _short(space: Space, text: str) -> str:
    return " ".join(_shortened(space, word) for word in text.split(" "))


def _shortened(space: Space, word: str) -> str:
    bare = word.rstrip(",;.)")
    return space.short(bare) + word[len(bare) :] if bare.startswith("http") else word
