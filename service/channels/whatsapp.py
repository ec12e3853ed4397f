"""WhatsApp messages in the form of Baileys, which Evolution and WaSender deliver too."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from service.channels.addresses import Address, read_address
from service.channels.content import read_content
from service.channels.fields import found, object_at, text_at
from service.channels.identifiers import no_conversation
from service.channels.inbound import BadPayload, Inbound
from service.channels.payloads import payload_of

__all__ = ["CHANNEL", "OWN", "name_of", "read_message", "sent_at"]

CHANNEL = "whatsapp"

OWN = "sent by the business itself"
# WhatsApp began in 2009. What is outside of these years is no time in seconds.
_FIRST = int(datetime(2009, 1, 1, tzinfo=UTC).timestamp())
_LAST = int(datetime(2100, 1, 1, tzinfo=UTC).timestamp())


def read_message(event: str, delivered: object) -> Inbound:
    """One message object: `{"key": ..., "message": ..., "pushName": ..., "messageTimestamp": ...}`.

    Raises BadPayload with status 422, which says the path inside of the message object.
    """
    if not isinstance(delivered, dict):
        raise BadPayload(422, f"a message should be an object with `key` and `message`, and is {found(delivered)}")
    key = object_at(delivered, "key", "key")
    if key is None:
        raise BadPayload(422, f"`key` is missing: a message has `key` and `message`; this is {found(delivered)}")
    address = read_address(key)
    if address.chat is None:
        raise BadPayload(422, "`key.remoteJid` is missing or empty: the chat, such as 1234567890@s.whatsapp.net")
    if address.message_id is None:
        raise BadPayload(422, "`key.id` is missing or empty: the id of the message, a text")
    content = read_content(delivered)
    # Without an id, so that the message is not taken for a repetition when its content comes, nor the edit for one.
    replaces = content.kind == "edit" and content.target_id is None
    message_id = None if content.announced or replaces else address.message_id
    return Inbound(
        channel=CHANNEL,
        event=event,
        payload=payload_of(delivered),
        ignored=no_conversation(address.chat) or (OWN if address.from_me else content.missing),
        customer=address.customer,
        chat=address.chat,
        message_id=message_id,
        from_me=address.from_me,
        name=name_of(delivered, address),
        text=content.text,
        sent_at=sent_at(delivered.get("messageTimestamp")),
        kind=content.kind,
        target_id=address.message_id if replaces else content.target_id,
    )


def sent_at(timestamp: object) -> datetime | None:
    """The UTC time of a `messageTimestamp`: seconds, as a number, as digits, or as `{"low": ..., "high": ...}`.

    None where there is none, and where it is no time since WhatsApp began.
    """
    if isinstance(timestamp, dict):
        low, high = timestamp.get("low"), timestamp.get("high", 0)
        if not isinstance(low, int) or not isinstance(high, int):
            return None
        # JavaScript's Long has signed halves.
        timestamp = (high << 32) | (low & 0xFFFFFFFF)
    elif isinstance(timestamp, str):
        timestamp = int(timestamp) if timestamp.isascii() and timestamp.isdigit() and len(timestamp) < 20 else None
    if isinstance(timestamp, (int, float)) and _FIRST <= timestamp < _LAST:
        return datetime.fromtimestamp(timestamp, UTC)
    return None


def name_of(values: Mapping[str, Any], address: Address) -> str | None:
    """How the customer calls themselves: the `pushName`, unless it is the business's own."""
    name = text_at(values, "pushName", "pushName")
    return name if name and not name.isspace() and not address.from_me else None
