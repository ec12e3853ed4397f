"""What the `handover outbox` commands do, on the store of DATABASE_URL."""

from __future__ import annotations

import json
import sys
from collections.abc import Collection
from datetime import datetime, timedelta
from pathlib import Path
from typing import get_args

from handover_rules.errors import UsageError
from handover_rules.output import write_output
from service.clock import utc_now
from service.configured_store import configured_store
from service.outbox.owed import TargetName
from service.outbox.tending import RETRIED, Entry, Status, drop, entries, retry, retry_all

__all__ = ["drop_keys", "retry_keys", "retry_many", "show"]


def show(status: Status | None, target: str | None, limit: int, json_to: str | None) -> None:
    """Print rows, or write them as JSON. Raises UsageError for a target that there is none."""
    _check_target(target)
    now = utc_now()
    with configured_store() as database, database.reading() as connection:
        found = entries(connection, database.tables, status=status, target=target, limit=limit)
    if json_to is not None:
        written = json.dumps([_as_json(entry, now) for entry in found], indent=2) + "\n"
        if json_to == "-":
            sys.stdout.write(written)
            return
        write_output("--json", Path(json_to), written.encode())
    for entry in found:
        attempts = "1 attempt" if entry.attempts == 1 else f"{entry.attempts} attempts"
        print(entry.key)
        print(f"  {entry.status}: {entry.kind} to {entry.target}, {_age(now - entry.created_at)} old, {attempts}")
        if entry.last_error is not None:
            print(f"  {entry.last_error}")
    if not found:
        print("no such rows")
    elif len(found) == limit:
        print(f"the newest {limit}; --limit shows more")


def retry_keys(keys: Collection[str]) -> None:
    """Make rows due. Raises UsageError for one that there is none, or that is not to be retried."""
    with configured_store() as database, database.writing() as connection:
        count = retry(connection, database.tables, keys, now=utc_now())
    print(f"{_rows(count)} will be sent again")


def retry_many(target: str | None, *, only_dead: bool) -> None:
    """Make all dead rows due, and those not configured too unless `only_dead`; of one target, or of all."""
    _check_target(target)
    statuses: tuple[Status, ...] = ("dead",) if only_dead else RETRIED
    with configured_store() as database, database.writing() as connection:
        count = retry_all(connection, database.tables, statuses=statuses, target=target, now=utc_now())
    print(f"{_rows(count)} will be sent again" if count else "there are no such rows")


def drop_keys(keys: Collection[str]) -> None:
    """Give rows up. Raises UsageError for one that there is none, or that is on its way or sent."""
    with configured_store() as database, database.writing() as connection:
        count = drop(connection, database.tables, keys)
    print(f"{_rows(count)} will never be sent")


def _check_target(target: str | None) -> None:
    if target is not None and target not in get_args(TargetName):
        raise UsageError(f"there is no target {target!r}; there are {', '.join(get_args(TargetName))}")


def _as_json(entry: Entry, now: datetime) -> dict[str, object]:
    return {
        "key": entry.key,
        "target": entry.target,
        "kind": entry.kind,
        "status": entry.status,
        "attempts": entry.attempts,
        "created_at": entry.created_at.isoformat(),
        "due_at": entry.due_at.isoformat(),
        "age_seconds": round((now - entry.created_at).total_seconds()),
        "last_error": entry.last_error,
    }


def _age(age: timedelta) -> str:
    """In the largest unit that it has at least two of: `90 s`, `5 min`, `30 h`, `4 days`."""
    seconds = max(0, int(age.total_seconds()))
    for unit, size in (("days", 86_400), ("h", 3600), ("min", 60)):
        if seconds >= 2 * size:
            return f"{seconds // size} {unit}"
    return f"{seconds} s"


def _rows(count: int) -> str:
    return "1 row" if count == 1 else f"{count} rows"
