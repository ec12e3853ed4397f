"""The CRM rows of a handover as another CRM gets them: without ids, which are its own."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, Table, select

from service.store.conversations import RowId
from service.store.tables import Tables

__all__ = ["crm_rows"]

_CONTACT: Final = ("phone_number", "name", "lead_status", "lead_score", "last_contact_at")
_LEAD: Final = (
    "status",
    "source",
    "priority",
    "handover_requested",
    "handover_trigger",
    "handover_timestamp",
    "created_at",
)
_ACTIVITY: Final = ("activity_type", "title", "description", "metadata", "created_at")
_TASK: Final = ("title", "status", "priority", "queue", "due_at", "created_at")


def crm_rows(connection: Connection, tables: Tables, contact: RowId, episode: RowId) -> dict[str, Any]:
    """The contact as it is, and the leads, activities and tasks of the episode, as JSON by the names of the tables."""

    def of_episode(table: Table, names: Sequence[str]) -> list[dict[str, Any]]:
        return _rows(connection, table, names, "episode_id", episode)

    return {
        "contact": _rows(connection, tables.contacts, _CONTACT, "id", contact)[0],
        "lead_details": of_episode(tables.lead_details, _LEAD),
        "activities": of_episode(tables.activities, _ACTIVITY),
        "tasks": of_episode(tables.tasks, _TASK),
    }


def _rows(
    connection: Connection, table: Table, names: Sequence[str], where: str, value: object
) -> list[dict[str, Any]]:
    found = connection.execute(select(*(table.c[name] for name in names)).where(table.c[where] == value))
    return [{name: _plain(one) for name, one in row._mapping.items()} for row in found]


def _plain(value: object) -> object:
    return value.isoformat() if isinstance(value, datetime) else value
