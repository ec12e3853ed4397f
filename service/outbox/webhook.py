"""Any receiver of JSON, with an idempotency key and a signature.

The signature is that of Standard Webhooks 1.0.0, https://www.standardwebhooks.com: receivers find libraries there that
check it. The key goes out twice: as `Idempotency-Key`, which many know, and as the `webhook-id` of that specification.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
from collections.abc import Callable
from datetime import datetime
from typing import Final

from handover_rules.errors import UsageError
from service.clock import utc_now
from service.outbox.endpoint import Endpoint
from service.outbox.leasing import Leased
from service.outbox.rate import Rate
from service.outbox.targets import Outcome

__all__ = ["WebhookTarget", "read_secret", "sign"]

_PREFIX: Final = "whsec_"


class WebhookTarget:
    """Posts a row's body as JSON; signed if there is a `secret`, as `read_secret` gives it."""

    # The receiver is the operator's own: this keeps a backlog from arriving all at once.
    rate = Rate(100)

    def __init__(
        self, endpoint: Endpoint, *, secret: bytes | None = None, now: Callable[[], datetime] = utc_now
    ) -> None:
        self._endpoint = endpoint
        self._secret = secret
        self._now = now

    @property
    def deadline(self) -> float:
        return self._endpoint.deadline

    async def send(self, row: Leased) -> Outcome:
        content = json.dumps(dict(row.body), separators=(",", ":")).encode()
        headers = {"Idempotency-Key": row.key}
        if self._secret is not None:
            # The time of the attempt, not of the event: receivers refuse what is more than minutes old.
            timestamp = int(self._now().timestamp())
            headers["webhook-id"] = row.key
            headers["webhook-timestamp"] = str(timestamp)
            headers["webhook-signature"] = sign(self._secret, row.key, timestamp, content)
        return await self._endpoint.post(content, headers)


def read_secret(written: str) -> bytes:
    """The key that a secret stands for: base64 of 24 to 64 bytes, with `whsec_` before it or not.

    Raises UsageError, which does not show the secret, for anything else.
    """
    encoded = written.strip().removeprefix(_PREFIX).rstrip("=")
    try:
        key = base64.b64decode(encoded + "=" * (-len(encoded) % 4), validate=True)
    except (binascii.Error, ValueError):
        key = b""
    if not 24 <= len(key) <= 64:
        raise UsageError(
            "the secret for webhooks is not base64 of 24 to 64 bytes, as Standard Webhooks wants it; make one with "
            "`openssl rand -base64 32` and give it to the receiver too"
        )
    return key


def sign(key: bytes, message_id: str, timestamp: int, content: bytes) -> str:
    """The value of `webhook-signature`: HMAC-SHA256 over id, time in Unix seconds, and content."""
    signed = b".".join((message_id.encode(), str(timestamp).encode(), content))
    return "v1," + base64.b64encode(hmac.digest(key, signed, hashlib.sha256)).decode()
