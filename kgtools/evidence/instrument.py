"""What every instrument has in common: rows, a data frame, a picture in a notebook, and the assertions it counted from."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any

from kgtools.space import Table

BASIS = ("of", "assertion", "speaker", "place")


class Instrument(ABC):
    """Something worked out from the record and never stored: it counts, and passes no verdict."""

    @property
    @abstractmethod
    def rows(self) -> Table:
        """Return the answer as a table of plain strings."""

    @property
    def basis(self) -> Table:
        """Return the assertions and passages that each number was counted from, as a table; empty where rows say it all."""
        return Table(BASIS, [])

    def to_pandas(self) -> Any:
        """Return the rows as a pandas data frame; raise Fault if pandas is not installed."""
        return self.rows.to_pandas()

    def _repr_html_(self) -> str:
        return self.rows._repr_html_()
