"""`handover gate`: exit codes, what is compared, what is written where."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from typer.testing import Result

from handover_rules.cli import main
from handover_rules.errors import UsageError
from tests.eval.gate.conftest import many

Write = Callable[..., Path]
Run = Callable[..., Result]


def gate(*requirements: str, **more: str) -> str:
    lines = {"name": "all", "data": "data", "view": "strict", **more}
    said = ", ".join([*(f"{key}: {value}" for key, value in lines.items()), *requirements])
    return f"gates:\n  - {{{said}}}\n"


def found(result: Result) -> Any:
    assert isinstance(result.exception, SystemExit | None), result.exception
    return json.loads(result.stdout)


@pytest.mark.parametrize(
    ("hits", "misses", "code", "verdict"),
    [
        (90, 10, 0, "passed"),
        (89, 11, 3, "not enough data to say"),
        (19, 0, 3, "not enough data to say"),
        (50, 50, 1, "worse"),
    ],
)
def test_each_verdict_has_an_exit_code(
    gates: Write, messages: Write, run: Run, hits: int, misses: int, code: int, verdict: str
) -> None:
    gates(gate("recall: {at_least: 0.9}"))
    messages([*many(1, "human", hits), *many(1, "somebody", misses)])
    result = run("--json", "-")
    assert result.exit_code == code
    assert found(result)["verdict"] == verdict


def test_worse_outweighs_what_the_data_cannot_say(gates: Write, messages: Write, run: Run) -> None:
    gates(gate("recall: {at_least: 0.9}", "false_alarms: {at_most: 5}"))
    messages([*many(1, "human", 50), *many(1, "somebody", 50), *many(0, "hello", 10)])
    result = run("--json", "-")
    assert result.exit_code == 1
    assert [check["verdict"] for check in found(result)["gates"][0]["checks"]] == ["worse", "not enough data to say"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("gates: 1", "eval/gates.yaml cannot be used, 1 error"),
        (gate("recal: {at_least: 1}"), "gate `all`: a gate has no key `recal`"),
        (gate("recall: {at_least: 1}", language="xx"), "gate `all`: no row has the language `xx`"),
        (gate("no_worse: {recall: 0.1}"), "run the same command with --record"),
        (gate("recall: {at_least: 1}", data="nowhere.jsonl"), "nowhere.jsonl: cannot be read"),
    ],
)
def test_what_is_broken_has_exit_code_2(
    gates: Write,
    messages: Write,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    text: str,
    said: str,
) -> None:
    gates(text)
    messages(many(1, "human", 30, language="en"))
    monkeypatch.setattr(sys, "argv", ["handover", "gate"])
    with pytest.raises(SystemExit) as stopped:
        main()
    assert stopped.value.code == 2
    assert said in capsys.readouterr().err


def test_an_answer_that_the_rules_need_must_be_recorded(
    gates: Write, messages: Write, run: Run, answer: Callable[..., None]
) -> None:
    text = gate("recall: {at_least: 0.9}")
    gates(text)
    messages([*many(1, "human", 40), {"id": "p", "text": "perhaps", "label": 1, "category": "explicit_request"}])
    result = run()
    assert result.exit_code == 4
    assert "no answer of detector ai" in result.stderr
    assert "recorded for 1 message(s)" in result.stderr
    gates(f"answers: offline\n{text}")
    assert run().exit_code == 0
    gates(text)
    answer({"perhaps": 0.9})
    result = run("--json", "-")
    assert result.exit_code == 0
    assert found(result)["gates"][0]["checks"][0]["figure"]["hits"] == 41


def test_no_answer_is_required_where_none_is_asked_for(gates: Write, messages: Write, run: Run) -> None:
    gates(gate("recall: {at_least: 0.9}", detector="patterns"))
    messages([*many(1, "human", 40), {"id": "p", "text": "perhaps", "label": 1, "category": "explicit_request"}])
    result = run("--json", "-")
    assert result.exit_code == 0
    assert found(result)["gates"][0]["checks"][0]["figure"]["hits"] == 40


def test_a_detector_alone(gates: Write, messages: Write, run: Run, answer: Callable[..., None]) -> None:
    gates("answers: offline\n" + gate("average_precision: {at_least: 0.7}", "recall: {at_least: 0.5}", detector="ai"))
    rows = [*many(1, "please", 30), *many(0, "hello", 29), *many(0, "unknown", 1)]
    messages(rows)
    answer({row["text"]: (0.9 if row["label"] else 0.1) for row in rows[:-1]} | {"hello 0": 0.95})
    result = run("--json", "-")
    (judged,) = found(result)["gates"]
    recall, precision = judged["checks"]
    assert (recall["figure"]["hits"], recall["figure"]["n"], recall["verdict"]) == (30, 30, "passed")
    assert (precision["figure"]["n"], precision["verdict"]) == (59, "passed")
    assert 0.9 < precision["figure"]["value"] < 1
    assert judged["no_answer"] == 1


def test_a_detector_that_cannot_answer_shows_nothing(gates: Write, messages: Write, run: Run) -> None:
    gates("answers: offline\n" + gate("average_precision: {at_least: 0.7}", detector="ai"))
    messages([*many(1, "please", 30), *many(0, "hello", 30)])
    result = run()
    assert result.exit_code == 3
    assert "average precision: 0 messages, and fewer than 20 say nothing" in result.stdout
    assert "60 messages more without an answer" in result.stdout


def test_conversations(gates: Write, messages: Write, run: Run) -> None:
    gates(gate("on_time: {at_least: 0.7}", "needless: {at_most: 0}"))

    def talk(number: int, *turns: tuple[str, int]) -> list[dict[str, Any]]:
        said = {"conversation_id": str(number), "category": "bot_failed"}
        return [{**said, "turn": turn, "text": text, "label": label} for turn, (text, label) in enumerate(turns)]

    rows = []
    for number in range(40):
        rows += talk(number, ("hello", 0), ("human" if number < 30 else "somebody", 1))
        rows += talk(100 + number, ("hello", 0), ("thanks", 0))
    messages(rows)
    result = run("--json", "-")
    assert result.exit_code == 0
    on_time, needless = (check["figure"] for check in found(result)["gates"][0]["checks"])
    assert (on_time["hits"], on_time["n"], needless["hits"], needless["n"]) == (30, 40, 0, 40)


@pytest.fixture
def compared(gates: Write, messages: Write, run: Run) -> Run:
    """Judges messages, of which those after the first were not there when the baseline was recorded, by new rules."""

    def judge(*rows: list[dict[str, Any]]) -> Result:
        gates(gate("no_worse: {recall: 0.02, false_alarms: 0.002}"))
        messages(rows[0])
        assert run("--record", "--ruleset", "before").exit_code == 0
        messages([row for part in rows for row in part])
        return run("--json", "-")

    return judge


@pytest.mark.parametrize(
    ("rows", "code", "verdicts"),
    [
        # Few as they are, nothing became wrong.
        ([*many(1, "human", 20), *many(0, "hello", 20)], 0, ["no worse", "no worse"]),
        ([*many(1, "teacher", 20), *many(0, "clerk", 20)], 0, ["no worse", "no worse"]),
        ([*many(1, "human", 52), *many(1, "clerk", 8), *many(0, "hello", 20)], 1, ["worse", "no worse"]),
        ([*many(1, "human", 52), *many(1, "clerk", 1), *many(0, "hi", 20)], 3, ["not enough data to say", "no worse"]),
        ([*many(1, "human", 900), *many(1, "clerk", 1), *many(0, "hi", 20)], 0, ["no worse", "no worse"]),
        ([*many(1, "human", 20), *many(0, "teacher", 20)], 1, ["no worse", "worse"]),
        ([*many(1, "human", 20), *many(0, "hello", 19)], 3, ["no worse", "not enough data to say"]),
    ],
)
def test_the_baseline_must_not_become_worse(
    compared: Run, rows: list[dict[str, Any]], code: int, verdicts: list[str]
) -> None:
    result = compared(rows)
    assert result.exit_code == code
    assert [check["verdict"] for check in found(result)["gates"][0]["checks"]] == verdicts


def test_what_is_new_is_counted_and_not_compared(compared: Run) -> None:
    result = compared([*many(1, "human", 20), *many(0, "hello", 20)], many(1, "somebody", 7), many(0, "teacher", 5))
    (judged,) = found(result)["gates"]
    assert (judged["counted"], judged["new"]) == (52, 12)
    assert [check["judgement"]["paired"]["n"] for check in judged["checks"]] == [20, 20]
    assert result.exit_code == 0


def test_a_message_that_is_gone_is_not_missed(compared: Run, messages: Write, run: Run) -> None:
    compared([*many(1, "human", 40), *many(0, "hello", 20)])
    messages([*many(1, "human", 30), *many(0, "hello", 20)])
    (judged,) = found(run("--json", "-"))["gates"]
    assert judged["new"] == 0
    assert judged["checks"][0]["judgement"]["paired"]["n"] == 30


def test_outputs_that_would_overwrite_each_other_are_refused(gates: Write, messages: Write, run: Run) -> None:
    gates(gate("recall: {at_least: 1}"))
    messages(many(1, "human", 20))
    for options, said in (
        (["--json", "out", "--markdown", "./out"], "--markdown and --json would both write to out"),
        (["--junit", "out", "--json", "out"], "--junit and --json would both write to out"),
        (["--json", "-", "--markdown", "-"], "would both write to standard output"),
        (["--record", "--junit", "out"], "--record writes the baseline and judges nothing; leave out --junit"),
    ):
        result = run(*options)
        assert isinstance(result.exception, UsageError)
        assert said in str(result.exception)
    assert not Path("out").exists()


def test_an_output_that_cannot_be_written(gates: Write, messages: Write, run: Run) -> None:
    gates(gate("recall: {at_least: 1}"))
    messages(many(1, "human", 20))
    result = run("--junit", "data")
    assert isinstance(result.exception, UsageError)
    assert str(result.exception).startswith("--junit data: cannot be written")


def test_the_environment_changes_nothing(
    gates: Write, messages: Write, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    rules = Path("rules/shop.yaml")
    text = rules.read_text(encoding="utf-8").replace("ai: 0.7", "ai: {value: 0.7, env: SHOP_AI}")
    rules.write_text(text, encoding="utf-8")
    gates(gate("recall: {at_least: 1}"))
    messages(many(1, "human", 20))
    first = run("--json", "-").stdout
    monkeypatch.setenv("SHOP_AI", "0.1")
    assert run("--json", "-").stdout == first
