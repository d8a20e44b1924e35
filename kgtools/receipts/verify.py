"""Verifying a receipt, link by link, with nothing but the file; the documents and the published root where they are at hand."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from kgtools import vocab
from kgtools.archive import Text, sha256
from kgtools.faults import Fault
from kgtools.receipts import form
from kgtools.receipts.form import Receipt
from kgtools.receipts.release import canonical_json, file_hash, record_hash, roll_hash, rolls_hash
from kgtools.receipts.tree import climb

_PASSAGE = vocab.iri("cev:Passage")
GOOD, BROKEN, UNCHECKED = "good", "broken", "not checked"


@dataclass(frozen=True)
class Link:
    """One link of the chain from the claim to the published root: its name, its state, and what there is to say of it."""

    name: str
    state: str
    sentences: tuple[str, ...]


def verify(receipt: Receipt, folders: Sequence[Path] = (), root: str | None = None) -> list[Link]:
    """Return the links of a receipt in order, each good, broken or not checked.

    `folders` are where archived documents may lie, `root` is the published root in hexadecimal. Raises Fault if `root` is none.
    """
    return [
        _link("form", _form(receipt), "the file is canonical JSON (RFC 8785)"),
        _link("seal", _seal(receipt), "the file has the SHA-256 that it states of itself"),
        _link("records", _records(receipt), f"{len(receipt.records)} records have the hashes stated (RDFC-1.0, SHA-256)"),
        _link("chain", _chain(receipt), f"all that the claim rests on is here, {_counted(receipt)}"),
        _link("files", _files(receipt), f"the records lead to the roots of {len(receipt.sections)} files (RFC 9162)"),
        _link("release", _release(receipt), f"files and roll lead to the release's root {receipt.root.hex()}"),
        _published(receipt, root),
        _texts(receipt),
        _documents(receipt, folders),
    ]


def _link(name: str, faults: Iterator[str], good: str) -> Link:
    found = tuple(faults)
    return Link(name, BROKEN if found else GOOD, found or (good,))


def _counted(receipt: Receipt) -> str:
    gone = sum(bool(receipt.values(one, "cev:withdrawnOn")) for one in receipt.roll.assertions)
    number = len(receipt.roll.assertions)
    return f"with {number} assertion{'s' if number != 1 else ''}" + (f", {gone} withdrawn" if gone else "")


def _form(receipt: Receipt) -> Iterator[str]:
    if receipt.canonical != receipt.raw:
        yield "the file is not canonical JSON: its bytes are not those that its content has (RFC 8785)"


def _seal(receipt: Receipt) -> Iterator[str]:
    body = {name: value for name, value in receipt.value.items() if name != "seal"}
    found = sha256(canonical_json(body))
    if found != receipt.seal:
        yield f"the file states the SHA-256 {receipt.seal} of itself and has {found}"


def _records(receipt: Receipt) -> Iterator[str]:
    stated: dict[tuple[str, str], bytes] = {}
    for section in receipt.sections:
        for proof in section.proofs:
            if (section.graph, proof.subject) in stated:
                yield f"the tree has {short(receipt, proof.subject)} twice"
            stated[section.graph, proof.subject] = proof.hash
    for graph, subject in sorted(stated.keys() - receipt.records.keys()):
        yield f"the tree has a hash of {short(receipt, subject)}, of which {short(receipt, graph)} has no record here"
    for (graph, subject), quads in receipt.records.items():
        expected, found = stated.get((graph, subject)), record_hash(quads)
        if expected is None:
            yield f"the tree has no hash of {short(receipt, subject)} in {short(receipt, graph)}"
        elif expected != found:
            yield f"{short(receipt, subject)} has the hash {found.hex()}, not {expected.hex()}"


def _chain(receipt: Receipt) -> Iterator[str]:
    here = {subject for _, subject in receipt.records}
    if receipt.claim not in receipt.subjects(form.CLAIMS):
        yield f"{short(receipt, receipt.claim)} is not a claim of which there is a record here"
    for (_, subject), quads in receipt.records.items():
        for quad in quads:
            target = str(getattr(quad.object, "value", ""))
            if quad.predicate.value in form.FOLLOWED and target not in here:
                yield f"{short(receipt, subject)} rests on {short(receipt, target)}, of which there is no record here"
    yield from _rolled(receipt, {one for one in here if receipt.claim in receipt.values(one, "cev:claims")})
    asked = [(one, "cev:foundIn", "passage") for one in receipt.subjects(form.ASSERTIONS)]
    asked += [(one, "prov:wasAttributedTo", "speaker") for one in receipt.subjects(form.ASSERTIONS)]
    own = {receipt.claim, *receipt.roll.assertions}
    for graph in sorted({graph for graph, subject in receipt.records if subject in own}):
        asked += [(graph, "prov:wasAttributedTo", "curator"), (graph, "prov:generatedAtTime", "date")]
    for one, name, what in asked:
        if not receipt.values(one, name):
            yield f"{short(receipt, one)} has no {what} here"


def _rolled(receipt: Receipt, claiming: set[str]) -> Iterator[str]:
    for one in sorted(claiming ^ set(receipt.roll.assertions)):
        known = (
            "a record here, not on the roll of the claim" if one in claiming else "on the roll of the claim, but no record here"
        )
        yield f"{short(receipt, one)} is {known}"


def _files(receipt: Receipt) -> Iterator[str]:
    for section in receipt.sections:
        for proof in section.proofs:
            if climb(proof.hash, proof.path) != section.root:
                yield f"{short(receipt, proof.subject)} does not lead to the root of {section.file[:200]}"


def _release(receipt: Receipt) -> Iterator[str]:
    for section in receipt.sections:
        if climb(file_hash(section.file, section.root), section.release) != receipt.root:
            yield f"{section.file[:200]} does not lead to the release's root"
    roll = receipt.roll
    if climb(roll_hash(receipt.claim, roll.assertions), roll.path) != roll.root:
        yield "the roll of the claim does not lead to the root of the rolls"
    if climb(rolls_hash(roll.root), roll.release) != receipt.root:
        yield "the rolls do not lead to the release's root"


def _published(receipt: Receipt, root: str | None) -> Link:
    if root is None:
        cure = "give the one that stands with the tagged release, --root HASH; without it a forger may have made all the rest"
        return Link("root", UNCHECKED, (cure,))
    if not form.DIGEST.fullmatch(root.strip().lower()):
        raise Fault("--root", f"'{root[:80]}' is not 64 hexadecimal digits", "copy the root that stands with the release")
    same = root.strip().lower() == receipt.root.hex()
    told = "the root is the published one" if same else f"the root is {receipt.root.hex()}, not the published one"
    return Link("root", GOOD if same else BROKEN, (told,))


def _texts(receipt: Receipt) -> Link:
    if "texts" not in receipt.value:
        return Link("texts", UNCHECKED, ("the file holds no text of a document",))
    return _link("texts", _text_faults(receipt), f"{len(receipt.texts)} texts have the digests of their passages")


def _text_faults(receipt: Receipt) -> Iterator[str]:
    passages = set(receipt.subjects((_PASSAGE,)))
    for one in sorted(passages ^ receipt.texts.keys()):
        yield f"{short(receipt, one)} has " + ("no text here" if one in passages else "a text here, and is no passage here")
    for one in sorted(passages & receipt.texts.keys()):
        if receipt.values(one, "schema:sha256") != [sha256(receipt.texts[one])]:
            yield f"the text of {short(receipt, one)} has not the digest of the passage"


def _documents(receipt: Receipt, folders: Sequence[Path]) -> Link:
    if not folders:
        return Link("documents", UNCHECKED, ("no folder of documents is named: say --documents DIR to check every passage",))
    faults: list[str] = []
    missing: list[str] = []
    checked = 0
    for document, passages in _by_document(receipt).items():
        name = (receipt.values(document, "cev:fileName") or [""])[0]
        path = _at_hand(name, folders)
        if path is None:
            missing.append(f"{name[:200] or short(receipt, document)} is not at hand: {len(passages)} passages not checked")
            continue
        checked += len(passages)
        try:
            faults += _document(receipt, document, Text.read(path), passages)
        except Fault as fault:
            faults.append(f"{name[:200]} is not the archived file: {fault.what}")
    state = BROKEN if faults else UNCHECKED if missing else GOOD
    good = [f"{checked} passages stand in the documents, byte for byte"] if checked and not faults else []
    return Link("documents", state, tuple(faults + missing + good) or ("there is no document here",))


def _by_document(receipt: Receipt) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {one: [] for one in receipt.subjects((vocab.iri("cev:Document"),))}
    for passage in receipt.subjects((_PASSAGE,)):
        for document in receipt.values(passage, "oa:hasSource"):
            found.setdefault(document, []).append(passage)
    return found


def _at_hand(name: str, folders: Sequence[Path]) -> Path | None:
    if not name or "\x00" in name or Path(name).name != name:  # a name from a file never leads out of the folder
        return None
    try:
        return next((folder / name for folder in folders if (folder / name).is_file()), None)
    except OSError:
        return None


def _document(receipt: Receipt, document: str, text: Text, passages: list[str]) -> Iterator[str]:
    name = receipt.values(document, "cev:fileName")[0][:200]
    if receipt.values(document, "cev:rawSha256") != [text.raw_digest]:
        yield f"{name} is not the archived file: its SHA-256 is {text.raw_digest}"
    for one in passages:
        numbers = [receipt.values(one, f"cev:{part}") for part in ("start", "end", "firstLine", "lastLine")]
        if not all(len(listed) == 1 and re.fullmatch("[0-9]{1,9}", listed[0]) for listed in numbers):
            yield f"{short(receipt, one)} does not say where it stands"
            continue
        start, end, *lines = (int(listed[0]) for listed in numbers)
        piece = text.text[start:end]
        if start >= end or end > len(text.text) or receipt.values(one, "schema:sha256") != [sha256(piece)]:
            yield f"{name} has another text at {short(receipt, one)}"
        elif [text.line_of(start), text.line_of(end - 1)] != lines:
            yield f"{short(receipt, one)} stands in other lines of {name} than it says"


def short(receipt: Receipt, iri: str) -> str:
    """Return an IRI as the receipt's own prefixes shorten it, cut if it is long."""
    return vocab.curie(iri, receipt.prefixes)[:200]
