"""The SPARQL behind a page: named queries with their parameters bound, without the lines of their heads."""

from __future__ import annotations

from kgtools import queries
from kgtools.views.site.request import Request


def named(request: Request, *names: str, **values: str) -> dict[str, str]:
    """Return named queries by name, each bound with those of some parameters (CURIEs) that it takes."""
    found = {}
    for name in names:
        query = queries.get(name, request.space.workspace.query_folders)
        taken = {one.name for one in query.parameters}
        text = request.space.bound(query, {key: value for key, value in values.items() if key in taken})
        found[f"{name}: {query.summary}"] = "\n".join(line for line in text.splitlines() if not line.startswith("#+"))
    return found


def describing(request: Request, name: str) -> dict[str, str]:
    """Return the query for all that is said of a node, and all that points at it."""
    iri = request.known.iri(name)
    text = f"SELECT ?subject ?property ?object WHERE {{\n  {{ <{iri}> ?property ?object . BIND(<{iri}> AS ?subject) }}\n"
    text += f"  UNION {{ ?subject ?property <{iri}> . BIND(<{iri}> AS ?object) }}\n}} ORDER BY ?property ?subject ?object"
    return {f"all that stands with {name}": text}
