"""Examples: every command of the README prints what the README shows; its Python example runs.

After a change of the data, write the real output into the README with: KGTOOLS_UPDATE=1 pytest tests/test_readme.py
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
README = ROOT / "README.md"
BLOCK = re.compile(r"(<!-- needs documents -->\n)?```console\n(.*?)```", re.DOTALL)


def blocks() -> list[tuple[bool, str, str]]:
    """Return (needs documents, command, shown output) of each console block."""
    found = []
    for mark, body in BLOCK.findall(README.read_text(encoding="utf-8")):
        first, _, output = body.partition("\n")
        found.append((bool(mark), first.removeprefix("$ "), output))
    return found


def printed(command: str, folder: Path, documents: Path | None) -> str:
    shim = folder / "kgtools"
    shim.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m kgtools "$@"\n')
    shim.chmod(0o755)
    environment = {**os.environ, "PATH": f"{folder}{os.pathsep}{os.environ['PATH']}", "PYTHONPATH": str(ROOT)}
    environment.pop("KGTOOLS_DOCUMENTS", None)
    if documents:
        environment["KGTOOLS_DOCUMENTS"] = str(documents)
    done = subprocess.run(["bash", "-c", command], cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert "Traceback" not in done.stderr
    return done.stdout


@pytest.mark.parametrize("place", range(len(blocks())))
def test_a_command_of_the_readme_prints_what_the_readme_shows(place: int, tmp_path: Path, documents: Path | None) -> None:
    needs, command, shown = blocks()[place]
    if needs and documents is None:
        pytest.skip("the archived documents are not at hand")
    output = printed(command, tmp_path, documents)
    if os.environ.get("KGTOOLS_UPDATE"):
        text = README.read_text(encoding="utf-8")
        README.write_text(text.replace(f"$ {command}\n{shown}```", f"$ {command}\n{output}```"), encoding="utf-8")
    else:
        assert output == shown


def test_the_python_example_of_the_readme_runs() -> None:
    for example in re.findall(r"```python\n(.*?)```", README.read_text(encoding="utf-8"), re.DOTALL):
        subprocess.run([sys.executable, "-c", example], cwd=ROOT, check=True)


def test_the_set_up_block_has_two_lines_and_ci_runs_the_second() -> None:
    block = re.search(r"## Run it.*?```sh\n(.*?)```", README.read_text(encoding="utf-8"), re.DOTALL)
    assert block is not None
    lines = block[1].strip().splitlines()
    assert len(lines) == 2
    assert lines[0].endswith("kgtools serve")
    steps = "/^## Run it/ {here = 1} here && /^```sh/ {block = 1; next} block && /^```/ {exit} block {n++; if (n == 2) print}"
    script = f"awk '{steps}'"
    assert script in (ROOT / ".ci" / "run").read_text(encoding="utf-8")
    done = subprocess.run(["bash", "-c", f"{script} README.md"], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == lines[1]


def test_every_command_is_in_the_readme() -> None:
    from kgtools.cli.parser import build

    text = README.read_text(encoding="utf-8")
    assert [name for name in build()[1] if f"`{name}" not in text and f"kgtools {name}" not in text] == []
