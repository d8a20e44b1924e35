"""What `kgtools.open()` returns: a loaded workspace to ask."""

from __future__ import annotations

import dataclasses
import datetime
import os
import re
from collections.abc import Collection, Iterable, Mapping
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from kgtools import keep, turtle, vocab
from kgtools import queries as named
from kgtools.faults import Fault, nearest
from kgtools.instruments import Instruments
from kgtools.queries import Query
from kgtools.store import MEMORY, Answer, MemoryStore, Rows, Store
from kgtools.table import Table as Table
from kgtools.turtle import IRI, Literal, Term, Triple
from kgtools.workspace import Workspace, model

if TYPE_CHECKING:
    from kgtools.as_of import Horizon

Value = str

_PREFIX = re.compile(r"[\w.-]+")


class Space(Instruments):
    """A workspace, loaded: its files, what is derived from them, a store that answers, and the instruments."""

    def __init__(self, workspace: Workspace, withdrawn: bool = False) -> None:
        self.workspace = workspace
        self.withdrawn = withdrawn
        self.horizon: Horizon | None = None
        self.centre = ""  # the nodes (CURIEs) around which a part of a store was read
        self._shortened: dict[str, str] = {}
        self._read: str | None = None  # the key of the files as read, None where they are not the folder's

    def as_read(self) -> dict[str, bytes] | None:
        """Return the bytes of every file by file; None where the space is not what the files of the folder say now."""
        raw = {path: turtle.read(path) for path in self.workspace.files}
        held = "every_file" in self.__dict__ or "files" in self.__dict__
        return None if held and self._read != self._key(raw) else {self.workspace.relative(path): raw[path] for path in raw}

    def _key(self, raw: Mapping[Path, bytes]) -> str:
        return keep.key(str(self.withdrawn), *(part for path, data in raw.items() for part in (path.stem, data)))

    @cached_property
    def every_file(self) -> dict[str, list[Triple]]:
        """Return the triples of every file of the graph by file, withdrawn records included."""
        raw = {path: turtle.read(path) for path in self.workspace.files}
        self._read = self._key(raw)
        return {self.workspace.relative(path): turtle.parse_text(data, str(path)) for path, data in raw.items()}

    @cached_property
    def files(self) -> dict[str, list[Triple]]:
        """Return the triples of every file of the graph by file, withdrawn records left out unless asked for."""
        listed = self.every_file
        if self.withdrawn:
            return listed
        mark = vocab.iri("cev:withdrawnOn")
        gone = {t.subject for triples in listed.values() for t in triples if t.predicate.value == mark}
        if not gone:
            return listed
        return {
            name: [t for t in triples if t.subject not in gone and t.object not in gone] for name, triples in listed.items()
        }

    def as_of(self, day: str, clock: str = "publication") -> Space:
        """Return the space cut down to what may have been known by a day in UTC on a clock.

        The clocks are event, speech, publication and curation.
        Its `horizon` says what was certainly and what possibly known by then. On the clock of curation, records that were
        withdrawn later are there. Raises Fault for a day or clock that is none.
        """
        from kgtools import as_of

        if clock not in vocab.CLOCKS:
            raise Fault("clock", f"unknown clock '{clock}'", nearest(clock, vocab.CLOCKS))
        last = datetime.date.fromisoformat(named.day(day).value)
        whole = self
        if clock == "curation" and not self.withdrawn and self.horizon is None:
            whole = Space(self.workspace)
            whole.files = as_of.withdrawn_later(self.every_file, last)
        other = Space(self.workspace, self.withdrawn)
        other.files, horizon = as_of.cut(whole.files, whole.derived, last, clock)
        other.horizon = dataclasses.replace(horizon, around=self.centre)
        return other

    def known_by_then(self, name: str) -> str:
        """Return 'certainly' or 'possibly' for an assertion (CURIE) of a space as of a day, else nothing."""
        prefix, _, local = name.partition(":")
        return self.horizon.certainty(self.prefixes.get(prefix, "") + local) if self.horizon else ""

    @cached_property
    def derived(self) -> list[Triple]:
        """Return the facts derived from the files, kept from an earlier time where files and rules are the same."""
        from kgtools import derive

        files = self._file_graphs
        if self._read is None:
            return derive.facts(files)
        name = keep.key(derive.rules(), self._read, *files)
        kept = keep.kept("derived", name)
        if kept is not None:
            return turtle.parse_triples(kept)
        found = derive.facts(files)
        keep.keep("derived", name, turtle.serialise(found, "ntriples"))
        return found

    @cached_property
    def store(self) -> Store:
        """Return the store: every file as a named graph, the derived graph, their union, and the vocabulary apart."""
        store = MemoryStore()
        for name, triples in {**self._file_graphs, **model()}.items():
            (store.load_apart if "/ontology-" in name else store.load)(name, triples)
        store.load_union(self.derived)
        store.load_later(lambda: self._derived_graphs)
        return store

    @cached_property
    def _file_graphs(self) -> dict[str, list[Triple]]:
        return {self.workspace.graph_name(name): triples for name, triples in self.files.items()}

    @cached_property
    def graphs(self) -> dict[str, list[Triple]]:
        """Return the named graphs of the store by IRI with their triples: files, derived facts, the model's lists and terms."""
        return {**self._file_graphs, **self._derived_graphs, **model()}

    @cached_property
    def _derived_graphs(self) -> dict[str, list[Triple]]:
        """Return the facts derived from each file by the IRI of a graph of their own."""
        graphs = {name: vocab.derived_graph(self.workspace.graph_name(name)) for name in self.files}
        found: dict[str, list[Triple]] = {}
        for fact in self.derived:
            if isinstance(fact.subject, IRI):
                found.setdefault(graphs[self._files_of[fact.subject.value]], []).append(fact)
        return found

    @property
    def version(self) -> str:
        """Return a key of the dossiers as they stand, each by its name and its bytes."""
        return keep.key(*(part for path in self.workspace.files for part in (path.name, turtle.read(path))))

    @property
    def graph_names(self) -> Collection[str]:
        """Return the IRIs of the named graphs of the store."""
        return self.graphs.keys()

    @property
    def prefixes(self) -> Mapping[str, str]:
        """Return the prefixes of the model and of the workspace."""
        return self.workspace.prefixes

    def queries(self) -> dict[str, Query]:
        """Return all named queries by name."""
        return named.named(self.workspace.query_folders)

    def query(self, name: str, **values: Value) -> Table:
        """Answer a named query as a table; parameters are slugs, CURIEs, IRIs or unambiguous labels, days as 2011-02-15."""
        found = named.get(name, self.workspace.query_folders)
        return self.table(self.store.query(self.bound(found, values)), found.summary)

    def sparql(self, text: str) -> Answer:
        """Answer any SPARQL 1.1 query; the workspace's prefixes may be used without being declared."""
        return self.store.query(self.prepared(text))

    def prepared(self, text: str) -> str:
        """Return a user's SPARQL, guarded, with the prefixes that it uses but does not declare."""
        used = self.prefixes.keys() & {_before(piece) for piece in text.split(":")[:-1]}
        head = [f"PREFIX {name}: <{self.prefixes[name]}>" for name in sorted(used) if not _declares(text, name)]
        whole = " ".join([*head, text])
        named.guard(whole, self.graph_names if "from" in text.lower() or "\\" in text else None)
        return whole

    def bound(self, query: Query, values: Mapping[str, Value]) -> str:
        """Return a named query's SPARQL with its parameters resolved and bound, and the data prefixes declared."""
        return self.prepared(query.bind(self.terms(query, values)))

    def terms(self, query: Query, values: Mapping[str, Value]) -> dict[str, Term]:
        """Return the RDF terms for the values of a query's parameters, by name."""
        kinds = {parameter.name: parameter.kind for parameter in query.parameters}
        return {name: self.term(name, kinds.get(name, "text"), value) for name, value in values.items()}

    def term(self, name: str, kind: str, value: Value) -> Term:
        """Return the RDF term for a parameter's value: an IRI resolved by name, a day, or a text."""
        if kind == "date":
            return named.day(value)
        if kind == "text":
            return Literal(value)
        return IRI(self.resolve(value, name))

    def resolve(self, value: str, kind: str = "") -> str:
        """Return the IRI that a slug, CURIE, IRI or unambiguous label stands for, among nodes of a kind if one is given.

        Raises Fault with the nearest names if there is none, and with the candidates if there are several.
        """
        if kind in vocab.LISTS:
            return self._listed(value, kind)
        return self.named(value, kind) or self._by_label(value, kind)

    def named(self, value: str, kind: str) -> str:
        """Return the IRI of the node that a CURIE, an IRI or, among nodes of a kind, a slug names; nothing if there is none."""
        prefix, colon, local = value.partition(":")
        candidates = [value.strip("<>")]
        if colon and prefix in self.prefixes:
            candidates.append(self.prefixes[prefix] + local)
        if kind in self.workspace.data_prefixes:
            candidates.append(self.workspace.data_prefixes[kind] + value)
        return next((candidate for candidate in candidates if self.describes(candidate)), "")

    def _listed(self, value: str, kind: str) -> str:
        word = vocab.curie(value.strip("<>"), vocab.PREFIXES).removeprefix(f"{kind}:")
        if word not in vocab.LISTS[kind]:
            raise Fault(kind, f"unknown {kind} '{value}'", nearest(word, vocab.LISTS[kind]))
        return vocab.iri(f"{kind}:{word}")

    def _by_label(self, value: str, kind: str) -> str:
        space = self.workspace.data_prefixes.get(kind, "")
        within = self.labels(space)
        wanted = value.casefold()
        exact = [iri for iri, names in within.items() if any(wanted == name.casefold() for name in names)]
        loose = [iri for iri, names in within.items() if any(wanted in name.casefold() for name in names)]
        found = exact or loose
        what = kind or "name"
        if len(found) == 1:
            return found[0]
        if found:
            names = ", ".join(self.short(iri) for iri in sorted(found)[:6])
            raise Fault(what, f"'{value}' may be {len(found)} things ({names})", "give one of them")
        if self.horizon:
            day = self.horizon.day.isoformat()
            raise Fault(what, f"unknown {what} '{value}' as of {day}", "try a later day, or another name")
        slugs = [iri[len(space) :] for iri in within] if space else [self.short(iri) for iri in within]
        raise Fault(what, f"unknown {what} '{value}'", nearest(value, slugs))

    def is_large(self) -> bool:
        """Say whether it takes long to read all of it into memory, where it is not there already."""
        return False

    def describes(self, iri: str) -> bool:
        """Say whether a file describes a node."""
        return iri in self._labels

    def labels(self, space: str) -> Mapping[str, list[str]]:
        """Return the labels and texts of every node in a namespace."""
        return {iri: names for iri, names in self._labels.items() if iri.startswith(space)}

    def around(self, incident: str) -> Space:  # noqa: ARG002
        """Return a space that holds all that an instrument looks at for an incident (IRI): this one, which is in memory."""
        return self

    def with_speakers(self, incident: str) -> Space:  # noqa: ARG002
        """Return a space that holds an incident (IRI) and all that those who speak of it say: this one."""
        return self

    def about(self, name: str) -> Space:  # noqa: ARG002
        """Return a space that holds all that an instrument looks at for a claim, an incident, or the claims with some words."""
        return self

    @cached_property
    def _labels(self) -> dict[str, list[str]]:
        names = {vocab.iri(name) for name in ("rdfs:label", "skos:altLabel", "skos:prefLabel", "schema:text")}
        found: dict[str, list[str]] = {}
        for triples in self.files.values():
            for triple in triples:
                if isinstance(triple.subject, IRI):
                    listed = found.setdefault(triple.subject.value, [])
                    if triple.predicate.value in names and isinstance(triple.object, Literal):
                        listed.append(triple.object.value)
        return found

    @cached_property
    def _files_of(self) -> dict[str, str]:
        return {
            triple.subject.value: name
            for name, triples in self.files.items()
            for triple in triples
            if isinstance(triple.subject, IRI)
        }

    def file_of(self, node: str) -> str | None:
        """Return the file, below the graph folder, that describes a node given as CURIE or IRI."""
        prefix, _, local = node.partition(":")
        iri = self.prefixes[prefix] + local if prefix in self.prefixes else node
        return self._files_of.get(iri)

    def subjects(self) -> Iterable[str]:
        """Return the IRIs of all nodes that the files describe."""
        return self._files_of.keys()

    def short(self, iri: str) -> str:
        """Return the CURIE of an IRI in this workspace, or the IRI itself."""
        if iri not in self._shortened:
            self._shortened[iri] = vocab.curie(iri, self.prefixes)
        return self._shortened[iri]

    def plain(self, term: Term | None) -> str | None:
        """Return a term as a plain string: CURIE, lexical form, or None."""
        if term is None:
            return None
        return self.short(term.value) if isinstance(term, IRI) else str(getattr(term, "value", term))

    def table(self, answer: Answer, caption: str = "") -> Table:
        """Return a SELECT's answer as a table of plain strings; raise Fault for another kind of query."""
        if not isinstance(answer, Rows):
            raise Fault("query", "gives no rows", "ask with SELECT, or use space.sparql()")
        return Table(answer.columns, [tuple(self.plain(term) for term in row) for row in answer.rows], caption)


