from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from service.outbox.endpoint import Endpoint, open_client
from service.outbox.leasing import Leased
from service.outbox.slack import SLACK_CODES, SlackTarget
from service.outbox.targets import Outcome, Refused, Retry, Sent
from tests.servers import LocalServer, Reply
from tests.service.outbox.stage import NOON


def send(server: LocalServer, body: dict[str, Any]) -> Outcome:
    async def sending() -> Outcome:
        async with open_client() as client:
            target = SlackTarget(Endpoint(client, server.url + "/services/T0", name="slack", codes=SLACK_CODES))
            row = Leased(1, "token", NOON + timedelta(seconds=60), "key-1", "slack.post", body, 1)
            return await target.send(row)

    return asyncio.run(sending())


def test_the_text_is_posted() -> None:
    with LocalServer(Reply(body="ok")) as server:
        assert send(server, {"text": "Ana braucht Hilfe 🙏", "other": 1}) == Sent()
    (request,) = server.received
    assert request.body == {"text": "Ana braucht Hilfe 🙏"}


@pytest.mark.parametrize(
    ("said", "posted"),
    [
        ("<!channel> free money", "&lt;!channel&gt; free money"),
        ("<https://evil.example|your bank>", "&lt;https://evil.example|your bank&gt;"),
        ("fish & chips &lt;", "fish &amp; chips &amp;lt;"),
        ("half an emoji \ud83d", "half an emoji \ud83d"),
    ],
)
def test_customers_cannot_write_links_or_mentions(said: str, posted: str) -> None:
    with LocalServer() as server:
        assert send(server, {"text": said}) == Sent()
    assert server.received[0].body == {"text": posted}


@pytest.mark.parametrize("body", [{}, {"text": None}, {"text": 5}])
def test_without_a_text_nothing_is_posted(body: dict[str, Any]) -> None:
    with LocalServer() as server:
        assert send(server, body) == Refused("the body has no text")
    assert server.received == []


@pytest.mark.parametrize(
    ("reply", "outcome"),
    [
        (Reply(400, "invalid_payload"), Refused("status 400 Bad Request: invalid_payload")),
        (Reply(403, "action_prohibited"), Refused("status 403 Forbidden: action_prohibited")),
        (Reply(404, "no_service"), Refused("status 404 Not Found: no_service")),
        (Reply(410, "channel_is_archived"), Refused("status 410 Gone: channel_is_archived")),
        (Reply(429, "", {"Retry-After": "30"}), Retry(30.0, "status 429 Too Many Requests")),
        (Reply(500, "rollup_error"), Retry(None, "status 500 Internal Server Error: rollup_error")),
    ],
)
def test_what_slack_answers(reply: Reply, outcome: Outcome) -> None:
    with LocalServer(reply) as server:
        assert send(server, {"text": "hello"}) == outcome
