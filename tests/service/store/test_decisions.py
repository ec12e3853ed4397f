"""The record of decisions: what was asked, decided again to the same; and who decided, for people to query."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings

from handover_rules.conversation import ConversationState
from handover_rules.decision import Decision, Needs
from handover_rules.detectors import Query
from handover_rules.engine import Engine
from handover_rules.rulefile import load_ruleset
from handover_rules.signals import Score, Signal, Unavailable
from service.store.database import Database
from service.store.decisions import add_decision, find_decisions
from tests.handover_rules.engine import strategies
from tests.service.desk import ADA, MONDAY, Desk
from tests.service.rulesets import NEEDED, NOT_NEEDED, Answering, detectors, ruleset

UNSURE = Score(0.1)


def intent(desk: Desk, text: str, ai: Signal, local: Signal = UNSURE) -> dict[str, Any]:
    """The line in the log about a message that detectors say that of."""
    desk.detectors = detectors(lambda _: ai, lambda _: local)
    desk.say(text)
    row = desk.row(desk.tables.intent_analysis_log, message_text=text)
    names = ("handover_needed", "confidence_score", "reason", "final_decision", "model_used")
    score = row["confidence_score"]
    # The column is a `real`, as users have it.
    return {**{name: row[name] for name in names}, "confidence_score": None if score is None else round(score, 4)}


def answering(said: dict[str, Signal]) -> Callable[[Query], Signal]:
    """A detector that says that of each text."""
    return lambda query: said[query.text]


# --- intent_analysis_log --------------------------------------------------------------------------


def test_a_phrase_has_no_confidence(desk: Desk) -> None:
    assert intent(desk, "A human please", NEEDED) == {
        "handover_needed": True,
        "confidence_score": None,
        "reason": "The customer asks for a person.",
        "final_decision": True,
        "model_used": "rule asked",
    }


def test_the_ai_decided(desk: Desk) -> None:
    assert intent(desk, "get me out of here", NEEDED) == {
        "handover_needed": True,
        "confidence_score": 0.9,
        "reason": "They want somebody.",
        "final_decision": True,
        "model_used": "ai (gpt-test)",
    }


def test_the_ai_was_asked_and_nobody_decided(desk: Desk) -> None:
    assert intent(desk, "where is my parcel", NOT_NEEDED) == {
        "handover_needed": False,
        "confidence_score": 0.8,
        "reason": "A question about a parcel.",
        "final_decision": False,
        "model_used": "ai (gpt-test)",
    }


def test_what_the_ai_said_stands_beside_what_was_decided(desk: Desk) -> None:
    """It says that a person is needed, and is not sure enough."""
    unsure = Score(0.55, needed=True, confidence=0.55, reason="Perhaps.")
    assert intent(desk, "where is my parcel", unsure) == {
        "handover_needed": True,
        "confidence_score": 0.55,
        "reason": "Perhaps.",
        "final_decision": False,
        "model_used": "ai (gpt-test)",
    }


def test_a_rule_decided_after_the_ai_had_not(desk: Desk) -> None:
    """What the AI said of the message is not the reason for what the rule did."""
    assert intent(desk, "not what I meant", NOT_NEEDED) == {
        "handover_needed": False,
        "confidence_score": 0.8,
        "reason": "The bot may not have understood.",
        "final_decision": False,
        "model_used": "rule unsure",
    }


def test_the_local_model_decided_because_the_ai_could_not(desk: Desk) -> None:
    assert intent(desk, "get me out of here", Unavailable("timed_out"), Score(0.95)) == {
        "handover_needed": True,
        "confidence_score": 0.95,
        "reason": "The local model is sure.",
        "final_decision": True,
        "model_used": "local",
    }


def test_no_detector_could_tell(desk: Desk) -> None:
    said = intent(desk, "where is my parcel", Unavailable("no_key"), Unavailable("no_model"))
    assert said == {
        "handover_needed": False,
        "confidence_score": None,
        "reason": "no rule fired",
        "final_decision": False,
        "model_used": "none",
    }


def test_a_rule_that_stays_is_named(desk: Desk) -> None:
    said = intent(desk, "human rights", NEEDED)
    assert (said["final_decision"], said["model_used"], said["confidence_score"]) == (False, "rule not-meant", None)


def test_of_two_ais_that_say_the_same_the_one_that_decided_is_named(database: Database, tmp_path: Path) -> None:
    text = """\
ruleset: two
detectors:
  cheap: {kind: openai, cost: 10, model: small, prompt: prompt.j2}
  dear: {kind: openai, cost: 100, model: large, prompt: prompt.j2}
rules:
  - id: both
    when: {all: [{score: {of: cheap, at_least: 0.1}}, {score: {of: dear, at_least: 0.7}}]}
    then: handover
