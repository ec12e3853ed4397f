"""Which rule decides, what the tags add, what is asked, and what a decision says."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from handover_rules.conversation import ConversationState, Decided, HumanReply, reduce
from handover_rules.decision import Decision, Needs
from handover_rules.engine import Engine
from handover_rules.errors import EngineError
from handover_rules.messages import Message
from handover_rules.ruleset import Settings
from handover_rules.signals import Score, Signals, Unavailable
from tests.handover_rules.engine.building import AI_AND_LOCAL, decided, engine_of, engine_when

NOW = datetime(2026, 3, 2, 10, 30, tzinfo=UTC)
NEW = ConversationState()


def decide(engine: Engine, text: str, signals: Signals | None = None) -> Decision:
    return decided(engine.decide(Message("m", text), NEW, now=NOW, signals=signals or {}))


def needs(engine: Engine, text: str, signals: Signals | None = None) -> tuple[str, ...]:
    result = engine.decide(Message("m", text), NEW, now=NOW, signals=signals or {})
    assert isinstance(result, Needs)
    return result.detectors


# --- which rule decides ---------------------------------------------------------------------------

ORDER = """
rules:
  - id: low
    priority: 10
    when: {phrase: a}
    then: handover
  - id: first
    when: {phrase: b}
    then: stay
    why: We answer that ourselves.
  - id: second
    when: {phrase: b}
    then: stay
  - id: high
    priority: 90
    when: {phrase: c}
    then: ask
    unless: [{phrase: never}, {phrase: mind}]
  - id: label
    priority: 100
    when: {phrase: label}
    then: tag
"""


@pytest.mark.parametrize(
    ("text", "outcome", "rule"),
    [
        ("a", "handover", "low"),
        ("a b", "stay", "first"),
        ("a b c", "ask", "high"),
        ("a c never", "handover", "low"),
        ("a c mind", "handover", "low"),
        ("label", "none", None),
        ("nothing", "none", None),
        ("", "none", None),
        ("\ud800", "none", None),
    ],
)
def test_the_first_rule_that_fires_decides(tmp_path: Path, text: str, outcome: str, rule: str | None) -> None:
    decision = decide(engine_of(ORDER, tmp_path), text)
    assert (decision.outcome, decision.rule) == (outcome, rule)
    assert decision.handover == (outcome == "handover")


def test_the_reason_is_why_or_the_rules_name(tmp_path: Path) -> None:
    engine = engine_of(ORDER, tmp_path)
    assert decide(engine, "b").reason == "We answer that ourselves."
    assert decide(engine, "a").reason == "the rule low fired"
    assert decide(engine, "x").reason == "no rule fired"


def test_a_conversation_that_a_person_owns_is_not_analysed(tmp_path: Path) -> None:
    engine = engine_when("score: {of: ai, at_least: 0.5}", tmp_path)
    state = reduce(NEW, HumanReply(NOW))
    decision = decided(engine.decide(Message("m", "a"), state, now=NOW, signals={"ai": Score(1.0)}, trace=True))
    assert (decision.outcome, decision.asked, decision.tags, decision.trace) == ("none", (), (), ())
    assert decision.reason == "a person owns the conversation"


def test_a_conversation_whose_person_is_done_is_analysed_again(tmp_path: Path) -> None:
    engine = engine_when("phrase: a", tmp_path)
    state = reduce(NEW, Decided(NOW, "handover", "only", return_after=timedelta(hours=1)))
    message = Message("m", "a")
    before = engine.decide(message, state, now=NOW + timedelta(minutes=59))
    after = engine.decide(message, state, now=NOW + timedelta(hours=1))
    assert (decided(before).outcome, decided(after).outcome) == ("none", "handover")


@pytest.mark.parametrize("trace", [False, True])
def test_a_time_without_a_zone_is_an_error(tmp_path: Path, trace: bool) -> None:
    engine = engine_when("phrase: a", tmp_path)
    with pytest.raises(EngineError, match="time zone"):
        engine.decide(Message("m", "a"), now=datetime(2026, 3, 2), trace=trace)


def test_a_decision_carries_the_rulesets_hash(tmp_path: Path) -> None:
    engine = engine_when("phrase: a", tmp_path)
    assert decide(engine, "a").ruleset_hash == decide(engine, "b").ruleset_hash == engine.ruleset.hash


# --- tags -----------------------------------------------------------------------------------------

TAGS = """
queues: {general: {skills: [a]}, billing: {skills: [b]}, legal: {skills: [c]}}
actions:
  take_over: [bot.disable: {}, task.create: {title: Reply}]
  tell: [slack.post: {text: New}]
