"""Taking in what a channel delivers: stored, and where a person of the business wrote, the conversation is theirs."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import Connection, select

from service.channels import Inbound
from service.ownership import person_answered
from service.store.conversations import Conversation, find_conversation
from service.store.inbox import Received, receive
from service.store.tables import Tables

__all__ = ["take_in"]

_ANSWERED = "a person of the business answered"

# How many of the last replies are looked at for one that the channel reports before it has said what it calls it.
_LATEST = 20


def take_in(
    connection: Connection,
    tables: Tables,
    delivered: Sequence[Inbound],
    now: datetime,
    *,
    return_after: timedelta | None,
) -> list[Received]:
    """Store what was delivered at `now`, in its order; what became of each.

    What a person of the business wrote to a customer, from the phone say, gives them the conversation (for
    `return_after` after their last answer), at once: what the customer wrote before and is not decided yet is theirs
    to answer too. What a bot said, or this service, comes back from some channels looking the same, and changes
    nothing.
    """
    taken = []
    for inbound in delivered:
        (received,) = receive(connection, tables, [inbound], now)
        if received.status == "ignored" and inbound.answers:
            assert inbound.customer is not None  # whom else would it answer
            known = find_conversation(connection, tables, inbound.customer)
            if known is None or not _said_before(connection, tables, known, inbound):
                text = inbound.text or ""
                person_answered(
                    connection, tables, inbound.customer, now, text, reason=_ANSWERED, return_after=return_after
                )
        taken.append(received)
    return taken


def _said_before(connection: Connection, tables: Tables, conversation: Conversation, inbound: Inbound) -> bool:
    """Whether this is what a bot or this service has just said: known by the channel's id of it, else by its text."""
    if inbound.text is not None and any(
        turn.speaker == "bot" and turn.text.strip() == inbound.text.strip() for turn in conversation.state.turns
    ):
        return True
    o = tables.outbox.c
    replies = connection.execute(
        select(o.external_id, o.body)
        .where(o.conversation_id == conversation.id, o.target == "reply", o.status.in_(("sent", "sending")))
        .order_by(o.seq.desc())
        .limit(_LATEST)
    ).all()
    return any(
        reply.external_id == inbound.message_id
        if reply.external_id is not None
        else inbound.text is not None and str(reply.body.get("text", "")).strip() == inbound.text.strip()
        for reply in replies
    )
