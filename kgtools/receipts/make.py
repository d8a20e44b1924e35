"""Making the receipt of a claim out of a release."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import kgtools
from kgtools import vocab
from kgtools.archive import Text, sha256
from kgtools.faults import Fault
from kgtools.receipts import form, read, verify
from kgtools.receipts.form import Names
from kgtools.receipts.release import File, Release, canonical_json
from kgtools.receipts.tree import Step
from kgtools.turtle import IRI

_FOLLOWED = frozenset(form.FOLLOWED)


def receipt(release: Release, claim: str, texts: Mapping[str, Text] | None = None) -> bytes:
    """Return the receipt of a claim (IRI) as canonical JSON; the same graph gives the same bytes.

    `texts` are the documents by file name, if the text of the passages is to go in. Raises Fault if the claim is not in the
    graph, if something on the way is described nowhere, or if a text is not at hand or not what was archived.
    """
    if claim not in release.rolls:
        raise Fault("claim", f"the graph has no claim {claim}", "list the claims with `kgtools query explanations`")
    chosen = _closure(release, claim)
    names = Names(release.workspace.prefixes)
    value: dict[str, Any] = {
        "@graph": [
            {
                "@graph": [form.node_object(file.records[one].quads, names) for one in subjects],
                "@id": names.short(file.graph),
            }
            for file, subjects in chosen
        ],
        "format": form.FORMAT,
        "kgtools": kgtools.__version__,
        "of": names.short(claim),
        "roll": _roll(release, claim, names),
        "root": release.root,
        "tree": [_section(release, file, subjects, names) for file, subjects in chosen],
    }
    if texts is not None:
        value["texts"] = _texts(chosen, texts, names)
    value["@context"] = dict(names.used)
    value["seal"] = sha256(canonical_json(value))
    raw = canonical_json(value)
    _proved(raw)
    return raw


def _proved(raw: bytes) -> None:
    """Hold a new receipt to its own verifier, so that none leaves that would not pass."""
    for link in verify.verify(read.parse(raw)):
        if link.state == "broken":
            raise Fault("receipt", f"{link.name}: {link.sentences[0]}", "run `kgtools check`, mend what it finds")


def _closure(release: Release, claim: str) -> list[tuple[File, list[str]]]:
    """Return the files and subjects that a claim rests on, by way of FOLLOWED, with the description of every such file."""
    seen: set[str] = set()
    queue = [claim, *release.rolls[claim]]
    used: dict[str, list[str]] = {}
    while queue:
        subject = queue.pop()
        if subject in seen:
            continue
        seen.add(subject)
        homes = release.homes.get(subject)
        if not homes:
            raise Fault("receipt", f"{subject} is described nowhere in the graph", "run `kgtools check`, mend what it finds")
        for file in homes:
            used.setdefault(file.name, []).append(subject)
            queue.extend(_followed(file, subject))
            if file.graph in release.homes:  # a file may leave to others to say who curated it and when
                queue.append(file.graph)
    return [(release.files[name], sorted(used[name])) for name in sorted(used)]


def _followed(file: File, subject: str) -> Iterable[str]:
    for quad in file.records[subject].quads:
        if quad.predicate.value in _FOLLOWED and isinstance(quad.object, IRI):
            yield quad.object.value


def _section(release: Release, file: File, subjects: list[str], names: Names) -> dict[str, Any]:
    records = [
        {"hash": file.records[one].hash.hex(), "id": names.short(one), "path": _path(file.path(one))} for one in subjects
    ]
    return {
        "file": file.name, "graph": names.short(file.graph), "records": records, "release": _path(release.file_path(file.name)),
        "root": file.tree.root.hex(),
    }  # fmt: skip


def _roll(release: Release, claim: str, names: Names) -> dict[str, Any]:
    return {
        "assertions": [names.short(one) for one in release.rolls[claim]], "path": _path(release.roll_path(claim)),
        "release": _path(release.rolls_path), "root": release.roll_tree.root.hex(),
    }  # fmt: skip


def _path(steps: Iterable[Step]) -> list[dict[str, str]]:
    return [{side: sibling.hex()} for side, sibling in steps]


def _texts(chosen: list[tuple[File, list[str]]], texts: Mapping[str, Text], names: Names) -> dict[str, str]:
    """Return the text of every passage by compact IRI."""
    records = {one: file.records[one] for file, subjects in chosen for one in subjects}

    def first(subject: str, name: str) -> str:
        quads = records[subject].quads if subject in records else ()
        return next((str(getattr(q.object, "value", "")) for q in quads if q.predicate.value == vocab.iri(name)), "")

    found = {}
    for subject in records:
        if first(subject, "rdf:type") == vocab.iri("cev:Passage"):
            document = first(first(subject, "oa:hasSource"), "cev:fileName")
            if document not in texts:
                cure = "say --documents DIR, or leave out --with-text"
                raise Fault(document or subject, "the document is not at hand", cure)
            piece = texts[document].text[int(first(subject, "cev:start")) : int(first(subject, "cev:end"))]
            if sha256(piece) != first(subject, "schema:sha256"):
                raise Fault(document, f"has another text at {names.short(subject)} than was archived", "run `kgtools check`")
            found[names.short(subject)] = piece
    return found
