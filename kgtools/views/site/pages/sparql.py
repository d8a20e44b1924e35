"""The page for SPARQL: an editor with examples, and the answer beside it as table, timeline and map.

A request with a query is answered by a worker for visitors' queries only; the server sees to that.
"""

from __future__ import annotations

import re
import time
from collections.abc import Mapping
from typing import Any

from kgtools import queries
from kgtools.evidence import questions
from kgtools.faults import Fault
from kgtools.queries import Query
from kgtools.space import Space
from kgtools.turtle import IRI, Literal
from kgtools.views.site import results
from kgtools.views.site.page import Answer, Page
from kgtools.views.site.reply import Reply
from kgtools.views.site.request import Request

_START = """# Who said what about which incident? Ctrl+Enter runs; Ctrl+Space completes.
SELECT ?incident ?speaker ?said ?text WHERE {
  ?assertion cev:concerns ?incident ; prov:wasAttributedTo ?speaker ; cev:claims ?claim .
  ?claim schema:text ?text .
  OPTIONAL { ?assertion cev:said ?said }
} ORDER BY ?said ?assertion LIMIT 50"""
VIEWS = ("table", "timeline", "map")
# The page shows the first rows and says so; a file that cannot say so is the endpoint's whole answer instead.
_WHOLE = {"csv": "csv", "ttl": "turtle", "jsonld": "jsonld"}


def page(request: Request) -> Answer:
    """Return the editor, with the answer where there is a query, or an example with its parameters filled in."""
    params = request.params
    example, question = _example(request.space, params), _question(request.space, params)
    text, fault = params.get("query", ""), None
    if not text and (example or question):
        try:
            text = _bound(request, example, params) if example else _asked(request, question)
        except Fault as error:
            fault = error
            text = example.text if example else ""
        if params.get("go") and not fault and request.form not in _WHOLE:
            return _seen(request, query=text)
    if request.form in _WHOLE:
        if fault:
            raise fault
        return _seen(request, query=text, format=_WHOLE[request.form])
    found, wrong = (None, None) if "query" not in params else _answer(request, text)
    return _page(request, text or _START, found, wrong, example, question, fault)


def _seen(request: Request, **params: str) -> Reply:
    """Return where the endpoint gives the answer; without a query it describes itself, or says that one is missing."""
    return Reply(303, "text/plain; charset=utf-8", b"see the answer\n", {"Location": request.url("/sparql", **params)})


def _page(
    request: Request, text: str, found: results.Shown | None, wrong: results.Wrong | None, example: Query | None,
    question: questions.Question | None, fault: Fault | None,
) -> Page:  # fmt: skip
    view = request.params.get("view", "table") if found else ""
    offered = _views(found) if found else []
    view = view if view in offered else "table"
    values: dict[str, Any] = {
        "text": text, "asked": request.params.get("query", ""), "found": found, "wrong": wrong, "example": example,
        "fault": fault, "question": question, "view": view, "views": offered, "most": results.SHOWN, "named": _named(request),
        "questions": request.known.once("questions", "", lambda: questions.load(request.space)),
        "timeline": results.timeline(found) if found and view == "timeline" else None,
        "picture": results.picture(request, found.nodes) if found and view == "map" else None,
        "forms": results.GRAPH_FORMS if found and found.graph else results.ROW_FORMS,
        "choices": _choices(request, example),
    }  # fmt: skip
    table = found.table if found and found.truth is None else None
    return Page(
        "sparql.html.j2", "SPARQL", values, _data(request, found, wrong), table=table, part="sparql", scripts=("sparql.js",),
        styles=("sparql.css",), twins=("json", "ttl", "jsonld") if found and found.graph else ("json",),
        status=400 if wrong and not request.params.get("inline") else 200,
    )  # fmt: skip


def _answer(request: Request, text: str) -> tuple[results.Shown | None, results.Wrong | None]:
    try:
        if not text.strip():
            raise Fault("query", "is empty", "write one, or choose an example")
        whole = request.space.prepared(text)
        begun = time.perf_counter()
        answer = request.space.store.query(whole, most=results.SHOWN)
        return results.shown(request, answer, time.perf_counter() - begun), None
    except Fault as fault:
        return None, results.wrong(request.space, fault, text)


