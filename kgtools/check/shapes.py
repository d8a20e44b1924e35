"""The shapes: each dossier held against them over its cut; every result becomes a finding."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from types import MappingProxyType

from kgtools import keep, vocab
from kgtools.check import shares
from kgtools.check.cut import Cut, Held, affected, cut, roots, whole
from kgtools.check.engines import Engine, Result, Told, term
from kgtools.check.rules import hanging, located
from kgtools.check.validation import Shapes, Way, validate
from kgtools.faults import Fault, Finding
from kgtools.reading.text import Names
from kgtools.space import Space
from kgtools.turtle import IRI, Blank, Literal, Term, Triple, parse_file, serialise
from kgtools.workspace import shipped

DEFAULT = Way()
_MODEL = "the model's own lists"
_KIND = "findings"
_CLOSED = vocab.iri("sh:ClosedConstraintComponent")
# Shapes of records in the graph's own voice: what links one of these with another thing, only somebody's assertion may say.
_OWN_VOICE = frozenset("incident craft agent unnamed-agent post investigation action consequence".split())


@cache
def model() -> Shapes:
    """Return the shapes of the model."""
    return Shapes(parse_file(shipped("ontology") / "shapes.ttl"))


def read(path: Path) -> Shapes:
    """Return the shapes of a user's file; raise Fault if it cannot be read, or if a shape refers to itself."""
    try:
        return Shapes(parse_file(path))
    except Fault as fault:
        raise Fault(str(path) if fault.where == "shapes" else fault.where, fault.what, fault.cure) from fault


@cache
def background() -> tuple[Triple, ...]:
    """Return what every graph is validated with: the model's lists and its tree of classes."""
    below = IRI(vocab.iri("rdfs:subClassOf"))
    tree = [
        Triple(IRI(vocab.iri(name)), below, IRI(vocab.iri(upper)))
        for name, uppers in vocab.SUPERCLASSES.items()
        for upper in uppers
    ]
    return (*parse_file(shipped("ontology") / "schemes.ttl"), *tree)


@cache
def background_text() -> bytes:
    """Return what every graph is validated with as N-Triples."""
    return serialise(background(), "ntriples")


def findings(
    space: Space, shapes: Shapes | None = None, way: Way = DEFAULT, only: Iterable[str] | None = None
) -> list[Finding]:
    """Return one finding for each result of shapes (default: the model's) over the whole graph.

    With `only`, over those files and whatever sees what they describe. Raises Fault if an engine cannot read the shapes.
    """
    shapes, files = shapes or model(), None
    if only is None and shares.fitting(shapes, way):
        files = Files.of(space)
        key = keep.key(files.digest, *_rules(), shapes.rules, shapes.digest, *shapes.versions(way), background_text())
        known = _kept(key)
        if known is not None:
            return known
    found = [one for told, homes in results(space, shapes, way, only, files) for one in findings_of(space, told, homes)]
    if files:
        keep.keep(_KIND, key, json.dumps([one.record() for one in found]).encode())
    return found


def _kept(key: str) -> list[Finding] | None:
    raw = keep.kept(_KIND, key)
    try:
        return [Finding(**one) for one in json.loads(raw)] if raw else None
    except (ValueError, TypeError):
        return None  # of another making


@cache
def _rules() -> tuple[str, ...]:
    return (keep.rules("check/shapes.py", "check/rules.py", "vocab.py", "space.py", "workspace.py"),)


@dataclass(frozen=True)
class Files:
    """The files of a space as bytes; `withdrawn` says that withdrawn records are to be there."""

    raw: dict[str, bytes]
    withdrawn: bool

    @staticmethod
    def of(space: Space) -> Files:
        """Return the files of a space, written anew where it is not what the files of a folder say."""
        raw = space.as_read()
        if raw is not None:
            return Files(raw, space.withdrawn)
        return Files({name: serialise(listed, "turtle", space.prefixes) for name, listed in space.files.items()}, True)

    @property
    def digest(self) -> str:
        """Return a key of all that the files say."""
        return keep.key(str(self.withdrawn), *(part for one in self.digests.items() for part in one))

    @cached_property
    def digests(self) -> dict[str, str]:
        """Return a key of each file."""
        return {name: keep.key(raw) for name, raw in self.raw.items()}


