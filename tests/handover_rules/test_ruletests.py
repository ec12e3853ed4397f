"""The tests that stand inside rules: what they are given, and when they fail."""

from __future__ import annotations

from pathlib import Path

import pytest

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
    assert result.decision.trace


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
    assert result.decision.rule == rule


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
