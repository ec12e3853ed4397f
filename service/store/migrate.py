"""Bring a store to the newest version.

Each version is a file in `migrations/versions/`. Applying one is part of one transaction, on both stores, under a
lock: processes that start at once do not collide, and what fails leaves nothing behind.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, column, inspect, select, table, text

from handover_rules.errors import UsageError

__all__ = ["NEWEST", "VERSIONS", "VERSION_TABLE", "migrate"]

# Named here too, so that a start with nothing to do need not load Alembic, which takes longer than all the rest.
VERSIONS = ("0001", "0002")
NEWEST = VERSIONS[-1]

# Apart from Alembic's own name, which the database's owner may use for theirs.
VERSION_TABLE = "handover_alembic_version"

MIGRATIONS = Path(__file__).parent / "migrations"

# Any number does; it must be the same in all processes.
_LOCK = 0x68616E646F766572


def migrate(engine: Engine) -> None:
    """Apply the versions that are missing.

    Raises UsageError when a newer version of this program has been there, or the tables cannot be adopted.
    """
    with engine.connect() as connection:
        if _version(connection) == NEWEST:
            return
    with engine.begin() as connection:
        if connection.dialect.name == "postgresql":
            # For the transaction, not the session: behind a pooler, a session is nobody's own.
            connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})
        if _version(connection) != NEWEST:
            _upgrade(connection)


def _version(connection: Connection) -> str | None:
    """The version of the store; None for one that has none yet."""
    if not inspect(connection).has_table(VERSION_TABLE):
        return None
    version = connection.execute(select(column("version_num")).select_from(table(VERSION_TABLE))).scalar()
    if version is not None and version not in VERSIONS:
        raise UsageError(
            f"its tables have version {version}, and this program knows them up to {NEWEST}: a newer version of the "
            "program has been there; install that one, or restore a backup from before"
        )
    return version


def _upgrade(connection: Connection) -> None:
    from alembic.operations import Operations
    from alembic.runtime.migration import MigrationContext
    from alembic.script import ScriptDirectory

    scripts = ScriptDirectory(str(MIGRATIONS))

    def steps(version: Any, _: MigrationContext) -> Any:
        return scripts._upgrade_revs(NEWEST, version)

    context = MigrationContext.configure(connection, opts={"version_table": VERSION_TABLE, "fn": steps})
    with Operations.context(context):
        context.run_migrations()
