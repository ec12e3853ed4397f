"""The CRM's rows: contacts, leads, activities and tasks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from sqlalchemy import Connection, func, update

from service.store.conversations import Contact, Conversation, RowId, find_contact
from service.store.inserting import insert_row
from service.store.tables import Tables

__all__ = ["add_activity", "add_lead", "add_task", "contact_of", "update_contact"]


def contact_of(connection: Connection, tables: Tables, conversation: Conversation, now: datetime) -> Contact:
    """The customer's contact, made if the CRM has none, with `now` as the last time they were in touch."""
    k = tables.contacts.c
    contact = conversation.contact or find_contact(connection, tables, conversation.customer_id)
    if contact is None:
        values = {
            "customer_id": conversation.customer_id,
            "phone_number": conversation.customer_id,
            "name": conversation.name,
            "lead_score": 0,
            "last_contact_at": now,
            "created_at": now,
        }
        row_id = insert_row(connection, tables.contacts, values)
        contact = Contact(row_id, conversation.customer_id, conversation.name, None, 0)
    else:
        name = contact.name or conversation.name
        connection.execute(update(tables.contacts).where(k.id == contact.id).values(last_contact_at=now, name=name))
        contact = replace(contact, name=name)
    if conversation.contact is None:
        c = tables.conversations.c
        connection.execute(update(tables.conversations).where(c.id == conversation.id).values(contact_id=contact.id))
    return contact


def update_contact(
    connection: Connection, tables: Tables, contact: Contact, *, lead_status: str | None, add_score: int
) -> Contact:
    """Set the lead's status (None: leave it) and add to its score, both of which may have changed since it was read."""
    k = tables.contacts.c
    values: dict[str, object] = {"lead_score": func.coalesce(k.lead_score, 0) + add_score}
    if lead_status is not None:
        values["lead_status"] = lead_status
    now = connection.execute(
        update(tables.contacts).where(k.id == contact.id).values(**values).returning(k.lead_status, k.lead_score)
    ).one()
    return replace(contact, lead_status=now.lead_status, lead_score=int(now.lead_score))


def add_lead(
    connection: Connection,
    tables: Tables,
    contact: Contact,
    episode: RowId | None,
    now: datetime,
    *,
    status: str | None,
    source: str | None,
    priority: str,
    trigger: str,
) -> None:
    """A lead that a handover made; `trigger` is the message behind it."""
    insert_row(
        connection,
        tables.lead_details,
        {
            "contact_id": contact.id,
            "episode_id": episode,
            "status": status,
            "source": source,
            "priority": priority,
            "handover_requested": True,
            "handover_trigger": trigger,
            "handover_timestamp": now,
            "created_at": now,
        },
    )


def add_activity(
    connection: Connection,
    tables: Tables,
    contact: Contact,
    episode: RowId | None,
    now: datetime,
    *,
    activity_type: str,
    title: str,
    description: str | None,
    metadata: Mapping[str, object] | None,
) -> None:
    """Something that happened with the contact."""
    insert_row(
        connection,
        tables.activities,
        {
            "contact_id": contact.id,
            "episode_id": episode,
            "activity_type": activity_type,
            "title": title,
            "description": description,
            "metadata": None if metadata is None else dict(metadata),
            "created_at": now,
        },
    )


def add_task(
    connection: Connection,
    tables: Tables,
    contact: Contact,
    episode: RowId | None,
    now: datetime,
    *,
    title: str,
    priority: str | None,
    queue: str | None,
    due_at: datetime | None,
) -> None:
    """Something that a person is to do, until `due_at`."""
    insert_row(
        connection,
        tables.tasks,
        {
            "contact_id": contact.id,
            "episode_id": episode,
            "title": title,
            "status": "open",
            "priority": priority,
            "queue": queue,
            "due_at": due_at,
            "created_at": now,
        },
    )
