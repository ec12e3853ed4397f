"""The questions of `docs/monitoring.sql`, as they stand there, on a real PostgreSQL."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, insert, text

from service.store.database import Database, open_database
from service.store.tables import Tables
from tests.databases import plain

FILE = Path(__file__).parents[3] / "docs" / "monitoring.sql"

# The statements count from the database's own clock.
NOW = datetime.now(UTC).replace(microsecond=0)

pytestmark = pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)


def statements() -> list[str]:
    without_comments = re.sub("--.*", "", FILE.read_text(encoding="utf-8"))
    return [statement.strip() for statement in without_comments.split(";") if statement.strip()]


def ago(hours: float) -> datetime:
    return NOW - timedelta(hours=hours)


def fill(connection: Connection, t: Tables) -> None:
    for needed, score, hours in ((True, 0.75, 3), (True, 0.25, 2), (True, None, 1), (False, 0.5, 23), (False, 1, 25)):
        said = {"message_text": f"{hours} hours ago", "handover_needed": needed, "confidence_score": score}
        connection.execute(insert(t.intent_analysis_log).values(created_at=ago(hours), reason="asked", **said))
    for trigger, requested in (("help", True), ("agent", True), ("help", True), ("newsletter", False)):
        connection.execute(insert(t.lead_details).values(handover_trigger=trigger, handover_requested=requested))
    add_contact = insert(t.contacts).returning(t.contacts.c.id)
    ada, bob = (connection.execute(add_contact.values(phone_number=phone)).scalar_one() for phone in ("491", "492"))
    for contact, kind, hours in (
        (ada, "support_request", 23),
        (bob, "support_request", 1),
        (ada, "support_request", 25),
        (bob, "call", 1),
    ):
        row = {"contact_id": contact, "activity_type": kind, "created_at": ago(hours)}
        connection.execute(insert(t.activities).values(title="Handover requested", description=f"{hours} h", **row))


def answers(database: Database) -> list[list[tuple[Any, ...]]]:
    """What each statement answers to a program that knows nothing of the service."""
    with plain(database.engine.url.render_as_string(hide_password=False)) as connection:
        return [[tuple(row) for row in connection.execute(text(statement))] for statement in statements()]


def test_each_statement_answers(database: Database) -> None:
    with database.writing() as connection:
        fill(connection, database.tables)
    sure, triggers, latest, handed_over = answers(database)
    assert sorted(sure) == [(False, 0.5, 1), (True, 0.5, 3)]
    assert triggers == [("help", 2), ("agent", 1)]
    assert latest == [
        ("1 hours ago", True, None, "asked", ago(1)),
        ("2 hours ago", True, 0.25, "asked", ago(2)),
        ("3 hours ago", True, 0.75, "asked", ago(3)),
        ("23 hours ago", False, 0.5, "asked", ago(23)),
        ("25 hours ago", False, 1.0, "asked", ago(25)),
    ]
    assert handed_over == [
        ("492", "Handover requested", "1 h", ago(1)),
        ("491", "Handover requested", "23 h", ago(23)),
    ]


def test_each_statement_answers_on_an_empty_store(database: Database) -> None:
    assert answers(database) == [[], [], [], []]


def test_what_the_service_adds_to_users_tables_answers_too(database_url: str) -> None:
    with plain(database_url) as connection:
        connection.execute(text("DROP SCHEMA public CASCADE"))
        connection.execute(text("CREATE SCHEMA public"))
        connection.execute(text("CREATE TABLE contacts (id serial PRIMARY KEY, phone_number text NOT NULL)"))
        connection.execute(text("CREATE TABLE lead_details (id text PRIMARY KEY, contact_id integer)"))
    database = open_database(database_url)
    with database.writing() as connection:
        fill(connection, database.tables)
    assert [len(answer) for answer in answers(database)] == [2, 2, 5, 2]
    database.close()
