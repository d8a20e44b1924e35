"""The static site: the pages of a space as files that need no server, written whole or not at all.

Pages are followed from the first one by their links. An address with one parameter becomes a file of its own; one that needs
a server (a search, a query, a day to look back from) loses its link. Scripts become classic ones, to run from a disk too.
"""

from __future__ import annotations

import json
import posixpath
import re
import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from html import escape, unescape
from pathlib import Path
from urllib.parse import parse_qsl, quote, unquote, urlsplit

from kgtools.faults import Fault
from kgtools.space import Space
from kgtools.views.site import respond, static
from kgtools.views.site.reply import Reply

# What stands in every folder that was written by this room, so that no other is replaced.
MARK = "data-version.txt"
TWINS = ("json", "ttl", "jsonld", "csv")
# Parameters that need a server, by the first part of the path: all of them on the first page, which searches.
_LIVE = {
    "": None, "search": None, "sparql": ("query", "go", "format", "view"),
    "map": ("focus", "kinds", "standing", "rel", "z", "depth"),
}  # fmt: skip
_EVERYWHERE = ("asof", "clock", "version", "with_text", "find")
# Tables that a script sorts in place keep their links to do so, but need no file for each order.
_SORTED_HERE = ("incident", "agent", "source")
_ATTRIBUTE = re.compile(r'(\s)(href|src|action|data-src|data-to-\w+)="([^"]*)"')
_FORM = re.compile(r"<form\b[^>]*>.*?</form>", re.DOTALL)
_MODULE = re.compile(r'<script type="module" src="([^"]*)"></script>')

Progress = Callable[[int, int], None]


@dataclass
class Written:
    """What was written: pages, all files, and addresses that the pages name but nothing answers."""

    pages: int = 0
    files: int = 0
    missing: list[str] = field(default_factory=list)


def write(space: Space, folder: Path, with_text: bool = False, base: str = "", progress: Progress | None = None) -> Written:
    """Write the site into a folder by way of a temporary one beside it; raise Fault and leave the old one if it fails.

    `base` is the address that it will stand at, needed for its sitemap. The text of documents stands in it only `with_text`.
    """
    _check(folder, base)
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        temporary = Path(tempfile.mkdtemp(dir=folder.parent, prefix=f".{folder.name}."))
    except OSError as error:
        raise Fault(str(folder), f"cannot be written ({error.strerror})", "choose another place") from error
    try:
        temporary.chmod(0o755)
        written = _Export(space, temporary, with_text, base.rstrip("/"), progress).run()
        _swap(temporary, folder)
    except OSError as error:
        raise Fault(str(folder), f"cannot be written ({error.strerror})", "choose another place") from error
    finally:
        shutil.rmtree(temporary, ignore_errors=True)
    return written


def _check(folder: Path, base: str) -> None:
    if folder.exists() and not folder.is_dir():
        raise Fault(str(folder), "is a file", "name a folder")
    if folder.is_dir() and any(folder.iterdir()) and not (folder / MARK).is_file():
        raise Fault(str(folder), "holds something else than a site written earlier", "name a new folder")
    if base and not re.fullmatch(r"https?://[^\s\"'<>?#]+", base):
        raise Fault("--base-url", f"'{base}' is no web address", "write it as https://example.org/claims")


def _swap(temporary: Path, folder: Path) -> None:
    old = temporary.with_name(temporary.name + ".old")
    if folder.exists():
        folder.replace(old)
    temporary.replace(folder)
    shutil.rmtree(old, ignore_errors=True)


def target(path: str, params: Mapping[str, str]) -> str | None:
    """Return the file, below the site's folder, of a page's path and parameters; None where only a server can answer."""
    if path.startswith("/static/"):
        return path[1:]
    first, _, rest = path.removeprefix("/").partition("/")
    params = {name: value for name, value in params.items() if name != "sort" or first not in _SORTED_HERE or not rest}
    live = _LIVE.get(first, ())
    if live is None and params and path in ("/", "/search"):
        return None
    if len(params) > 1 or any(name in _EVERYWHERE or name in (live or ()) for name in params):
        return None
    parts = [_safe(part) for part in path.strip("/").split("/")] if path.strip("/") else ["index"]
    stem, dot, suffix = parts[-1].rpartition(".")
    if dot and suffix in TWINS:
        return "/".join([*parts[:-1], f"{stem}.{suffix}"])
    return "/".join(parts) + "".join(f"--{_safe(name)}={_safe(value)}" for name, value in params.items()) + ".html"


