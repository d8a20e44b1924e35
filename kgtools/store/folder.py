"""The folder of a store on disk: which state of it holds, who reads it, who writes it.

    DIR/store.json    layout, maker, the name of the state that holds; the only file that is ever replaced
    DIR/state-7/      the engines of that state; nobody writes in it any more
    DIR/writer.lock   who writes

A writer works on a copy of the state that holds: tables on disk are never changed once they are written, so they are shared by
hard links, and only a few small files are copied. When all is done, store.json names the new state, in one step. Whoever
dies before that has changed nothing; readers see the old state or the new one, whole, and never wait. A state goes when nobody
reads it.
"""

from __future__ import annotations

import contextlib
import datetime
import json
import os
import shutil
import socket
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import kgtools
from kgtools.faults import Fault

try:
    import fcntl
except ImportError:  # a system without these locks: one writer at a time is the user's care there
    fcntl = None  # type: ignore[assignment]

LAYOUT = 1
# What a system says when it is not the store that is at fault.
_ROOM = ("No space left", "File too large", "quota", "Read-only file system", "Permission denied", "Too many open files")
_PART = ".part"


@dataclass(frozen=True)
class State:
    """What store.json says: the state that holds, whether withdrawn records are in it, whether its graphs are named."""

    name: str = ""
    withdrawn: bool = False
    named: bool = False
    layout: int = LAYOUT
    maker: str = f"kgtools {kgtools.__version__}"


class Busy(Fault):
    """Say that another process writes."""


class Reading:
    """A state that is being read, and stays as long as it is."""

    def __init__(self, folder: Path) -> None:
        for _ in range(50):  # a writer may take the state away between two steps; then there is a newer one
            self.state = read_state(folder)
            self.path = folder / self.state.name
            with contextlib.suppress(FileNotFoundError):
                self._handle = os.open(self.path, os.O_RDONLY)
                if fcntl is not None:
                    fcntl.flock(self._handle, fcntl.LOCK_SH)
                if (self.path / "quads" / "CURRENT").exists():
                    return
                os.close(self._handle)
        raise broken(folder, f"has no {self.state.name}")

    def end(self) -> None:
        """Let the state go."""
        with contextlib.suppress(OSError):
            os.close(self._handle)


class Writing:
    """The next state of a store in the making; `publish` makes it hold, `end` without it leaves all as it was."""

    def __init__(self, folder: Path, withdrawn: bool = False) -> None:
        self.folder = folder
        self.fresh = not _holds(folder)
        with _writable(folder):
            folder.mkdir(parents=True, exist_ok=True)
        self._handle = _lock(folder)
        try:
            self.fresh = not (folder / "store.json").exists()
            self.state = State(withdrawn=withdrawn) if self.fresh else read_state(folder)
            self._sweep()
            number = int(self.state.name.partition("-")[2] or 0) + 1
            self.name = f"state-{number}"
            self.path = folder / (self.name + _PART)
            with _writable(folder):
                self._copy()
        except BaseException:
            self.end()
            raise

    def _copy(self) -> None:
        for part in ("quads", "books"):
            if not self.fresh and not (self.folder / self.state.name / part / "CURRENT").exists():
                raise broken(self.folder, f"{self.state.name} lacks its {part}")
            (self.path / part).mkdir(parents=True)
            if not self.fresh:
                for file in (self.folder / self.state.name / part).iterdir():
                    if file.suffix == ".sst":
                        _link(file, self.path / part / file.name)
                    elif not file.name.startswith(("LOCK", "LOG")):
                        shutil.copyfile(file, self.path / part / file.name)

    def publish(self, named: bool) -> None:
        """Make the new state the one that holds."""
        with _writable(self.folder):
            self.path.rename(self.folder / self.name)
            after = replace(State(), name=self.name, withdrawn=self.state.withdrawn, named=named)
            place = self.folder / f"store.json{_PART}"
            with place.open("w", encoding="utf-8") as file:
                json.dump(asdict(after), file, indent=1)
                file.flush()
                os.fsync(file.fileno())
            _sync(self.folder)
            place.replace(self.folder / "store.json")
            _sync(self.folder)
        self._sweep()

    def end(self) -> None:
        """Let others write; take away what was not published."""
        if self._handle >= 0:
            if hasattr(self, "path"):
                shutil.rmtree(self.path, ignore_errors=True)
            with contextlib.suppress(OSError):
                os.ftruncate(self._handle, 0)
            os.close(self._handle)
            self._handle = -1

    def _sweep(self) -> None:
        """Take away the states that do not hold and that nobody reads."""
        held = read_state(self.folder).name if (self.folder / "store.json").exists() else ""
        for path in self.folder.glob("state-*"):
            if path.name != held and _unread(path):
                shutil.rmtree(path, ignore_errors=True)


