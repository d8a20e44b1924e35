"""A SPARQL 1.1 service as store: SPARQL 1.1 Protocol, and the Graph Store HTTP Protocol where a service wants it.

What is asked without naming a graph ranges over one graph on the server, `graph/all`, which holds the union of dossiers and
derived facts; every request names it (SPARQL 1.1 Protocol, section 2.1.4). So rows are the same on services that unite their
named graphs by themselves, that do not, or that unite system graphs with them, and neither vocabulary nor bookkeeping leaks in.
A service that was filled by other means holds no bookkeeping; there its own default graph is asked.

A dossier is replaced by one update request, which services apply whole or not at all. Virtuoso takes no long request and
applies none as a whole: it is given whole graphs, step by step, in an order in which a rerun repairs whatever a kill left
behind; the hash, last, says that all is there. Of two writers at a time one is told (see `turns`).
"""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from io import BytesIO
from typing import IO

import pyoxigraph as ox

from kgtools import vocab
from kgtools.faults import Fault
from kgtools.store import replies, updates
from kgtools.store.books import FILE, RULES, entries
from kgtools.store.gathering import Gathering, plain
from kgtools.store.interface import DATASET, Answer, Dataset, Dossier, Rows, Truth
from kgtools.store.replies import GRAPH, ROWS
from kgtools.store.service import Service, bare_of, form_of, graphs_asked, graphs_named
from kgtools.store.turns import Change, Turns
from kgtools.store.updates import ALL, HELD, KEPT, Step
from kgtools.turtle import IRI, Literal, Quad, Term, Triple, serialise


