"""The answer to a visitor's query as a page shows it: rows with links, a timeline of what is dated, a map of its nodes."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from kgtools.dates import bounds
from kgtools.faults import Fault
from kgtools.space import Space, Table
from kgtools.store import Answer, Rows, Triples, Truth
from kgtools.turtle import IRI, Literal, Term
from kgtools.views.site import board as boards
from kgtools.views.site import words
from kgtools.views.site.request import Request

# So many rows or triples are shown; a download holds all.
SHOWN = 1000

ROW_FORMS = {"csv": "CSV", "json": "JSON", "tsv": "TSV", "xml": "XML"}
GRAPH_FORMS = {"turtle": "Turtle", "ntriples": "N-Triples", "jsonld": "JSON-LD", "rdfxml": "RDF/XML"}
_DATED = re.compile(r"(\d{4}(-\d\d(-\d\d)?)?|\.\.)(T[\d:.Z+-]+)?~?(/(\d{4}(-\d\d(-\d\d)?)?|\.\.)(T[\d:.Z+-]+)?~?)?")


@dataclass(frozen=True)
class Cell:
    """A term as shown: its text, the address of its page or nothing, language or datatype, whether it is an IRI, its node."""

    text: str
    address: str = ""
    kind: str = ""
    iri: bool = False
    node: str = ""


@dataclass
class Shown:
    """An answer to show: columns and rows of cells, or yes or no; whether there is more; which column holds dates."""

    columns: tuple[str, ...] = ()
    rows: list[list[Cell]] = field(default_factory=list)
    more: bool = False
    truth: bool | None = None
    graph: bool = False
    dates: str = ""
    seconds: float = 0.0

    @property
    def count(self) -> str:
        """Say how many rows are shown, and that there are more where some were left out."""
        number = words.many(len(self.rows), "triple" if self.graph else "row")
        return f"First {number} of more" if self.more else number

    @property
    def taken(self) -> str:
        """Return the time that it took, in words."""
        return f"{self.seconds * 1000:.0f} ms" if self.seconds < 1 else f"{self.seconds:.1f} s"

    @property
    def nodes(self) -> list[Cell]:
        """Return the distinct nodes of this site that the rows name, in order."""
        return list({cell.node: cell for row in self.rows for cell in row if cell.node}.values())

    @property
    def table(self) -> Table:
        """Return what is shown as a table."""
        return Table(self.columns, [tuple(cell.node or cell.text or None for cell in row) for row in self.rows])


def shown(request: Request, answer: Answer, seconds: float) -> Shown:
    """Return an answer as shown; one that was cut says so."""
    if isinstance(answer, Truth):
        return Shown(truth=answer.value, seconds=seconds)
    if isinstance(answer, Triples):
        rows = [[_cell(request, term) for term in (t.subject, t.predicate, t.object)] for t in answer.triples]
        return Shown(("subject", "predicate", "object"), rows, answer.more, graph=True, seconds=seconds)
    found = Shown(answer.columns, [[_cell(request, term) for term in row] for row in answer.rows], answer.more, seconds=seconds)
    found.dates = _dates(found, answer)
    return found


def _cell(request: Request, term: Term | Any | None) -> Cell:
    if term is None:
        return Cell("")
    if isinstance(term, IRI):
        short = request.space.short(term.value)
        address = request.node(short)
        prefixed = short != term.value
        node = short if prefixed and address else ""
        return Cell(short, address or ("" if prefixed else term.value), "", True, node)
    if isinstance(term, Literal):
        datatype = request.space.short(term.datatype.value)
        plain = datatype in ("xsd:string", "rdf:langString")
        return Cell(term.value, "", f"@{term.language}" if term.language else "" if plain else datatype)
    return Cell(str(term))


def _dates(found: Shown, answer: Rows) -> str:
    """Return the first column in which every value is a date of the profile, and at least one stands."""
    for place, name in enumerate(found.columns):
        texts = [row[place].text for row in found.rows if row[place].text and not row[place].iri]
        whole = len(texts) == sum(1 for row in answer.rows if row[place] is not None)
        if texts and whole and all(_DATED.fullmatch(text) for text in texts):
            return name
    return ""


def timeline(found: Shown) -> tuple[list[tuple[str, list[tuple[str, list[tuple[str, Cell]]]]]], int]:
    """Return the rows by year and date, each as named cells without the date, and how many rows have none."""
    place = found.columns.index(found.dates)
    dated = sorted((row for row in found.rows if row[place].text), key=lambda row: (_first(row[place].text), row[place].text))
    years: dict[str, list[tuple[str, list[tuple[str, Cell]]]]] = {}
    for row in dated:
        named = zip(found.columns, row, strict=True)
        cells = [(name, cell) for name, cell in named if name != found.dates and cell.text]
        years.setdefault(_first(row[place].text)[:4], []).append((row[place].text, cells))
    return list(years.items()), len(found.rows) - len(dated)


def _first(text: str) -> str:
    try:
        first, last = bounds(text)
    except ValueError:
        return text
    day = first or last
    return day.isoformat() if day else text


def picture(request: Request, nodes: Iterable[Cell]) -> dict[str, Any]:
    """Return what a small map needs: the board's circles, and those nodes of the answer that stand on it."""
    board = boards.board(request.space, request.known)
    dots = [board.spots[cell.node] for cell in nodes if cell.node in board.spots]
    discs = [(name, *disc) for name, disc in board.discs.items()]
    sides = [(x - r, y - r, x + r, y + r) for _, x, y, r in discs] or [(0.0, 0.0, 1.0, 1.0)]
    left, top = min(side[0] for side in sides), min(side[1] for side in sides)
    right, bottom = max(side[2] for side in sides), max(side[3] for side in sides)
    hit = {one.home for one in dots}
    frame = " ".join(str(round(value)) for value in (left - 20, top - 20, right - left + 40, bottom - top + 40))
    return {"frame": frame, "discs": [(*disc, disc[0] in hit) for disc in discs], "dots": dots}


