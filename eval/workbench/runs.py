"""*Runs*: the evaluations that were kept, and the messages that one of them got wrong."""

from __future__ import annotations

import json
from contextlib import suppress
from datetime import datetime
from pathlib import Path

import duckdb
import pandas as pd
import streamlit as st

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
    run = st.selectbox("Run", runs, format_func=lambda path: _dated(path.name))
    record = json.loads((run / "run.json").read_text(encoding="utf-8"))
    grouped = {name: st.column_config.NumberColumn(format="%,d") for name in _COUNTED}
    st.dataframe(_figures(record), hide_index=True, width="stretch", column_config=grouped)
    st.subheader("What the rules did")
    st.dataframe(_rules(run / "predictions.parquet"), hide_index=True, width="stretch", column_config=grouped)


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
