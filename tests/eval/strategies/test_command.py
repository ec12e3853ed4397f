"""`handover strategies`: the same messages with the AI asked in other orders, and with the AI down."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from handover_rules.cli import build_app
from handover_rules.detectors import Answer, AnswerStore, Query, openai_fingerprint
from handover_rules.errors import RulesetError, UsageError
from handover_rules.rulefile import load_ruleset
from handover_rules.signals import Score
from tests.fake_openai import FakeOpenAI, answer, error

Run = Callable[..., Result]

SHOP = """\
ruleset: shop
thresholds: {ai: 0.7}
detectors: {ai: {kind: openai, cost: 100, model: some-model, prompt: ask.j2}}
rules:
  - {id: phrase, priority: 90, when: {phrase: human please}, then: handover}
"""
IN_BETWEEN = """\
rules:
  - {id: ai, priority: 60, when: {score: {of: ai, at_least: $ai}}, then: handover}
"""
AI_FIRST = """\
rules:
  - {id: ai, priority: 99, when: {score: {of: ai, at_least: $ai}}, then: handover}
  - {id: not-ai, priority: 98, when: {not: {score: {of: ai, at_least: $ai}}}, then: stay}
"""

# 40 ask in words that only the AI knows, 40 by the phrase, 120 ask for nobody.
ROWS = [
    {"id": str(number), "label": int(number < 80), "text": f"{words} {number}", "language": "en"}
    for number in range(200)
    for words in ["let me see your boss" if number < 40 else "human please" if number < 80 else "the blue one"]
]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """The command in a folder with rules, two strategies, messages, and what the AI said of each: all is right."""
    (tmp_path / "rules" / "strategies").mkdir(parents=True)
    for name, text in (
        ("shop.yaml", SHOP),
        ("detectors.yaml", IN_BETWEEN),
        ("ask.j2", "Does the customer need a person?"),
        ("strategies/ai-first.yaml", AI_FIRST),
        ("strategies/patterns-only.yaml", "rules: []\n"),
    ):
        (tmp_path / "rules" / name).write_text(text, encoding="utf-8")
    (tmp_path / "datasets").mkdir()
    lines = "\n".join(json.dumps(row) for row in ROWS)
    (tmp_path / "datasets" / "rows.jsonl").write_text(lines, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    spec = load_ruleset("rules").detectors["ai"]
    assert spec.kind == "openai"
    AnswerStore("var/answers.jsonl").append(
        Answer(Query(str(row["text"]), "en").key(), "ai", openai_fingerprint(spec), Score(0.9 if row["label"] else 0.0))
        for row in ROWS
    )
    return lambda *arguments: CliRunner().invoke(build_app(), ["strategies", *arguments])


def test_quality_calls_and_cost_of_each_order(run: Run) -> None:
    done = run("--offline", "--json", "-", "--call-cost", "0.01", "--call-ms", "500")
    assert done.exit_code == 0, done.output
    lines = {(line["strategy"], line["down"]): line for line in json.loads(done.stdout)["lines"]}
    assert list(lines) == [
        *(("default", share) for share in (0.0, 0.1, 1.0)),
        *(("ai-first", share) for share in (0.0, 0.1, 1.0)),
        ("patterns-only", None),
    ]

    def recall(*key: object) -> float:
        return float(lines[key]["figures"]["recall"]["value"])  # type: ignore[index]

    # With the AI, all is found; without it, what the phrase finds. Some calls lie in between.
    assert recall("default", 0.0) == recall("ai-first", 0.0) == 1
    assert recall("default", 1.0) == recall("ai-first", 1.0) == recall("patterns-only", None) == 0.5
    assert 0.5 < recall("default", 0.1) < 1
    # The same calls fail under both.
    assert recall("default", 0.1) == recall("ai-first", 0.1)
    # Phrases save the calls of what they decide.
    assert lines["default", 0.0]["calls"] == 800
    assert lines["ai-first", 0.0]["calls"] == 1000
    assert lines["patterns-only", None]["calls"] == 0
    assert lines["default", 0.0]["cost_of_1000"] == pytest.approx(8)
    assert lines["default", 1.0]["cost_of_1000"] == 0
    assert lines["default", 0.0]["latency_ms"] == pytest.approx(400, abs=20)
    assert all(line["unanswered"] == 0 for line in lines.values())


def test_the_terminal_and_markdown_say_the_same(run: Run) -> None:
    shown = run("--offline", "--call-cost", "0.01", "--markdown", "table.md")
    assert shown.exit_code == 0, shown.output
    rows = [line.split() for line in shown.stdout.splitlines()]
    assert ["ai-first", "0", "%", "1.000", "1.000"] in [row[:5] for row in rows]
    assert any(row[:2] == ["patterns-only", "-"] for row in rows)
    assert "| ai-first | 0 % | 1.000 | 1.000 |" in Path("table.md").read_text()
    assert "cost: of 1,000 messages, where an answered call costs 0.01" in shown.stdout


def test_answers_that_are_not_recorded_are_said_or_required(run: Run) -> None:
    Path("var/answers.jsonl").unlink()
    shown = run("--offline")
    assert "up to 1,000 calls for 1,000 messages are not recorded" in shown.stdout
    missing = run("--require-answers")
    assert missing.exit_code == 3
    assert "no answer of detector ai" in missing.stderr


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        (("--down", "half"), "--down is 'half'; expected percentages from 0 to 100"),
        (("--down", "0,101"), "expected percentages from 0 to 100"),
        (("--strategies", "datasets"), r"no \*\.yaml file in this folder"),
        (("--ruleset", "rules/shop.yaml"), "is not there: a strategy is a file that stands in its place"),
        (("--offline", "--require-answers"), "--offline and --require-answers exclude each other"),
        (("--offline", "--estimate"), "leave out --offline and --require-answers"),
        (("--json", "-", "--markdown", "-"), "would both write to standard output"),
    ],
)
def test_what_was_wrong_is_said(run: Run, arguments: tuple[str, ...], problem: str) -> None:
    done = run(*arguments)
    assert isinstance(done.exception, UsageError)
    with pytest.raises(UsageError, match=problem):
        raise done.exception


def test_a_strategy_with_an_error_is_shown_like_any_rule_file(run: Run) -> None:
    Path("rules/strategies/broken.yaml").write_text("rules:\n  - {id: a, when: {phrase: b}, then: hand}\n")
    done = run("--offline")
    assert isinstance(done.exception, RulesetError)
    (problem,) = done.exception.problems
    assert (problem.code, problem.place.file, problem.place.line) == ("E107", "rules/detectors.yaml", 2)


@pytest.fixture
def server(run: Run, monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeOpenAI]:
    """The AI, for which there is a key, and of which nothing is recorded."""
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.setenv("OPENAI_API_KEY", "key")
    with FakeOpenAI(judge=lambda text: answer("boss" in text, took=(100, 20))) as server:
        monkeypatch.setenv("OPENAI_BASE_URL", server.base_url)
        yield server


def test_what_all_strategies_ask_together_is_estimated_and_needs_leave(run: Run, server: FakeOpenAI) -> None:
    estimate = run("--estimate")
    assert estimate.exit_code == 0, estimate.output
    # The default asks about 160 of these as well, and an answer serves both.
    assert estimate.stdout.startswith("ai (some-model): 200 questions not recorded")
    assert json.loads(run("--estimate", "--json", "-").stdout)["estimate"]["detectors"][0]["questions"] == 200
    # Of those for which the AI is made to be down, nobody is asked.
    (down,) = json.loads(run("--estimate", "--json", "-", "--down", "50,100").stdout)["estimate"]["detectors"]
    assert 60 < down["questions"] < 140
    refused = run()
    assert isinstance(refused.exception, UsageError)
    assert "Give --yes, or --max-cost AMOUNT" in str(refused.exception)
    assert server.requests == []


def test_what_the_ai_cost_is_the_same_wherever_it_is_told(run: Run, server: FakeOpenAI) -> None:
    done = run("--yes", "--down", "0,100", "--json", "out.json", "--markdown", "out.md")
    assert done.exit_code == 0, done.output
    assert len(server.requests) == 200
    (use,) = json.loads(Path("out.json").read_text())["answers"]
    assert (use["recorded"], use["asked"], use["requests"]) == (160, 200, 200)
    assert (use["prompt_tokens"], use["completion_tokens"], use["money"]) == (20_000, 4_000, None)
    line = (
        "for all of the table: ai: 160 answered from the store, 200 asked (200 requests, 20,000 tokens in, 4,000 out)"
    )
    assert line in " ".join(done.stdout.split())
    assert line in Path("out.md").read_text()
    assert "answered from the store" in run().stdout  # which needs no leave, and asks nobody
    assert len(server.requests) == 200


def test_an_ai_that_fails_stops_the_comparison(run: Run, server: FakeOpenAI) -> None:
    server.otherwise = lambda received: error(401)
    done = run("--yes")
    assert (done.exit_code, done.stdout) == (4, "")
    assert "detector ai was stopped. `unauthorised`" in done.stderr
    assert " requests, 0 tokens in, 0 out); no answer: " in done.stderr


def test_without_an_ai_nothing_is_told_of_it(run: Run) -> None:
    Path("var/answers.jsonl").unlink()
    assert "for all of the table" not in run("--offline").stdout