@dataclass(frozen=True)
class Wrong:
    """What is wrong with a query: a sentence, and where it stands (from 1; 0 where nobody can say) with the lines about it."""

    sentence: str
    line: int = 0
    column: int = 0
    before: str = ""
    at: str = ""
    after: str = ""


def wrong(space: Space, fault: Fault, text: str) -> Wrong:
    """Return a fault of a query with its place in the visitor's text, where it can be found."""
    place = _place(space, text) if "error at " in fault.what else -1
    if place < 0:
        return Wrong(f"{fault.what[:1].upper()}{fault.what[1:]}: {fault.cure}.")
    line, start = text.count("\n", 0, place) + 1, text.rfind("\n", 0, place) + 1
    top = text.rfind("\n", 0, max(0, text.rfind("\n", 0, max(0, start - 1)))) + 1
    word = re.match(r"[\w?$:.@-]+|\S|", text[place:])
    at = word[0] if word else ""
    end = place + len(at)
    rest = text[end:].split("\n")
    sentence = f"“{at}” is not expected here." if at else "The query ends too early: something is still open or missing."
    if "Prefix not found" in fault.what:
        sentence = f"The prefix of “{at}” is declared nowhere: add a PREFIX line."
    return Wrong(sentence, line, place - start + 1, text[top:place], at or "⏎", "\n".join(rest[:3]))


# The engine looks so many characters past the place where it fails, so the gaps between words are made wider than that.
_GAP = 48
_LITTLE = 20_000
_PARTS = re.compile(
    r"""(?P<whole>\#[^\n]*|<[^<>"{}|^`\\\s]*>|\'\'\'.*?\'\'\'|\"\"\".*?\"\"\"|'(?:[^'\\\n]|\\.)*'|"(?:[^"\\\n]|\\.)*")|(?P<gap>\s+)|(?P<sign>[(){}\[\];,])""",
    re.DOTALL,
)


def _place(space: Space, text: str) -> int:
    """Return where in a query the engine fails, -1 where that cannot be said."""
    if len(text) > _LITTLE:
        return -1
    wide, starts, size, last = [], [(0, 0)], 0, 0

    def put(piece: str, origin: int, gap: bool) -> None:
        nonlocal size
        if gap:
            wide.append(" " * _GAP)
            size += _GAP
        starts.append((size, origin))
        wide.append(piece)
        size += len(piece)

    for part in _PARTS.finditer(text):
        if part.start() > last:
            put(text[last : part.start()], last, False)
        last = part.end()
        if part["gap"] or part[0].startswith("#"):
            put("", last, True)
        else:
            put(part[0], part.start(), bool(part["sign"]))
            if part["sign"]:
                put("", last, True)
    put(text[last:], last, False)
    try:
        whole = space.prepared("".join(wide))
        space.store.query(whole, most=0)
    except Fault as fault:
        found = re.search(r"error at (\d+):(\d+): ", fault.what)
        if found and found[1] == "1":
            at = int(found[2]) - 1 - (len(whole) - size)
            return max((origin for start, origin in starts if start <= at), default=-1)
    return -1
