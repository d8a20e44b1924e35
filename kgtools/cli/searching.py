"""The command that finds nodes by their words: search."""

from __future__ import annotations

import os
from argparse import ArgumentTypeError, Namespace
from collections.abc import Callable
from typing import TYPE_CHECKING

from kgtools.cli.arguments import LISTING, Commands, Parser, add, add_format, opened
from kgtools.cli.printing import raw, table, tell
from kgtools.faults import Fault, nearest
from kgtools.space import Space, Table, open_space
from kgtools.store import MEMORY, DurableStore, open_store, serialise_rows
from kgtools.turtle import IRI

if TYPE_CHECKING:
    from kgtools.search import Found, TextIndex

_COLUMNS = ("node", "kind", "title", "matched", "dossier")


def register(commands: Commands, common: Parser) -> None:
    """Add the command of this file."""
    text = "Find claims, people, works, craft and all else by words, whatever their accents and transcription."
    search_ = add(commands, common, "search", search, text)
    what = 'words, all of which have to stand; word* begins so, as the last may; "words in quotes" stand side by side'
    search_.add_argument("words", nargs="+", metavar="WORDS", help=what)
    search_.add_argument("--kind", action="append", default=[], metavar="KIND", help="only this kind, as claim or key-phrase")
    search_.add_argument("--limit", type=_limit, default=20, metavar="N", help="show so many (default: 20)")
    add_format(search_, LISTING, "table")


def search(options: Namespace) -> int:
    """List what the words find, the best first."""
    from kgtools import search as text_search

    words = " ".join(options.words)
    wanted = text_search.parts(words)
    if not wanted:
        raise Fault("search", "there is no letter and no digit to search for", "give a word")
    kinds = [_kind(one) for one in options.kind]
    store = options.store or os.environ.get("KGTOOLS_STORE") or MEMORY
    # What is known of a day takes the graph itself; words alone need no more than the index.
    space = opened(options) if options.as_of is not None else open_space(options.workspace, store=options.store)
    found = _found(store, space, lambda index: index.find(wanted, kinds, options.limit, _fits(space, options)))
    _print(space, found, options.format)
    if found.total > len(found.hits):
        tell(f"{found.total - len(found.hits)} more: --limit {found.total} shows all, --kind and further words narrow it down")
    if not found.total:
        perhaps = f"; perhaps: {', '.join(found.spellings)}" if found.spellings else ""
        tell(f"nothing for '{words}'{perhaps}" if len(words) < 200 else f"nothing{perhaps}")
    return 0


def _found(where: str, space: Space, ask: Callable[[TextIndex], Found]) -> Found:
    """Ask the index of the files, or of a store, which is made anew where it is broken."""
    from kgtools import search as text_search

    if where == MEMORY:
        return ask(text_search.of_files(space.workspace))
    with open_store(where) as store:
        index = indexed(where, store)
        try:
            return ask(index)
        except Fault:
            if index.path is None:
                raise
            index.discard()
            return ask(indexed(where, store))


def indexed(where: str, store: DurableStore) -> TextIndex:
    """Return the index of a store, in step with it: beside a store on disk, in the cache for one that lies elsewhere."""
    from kgtools import search as text_search

    held = store.held()
    if not held:
        tell(f"{where} holds no dossier that `kgtools load` put there, so there is nothing to search")
    folder = getattr(store, "folder", None)
    if folder is None:
        return text_search.of_others(where, held, store.triples, tell)
    return text_search.of_store(folder, held, store.triples, tell)


def _fits(space: Space, options: Namespace) -> Callable[[str], bool] | None:
    """Return what says of a node whether it may be shown, None where only withdrawn ones may not."""
    if options.as_of is not None:
        return set(space.subjects()).__contains__
    return (lambda _: True) if options.withdrawn else None


def _print(space: Space, found: Found, form: str) -> None:
    rows = [(IRI(hit.entry.node), hit.entry.kind, hit.entry.title, hit.matched, IRI(hit.graph)) for hit in found.hits]
    if form in ("table", "md"):
        short = [(space.short(node.value), kind, title, "" if matched == title else matched, space.short(graph.value))
                 for node, kind, title, matched, graph in rows]  # fmt: skip
        table(Table(_COLUMNS, list(short)), form)
    else:
        raw(serialise_rows(_COLUMNS, rows, form))


def _kind(text: str) -> str:
    from kgtools.search import KINDS

    kind = text.replace("-", " ")
    if kind not in KINDS:
        known = [one.replace(" ", "-") for one in KINDS]
        raise Fault("--kind", f"unknown kind '{text}'", nearest(text, known))
    return kind


def _limit(text: str) -> int:
    if not (text.isascii() and text.isdigit() and int(text[:9]) > 0 and len(text) < 10):
        raise ArgumentTypeError(f"'{text}' is no number of rows: give one from 1 on")
    return int(text)
