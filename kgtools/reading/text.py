"""Files as texts: which nodes they describe and name, read off without making objects of every triple.

Only the layout of `kgtools fmt` and of Oxigraph is read so: a property with its values on a line, names as CURIEs or IRIs. What
is laid out otherwise is parsed and written anew. Whether a text that is read so is Turtle, its parser says later.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

from kgtools import vocab
from kgtools.turtle import IRI, Blank, Term, Triple, serialise

# A full stop may stand within a name, but what stands before it must not be the end of another word.
_PART = rb"[\w:%\x80-\xff-]"
_IRI = rb'<[a-zA-Z][a-zA-Z0-9+.-]*+:[^<>"{}|^`\\\s]*+>'
_NAME = rb"(?:[\w-]*+:(?:%b++(?:\.++%b++)*+)?+|%b)" % (_PART, _PART, _IRI)
_NUMBER = rb"[+-]?+(?:[0-9]++(?:\.[0-9]++)?+|\.[0-9]++)(?:[eE][+-]?+[0-9]++)?+"
# All words of a text, what its quotation marks hold left out, each with a space behind it.
_WORDS = re.compile(rb'(?:(?:(?:"\^\^)?+%b|"(?:@[a-zA-Z0-9-]++)?+|%b) )*+' % (_NAME, _NUMBER))
_PLAIN = frozenset((b"a", b";", b",", b"true", b"false", b'"', b'"@en'))
_PREFIX = rb'@prefix ([\w-]*+): <([^<>"{}|^`\\\s]*+)> \.\n'
_PREFIXES = re.compile(_PREFIX)
_HEAD = re.compile(rb"(?:%b)*\n*" % _PREFIX)
_MANY = 20_000  # names that are held at a time
_OPENS = b"<"[0]
_APART = b'<"+-.0123456789'  # what no CURIE begins with


class Names:
    """The names of nodes as texts spell them, given the prefixes that these may declare, and what is looked out for.

    That are the properties that shapes read against their direction, and the mark of withdrawn records.
    """

    def __init__(self, prefixes: Mapping[str, str], inverse: Iterable[str]) -> None:
        self.prefixes, self.backwards = prefixes, tuple(inverse)
        self._spaces = {name.encode(): space.encode() for name, space in prefixes.items()}
        self._declared: dict[bytes, frozenset[bytes] | None] = {}
        self._of: dict[str, bytes] = {}
        self.pointing = self._spellings(self.backwards)
        self.watched = self.pointing | self._spellings([vocab.iri("cev:withdrawnOn")])

    def _spellings(self, iris: Iterable[str]) -> frozenset[bytes]:
        return frozenset(spelt for one in iris for spelt in self.spelt(self.name(b"<%b>" % one.encode())))

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
    """A file by its name: its head, its Turtle, the names of what it describes, and of what else it names, properties too.

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
        declared, blocks = names.declared(head), _blocks(raw[len(head) :])
        if declared is None or blocks is None:
            return None
        subjects = {block.partition(b" ")[0] for block in blocks}
        words = set(b" ".join(blocks).split()) - _PLAIN
        if not subjects <= words or not _WORDS.fullmatch(b" ".join([*words, b""])):
            return None
        apart = {word for word in words if word[0] in _APART}
        iris = {word for word in apart if word[0] == _OPENS}
        datatypes = {word[3:] for word in apart if word.startswith(b'"^')}
        words -= apart
        # A blank node is under none of the prefixes either.
        used = {word.partition(b":")[0] for listed in (words, datatypes) for word in listed}
        if not {one for one in used if one[:1] != b"<"} <= declared:
            return None
        full = not iris.isdisjoint(subjects)
        own = names.all(subjects) if full else frozenset(subjects)
        said = list(_said(blocks, names.watched & (words | iris)))
        return Text(
            file, head, raw, own, (names.all(iris) | words) - own,
            tuple((names.name(one), names.name(value)) for one, what, value in said if what in names.pointing),
            names.all(one for one, what, _ in said if what not in names.pointing), full,
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


def heads(texts: Iterable[Text]) -> bytes:
    """Return what the heads of texts declare, each prefix once."""
    listed = {text.head: None for text in texts}
    return b"".join({line: None for head in listed for line in head.splitlines(keepends=True)})


def _blocks(body: bytes) -> list[bytes] | None:
    """Return what a text says of each subject, all within quotation marks left out; None if it is laid out in another way."""
    if b"\\" in body:
        # As a parser goes, from left to right: a backslash that is escaped itself does not escape the mark behind it.
        body = body.replace(b"\\\\", b"").replace(b'\\"', b"")
    parts = body.split(b'"')
    bare = b'"'.join(parts[::2])
    if not len(parts) % 2 or not bare.endswith(b" .\n"):
        return None if body else []
    blocks = bare[:-3].split(b" .\n\n" if b" .\n\n" in bare else b" .\n")
    ends = 2 * len(blocks) - 1 if b" .\n\n" in bare else len(blocks)
    lines = bare.count(b"\n") - ends
    return blocks if lines == bare.count(b" ;\n    ") or lines == bare.count(b" ;\n\t") else None


def _said(blocks: Iterable[bytes], properties: Collection[bytes]) -> Iterator[tuple[bytes, bytes, bytes]]:
    """Yield subject, property and value of each statement of some properties; a text has no value that is asked for."""
    for block in {block for one in properties for block in blocks if one in block}:
        subject, *words = block.split()
        what = b""
        for word in words:
            if word == b";":
                what = b""
            elif not what:
                what = word
            elif what in properties and word != b",":
                yield subject, what, word
