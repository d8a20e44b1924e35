"""Passages against the archived documents: which dossiers have a say on a document, and verifying it in a worker."""

from __future__ import annotations

import tempfile
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath

from kgtools import turtle, vocab
from kgtools.bulk.outline import Outline
from kgtools.bulk.place import Place
from kgtools.bulk.setting import Given, Setting
from kgtools.bulk.work import lines_of
from kgtools.check import passages
from kgtools.check.passages import Verified
from kgtools.space import Space
from kgtools.store import MemoryStore
from kgtools.turtle import Literal, Triple

# What `check.passages` reads of documents, of the spans in them and of searches.
_READ = frozenset(
    f"<{vocab.iri(name)}>".encode()
    for name in "rdf:type schema:sha256 oa:hasSource cev:attributedBy cev:because cev:end cev:fileName cev:firstLine"
    " cev:foundIn cev:lastLine cev:length cev:lines cev:rawSha256 cev:searched cev:searchedFor cev:start".split()
)
_FILE_NAME = vocab.iri("cev:fileName")


@dataclass(frozen=True)
class Task:
    """Documents (IRIs) that are verified together, and the files that have a say on them."""

    documents: tuple[str, ...]
    files: tuple[str, ...]

    @property
    def name(self) -> str:
        """Return the name to show."""
        return self.documents[0]


def tasks(outlines: Iterable[Outline], where: Callable[[str], set[str]]) -> list[Task]:
    """Return what is to be verified; `where` tells in which files a node may be described.

    A document needs the files that describe or cite it, and those that share passages with these. Documents that need the
    same files go together: those of one dossier, as a rule.
    """
    citing: dict[str, set[str]] = defaultdict(set)
    tied: dict[str, set[str]] = defaultdict(set)
    described: set[str] = set()
    names: set[str] = set()
    for one in outlines:
        names.add(one.name)
        described.update(one.documents)
        for document in one.cites:
            citing[document].add(one.name)
        for other in {file for node in (*one.uses, *one.strays) for file in where(node)}:
            tied[one.name].add(other)
            tied[other].add(one.name)
    groups: dict[tuple[str, ...], list[str]] = defaultdict(list)
    for document in sorted(described):
        near = where(document) | citing[document]
        files = near.union(*(tied[file] for file in near if file in tied))
        groups[tuple(sorted(files & names))].append(document)
    return [Task(tuple(listed), files) for files, listed in sorted(groups.items())]


def verify(given: Given, task: Task) -> Verified:
    """Verify some documents and the passages in them; raise Fault if a document cannot be read."""
    setting = given.load()
    listed = {name: _read(setting, name) for name in sorted(task.files, key=PurePosixPath)}
    with _at_hand(setting, listed.values()) as documents:
        space = Space(replace(setting.workspace, documents=documents), setting.withdrawn)
        space.files = listed
        space.store = store = MemoryStore()
        for triples in listed.values():
            store.load_union(triples)
        return passages.verify(space, {space.short(document) for document in task.documents})


def _read(setting: Setting, name: str) -> list[Triple]:
    """Return what a dossier says of documents and passages, and of all else one triple, which tells where it is described."""
    known, kept = set(), []
    own = f"<{setting.workspace.graph_name(name)}> .".encode()
    for line in lines_of(setting, name):
        subject, predicate, _ = line.split(b" ", 2)
        if line.endswith(own) and (predicate in _READ or subject not in known):
            known.add(subject)
            kept.append(line)
    return [quad.triple for quad in turtle.parse_own_quads(b"\n".join(kept))]


@contextmanager
def _at_hand(setting: Setting, listed: Iterable[list[Triple]]) -> Iterator[tuple[Path, ...]]:
    """Give the folders of the documents on this machine; what dossiers describe is brought here if it lies elsewhere."""
    places = [Place(where) for where in setting.documents]
    if not any(place.far for place in places):
        yield tuple(Path(place.where) for place in places)
        return
    said = (t for triples in listed for t in triples if t.predicate.value == _FILE_NAME)
    names = {t.object.value for t in said if isinstance(t.object, Literal)}
    plain = sorted(name for name in names if Path(name).name == name)
    with tempfile.TemporaryDirectory() as here:
        folders = []
        for number, place in enumerate(places):
            folders.append(Path(here) / str(number) if place.far else Path(place.where))
            if place.far:
                folders[-1].mkdir()
                place.bring(plain, folders[-1])
        yield tuple(folders)
