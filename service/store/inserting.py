"""Inserting a row unless it is there: the same statement in both dialects."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Column, Connection, Table
from sqlalchemy.dialects import postgresql, sqlite

__all__ = ["insert_new"]


def insert_new(connection: Connection, table: Table, values: Mapping[str, Any], *, returning: Column[Any]) -> Any:
    """Insert a row, and give its `returning` column; None when a unique constraint says that it is there already."""
    dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
    # The values come apart from the statement: one that holds them is compiled anew each time.
    statement = dialect.insert(table).on_conflict_do_nothing().returning(returning)
    return connection.execute(statement, dict(values)).scalar_one_or_none()
