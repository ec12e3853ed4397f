"""Running the engine to a decision: ask the detector that it needs, tell it the answer, until it decides."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from handover_rules.conversation import ConversationState, Decided
from handover_rules.decision import Decision, Needs
from handover_rules.detectors.base import Detector, Query
from handover_rules.engine import Engine
from handover_rules.engine.case import Case
from handover_rules.messages import Message
from handover_rules.ruleset import Ruleset
from handover_rules.signals import Signal

__all__ = ["Settled", "decided", "query", "settle", "settle_case"]


@dataclass(frozen=True, slots=True)
class Settled:
    """A decision, and the signals that were asked for on the way."""

    decision: Decision
    signals: Mapping[str, Signal]


async def settle(
    engine: Engine,
    detectors: Mapping[str, Detector],
    message: Message,
    state: ConversationState,
    *,
    now: datetime,
    trace: bool = False,
) -> Settled:
    """Decide about a message, asking detectors one at a time, the cheapest first, and only while they matter.

    `detectors` has one for each name that the ruleset declares. A detector that does no I/O answers without giving
    up control, so for those this runs straight through.
    """
    return await settle_case(engine.open(message, state, now=now), detectors, message, state, now=now, trace=trace)


async def settle_case(
    case: Case,
    detectors: Mapping[str, Detector],
    message: Message,
    state: ConversationState,
    *,
    now: datetime,
    trace: bool = False,
) -> Settled:
    """As `settle`, of a case that was opened for this message, state and time."""
    signals: dict[str, Signal] = {}
    while True:
        result = case.decide(signals, trace=trace)
        if not isinstance(result, Needs):
            return Settled(result, signals)
        name = result.detectors[0]
        signals[name] = (await detectors[name].ask([query(message, state, now)]))[0]


def query(message: Message, state: ConversationState, now: datetime) -> Query:
    """What detectors are asked about a message: its text, and what was said since the last change of owner."""
    return Query(message.text, message.language, state.at(now).turns)


def decided(decision: Decision, ruleset: Ruleset, at: datetime) -> Decided:
    """The event that tells the conversation what was decided at `at`."""
    return Decided(
        at, decision.outcome, decision.rule, decision.reason, ruleset.offer_open_for, ruleset.return_to_bot_after
    )
