from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, inspect, text

from handover_rules.errors import UsageError
from service.store.database import open_database
from service.store.migrate import MIGRATIONS, NEWEST, VERSION_TABLE, VERSIONS
from service.store.tables import ADOPTED, build_tables
from tests.databases import plain

ROOT = Path(__file__).parents[3]


def migrated(url: str) -> None:
    open_database(url).close()


def described(connection: Connection) -> dict[str, object]:
    """Every table, with all that can be read of it."""
    inspector = inspect(connection)
    return {
        table: re.sub(
            "object at 0x[0-9a-f]+",
            "",
            repr(
                (
                    inspector.get_columns(table),
                    inspector.get_pk_constraint(table),
                    inspector.get_foreign_keys(table),
                    inspector.get_unique_constraints(table),
                    inspector.get_indexes(table),
                    connection.execute(text(f"SELECT * FROM {table}")).all(),
                )
            ),
        )
        for table in sorted(inspector.get_table_names())
    }


def test_an_empty_database_gets_the_tables_of_today(empty_url: str) -> None:
    """So the versions, one after the other, and `tables.py` say the same."""
    migrated(empty_url)
    with plain(empty_url) as connection:
        context = MigrationContext.configure(connection, opts={"version_table": VERSION_TABLE, "compare_type": True})
        assert compare_metadata(context, build_tables().metadata) == []


def test_the_versions_are_those_of_the_files() -> None:
    scripts = ScriptDirectory(str(MIGRATIONS))
    assert [script.revision for script in scripts.walk_revisions()] == list(reversed(VERSIONS))
    assert scripts.get_heads() == [NEWEST]


def test_migrating_twice_changes_nothing(empty_url: str) -> None:
    migrated(empty_url)
    with plain(empty_url) as connection:
        once = described(connection)
    migrated(empty_url)
    with plain(empty_url) as connection:
        assert described(connection) == once
        # Also when the versions are applied anew, as after a backup of some tables was restored.
        connection.execute(text(f"DELETE FROM {VERSION_TABLE}"))
    migrated(empty_url)
    with plain(empty_url) as connection:
        assert described(connection) == once


@pytest.mark.parametrize("empty_url", ["postgresql"], indirect=True)
def test_postgresql_makes_ids_too(empty_url: str) -> None:
    """For programs that write to the tables through an API and leave the id to the database."""
    migrated(empty_url)
    with plain(empty_url) as connection:
        for table in ADOPTED:
            made = connection.execute(text(f"INSERT INTO {table} DEFAULT VALUES RETURNING id")).scalar_one()
            assert made.version == 4
        columns = {column["name"]: column for column in inspect(connection).get_columns("intent_analysis_log")}
        fresh = connection.execute(text("SELECT now() - created_at FROM intent_analysis_log")).scalar_one()
    assert str(columns["confidence_score"]["type"]) == "REAL"
    assert columns["created_at"]["type"].timezone
    assert columns["created_at"]["default"] == "now()"
    assert abs(fresh.total_seconds()) < 60


@pytest.mark.parametrize("empty_url", ["postgresql"], indirect=True)
def test_new_tables_are_closed_to_the_web_on_supabase(empty_url: str) -> None:
    """There the role `anon` is every visitor, and may read what has no row security."""
    with plain(empty_url) as connection:
        connection.execute(text("CREATE ROLE anon"))
        connection.execute(text("CREATE TABLE contacts (id uuid PRIMARY KEY)"))
    migrated(empty_url)
    with plain(empty_url) as connection:
        tables = connection.execute(
            text(
                "SELECT relname, relrowsecurity FROM pg_class "
                "WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace"
            )
        )
        closed = {name: security for name, security in tables if name != VERSION_TABLE}
        connection.execute(text("DROP ROLE anon"))
    assert closed.pop("contacts") is False
    assert closed
    assert all(closed.values())


def test_another_programs_versions_are_left_alone(empty_url: str) -> None:
    with plain(empty_url) as connection:
        connection.execute(text("CREATE TABLE alembic_version (version_num VARCHAR(32) PRIMARY KEY)"))
        connection.execute(text("INSERT INTO alembic_version VALUES ('theirs')"))
    migrated(empty_url)
    with plain(empty_url) as connection:
        assert connection.execute(text("SELECT version_num FROM alembic_version")).scalars().all() == ["theirs"]
        assert connection.execute(text(f"SELECT version_num FROM {VERSION_TABLE}")).scalars().all() == [NEWEST]


def test_a_store_of_a_newer_program_is_refused(empty_url: str) -> None:
    migrated(empty_url)
    with plain(empty_url) as connection:
        connection.execute(text(f"UPDATE {VERSION_TABLE} SET version_num = '9999'"))
    with pytest.raises(UsageError, match=r"version 9999.*newer version of the program"):
        migrated(empty_url)


def test_a_version_that_fails_leaves_nothing_behind(empty_url: str) -> None:
    with plain(empty_url) as connection:
        connection.execute(text("CREATE TABLE theirs (id INTEGER PRIMARY KEY)"))
        # A name that is taken, of an index on the table that is made last.
        connection.execute(text("CREATE INDEX ix_outbox_undone ON theirs (id)"))
        before = described(connection)
    with pytest.raises(UsageError, match=r"ix_outbox_undone.* already exists"):
        migrated(empty_url)
    with plain(empty_url) as connection:
        assert described(connection) == before


def test_processes_that_start_at_once_do_not_collide(empty_url: str) -> None:
    code = "import sys; from service.store.database import open_database; sys.stdin.read(); open_database(sys.argv[1])"
    starting = [
        subprocess.Popen([sys.executable, "-c", code, empty_url], cwd=ROOT, stdin=subprocess.PIPE, text=True)
        for _ in range(4)
    ]
    for process in starting:
        assert process.stdin is not None
        process.stdin.close()
    assert [process.wait() for process in starting] == [0, 0, 0, 0]
    with plain(empty_url) as connection:
        assert connection.execute(text(f"SELECT version_num FROM {VERSION_TABLE}")).scalars().all() == [NEWEST]


def test_a_start_with_nothing_to_do_does_not_load_alembic(database_url: str) -> None:
    code = (
        "import sys; from service.store.database import open_database\n"
        "open_database(sys.argv[1]).close()\n"
        "sys.exit('alembic' in sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code, database_url], cwd=ROOT, check=True)
