"""A long listing a page at a time: incident by incident, each by itself, so that no page needs the whole graph sorted.

A query may go by another parameter, such as the work or the speaker. Many values are asked about at a time, for most of what
a question about one costs is being read and planned; where a query says what its values need, others are left out. The rows
are those that each would give by itself (tested for every query).
"""

from __future__ import annotations

import os
import time
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace

from kgtools import queries
from kgtools.faults import Fault
from kgtools.queries import Query
from kgtools.space import Space
from kgtools.store import Rows
from kgtools.store.engine import Engine
from kgtools.table import Table
from kgtools.turtle import IRI, Term

_MOST, _GROWTH = 4, 4  # values that are asked about at once: at most, and how many times more than before
_LANES, _AHEAD = 4, 3  # questions under way at a time, at most, and how many for each, under way or answered already
_LONG = 0.01  # seconds that a question may take whatever others took
_INCIDENTS = "SELECT DISTINCT ?incident WHERE { ?incident a cev:Incident }"

Row = tuple[Term | None, ...]


@dataclass(frozen=True)
class Page:
    """Rows of some incidents, whole, and the incident (CURIE) to go on after; empty if these were the last."""

    table: Table
    after: str


def page(space: Space, name: str, least: int, after: str = "", values: Mapping[str, str] | None = None) -> Page:
    """Return the next rows of a named query, at least so many, in the order of the incidents' IRIs and within each as it sorts.

    A row of two incidents comes with each of them, and one of none does not come. Where the query has no column for the
    incident, one stands first. The same holds of whatever else a query goes by. Raises Fault for a query that goes by
    nothing, and for an unknown incident.
    """
    query = queries.get(name, space.workspace.query_folders)
    if query.by and query.by in (values or {}):
        raise Fault(f"query {name}", f"has one {query.by} already, whose rows come whole", "leave out --limit and --after")
    if not query.by:
        raise Fault(f"query {name}", "is no listing by incident", "leave out --limit and --after")
    query = replace(query, text=space.prepared(query.text))
    terms = space.terms(query, values or {})
    keys = _keys(space, query, space.resolve(after, query.by) if after else "")
    rows: list[Row] = []
    last = ""
    for key, found in _by_key(space, query, terms, keys, least):
        if len(rows) >= least:
            return Page(_table(space, query, rows), space.short(last))
        rows.extend(found)
        last = key
    return Page(_table(space, query, rows), "")


def _table(space: Space, query: Query, rows: list[Row]) -> Table:
    return space.table(Rows(query.showing(query.by).columns, rows), query.summary)


def _answer(space: Space, text: str) -> Rows:
    answer = space.store.query(text)
    if not isinstance(answer, Rows):
        raise Fault("query", "gives no rows", "ask with SELECT")
    return answer


def _keys(space: Space, query: Query, after: str) -> list[str]:
    """Return the IRIs after one of what may have rows, in their order."""
    if not query.needs and query.by != "incident":
        cure = f"add a line `#+ needs: …` with a pattern that holds of every ?{query.by} that has rows"
        raise Fault(f"query {query.name}", f"goes by {query.by}, and its header has no 'needs'", cure)
    found = _answer(space, space.prepared(query.needed(query.by) or _INCIDENTS)).rows
    return sorted(iri for row in found if isinstance(row[0], IRI) and (iri := row[0].value) > after)


def _by_key(
    space: Space, query: Query, terms: Mapping[str, Term], keys: Sequence[str], least: int
) -> Iterator[tuple[str, list[Row]]]:
    """Yield keys in their order, each with its rows; as many are asked about at once as may fill the page.

    Where that is not enough to fill it, the next are asked about meanwhile: an embedded engine works on several cores.
    """
    pace, lanes = _Pace(_most(space, query)), _lanes(space)
    place = done = rows = 0
    ahead: deque[tuple[Sequence[str], Future[tuple[dict[str, list[Row]], float]]]] = deque()
    with ThreadPoolExecutor(lanes) as threads:
        while place < len(keys) or ahead:
            wanted = (least - rows) * done // max(rows, 1) + 1 - (place - done)
            while place < len(keys) and len(ahead) < _AHEAD * lanes and (wanted > 0 or not ahead):
                batch = keys[place : place + max(1, min(wanted, pace.several))]
                ahead.append((batch, threads.submit(_timed, space, query, terms, batch)))
                place, wanted = place + len(batch), wanted - len(batch)
            batch, answer = ahead.popleft()
            found, seconds = answer.result()
            came = sum(map(len, found.values()))
            pace.took(seconds, len(batch), came)
            yield from found.items()
            done, rows = done + len(batch), rows + came


def _lanes(space: Space) -> int:
    """Return how many questions may be under way: a service is asked one at a time."""
    return min(os.cpu_count() or 1, _LANES) if isinstance(space.store, Engine) else 1


def _timed(space: Space, query: Query, terms: Mapping[str, Term], keys: Sequence[str]) -> tuple[dict[str, list[Row]], float]:
    begun = time.thread_time()  # an embedded engine works in the thread that asks; of a service none is asked about several
    found = _rows(space, query, terms, keys)
    return found, time.thread_time() - begun


def _most(space: Space, query: Query) -> int:
    """Return how many values may be asked about at once. Virtuoso's stack is too small for lists of them."""
    return _MOST if isinstance(space.store, Engine) and not query.singly else 1


def _rows(space: Space, query: Query, terms: Mapping[str, Term], keys: Sequence[str]) -> dict[str, list[Row]]:
    """Return the rows of each of some keys, as its own answer has them, the key among the columns."""
    if len(keys) == 1:
        key = IRI(keys[0])
        answer = _answer(space, query.bind({**terms, query.by: key}))
        return {keys[0]: answer.rows if query.by in query.columns else [(key, *row) for row in answer.rows]}
    answer = _answer(space, query.showing(query.by).bind({**terms, query.by: [IRI(one) for one in keys]}))
    column = answer.columns.index(query.by)
    found: dict[str, list[Row]] = {one: [] for one in keys}
    for row in answer.rows:
        own = found.get(getattr(row[column], "value", ""))
        if own is not None:
            own.append(row)
    return found


class _Pace:
    """How many values are asked about at once: more and more, until that takes far longer than so many, and their rows, did.

    With several values at hand, an engine may think it cheaper to start elsewhere and read half the graph. Or one of them was a
    long one: so several are tried again, soon, and later each time that it is so once more.
    """

    def __init__(self, most: int = _MOST) -> None:
        self.several, self._most = 1, most
        self._seconds, self._work = 0.0, 0
        self._rest = self._patience = 0

    def took(self, seconds: float, count: int, rows: int) -> None:
        """Note what a question about so many values took, and settle how many come next."""
        work = count + rows
        if self._work and seconds > max(_LONG, 3 * work * self._seconds / self._work):
            self.several = max(1, count // _GROWTH)
            self._patience = self._rest = _GROWTH * max(self._patience, 1)
            return
        self._seconds, self._work = self._seconds + seconds, self._work + work
        self._rest -= count
        if count > 1:
            self._patience = 0
        if self._rest <= 0:
            self.several = min(self.several * _GROWTH, self._most)
