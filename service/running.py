"""The parts of a running service, put together, started and stopped in order."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path
from types import MappingProxyType

import structlog

from handover_rules.engine import Engine
from handover_rules.planned import warm_up
from handover_rules.ruleset import Ruleset
from service.metrics.metrics import Metrics
from service.metrics.queues import Queues
from service.outbox.configured import configured_targets
from service.outbox.endpoint import open_client
from service.outbox.owed import TargetName
from service.outbox.worker import OutboxWorker
from service.processor import Processor
from service.recording import Recording
from service.rules import Loaded, Reloading, Rules, keep_reloading
from service.settings import Settings
from service.shadows import LiveDecision, Shadow, Shadows
from service.store.database import Database
from service.store.inbox import waiting
from service.store.writer import Writer

__all__ = ["PATIENCE", "Running", "running"]

_log = structlog.get_logger("service")

# How long a question about a customer waits for a decision that is under way, in seconds: longer than an AI may take.
PATIENCE = 5.0

# How long a stopping service waits for what it is deciding or sending, in seconds. The rest is done after the start.
_GRACE = 15.0


@dataclass(frozen=True, slots=True)
class Running:
    """What the routes work with. `clock` gives the time, with its zone; `targets` names those with an address.

    `rules_path` is the rule file or folder; None where the rules come from no file. `wake` is to be called when
    something new is owed outside.
    """

    rules: Rules
    rules_path: Path | None
    database: Database
    writer: Writer
    processor: Processor
    targets: frozenset[TargetName]
    shadows: Shadows
    metrics: Metrics
    queues: Queues
    clock: Callable[[], datetime]
    wake: Callable[[], None]

    @property
    def ruleset(self) -> Ruleset:
        """The ruleset in use."""
        return self.rules.current.ruleset

    @property
    def engine(self) -> Engine:
        """The ruleset in use, compiled."""
        return self.rules.current.engine


@asynccontextmanager
async def running(
    settings: Settings,
    loaded: Loaded,
    database: Database,
    clock: Callable[[], datetime],
    reloading: Reloading | None = None,
    shadows: Mapping[str, Shadow] = MappingProxyType({}),
) -> AsyncIterator[Running]:
    """Start the service: what was left undecided first. Stops it at the end, and closes the detectors.

    Raises UsageError for a target's address or secret that cannot be used.
    """
    rules = Rules(loaded)
    metrics = Metrics()
    path = None if reloading is None else reloading.path
    writer = Writer(database)
    async with open_client() as client:
        targets = configured_targets(settings, client)
        worker = OutboxWorker(writer, database.tables, targets, rates=settings.rates, attempted=metrics.attempts.add)
        recording = Recording(database.tables, loaded.ruleset, frozenset(targets), settings.log_intents)
        shadowing = Shadows(
            {name: Rules(shadow.loaded) for name, shadow in shadows.items()}, writer, database.tables, clock
        )

        def decided(live: LiveDecision) -> None:
            worker.wake()
            metrics.decided(live, clock())
            shadowing.take(live)

        processor = Processor(rules, recording, writer, clock, decided)
        sending = asyncio.create_task(worker.run())
        behind = [asyncio.create_task(shadowing.run()), asyncio.create_task(keep_reloading(rules, reloading, clock))]
        for name, shadow in shadows.items():
            behind.append(asyncio.create_task(keep_reloading(shadowing.rules[name], shadow.reloading, clock)))
        await asyncio.to_thread(warm_up, loaded.ruleset)
        try:
            left = await writer.run(partial(waiting, tables=database.tables))
            for message in left:
                processor.take(message)
            if left:
                _log.info("resumed", messages=len(left))
            yield Running(
                rules,
                path,
                database,
                writer,
                processor,
                frozenset(targets),
                shadowing,
                metrics,
                Queues(database, clock),
                clock,
                worker.wake,
            )
        finally:
            for task in behind[1:]:
                task.cancel()
            await processor.stop(_GRACE)
            worker.stop()
            _, late = await asyncio.wait([sending], timeout=_GRACE)
            for task in late:
                task.cancel()
            behind[0].cancel()
            await asyncio.gather(sending, *behind, return_exceptions=True)
            writer.close()
            for each in (rules, *shadowing.rules.values()):
                await each.close()
