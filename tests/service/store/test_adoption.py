"""Tables of users who had some before: as the product guide has them, by and by altered as it says."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import Connection, insert, inspect, make_url, select, text, update
from sqlalchemy.exc import IntegrityError

from handover_rules.errors import UsageError
from service.store.database import Database, open_database
from tests.databases import plain

NOW = datetime(2026, 1, 5, 12, tzinfo=UTC)

# Type of the ids -> how a user declares it, and the ids of two rows; {0} is the table.
IDS = {
    "postgresql": {
        "uuid": ("uuid PRIMARY KEY DEFAULT gen_random_uuid()", "uuid"),
        "bigint": ("bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY", "bigint"),
        "serial": ("serial PRIMARY KEY", "integer"),
        "text": ("text PRIMARY KEY", "text"),
    },
    "sqlite": {
        "bigint": ("INTEGER PRIMARY KEY", "INTEGER"),
        "text": ("TEXT PRIMARY KEY", "TEXT"),
        "varchar": ("VARCHAR(36) NOT NULL PRIMARY KEY", "VARCHAR(36)"),
    },
}
KINDS = [(store, kind) for store, kinds in IDS.items() for kind in kinds]

BASE = """
CREATE TABLE contacts (id {id}, phone_number text NOT NULL, name text, company text, created_at {time});
CREATE TABLE conversations (id {id}, contact_id {ref} REFERENCES contacts (id), phone_number text, created_at {time});
CREATE TABLE lead_details (id {id}, contact_id {ref} NOT NULL REFERENCES contacts (id), status text, budget real);
CREATE TABLE activities (id {id}, contact_id {ref}, activity_type text NOT NULL, title text NOT NULL, description text,
    created_at {time});
"""

# Those of the guide.
ALTERS = """
ALTER TABLE conversations ADD COLUMN handover_requested BOOLEAN DEFAULT FALSE;
ALTER TABLE conversations ADD COLUMN handover_timestamp TIMESTAMPTZ;
ALTER TABLE conversations ADD COLUMN handover_reason TEXT;
ALTER TABLE lead_details ADD COLUMN handover_requested BOOLEAN DEFAULT FALSE;
ALTER TABLE lead_details ADD COLUMN handover_trigger TEXT;
ALTER TABLE lead_details ADD COLUMN handover_timestamp TIMESTAMPTZ;
ALTER TABLE lead_details ADD COLUMN priority VARCHAR(20) DEFAULT 'medium';
ALTER TABLE activities ADD COLUMN metadata JSONB;
"""
LOG = """
CREATE TABLE intent_analysis_log (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    created_at timestamp with time zone DEFAULT now(),
    message_text text,
    handover_needed boolean,
    confidence_score real,
    reason text,
    final_decision boolean,
    model_used text
);
INSERT INTO intent_analysis_log (created_at, message_text, handover_needed, confidence_score)
    VALUES ('2025-01-05 12:00:00+00', 'a human please', true, 0.9), (NULL, 'a human please', NULL, NULL);
