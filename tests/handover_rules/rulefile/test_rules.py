"""Rules and the tests in them."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from handover_rules.ruleset import BeforeTurn, Rule, RuleTest, Settings

HEAD = """
ruleset: shop
detectors: {ai: {kind: linear, cost: 1, model: model.json}}
queues: {general: {}}
actions: {tell: [{bot.disable: {}}]}
rules:
  - id: asked
    when: {phrase: agent}
"""


def rule(look: Any, *lines: str) -> Rule:
    """The rule `asked` with these lines added."""
    examined = look(HEAD + "".join(f"    {line}\n" for line in lines))
    assert examined.problems == ()
    read: Rule = examined.ruleset.rules[0]
    return read


def rule_test(look: Any, text: str) -> RuleTest:
    """The only test of the rule."""
    (test,) = rule(look, "then: handover", f"tests: [{text}]").tests
    return test


def codes(look: Any, *lines: str) -> list[str]:
    return [problem.code for problem in look(HEAD + "".join(f"    {line}\n" for line in lines)).problems]


def test_what_a_rule_need_not_say(look: Any) -> None:
    read = rule(look, "then: handover")
    assert (read.id, read.priority, read.then, read.why, read.owner) == ("asked", 50, "handover", "", "")
    assert (read.unless, read.do, read.tests, read.settings) == ((), (), (), Settings())
    assert (read.place.line, read.place.column, read.place.length) == (7, 9, 5)


def test_what_a_rule_can_say(look: Any) -> None:
    read = rule(
        look,
        "priority: 90",
        "owner: care-team",
        "why: The customer asks.",
        "unless: [{phrase: agent fee}]",
        "then: handover",
        "set: {priority: urgent, queue: general, sla: 1h30m, topic: billing}",
        "do: [tell]",
    )
    assert (read.priority, read.owner, read.why, read.do) == (90, "care-team", "The customer asks.", ("tell",))
    assert read.settings == Settings("urgent", "general", timedelta(minutes=90), "billing")
    assert len(read.unless) == 1


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        (["then: escalate"], ["E107"]),
        ([], ["E106"]),
        (["thn: handover"], ["E103"]),
        (["then: stay", "do: [tell]"], ["E308"]),
        (["then: stay", "set: {topic: x}"], ["E308"]),
        (["then: handover", "priority: high"], ["E107"]),
        (["then: handover", "priority: 1001"], ["E107"]),
        (["then: handover", "do: tell"], ["E105"]),
        (["then: handover", "do: [tel]"], ["E501"]),
        (["then: handover", "set: {queue: other, priority: top}"], ["E307", "E107"]),
        (["then: handover", "unless: {phrase: x}"], ["E105"]),
        (["then: handover", "tests: [{say: x}]"], ["E106"]),
        (["then: handover", "tests: [{say: x, expect: tag}]"], ["E107"]),
        (["then: handover", "tests: [{say: x, y, expect: none}]"], ["E202"]),
        (["then: handover", "tests: [{say: x, expect: none, tags: [other]}]"], ["E602"]),
        (["then: handover", "tests: [{say: x, expect: none, given: {other: 0.5}}]"], ["E401"]),
        (["then: handover", "tests: [{say: x, expect: none, given: {ai: maybe}}]"], ["E107"]),
        (["then: handover", "tests: [{say: x, expect: none, given: {ai: 1.5}}]"], ["E107"]),
        (["then: handover", "tests: [{say: x, expect: none, given: {chanel: web}}]"], ["E103"]),
        (["then: handover", "tests: [{say: x, expect: none, given: {now: noon}}]"], ["E107"]),
        (["then: handover", "tests: [{say: x, expect: none, given: {now: 2026-03-02T10:30+01:00}}]"], ["E107"]),
        (["then: handover", "tests: [{say: x, expect: none, given: {before: [hello]}}]"], ["E105"]),
        (["then: handover", "tests: [{say: x, expect: none, given: {offered: yes}}]"], ["E107"]),
    ],
)
def test_bad_rules(look: Any, lines: list[str], expected: list[str]) -> None:
    assert codes(look, *lines) == expected


def test_what_a_test_need_not_say(look: Any) -> None:
    test = rule_test(look, "{say: agent, expect: handover}")
    assert (test.say, test.expect, test.tags) == ("agent", "handover", None)
    assert (dict(test.given.signals), test.given.lang, test.given.now, test.given.before) == ({}, None, None, ())


def test_what_a_test_can_say(look: Any) -> None:
    test = rule_test(
        look,
        "{say: '', expect: none, tags: [], given: {ai: 0.2, lang: no, channel: web, customer: {tier: gold}, "
        "event: {raw: {type: image, id: 007}}, now: 2026-03-02 22:30, offered: true, "
        "before: [{customer: hello}, {bot: hi}, {bot_failed: ''}]}}",
    )
    given = test.given
    assert (test.say, test.tags, dict(given.signals)) == ("", (), {"ai": 0.2})
    assert (given.lang, given.channel, dict(given.customer), given.offered) == ("no", "web", {"tier": "gold"}, True)
    assert given.event == {"raw": {"type": "image", "id": "007"}}
    assert given.now == "2026-03-02 22:30"
    assert given.before == (
        BeforeTurn("customer", "hello", failed=False),
        BeforeTurn("bot", "hi", failed=False),
        BeforeTurn("bot", "", failed=True),
    )


def test_a_detector_may_be_unavailable_in_a_test(look: Any) -> None:
    assert dict(rule_test(look, "{say: x, given: {ai: unavailable}, expect: none}").given.signals) == {"ai": None}


@pytest.mark.parametrize("typed", ["no", "on", "22:30", "0123", "1e3"])
def test_what_is_typed_is_what_the_test_says(look: Any, typed: str) -> None:
    assert rule_test(look, f"{{say: {typed}, expect: none}}").say == typed


@pytest.mark.parametrize("now", ["0001-01-01 00:00", "9999-12-31 23:59"])
def test_a_test_is_not_at_the_end_of_time(look: Any, now: str) -> None:
    text = f"""
    ruleset: shop
    rules:
      - id: asked
        when: {{phrase: agent}}
        then: handover
        tests: [{{say: agent, given: {{now: {now}}}, expect: handover}}]
    """
    (problem,) = look(text).problems
    assert (problem.code, problem.message) == ("E107", "this must be a time in the years 1900 to 2999")
