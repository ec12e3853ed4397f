"""The worker as a whole: crashes, races, an absent database, waking and stopping."""

from __future__ import annotations

import asyncio
import random
from collections import defaultdict
from collections.abc import Callable
from contextlib import ExitStack, closing
from datetime import timedelta
from typing import Any

from sqlalchemy import Connection
from sqlalchemy.exc import OperationalError
from structlog.testing import capture_logs

from service.clock import utc_now
from service.outbox.leasing import Batch, Leased
from service.outbox.targets import Outcome, Retry, Sent
from service.store.database import open_database
from service.store.writer import Writer
from tests.service.outbox.stage import Clock, FakeTarget, Outbox, eventually, running


class Unreliable(Writer):
    """A writer whose database is away while `away` is set."""

    away = False
    refused = 0

    async def run(self, job: Callable[[Connection], Any]) -> Any:
        if self.away:
            self.refused += 1
            raise OperationalError("INSERT", {}, Exception("server closed the connection"))
        return await super().run(job)


def test_a_crash_between_sending_and_noting_it_sends_again(outbox: Outbox, writer: Writer, clock: Clock) -> None:
    async def send_and_hang(row: Leased) -> Outcome:
        await asyncio.Event().wait()
        return Sent()

    async def scene() -> None:
        outbox.owe("alert")
        crashing = asyncio.create_task(outbox.worker({"webhook": target}, writer).run())
        await eventually(lambda: target.keys == ["alert"])
        crashing.cancel()
        await asyncio.gather(crashing, return_exceptions=True)
        assert outbox.row("alert").status == "sending"

        target.act = lambda _: Sent()
        worker = outbox.worker({"webhook": target}, writer)
        async with running(worker):
            clock.advance(39)
            worker.wake()
            outbox.owe("another")
            await eventually(lambda: outbox.row("another").status == "sent")
            assert target.keys == ["alert", "another"]
            clock.advance(1)
            worker.wake()
            await eventually(lambda: outbox.row("alert").status == "sent")
        assert target.keys == ["alert", "another", "alert"]
        assert outbox.row("alert").attempts == 2

    target = FakeTarget(send_and_hang)
    asyncio.run(scene())


def test_four_racing_workers_keep_the_order(outbox: Outbox, database_url: str) -> None:
    """Every conversation's rows arrive in order, one at a time, each once, also those that fail at first."""
    conversations, rows = 12, 8
    chance = random.Random(7)
    sent: dict[str, list[int]] = defaultdict(list)
    under_way: set[str] = set()
    overlaps: list[str] = []
    targets: list[FakeTarget] = []

    async def send(row: Leased) -> Outcome:
        conversation, _, number = row.key.partition("-")
        if conversation in under_way:
            overlaps.append(row.key)
        under_way.add(conversation)
        # Else one of them may have done all the work before another began.
        await eventually(lambda: sum(1 for target in targets if target.keys) > 1)
        under_way.discard(conversation)
        if chance.random() < 0.3:
            return Retry(None, "status 500 Internal Server Error")
        sent[conversation].append(int(number))
        return Sent()

    async def scene() -> None:
        with ExitStack() as stack:
            targets.extend(FakeTarget(send) for _ in range(4))
            workers = []
            for target in targets:
                # A store and a writing thread each, as four processes have.
                database = stack.enter_context(closing(open_database(database_url)))
                writer = stack.enter_context(closing(Writer(database)))
                workers.append(
                    outbox.worker({"webhook": target}, writer, chance=lambda: 0.0, look_every=0.05, at_once=3)
                )
            async with running(*workers):
                await eventually(lambda: {row.status for row in outbox.rows()} <= {"sent", "dead"})
            assert sum(1 for target in targets if target.keys) > 1

    ids = [outbox.conversation() for _ in range(conversations)]
    for number in range(rows):
        for index, conversation in enumerate(ids):
            outbox.owe(f"c{index}-{number}", conversation)
    asyncio.run(scene())
    assert overlaps == []
    assert set(outbox.statuses().values()) == {"sent"}
    assert dict(sent) == {f"c{index}": list(range(rows)) for index in range(conversations)}


def test_it_survives_a_database_that_is_away(outbox: Outbox) -> None:
    async def lose_the_database(row: Leased) -> Outcome:
        writer.away = True
        return Sent()

    async def scene() -> None:
        writer.away = True
        target = FakeTarget(lose_the_database)
        worker = outbox.worker({"webhook": target}, writer)
        outbox.owe("alert")
        with capture_logs() as logs:
            async with running(worker):
                await eventually(lambda: writer.refused >= 2)
                writer.away = False
                worker.wake()
                await eventually(lambda: target.keys == ["alert"])
                # Sent, and that cannot be noted for now.
                await eventually(lambda: "outbox_unwritable" in [entry["event"] for entry in logs[2:]])
                writer.away = False
                await eventually(lambda: outbox.row("alert").status == "sent")
        assert target.keys == ["alert"]

    with closing(Unreliable(outbox.database)) as writer:
        asyncio.run(scene())


def test_it_looks_again_when_the_next_row_is_due(outbox: Outbox, writer: Writer, clock: Clock) -> None:
    async def scene() -> None:
        # In real time, and nobody wakes it: it would look only after an hour.
        clock.time = due_at
        outbox.owe("later")
        async with running(outbox.worker({"webhook": FakeTarget()}, writer, now=utc_now, look_every=3600.0)):
            await eventually(lambda: outbox.statuses() == {"later": "sent"})

    due_at = utc_now() + timedelta(seconds=0.3)
    asyncio.run(scene())
    assert outbox.row("later").sent_at >= due_at