class RemoteStore(Gathering):
    """A store on a SPARQL 1.1 service, to be asked or to be written; a DurableStore.

    KGTOOLS_STORE_USER and _PASSWORD, or _TOKEN, log in; _TIMEOUT is the time in seconds that a request may take, _LIMIT the
    bytes that an answer may have, _UPDATE and _GRAPHS the addresses for updates and for whole graphs where no convention
    tells them.
    """

    at_once = False  # dossiers are put in one after another

    def __init__(
        self, where: str, environ: Mapping[str, str] = os.environ, write: bool = False, withdrawn: bool = False
    ) -> None:
        self._service = Service(where, environ)
        self._kept: bool | None = None
        self._united = False
        self._wanted = withdrawn
        self._copy: ox.Store | None = None
        self._turns: Turns | None = None
        if write:
            self._is_kept()  # which product answers here
            self._copy = ox.Store()
            self._copy.extend(Quad(*one) for one in self._pattern(None, None, None, HELD))
            versions = self._copy.quads_for_pattern(None, updates.VERSION, None)  # read with the books, in one answer
            self._turns = Turns(self._service, self._versions, sorted(plain(one.object) for one in versions))

    @cached_property
    def withdrawn(self) -> bool:
        """Say whether withdrawn records are part of the store, as its first writer wanted it."""
        return self._true(f"ASK {{ {updates.SHOWN} }}", HELD) if self._is_kept() else self._wanted

    # Reading

    def query(self, text: str, most: int | None = None) -> Answer:
        """Answer a SPARQL 1.1 query over the union of dossiers and derived facts, all of it or the first so many."""
        return self._answer(text, self._dataset(text, DATASET), most)

    def _answer(self, text: str, dataset: list[tuple[str, str]], most: int | None = None) -> Answer:
        form = form_of(text)
        reply = self._service.ask(text, dataset, ROWS if form in ("SELECT", "ASK") else GRAPH)
        try:
            return replies.answer(reply, form, most, self._service.given(text))
        finally:
            reply.close()

    def results(self, text: str, form: str) -> bytes:
        """Answer a SELECT or ASK as a results document; raise Fault for a graph query."""
        output = BytesIO()
        if self.write(text, output, form, None) is None:
            raise Fault("query", f"a graph has no {form} results form", "choose turtle, trig, nquads or jsonld")
        return output.getvalue()

    def write(
        self, text: str, output: IO[bytes], rows: str | None, graph: str | None, dataset: Dataset = DATASET
    ) -> str | None:
        """Write the answer to a query, in one form for rows or another for a graph, and return the form; None if it has none.

        A graph and rows go through as they arrive. Raises Fault if it is no query. What the output raises goes through.
        """
        whole = (f"BASE <{dataset.base}>\n" if dataset.base else "") + text
        form = graph if form_of(whole) not in ("SELECT", "ASK") else rows
        if form:
            reply = self._service.ask(whole, self._dataset(text, dataset), GRAPH if form == graph else ROWS)
            try:
                replies.pass_on(reply, form, output, self._service.given(whole))
            finally:
                reply.close()
        return form

    # Which graphs a query ranges over

    def _dataset(self, text: str, dataset: Dataset) -> list[tuple[str, str]]:
        """Return the protocol's parameters for the graphs that a query ranges over; none where it names them itself."""
        if dataset.default is not None and dataset.named is not None:
            return graphs_asked(dataset.default, dataset.named)
        if re.search(r"(?i)(?<![?$\w:-])FROM(?![\w:-])", bare_of(text).partition("{")[0]):
            return []
        if self._copy is None and not self._is_kept():
            self._check_union()
            return []
        return graphs_asked((ALL,), self._named(text))

    def _named(self, text: str) -> Iterable[str]:
        """Return the named graphs that a query may ask: those that it names, or all where it may ask for others."""
        named = graphs_named(text)
        if named is not None:
            return named
        graphs = self.held()
        return sorted({*graphs, *map(vocab.derived_graph, graphs), *vocab.MODEL})

    def _is_kept(self) -> bool:
        """Say whether the service holds our bookkeeping; raise Fault where its answers would be wrong."""
        if self._kept is None:
            self._kept = self._true(f"ASK {{ {updates.MARK} }}", HELD)
            if self._kept and self._true(f"ASK {{ {updates.MARK} }}", ALL):
                what = "does not keep to the graphs that a request names (default-graph-uri)"
                raise Fault(
                    self._service.ends.query,
                    what,
                    "let it follow the SPARQL 1.1 Protocol, section 2.1.4, or use another service",
                )
        return self._kept

    def _check_union(self) -> None:
        """Raise Fault where a service that was filled by other means would answer from none of its named graphs."""
        pattern = f"{{ ?dossier a <{vocab.iri('cev:Dossier')}> }}"
        if not self._united and self._true(f"ASK {{ GRAPH ?graph {pattern} }}") and not self._true(f"ASK {pattern}"):
            cure = (
                "let its default graph be the union of all graphs (oxigraph serve --union-default-graph), or use `kgtools push`"
            )
            raise Fault(self._service.ends.query, "holds dossiers in named graphs, and its default graph is without them", cure)
        self._united = True

    def _true(self, text: str, graph: str | None = None) -> bool:
        found = self._answer(text, graphs_asked((graph,), ()) if graph else [])
        return isinstance(found, Truth) and found.value

    # The books, and what is kept of files

    def _book(self, subject: IRI | None = None, predicate: IRI | None = None, term: IRI | None = None) -> list[Triple]:
        """Return the entries of a pattern; while writing, from a copy in memory."""
        if self._copy is not None:
            return [quad.triple for quad in self._copy.quads_for_pattern(subject, predicate, term)]
        return self._pattern(subject, predicate, term, HELD)

    def _select(self, text: str, graphs: Iterable[str], named: Iterable[str] = ()) -> list[tuple[Term | None, ...]]:
        """Return the rows of a question to some graphs, and to others by name; a writer's empty store is not asked."""
        if self._copy is not None and not self.files():
            return []
        wanted = list(graphs)
        if wanted == [ALL] and self._copy is None and not self._is_kept():
            wanted = []  # filled by others: its own default graph
        found = self._answer(text, graphs_asked(wanted, named))
        return found.rows if isinstance(found, Rows) else []

    def _pattern(self, subject: IRI | None, predicate: IRI | None, term: IRI | None, graph: str) -> list[Triple]:
        given = (subject, predicate, term)
        places = [f"?{name}" if one is None else str(one) for name, one in zip("spo", given, strict=True)]
        found = self._answer(f"SELECT * WHERE {{ {' '.join(places)} }}", graphs_asked((graph,), ()))
        if not isinstance(found, Rows):
            return []
        rows = (dict(zip(found.columns, row, strict=True)) for row in found.rows)
        whole = ([row.get(name, one) for name, one in zip("spo", given, strict=True)] for row in rows)
        return [Triple(*one) for one in whole]  # type: ignore[arg-type]

    def held(self) -> dict[str, str]:
        """Return the content hash of every dossier held, by the IRI of its graph; empty where it may be mixed up or cut off."""
        found = super().held()
        return dict.fromkeys(found, "") if self._turns and self._turns.mixed else found

    def before(self) -> dict[str, set[str]]:
        """Return the content hashes that dossiers had before, by the IRI of the graph, dropped ones included."""
        found: dict[str, set[str]] = {}
        for graph, digest in self._pairs(None, updates.BEFORE):
            found.setdefault(graph, set()).add(digest)
        return found

    def content(self, graph: str) -> bytes:
        """Return a dossier's file as it was loaded: Turtle, withdrawn records included."""
        return next(content for _, content in self._contents([graph]))

    def _contents(self, graphs: Sequence[str]) -> Iterator[tuple[str, bytes]]:
        pieces: dict[str, list[tuple[str, str]]] = {graph: [] for graph in graphs}
        for node, place, piece in self._select(updates.kept_pieces(graphs), [KEPT]):
            pieces[plain(node)].append((plain(place), plain(piece)))
        for graph, listed in pieces.items():
            if not listed:
                raise Fault(self._service.ends.query, f"keeps no file of {graph}", "push it")
            try:
                yield graph, updates.unpacked(piece for _, piece in sorted(listed))
            except (ValueError, OSError, EOFError) as error:
                raise Fault(self._service.ends.query, f"what it keeps of {graph} is damaged", "push it with --force") from error

    def triples(self, graph: str) -> Iterator[Triple]:
        """Yield the triples of a dossier as it was loaded, withdrawn records included, in the order of its file."""
        yield from next(own for _, own, _ in self.dossiers([graph]))

    # Writing

    def load(self, graph: str, triples: Iterable[Triple]) -> None:
        """Put triples in the place of what is held of a graph."""
        listed = list(triples)
        self.replace(graph, hashlib.sha256(serialise(listed, "ntriples")).hexdigest(), listed, ())

    def load_apart(self, graph: str, triples: Iterable[Triple]) -> None:
        """Put triples of the model in a named graph only, in the place of what is there."""
        listed = list(triples)
        self._put_model(graph, listed, False, hashlib.sha256(serialise(listed, "ntriples")).hexdigest())

    def load_model(self, graphs: Mapping[str, list[Triple]], union: Iterable[str], version: str) -> None:
        """Put the graphs of the model, by IRI, in the place of an older version of them; those in union are asked by all."""
        for graph, triples in graphs.items():
            if version not in [value for _, value in self._pairs(IRI(graph), RULES)]:
                self._put_model(graph, triples, graph in union, version)

    def _put_model(self, graph: str, triples: list[Triple], union: bool, version: str) -> None:
        said = [Triple(IRI(graph), RULES, Literal(version))]
        self._settle(graph, {graph: triples}, said, [], union)

    def replace(self, graph: str, digest: str, triples: Iterable[Triple], derived: Iterable[Triple]) -> None:
        """Put a dossier, the facts derived from it and its hash in the place of what is held of it."""
        listed, slug = list(triples), graph.rpartition("/")[2]
        text, facts = serialise(listed, "ntriples"), serialise(derived, "ntriples")
        self.apply([Dossier(graph, f"{slug}.ttl", digest, text, text, facts)])

    def drop(self, graph: str) -> None:
        """Take a dossier, the facts derived from it and its hash away."""
        self.apply([], [graph])

    def apply(self, dossiers: Sequence[Dossier], dropped: Iterable[str] = ()) -> None:
        """Put dossiers in the place of what is held of them and take others (IRIs of graphs) away, one after another.

        Those come first whose facts alone are new: what these follow from is seen to be new as long as it is not held, so that
        a rerun after a kill derives anew whatever has not been.
        """
        held = self.held()
        for dossier in sorted(dossiers, key=lambda one: held.get(one.graph) != one.digest):
            contents = {dossier.graph: dossier.triples, vocab.derived_graph(dossier.graph): dossier.derived}
            self._settle(dossier.graph, contents, entries(dossier), updates.kept(dossier))
        for graph in dropped:
            self._settle(graph, {}, [], [])

    def fill(self, dossiers: Iterable[Dossier]) -> None:
        """Put dossiers in, one after another."""
        self.apply(list(dossiers))

    def name_graphs(self) -> None:
        """Do nothing: the named graphs are there."""

    def _settle(
        self, graph: str, contents: Mapping[str, Sequence[Triple]], said: list[Triple], kept: Iterable[Step], union: bool = True
    ) -> None:
        """Carry out a change of a graph; said is what the books say of it then, nothing where it is gone."""
        file = next((value.object.value for value in said if value.predicate == FILE and isinstance(value.object, Literal)), "")
        copies = [updates.copy(one) for one in contents] if union else []
        after = [*copies, *kept, *updates.notes(said, self.withdrawn), *updates.closing(graph, not said)]
        filled = {one: triples for one, triples in contents.items() if triples}
        if self._turns is None:
            self._turns = Turns(self._service, self._versions, self._versions())
        self._turns.carry_out(Change(updates.opening(graph, file), filled, after))
        self._kept = True if said else self._kept
        self._note(graph, said)

    def _versions(self) -> list[str]:
        found = self._answer(updates.VERSIONS, graphs_asked((HELD,), ()))
        return sorted(plain(version) for (version,) in found.rows) if isinstance(found, Rows) else []

    def _note(self, graph: str, said: list[Triple]) -> None:
        """Keep the copy of the books in step."""
        if self._copy is not None:
            for node in (IRI(graph), IRI(vocab.derived_graph(graph))):
                for old in list(self._copy.quads_for_pattern(node, None, None)):
                    self._copy.remove(old)
            self._copy.extend(Quad(one.subject, one.predicate, one.object) for one in said)

    def close(self) -> None:
        """Do nothing: no connection outlives its request."""

    def __enter__(self) -> RemoteStore:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