rules:
  - {id: person, priority: 60, when: {phrase: person}, then: handover,
     set: {priority: medium, queue: general, sla: 1h}, do: [take_over]}
  - {id: offer, priority: 20, when: {phrase: offer}, then: ask, set: {queue: general}, do: [tell]}
  - {id: legal, priority: 90, when: {phrase: court}, then: tag, set: {queue: legal, topic: law}, do: [tell, take_over]}
  - {id: money, priority: 10, when: {phrase: refund}, then: tag, set: {queue: billing, topic: money, sla: 30m}}
  - {id: angry, priority: 10, when: {phrase: angry}, then: tag, set: {priority: urgent, sla: 2h}, do: [tell]}
"""
HOUR, HALF = timedelta(hours=1), timedelta(minutes=30)


@pytest.mark.parametrize(
    ("text", "tags", "settings"),
    [
        ("person", (), Settings("medium", "general", HOUR)),
        ("person refund", ("money",), Settings("medium", "general", HALF, "money")),
        ("person court refund", ("legal", "money"), Settings("medium", "legal", HALF, "law")),
        ("person angry", ("angry",), Settings("urgent", "general", HOUR)),
    ],
)
def test_tags_add_settings_to_a_handover(tmp_path: Path, text: str, tags: tuple[str, ...], settings: Settings) -> None:
    decision = decide(engine_of(TAGS, tmp_path), text)
    assert decision.tags == tags
    assert decision.settings == settings


def test_an_action_list_that_several_rules_name_is_planned_once(tmp_path: Path) -> None:
    decision = decide(engine_of(TAGS, tmp_path), "person court angry")
    assert [action.kind for action in decision.actions] == ["bot.disable", "task.create", "slack.post"]
    assert decision.actions[1].params["title"] == "Reply"


def test_tags_add_nothing_to_anything_but_a_handover(tmp_path: Path) -> None:
    engine = engine_of(TAGS, tmp_path)
    offer, nothing = decide(engine, "offer court"), decide(engine, "court")
    assert offer.tags == nothing.tags == ("legal",)
    assert offer.settings == Settings(queue="general")
    assert [action.kind for action in offer.actions] == ["slack.post"]
    assert (nothing.settings, nothing.actions) == (Settings(), ())


SCORED_TAGS = (
    AI_AND_LOCAL
    + """
rules:
  - {id: person, when: {phrase: person}, then: handover}
  - {id: likely, when: {score: {of: ai, at_least: 0.5}}, then: handover}
  - {id: angry, when: {score: {of: local, at_least: 0.5}}, then: tag, set: {topic: anger}}
  - {id: sure, when: {any: [{phrase: angry}, {score: {of: local, at_least: 0.5}}]}, then: tag, set: {sla: 5m}}
  - {id: same, when: {score: {of: ai, at_least: 0.4}}, then: tag, set: {priority: high}}
"""
)


def test_detectors_of_tags_are_asked_once_a_handover_is_certain(tmp_path: Path) -> None:
    engine = engine_of(SCORED_TAGS, tmp_path)
    assert needs(engine, "person") == ("local", "ai")
    assert needs(engine, "hello") == ("ai",)  # the dearer one, for whether it is a handover at all
    assert needs(engine, "hello", {"ai": Score(0.5)}) == ("local",)
    decision = decide(engine, "hello", {"ai": Score(0.5), "local": Score(0.5)})
    assert decision.tags == ("angry", "sure", "same")
    assert decision.asked == ("ai", "local")


def test_without_a_handover_only_tags_that_fire_anyway_are_there(tmp_path: Path) -> None:
    engine = engine_of(SCORED_TAGS, tmp_path)
    known = {"ai": Score(0.4), "local": Score(1.0)}
    for signals in (known, {"ai": Score(0.4)}):
        assert decide(engine, "hello", signals).tags == ()
        assert decide(engine, "angry", signals).tags == ("sure",)


def test_nobody_is_asked_for_a_tag_that_adds_nothing(tmp_path: Path) -> None:
    engine = engine_of(
        AI_AND_LOCAL
        + """
rules:
  - {id: person, when: {phrase: person}, then: handover}
  - {id: idle, when: {score: {of: local, at_least: 0.5}}, then: tag}
