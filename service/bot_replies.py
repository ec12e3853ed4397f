"""The send gate of bots: what a bot wants to say is let through only in the epoch that it was thought of in.

A bot computes its answer while the conversation goes on. If a person has taken over meanwhile, or had it and gave it
back, the answer is to something else, and is refused.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection

from handover_rules.conversation import BotReply, Event
from service.outbox.owed import BOT_REPLY, Owed, enqueue, is_owed
from service.ownership import Ownership, change, ownership
from service.store.conversations import Conversation, open_conversation
from service.store.tables import Tables

__all__ = ["BotTurn", "Gated", "bot_replies"]

# What keys of the outbox are made of; unlike any other program's.
_KEYS = uuid.UUID("6f0c6a52-2f3f-4c0b-9d6a-0b6f3a9b6c11")


@dataclass(frozen=True, slots=True)
class BotTurn:
    """What a bot wants to say, in which epoch. `failed`: it could not answer. `offered`: it offers a person.

    `key` is the bot's own name for this turn: the same one again is the same turn. `deliver`: the service is to send
    it.
    """

    customer_id: str
    epoch: int
    text: str
    failed: bool
    offered: bool
    key: str
    deliver: bool


@dataclass(frozen=True, slots=True)
class Gated:
    """Whether the turn may be said, who owns the conversation, and whether the service sends it."""

    allowed: bool
    ownership: Ownership
    owed: bool = False


def bot_replies(
    connection: Connection,
    tables: Tables,
    turn: BotTurn,
    now: datetime,
    *,
    offer_open_for: timedelta,
    configured: frozenset[str],
) -> Gated:
    """Let a turn through and remember it, or refuse it; then nothing is written but a conversation that is new."""

    def replied(conversation: Conversation) -> Event | None:
        state = conversation.state.at(now)
        if state.owner != "bot" or state.epoch != turn.epoch:
            return None
        return BotReply(now, turn.text, turn.failed, offer_open_for if turn.offered else None)

    conversation = open_conversation(connection, tables, turn.customer_id, now)
    # A digest, since the bot may have made its key of anything, and keys are sent and logged.
    key = f"{uuid.uuid5(_KEYS, f'{conversation.id} {turn.key}')}-{turn.epoch}-{BOT_REPLY}"
    if turn.deliver and is_owed(connection, tables, key):
        return Gated(True, ownership(conversation.state.at(now)), owed=True)
    after = change(connection, tables, turn.customer_id, now, replied)
    if after is None:
        return Gated(False, ownership(open_conversation(connection, tables, turn.customer_id, now).state.at(now)))
    owed = turn.deliver and bool(turn.text.strip())
    if owed:
        body = {
            "text": turn.text,
            "channel": after.channel,
            "chat": after.chat,
            "phone_number": after.customer_id,
            "conversation_id": str(after.id),
            "epoch": turn.epoch,
        }
        row = Owed(key, after.id, None, "reply", BOT_REPLY, body)
        enqueue(connection, tables, row, configured=configured, now=now)
    return Gated(True, ownership(after.state), owed)