"""


def run(url: str, script: str) -> None:
    with plain(url) as connection:
        for statement in script.split(";"):
            if statement.strip():
                connection.execute(text(statement))


def rows(url: str) -> dict[str, list[dict[str, Any]]]:
    with plain(url) as connection:
        return {
            table: [dict(row) for row in connection.execute(text(f"SELECT * FROM {table} ORDER BY id")).mappings()]
            for table in inspect(connection).get_table_names()
            if table in ("contacts", "conversations", "lead_details", "activities", "intent_analysis_log")
        }


@contextmanager
def adopted(url: str) -> Iterator[Database]:
    database = open_database(url)
    try:
        yield database
    finally:
        database.close()


def add(connection: Connection, table: str, **row: object) -> Any:
    """The id of a new row."""
    names, marks = ", ".join(row), ", ".join(f":{name}" for name in row)
    return connection.execute(text(f"INSERT INTO {table} ({names}) VALUES ({marks}) RETURNING id"), row).scalar_one()


def users_tables(url: str, kind: str) -> None:
    """The tables with ids of that kind, and rows: two contacts share a phone number, two conversations too."""
    store = "postgresql" if url.startswith("postgresql") else "sqlite"
    declared, reference = IDS[store][kind]
    run(url, BASE.format(id=declared, ref=reference, time="timestamptz" if store == "postgresql" else "TEXT"))
    with plain(url) as connection:
        for number in (1, 2):
            key = {"id": f"row {number}"} if kind in ("text", "varchar") else {}
            contact = add(connection, "contacts", phone_number="4917000", name="Ada", **key)
            add(connection, "conversations", contact_id=contact, phone_number="4917000", **key)
            add(connection, "lead_details", contact_id=contact, status="new", budget=12.5, **key)
            add(connection, "activities", contact_id=contact, activity_type="call", title="Called", **key)


def a_handover(database: Database) -> None:
    """One row in each table, with the references between them."""
    t = database.tables
    with database.writing() as connection:

        def add(table: Any, **values: Any) -> Any:
            return connection.execute(insert(table).values(**values).returning(*table.primary_key.columns)).scalar_one()

        contact = add(t.contacts, customer_id="491", phone_number="491", created_at=NOW)
        conversation = add(t.conversations, customer_id="491", contact_id=contact, state={}, created_at=NOW)
        episode = add(t.episodes, conversation_id=conversation, epoch=1, opened_at=NOW)
        of_episode = {"contact_id": contact, "episode_id": episode, "created_at": NOW}
        add(t.lead_details, handover_requested=True, handover_trigger="help", **of_episode)
        add(t.activities, activity_type="support_request", title="Handover", metadata={"rule": "x"}, **of_episode)
        add(t.tasks, title="Reply", **of_episode)
        seq = add(
            t.inbox, channel="x", event="x", from_me=False, received_at=NOW, status="decided", payload="{}", chat="491"
        )
        empty: dict[str, object] = {name: {} for name in ("tags", "state", "customer", "signals", "problems")}
        of_message = {"conversation_id": conversation, "message_id": "m1"}
        times = {"now": NOW, "decided_at": NOW}
        texts = {"ruleset_hash": "x", "outcome": "handover", "reason": "x"}
        add(t.decisions, inbox_seq=seq, epoch=0, **of_message, **times, **texts, **empty)
        add(t.intent_analysis_log, created_at=NOW, message_text="help", confidence_score=0.9, **of_message)
        add(
            t.outbox,
            key="k",
            conversation_id=conversation,
            episode_id=episode,
            target="slack",
            kind="slack.post",
            body={},
            status="waiting",
            created_at=NOW,
            due_at=NOW,
        )
    with database.reading() as connection:
        c, a = t.contacts.c, t.activities.c
        found = connection.execute(
            select(c.customer_id, a.title, a.metadata).where(a.contact_id == c.id, a.title == "Handover")
        ).one()
        assert tuple(found) == ("491", "Handover", {"rule": "x"})


def test_an_empty_store_takes_a_handover(database: Database) -> None:
    a_handover(database)


@pytest.mark.parametrize("alters", [0, 3, 8], ids=["unaltered", "partly", "altered"])
@pytest.mark.parametrize(("empty_url", "kind"), KINDS, indirect=["empty_url"])
def test_users_tables_keep_their_rows_and_get_what_is_missing(empty_url: str, kind: str, alters: int) -> None:
    users_tables(empty_url, kind)
    run(empty_url, ";".join(ALTERS.split(";")[:alters]))
    if empty_url.startswith("postgresql") and alters:
        run(empty_url, LOG)
    before = rows(empty_url)
    with adopted(empty_url) as database:
        after = rows(empty_url)
        for table, old_rows in before.items():
            assert [{name: row[name] for name in old_rows[0]} for row in after[table]] == old_rows
        a_handover(database)
    with plain(empty_url) as connection:
        inspector = inspect(connection)
        for table in database.tables.metadata.tables.values():
            there = {column["name"]: column for column in inspector.get_columns(table.name)}
            assert {column.name for column in table.columns} <= set(there)
            for column in table.columns:
                for key in column.foreign_keys:
                    (target,) = (
                        one["type"]
                        for one in inspector.get_columns(key.column.table.name)
                        if one["name"] == key.column.name
                    )
                    assert str(there[column.name]["type"]) == str(target), column


@pytest.mark.parametrize(("empty_url", "kind"), [KINDS[0], KINDS[-1]], indirect=["empty_url"])
def test_new_columns_tell_rows_apart_where_old_ones_do_not(empty_url: str, kind: str) -> None:
    users_tables(empty_url, kind)
    with adopted(empty_url) as database:
        contacts = database.tables.contacts
        with database.writing() as connection:
            first, second = connection.execute(select(contacts.c.id)).scalars()
            connection.execute(update(contacts).where(contacts.c.id == first).values(customer_id="49"))
        with pytest.raises(IntegrityError), database.writing() as connection:
            connection.execute(update(contacts).where(contacts.c.id == second).values(customer_id="49"))


def test_what_users_have_is_not_touched(empty_url: str) -> None:
    users_tables(empty_url, "bigint")
    run(empty_url, "CREATE TABLE invoices (id integer); CREATE INDEX their_index ON contacts (company)")
    with plain(empty_url) as connection:
        inspector = inspect(connection)
        columns = {table: repr(inspector.get_columns(table)) for table in ("invoices", "contacts")}
    with adopted(empty_url), plain(empty_url) as connection:
        inspector = inspect(connection)
        assert repr(inspector.get_columns("invoices")) == columns["invoices"]
        assert repr(inspector.get_columns("contacts")).startswith(columns["contacts"][:-1])
        indexes = {tuple(index["column_names"]) for index in inspector.get_indexes("contacts")}
        # None on their own columns, which may be long, and none on what they have indexed.
        assert indexes == {("company",), ("handover_customer_id",)}


def test_times_of_old_rows_are_not_invented(empty_url: str) -> None:
    """`now()` is a default for rows to come: an old one was not written now."""
    key = "id uuid PRIMARY KEY" if empty_url.startswith("postgresql") else "id TEXT PRIMARY KEY"
    run(empty_url, f"CREATE TABLE intent_analysis_log ({key}, message_text text)")
    run(empty_url, "INSERT INTO intent_analysis_log (id) VALUES ('00000000-0000-0000-0000-000000000001')")
    with adopted(empty_url) as database, database.reading() as connection:
        assert connection.execute(select(database.tables.intent_analysis_log.c.created_at)).scalars().all() == [None]


def test_a_column_that_must_be_filled_stops_the_start(empty_url: str) -> None:
    users_tables(empty_url, "text")
    run(empty_url, "DROP TABLE activities; CREATE TABLE activities (id text PRIMARY KEY, region text NOT NULL)")
    before = rows(empty_url)
    with pytest.raises(UsageError, match=r"activities\.region must be filled.*give it a default, or allow NULL"):
        open_database(empty_url)
    assert rows(empty_url) == before
    run(
        empty_url,
        "DROP TABLE activities; CREATE TABLE activities (id text PRIMARY KEY, region text NOT NULL DEFAULT '')",
    )
    with adopted(empty_url) as database:
        a_handover(database)


def test_a_column_that_came_later_stops_the_next_start(database_url: str) -> None:
    open_database(database_url).close()
    run(database_url, "ALTER TABLE tasks ADD COLUMN region text NOT NULL DEFAULT ''")
    open_database(database_url).close()
    if database_url.startswith("postgresql"):
        run(database_url, "ALTER TABLE tasks ALTER COLUMN region DROP DEFAULT")
        with pytest.raises(UsageError, match=r"tasks\.region must be filled"):
            open_database(database_url)


def test_every_problem_is_named_at_once(empty_url: str) -> None:
    run(
        empty_url,
        """CREATE TABLE contacts (id integer, region text NOT NULL, lead_status text NOT NULL);
        CREATE TABLE outbox (id text);
        CREATE TABLE activities (id date PRIMARY KEY)""",
    )
    with pytest.raises(UsageError) as refused:
        open_database(empty_url)
    assert [line.strip().partition(":")[0] for line in str(refused.value).splitlines()[1:]] == [
        "contacts.id is a number that the database does not count",
        "contacts.id is not unique, so nothing can refer to it",
        "contacts.region must be filled, and the service may have nothing for it",
        "contacts.lead_status must be filled, and the service may have nothing for it",
        "activities.id has the type DATE",
        "outbox.seq is missing",
    ]


@pytest.mark.parametrize("empty_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize("declared", ["INT PRIMARY KEY", "BIGINT PRIMARY KEY"])
def test_sqlite_counts_in_one_declaration_only(empty_url: str, declared: str) -> None:
    run(empty_url, f"CREATE TABLE contacts (id {declared})")
    with pytest.raises(UsageError, match=r"contacts\.id is a number that the database does not count"):
        open_database(empty_url)


@pytest.mark.parametrize("empty_url", ["postgresql"], indirect=True)
@pytest.mark.parametrize(
    ("column", "said"),
    [
        ("lead_status lead_kind", "lead_status has the type lead_kind: change it to text"),
        ("phone_number bigint", "phone_number has the type BIGINT: change it to text"),
        ("lead_score text", "lead_score has the type TEXT: change it to integer"),
        ("last_contact_at date", "last_contact_at has the type DATE: change it to timestamp with time zone"),
        ("handover_customer_id text", "customer_id already, and the same value may be there twice"),
    ],
)
def test_a_column_that_the_service_could_not_write_to(empty_url: str, column: str, said: str) -> None:
    run(empty_url, f"CREATE TYPE lead_kind AS ENUM ('new'); CREATE TABLE contacts (id uuid PRIMARY KEY, {column})")
    with pytest.raises(UsageError, match=said):
        open_database(empty_url)


@pytest.mark.parametrize("empty_url", ["postgresql"], indirect=True)
def test_times_without_a_zone_need_a_server_in_utc(empty_url: str) -> None:
    database = make_url(empty_url).database
    run(empty_url, "CREATE TABLE contacts (id uuid PRIMARY KEY, created_at timestamp)")
    run(empty_url, f"ALTER DATABASE {database} SET timezone TO 'Europe/Berlin'")
    with pytest.raises(UsageError, match=r"contacts\.created_at holds times without a zone.*Europe/Berlin"):
        open_database(empty_url)
    run(empty_url, f"ALTER DATABASE {database} SET timezone TO 'UTC'")
    with adopted(empty_url) as database:
        a_handover(database)
        with database.reading() as connection:
            assert connection.execute(select(database.tables.contacts.c.created_at)).scalars().all() == [NOW]


@pytest.mark.parametrize("empty_url", ["postgresql"], indirect=True)
def test_other_types_that_take_the_same_values(empty_url: str) -> None:
    run(
        empty_url,
        """CREATE DOMAIN phone AS text;
        CREATE TABLE contacts (id uuid PRIMARY KEY, phone_number phone NOT NULL, lead_score numeric NOT NULL DEFAULT 0);
        CREATE TABLE activities (id varchar(36) PRIMARY KEY, metadata json, title varchar(80) NOT NULL);
        CREATE TABLE tasks (id bigserial PRIMARY KEY, title text NOT NULL)""",
    )
    with adopted(empty_url) as database:
        a_handover(database)
