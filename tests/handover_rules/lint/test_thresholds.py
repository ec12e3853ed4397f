"""Thresholds that do not keep their goal."""

from __future__ import annotations

import hashlib

from tests.handover_rules.lint.conftest import Finding

TEXT = """
thresholds:
  local: {value: 0.8, goal: precision >= 0.95, low95: 0.96}
detectors:
  ai: {kind: openai, cost: 100, model: gpt, prompt: ask.j2}
  local: {kind: linear, cost: 1, model: model.json}
rules:
  - id: one
    when: {all: [{score: {of: local, at_least: $local}}, {score: {of: ai, at_least: 0.7}}]}
    then: handover
"""


def test_a_goal_that_the_data_do_not_carry(found: Finding) -> None:
    assert found(TEXT) == []
    assert found(TEXT.replace("0.96", "0.95")) == []
    assert found(TEXT.replace("0.96", "0.949")) == [("W407", "local")]
    assert found(TEXT.replace(", low95: 0.96", "")) == []


def test_a_goal_of_false_alarms_has_an_upper_bound(found: Finding) -> None:
    few = TEXT.replace("precision >= 0.95, low95: 0.96", "false_alarms <= 2, high95: 1.9")
    assert found(few) == []
    assert found(few.replace("1.9", "2.1")) == [("W407", "local")]


def test_a_threshold_that_another_model_was_asked_for(found: Finding) -> None:
    digest = hashlib.sha256(b"{}").hexdigest()
    assert found(TEXT.replace("0.96}", f"0.96, detector: local@{digest[:8]}}}")) == []
    assert found(TEXT.replace("0.96}", "0.96, detector: local@0123abcd}")) == [("W410", "local")]
    # Of a chat model nobody knows here what it was.
    assert found(TEXT.replace("0.96}", "0.96, detector: ai@0123abcd}")) == []
    assert found(TEXT.replace("0.96}", "0.96, detector: local}")) == []
