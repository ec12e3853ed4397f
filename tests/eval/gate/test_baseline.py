"""The baseline: the same decisions are the same bytes, and a damaged file is refused."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import Result

from eval.gate.baseline import Message, read_baseline
from handover_rules.errors import DataError, UsageError
from handover_rules.rulefile import load_ruleset
from tests.eval.gate.conftest import many

Write = Callable[..., Path]
Run = Callable[..., Result]

GATES = """
answers: offline
gates:
  - {name: all, data: data, view: strict, no_worse: {recall: 0.02}}
  - {name: again, data: data/en.jsonl, view: explicit, no_worse: {false_alarms: 0.002}}
  - {name: patterns, data: data/es.jsonl, view: strict, detector: patterns, no_worse: {recall: 0.02}}
  - {name: floors, data: data/other.txt, view: strict, recall: {at_least: 0}}
"""
BASELINE = Path("eval/baseline.jsonl")


@pytest.fixture
def recorded(gates: Write, messages: Write, run: Run) -> Path:
    """The baseline of a shop."""
    gates(GATES)
    messages([*many(1, "human", 2), *many(0, "hello", 1), {"id": "no label", "text": "human"}])
    messages(many(1, "human", 1), "es.jsonl")
    messages(many(1, "human", 1), "other.txt")
    result = run("--record")
    assert result.exit_code == 0, result.output
    hash_ = load_ruleset("rules").hash
    assert result.stdout == f"5 messages recorded in {BASELINE} under shop {hash_}\n"
    return BASELINE


def test_it_has_each_message_that_is_compared_once(recorded: Path) -> None:
    header, *lines = map(json.loads, recorded.read_text(encoding="utf-8").splitlines())
    assert header["ruleset"] == "shop"
    assert header["hash"] == load_ruleset("rules").hash
    assert header["program"].startswith("handover-rules")
    assert lines == [
        {"file": "data/en.jsonl", "id": "hello 0", "handover": False},
        {"file": "data/en.jsonl", "id": "human 0", "handover": True},
        {"file": "data/en.jsonl", "id": "human 1", "handover": True},
        {"file": "data/es.jsonl", "id": "human 0", "handover": True},
        {"detector": "patterns", "file": "data/es.jsonl", "id": "human 0", "handover": True},
    ]


def test_the_same_decisions_are_the_same_bytes(recorded: Path, run: Run, messages: Write, gates: Write) -> None:
    before = recorded.read_bytes()
    assert run("--record").exit_code == 0
    assert recorded.read_bytes() == before
    # Neither the order of the rows nor that of the gates matters.
    messages([{"id": "no label", "text": "human"}, *many(0, "hello", 1), *reversed(many(1, "human", 2))])
    head, *parts = GATES.split("  - ")
    gates("  - ".join([head, *reversed([part.rstrip() + "\n" for part in parts])]))
    assert run("--record").exit_code == 0
    assert recorded.read_bytes() == before


def test_another_decision_is_another_line(recorded: Path, run: Run) -> None:
    before = recorded.read_text(encoding="utf-8").splitlines()
    rules = Path("rules/shop.yaml")
    rules.write_text(rules.read_text(encoding="utf-8").replace("teacher", "hello"), encoding="utf-8")
    assert run("--record").exit_code == 0
    after = recorded.read_text(encoding="utf-8").splitlines()
    changed = [new for old, new in zip(before[1:], after[1:], strict=True) if old != new]
    assert changed == ['{"file": "data/en.jsonl", "id": "hello 0", "handover": true}']


def test_what_was_recorded_is_read(recorded: Path) -> None:
    found = read_baseline(recorded)
    assert (found.origin.path, found.origin.messages, found.origin.ruleset) == (str(recorded), 5, "shop")
    assert found.handed_over[Message("", "data/en.jsonl", "hello 0")] is False
    assert found.handed_over[Message("patterns", "data/es.jsonl", "human 0")] is True


def test_without_a_baseline_it_says_what_to_run(recorded: Path, run: Run) -> None:
    recorded.unlink()
    result = run()
    assert isinstance(result.exception, UsageError)
    assert str(result.exception) == (
        "there is no baseline eval/baseline.jsonl to compare with; "
        "run the same command with --record, and commit the file"
    )


def test_it_is_not_needed_where_nothing_is_compared(gates: Write, messages: Write, run: Run) -> None:
    gates("gates:\n  - {name: a, data: data, view: strict, recall: {at_least: 1}}\n")
    messages(many(1, "human", 20))
    assert run().exit_code == 0
    result = run("--record")
    assert isinstance(result.exception, UsageError)
    assert "no gate of eval/gates.yaml has `no_worse`, so there is nothing to record" in str(result.exception)
    assert not BASELINE.exists()


@pytest.mark.parametrize(
    ("change", "line", "problem"),
    [
        (lambda lines: [], 1, "this is not JSON"),
        (lambda lines: lines[1:], 1, "a baseline begins with its ruleset"),
        (lambda lines: [*lines, "<<<<<<< ours"], 7, "this is not JSON"),
        (lambda lines: [*lines, "{}"], 7, "this is no recorded decision"),
        (lambda lines: [*lines, '{"file": "a", "id": "b", "handover": 1}'], 7, "this is no recorded decision"),
        (lambda lines: [*lines, lines[1]], 7, "this message was recorded further up"),
    ],
)
def test_a_damaged_file_is_refused(
    recorded: Path, run: Run, change: Callable[[list[str]], list[str]], line: int, problem: str
) -> None:
    lines = recorded.read_text(encoding="utf-8").splitlines()
    recorded.write_text("".join(f"{one}\n" for one in change(lines)), encoding="utf-8")
    result = run()
    assert isinstance(result.exception, DataError)
    assert str(result.exception).startswith(f"{recorded}:{line}: {problem}")
    assert "record it again with --record" in str(result.exception)
