from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.testing import CliRunner, Result

from eval.ledger.command import register
from handover_rules.errors import DataError, RulesetError, UsageError
from tests.eval.ledger.conftest import ROWS

Run = Callable[..., Result]


@pytest.fixture
def run(shop: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Runs `handover ledger` with its defaults inside a fresh folder that has the rules."""
    monkeypatch.chdir(tmp_path)
    app = typer.Typer()
    app.callback()(lambda: None)
    register(app)
    return lambda *args: CliRunner().invoke(app, ["ledger", *map(str, args)])


@pytest.fixture
def rows(write_rows: Callable[..., Path]) -> Path:
    return write_rows(ROWS)


def json_of(result: Result) -> Any:
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


def test_the_ledger_is_shown(run: Run, rows: Path) -> None:
    result = run("--data", rows)
    assert result.exit_code == 0, result.output
    lines = [" ".join(line.split()) for line in result.stdout.splitlines()]
    assert "12 messages decided; 6 count as positive, 4 as negative" in lines
    assert any(line.startswith("detector ai gave no answer to 3 of 3 messages: ") for line in lines)
    assert any(line.startswith("asked 6 6 3 1 0.750 0.301 to 0.954 ") for line in lines)
    assert "asked 5 2 0.333 0.097 to 0.700 1 0 0 5" in lines
    assert "angry 1 asked (1) 2 chat (2)" in lines
    assert "1 1 3 1 shop.yaml:14 <person> please" in lines
    assert "1 1 2 shop.yaml:22 terrible joke" in lines
    assert lines[-1] == "never fired on these messages: 1 of 6 rules, 0 of 9 phrases, 3 of 8 list entries"


def test_nothing_is_wider_than_a_terminal(run: Run, rows: Path, shop: Path) -> None:
    path = shop / "shop.yaml"
    long = " ".join(["(human|agent|clerk) please"] * 10)
    path.write_text(path.read_text(encoding="utf-8").replace("someone real", long), encoding="utf-8")
    for option in ((), ("--rule", "asked")):
        result = run("--data", rows, *option)
        assert result.exit_code == 0
        assert max(map(len, result.stdout.splitlines())) <= 100


def test_one_rule_is_shown_with_all_its_phrases(run: Run, rows: Path) -> None:
    result = run("--data", rows, "--rule", "asked")
    assert result.exit_code == 0, result.output
    lines = [" ".join(line.split()) for line in result.stdout.splitlines()]
    assert "asked (handover, priority 90) at rules/shop.yaml:10:9" in lines
    assert "right 3, wrong 1: precision 0.750 (0.301 to 0.954, n = 4)" in lines
    assert "alone it catches 2 positives: recall lost 0.333 (0.097 to 0.700, n = 6)" in lines
    assert any(re.fullmatch(r"16 1 1 1 0 0 0 0 \d+\.\d someone real", line) for line in lines)
    assert "0 1 1 shop.yaml:18 just kidding" in lines
    assert not any("greeting" in line for line in lines)
    found = json_of(run("--data", rows, "--rule", "asked", "--json", "-"))
    assert [line["rule"] for line in found["rules"]] == ["asked"]
    assert len(found["phrases"]) == 4


def test_dead_things_are_listed_with_their_places(run: Run, rows: Path) -> None:
    result = run("--data", rows, "--dead")
    assert result.exit_code == 0, result.output
    assert [line for line in result.stdout.splitlines() if line.startswith("rules/")] == [
        "rules/shop.yaml:5:20  <goods>: box",
        "rules/shop.yaml:6:15  <forgotten>, which no rule uses: robot",
        "rules/shop.yaml:6:22  <forgotten>, which no rule uses: human",
        "rules/shop.yaml:28:9  rule ai",
    ]
    found = json_of(run("--data", rows, "--dead", "--json", "-"))
    assert [line["rule"] for line in found["rules"]] == ["ai"]
    assert [line["place"]["line"] for line in found["entries"]] == [5, 6, 6]


def test_the_dead_can_be_deleted(run: Run, rows: Path, shop: Path) -> None:
    before = json_of(run("--data", rows, "--json", "-", "--no-times"))
    path = shop / "shop.yaml"
    text = path.read_text(encoding="utf-8").replace(", box]", "]").replace("  forgotten: [robot, human]\n", "")
    path.write_text(text, encoding="utf-8")
    after = json_of(run("--data", rows, "--json", "-", "--no-times"))
    assert [line["account"] for line in after["rules"]] == [line["account"] for line in before["rules"]]


def test_json_has_everything_and_is_the_same_in_every_run(run: Run, rows: Path, tmp_path: Path) -> None:
    first, second = (run("--data", rows, "--no-times", "--json", "-") for _ in range(2))
    assert first.stdout == second.stdout
    found = json_of(first)
    assert (len(found["rules"]), len(found["phrases"]), len(found["entries"])) == (6, 9, 8)
    assert {line["microseconds"] for line in found["rules"]} == {None}
    result = run("--data", rows, "--no-times", "--json", "ledger.json")
    assert json.loads((tmp_path / "ledger.json").read_text(encoding="utf-8")) == found
    assert "never fired" in result.stdout


def test_several_files_may_follow_one_option(run: Run, write_rows: Callable[..., Path]) -> None:
    one, two = write_rows(ROWS[:5], "one.jsonl"), write_rows(ROWS[5:], "two.jsonl")
    written_out = json_of(run("--data", one, two, "--no-times", "--json", "-"))
    repeated = json_of(run("--data", one, "--data", two, "--no-times", "--json", "-"))
    assert written_out == repeated
    assert [file["rows"] for file in written_out["files"]] == [5, 7]


def test_traffic_without_labels_has_counts_and_no_proportions(run: Run, write_rows: Callable[..., Path]) -> None:
    rows = write_rows([{"id": "a", "text": "agent please"}])
    found = json_of(run("--data", rows, "--json", "-"))
    account = found["rules"][0]["account"]
    assert (account["fired"], account["other_outcome"], account["precision"], account["recall_lost"]) == (
        1,
        1,
        None,
        None,
    )
    assert run("--data", rows).exit_code == 0
    assert run("--data", rows, "--rule", "asked").exit_code == 0


@pytest.mark.parametrize(
    ("args", "error", "expected"),
    [
        (["--rule", "askd"], UsageError, "did you mean `asked`"),
        (["--rule", "asked", "--dead"], UsageError, "exclude each other"),
        (["--json", "rows.jsonl/ledger.json"], UsageError, "cannot be written"),
        (["--ruleset", "nowhere"], RulesetError, "nowhere"),
        (["--data", "nowhere.jsonl"], DataError, "nowhere.jsonl"),
    ],
)
def test_wrong_usage_is_said(run: Run, rows: Path, args: list[str], error: type[Exception], expected: str) -> None:
    result = run("--data", rows, "--no-times", *args)
    assert isinstance(result.exception, error)
    assert expected in str(result.exception)
    assert result.stdout == ""


def test_the_module_of_the_command_is_light() -> None:
    heavy = "{'pandas', 'pyarrow', 'statsmodels', 'scipy', 'openai', 'sklearn', 'duckdb'}"
    code = f"import sys, eval.ledger.command; assert not {heavy} & set(sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True, cwd=Path(__file__).parents[3])
