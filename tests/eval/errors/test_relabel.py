"""`handover relabel`: one label is corrected, and nothing else."""

from __future__ import annotations

import stat
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import Result

from eval.dataset import read_dataset
from eval.errors.relabel import NewLabel, Relabelled, relabel, undo
from handover_rules.errors import DataError, FileChanged, UsageError

Run = Callable[..., Result]

CONTENT = (
    b'{"id": "a", "text": "caf\xc3\xa9", "label": 0, "x": 1e2}\r\n'
    b"\n"
    b'{"text":"b\\u00e9","id":"b","label":"1","category":"complaint","ambiguous":true}\n'
    b'{"id": "bot", "text": "hi", "speaker": "bot"}\n'
    b'{"id": "c", "text": "c"}'
)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "rows.jsonl"
    path.write_bytes(CONTENT)
    path.chmod(0o640)
    return path


@pytest.mark.parametrize(
    ("options", "old", "new", "said"),
    [
        (["--row", "a", "--label", "1"], b'"label": 0, "x"', b'"label": 1, "x"', ":1: label 0 -> 1\n"),
        (
            ["--row", "b", "--label", "0"],
            b'"label":"1"',
            b'"label":0',
            ":3: label 1 -> 0; its category is still complaint\n",
        ),
        (
            ["--row", "b", "--label", "0", "--category", "none", "--clear"],
            b'"label":"1","category":"complaint","ambiguous":true',
            b'"label":0,"category":"none","ambiguous":false',
            ":3: label 1 -> 0, category complaint -> none, ambiguous yes -> no\n",
        ),
        (
            ["--row", "c", "--label", "1", "--ambiguous"],
            b'"text": "c"}',
            b'"text": "c", "label": 1, "ambiguous": true}',
            ":5: label (none) -> 1, ambiguous no -> yes\n",
        ),
    ],
)
def test_every_other_byte_stays(run: Run, file: Path, options: list[str], old: bytes, new: bytes, said: str) -> None:
    assert CONTENT.count(old) == 1
    result = run("relabel", file, *options)
    assert result.exit_code == 0, result.output
    assert result.stdout == f"{file}{said}"
    assert file.read_bytes() == CONTENT.replace(old, new)
    assert stat.S_IMODE(file.stat().st_mode) == 0o640
    assert [path.name for path in file.parent.iterdir()] == ["rows.jsonl"]


def test_what_is_so_already_is_not_written(run: Run, file: Path) -> None:
    before = file.stat().st_mtime_ns, file.stat().st_ino
    result = run("relabel", file, "--row", "b", "--label", "1", "--category", "complaint", "--ambiguous")
    assert result.stdout == f"{file}:3: nothing to change, it is labelled so\n"
    assert (file.stat().st_mtime_ns, file.stat().st_ino) == before


def test_a_mark_of_unicode_and_a_link_stay(run: Run, tmp_path: Path) -> None:
    target, link = tmp_path / "target.jsonl", tmp_path / "link.jsonl"
    target.write_bytes(b'\xef\xbb\xbf{"id": "a", "text": "b"}\n')
    link.symlink_to(target)
    assert run("relabel", link, "--row", "a", "--label", "0").exit_code == 0
    assert link.is_symlink()
    assert target.read_bytes() == b'\xef\xbb\xbf{"id": "a", "text": "b", "label": 0}\n'


def test_a_file_that_has_changed_since_it_was_read_is_left_alone(file: Path) -> None:
    (read,) = read_dataset([file]).files
    changed = CONTENT + b"\n"
    file.write_bytes(changed)
    with pytest.raises(FileChanged, match=r"rows\.jsonl was saved by somebody else"):
        relabel(read, "a", NewLabel(1))
    assert file.read_bytes() == changed
    file.unlink()
    with pytest.raises(UsageError, match="cannot be read"):
        relabel(read, "a", NewLabel(1))


def _relabelled(file: Path, row_id: str, new: NewLabel) -> Relabelled:
    (read,) = read_dataset([file]).files
    return relabel(read, row_id, new)


def test_what_was_written_can_be_undone_byte_for_byte(file: Path) -> None:
    first = _relabelled(file, "a", NewLabel(1))
    second = _relabelled(file, "c", NewLabel(1, "complaint", True))
    assert (first.path, first.line, second.line) == (str(file), 1, 5)
    # What was written into another line since stays.
    assert undo(first) == f"{file}:1 is as it was"
    assert file.read_bytes() == CONTENT.replace(second.old, second.new)
    undo(second)
    assert file.read_bytes() == CONTENT
    assert stat.S_IMODE(file.stat().st_mode) == 0o640


def test_a_line_that_somebody_has_changed_since_is_not_put_back(file: Path) -> None:
    done = _relabelled(file, "c", NewLabel(1))
    for content in (file.read_bytes().replace(b'"c", "text"', b'"C", "text"'), b"\n".join(CONTENT.split(b"\n")[:3])):
        file.write_bytes(content)
        with pytest.raises(FileChanged, match=r"rows\.jsonl:5 was changed by somebody else since it was relabelled"):
            undo(done)
        assert file.read_bytes() == content
    file.unlink()
    with pytest.raises(UsageError, match="cannot be read"):
        undo(done)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--row", "d", "--label", "1"], "has no row with the id 'd'"),
        (["--row", "bot", "--label", "1"], "is not said by the customer"),
        (["--row", "a", "--label", "1", "--category", " "], "--category is empty"),
    ],
)
def test_what_cannot_be_labelled_is_said(run: Run, file: Path, options: list[str], said: str) -> None:
    result = run("relabel", file, *options)
    assert isinstance(result.exception, UsageError)
    assert said in str(result.exception)
    assert file.read_bytes() == CONTENT


def test_a_label_is_0_or_1(run: Run, file: Path) -> None:
    assert run("relabel", file, "--row", "a", "--label", "2").exit_code == 2
    assert file.read_bytes() == CONTENT


def test_other_kinds_of_file_are_refused(run: Run, tmp_path: Path) -> None:
    table = tmp_path / "rows.csv"
    table.write_text("id,text,label\na,b,0\n", encoding="utf-8")
    result = run("relabel", table, "--row", "a", "--label", "1")
    assert isinstance(result.exception, UsageError)
    assert "is not JSON Lines" in str(result.exception)
    text = tmp_path / "rows.txt"
    text.write_text("hello\n", encoding="utf-8")
    result = run("relabel", text, "--row", "a", "--label", "1")
    assert isinstance(result.exception, DataError)
    assert "rows.txt:1: this is not JSON" in str(result.exception)
