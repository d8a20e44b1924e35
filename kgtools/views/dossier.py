"""The dossier of an incident as Markdown and as a page that prints to a clean PDF; everything escaped."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from kgtools.evidence.dossier import words
from kgtools.evidence.dossier_parts import Behind, Dossier, Event, Said
from kgtools.evidence.footnotes import Note
from kgtools.evidence.summary import RULES
from kgtools.space import Table
from kgtools.views.answers import weight
from kgtools.views.evidence import label, then, wording
from kgtools.views.matrix import LIMITS
from kgtools.views.tables import visible

FORMATS = ("md", "html")
_PAGES = Path(__file__).resolve().parent / "pages"
# An address that may become a link: http or https, and nothing in it that ends a link in HTML or Markdown.
_LINK = re.compile(r"https?://[A-Za-z0-9.-]+(?::[0-9]+)?(?:/[A-Za-z0-9._~!$&'()*+,;=:@%/?#-]*)?")


def render(dossier: Dossier, form: str, explain: bool = False) -> str:
    """Return a dossier in one of FORMATS; explained, with what its numbers were counted from; the same graph gives the same."""
    counted = dossier.counted if explain else []
    return _html(dossier, counted) if form == "html" else _markdown(dossier, counted)


def dossier_data(dossier: Dossier, explain: bool = False) -> dict[str, Any]:
    """Return a dossier as plain data for JSON: its statements with the numbers of their notes, and the notes."""
    return {
        "incident": dossier.incident, "label": dossier.label, "version": dossier.version, "root": dossier.root,
        **({"asOf": dossier.horizon} if dossier.horizon else {}),
        "facts": dict(dossier.facts), "statements": list(dossier.rows), "notes": [vars(note) for note in dossier.notes],
        **({"counted": {table.caption: list(table) for table in dossier.counted}} if explain else {}),
    }  # fmt: skip


def _environment(escape: bool, finalize: Callable[[object], object]) -> Environment:
    """Return an environment whose templates put everything through `finalize`, then escape it if it is for a page."""
    # Markdown is escaped by `finalize`, which HTML's escaping would spoil.
    pages = Environment(autoescape=escape, finalize=finalize, loader=FileSystemLoader(_PAGES), undefined=StrictUndefined)  # noqa: S701
    pages.trim_blocks = pages.lstrip_blocks = True
    pages.globals.update(
        label=label,
        wording=wording,
        then=then,
        weighed=weight,
        limits=LIMITS,
        who=_who,
        rules=RULES,
        words=words,
        cited=_cited,
        event=_is_event,
        without=_without,
    )
    return pages


def _html(dossier: Dossier, counted: list[Table]) -> str:
    style = (_PAGES / "dossier.css").read_text(encoding="utf-8").replace("\r\n", "\n")
    digest = base64.b64encode(hashlib.sha256(style.encode("utf-8")).digest()).decode("ascii")
    pages = _environment(True, _shown)
    pages.filters["address"] = _anchor
    # The style is ours; a policy that names its hash lets no other one in (CSP 3, section 2.3.1).
    return pages.get_template("dossier.html.j2").render(d=dossier, counted=counted, style=Markup(style), style_hash=digest)  # noqa: S704


def _markdown(dossier: Dossier, counted: list[Table]) -> str:
    pages = _environment(False, _marked)
    pages.filters["address"] = _autolink
    pages.globals["ours"] = _Marked  # what a macro gives is escaped already
    text = pages.get_template("dossier.md.j2").render(d=dossier, counted=counted)
    return re.sub(r"\n{3,}", "\n\n", text).strip() + "\n"


def _shown(value: object) -> object:
    """Return what goes into the page: hidden characters of every text made visible, markup of ours as it is."""
    return value if isinstance(value, Markup) else visible(str(value))


def _anchor(address: str) -> str:
    """Return an address as a link if it is one of the web, else as text."""
    if _LINK.fullmatch(address):
        return Markup('<a href="{0}" rel="noopener noreferrer">{0}</a>').format(address)
    return address


class _Marked(str):
    """Markdown that is ours."""


def _autolink(address: str) -> str:
    return _Marked(f"<{address}>") if _LINK.fullmatch(address) else address


def _marked(value: object) -> str:
    """Return a text with every sign escaped that means something in Markdown (CommonMark 2.4) or makes a link of its own."""
    if isinstance(value, _Marked):
        return value
    text = visible(str(value).replace("\n", " "))
    text = re.sub(r"([\\`*_{}\[\]<>()#|&~!@$^])", r"\\\1", text)
    text = re.sub(r"(:)(?=//)|(?<=www)(\.)", lambda m: "\\" + m[0], text, flags=re.IGNORECASE)
    return re.sub(r"^([-+=])|^([0-9]+)(?=[.)](?:\s|$))", lambda m: f"\\{m[1]}" if m[1] else m[2] + "\\", text)


def _without(one: Behind) -> str:
    """Return what nothing is left without: each choke point, or else one smallest set of assertions."""
    if one.cut:
        return f"no single one; without all these {len(one.cut)}: {', '.join(one.cut)}"
    return "; ".join((*one.speakers, *one.works) or one.assertions) or "nothing: no choke point"


def _is_event(one: Said | Event) -> bool:
    return isinstance(one, Event)


def _who(said: Said) -> str:
    """Return who said it, in which work, passing on whom."""
    one = said.assertion
    where = f", in {one.source_label}" if one.source_label else ", spoken"
    return one.speaker_label + where + (f", passing on {', '.join(said.passes_on)}" if said.passes_on else "")


def _cited(note: Note) -> str:
    """Return author, title or name of the work, publisher and date, each once."""
    title = f"“{note.title}”" if note.title else ""
    name = note.work if not note.title or note.title not in note.work else ""
    parts = [note.creator, title, name, note.publisher, note.issued or "undated"]
    return ". ".join(dict.fromkeys(part.rstrip(".") for part in parts if part)) + "."
