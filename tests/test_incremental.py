"""Laws of loading: after any edits a store holds what a first load of the same files holds, and what memory derives."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pytest
from conftest import EXAMPLE
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from test_loading import said

from kgtools import derive, dossiers, loading, vocab
from kgtools.store import MemoryStore
from kgtools.store.disk import DiskStore
from kgtools.turtle import parse_text
from kgtools.workspace import Workspace, model

PREFIXES = {**vocab.PREFIXES, **Workspace.find(EXAMPLE).data_prefixes}
HEAD = "".join(f"@prefix {name}: <{space}> .\n" for name, space in PREFIXES.items())
DAYS = ("2019-01-05", "2019-01-07/2019-01-09", "2019-02", "2019-01-20/..", "soon")
SLUGS = ("one-2019", "two-2019", "three-2019")
NUMBERS = ("001", "002", "003")


def day(draw: st.DrawFn, name: str, how_often: float = 0.6) -> str:
    return f' ; {name} "{draw(st.sampled_from(DAYS))}"^^edtf:EDTF' if draw(st.floats(0, 1)) < how_often else ""


@st.composite
def dossier(draw: st.DrawFn, slug: str) -> str:
    """Return a dossier; its claims, reports and incidents may lie in others, and some of its records are withdrawn."""
    lines = [f"incident:{slug} a cev:Incident{day(draw, 'cev:occurred')} ."]
    if draw(st.booleans()):
        lines.append(
            f'graph:{slug} a cev:Dossier ; prov:generatedAtTime "2026-01-0{draw(st.integers(1, 3))}T10:00:00Z"^^xsd:dateTime .'
        )
    for number in draw(st.sets(st.sampled_from(NUMBERS))):
        about = draw(st.sampled_from(SLUGS))
        line = f"claim:{slug}-{number} a cev:Explanation ; cev:explains incident:{about}"
        line += f" ; cev:onCondition claim:{slug}-001" if draw(st.integers(0, 3)) == 0 else ""
        lines.append(f"{line} .")
    # Chains run towards what was drawn earlier, so that none is a loop.
    for number in sorted(draw(st.sets(st.sampled_from(NUMBERS)))):
        kind = draw(st.sampled_from(["cev:Statement", "cev:AnonymousAllegation", "cev:MediaReport"]))
        line = f"assertion:{slug}-{number} a {kind} ; cev:force force:{draw(st.sampled_from(('asserts', 'suggests')))}"
        line += f" ; cev:hedge hedge:{draw(st.sampled_from(('certain', 'possible', 'unhedged-unclear')))}"
        line += f" ; prov:wasAttributedTo agent:speaker-{draw(st.integers(1, 3))}"
        line += f" ; cev:claims claim:{draw(st.sampled_from(SLUGS))}-{draw(st.sampled_from(NUMBERS))}"
        earlier = [f"{other}-{one}" for other in SLUGS for one in NUMBERS if (one, other) < (number, slug)]
        for other in draw(st.lists(st.sampled_from(earlier), max_size=2, unique=True)) if earlier else ():
            line += f" ; cev:reports assertion:{other}"
        line += f" ; cev:inSource source:work-{draw(st.integers(1, 3))}" if draw(st.booleans()) else ""
        line += day(draw, "cev:said", 0.3)
        line += ' ; cev:withdrawnOn "2026-02-01"^^xsd:date' if draw(st.integers(0, 9)) == 0 else ""
        lines.append(f"{line} .")
    return "\n".join(lines)


@st.composite
def shared(draw: st.DrawFn) -> str:
    works = sorted(draw(st.sets(st.integers(1, 3))))
    kinds = st.sampled_from(("prov:Person", "cev:UnnamedAgent", "cev:UnnamedGroup", "prov:Organization"))
    lines = [f"source:work-{work} a cev:Source{day(draw, 'dcterms:issued')}" for work in works]
    lines += [f"agent:speaker-{agent} a {draw(kinds)}" for agent in sorted(draw(st.sets(st.integers(1, 3))))]
    return "\n".join(
        line + (' ; cev:withdrawnOn "2026-02-01"^^xsd:date .' if draw(st.integers(0, 9)) == 0 else " .") for line in lines
    )


@st.composite
def folders(draw: st.DrawFn) -> dict[str, str]:
    """Return the files of one state of a graph: name -> Turtle."""
    found = {f"incidents/{slug}.ttl": draw(dossier(slug)) for slug in SLUGS if draw(st.integers(0, 4))}
    return {**found, "sources.ttl": draw(shared())}


@st.composite
def histories(draw: st.DrawFn) -> list[dict[str, str]]:
    """Return states of a graph, each like the one before but for some files."""
    states = [draw(folders())]
    for _ in range(draw(st.integers(1, 3))):
        next_ = draw(folders())
        kept = draw(st.sets(st.sampled_from(sorted(states[-1] | next_))))
        states.append({name: states[-1][name] if name in kept and name in states[-1] else text for name, text in next_.items()})
    return states


def in_memory(files: dict[str, str]) -> set[str]:
    """Return what a graph says in memory, derived facts included, as N-Triples."""
    workspace = Workspace.find(EXAMPLE)
    parsed = {workspace.graph_name(name): parse_text(HEAD + text, name) for name, text in sorted(files.items())}
    gone = frozenset().union(*(loading.withdrawn(triples) for triples in parsed.values()))
    seen = {graph: loading.visible(triples, gone) for graph, triples in parsed.items()}
    store = MemoryStore()
    for triples in (*seen.values(), derive.facts(seen), model()[vocab.MODEL_LISTS]):
        store.load_union(triples)
    answer = store.query("CONSTRUCT WHERE { ?s ?p ?o }")
    return {str(t) for t in getattr(answer, "triples", ())}


def bring(store: Path, folder: Path, files: dict[str, str]) -> None:
    """Write the files, and load them into a store as the whole of what it holds."""
    for path in folder.rglob("*.ttl"):
        path.unlink()
    for name, text in files.items():
        place = folder / name
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(HEAD + text, encoding="utf-8")
    workspace = Workspace.find(EXAMPLE)
    with DiskStore(store, write=True) as held:
        loading.load(held, dossiers.find([folder], workspace), workspace, prune=True)


def check_history(states: list[dict[str, str]]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        for state in states:
            bring(Path(folder) / "store", Path(folder) / "graph", state)
            assert said(Path(folder) / "store") == in_memory(state)


@given(histories())
@settings(max_examples=8, deadline=None, suppress_health_check=list(HealthCheck))
def test_after_any_edits_a_store_holds_what_memory_derives(states: list[dict[str, str]]) -> None:
    check_history(states)


@pytest.mark.slow
@given(histories())
@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
def test_after_very_many_edits_a_store_holds_what_memory_derives(states: list[dict[str, str]]) -> None:
    check_history(states)
