"""Holding quads and answering SPARQL; one small interface, so that engines can be exchanged."""

from kgtools.store.interface import (
    DATASET,
    RESULT_FORMATS,
    Answer,
    Dataset,
    DurableStore,
    Rows,
    Store,
    Triples,
    Truth,
)
from kgtools.store.memory import MemoryStore
from kgtools.store.results import count_rows, serialise_rows

__all__ = [
    "DATASET", "RESULT_FORMATS", "Answer", "Dataset", "DurableStore", "MemoryStore", "Rows", "Store", "Triples", "Truth",
    "count_rows", "serialise_rows",
]  # fmt: skip
