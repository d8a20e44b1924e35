"""Named queries: `.rq` files with a header, parameters bound as RDF terms, and a guard against unsafe text."""

from __future__ import annotations

import datetime
import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache, partial
from pathlib import Path

from kgtools import vocab
from kgtools.faults import Fault, nearest
from kgtools.turtle import IRI, Literal, Term, parse_file
from kgtools.workspace import shipped

MAX_DEPTH = 200
MAX_LENGTH = 200_000
MAX_OPERATORS = 5_000
_UPDATE = re.compile(
    r"(?:\s+|#[^\r\n]*|PREFIX\s+[^\s:<]*:\s*<[^<>]*>|BASE\s*<[^<>]*>)*+(INSERT|DELETE|LOAD|CLEAR|DROP|CREATE|ADD|MOVE|COPY|WITH)\b",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Parameter:
    """A parameter of a query: its name, the kind of value (IRI, date or text), whether it may be left out, what it is."""

    name: str
    kind: str
    optional: bool
    description: str


@dataclass(frozen=True)
class Query:
    """A named query: header and SPARQL text.

    A long listing goes by one of its parameters, the incident unless the header says otherwise, many values at a time unless it
    says «one at a time», as where an engine would start elsewhere for several. What it needs is a pattern that holds of every
    value that has rows: where these are few, they are asked for first.
    """

    name: str
    path: Path
    summary: str
    kind: str
    why: str
    columns: tuple[str, ...]
    parameters: tuple[Parameter, ...]
    text: str
    severity: str = "violation"
    fix: str = ""
    needs: str = ""
    by: str = ""
    singly: bool = False

    def bind(self, values: Mapping[str, Term | Sequence[Term]]) -> str:
        """Return the SPARQL text with parameters bound in their VALUES blocks; raise Fault on an unknown or missing one.

        A parameter stands in the text as `VALUES ?name { UNDEF }`, once or more; left out, that block is removed. So is a
        filter of the form `FILTER(!BOUND(?name) || EXISTS { pattern })`, which otherwise gives way to its pattern: the rows
        are the same, and an engine can start from the value wherever the filter stands. Several values may be bound at once.
        """
        known = {parameter.name: parameter for parameter in self.parameters}
        for name in values:
            if name not in known:
                raise Fault(f"query {self.name}", f"no parameter '{name}'", nearest(name, known) if known else "it takes none")
        text = self.text
        for name, parameter in known.items():
            if name not in values and not parameter.optional:
                raise Fault(f"query {self.name}", f"needs '{name}'", f"add --param {name}=… ({parameter.description})")
            text = _block(name).sub(partial(_bound, name, values.get(name)), text)
        return text

    def needed(self, name: str) -> str:
        """Return the SPARQL text that asks for the values of a parameter that may have rows; nothing if any may."""
        before = re.split(r"^SELECT ", self.text, maxsplit=1, flags=re.MULTILINE)[0]
        return f"{before}SELECT DISTINCT ?{name} WHERE {{ {self.needs} }}" if self.needs else ""

    def showing(self, name: str) -> Query:
        """Return the query with a parameter's variable as the first column, unless it is among the columns."""
        if name in self.columns:
            return self
        text = re.sub(r"^(SELECT(?: DISTINCT)?) ", rf"\1 ?{name} ", self.text, count=1, flags=re.MULTILINE)
        inner, brace, last = text.rpartition("}")
        text = inner + brace + last.replace("GROUP BY ", f"GROUP BY ?{name} ")
        return replace(self, text=text, columns=(name, *self.columns))


def _block(name: str) -> re.Pattern[str]:
    """Return what matches a parameter's block, a filter that speaks only where it is bound, or one right after the other."""
    guard = rf"FILTER\(\s*!BOUND\(\?{name}\)\s*\|\|\s*EXISTS\s*\{{(?P<%s>[^{{}}]*)\}}\s*\)"
    block = rf"VALUES\s+\?{name}\s*\{{\s*UNDEF\s*\}}"
    return re.compile(rf"(?P<block>{block})(?:\s*{guard % 'beside'})?|{guard % 'alone'}")


def _bound(name: str, value: Term | Sequence[Term] | None, found: re.Match[str]) -> str:
    """Return a block with its value, and for a filter its pattern: with the variable beside a block, else with the value.

    Virtuoso turns an IRI into a string where a block stands in a branch of a UNION, so none stands there for a single value.
    """
    if value is None:
        return ""
    if found["block"] is None and isinstance(value, Term):
        return re.sub(rf"\?{name}\b", lambda _: str(value), found["alone"]).strip() + " ."
    listed = str(value) if isinstance(value, Term) else " ".join(map(str, value))
    pattern = found["alone"] or found["beside"]
    return f"VALUES ?{name} {{ {listed} }}" + (f" {pattern.strip()} ." if pattern else "")


def read(path: Path) -> Query:
    """Return the query of a file; raise Fault if the file cannot be read or its header lacks summary, kind or columns."""
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise Fault(str(path), error.strerror or "cannot be read", "check the path") from error
    except UnicodeDecodeError as error:
        raise Fault(str(path), "is not UTF-8", "save the file as UTF-8") from error
    return from_text(path, text)


def from_text(path: Path, text: str) -> Query:
    """Return the query of a text with a header; raise Fault if the header lacks summary, kind or columns."""
    fields: dict[str, list[str]] = {}
    for line in text.splitlines():
        found = re.match(r"#\+\s*([a-z]+):\s*(.*)", line)
        if found:
            fields.setdefault(found[1], []).append(found[2].strip())
    for name in ("summary", "kind", "columns"):
        if name not in fields:
            raise Fault(str(path), f"the header has no '{name}'", f"add a line `#+ {name}: …`")
    one = {name: " ".join(values) for name, values in fields.items()}
    parameters = tuple(_parameter(line) for line in fields.get("param", ()))
    incident = any(parameter.name == "incident" for parameter in parameters)
    by, _, singly = one.get("by", "incident" if incident else "").partition(",")
    columns = tuple(column.strip() for column in one["columns"].split(","))
    return Query(
        path.stem, path, one["summary"], one["kind"], one.get("why", ""), columns,
        parameters, text,
        one.get("severity", "violation"), one.get("fix", ""), one.get("needs", ""),
        by.strip(), singly.strip() == "one at a time",
    )  # fmt: skip


def _parameter(line: str) -> Parameter:
    name, _, description = line.partition(" ")
    description = description.strip()
    first = description.split(" ", 1)[0].lower()
    kind = "iri" if first == "iri" else "date" if first in ("date", "day") else "text"
    return Parameter(name, kind, "leave out" in description, description)


def named(folders: Iterable[Path]) -> dict[str, Query]:
    """Return all queries of some folders by name; a later folder's query takes the place of an earlier one's."""
    return {path.stem: read(path) for folder in folders for path in sorted(folder.glob("*.rq"))}


def get(name: str, folders: Iterable[Path]) -> Query:
    """Return a named query; raise Fault with the nearest names if there is none."""
    named_so = re.fullmatch(r"[a-z0-9-]{1,100}", name)
    found = [folder / f"{name}.rq" for folder in folders if named_so and (folder / f"{name}.rq").is_file()]
    if not found:
        names = {path.stem for folder in folders for path in folder.glob("*.rq")}
        raise Fault("query", f"unknown query '{name}'", nearest(name, names))
    return read(found[-1])


def day(text: str) -> Literal:
    """Return a day as an xsd:date literal; raise Fault if it is not YYYY-MM-DD."""
    try:
        value = datetime.date.fromisoformat(text)
    except ValueError as error:
        raise Fault(f"date '{text}'", "is not a day of the calendar", "write it as 2011-02-15") from error
    return Literal(value.isoformat(), datatype=IRI("http://www.w3.org/2001/XMLSchema#date"))


# Tokens as SPARQL 1.1, section 19.8, has them. What may be an IRI, or the sign `<` before a string or comment, is suspect:
# the two readings hide different text. No `scheme://` can be read as an expression.
_TOKEN = re.compile(
    r"""(?P<comment>\#[^\n\r]*)
    |(?P<iri><[A-Za-z][\w+.-]*://(?:[^<>"{}|^`\\\x00-\x20]|\\u[0-9A-Fa-f]{4}|\\U[0-9A-Fa-f]{8})*>|<[^<>"{}|^`\\\x00-\x20'\#)]*>)
    |(?P<suspect><(?:[^<>"{}|^`\\\x00-\x20]|\\u[0-9A-Fa-f]{4}|\\U[0-9A-Fa-f]{8})*>)
    |(?P<string>\'\'\'(?:'{0,2}(?:[^'\\]|\\.))*\'\'\'|"""
    + r'\"\"\"(?:"{0,2}(?:[^"\\]|\\.))*\"\"\"'
    + r"""|'(?:[^'\\\n\r]|\\.)*'|"(?:[^"\\\n\r]|\\.)*")
    |(?P<variable>[?$]\w+)
    |(?P<name>(?P<prefix>(?:[^\W\d_][\w.-]*)?):(?:(?:[\w:]|%[0-9A-Fa-f]{2}|\\[^\w\s])(?:[\w.:-]|%[0-9A-Fa-f]{2}|\\[^\w\s])*)?)
    |(?P<word>[A-Za-z_][\w.-]*)|(?P<open>[{(\[])|(?P<close>[})\]])""",
    re.VERBOSE | re.DOTALL,
)


def _unescaped(text: str) -> str:
    """Return SPARQL with its code point escapes (SPARQL 1.1, section 19.2) replaced, which may stand anywhere."""

    def put(found: re.Match[str]) -> str:
        point = int(found[1] or found[2], 16)
        return chr(point) if point < 0x110000 else found[0]

    return re.sub(r"\\u([0-9A-Fa-f]{4})|\\U([0-9A-Fa-f]{8})", put, text)


def guard(text: str, graphs: Collection[str] | None = None) -> None:
    """Refuse a query that would open a connection or file, or that is deep or long enough to kill the engine.

    SERVICE opens a connection, FROM may open a file or connection unless it names one of the store's graphs (IRIs), if they are
    given. Raises Fault. Updates, LOAD among them, are told what they are; the engine's query call does not take them, whatever
    their spelling.
    """
    if len(text) > MAX_LENGTH:
        raise Fault("query", f"longer than {MAX_LENGTH:,} characters", "shorten it")
    if update := _UPDATE.match(text):
        raise Fault(
            "query", f"{update[1].upper()} changes a graph, and queries only read", "change the files in graph/ instead"
        )
    # Engines differ in whether an escape may stand outside strings and IRIs.
    for form in {text, _unescaped(text)} if "\\" in text else (text,):
        upper = form.upper()
        if "SERVICE" in upper or form.count("{") + form.count("(") + form.count("[") > MAX_DEPTH:
            _scan(form)
        if "FROM" in upper and graphs is not None:
            _check_graphs(form, graphs)
    operators = len(re.findall(r"\|\||&&|[!*/+^|-]", text)) if len(text) > MAX_OPERATORS else 0
    if operators > MAX_OPERATORS:
        raise Fault("query", f"has {operators:,} operators", "split it")


def _check_graphs(text: str, graphs: Collection[str]) -> None:
    """Refuse FROM before anything but a graph of the store; only the tokens before the first brace can be one."""
    prefixes: dict[str, str] = {}
    base, depth, before = "", 0, ""
    for token in _TOKEN.finditer(text):
        word = (token["word"] or "").upper()
        if token["comment"] is not None:
            continue
        if token["iri"] and before.startswith("PREFIX "):
            prefixes[before[7:]] = base + token["iri"][1:-1] if ":" not in token["iri"] else token["iri"][1:-1]
        elif token["iri"] and before == "BASE":
            base = token["iri"][1:-1]
        elif before == "FROM" and word != "NAMED":
            _check_graph(_unescaped(token[0]), prefixes, graphs)
        elif depth == 0 and "FROM" in (token["prefix"] or "").upper() and before != "PREFIX":
            raise Fault("query", f"'{token[0]}' may be read as FROM and a name", "put a blank after FROM, or rename the prefix")
        depth += bool(token["open"]) - bool(token["close"])
        name = f"PREFIX {token['prefix']}" if before == "PREFIX" and token["prefix"] is not None else ""
        before = name or ("FROM" if before == "FROM" and word == "NAMED" else "FROM" if "FROM" in word else word)


def _check_graph(name: str, prefixes: Mapping[str, str], graphs: Collection[str]) -> None:
    prefix, _, local = name.partition(":")
    iri = name[1:-1] if name.startswith("<") else prefixes.get(prefix, "") + local.replace("\\", "")
    if iri not in graphs:
        cure = "name one of the graphs here: SELECT DISTINCT ?g { GRAPH ?g { } }"
        raise Fault("query", f"FROM {name} is no graph of this store, and nothing is fetched", cure)


def undeclared(text: str, prefixes: Mapping[str, str]) -> list[Fault]:
    """Return a fault, with the nearest terms, for every term of the model that a query names and no list declares.

    A query that names one is answered all the same: with no rows, as RDF has it, so that a reader should be told.
    """
    own = {**prefixes, **dict(re.findall(r"\bPREFIX\s+([\w-]*):\s*<([^>]*)>", text, re.IGNORECASE))}
    found: dict[str, Fault] = {}
    for token in _TOKEN.finditer(text):
        prefix, _, local = (token["name"] or "").partition(":")
        iri = own.get(prefix, "") + local if token["name"] and local else (token["iri"] or "").strip("<>")
        space = next((space for space in (vocab.CEV, *_spaces()) if iri.startswith(space) and iri != space), "")
        if space and iri not in _declared():
            names = sorted(one.removeprefix(space) for one in _declared() if one.startswith(space))
            short = vocab.curie(iri, vocab.PREFIXES)
            found.setdefault(iri, Fault("query", f"{short} is declared nowhere, so nothing can match it",
                                        nearest(iri.removeprefix(space), names)))  # fmt: skip
    return list(found.values())


@cache
def _declared() -> frozenset[str]:
    """Return the IRIs of the terms and list entries that the ontology declares."""
    terms = {str(getattr(t.subject, "value", "")) for t in parse_file(shipped("ontology") / "cev.ttl")}
    return frozenset(terms | {vocab.iri(f"{name}:{word}") for name, words in vocab.LISTS.items() for word in words})


def _spaces() -> list[str]:
    return [vocab.PREFIXES[name] for name in vocab.LISTS]


def _scan(text: str) -> None:
    depth, glued = 0, False
    for token in _TOKEN.finditer(text):
        if token["suspect"]:
            raise Fault("query", f"{token['suspect']} may be read in two ways", "give whole IRIs, and blanks around <")
        # An engine may read `SERVICEa:b {` as SERVICE and a name.
        if "SERVICE" in (token["word"] or "").upper() or (glued and token[0] == "{"):
            raise Fault("query", "SERVICE would open a connection", "ask that endpoint itself, or load its data here")
        glued = "SERVICE" in (token["prefix"] or "").upper() or (glued and token["comment"] is not None)
        depth += bool(token["open"]) - bool(token["close"])
        if depth > MAX_DEPTH:
            raise Fault("query", f"nested deeper than {MAX_DEPTH}", "flatten it")
