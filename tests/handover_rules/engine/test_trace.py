"""The trace says of every rule whether it fired, what settled it, by how much, and on which line."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from handover_rules.decision import ConditionTrace, Decision, Needs, RuleTrace
from handover_rules.messages import Message
from handover_rules.signals import Score, Signals, Unavailable
from tests.handover_rules.engine.building import AI_AND_LOCAL, decided, engine_of, engine_when

NOW = datetime(2026, 3, 2, 10, 30, tzinfo=UTC)


def traced(folder: Path, text: str, condition: str, signals: Signals | None = None) -> RuleTrace:
    """The trace of a single rule with that condition."""
    engine = engine_when(condition, folder)
    (rule,) = decided(engine.decide(Message("m", text), now=NOW, signals=signals or {}, trace=True)).trace or ()
    return rule


RULES = (
    AI_AND_LOCAL
    + """\
rules:
  - id: person
    priority: 90
    when:
      any:
        - phrase:
            - talk to a robot
            - human
        - score: {of: ai, at_least: 0.7}
    unless:
      - phrase: ["are you a human"]
    then: handover
  - id: likely
    when: {score: {of: local, at_least: 0.8}}
    then: handover
  - id: angry
    priority: 10
    when: {regex: '!!'}
    then: tag
"""
)


def trace_of(folder: Path, text: str, signals: Signals) -> tuple[Decision, dict[str, RuleTrace]]:
    decision = decided(engine_of(RULES, folder).decide(Message("m", text), now=NOW, signals=signals, trace=True))
    assert decision.trace is not None
    return decision, {rule.rule: rule for rule in decision.trace}


def test_it_is_there_only_when_asked_for(tmp_path: Path) -> None:
    engine = engine_of(RULES, tmp_path)
    assert decided(engine.decide(Message("m", "human"), now=NOW)).trace is None


def test_every_rule_has_one_in_deciding_order(tmp_path: Path) -> None:
    _, rules = trace_of(tmp_path, "human", {})
    assert [(rule.rule, rule.then, rule.priority) for rule in rules.values()] == [
        ("person", "handover", 90),
        ("likely", "handover", 50),
        ("angry", "tag", 10),
    ]
    assert [rule.place.line for rule in rules.values()] == [6, 17, 20]


def test_a_phrase_is_shown_with_its_line(tmp_path: Path) -> None:
    decision, rules = trace_of(tmp_path, "a human please", {})
    person = rules["person"]
    assert decision.rule == "person"
    assert (person.fired, person.value) == (True, "true")
    assert (person.because.what, person.because.met, person.because.place.line) == ("phrase", "human", 12)


def test_nobody_was_asked_for_the_rules_below(tmp_path: Path) -> None:
    _, rules = trace_of(tmp_path, "a human please", {"local": Score(0.9)})
    likely = rules["likely"]
    assert (likely.fired, likely.value, likely.because.met) == (False, "not_asked", None)
    assert likely.because.bound == 0.8


def test_a_miss_shows_value_bound_and_margin(tmp_path: Path) -> None:
    decision, rules = trace_of(tmp_path, "hello", {"ai": Score(0.65), "local": Score(0.82)})
    person, likely = rules["person"].because, rules["likely"].because
    assert decision.asked == ("local", "ai")
    assert (person.what, person.value) == ("score of ai >= 0.7", "false")
    assert (person.met, person.bound, person.margin, person.place.line) == (0.65, 0.7, -0.05, 13)
    assert (likely.met, likely.bound, likely.margin, likely.place.line) == (0.82, 0.8, 0.02, 18)


def test_a_veto_is_what_stopped_a_rule_that_would_have_fired(tmp_path: Path) -> None:
    decision, rules = trace_of(tmp_path, "are you a human", {"local": Score(0.0)})
    person = rules["person"]
    assert (decision.outcome, person.fired, person.value) == ("none", False, "true")
    assert (person.because.met, person.because.place.line) == ("are you a human", 15)
    assert person.unless[0].value == "true"


def test_a_tag_fired_when_the_decision_has_it(tmp_path: Path) -> None:
    for text, expected in (("human!!", True), ("human", False), ("!!", True)):
        decision, rules = trace_of(tmp_path, text, {"ai": Score(0.0), "local": Score(0.0)})
        assert rules["angry"].fired == expected == ("angry" in decision.tags)


def test_a_tag_that_a_score_would_add_did_not_fire_without_a_handover(tmp_path: Path) -> None:
    engine = engine_of(
        AI_AND_LOCAL
        + """
