"""What a page is asked for: the space it speaks of, its name, its form, its parameters; and addresses of other pages."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import quote, urlencode

from kgtools import vocab
from kgtools.space import Space
from kgtools.views.site.known import Known, known

# What links carry on from page to page.
CARRIED = ("asof", "clock")
# What a link to be kept tells of the data that it was made on; no other link carries it on.
VERSION = "version"


@dataclass(frozen=True)
class Request:
    """A page's space (as of a day where asked for), the whole space, path, what follows its first part, form, parameters.

    `with_text` says that passages may be shown in their text; the server sets it, never the client.
    """

    space: Space
    whole: Space
    path: str
    slug: str
    form: str
    params: Mapping[str, str]
    with_text: bool = False

    @property
    def known(self) -> Known:
        """Return what is worked out from the space once and kept with it."""
        return known(self.space)

    @property
    def place(self) -> str:
        """Return the address of this page without parameters."""
        return quote(self.path, safe="/.-_~:")

    @property
    def carried(self) -> dict[str, str]:
        """Return the parameters that every link carries on."""
        return {name: self.params[name] for name in CARRIED if self.params.get(name)}

    @property
    def own(self) -> dict[str, str]:
        """Return the parameters of this page alone, which no link carries on."""
        return {name: value for name, value in self.params.items() if name not in (*CARRIED, VERSION)}

    def url(self, path: str, fragment: str = "", **params: str) -> str:
        """Return the address of a page of this site, with its parameters and what is carried on."""
        listed = {name: value for name, value in {**params, **self.carried}.items() if value}
        query = f"?{urlencode(listed)}" if listed else ""
        return quote(path, safe="/.-_~:") + query + (f"#{quote(fragment, safe='-_.~')}" if fragment else "")

    def here(self, fragment: str = "", **changed: str) -> str:
        """Return the address of this page with some parameters changed, and left out where empty."""
        kept = {name: value for name, value in self.own.items() if name not in changed}
        return self.url(self.path, fragment, **kept, **changed)

    def today(self) -> str:
        """Return the address of this page with everything on record."""
        kept = {name: value for name, value in self.own.items() if value}
        return self.place + (f"?{urlencode(kept)}" if kept else "")

    def twin(self, suffix: str) -> str:
        """Return the address of this page in another form."""
        return self.url(("/index" if self.path == "/" else self.path) + f".{suffix}", **self.own)

    def kept(self) -> str:
        """Return the address of this page to cite or to pass on, with the data version that it shows."""
        return self.here(**{VERSION: self.known.version[:12]})

    @property
    def older(self) -> str:
        """Return the data version that the link followed was made on, empty if it is the one shown or none is named."""
        named = self.params.get(VERSION, "")
        return named if re.fullmatch("[0-9a-f]{12,64}", named) and not self.known.version.startswith(named) else ""

    def node(self, name: str) -> str:
        """Return the address of a node given as CURIE, empty where it has none here."""
        kind, _, local = name.partition(":")
        if not local:
            return ""
        if kind == "assertion":
            one = self.known.record.assertions.get(name)
            if one and (one.claim or one.incidents):
                return self.url("/" + (one.claim or one.incidents[0]).replace(":", "/", 1), f"s-{local}")
        if kind in self.known.kinds:
            return self.url(f"/{kind}/{local}")
        if kind == "cev":
            return self.url("/vocabulary", local)
        return self.url("/vocabulary/lists", f"{kind}-{local}") if kind in vocab.LISTS else ""
