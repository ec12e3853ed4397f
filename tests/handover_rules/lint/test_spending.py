"""Money that is spent before something that costs nothing could have decided."""

from __future__ import annotations

import pytest

from tests.handover_rules.lint.conftest import Finding
from tests.handover_rules.lint.test_order import two
from tests.handover_rules.lint.test_thresholds import TEXT


def test_money_spent_before_a_free_rule(found: Finding) -> None:
    rules = two("{score: {of: ai, at_least: 0.7}}", "{phrase: human}")
    assert found(rules) == [("W316", "score")]
    either = two("{any: [{phrase: agent}, {score: {of: ai, at_least: 0.7}}]}", "{phrase: human}")
    assert found(either) == [("W316", "score")]
    assert found(two("{score: {of: ai, at_least: 0.7}}", "{all: [{phrase: human}, {unavailable: ai}]}")) == []
    assert found(two("{score: {of: local, at_least: 0.7}}", "{phrase: human}")) == []
    # It is paid to change what would be decided otherwise.
    other = two("{score: {of: ai, at_least: 0.7}}", "{phrase: human}", then="ask")
    assert [code for code, _ in found(other)] == ["W317"]


def test_a_paid_detector_that_is_asked_first(found: Finding) -> None:
    assert found(TEXT.replace("cost: 100", "cost: 1")) == [("W409", "ai")]
    assert found(TEXT.replace("cost: 1,", "cost: 101,")) == [("W409", "ai")]
    assert found(TEXT.replace("cost: 100,", "cost: 1, enabled: false,")) == []
    # Of equal cost, the first by name is asked first.
    assert found(TEXT.replace("cost: 100", "cost: 1").replace("  ai:", "  zz:").replace("of: ai", "of: zz")) == []


def test_money_that_is_not_spent(found: Finding) -> None:
    free = '{phrase: "an agent"}'
    assert found(two("{score: {of: ai, at_least: 0.7}}", free, rest="    unless: [{phrase: agent}]")) == []
    other = "{any: [{all: [{lang: en}, {phrase: agent}]}, {score: {of: ai, at_least: 0.9}}]}"
    german = "{all: [{lang: de}, {score: {of: ai, at_least: 0.7}}]}"
    assert "W316" not in [code for code, _ in found(two(german, other))]


PAID = "{score: {of: ai, at_least: 0.7}}"


def two_apart(paid: str, free: str, before: str = "") -> str:
    return (
        TEXT.split("rules:")[0]
        + f"""rules:
  {before}
  - {{id: paid, priority: 90, {paid}, then: handover}}
  - {{id: free, priority: 80, {free}, then: handover}}
"""
    )


@pytest.mark.parametrize(
    ("paid", "free"),
    [
        (f"when: {{all: [{{lang: en}}, {PAID}]}}", "when: {phrase: agent}, unless: [{not: {lang: de}}]"),
        (f"when: {PAID}, unless: [{{not: {{lang: en}}}}]", "when: {phrase: agent}, unless: [{lang: en}]"),
        (f"when: {{all: [{{phrase: refund}}, {PAID}]}}", "when: {phrase: human}, unless: [{phrase: refund}]"),
        (
            f"when: {{all: [{{turns: {{at_least: 3}}}}, {PAID}]}}",
            "when: {phrase: human}, unless: [{turns: {at_least: 3}}]",
        ),
    ],
)
def test_money_is_not_spent_where_the_free_rule_never_fires(found: Finding, paid: str, free: str) -> None:
    assert "W316" not in [code for code, _ in found(two_apart(paid, free))]
    assert "W316" in [
        code
        for code, _ in found(
            two_apart(paid, free.partition(", unless")[0]).replace("{lang: en}", "{turns: {at_least: 2}}")
        )
    ]


@pytest.mark.parametrize("outcome", ["handover", "stay"])
def test_money_is_not_spent_where_a_rule_before_decides(found: Finding, outcome: str) -> None:
    free = "when: {any: [{phrase: human please}, {score: {of: local, at_least: 0.7}}]}"
    before = f"- {{id: first, priority: 95, when: {{phrase: human}}, then: {outcome}}}"
    assert "W316" in [code for code, _ in found(two_apart(f"when: {PAID}", free))]
    assert "W316" not in [code for code, _ in found(two_apart(f"when: {PAID}", free, before))]
    own = f"when: {{any: [{{phrase: human}}, {PAID}]}}"
    assert "W316" not in [code for code, _ in found(two_apart(own, free))]
