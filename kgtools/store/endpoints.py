"""Where a SPARQL 1.1 service takes queries, updates and whole graphs, from its address."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit, urlunsplit

from kgtools.store.wire import address


@dataclass(frozen=True)
class Endpoints:
    """The addresses of one service: queries, updates, and graphs (empty where none is known)."""

    query: str
    update: str
    graphs: str = ""

    @classmethod
    def of(cls, where: str, environ: Mapping[str, str]) -> Endpoints:
        """Return the endpoints of an address, by what stands at its end, or as the environment says.

        `…/query` and an address without a path are Oxigraph's or Fuseki's way, `…/repositories/NAME` that of RDF4J and
        GraphDB; any other address takes queries and updates alike. KGTOOLS_STORE_QUERY, _UPDATE and _GRAPHS have the last
        word. Raises Fault for what is no address.
        """
        found = _by_convention(address(where).rstrip("/"))
        query = environ.get("KGTOOLS_STORE_QUERY") or found.query
        update = environ.get("KGTOOLS_STORE_UPDATE") or found.update
        graphs = environ.get("KGTOOLS_STORE_GRAPHS") or found.graphs
        return cls(address(query), address(update), address(graphs) if graphs else "")

    def of_virtuoso(self, known: bool, environ: Mapping[str, str]) -> Endpoints:
        """Return the endpoints at which Virtuoso takes updates and graphs from somebody whom it knows, or from anybody."""
        ending = "-auth" if known else ""
        update = environ.get("KGTOOLS_STORE_UPDATE") or _beside(self.query, f"sparql{ending}")
        graphs = environ.get("KGTOOLS_STORE_GRAPHS") or _beside(self.query, f"sparql-graph-crud{ending}")
        return Endpoints(self.query, update, graphs)


def _by_convention(where: str) -> Endpoints:
    parts = urlsplit(where)
    folders = parts.path.split("/")
    if not parts.path:
        return Endpoints(f"{where}/query", f"{where}/update", f"{where}/store")
    if folders[-1] == "query":
        return Endpoints(where, _beside(where, "update"), _beside(where, "store"))
    if len(folders) > 2 and folders[-2] == "repositories":
        return Endpoints(where, f"{where}/statements", f"{where}/rdf-graphs/service")
    return Endpoints(where, where)


def _beside(where: str, name: str) -> str:
    parts = urlsplit(where)
    return urlunsplit((parts.scheme, parts.netloc, parts.path.rpartition("/")[0] + f"/{name}", "", ""))