def _before(text: str) -> str:
    """Return the prefix's name that a text ends in, if any."""
    name = _PREFIX.match(text[::-1])
    return name[0][::-1] if name else ""


def _declares(text: str, name: str) -> bool:
    return re.search(rf"\bPREFIX\s+{re.escape(name)}:", text, re.IGNORECASE) is not None


def open_space(
    workspace: str | Path | None = None,
    documents: str | Path | None = None,
    withdrawn: bool = False,
    store: str | Path | None = None,
) -> Space:
    """Return the space of a workspace folder (default: the one found from here, else the shipped one).

    The graph is that of the workspace's files, held in memory, or that of a durable store (default: what KGTOOLS_STORE names).
    Raises Fault if a named folder is missing, a file cannot be parsed or a store cannot be opened.
    """
    return space_of(Workspace.find(workspace, documents), withdrawn, store)


def space_of(workspace: Workspace, withdrawn: bool = False, store: str | Path | None = None) -> Space:
    """Return the space of a workspace, in memory or over a store as `open_space` says."""
    where = str(store or os.environ.get("KGTOOLS_STORE") or MEMORY)
    if where == MEMORY:
        return Space(workspace, withdrawn)
    from kgtools import held_space

    return held_space.held(workspace, where, withdrawn)


def iris(rows: Iterable[Mapping[str, str | None]], column: str) -> list[str]:
    """Return the distinct values of a column, in order, without empty ones."""
    return list(dict.fromkeys(row[column] for row in rows if row[column] is not None and row[column]))  # type: ignore[misc]