""",
        tmp_path,
    )
    for signals in ({}, {"local": Score(1.0)}):
        decision = decide(engine, "person", signals)
        assert (decision.tags, decision.asked) == ((), ())


# --- what is asked --------------------------------------------------------------------------------


def test_the_cheapest_is_named_first_and_names_break_ties(tmp_path: Path) -> None:
    engine = engine_when(
        """
        any:
          - score: {of: dear, at_least: 0.5}
          - score: {of: zebra, at_least: 0.5}
          - score: {of: ant, at_least: 0.5}
        """,
        tmp_path,
        """
        detectors:
          zebra: {kind: linear, cost: 5, model: z.json}
          dear: {kind: linear, cost: 9, model: d.json}
          ant: {kind: linear, cost: 5, model: a.json}
        """,
    )
    assert needs(engine, "a") == ("ant", "zebra", "dear")
    assert needs(engine, "a", {"ant": Score(0.1)}) == ("zebra", "dear")
    assert needs(engine, "a", {"zebra": Score(0.1)}) == ("ant", "dear")  # what is known is not needed
    assert decide(engine, "a", {"ant": Score(0.5)}).asked == ("ant",)


CASCADE = """
all:
  - score: {of: local, at_least: 0.1}
  - score: {of: ai, at_least: 0.7}
"""


def test_a_dear_detector_is_asked_only_where_a_cheap_one_sees_a_chance(tmp_path: Path) -> None:
    engine = engine_when(CASCADE, tmp_path)
    assert needs(engine, "a") == ("local", "ai")
    assert decide(engine, "a", {"local": Score(0.09)}).asked == ("local",)
    assert decide(engine, "a", {"local": Unavailable("no_model")}).asked == ("local",)
    assert needs(engine, "a", {"local": Score(0.1)}) == ("ai",)


def test_an_answer_that_was_not_needed_has_no_influence(tmp_path: Path) -> None:
    engine = engine_when(CASCADE, tmp_path)
    alone = decide(engine, "a", {"local": Score(0.0)})
    assert alone == decide(engine, "a", {"local": Score(0.0), "ai": Score(1.0)})
    assert alone == decide(engine, "a", {"ai": Unavailable("off"), "local": Score(0.0), "other": Score(1.0)})


def test_nobody_is_asked_for_a_rule_that_another_rule_beats(tmp_path: Path) -> None:
    engine = engine_of(
        AI_AND_LOCAL
        + """
rules:
  - {id: scored, priority: 90, when: {score: {of: local, at_least: 0.5}}, unless: [{phrase: joke}], then: handover}
  - {id: said, priority: 60, when: {phrase: human}, then: stay}
  - {id: dear, priority: 10, when: {score: {of: ai, at_least: 0.5}}, then: handover}