rules:
  - {id: likely, when: {score: {of: ai, at_least: 0.9}}, then: handover}
  - {id: heated, when: {score: {of: ai, at_least: 0.5}}, then: tag, set: {topic: anger}}
""",
        tmp_path,
    )
    for score, fired in ((0.6, False), (0.9, True)):
        decision = decided(engine.decide(Message("m", "a"), now=NOW, signals={"ai": Score(score)}, trace=True))
        assert decision.trace is not None
        assert (decision.trace[1].fired, decision.trace[1].value) == (fired, "true")
        assert (decision.tags == ("heated",)) is fired


def test_of_several_phrases_and_regexes_the_first_that_is_written_is_shown(tmp_path: Path) -> None:
    assert traced(tmp_path, "b a", "phrase: [a, b]").because.met == "a"
    assert traced(tmp_path, "ab", "regex: [x, b, a, 'a*']").because.met == "b"


AI_OFF: Signals = {"ai": Unavailable("timed_out"), "local": Score(0.1)}


@pytest.mark.parametrize(
    ("condition", "value", "what", "met"),
    [
        # What makes an `all` fail is its false condition, not one before it that is unknown.
        ("all: [{score: {of: ai, at_least: 0.7}}, {phrase: b}]", "false", "phrase", None),
        (
            "all: [{phrase: a}, {score: {of: ai, at_least: 0.7}}]",
            "unknown",
            "score of ai >= 0.7",
            "unavailable: timed_out",
        ),
        # What makes an `any` unknown is its unknown condition, not one that was measured.
        (
            "any: [{score: {of: local, at_least: 0.7}}, {score: {of: ai, at_least: 0.7}}]",
            "unknown",
            "score of ai >= 0.7",
            "unavailable: timed_out",
        ),
        ("any: [{phrase: b}, {phrase: c}]", "false", "any", None),
        (
            "any: [{score: {of: local, at_least: 0.7}}, {score: {of: local, at_least: 0.3}}]",
            "false",
            "score of local >= 0.3",
            0.1,
        ),
        ("any: [{turns: {at_least: 4}}, {phrase: b}]", "false", "turns", 1),
        ("not: {any: [{phrase: b}, {phrase: a}]}", "false", "phrase", "a"),
        ("not: {phrase: a}", "false", "not", None),
        ("all: [{phrase: a}, {any: [{phrase: b}, {unavailable: ai}]}]", "true", "phrase", "a"),
        ("unavailable: ai", "true", "unavailable: ai", "timed_out"),
        ("hours: office", "true", "hours", "Mon 10:30"),
        ("lang: es", "false", "lang", "en"),
        ("channel: web", "false", "channel", "whatsapp"),
        ("accepted_offer: true", "false", "accepted_offer", "no offer is open"),
        ("field: {path: a.b, is: x}", "false", "field a.b", "absent"),
        ("customer: {tier: gold}", "false", "customer", None),
        ("failures: {at_least: 2}", "false", "failures", 0),
        ("repeats: {at_least: 2}", "false", "repeats", 0),
    ],
)
def test_what_settled_a_rule(tmp_path: Path, condition: str, value: str, what: str, met: str | float | None) -> None:
    office = "hours: {office: {days: mon-fri, from: 09:00, to: 18:00}}\n"
    engine = engine_when(condition, tmp_path, AI_AND_LOCAL + office)
    message = Message("m", "a", "en", "whatsapp")
    (rule,) = decided(engine.decide(message, now=NOW, signals=AI_OFF, trace=True)).trace or ()
    assert (rule.value, rule.because.what, rule.because.met) == (value, what, met)
    assert rule.fired == (value == "true")


def test_a_threshold_is_shown_by_name(tmp_path: Path) -> None:
    engine = engine_when("score: {of: ai, at_least: $cut}", tmp_path, AI_AND_LOCAL + "thresholds: {cut: 0.25}\n")
    decision = decided(engine.decide(Message("m", "a"), now=NOW, signals={"ai": Score(0.25)}, trace=True))
    assert decision.trace is not None
    cause: ConditionTrace = decision.trace[0].because
    assert (cause.what, cause.bound, cause.margin) == ("score of ai >= $cut", 0.25, 0.0)


def test_a_rule_whose_veto_was_not_asked_waits_for_the_veto(tmp_path: Path) -> None:
    engine = engine_of(
        AI_AND_LOCAL
        + """
