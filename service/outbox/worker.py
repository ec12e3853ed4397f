"""The worker of the outbox: sends what is owed while the service runs."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable, Mapping
from functools import partial

import structlog

from service.clock import utc_now
from service.outbox.lane import Lane, Pacing
from service.outbox.leasing import set_aside
from service.outbox.owed import TargetName
from service.outbox.rate import Rate
from service.outbox.targets import Target
from service.store.tables import Tables
from service.store.writer import Writer

__all__ = ["OutboxWorker"]

_log = structlog.get_logger(__name__)


class OutboxWorker:
    """Sends the rows of the outbox, at least once each, to the targets that are configured.

    Any number of processes may work on one PostgreSQL; `rates` says how much each of them sends to a target where that
    is not the target's own rate. All methods belong to one event loop. `writer` stays open until `run` has ended.
    `attempted` is told the target and the end of each attempt: sent, retry or refused.
    """

    def __init__(
        self,
        writer: Writer,
        tables: Tables,
        targets: Mapping[TargetName, Target],
        *,
        rates: Mapping[str, Rate] | None = None,
        pacing: Pacing | None = None,
        attempted: Callable[[str, str], None] = lambda target, result: None,
    ) -> None:
        self._pacing = pacing or Pacing(now=utc_now, chance=random.random)
        self._writer = writer
        self._tables = tables
        self._lanes = {
            name: Lane(name, target, (rates or {}).get(name, target.rate), writer, tables, self._pacing, attempted)
            for name, target in targets.items()
        }

    def wake(self) -> None:
        """Something is owed: look at once, not only at the next due time."""
        for lane in self._lanes.values():
            lane.wake()

    def stop(self) -> None:
        """Begin nothing more. `run` ends when the attempts under way have ended, or were cut off."""
        for lane in self._lanes.values():
            lane.stop()

    async def run(self) -> None:
        """Send until stopped or cancelled. Cancelled, it cuts off attempts, which are made again later."""
        await self._set_aside()
        async with asyncio.TaskGroup() as tasks:
            for lane in self._lanes.values():
                tasks.create_task(lane.run())

    async def _set_aside(self) -> None:
        job = partial(set_aside, tables=self._tables, configured=tuple(self._lanes), now=self._pacing.now())
        try:
            count = await self._writer.run(job)
        except Exception as error:
            # They wait, then, until the next start.
            _log.warning("outbox_unwritable", error=type(error).__name__)
            return
        if count:
            _log.warning("outbox_not_configured", rows=count)