def read_state(folder: Path) -> State:
    """Return what store.json says; raise Fault if there is no store, a foreign one or a broken one."""
    place = folder / "store.json"
    try:
        said = json.loads(place.read_text(encoding="utf-8"))
    except (FileNotFoundError, NotADirectoryError):
        raise _no_store(folder) from None
    except OSError as error:
        raise Fault(str(place), error.strerror or "cannot be read", "check the path and its permissions") from error
    except ValueError as error:
        raise broken(folder, "store.json cannot be read") from error
    if not isinstance(said, dict) or not isinstance(said.get("layout"), int):
        raise broken(folder, "store.json says no layout")
    if said["layout"] != LAYOUT:
        what = f"is a store of layout {said['layout']}, made by {said.get('maker', 'others')}; these tools read layout {LAYOUT}"
        raise Fault(str(folder), what, "load the graph into a new folder, or use the tools that made it")
    try:
        state = State(**said)
    except TypeError as error:
        raise broken(folder, "store.json says something else than these tools write") from error
    if not isinstance(state.name, str) or Path(state.name).name != state.name or not state.name.startswith("state-"):
        raise broken(folder, "store.json names no state")
    return state


def broken(folder: Path, what: str) -> Fault:
    """Return the fault of a store that cannot be trusted any more."""
    return Fault(str(folder), f"the store is broken ({what})", "take the folder away and load the graph again")


def _no_store(folder: Path) -> Fault:
    cure = f"make it: kgtools load PATH --store {folder}"
    if not folder.exists():
        return Fault(str(folder), "no such store", cure)
    if _ours(folder):
        return Fault(str(folder), "holds no store yet", cure)
    return Fault(str(folder), "is no store", "name the folder of a store, or a new one")


def _holds(folder: Path) -> bool:
    """Say whether a folder holds a store; raise Fault where it holds something else."""
    if (folder / "store.json").exists():
        return True
    if folder.exists() and not _ours(folder):
        raise Fault(str(folder), "is no store, and holds other files", "name a new folder, or that of a store")
    return False


def _ours(folder: Path) -> bool:
    """Say whether a folder holds nothing but what a load that was cut off leaves."""
    names = [path.name for path in folder.iterdir()] if folder.is_dir() else ["a file"]
    return all(name == "writer.lock" or name.startswith(("state-", "store.json", "search.sqlite")) for name in names)


def _lock(folder: Path) -> int:
    with _writable(folder):
        handle = os.open(folder / "writer.lock", os.O_RDWR | os.O_CREAT, 0o666)
    try:
        if fcntl is not None:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        said = os.read(handle, 1000)
        os.close(handle)
        raise Busy(str(folder), f"is being written by {_who(said)}", "wait until that is done, and run this again") from None
    now = datetime.datetime.now(datetime.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    os.ftruncate(handle, 0)
    with contextlib.suppress(OSError):  # on a full disk nobody learns who writes
        os.pwrite(handle, json.dumps({"process": os.getpid(), "host": socket.gethostname(), "since": now}).encode(), 0)
    return handle


def _who(said: bytes) -> str:
    try:
        one = json.loads(said)
        return f"process {one['process']} on {one['host']} since {one['since']}"
    except (ValueError, KeyError, TypeError):
        return "another process"


def _unread(path: Path) -> bool:
    try:
        handle = os.open(path, os.O_RDONLY)
    except OSError:
        return False
    try:
        if fcntl is not None:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        return True
    except OSError:
        return False
    finally:
        os.close(handle)


def _link(old: Path, new: Path) -> None:
    try:
        os.link(old, new)
    except OSError:  # a file system without hard links
        shutil.copyfile(old, new)


def _sync(folder: Path) -> None:
    if os.name == "posix":
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


@contextlib.contextmanager
def _writable(folder: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise unwritten(folder, error) from error


def failed(folder: Path, error: Exception) -> Fault:
    """Return the fault of a store whose engine failed: broken, unless the disk or a permission is the cause."""
    text = " ".join(str(error).split())
    if isinstance(error, OSError) and any(words in text for words in _ROOM):
        return unwritten(folder, OSError(text))
    return broken(folder, text)


def unwritten(folder: Path, error: OSError) -> Fault:
    """Return the fault of a store that cannot be written."""
    what = " ".join((error.strerror or str(error)).split())
    return Fault(str(folder), f"cannot be written ({what})", "make room or choose another place; what was held is as it was")
