"""Asking detectors until the engine decides."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from handover_rules.conversation import BotReply, ConversationState, CustomerMessage, Decided, Turn, reduce
from handover_rules.detectors.base import Detector, Query
from handover_rules.engine import Engine
from handover_rules.messages import Message
from handover_rules.settle import Settled, decided, settle
from handover_rules.signals import Score, Signal, Unavailable
from tests.handover_rules.engine.building import engine_of

NOW = datetime(2026, 3, 2, 10, 30, tzinfo=UTC)
OFF = Unavailable("timed_out")


class Scripted:
    """A detector that always says the same, and remembers what it was asked."""

    fingerprint = "scripted"
    remote = False

    def __init__(self, name: str, signal: Signal, log: list[tuple[str, Query]]) -> None:
        self.name = name
        self.signal = signal
        self.log = log

    async def ask(self, queries: Sequence[Query]) -> list[Signal]:
        self.log += [(self.name, query) for query in queries]
        return [self.signal for _ in queries]

    async def close(self) -> None:
        """Nothing is open."""


RULES = """
return_to_bot_after: 2h
offers: {open_for: 3m}
detectors:
  ai: {kind: linear, cost: 100, model: ai.json}
  middle: {kind: linear, cost: 10, model: middle.json}
  local: {kind: linear, cost: 1, model: local.json}
rules:
  - id: said
    priority: 90
    when: {phrase: human}
    then: handover
  - id: scored
    when:
      all:
        - score: {of: local, at_least: 0.1}
        - any: [{score: {of: middle, at_least: 0.9}}, {score: {of: ai, at_least: 0.7}}]
    then: handover
"""


@pytest.fixture
def engine(tmp_path: Path) -> Engine:
    return engine_of(RULES, tmp_path)


def run(
    engine: Engine, text: str, local: Signal, middle: Signal, ai: Signal, state: ConversationState | None = None
) -> tuple[Settled, list[tuple[str, Query]]]:
    log: list[tuple[str, Query]] = []
    said = {"local": local, "middle": middle, "ai": ai}
    detectors: dict[str, Detector] = {name: Scripted(name, signal, log) for name, signal in said.items()}
    message = Message("m", text, "en")
    return asyncio.run(settle(engine, detectors, message, state or ConversationState(), now=NOW)), log


@pytest.mark.parametrize(
    ("text", "local", "middle", "ai", "asked", "outcome"),
    [
        ("human", Score(1.0), Score(1.0), Score(1.0), [], "handover"),
        ("hello", Score(0.0), Score(1.0), Score(1.0), ["local"], "none"),
        ("hello", OFF, Score(1.0), Score(1.0), ["local"], "none"),
        ("hello", Score(0.1), Score(0.9), Score(1.0), ["local", "middle"], "handover"),
        ("hello", Score(0.1), Score(0.8), Score(0.7), ["local", "middle", "ai"], "handover"),
        ("hello", Score(0.1), OFF, OFF, ["local", "middle", "ai"], "none"),
    ],
)
def test_the_cheapest_is_asked_first_once_and_only_while_it_matters(
    engine: Engine, text: str, local: Signal, middle: Signal, ai: Signal, asked: list[str], outcome: str
) -> None:
    settled, log = run(engine, text, local, middle, ai)
    assert [name for name, _ in log] == asked == list(settled.signals) == list(settled.decision.asked)
    assert settled.decision.outcome == outcome


def test_a_detector_sees_the_message_and_the_turns_of_the_epoch(engine: Engine) -> None:
    state = ConversationState()
    for event in (
        CustomerMessage(NOW, Message("0", "an old request")),
        Decided(NOW - timedelta(hours=3), "handover", "said", return_after=timedelta(hours=2)),
    ):
        state = reduce(state, event)
    _, log = run(engine, "hello", Score(0.0), OFF, OFF, state)  # the person's time is over
    assert log == [("local", Query("hello", "en", ()))]
    state = reduce(reduce(state, CustomerMessage(NOW, Message("1", "hi"))), BotReply(NOW, "What is it?", failed=True))
    _, log = run(engine, "hello", Score(0.0), OFF, OFF, state)
    assert log[0][1].context == (Turn("customer", "hi"), Turn("bot", "What is it?", True))


def test_nobody_is_asked_while_a_person_owns_the_conversation(engine: Engine) -> None:
    state = reduce(ConversationState(), Decided(NOW, "handover", "said"))
    settled, log = run(engine, "hello", Score(1.0), Score(1.0), Score(1.0), state)
    assert (settled.decision.outcome, log) == ("none", [])


def test_the_trace_is_there_when_asked_for(engine: Engine) -> None:
    message = Message("m", "human")
    settled = asyncio.run(settle(engine, {}, message, ConversationState(), now=NOW, trace=True))
    assert settled.decision.trace is not None


def test_the_event_of_a_decision_has_the_rulesets_times(engine: Engine) -> None:
    settled, _ = run(engine, "human", OFF, OFF, OFF)
    event = decided(settled.decision, engine.ruleset, NOW)
    assert event == Decided(NOW, "handover", "said", "the rule said fired", timedelta(minutes=3), timedelta(hours=2))
