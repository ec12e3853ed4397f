"""A kept run as `run.json` describes it: what the evaluation was given, and the figures that it reported."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from eval.figures.metrics import Counts, Figures, Proportion
from eval.report import on_trial
from handover_rules.errors import DataError

__all__ = ["KeptRun", "RunFile", "read_run"]


@dataclass(frozen=True, slots=True)
class RunFile:
    """A data file of a run: its path as it was given, its SHA-256 (hex), and the figures of its messages."""

    path: str
    sha256: str
    figures: Figures


@dataclass(frozen=True, slots=True)
class KeptRun:
    """A run. `trial` is what was on trial, in words; `inputs` is what else it was given, by a name for people."""

    id: str
    ruleset: str
    view: str
    trial: str
    split: str | None
    inputs: Mapping[str, str]
    files: tuple[RunFile, ...]
    predictions: Path


def read_run(folder: Path) -> KeptRun:
    """Read a run's `run.json`. Raises DataError where it is damaged, or was written by a version that kept less."""
    path = folder / "run.json"
    try:
        record = json.loads(path.read_bytes())
    except OSError as error:
        raise DataError(f"{path}: cannot be read: {error.strerror or error}") from None
    except (ValueError, RecursionError) as error:
        raise DataError(f"{path}: this is not JSON: {error}") from None
    try:
        return _run(record, folder / "predictions.parquet")
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        missing = f"`{error.args[0]}` is missing" if isinstance(error, KeyError) else f"{error}"
        raise DataError(
            f"{path}: {missing}; another version of this program kept this run: make it again with `handover eval`"
        ) from None


def _run(record: Mapping[str, Any], predictions: Path) -> KeptRun:
    report, ruleset = record["report"], record["ruleset"]
    figures = {file["file"]: _figures(file["figures"]) for file in report["files"]}
    inputs = {
        "ruleset": f"{ruleset['name']} {ruleset['hash']}",
        "overrides of the environment": "allowed" if ruleset["environment"] else "ignored",
        "answers": str(record["mode"]),
        "time of messages without one": str(record["now"]),
        "program": str(record["program"]),
        **{f"detector {name}": str(mark) for name, mark in record["detectors"].items()},
        **{f"answers of {use['detector']}": _answers(use) for use in record["answers"]},
    }
    return KeptRun(
        id=str(record["id"]),
        ruleset=inputs["ruleset"],
        view=str(record["view"]),
        trial=on_trial(record["detector"], report["bound"]),
        split=record.get("split"),
        inputs=inputs,
        files=tuple(RunFile(str(file["path"]), str(file["sha256"]), figures[file["path"]]) for file in record["files"]),
        predictions=predictions,
    )


def _answers(use: Mapping[str, Any]) -> str:
    return f"{use['recorded']:,} recorded, {use['asked']:,} asked live, {use['missing']:,} missing"


def _figures(found: Mapping[str, Any]) -> Figures:
    counts = found["counts"]
    return Figures(
        Counts(*(int(counts[cell]) for cell in ("tp", "fp", "fn", "tn"))),
        *(_proportion(found[name]) for name in ("precision", "recall", "f1", "false_alarms")),
    )


def _proportion(found: Mapping[str, Any] | None) -> Proportion | None:
    if found is None:
        return None
    value, low, high = (float(found[name]) for name in ("value", "low", "high"))
    return Proportion(value, low, high, int(found["hits"]), int(found["n"]))
