"""The guard: no connection is opened and no query kills the engine, however it is spelt."""

from __future__ import annotations

import pytest
from conftest import EXAMPLE
from hypothesis import example, given
from hypothesis import strategies as st

import kgtools
from kgtools.faults import Fault
from kgtools.queries import MAX_DEPTH, MAX_LENGTH, guard
from kgtools.store import MemoryStore, Rows

SERVICES = [
    "SELECT * { SERVICE <http://x.example/> { ?s ?p ?o } }",
    "SELECT * { service silent <http://x.example/> { ?s ?p ?o } }",
    "SELECT * { SeRvIcE ?where { ?s ?p ?o } }",
    "SELECT * {\n#{\nSERVICE<http://x.example/>{ ?s ?p ?o } }",
    "SELECT * { SERVICE# comment\n <http://x.example/> { } }",
    "SELECT * { SERVICE x:y { } }",
    "SELECT * { \\u0053ERVICE <http://x.example/> { } }",
    "SELECT * { S\\U00000045RVICE <http://x.example/> { } }",
    "SELECT * { \\u0073\\u0065\\u0072\\u0076\\u0069\\u0063\\u0065 <http://x.example/> { } }",
    "SELECT * { { SELECT * { OPTIONAL { SERVICE <http://x.example/> { } } } } }",
    "SELECT * { FILTER EXISTS { SERVICE <http://x.example/> { } } }",
    "PREFIX service: <http://x.example/> SELECT * { SERVICE service:a { } }",
    'SELECT * { ?s ?p "a \\" b" . SERVICE <http://x.example/> { } }',
    "SELECT * { ?s ?p '''it's''' . SERVICE <http://x.example/> { } }",
    'SELECT * { ?s ?p """a " b""" . SERVICE <http://x.example/> { } }',
    "SELECT * { ?s ?p 1 .SERVICE <http://x.example/> { } }",
    "SELECT * { ?s ?p 'a'@en.SERVICE <http://x.example/> { } }",
    "SELECT * { FILTER(1<2) SERVICE <http://x.example/> { } FILTER(2>1) }",
    "SELECT * { ?s ?p '\\u0027 . SERVICE <http://x.example/> { } # ' }",
    "SELECT * { ?s ?p ?o #\\u000A SERVICE <http://x.example/> { }\n }",
    "SELECT * { ?s ?p ?o #\rSERVICE <http://x.example/> { }\n }",
    "SELECT * { ?s ?p x:.SERVICE <http://x.example/> { } }",
    "SELECT * { ?s ?p x:a\\' . SERVICE <http://x.example/> { } FILTER('a' = 'a') }",
    "SELECT * { ?s ?p x:a\\# . SERVICE <http://x.example/> { } }",
    "SELECT * { ?s ?p <http://x.example/\u00a0#> . SERVICE <http://x.example/> { } }",
    "SELECT * { ?s ?p <http://x.example/\\u0041#> . SERVICE <http://x.example/> { } }",
    'SELECT * { ?s ?p "\\u0022" . SERVICE <http://x.example/> { } ?s ?p "\\u0022" }',
    "SELECT * { ?s ?p ''' \\''' ''' . SERVICE <http://x.example/> { } FILTER('''a''' = '''a''') }",
    "SELECT * { ?s ?p trueSERVICE <http://x.example/> { } }",
    "PREFIX : <http://x.example/> SELECT * { SERVICE:a { } }",
    "SELECT * { SERVICEx:a { } }",
    "SELECT * { ?s ?p true.serviceSILENTx:a# comment\n { } }",
]
TWOFOLD = [
    "SELECT * { ?s ?p <a#b> . SERVICE <http://x.example/> { } }",
    "SELECT * { FILTER(1<'>') SERVICE <http://x.example/> { } FILTER('a' = 'a') }",
    "SELECT * { FILTER(1<2#>'''\n) SERVICE <http://x.example/> { } #'''\n}",
    "SELECT * { FILTER(1<2)SERVICE?v#>\n{ ?s ?p ?o } }",
]


@pytest.mark.parametrize("text", SERVICES)
def test_service_is_refused_however_it_is_spelt(text: str) -> None:
    with pytest.raises(Fault, match="SERVICE would open a connection"):
        guard(text)


@pytest.mark.parametrize("text", TWOFOLD)
def test_service_is_refused_beside_what_may_be_read_in_two_ways(text: str) -> None:
    with pytest.raises(Fault, match="may be read in two ways"):
        guard(text)


