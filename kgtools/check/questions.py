"""Questions whose query, parameters or column do not exist; whether the answer is the expected one is for `kgtools ask`."""

from __future__ import annotations

from collections.abc import Iterator

from kgtools.check.rules import located
from kgtools.evidence import questions
from kgtools.evidence.questions import Question
from kgtools.faults import Fault, Finding, nearest
from kgtools.queries import Query
from kgtools.space import Space


def findings(space: Space) -> list[Finding]:
    """Return what makes a question unanswerable."""
    named = space.queries()
    return [finding for one in questions.load(space) for finding in _question(space, one, named)]


def _question(space: Space, one: Question, named: dict[str, Query]) -> Iterator[Finding]:
    where = located(space, one.name)
    query = named.get(one.query)
    if query is None:
        what = f"is answered by query '{one.query}', which does not exist"
        yield Finding(where, what, nearest(one.query, named), "question")
        return
    if one.column not in query.columns:
        what = f"has its answer in column '{one.column}', which query {one.query} does not have"
        yield Finding(where, what, nearest(one.column, query.columns), "question")
    try:
        space.bound(query, one.values)
    except Fault as fault:
        yield Finding(where, f"cannot be asked ({fault.where}: {fault.what})", fault.cure, "question")
