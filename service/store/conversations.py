"""Conversations as they are stored: who owns them, what was said, and the customer's contact if there is one."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, Select, Update, bindparam, select, update

from handover_rules.conversation import ConversationState
from service.store.inserting import insert_new
from service.store.states import state_from_json, state_to_json
from service.store.tables import Tables

__all__ = [
    "Contact",
    "Conversation",
    "RowId",
    "Stale",
    "find_contact",
    "find_conversation",
    "open_conversation",
    "save_state",
]

# An id of a table that the service may have adopted: a UUID as text, a number, or a text.
RowId = str | int


class Stale(Exception):
    """Somebody else wrote the conversation since it was read: read it again, and decide again."""


@dataclass(frozen=True, slots=True)
class Contact:
    """What the CRM knows of a customer."""

    id: RowId
    phone: str | None
    name: str | None
    lead_status: str | None
    lead_score: int


@dataclass(frozen=True, slots=True)
class Conversation:
    """A conversation as it was read. `version` counts its writings."""

    id: RowId
    customer_id: str
    channel: str
    chat: str
    name: str | None
    version: int
    state: ConversationState
    contact: Contact | None


def find_conversation(connection: Connection, tables: Tables, customer_id: str) -> Conversation | None:
    """The customer's conversation, with the contact that belongs to it."""
    row = connection.execute(_finding(tables), {"customer": customer_id}).one_or_none()
    return None if row is None else _conversation(row)


@lru_cache(maxsize=4)
def _finding(tables: Tables) -> Select[*tuple[Any, ...]]:
    # Kept, like those that write: putting a statement together takes longer than running it.
    c, k = tables.conversations.c, tables.contacts.c
    return (
        select(
            c.id,
            c.customer_id,
            c.channel,
            c.chat,
            c.customer_name,
            c.version,
            c.state,
            *_contact_columns(tables),
        )
        .outerjoin_from(tables.conversations, tables.contacts, k.id == c.contact_id)
        .where(c.customer_id == bindparam("customer"))
    )


def open_conversation(
    connection: Connection,
    tables: Tables,
    customer_id: str,
    now: datetime,
    *,
    channel: str | None = None,
    chat: str | None = None,
    name: str | None = None,
) -> Conversation:
    """The customer's conversation, begun if there is none; a row of an earlier system for the number is taken up.

    `channel`, `chat` and `name` are the latest that are known, and None changes nothing: replies go where the customer
    wrote last.
    """
    found = find_conversation(connection, tables, customer_id)
    if found is None:
        _begin(connection, tables, customer_id, now)
        found = find_conversation(connection, tables, customer_id)
        assert found is not None  # it was just written
    latest = replace(found, channel=channel or found.channel, chat=chat or found.chat, name=name or found.name)
    if latest != found:
        c = tables.conversations.c
        columns = {"channel": latest.channel, "chat": latest.chat, "customer_name": latest.name}
        connection.execute(update(tables.conversations).where(c.id == found.id).values(**columns))
    return latest


def _begin(connection: Connection, tables: Tables, customer_id: str, now: datetime) -> None:
    earlier = _earlier_row(connection, tables, customer_id)
    state = ConversationState()
    if earlier is not None and earlier.bot_enabled is False:
        state = replace(state, owner="human", epoch=1, since=now, reason="the bot was off in the system before")
    values: dict[str, Any] = {
        "customer_id": customer_id,
        "channel": "whatsapp",
        "chat": customer_id,
        "version": 0,
        **_columns(state),
    }
    if earlier is None or earlier.contact_id is None:
        contact = find_contact(connection, tables, customer_id)
        if contact is not None:
            values["contact_id"] = contact.id
    c = tables.conversations.c
    if earlier is not None:
        # Unless another process has just done the same.
        untouched = (c.id == earlier.id) & c.customer_id.is_(None)
        connection.execute(update(tables.conversations).where(untouched).values(**values))
    else:
        begun = {**values, "phone_number": customer_id, "handover_requested": False, "created_at": now}
        insert_new(connection, tables.conversations, begun, returning=c.id)


def save_state(
    connection: Connection,
    tables: Tables,
    conversation: Conversation,
    state: ConversationState,
    **columns: object,
) -> Conversation:
    """Write the state that follows the one that was read, and other `columns`.

    A handover is no longer requested when the bot has the conversation again. Raises Stale when somebody wrote another
    state in between.
    """
    values = {
        "version": conversation.version + 1,
        **_columns(state),
        **({"handover_requested": False} if state.owner == "bot" else {}),
        **columns,
    }
    which = {"read_id": conversation.id, "read_version": conversation.version}
    if connection.execute(_saving(tables), {**which, **values}).rowcount == 0:
        raise Stale
    return replace(conversation, version=conversation.version + 1, state=state)


@lru_cache(maxsize=4)
def _saving(tables: Tables) -> Update:
    c = tables.conversations.c
    return update(tables.conversations).where(c.id == bindparam("read_id"), c.version == bindparam("read_version"))


def find_contact(connection: Connection, tables: Tables, customer_id: str) -> Contact | None:
    """The customer's contact; one that the CRM had before is recognised by its phone number, the oldest first."""
    k = tables.contacts.c
    columns = _contact_columns(tables)
    row = connection.execute(select(*columns).where(k.customer_id == customer_id)).one_or_none()
    if row is None:
        known = select(*columns).where(k.phone_number.in_(_spellings(customer_id)), k.customer_id.is_(None))
        oldest = known.order_by(k.created_at.asc().nulls_last(), k.id).limit(1)
        row = connection.execute(oldest).one_or_none()
        if row is not None:
            connection.execute(update(tables.contacts).where(k.id == row.contact_id).values(customer_id=customer_id))
    return None if row is None else _contact(row)


def _earlier_row(connection: Connection, tables: Tables, customer_id: str) -> Row[*tuple[Any, ...]] | None:
    """The newest conversation with this number that the service has not taken up."""
    c = tables.conversations.c
    return connection.execute(
        select(c.id, c.bot_enabled, c.contact_id)
        .where(c.phone_number.in_(_spellings(customer_id)), c.customer_id.is_(None))
        .order_by(c.created_at.desc().nulls_last(), c.id.desc())
        .limit(1)
    ).one_or_none()


def _spellings(customer_id: str) -> list[str]:
    """How earlier systems may have written who the customer is."""
    known = [customer_id, f"{customer_id}@s.whatsapp.net"]
    return [*known, f"+{customer_id}"] if customer_id.isdecimal() else known


def _columns(state: ConversationState) -> dict[str, Any]:
    """What of the state other programs read, and the whole of it."""
    return {
        "owner": state.owner,
        "epoch": state.epoch,
        "bot_enabled": state.owner == "bot",
        "state": state_to_json(state),
    }


def _contact_columns(tables: Tables) -> tuple[ColumnElement[Any], ...]:
    k = tables.contacts.c
    return (
        k.id.label("contact_id"),
        k.phone_number.label("contact_phone"),
        k.name.label("contact_name"),
        k.lead_status,
        k.lead_score,
    )


def _contact(row: Row[*tuple[Any, ...]]) -> Contact:
    # An adopted score may be a decimal number.
    score = int(row.lead_score or 0)
    return Contact(row.contact_id, row.contact_phone, row.contact_name, row.lead_status, score)


def _conversation(row: Row[*tuple[Any, ...]]) -> Conversation:
    return Conversation(
        id=row.id,
        customer_id=row.customer_id,
        channel=row.channel,
        chat=row.chat,
        name=row.customer_name,
        version=row.version,
        state=state_from_json(row.state),
        contact=None if row.contact_id is None else _contact(row),
    )
