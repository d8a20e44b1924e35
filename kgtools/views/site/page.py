"""What a page module hands back: a template with its values, and the same content as data."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from kgtools.chains import Index
from kgtools.space import Table
from kgtools.views.site.reply import Reply
from kgtools.views.site.request import Request


@dataclass
class Page:
    """A page before it is written out in a form.

    `values` go to the template (below `templates/`), `data` is the JSON twin, `nodes` are the CURIEs described by the Turtle
    and JSON-LD twins, `table` is the CSV twin where there is one, `queries` the SPARQL behind the page by name, `scripts`
    the modules below `static/` that it loads. `part` is the entry of the navigation that it belongs to. `described` has the
    triples of the nodes where it is not the graph that has them. `twins` are the forms that it links beside a CSV table.
    """

    template: str
    title: str
    values: Mapping[str, Any] = field(default_factory=dict)
    data: Any = None
    nodes: tuple[str, ...] = ()
    table: Table | None = None
    queries: Mapping[str, str] = field(default_factory=dict)
    part: str = ""
    scripts: tuple[str, ...] = ()
    styles: tuple[str, ...] = ()
    status: int = 200
    described: Index | None = None
    twins: tuple[str, ...] = ("json", "ttl", "jsonld")


Answer: TypeAlias = Page | Reply
Maker: TypeAlias = Callable[[Request], Answer]
