"""WhatsApp messages and other events in the form of Baileys, which Evolution and WaSender deliver too."""

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

__all__ = ["CHANNEL", "read_event", "read_message", "sent_at"]

CHANNEL = "whatsapp"

_OWN = "sent by the business itself"
_OTHER_EVENTS = {
    "messages.edited": "an earlier message was edited; this is not a new message",
    "messages.delete": "an earlier message was deleted; this is not a new message",
    "messages.update": "this tells what became of an earlier message, such as that it was read",
    "messages.reaction": "this is a reaction to an earlier message, not a new message",
    "presence.update": "this tells that somebody is online or typing, not what they write",
    "connection.update": "this tells whether WhatsApp is connected; it is not a message",
    "send.message": _OWN,
    "message.sent": _OWN,
}
_OTHER_EVENT = "this event does not tell of a new message"

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
    return Inbound(
        channel=CHANNEL,
        event=event,
        payload=payload_of(delivered),
        ignored=no_conversation(address.chat) or (_OWN if address.from_me else content.missing),
        customer=address.customer,
        chat=address.chat,
        # Without an id, so that the message is not taken for a repetition when its content comes.
        message_id=None if content.announced else address.message_id,
        from_me=address.from_me,
        name=_name(delivered, address),
        text=content.text,
        sent_at=sent_at(delivered.get("messageTimestamp")),
    )


def read_event(event: str, data: object) -> Inbound:
    """An event that is no new message: ignored, with what it says of who it is about, whatever its form.

    It has no `message_id`: what it holds is the id of another message, which may still be on its way.
    """
    values: Mapping[str, Any] = data if isinstance(data, dict) else {}
    try:
        address = read_address(object_at(values, "key", "key") or values)
        name = _name(values, address)
    except BadPayload:
        address, name = Address(), None
    return Inbound(
        channel=CHANNEL,
        event=event,
        payload=payload_of(data),
        ignored=_OTHER_EVENTS.get(event.casefold().replace("_", ".").replace("-", "."), _OTHER_EVENT),
        customer=address.customer,
        chat=address.chat,
        from_me=address.from_me,
        name=name,
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


def _name(values: Mapping[str, Any], address: Address) -> str | None:
    name = text_at(values, "pushName", "pushName")
    return name if name and not name.isspace() and not address.from_me else None