def _views(found: results.Shown) -> list[str]:
    if found.truth is not None:
        return []
    return ["table", *(["timeline"] if found.dates else []), *(["map"] if found.nodes else [])]


def _named(request: Request) -> list[Query]:
    listed = request.known.once("queries", "", lambda: list(request.space.queries().values()))
    return sorted(listed, key=lambda one: (one.kind == "check", one.name))


def _example(space: Space, params: Mapping[str, str]) -> Query | None:
    return queries.get(params["example"], space.workspace.query_folders) if params.get("example") else None


def _question(space: Space, params: Mapping[str, str]) -> questions.Question | None:
    return questions.find(questions.load(space), params["question"]) if params.get("question") else None


def _bound(request: Request, query: Query, params: Mapping[str, str]) -> str:
    """Return a named query with the parameters of the address bound; those that are needed and missing stay open."""
    given = {one.name: params[one.name] for one in query.parameters if params.get(one.name)}
    needed = [one.name for one in query.parameters if not one.optional and one.name not in given]
    if needed and not params.get("go"):
        return query.text
    return _lined(request.space.bound(query, given))


def _asked(request: Request, question: questions.Question | None) -> str:
    if question is None:
        return ""
    query = queries.get(question.query, request.space.workspace.query_folders)
    return f"# {question.number}. {question.text}\n" + _lined(request.space.bound(query, question.values))


def _lined(text: str) -> str:
    """Return a query with the prefixes that were put before it on lines of their own."""
    head = re.match(r"(?:PREFIX [\w-]*: <[^>]*> )*", text)
    end = head.end() if head else 0
    return text[:end].replace("> ", ">\n") + text[end:].strip()


def _choices(request: Request, example: Query | None) -> dict[str, list[tuple[str, str]]]:
    """Return for each parameter that names a node what may be chosen: local name and label."""
    known = request.known
    found = {}
    for one in example.parameters if example else ():
        names = known.of_kind(one.name) if one.kind == "iri" and one.name in known.kinds else []
        if one.name in ("speaker", "body"):
            names = known.of_kind("agent")
        found[one.name] = [(name.partition(":")[2], known.label(name)) for name in names[:400]]
    return found


def _data(request: Request, found: results.Shown | None, wrong: results.Wrong | None) -> dict[str, Any]:
    """Return the JSON twin: what the editor completes, the examples, and the answer if there is one."""
    if wrong:
        return {"error": wrong.sentence, "line": wrong.line, "column": wrong.column}
    if found:
        rows = [{name: cell.text for name, cell in zip(found.columns, row, strict=True) if cell.text} for row in found.rows]
        return {"columns": found.columns, "rows": rows, "complete": not found.more, "truth": found.truth}
    return {
        "prefixes": dict(request.space.prefixes),
        "terms": request.known.once("terms", "", lambda: terms(request.space)),
        "queries": {one.name: one.summary for one in _named(request)},
    }


def terms(space: Space) -> list[tuple[str, str, str]]:
    """Return the terms of the ontology and the concepts of its lists: CURIE, label, and the class that they are of."""
    found: dict[str, list[str]] = {}
    for name, triples in space.graphs.items():
        if name.endswith(("/ontology-cev", "/model-lists")):
            for t in triples:
                if isinstance(t.subject, IRI):
                    pair = found.setdefault(space.short(t.subject.value), ["", ""])
                    predicate = space.short(t.predicate.value)
                    if predicate in ("rdfs:label", "skos:prefLabel") and isinstance(t.object, Literal):
                        pair[0] = t.object.value
                    elif predicate == "rdf:type" and isinstance(t.object, IRI):
                        pair[1] = space.short(t.object.value).partition(":")[2]
    used = {space.short(t.predicate.value) for listed in space.files.values() for t in listed}
    for name in used:
        found.setdefault(name, ["", "Property"])
    return sorted((name, label, kind) for name, (label, kind) in found.items() if ":" in name and "//" not in name)
