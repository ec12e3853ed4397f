from __future__ import annotations

import math

import pytest

from eval.errors.reasons import reason_of, shortfall
from handover_rules.decision import ConditionTrace, Decision, RuleTrace, Value
from handover_rules.ruleset import Place, Settings

PLACE = Place("shop.yaml")
PHRASE = ConditionTrace("phrase", "false", PLACE)


def _leaf(value: Value, met: float, bound: float) -> ConditionTrace:
    return ConditionTrace("score", value, PLACE, met, bound, met - bound)


def _rule(
    name: str, when: ConditionTrace, *unless: ConditionTrace, then: str = "handover", fired: bool = False
) -> RuleTrace:
    because = unless[0] if unless else when
    return RuleTrace(name, then, 50, fired, when.value, because, when, unless, PLACE)


def _reason(*rules: RuleTrace, rule: str | None = None) -> str:
    return reason_of(Decision("none", rule, "", None, (), Settings(), (), (), "", rules))


def test_the_shortfall_of_a_rule_is_that_of_what_it_needs() -> None:
    near, far = _leaf("false", 0.6, 0.8), _leaf("false", 0.2, 0.8)
    assert shortfall(near) == pytest.approx(0.25)
    assert shortfall(_leaf("true", 0.9, 0.8)) == 0
    assert shortfall(ConditionTrace("any", "false", PLACE, children=(near, far))) == pytest.approx(0.25)
    assert shortfall(ConditionTrace("all", "false", PLACE, children=(near, far))) == pytest.approx(0.75)
    assert shortfall(ConditionTrace("all", "false", PLACE, children=(near, PHRASE))) == math.inf


def test_the_first_of_what_there_is_is_told() -> None:
    """Every rule below would be told, were those before it not there."""
    rules = [
        _rule("decided", ConditionTrace("phrase", "true", PLACE, "thanks"), then="stay", fired=True),
        _rule("vetoed", ConditionTrace("phrase", "true", PLACE, "human"), ConditionTrace("lang", "true", PLACE)),
        _rule("by a little", _leaf("false", 0.75, 0.8)),
        _rule("close", _leaf("false", 0.6, 0.8)),
        _rule("unknown", ConditionTrace("score", "unknown", PLACE, "unavailable: no_key")),
        _rule("far", _leaf("false", 0.1, 0.8)),
    ]
    rules.reverse()  # the order of rules does not matter
    assert _reason(*rules, rule="decided").startswith("fired: phrase: thanks")
    starts = ["vetoed: kept back by unless", "nearly by a little: score: 0.75", "close: false: score: 0.6", "unknown: "]
    rules.pop()
    for start in starts:
        assert _reason(*rules).startswith(start)
        rules.pop()
    assert _reason(*rules) == "no rule fired, and no score or count was close to what one asks for"
    assert _reason() == _reason(*rules)


def test_rules_that_hand_nothing_over_are_no_reason() -> None:
    near = _leaf("false", 0.79, 0.8)
    others = [_rule(then, near, then=then) for then in ("stay", "ask", "tag")]
    assert _reason(*others).startswith("no rule fired")
