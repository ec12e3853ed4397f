"""Who may send which row: leases on rows of the outbox.

A worker leases a row, sends it, and says what became of it. Should it die in between, the lease runs out and another
worker sends the row again: at least once, never lost. Of the rows of one conversation for one target only the oldest
undone one can be leased, so they are sent in order, and one at a time.

While a row is leased, `due_at` is the end of the lease: whatever is undone may be taken from `due_at` on.
"""

from __future__ import annotations

import uuid
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, FromClause, Table, exists, func, literal_column, select, update

from service.store.tables import Tables

__all__ = ["Batch", "Leased", "bury", "finish", "give_back", "lease", "postpone", "set_aside"]


@dataclass(frozen=True, slots=True)
class Leased:
    """A row to send. `attempt` counts from 1; `token` proves the lease, which ends at `until`."""

    seq: int
    token: str
    until: datetime
    key: str
    kind: str
    body: Mapping[str, Any]
    attempt: int


@dataclass(frozen=True, slots=True)
class Batch:
    """Leased rows. `next_due` is when the next one is due; None if nothing is, or if the limit left out some."""

    rows: tuple[Leased, ...]
    next_due: datetime | None


def lease(connection: Connection, tables: Tables, target: str, *, limit: int, now: datetime, until: datetime) -> Batch:
    """Lease up to `limit` rows that are due for `target`, those first that have been due the longest.

    An attempt counts from here, so that a row which kills the process is not tried for ever.
    """
    outbox, older = tables.outbox, tables.outbox.alias("older")
    due = (
        connection.execute(
            select(outbox.c.seq, outbox.c.key, outbox.c.kind, outbox.c.body, outbox.c.attempts)
            .where(
                _undone(outbox),
                outbox.c.target == target,
                outbox.c.due_at <= now,
                ~exists().where(
                    _undone(older),
                    older.c.conversation_id == outbox.c.conversation_id,
                    older.c.target == outbox.c.target,
                    older.c.seq < outbox.c.seq,
                ),
            )
            .order_by(outbox.c.due_at, outbox.c.seq)
            .limit(limit)
            # Several processes on one PostgreSQL take different rows. SQLite has one writer at a time anyway.
            .with_for_update(skip_locked=True)
        )
    ).all()
    token = str(uuid.uuid4())
    if due:
        connection.execute(
            update(outbox)
            .where(outbox.c.seq.in_([row.seq for row in due]))
            .values(status="sending", lease=token, leased_until=until, due_at=until, attempts=outbox.c.attempts + 1)
        )
    rows = tuple(Leased(row.seq, token, until, row.key, row.kind, row.body, row.attempts + 1) for row in due)
    return Batch(rows, _next_due(connection, outbox, target, now) if len(rows) < limit else None)


def finish(
    connection: Connection, tables: Tables, row: Leased, *, now: datetime, external_id: str | None = None
) -> bool:
    """The row was sent; `external_id` is what the target calls it. False if the lease is somebody else's by now; then
    nothing changes."""
    return _let_go(connection, tables, row, status="sent", sent_at=now, external_id=external_id)


def postpone(connection: Connection, tables: Tables, row: Leased, *, due_at: datetime, error: str) -> bool:
    """The attempt failed and the next is due at `due_at`. False if the lease is somebody else's by now."""
    return _let_go(connection, tables, row, status="waiting", due_at=due_at, last_error=error)


def bury(connection: Connection, tables: Tables, row: Leased, *, error: str) -> bool:
    """The row is dead: it stays to be seen, and is not sent. False if the lease is somebody else's by now."""
    return _let_go(connection, tables, row, status="dead", last_error=error)


def give_back(connection: Connection, tables: Tables, rows: Collection[Leased], *, now: datetime) -> None:
    """Nothing was done with these rows: they are due at once, and this was no attempt."""
    for row in rows:
        _let_go(connection, tables, row, status="waiting", due_at=now, attempts=row.attempt - 1)


def set_aside(connection: Connection, tables: Tables, configured: Collection[str], *, now: datetime) -> int:
    """Make `not_configured` what waits for a target that is configured no longer; how many rows that were.

    A promise to a customer is not to be sent weeks later, when somebody configures the target again.
    """
    outbox = tables.outbox
    waits = _undone(outbox) & ((outbox.c.status == "waiting") | (outbox.c.leased_until <= now))
    return connection.execute(
        update(outbox)
        .where(waits, outbox.c.target.not_in(configured))
        .values(status="not_configured", lease=None, leased_until=None)
    ).rowcount


def _undone(outbox: FromClause) -> ColumnElement[bool]:
    # In the words of the partial index: SQLite does not use it for a parameter.
    return outbox.c.status.in_([literal_column("'waiting'"), literal_column("'sending'")])


def _next_due(connection: Connection, outbox: Table, target: str, now: datetime) -> datetime | None:
    """Later than now: what is due already waits for an older row, whose end is news of its own."""
    due: datetime | None = connection.execute(
        select(func.min(outbox.c.due_at)).where(_undone(outbox), outbox.c.target == target, outbox.c.due_at > now)
    ).scalar_one()
    return due


def _let_go(connection: Connection, tables: Tables, row: Leased, **values: object) -> bool:
    """Change a row and end its lease, if the lease is still this one."""
    outbox = tables.outbox
    changed = connection.execute(
        update(outbox)
        .where(outbox.c.seq == row.seq, outbox.c.lease == row.token)
        .values(lease=None, leased_until=None, **values)
    )
    return changed.rowcount == 1
