"""The tests that stand inside rules: what they are given, and when they fail."""

from __future__ import annotations

from pathlib import Path

import pytest

from handover_rules.decision import Needs
from handover_rules.engine.program import Program
from handover_rules.ruleset import Ruleset
from handover_rules.ruletests import TestResult, run_tests
from tests.handover_rules.engine.building import AI_AND_LOCAL, ruleset_of

RULES = (
    AI_AND_LOCAL
    + """
time_zone: Europe/Berlin
hours: {office: {days: mon-fri, from: 09:00, to: 18:00}}
rules:
  - id: asked
    priority: 90
    when: {any: [{phrase: human}, {score: {of: ai, at_least: 0.7}}]}
    then: handover
    tests: [TEST]
  - id: fallback
    priority: 80
    when: {all: [{unavailable: ai}, {score: {of: local, at_least: 0.5}}]}
    then: handover
  - id: stuck
    when: {any: [{failures: {at_least: 2}}, {repeats: {at_least: 1}}]}
    then: handover
  - id: accepted
    when: {accepted_offer: true}
    then: handover
  - id: circumstances
    when:
      all: [{lang: es}, {channel: web}, {customer: {tier: gold}}, {field: {path: a.b, at_least: 2}}]
    then: handover
  - id: closed
    when: {all: [{phrase: open}, {not: {hours: office}}]}
    then: handover
  - id: unsure
    priority: 10
    when: {phrase: maybe}
    then: ask
  - id: money
    when: {phrase: refund}
    then: tag
"""
)


def run(folder: Path, test: str) -> TestResult:
    (result,) = run_tests(ruleset_of(RULES.replace("TEST", test), folder))
    return result


@pytest.mark.parametrize(
    "test",
    [
        "{say: a human, expect: handover}",
        "{say: hello, expect: none}",
        "{say: hello, given: {ai: 0.7}, expect: handover}",
        "{say: hello, given: {ai: 0.69}, expect: none}",
        "{say: hello, given: {ai: unavailable}, expect: none}",
        "{say: maybe, expect: ask}",
        "{say: human refund, expect: handover, tags: [money]}",
        "{say: human, expect: handover, tags: []}",
        "{say: refund, expect: none, tags: [money]}",
    ],
)
def test_passing(tmp_path: Path, test: str) -> None:
    result = run(tmp_path, test)
    assert (result.failure, result.passed) == ("", True)
    assert result.rule.id == "asked"
    assert result.trace == ()


def test_the_trace_of_a_test_that_passed_is_there_when_asked_for(tmp_path: Path) -> None:
    ruleset = ruleset_of(RULES.replace("TEST", "{say: human, expect: handover}"), tmp_path)
    (result,) = run_tests(ruleset, trace=True)
    assert [rule.rule for rule in result.trace] == [rule.id for rule in ruleset.rules]


@pytest.mark.parametrize(
    ("test", "failure"),
    [
        ("{say: human, expect: none}", "expected none, and it was handover by `asked`"),
        ("{say: hello, expect: handover}", "expected handover, and it was none"),
        (
            # What a test does not give is unavailable, so here the fallback decides.
            "{say: hello, given: {local: 0.5}, expect: handover}",
            "handover as expected, but by `fallback` and not by `asked`",
        ),
        (
            "{say: human refund, expect: handover, tags: []}",
            "expected the tags none, and they were `money`",
        ),
        ("{say: human, expect: handover, tags: [money]}", "expected the tags `money`, and they were none"),
    ],
)
def test_failing(tmp_path: Path, test: str, failure: str) -> None:
    result = run(tmp_path, test)
    assert (result.failure, result.passed) == (failure, False)
    assert result.trace


@pytest.mark.parametrize(
    ("say", "given", "rule"),
    [
        ("where is my parcel", "{before: [{customer: where is my parcel}, {bot: Soon.}]}", "stuck"),
        ("ok", "{before: [{bot_failed: Sorry?}, {customer: ok}, {bot_failed: Sorry?}]}", "stuck"),
        ("ok", "{before: [{bot_failed: Sorry?}, {customer: ok}, {bot: Sorry?}]}", None),
        ("yes please", "{offered: true}", "accepted"),
        ("yes please", "{before: [{customer: hello}, {bot: A person?}], offered: true}", "accepted"),
        ("yes please", "{before: [{customer: hello}]}", None),
        ("x", "{lang: es, channel: web, customer: {tier: gold}, event: {a: {b: 2}}}", "circumstances"),
        ("x", "{lang: es, channel: web, customer: {tier: gold}, event: {a: {b: 1.5}}}", None),
        ("x", "{lang: en, channel: web, customer: {tier: gold}, event: {a: {b: 2}}}", None),
        ("open", "{}", None),  # a Monday morning, unless the test names a time
        ("open", "{now: 2026-07-06 08:59}", "closed"),  # local time, in summer too
        ("open", "{now: 2026-07-06 09:00}", None),
        ("open", "{now: 2026-07-05 12:00}", "closed"),
    ],
)
def test_circumstances(tmp_path: Path, say: str, given: str, rule: str | None) -> None:
    result = run(tmp_path, f"{{say: {say}, given: {given}, expect: {'handover' if rule else 'none'}}}")
    assert result.decided_by == rule


