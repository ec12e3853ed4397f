from __future__ import annotations

from pathlib import Path

import pytest

from eval.compare.find_run import find_run
from handover_rules.errors import UsageError

IDS = [
    "20260105T123015123Z-00000001",
    "20260105T123015124Z-00000002",
    "20260206T000000000Z-00000003",
]


@pytest.fixture
def runs(tmp_path: Path) -> Path:
    """Three runs, one that somebody gave a name, and what is no run."""
    for name in (*IDS, "the baseline"):
        (tmp_path / "runs" / name).mkdir(parents=True)
        (tmp_path / "runs" / name / "run.json").touch()
    (tmp_path / "runs" / "zzz").mkdir()
    (tmp_path / "runs" / ".20260307T000000000Z-00000004.unfinished").mkdir()
    return tmp_path / "runs"


@pytest.mark.parametrize(
    ("named", "name"),
    [
        (IDS[0], IDS[0]),
        ("202602", IDS[2]),
        ("the baseline", "the baseline"),
        ("the", "the baseline"),
        ("latest", IDS[2]),
        ("latest~0", IDS[2]),
        ("latest~2", IDS[0]),
    ],
)
def test_a_run_is_found_by_id_beginning_or_age(runs: Path, named: str, name: str) -> None:
    assert find_run(named, runs) == runs / name


def test_a_path_comes_first(runs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    other = tmp_path / "latest"
    other.mkdir()
    (other / "run.json").touch()
    monkeypatch.chdir(tmp_path)
    assert find_run("latest", runs) == Path("latest")
    assert find_run(str(runs / IDS[1]), tmp_path / "nowhere") == runs / IDS[1]


@pytest.mark.parametrize(
    ("named", "said"),
    [
        ("20260105", rf"2 runs in .*runs begin so: {IDS[1]}, {IDS[0]}; type more of it"),
        ("latest~3", r"runs has 3 runs; runs there: the baseline, 20260206T000000000Z-00000003"),
        ("nothing", r"'nothing' is no run in .*runs there: "),
        ("", r"'' is "),
        ("latest~x", r"'latest~x' is no run"),
    ],
)
def test_what_is_no_run_is_said_with_those_there_are(runs: Path, named: str, said: str) -> None:
    with pytest.raises(UsageError, match=said):
        find_run(named, runs)


def test_a_folder_without_a_run_is_said(runs: Path, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"is a folder without a run\.json"):
        find_run(str(runs / "zzz"), runs)
    with pytest.raises(UsageError, match="keep one with `handover eval`"):
        find_run("latest", tmp_path / "nowhere")
