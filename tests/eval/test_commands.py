from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.testing import CliRunner, Result

from eval.commands import register
from handover_rules.detectors import Answer, AnswerStore, Query
from handover_rules.detectors.openai_request import openai_fingerprint
from handover_rules.rulefile import load_ruleset
from handover_rules.ruleset import OpenAISpec
from handover_rules.signals import Score
from tests.fake_openai import FakeOpenAI, answer

ROWS: list[dict[str, Any]] = [
    {"id": "p1", "text": "human please", "label": 1, "category": "explicit_request", "language": "en"},
    {"id": "p2", "text": "nobody helps me", "label": 1, "category": "complaint", "language": "en"},
    {"id": "n1", "text": "opening times?", "label": 0, "category": "none", "language": "en"},
    {"id": "n2", "text": "not sure", "label": 0, "category": "none", "language": "en", "ambiguous": True},
]

Eval = Callable[..., Result]


@pytest.fixture
def run(rules: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Eval:
    """Runs `handover eval` with its defaults inside a fresh folder, without a key."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    app = typer.Typer()
    app.callback()(lambda: None)
    register(app)
    return lambda *args: CliRunner().invoke(app, ["eval", *map(str, args)])


@pytest.fixture
def rows(write_rows: Callable[..., Path]) -> Path:
    return write_rows(ROWS)


@pytest.fixture
def record(rules: Path, tmp_path: Path) -> Callable[..., None]:
    """Records answers of the rules' AI: a score for each message."""

    def append(**scores: float) -> None:
        spec = load_ruleset(rules).detectors["ai"]
        assert isinstance(spec, OpenAISpec)
        texts = {row["id"]: (row["text"], row["language"]) for row in ROWS}
        AnswerStore(tmp_path / "var" / "answers.jsonl").append(
            Answer(Query(*texts[name]).key(), "ai", openai_fingerprint(spec, None), Score(score))
            for name, score in scores.items()
        )

    return append


def report_of(result: Result) -> Any:
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)["report"]["files"][0]


def test_a_report_is_printed_and_the_run_is_kept(run: Eval, rows: Path, tmp_path: Path) -> None:
    result = run(rows)
    assert result.exit_code == 0, result.output
    assert "handed over: 1 rightly, 0 wrongly; not: 1 rightly, 1 missed" in result.stdout
    assert result.stderr.count("OPENAI_API_KEY is not set") == 1
    (folder,) = (tmp_path / "runs").iterdir()
    assert f"run kept in runs/{folder.name}" in result.stderr
    kept = json.loads((folder / "run.json").read_text(encoding="utf-8"))
    assert kept["id"] == folder.name
    assert kept["files"][0]["rows"] == 4
    assert (kept["mode"], kept["view"], kept["detector"]) == ("record", "strict", None)


def test_the_run_is_kept_where_the_report_cannot_be_written(run: Eval, rows: Path, tmp_path: Path) -> None:
    result = run(rows, "--json", "rows.jsonl/report.json")
    assert result.exit_code == 2
    assert "--json rows.jsonl/report.json: cannot be written" in result.stderr
    assert len(list((tmp_path / "runs").iterdir())) == 1


def test_the_same_inputs_give_the_same_report_and_predictions(run: Eval, rows: Path, tmp_path: Path) -> None:
    for runs in ("first", "second"):
        assert run(rows, "--offline", "--runs", runs).exit_code == 0
    (first,), (second,) = (tmp_path / "first").iterdir(), (tmp_path / "second").iterdir()
    assert (first / "predictions.parquet").read_bytes() == (second / "predictions.parquet").read_bytes()
    reports = [json.loads((folder / "run.json").read_text(encoding="utf-8"))["report"] for folder in (first, second)]
    assert reports[0] == reports[1]


def test_json_on_standard_output_is_all_that_is_there(run: Eval, rows: Path, tmp_path: Path) -> None:
    found = report_of(run(rows, "--json", "-", "--no-run"))
    assert found["figures"]["counts"] == {"tp": 1, "fp": 0, "fn": 1, "tn": 1}
    assert found["left_out"] == {"ambiguous": 1}
    assert not (tmp_path / "runs").exists()
    assert run(rows, "--json", "out.json", "--no-run").exit_code == 0
    assert json.loads((tmp_path / "out.json").read_text(encoding="utf-8"))["report"]["files"] == [found]


@pytest.mark.parametrize(("view", "positives", "counted"), [("explicit", 1, 2), ("strict", 2, 3), ("broad", 2, 4)])
def test_views(run: Eval, rows: Path, view: str, positives: int, counted: int) -> None:
    found = report_of(run(rows, "--json", "-", "--no-run", "--view", view))
    assert (found["positives"], found["counted"]) == (positives, counted)


def test_data_without_a_label_is_no_success(run: Eval, write_rows: Callable[..., Path]) -> None:
    result = run(write_rows([{"id": "a", "text": "hello"}]), "--no-run")
    assert result.exit_code == 2
    assert "rows need a `label`" in result.stderr


def test_files_are_never_pooled(run: Eval, rows: Path, write_rows: Callable[..., Path]) -> None:
    other = write_rows(ROWS[:1], "other.jsonl")
    result = run(rows, other, "--json", "-", "--no-run")
    files = json.loads(result.stdout)["report"]["files"]
    assert [(file["file"], file["rows"]) for file in files] == [(str(rows), 4), (str(other), 1)]


