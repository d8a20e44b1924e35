"""Bulk work, dossier by dossier, on any number of workers: parse, derive, validate, index, export."""

from kgtools.bulk.run import Report, bulk

__all__ = ["Report", "bulk"]
