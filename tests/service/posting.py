"""Messages as a channel delivers them."""

from __future__ import annotations

from typing import Any

__all__ = ["delivery"]


def delivery(customer: str, message_id: str, text: str) -> dict[str, Any]:
    """The body of `POST /webhook` for one message of a customer."""
    return {
        "event": "messages.upsert",
        "data": {
            "messages": [
                {
                    "key": {"remoteJid": f"{customer}@s.whatsapp.net", "fromMe": False, "id": message_id},
                    "message": {"conversation": text},
                }
            ]
        },
    }
