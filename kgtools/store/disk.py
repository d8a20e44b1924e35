"""The embedded store on disk.

The default graph is a copy of all dossiers and of what is derived from them, kept as it is asked: a union over named graphs
needs twice the indexes for each triple, takes vocabulary for data, and repeats what two graphs both say. (Bulk load of 305,000
triples, relative to the default graph alone: named graphs 0.57, both 0.28.) Named graphs are made for all dossiers when a query
first asks for one, or by `load --graphs`, and are kept in step from then on; until then nobody pays for them.

Beside the quads stand the books: for every dossier the hash of its file, the file's name and its content, compressed, from
which it can be read as it was written, what was read for its derived facts and the hash of that. Books and quads change
together, with the state of the folder (see `folder`).
"""

from __future__ import annotations

import base64
import contextlib
import hashlib
import re
import time
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from types import TracebackType

import pyoxigraph as ox

from kgtools import vocab
from kgtools.faults import Fault
from kgtools.store import folder as folders
from kgtools.store.books import RULES, Books, entries, iri
from kgtools.store.engine import Engine
from kgtools.store.interface import Dataset, Dossier
from kgtools.turtle import FORMATS, IRI, Blank, Literal, Quad, Term, Triple, parse_text, serialise

_CONTENT = IRI(vocab.iri("prov:value"))
_UNION = ox.DefaultGraph()
# Bytes of N-Triples that the engine is given at once: few at first, so that it need not wait, then twice as many each time.
_FIRST_BATCH, _BATCH = 8_000_000, 64_000_000
_PATIENCE = 100  # tenths of a second to wait for another writer when a query needs named graphs


