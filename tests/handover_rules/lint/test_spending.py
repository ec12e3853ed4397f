"""Money that is spent before something that costs nothing could have decided."""

from __future__ import annotations

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
