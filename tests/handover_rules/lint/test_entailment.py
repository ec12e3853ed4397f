"""What is proved about conditions holds in every situation."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import permutations
from pathlib import Path
from typing import Any

from hypothesis import given, settings

from handover_rules.decision import ConditionTrace, Decision
from handover_rules.engine import Engine
from handover_rules.lint.entailment import Claim, Logic
from handover_rules.lint.subject import Subject
from handover_rules.rulefile import examine
from handover_rules.ruleset import All, Condition, Not
from handover_rules.ruleset import Any as AnyOf
from tests.handover_rules.engine import strategies
from tests.handover_rules.engine.strategies import Situation, situations
from tests.handover_rules.engine.test_properties import FIXED

_COMPLETE = situations(12, silent=0)


def parts(condition: Condition, trace: ConditionTrace) -> Iterator[tuple[Condition, ConditionTrace]]:
    """The condition and all within it, each with its trace."""
    yield condition, trace
    children: tuple[Condition, ...] = ()
    match condition:
        case All() | AnyOf():
            children = condition.children
        case Not():
            children = (condition.child,)
    for child, traced in zip(children, trace.children, strict=True):
        yield from parts(child, traced)


def observed(engine: Engine, situation: Situation) -> dict[Condition, bool]:
    """Every condition of the ruleset that is certainly true or certainly false in a situation."""
    decision = engine.decide(
        situation.message, situation.state, now=situation.now, signals=situation.signals, trace=True
    )
    assert isinstance(decision, Decision)
    rules = {rule.id: rule for rule in engine.ruleset.rules}
    pairs = [
        pair
        for traced in decision.trace or ()
        for condition, trace in zip(
            (rules[traced.rule].when, *rules[traced.rule].unless), (traced.when, *traced.unless), strict=True
        )
        for pair in parts(condition, trace)
    ]
    return {condition: trace.value == "true" for condition, trace in pairs if trace.value in ("true", "false")}


@given(data=strategies.RULESETS, asked=_COMPLETE)
@settings(FIXED, max_examples=40)
def test_what_follows_is_so_and_what_is_excluded_never_is(
    tmp_path: Path, data: dict[str, Any], asked: list[Situation]
) -> None:
    ruleset = strategies.load(data, tmp_path)
    engine = Engine(ruleset)
    logic = Logic(Subject(ruleset, examine(tmp_path / "rules.yaml").trees))
    seen = [observed(engine, situation) for situation in asked]
    conditions = list({condition: None for values in seen for condition in values})
    for condition in conditions:
        for value in (True, False):
            if logic.always(Claim(condition, value)):
                assert all(values.get(condition, value) == value for values in seen)
    for one, other in permutations(conditions, 2):
        for first in (True, False):
            given_ = [values for values in seen if values.get(one) is first]
            for second in (True, False):
                claim = Claim(other, second)
                if logic.follows(claim, Claim(one, first)):
                    # A condition that waits for a detector that nobody had to ask is not seen.
                    assert all(values.get(other, second) is second for values in given_), (one, first, claim)
                if logic.excludes(claim, Claim(one, first)):
                    assert not any(values.get(other) is second for values in given_), (one, first, claim)