class DiskStore(Books, Engine):
    """An embedded Oxigraph store in a folder, opened to read it, or to write its next state.

    What is written holds once the store is closed, all of it or nothing: left by an exception, or killed, nothing has changed.
    """

    at_once = True  # all that is written holds together

    def __init__(self, folder: str | Path, write: bool = False, withdrawn: bool = False) -> None:
        self.folder = Path(folder)
        self._here: folders.Writing | folders.Reading = (
            folders.Writing(self.folder, withdrawn) if write else folders.Reading(self.folder)
        )
        state = self._here.state
        self.named, self.withdrawn = state.named, state.withdrawn
        self._changed = False
        opened = ox.Store if write else ox.Store.read_only
        try:
            super().__init__(opened(str(self._here.path / "quads")))
            self._books = opened(str(self._here.path / "books"))
        except (OSError, ValueError, RuntimeError) as error:
            self.abandon()
            raise self._fault(error) from error

    def __enter__(self) -> DiskStore:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        if kind is None:
            self.close()
        else:
            self.abandon()

    @property
    def fresh(self) -> bool:
        """Say whether nothing was in the folder before."""
        return isinstance(self._here, folders.Writing) and self._here.fresh

    def close(self) -> None:
        """Let what was written hold, and let go of the store."""
        if isinstance(self._here, folders.Writing) and "_books" in self.__dict__ and self._changed:
            try:
                with self._writes():
                    self._store.flush()
                    self._books.flush()
                    # Batches taken in one by one lie over each other; laid together, answers take half the time.
                    if self._here.fresh:
                        self._store.optimize()
                self._forget()
                self._here.publish(self.named)
            finally:
                self.abandon()
        self.abandon()

    def abandon(self) -> None:
        """Let go of the store; what was written is lost."""
        self._forget()
        self._here.end()

    def _forget(self) -> None:
        for name in ("_store", "_books"):  # the engine closes its files when nothing refers to it any more
            self.__dict__.pop(name, None)

    def content(self, graph: str) -> bytes:
        """Return a dossier as it was loaded: Turtle, withdrawn records included."""
        found = next(iter(self._book(IRI(graph), _CONTENT)), None)
        if found is None:
            raise Fault(str(self.folder), f"holds no {graph}", "load it")
        return self._unpacked(found.object.value)  # type: ignore[union-attr]

    def triples(self, graph: str) -> Iterator[Triple]:
        """Yield the triples of a dossier as it was loaded, withdrawn records included, in the order of its file."""
        yield from parse_text(self.content(graph), graph)

    def dossiers(self, graphs: Collection[str]) -> Iterator[tuple[str, list[Triple], list[Triple]]]:
        """Yield the graph of each dossier with its triples as it was loaded, and the facts derived from it."""
        for graph in graphs:
            own = list(self.triples(graph))
            said = self._said_of(dict.fromkeys(t.subject for t in own))  # type: ignore[misc]
            yield graph, own, list(said.difference(own, _as_written(t for t in own if t not in said)))

    def describe(self, nodes: Collection[str]) -> list[Triple]:
        """Return what dossiers and derived facts say of nodes."""
        return [one.triple for node in map(iri, nodes) if node for one in self._found(node, None, None)]

    def pointers(self, nodes: Collection[str], predicates: Collection[str] = ()) -> list[Triple]:
        """Return what points at nodes, by some predicates or, where none is given, by any."""
        ways: list[IRI | None] = [IRI(one) for one in predicates] or [None]
        return [one.triple for node in map(iri, nodes) if node for way in ways for one in self._found(None, way, node)]

    def names(self, predicates: Collection[str], space: str) -> Iterator[tuple[str, str]]:
        """Yield each node of a namespace with each of its names, which some predicates give it."""
        for predicate in predicates:
            for one in self._found(None, IRI(predicate), None):
                if isinstance(one.subject, IRI) and one.subject.value.startswith(space):
                    yield one.subject.value, getattr(one.object, "value", "")

    def _found(self, subject: IRI | Blank | None, predicate: IRI | None, term: Term | None) -> list[Quad]:
        with self._reads():
            return list(self._store.quads_for_pattern(subject, predicate, term, _UNION))

    def _book(self, subject: IRI | None = None, predicate: IRI | None = None, term: IRI | None = None) -> list[Quad]:
        with self._reads():
            return list(self._books.quads_for_pattern(subject, predicate, term, _UNION))

    def load(self, graph: str, triples: Iterable[Triple]) -> None:
        """Put triples in the place of what is held of a graph."""
        listed = list(triples)
        self.replace(graph, hashlib.sha256(serialise(listed, "ntriples")).hexdigest(), listed, ())

    def load_apart(self, graph: str, triples: Iterable[Triple]) -> None:
        """Put triples of the model in a named graph only, in the place of what is there."""
        with self._writes():
            self._store.clear_graph(IRI(graph))
            self._store.extend(Quad(t.subject, t.predicate, t.object, IRI(graph)) for t in triples)

    def load_model(self, graphs: Mapping[str, list[Triple]], union: Iterable[str], version: str) -> None:
        """Put the graphs of the model, by IRI, in the place of an older version of them; those in union are asked by all."""
        for graph, triples in graphs.items():
            node = IRI(graph)
            if any(one.object.value == version for one in self._book(node, RULES)):  # type: ignore[union-attr]
                continue
            old = {t.triple for t in self._store.quads_for_pattern(None, None, None, node)}
            self.load_apart(graph, triples)
            if graph in union:
                self._exchange(old, set(triples))
            self._rewrite([node], [Quad(node, RULES, Literal(version))])

    def replace(self, graph: str, digest: str, triples: Iterable[Triple], derived: Iterable[Triple]) -> None:
        """Put a dossier, the facts derived from it and its hash in the place of what is held of it."""
        listed = list(triples)
        slug = graph.rpartition("/")[2]
        text, facts = serialise(listed, "ntriples"), serialise(derived, "ntriples")
        self.apply([Dossier(graph, f"{slug}.ttl", digest, text, text, facts)])

    def drop(self, graph: str) -> None:
        """Take a dossier, the facts derived from it and its hash away."""
        self.apply([], [graph])

    def apply(self, dossiers: Sequence[Dossier], dropped: Iterable[str] = ()) -> None:
        """Put dossiers in the place of what is held of them and take others (IRIs of graphs) away, in one transaction.

        Records may move from one of the dossiers to another.
        """
        graphs = [*dropped, *(dossier.graph for dossier in dossiers)]
        old = self._said_of({subject for graph in graphs for subject in self._subjects(graph)})
        self._exchange(old, {t for dossier in dossiers for listed in (dossier.triples, dossier.derived) for t in listed})
        for graph in graphs:
            self._name(graph, (), ())
        for dossier in dossiers:
            self._name(dossier.graph, dossier.triples, dossier.derived)
        self._rewrite([node for graph in graphs for node in self._nodes(graph)], [b for d in dossiers for b in _books(d)])

    def fill(self, dossiers: Iterable[Dossier]) -> None:
        """Add dossiers of which nothing is held yet, in bulk; of one without a hash, only the triples.

        While the engine takes in one batch, as text, the next is prepared.
        """
        with self._writes(), ThreadPoolExecutor(1) as engine:
            taken: Future[None] | None = None
            for text, blank, books in _batches(dossiers):
                if taken:
                    taken.result()
                taken = engine.submit(self._take_in, text, blank)
                self._books.extend(books)
            if taken:
                taken.result()
        if self.named:
            self.named = False
            self.name_graphs()

    def _take_in(self, text: bytes, blank: list[Quad]) -> None:
        self._store.bulk_load(text, format=FORMATS["ntriples"], lenient=True)
        self._store.bulk_extend(blank)

    def _subjects(self, graph: str) -> set[IRI | Blank]:
        """Return the subjects of a dossier that is held; none if it is not."""
        if not self._book(IRI(graph), _CONTENT):
            return set()
        return {t.subject for t in self.triples(graph)}  # type: ignore[misc]

    def _said_of(self, subjects: Iterable[IRI | Blank]) -> set[Triple]:
        return {one.triple for subject in subjects for one in self._found(subject, None, None)}

    def _exchange(self, old: set[Triple], new: set[Triple]) -> None:
        """Put triples in the place of others in the default graph."""
        gone, come = old - new, new - old
        # No update may name a blank node that is to go.
        blank = {t for t in gone | come if isinstance(t.subject, Blank) or isinstance(t.object, Blank)}
        with self._writes():
            for t in gone & blank:
                self._store.remove(Quad(t.subject, t.predicate, t.object))
            self._store.extend(Quad(t.subject, t.predicate, t.object) for t in come & blank)
            parts = [("DELETE", gone - blank), ("INSERT", come - blank)]
            texts = [f"{verb} DATA {{\n{serialise(some, 'ntriples').decode()}}}" for verb, some in parts if some]
            self._store.update(" ;\n".join(texts))

    def _rewrite(self, nodes: list[IRI], new: list[Quad]) -> None:
        with self._writes():
            for old in [one for node in nodes for one in self._book(node)]:
                self._books.remove(old)
            self._books.extend(new)

    def _nodes(self, graph: str) -> list[IRI]:
        return [IRI(graph), IRI(vocab.derived_graph(graph))]

    def _name(self, graph: str, triples: Iterable[Triple], derived: Iterable[Triple]) -> None:
        """Keep the named graphs of a dossier in step, if there are any."""
        if self.named:
            with self._writes():
                for node, listed in zip(self._nodes(graph), (triples, derived), strict=True):
                    self._store.remove_graph(node)
                    self._store.extend(Quad(t.subject, t.predicate, t.object, node) for t in listed)

    def name_graphs(self) -> None:
        """Make the named graphs of all dossiers, once; raise Fault where the store cannot be written."""
        if self.named:
            return
        if isinstance(self._here, folders.Writing):
            with self._writes():
                self._store.bulk_extend(self._quads_in_graphs())
            self.named = True
            return
        for left in range(_PATIENCE, -1, -1):
            try:
                with DiskStore(self.folder, write=True) as other:
                    other.name_graphs()
            except folders.Busy:  # perhaps with the same
                if not left:
                    raise
                time.sleep(0.1)
            self.abandon()
            self.__init__(self.folder)  # type: ignore[misc]
            if self.named:
                return

    def _quads_in_graphs(self) -> Iterator[Quad]:
        gone = set().union(*self.withdrawn_records().values()) if not self.withdrawn else set()
        for graph in self.held():
            held, derived = self._nodes(graph)
            own = ox.Store()  # the engine's own spelling of literals
            own.extend(
                Quad(t.subject, t.predicate, t.object)
                for t in self.triples(graph)
                if not gone & {getattr(t.subject, "value", ""), getattr(t.object, "value", "")}
            )
            for one in own:
                yield Quad(one.subject, one.predicate, one.object, held)
            for subject in {one.subject for one in own}:
                for said in self._found(subject, None, None):
                    if said not in own:
                        yield Quad(said.subject, said.predicate, said.object, derived)

    def _graphs_for(self, asked: str, dataset: Dataset) -> None:
        """Make the named graphs unless only graphs of the model are asked for, which are always there."""
        names = {one.subject.value for one in self._book(None, RULES)} if not self.named else set()  # type: ignore[union-attr]
        for name in names:
            asked = re.sub(rf"\bGRAPH\s*<{re.escape(name)}>", "", asked, flags=re.IGNORECASE)
        asked = re.sub(r"<[^<>{}\s]*>", "", asked)
        if dataset.named is not None or re.search(r"graph|from|\\", asked, re.IGNORECASE):
            self.name_graphs()

    @contextlib.contextmanager
    def _reads(self) -> Iterator[None]:
        try:
            yield
        except (OSError, RuntimeError) as error:
            raise self._fault(error) from error

    @contextlib.contextmanager
    def _writes(self) -> Iterator[None]:
        if not isinstance(self._here, folders.Writing):
            raise Fault(str(self.folder), "is open for reading", "open it with write=True")
        self._changed = True
        try:
            yield
        except OSError as error:
            raise folders.failed(self.folder, error) from error

    def _fault(self, error: Exception) -> Fault:
        if isinstance(error, OSError | RuntimeError):
            return folders.failed(self.folder, error)
        return super()._fault(error)

    def _unpacked(self, text: str) -> bytes:
        import zstandard

        try:
            return zstandard.decompress(base64.b64decode(text))
        except (ValueError, zstandard.ZstdError) as error:
            raise folders.broken(self.folder, "the content of a dossier cannot be read") from error


