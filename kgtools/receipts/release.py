"""A release as a hash tree: the records of every file, the rolls of all claims, and the root over both."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

from kgtools import vocab
from kgtools.faults import Fault
from kgtools.receipts.tree import Step, Tree, leaf
from kgtools.turtle import IRI, Quad, canonical, parse_file
from kgtools.workspace import Workspace

_TYPE = vocab.iri("rdf:type")
_CLAIMS = vocab.iri("cev:claims")
_CLAIM_CLASSES = frozenset(vocab.iri(name) for name in ("cev:Claim", "cev:Explanation"))


@dataclass(frozen=True)
class Record:
    """One subject's quads in one file, and the hash of its leaf."""

    subject: str
    quads: tuple[Quad, ...]
    hash: bytes


@dataclass(frozen=True)
class File:
    """A file of the graph: its name below the graph folder, its graph's IRI, and its records in order of subject."""

    name: str
    graph: str
    records: dict[str, Record]

    @cached_property
    def tree(self) -> Tree:
        """Return the tree over the records."""
        return Tree([record.hash for record in self.records.values()])

    def path(self, subject: str) -> tuple[Step, ...]:
        """Return the path from a subject's record to the file's root."""
        return self.tree.path(list(self.records).index(subject))


def record_hash(quads: Sequence[Quad]) -> bytes:
    """Return the hash of a record: the leaf over its canonical N-Quads; raise ValueError at a blank node."""
    return leaf(canonical(quads).encode("utf-8"))


def roll_hash(claim: str, assertions: Sequence[str]) -> bytes:
    """Return the hash of a roll: the leaf over a claim's IRI and the IRIs of the assertions of it."""
    return leaf(canonical_json({"assertions": list(assertions), "claim": claim}))


def file_hash(name: str, root: bytes) -> bytes:
    """Return the hash by which a file's root enters the release's tree."""
    return leaf(canonical_json({"file": name, "root": root.hex()}))


def rolls_hash(root: bytes) -> bytes:
    """Return the hash by which the root of all rolls enters the release's tree."""
    return leaf(canonical_json({"claims": root.hex()}))


def canonical_json(value: object) -> bytes:
    """Return a value as canonical JSON (RFC 8785); raise ValueError for what has none, such as a lone surrogate."""
    import rfc8785

    try:
        return rfc8785.dumps(value)  # type: ignore[arg-type]
    except UnicodeEncodeError as error:
        raise ValueError("a text holds half a surrogate pair") from error


class Release:
    """The files of a workspace as they stand, withdrawn records included."""

    def __init__(self, workspace: Workspace) -> None:
        self.workspace = workspace

    @cached_property
    def files(self) -> dict[str, File]:
        """Return the files by name; raise Fault if one cannot be parsed or holds a blank node."""
        listed = [(self.workspace.relative(path), path) for path in self.workspace.files]
        return {name: self._file(name, list(_quads(self.workspace, name, path))) for name, path in sorted(listed)}

    def _file(self, name: str, quads: list[Quad]) -> File:
        by_subject: dict[str, list[Quad]] = defaultdict(list)
        for quad in quads:
            by_subject[getattr(quad.subject, "value", "")].append(quad)
        try:
            records = {one: Record(one, tuple(by_subject[one]), record_hash(by_subject[one])) for one in sorted(by_subject)}
        except ValueError as error:
            raise Fault(name, str(error), "give it an IRI") from error
        return File(name, self.workspace.graph_name(name), records)

    @cached_property
    def homes(self) -> dict[str, list[File]]:
        """Return the files that describe a subject, by subject."""
        found: dict[str, list[File]] = defaultdict(list)
        for file in self.files.values():
            for subject in file.records:
                found[subject].append(file)
        return dict(found)

    @cached_property
    def rolls(self) -> dict[str, list[str]]:
        """Return the assertions of every claim, both in order of IRI."""
        found: dict[str, set[str]] = defaultdict(set)
        for file in self.files.values():
            for record in file.records.values():
                for quad in record.quads:
                    target = getattr(quad.object, "value", "")
                    if quad.predicate.value == _CLAIMS and isinstance(quad.object, IRI):
                        found[target].add(record.subject)
                    elif quad.predicate.value == _TYPE and target in _CLAIM_CLASSES:
                        found.setdefault(record.subject, set())
        return {claim: sorted(found[claim]) for claim in sorted(found)}

    @cached_property
    def roll_tree(self) -> Tree:
        """Return the tree over the rolls."""
        return Tree([roll_hash(claim, assertions) for claim, assertions in self.rolls.items()])

    @cached_property
    def tree(self) -> Tree:
        """Return the tree over the files and the rolls."""
        return Tree([*(file_hash(one.name, one.tree.root) for one in self.files.values()), rolls_hash(self.roll_tree.root)])

    @property
    def root(self) -> str:
        """Return the release's root in hexadecimal."""
        return self.tree.root.hex()

    def file_path(self, name: str) -> tuple[Step, ...]:
        """Return the path from a file's root to the release's."""
        return self.tree.path(list(self.files).index(name))

    def roll_path(self, claim: str) -> tuple[Step, ...]:
        """Return the path from a claim's roll to the root of the rolls."""
        return self.roll_tree.path(list(self.rolls).index(claim))

    @property
    def rolls_path(self) -> tuple[Step, ...]:
        """Return the path from the root of the rolls to the release's."""
        return self.tree.path(len(self.files))


def _quads(workspace: Workspace, name: str, path: object) -> Iterator[Quad]:
    graph = IRI(workspace.graph_name(name))
    for triple in parse_file(path):  # type: ignore[arg-type]
        yield Quad(triple.subject, triple.predicate, triple.object, graph)