rules:
  - {id: first, priority: 90, when: {phrase: a}, then: handover}
  - {id: second, when: {phrase: a}, unless: [{phrase: b}, {score: {of: ai, at_least: 0.5}}], then: stay}
""",
        tmp_path,
    )
    decision = decided(engine.decide(Message("m", "a"), now=NOW, trace=True))
    assert decision.trace is not None
    second = decision.trace[1]
    assert (second.fired, second.value, second.because.what) == (False, "true", "score of ai >= 0.5")
    assert second.because.value == "not_asked"


UNDECIDED = (
    AI_AND_LOCAL
    + """
rules:
  - {id: likely, priority: 90, when: {score: {of: local, at_least: 0.5}}, then: handover}
  - {id: sure, priority: 80, when: {score: {of: ai, at_least: 0.5}}, then: handover}
  - {id: asked, priority: 70, when: {phrase: agent}, then: handover}
  - {id: word, when: {phrase: agent}, then: tag}
  - {id: score, when: {score: {of: local, at_least: 0.1}}, then: tag, set: {topic: x}}
  - {id: more, when: {score: {of: ai, at_least: 0.9}}, then: tag, set: {topic: y}}
"""
)


@pytest.mark.parametrize(
    ("signals", "values", "fired"),
    [
        # Tags that add something count only at a handover; without them all is open as long as the first rule is.
        ({}, ["not_asked", "not_asked", "true", "true", "not_asked", "not_asked"], {"asked", "word"}),
        ({"ai": 0.6}, ["not_asked", "not_asked", "true", "true", "not_asked", "not_asked"], {"asked", "word"}),
        ({"local": 0.4}, ["false", "not_asked", "true", "true", "true", "not_asked"], {"asked", "word"}),
        # Handed over is certain here, and only a tag waits.
        (
            {"local": 0.6},
            ["true", "not_asked", "true", "true", "true", "not_asked"],
            {"likely", "asked", "word", "score"},
        ),
    ],
)
def test_of_a_case_that_is_not_decided_yet_it_has_what_is_known(
    tmp_path: Path, signals: dict[str, float], values: list[str], fired: set[str]
) -> None:
    case = engine_of(UNDECIDED, tmp_path).open(Message("m", "agent"), now=NOW)
    assert isinstance(case.decide({name: Score(value) for name, value in signals.items()}), Needs)
    trace = case.trace()
    assert [rule.value for rule in trace] == values
    assert {rule.rule for rule in trace if rule.fired} == fired


def test_of_a_decided_case_it_is_that_of_the_decision(tmp_path: Path) -> None:
    case = engine_of(UNDECIDED, tmp_path).open(Message("m", "agent"), now=NOW)
    decision = decided(case.decide({"local": Score(0.4), "ai": Score(0.95)}, trace=True))
    assert decision.tags == ("word", "score", "more")
    assert case.trace() == decision.trace
