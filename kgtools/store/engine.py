"""An embedded Oxigraph engine: what the stores in memory and on disk share, which is answering."""

from __future__ import annotations

import re
from itertools import islice
from typing import IO

import pyoxigraph as ox

from kgtools.faults import Fault
from kgtools.store.interface import DATASET, RESULT_FORMATS, Answer, Dataset, Rows, Triples, Truth
from kgtools.turtle import FORMATS, IRI, Blank


class Engine:
    """An engine that answers. Its named graphs may wait until a query asks for them."""

    def __init__(self, store: ox.Store) -> None:
        self._store = store

    def name_graphs(self) -> None:
        """Make sure that the named graphs are there."""

    def query(self, text: str, most: int | None = None) -> Answer:
        """Answer a SPARQL 1.1 query over the default graph (and named graphs where asked), all of it or the first so many."""
        found = self._solve(text)
        try:
            if isinstance(found, ox.QueryBoolean):
                return Truth(bool(found))
            if isinstance(found, ox.QueryTriples):
                triples = list(islice(found, most))
                return Triples(triples, most is not None and next(found, None) is not None)
            columns = tuple(variable.value for variable in found.variables)
            rows = [tuple(row[column] for column in columns) for row in islice(found, most)]
            return Rows(columns, rows, most is not None and next(found, None) is not None)
        except (OSError, RuntimeError) as error:
            raise self._fault(error) from error

    def results(self, text: str, form: str) -> bytes:
        """Answer a SELECT or ASK as a results document; raise Fault for a graph query."""
        found = self._solve(text)
        if isinstance(found, ox.QueryTriples):
            raise Fault("query", f"a graph has no {form} results form", "choose turtle, trig, nquads or jsonld")
        try:
            return found.serialize(format=RESULT_FORMATS[form]) or b""
        except (OSError, RuntimeError) as error:
            raise self._fault(error) from error

    def write(
        self, text: str, output: IO[bytes], rows: str | None, graph: str | None, dataset: Dataset = DATASET
    ) -> str | None:
        """Write the answer to a query, in one form for rows or another for a graph, and return the form; None if it has none.

        Raises Fault if it is no query. What the output raises goes through.
        """
        found = self._solve(text, dataset)
        try:
            if isinstance(found, ox.QueryTriples):
                if graph:
                    found.serialize(output, format=FORMATS[graph])
                return graph
            if rows:
                found.serialize(output, format=RESULT_FORMATS[rows])
            return rows
        except (OSError, RuntimeError) as error:
            raise self._fault(error) from error

    def _solve(self, text: str, dataset: Dataset = DATASET) -> ox.QuerySolutions | ox.QueryBoolean | ox.QueryTriples:
        # A variable or a name is no keyword, such as ?laterFrom or cev:knownFrom.
        if dataset.named is not None or _may_ask_for_graphs(text):
            asked = _LITERAL.sub(_bare, re.sub(r"[?$:]\w+", "", text))
            if dataset.named is not None or _may_ask_for_graphs(asked):
                self._graphs_for(asked, dataset)
        try:
            if dataset.default is None or dataset.named is None:
                return self._store.query(text, base_iri=dataset.base)
            default: list[IRI | Blank | ox.DefaultGraph] = [IRI(name) for name in dataset.default]
            names: list[IRI | Blank] = [IRI(name) for name in dataset.named]
            return self._store.query(text, base_iri=dataset.base, default_graph=default, named_graphs=names)
        except SyntaxError as error:
            raise Fault("query", " ".join(str(error).split()), "mend the SPARQL there") from error
        except (ValueError, OSError, RuntimeError) as error:
            raise self._fault(error) from error

    def _graphs_for(self, asked: str, dataset: Dataset) -> None:  # noqa: ARG002
        """Make sure that the named graphs are there that a query may ask for."""
        self.name_graphs()

    def _fault(self, error: Exception) -> Fault:
        return Fault("query", str(error), "mend the query")


# What keeps its words to itself, read from the left: an IRI, a comment, a text. One with \\u in it may end before it seems to.
# What may be an IRI, or the sign < before a text or comment, is suspect: no `scheme://` can be read as an expression.
_LITERAL = re.compile(
    r"""(?P<iri><[A-Za-z][\w+.-]*://[^<>"{}|^`\\\s]*>|<[^<>"{}|^`\\\s'#]*>)|(?P<suspect><[^<>"{}|^`\\\s]*>)|#[^\r\n]*"""
    r"""|\"{3}(?:(?!\"{3})[^\\]|\\[^uU])*\"{3}|'{3}(?:(?!'{3})[^\\]|\\[^uU])*'{3}"""
    r"""|"(?:[^"\\\r\n]|\\[^uU])*"|'(?:[^'\\\r\n]|\\[^uU])*'"""
)


def _bare(found: re.Match[str]) -> str:
    return found["iri"] or ("graph" if found["suspect"] else "")


def _may_ask_for_graphs(text: str) -> bool:
    # GRAPH and FROM may be spelt with code point escapes, so a backslash counts as a sign of them too.
    low = text.lower()
    return "graph" in low or "from" in low or "\\" in low
