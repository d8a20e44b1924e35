"""Questions of a fact-checker: what each asks of the graph, the answer, and the passages behind it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from kgtools.archive import Text
from kgtools.documents import archived
from kgtools.evidence import record as records
from kgtools.evidence.record import Assertion, Place
from kgtools.faults import Fault, nearest
from kgtools.space import Space, Table


@dataclass
class Question:
    """A question with the query, parameters and column that answer it, and the expected values."""

    name: str
    number: int
    text: str
    query: str
    column: str
    parameters: list[str] = field(default_factory=list)
    expected: list[str] = field(default_factory=list)

    @property
    def values(self) -> dict[str, str]:
        """Return the parameters by name; raise Fault if one is not name=value."""
        found = {}
        for pair in self.parameters:
            name, sign, value = pair.partition("=")
            if not (name and sign and value):
                raise Fault(self.name, f"'{pair}' is not name=value", "write it as incident=pump-house-2019")
            found[name] = value
        return found


@dataclass(frozen=True)
class Known:
    """An assertion behind an answer, where it stands, and the text there if it was asked for and is at hand."""

    assertion: Assertion
    places: tuple[tuple[Place, str | None], ...]


@dataclass
class Answered:
    """A question with its answer: distinct values of the column in order, each with what it is known from."""

    question: Question
    values: dict[str, list[Known]]

    @property
    def missing(self) -> list[str]:
        """Return the expected values that the answer lacks."""
        return sorted(set(self.question.expected) - set(self.values))

    @property
    def surplus(self) -> list[str]:
        """Return the values of the answer that are not expected."""
        return sorted(set(self.values) - set(self.question.expected))


def load(space: Space) -> list[Question]:
    """Return the questions of a space in order of name, numbered from 1."""
    found: dict[str, Question] = {}
    for row in space.table(space.sparql(_QUESTIONS)):
        cell = {name: value or "" for name, value in row.items()}
        number = len(found) + 1
        one = found.setdefault(
            cell["question"], Question(cell["question"], number, cell["text"], cell["query"], cell["column"])
        )
        for value, listed in ((cell["parameter"], one.parameters), (cell["expected"], one.expected)):
            if value and value not in listed:
                listed.append(value)
    return list(found.values())


def find(questions: Iterable[Question], word: str) -> Question:
    """Return a question by number, serial or CURIE; raise Fault if there is none."""
    listed = list(questions)
    for one in listed:
        if word in (str(one.number), one.name, one.name.partition(":")[2]):
            return one
    what = f"there is no question '{word}'"
    raise Fault("ask", what, f"known are 1 to {len(listed)}" if listed else "this workspace has no questions")


def rows(space: Space, question: Question) -> Table:
    """Return the rows that answer a question; raise Fault if its query, a parameter or its column does not exist."""
    table = space.query(question.query, **question.values)
    if question.column not in table.columns:
        cure = nearest(question.column, table.columns)
        raise Fault(question.name, f"query {question.query} has no column '{question.column}'", cure)
    return table


def values(space: Space, question: Question) -> list[str]:
    """Return the distinct values of the answer, in order of the rows; raise Fault as `rows` does."""
    return list(dict.fromkeys(value for value in rows(space, question).column(question.column) if value))


def answer(space: Space, question: Question, with_text: bool = False) -> Answered:
    """Return the answer to a question with the assertions and passages behind every value; raise Fault as `rows` does."""
    behind = _Behind(space, with_text)
    found: dict[str, dict[str, Known]] = {}
    for row in rows(space, question):
        value = row[question.column]
        if value:
            for name in behind.assertions(row, question.column):
                found.setdefault(value, {})[name] = behind.known(name)
            found.setdefault(value, {})
    return Answered(question, {value: list(known.values()) for value, known in found.items()})


class _Behind:
    """What the rows of an answer rest on: assertions named in them, or those of the claims and records named in them."""

    def __init__(self, space: Space, with_text: bool) -> None:
        self.record = records.load(space)
        self.rest: dict[str, list[str]] = {}
        for row in space.table(space.sparql(_RESTS)):
            self.rest.setdefault(row["node"] or "", []).append(row["assertion"] or "")
        self.spans: dict[str, list[Mapping[str, str | None]]] = {}
        for row in space.table(space.sparql(_SPANS)):
            self.spans.setdefault(row["assertion"] or "", []).append(row)
        paths = archived(space) if with_text else []
        self.texts = {one.file_name: Text.read(one.path) for one in paths if one.path is not None}

    def assertions(self, row: Mapping[str, str | None], column: str) -> list[str]:
        """Return the assertions behind a row: the value itself, else those in the row, else those its records rest on."""
        cells = [row[column] or "", *(value or "" for value in row.values())]
        if cells[0] in self.record.assertions:
            return [cells[0]]
        direct = [cell for cell in cells if cell in self.record.assertions]
        if direct:
            return direct
        for cell in cells:
            if cell in self.rest:
                return [name for name in self.rest[cell] if name in self.record.assertions]
        return []

    def known(self, name: str) -> Known:
        """Return an assertion with its places, each with its text where that is wanted and at hand."""
        places = []
        for row in self.spans.get(name, ()):
            place = Place(row["file"] or "", int(row["first"] or 0), int(row["last"] or 0), row["phrase"] or "")
            text = self.texts.get(place.document)
            places.append((place, text.text[int(row["start"] or 0) : int(row["end"] or 0)] if text else None))
        return Known(self.record.assertions[name], tuple(places))


_QUESTIONS = """SELECT ?question ?text ?query ?column ?parameter ?expected WHERE {
  ?question a cev:Question ; schema:text ?text ; cev:query ?query ; cev:answerColumn ?column .
  OPTIONAL { ?question cev:parameter ?parameter } OPTIONAL { ?question cev:expected ?expected } }
ORDER BY ?question ?parameter ?expected"""
_RESTS = """SELECT DISTINCT ?node ?assertion WHERE {
  { ?assertion cev:claims ?node } UNION { ?assertion prov:wasGeneratedBy ?node }
  UNION { ?node cev:knownFrom|cev:sideA|cev:sideB|cev:statedReason ?assertion } } ORDER BY ?node ?assertion"""
_SPANS = """SELECT ?assertion ?file ?first ?last ?start ?end ?phrase WHERE {
  ?assertion cev:foundIn ?passage . ?passage oa:hasSource ?document ; cev:firstLine ?first ; cev:lastLine ?last ;
    cev:start ?start ; cev:end ?end . ?document cev:fileName ?file .
  OPTIONAL { ?passage cev:keyPhrase ?phrase } } ORDER BY ?assertion ?file ?start ?end"""
