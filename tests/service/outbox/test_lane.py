"""What becomes of rows: sent, tried again, dead; through a worker, against local servers."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta

import pytest
from structlog.testing import capture_logs

from service.outbox.endpoint import Endpoint, open_client
from service.outbox.leasing import Leased
from service.outbox.rate import Rate
from service.outbox.schedule import MAX_ATTEMPTS
from service.outbox.slack import SlackTarget
from service.outbox.targets import Outcome, Refused, Retry, Sent, Target
from service.outbox.webhook import WebhookTarget
from service.outbox.worker import OutboxWorker
from service.store.writer import Writer
from tests.servers import LocalServer, Reply, held
from tests.service.outbox.stage import NOON, Clock, FakeTarget, Outbox, eventually, running


@asynccontextmanager
async def sending_to(
    server: LocalServer, outbox: Outbox, writer: Writer, *, deadline: float = 10.0
) -> AsyncIterator[OutboxWorker]:
    """A running worker whose one target is a webhook on the server."""
    async with open_client() as client:
        endpoint = Endpoint(client, f"{server.url}/hook/SECRET", name="webhook", deadline=deadline, now=outbox.clock)
        worker = outbox.worker({"webhook": WebhookTarget(endpoint, now=outbox.clock)}, writer)
        async with running(worker):
            yield worker


def test_what_is_owed_is_sent(outbox: Outbox, writer: Writer) -> None:
    async def scene(server: LocalServer) -> None:
        async with sending_to(server, outbox, writer) as worker:
            outbox.owe("alert", body={"text": "hello"})
            worker.wake()
            await eventually(lambda: outbox.statuses() == {"alert": "sent"})

    with LocalServer() as server:
        asyncio.run(scene(server))
    (request,) = server.received
    assert request.body == {"text": "hello"}
    assert request.headers["idempotency-key"] == "alert"
    row = outbox.row("alert")
    assert (row.sent_at, row.attempts, row.lease, row.last_error) == (NOON, 1, None, None)


def test_what_fails_twice_is_sent_the_third_time(outbox: Outbox, writer: Writer, clock: Clock) -> None:
    async def scene(server: LocalServer) -> None:
        outbox.owe("alert")
        async with sending_to(server, outbox, writer) as worker:
            await eventually(lambda: outbox.row("alert").last_error == "status 500 Internal Server Error")
            assert outbox.row("alert").due_at == NOON + timedelta(seconds=10)
            clock.advance(10)
            worker.wake()
            await eventually(lambda: outbox.row("alert").last_error == "status 503 Service Unavailable")
            assert outbox.row("alert").due_at == NOON + timedelta(seconds=10 + 30)
            clock.advance(30)
            worker.wake()
            await eventually(lambda: outbox.statuses() == {"alert": "sent"})

    with LocalServer(Reply(500), Reply(503)) as server:
        asyncio.run(scene(server))
    assert [request.headers["idempotency-key"] for request in server.received] == ["alert"] * 3
    assert outbox.row("alert").attempts == 3


def test_a_target_that_asks_for_it_is_left_alone(outbox: Outbox, writer: Writer, clock: Clock) -> None:
    async def scene(server: LocalServer) -> None:
        outbox.owe("first")
        async with sending_to(server, outbox, writer) as worker:
            await eventually(lambda: outbox.row("first").last_error == "status 429 Too Many Requests")
            assert outbox.row("first").due_at == NOON + timedelta(seconds=120)
            # The limit is the target's, not the row's: a row of another conversation waits too.
            outbox.owe("second")
            clock.advance(119)
            worker.wake()
            for _ in range(20):
                await asyncio.to_thread(outbox.rows)
            assert len(server.received) == 1
            clock.advance(1)
            worker.wake()
            await eventually(lambda: outbox.statuses() == {"first": "sent", "second": "sent"})

    with LocalServer(Reply(429, headers={"Retry-After": "120"})) as server:
        asyncio.run(scene(server))
    assert len(server.received) == 3


def test_a_wait_that_is_asked_for_has_a_bound(outbox: Outbox, writer: Writer) -> None:
    async def scene(server: LocalServer) -> None:
        outbox.owe("alert")
        async with sending_to(server, outbox, writer):
            await eventually(lambda: outbox.row("alert").last_error is not None)

    with LocalServer(Reply(429, headers={"Retry-After": "9" * 400})) as server:
        asyncio.run(scene(server))
    assert outbox.row("alert").due_at == NOON + timedelta(days=1)


def test_coming_back_at_once_does_not_use_up_the_attempts(outbox: Outbox, writer: Writer) -> None:
    async def scene(server: LocalServer) -> None:
        outbox.owe("alert")
        async with sending_to(server, outbox, writer):
            await eventually(lambda: outbox.row("alert").last_error is not None)

    with LocalServer(otherwise=lambda _: Reply(503, headers={"Retry-After": "0"})) as server:
        asyncio.run(scene(server))
    assert outbox.row("alert").due_at == NOON + timedelta(seconds=10)
    assert len(server.received) == 1


@pytest.mark.parametrize("reply", [held(threading.Event(), Reply()), Reply(trickles="whole")], ids=["silent", "slow"])
def test_a_stall_is_cut_off_and_tried_again(outbox: Outbox, writer: Writer, clock: Clock, reply: Reply) -> None:
    async def scene(server: LocalServer) -> None:
        outbox.owe("alert")
        async with sending_to(server, outbox, writer, deadline=1.0) as worker:
            await eventually(lambda: outbox.row("alert").last_error is not None)
            assert outbox.row("alert").last_error == "no answer within 1 s"
            clock.advance(10)
            worker.wake()
            await eventually(lambda: outbox.statuses() == {"alert": "sent"})

    with LocalServer(reply) as server:
        asyncio.run(scene(server))
    assert len(server.received) == 2


def test_a_target_that_stalls_holds_up_no_other(outbox: Outbox, writer: Writer) -> None:
    release = asyncio.Event()

    async def stall(row: Leased) -> Outcome:
        await release.wait()
        return Sent()

    async def scene() -> None:
        for number in range(20):
            outbox.owe(f"alert-{number}", target="slack")
        outbox.owe("answer", target="reply")
        slack, reply = FakeTarget(stall), FakeTarget()
        async with running(outbox.worker({"slack": slack, "reply": reply}, writer, at_once=4)):
            await eventually(lambda: outbox.row("answer").status == "sent")
            await eventually(lambda: len(slack.keys) == 4)
            release.set()
            await eventually(lambda: set(outbox.statuses().values()) == {"sent"})

    asyncio.run(scene())


def test_refused_is_dead_at_once_and_lets_the_next_go(outbox: Outbox, writer: Writer) -> None:
    async def scene(server: LocalServer) -> None:
        conversation = outbox.conversation()
        outbox.owe("first", conversation)
        outbox.owe("second", conversation)
        async with sending_to(server, outbox, writer):
            await eventually(lambda: outbox.statuses() == {"first": "dead", "second": "sent"})

    with LocalServer(Reply(404)) as server:
        asyncio.run(scene(server))
    assert len(server.received) == 2
    row = outbox.row("first")
    assert (row.attempts, row.last_error, row.lease) == (1, "status 404 Not Found", None)


def test_what_fails_every_time_is_dead_after_the_last_attempt(outbox: Outbox, writer: Writer, clock: Clock) -> None:
    async def scene(target: FakeTarget) -> None:
        outbox.owe("alert")
        worker = outbox.worker({"webhook": target}, writer)
        async with running(worker):
            for attempt in range(1, MAX_ATTEMPTS + 1):
                await eventually(lambda made=attempt: len(target.keys) == made and outbox.row("alert").lease is None)
                clock.advance(12 * 3600)
                worker.wake()

    target = FakeTarget(lambda _: Retry(None, "status 500 Internal Server Error"))
    asyncio.run(scene(target))
    row = outbox.row("alert")
    assert (row.status, row.attempts, row.last_error) == ("dead", 12, "status 500 Internal Server Error")
    assert len(target.keys) == 12


def test_a_row_that_kills_every_process_is_dead_in_the_end(outbox: Outbox, writer: Writer, clock: Clock) -> None:
    async def scene(target: Target) -> None:
        outbox.owe("alert")
        for _ in range(MAX_ATTEMPTS):
            outbox.lease_one()
            clock.advance(60)
        async with running(outbox.worker({"webhook": target}, writer)):
            await eventually(lambda: outbox.row("alert").status == "dead")

    target = FakeTarget()
    asyncio.run(scene(target))
    assert target.keys == []
    assert outbox.row("alert").last_error == "no attempt came to an end"


def test_a_fault_in_a_target_is_a_failed_attempt(outbox: Outbox, writer: Writer) -> None:
    def fault(row: Leased) -> Outcome:
        raise KeyError("https://hooks.example.org/SECRET")

    async def scene() -> None:
        outbox.owe("alert")
        async with running(outbox.worker({"webhook": FakeTarget(fault)}, writer)):
            await eventually(lambda: outbox.row("alert").last_error is not None)

    asyncio.run(scene())
    row = outbox.row("alert")
    assert (row.status, row.last_error) == ("waiting", "the attempt failed here: KeyError")


def test_who_lost_the_lease_does_not_have_the_last_word(outbox: Outbox, writer: Writer, clock: Clock) -> None:
    release = asyncio.Event()

    async def slow(row: Leased) -> Outcome:
        await release.wait()
        return Refused("status 404 Not Found")

    async def scene() -> None:
        outbox.owe("alert")
        target = FakeTarget(slow)
        with capture_logs() as logs:
            async with running(outbox.worker({"webhook": target}, writer)):
                await eventually(lambda: target.keys == ["alert"])
                clock.advance(60)
                outbox.lease_one()
                release.set()
                await eventually(lambda: "outbox_lease_lost" in [entry["event"] for entry in logs])
        assert outbox.row("alert").status == "sending"

    asyncio.run(scene())


def test_no_secret_is_stored_or_logged(outbox: Outbox, writer: Writer, caplog: pytest.LogCaptureFixture) -> None:
    async def scene(server: LocalServer) -> None:
        async with open_client() as client:
            endpoint = Endpoint(client, f"{server.url}/services/SECRET", name="slack", now=outbox.clock)
            async with running(outbox.worker({"slack": SlackTarget(endpoint)}, writer, rates={"slack": Rate(100)})):
                for number in range(3):
                    outbox.owe(f"alert-{number}", target="slack", body={"text": "call 491701234567 SECRET"})
                await eventually(lambda: len(logs) == 3)

    caplog.set_level("DEBUG")
    echoing = [Reply(404, "call 491701234567 SECRET"), Reply(500, "SECRET"), Reply(200, "SECRET")]
    with capture_logs() as logs, LocalServer(*echoing) as server:
        asyncio.run(scene(server))
    assert sorted(entry["event"] for entry in logs) == ["outbox_dead", "outbox_retry", "outbox_sent"]
    assert {entry["key"] for entry in logs} == {"alert-0", "alert-1", "alert-2"}
    for shown in (repr(logs), caplog.text, repr([row.last_error for row in outbox.rows()])):
        assert "SECRET" not in shown
        assert "491701234567" not in shown
