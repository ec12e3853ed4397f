"""The inbox: everything that came in, in the order of arrival, before it is acknowledged."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import lru_cache
from typing import Any, Literal, TypeAlias

from sqlalchemy import Connection, Row, Select, Update, bindparam, literal_column, select, update

from handover_rules.messages import Message
from service.channels.content import DELETED, EDITED
from service.channels.inbound import Inbound, Kind
from service.store.conversations import Conversation, open_conversation
from service.store.inserting import insert_new
from service.store.tables import Tables

__all__ = ["Received", "Undecided", "Waiting", "find_undecided", "mark", "receive", "waiting"]

Status: TypeAlias = Literal["accepted", "ignored", "duplicate"]

# What channels say of a customer's own edit or revoke in a conversation with one person.
_CORRECTIONS = frozenset({EDITED, DELETED})
_CHANGED_BEFORE = "the customer had changed or deleted this message before it came"


@dataclass(frozen=True, slots=True)
class Waiting:
    """A customer's message that is to be decided, or what the customer did to an earlier one.

    `received_at` is the time that the rules are told. An edit has the new text, a revoke none (""); `target_id` is the
    message that either is about.
    """

    seq: int
    channel: str
    customer_id: str
    message_id: str
    text: str
    received_at: datetime
    payload: str
    kind: Kind = "message"
    target_id: str | None = None
    sent_at: datetime | None = None

    def message(self, customer: Mapping[str, object]) -> Message:
        """The message as the engine sees it; `customer` is what is known of who wrote it."""
        return Message(self.message_id, self.text, None, self.channel, customer, json.loads(self.payload))


@dataclass(frozen=True, slots=True)
class Received:
    """What became of one part of a delivery. An accepted one is `waiting`, in its `conversation`."""

    status: Status
    message_id: str | None
    note: str | None = None
    waiting: Waiting | None = None
    conversation: Conversation | None = None


@dataclass(frozen=True, slots=True)
class Undecided:
    """Why a message that was received has no decision; `customer_id` is whose it is where it waits for one."""

    customer_id: str | None
    note: str


def receive(connection: Connection, tables: Tables, delivered: Sequence[Inbound], now: datetime) -> list[Received]:
    """Store what was delivered at `now`, and begin the conversations of new customers. What is there already stays."""
    return [_receive(connection, tables, inbound, now) for inbound in delivered]


def _receive(connection: Connection, tables: Tables, inbound: Inbound, now: datetime) -> Received:
    if inbound.ignored in _CORRECTIONS and inbound.customer is None:
        # The channel says which message it is about, and that message said who wrote it.
        inbound = replace(inbound, customer=_writer_of(connection, tables, inbound))
    if inbound.ignored in _CORRECTIONS and _is_of_a_customer(inbound):
        inbound = replace(inbound, ignored=None, message_id=inbound.message_id or _correction_id(inbound))
    elif inbound.ignored is None and _corrected_before(connection, tables, inbound):
        inbound = replace(inbound, ignored=_CHANGED_BEFORE)
    seq = insert_new(
        connection,
        tables.inbox,
        {
            "channel": inbound.channel,
            "event": inbound.event,
            "customer_id": inbound.customer,
            "chat": inbound.chat,
            "message_id": inbound.message_id,
            "from_me": inbound.from_me,
            "customer_name": inbound.name,
            "text": inbound.text,
            "sent_at": inbound.sent_at,
            "received_at": now,
            "status": "waiting" if inbound.ignored is None else "ignored",
            "note": inbound.ignored,
            "payload": inbound.payload,
            "kind": inbound.kind,
            "target_id": inbound.target_id,
        },
        returning=tables.inbox.c.seq,
    )
    if seq is None:
        return Received("duplicate", inbound.message_id, "this message was received before")
    if inbound.ignored is not None:
        return Received("ignored", inbound.message_id, inbound.ignored)
    assert inbound.customer is not None
    assert inbound.message_id is not None
    conversation = open_conversation(
        connection,
        tables,
        inbound.customer,
        now,
        channel=inbound.channel,
        chat=inbound.chat,
        name=inbound.name,
    )
    message = Waiting(
        seq,
        inbound.channel,
        inbound.customer,
        inbound.message_id,
        inbound.text or "",
        now,
        inbound.payload,
        inbound.kind,
        inbound.target_id,
        inbound.sent_at,
    )
    return Received("accepted", inbound.message_id, waiting=message, conversation=conversation)


def _writer_of(connection: Connection, tables: Tables, correction: Inbound) -> str | None:
    """The customer whose message a correction is about; None where it was not decided, or several have its id."""
    c, d = tables.conversations.c, tables.decisions.c
    decided = select(c.customer_id).join(tables.decisions, d.conversation_id == c.id)
    writers = connection.execute(decided.where(d.message_id == correction.target_id).distinct()).scalars().all()
    return writers[0] if len(writers) == 1 else None


def _is_of_a_customer(inbound: Inbound) -> bool:
    """Whether a correction says who made it, and of which message; an edit also how the message is now."""
    said = inbound.kind == "revoke" or bool(inbound.text and not inbound.text.isspace())
    return said and not inbound.from_me and inbound.customer is not None and inbound.target_id is not None


def _correction_id(inbound: Inbound) -> str:
    """The same for the same correction delivered again, where the channel has no id for it."""
    content = hashlib.sha256(f"{inbound.kind} {inbound.sent_at} {inbound.text}".encode()).hexdigest()
    return f"{inbound.target_id}~{content[:12]}"


def _corrected_before(connection: Connection, tables: Tables, inbound: Inbound) -> bool:
    """Whether the customer's correction of this message came earlier than the message itself."""
    which = {"corrected_customer": inbound.customer, "corrected_id": inbound.message_id}
    return connection.execute(_correcting(tables), which).first() is not None


