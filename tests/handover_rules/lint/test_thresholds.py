"""Thresholds that do not keep their goal."""

from __future__ import annotations

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
