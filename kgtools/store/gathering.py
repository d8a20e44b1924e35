"""Reading the neighbourhood of nodes from a SPARQL service, in few large requests."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from itertools import islice

from kgtools import vocab
from kgtools.store.books import STRAY, Books, iri
from kgtools.store.updates import ALL, HELD
from kgtools.turtle import IRI, Term, Triple, parse_text

_NODES = 500  # in a request; Virtuoso takes no query that becomes longer than 10,000 lines of SQL
_DOSSIERS = 10


class Gathering(Books):
    """What is asked of many nodes or dossiers at once, given how a question is put."""

    def _select(self, text: str, graphs: Iterable[str], named: Iterable[str] = ()) -> list[tuple[Term | None, ...]]:
        """Return the rows of a question to some graphs, and to others by their names."""
        raise NotImplementedError

    def _contents(self, graphs: Sequence[str]) -> Iterator[tuple[str, bytes]]:
        """Yield the graph and the file of each dossier."""
        raise NotImplementedError

    def describe(self, nodes: Collection[str]) -> list[Triple]:
        """Return what dossiers and derived facts say of nodes."""
        parts = (_values("s", part) for part in _parts(nodes, _NODES))
        return [t for part in parts for t in self._triples(f"{part} ?s ?p ?o", [ALL])]

    def pointers(self, nodes: Collection[str], predicates: Collection[str] = ()) -> list[Triple]:
        """Return what points at nodes, by some predicates or, where none is given, by any."""
        ways = f" {_values('p', predicates)}" if predicates else ""
        parts = (_values("o", part) for part in _parts(nodes, _NODES))
        return [t for part in parts for t in self._triples(f"{part}{ways} ?s ?p ?o", [ALL])]

    def strays(self, nodes: Collection[str]) -> dict[str, str]:
        """Return the graph of the dossier that describes a node away from its home, for each of the nodes that has one."""
        parts = (_values("o", part) for part in _parts(nodes, _NODES))
        rows = (row for part in parts for row in self._select(f"SELECT ?o ?s WHERE {{ {part} ?s {STRAY} ?o }}", [HELD]))
        return {plain(node): plain(graph) for node, graph in rows}

    def dossiers(self, graphs: Collection[str]) -> Iterator[tuple[str, list[Triple], list[Triple]]]:
        """Yield the graph of each dossier with its triples as it was loaded, and the facts derived from it.

        Of one whose change was cut off it is what is left of it.
        """
        held = self.held()
        for part in _parts(graphs, _DOSSIERS):
            whole = [graph for graph in part if held.get(graph)]
            contents = dict(self._contents(whole)) if whole else {}
            left = [graph for graph in part if graph not in contents]
            said = self._in_graphs([*left, *map(vocab.derived_graph, part)])
            for graph in part:
                own = list(parse_text(contents[graph], graph)) if graph in contents else said[graph]
                yield graph, own, said[vocab.derived_graph(graph)]

    def _in_graphs(self, graphs: Collection[str]) -> dict[str, list[Triple]]:
        """Return what stands in named graphs, by graph."""
        found: dict[str, list[Triple]] = {graph: [] for graph in graphs}
        for graph, *said in self._select("SELECT ?g ?s ?p ?o WHERE { GRAPH ?g { ?s ?p ?o } }", (), graphs):
            found[plain(graph)].append(Triple(*said))  # type: ignore[arg-type]
        return found

    def names(self, predicates: Collection[str], space: str) -> Iterator[tuple[str, str]]:
        """Yield each node of a namespace with each of its names, which some predicates give it."""
        within = f' FILTER(STRSTARTS(STR(?s), "{IRI(space).value}"))' if space else ""
        for node, name in self._select(f"SELECT ?s ?o WHERE {{ {_values('p', predicates)} ?s ?p ?o{within} }}", [ALL]):
            if isinstance(node, IRI):
                yield node.value, plain(name)

    def _triples(self, pattern: str, graphs: Iterable[str]) -> list[Triple]:
        rows = self._select(f"SELECT ?s ?p ?o WHERE {{ {pattern} }}", graphs)
        return [Triple(_node(subject), _node(predicate), term) for subject, predicate, term in rows]  # type: ignore[arg-type]


def _parts(nodes: Iterable[str], size: int) -> Iterator[list[str]]:
    """Yield IRIs, so many at a time; what is none, as words that a user gives, is nowhere."""
    left = iter([node for node in nodes if iri(node)])
    while part := list(islice(left, size)):
        yield part


def _values(name: str, nodes: Iterable[str]) -> str:
    return f"VALUES ?{name} {{ {' '.join(f'<{node}>' for node in nodes)} }}"


def _node(term: Term | None) -> Term | None:
    """Return a subject or predicate as what it must be: Virtuoso answers some given IRIs as strings."""
    return term if not hasattr(term, "datatype") else IRI(plain(term))


def plain(term: Term | None) -> str:
    """Return a term's IRI or its text."""
    return str(getattr(term, "value", ""))
