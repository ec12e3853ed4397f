"""What an operator does with rows of the outbox: look at them, have them tried again, give them up."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal, TypeAlias

from sqlalchemy import ColumnElement, Connection, Table, select, update

from handover_rules.errors import UsageError
from service.store.tables import Tables

__all__ = ["RETRIED", "Entry", "Status", "drop", "entries", "retry", "retry_all"]

Status: TypeAlias = Literal["waiting", "sending", "sent", "dead", "not_configured", "dropped"]

# What can be tried again, and what can be given up. What is being sent is the worker's.
RETRIED: Final[tuple[Status, ...]] = ("dead", "not_configured")
_DROPPED: Final[tuple[Status, ...]] = ("waiting", "dead", "not_configured")

# How many wrong keys an error names.
_SHOWN: Final = 5


@dataclass(frozen=True, slots=True)
class Entry:
    """A row to show: everything but what is sent, which holds numbers and texts."""

    key: str
    target: str
    kind: str
    status: str
    attempts: int
    created_at: datetime
    due_at: datetime
    last_error: str | None


def entries(
    connection: Connection, tables: Tables, *, status: Status | None, target: str | None, limit: int
) -> list[Entry]:
    """The newest rows first, of one status or target, or of all."""
    o = tables.outbox.c
    query = select(o.key, o.target, o.kind, o.status, o.attempts, o.created_at, o.due_at, o.last_error)
    if status is not None:
        query = query.where(o.status == status)
    if target is not None:
        query = query.where(o.target == target)
    return [Entry(*row) for row in connection.execute(query.order_by(o.seq.desc()).limit(limit))]


def retry(connection: Connection, tables: Tables, keys: Collection[str], *, now: datetime) -> int:
    """Make these rows due, with all their attempts before them; how many they are.

    Raises UsageError for a key that is unknown or whose row is not to be retried: end the transaction with it.
    """
    return _change(connection, tables.outbox, keys, RETRIED, "retried", _afresh(now))


def retry_all(
    connection: Connection, tables: Tables, *, statuses: Sequence[Status], target: str | None, now: datetime
) -> int:
    """Make all rows of these statuses due, of one target or of all; how many they are."""
    outbox = tables.outbox
    change = update(outbox).where(outbox.c.status.in_(statuses)).values(**_afresh(now))
    return connection.execute(change if target is None else change.where(outbox.c.target == target)).rowcount


def drop(connection: Connection, tables: Tables, keys: Collection[str]) -> int:
    """Give these rows up: they stay to be seen, and are not sent; how many they are.

    Raises UsageError for a key that is unknown or whose row is on its way or sent: end the transaction with it.
    """
    return _change(connection, tables.outbox, keys, _DROPPED, "dropped", {"status": "dropped"})


def _afresh(now: datetime) -> dict[str, object]:
    return {"status": "waiting", "attempts": 0, "due_at": now, "lease": None, "leased_until": None}


def _change(
    connection: Connection,
    outbox: Table,
    keys: Collection[str],
    allowed: Sequence[Status],
    done: str,
    values: dict[str, object],
) -> int:
    wanted = set(keys)
    # The worker takes rows meanwhile, so whether a row may be changed is asked in the change itself.
    changed = update(outbox).where(_named(outbox, wanted), outbox.c.status.in_(allowed)).values(**values)
    left = wanted - set(connection.execute(changed.returning(outbox.c.key)).scalars())
    if left:
        statuses = select(outbox.c.key, outbox.c.status).where(_named(outbox, left))
        found = {row.key: row.status for row in connection.execute(statuses)}
        said = [
            f"{key} is {found[key]}" if key in found else f"there is no row with the key {key!r}"
            for key in sorted(left)[:_SHOWN]
        ]
        more = f", and {len(left) - _SHOWN} more" if len(left) > _SHOWN else ""
        raise UsageError(
            f"nothing was {done}: {'; '.join(said)}{more}. Rows that are {_or(allowed)} can be {done}: "
            f"`handover outbox list` shows them"
        )
    return len(wanted)


def _named(outbox: Table, keys: Collection[str]) -> ColumnElement[bool]:
    return outbox.c.key.in_(sorted(keys))


def _or(words: Sequence[str]) -> str:
    return f"{', '.join(words[:-1])} or {words[-1]}"
