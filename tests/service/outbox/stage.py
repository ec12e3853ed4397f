"""What the tests of the outbox work with: a clock that they set, rows that are owed, a worker that runs."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Row, insert, select

from service.outbox.lane import Pacing
from service.outbox.leasing import Batch, Leased, lease
from service.outbox.owed import Owed, TargetName, enqueue
from service.outbox.rate import Rate
from service.outbox.targets import Outcome, Sent, Target
from service.outbox.worker import OutboxWorker
from service.store.database import Database
from service.store.writer import Writer

__all__ = ["NOON", "Clock", "FakeTarget", "Outbox", "eventually", "running"]

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)

# Seconds after which what a test waits for has failed.
_PATIENCE = 20.0

_UNLIMITED = Rate(1_000_000)


class Clock:
    """Says the time that the test set: noon at first."""

    def __init__(self) -> None:
        self.time = NOON

    def __call__(self) -> datetime:
        return self.time

    def advance(self, seconds: float) -> None:
        self.time += timedelta(seconds=seconds)


class Outbox:
    """The outbox of a store, at the time of a clock."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self.database = database
        self.tables = database.tables
        self.clock = clock

    def conversation(self) -> Any:
        """The id of a new conversation."""
        t = self.tables.conversations
        with self.database.writing() as connection:
            return connection.execute(insert(t).values(phone_number="491701234567").returning(t.c.id)).scalar_one()

    def owe(
        self,
        key: str,
        conversation: Any = None,
        *,
        target: TargetName = "webhook",
        body: Mapping[str, Any] | None = None,
        configured: tuple[str, ...] = ("slack", "webhook", "reply"),
    ) -> bool:
        """Owe something, in a conversation of its own if none is given."""
        at = conversation or self.conversation()
        owed = Owed(key, at, None, target, f"{target}.post", body or {"text": f"this is {key}"})
        with self.database.writing() as connection:
            return enqueue(connection, self.tables, owed, configured=configured, now=self.clock())

    def lease(self, target: str = "webhook", *, limit: int = 100, seconds: float = 60.0) -> Batch:
        """Lease what is due now."""
        now = self.clock()
        until = now + timedelta(seconds=seconds)
        with self.database.writing() as connection:
            return lease(connection, self.tables, target, limit=limit, now=now, until=until)

    def lease_one(self, target: str = "webhook") -> Leased:
        """Lease the one row that is due."""
        (row,) = self.lease(target).rows
        return row

    def write(self, job: Callable[..., Any], *arguments: Any, **options: Any) -> Any:
        """Run a job of the outbox in a transaction of its own."""
        with self.database.writing() as connection:
            return job(connection, self.tables, *arguments, **options)

    def rows(self) -> list[Row[Any]]:
        """All rows, in order."""
        with self.database.reading() as connection:
            return list(connection.execute(select(self.tables.outbox).order_by(self.tables.outbox.c.seq)))

    def row(self, key: str) -> Row[Any]:
        (found,) = (row for row in self.rows() if row.key == key)
        return found

    def statuses(self) -> dict[str, str]:
        return {row.key: row.status for row in self.rows()}

    def worker(
        self,
        targets: Mapping[TargetName, Target],
        writer: Writer,
        *,
        rates: Mapping[str, Rate] | None = None,
        **pacing: Any,
    ) -> OutboxWorker:
        """A worker at the time of the clock whose retries wait for as long as they can."""
        options = {"now": self.clock, "chance": lambda: 1.0, **pacing}
        return OutboxWorker(writer, self.tables, targets, rates=rates, pacing=Pacing(**options))


class FakeTarget:
    """Does with each row what `act` says, and keeps the keys in the order in which the attempts began."""

    def __init__(
        self,
        act: Callable[[Leased], Outcome | Awaitable[Outcome]] = lambda _: Sent(),
        rate: Rate = _UNLIMITED,
    ) -> None:
        self.act = act
        self.rate = rate
        self.keys: list[str] = []
        self.deadline = 10.0

    async def send(self, row: Leased) -> Outcome:
        self.keys.append(row.key)
        outcome = self.act(row)
        return await outcome if inspect.isawaitable(outcome) else outcome


async def eventually(condition: Callable[[], bool]) -> None:
    """Wait until a condition holds. Raises TimeoutError if it does not in time."""
    async with asyncio.timeout(_PATIENCE):
        while not await asyncio.to_thread(condition):
            await asyncio.sleep(0.005)


@asynccontextmanager
async def running(*workers: OutboxWorker) -> AsyncIterator[None]:
    """Workers that run for as long as the block lasts, and stop in good order."""
    tasks = [asyncio.create_task(worker.run()) for worker in workers]
    try:
        yield
    finally:
        for worker in workers:
            worker.stop()
        async with asyncio.timeout(_PATIENCE):
            await asyncio.gather(*tasks)
