"""Named graphs are made for a query that may ask for one, and for no other."""

from __future__ import annotations

import pytest

from kgtools.store import MemoryStore, Rows
from kgtools.store.service import graphs_named
from kgtools.turtle import IRI, Literal, Triple

FACT = Triple(IRI("https://example.org/a"), IRI("https://example.org/b"), Literal("c"))
ASKING = (
    "SELECT * { GRAPH ?g { ?s ?p ?o } }",
    "SELECT * FROM NAMED <https://example.org/g> { GRAPH ?g { ?s ?p ?o } }",
    "SELECT * { FILTER('5\"' != '6') GRAPH ?g { ?s ?p ?o FILTER(?o != \"d\") } }",
    'SELECT * { BIND("""a"b""" AS ?x) GRAPH ?g { ?s ?p "c" } }',
    "SELECT * { BIND(<https://example.org/it's> AS ?x) GRAPH ?g { ?s ?p 'c' } FILTER(?x != <https://example.org/that's>) }",
    "SELECT * { BIND(1 AS ?x) # don't\n GRAPH ?g { ?s ?p 'c' } }",
    "SELECT * { FILTER('a'<'b>') GRAPH ?g { ?s ?p ?o } FILTER('z' = 'z') }",
    "SELECT * { BIND('''\n#''' AS ?x) GRAPH ?g { ?s ?p ?o } }",
    "BASE <https://example.org/> SELECT * { BIND(<#g> AS ?x) GRAPH ?g { ?s ?p ?o } }",
    "SELECT*{FILTER(1<2)GRAPH?g{?s?p?o}FILTER(2>1)}",
)
NOT_ASKING = (
    'SELECT * { ?s ?p ?o FILTER(!REGEX(?o, "\\\\b(resulting from|graph)\\\\b")) }',
    "SELECT * { ?s ?p ?o FILTER(?o != '''from''' && ?o != \"graph\") }",
    "SELECT ?graph ?laterFrom { ?graph ?laterFrom ?o }",
    "#+ why: it's told from a graph\nSELECT * { ?s ?p ?o }",
)


def store() -> tuple[MemoryStore, list[str]]:
    """Return a store of one dossier, and a list that tells when its graphs were made."""
    made: list[str] = []
    found = MemoryStore()
    found.load_union([FACT])

    def graphs() -> dict[str, list[Triple]]:
        made.append("made")
        return {"https://example.org/g": [FACT]}

    found.load_later(graphs)
    return found, made


@pytest.mark.parametrize("text", ASKING)
def test_a_query_that_asks_for_graphs_finds_them(text: str) -> None:
    held, made = store()
    answer = held.query(text)
    assert isinstance(answer, Rows)
    assert (len(answer.rows), made) == (1, ["made"])


@pytest.mark.parametrize("text", NOT_ASKING)
def test_words_within_a_text_or_a_name_make_no_graphs(text: str) -> None:
    held, made = store()
    answer = held.query(text)
    assert isinstance(answer, Rows)
    assert (len(answer.rows), made) == (1, [])


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("SELECT ?graph { ?graph a <https://example.org/graph/> FILTER('GRAPH ?g' != \"graph\") } # GRAPH ?g", []),
        ("SELECT * { GRAPH<urn:b>{ ?s ?p ?o } graph # one of two\n <urn:a> { ?s ?p <https://example.org/it's#one> } }",
         ["urn:a", "urn:b"]),
        ("PREFIX g: <urn:> SELECT * { GRAPH g:a { ?s ?p ?o } }", None),
        ("BASE <https://example.org/> SELECT * { GRAPH <g> { ?s ?p ?o } }", None),
        ("SELECT * { FILTER('a'<'b>') GRAPH ?g { ?s ?p ?o } FILTER('z' = 'z') }", None),
        ("SELECT*{FILTER(1<2)GRAPH?g{?s?p?o}FILTER(2>1)}", None),
        ("SELECT * { FILTER('a\\u0027 != ' GRAPH ?g { } ') }", None),
        ("SELECT * { GRAPH <urn:\\u0061> { ?s ?p ?o } }", None),
    ],
)  # fmt: skip
def test_a_service_is_told_of_the_graphs_that_a_query_names(text: str, named: list[str] | None) -> None:
    assert graphs_named(text) == named
