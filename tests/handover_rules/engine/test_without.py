"""A case without a rule or a pattern, against the ruleset from which it was really removed."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

from hypothesis import given, settings

from handover_rules import ruleset as model
from handover_rules.conversation import ConversationState, HumanReply, reduce
from handover_rules.decision import Decision
from handover_rules.engine import Engine
from handover_rules.engine.case import Case
from handover_rules.messages import Message
from handover_rules.ruleset import Condition, Place, Rule, Ruleset
from handover_rules.signals import Signals
from tests.handover_rules.engine import strategies
from tests.handover_rules.engine.building import decided, engine_of
from tests.handover_rules.engine.strategies import Situation, situations
from tests.handover_rules.engine.test_engine import NOW
from tests.handover_rules.engine.test_properties import FIXED

# Knows all words and lists and never fires, so that no removal changes what is read as a typo of what.
KEEPER = {
    "id": "keeper",
    "when": {"all": [{"channel": "nowhere"}, {"phrase": [*strategies.WORDS, "<people>", "<things>"]}]},
    "then": "tag",
}


def replaced_rule(ruleset: Ruleset, rule: Rule, *by: Rule) -> Ruleset:
    """The ruleset with other rules, or none, in the place of one."""
    at = ruleset.rules.index(rule)
    return replace(ruleset, rules=(*ruleset.rules[:at], *by, *ruleset.rules[at + 1 :]))


def removed(condition: Condition, place: Place) -> Condition:
    """The condition without the phrase or regex that is written there; it may have none then."""
    match condition:
        case model.All(children) | model.Any(children):
            return replace(condition, children=tuple(removed(child, place) for child in children))
        case model.Not(child):
            return replace(condition, child=removed(child, place))
        case model.Phrases(phrases):
            return replace(condition, phrases=tuple(source for source in phrases if source.place != place))
        case model.Regex(patterns):
            return replace(condition, patterns=tuple(pattern for pattern in patterns if pattern[1] != place))
    return condition


def without(rule: Rule, place: Place) -> Rule:
    """The rule without the phrase or regex that is written there."""
    unless = tuple(removed(veto, place) for veto in rule.unless)
    fewer = replace(rule, when=removed(rule.when, place), unless=unless)
    assert fewer != rule
    return fewer


def opened(engine: Engine, situation: Situation) -> Case:
    return engine.open(situation.message, situation.state, now=situation.now)


def said_of(case: Case, signals: Signals) -> tuple[object, ...]:
    """All that a case says of its message; rules by their ids, for one without a pattern is another rule."""
    result = case.decide(signals, trace=True)
    trace, firing = case.trace(), [rule.id for rule in case.firing()]
    assert firing == [rule.rule for rule in trace if rule.fired and rule.then != "tag"]
    if isinstance(result, Decision):
        assert trace == result.trace
        assert firing[:1] == ([] if result.rule is None else [result.rule])
    return result, trace, firing


@given(data=strategies.RULESETS, asked=situations(8))
@settings(FIXED, max_examples=150)
def test_without_a_rule_or_a_pattern_is_the_ruleset_without_it(
    tmp_path: Path, data: dict[str, Any], asked: list[Situation]
) -> None:
    ruleset = strategies.load({**data, "rules": [*data["rules"], KEEPER]}, tmp_path)
    engine = Engine(ruleset)
    cases = [opened(engine, one) for one in asked]
    before = [said_of(case, one.signals) for case, one in zip(cases, asked, strict=True)]
    rules = {rule.id: rule for rule in ruleset.rules if rule.id != KEEPER["id"]}
    for rule in rules.values():
        other = Engine(replaced_rule(ruleset, rule))
        for case, one in zip(cases, asked, strict=True):
            assert said_of(case.without_rule(rule.id), one.signals) == said_of(opened(other, one), one.signals)
    for pattern in (pattern for pattern in engine.patterns if pattern.rule in rules):
        occurs = [(case, one) for case, one in zip(cases, asked, strict=True) if pattern.number in case.matched]
        if not occurs:
            continue
        rule = rules[pattern.rule]
        other = Engine(replaced_rule(ruleset, rule, without(rule, pattern.place)))
        for case, one in occurs:
            fewer = case.without_pattern(pattern.number)
            assert said_of(fewer, one.signals) == said_of(opened(other, one), one.signals)
    assert [said_of(case, one.signals) for case, one in zip(cases, asked, strict=True)] == before


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

    def opened(text: str) -> Case:
        return engine.open(Message("m", text), now=NOW)

    def decides(case: Case) -> str | None:
        return decided(case.decide({})).rule

    assert decides(opened("an agent")) == decides(opened("agent")) == "first"
    assert decides(opened("agent order")) == "second"
    assert decides(opened("an agent").without_rule("first")) == "second"
    assert decides(opened("an agent").without_rule("second")) == "first"
    assert decides(opened("an agent").without_pattern(number["first", "agent"])) == "first"
    assert decides(opened("agent").without_pattern(number["first", "agent"])) == "second"
    assert decides(opened("agent order").without_pattern(number["second", "agent"])) is None
    assert decides(opened("agent order").without_pattern(number["first", "order"])) == "first"
    # What is left out stays out.
    for case in (
        opened("agent").without_rule("first").without_pattern(number["second", "agent"]),
        opened("agent").without_pattern(number["second", "agent"]).without_rule("first"),
        opened("agent").without_rule("first").without_rule("second"),
    ):
        assert (decides(case), case.firing()) == (None, ())


def test_what_a_person_reads_has_no_patterns(tmp_path: Path) -> None:
    engine = engine_of("rules: [{id: only, when: {phrase: agent}, then: handover}]\n", tmp_path)
    case = engine.open(Message("m", "agent"), reduce(ConversationState(), HumanReply(NOW, "Hi")), now=NOW)
    assert case.matched == ()
    assert case.firing() == ()
    assert case.trace() == ()
    assert case.without_rule("only").decide({}) == case.decide({})
