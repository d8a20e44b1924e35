"""Queries meant to do harm: to the engine, to memory, to time, or by way of the server to others."""

from __future__ import annotations

_ALL = "?a ?b ?c . ?d ?e ?f . ?g ?h ?i"
_CEV = "https://w3id.org/cev#"


def _doubling(word: str, times: int) -> str:
    steps = "".join(f"BIND({word}(?x{n}, ?x{n}) AS ?x{n + 1}) " for n in range(times))
    return f"SELECT (STRLEN(?x{times}) AS ?n) {{ BIND('xxxxxxxx' AS ?x0) {steps} }}"


def _nested(function: str, times: int, start: str = "'x'") -> str:
    return f"SELECT ({f'{function}(' * times}{start}{')' * times} AS ?x) {{}}"


_REFUSED: dict[str, str | bytes] = {
    "braces by the thousand": "SELECT * " + "{" * 5_000 + "}" * 5_000,
    "braces without end": "SELECT * " + "{" * 90_000,
    "brackets by the thousand": "SELECT ((" + "(" * 5_000 + "1" + ")" * 5_000 + " AS ?x) {}",
    "square brackets by the thousand": "SELECT * { " + "[ ?p " * 5_000 + "1" + " ]" * 5_000 + " }",
    "collections by the thousand": "SELECT * { ?s ?p " + "(" * 5_000 + ")" * 5_000 + " }",
    "twenty thousand pluses": "SELECT (1" + "+1" * 20_000 + " AS ?x) {}",
    "twenty thousand ands": "SELECT * { FILTER(1" + " && 1" * 20_000 + ") }",
    "twenty thousand ors": "SELECT * { FILTER(1" + " || 1" * 20_000 + ") }",
    "twenty thousand nots": "SELECT * { FILTER(" + "!" * 20_000 + "1) }",
    "twenty thousand minuses": "SELECT (" + "- " * 20_000 + "1 AS ?x) {}",
    "twenty thousand steps of a path": "SELECT * { ?s <a:b>" + "/<a:b>" * 20_000 + " ?o }",
    "a million characters": "SELECT * {} #" + "x" * 900_000,
    "service": "SELECT * { SERVICE <http://127.0.0.1:9/> { ?s ?p ?o } }",
    "service, silent": "SELECT * { SERVICE SILENT <http://127.0.0.1:9/> { ?s ?p ?o } }",
    "service, by code points": "SELECT * { \\u0053ERVICE <http://127.0.0.1:9/> { ?s ?p ?o } }",
    "service, by long code points": "SELECT * { S\\U00000045RVICE <http://127.0.0.1:9/> { } }",
    "service, after a comment": "SELECT * { #'\nSERVICE#<\n<http://127.0.0.1:9/> { ?s ?p ?o } }",
    "service, of a prefix": "PREFIX s: <http://127.0.0.1:9/> SELECT * { SERVICE s:x { ?s ?p ?o } }",
    "service, glued to a prefix": "PREFIX : <http://127.0.0.1:9/> SELECT * { SERVICE:a { ?s ?p ?o } }",
    "service, in a subquery": "SELECT * { { SELECT * { OPTIONAL { SERVICE <http://127.0.0.1:9/> { } } } } }",
    "service, in EXISTS": "ASK { FILTER NOT EXISTS { SERVICE <http://127.0.0.1:9/> { ?s ?p ?o } } }",
    "service, by variable": "SELECT * { VALUES ?x { <http://127.0.0.1:9/> } SERVICE ?x { ?s ?p ?o } }",
    "load": "LOAD <http://127.0.0.1:9/x.ttl>",
    "load a file": "LOAD <file:///etc/passwd>",
    "load, silent": "LOAD SILENT <file:///etc/passwd> INTO GRAPH <a:b>",
    "load, by code points": "\\u004COAD <file:///etc/passwd>",
    "load, after a query": "SELECT * {} ; LOAD <file:///etc/passwd>",
    "from a file": "SELECT * FROM <file:///etc/passwd> { ?s ?p ?o }",
    "from elsewhere": "SELECT * FROM <http://127.0.0.1:9/x.ttl> { ?s ?p ?o }",
    "from named elsewhere": "SELECT * FROM NAMED <http://127.0.0.1:9/x.ttl> { GRAPH ?g { ?s ?p ?o } }",
    "from, by code points": "SELECT * FR\\u004FM <http://127.0.0.1:9/x.ttl> { ?s ?p ?o }",
    "from, of a prefix": "PREFIX s: <http://127.0.0.1:9/> SELECT * FROM s:x { ?s ?p ?o }",
    "from, of a base": "BASE <file:///etc/> SELECT * FROM <passwd> { ?s ?p ?o }",
    "from, after a comment": "SELECT *#\nFROM#<\n<file:///etc/passwd> { ?s ?p ?o }",
    "from, glued": "SELECT*FROM<file:///etc/passwd>{?s ?p ?o}",
    "from, in CONSTRUCT": "CONSTRUCT { ?s ?p ?o } FROM <file:///etc/passwd> WHERE { ?s ?p ?o }",
    "insert": "INSERT { ?s ?p 1 } WHERE { ?s ?p ?o }",
    "drop": "DROP ALL",
    "two queries": "SELECT * {} SELECT * {}",
    "not UTF-8": b"SELECT * { ?s ?p '\xff\xfe' }",
    "overlong UTF-8": b"SELECT * { ?s ?p '\xc0\xaf' }",
    "a lone surrogate": b"SELECT * { ?s ?p '\xed\xa0\x80' }",
    "a NUL among the words": b"SELECT * \x00 { ?s ?p ?o }",
    "NULs only": b"\x00" * 1_000,
    "a code point that is none": "SELECT * { ?s ?p '\\UFFFFFFFF' }",
    "nothing": "",
    "rows without end": f"SELECT * {{ {_ALL} }}",
}
REFUSED = {name: text if isinstance(text, bytes) else text.encode("utf-8") for name, text in _REFUSED.items()}

