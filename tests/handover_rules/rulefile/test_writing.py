"""Replacing a file: whole or not at all, and never over what another writer has put there."""

from __future__ import annotations

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path

import pytest

from handover_rules.errors import FileChanged, UsageError
from handover_rules.rulefile.writing import expect, line_end, overwrite

# Adds fifty lines, each to what the file holds then.
WRITER = """\
import sys
from pathlib import Path
from handover_rules.errors import FileChanged
from handover_rules.rulefile.writing import overwrite

name, who = sys.argv[1:]
print("ready", flush=True)
sys.stdin.read()
for number in range(50):
    while True:
        content = Path(name).read_bytes()
        try:
            overwrite(name, content, content + f"{who} {number}\\n".encode())
        except FileChanged:
            continue
        break
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A file that holds `old`."""
    path = tmp_path / "rules.yaml"
    path.write_bytes(b"old")
    return path


def test_no_process_undoes_what_another_has_written(file: Path) -> None:
    file.write_bytes(b"")
    command = [sys.executable, "-c", WRITER, str(file)]
    with ExitStack() as stack:
        writers = [
            stack.enter_context(subprocess.Popen([*command, who], stdin=subprocess.PIPE, stdout=subprocess.PIPE))
            for who in ("one", "two")
        ]
        for writer in writers:
            assert writer.stdout is not None
            assert writer.stdout.readline() == b"ready\n"
        for writer in writers:
            assert writer.stdin is not None
            writer.stdin.close()  # both begin now
    assert [writer.returncode for writer in writers] == [0, 0]
    lines = file.read_text().splitlines()
    assert sorted(lines) == sorted(f"{who} {number}" for who in ("one", "two") for number in range(50))
    assert os.listdir(file.parent) == [file.name]


def test_no_thread_undoes_what_another_has_written(file: Path) -> None:
    file.write_bytes(b"")

    def add(line: int) -> None:
        while True:
            content = file.read_bytes()
            try:
                return overwrite(str(file), content, content + f"{line}\n".encode())
            except FileChanged:
                continue

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(add, range(40)))
    assert sorted(map(int, file.read_text().split())) == list(range(40))


def test_what_was_saved_while_the_new_content_was_written_is_kept(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As by an editor, which takes no lock."""
    synced = os.fsync

    def slow(descriptor: int) -> None:
        file.write_bytes(b"theirs")
        synced(descriptor)

    monkeypatch.setattr(os, "fsync", slow)
    with pytest.raises(FileChanged, match="saved by somebody else"):
        overwrite(str(file), b"old", b"new")
    assert file.read_bytes() == b"theirs"
    assert os.listdir(file.parent) == [file.name]


def test_a_file_that_was_changed_or_removed_is_left_so(file: Path) -> None:
    with pytest.raises(FileChanged, match="saved by somebody else"):
        overwrite(str(file), b"older", b"new")
    assert file.read_bytes() == b"old"
    file.unlink()
    with pytest.raises(FileChanged, match="was removed"):
        overwrite(str(file), b"old", b"new")
    assert os.listdir(file.parent) == []


@pytest.mark.parametrize("mode", [0o600, 0o640, 0o755])
def test_the_permissions_stay(file: Path, mode: int) -> None:
    file.chmod(mode)
    overwrite(str(file), b"old", b"new")
    assert file.read_bytes() == b"new"
    assert file.stat().st_mode & 0o7777 == mode


def test_behind_a_link_the_file_is_replaced_and_the_link_stays(file: Path) -> None:
    (file.parent / "folder").mkdir()
    link = file.parent / "folder" / "link.yaml"
    link.symlink_to(Path("..") / file.name)
    overwrite(str(link), b"old", b"new")
    assert link.is_symlink()
    assert file.read_bytes() == b"new"
    assert os.listdir(link.parent) == [link.name]


def test_a_loop_of_links_is_no_file(tmp_path: Path) -> None:
    link = tmp_path / "link.yaml"
    link.symlink_to(link)
    with pytest.raises(UsageError, match="symbolic links"):
        overwrite(str(link), b"", b"new")


@pytest.mark.parametrize("failing", ["fsync", "replace"])
def test_a_failing_disk_leaves_the_old_file_and_nothing_beside_it(
    file: Path, monkeypatch: pytest.MonkeyPatch, failing: str
) -> None:
    def full(*arguments: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, failing, full)
    with pytest.raises(UsageError, match=r"rules\.yaml cannot be written: No space left on device"):
        overwrite(str(file), b"old", b"new")
    assert file.read_bytes() == b"old"
    assert os.listdir(file.parent) == [file.name]


def test_looking_at_a_file_changes_nothing(file: Path) -> None:
    expect(str(file), b"old")
    with pytest.raises(FileChanged):
        expect(str(file), b"older")
    with pytest.raises(UsageError, match="cannot be read"):
        expect(str(file.parent), b"")


@pytest.mark.parametrize(
    ("content", "end"),
    [(b"", "\n"), (b"a", "\n"), (b"a\r\nb\r\nc\n", "\r\n"), (b"a\rb\r", "\r"), (b"a\nb\n\r\n", "\n")],
)
def test_the_line_end_is_that_of_most_lines(content: bytes, end: str) -> None:
    assert line_end(content) == end
