"""The circuit breaker by itself, and in a lane: rows wait, one looks, the others follow."""

from __future__ import annotations

import asyncio

from structlog.testing import capture_logs

from service.outbox.circuit import FAILURES, Circuit
from service.outbox.leasing import Leased
from service.outbox.rate import Rate
from service.outbox.targets import Outcome, Refused, Retry, Sent
from service.store.writer import Writer
from tests.service.outbox.stage import Clock, FakeTarget, Outbox, eventually, running

DOWN = Retry(None, "status 503 Service Unavailable")


def opened(clock: Clock) -> Circuit:
    circuit = Circuit()
    assert [circuit.failed(clock()) for _ in range(FAILURES)] == [None] * (FAILURES - 1) + [30.0]
    return circuit


def test_it_opens_after_failures_in_a_row_only(clock: Clock) -> None:
    circuit = Circuit()
    for _ in range(FAILURES - 1):
        circuit.failed(clock())
    assert not circuit.worked()
    for _ in range(FAILURES - 1):
        circuit.failed(clock())
    assert (circuit.is_open, circuit.wait(clock())) == (False, 0.0)
    circuit.failed(clock())
    assert (circuit.is_open, circuit.wait(clock())) == (True, 30.0)


def test_pauses_grow_up_to_ten_minutes(clock: Clock) -> None:
    circuit = opened(clock)
    pauses = []
    for _ in range(6):
        clock.advance(circuit.wait(clock()))
        pauses.append(circuit.failed(clock()))
    assert pauses == [60.0, 120.0, 240.0, 480.0, 600.0, 600.0]


def test_failures_of_what_was_under_way_do_not_make_the_pause_longer(clock: Clock) -> None:
    circuit = opened(clock)
    clock.advance(10)
    assert circuit.failed(clock()) is None
    assert circuit.wait(clock()) == 20.0


def test_one_success_closes_it_and_the_next_pause_is_short_again(clock: Clock) -> None:
    circuit = opened(clock)
    clock.advance(30)
    circuit.failed(clock())
    assert circuit.worked()
    assert not circuit.worked()
    assert opened(clock).wait(clock()) == 30.0
    assert [circuit.failed(clock()) for _ in range(FAILURES)][-1] == 30.0


async def looks(outbox: Outbox) -> None:
    """Time enough for a lane to do what it should not."""
    for _ in range(20):
        await asyncio.to_thread(outbox.rows)


def test_rows_wait_without_attempts_and_one_looks_whether_it_works_again(
    outbox: Outbox, writer: Writer, clock: Clock
) -> None:
    async def scene() -> None:
        for number in range(FAILURES):
            outbox.owe(f"early-{number}")
        worker = outbox.worker({"webhook": target}, writer)
        async with running(worker):
            await eventually(lambda: [row.last_error for row in outbox.rows()] == [DOWN.error] * FAILURES)
            for number in range(20):
                outbox.owe(f"late-{number}")
            clock.advance(29)
            worker.wake()
            await looks(outbox)
            assert len(target.keys) == FAILURES
            clock.advance(1)
            worker.wake()
            await eventually(lambda: len(target.keys) == FAILURES + 1)
            await looks(outbox)
            # One looked, in vain: everything waits for a minute now.
            assert len(target.keys) == FAILURES + 1
            assert sorted(row.attempts for row in outbox.rows() if row.key.startswith("late")) == [0] * 19 + [1]
            target.act = lambda _: Sent()
            clock.advance(60)
            worker.wake()
            await eventually(lambda: set(outbox.statuses().values()) == {"sent"})

    target = FakeTarget(lambda _: DOWN)
    with capture_logs() as logs:
        asyncio.run(scene())
    said = [entry for entry in logs if entry["event"].startswith("outbox_circuit")]
    assert [(entry["event"], entry.get("pause_seconds"), entry["target"]) for entry in said] == [
        ("outbox_circuit_open", 30.0, "webhook"),
        ("outbox_circuit_open", 60.0, "webhook"),
        ("outbox_circuit_closed", None, "webhook"),
    ]
    # Whoever looked used up an attempt, and nobody else did.
    assert sum(row.attempts for row in outbox.rows()) == FAILURES + 1 + FAILURES + 20


def test_refused_rows_are_no_failures_of_the_target(outbox: Outbox, writer: Writer) -> None:
    async def scene() -> None:
        for number in range(3 * FAILURES):
            outbox.owe(f"row-{number}")
        async with running(outbox.worker({"webhook": FakeTarget(lambda _: Refused("status 400"))}, writer)):
            await eventually(lambda: set(outbox.statuses().values()) == {"dead"})

    with capture_logs() as logs:
        asyncio.run(scene())
    assert not [entry for entry in logs if "circuit" in entry["event"]]


def test_one_targets_circuit_holds_up_no_other(outbox: Outbox, writer: Writer) -> None:
    async def scene() -> None:
        for number in range(FAILURES):
            outbox.owe(f"alert-{number}", target="slack")
        async with running(outbox.worker({"slack": FakeTarget(lambda _: DOWN), "reply": FakeTarget()}, writer)):
            await eventually(lambda: all(row.last_error for row in outbox.rows()))
            outbox.owe("answer", target="reply")
            await eventually(lambda: outbox.row("answer").status == "sent")

    asyncio.run(scene())


def test_a_lane_keeps_to_the_targets_rate(outbox: Outbox, writer: Writer, clock: Clock) -> None:
    async def scene() -> None:
        for number in range(3):
            outbox.owe(f"alert-{number}")
        worker = outbox.worker({"webhook": target}, writer, look_every=60.0)
        async with running(worker):
            for sent in (1, 2, 3):
                await eventually(lambda made=sent: len(target.keys) == made)
                await looks(outbox)
                assert len(target.keys) == sent
                clock.advance(1)
                worker.wake()

    target = FakeTarget(rate=Rate(1))
    asyncio.run(scene())


def test_an_operators_rate_goes_before_the_targets_own(outbox: Outbox, writer: Writer) -> None:
    async def scene() -> None:
        for number in range(9):
            outbox.owe(f"alert-{number}")
        async with running(outbox.worker({"webhook": target}, writer, rates={"webhook": Rate(20)})):
            await eventually(lambda: len(target.keys) == 5)
            await looks(outbox)
            assert len(target.keys) == 5

    def act(_: Leased) -> Outcome:
        return Sent()

    target = FakeTarget(act, rate=Rate(1))
    asyncio.run(scene())
