"""Microsoft Teams, by the webhook of a Workflows flow that posts an Adaptive Card to a channel.

https://learn.microsoft.com/microsoftteams/platform/webhooks-and-connectors/how-to/add-incoming-webhook has the limits.
A success means that the flow has it, not that it was posted. There is no idempotency key: as with Slack, an alert may,
rarely, come twice.
"""

from __future__ import annotations

import json
from typing import Final

from service.outbox.endpoint import Endpoint
from service.outbox.leasing import Leased
from service.outbox.rate import Rate
from service.outbox.targets import Outcome, Refused

__all__ = ["TeamsTarget"]

# Bytes of a message: 28 KB at most, of which the flow adds some.
_LARGEST: Final = 27_000


class TeamsTarget:
    """Posts the `text` of a row's body as a card. What is too long for Teams is cut, and ends with an ellipsis then."""

    rate = Rate(4)

    def __init__(self, endpoint: Endpoint) -> None:
        self._endpoint = endpoint

    @property
    def deadline(self) -> float:
        return self._endpoint.deadline

    async def send(self, row: Leased) -> Outcome:
        text = row.body.get("text")
        if not isinstance(text, str) or not text.strip():
            return Refused("the body has no text")
        content, kept = _message(text), len(text)
        while len(content) > _LARGEST:
            kept = kept * 9 // 10
            content = _message(text[:kept] + "…")
        return await self._endpoint.post(content)


def _message(text: str) -> bytes:
    lines = [line for line in text.splitlines() if line.strip()]
    card = {
        "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
        "type": "AdaptiveCard",
        "version": "1.4",
        # Runs of text know no Markdown, so that a customer can write neither links nor pictures. They break no lines.
        "body": [
            {"type": "RichTextBlock", "spacing": "None", "inlines": [{"type": "TextRun", "text": line}]}
            for line in lines
        ],
    }
    attachment = {"contentType": "application/vnd.microsoft.card.adaptive", "contentUrl": None, "content": card}
    return json.dumps({"type": "message", "attachments": [attachment]}, separators=(",", ":")).encode()
