"""Replies: by which way they go, and that what was sent is known by the channel's id."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from service.outbox.accounts import Channel
from service.outbox.endpoint import Endpoint, open_client
from service.outbox.rate import Rate
from service.outbox.reply import ReplyTarget
from service.outbox.senders import WIRES, Sender
from service.outbox.targets import Outcome, Refused
from service.outbox.webhook import WebhookTarget
from service.store.writer import Writer
from tests.servers import LocalServer, Received, Reply
from tests.service.outbox.sending import accounts, leased
from tests.service.outbox.stage import Outbox, eventually, running

BODY = {"text": "hello", "chat": "491701234567@s.whatsapp.net", "phone_number": "491701234567"}
WAYS = {"sendText": "evolution", "send-message": "wasender", "Messages.json": "twilio", "messages": "cloud"}


def answer(request: Received) -> Reply:
    return Reply(200, '{"key": {"id": "3EB0A1"}}')


def build(client: Any, server: LocalServer, channels: tuple[Channel, ...], webhook: bool) -> ReplyTarget:
    """A reply target with these accounts, all on one server."""
    senders = {
        channel: Sender(Endpoint(client, account.url, name=channel), account, WIRES[channel])
        for channel, account in accounts(server.url).items()
        if channel in channels
    }
    return ReplyTarget(senders, WebhookTarget(Endpoint(client, server.url, name="reply")) if webhook else None)


def way(channel: str | None, channels: tuple[Channel, ...], *, webhook: bool) -> str | None:
    """Which account, or the webhook, a reply in a channel goes by; None if it is refused."""

    async def sending() -> Outcome:
        async with open_client() as client:
            return await build(client, server, channels, webhook).send(leased({**BODY, "channel": channel}))

    with LocalServer(otherwise=answer) as server:
        outcome = asyncio.run(sending())
    if isinstance(outcome, Refused):
        assert server.received == []
        assert outcome.error.startswith("no account is configured that sends replies to the channel")
        return None
    (request,) = server.received
    parts = request.path.split("/")
    return next((name for part, name in WAYS.items() if part in parts), "webhook")


@pytest.mark.parametrize("webhook", [True, False])
@pytest.mark.parametrize("channel", WIRES)
def test_the_conversations_channel_decides(channel: Channel, webhook: bool) -> None:
    assert way(channel, tuple(WIRES), webhook=webhook) == channel


@pytest.mark.parametrize(
    ("channel", "channels", "expected"),
    [
        ("whatsapp", ("evolution",), "evolution"),
        ("whatsapp", ("wasender", "cloud", "twilio"), "wasender"),
        ("whatsapp", ("cloud",), "cloud"),
        ("whatsapp", ("evolution", "wasender", "cloud"), None),
        ("whatsapp", ("cloud", "twilio"), None),
        ("baileys", ("wasender",), "wasender"),
        ("baileys", ("cloud",), None),
        ("cloud", ("evolution",), None),
        ("chatwoot", ("evolution",), None),
        (None, ("evolution",), None),
    ],
)
def test_where_the_channel_does_not_say_which_gateway(
    channel: str | None, channels: tuple[Channel, ...], expected: str | None
) -> None:
    assert way(channel, channels, webhook=False) == expected
    assert way(channel, channels, webhook=True) == (expected or "webhook")


@pytest.mark.parametrize("webhook", [True, False])
def test_a_reply_without_a_text_is_refused(webhook: bool) -> None:
    async def sending() -> list[Outcome]:
        async with open_client() as client:
            target = build(client, server, ("evolution",), webhook)
            bodies = [{"channel": "evolution", "chat": "1"}, {"channel": "evolution", "text": "hello"}]
            return [await target.send(leased(body)) for body in bodies]

    with LocalServer() as server:
        assert asyncio.run(sending()) == [Refused("the body has no chat or no text")] * 2
    assert server.received == []


def test_the_slowest_channel_sets_the_rate() -> None:
    async def rates() -> list[Rate]:
        async with open_client() as client:
            return [
                build(client, server, ("cloud", "wasender"), True).rate,
                build(client, server, ("cloud",), True).rate,
                build(client, server, (), True).rate,
            ]

    with LocalServer() as server:
        assert asyncio.run(rates()) == [Rate(12, 60.0), Rate(40), Rate(100)]


def test_what_was_sent_is_known_by_the_channels_id(outbox: Outbox, writer: Writer) -> None:
    async def scene() -> None:
        async with open_client() as client:
            outbox.owe("answer", target="reply", body={**BODY, "channel": "evolution"})
            async with running(outbox.worker({"reply": build(client, server, ("evolution",), False)}, writer)):
                await eventually(lambda: outbox.row("answer").status == "sent")

    with LocalServer(otherwise=answer) as server:
        asyncio.run(scene())
    assert outbox.row("answer").external_id == "3EB0A1"
