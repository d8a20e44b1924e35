"""What is not there, with the nearest names."""

from __future__ import annotations


class Missing(Exception):
    """Say that nothing stands at an address, and what was meant perhaps: pairs of address and words."""

    def __init__(self, what: str, near: tuple[tuple[str, str], ...] = ()) -> None:
        super().__init__(what)
        self.what, self.near = what, near
