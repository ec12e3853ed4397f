"""`handover eval` with a key: what it will cost comes first, what it did cost comes last, and a failing AI stops it."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from handover_rules.cli import build_app
from handover_rules.detectors.breaker import FAILURES
from tests.fake_openai import FakeOpenAI, Reply, answer, error

Eval = Callable[..., Result]
Price = Callable[[str], None]

# The AI is asked about all but one.
ROWS: list[dict[str, Any]] = [
    {"id": "p1", "text": "human please", "label": 1},
    *({"id": f"n{number}", "text": f"opening times {number}", "label": 0} for number in range(40)),
]
NOT_ASKED = "nothing was asked"


@pytest.fixture
def server() -> Iterator[FakeOpenAI]:
    with FakeOpenAI(judge=lambda text: answer(False, took=(100, 20))) as server:
        yield server


@pytest.fixture
def price(rules: Path) -> Price:
    """Gives the rules' AI further options."""

    def add(options: str) -> None:
        text = (rules / "shop.yaml").read_text(encoding="utf-8")
        (rules / "shop.yaml").write_text(re.sub(r"timeout_ms: \d+", f"timeout_ms: 60000, {options}", text))

    return add


@pytest.fixture
def run(
    rules: Path,
    price: Price,
    write_rows: Callable[..., Path],
    server: FakeOpenAI,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Eval:
    """Runs `handover eval` on the rows, with a key and the server as the AI; nobody is at a terminal."""
    price("max_retries: 0, prices: {input: 1, output: 2}")
    write_rows(ROWS)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.setenv("OPENAI_API_KEY", "key")
    monkeypatch.setenv("OPENAI_BASE_URL", server.base_url)
    return lambda *args: CliRunner().invoke(build_app(), ["eval", "rows.jsonl", *args])


def test_without_leave_nothing_is_asked(run: Eval, server: FakeOpenAI, tmp_path: Path) -> None:
    result = run()
    assert (result.exit_code, result.stdout, server.requests) == (2, "", [])
    assert result.stderr.startswith("ai (some-model): 40 questions not recorded: about ")
    assert NOT_ASKED in result.stderr
    assert not (tmp_path / "runs").exists()


def test_an_estimate_above_the_limit_stops_it_and_one_below_does_not(run: Eval, server: FakeOpenAI) -> None:
    dear = run("--max-cost", "0.001")
    assert (dear.exit_code, server.requests) == (2, [])
    assert NOT_ASKED in dear.stderr
    result = run("--max-cost", "1")
    assert result.exit_code == 0, result.output
    assert len(server.requests) == 40


def test_the_estimate_alone(run: Eval, server: FakeOpenAI, monkeypatch: pytest.MonkeyPatch) -> None:
    result = run("--estimate")
    assert result.exit_code == 0, result.output
    assert result.stdout.startswith("ai (some-model): 40 questions not recorded")
    monkeypatch.delenv("OPENAI_API_KEY")  # what it would cost can be known before there is a key
    told = json.loads(run("--estimate", "--json", "-").stdout)["estimate"]
    (one,) = told["detectors"]
    assert (one["questions"], one["answer_tokens"]) == (40, 40 * 200)
    assert told["money"] == one["money"] == pytest.approx((one["prompt_tokens"] + 2 * 8_000) / 1e6)
    assert server.requests == []


def test_what_is_recorded_needs_no_leave(run: Eval, server: FakeOpenAI) -> None:
    assert run("--yes").exit_code == 0
    again = run()
    assert again.exit_code == 0, again.output
    assert "not recorded" not in again.stderr
    assert "ai: 40 answered from the store, 0 asked" in again.stdout
    refreshed = run("--refresh")
    assert refreshed.exit_code == 2
    # By now it is known what an answer takes.
    assert "40 questions to ask, recorded or not" in refreshed.stderr
    assert "800 out (20 an answer, the mean of 40 earlier ones)" in refreshed.stderr
    assert len(server.requests) == 40


def test_all_outputs_say_what_it_cost(run: Eval, tmp_path: Path) -> None:
    result = run("--yes", "--json", "out.json", "--markdown", "out.md")
    assert result.exit_code == 0, result.output
    line = (
        "ai: 0 answered from the store, 40 asked (40 requests, 4,000 tokens in, 800 out; 0.0056 in the currency of its "
        "prices)"
    )
    assert line in " ".join(result.stdout.split())
    assert f"- {line}\n" in (tmp_path / "out.md").read_text(encoding="utf-8")
    (kept,) = (tmp_path / "runs").glob("*/run.json")
    for file in (kept, tmp_path / "out.json"):
        (use,) = json.loads(file.read_text(encoding="utf-8"))["answers"]
        assert use.pop("money") == pytest.approx(0.0056)
        assert use == {
            "detector": "ai",
            "recorded": 0,
            "asked": 40,
            "missing": 0,
            "stale": 0,
            "unavailable": {},
            "requests": 40,
            "retries": 0,
            "prompt_tokens": 4_000,
            "completion_tokens": 800,
        }


def test_without_leave_to_ask_there_is_nothing_to_tell(run: Eval) -> None:
    result = run("--offline", "--no-run")
    assert result.exit_code == 0, result.output
    assert "answered from the store" not in result.stdout


@pytest.mark.parametrize(
    ("reply", "told"),
    [
        (error(503), "failed several times in a row, at last with `server_error`: The provider failed"),
        (error(429), "at last with `rate_limited`"),
        (error(401), "`unauthorised`: The provider does not accept the key"),
    ],
)
def test_an_ai_that_fails_stops_it_and_the_same_command_goes_on(
    run: Eval, price: Price, server: FakeOpenAI, tmp_path: Path, reply: Reply, told: str
) -> None:
    answered = 12
    server.otherwise = lambda received: answer(False, took=(100, 20)) if len(server.received) <= answered else reply
    price("max_concurrency: 1")
    stopped = run("--yes")
    assert stopped.exit_code == 4, stopped.output
    assert stopped.stdout == ""
    assert told in stopped.stderr
    assert "detector ai was stopped" in stopped.stderr
    assert "1,200 tokens in, 240 out; 0.0017 in the currency" in stopped.stderr
    assert "opening" not in stopped.stderr  # nothing of a message
    assert len(server.requests) <= answered + 63 + FAILURES
    assert not (tmp_path / "runs").exists()
    assert "28 questions not recorded" in run("--estimate").stdout
    server.otherwise = lambda received: answer(False)
    result = run("--yes")
    assert result.exit_code == 0, result.output
    assert "ai: 12 answered from the store, 28 asked" in result.stdout


def test_a_spent_budget_stops_it(run: Eval, price: Price, server: FakeOpenAI) -> None:
    price("daily_budget: 0.003")
    stopped = run("--yes")
    assert stopped.exit_code == 4
    assert "`over_budget`: The day's `daily_budget` is spent" in stopped.stderr
    assert 0 < len(server.requests) < 40


@pytest.mark.parametrize("option", ["--offline", "--require-answers"])
def test_an_estimate_is_of_asking(run: Eval, option: str) -> None:
    result = run("--estimate", option)
    assert result.exit_code == 2
    assert "leave out --offline and --require-answers" in result.stderr


def test_json_and_markdown_are_two_files(run: Eval) -> None:
    result = run("--offline", "--json", "-", "--markdown", "-")
    assert result.exit_code == 2
    assert "would both write to standard output" in result.stderr
