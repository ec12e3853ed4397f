from __future__ import annotations

import socket
import sqlite3
import threading
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import Connection, func, insert, select, text
from sqlalchemy.exc import DBAPIError, IntegrityError

from handover_rules.errors import UsageError
from service.store.database import Database, open_database
from tests.postgres import Server

NOW = datetime(2026, 1, 5, 12, tzinfo=UTC)


def add_contact(database: Database, connection: Connection, customer: str) -> None:
    connection.execute(insert(database.tables.contacts).values(customer_id=customer))


def contacts(database: Database) -> list[str]:
    table = database.tables.contacts
    with database.reading() as connection:
        return list(connection.execute(select(table.c.customer_id).order_by(table.c.customer_id)).scalars())


def test_what_is_written_stays(database: Database) -> None:
    with database.writing() as connection:
        add_contact(database, connection, "one")
        add_contact(database, connection, "two")
    assert contacts(database) == ["one", "two"]


def test_nothing_stays_of_a_block_that_raises(database: Database) -> None:
    def fail() -> None:
        with database.writing() as connection:
            add_contact(database, connection, "one")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert contacts(database) == []


def test_a_store_is_there_again_after_it_was_closed(database_url: str) -> None:
    first = open_database(database_url)
    with first.writing() as connection:
        add_contact(first, connection, "one")
    first.close()
    second = open_database(database_url)
    assert contacts(second) == ["one"]
    second.close()


def test_reading_cannot_write(database: Database) -> None:
    with pytest.raises(DBAPIError, match=r"(?i)read-?only"), database.reading() as connection:
        add_contact(database, connection, "one")
    with database.writing() as connection:
        add_contact(database, connection, "two")
    assert contacts(database) == ["two"]


def test_reading_sees_one_moment(database: Database) -> None:
    count = select(func.count()).select_from(database.tables.contacts)
    with database.reading() as reader:
        assert reader.execute(count).scalar_one() == 0
        with database.writing() as connection:
            add_contact(database, connection, "one")
        assert reader.execute(count).scalar_one() == 0
    assert contacts(database) == ["one"]


def test_writers_wait_for_each_other(database: Database) -> None:
    """Reading what one is going to change, from many threads: on SQLite the classic way to `database is locked`."""
    table = database.tables.contacts
    with database.writing() as connection:
        add_contact(database, connection, "one")

    def add_ten() -> None:
        for _ in range(10):
            with database.writing() as connection:
                score = connection.execute(select(table.c.lead_score).with_for_update()).scalar_one()
                connection.execute(table.update().values(lead_score=score + 1))

    threads = [threading.Thread(target=add_ten) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with database.reading() as connection:
        assert connection.execute(select(table.c.lead_score)).scalar_one() == 40


def test_rows_refer_to_rows_that_are_there(database: Database) -> None:
    missing = "00000000-0000-0000-0000-000000000000"
    with pytest.raises(IntegrityError), database.writing() as connection:
        connection.execute(insert(database.tables.activities).values(contact_id=missing, title="lost"))


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_an_error_that_was_passed_over_is_not_taken_for_success(database: Database) -> None:
    """PostgreSQL answers such a COMMIT with a rollback, and no error."""

    def pass_over() -> None:
        with database.writing() as connection:
            add_contact(database, connection, "one")
            with suppress(DBAPIError):
                connection.execute(text("SELECT 1 / 0"))

    with pytest.raises(RuntimeError, match="passed over"):
        pass_over()
    assert contacts(database) == []


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_an_error_inside_a_savepoint_may_be_passed_over(database: Database) -> None:
    with database.writing() as connection:
        add_contact(database, connection, "one")
        with pytest.raises(DBAPIError), connection.begin_nested():
            connection.execute(text("SELECT 1 / 0"))
    assert contacts(database) == ["one"]


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_no_statement_is_prepared(database: Database) -> None:
    """A pooler gives each transaction any session: what was prepared in one is not there in the next."""
    with database.writing() as connection:
        for number in range(10):
            add_contact(database, connection, str(number))
        assert connection.execute(text("SELECT count(*) FROM pg_prepared_statements")).scalar_one() == 0


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_a_lost_connection_is_replaced(database: Database, postgresql: Server) -> None:
    contacts(database)
    postgresql.disconnect_all(database.engine.url.render_as_string(hide_password=False))
    assert contacts(database) == []


def test_sqlite_is_durable_and_lets_readers_read(tmp_path: Path) -> None:
    database = open_database(f"sqlite:///{tmp_path}/new/folder/store.db")
    for block in (database.writing(), database.reading()):
        with block as connection:
            settings = [
                connection.execute(text(f"PRAGMA {name}")).scalar()
                for name in ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")
            ]
        assert settings == ["wal", 2, 1, 10_000]
    database.close()


def test_a_relative_file_lies_in_the_working_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    database = open_database("sqlite:///var/store.db")
    assert database.url == "sqlite:///var/store.db"
    assert not database.is_postgresql
    database.close()
    assert (tmp_path / "var/store.db").is_file()


@pytest.mark.parametrize("scheme", ["postgres", "postgresql", "postgresql+psycopg"])
@pytest.mark.parametrize("options", ["", "?pgbouncer=true&sslmode=prefer"])
def test_every_way_to_write_postgresql(postgresql: Server, scheme: str, options: str) -> None:
    url = postgresql.create()
    place = url.partition("://")[2].replace("test@", "test:se%40cret@")
    database = open_database(f"{scheme}://{place}{options}")
    assert database.is_postgresql
    assert database.url == url
    database.close()
    postgresql.drop(url)


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("", "known scheme"),
        ("store.db", "known scheme"),
        ("mysql://root:secret@127.0.0.1/store", "known scheme"),
        ("postgresql+asyncpg://root:secret@127.0.0.1/store", "known scheme"),
        ("sqlite://", "must name a file"),
        ("sqlite:///:memory:", "must name a file"),
        ("sqlite://store.db", "must name a file"),
        ("sqlite:///store.db?mode=ro", "must name a file"),
        ("postgresql://me:my@secret@127.0.0.1/store", "%40 for @"),
        ("postgresql://me:my@secret:1@127.0.0.1/store", "%40 for @"),
        ("postgresql://me:secret@127.0.0.1:port/store", "cannot be read"),
    ],
)
def test_an_address_that_is_none(url: str, said: str) -> None:
    with pytest.raises(UsageError, match=said) as refused:
        open_database(url)
    assert "secret" not in str(refused.value)
    assert "postgresql://user:password@host:5432/database" in str(refused.value)
    assert "sqlite:///file.db" in str(refused.value)


