"""A folder of files, on this machine or at any location that fsspec knows."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from kgtools.faults import Fault
from kgtools.output import save


@dataclass(frozen=True)
class Place:
    """A folder by its path, or by a location of fsspec such as s3://bucket/topic or zip://graph::file:///tmp/topic.zip."""

    where: str

    @property
    def far(self) -> bool:
        """Say whether fsspec has to reach it."""
        return "://" in self.where or "::" in self.where

    @cached_property
    def _there(self) -> tuple[Any, str]:
        try:
            from fsspec.core import url_to_fs
        except ImportError as error:
            raise Fault(self.where, "fsspec is not installed", "run: pip install 'kgtools-cev[dask]'") from error
        with self._told():
            system, root = url_to_fs(self.where)
        return system, str(root).rstrip("/")

    def _path(self, name: str) -> str:
        root = self._there[1]
        return f"{root}/{name}" if root else name

    def below(self, name: str) -> Place:
        """Return a folder within this one."""
        head, mark, tail = self.where.partition("::")
        return Place(f"{head.rstrip('/')}/{name}{mark}{tail}")

    def above(self) -> Place | None:
        """Return the folder that this one lies in, None if only fsspec could tell."""
        return None if self.far else Place(str(Path(self.where).parent))

    def names(self, ending: str) -> list[str]:
        """Return the names below this folder, with slashes, of the files that end so, sorted."""
        if not self.far:
            root = Path(self.where)
            return sorted(path.relative_to(root).as_posix() for path in root.rglob(f"*{ending}") if path.is_file())
        with self._told():
            system, root_ = self._there
            system.invalidate_cache()
            listed = system.find(root_) if system.exists(root_) or not root_ else []
        start = len(root_) + 1 if root_ else 0
        return sorted(str(path)[start:] for path in listed if str(path).endswith(ending))

    def has(self, name: str) -> bool:
        """Say whether there is a file of a name."""
        if not self.far:
            return (Path(self.where) / name).is_file()
        with self._told():
            return bool(self._there[0].isfile(self._path(name)))

    def read(self, name: str) -> bytes:
        """Return a file's bytes; raise Fault if it cannot be read."""
        with self._told(name):
            if not self.far:
                return (Path(self.where) / name).read_bytes()
            return bytes(self._there[0].cat_file(self._path(name)))

    def bring(self, names: Iterable[str], folder: Path) -> None:
        """Copy files to a folder of this machine; those that are not here are passed over."""
        for name in names:
            if self.has(name):
                (folder / name).write_bytes(self.read(name))

    def write(self, name: str, data: bytes) -> None:
        """Write a file, whole or not at all; raise Fault if it cannot be written."""
        if not self.far:
            path = Path(self.where) / name
            with self._told(name):
                path.parent.mkdir(parents=True, exist_ok=True)
            save(path, data)
            return
        system, path_ = self._there[0], self._path(name)
        with self._told(name):
            system.makedirs(path_.rpartition("/")[0], exist_ok=True)
            temporary = f"{path_}.{uuid.uuid4().hex}"
            system.pipe_file(temporary, data)
            system.mv(temporary, path_)

    def remove(self, name: str) -> None:
        """Take a file away."""
        with self._told(name):
            if self.far:
                self._there[0].rm_file(self._path(name))
            else:
                (Path(self.where) / name).unlink(missing_ok=True)

    @contextmanager
    def _told(self, name: str = "") -> Iterator[None]:
        """Say what a file system raises, which may be anything, as a fault."""
        try:
            yield
        except Fault:
            raise
        except Exception as error:
            what = " ".join(str(getattr(error, "strerror", None) or error or type(error).__name__).split())
            raise Fault(
                f"{self.where}/{name}" if name else self.where, what, "check the location and its permissions"
            ) from error
