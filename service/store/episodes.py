"""Episodes: the stretches of a conversation that a person owns, one row each."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, update

from handover_rules.conversation import ConversationState
from service.store.conversations import RowId
from service.store.inserting import insert_row
from service.store.tables import Tables

__all__ = ["first_reply", "follow"]


def follow(
    connection: Connection,
    tables: Tables,
    conversation: RowId,
    before: ConversationState,
    after: ConversationState,
    now: datetime,
    **opened: object,
) -> RowId | None:
    """Close and open episodes as the owner changed from `before` to `after`; the id of the one that was opened.

    `opened` has the columns that say why: `rule_id`, `message_id`, `priority` and so on. An episode whose time was
    over is closed at the time when it was, however much later somebody looked.
    """
    e = tables.episodes.c
    if before.owner == "human" and after.epoch > before.epoch:
        over = before.returns_at is not None and before.returns_at <= now
        closed: dict[str, Any] = {
            "closed_at": before.returns_at if over else now,
            "closed_because": "the person's time was over" if over else after.reason,
        }
        connection.execute(
            update(tables.episodes).where(e.conversation_id == conversation, e.epoch == before.epoch).values(**closed)
        )
    if after.owner != "human" or after.epoch == before.epoch:
        return None
    values = {"conversation_id": conversation, "epoch": after.epoch, "opened_at": now, "reason": after.reason, **opened}
    row_id: RowId = insert_row(connection, tables.episodes, values)
    return row_id


def first_reply(connection: Connection, tables: Tables, conversation: RowId, epoch: int, now: datetime) -> None:
    """A person answered in the episode of this epoch; only the first time counts."""
    e = tables.episodes.c
    first = (e.conversation_id == conversation) & (e.epoch == epoch) & e.first_reply_at.is_(None)
    connection.execute(update(tables.episodes).where(first).values(first_reply_at=now))