def _safe(part: str) -> str:
    """Return a part of a path as a file name that every system takes."""
    found = re.sub(r"[^\w.,~={}-]", lambda sign: f"_{ord(sign[0]):x}_", part)
    return found if found.strip(".") and len(found) < 150 else f"_{quote(part, safe='')[:140].replace('%', '_')}"


class _Export:
    """One writing of the site."""

    def __init__(self, space: Space, folder: Path, with_text: bool, base: str, progress: Progress | None) -> None:
        self.space, self.folder, self.base, self._tell = space, folder, base, progress
        self._params = {"with_text": "1"} if with_text else {}
        self._pages: dict[str, tuple[str, dict[str, str]]] = {}
        self._moved: dict[str, str] = {}
        self._others: set[str] = set()
        self._assets: set[str] = set()
        self._queue: list[tuple[str, dict[str, str]]] = [("/", {})]
        self._seen: set[str] = set()
        self.written = Written()

    def run(self) -> Written:
        """Write everything."""
        while self._queue:
            self._fetch(*self._queue.pop())
        listed = sorted(self._pages.items())
        for place, (file, (path, params)) in enumerate(listed, 1):
            self._finish(file, path, params)
            if self._tell and (place % 25 == 0 or place == len(listed)):
                self._tell(place, len(listed))
        for name in sorted(self._assets):
            self._put(f"static/{name}", _classic(static.read(name)) if name.endswith(".js") else static.read(name))
        self._extras(sorted(file for file, (_, params) in self._pages.items() if not params))
        return self.written

    def _respond(self, path: str, params: Mapping[str, str]) -> Reply:
        accept = "text/html" if path.rpartition(".")[2] not in TWINS else "*/*"
        whole = {"part": "whole"} if path == "/map" else {}
        return respond(self.space, path, {**params, **self._params, **whole}, accept)

    def _fetch(self, path: str, params: dict[str, str]) -> None:
        """Keep one page as it is served, and note what it links to."""
        file = target(path, params)
        if file is None or file in self._seen:
            return
        self._seen.add(file)
        reply = self._respond(path, params)
        if 300 <= reply.status < 400:
            self._moved[file] = reply.headers["Location"]
            self._note(reply.headers["Location"])
        elif reply.status != 200:
            self.written.missing.append(path)
        elif reply.media_type.startswith("text/html"):
            self._pages[file] = (path, params)
            self._raw(file).parent.mkdir(parents=True, exist_ok=True)
            self._raw(file).write_bytes(reply.body)
            for found in _ATTRIBUTE.finditer(reply.body.decode("utf-8")):
                if "{}" not in found[3]:
                    self._note(unescape(found[3]))
        else:
            self._others.add(file)
            self._put(file, reply.body)

    def _note(self, address: str) -> None:
        parts = urlsplit(address)
        if parts.scheme or parts.netloc or not parts.path.startswith("/"):
            return
        path = unquote(parts.path)
        if path.startswith("/static/"):
            self._assets.add(path.removeprefix("/static/"))
            return
        params = {} if path.rpartition(".")[2] in TWINS else dict(parse_qsl(parts.query))
        self._queue.append((path, params))

    def _raw(self, file: str) -> Path:
        return self.folder / file

    def _put(self, file: str, data: bytes) -> None:
        path = self.folder / file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
        self.written.files += 1

    def _finish(self, file: str, path: str, params: Mapping[str, str]) -> None:
        """Write a page again with links that are relative and without what needs a server."""
        text = self._raw(file).read_text(encoding="utf-8")
        self._put(file, self._page(text, file, path, params).encode("utf-8"))
        self.written.pages += 1

    def _page(self, text: str, file: str, path: str, params: Mapping[str, str]) -> str:
        if path == "/sparql":
            text = re.sub(r'<script type="module"[^>]*sparql\.js[^>]*></script>\n?', "", text)
            text = re.sub(r'<form id="ask".*?<textarea[^>]*>\n?(.*?)</textarea>.*?</form>', _QUERY, text, flags=re.DOTALL)
        if path == "/map" and params:  # a further page of the table
            text = re.sub(r'<script type="module"[^>]*map\.js[^>]*></script>\n?|(?<=id="map-data">)[^<]*', "", text)
            text = text.replace("The picture needs JavaScript", "The picture stands on the first page")
        text = _FORM.sub(lambda form: form[0] if _kept(form[0]) else "", text)
        text = _MODULE.sub(lambda script: f'<script defer src="{script[1]}"></script>', text)
        text = _ATTRIBUTE.sub(lambda found: self._attribute(found, file), text)
        if self.base and not params:
            link = f'<link rel="canonical" href="{escape(f"{self.base}/{quote(file)}")}">\n'
            text = text.replace("</head>", f"{link}</head>", 1)
        return text

    def _attribute(self, found: re.Match[str], file: str) -> str:
        blank, name, value = found.groups()
        address = self.relative(unescape(value), file)
        if address is None:
            return ""
        return f'{blank}{name}="{escape(address)}"'

    def relative(self, address: str, file: str) -> str | None:
        """Return an address as it stands in a file of the site; None where nothing can stand there."""
        parts = urlsplit(address)
        if parts.scheme or parts.netloc or not parts.path.startswith("/"):
            return address
        path, params = unquote(parts.path), dict(parse_qsl(parts.query))
        fragment = f"#{parts.fragment}" if parts.fragment else ""
        if path == "/map" and "focus" in params:
            return quote(_from(file, "map.html")) + "#focus=" + quote(params["focus"], safe="")
        if path.startswith("/static/") or path.rpartition(".")[2] in TWINS:
            params = {}
        there = target(path, params)
        seen = 0
        while there in self._moved and seen < 5:
            moved = urlsplit(self._moved[there])
            fragment = f"#{moved.fragment}" if moved.fragment else fragment
            there, seen = target(unquote(moved.path), dict(parse_qsl(moved.query))), seen + 1
        if there is None or not (there in self._pages or there in self._others or "{}" in there or there.startswith("static/")):
            return None
        return quote(_from(file, there), safe="/{}=~,") + fragment

    def _extras(self, files: list[str]) -> None:
        """Write the page for what is not there, the sitemap and the data version."""
        lost = self._respond("/404", {}).body.decode("utf-8")
        prefix = urlsplit(self.base).path.rstrip("/") if self.base else ""
        page = self._page(lost, "404.html", "/404", {"lost": "1"})
        page = re.sub(r'(\s(?:href|src)=")(?![a-z]+:|#|/)', lambda found: f"{found[1]}{prefix}/", page)
        self._put("404.html", page.encode("utf-8"))
        version = str(json.loads(self._respond("/index.json", {}).body)["dataVersion"])
        self._put(MARK, f"{version}\n".encode())
        if self.base:
            rows = "".join(f"<url><loc>{escape(f'{self.base}/{quote(file)}')}</loc></url>\n" for file in files)
            head = '<?xml version="1.0" encoding="UTF-8"?>\n<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">\n'
            self._put("sitemap.xml", f"{head}{rows}</urlset>\n".encode())


_QUERY = (
    r'<pre tabindex="0"><code>\1</code></pre>\n<p class="note">This is a copy without a server, so it runs no queries.'
    r" Install kgtools, say <code>kgtools serve</code>, and open its page SPARQL.</p>"
)


def _kept(form: str) -> bool:
    """Say whether a form works without a server: one that closes a dialog, or whose field is read by a script."""
    return 'method="dialog"' in form or 'name="find"' in form


def _from(file: str, there: str) -> str:
    return posixpath.relpath(there, posixpath.dirname(file) or ".")


def _classic(script: bytes) -> bytes:
    """Return a module as a classic script with names of its own; what it imports is put before it."""
    return b"(() => {\n" + b"\n".join(_parts(script, set())) + b"})();\n"


def _parts(script: bytes, taken: set[str]) -> Iterator[bytes]:
    for name in re.findall(rb'^import [^;]*? from "\./([\w-]+\.js)[^"]*";$', script, re.MULTILINE):
        if name.decode() not in taken:
            taken.add(name.decode())
            yield from _parts(static.read(name.decode()), taken)
    bare = re.sub(rb"^import [^;]*;\n", b"", script, flags=re.MULTILINE)
    yield re.sub(rb"^export ", b"", bare, flags=re.MULTILINE)
