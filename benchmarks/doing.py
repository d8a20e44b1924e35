"""One thing to be measured, done in a process of its own: python benchmarks/doing.py WHAT ARGUMENT…"""

from __future__ import annotations

import json
import re
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path


def bulk(quads: str, folder: str) -> None:
    """Fill a plain Oxigraph store from N-Quads or N-Triples, as its makers say to."""
    import pyoxigraph as ox

    store = ox.Store(folder)
    store.bulk_load(path=quads, format=ox.RdfFormat.N_QUADS if quads.endswith("nq") else ox.RdfFormat.N_TRIPLES)
    store.flush()


def dump(store: str, file: str) -> None:
    """Write the default graph of a store of ours, derived facts included, as N-Triples."""
    from kgtools.store.disk import DiskStore

    with Path(file).open("wb") as output:
        DiskStore(store).write("CONSTRUCT { ?s ?p ?o } WHERE { ?s ?p ?o }", output, None, "ntriples")


def parse(file: str) -> None:
    """Parse N-Triples with rdflib."""
    import rdflib

    rdflib.Graph().parse(file, format="nt")


def validate(workspace: str) -> None:
    """Validate a workspace with our own validation, nothing kept from before."""
    from kgtools.check import shapes
    from kgtools.space import Space
    from kgtools.workspace import Workspace

    print(len(shapes.findings(Space(Workspace.find(workspace)))))


def pyshacl(workspace: str) -> None:
    """Validate the whole graph with pySHACL as it comes: rdflib parses the files, one call validates."""
    import pyshacl as engine
    import rdflib

    from kgtools.check.engines import rdf_graph
    from kgtools.check.shapes import background
    from kgtools.workspace import shipped

    data = rdflib.Graph()
    for path in _files(workspace):
        data.parse(path, format="turtle")
    for triple in rdf_graph(background()):
        data.add(triple)
    shapes = rdflib.Graph().parse(shipped("ontology") / "shapes.ttl", format="turtle")
    good, _, _ = engine.validate(data, shacl_graph=shapes, inference="none", advanced=False, meta_shacl=False)
    print(good)


def pages(workspace: str, store: str, *names: str) -> None:
    """Ask for the first page of a thousand rows of some listings; print the seconds of each as JSON, a line a listing."""
    from kgtools import paging
    from kgtools.space import open_space

    space = open_space(workspace, store=store)
    for name in names:
        values = {"date": "2015-06-01"} if name == "known-by" else {}
        begun, used = time.perf_counter(), time.process_time()
        rows = len(paging.page(space, name, 1000, values=values).table)
        taken = {"first": [time.perf_counter() - begun], "cpu": time.process_time() - used, "rows": rows}
        print(json.dumps({name: taken}), flush=True)


def near(workspace: str, store: str, cases: str) -> None:
    """Gather what lies around the most famous incident and ask the questions about it there; print the seconds as JSON."""
    from kgtools.space import open_space

    listed = [case for case in json.loads(Path(cases).read_text(encoding="utf-8")) if case["scope"] == "famous"]
    incident = re.findall(r"<([^<>]*/incident/[^<>]*)>", listed[0]["text"])[-1]
    begun = time.perf_counter()
    space = open_space(workspace, store=store).around(incident)
    engine = space.store
    gathered = time.perf_counter() - begun
    found = {}
    for case in listed:
        times = []
        for _ in range(3):
            begun = time.perf_counter()
            engine.query(case["text"])
            times.append(time.perf_counter() - begun)
        found[case["name"]] = min(times)
    print(json.dumps({"gathered": gathered, "asked": found}))


def change(workspace: str, count: str) -> None:
    """Change some dossiers by a title, so that they must be loaded again."""
    for path in list(_files(workspace))[:: max(1, len(list(_files(workspace))) // int(count))][: int(count)]:
        text = path.read_text(encoding="utf-8")
        path.write_text(text.replace("An invented dossier.", "An invented dossier, read again."), encoding="utf-8")


def _files(workspace: str) -> Iterator[Path]:
    return iter(sorted(Path(workspace, "graph").rglob("*.ttl")))


TASKS: dict[str, Callable[..., None]] = {
    "bulk": bulk, "dump": dump, "parse": parse, "pages": pages, "near": near, "validate": validate, "pyshacl": pyshacl,
    "change": change,
}  # fmt: skip

if __name__ == "__main__":
    TASKS[sys.argv[1]](*sys.argv[2:])
