"""What a channel delivers, in one form whatever the channel's own looks like."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

__all__ = ["BadPayload", "Inbound"]


class BadPayload(Exception):
    """A body that cannot be understood. `status` is the HTTP status; the text says what was expected."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


@dataclass(frozen=True, slots=True)
class Inbound:
    """One message, or another event, that came in.

    `ignored` says why nobody has to decide about it; None is a customer's message, and then `customer`, `chat`,
    `message_id` and `text` are there. `chat` is the identifier as it came, where replies go; `customer` is who that
    is: the digits of a phone number, or the identifier where there is none. `message_id` is None for what a later
    message with that id must not be a repetition of. `name` is how the customer calls themselves. `payload` is what was
    delivered, as JSON text without secrets and media.
    """

    channel: str
    event: str
    payload: str
    ignored: str | None = None
    customer: str | None = None
    chat: str | None = None
    message_id: str | None = None
    from_me: bool = False
    name: str | None = None
    text: str | None = None
    sent_at: datetime | None = None
