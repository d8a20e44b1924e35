"""The command as a process: pipes, interruption, writing whole or not at all, use away from the checkout, new workspaces."""

from __future__ import annotations

import os
import resource
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import EXAMPLE, ROOT, Call, Copy, environment, process

from kgtools.output import save

AT = ("--workspace", EXAMPLE)
COMMAND = (sys.executable, "-m", "kgtools")


def test_exit_codes_reach_the_shell(copy: Copy) -> None:
    assert process("query", "incidents", *AT).code == 0
    copy.append("craft.ttl", "\n")
    assert process("check", "--workspace", copy.folder).code == 1
    wrong = process("chek")
    assert wrong.code == 2 and wrong.err.startswith("kgtools: ") and wrong.out == ""


@pytest.mark.parametrize("words", [("--help",), ("query", "--help"), ("--version",)])
def test_help_and_version_go_to_standard_output(words: tuple[str, ...]) -> None:
    said = process(*words)
    assert said.code == 0 and "kgtools" in said.out and said.err == ""


@pytest.mark.slow
@pytest.mark.parametrize(
    "words", [("query", "assertions"), ("query", "assertions", "--format", "csv"), ("export", "--format", "nquads")]
)
@pytest.mark.parametrize("unbuffered", ["", "1"])
def test_a_reader_that_leaves_early_ends_the_command_with_2_and_no_traceback(words: tuple[str, ...], unbuffered: str) -> None:
    settings = {**environment(), "PYTHONUNBUFFERED": unbuffered}
    # The shipped graph: its answers are longer than what a pipe holds, so that no command is done before its reader leaves.
    whole = [*COMMAND, *words, "--workspace", str(ROOT)]
    with (
        subprocess.Popen(whole, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=settings) as one,
        subprocess.Popen(["head", "-1"], stdin=one.stdout, stdout=subprocess.PIPE) as other,
    ):
        assert one.stdout and one.stderr
        one.stdout.close()
        assert other.communicate(timeout=60)[0].count(b"\n") == 1
        complaints = one.stderr.read().decode()
        assert one.wait(timeout=60) == 2
    assert "Traceback" not in complaints and "Exception" not in complaints and "BrokenPipe" not in complaints


def test_an_interruption_ends_with_two_and_a_sentence(tmp_path: Path) -> None:
    pipe = tmp_path / "slow.rq"
    os.mkfifo(pipe)
    with subprocess.Popen([*COMMAND, "query", str(pipe), *map(str, AT)], stderr=subprocess.PIPE, env=environment()) as one:
        with pipe.open("w"):  # returns once the command waits for the text of the query
            one.send_signal(signal.SIGINT)
            assert one.wait(timeout=60) == 2
        assert one.stderr
        said = one.stderr.read().decode()
    assert said.startswith("kgtools: interrupted: ") and "Traceback" not in said


def small_files() -> None:
    """Let this process write no file longer than 1000 bytes: a disk that is full."""
    resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))


