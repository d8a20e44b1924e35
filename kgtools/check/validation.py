"""Validating a graph by cuts, a dossier's or that of all: the answers are kept by the hash of cut and shapes."""

from __future__ import annotations

import json
import os
from collections import defaultdict, deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import cache, cached_property
from importlib.metadata import version
from itertools import chain, islice
from threading import Event
from typing import Any

from kgtools import keep
from kgtools.check.cut import Cut
from kgtools.check.engines import Engine, Result, Told, fast_at_hand
from kgtools.check.sight import Sight
from kgtools.check.workers import DEADLINE, Pool, Stopped, from_record, record
from kgtools.faults import Fault
from kgtools.turtle import Blank, Term, Triple, serialise

ENGINES = ("pyshacl", "fast")
# Bytes of N-Triples that go to an engine at a time: a second or so of its time. More than one is worth starting workers.
_BATCH = {"pyshacl": 300_000, "fast": 4_000_000}
_KIND = "shapes"
_MODULES = ("sight", "cut", "engines", "validation", "shares", "texts")


@dataclass(frozen=True)
class Way:
    """How to validate: by which engine (default: the fast one if it is installed), in how many processes, how long for a batch.

    Setting `stop` ends it soon. `guarded` has even the smallest batch validated in a worker, for shapes that may never end.
    """

    engine: str | None = None
    workers: int | None = None
    deadline: float = DEADLINE
    guarded: bool = False
    stop: Event = field(default_factory=Event, compare=False)

    @property
    def fast(self) -> bool:
        """Say whether the fast engine is used; raise Fault if it is asked for and not installed."""
        at_hand = fast_at_hand()
        if self.engine == "fast" and not at_hand:
            raise Fault("--engine", "the fast engine is not installed", "run: pip install 'kgtools-cev[fast]'")
        return at_hand and self.engine != "pyshacl"

    @property
    def processes(self) -> int:
        """Return the number of worker processes, by default one for each core."""
        if self.workers is not None:
            return max(1, self.workers)
        return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


class Shapes:
    """A shapes graph with what it sees; raises Fault if a shape refers to itself."""

    def __init__(self, triples: Iterable[Triple]) -> None:
        self.triples = tuple(triples)
        self.sight = Sight.of(self.triples)

    @cached_property
    def digest(self) -> str:
        """Return the SHA-256 of the shapes, whatever names their blank nodes have in this process."""
        names: dict[Term, Blank] = {}

        def plain(term: Any) -> Any:
            return names.setdefault(term, Blank(f"b{len(names)}")) if isinstance(term, Blank) else term

        triples = (Triple(plain(t.subject), t.predicate, plain(t.object)) for t in self.triples)
        return keep.key(serialise(triples, "ntriples"))

    def key(self, one: Cut, way: Way) -> str:
        """Return the key under which the answer for a cut is kept."""
        return keep.key(self.rules, self.digest, *self.versions(way), one.digest)

    def fast(self, way: Way) -> bool:
        """Say whether these shapes are for the fast engine, whose results do not tell which node was validated."""
        return way.fast and not self.sight.moving

    def versions(self, way: Way) -> tuple[str, ...]:
        """Return the versions of the engines."""
        return _versions(self.fast(way))

    @cached_property
    def rules(self) -> str:
        """Return a key of the code that validates."""
        return keep.rules("reading/text.py", *(f"check/{name}.py" for name in _MODULES))


@cache
def _versions(fast: bool) -> tuple[str, ...]:
    return tuple(f"{name} {version(name)}" for name in ("pyshacl", "rdflib", *(["shacl"] if fast else [])))


def validate(shapes: Shapes, listed: Iterable[Cut], way: Way) -> Iterator[tuple[str, Told]]:
    """Yield what holds in each cut by the cut's name, from what is kept or by an engine; those that are kept come last."""
    kept: list[tuple[str, Told]] = []
    started: deque[list[Cut]] = deque()
    fast = shapes.fast(way)

    def joined() -> Iterator[Cut]:
        for batch in _batches(
            _missing(shapes, listed, way, kept), _BATCH["fast" if fast else "pyshacl"], not shapes.sight.moving
        ):
            started.append(batch)
            yield _joined(batch)

    for told in _engaged(shapes, joined(), way):
        for one, own in _parted(started.popleft(), told):
            keep.keep(_KIND, shapes.key(one, way), json.dumps(record(own)).encode())
            yield one.name, own
    yield from kept


def _missing(shapes: Shapes, listed: Iterable[Cut], way: Way, kept: list[tuple[str, Told]]) -> Iterator[Cut]:
    """Yield the cuts of which nothing is kept, and gather the answers for the others."""
    for one in listed:
        raw = keep.kept(_KIND, shapes.key(one, way))
        try:
            if raw is not None:
                kept.append((one.name, from_record(json.loads(raw))))
                continue
        except (ValueError, TypeError, KeyError):
            pass  # of another making: it is computed anew
        yield one


def _batches(listed: Iterable[Cut], most: int, together: bool) -> Iterator[list[Cut]]:
    """Yield cuts together, as many as do not exceed a number of bytes, for an engine's start costs more than a small cut."""
    batch: list[Cut] = []
    for one in listed:
        if batch and (not together or one.focus is None or sum(len(other.text) for other in batch) + len(one.text) > most):
            yield batch
            batch = []
        batch.append(one)
    if batch:
        yield batch


def _joined(batch: list[Cut]) -> Cut:
    """Return one cut for several: more than a node's validation may read does it no harm."""
    if len(batch) == 1:
        return batch[0]
    nodes = dict.fromkeys(node for one in batch for node in one.focus or ())
    return Cut(f"{batch[0].name} to {batch[-1].name}", tuple(nodes), b"".join(one.text for one in batch))


def _parted(batch: list[Cut], told: Told) -> Iterator[tuple[Cut, Told]]:
    """Yield what was told of a batch by the cut to whose focus nodes it belongs."""
    if len(batch) == 1:
        yield batch[0], told
        return
    results: dict[str, list[Result]] = defaultdict(list)
    disputed: dict[str, list[tuple[Result, str]]] = defaultdict(list)
    for result in told.results:
        results[result.focus].append(result)
    for result, who in told.disputed:
        disputed[result.focus].append((result, who))
    for one in batch:
        nodes = [str(node) for node in one.focus or ()] if results or disputed else ()
        yield (
            one,
            Told(
                [result for node in nodes for result in results.get(node, ())],
                [pair for node in nodes for pair in disputed.get(node, ())],
            ),
        )


def _engaged(shapes: Shapes, batches: Iterator[Cut], way: Way) -> Iterator[Told]:
    """Yield what an engine finds in each batch: here if there is but one, else in worker processes."""
    first = list(islice(batches, 2))
    number = way.processes if len(first) > 1 else 1
    # The fast engine takes less time than starting a process, and lets this one compute the next cut meanwhile.
    if way.guarded or (number > 1 and not shapes.fast(way)):
        if first:
            with Pool(shapes.triples, shapes.fast(way), max(1, number), way.deadline, way.stop) as pool:
                yield from pool.told(chain(first, batches))
        return
    engine = Engine(shapes.triples, shapes.fast(way))
    with ThreadPoolExecutor(1) as beside:
        running: Future[Told] | None = None
        for one in chain(first, batches):
            if way.stop.is_set():
                raise Stopped
            if running:
                yield running.result()
            running = beside.submit(engine.told, one)
        if running:
            yield running.result()
