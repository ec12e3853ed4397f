from __future__ import annotations

import json
import stat
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from eval.dataset import DataFile, Row
from eval.deciders import Prediction
from eval.runs import predictions_table, write_run
from handover_rules.errors import UsageError
from handover_rules.signals import Score, Unavailable

STARTED = datetime(2026, 1, 5, 12, 30, 15, 123456, tzinfo=UTC)


@pytest.fixture
def table(make_row: Callable[..., Row]) -> pa.Table:
    rows = (
        make_row("a", label=1, language="en", category="complaint"),
        make_row("b", ambiguous=True, conversation_id="talk \ud83d", turn=0),  # half of a pair, which no column holds
        make_row("c"),
        make_row("d", speaker="bot"),
    )
    predictions = [
        Prediction("a", "handover", "asked", 0.9, "because", {"ai": Score(0.9)}),
        Prediction("b", "none", None, None, "", {}),
        Prediction("c", None, None, None, "timed_out", {"ai": Unavailable("timed_out")}),
        None,
    ]
    return predictions_table([(DataFile("rows.jsonl", "", rows), predictions)], "strict", ["ai"])


def test_predictions_have_a_line_for_every_decided_message(table: pa.Table) -> None:
    assert table.select(["row_id", "label", "left_out", "handover", "rule"]).to_pylist() == [
        {"row_id": "a", "label": 1, "left_out": None, "handover": True, "rule": "asked"},
        {"row_id": "b", "label": 0, "left_out": "ambiguous", "handover": False, "rule": None},
        {"row_id": "c", "label": 0, "left_out": None, "handover": None, "rule": None},
    ]
    assert table.select(["conversation_id", "language", "category"]).to_pylist()[:2] == [
        {"conversation_id": None, "language": "en", "category": "complaint"},
        {"conversation_id": "talk ?", "language": None, "category": None},
    ]
    assert table["score_ai"].to_pylist() == [0.9, None, None]
    assert table["unavailable_ai"].to_pylist() == [None, None, "timed_out"]


def test_a_run_is_kept_under_its_start_and_content_and_can_be_queried(tmp_path: Path, table: pa.Table) -> None:
    runs = tmp_path / "deep" / "runs"
    folder = write_run(runs, {"view": "strict"}, table, STARTED)
    other = write_run(runs, {"view": "broad"}, table, STARTED)
    assert folder.name.startswith("20260105T123015123Z-")
    assert folder != other
    run = json.loads((folder / "run.json").read_text(encoding="utf-8"))
    assert run == {"id": folder.name, "started_at": "2026-01-05T12:30:15.123456+00:00", "view": "strict"}
    assert pq.read_table(folder / "predictions.parquet") == table
    found = duckdb.connect().execute(f"select count(*) from '{runs}/*/predictions.parquet'").fetchone()
    assert found == (6,)


def test_the_same_predictions_are_the_same_bytes(tmp_path: Path, table: pa.Table) -> None:
    first = write_run(tmp_path / "first", {}, table, STARTED)
    second = write_run(tmp_path / "second", {}, table, datetime(2026, 2, 1, tzinfo=UTC))
    assert (first / "predictions.parquet").read_bytes() == (second / "predictions.parquet").read_bytes()


def test_a_run_is_read_only_and_never_overwritten(tmp_path: Path, table: pa.Table) -> None:
    folder = write_run(tmp_path, {}, table, STARTED)
    assert all(stat.S_IMODE(path.stat().st_mode) == 0o444 for path in folder.iterdir())
    before = (folder / "run.json").read_bytes()
    with pytest.raises(UsageError, match="never overwritten"):
        write_run(tmp_path, {}, table, STARTED)
    assert (folder / "run.json").read_bytes() == before
    assert [path.name for path in tmp_path.iterdir()] == [folder.name]


def test_runs_that_cannot_be_written(tmp_path: Path, table: pa.Table) -> None:
    (tmp_path / "runs").write_text("a file is in the way", encoding="utf-8")
    with pytest.raises(UsageError, match="cannot write the run"):
        write_run(tmp_path / "runs", {}, table, STARTED)


def test_a_run_that_fails_half_way_leaves_nothing_behind(
    tmp_path: Path, table: pa.Table, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(self: Path, target: Path) -> Path:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "rename", full)
    with pytest.raises(UsageError, match="No space left"):
        write_run(tmp_path, {}, table, STARTED)
    assert list(tmp_path.iterdir()) == []
