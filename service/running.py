"""The parts of a running service, put together, started and stopped in order."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import partial

import structlog

from handover_rules.detectors import Detector
from handover_rules.engine import Engine
from handover_rules.planned import warm_up
from handover_rules.ruleset import Ruleset
from service.outbox.configured import configured_targets
from service.outbox.endpoint import open_client
from service.outbox.owed import TargetName
from service.outbox.worker import OutboxWorker
from service.processor import Processor
from service.recording import Recording
from service.settings import Settings
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

    `wake` is to be called when something new is owed outside.
    """

    ruleset: Ruleset
    engine: Engine
    detectors: Mapping[str, Detector]
    database: Database
    writer: Writer
    processor: Processor
    targets: frozenset[TargetName]
    clock: Callable[[], datetime]
    wake: Callable[[], None]


@asynccontextmanager
async def running(
    settings: Settings,
    ruleset: Ruleset,
    detectors: Mapping[str, Detector],
    database: Database,
    clock: Callable[[], datetime],
) -> AsyncIterator[Running]:
    """Start the service: what was left undecided first. Stops it at the end, and closes the detectors.

    Raises UsageError for a target's address or secret that cannot be used.
    """
    engine = Engine(ruleset)
    writer = Writer(database)
    async with open_client() as client:
        targets = configured_targets(settings, client)
        worker = OutboxWorker(writer, database.tables, targets, rates=settings.rates)
        recording = Recording(database.tables, ruleset, frozenset(targets), settings.log_intents)
        processor = Processor(engine, detectors, recording, writer, clock, worker.wake)
        sending = asyncio.create_task(worker.run())
        await asyncio.to_thread(warm_up, ruleset)
        try:
            left = await writer.run(partial(waiting, tables=database.tables))
            for message in left:
                processor.take(message)
            if left:
                _log.info("resumed", messages=len(left))
            yield Running(
                ruleset, engine, detectors, database, writer, processor, frozenset(targets), clock, worker.wake
            )
        finally:
            await processor.stop(_GRACE)
            worker.stop()
            _, late = await asyncio.wait([sending], timeout=_GRACE)
            for task in late:
                task.cancel()
            await asyncio.gather(sending, return_exceptions=True)
            writer.close()
            for detector in detectors.values():
                await detector.close()
