"""A knowledge graph of claims and evidence, and the tools to trust it.

>>> import kgtools
>>> space = kgtools.open()
>>> rows = space.query("who-claimed", incident="geo-ik-2-2011")
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from kgtools.faults import Fault, Finding
    from kgtools.space import Space, Table
    from kgtools.space import open_space as open

__all__ = ["Fault", "Finding", "Space", "Table", "open"]
__version__ = "0.1.0"

_HOMES = {"Fault": "faults", "Finding": "faults", "Space": "space", "Table": "space", "open": "space"}


def __getattr__(name: str) -> Any:
    """Import what is asked for when it is asked for, so that the command can answer an interrupt from its first moment on."""
    if name not in _HOMES:
        raise AttributeError(f"module 'kgtools' has no attribute '{name}'")
    from importlib import import_module

    home = import_module(f"kgtools.{_HOMES[name]}")
    return getattr(home, "open_space" if name == "open" else name)
