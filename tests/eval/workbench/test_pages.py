"""The workbench, run as Streamlit runs it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest
from typer.testing import CliRunner

from handover_rules.cli import build_app

ROOT = Path(__file__).parents[3]


def _front_door() -> AppTest:
    return AppTest.from_file(str(ROOT / "app_streamlit.py"), default_timeout=60).run()


@pytest.fixture(autouse=True)
def _from_the_root(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)


def test_a_request_is_handed_over() -> None:
    shown = _front_door()
    assert not shown.exception
    assert shown.success[0].value.startswith("**A person takes over**")
    rules = shown.dataframe[0].value
    assert rules["fired"].any()
    assert rules["why"].str.contains(r"\.yaml:\d+").all()


def test_an_ordinary_message_stays_with_the_bot() -> None:
    shown = _front_door()
    shown.text_area[0].set_value("what time do you open tomorrow").run()
    assert not shown.exception
    assert shown.info[0].value.startswith("**The bot goes on**")


def test_a_broken_ruleset_is_shown_with_its_problems(tmp_path: Path) -> None:
    (tmp_path / "rules.yaml").write_text(
        "ruleset: broken\nrules:\n  - id: a\n    wehn: {phrase: help}\n", encoding="utf-8"
    )
    shown = _front_door()
    shown.text_input[0].set_value(str(tmp_path)).run()
    assert not shown.exception
    assert "did you mean `when`" in shown.code[0].value


def test_a_damaged_model_is_said(tmp_path: Path) -> None:
    (tmp_path / "model.json").write_text("{", encoding="utf-8")
    (tmp_path / "rules.yaml").write_text(
        "ruleset: damaged\n"
        "detectors:\n  local: {kind: linear, cost: 1, model: model.json}\n"
        "rules:\n  - id: a\n    when: {score: {of: local, at_least: 0.5}}\n    then: handover\n",
        encoding="utf-8",
    )
    shown = _front_door()
    shown.text_input[0].set_value(str(tmp_path)).run()
    assert not shown.exception
    assert "model.json is not JSON" in shown.error[0].value


def _runs_page() -> None:
    from eval.workbench.runs import page

    page()


def test_the_runs_page_shows_what_was_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    data = tmp_path / "data.jsonl"
    rows: list[dict[str, object]] = [
        {"id": "1", "text": "i want to speak to a human", "label": 1, "category": "explicit_request"},
        {"id": "2", "text": "what time do you open", "label": 0, "category": "none"},
        # Handed over, but in no figure: the table of rules must not count it either.
        {"id": "3", "text": "get me a real person", "label": 0, "category": "none", "ambiguous": True},
    ]
    data.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    runs = tmp_path / "runs"
    (tmp_path / "empty").mkdir()
    done = CliRunner().invoke(build_app(), ["eval", str(data), "--offline", "--runs", str(runs)])
    assert done.exit_code == 0, done.output
    monkeypatch.chdir(tmp_path / "empty")
    shown = AppTest.from_function(_runs_page, default_timeout=60).run()
    assert shown.info[0].value.startswith("No run yet")
    shown.text_input[0].set_value(str(runs)).run()
    assert not shown.exception
    assert list(shown.dataframe[0].value["recall"]) == ["1.000 [0.207, 1.000]"]
    assert list(shown.dataframe[1].value["messages"]) == [1]
