"""Validating a whole graph by the fast engine: in shares of some files each, with what these see in others.

An engine takes less time over ten parts of a graph than over all of it, and two may work at a time; what was found in a share
is kept until one of its files, or what they see, changes.
"""

from __future__ import annotations

import json
import zlib
from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from functools import cached_property
from types import MappingProxyType

from kgtools import keep
from kgtools.check.cut import seen_from
from kgtools.check.engines import Engine, Result, Told
from kgtools.check.sight import Sight
from kgtools.check.texts import Texts
from kgtools.check.validation import Shapes, Way
from kgtools.check.workers import Stopped, from_record, record
from kgtools.faults import Fault
from kgtools.reading.beside import read, uncollected
from kgtools.reading.text import Names, Text, heads
from kgtools.turtle import IRI, Term, Triple, parse_text, serialise

_SIZE = 8_000_000  # bytes of Turtle in a share, about
_KIND = "shares"


def fitting(shapes: Shapes, way: Way) -> bool:
    """Say whether a whole graph may be validated in shares: by the fast engine, all that is seen being told by the files."""
    sight = shapes.sight
    inverse = any(state.inverse for state in sight.states[1:])
    return shapes.fast(way) and not (way.guarded or sight.unbounded or sight.named or sight.objects_of or inverse)


def texts(
    files: Mapping[str, bytes],
    names: Names,
    sight: Sight,
    base: Iterable[Triple],
    withdrawn: bool,
    processes: int = 1,
    digests: Mapping[str, str] = MappingProxyType({}),
) -> Texts | None:
    """Return files as texts, withdrawn records left out unless asked for; None if there is a blank node or no clear name.

    Digests of files are for who has computed them already.
    Raises Fault at an error of syntax in a file whose layout is another.
    """
    if not names.clear:
        return None
    with uncollected():
        listed: list[Text] = []
        for (file, raw), known in zip(files.items(), read(files, names, processes), strict=True):
            text = known or Text.made(file, parse_text(raw, file), names)
            if text is None:
                return None
            listed.append(text)
        gone = frozenset[bytes]().union(*(text.marked for text in listed)) if not withdrawn else frozenset[bytes]()
        left = [_without(text, gone, names) for text in listed]
        same = {text.file: digests[text.file] for text in left if text.file in digests and text.raw is files[text.file]}
        return Texts(left, names, sight, base, same)


def _without(text: Text, gone: frozenset[bytes], names: Names) -> Text:
    """Return a text without what it says of withdrawn records."""
    if gone.isdisjoint(text.subjects) and gone.isdisjoint(text.others):
        return text
    left = [t for t in parse_text(text.raw, text.file) if not {names.of(t.subject), names.of(t.object)} & gone]
    return Text.made(text.file, left, names) or text


