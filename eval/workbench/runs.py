"""*Runs*: the evaluations that were kept, one by one, and two of them compared."""

from __future__ import annotations

import json
from contextlib import suppress
from datetime import datetime
from pathlib import Path

import duckdb
import pandas as pd
import streamlit as st

from eval.workbench.run_comparison import draw_run_comparison

__all__ = ["page"]

_COUNTED = ("messages", "a person was needed")


def page() -> None:
    """Draw the page."""
    st.title("Runs")
    folder = Path(st.text_input("Folder of runs", "runs"))
    runs = sorted((path.parent for path in folder.glob("*/run.json")), reverse=True)
    if not runs:
        st.info("No run yet. Make one with `handover eval datasets/messages/en.jsonl --offline`.")
        return
    run, before = _chosen(runs)
    if before is not None:
        draw_run_comparison(before, run)
        return
    record = json.loads((run / "run.json").read_text(encoding="utf-8"))
    grouped = {name: st.column_config.NumberColumn(format="%,d") for name in _COUNTED}
    st.dataframe(_figures(record), hide_index=True, width="stretch", column_config=grouped)
    st.subheader("What the rules did")
    st.dataframe(_rules(run / "predictions.parquet"), hide_index=True, width="stretch", column_config=grouped)


def _chosen(runs: list[Path]) -> tuple[Path, Path | None]:
    """The run that is chosen here, and the one to compare it with, if any."""
    if len(runs) == 1:
        return st.selectbox("Run", runs, format_func=_named), None
    left, right = st.columns(2)
    run = left.selectbox("Run", runs, format_func=_named)
    before = right.selectbox(
        "Compare it with",
        [other for other in runs if other != run],
        index=None,
        placeholder="Choose a run to see what differs",
        format_func=_named,
        help="The run on the right is before, the one on the left is after.",
    )
    return run, before


def _named(run: Path) -> str:
    return _dated(run.name)


def _dated(name: str) -> str:
    """A run's id with the time that it begins with, readable; a folder that somebody named stays as it is."""
    with suppress(ValueError):
        return f"{datetime.strptime(name.split('-')[0], '%Y%m%dT%H%M%S%fZ'):%d %B %Y, %H:%M} UTC · {name}"
    return name


def _figures(record: dict[str, object]) -> pd.DataFrame:
    """One row a file: the figures of the report as they were recorded."""
    report = record["report"]
    assert isinstance(report, dict)
    rows = []
    for file in report["files"]:
        row = {"file": Path(file["file"]).name, "view": report["view"], "messages": file["counted"]}
        for name in ("precision", "recall", "f1"):
            figure = file["figures"][name]
            row[name] = None if figure is None else f"{figure['value']:.3f} [{figure['low']:.3f}, {figure['high']:.3f}]"
        rows.append(row)
    return pd.DataFrame(rows)


def _rules(predictions: Path) -> pd.DataFrame:
    """How often each rule decided, and how often that was right: of the messages that the figures count."""
    query = """
        SELECT rule, count(*) AS messages, count(*) FILTER (label = 1) AS "a person was needed"
        FROM read_parquet(?) WHERE handover AND left_out IS NULL GROUP BY rule ORDER BY messages DESC
    """
    return duckdb.execute(query, [str(predictions)]).df()
