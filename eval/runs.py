"""A run: an immutable folder that keeps what an evaluation was given and what it found.

`run.json` holds the inputs (by hash) and the report, `predictions.parquet` a line for every decided message.
DuckDB reads all runs in place: `select * from read_parquet('runs/*/predictions.parquet', union_by_name =
true)`.
"""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from eval.dataset import DataFile
from eval.deciders import Prediction
from eval.views import View, left_out
from handover_rules.errors import UsageError
from handover_rules.messages import encodable
from handover_rules.signals import Score, Unavailable

__all__ = ["predictions_table", "write_run"]


def predictions_table(
    files: Sequence[tuple[DataFile, Sequence[Prediction | None]]],
    view: View,
    detectors: Sequence[str],
) -> pa.Table:
    """One line for every decided message, in the order of the files and their rows.

    `left_out` says why the view leaves a message out (null: it counts). Every detector has a column
    `score_<name>` and a column `unavailable_<name>`, both null where it was not asked. `handover` is null
    where nobody knows.
    """
    lines = [
        (file.path, row, prediction)
        for file, predictions in files
        for row, prediction in zip(file.rows, predictions, strict=True)
        if prediction is not None
    ]
    columns: dict[str, pa.Array] = {
        "file": pa.array([file for file, _, _ in lines], pa.string()),
        "row_id": pa.array([row.id for _, row, _ in lines], pa.string()),
        "conversation_id": pa.array(
            [row.conversation_id and encodable(row.conversation_id) for _, row, _ in lines], pa.string()
        ),
        "language": pa.array([row.language for _, row, _ in lines], pa.string()),
        "category": pa.array([row.category for _, row, _ in lines], pa.string()),
        "label": pa.array([row.label for _, row, _ in lines], pa.int8()),
        "left_out": pa.array([left_out(row, view) for _, row, _ in lines], pa.string()),
        "outcome": pa.array([said.outcome for _, _, said in lines], pa.string()),
        "handover": pa.array([said.handover for _, _, said in lines], pa.bool_()),
        "rule": pa.array([said.rule for _, _, said in lines], pa.string()),
        "confidence": pa.array([said.confidence for _, _, said in lines], pa.float64()),
        "reason": pa.array([said.reason for _, _, said in lines], pa.string()),
    }
    for name in sorted(detectors):
        signals = [said.signals.get(name) for _, _, said in lines]
        scores = [signal.value if isinstance(signal, Score) else None for signal in signals]
        reasons = [signal.reason if isinstance(signal, Unavailable) else None for signal in signals]
        columns[f"score_{name}"] = pa.array(scores, pa.float64())
        columns[f"unavailable_{name}"] = pa.array(reasons, pa.string())
    return pa.table(columns)


def write_run(runs: Path, record: Mapping[str, object], predictions: pa.Table, started_at: datetime) -> Path:
    """Write `runs/<id>/` and return it; nobody sees it half written, and it is read-only from then on.

    `record` (JSON values) says what was run and found; `id` and `started_at` are added. The id is the start
    (UTC, to the millisecond) and eight hex digits of a SHA-256 over the content. Raises UsageError when the
    folder cannot be written, or when that run is there already.
    """
    started_at = started_at.astimezone(UTC)
    sink = pa.BufferOutputStream()
    pq.write_table(predictions, sink, compression="zstd")
    parquet = sink.getvalue().to_pybytes()
    digest = hashlib.sha256(json.dumps(record, sort_keys=True).encode() + parquet).hexdigest()
    run_id = f"{started_at:%Y%m%dT%H%M%S}{started_at.microsecond // 1000:03d}Z-{digest[:8]}"
    run = {"id": run_id, "started_at": started_at.isoformat(), **record}
    folder, unfinished = runs / run_id, runs / f".{run_id}.unfinished"
    try:
        runs.mkdir(parents=True, exist_ok=True)
        if folder.exists():
            raise UsageError(f"{folder} is there already, and a run is never overwritten")
        unfinished.mkdir()
        try:
            _write_read_only(unfinished / "run.json", (json.dumps(run, indent=2, ensure_ascii=False) + "\n").encode())
            _write_read_only(unfinished / "predictions.parquet", parquet)
            unfinished.rename(folder)
        except BaseException:
            shutil.rmtree(unfinished, ignore_errors=True)
            raise
    except OSError as error:
        raise UsageError(
            f"cannot write the run to {folder}: {error.strerror or error}; use --runs or --no-run"
        ) from error
    return folder


def _write_read_only(path: Path, content: bytes) -> None:
    path.write_bytes(content)
    path.chmod(0o444)
