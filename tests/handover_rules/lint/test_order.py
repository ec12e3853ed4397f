"""Rules that never get their turn, and phrases of rules."""

from __future__ import annotations

import pytest

from tests.handover_rules.lint.conftest import Finding

DETECTORS = """
detectors:
  local: {kind: linear, cost: 1, model: model.json}
  ai: {kind: openai, cost: 100, model: gpt, prompt: ask.j2}
phrases:
  person: [human, agent, person]
"""


def two(first: str, second: str, then: str = "handover", rest: str = "", more: str = "") -> str:
    """A rule of priority 90 that hands over, and one below it."""
    return f"""
{DETECTORS}
rules:
  - id: first
    priority: 90
    when: {first}
    then: handover
{rest}
  - id: second
    when: {second}
    then: {then}
{more}
  - id: uses-everything
    priority: 1
    when: {{all: [{{phrase: <person>}}, {{unavailable: local}}, {{unavailable: ai}}, {{lang: pt}}]}}
    then: tag
"""


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("{phrase: agent}", '{phrase: "an agent please"}'),
        ('{phrase: "talk to <person>"}', '{any: [{phrase: "talk to agent"}, {whole: "please talk to human"}]}'),
        ("{phrase: agent}", '{all: [{phrase: "an agent please"}, {lang: en}]}'),
        ('{any: [{phrase: agent}, {phrase: "human"}]}', '{phrase: ["a human", "an agent"]}'),
        ("{score: {of: ai, at_least: 0.6}}", "{score: {of: ai, at_least: 0.8}}"),
        ("{any: [{score: {of: ai, at_least: 0.6}}, {lang: en}]}", "{score: {of: ai, at_least: 0.6}}"),
        ("{failures: {at_least: 2}}", "{failures: {at_least: 3, within_turns: 5}}"),
        ("{repeats: {at_least: 1, within_turns: 4}}", "{repeats: {at_least: 2, within_turns: 3}}"),
        ("{turns: {at_least: 4}}", "{turns: {at_least: 6}}"),
        ("{unavailable: [ai, local]}", "{unavailable: ai}"),
        ("{lang: [en, es]}", "{lang: es}"),
        ("{not: {lang: es}}", "{lang: en}"),
        ("{customer: {tier: [gold, silver]}}", "{customer: {tier: gold, vip: true}}"),
        ("{regex: [agent, human]}", "{regex: agent}"),
        ("{field: {path: a, at_least: 2}}", "{field: {path: a, at_least: 3}}"),
        ("{not: {all: [{lang: es}, {channel: web}]}}", "{not: {lang: es}}"),
    ],
)
def test_a_rule_that_never_decides(found: Finding, first: str, second: str) -> None:
    assert ("W312", "second") in found(two(first, second))


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ('{phrase: "an agent please"}', "{phrase: agent}"),
        ("{whole: agent}", "{phrase: agent}"),
        ("{score: {of: ai, at_least: 0.8}}", "{score: {of: ai, at_least: 0.6}}"),
        ("{score: {of: ai, at_least: 0.6}}", "{score: {of: local, at_least: 0.8}}"),
        ("{failures: {at_least: 2, within_turns: 3}}", "{failures: {at_least: 3}}"),
        ("{all: [{phrase: agent}, {lang: en}]}", '{phrase: "an agent"}'),
        ('{phrase: "talk to <person>"}', '{phrase: ["talk to agent", "call me"]}'),
        ("{unavailable: ai}", "{unavailable: [ai, local]}"),
    ],
)
def test_a_rule_that_may_decide(found: Finding, first: str, second: str) -> None:
    assert "W312" not in [code for code, _ in found(two(first, second))]


def test_several_rules_together(found: Finding) -> None:
    rules = """
    rules:
      - {id: one, priority: 90, when: {phrase: agent}, then: handover}
      - {id: two, priority: 80, when: {phrase: human}, then: handover}
      - {id: both, when: {phrase: [an agent, a human]}, then: handover}
    """
    rules = rules.replace("[an agent, a human]", '["an agent", "a human"]')
    assert found(rules) == [("W312", "both")]


def test_what_keeps_the_first_rule_back_leaves_room_for_the_second(found: Finding) -> None:
    veto = "    unless: [{phrase: fee}]"
    assert "W312" not in [code for code, _ in found(two("{phrase: agent}", '{phrase: "an agent"}', rest=veto))]
    # The second is kept back by the same words.
    assert ("W312", "second") in found(two("{phrase: agent}", '{phrase: "an agent"}', rest=veto, more=veto))


def test_a_tag_neither_decides_nor_is_in_the_way(found: Finding) -> None:
    rules = """
    rules:
      - {id: one, priority: 90, when: {phrase: agent}, then: tag}
      - {id: two, when: {phrase: "an agent"}, then: handover}
      - {id: three, priority: 10, when: {phrase: "an agent"}, then: tag}
    """
    assert found(rules) == []


def test_a_phrase_about_which_another_outcome_is_decided_first(found: Finding) -> None:
    rules = two("{phrase: agent}", '{phrase: ["are you an agent", "are you real"]}', then="stay")
    assert found(rules) == [("W313", '"are you an agent"')]
    # Where both say the same, it does no harm.
    assert found(two("{phrase: agent}", '{phrase: ["are you an agent", "are you real"]}')) == []


def test_a_phrase_within_other_conditions(found: Finding) -> None:
    within = '{all: [{turns: {at_least: 2}}, {any: [{regex: "real.*"}, {phrase: ["an agent", "are you real"]}]}]}'
    assert found(two("{phrase: agent}", within, then="stay")) == [("W313", '"an agent"')]


def test_of_a_rule_that_can_never_fire_nobody_hears_that_it_is_late(found: Finding) -> None:
    rules = two("{phrase: agent}", "{all: [{phrase: agent}, {not: {phrase: agent}}]}")
    assert found(rules) == [("W310", "all")]


def test_a_condition_without_phrase_beside_one_with(found: Finding) -> None:
    first = "{all: [{channel: web}, {any: [{lang: en}, {phrase: help}]}]}"
    assert ("W312", "second") in found(two(first, "{all: [{channel: web}, {lang: en}]}"))
