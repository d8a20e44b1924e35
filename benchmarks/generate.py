"""Generate a workspace of invented claims. Run: python benchmarks/generate.py TRIPLES -o FOLDER [--seed N] [--faults]

The same number and seed give the same bytes, whatever the number of processes. TRIPLES may be written 10k or 1m. Few
incidents are famous and most are small; chains have up to six hops; speakers may be unnamed; works are reprinted. What was
planted stands in FOLDER/planted.json: hops that harden or soften, pairs of figures that differ and that the ledger holds
(recorded) or not (conflicts), and with --faults what `kgtools check` must find, by rule and place. Without --faults it finds
nothing. --nquads FILE writes the same triples as N-Quads besides, each file a named graph.
"""

from __future__ import annotations

import argparse
import datetime
import json
import random
import sys
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import inventory
from inventory import ENTRIES, ENTRY, SERIES, Plan, Planted, entry, iso, slug
from synthetic import Dossier
from turtle_text import BASE, Properties, Records

from kgtools import turtle, vocab
from kgtools.archive import sha256
from kgtools.workspace import Workspace

SMALLEST, FAMOUS = 4, 850  # assertions of a dossier
PER_DOSSIER, PER_ASSERTION, PER_SHARED = 85, 21, 15  # triples, measured; they only plan how many dossiers are made
CHUNK = 50
LICENCE = ("dcterms:license", "<https://creativecommons.org/licenses/by/4.0/>")
MADE = ("prov:generatedAtTime", '"2026-11-20T00:00:00Z"^^xsd:dateTime')
CURATOR = ("prov:wasAttributedTo", "agent:curators")


def number(text: str) -> int:
    """Return a number written as 1000, 10k or 1m."""
    factor = {"k": 1_000, "m": 1_000_000}.get(text[-1:].lower(), 1)
    return int(float(text.rstrip("kKmM")) * factor)


