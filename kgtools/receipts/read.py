"""Reading a receipt that somebody else wrote: bounded, strict, and a sentence for whatever is not a receipt."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any, NoReturn

from kgtools.faults import Fault
from kgtools.receipts import form
from kgtools.receipts.form import Proof, Receipt, Roll, Section
from kgtools.receipts.release import canonical_json
from kgtools.receipts.tree import Step
from kgtools.turtle import Quad

MOST_BYTES = 32_000_000
MOST_DEPTH = 16
_SIGNS = re.compile(r'"(?:[^"\\]|\\.)*+"?|[\[{]|[\]}]', re.DOTALL)
_CURE = "ask for the receipt again where it comes from"


def read(path: Path) -> Receipt:
    """Return the receipt of a file; raise Fault if it cannot be read or is none."""
    if path.exists() and not path.is_file():
        raise Fault(str(path), "is not a file", "give the file of a receipt")
    try:
        with path.open("rb") as file:
            raw = file.read(MOST_BYTES + 1)
    except OSError as error:
        raise Fault(str(path), error.strerror or "cannot be read", "check the path and its permissions") from error
    except ValueError as error:  # a path with a null character
        raise Fault("receipt", f"cannot be read ({error})", "check the path") from error
    return parse(raw, str(path))


def parse(raw: bytes, where: str = "receipt") -> Receipt:
    """Return the receipt that bytes hold; raise Fault if they hold none."""
    value = _json(raw, where)
    try:
        return _Reader().receipt(raw, canonical_json(value), value)
    except ValueError as error:
        raise Fault(where, f"is not a receipt: {error}", _CURE) from error


def _json(raw: bytes, where: str) -> Any:
    if len(raw) > MOST_BYTES:
        raise Fault(where, f"is larger than {MOST_BYTES:,} bytes", _CURE)
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError as error:
        raise Fault(where, f"byte {error.start} is not UTF-8", _CURE) from error
    depth = deepest = 0
    for sign in _SIGNS.finditer(text):
        depth += (sign[0] in "[{") - (sign[0] in "]}")
        deepest = max(deepest, depth)
    if deepest > MOST_DEPTH:
        raise Fault(where, f"is nested {deepest:,} deep, a receipt at most {MOST_DEPTH}", _CURE)
    try:
        return json.loads(text, object_pairs_hook=_object, parse_int=_number, parse_float=_number, parse_constant=_number)
    except ValueError as error:
        raise Fault(where, f"is not the JSON of a receipt: {error}", _CURE) from error


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, value in pairs:
        if name in found:
            raise ValueError(f"the key {name[:80]!a} stands twice in one object")
        found[name] = value
    return found


def _number(text: str) -> NoReturn:
    raise ValueError(f"a receipt holds no number, and here is {text[:40]}")


class _Reader:
    """Take parsed JSON apart, member by member; raise ValueError where it is not as a receipt has it."""

    def __init__(self) -> None:
        self.prefixes: dict[str, str] = {}

    def receipt(self, raw: bytes, canonical: bytes, value: Any) -> Receipt:
        top = _members(value, "the file", form.KEYS, form.OPTIONAL)
        if top["format"] != form.FORMAT:
            raise ValueError(f"its format is not {form.FORMAT}")
        self.prefixes = _context(top["@context"])
        _text(top["kgtools"], "kgtools")
        records = self._records(_list(top["@graph"], "@graph"))
        sections = tuple(self._section(one) for one in _list(top["tree"], "tree"))
        texts = top.get("texts", {})
        if not isinstance(texts, dict) or not all(isinstance(one, str) for one in texts.values()):
            raise ValueError("texts is not an object of texts")
        return Receipt(
            raw, canonical, top, self._iri(top["of"], "of"), _digest(top["root"], "root"), _digest(top["seal"], "seal").hex(),
            sections, self._roll(top["roll"]), records, {self._iri(one, "texts"): text for one, text in texts.items()},
            self.prefixes,
        )  # fmt: skip

    def _records(self, graphs: list[Any]) -> dict[tuple[str, str], tuple[Quad, ...]]:
        found: dict[tuple[str, str], tuple[Quad, ...]] = {}
        for one in graphs:
            members = _members(one, "a graph", ("@id", "@graph"))
            graph = self._iri(members["@id"], "a graph")
            for node in _list(members["@graph"], "@graph"):
                if not isinstance(node, dict) or len(node) < 2:
                    raise ValueError("a record is not an object with @id and properties")
                quads = form.quads_of(node, graph, self.prefixes)
                subject = str(getattr(quads[0].subject, "value", ""))
                if (graph, subject) in found:
                    raise ValueError(f"the record {subject[:200]!a} stands twice in one graph")
                found[graph, subject] = quads
        return found

    def _section(self, value: Any) -> Section:
        one = _members(value, "a file of the tree", ("file", "graph", "records", "release", "root"))
        proofs = []
        for record in _list(one["records"], "records"):
            item = _members(record, "a record of the tree", ("hash", "id", "path"))
            proofs.append(Proof(self._iri(item["id"], "id"), _digest(item["hash"], "hash"), _path(item["path"])))
        return Section(
            _text(one["file"], "file"), self._iri(one["graph"], "graph"), _digest(one["root"], "root"), _path(one["release"]),
            tuple(proofs),
        )  # fmt: skip

    def _roll(self, value: Any) -> Roll:
        one = _members(value, "the roll", ("assertions", "path", "release", "root"))
        names = tuple(self._iri(name, "assertions") for name in _list(one["assertions"], "assertions"))
        return Roll(names, _path(one["path"]), _digest(one["root"], "root"), _path(one["release"]))

    def _iri(self, value: Any, what: str) -> str:
        return form.plain_iri(_text(value, what), self.prefixes).value


def _context(value: Any) -> dict[str, str]:
    if not isinstance(value, dict):
        raise ValueError("@context is not an object of prefixes")
    for name, space in value.items():
        meant = form.PREFIX.fullmatch(name) and name not in (*form.KEYS, *form.OPTIONAL)
        if not meant or not isinstance(space, str) or not form.is_namespace(space):
            raise ValueError(f"@context has {name[:80]!a}, which is no prefix with a namespace")
    return dict(value)


def _members(value: Any, what: str, names: tuple[str, ...], optional: tuple[str, ...] = ()) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise ValueError(f"{what} is not an object")
    missing = [name for name in names if name not in value]
    if missing:
        raise ValueError(f"{what} has no {missing[0]}")
    other = [name for name in value if name not in (*names, *optional)]
    if other:
        raise ValueError(f"{what} has {other[0][:80]!a}, which no receipt has")
    return value


def _list(value: Any, what: str) -> list[Any]:
    if not isinstance(value, list):
        raise ValueError(f"{what} is not a list")
    return value


def _text(value: Any, what: str) -> str:
    if not isinstance(value, str):
        raise ValueError(f"{what} is not a text")
    return value


def _digest(value: Any, what: str) -> bytes:
    if not isinstance(value, str) or not form.DIGEST.fullmatch(value):
        raise ValueError(f"{what} is not 64 hexadecimal digits in small letters")
    return bytes.fromhex(value)


def _path(value: Any) -> tuple[Step, ...]:
    steps: list[Step] = []
    for step in _list(value, "a path"):
        if not isinstance(step, dict) or len(step) != 1 or next(iter(step)) not in ("left", "right"):
            raise ValueError("a step of a path is neither left nor right")
        side, sibling = next(iter(step.items()))
        steps.append((side, _digest(sibling, side)))
    return tuple(steps)
