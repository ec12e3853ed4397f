"""The envelopes that messages come in, and where the messages are in each.

Evolution has `data` as one object, WaSender `data.messages` as a list or as one object, the product guide
`data.messages` as a list, Baileys itself `messages` with nothing around it. n8n passes each of them on as
`[{"body": ..., "headers": ...}]`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from service.channels.fields import EXAMPLE, found, text_at
from service.channels.inbound import BadPayload

__all__ = ["Delivered", "delivered_in"]

# The event of what names none.
_NEW_MESSAGE = "messages.upsert"
# `messages.upsert`, `MESSAGES_UPSERT`, `messages-personal.received`; WaSender's own library has `recieved`.
_NEW_MESSAGES = re.compile(r"messages?([._-][a-z]+)?[._-](upsert|received|recieved)", re.IGNORECASE)
_ENVELOPE_KEYS = ("event", "data", "messages", "key")


@dataclass(frozen=True, slots=True)
class Delivered:
    """A message object as it came, or with `new` false what came with another event. `path` says where it stood.

    `own` is the number of the business, where its sender says that.
    """

    event: str
    new: bool
    path: str
    value: object
    own: str | None = None


def delivered_in(document: object) -> Iterator[Delivered]:
    """The messages and events of a body, in their order. Raises BadPayload with status 422 for an unknown form."""
    if not isinstance(document, list):
        yield from _in_envelope(document, "")
        return
    if not document:
        raise _unknown("", document)
    for number, envelope in enumerate(document):
        yield from _in_envelope(envelope, f"[{number}]")


def _in_envelope(envelope: object, path: str) -> Iterator[Delivered]:
    if isinstance(envelope, dict) and "body" in envelope and not any(key in envelope for key in _ENVELOPE_KEYS):
        envelope, path = envelope["body"], f"{path}.body"
    if not isinstance(envelope, dict):
        raise _unknown(path, envelope)
    event = text_at(envelope, "event", f"{path}.event".lstrip(".")) or _NEW_MESSAGE
    data = envelope.get("data")
    if not _NEW_MESSAGES.fullmatch(event):
        own = envelope.get("sender")
        value = envelope if data is None else data
        yield Delivered(event, False, path, value, own if isinstance(own, str) else None)
    elif data is None:
        yield from _messages(event, path, envelope)
    else:
        yield from _messages(event, f"{path}.data", data)


def _messages(event: str, path: str, data: Any) -> Iterator[Delivered]:
    if isinstance(data, dict) and data.get("messages") is not None:
        path, data = f"{path}.messages", data["messages"]
        if not isinstance(data, (dict, list)):
            raise _unknown(path, data)
    elif not isinstance(data, list) and not (isinstance(data, dict) and "key" in data):
        raise _unknown(path, data)
    if isinstance(data, dict):
        yield Delivered(event, True, path, data)
    else:
        for number, message in enumerate(data):
            yield Delivered(event, True, f"{path}[{number}]", message)


def _unknown(path: str, value: object) -> BadPayload:
    where = f"`{path.lstrip('.')}`" if path else "the body"
    return BadPayload(422, f"no messages are found: {where} is {found(value)}; expected such as {EXAMPLE}")
