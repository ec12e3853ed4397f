"""All checks together: what is found is true, what is allowed is left out, what is good has no problem."""

from __future__ import annotations

from pathlib import Path
from random import Random
from typing import Any

from hypothesis import given, settings

from handover_rules.decision import Decision
from handover_rules.engine import Engine
from handover_rules.lint import lint
from handover_rules.rulefile import examine
from tests.handover_rules.engine import strategies
from tests.handover_rules.engine.strategies import Situation, situations
from tests.handover_rules.engine.test_properties import FIXED
from tests.handover_rules.lint.conftest import Linting

ROOT = Path(__file__).parents[3]

RULE = """
rules:
  - id: asked
    when: {phrase: [agent, "an agent please"]}
    then: handover
    tests:
      - {say: agent, expect: handover}
      - {say: parcel, expect: none}
"""


def test_the_shipped_rules_have_no_problem() -> None:
    assert lint(examine(ROOT / "rules")).problems == ()


def with_a_shadow(rng: Random) -> dict[str, Any]:
    """A ruleset in which the last rule is one of the others again, at the lowest priority."""
    data = strategies.ruleset_data(rng)
    deciding = [rule for rule in data["rules"] if rule["then"] != "tag"] or data["rules"]
    return data | {"rules": [*data["rules"], rng.choice(deciding) | {"id": "shadow", "priority": 1}]}


@given(data=strategies.seeded(with_a_shadow), asked=situations(15, silent=0))
@settings(FIXED, max_examples=100)
def test_a_rule_that_never_decides_never_does(tmp_path: Path, data: dict[str, Any], asked: list[Situation]) -> None:
    ruleset = strategies.load(data, tmp_path)
    engine = Engine(ruleset)
    problems = lint(examine(tmp_path / "rules.yaml")).problems
    silent = {problem.rule for problem in problems if problem.code == "W312"}
    silent |= {problem.rule for problem in problems if problem.message.startswith("the rule can never fire")}
    impossible = {problem.rule for problem in problems if problem.code == "W310"}
    assert "shadow" in silent | impossible or data["rules"][-1]["then"] == "tag"
    for situation in asked:
        decision = engine.decide(situation.message, situation.state, now=situation.now, signals=situation.signals)
        assert isinstance(decision, Decision)
        assert decision.rule not in silent


def test_problems_are_in_the_order_of_their_places(linting: Linting) -> None:
    problems = linting(RULE.replace("parcel", "agent").replace("expect: none", "expect: handover")).problems
    assert [problem.code for problem in problems] == ["W604", "W211", "W605"]
    assert problems == tuple(sorted(problems, key=lambda problem: problem.place))


def test_a_warning_is_switched_off_in_its_rule(linting: Linting) -> None:
    reason = "both stand in the guide"
    found = linting(f"{RULE}    allow: {{subsumed-phrase: {reason}}}\n")
    assert found.problems == ()
    ((problem, given),) = found.allowed
    assert (problem.code, problem.rule, given) == ("W211", "asked", reason)


def test_a_warning_is_switched_off_everywhere(linting: Linting) -> None:
    found = linting("allow: {subsumed-phrase: both stand in the guide}" + RULE)
    assert found.problems == ()
    assert [problem.code for problem, _ in found.allowed] == ["W211"]


def test_an_allow_in_another_rule_switches_off_nothing(linting: Linting) -> None:
    other = """
  - id: other
    priority: 10
    when: {phrase: human}
    then: handover
    allow: {subsumed-phrase: not here}
    tests: [{say: human, expect: handover}, {say: parcel, expect: none}]
"""
    assert [problem.code for problem in linting(RULE + other).problems] == ["W211", "W319"]


def test_an_allow_that_is_not_needed_any_more_is_said(linting: Linting) -> None:
    text = RULE.replace(', "an agent please"', "") + "    allow: {subsumed-phrase: both stand in the guide}\n"
    (problem,) = linting(text).problems
    assert (problem.code, problem.rule) == ("W319", "asked")


def test_a_model_that_is_missing_can_be_allowed(linting: Linting) -> None:
    text = """
    allow: {model-missing: it is trained when the image is built}
    detectors:
      local: {kind: linear, cost: 1, model: missing.json}
    rules:
      - id: asked
        when: {score: {of: local, at_least: 0.8}}
        then: handover
        tests:
          - {say: a, given: {local: 0.9}, expect: handover}
          - {say: a, given: {local: 0.1}, expect: none}
    """
    found = linting(text)
    assert found.problems == ()
    assert [problem.code for problem, _ in found.allowed] == ["W406"]


def test_rules_that_do_not_load_are_not_checked_further(tmp_path: Path) -> None:
    path = tmp_path / "rules.yaml"
    path.write_text("ruleset: shop\nrules:\n  - id: asked\n    when: {phrases: agent}\n    then: handover\n")
    examined = examine(path)
    assert [problem.code for problem in lint(examined).problems] == ["E303"]


def test_an_unused_allow_is_allowed(linting: Linting) -> None:
    text = (
        RULE + "    allow: {subsumed-phrase: both stand in the guide, stretched-word: soon, unused-allow: it comes}\n"
    )
    found = linting(text)
    assert found.problems == ()
    assert [problem.code for problem, _ in found.allowed] == ["W211", "W319"]
    (problem,) = linting(RULE.replace(', "an agent please"', "") + "    allow: {unused-allow: nothing}\n").problems
    assert problem.code == "W319"
