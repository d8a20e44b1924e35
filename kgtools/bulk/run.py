"""The whole of the bulk work: outlines, questions between dossiers, parts, and what is gathered from them."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from kgtools.bulk import passages, whole
from kgtools.bulk.exchange import Exchange
from kgtools.bulk.outline import Outline, answer, outline
from kgtools.bulk.passages import Task
from kgtools.bulk.place import Place
from kgtools.bulk.setting import Given, Setting
from kgtools.bulk.work import Job, Record, engine, work
from kgtools.bulk.workers import Workers, hired
from kgtools.check import shapes
from kgtools.check.engines import fast_at_hand
from kgtools.check.passages import Verified
from kgtools.faults import Fault, Finding
from kgtools.search import Row, TextIndex
from kgtools.space import Space

Progress = Callable[[str, int, int], None]


@dataclass(frozen=True)
class Report:
    """The records of all files, the findings, how many parts were there already, and which spans could be verified."""

    records: list[Record]
    findings: list[Finding]
    skipped: int
    verified: int = 0
    unverified: tuple[str, ...] = ()

    @property
    def good(self) -> bool:
        """Say whether nothing breaks a rule."""
        return not any(one.severity == "violation" for one in self.findings)


def setting_of(
    where: str,
    output: str,
    withdrawn: bool = False,
    validate: bool = True,
    fast: bool | None = None,
    whole: bool = True,
    documents: str | None = None,
) -> Setting:
    """Return the setting for a workspace or graph folder, and where its documents lie besides documents/ of the workspace.

    Raises Fault if it holds no workspace.ttl or two files of one name.
    """
    place = Place(where)
    inner = place.below("graph")
    graph = inner if inner.has("workspace.ttl") else place
    root = place if graph is inner else place.above()
    if not graph.has("workspace.ttl"):
        raise Fault(where, "holds no graph/workspace.ttl", "give the folder or location of a workspace")
    names = graph.names(".ttl")
    stems = [Path(name).stem for name in names]
    twice = sorted({stem for stem in stems if stems.count(stem) > 1}) if len(set(stems)) < len(stems) else []
    if twice:
        raise Fault(where, f"two files are called {twice[0]}.ttl", "give each dossier a name of its own")
    declared = graph.read("workspace.ttl").decode("utf-8", "replace")
    fast = fast_at_hand() if fast is None else fast
    archives = [*([documents] if documents else []), *([root.below("documents").where] if root else [])]
    queries = root.below("queries").where if root else ""
    return Setting(
        graph.where, output, tuple(names), declared, withdrawn, validate, fast, whole, tuple(archives), queries
    )  # fmt: skip


def bulk(setting: Setting, number: int = 1, dask: str | None = None, progress: Progress = lambda *_: None) -> Report:
    """Make the parts of all dossiers, whatever is there already left as it is, and gather findings, index and manifest.

    Raises Fault if a file cannot be read or parsed, before anything is made.
    """
    given = setting.save()
    with hired(number, dask) as workers:
        outlines = _outlines(setting, given, workers, progress)
        exchange = _exchanged(setting, given, outlines, workers)
        jobs = (Job(one.name, one.digest, exchange.slice(one)) for one in outlines)
        made = []
        for one in workers.done(partial(work, given), jobs):
            made.append(one)
            progress("parts", len(made), len(outlines))
        verified = _verified(setting, given, passages.tasks(outlines, exchange.where), workers, progress)
    records = sorted((one.record for one in made), key=lambda one: one.source)
    found = {*_model(setting), *verified.findings, *(Finding(**one) for record in records for one in record.findings)}
    if setting.validate and setting.whole:
        found.update(whole.findings(setting, records, exchange.where, partial(progress, "check queries")))
    skipped = sum(not one.fresh for one in made)
    report = Report(records, sorted(found), skipped, verified.count, tuple(sorted(verified.unverified)))
    _gather(setting, report)
    return report


def _outlines(setting: Setting, given: Given, workers: Workers, progress: Progress) -> list[Outline]:
    found: list[Outline] = []
    for one in workers.done(partial(outline, given), setting.names):
        found.append(one.thrifty())
        progress("read", len(found), len(setting.names))
    found.sort(key=lambda one: one.name)
    faults = [one.fault for one in found if one.fault]
    if faults:
        where, what, cure = faults[0]
        raise Fault(where, what, cure + (f" ({len(faults) - 1} more files cannot be read)" if len(faults) > 1 else ""))
    return found


def _exchanged(setting: Setting, given: Given, outlines: list[Outline], workers: Workers) -> Exchange:
    """Return the exchange with every question answered; an answer may raise further ones."""
    exchange = Exchange(setting.workspace.home, setting.withdrawn)
    exchange.take(outlines)
    while questions := exchange.questions(setting.names):
        for found in workers.done(partial(answer, given), sorted(questions.items())):
            exchange.learn(found)
    return exchange


def _verified(setting: Setting, given: Given, tasks: list[Task], workers: Workers, progress: Progress) -> Verified:
    """Return what is wrong with the passages in all documents, and what could not be verified."""
    found = Verified([], 0, [])
    if setting.validate:
        for done, one in enumerate(workers.done(partial(passages.verify, given), tasks), 1):
            found = Verified(found.findings + one.findings, found.count + one.count, found.unverified + one.unverified)
            progress("documents", done, len(tasks))
    return found


def _model(setting: Setting) -> list[Finding]:
    """Return what the shapes find on the model's own lists, which belong to no dossier."""
    if not setting.validate:
        return []
    space = Space(setting.workspace)
    space.files = {}
    return shapes.of_model(space, engine(setting.fast))


def _gather(setting: Setting, report: Report) -> None:
    """Write what is made of all parts, the manifest last, and take away what belongs to none."""
    out, records = setting.out, report.records
    told = {
        "good": report.good, "spansVerified": report.verified, "unverified": report.unverified,
        "findings": [one.record() for one in report.findings],
    }  # fmt: skip
    out.write("findings.json", _json(told))
    _index(setting, records)
    kept = {name for one in records for name in (one.quads, one.words, f"records/{Path(one.source).stem}.json")}
    for folder in ("parts", "words", "records"):  # those of dossiers that are gone, and what a killed worker left half done
        for name in out.below(folder).names(""):
            if f"{folder}/{name}" not in kept:
                out.remove(f"{folder}/{name}")
    parts = [
        {"part": one.quads, "sha256": one.quads_digest, "graph": one.graph, "source": one.source, "sourceSha256": one.digest,
         "triples": one.triples, "derived": one.derived, "findings": len(one.findings)}
        for one in records
    ]  # fmt: skip
    asked = setting.validate and setting.whole
    out.write("manifest.json", _json({"validated": setting.validate, "checkQueries": asked, "parts": parts}))


def _index(setting: Setting, records: list[Record]) -> None:
    """Bring the search index into step with the parts."""
    listed = {one.graph: one for one in records}
    path = None if setting.out.far else Path(setting.output) / "search.sqlite"
    index = TextIndex(path)

    def rows(graph: str) -> list[Row]:
        return [Row(*one) for one in json.loads(gzip.decompress(setting.out.read(listed[graph].words)))]

    index.sync_rows({graph: one.words_digest for graph, one in listed.items()}, rows)
    if path is None:
        setting.out.write("search.sqlite", index.data())
    index.close()


def _json(value: object) -> bytes:
    return (json.dumps(value, ensure_ascii=False, indent=1) + "\n").encode("utf-8")
