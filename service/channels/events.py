"""Events that are no new messages: edits, revokes, and what has nothing to do with what anybody says."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from service.channels.addresses import Address, identifier_at, read_address
from service.channels.content import DELETED, EDITED, REACTION, Content, read_content, read_notice
from service.channels.fields import object_at, text_at
from service.channels.identifiers import customer_of
from service.channels.inbound import BadPayload, Inbound
from service.channels.payloads import payload_of
from service.channels.whatsapp import CHANNEL, OWN, name_of, sent_at

__all__ = ["read_events"]

_UPDATED = "this tells what became of an earlier message, such as that it was read"
_NOTES = {
    "messages.edited": EDITED,
    "messages.delete": DELETED,
    "messages.update": _UPDATED,
    "messages.reaction": REACTION,
    "presence.update": "this tells that somebody is online or typing, not what they write",
    "connection.update": "this tells whether WhatsApp is connected; it is not a message",
    "send.message": OWN,
    "message.sent": OWN,
}
_OTHER_EVENT = "this event does not tell of a new message"


def read_events(event: str, data: object, own: str | None = None) -> list[Inbound]:
    """What an event tells, whatever its form: ignored, with what it says of who it is about. `own` is the number of the
    business where the sender says it.

    No event has a `message_id`: what it holds is the id of another message, which may still be on its way.
    """
    name = event.casefold().replace("_", ".").replace("-", ".")
    return [_read(event, name, one, own) for one in _parts(name, data)]


def _parts(name: str, data: object) -> Iterator[object]:
    """Each change by itself, and everything else as it came: contacts come by the thousand, and tell nothing."""
    if name == "messages.delete" and isinstance(data, dict) and isinstance(data.get("keys"), list):
        data = data["keys"]
    if name in ("messages.edited", "messages.delete", "messages.update") and isinstance(data, list) and data:
        yield from data
    else:
        yield data


def _read(event: str, name: str, data: object, own: str | None) -> Inbound:
    values: Mapping[str, Any] = data if isinstance(data, dict) else {}
    try:
        address = _address(values, own)
        called = name_of(values, address)
        change = _change(name, values)
    except BadPayload:
        address, called, change = Address(), None, Content(kind="event")
    return Inbound(
        channel=CHANNEL,
        event=event,
        payload=payload_of(data),
        ignored=change.missing or _NOTES.get(name, _OTHER_EVENT),
        customer=address.customer,
        chat=address.chat,
        from_me=address.from_me,
        name=called,
        text=change.text,
        sent_at=_changed_at(values),
        kind=change.kind,
        target_id=change.target_id,
    )


def _changed_at(values: Mapping[str, Any]) -> datetime | None:
    """When a message was edited, which its editor says in milliseconds; None where nothing says so."""
    at = values.get("timestampMs")
    return sent_at(at / 1000) if isinstance(at, (int, float)) else None


def _address(values: Mapping[str, Any], own: str | None) -> Address:
    address = read_address(object_at(values, "key", "key") or values)
    if own and address.chat and customer_of(address.chat) == customer_of(own):
        # The key of an edit is as its writer has it: to the customer, the chat is the business. Who that customer is,
        # only the message says that is meant.
        return Address(message_id=address.message_id, from_me=not address.from_me)
    return address


def _change(name: str, values: Mapping[str, Any]) -> Content:
    """The edit or revoke that an event tells of, else an event. Raises BadPayload where a value is of a wrong kind."""
    if name == "messages.edited":
        return _edit(values)
    target = identifier_at(values, "keyId") or identifier_at(object_at(values, "key", "key") or values, "id")
    if target is None:
        return Content(kind="event")
    revoked = Content(missing=DELETED, kind="revoke", target_id=target)
    if name == "messages.delete":
        return revoked
    if name == "messages.update":
        # Evolution tells what has become of a message; Baileys what it is to be replaced by, nothing where it is gone.
        update = object_at(values, "update", "update") or {}
        if text_at(values, "status", "status") == "DELETED" or ("message" in update and update["message"] is None):
            return revoked
        if (content := read_content(update)).kind == "edit":
            return replace(content, target_id=target)
    return Content(kind="event")


def _edit(values: Mapping[str, Any]) -> Content:
    """Evolution has the `protocolMessage` for every kind of it here; others the edited message itself."""
    if values.get("message") is None:
        return read_notice(values)
    content = read_content(values)
    if content.kind == "message" or (content.kind == "edit" and content.target_id is None):
        target = identifier_at(object_at(values, "key", "key") or {}, "id")
        return Content(content.text, EDITED, kind="edit" if target else "event", target_id=target)
    return content