def test_it_finds_what_another_process_owes(outbox: Outbox, writer: Writer) -> None:
    async def scene() -> None:
        async with running(outbox.worker({"webhook": FakeTarget()}, writer, look_every=0.05)):
            outbox.owe("alert")
            await eventually(lambda: outbox.statuses() == {"alert": "sent"})

    asyncio.run(scene())


def test_an_idle_worker_hardly_looks(outbox: Outbox) -> None:
    class Counting(Writer):
        jobs = 0

        async def run(self, job: Callable[[Connection], Any]) -> Any:
            self.jobs += 1
            return await super().run(job)

    async def scene() -> None:
        worker = outbox.worker({"webhook": FakeTarget()}, writer)
        outbox.owe("alert")
        async with running(worker):
            await eventually(lambda: outbox.statuses() == {"alert": "sent"})
            for _ in range(50):
                await asyncio.to_thread(outbox.rows)
        # At the start, the look that finds the row, its end, and the look after that.
        assert writer.jobs <= 5

    with closing(Counting(outbox.database)) as writer:
        asyncio.run(scene())


def test_no_more_than_so_many_at_once(outbox: Outbox, writer: Writer) -> None:
    async def scene() -> None:
        active, peak = 0, 0

        async def send(row: Leased) -> Outcome:
            nonlocal active, peak
            active += 1
            peak = max(peak, active)
            await asyncio.sleep(0)
            active -= 1
            return Sent()

        for number in range(30):
            outbox.owe(f"row-{number}")
        async with running(outbox.worker({"webhook": FakeTarget(send)}, writer, at_once=5)):
            await eventually(lambda: set(outbox.statuses().values()) == {"sent"})
        assert peak == 5

    asyncio.run(scene())


def test_a_stop_waits_for_what_is_under_way(outbox: Outbox, writer: Writer) -> None:
    async def scene() -> None:
        release = asyncio.Event()

        async def send(row: Leased) -> Outcome:
            await release.wait()
            return Sent()

        conversation = outbox.conversation()
        outbox.owe("first", conversation)
        outbox.owe("second", conversation)
        target = FakeTarget(send)
        worker = outbox.worker({"webhook": target}, writer)
        run = asyncio.create_task(worker.run())
        await eventually(lambda: target.keys == ["first"])
        worker.stop()
        release.set()
        await run
        assert outbox.statuses() == {"first": "sent", "second": "waiting"}
        assert target.keys == ["first"]

    asyncio.run(scene())


def test_a_stop_does_not_wait_for_ever(outbox: Outbox, writer: Writer) -> None:
    async def scene() -> None:
        async def send(row: Leased) -> Outcome:
            await asyncio.Event().wait()
            return Sent()

        outbox.owe("alert")
        target = FakeTarget(send)
        worker = outbox.worker({"webhook": target}, writer, grace=0.1)
        run = asyncio.create_task(worker.run())
        await eventually(lambda: target.keys == ["alert"])
        worker.stop()
        async with asyncio.timeout(10):
            await run
        assert outbox.statuses() == {"alert": "sending"}

    asyncio.run(scene())


def test_a_stop_gives_back_what_was_not_begun(outbox: Outbox) -> None:
    class Stopping(Writer):
        async def run(self, job: Callable[[Connection], Any]) -> Any:
            result = await super().run(job)
            worker.stop()
            return result

    async def scene() -> None:
        await worker.run()
        (row,) = outbox.rows()
        assert (row.status, row.attempts, row.lease) == ("waiting", 0, None)
        assert target.keys == []

    outbox.owe("alert")
    target = FakeTarget()
    with closing(Stopping(outbox.database)) as writer:
        worker = outbox.worker({"webhook": target}, writer)
        asyncio.run(scene())


def test_a_lease_that_came_too_late_is_not_used(outbox: Outbox, clock: Clock) -> None:
    class Slow(Writer):
        slow = True

        async def run(self, job: Callable[[Connection], Any]) -> Any:
            result = await super().run(job)
            if self.slow and isinstance(result, Batch):
                self.slow = False
                clock.advance(35)
            return result

    async def scene() -> None:
        worker = outbox.worker({"webhook": target}, writer)
        async with running(worker):
            await eventually(lambda: outbox.row("alert").status == "sent")
        assert target.keys == ["alert"]
        assert outbox.row("alert").attempts == 1

    outbox.owe("alert")
    target = FakeTarget()
    with closing(Slow(outbox.database)) as writer:
        asyncio.run(scene())


def test_what_waits_for_a_target_without_address_is_set_aside(outbox: Outbox, writer: Writer) -> None:
    async def scene() -> None:
        outbox.owe("alert", target="slack")
        outbox.owe("event", target="webhook")
        with capture_logs() as logs:
            async with running(outbox.worker({"webhook": FakeTarget()}, writer)):
                await eventually(lambda: outbox.statuses() == {"alert": "not_configured", "event": "sent"})
        assert {"event": "outbox_not_configured", "rows": 1, "log_level": "warning"} in logs

    asyncio.run(scene())


def test_without_targets_it_ends_at_once(outbox: Outbox, writer: Writer) -> None:
    async def scene() -> None:
        async with asyncio.timeout(10):
            await outbox.worker({}, writer).run()

    asyncio.run(scene())
