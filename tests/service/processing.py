"""A processor at work on a desk: with an AI that waits for the test, and a database that is away now and then."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from typing import Any, cast

from sqlalchemy import Connection
from sqlalchemy.exc import OperationalError

from handover_rules.detectors import Query
from handover_rules.signals import Signal
from service.processor import Processor
from service.rules import Loaded, Rules
from service.store.writer import Writer
from tests.service.desk import ADA, Arrived, Desk
from tests.service.rulesets import NOT_NEEDED

__all__ = [
    "BOB",
    "PATIENCE",
    "REQUEST",
    "Gate",
    "Unreliable",
    "at_work",
    "decisions",
    "deliver",
    "in_turn",
    "lost",
    "open_processor",
    "run",
    "statuses",
]

BOB = "15550001111"
REQUEST = "A human please"

# Seconds after which what a test waits for has failed.
PATIENCE = 30.0


class Unreliable:
    """A writer whose jobs fail: with `before`, without being run; with `after`, when they are committed."""

    def __init__(
        self,
        writer: Writer,
        before: Callable[[], Exception | None] = lambda: None,
        after: Callable[[], Exception | None] = lambda: None,
    ) -> None:
        self.writer = writer
        self.before = before
        self.after = after

    async def run(self, job: Callable[[Connection], Any]) -> Any:
        if (error := self.before()) is not None:
            await asyncio.sleep(0)
            raise error
        result = await self.writer.run(job)
        if (error := self.after()) is not None:
            raise error
        return result


def lost() -> Exception:
    return OperationalError("UPDATE", {"text": REQUEST}, ConnectionError("server closed the connection"))


def in_turn(*errors: Exception | None) -> Callable[[], Exception | None]:
    """Those errors one after the other, then none."""
    left = list(errors)
    return lambda: left.pop(0) if left else None


def open_processor(desk: Desk, writer: object, decided: Callable[[], None] = lambda: None) -> Processor:
    rules = Rules(Loaded(desk.ruleset, desk.detectors, desk.now))
    return Processor(rules, desk.recording, cast("Writer", writer), lambda: desk.now, lambda _: decided())


@asynccontextmanager
async def at_work(desk: Desk, writer: object, decided: Callable[[], None] = lambda: None) -> AsyncIterator[Processor]:
    """A processor that has done everything at the end of the block."""
    working = open_processor(desk, writer, decided)
    async with asyncio.timeout(PATIENCE):
        yield working
        await working.idle()


def run(scenario: Coroutine[Any, Any, None]) -> None:
    asyncio.run(scenario)


def deliver(desk: Desk, processor: Processor, text: str, customer: str = ADA, **options: Any) -> Arrived:
    """A message comes in and is taken, as the webhook does it."""
    arrived = desk.arrive(text, customer, **options)
    processor.take(arrived.waiting, arrived.conversation)
    return arrived


class Gate:
    """An AI that answers a text only when it is let; others at once."""

    def __init__(self, *texts: str, answer: Signal = NOT_NEEDED) -> None:
        self.texts = set(texts)
        self.answer = answer
        self.reached = asyncio.Event()
        self.opened = asyncio.Event()

    async def __call__(self, query: Query) -> Signal:
        if query.text in self.texts:
            self.reached.set()
            await self.opened.wait()
            return self.answer
        return NOT_NEEDED


def decisions(desk: Desk) -> list[tuple[str, str, str | None]]:
    """(message, outcome, rule), in the order in which they were written."""
    with desk.database.reading() as connection:
        d = desk.tables.decisions
        rows = connection.execute(d.select()).mappings().all()
        versions = {row["message_id"]: len(row["state"].get("turns", ())) for row in rows}
    return [
        (row["message_id"], row["outcome"], row["rule_id"])
        for row in sorted(rows, key=lambda row: (row["epoch"], versions[row["message_id"]]))
    ]


def statuses(desk: Desk) -> list[tuple[str, str]]:
    return [(row["message_id"], row["status"]) for row in desk.rows(desk.tables.inbox)]