@dataclass
class Share:
    """Some texts of a graph by their numbers, the first share with what belongs to none, and what they see in others."""

    numbers: tuple[int, ...]
    first: bool
    whole: Texts

    @cached_property
    def beside(self) -> bytes:
        """Return what the nodes of these texts see in others, as N-Triples."""
        names = frozenset[bytes]().union(*(self.whole.listed[number].others for number in self.numbers))
        abroad = {name for name in names | self.whole.base if self._elsewhere(name)}
        # A focus node is seen from here wherever it is described, and with what points at it.
        focus = self._subjects | (self.whole.base if self.first else frozenset())
        apart = {name for name in focus.intersection(self.whole.shared) if self._elsewhere(name)}
        apart |= {name for name in focus.intersection(self.whole.points) if any(map(self._elsewhere, self.whole.points[name]))}
        self.whole.ready(abroad | apart | {one for name in apart for one in self.whole.points.get(name, ())})
        states = range(len(self.whole.sight.states))
        places = [(IRI(self.whole.names.iri(name)), number) for name in sorted(apart) for number in states]
        found = dict.fromkeys(seen_from(self.whole.sight, self.whole, places))
        for name in sorted(abroad):
            found.update(dict.fromkeys(self.whole.beyond(name)))
        return serialise(found, "ntriples")

    @property
    def size(self) -> int:
        """Return the number of bytes of its texts."""
        return sum(len(self.whole.listed[number].raw) for number in self.numbers)

    @cached_property
    def _subjects(self) -> frozenset[bytes]:
        return frozenset[bytes]().union(*(self.whole.listed[number].subjects for number in self.numbers))

    @cached_property
    def _own(self) -> frozenset[int]:
        return frozenset(self.numbers)

    def _elsewhere(self, name: bytes) -> bool:
        home = self.whole.homes.get(name)
        return home is not None and (home not in self._own or not self._own.issuperset(self.whole.shared.get(name, ())))

    def holds(self, node: Term) -> bool:
        """Say whether this is the share that tells of a node: that of the first text that describes it."""
        described = self.whole.described(self.whole.names.of(node))
        return described[0] in self._own if described else self.first

    def key(self, *parts: str) -> str:
        """Return the key under which the answer is kept, given the key of everything else."""
        told = (
            name
            for name in sorted(self._subjects.intersection(self.whole.shared))
            if self.whole.described(name)[0] in self._own
        )
        texts = [self.whole.listed[number] for number in self.numbers]
        own = (part for text in texts for part in (text.file, self.whole.digests.get(text.file) or keep.key(text.raw)))
        return keep.key(*parts, str(self.first), self.beside, b" ".join(told), *own)

    def turtle(self, base: bytes) -> str:
        """Return all that is validated as Turtle, what the files' heads declare once."""
        texts = [self.whole.listed[number] for number in self.numbers]
        return b"\n".join((base, self.beside, heads(texts), *(text.raw[len(text.head) :] for text in texts))).decode("utf-8")


def shares(whole: Texts) -> list[Share]:
    """Return the shares of a graph; a file stays in its share while the graph does not grow to twice its size."""
    size = sum(len(text.raw) for text in whole.listed)
    number = 1 << max(0, size // _SIZE).bit_length()
    parts: list[list[int]] = [[] for _ in range(number)]
    for place, text in enumerate(whole.listed):
        parts[zlib.crc32(text.file.encode()) % number].append(place)
    return [Share(tuple(part), not place, whole) for place, part in enumerate(parts) if part or not place]


def told(shapes: Shapes, whole: Texts, base: bytes, way: Way) -> Iterator[Told]:
    """Yield what holds in each share, from what is kept or by the fast engine, confirmed by pySHACL.

    Raises Fault at an error of syntax, Stopped if nobody waits any more.
    """
    engine = Engine(shapes.triples, fast=True)
    rest = keep.key(shapes.rules, shapes.digest, *shapes.versions(way), base)
    waiting: deque[tuple[Share, str, Future[list[Result]]]] = deque()
    with ThreadPoolExecutor(way.processes) as beside:
        # The largest first, so that none is left to one core alone for long.
        for share in sorted(shares(whole), key=lambda one: one.size, reverse=True):
            if way.stop.is_set():
                raise Stopped
            key = share.key(rest)
            known = _kept(key)
            if known:
                yield known
                continue
            waiting.append((share, key, beside.submit(_claimed, engine, share, base)))
            if len(waiting) > 2 * way.processes:
                yield _confirmed(engine, *waiting.popleft())
        while waiting:
            yield _confirmed(engine, *waiting.popleft())


def _claimed(engine: Engine, share: Share, base: bytes) -> list[Result]:
    return engine.claimed(share.turtle(base), share.holds)


def _confirmed(engine: Engine, share: Share, key: str, running: Future[list[Result]]) -> Told:
    """Return what an engine claims on the nodes of a share, as far as the other confirms it."""
    try:
        claimed = running.result()
    except Fault:
        for number in share.numbers:
            parse_text(share.whole.listed[number].raw, share.whole.listed[number].file)
        raise
    found = engine.confirmed(lambda: share.whole, claimed)
    keep.keep(_KIND, key, json.dumps(record(found)).encode())
    return found


def _kept(key: str) -> Told | None:
    raw = keep.kept(_KIND, key)
    try:
        return from_record(json.loads(raw)) if raw else None
    except (ValueError, TypeError, KeyError):
        return None  # of another making: it is computed anew
