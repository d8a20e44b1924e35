"""What several rooms' tests share: the invented case, copies of it to change, and the command in this process."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

import pytest

import kgtools
from kgtools.cli import main
from kgtools.space import Space
from kgtools.turtle import parse_file, write
from kgtools.workspace import Workspace

ROOT = Path(__file__).parents[1]
EXAMPLE = ROOT / "kgtools" / "example"
PUMP_HOUSE = "incidents/pump-house-2019.ttl"


@dataclass(frozen=True)
class Said:
    """What a call of the command gave: exit code, standard output, standard error."""

    code: int
    out: str
    err: str


Call = Callable[..., Said]


@dataclass
class Copy:
    """A copy of the invented case that a test may change."""

    folder: Path

    def path(self, file: str) -> Path:
        return self.folder / "graph" / file

    def replace(self, file: str, old: str, new: str) -> None:
        """Replace a text that stands in a file exactly once."""
        text = self.path(file).read_text(encoding="utf-8")
        assert text.count(old) == 1, f"{text.count(old)} times in {file}: {old}"
        self.path(file).write_text(text.replace(old, new), encoding="utf-8")

    def subject(self, file: str, name: str) -> str:
        """Return the statement of a file that describes a subject."""
        text = self.path(file).read_text(encoding="utf-8")
        return next(block for block in text.split("\n\n") if block.startswith(f"{name} ")).rstrip("\n")

    def edit(self, file: str, name: str, old: str, new: str) -> None:
        """Replace a text that stands once in the statement of a subject."""
        block = self.subject(file, name)
        assert block.count(old) == 1, f"{block.count(old)} times in {name}: {old}"
        self.replace(file, block, block.replace(old, new))

    def append(self, file: str, block: str) -> None:
        with self.path(file).open("a", encoding="utf-8") as out:
            out.write("\n" + block.strip("\n") + "\n")

    def tidy(self) -> None:
        """Write every file in the one layout, as `kgtools fmt` does."""
        workspace = Workspace.find(self.folder)
        for path in workspace.files:
            path.write_text(write(parse_file(path), workspace.prefixes), encoding="utf-8")

    @property
    def space(self) -> Space:
        return kgtools.open(self.folder)


@pytest.fixture(autouse=True)
def _no_settings_from_outside(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("KGTOOLS_WORKSPACE", "KGTOOLS_DOCUMENTS", "KGTOOLS_STORE"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture(scope="session", autouse=True)
def _cache_of_its_own(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("KGTOOLS_CACHE", str(tmp_path_factory.mktemp("cache")))
        yield


@pytest.fixture(scope="session")
def example() -> Space:
    """The invented case, loaded once; not to be changed."""
    return kgtools.open(EXAMPLE)


@pytest.fixture
def copy(tmp_path: Path) -> Copy:
    """A fresh copy of the invented case."""
    return Copy(Path(shutil.copytree(EXAMPLE, tmp_path / "copy")))


@pytest.fixture
def call(capfd: pytest.CaptureFixture[str]) -> Call:
    """The command in this process."""

    def run(*words: str | Path) -> Said:
        capfd.readouterr()
        code = main([str(word) for word in words])
        sys.stdout.flush()
        return Said(code, *capfd.readouterr())

    return run


def process(
    *words: str | Path, folder: Path | None = None, given: str = "", environ: Mapping[str, str] = MappingProxyType({})
) -> Said:
    """Run the command as a process of its own, the package found as if it were installed."""
    done = subprocess.run(
        [sys.executable, "-m", "kgtools", *map(str, words)],
        cwd=folder, env={**environment(), **environ}, input=given,
        capture_output=True, text=True, encoding="utf-8", timeout=60, check=False,
    )  # fmt: skip
    return Said(done.returncode, done.stdout, done.stderr)


def environment() -> dict[str, str]:
    """Return the environment for processes: this package, no settings but where the tests' cache lies."""
    kept = {name: value for name, value in os.environ.items() if name == "KGTOOLS_CACHE" or not name.startswith("KGTOOLS_")}
    return {**kept, "PYTHONPATH": str(ROOT)}


# Read before the settings are taken away: where the three archived documents lie, if they are at hand.
_ARCHIVE = os.environ.get("KGTOOLS_DOCUMENTS") or str(ROOT.parent / "shared" / "seeds")


@pytest.fixture(scope="session")
def documents() -> Path | None:
    """The folder of the shipped graph's archived documents, or None where they are not at hand."""
    folder = Path(_ARCHIVE)
    return folder if any(folder.glob("000_*.txt")) else None
