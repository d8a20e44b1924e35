"""A knowledge graph of claims and evidence, and the tools to trust it.

>>> import kgtools
>>> space = kgtools.open()
>>> rows = space.query("who-claimed", incident="geo-ik-2-2011")
"""

from kgtools.faults import Fault, Finding
from kgtools.space import Space, Table
from kgtools.space import open_space as open

__all__ = ["Fault", "Finding", "Space", "Table", "open"]
__version__ = "0.1.0"
