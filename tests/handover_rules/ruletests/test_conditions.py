"""Conditions of a rule, in order and in words."""

from __future__ import annotations

from pathlib import Path

import pytest

from handover_rules.ruletests import run_tests
from handover_rules.ruletests.conditions import conditions_of, in_words, traces_of
from tests.handover_rules.engine.building import AI_AND_LOCAL, ruleset_of


@pytest.mark.parametrize(
    ("condition", "words"),
    [
        ("{phrase: [a b, c, d]}", "phrase: `a b` and 2 more"),
        ("{whole: a}", "whole: `a`"),
        ("{regex: ['a+', b]}", "regex: `a+` and 1 more"),
        ("{any: [{phrase: a}, {lang: en}]}", "any of 2"),
        ("{all: [{phrase: a}, {lang: en}]}", "all of 2"),
        ("{not: {lang: [en, es]}}", "not lang: en, es"),
        ("{score: {of: ai, at_least: $sure}}", "score of ai >= $sure"),
        ("{score: {of: ai, at_least: 0.5}}", "score of ai >= 0.5"),
        ("{unavailable: [ai, local]}", "unavailable: ai, local"),
        ("{failures: {at_least: 2}}", "failures: at least 2"),
        ("{repeats: {at_least: 1}}", "repeats: at least 1"),
        ("{turns: {at_least: 3}}", "turns: at least 3"),
        ("{accepted_offer: true}", "accepted_offer"),
        ("{hours: office}", "hours: office"),
        ("{channel: web}", "channel: web"),
        ("{customer: {tier: gold}}", "customer: tier"),
        ("{field: {path: a.b, is: x}}", "field: a.b"),
    ],
)
def test_in_words(tmp_path: Path, condition: str, words: str) -> None:
    rules = f"""
thresholds: {{sure: {{value: 0.7}}}}
hours: {{office: {{days: mon-fri, from: 09:00, to: 18:00}}}}
rules:
  - {{id: a, when: {condition.replace("a b", '"a b"')}, then: handover}}
  - {{id: b, when: {{score: {{of: ai, at_least: $sure}}}}, then: handover}}
"""
    ruleset = ruleset_of(AI_AND_LOCAL + rules, tmp_path)
    assert in_words(ruleset.rules[0].when) == words


def test_conditions_and_traces_are_in_one_order(tmp_path: Path) -> None:
    ruleset = ruleset_of(
        """
        rules:
          - id: a
            when: {any: [{all: [{turns: {at_least: 9}}, {not: {lang: es}}]}, {phrase: x}]}
            unless: [{not: {phrase: y}}, {channel: web}]
            then: handover
            tests: [{say: x, given: {lang: en}, expect: handover}]
        """,
        tmp_path,
    )
    (rule,) = ruleset.rules
    (result,) = run_tests(ruleset, trace=True)
    standing = conditions_of(rule)
    assert [in_words(one.condition) for one in standing] == [
        "any of 2",
        "all of 2",
        "turns: at least 9",
        "not lang: es",
        "lang: es",
        "phrase: `x`",
        "not phrase: `y`",
        "phrase: `y`",
        "channel: web",
    ]
    assert [one.in_unless for one in standing] == [False] * 6 + [True] * 3
    assert [one.wanted for one in standing] == [True, True, True, True, False, True, False, True, False]
    whats = [trace.what for trace in traces_of(result.trace[0])]
    assert whats == ["any", "all", "turns", "not", "lang", "phrase", "not", "phrase", "channel"]
