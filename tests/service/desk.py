"""A store with messages that come in and are decided, in one thread and without the web."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import RowMapping, Table, insert, select

from handover_rules.detectors import Detector
from handover_rules.engine import Engine
from handover_rules.planned import language_of_reply
from handover_rules.ruleset import Ruleset
from handover_rules.settle import Settled, settle
from service.channels.inbound import Inbound
from service.ownership import Ownership, owner_of, set_owner
from service.recording import Recorded, Recording, customer_facts
from service.store.conversations import Conversation, find_conversation
from service.store.database import Database
from service.store.inbox import Received, Waiting, receive, waiting
from tests.service.rulesets import detectors

__all__ = ["ADA", "MONDAY", "Arrived", "Desk"]

# Noon of a working day in Berlin.
MONDAY = datetime(2026, 3, 2, 11, 0, tzinfo=UTC)
ADA = "491701234567"


@dataclass(frozen=True)
class Arrived:
    """A message that waits, and its conversation as it was read with it."""

    waiting: Waiting
    conversation: Conversation


class Desk:
    """What a service does with a message, step by step."""

    def __init__(
        self,
        database: Database,
        ruleset: Ruleset,
        asked: Mapping[str, Detector] | None = None,
        *,
        configured: frozenset[str] = frozenset(),
        log_intents: bool = True,
    ) -> None:
        self.database = database
        self.tables = database.tables
        self.ruleset = ruleset
        self.engine = Engine(ruleset)
        self.detectors = asked if asked is not None else detectors()
        self.recording = Recording(database.tables, ruleset, configured, log_intents)
        self.now = MONDAY
        self._count = 0

    def advance(self, **span: float) -> None:
        self.now += timedelta(**span)

    def write(self, job: Callable[..., Any], *arguments: Any, **options: Any) -> Any:
        """Run a job in a transaction of its own."""
        with self.database.writing() as connection:
            return job(connection, self.tables, *arguments, **options)

    # --- messages ---

    def receive(
        self,
        text: str,
        customer: str = ADA,
        *,
        message_id: str | None = None,
        chat: str | None = None,
        name: str | None = "Ada",
        payload: str = "{}",
    ) -> Received:
        """A message comes in, with an id that was not there before if none is given."""
        self._count += 1
        inbound = Inbound(
            channel="whatsapp",
            event="messages.upsert",
            payload=payload,
            customer=customer,
            chat=chat or f"{customer}@s.whatsapp.net",
            message_id=message_id or f"m{self._count}",
            name=name,
            text=text,
        )
        (received,) = self.write(receive, [inbound], self.now)
        assert isinstance(received, Received)
        return received

    def arrive(self, text: str, customer: str = ADA, **options: Any) -> Arrived:
        """A message comes in that is to be decided."""
        received = self.receive(text, customer, **options)
        assert received.waiting is not None
        assert received.conversation is not None
        return Arrived(received.waiting, received.conversation)

    def settle(self, message: Waiting, conversation: Conversation) -> Settled:
        asked = message.message(customer_facts(conversation))
        return asyncio.run(settle(self.engine, self.detectors, asked, conversation.state, now=message.received_at))

    def record(self, message: Waiting, conversation: Conversation, settled: Settled | None = None) -> Recorded:
        """Decide a message of a conversation as it was read, and write that."""
        done = settled or self.settle(message, conversation)
        language = language_of_reply(message.message({}), "", self.ruleset.default_language)
        with self.database.writing() as connection:
            return self.recording.record(connection, message, conversation, done, language, self.now)

    def say(self, text: str, customer: str = ADA, **options: Any) -> Recorded:
        """A message comes in and is decided."""
        arrived = self.arrive(text, customer, **options)
        return self.record(arrived.waiting, arrived.conversation)

    # --- owners ---

    def set_owner(self, owner: Any = None, customer: str = ADA, *, return_after: timedelta | None = None) -> Ownership:
        owned = self.write(set_owner, customer, owner, self.now, return_after=return_after)
        assert isinstance(owned, Ownership)
        return owned

    def owner(self, customer: str = ADA) -> Ownership:
        with self.database.reading() as connection:
            return owner_of(connection, self.tables, customer, self.now)

    # --- what is there ---

    def rows(self, table: Table, **where: object) -> list[RowMapping]:
        """The rows of a table that have those values."""
        query = select(table).where(*(table.c[name] == value for name, value in where.items()))
        with self.database.reading() as connection:
            return sorted(connection.execute(query).mappings(), key=_order)

    def row(self, table: Table, **where: object) -> RowMapping:
        (found,) = self.rows(table, **where)
        return found

    def add(self, table: Table, **values: object) -> Any:
        """Insert a row as an earlier system had it; its id."""
        with self.database.writing() as connection:
            return connection.execute(insert(table).values(**values).returning(table.c.id)).scalar_one()

    def conversation(self, customer: str = ADA) -> Conversation:
        with self.database.reading() as connection:
            found = find_conversation(connection, self.tables, customer)
        assert found is not None
        return found

    def waiting(self) -> list[Waiting]:
        with self.database.reading() as connection:
            return waiting(connection, self.tables)

    def everything(self) -> dict[str, list[dict[str, Any]]]:
        """All rows of all tables, to see that nothing changed."""
        with self.database.reading() as connection:
            return {
                name: sorted((dict(row) for row in connection.execute(select(table)).mappings()), key=repr)
                for name, table in self.tables.metadata.tables.items()
            }


def _order(row: RowMapping) -> Any:
    """In which order rows of a table were made, as far as they say so."""
    made = next(row[name] for name in ("seq", "inbox_seq", "opened_at", "created_at") if name in row)
    return (0,) if made is None else (1, made)
