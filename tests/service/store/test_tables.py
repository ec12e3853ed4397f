from __future__ import annotations

from dataclasses import fields
from datetime import UTC, datetime
from uuid import UUID

import pytest
from sqlalchemy import BigInteger, Integer, Text, Uuid, insert, select
from sqlalchemy.exc import IntegrityError

from service.store.database import Database
from service.store.tables import ADOPTED, Tables, build_tables

NOW = datetime(2026, 1, 5, 12, tzinfo=UTC)


def test_every_table_has_its_name() -> None:
    tables = build_tables()
    named = {field.name: getattr(tables, field.name) for field in fields(Tables) if field.name != "metadata"}
    assert named == dict(tables.metadata.tables)
    assert set(ADOPTED) < set(named)


def test_references_have_the_type_of_what_they_refer_to() -> None:
    tables = build_tables({"contacts": BigInteger(), "conversations": Text()})
    assert isinstance(tables.lead_details.c.contact_id.type, BigInteger)
    assert isinstance(tables.episodes.c.conversation_id.type, Text)
    assert isinstance(tables.lead_details.c.episode_id.type, Uuid)
    for table in tables.metadata.tables.values():
        for key in table.foreign_keys:
            assert type(key.parent.type) is type(key.column.type), key


def test_ids_are_made_here_unless_the_database_counts() -> None:
    tables = build_tables({"contacts": Integer(), "conversations": Text()})
    assert tables.contacts.c.id.default is None
    for table in (tables.conversations, tables.activities):
        assert table.c.id.default is not None


def test_an_id_is_a_uuid_as_text(database: Database) -> None:
    contacts = database.tables.contacts
    with database.writing() as connection:
        made = connection.execute(insert(contacts).values(name="Ada").returning(contacts.c.id)).scalar_one()
        assert str(UUID(made)) == made
        assert connection.execute(select(contacts.c.name).where(contacts.c.id == made)).scalar_one() == "Ada"


def test_what_is_not_said_has_its_default(database: Database) -> None:
    c = database.tables.conversations.c
    columns = (c.handover_requested, c.bot_enabled, c.owner, c.epoch, c.version)
    with database.writing() as connection:
        connection.execute(insert(database.tables.conversations).values(customer_id="49"))
        assert tuple(connection.execute(select(*columns)).one()) == (False, True, "bot", 0, 0)


def test_a_message_is_in_the_inbox_once(database: Database) -> None:
    inbox = database.tables.inbox
    message = {"customer_id": "49", "from_me": False, "message_id": "m1", "channel": "x", "event": "x"}
    stored = {"received_at": NOW, "status": "waiting", "payload": "{}"}
    with database.writing() as connection:
        for other in ({}, {"from_me": True}, {"customer_id": "50"}, {"message_id": None}, {"message_id": None}):
            connection.execute(insert(inbox).values(**{**message, **stored, **other}))
    with pytest.raises(IntegrityError), database.writing() as connection:
        connection.execute(insert(inbox).values(**message, **stored))
    with database.reading() as connection:
        assert connection.execute(select(inbox.c.seq).order_by(inbox.c.seq)).scalars().all() == [1, 2, 3, 4, 5]
