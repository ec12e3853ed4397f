"""Inserting a row unless it is there."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError

from service.store.database import Database
from service.store.inserting import insert_new
from tests.service.desk import MONDAY


def insert(database: Database, customer: str | None, **values: Any) -> Any:
    table = database.tables.contacts
    with database.writing() as connection:
        return insert_new(connection, table, {"customer_id": customer, **values}, returning=table.c.id)


def names(database: Database) -> list[str | None]:
    c = database.tables.contacts.c
    with database.reading() as connection:
        return list(connection.execute(select(c.name).order_by(c.name)).scalars())


def test_a_new_row_is_inserted_and_named(database: Database) -> None:
    first, second = insert(database, "one", name="a"), insert(database, "two", name="b")
    assert first is not None
    assert second is not None
    assert first != second
    assert names(database) == ["a", "b"]


def test_a_row_that_is_there_stays_as_it_is(database: Database) -> None:
    insert(database, "one", name="a")
    assert insert(database, "one", name="b") is None
    assert names(database) == ["a"]


def test_nothing_is_the_same_as_nothing(database: Database) -> None:
    """A unique column may be NULL in many rows."""
    assert insert(database, None, name="a") != insert(database, None, name="b")
    assert names(database) == ["a", "b"]


def test_what_follows_in_the_transaction_goes_on(database: Database) -> None:
    table = database.tables.contacts
    with database.writing() as connection:
        for customer in ("one", "one", "two"):
            insert_new(connection, table, {"customer_id": customer}, returning=table.c.id)
        assert connection.scalar(select(func.count()).select_from(table)) == 2


def test_other_constraints_are_errors(database: Database) -> None:
    table = database.tables.tasks
    with pytest.raises(IntegrityError), database.writing() as connection:
        insert_new(connection, table, {"title": None, "created_at": MONDAY}, returning=table.c.id)
