"""The body of a webhook call, read as a whole."""

from __future__ import annotations

from service.channels.bodies import Delivered, delivered_in
from service.channels.documents import read_document
from service.channels.events import read_events
from service.channels.inbound import BadPayload, Inbound
from service.channels.whatsapp import read_message

__all__ = ["read_webhook"]


def read_webhook(body: bytes) -> list[Inbound]:
    """Everything in the body, in its order; an empty list of messages gives none.

    Raises BadPayload: 400 for what is no JSON that can be kept, 422 for JSON of another form than expected. One broken
    message refuses the whole body, so that its sender can repair and repeat it.
    """
    return [inbound for one in delivered_in(read_document(body)) for inbound in _read(one)]


def _read(one: Delivered) -> list[Inbound]:
    if not one.new:
        return read_events(one.event, one.value, one.own)
    try:
        return [read_message(one.event, one.value)]
    except BadPayload as error:
        where = f"in `{one.path.lstrip('.')}`" if one.path else "in the body"
        raise BadPayload(error.status, f"{where}: {error}") from None
