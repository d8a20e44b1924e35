"""Files as texts: which nodes they describe and name, read off without making objects of every triple.

Only the layout of `kgtools fmt` and of Oxigraph is read so: a property with its values on a line, names as CURIEs or IRIs. What
is laid out otherwise is parsed and written anew. Whether a text that is read so is Turtle, its parser says later.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from kgtools import vocab
from kgtools.turtle import IRI, Blank, Term, Triple, serialise

_PART = rb"""[^\s"'<>\[\](){}#\\;,.@]"""
_IRI = rb'<[a-zA-Z][a-zA-Z0-9+.-]*+:[^<>"{}|^`\\\s]*+>'
_NAME = rb"(?:%b++(?:\.++%b++)*+|%b)" % (_PART, _PART, _IRI)
_PROSE = rb'"[^"\\\n\r]*+(?:\\.[^"\\\n\r]*+)*+"(?:@[a-zA-Z0-9-]++)?+'
_VALUE = rb"(?:%b|%b(?:\^\^%b)?+)" % (_NAME, _PROSE, _NAME)
_VALUES = re.compile(_VALUE)
# Subject if it stands here, property, and values: names alone, one text, or others. A full stop ends what is said of a subject.
# Nothing is looked for but where a line begins, or a long word that fits nowhere would be read anew from each of its letters.
_LINE = re.compile(
    rb"(?:(?<=;\n)(?:    |\t)|(?m:^)(?<!;\n)(%b) )(%b) (?:(%b(?: , %b)*+)|%b(?= [;.])|(%b(?: , %b)*+)) (?:;|\.\n?)\n"
    % (_NAME, _NAME, _NAME, _NAME, _PROSE, _VALUE, _VALUE)
)
_GROUPS = 5  # of a line when it is split: what no line takes in, and the four groups
_PREFIX = rb'@prefix ([\w-]*+): <([^<>"{}|^`\\\s]*+)> \.\n'
_PREFIXES = re.compile(_PREFIX)
_HEAD = re.compile(rb"(?:%b)*\n*" % _PREFIX)
_MANY = 20_000  # names that are held at a time
_OPENS, _QUOTE = b'<"'


class Names:
    """The names of nodes as texts spell them, given the prefixes that these may declare, and what is looked out for.

    That are the properties that shapes read against their direction, and the mark of withdrawn records.
    """

    def __init__(self, prefixes: Mapping[str, str], inverse: Iterable[str]) -> None:
        self.prefixes, self.backwards = prefixes, tuple(inverse)
        self._spaces = {name.encode(): space.encode() for name, space in prefixes.items()}
        self._declared: dict[bytes, frozenset[bytes] | None] = {}
        self._of: dict[str, bytes] = {}
        self.inverse = frozenset(self.name(b"<%b>" % one.encode()) for one in self.backwards)
        self.mark = self.name(b"<%b>" % vocab.iri("cev:withdrawnOn").encode())

    @cached_property
    def clear(self) -> bool:
        """Say whether every IRI has one CURIE at most, whatever a text declares."""
        spaces = sorted(self._spaces.values())
        # What follows a prefix holds neither / nor # unless escaped, and texts with escaped names are not read.
        pairs = ((one, other) for place, one in enumerate(spaces) for other in spaces[place + 1 :] if other.startswith(one))
        return all(b"/" in other[len(one) :] or b"#" in other[len(one) :] for one, other in pairs)

    def declared(self, head: bytes) -> frozenset[bytes] | None:
        """Return the prefixes that the head of a text declares, None if it declares others than these."""
        if head not in self._declared:
            listed = _PREFIXES.findall(head)
            known = all(self._spaces.get(name) == space for name, space in listed)
            self._declared[head] = frozenset(name for name, _ in listed) if known else None
        return self._declared[head]

    def name(self, token: bytes) -> bytes:
        """Return the one name of a node that a text may also spell out as an IRI: a CURIE where a prefix fits."""
        if token[0] != _OPENS:
            return token
        iri = token[1:-1]
        end = max(iri.rfind(b"/"), iri.rfind(b"#")) + 1
        if iri[:end] in self._ending and self._all_end:
            return self._ending[iri[:end]] + b":" + iri[end:]
        fitting = max(((space, name) for name, space in self._spaces.items() if iri.startswith(space)), default=None)
        return fitting[1] + b":" + iri[len(fitting[0]) :] if fitting else token

    @cached_property
    def _ending(self) -> dict[bytes, bytes]:
        """Return the prefixes by the IRIs that they stand for, where these end with / or # as nearly all do."""
        return {space: name for name, space in self._spaces.items() if space.endswith((b"/", b"#"))}

    @cached_property
    def _all_end(self) -> bool:
        return len(self._ending) == len(self._spaces)

    def all(self, tokens: Iterable[bytes]) -> frozenset[bytes]:
        """Return the names of nodes."""
        return frozenset(token if token[0] != _OPENS else self.name(token) for token in tokens)

    def of(self, node: Term) -> bytes:
        """Return the name of a node, empty for one that has none."""
        if not isinstance(node, IRI):
            return b""
        found = self._of.get(node.value)
        if found is None:
            if len(self._of) > _MANY:
                self._of.clear()
            found = self._of[node.value] = self.name(b"<%b>" % node.value.encode())
        return found

    def spelt(self, name: bytes) -> tuple[bytes, ...]:
        """Return the ways to spell a name."""
        return (name,) if name[0] == _OPENS else (name, b"<%b>" % self.iri(name).encode())

    def iri(self, name: bytes) -> str:
        """Return the IRI that a name stands for."""
        if name[0] == _OPENS:
            return name[1:-1].decode()
        prefix, _, local = name.partition(b":")
        return (self._spaces[prefix] + local).decode()


@dataclass(frozen=True)
class Text:
    """A file by its name: its head, its Turtle, and the names of what it describes and of what else it names.

    `points` are the subjects and values of statements that shapes read against their direction (a value that is no name stands
    as it is written); `marked` are the records withdrawn in it. `full` says that a subject is spelt out as an IRI.
    """

    file: str
    head: bytes
    raw: bytes
    subjects: frozenset[bytes]
    others: frozenset[bytes]
    points: tuple[tuple[bytes, bytes], ...] = ()
    marked: frozenset[bytes] = frozenset()
    full: bool = False

    @staticmethod
    def read(file: str, raw: bytes, names: Names) -> Text | None:
        """Return a text, None if it is laid out in another way or holds a blank node."""
        match = _HEAD.match(raw)
        head = match[0] if match else b""
        declared = names.declared(head)
        body = raw[len(head) :]
        parts: list[Any] = _LINE.split(body)
        if declared is None or any(parts[::_GROUPS]) or body.endswith(b";\n"):
            return None
        subjects, properties, plain, mixed = (set(parts[place::_GROUPS]) for place in range(1, _GROUPS))
        for one in (subjects, plain, mixed):
            one.discard(None)
        values, datatypes = _values(plain, mixed)
        others = values - subjects
        used = {one.partition(b":")[0] for listed in (subjects, properties - {b"a"}, others, datatypes) for one in listed}
        # A blank node is under none of the prefixes either.
        if not {one for one in used if not one.startswith(b"<")} <= declared:
            return None
        full = raw[:1] == b"<" or b"\n<" in raw
        own = names.all(subjects) if full else frozenset(subjects)
        called = names.all(properties)
        points, marked = names.inverse & called, {names.mark} & called
        return Text(
            file, head, raw, own, names.all(others) - own,
            tuple((names.name(one), names.name(value)) for one, value in _said(parts, names, points)) if points else (),
            names.all(one for one, _ in _said(parts, names, marked)) if marked else frozenset(), full,
        )  # fmt: skip

    @staticmethod
    def made(file: str, triples: Iterable[Triple], names: Names) -> Text | None:
        """Return the text of some triples, None if there is a blank node among them."""
        listed = list(triples)
        if any(isinstance(node, Blank) for triple in listed for node in (triple.subject, triple.object)):
            return None
        raw = serialise(listed, "turtle", names.prefixes)
        # Names that are written with an escape are read in full.
        return Text.read(file, raw, names) or Text.read(file, serialise(listed, "ntriples"), names)

    def about(self, name: bytes, names: Names) -> Iterator[bytes]:
        """Yield what the text says of a node as Turtle without a head."""
        for spelt in names.spelt(name) if self.full else (name,):
            mark = b"\n" + spelt + b" "
            start = 0 if self.raw.startswith(mark[1:]) else self.raw.find(mark)
            while start >= 0:
                end = self.raw.index(b" .\n", start) + 2
                yield self.raw[start:end]
                start = self.raw.find(mark, end)


def _values(plain: set[bytes], mixed: set[bytes]) -> tuple[set[bytes], set[bytes]]:
    """Return the names in lists of names and in lists of others too, and the datatypes of these."""
    several = [one for one in plain if b" , " in one]
    several += [one for one in mixed if b" , " in one]
    # A number or a truth value is no name.
    found = {one for one in plain if b":" in one}.difference(several)
    texts = mixed.difference(several)
    for one in {value for values in several for value in _VALUES.findall(values)}:
        if one[0] == _QUOTE:
            texts.add(one)
        elif b":" in one:
            found.add(one)
    endings = {one[one.rfind(b'"') + 1 :] for one in texts}
    return found, {one[2:] for one in endings if one.startswith(b"^^")}


def _said(parts: list[Any], names: Names, properties: Iterable[bytes]) -> Iterator[tuple[bytes, bytes]]:
    """Yield subject and value of each statement of some properties; a text alone is no value that is asked for."""
    wanted = {token for token in set(parts[2::_GROUPS]) if names.name(token) in properties}
    subjects = parts[1::_GROUPS]
    for place, token in enumerate(parts[2::_GROUPS]):
        if token in wanted:
            here = place
            while not subjects[here]:
                here -= 1
            for value in _VALUES.findall(parts[_GROUPS * place + 3] or parts[_GROUPS * place + 4] or b""):
                yield subjects[here], value
