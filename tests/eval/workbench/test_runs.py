"""*Runs*: the evaluations that were kept."""

from __future__ import annotations

import json
import re
from pathlib import Path

from typer.testing import CliRunner

from handover_rules.cli import build_app
from tests.eval.workbench.front_door import open_page


def test_what_was_kept_is_shown(folder: Path) -> None:
    data = folder / "data.jsonl"
    rows: list[dict[str, object]] = [
        {"id": "1", "text": "i want to speak to a human", "label": 1, "category": "explicit_request"},
        {"id": "2", "text": "what time do you open", "label": 0, "category": "none"},
        # Handed over, but in no figure: the table of rules must not count it either.
        {"id": "3", "text": "get me a human person", "label": 0, "category": "none", "ambiguous": True},
    ]
    data.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    done = CliRunner().invoke(build_app(), ["eval", str(data), "--offline", "--runs", "kept"])
    assert done.exit_code == 0, done.output
    shown = open_page("runs")
    assert shown.info[0].value.startswith("No run yet")
    next(field for field in shown.text_input if field.label == "Folder of runs").set_value("kept").run()
    assert not shown.exception
    # The time in words stands beside the id, which begins with it.
    assert re.fullmatch(r"\d\d \w+ 20\d\d, \d\d:\d\d UTC · 20\d{6}T\d{9}Z-\w+", shown.selectbox[-1].options[0])
    assert list(shown.dataframe[0].value["recall"]) == ["1.000 [0.207, 1.000]"]
    assert list(shown.dataframe[1].value["messages"]) == [1]


def test_a_run_that_somebody_renamed_keeps_its_name(folder: Path) -> None:
    data = folder / "data.jsonl"
    data.write_text(json.dumps({"id": "1", "text": "get me a human", "label": 1}) + "\n", encoding="utf-8")
    done = CliRunner().invoke(build_app(), ["eval", str(data), "--offline", "--runs", "runs"])
    assert done.exit_code == 0, done.output
    (kept,) = (folder / "runs").iterdir()
    kept.rename(folder / "runs" / "before-the-change")
    shown = open_page("runs")
    assert not shown.exception
    assert shown.selectbox[-1].options == ["before-the-change"]
