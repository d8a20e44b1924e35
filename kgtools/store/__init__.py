"""Holding quads and answering SPARQL; one small interface, so that engines can be exchanged."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kgtools.store.interface import (
    DATASET,
    RESULT_FORMATS,
    Answer,
    Dataset,
    Dossier,
    DurableStore,
    Rows,
    Store,
    Triples,
    Truth,
)
from kgtools.store.memory import MemoryStore
from kgtools.store.results import count_rows, serialise_rows

if TYPE_CHECKING:
    from kgtools.store.disk import DiskStore
    from kgtools.store.remote import RemoteStore

MEMORY = "memory"

__all__ = [
    "DATASET", "MEMORY", "RESULT_FORMATS", "Answer", "Dataset", "Dossier", "DurableStore", "MemoryStore", "Rows", "Store",
    "Triples", "Truth", "count_rows", "open_store", "serialise_rows",
]  # fmt: skip


def open_store(where: str, write: bool = False, withdrawn: bool = False) -> DiskStore | RemoteStore:
    """Return the durable store at a folder or http(s) address, to be read or written; raise Fault if it cannot be opened."""
    if where.lower().startswith(("http://", "https://")):
        from kgtools.store.remote import RemoteStore

        return RemoteStore(where, write=write, withdrawn=withdrawn)
    from kgtools.store.disk import DiskStore

    return DiskStore(where, write, withdrawn)