def test_recorded_answers_replay_without_a_key(run: Eval, rows: Path, record: Callable[..., None]) -> None:
    record(p2=0.9, n1=0.7, n2=0.1)
    found = report_of(run(rows, "--require-answers", "--json", "-", "--no-run"))
    assert found["figures"]["counts"] == {"tp": 2, "fp": 1, "fn": 0, "tn": 0}
    # "human please" was decided by its words: the AI did not see it.
    assert found["detectors"][0]["asked"] == 3


def test_a_missing_answer_stops_only_where_answers_are_required(
    run: Eval, rows: Path, record: Callable[..., None], tmp_path: Path
) -> None:
    record(p2=0.9)
    stopped = run(rows, "--require-answers")
    assert stopped.exit_code == 3
    assert "no answer of detector ai" in stopped.stderr
    assert not (tmp_path / "runs").exists()
    result = run(rows, "--offline", "--json", "-", "--no-run")
    assert report_of(result)["detectors"][0]["unavailable"] == {"not_recorded": 2}
    assert json.loads(result.stdout)["answers"][0]["missing"] == 2


def test_with_a_key_what_is_not_recorded_is_asked_once(
    run: Eval, rows: Path, record: Callable[..., None], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    record(p2=0.9)
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.setenv("OPENAI_API_KEY", "key")
    with FakeOpenAI(judge=lambda text: answer(False)) as server:
        monkeypatch.setenv("OPENAI_BASE_URL", server.base_url)
        counts = []
        for options in ([], [], ["--refresh"]):
            result = run(rows, "--yes", "--no-run", "--json", "-", *options)
            assert report_of(result)["detectors"][0]["answered"] == 3
            counts.append(len(server.requests))
    # Answers of another address are other answers: the recorded one is stale.
    assert json.loads(result.stdout)["answers"][0]["stale"] == 1
    assert counts == [3, 3, 6]


def test_a_detector_alone(run: Eval, rows: Path, record: Callable[..., None]) -> None:
    record(p1=0.2, p2=0.7)
    found = report_of(run(rows, "--offline", "--detector", "ai", "--json", "-", "--no-run"))
    assert found["figures"]["counts"] == {"tp": 1, "fp": 0, "fn": 1, "tn": 0}
    assert (found["no_answer"], found["counted"]) == (1, 2)


def test_patterns_alone_need_no_answers(run: Eval, rows: Path) -> None:
    result = run(rows, "--detector", "patterns", "--require-answers", "--json", "-", "--no-run")
    assert report_of(result)["figures"]["counts"]["tp"] == 1
    assert result.stderr == ""


def test_the_environment_overrides_rules_only_when_told(
    run: Eval, rules: Path, rows: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = (rules / "shop.yaml").read_text(encoding="utf-8")
    text = text.replace("ai: {value: 0.70}", "ai: {value: 0.70, env: AI_INTENT_CONFIDENCE_THRESHOLD}")
    (rules / "shop.yaml").write_text(text, encoding="utf-8")
    monkeypatch.setenv("AI_INTENT_CONFIDENCE_THRESHOLD", "0.4")
    options = (rows, "--detector", "ai", "--offline", "--no-run", "--json", "-")
    bounds = [json.loads(run(*options, *env).stdout)["report"]["bound"] for env in ((), ("--env",))]
    assert bounds == [0.7, 0.4]


@pytest.mark.parametrize(
    ("args", "expected"),
    [
        (["--offline", "--refresh"], "exclude each other"),
        (["--detector", "nobody"], "choose one of: patterns, ai"),
        (["--now", "noon"], "expected a time with its offset"),
        (["--now", "2026-01-05T12:00:00"], "expected a time with its offset"),
        (["--ruleset", "nowhere"], "nowhere"),
        (["--view", "narrow"], "narrow"),
        (["--json", "rows.jsonl/report.json"], "cannot be written"),
    ],
)
def test_wrong_usage_is_said_in_one_message(run: Eval, rows: Path, args: list[str], expected: str) -> None:
    result = run(rows, *args)
    assert result.exit_code == 2
    assert expected in result.stderr
    assert "Traceback" not in result.output
    assert result.stdout == ""


def test_bad_rows_and_bad_rules_are_listed(run: Eval, rules: Path, write_rows: Callable[..., Path]) -> None:
    bad = write_rows([*ROWS, {"id": "x"}, {"text": "y"}], "bad.jsonl")
    result = run(bad)
    assert (result.exit_code, result.stdout) == (2, "")
    assert f"{bad}:5: " in result.stderr
    assert f"{bad}:6: " in result.stderr
    (rules / "shop.yaml").write_text("ruleset: shop\nrules:\n  - {id: a, whem: {}}\n", encoding="utf-8")
    result = run(bad)
    assert result.exit_code == 2
    assert "shop.yaml:3:" in result.stderr


def test_the_module_of_the_command_is_light() -> None:
    heavy = "{'pandas', 'pyarrow', 'statsmodels', 'scipy', 'openai', 'sklearn', 'duckdb'}"
    code = f"import sys, eval.commands; assert not {heavy} & set(sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True, cwd=Path(__file__).parents[2])
