"""Databases as programs other than the service see them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Connection, create_engine, make_url

__all__ = ["plain"]


@contextmanager
def plain(url: str) -> Iterator[Connection]:
    """One transaction of another program, which knows nothing of the service."""
    address = make_url(url)
    engine = create_engine(address.set(drivername="postgresql+psycopg") if "postgres" in url else address)
    try:
        with engine.begin() as connection:
            yield connection
    finally:
        engine.dispose()
