"""The `key` of a WhatsApp message: which chat it is in, and who the person there is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from service.channels.fields import text_at, truth_at
from service.channels.identifiers import customer_of, is_opaque, no_conversation, phone_among
from service.channels.inbound import BadPayload

__all__ = ["MAX_IDENTIFIER", "Address", "identifier_at", "read_address"]

# WhatsApp's own are below 64 characters. Indexes of databases do not hold long ones.
MAX_IDENTIFIER = 256

# Where the phone number of an opaque identifier may stand.
_SENDER = ("remoteJidAlt", "senderPn", "cleanedSenderPn")
_RECEIVER = ("remoteJidAlt",)
_PARTICIPANT = ("participantAlt",)


@dataclass(frozen=True, slots=True)
class Address:
    """What a key says; None is what it does not say. `chat` is as it came, `customer` who the person in it is."""

    chat: str | None = None
    message_id: str | None = None
    from_me: bool = False
    customer: str | None = None


def read_address(key: Mapping[str, Any]) -> Address:
    """The address that a key holds. Raises BadPayload where a value is of a wrong kind or an identifier too long."""
    chat = identifier_at(key, "remoteJid")
    from_me = truth_at(key, "fromMe", "key.fromMe")
    return Address(chat, identifier_at(key, "id"), from_me, _customer(key, chat, from_me) if chat else None)


def _customer(key: Mapping[str, Any], chat: str, from_me: bool) -> str | None:
    if no_conversation(chat):
        # Of many, the person is who wrote: nobody where that is the business.
        writer = None if from_me else identifier_at(key, "participant")
        return _person(key, writer, _PARTICIPANT) if writer else None
    # Whoever sent what the business sends is the business.
    return _person(key, chat, _RECEIVER if from_me else _SENDER)


def _person(key: Mapping[str, Any], identifier: str, others: tuple[str, ...]) -> str:
    phone = phone_among([identifier_at(key, other) for other in others]) if is_opaque(identifier) else None
    return phone or customer_of(identifier)


def identifier_at(values: Mapping[str, Any], name: str, path: str = "key") -> str | None:
    """The identifier under `name`; None where it is missing or blank. Raises BadPayload as `read_address` does."""
    where = f"{path}.{name}".lstrip(".")
    identifier = text_at(values, name, where)
    if not identifier or identifier.isspace():
        return None
    if len(identifier) > MAX_IDENTIFIER:
        raise BadPayload(422, f"`{where}` has {len(identifier):,} characters; at most {MAX_IDENTIFIER} are read")
    return identifier
