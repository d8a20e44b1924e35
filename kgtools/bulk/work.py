"""The second pass: all that is made of one dossier, a pure function of its bytes, its slice of the exchange and the setting."""

from __future__ import annotations

import gzip
import json
import zlib
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path
from typing import Any

from kgtools import derive, keep, turtle, vocab
from kgtools.archive import sha256
from kgtools.bulk.exchange import Slice
from kgtools.bulk.setting import Given, Setting
from kgtools.check import files, shapes
from kgtools.check.engines import Engine
from kgtools.faults import Fault, Finding
from kgtools.loading import Facets, visible
from kgtools.search import rows
from kgtools.space import Space
from kgtools.turtle import IRI, Blank, Quad, Term, Triple


@dataclass(frozen=True)
class Job:
    """One file to work on: its name, its hash, and what it has to know of others."""

    name: str
    digest: str
    slice: Slice

    @property
    def stem(self) -> str:
        """Return the name of its parts."""
        return Path(self.name).stem

    def key(self, setting: Setting) -> str:
        """Return the key of all that its parts are made from."""
        lines = (f"{name} {line}" for name, listed in self.slice.lines.items() for line in listed)
        return keep.key(setting.version, self.name, self.digest, *sorted(self.slice.gone), "", *lines)


@dataclass(frozen=True)
class Record:
    """What was made of one file: names and hashes of its parts, counts, findings; `key` says from what."""

    key: str
    source: str
    graph: str
    digest: str
    quads: str
    quads_digest: str
    words: str
    words_digest: str
    triples: int
    derived: int
    findings: list[dict[str, str]]

    @classmethod
    def read(cls, setting: Setting, stem: str) -> Record | None:
        """Return the record of an earlier run, None if there is none that can be read or if a part does not fit it."""
        name = _names(stem)["record"]
        if not setting.out.has(name):
            return None
        try:
            one = cls(**json.loads(setting.out.read(name)))
            whole = [(one.quads, one.quads_digest), (one.words, one.words_digest)]
            return one if all(sha256(setting.out.read(part)) == digest for part, digest in whole) else None
        except (Fault, ValueError, TypeError):
            return None


def _names(stem: str) -> dict[str, str]:
    return {"quads": f"parts/{stem}.nq.gz", "words": f"words/{stem}.json.gz", "record": f"records/{stem}.json"}


def lines_of(setting: Setting, name: str) -> list[bytes]:
    """Return the N-Quads that were made of a file (its name), its own and those derived from it."""
    where = _names(Path(name).stem)["quads"]
    try:
        return gzip.decompress(setting.out.read(where)).splitlines()
    except (EOFError, OSError, zlib.error) as error:
        raise Fault(f"{setting.output}/{where}", f"is broken ({error})", "run it again") from error


def made_of(setting: Setting, name: str) -> tuple[list[Triple], list[Triple]]:
    """Return what was made of a file (its name): its triples, and those derived from it."""
    quads = turtle.parse_own_quads(b"\n".join(lines_of(setting, name)))
    graph = IRI(setting.workspace.graph_name(name))
    own = [quad.triple for quad in quads if quad.graph_name == graph]
    return own, [quad.triple for quad in quads if quad.graph_name != graph]


@dataclass(frozen=True)
class Done:
    """The record of a file, and whether its parts were made just now."""

    record: Record
    fresh: bool


def work(given: Given, job: Job) -> Done:
    """Make the parts of one file, unless they are there, and return their record; raise Fault if the file has changed."""
    setting = given.load()
    key = job.key(setting)
    done = Record.read(setting, job.stem)
    if done and done.key == key:
        return Done(done, False)
    raw = setting.place.read(job.name)
    if sha256(raw) != job.digest:
        raise Fault(job.name, "changed while the work was going on", "run it again")
    made = Made(setting, job, raw)
    parts = {"quads": _packed(made.quads()), "words": _packed(made.words())}
    names = _names(job.stem)
    for what, data in parts.items():
        setting.out.write(names[what], data)
    record = Record(
        key, job.name, made.graph, job.digest, names["quads"], sha256(parts["quads"]), names["words"], sha256(parts["words"]),
        len(made.seen), len(made.derived), [one.record() for one in made.findings()],
    )  # fmt: skip
    # The record comes last: where it stands, the parts stand.
    setting.out.write(names["record"], json.dumps(asdict(record), ensure_ascii=False).encode("utf-8"))
    return Done(record, True)


class Made:
    """One dossier parsed, with what lies around it: what follows, what breaks a rule, what can be found."""

    def __init__(self, setting: Setting, job: Job, raw: bytes) -> None:
        self.setting, self.name, self.raw = setting, job.name, raw
        self.graph = setting.workspace.graph_name(job.name)
        self.triples = turtle.parse_text(raw, job.name)
        self.seen = visible(self.triples, job.slice.gone)
        lines = job.slice.lines.items()
        self.around = {name: turtle.parse_triples("\n".join(listed).encode("utf-8")) for name, listed in lines}
        facts = derive.dossier(self.graph, turtle.serialise(self.seen, "ntriples"), Facets(self.around.values()))
        self.derived = turtle.parse_triples(facts.text)

    def quads(self) -> bytes:
        """Return dossier and derived facts as N-Quads, sorted, each in its graph; blank nodes are named after the dossier."""
        names: dict[Term, Blank] = {}
        stem = "".join(c if c.isascii() and c.isalnum() else "-" for c in Path(self.name).stem)

        def own(term: Any) -> Any:
            return names.setdefault(term, Blank(f"{stem}.{len(names)}")) if isinstance(term, Blank) else term

        found = []
        for graph, listed in ((self.graph, self.seen), (vocab.derived_graph(self.graph), self.derived)):
            quads = (Quad(own(t.subject), t.predicate, own(t.object), IRI(graph)) for t in dict.fromkeys(listed))
            found.extend(sorted(turtle.serialise(quads, "nquads").splitlines()))
        return b"\n".join(found) + b"\n"

    def findings(self) -> list[Finding]:
        """Return what is wrong with the file as a file, and what the shapes find on its nodes."""
        if not self.setting.validate:
            return []
        space = Space(self.setting.workspace, self.setting.withdrawn)
        space.files = {**self.around, self.name: self.seen}
        found = files.of_file(space, self.name, self.raw, self.triples)
        return sorted({*found, *shapes.of_file(space, self.name, engine(self.setting.fast))})

    def words(self) -> bytes:
        """Return the rows of the search index, folded."""
        return json.dumps([list(row) for row in rows(self.triples)], ensure_ascii=False).encode("utf-8")


@cache
def engine(fast: bool) -> Engine:
    """Return the engine that holds cuts against the model's shapes, loaded once by each process."""
    return Engine(shapes.model().triples, fast)


def _packed(data: bytes) -> bytes:
    return gzip.compress(data, 6, mtime=0)
