from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handover_rules.errors import UsageError
from service.outbox.endpoint import Endpoint, open_client
from service.outbox.leasing import Leased
from service.outbox.targets import Outcome, Sent
from service.outbox.webhook import WebhookTarget, read_secret, sign
from tests.servers import LocalServer
from tests.service.outbox.stage import NOON, Clock

# The example of the specification's own libraries.
WRITTEN = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"


def send(server: LocalServer, body: dict[str, Any], *, secret: bytes | None, clock: Clock) -> Outcome:
    async def sending() -> Outcome:
        async with open_client() as client:
            target = WebhookTarget(Endpoint(client, server.url + "/hook", name="webhook"), secret=secret, now=clock)
            row = Leased(1, "token", NOON + timedelta(seconds=60), "c-1-event", "webhook.post", body, 1)
            return await target.send(row)

    return asyncio.run(sending())


def test_the_body_goes_out_as_json_with_its_key(clock: Clock) -> None:
    body = {"event": "handover", "data": {"name": "José", "half an emoji": "\ud83d"}}
    with LocalServer() as server:
        assert send(server, body, secret=None, clock=clock) == Sent()
    (request,) = server.received
    assert request.path == "/hook"
    assert request.body == body
    assert request.headers["idempotency-key"] == "c-1-event"
    assert not [name for name in request.headers if name.startswith("webhook-")]


def test_a_receiver_can_check_the_signature(clock: Clock) -> None:
    with LocalServer() as server:
        for _ in range(2):
            send(server, {"event": "handover"}, secret=read_secret(WRITTEN), clock=clock)
            clock.advance(300)
    for request, seconds in zip(server.received, (0, 300), strict=True):
        headers = request.headers
        assert headers["webhook-id"] == headers["idempotency-key"] == "c-1-event"
        assert headers["webhook-timestamp"] == str(int(NOON.timestamp()) + seconds)
        signed = f"c-1-event.{headers['webhook-timestamp']}.".encode() + request.content
        key = base64.b64decode(WRITTEN.removeprefix("whsec_"))
        expected = base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
        assert headers["webhook-signature"] == f"v1,{expected}"


def test_a_known_signature() -> None:
    signature = sign(read_secret(WRITTEN), "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, b'{"test": 2432232314}')
    assert signature == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


@given(st.binary(min_size=24, max_size=64))
def test_a_secret_is_the_same_with_and_without_prefix_and_padding(key: bytes) -> None:
    encoded = base64.b64encode(key).decode()
    forms = [encoded, encoded.rstrip("="), f"whsec_{encoded}", f" whsec_{encoded}\n"]
    assert {read_secret(form) for form in forms} == {key}


@pytest.mark.parametrize(
    "written",
    ["", "whsec_", "my own secret, as I like it", "c2hvcnQ=", "ä" * 40, base64.b64encode(b"k" * 65).decode(), "A" * 45],
)
def test_what_is_no_secret(written: str) -> None:
    with pytest.raises(UsageError, match="openssl rand") as refused:
        read_secret(written)
    assert not written.strip() or written not in str(refused.value)
