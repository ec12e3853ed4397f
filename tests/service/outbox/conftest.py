from __future__ import annotations

from collections.abc import Iterator

import pytest

from service.store.database import Database
from service.store.writer import Writer
from tests.service.outbox.stage import Clock, Outbox


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def outbox(database: Database, clock: Clock) -> Outbox:
    return Outbox(database, clock)


@pytest.fixture
def writer(database: Database) -> Iterator[Writer]:
    opened = Writer(database)
    yield opened
    opened.close()
