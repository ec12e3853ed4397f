"""Values without quotes that other programs read otherwise than this one."""

from __future__ import annotations

import pytest

from tests.handover_rules.lint.conftest import Finding

RULES = """
hours: {{office: {{days: mon-fri, from: 09:00, to: 18:00}}}}
rules:
  - id: one
    priority: 50
    when:
      any:
        - whole:
            - {value}
        - hours: office
    then: handover
    tests:
      - {{say: hello, given: {{now: 2026-03-02 22:30}}, expect: none}}
"""


@pytest.mark.parametrize(
    "value",
    ["no", "NO", "yes", "on", "Off", "y", "N", "0123", "22:30", "1:30:00", "1_000", "190:20:30.15", "0x1f"],
)
def test_what_yaml_1_1_turns_into_something_else(found: Finding, value: str) -> None:
    assert found(RULES.format(value=value)) == [("W120", value)]
    assert found(RULES.format(value=f'"{value}"')) == []


@pytest.mark.parametrize("value", ["not", "nope", "12", "0", "1.5", "2026", "agent 007", "a:b", "true"])
def test_what_everybody_reads_alike(found: Finding, value: str) -> None:
    assert found(RULES.format(value=value)) == []


def test_keys_and_texts_of_other_sections(found: Finding) -> None:
    text = """
    rules:
      - {id: one, when: {all: [{lang: no}, {phrase: agent}]}, then: handover, do: [tell]}
    actions:
      tell:
        - reply: {nobody: {no: Vent litt., en: Please wait.}}
    """
    assert found(text) == [("W120", "no"), ("W120", "no")]


def test_a_number_with_a_zero_before_it(found: Finding) -> None:
    assert found(RULES.format(value="agent").replace("priority: 50", "priority: 010")) == [("W120", "010")]
    # Everybody reads the same number.
    assert found(RULES.format(value="agent").replace("priority: 50", "priority: +50")) == []
