"""A case without a rule or a pattern, against the ruleset from which it was really removed."""

from __future__ import annotations

from collections.abc import Iterator
from copy import deepcopy
from dataclasses import replace
from pathlib import Path
from typing import Any

from hypothesis import given, settings

from handover_rules.conversation import ConversationState, HumanReply, reduce
from handover_rules.decision import Decision, Needs
from handover_rules.engine import Engine
from handover_rules.messages import Message
from tests.handover_rules.engine import strategies
from tests.handover_rules.engine.building import decided, engine_of
from tests.handover_rules.engine.strategies import Situation, situations
from tests.handover_rules.engine.test_engine import NOW
from tests.handover_rules.engine.test_properties import FIXED, decide

NEVER = "neverwritten"
# Knows all words and lists and never fires, so that no removal changes what is read as a typo of what.
KEEPER = {
    "id": "keeper",
    "when": {"all": [{"channel": "nowhere"}, {"phrase": [*strategies.WORDS, "<people>", "<things>", NEVER]}]},
    "then": "tag",
}


def what(result: Decision | Needs) -> object:
    """A result without what only says from which ruleset it is."""
    if isinstance(result, Needs):
        return result
    actions = [(action.kind, action.params) for action in result.actions]
    return replace(result, ruleset_hash="", actions=()), actions


def written(conditions: Any) -> Iterator[tuple[dict[str, Any], str, int]]:
    """Where the patterns of some conditions stand: the condition, its kind, and the index in its list."""
    for condition in conditions:
        ((kind, value),) = condition.items()
        if kind in ("all", "any"):
            yield from written(value)
        elif kind == "not":
            yield from written([value])
        elif kind in ("phrase", "whole", "regex"):
            condition[kind] = value if isinstance(value, list) else [value]
            yield from ((condition, kind, index) for index in range(len(condition[kind])))


def removed(data: dict[str, Any], rule: str, nth: int, text: str) -> dict[str, Any]:
    """The data without the nth pattern of a rule, which says `text`."""
    copied = deepcopy(data)
    made = next(made for made in copied["rules"] if made["id"] == rule)
    condition, kind, index = list(written([made["when"], *made.get("unless", [])]))[nth]
    assert condition[kind][index] == text
    # A list may not be empty: what never occurs stands for nothing.
    condition[kind] = [*condition[kind][:index], *condition[kind][index + 1 :]] or [NEVER]
    return copied


@given(data=strategies.RULESETS, asked=situations(4))
@settings(FIXED, max_examples=150)
def test_without_a_pattern_is_the_ruleset_without_it(
    tmp_path: Path, data: dict[str, Any], asked: list[Situation]
) -> None:
    data["rules"].append(KEEPER)
    engine = Engine(strategies.load(data, tmp_path))
    nth: dict[str, int] = {}
    for pattern in engine.patterns:
        at = nth[pattern.rule] = nth.get(pattern.rule, -1) + 1
        cases = [engine.open(one.message, one.state, now=one.now) for one in asked]
        occurs = [pattern.number in case.matched for case in cases]
        if pattern.rule == "keeper" or not any(occurs):
            continue
        other = Engine(strategies.load(removed(data, pattern.rule, at, pattern.text), tmp_path))
        for case, one in zip(cases, asked, strict=True):
            before = case.decide(one.signals)
            assert what(case.without(pattern=pattern.number).decide(one.signals)) == what(decide(other, one))
            assert case.decide(one.signals) == before


@given(data=strategies.RULESETS, asked=situations(8))
@settings(FIXED, max_examples=150)
def test_without_a_rule_is_the_ruleset_without_it(tmp_path: Path, data: dict[str, Any], asked: list[Situation]) -> None:
    rules = data["rules"]
    data["rules"] = [*rules, KEEPER]
    engine = Engine(strategies.load(data, tmp_path))
    for rule in rules:
        others = [other for other in rules if other is not rule]
        other = Engine(strategies.load({**data, "rules": [*others, KEEPER]}, tmp_path))
        for one in asked:
            case = engine.open(one.message, one.state, now=one.now)
            case.decide(one.signals)
            assert what(case.without(rule=rule["id"]).decide(one.signals)) == what(decide(other, one))


@given(data=strategies.RULESETS, asked=situations(8, silent=0))
@settings(FIXED, max_examples=150)
def test_the_first_rule_that_fires_is_the_one_that_decides(
    tmp_path: Path, data: dict[str, Any], asked: list[Situation]
) -> None:
    engine = Engine(strategies.load(data, tmp_path))
    for one in asked:
        case = engine.open(one.message, one.state, now=one.now)
        decision = decided(case.decide(one.signals, trace=True))
        firing = [rule.id for rule in case.firing()]
        assert firing[:1] == ([] if decision.rule is None else [decision.rule])
        assert firing == [rule.rule for rule in decision.trace or () if rule.fired and rule.then != "tag"]


def test_patterns_say_what_is_written_where(tmp_path: Path) -> None:
    engine = engine_of(
        """\
        rules:
          - id: low
            priority: 10
            when: {phrase: agent}
            then: handover
          - id: high
            when:
              any: [{whole: [human, "help me"]}, {not: {regex: "o.k"}}]
            unless: [{phrase: human}]
            then: handover
        """,
        tmp_path,
    )
    assert [(one.rule, one.part, one.kind, one.text, one.place.line) for one in engine.patterns] == [
        ("high", "when", "whole", "human", 9),
        ("high", "when", "whole", "help me", 9),
        ("high", "when", "regex", "o.k", 9),
        ("high", "unless", "phrase", "human", 10),
        ("low", "when", "phrase", "agent", 5),
    ]
    case = engine.open(Message("m", "HUMAN agent, o-k"), now=NOW)
    named = {one.number: (one.kind, one.text) for one in engine.patterns}
    assert [named[number] for number in case.matched] == [("phrase", "human"), ("phrase", "agent"), ("regex", "o.k")]


def test_without_what_decided_the_next_rule_decides(tmp_path: Path) -> None:
    engine = engine_of(
        """\
        rules:
          - {id: first, priority: 90, when: {phrase: [agent, "an agent"]}, unless: [{phrase: order}], then: handover}
          - {id: second, when: {phrase: [refund, agent]}, then: handover}
        """,
        tmp_path,
    )
    number = {(one.rule, one.text): one.number for one in engine.patterns}

    def rules(text: str, **left_out: Any) -> tuple[str | None, str | None]:
        case = engine.open(Message("m", text), now=NOW)
        return decided(case.decide({})).rule, decided(case.without(**left_out).decide({})).rule

    assert rules("an agent", rule="first") == ("first", "second")
    assert rules("an agent", rule="second") == ("first", "first")
    assert rules("an agent", pattern=number["first", "agent"]) == ("first", "first")
    assert rules("agent", pattern=number["first", "agent"]) == ("first", "second")
    assert rules("agent order", pattern=number["second", "agent"]) == ("second", None)
    assert rules("agent order", pattern=number["first", "order"]) == ("second", "first")


def test_what_a_person_reads_has_no_patterns(tmp_path: Path) -> None:
    engine = engine_of("rules: [{id: only, when: {phrase: agent}, then: handover}]\n", tmp_path)
    case = engine.open(Message("m", "agent"), reduce(ConversationState(), HumanReply(NOW, "Hi")), now=NOW)
    assert case.matched == ()
    assert case.firing() == ()
    assert case.without(rule="only").decide({}) == case.decide({})
