"""A store for each test, on SQLite and on PostgreSQL."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import make_url

from service.store.database import Database, open_database
from service.store.writer import Writer
from tests.postgres import Server, running_server
from tests.service.desk import Desk
from tests.service.rulesets import ruleset


@pytest.fixture(scope="session")
def postgresql() -> Iterator[Server]:
    """A PostgreSQL server for the whole run; one for each worker where tests run in parallel."""
    with running_server() as server:
        yield server


@pytest.fixture(scope="session")
def migrated_postgresql(postgresql: Server) -> Iterator[str]:
    """The name of a database with the newest tables, to copy."""
    url = postgresql.create()
    open_database(url).close()
    yield str(make_url(url).database)
    postgresql.drop(url)


@pytest.fixture(scope="session")
def migrated_sqlite(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file with the newest tables, to copy."""
    path = tmp_path_factory.mktemp("store") / "migrated.db"
    open_database(f"sqlite:///{path}").close()
    return path


@pytest.fixture(params=["sqlite", "postgresql"])
def empty_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of a database without tables."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'store.db'}"
        return
    server: Server = request.getfixturevalue("postgresql")
    url = server.create()
    yield url
    server.drop(url)


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of a fresh store with the newest tables."""
    if request.param == "sqlite":
        yield f"sqlite:///{shutil.copy(request.getfixturevalue('migrated_sqlite'), tmp_path / 'store.db')}"
        return
    server: Server = request.getfixturevalue("postgresql")
    url = server.create(template=request.getfixturevalue("migrated_postgresql"))
    yield url
    server.drop(url)


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    """A fresh store, open."""
    opened = open_database(database_url)
    yield opened
    opened.close()


@pytest.fixture
def desk(database: Database, tmp_path: Path) -> Desk:
    """Everything that decides and records, on a fresh store."""
    return Desk(database, ruleset(tmp_path))


@pytest.fixture
def writer(database: Database) -> Iterator[Writer]:
    """The writing thread of a fresh store."""
    opened = Writer(database)
    yield opened
    opened.close()