@pytest.mark.parametrize(
    "text",
    [
        'SELECT * { ?s ?p "SERVICE <x> {}" }',
        "SELECT * { ?s ?p 'in SERVICE' }",
        'SELECT * { ?s ?p """\nSERVICE\n""" }',
        "SELECT * { ?s ?p '''SERVICE '' ''' }",
        "# SERVICE\nSELECT * { ?s ?p ?o } # SERVICE",
        "SELECT * { ?s ?p <http://x.example/SERVICE#SERVICE> }",
        "SELECT ?service $SERVICE { ?service ?p $SERVICE }",
        "PREFIX service: <http://x.example/> SELECT * { ?s service:SERVICE service: }",
        "SELECT * { ?s x:service ?o ; :SERVICE ?o }",
        'SELECT * { ?s ?p "a\\"SERVICE" }',
        "SELECT ?in_service ?services { ?in_service ?p ?services }",
    ],
)
def test_the_word_service_may_stand_where_it_calls_nothing(text: str) -> None:
    guard(text)


def test_what_the_guard_lets_pass_reaches_the_engine_and_nothing_else_does() -> None:
    space = kgtools.open(EXAMPLE)
    answer = space.sparql("SELECT ?n WHERE { VALUES ?n { 'SERVICE' } }")
    assert isinstance(answer, Rows) and len(answer.rows) == 1
    with pytest.raises(Fault, match="SERVICE"):
        space.sparql("SELECT * { SERVICE <http://x.example/> { ?s ?p ?o } }")


PIECES = [
    *(
        "SERVICE <http://127.0.0.1:9/> { ?s ?p ?o }",
        "SERVICE x:a {}",
        "SERVICEx:a{}",
        "service",
        "{",
        "}",
        "(",
        ")",
        " ",
        " . ",
    ),
    *(
        "?s ?p ",
        "?v",
        "x:a",
        "x:",
        "x:a\\'",
        "x:a\\#",
        "true",
        "1",
        "FILTER(1<2)",
        "FILTER(1<",
        "<",
        ">",
        "<b#",
        "OPTIONAL {",
        "UNION",
    ),
    *(
        "'",
        '"',
        "'''",
        '"""',
        "#",
        "\n",
        "\r",
        "\\",
        "\\u0022",
        "\\u0027",
        "\\u000A",
        "\\u0053",
        "'a'",
        '"a"',
        "<http://x/#>",
        "\u00a0",
    ),
]


@given(st.lists(st.sampled_from(PIECES), max_size=14).map("".join))
@example("OPTIONAL { SERVICE <http://127.0.0.1:9/> { ?s ?p ?o } }")
def test_what_the_guard_lets_pass_opens_no_connection(body: str) -> None:
    text = f"PREFIX x: <http://127.0.0.1:9/> SELECT * {{ {body} }}"
    try:
        guard(text)
    except Fault:
        return
    try:
        MemoryStore().query(text)
    except Fault as fault:
        assert "HTTP" not in fault.what, text  # the engine's refusal of port 9


@pytest.mark.parametrize(("opening", "closing"), ["{}", "()"])
def test_a_query_may_be_nested_to_the_limit_and_no_deeper(opening: str, closing: str) -> None:
    guard("SELECT * " + opening * MAX_DEPTH + closing * MAX_DEPTH)
    with pytest.raises(Fault, match=f"nested deeper than {MAX_DEPTH}"):
        guard("SELECT * " + opening * (MAX_DEPTH + 1))
    guard('SELECT * { ?s ?p "' + opening * (MAX_DEPTH + 1) + '" }')


def test_a_query_may_be_long_to_the_limit_and_no_longer() -> None:
    guard("#" * MAX_LENGTH)
    with pytest.raises(Fault, match="longer than 200,000 characters"):
        guard("#" * (MAX_LENGTH + 1))


@pytest.mark.parametrize("sign", ["!", "||", "&&", "/", "+", "*", "^", "-"])
def test_a_query_of_very_many_operators_is_refused(sign: str) -> None:
    with pytest.raises(Fault, match="operators"):
        guard("SELECT * { FILTER(" + f"1 {sign} " * 5_001 + "1) }")


def test_the_engine_itself_would_try_to_connect() -> None:
    with pytest.raises(Fault, match="HTTP"):
        MemoryStore().query("SELECT * { SERVICE <http://127.0.0.1:9/> { ?s ?p ?o } }")


def test_a_long_query_is_judged_at_once() -> None:
    for piece in ("a.", "a-", "<a", "'", '"', "x:", "?", "\\u0022", "(", "<http://x/"):
        text = "SELECT * { # service\n" + piece * ((MAX_LENGTH - 100) // len(piece))
        try:
            guard(text)
        except Fault:
            continue
