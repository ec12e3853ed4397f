"""Inserting rows.

The values come apart from the statement: one that holds them is put together and compiled anew each time, which costs
more than the insert.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Column, Connection, Table, insert
from sqlalchemy.dialects import postgresql, sqlite

__all__ = ["insert_new", "insert_row"]


def insert_new(connection: Connection, table: Table, values: Mapping[str, Any], *, returning: Column[Any]) -> Any:
    """Insert a row, and give its `returning` column; None when a unique constraint says that it is there already."""
    dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
    statement = dialect.insert(table).on_conflict_do_nothing().returning(returning)
    return connection.execute(statement, dict(values)).scalar_one_or_none()


def insert_row(connection: Connection, table: Table, values: Mapping[str, Any]) -> Any:
    """Insert a row, and give its id. A value of None is left to the column's default."""
    given = {name: value for name, value in values.items() if value is not None}
    (key,) = table.primary_key.columns
    return connection.execute(insert(table).returning(key), given).scalar_one()