@pytest.mark.parametrize(
    "test",
    [
        "{say: human, given: {ai: unknown}, expect: handover}",
        "{say: human, given: {ai: unknown, local: unknown}, expect: handover}",
    ],
)
def test_a_decision_that_is_certain_without_what_is_unknown(tmp_path: Path, test: str) -> None:
    assert run(tmp_path, test).failure == ""


@pytest.mark.parametrize(
    ("test", "needs"),
    [
        ("{say: hello, given: {ai: unknown}, expect: none}", "`ai`"),
        ("{say: hello, given: {ai: unknown}, expect: handover}", "`ai`"),
        (
            "{say: hello, given: {local: unknown}, expect: none}",
            "`local`",
        ),  # the AI is unavailable: the fallback counts
        ("{say: hello, given: {local: unknown, ai: 0.2}, expect: none}", "`local`"),  # the cheaper one is asked first
        ("{say: hello, given: {local: unknown, ai: unknown}, expect: none}", "`ai`, `local`"),
    ],
)
def test_a_decision_that_needs_what_is_unknown_fails(tmp_path: Path, test: str, needs: str) -> None:
    result = run(tmp_path, test)
    assert result.failure == f"the decision needs {needs}, which this test leaves unknown"
    assert isinstance(result.decision, Needs)
    assert result.decided_by is None
    assert result.outcome.startswith("needs ")


def test_a_certain_decision_is_compared_as_any_other(tmp_path: Path) -> None:
    result = run(tmp_path, "{say: human, given: {ai: unknown}, expect: none}")
    assert (result.failure, result.outcome) == ("expected none, and it was handover by `asked`", "handover")


def test_the_trace_is_there_as_far_as_it_is_known(tmp_path: Path) -> None:
    result = run(tmp_path, "{say: refund maybe, given: {ai: unknown, local: 0.4}, expect: ask}")
    values = {rule.rule: rule.value for rule in result.trace}
    assert set(values) > {"asked", "stuck", "accepted", "unsure", "money"}
    assert (values["asked"], values["fallback"], values["unsure"]) == ("not_asked", "false", "true")
    fallback = next(rule for rule in result.trace if rule.rule == "fallback")
    assert (fallback.because.met, fallback.because.bound, fallback.because.margin) == (0.4, 0.5, -0.1)


def test_rules_are_compiled_once_however_many_tests_fail(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    compiled = []
    make = Program.__init__

    def counted(program: Program, ruleset: Ruleset) -> None:
        compiled.append(ruleset)
        make(program, ruleset)

    monkeypatch.setattr(Program, "__init__", counted)
    test = "{say: hello, given: {ai: unknown}, expect: none}"
    results = list(run_tests(ruleset_of(RULES.replace("TEST", f"{test}, {test}, {test}"), tmp_path)))
    assert [bool(result.trace) for result in results if not result.passed] == [True] * 3
    assert len(compiled) == 1


def test_only_some_rules(tmp_path: Path) -> None:
    ruleset = ruleset_of(
        """
        rules:
          - {id: a, when: {phrase: a}, then: handover, tests: [{say: a, expect: handover}]}
          - {id: b, when: {phrase: b}, then: handover, tests: [{say: b, expect: handover}]}
        """,
        tmp_path,
    )
    assert [result.test.say for result in run_tests(ruleset, ruleset.rules[1:])] == ["b"]


def test_results_come_in_the_order_of_the_rules(tmp_path: Path) -> None:
    ruleset = ruleset_of(
        """
        rules:
          - {id: low, priority: 1, when: {phrase: a}, then: handover, tests: [{say: a, expect: handover}]}
          - id: high
            priority: 9
            when: {phrase: b}
            then: handover
            tests: [{say: b, expect: handover}, {say: c, expect: none}]
        """,
        tmp_path,
    )
    results = list(run_tests(ruleset))
    assert [(result.rule.id, result.test.say) for result in results] == [("high", "b"), ("high", "c"), ("low", "a")]
    assert all(result.passed for result in results)
