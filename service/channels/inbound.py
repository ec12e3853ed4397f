"""What a channel delivers, in one form whatever the channel's own looks like."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal, TypeAlias

__all__ = ["BadPayload", "Inbound", "Kind"]

# An event has nothing to do with what anybody says.
Kind: TypeAlias = Literal["message", "edit", "revoke", "event"]


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

    An edit has the new text in `text`; `target_id` is the `message_id` that an edit or revoke is about. What is
    `from_me` and a message was written by somebody of the business, or by a program that sends in their name.
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
    kind: Kind = "message"
    target_id: str | None = None

    @property
    def answers(self) -> bool:
        """Whether somebody of the business wrote this to the customer, or a program in their name."""
        return self.from_me and self.kind == "message" and self.customer is not None