def sizes(triples: int, seed: int) -> list[int]:
    """Return how many assertions each dossier has: few have very many, and the most famous come anywhere in the list."""
    draw = random.Random(f"{seed}:sizes").random
    most = min(FAMOUS, max(12, triples // 100))
    found, planned = [], 450 + PER_SHARED * _shared(triples)
    while planned < triples:
        size = min(most, int(SMALLEST * (1 - draw()) ** (-1 / 1.15)))
        found.append(size)
        planned += PER_DOSSIER + PER_ASSERTION * size
    return found


def plan_of(triples: int, seed: int, faults: bool) -> Plan:
    return Plan(seed, _shared(triples), _shared(triples), faults)


def _shared(triples: int) -> int:
    """Return how many agents of each role, and types of craft, many dossiers know."""
    return max(8, int(triples**0.5 / 4))


def dossiers(plan: Plan, folder: Path, first: int, counts: Sequence[int]) -> tuple[int, Planted]:
    """Write some dossiers with their documents; return how many triples they have and what was planted."""
    total, planted = 0, Planted()
    for place, size in enumerate(counts):
        one = Dossier(plan, first + place, size)
        text, count = one.records.write()
        (folder / "graph" / one.file).write_text(text, encoding="utf-8", newline="\n")
        for name, content in one.documents:
            (folder / "documents" / name).write_text(content, encoding="utf-8", newline="\n")
        total += count
        for kind, rows in one.planted.items():
            planted.setdefault(kind, []).extend(rows)
    return total, planted


def describe(records: Records, name: str, title: str) -> None:
    records.add(f"graph:{name}", "cev:Dossier", [LICENCE, ("dcterms:title", f'"{title}"@en'), MADE, CURATOR])


def agents(plan: Plan) -> Records:
    records = Records()
    describe(records, "agents", "Speakers and bodies")
    for name, label in (("curators", "curators of this graph"), ("compiler", "compiler of the lists")):
        records.add(f"agent:{name}", "prov:Organization", [("rdfs:label", f'"{label}"@en')])
    for role in ("paper", "agency", "wire", "maker"):
        for place in range(plan.agents):
            properties: Properties = [("rdfs:label", f'"{role} number {place}"@en')]
            if role == "agency" and place % 5 == 4:
                properties.append(("org:subOrganizationOf", f"agent:{role}-{place // 7}"))
            records.add(f"agent:{role}-{place}", "prov:Organization", properties)
    return records


def craft(plan: Plan) -> Records:
    records = Records()
    describe(records, "craft", "Types of machine")
    for place in range(plan.craft):
        label = ("rdfs:label", f'"type {place}"@en')
        records.add(f"craft:type-{place}", "cev:Craft", [label, ("cev:kind", "craftkind:type")])
    return records


def compendia(plan: Plan, count: int, folder: Path) -> tuple[Records, Records]:
    """Write the lists that all dossiers are on; return sources.ttl and documents.ttl."""
    sources, documents = Records(), Records()
    describe(sources, "sources", "Works that many dossiers rest on")
    describe(documents, "documents", "Documents that many dossiers rest on")
    for place in range(-(-count // ENTRIES)):
        numbers = range(place * ENTRIES, min(count, (place + 1) * ENTRIES))
        text = "".join(f"{entry(plan.seed, one)}\n" for one in numbers)
        name, digest = f"compendium-{place}", f'"{sha256(text)}"'
        (folder / "documents" / f"{name}.txt").write_text(text, encoding="utf-8", newline="\n")
        label = ("rdfs:label", f'"compendium {place}"@en')
        sources.add(f"source:{name}", "cev:Source", [label, ("dcterms:creator", "agent:compiler"), ("cev:kind", "work:list")])
        documents.add(f"document:{name}", "cev:Document", [
            ("schema:sha256", digest), ("cev:fileName", f'"{name}.txt"'), ("cev:holds", f"source:{name}"),
            ("cev:length", str(len(numbers) * ENTRY)), ("cev:lines", str(len(numbers))),
            ("cev:normalisation", "rule:utf8-lf-nfc"), ("cev:rawSha256", digest),
        ])  # fmt: skip
    return sources, documents


def lists() -> Records:
    """Return the lists of the topic."""
    records = Records()
    describe(records, "schemes", "Lists of this topic")
    entries = {
        "attribute": ("measure-00", *inventory.ATTRIBUTES), "cause": inventory.CAUSES, "craftkind": ("part", "type"),
        "effect": inventory.EFFECTS, "kind": (*inventory.KINDS, "series"), "outcome": inventory.OUTCOMES,
    }  # fmt: skip
    for name, concepts in entries.items():
        tops = ("skos:hasTopConcept", [f"{name}:{one}" for one in concepts])
        records.add(f"list:{name}", "skos:ConceptScheme", [tops, *_words(f"list of the kind {name}", "An invented list.")])
        for one in concepts:
            words = _words(one.replace("-", " "), f"What is called {one}.")
            records.add(f"{name}:{one}", "skos:Concept", [("skos:inScheme", f"list:{name}"), *words])
    return records


def _words(label: str, definition: str) -> Properties:
    return [("skos:definition", f'"{definition}"@en'), ("skos:prefLabel", f'"{label}"@en')]


def workspace() -> Records:
    """Return the description of the workspace with its prefixes."""
    records = Records()
    declared = ("sh:declare", [f"prefix:{name}" for name in vocab.DATA_PREFIXES])
    rule = ("cev:inclusionRule", '"Whatever the generator invents."@en')
    title = ("dcterms:title", '"Invented incidents in any number"@en')
    records.add("graph:workspace", "cev:Workspace", [LICENCE, title, MADE, CURATOR, declared, rule])
    for name in vocab.DATA_PREFIXES:
        space = ("sh:namespace", f'"{BASE}{name}/"^^xsd:anyURI')
        records.add(f"prefix:{name}", "sh:PrefixDeclaration", [space, ("sh:prefix", f'"{name}"')])
    return records


def series(plan: Plan, place: int) -> tuple[str, Records]:
    """Return the dossier of a series, known from the list that its first member is on."""
    name = f"series-{place}-of-{SERIES}"
    first = slug(plan.seed, place * SERIES)
    records = Records()
    describe(records, name, f"Series {place}")
    records.add(f"incident:{name}", "cev:IncidentSeries", [
        ("rdfs:label", f'"Series {place}"@en'), ("cev:kind", "kind:series"), ("cev:knownFrom", f"assertion:{first}-001"),
        ("cev:occurred", iso(_new_year(first))),
    ])  # fmt: skip
    return name, records


def _new_year(name: str) -> datetime.date:
    return datetime.date(int(name.rsplit("-", 1)[1]), 1, 1)


def shared(plan: Plan, count: int, folder: Path) -> int:
    """Write the files that are no dossiers of incidents; return how many triples they have."""
    sources, documents = compendia(plan, count, folder)
    files = {"agents": agents(plan), "craft": craft(plan), "sources": sources, "documents": documents, "schemes": lists(),
             "workspace": workspace()}  # fmt: skip
    files |= {f"incidents/{name}": one for name, one in (series(plan, at) for at in range(-(-count // SERIES)))}
    total = 0
    for name, records in files.items():
        text, triples = records.write()
        (folder / "graph" / f"{name}.ttl").write_text(text, encoding="utf-8", newline="\n")
        total += triples
    return total


def generate(triples: int, folder: Path, seed: int = 1, faults: bool = False, processes: int = 2) -> dict[str, object]:
    """Write a workspace of about so many triples into an empty folder; return what planted.json says."""
    if folder.exists() and any(folder.iterdir()):
        raise SystemExit(f"{folder}: is not empty: name a new folder")
    for name in ("graph/incidents", "documents"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    plan, counts = plan_of(triples, seed, faults), sizes(triples, seed)
    total, planted = shared(plan, len(counts), folder), Planted()
    for count, part in _chunks(plan, folder, counts, processes):
        total += count
        for kind, rows in part.items():
            planted.setdefault(kind, []).extend(rows)
    told = {"seed": seed, "asked": triples, "triples": total, "dossiers": len(counts), "largest": max(counts), **planted}
    (folder / "planted.json").write_text(json.dumps(told, indent=1, sort_keys=True) + "\n", encoding="utf-8")
    return told


def _chunks(plan: Plan, folder: Path, counts: list[int], processes: int) -> Iterator[tuple[int, Planted]]:
    """Yield what each chunk of dossiers gave, in order."""
    parts = [(first, counts[first : first + CHUNK]) for first in range(0, len(counts), CHUNK)]
    if processes < 2 or len(parts) < 4:
        yield from (dossiers(plan, folder, first, part) for first, part in parts)
        return
    with ProcessPoolExecutor(processes) as pool:
        for done, found in enumerate(pool.map(_part, [(plan, folder, first, part) for first, part in parts])):
            if sys.stderr.isatty():
                print(f"\r{done + 1}/{len(parts)} parts", end="", file=sys.stderr)
            yield found


def _part(job: tuple[Plan, Path, int, list[int]]) -> tuple[int, Planted]:
    return dossiers(*job)


def nquads(folder: Path, output: Path) -> None:
    """Write all files of a workspace as N-Quads, each a named graph."""
    workspace = Workspace.find(folder)
    with output.open("wb") as file:
        for path in workspace.files:
            name = turtle.IRI(workspace.graph_name(workspace.relative(path)))
            quads = [turtle.Quad(t.subject, t.predicate, t.object, name) for t in turtle.parse_file(path)]
            file.write(turtle.serialise(quads, "nquads"))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("triples", type=number, help="about how many triples: 10k, 1m or a plain number")
    parser.add_argument("-o", "--output", type=Path, required=True, help="a new or empty folder")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--faults", action="store_true", help="plant what `kgtools check` must find")
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--nquads", type=Path, metavar="FILE", help="write N-Quads besides")
    chosen = parser.parse_args()
    told = generate(chosen.triples, chosen.output, chosen.seed, chosen.faults, chosen.processes)
    if chosen.nquads:
        nquads(chosen.output, chosen.nquads)
    print(json.dumps({name: len(value) if isinstance(value, list) else value for name, value in told.items()}))


if __name__ == "__main__":
    main()