@lru_cache(maxsize=4)
def _correcting(tables: Tables) -> Select[tuple[int]]:
    i = tables.inbox.c
    return select(i.seq).where(
        i.customer_id == bindparam("corrected_customer"),
        i.target_id == bindparam("corrected_id"),
        i.target_id.is_not(None),
        i.status.in_([literal_column("'waiting'"), literal_column("'decided'")]),
    )


def waiting(connection: Connection, tables: Tables) -> list[Waiting]:
    """What is to be decided still, in the order of arrival: what a stopped service had not come to."""
    i = tables.inbox.c
    rows = connection.execute(
        select(
            i.seq,
            i.channel,
            i.customer_id,
            i.message_id,
            i.text,
            i.received_at,
            i.payload,
            i.kind,
            i.target_id,
            i.sent_at,
        )
        .where(i.status == "waiting")
        .order_by(i.seq)
    )
    return [_waiting(row) for row in rows]


def mark(
    connection: Connection,
    tables: Tables,
    seq: int,
    status: Literal["waiting", "decided", "ignored", "failed"],
    note: str | None = None,
    *,
    was: Literal["waiting", "decided"] = "waiting",
) -> bool:
    """Say what became of a message that `was` waiting until now. False if it was not; then nothing changes."""
    which = {"marked_seq": seq, "marked_was": was}
    return connection.execute(_marking(tables), {**which, "status": status, "note": note}).rowcount == 1


@lru_cache(maxsize=4)
def _marking(tables: Tables) -> Update:
    i = tables.inbox.c
    return update(tables.inbox).where(i.seq == bindparam("marked_seq"), i.status == bindparam("marked_was"))


def _waiting(row: Row[*tuple[Any, ...]]) -> Waiting:
    return Waiting(
        row.seq,
        row.channel,
        row.customer_id,
        row.message_id,
        row.text or "",
        row.received_at,
        row.payload,
        row.kind,
        row.target_id,
        row.sent_at,
    )


def find_undecided(
    connection: Connection, tables: Tables, message_id: str, customer_id: str | None
) -> Undecided | None:
    """What became of the last message with this id that was received, of this customer (None: of any); None if none."""
    i = tables.inbox.c
    received = select(i.customer_id, i.status, i.note).where(i.message_id == message_id)
    if customer_id is not None:
        received = received.where(i.customer_id == customer_id)
    row = connection.execute(received.order_by(i.seq.desc()).limit(1)).one_or_none()
    if row is None:
        return None
    if row.status == "waiting":
        return Undecided(row.customer_id, "the message is not decided yet; ask again")
    return Undecided(None, f"the message was {row.status}: {row.note}")