def results(
    space: Space, shapes: Shapes, way: Way, only: Iterable[str] | None = None, files: Files | None = None
) -> Iterator[tuple[Told, Mapping[str, str]]]:
    """Yield what holds in a space, part by part, with the files of nodes that are told of ("" for one that is in none).

    The files are given where it is validated in shares of them; where they do not lend themselves to it, dossier by dossier.
    """
    names = Names(space.prefixes, shapes.sight.inverse())
    whole = files and shares.texts(files.raw, names, shapes.sight, background(), files.withdrawn, way.processes, files.digests)
    if whole:
        for told in shares.told(shapes, whole, background_text(), way):
            yield told, whole.homes_of(told)
        return
    for _, told in validate(shapes, cuts(space, shapes, None if only is None else set(only)), way):
        yield told, {}


def of_file(space: Space, name: str, engine: Engine) -> list[Finding]:
    """Return what an engine with the model's shapes finds on the nodes of one file; the space holds what these shapes see."""
    sight = model().sight
    data = Held(sight, (triple for triples in (*space.files.values(), background()) for triple in triples))
    return list(findings_of(space, engine.told(cut(name, sight, data, roots(sight, space.files[name])))))


def of_model(space: Space, engine: Engine) -> list[Finding]:
    """Return what an engine with the model's shapes finds on the model's own lists."""
    sight = model().sight
    one = cut(_MODEL, sight, Held(sight, background()), (*roots(sight, background()), *sight.named))
    return list(findings_of(space, engine.told(one)))


def cuts(space: Space, shapes: Shapes, only: set[str] | None) -> Iterator[Cut]:
    """Yield the cut of each dossier, and last of what belongs to none; one for all where that is what the shapes see."""
    sight = shapes.sight
    everything = [triple for triples in (*space.files.values(), background()) for triple in triples]
    if sight.unbounded:
        yield whole("the graph", everything)
        return
    data = Held(sight, everything, changing=only is not None)
    for name, triples in space.files.items():
        if only is None or name in only:
            yield cut(name, sight, data, roots(sight, triples))
    if only is None:
        yield cut(_MODEL, sight, data, (*roots(sight, background()), *sight.named))
        return
    own = [triple for name in sorted(only) for triple in space.files.get(name, ())]
    others = affected(sight, data, own) - roots(sight, own).keys()
    yield cut("what sees them", sight, data, sorted(others, key=str))


def findings_of(space: Space, told: Told, homes: Mapping[str, str] = MappingProxyType({})) -> Iterator[Finding]:
    """Yield a finding for each result and each dispute; homes tell the files of nodes that the space does not know yet."""
    for result in told.results:
        yield _finding(space, result, homes)
    for result, who in told.disputed:
        other = "pySHACL" if who == "fast" else "the fast engine"
        what = f"shape {_rule(result)}: {'the fast engine' if who == 'fast' else 'pySHACL'} has a result here, {other} has none"
        cure = "go by pySHACL (`--engine pyshacl`) and report the case to the makers of the package shacl"
        yield Finding(_place(space, term(result.focus), homes), what, cure, "engines", "warning")


def _finding(space: Space, result: Result, homes: Mapping[str, str]) -> Finding:
    what, _, cure = result.message.partition("; ")
    place = _place(space, term(result.focus), homes)
    cure = cure.rstrip(".") or "mend it"
    if result.value and not result.value.startswith("_:"):
        found = space.short(str(getattr(term(result.value), "value", "")))
        if result.component == _CLOSED:
            what += f" (found {space.short(result.path.strip('<>'))} {found})"
            if result.value.startswith("<") and _rule(result) in _OWN_VOICE:
                what += ", and the assertion that states this link is missing"
                missing = "an assertion with force:asserts that claims it, with its passage, in"
                cure += f". Missing is {missing} {_dossier(space, result, homes)}"
        else:
            what += f" (found {found})"
    severity = result.severity.rsplit("#", 1)[-1].lower()
    return Finding(place, what, cure, _rule(result), severity)


def _dossier(space: Space, result: Result, homes: Mapping[str, str]) -> str:
    """Return the file in which an assertion about a link belongs: that of the node or of what it is linked with."""
    for iri in (result.focus.strip("<>"), result.value.strip("<>")):
        file = homes[iri] if iri in homes else space.file_of(space.short(iri))
        if file and file.startswith("incidents/"):
            return file
    return "the incident's dossier"


def _rule(result: Result) -> str:
    """Return the local name of a result's shape, of the constraint's kind where the shape has no name."""
    named = result.component if result.shape.startswith("_:") else result.shape.strip("<>")
    return re.split(r"[/#]", named)[-1]


def _place(space: Space, node: Term, homes: Mapping[str, str]) -> str:
    if isinstance(node, Literal):
        return f"“{node.value}”"
    if isinstance(node, Blank):
        return hanging(space, node)
    name = str(getattr(node, "value", node))
    return f"{homes[name]} {space.short(name)}".strip() if name in homes else located(space, space.short(name))