""",
        tmp_path,
    )
    assert needs(engine, "a human") == ("local",)
    assert decide(engine, "a human joke").asked == ()
    assert needs(engine, "hello") == ("local", "ai")


def test_an_unknown_veto_does_not_veto(tmp_path: Path) -> None:
    engine = engine_of(
        AI_AND_LOCAL + "rules:\n"
        "  - {id: a, when: {phrase: a}, unless: [{score: {of: ai, at_least: 0.5}}], then: handover}\n",
        tmp_path,
    )
    assert needs(engine, "a") == ("ai",)
    assert decide(engine, "a", {"ai": Unavailable("timed_out")}).handover
    assert decide(engine, "a", {"ai": Score(0.4)}).handover
    assert not decide(engine, "a", {"ai": Score(0.5)}).handover


def test_falling_back_is_a_rule(tmp_path: Path) -> None:
    engine = engine_when(
        """
        any:
          - score: {of: ai, at_least: 0.7}
          - all: [{unavailable: ai}, {score: {of: local, at_least: 0.8}}]
        """,
        tmp_path,
    )
    off = Unavailable("off")
    assert decide(engine, "a", {"ai": Score(0.7), "local": Score(0.0)}).handover
    assert not decide(engine, "a", {"ai": Score(0.6), "local": Score(0.9)}).handover
    assert decide(engine, "a", {"ai": off, "local": Score(0.9)}).confidence == 0.9
    assert not decide(engine, "a", {"ai": off, "local": off}).handover


def test_a_case_is_opened_once_and_decided_with_more_and_more_signals(tmp_path: Path) -> None:
    engine = engine_when(CASCADE, tmp_path)
    case = engine.open(Message("m", "a"), NEW, now=NOW)
    assert case.decide({}) == Needs(("local", "ai"))
    assert case.decide({"local": Score(0.5)}) == Needs(("ai",))
    signals = {"local": Score(0.5), "ai": Score(0.9)}
    assert case.decide(signals) == decide(engine, "a", signals)


# --- confidence -----------------------------------------------------------------------------------

HIGH, LOW = 0.9, 0.2


@pytest.mark.parametrize(
    ("condition", "local", "ai", "confidence"),
    [
        ("phrase: a", HIGH, HIGH, None),
        ("score: {of: ai, at_least: 0.5}", HIGH, 0.6, 0.6),
        ("not: {score: {of: ai, at_least: 0.5}}", HIGH, LOW, LOW),
        ("any: [{phrase: a}, {score: {of: ai, at_least: 0.5}}]", HIGH, HIGH, None),
        ("all: [{phrase: a}, {score: {of: ai, at_least: 0.5}}]", HIGH, 0.6, 0.6),
        ("all: [{score: {of: ai, at_least: 0.5}}, {score: {of: local, at_least: 0.5}}]", HIGH, 0.6, 0.6),
        ("any: [{score: {of: ai, at_least: 0.5}}, {score: {of: local, at_least: 0.5}}]", HIGH, 0.6, HIGH),
        ("any: [{score: {of: ai, at_least: 0.5}}, {score: {of: local, at_least: 0.5}}]", LOW, 0.6, 0.6),
        ("not: {any: [{score: {of: ai, at_least: 0.5}}, {score: {of: local, at_least: 0.5}}]}", 0.1, LOW, LOW),
        ("not: {all: [{score: {of: ai, at_least: 0.5}}, {score: {of: local, at_least: 0.5}}]}", 0.1, LOW, 0.1),
        ("all: [{unavailable: ai}, {score: {of: local, at_least: 0.5}}]", HIGH, None, HIGH),
        ("unavailable: ai", HIGH, None, None),
        ("not: {unavailable: ai}", HIGH, HIGH, None),
    ],
)
def test_confidence_is_the_score_that_decided(
    tmp_path: Path, condition: str, local: float, ai: float | None, confidence: float | None
) -> None:
    engine = engine_when(condition, tmp_path)
    signals = {"local": Score(local), "ai": Score(ai) if ai is not None else Unavailable("off")}
    decision = decide(engine, "a", signals)
    assert decision.handover
    assert decision.confidence == confidence


def test_without_a_deciding_rule_there_is_no_confidence(tmp_path: Path) -> None:
    engine = engine_when("score: {of: ai, at_least: 0.5}", tmp_path)
    decision = decide(engine, "a", {"ai": Score(0.4)})
    assert (decision.outcome, decision.confidence, decision.asked) == ("none", None, ("ai",))


# --- a handover that no rule decided --------------------------------------------------------------

BY_HAND = """
queues: {general: {}, urgent: {}}
rules:
  - {id: label, priority: 99, when: {phrase: l}, then: tag, set: {priority: urgent}, do: [tell]}
  - {id: bare, priority: 95, when: {phrase: b}, then: handover, set: {queue: urgent}}
  - {id: lower, priority: 10, when: {phrase: c}, then: handover, set: {queue: urgent}, do: [tell]}
  - {id: first, priority: 90, when: {phrase: d}, then: handover, set: {queue: general, sla: 15m}, do: [take, tell]}
  - {id: offer, priority: 97, when: {phrase: e}, then: ask, do: [tell]}
actions:
  take: [{bot.disable: {}}]
  tell: [{slack.post: {text: "{{ rule.id }}"}}]
"""


def test_a_handover_by_hand_does_what_the_first_that_does_something_does(tmp_path: Path) -> None:
    engine = engine_of(BY_HAND, tmp_path)
    decision = engine.hand_over("The application asked.")
    assert (decision.outcome, decision.handover, decision.rule) == ("handover", True, None)
    assert (decision.reason, decision.confidence, decision.tags) == ("The application asked.", None, ())
    assert decision.settings == Settings(queue="general", sla=timedelta(minutes=15))
    assert [action.kind for action in decision.actions] == ["bot.disable", "slack.post"]
    assert (decision.asked, decision.trace, decision.ruleset_hash) == ((), None, engine.ruleset.hash)


def test_a_handover_by_hand_sets_what_the_first_sets_where_none_does_anything(tmp_path: Path) -> None:
    bare = "\n".join(line for line in BY_HAND.splitlines() if "do:" not in line and "take:" not in line)
    decision = engine_of(bare.partition("actions:")[0], tmp_path).hand_over("By hand.")
    assert (decision.settings, decision.actions) == (Settings(queue="urgent"), ())


def test_rules_that_never_hand_over_do_not_say_how(tmp_path: Path) -> None:
    engine = engine_of("rules: [{id: a, when: {phrase: a}, then: stay}]", tmp_path)
    with pytest.raises(EngineError, match="no rule hands over"):
        engine.hand_over("By hand.")
