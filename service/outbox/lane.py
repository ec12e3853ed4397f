"""Sending to one target: several rows at once, and one at a time of each conversation."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Final

import structlog
from sqlalchemy import Connection

from service.outbox.circuit import Circuit
from service.outbox.leasing import Leased, bury, finish, give_back, lease, postpone
from service.outbox.rate import Rate, TokenBucket
from service.outbox.schedule import LONGEST_ASKED, MAX_ATTEMPTS, wait_before_next
from service.outbox.targets import Outcome, Refused, Retry, Sent, Target
from service.store.tables import Tables
from service.store.writer import Writer

__all__ = ["Lane", "Pacing"]

_log = structlog.get_logger(__name__)

# Seconds by which a lease outlasts the attempt, to write down what became of it.
_MARGIN: Final = 30.0

# Seconds until an outcome that could not be written down is tried again.
_AGAIN: Final = 0.5


@dataclass(frozen=True, slots=True)
class Pacing:
    """Time and chance, and how much at once; a test puts its own here.

    `at_once` rows are under way to a target at most. `look_every` is how many seconds pass at most until the next look
    for due rows, which other processes may have written. `grace` is how many seconds a stop waits for what is under
    way. `chance` gives 0 to 1.
    """

    now: Callable[[], datetime]
    chance: Callable[[], float]
    at_once: int = 8
    look_every: float = 5.0
    grace: float = 12.0


class Lane:
    """Sends what is owed to one target. A target that stalls or fails holds up no other, since each has its lane.

    `rate` is how much the target gets at most.
    """

    def __init__(
        self,
        name: str,
        target: Target,
        rate: Rate,
        writer: Writer,
        tables: Tables,
        pacing: Pacing,
        attempted: Callable[[str, str], None] = lambda target, result: None,
    ) -> None:
        self._name = name
        self._target = target
        self._writer = writer
        self._tables = tables
        self._pacing = pacing
        self._attempted = attempted
        self._log = _log.bind(target=name)
        self._news = asyncio.Event()
        self._stopping = False
        self._under_way: set[asyncio.Task[None]] = set()
        # Until when the target asked to be left alone: all of it, not only the row that it answered.
        self._left_alone_until: datetime | None = None
        self._circuit = Circuit()
        self._bucket = TokenBucket(rate, pacing.now())

    def wake(self) -> None:
        """Look for due rows at once."""
        self._news.set()

    def stop(self) -> None:
        """Begin nothing more, so that `run` ends when what is under way has ended."""
        self._stopping = True
        self._news.set()

    async def run(self) -> None:
        """Send until stopped. What is under way `grace` seconds after a stop is cut off, and its lease runs out."""
        try:
            while not self._stopping:
                self._news.clear()
                await self._wait_for_news(await self._begin_what_is_due())
            if self._under_way:
                await asyncio.wait(self._under_way, timeout=self._pacing.grace)
        finally:
            for task in self._under_way:
                task.cancel()
            await asyncio.gather(*self._under_way, return_exceptions=True)

    async def _wait_for_news(self, seconds: float) -> None:
        try:
            async with asyncio.timeout(seconds):
                await self._news.wait()
        except TimeoutError:
            pass

    async def _begin_what_is_due(self) -> float:
        """Start as many attempts as there is room for; seconds until the next look, unless there is news before."""
        look_every, now = self._pacing.look_every, self._pacing.now()
        if hold := self._hold(now):
            return min(look_every, hold)
        at_once = 1 if self._circuit.is_open else self._pacing.at_once
        room = min(at_once - len(self._under_way), self._bucket.available(now))
        if room <= 0:
            return look_every
        until = now + timedelta(seconds=self._target.deadline + _MARGIN)
        try:
            batch = await self._writer.run(
                partial(lease, tables=self._tables, target=self._name, limit=room, now=now, until=until)
            )
            # An attempt that outlasted its lease would be under way beside somebody else's.
            too_late = self._pacing.now() + timedelta(seconds=self._target.deadline) > until
            if self._stopping or too_late:
                await self._writer.run(partial(give_back, tables=self._tables, rows=batch.rows, now=now))
                return 0.0
        except Exception as error:
            # Nothing is lost: the rows are there when the database is. The text of the error may hold rows.
            self._log.warning("outbox_unreadable", error=type(error).__name__)
            return look_every
        self._bucket.take(len(batch.rows))
        for row in batch.rows:
            task = asyncio.create_task(self._send(row))
            self._under_way.add(task)
            task.add_done_callback(self._ended)
        if batch.next_due is None:
            return look_every
        return min(look_every, (batch.next_due - now).total_seconds())

    def _hold(self, now: datetime) -> float:
        """Seconds until the target may be sent anything."""
        asked = 0.0 if self._left_alone_until is None else (self._left_alone_until - now).total_seconds()
        return max(0.0, asked, self._circuit.wait(now), self._bucket.wait(now))

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._under_way.discard(task)
        self._news.set()

    async def _send(self, row: Leased) -> None:
        """One attempt, and what became of it."""
        outcome = await self._attempt(row)
        self._attempted(self._name, type(outcome).__name__.lower())
        now = self._pacing.now()
        log = self._log.bind(key=row.key, kind=row.kind, attempt=row.attempt)
        if isinstance(outcome, Sent):
            sent = partial(finish, tables=self._tables, row=row, now=now, external_id=outcome.external_id)
            if await self._write_down(sent, row):
                log.info("outbox_sent")
                return
        elif isinstance(outcome, Retry) and row.attempt < MAX_ATTEMPTS:
            wait = max(wait_before_next(row.attempt, self._pacing.chance()), self._asked_wait(outcome, now))
            due_at, error = now + timedelta(seconds=wait), outcome.error
            if await self._write_down(partial(postpone, tables=self._tables, row=row, due_at=due_at, error=error), row):
                log.warning("outbox_retry", error=error, wait_seconds=round(wait, 1))
                return
        elif await self._write_down(partial(bury, tables=self._tables, row=row, error=outcome.error), row):
            log.error("outbox_dead", error=outcome.error)
            return
        log.warning("outbox_lease_lost")

    async def _attempt(self, row: Leased) -> Outcome:
        if row.attempt > MAX_ATTEMPTS:
            return Refused("no attempt came to an end")
        try:
            outcome = await self._target.send(row)
        except Exception as error:
            outcome = Retry(None, f"the attempt failed here: {type(error).__name__}")
        self._heard(outcome)
        return outcome

    def _heard(self, outcome: Outcome) -> None:
        """What an attempt says of the target. One that refuses a row is well."""
        if not isinstance(outcome, Retry):
            if self._circuit.worked():
                self._log.info("outbox_circuit_closed")
        elif (pause := self._circuit.failed(self._pacing.now())) is not None:
            self._log.warning("outbox_circuit_open", error=outcome.error, pause_seconds=pause)

    def _asked_wait(self, outcome: Retry, now: datetime) -> float:
        """Seconds that the target asked to be left alone; from now on it is."""
        if outcome.after is None:
            return 0.0
        asked = min(outcome.after, LONGEST_ASKED)
        until = now + timedelta(seconds=asked)
        self._left_alone_until = max(self._left_alone_until or until, until)
        return asked

    async def _write_down(self, job: Callable[[Connection], bool], row: Leased) -> bool:
        """Run a job that ends a lease, again and again while the database is away; False if the lease was lost."""
        while True:
            try:
                return await self._writer.run(job)
            except Exception as error:
                self._log.warning("outbox_unwritable", key=row.key, error=type(error).__name__)
                if self._pacing.now() >= row.until:
                    return False
                await asyncio.sleep(_AGAIN)
