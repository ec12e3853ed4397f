"""The record of decisions: `decisions`, enough to decide each again, and `intent_analysis_log`, which people query."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, RowMapping, select

from handover_rules.conversation import ConversationState
from handover_rules.decision import Decision, Outcome
from handover_rules.messages import Message
from handover_rules.ruleset import Ruleset
from handover_rules.signals import Score, Signal, Unavailable
from service.store.conversations import RowId
from service.store.inbox import Waiting
from service.store.inserting import insert_row
from service.store.states import state_from_json, state_to_json
from service.store.tables import Tables

__all__ = ["StoredDecision", "add_decision", "add_intent", "find_decisions", "signal_to_json"]


@dataclass(frozen=True, slots=True)
class StoredDecision:
    """A decision as it was recorded, and the question it answers: message, state before it, time and signals."""

    customer_id: str
    epoch: int
    decided_at: datetime
    ruleset_hash: str
    outcome: Outcome
    rule: str | None
    reason: str
    confidence: float | None
    tags: Sequence[str]
    problems: Sequence[str]
    message: Message
    state: ConversationState
    now: datetime
    signals: Mapping[str, Signal]


def add_decision(
    connection: Connection,
    tables: Tables,
    waiting: Waiting,
    conversation: RowId,
    customer: Mapping[str, object],
    state: ConversationState,
    decision: Decision,
    signals: Mapping[str, Signal],
    decided_at: datetime,
    problems: Sequence[str],
) -> None:
    """Record a decision about a message; `state` is the conversation's before it, as the engine was told."""
    insert_row(
        connection,
        tables.decisions,
        {
            "inbox_seq": waiting.seq,
            "conversation_id": conversation,
            "message_id": waiting.message_id,
            "epoch": state.epoch,
            "now": waiting.received_at,
            "decided_at": decided_at,
            "ruleset_hash": decision.ruleset_hash,
            "outcome": decision.outcome,
            "rule_id": decision.rule,
            "reason": decision.reason,
            "confidence": decision.confidence,
            "tags": list(decision.tags),
            "state": state_to_json(state),
            "customer": dict(customer),
            "signals": {name: signal_to_json(signal) for name, signal in signals.items()},
            "problems": list(problems),
        },
    )


def add_intent(
    connection: Connection,
    tables: Tables,
    waiting: Waiting,
    conversation: RowId,
    ruleset: Ruleset,
    decision: Decision,
    signals: Mapping[str, Signal],
    decided_at: datetime,
) -> None:
    """The line of `intent_analysis_log`: what the AI said where it was asked, and what was decided by whom.

    `confidence_score` is null where no score decided and no AI was asked: a phrase has no confidence.
    """
    asked = {name: signal for name, signal in signals.items() if isinstance(signal, Score)}
    # Of equal scores the last is the dearest, which was asked because the others did not settle it.
    deciding = next((name for name in reversed(asked) if asked[name].value == decision.confidence), None)
    judges = [name for name, score in asked.items() if score.needed is not None]
    judge = deciding if deciding in judges else next(iter(judges), None)
    said = asked[judge] if judge is not None else None
    # The AI's own words where it decided, or where it was asked and no rule decided.
    by_judge = said is not None and (decision.rule is None or deciding == judge)
    insert_row(
        connection,
        tables.intent_analysis_log,
        {
            "created_at": decided_at,
            "message_text": waiting.text,
            "handover_needed": decision.handover if said is None else said.needed,
            "confidence_score": decision.confidence if said is None else said.confidence,
            "reason": (said.reason if said is not None and by_judge else "") or decision.reason,
            "final_decision": decision.handover,
            "model_used": _model_used(ruleset, decision, deciding, judge),
            "conversation_id": conversation,
            "message_id": waiting.message_id,
        },
    )


def _model_used(ruleset: Ruleset, decision: Decision, deciding: str | None, judge: str | None) -> str:
    """The detector whose score decided, else the rule that did; where none did, the AI that was asked."""
    if deciding is None and decision.rule is not None:
        return f"rule {decision.rule}"
    detector = deciding or judge
    if detector is None:
        return "none"
    spec = ruleset.detectors[detector]
    return f"{detector} ({spec.model})" if spec.kind == "openai" else detector


def find_decisions(connection: Connection, tables: Tables, message_id: str) -> list[StoredDecision]:
    """What was decided about the message; several only where messages of several customers have the same id."""
    d, i = tables.decisions.c, tables.inbox.c
    rows = connection.execute(
        select(tables.decisions, i.channel, i.customer_id, i.text, i.received_at, i.payload)
        .join(tables.inbox, i.seq == d.inbox_seq)
        .where(d.message_id == message_id)
        .order_by(d.inbox_seq)
    ).mappings()
    return [_stored(row) for row in rows]


def _stored(row: RowMapping) -> StoredDecision:
    waiting = Waiting(
        row["inbox_seq"],
        row["channel"],
        row["customer_id"],
        row["message_id"],
        row["text"],
        row["received_at"],
        row["payload"],
    )
    return StoredDecision(
        customer_id=row["customer_id"],
        epoch=row["epoch"],
        decided_at=row["decided_at"],
        ruleset_hash=row["ruleset_hash"],
        outcome=row["outcome"],
        rule=row["rule_id"],
        reason=row["reason"],
        confidence=row["confidence"],
        tags=row["tags"],
        problems=row["problems"],
        message=waiting.message(row["customer"]),
        state=state_from_json(row["state"]),
        now=row["now"],
        signals={name: _signal_from_json(values) for name, values in row["signals"].items()},
    )


def signal_to_json(signal: Signal) -> dict[str, object]:
    """A signal as both records of decisions keep it."""
    if isinstance(signal, Unavailable):
        return {"unavailable": signal.reason}
    said = {"needed": signal.needed, "confidence": signal.confidence, "reason": signal.reason or None}
    return {"score": signal.value} | {name: value for name, value in said.items() if value is not None}


def _signal_from_json(values: Mapping[str, Any]) -> Signal:
    if "unavailable" in values:
        return Unavailable(values["unavailable"])
    return Score(values["score"], values.get("needed"), values.get("confidence"), values.get("reason", ""))