def test_a_server_that_is_not_there() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
        with pytest.raises(UsageError) as refused:
            open_database(f"postgresql://me:secret@127.0.0.1:{port}/store?sslmode=disable")
    assert f"the PostgreSQL database store at 127.0.0.1:{port} cannot be used" in str(refused.value)
    assert "refused" in str(refused.value)
    assert "secret" not in str(refused.value)


def test_a_database_that_is_not_there(postgresql: Server) -> None:
    with pytest.raises(UsageError, match=r'PostgreSQL database nowhere at 127.0.0.1:\d+ .*"nowhere" does not exist'):
        open_database(postgresql.url.replace("/postgres", "/nowhere"))


def test_an_option_that_postgresql_does_not_have(postgresql: Server) -> None:
    with pytest.raises(UsageError, match='invalid connection option "schema"'):
        open_database(f"{postgresql.url}?schema=public")


def test_a_role_that_may_not_create_tables(postgresql: Server) -> None:
    url = postgresql.create()
    owner = open_database(url)
    with owner.writing() as connection:
        connection.execute(text("DROP SCHEMA public CASCADE"))
        connection.execute(text("CREATE SCHEMA public"))
        connection.execute(text("CREATE ROLE guest LOGIN"))
        connection.execute(text("GRANT USAGE ON SCHEMA public TO guest"))
    owner.close()
    with pytest.raises(UsageError, match="permission denied for schema public"):
        open_database(url.replace("test@", "guest@"))
    owner = open_database(url)
    with owner.writing() as connection:
        connection.execute(text("DROP OWNED BY guest"))
        connection.execute(text("DROP ROLE guest"))
    owner.close()
    postgresql.drop(url)


def test_a_file_that_is_no_database(tmp_path: Path) -> None:
    path = tmp_path / "notes.txt"
    path.write_text("not a database, but long enough to look like one\n" * 100)
    with pytest.raises(UsageError, match=r"SQLite file .*notes.txt cannot be used as the store: file is not a data"):
        open_database(f"sqlite:///{path}")


def test_a_folder_that_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(UsageError, match=r"folder .*file.* cannot be made"):
        open_database(f"sqlite:///{tmp_path}/file/store.db")


def test_a_file_that_another_program_holds(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("service.store.database._PATIENCE", 0.05)
    path = tmp_path / "store.db"
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("PRAGMA locking_mode=EXCLUSIVE")
    other.execute("BEGIN EXCLUSIVE")
    with pytest.raises(UsageError, match="database is locked"):
        open_database(f"sqlite:///{path}")
    other.close()