"""
    (tmp_path / "prompt.j2").write_text("?", encoding="utf-8")
    (tmp_path / "two.yaml").write_text(text, encoding="utf-8")
    desk = Desk(database, load_ruleset(tmp_path / "two.yaml"))
    for cheap, text in ((NEEDED, "same"), (replace(NEEDED, value=0.3, confidence=0.3, reason="Hm."), "other")):
        desk.detectors = {
            "cheap": Answering("cheap", answering({text: cheap})),
            "dear": Answering("dear", lambda _: NEEDED),
        }
        desk.say(text, customer=text)
        row = desk.row(desk.tables.intent_analysis_log, message_text=text)
        assert (row["model_used"], round(row["confidence_score"], 4)) == ("dear (large)", 0.9)
        assert row["reason"] == "They want somebody."


def test_no_log_where_nobody_wants_one(database: Database, tmp_path: Path) -> None:
    desk = Desk(database, ruleset(tmp_path), log_intents=False)
    desk.say("A human please")
    assert desk.rows(desk.tables.intent_analysis_log) == []
    assert len(desk.rows(desk.tables.decisions)) == 1


# --- decisions ------------------------------------------------------------------------------------

SIGNALS: dict[str, Signal] = {
    "plain": Score(0.1 + 0.2),
    "tiny": Score(5e-324),
    "judged": NEEDED,
    "not needed": NOT_NEEDED,
    "silent": Score(1.0, needed=True, confidence=1.0),
    "unsure": Score(0.5, None, 0.25, "Grüße 👋"),
    "away": Unavailable("rate_limited"),
}


def test_signals_of_all_kinds_come_back(desk: Desk) -> None:
    arrived = desk.arrive("hello", payload='{"a": [1, {"b": "ü"}]}')
    decision = desk.engine.hand_over("By hand.")
    desk.write(
        add_decision,
        arrived.waiting,
        arrived.conversation.id,
        {"name": "Ada", "lead_score": 25},
        ConversationState(),
        decision,
        SIGNALS,
        MONDAY,
        ["reply: no"],
    )
    (stored,) = desk.write(find_decisions, "m1")
    assert (stored.signals, stored.problems, stored.reason) == (SIGNALS, ["reply: no"], "By hand.")
    assert (stored.customer_id, stored.outcome, stored.rule, stored.confidence) == (ADA, "handover", None, None)
    assert stored.message == arrived.waiting.message({"name": "Ada", "lead_score": 25})
    assert (stored.now, stored.decided_at, stored.ruleset_hash) == (MONDAY, MONDAY, desk.ruleset.hash)


def test_nothing_was_decided_about_an_unknown_message(desk: Desk) -> None:
    desk.receive("hello")
    assert desk.write(find_decisions, "m1") == []


def test_messages_of_several_customers_may_have_the_same_id(desk: Desk) -> None:
    desk.say("A human please", message_id="1")
    desk.say("hello", "15550001111", message_id="1")
    found = desk.write(find_decisions, "1")
    assert [(one.customer_id, one.outcome) for one in found] == [(ADA, "handover"), ("15550001111", "none")]


@pytest.mark.parametrize(
    ("text", "ai", "local"),
    [
        ("A human please", NEEDED, Score(0.1)),
        ("get me out of here", NEEDED, Score(0.1)),
        ("get me out of here", Unavailable("timed_out"), Score(0.95)),
        ("where is my parcel", NOT_NEEDED, Unavailable("no_model")),
        ("I am furious", NOT_NEEDED, Score(0.1)),
    ],
)
def test_what_the_service_decided_is_decided_again(desk: Desk, text: str, ai: Signal, local: Signal) -> None:
    desk.detectors = detectors(lambda _: ai, lambda _: local)
    desk.say("not what I meant")
    desk.advance(minutes=1)
    desk.say(text)
    desk.say("hello?")
    for stored in (one for number in (1, 2, 3) for one in desk.write(find_decisions, f"m{number}")):
        again = desk.engine.decide(stored.message, stored.state, now=stored.now, signals=stored.signals)
        assert isinstance(again, Decision)
        assert (again.outcome, again.rule, again.reason) == (stored.outcome, stored.rule, stored.reason)
        assert (again.confidence, list(again.tags)) == (stored.confidence, list(stored.tags))
        assert set(again.asked) == set(stored.signals)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=strategies.RULESETS, situations=strategies.situations(3, silent=0.0))
def test_every_stored_decision_is_decided_again(
    desk: Desk, tmp_path: Path, data: dict[str, Any], situations: list[strategies.Situation]
) -> None:
    """Random rules, messages, states and signals: the same decision, with the same trace."""
    engine = Engine(strategies.load(data, tmp_path))
    for situation in situations:
        said = situation.message.text.replace("\ud800", "\ufffd") or "-"  # the inbox has neither
        desk.now = situation.now
        arrived = desk.arrive(said, payload=json.dumps(situation.message.event))
        state = state_of(situation).at(situation.now)
        message = arrived.waiting.message(situation.message.customer)
        decision = engine.decide(message, state, now=situation.now, signals=situation.signals, trace=True)
        assert not isinstance(decision, Needs)
        desk.write(
            add_decision,
            arrived.waiting,
            arrived.conversation.id,
            situation.message.customer,
            state,
            decision,
            {name: situation.signals[name] for name in decision.asked},
            situation.now,
            [],
        )
        (stored,) = desk.write(find_decisions, arrived.waiting.message_id)
        assert (stored.message, stored.state, stored.now) == (message, state, situation.now)
        again = engine.decide(stored.message, stored.state, now=stored.now, signals=stored.signals, trace=True)
        assert again == decision


def state_of(situation: strategies.Situation) -> ConversationState:
    """The situation's state without what the inbox would have replaced."""
    turns = tuple(replace(turn, text=turn.text.replace("\ud800", "\ufffd")) for turn in situation.state.turns)
    return replace(situation.state, turns=turns)
