from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Column, Connection, Integer, MetaData, Table, insert, select, text
from sqlalchemy.dialects import sqlite
from sqlalchemy.exc import StatementError

from service.store.database import Database
from service.store.types import Json, Utc

NOON = datetime(2026, 1, 5, 12, tzinfo=UTC)

rows = Table("rows", MetaData(), Column("id", Integer, primary_key=True), Column("at", Utc), Column("body", Json))


@pytest.fixture
def connection(database: Database) -> Iterator[Connection]:
    with database.writing() as connection:
        rows.create(connection)
        yield connection


@pytest.mark.parametrize(
    "moment",
    [NOON, NOON.replace(microsecond=1), NOON.astimezone(timezone(timedelta(hours=-9, minutes=-30))), None],
)
def test_a_moment_comes_back_in_utc(connection: Connection, moment: datetime | None) -> None:
    connection.execute(insert(rows).values(at=moment))
    stored = connection.execute(select(rows.c.at)).scalar_one()
    assert stored == moment
    assert moment is None or stored.tzinfo is UTC


def test_moments_are_compared_as_time(connection: Connection) -> None:
    east = timezone(timedelta(hours=10))
    for moment in (NOON.replace(microsecond=500_000), NOON, (NOON - timedelta(hours=1)).astimezone(east)):
        connection.execute(insert(rows).values(at=moment))
    assert connection.execute(select(rows.c.id).order_by(rows.c.at)).scalars().all() == [3, 2, 1]
    assert connection.execute(select(rows.c.id).where(rows.c.at <= NOON.astimezone(east))).scalars().all() == [2, 3]


MOMENTS = st.datetimes(datetime(2, 1, 1), datetime(9998, 1, 1), timezones=st.timezones())


@given(MOMENTS, MOMENTS)
def test_text_sorts_as_time_does(first: datetime, second: datetime) -> None:
    kind, dialect = Utc(), sqlite.dialect()
    stored = [kind.process_bind_param(moment, dialect) for moment in (first, second)]
    assert (stored[0] < stored[1]) == (first.astimezone(UTC) < second.astimezone(UTC))
    assert [kind.process_result_value(one, dialect) for one in stored] == [
        first.astimezone(UTC),
        second.astimezone(UTC),
    ]


def test_a_moment_without_a_zone_is_refused(connection: Connection) -> None:
    with pytest.raises(StatementError, match="2026-01-05T12:00:00 has no time zone"):
        connection.execute(insert(rows).values(at=datetime(2026, 1, 5, 12)))


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_a_column_without_a_zone_is_read_as_utc(connection: Connection) -> None:
    connection.execute(text("ALTER TABLE rows ALTER COLUMN at TYPE timestamp"))
    connection.execute(insert(rows).values(at=NOON))
    assert connection.execute(select(rows.c.at)).scalar_one() == NOON


@pytest.mark.parametrize("body", [{"a": [1, 2.5, None, "ü", {"b": True}]}, [], "text", 0, False])
def test_json_comes_back(connection: Connection, body: object) -> None:
    connection.execute(insert(rows).values(body=body))
    assert connection.execute(select(rows.c.body)).scalar_one() == body


def test_no_json_is_null(connection: Connection) -> None:
    connection.execute(insert(rows).values(body=None))
    assert connection.execute(select(rows.c.id).where(rows.c.body.is_(None))).scalars().all() == [1]


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_operators_can_query_json(connection: Connection) -> None:
    connection.execute(insert(rows).values(body={"rule": "urgent"}))
    assert connection.execute(text("SELECT body->>'rule' FROM rows WHERE body @> '{\"rule\": \"urgent\"}'")).scalar()
