"""Slack's incoming webhooks: https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks

They take no idempotency key. Where an answer got lost, or the service died before it noted the answer, the same alert
is posted twice; the alternative would be that some alerts are never posted.
"""

from __future__ import annotations

import json
from typing import Final

from service.outbox.endpoint import Endpoint
from service.outbox.leasing import Leased
from service.outbox.rate import Rate
from service.outbox.targets import Outcome, Refused

__all__ = ["SLACK_CODES", "SlackTarget"]

# What Slack answers with an error, as the page above lists it.
SLACK_CODES: Final = (
    "action_prohibited",
    "channel_is_archived",
    "channel_not_found",
    "invalid_payload",
    "invalid_token",
    "no_service",
    "no_service_id",
    "no_team",
    "no_text",
    "posting_to_general_channel_denied",
    "rollup_error",
    "team_disabled",
    "too_many_attachments",
    "user_not_found",
)

# The three signs that begin links, mentions and entities, so that no customer can mention a whole channel.
_ESCAPES: Final = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;"})


class SlackTarget:
    """Posts the `text` of a row's body to the channel that the endpoint's address stands for."""

    # https://docs.slack.dev/apis/web-api/rate-limits
    rate = Rate(1)

    def __init__(self, endpoint: Endpoint) -> None:
        self._endpoint = endpoint

    @property
    def deadline(self) -> float:
        return self._endpoint.deadline

    async def send(self, row: Leased) -> Outcome:
        text = row.body.get("text")
        if not isinstance(text, str):
            return Refused("the body has no text")
        return await self._endpoint.post(json.dumps({"text": text.translate(_ESCAPES)}).encode())
