"""What a decision owes to the world outside: a row of the outbox, in the same transaction as the decision."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Literal, TypeAlias

from sqlalchemy import Connection, select, update

from service.store.conversations import RowId
from service.store.inserting import insert_new
from service.store.tables import Tables

__all__ = ["BOT_REPLY", "Owed", "TargetName", "drop_replies", "enqueue", "is_owed"]

TargetName: TypeAlias = Literal["slack", "teams", "email", "webhook", "supabase", "reply"]

# The action behind what a bot wants to say.
BOT_REPLY: Final = "bot.reply"

# What receivers of an idempotency key take; Zendesk, for one, allows no more.
_LONGEST_KEY: Final = 255


@dataclass(frozen=True, slots=True)
class Owed:
    """One thing to send, once. `key` is the same however often it is owed and sent: conversation, epoch, action.

    `kind` is the action that asked for it, such as `slack.post`; `body` is what the target needs, as JSON. The key is
    sent and logged, so it holds nothing that the customer wrote. Raises ValueError for a key that is no header value.
    """

    key: str
    conversation_id: RowId
    episode_id: RowId | None
    target: TargetName
    kind: str
    body: Mapping[str, Any]

    def __post_init__(self) -> None:
        if not 0 < len(self.key) <= _LONGEST_KEY or not self.key.isascii() or not self.key.isprintable():
            raise ValueError(
                f"the key {self.key!r} cannot be sent in a header; use 1 to {_LONGEST_KEY} printable ASCII characters"
            )


def enqueue(connection: Connection, tables: Tables, owed: Owed, *, configured: Collection[str], now: datetime) -> bool:
    """Store what is owed, due at once; False if its key is there already, and then nothing changes.

    `configured` names the targets that have an address. For another one the row says so: it is not sent, and stays to
    be seen.
    """
    row = {
        "key": owed.key,
        "conversation_id": owed.conversation_id,
        "episode_id": owed.episode_id,
        "target": owed.target,
        "kind": owed.kind,
        "body": dict(owed.body),
        "status": "waiting" if owed.target in configured else "not_configured",
        "created_at": now,
        "due_at": now,
    }
    return insert_new(connection, tables.outbox, row, returning=tables.outbox.c.seq) is not None


def is_owed(connection: Connection, tables: Tables, key: str) -> bool:
    """Whether something was owed under that key, whatever became of it."""
    o = tables.outbox.c
    return connection.execute(select(o.seq).where(o.key == key)).first() is not None


def drop_replies(
    connection: Connection,
    tables: Tables,
    conversation_id: RowId,
    *,
    why: str,
    kind: str | None = None,
    episode_id: RowId | None = None,
) -> None:
    """Never say to a customer what is no longer so; of that `kind`, or of that episode.

    An attempt that is under way may still arrive, and is not repeated. What waits for a configuration is dropped too:
    an operator who retries it would not know.
    """
    o = tables.outbox.c
    unsaid = o.status.in_(("waiting", "sending", "not_configured"))
    which = (o.conversation_id == conversation_id) & (o.target == "reply") & unsaid
    if kind is not None:
        which &= o.kind == kind
    if episode_id is not None:
        which &= o.episode_id == episode_id
    dropped = {"status": "dropped", "lease": None, "leased_until": None, "last_error": why}
    connection.execute(update(tables.outbox).where(which).values(**dropped))
