"""One attempt at a target on a local server, and the ways in which every such attempt can fail."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any, Final

import httpx2

from service.outbox.accounts import Account, Channel, read_accounts
from service.outbox.endpoint import open_client
from service.outbox.leasing import Leased
from service.outbox.targets import Outcome, Refused, Retry, Target
from tests.servers import Reply, dropped, held
from tests.service.outbox.stage import NOON

__all__ = ["ENVIRONMENT", "TROUBLE", "accounts", "leased", "send"]

# Replies that mean the same at every target, with a deadline of 0.5 s.
TROUBLE: Final = [
    (Reply(429, headers={"Retry-After": "30"}), Retry(30.0, "status 429 Too Many Requests")),
    (Reply(500, "call 491701234567"), Retry(None, "status 500 Internal Server Error")),
    (Reply(503, headers={"Retry-After": "5"}), Retry(5.0, "status 503 Service Unavailable")),
    (Reply(400, "call 491701234567"), Refused("status 400 Bad Request")),
    (Reply(401, "{"), Refused("status 401 Unauthorized")),
    (held(threading.Event(), Reply()), Retry(None, "no answer within 0.5 s")),
    (dropped(), Retry(None, "no answer: RemoteProtocolError")),
]


# Accounts of every channel.
ENVIRONMENT: Final = {
    "HANDOVER_EVOLUTION_INSTANCE": "my shop",
    "HANDOVER_EVOLUTION_API_KEY": "evolution-key",
    "HANDOVER_WASENDER_API_KEY": "wasender-key",
    "HANDOVER_CLOUD_PHONE_NUMBER_ID": "1066",
    "HANDOVER_CLOUD_ACCESS_TOKEN": "cloud-token",
    "HANDOVER_TWILIO_FROM": "+14155238886",
    "HANDOVER_TWILIO_ACCOUNT_SID": "AC1",
    "HANDOVER_TWILIO_AUTH_TOKEN": "twilio-token",
}
_ADDRESSES: Final = (
    "HANDOVER_EVOLUTION_API_URL",
    "HANDOVER_WASENDER_API_URL",
    "HANDOVER_CLOUD_API_URL",
    "HANDOVER_TWILIO_API_URL",
)


def accounts(url: str) -> dict[Channel, Account]:
    """Accounts of every channel, all at one address."""
    return read_accounts(ENVIRONMENT | dict.fromkeys(_ADDRESSES, url + "/"))


def leased(body: Mapping[str, Any], *, key: str = "c-1-alert", kind: str = "test") -> Leased:
    """A row that is leased for a minute."""
    return Leased(1, "token", NOON + timedelta(seconds=60), key, kind, body, 1)


def send(build: Callable[[httpx2.AsyncClient], Target], row: Leased) -> Outcome:
    """Send one row to a target that is built on an open client."""

    async def sending() -> Outcome:
        async with open_client() as client:
            return await build(client).send(row)

    return asyncio.run(sending())
