"""The store that the environment names, for commands."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager

from service.settings import Settings
from service.store.database import Database, open_database

__all__ = ["configured_store"]


@contextmanager
def configured_store() -> Iterator[Database]:
    """The store of DATABASE_URL, open. Raises UsageError where it cannot be opened."""
    database = open_database(Settings.from_environ(os.environ).database_url)
    try:
        yield database
    finally:
        database.close()