def _batches(dossiers: Iterable[Dossier]) -> Iterator[tuple[bytes, list[Quad], list[Quad]]]:
    """Yield what dossiers and their derived facts say, and what the books say of them, many dossiers at a time.

    It is N-Triples, but for dossiers with blank nodes, which the engine would give other names if it read them.
    """
    texts: list[bytes] = []
    blank: list[Quad] = []
    books: list[Quad] = []
    most = _FIRST_BATCH
    for dossier in dossiers:
        text = dossier.text + dossier.facts
        if b"_:" in text:
            said = (*dossier.triples, *dossier.derived)
            blank += (Quad(t.subject, t.predicate, t.object) for t in said)
        else:
            texts.append(text)
        books += _books(dossier) if dossier.digest else ()
        if sum(map(len, texts)) + 100 * len(blank) > most:
            yield b"".join(texts), blank, books
            texts, blank, books = [], [], []
            most = min(2 * most, _BATCH)
    yield b"".join(texts), blank, books


def _books(dossier: Dossier) -> list[Quad]:
    """Return what the books say of a dossier, its content with it."""
    import zstandard

    packed = Literal(base64.b64encode(zstandard.compress(dossier.content)).decode("ascii"))
    said = [*entries(dossier), Triple(IRI(dossier.graph), _CONTENT, packed)]
    return [Quad(one.subject, one.predicate, one.object) for one in said]


def _as_written(triples: Iterable[Triple]) -> Iterator[Triple]:
    """Yield triples as the engine holds them, which writes some literals anew (`1.50` becomes `1.5`)."""
    held = ox.Store()
    held.extend(Quad(t.subject, t.predicate, t.object) for t in triples)
    return (quad.triple for quad in held)
