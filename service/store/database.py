"""The operational store: an SQLite file, or PostgreSQL when one machine is not enough.

Both mean the same to who uses them. `writing` is one transaction, committed at its end; on SQLite it takes the write
lock at its start, since a transaction that begins by reading cannot wait for that lock later. `reading` sees the
store as it was at its first statement and cannot change it.
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError

from handover_rules.errors import UsageError
from service.store.adoption import adopted_id_types
from service.store.migrate import migrate
from service.store.tables import Tables, build_tables

__all__ = ["Database", "check_intact", "open_database"]

POSSIBLE = (
    "possible are sqlite:///file.db (relative to the working directory), sqlite:////folder/file.db and "
    "postgresql://user:password@host:5432/database"
)

# Seconds to wait for another process that writes to the SQLite file, and for PostgreSQL to answer at all.
_PATIENCE = 10


class Database:
    """An open store. `engine` writes; `tables` fit what is there; `url` is for display and has no password."""

    def __init__(self, engine: Engine, readers: Engine, tables: Tables) -> None:
        self.engine = engine
        self.tables = tables
        self.url = _display(engine.url)
        self.is_postgresql = engine.dialect.name == "postgresql"
        self._readers = readers

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """One transaction: committed at the end of the block, rolled back if it raises."""
        with self.engine.begin() as connection:
            yield connection
            check_intact(connection)

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """One view of the store for the whole block. A write in it is an error of the database."""
        with self._readers.begin() as connection:
            yield connection

    def close(self) -> None:
        """Close all connections."""
        self._readers.dispose()
        self.engine.dispose()


def open_database(url: str) -> Database:
    """Open a store, bring it to the newest version and fit the tables to those that were there before.

    Raises UsageError for an address that is none, a database that cannot be reached, one that a newer version of this
    program has changed, and tables that the service could not write to. The password is in none of the messages.
    """
    address = _parse(url)
    postgresql = address.get_backend_name() == "postgresql"
    engine, readers = _postgresql(address) if postgresql else _sqlite(address)
    try:
        if not postgresql:
            _use_wal(str(address.database))
        migrate(engine)
        with readers.begin() as connection:
            tables = build_tables(adopted_id_types(connection, build_tables().metadata))
    except (UsageError, DBAPIError, sqlite3.Error) as error:
        readers.dispose()
        engine.dispose()
        if isinstance(error, UsageError):
            raise UsageError(f"{_where(address)}: {error}") from error
        reason = str(error.orig if isinstance(error, DBAPIError) else error).strip()
        raise UsageError(f"{_where(address)} cannot be used as the store: {reason}") from error
    return Database(engine, readers, tables)


def check_intact(connection: Connection) -> None:
    """Raise RuntimeError if the block went on after an error of PostgreSQL, outside a savepoint.

    Such a transaction is undone already, and a commit of it reports success.
    """
    if connection.dialect.name == "postgresql":
        driver = connection.connection.driver_connection
        assert driver is not None
        status = driver.info.transaction_status
        if status == status.INERROR:
            raise RuntimeError("an error of the database was passed over: nothing of this transaction can be kept")


def _parse(url: str) -> URL:
    """The address, with the driver named. No part of a wrong one is shown: it may be one of the password."""
    scheme, _, _ = url.partition("://")
    if scheme not in {"sqlite", "postgres", "postgresql", "postgresql+psycopg"}:
        raise UsageError(f"the address of the database does not begin with a known scheme; {POSSIBLE}")
    try:
        address = make_url(url)
    except (ArgumentError, ValueError):
        address = None
    if address is None or "@" in (address.host or ""):
        raise UsageError(
            "the address of the database cannot be read; in the password, signs other than letters and digits are "
            f"written as their percent code, such as %40 for @ and %2F for /; {POSSIBLE}"
        )
    if scheme != "sqlite":
        # `pgbouncer` is a note to other drivers, which Supabase's pages show in the address.
        return address.set(drivername="postgresql+psycopg").difference_update_query(["pgbouncer"])
    if address.host or address.query or address.database in {None, "", ":memory:"}:
        raise UsageError(f"the address of the database must name a file and nothing else; {POSSIBLE}")
    return address


def _postgresql(address: URL) -> tuple[Engine, Engine]:
    # A pool for each, so that readers cannot keep the writer waiting.
    readers = _postgresql_engine(address).execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
    return _postgresql_engine(address), readers


def _postgresql_engine(address: URL) -> Engine:
    return create_engine(
        address,
        pool_size=2,
        max_overflow=5,
        pool_timeout=_PATIENCE,
        pool_pre_ping=True,
        # Asking for a type that the service does not use would be one more question to the server at each start.
        use_native_hstore=False,
        hide_parameters=True,  # errors are logged, and the values are what customers wrote
        connect_args={
            # Behind a pooler every transaction may run in another session, where nothing has been prepared.
            "prepare_threshold": None,
            "connect_timeout": _PATIENCE,
            "application_name": "handover",
            # A server that is gone without a word is noticed within a minute, also in the middle of a statement.
            "keepalives": 1,
            "keepalives_idle": 30,
            "keepalives_interval": 10,
            "keepalives_count": 3,
            "tcp_user_timeout": 60_000,
        },
    )


def _sqlite(address: URL) -> tuple[Engine, Engine]:
    assert address.database is not None
    folder = Path(address.database).parent
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UsageError(f"the folder {folder} of the SQLite file cannot be made: {error.strerror}") from error
    return _sqlite_engine(address, "BEGIN IMMEDIATE", "OFF"), _sqlite_engine(address, "BEGIN", "ON")


def _sqlite_engine(address: URL, begin: str, query_only: str) -> Engine:
    # Without an isolation level the driver begins no transactions of its own: these begin as `begin` says.
    engine = create_engine(address, hide_parameters=True, connect_args={"isolation_level": None, "timeout": _PATIENCE})

    @event.listens_for(engine, "connect")
    def connected(connection: Any, _: object) -> None:
        connection.execute("PRAGMA synchronous=FULL")
        connection.execute("PRAGMA foreign_keys=ON")
        connection.execute(f"PRAGMA query_only={query_only}")

    @event.listens_for(engine, "begin")
    def begun(connection: Connection) -> None:
        connection.exec_driver_sql(begin)

    return engine


def _use_wal(file: str) -> None:
    """Let readers read while one writes. The file remembers it."""
    give_up = time.monotonic() + _PATIENCE
    while True:
        try:
            with closing(sqlite3.connect(file, _PATIENCE, isolation_level=None)) as connection:
                connection.execute("PRAGMA journal_mode=WAL")
            return
        except sqlite3.OperationalError as error:
            # SQLite does not wait by itself for another process that makes the same change.
            if "locked" not in str(error) or time.monotonic() > give_up:
                raise
            time.sleep(0.01)


def _display(address: URL) -> str:
    shown = URL.create(address.get_backend_name(), address.username, None, address.host, address.port, address.database)
    return shown.render_as_string()


def _where(address: URL) -> str:
    if address.get_backend_name() == "sqlite":
        return f"the SQLite file {address.database}"
    host = address.host or address.query.get("host", "localhost")
    port = address.port or address.query.get("port", 5432)
    return f"the PostgreSQL database {address.database or ''} at {host}:{port}"