HOSTILE: dict[str, bytes] = {
    **REFUSED,
    **{
        name: text.encode("utf-8")
        for name, text in {
            "triples without end": f"CONSTRUCT {{ ?a ?e ?i }} WHERE {{ {_ALL} }}",
            "count of a cross join": f"SELECT (COUNT(*) AS ?n) {{ {_ALL} }}",
            "order of a cross join": f"SELECT * {{ {_ALL} }} ORDER BY ?a ?f LIMIT 1",
            "distinct of a cross join": f"SELECT DISTINCT ?a ?d ?g {{ {_ALL} }} OFFSET 100000000",
            "groups of a cross join": f"SELECT ?a ?d ?g (COUNT(*) AS ?n) {{ {_ALL} }} GROUP BY ?a ?d ?g",
            "cross join that matches nothing": f"ASK {{ {_ALL} FILTER(?a = 'nothing') }}",
            "optional cross joins": "SELECT (COUNT(*) AS ?n) { ?a ?b ?c OPTIONAL { ?d ?e ?f OPTIONAL { ?g ?h ?i } } }",
            "minus of cross joins": "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f MINUS { ?d ?h ?i . ?a ?k ?l } }",
            "exists over a cross join": "ASK { ?a ?b ?c FILTER NOT EXISTS { ?d ?e ?f . ?g ?h ?a . ?i ?j 'x' } }",
            "group_concat of a cross join": f"SELECT (GROUP_CONCAT(CONCAT(STR(?a), STR(?d))) AS ?x) {{ {_ALL} }}",
            "distinct group_concat": f"SELECT (GROUP_CONCAT(DISTINCT CONCAT(STR(?a), STR(?d), STR(?g))) AS ?x) {{ {_ALL} }}",
            "sample and sums of a cross join": f"SELECT (SUM(STRLEN(STR(?c))) AS ?x) (MAX(?f) AS ?y) {{ {_ALL} }}",
            "ten thousand values": "SELECT (COUNT(*) AS ?n) { VALUES ?x { "
            + "1 " * 10_000
            + "} VALUES ?y { "
            + "2 " * 10_000
            + "} }",
            "values of values": "SELECT (COUNT(*) AS ?n) { "
            + " ".join(f"VALUES ?x{n} {{ {'1 ' * 100}}}" for n in range(30))
            + " }",
            "strings doubled forty times": _doubling("CONCAT", 40),
            "strings doubled by REPLACE": "SELECT (STRLEN(?x30) AS ?n) { BIND('xx' AS ?x0) "
            + "".join(f"BIND(REPLACE(?x{n}, 'x', 'xxxx') AS ?x{n + 1}) " for n in range(30))
            + "}",
            "percent signs encoded again and again": _nested("ENCODE_FOR_URI", 150, "'%%%%'"),
            "sha loops": f"SELECT (COUNT(?x) AS ?n) {{ {_ALL} BIND(SHA512(CONCAT(STR(?a), STR(?f), STR(?i))) AS ?x) }}",
            "sha of sha of sha": _nested("SHA512", 190),
            "md5 as a filter": f"ASK {{ {_ALL} FILTER(STRSTARTS(MD5(CONCAT(STR(?a), STR(?d), STR(?g))), '00000000000')) }}",
            "backtracking": "ASK { FILTER(REGEX('" + "a" * 5_000 + "!', '^(a+)+$')) }",
            "a pattern that explodes": "ASK { FILTER(REGEX('aaaa', '(((a{1,100}){1,100}){1,100}){1,100}')) }",
            "patterns over a cross join": f"ASK {{ {_ALL} FILTER(REGEX(CONCAT(STR(?a), STR(?f)), '(.*)(.*)(.*)x')) }}",
            "replace by a pattern": "SELECT (STRLEN(REPLACE('" + "a" * 50_000 + "', '', '" + "b" * 50_000 + "')) AS ?n) {}",
            "paths everywhere": "SELECT (COUNT(*) AS ?n) { ?a (!<a:b>)* ?b . ?b (!<a:b>)* ?c }",
            "paths both ways": "SELECT (COUNT(*) AS ?n) { ?a (!<a:b>|!^<a:b>)+ ?b }",
            "paths of paths": f"SELECT (COUNT(*) AS ?n) {{ ?a ((((!<{_CEV}x>)*)*)+/((^(!<a:b>))*)+)* ?b }}",
            "paths, zero length": "SELECT (COUNT(*) AS ?n) { ?a <a:b>? ?b . ?c <a:b>? ?d . ?e <a:b>* ?f }",
            "paths deep in brackets": "SELECT * { ?s " + "(" * 190 + "<a:b>" + ")*" * 190 + " ?o }",
            "unions of unions": "SELECT (COUNT(*) AS ?n) { " + " ".join("{ {} UNION {} }" for _ in range(40)) + " }",
            "five thousand unions": "SELECT (COUNT(*) AS ?n) { {}" + " UNION {}" * 4_900 + " }",
            "ten thousand patterns": "SELECT * { " + "?s ?p ?o . " * 10_000 + "}",
            "a chain of two thousand patterns": "ASK { " + "".join(f"?x{n} ?p{n} ?x{n + 1} . " for n in range(2_000)) + "}",
            "a star of three hundred patterns": "SELECT (COUNT(*) AS ?n) { "
            + "".join(f"?s ?p{n} ?o{n} . " for n in range(300))
            + "}",
            "two hundred optionals": "SELECT (COUNT(*) AS ?n) { ?s ?p ?o " + "OPTIONAL { ?s ?q ?r } " * 190 + "}",
            "two hundred subqueries": "SELECT * { " + "{ SELECT * { " * 95 + "?s ?p ?o" + " } }" * 95 + " }",
            "subqueries side by side": "SELECT (COUNT(*) AS ?n) { " + "{ SELECT ?x { ?x ?y ?z } } " * 60 + "}",
            "ten thousand prefixes": "".join(f"PREFIX p{n}: <a:{n}> " for n in range(9_000)) + "SELECT * {}",
            "five thousand columns": "SELECT " + " ".join(f"?x{n}" for n in range(5_000)) + " { ?x1 ?p ?o }",
            "five thousand if": "SELECT (" + "IF(true, 1, " * 190 + "1" + ")" * 190 + " AS ?x) {}",
            "five thousand in a list": "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f FILTER(?a IN ("
            + "'x', " * 4_900
            + "'y')) }",
            "large numbers": "SELECT (" + "*".join(["9999999999999999999999"] * 1_000) + " AS ?x) {}",
            "dates beyond the calendar": "SELECT ('999999999999-01-01'^^<http://www.w3.org/2001/XMLSchema#date> AS ?x) {}",
            "bidirectional and zero-width signs": "SELECT ('\u202e\u200b\ufeff' AS ?x) {}",
            "nested triples": "SELECT * { " + "<< " * 150 + "?s ?p ?o" + " >> ?p ?o" * 150 + " }",
            "graphs of graphs": "SELECT (COUNT(*) AS ?n) { "
            + "".join(f"GRAPH ?g{n} {{ ?s{n} ?p{n} ?o{n} }} " for n in range(6))
            + "}",
            "describe everything": "DESCRIBE * { ?a ?b ?c . ?d ?e ?f }",
        }.items()
    },
}

QUICK = (
    "braces by the thousand",
    "twenty thousand pluses",
    "service, by code points",
    "from a file",
    "not UTF-8",
    "ten thousand patterns",
    "a pattern that explodes",
)