@pytest.mark.parametrize(
    "words",
    [("export", "-o", "out.ttl"), ("view", "lock-gate-2019", "-o", "out.ttl"), ("export", "--format", "gexf", "-o", "out.ttl")],
)
def test_what_cannot_be_written_leaves_the_old_file_and_no_other(tmp_path: Path, words: tuple[str, ...]) -> None:
    (tmp_path / "out.ttl").write_text("old", encoding="utf-8")
    done = subprocess.run(
        [*COMMAND, *words, *map(str, AT)], cwd=tmp_path, env={**environment(), "PYTHONDONTWRITEBYTECODE": "1"},
        preexec_fn=small_files, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert done.returncode == 2
    assert "out.ttl: cannot be written (File too large): choose another place" in done.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["out.ttl"]
    assert (tmp_path / "out.ttl").read_text(encoding="utf-8") == "old"


@pytest.mark.parametrize("place", ["absent/out.ttl", "."])
def test_a_place_where_nothing_can_be_written_is_named(call: Call, tmp_path: Path, place: str) -> None:
    said = call("export", "-o", tmp_path / place, *AT)
    assert said.code == 2 and "cannot be written" in said.err and list(tmp_path.iterdir()) == []


def test_a_pipe_is_written_to_and_never_replaced(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    with subprocess.Popen(["cat", str(pipe)], stdout=subprocess.PIPE) as reader:
        save(pipe, "text")
        assert reader.communicate(timeout=20)[0] == b"text"
    assert pipe.is_fifo() and [path.name for path in tmp_path.iterdir()] == ["pipe"]


def test_a_link_keeps_pointing_where_it_points(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(tmp_path / "file")
    for text in ("first", "second"):
        save(tmp_path / "link", text)
        assert (tmp_path / "link").is_symlink() and (tmp_path / "file").read_text(encoding="utf-8") == text


def test_a_closed_output_is_said() -> None:
    command = f'"{sys.executable}" -m kgtools --workspace "{EXAMPLE}" counts >&-'
    done = subprocess.run(["sh", "-c", command], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 2 and done.stderr == "kgtools: standard output: is closed: leave it open, or send it to a file\n"


def test_a_layout_is_written_by_rename_and_keeps_the_mode(call: Call, copy: Copy) -> None:
    path = copy.path("craft.ttl")
    before = path.read_bytes()
    copy.append("craft.ttl", "\n")
    path.chmod(0o640)
    old = path.stat()
    os.link(path, copy.folder / "kept")
    said = call("fmt", "--workspace", copy.folder)
    assert (said.code, said.out) == (0, f"wrote {path}\n")
    assert path.read_bytes() == before and path.stat().st_mode == old.st_mode
    assert path.stat().st_ino != old.st_ino and (copy.folder / "kept").read_bytes() != before
    assert sorted(one.name for one in path.parent.glob(".*")) == []


def test_a_layout_that_is_only_asked_about_is_not_written(call: Call, copy: Copy) -> None:
    copy.append("craft.ttl", "\n")
    before = copy.path("craft.ttl").read_bytes()
    said = call("fmt", "--check", "--workspace", copy.folder)
    assert said.code == 1 and said.out == f"would change {copy.path('craft.ttl')}\n"
    assert copy.path("craft.ttl").read_bytes() == before
    assert call("fmt", "--workspace", copy.folder).code == 0
    assert call("fmt", "--check", "--workspace", copy.folder).code == 0


def test_a_fault_in_one_file_leaves_all_files_as_they_were(call: Call, copy: Copy) -> None:
    copy.append("agents.ttl", "\n")
    copy.append("craft.ttl", "[] a cev:Craft .")
    before = {path: path.read_bytes() for path in copy.folder.rglob("*.ttl")}
    said = call("fmt", "--workspace", copy.folder)
    assert said.code == 2 and "craft.ttl: holds a blank node" in said.err
    assert {path: path.read_bytes() for path in copy.folder.rglob("*.ttl")} == before


def test_a_new_workspace_is_made_and_good(call: Call, tmp_path: Path) -> None:
    said = call("init", tmp_path / "topic")
    assert said.code == 0 and "kgtools --workspace" in said.out
    assert call("check", "--workspace", tmp_path / "topic").code == 0
    assert (tmp_path / "topic" / "README.md").is_file()
    assert not list((tmp_path / "topic").rglob("__pycache__"))


def test_an_empty_folder_may_become_a_workspace(call: Call, tmp_path: Path) -> None:
    (tmp_path / "topic").mkdir()
    assert call("init", tmp_path / "topic").code == 0


@pytest.mark.parametrize("bare", [(), ("--bare",)])
def test_a_folder_that_is_not_empty_is_left_alone(call: Call, tmp_path: Path, bare: tuple[str, ...]) -> None:
    (tmp_path / "mine.txt").write_text("mine", encoding="utf-8")
    for folder in (tmp_path, tmp_path / "mine.txt"):
        said = call("init", folder, *bare)
        assert said.code == 2 and "is not an empty folder: name a new folder; nothing was changed" in said.err
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]


def test_a_bare_workspace_is_good_and_answers(call: Call, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert call("init", tmp_path / "topic", "--bare").code == 0
    said = call("check", "--workspace", tmp_path / "topic")
    assert (said.code, said.err) == (0, "")
    for words in (("query", "incidents"), ("sources",), ("documents",), ("documents", "--coverage"), ("query", "explanations")):
        assert call(*words, "--workspace", tmp_path / "topic").err == "0 rows\n"
    monkeypatch.chdir(tmp_path)
    said = call("--workspace", tmp_path / "topic")
    assert said.code in (0, 2) and "Traceback" not in said.err


def test_the_command_answers_away_from_the_checkout(tmp_path: Path) -> None:
    said = process("query", "incidents", "--format", "csv", folder=tmp_path)
    assert said.code == 0 and said.out.startswith("incident,label,") and said.err == ""
    assert list(tmp_path.iterdir()) == []


def test_the_workspace_around_the_current_folder_is_taken(copy: Copy) -> None:
    said = process("query", "incidents", "--format", "csv", folder=copy.folder / "graph")
    assert said.code == 0 and said.out.count("\n") == 4


def test_a_query_comes_through_a_pipe() -> None:
    said = process("query", "-", "--format", "csv", *AT, given="SELECT (COUNT(?i) AS ?n) { ?i a cev:Incident }")
    assert (said.code, said.out.split()) == (0, ["n", "3"])


def test_hidden_characters_are_shown_and_other_encodings_do_not_break_the_output(copy: Copy) -> None:
    copy.edit("craft.ttl", "craft:lock-gate", '"lock gate of the harbour"@en', '"gate \\u202E \\u0007 🌊"@en')
    query = "SELECT ?l { craft:lock-gate rdfs:label ?l }"
    done = subprocess.run(
        [*COMMAND, "query", "-", "--workspace", str(copy.folder)], input=query.encode(), capture_output=True,
        env={**environment(), "PYTHONIOENCODING": "ascii", "LC_ALL": "C"}, timeout=60, check=False,
    )  # fmt: skip
    assert done.returncode == 0 and "gate ⟨U+202E⟩ ⟨U+0007⟩ 🌊" in done.stdout.decode()
