"""*Runs*: two kept runs compared, with the words and figures of `handover compare`."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest
from typer.testing import CliRunner, Result

from handover_rules.cli import build_app
from tests.eval.compare.conftest import ROWS, RULES
from tests.eval.workbench.front_door import open_page


@pytest.fixture
def handover(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Result]:
    """Runs a command in a folder with messages and two rulesets."""
    for name, words, polite in (("old", "human", "thanks"), ("new", "person", "nobody")):
        text = RULES.replace("WORDS", words).replace("[thanks]", f"[{polite}]")
        (tmp_path / f"{name}.yaml").write_text(text, encoding="utf-8")
    (tmp_path / "ask.j2").write_text("Does the customer need a person?", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    _write(ROWS)
    st.cache_resource.clear()  # what was kept for another test's files of the same names

    def run(*arguments: object) -> Result:
        result = CliRunner().invoke(build_app(), list(map(str, arguments)))
        assert result.exit_code == 0, result.output
        return result

    return run


def _write(rows: list[dict[str, Any]], name: str = "rows.jsonl") -> None:
    Path(name).write_text("".join(f"{json.dumps(row)}\n" for row in rows), encoding="utf-8")


def _opened(before: int = 0) -> AppTest:
    """The latest run compared with one of the others, of which 0 is the latest."""
    shown = open_page("runs")
    assert not shown.exception
    box = next(box for box in shown.selectbox if box.label == "Compare it with")
    shown = box.select_index(before).run()
    assert not shown.exception
    return shown


def _page(shown: AppTest) -> str:
    boxes = (*shown.html, *shown.info, *shown.warning, *shown.error, *shown.success, *shown.caption)
    return "\n".join(box.value for box in boxes)


def test_figures_verdict_and_flips_are_those_of_the_command(
    handover: Callable[..., Result], downloads: dict[str, bytes]
) -> None:
    for rules in ("old", "new"):
        handover("eval", "rows.jsonl", "--ruleset", f"{rules}.yaml", "--offline")
    said = json.loads(handover("compare", "latest~1", "latest", "--json", "-").stdout)
    markdown = handover("compare", "latest~1", "latest", "--markdown", "-").stdout
    shown = _opened()
    page = _page(shown)
    # Every line that the terminal and Markdown have of the inputs, the messages and the differences.
    (file,) = said["compared"]
    for line in markdown.splitlines():
        if line.startswith("- "):
            assert line[2:].replace("&", "&amp;") in page
    for run, side in (("before", file["before"]), ("after", file["after"])):
        recall = side["recall"]
        assert f"<b>{recall['value']:.3f}</b>" in page
        assert f"{recall['low']:.3f} \N{EN DASH} {recall['high']:.3f}" in page
        assert said[run]["id"] in page
        assert said[run]["inputs"]["ruleset"] in page
    table = shown.dataframe[0].value
    assert set(zip(table["id"], table["before"], table["after"], strict=True)) == {
        (flip["id"], *(f"{s['outcome']} by {s['rule']}" if s["rule"] else s["outcome"] for s in (was, is_now)))
        for flip in said["flips"]
        for was, is_now in [(flip["before"], flip["after"])]
    }
    assert downloads[f"{said['before']['id']}-to-{said['after']['id']}.md"].decode() == markdown


def test_flips_are_filtered_by_whether_they_are_better_or_worse(handover: Callable[..., Result]) -> None:
    for rules in ("old", "new"):
        handover("eval", "rows.jsonl", "--ruleset", f"{rules}.yaml", "--offline")
    shown = _opened()
    (which,) = shown.button_group
    assert which.options == ["All 7", "2 worse", "2 better", "3 neither"]
    assert list(shown.dataframe[0].value["flip"])[:3] == [
        "worse: new false alarm",
        "worse: lost catch",
        "better: new catch",
    ]
    shown = which.set_value("2 worse").run()
    assert not shown.exception
    assert set(shown.dataframe[0].value["id"]) == {"lost", "alarm"}


def test_runs_that_answer_two_questions_are_told_first(handover: Callable[..., Result]) -> None:
    handover("eval", "rows.jsonl", "--ruleset", "old.yaml", "--offline", "--view", "explicit")
    handover("eval", "rows.jsonl", "--ruleset", "old.yaml", "--offline")
    shown = _opened()
    assert shown.warning[0].value.startswith("NOT ALIKE: before explicit view")
    assert any("every message has the same outcome" in box.value for box in shown.success)
    assert any(box.value.startswith("All other inputs are the same") for box in shown.caption)


def test_files_are_shown_together_and_one_by_one(handover: Callable[..., Result]) -> None:
    _write([{**row, "id": f"again {row['id']}"} for row in ROWS], "more.jsonl")
    for rules in ("old", "new"):
        handover("eval", "rows.jsonl", "more.jsonl", "--ruleset", f"{rules}.yaml", "--offline")
    page = _page(_opened())
    assert "16 messages decided by both" in page
    assert page.count("8 messages decided by both") == 2
    assert "<b>more.jsonl</b>" in page


def test_runs_that_cannot_be_compared_say_why(handover: Callable[..., Result]) -> None:
    handover("eval", "rows.jsonl", "--ruleset", "old.yaml", "--offline")
    _write(ROWS[:3])
    handover("eval", "rows.jsonl", "--ruleset", "old.yaml", "--offline")
    assert "no data file in common" in _opened().error[0].value
    damaged = sorted(Path("runs").iterdir())[0] / "run.json"
    damaged.chmod(0o644)
    damaged.write_text("{}", encoding="utf-8")
    assert "`report` is missing" in _opened().error[0].value


def test_texts_are_shown_while_the_data_file_is_as_it_was(handover: Callable[..., Result]) -> None:
    for rules in ("old", "new"):
        handover("eval", "rows.jsonl", "--ruleset", f"{rules}.yaml", "--offline")
    assert "a person please" in set(_opened().dataframe[0].value["message"])
    Path("rows.jsonl").unlink()
    shown = _opened()
    assert set(shown.dataframe[0].value["message"]) == {""}
    assert any("Runs keep no texts" in caption.value for caption in shown.caption)


def test_one_run_alone_has_nothing_to_be_compared_with(handover: Callable[..., Result]) -> None:
    handover("eval", "rows.jsonl", "--ruleset", "old.yaml", "--offline")
    assert [box.label for box in open_page("runs").selectbox] == ["Run"]
