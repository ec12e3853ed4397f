"""What waits in the database, read when somebody asks, and not more often than every few seconds."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from sqlalchemy import Connection, func, select
from sqlalchemy.exc import SQLAlchemyError

from service.metrics.exposition import Family
from service.store.database import Database
from service.store.tables import Tables

__all__ = ["Queues"]

_KEPT = timedelta(seconds=10)


class Queues:
    """Lengths of the queues. Safe to use from several threads: those who ask at once share one look."""

    def __init__(self, database: Database, clock: Callable[[], datetime]) -> None:
        self._database = database
        self._clock = clock
        self._lock = threading.Lock()
        self._read_at: datetime | None = None
        self._families: Sequence[Family] = ()

    def read(self) -> Sequence[Family]:
        """The lengths, at most ten seconds old; only that the database is down where it cannot be read."""
        with self._lock:
            now = self._clock()
            if self._read_at is None or not timedelta(0) <= now - self._read_at < _KEPT:
                self._families, self._read_at = self._look(now), now
            return self._families

    def _look(self, now: datetime) -> Sequence[Family]:
        try:
            with self._database.reading() as connection:
                return [_up(1), *_lengths(connection, self._database.tables, now)]
        except SQLAlchemyError:
            return [_up(0)]


def _up(value: int) -> Family:
    return Family("handover_database_up", "gauge", "1 where the database can be read.", [("", {}, value)])


def _lengths(connection: Connection, tables: Tables, now: datetime) -> Sequence[Family]:
    i, o, c = tables.inbox.c, tables.outbox.c, tables.conversations.c
    undecided, oldest = connection.execute(
        select(func.count(), func.min(i.received_at)).where(i.status == "waiting")
    ).one()
    owed = connection.execute(
        select(o.target, o.status, func.count()).where(o.status != "sent").group_by(o.target, o.status)
    )
    owned = connection.execute(select(func.count()).where(c.owner == "human")).scalar_one()
    return [
        Family("handover_inbox_waiting", "gauge", "Stored messages that are not decided.", [("", {}, undecided)]),
        Family(
            "handover_inbox_oldest_seconds",
            "gauge",
            "Age of the oldest message that is not decided; 0 where there is none.",
            [("", {}, 0 if oldest is None else max(0.0, (now - oldest).total_seconds()))],
        ),
        Family(
            "handover_outbox_rows",
            "gauge",
            "What is owed outside and not sent.",
            [("", {"target": target, "status": status}, count) for target, status, count in sorted(map(tuple, owed))],
        ),
        Family(
            "handover_conversations_owned_by_person",
            "gauge",
            "Conversations that a person has, as of their last change.",
            [("", {}, owned)],
        ),
    ]
