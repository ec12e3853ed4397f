"""Messages as a channel delivers them."""

from __future__ import annotations

from typing import Any

__all__ = ["deletion", "delivery", "edit"]


def delivery(customer: str, message_id: str, text: str, *, from_me: bool = False) -> dict[str, Any]:
    """The body of `POST /webhook` for one message of a customer, or of the business to them."""
    return {
        "event": "messages.upsert",
        "data": {
            "messages": [
                {
                    "key": {"remoteJid": f"{customer}@s.whatsapp.net", "fromMe": from_me, "id": message_id},
                    "message": {"conversation": text},
                }
            ]
        },
    }


def edit(customer: str, message_id: str, text: str, at: int = 1_767_225_660_000) -> dict[str, Any]:
    """The customer changed that message; `at` is when, in milliseconds since 1970."""
    key = {"remoteJid": f"{customer}@s.whatsapp.net", "fromMe": False, "id": message_id}
    changed = {"key": key, "type": 14, "editedMessage": {"conversation": text}, "timestampMs": at}
    return {"event": "messages.edited", "data": changed}


def deletion(customer: str, message_id: str) -> dict[str, Any]:
    """The customer deleted that message."""
    key = {"remoteJid": f"{customer}@s.whatsapp.net", "fromMe": False, "id": message_id}
    return {"event": "messages.delete", "data": key}
