"""Receipts of the invented case, and both verifiers, which must agree."""

from __future__ import annotations

import hashlib
import sys
from pathlib import Path
from typing import Any

import pytest
from conftest import EXAMPLE, ROOT

from kgtools.faults import Fault
from kgtools.receipts import read, verify
from kgtools.receipts.make import receipt as make
from kgtools.receipts.release import Release, canonical_json
from kgtools.space import Space
from kgtools.workspace import Workspace

sys.path.insert(0, str(ROOT / "tests"))
import independent_verifier as second

DOCUMENTS = EXAMPLE / "documents"
DATA = "https://example.org/pump-house/"
SMALL, LARGE = DATA + "claim/context-001", DATA + "claim/pump-house-2019-003"
Json = dict[str, Any]


@pytest.fixture(scope="session")
def release() -> Release:
    return Release(Workspace.find(EXAMPLE))


@pytest.fixture(scope="session")
def small(release: Release) -> bytes:
    return make(release, SMALL)


@pytest.fixture(scope="session")
def large(release: Release, example: Space) -> bytes:
    from kgtools.documents import archived

    return make(release, LARGE, {one.file_name: one.text() for one in archived(example)})


def first(raw: bytes, documents: Path | None = None, root: str | None = None) -> set[str] | None:
    """Return the broken links by kgtools' own verifier, None if the bytes are no receipt."""
    try:
        links = verify.verify(read.parse(raw), [documents] if documents else [], root)
    except Fault:
        return None
    return {link.name for link in links if link.state == "broken"}


def both(raw: bytes, documents: Path | None = None, root: str | None = None) -> set[str] | None:
    """Return the broken links, on which both verifiers must agree."""
    found = first(raw, documents, root)
    assert second.broken(raw, str(documents) if documents else None, root) == found
    return found


def resealed(value: Json) -> bytes:
    """Return a receipt whose maker has recomputed the seal."""
    body = {name: one for name, one in value.items() if name != "seal"}
    return canonical_json({**body, "seal": hashlib.sha256(canonical_json(body)).hexdigest()})
