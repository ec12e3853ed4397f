"""The accounts by which replies go back through the channel where the customer wrote."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, Literal, TypeAlias
from urllib.parse import quote

from handover_rules.errors import UsageError

__all__ = ["Account", "Channel", "read_accounts"]

Channel: TypeAlias = Literal["evolution", "wasender", "cloud", "twilio"]

_WASENDER: Final = "https://www.wasenderapi.com"
_CLOUD: Final = "https://graph.facebook.com/v23.0"
_TWILIO: Final = "https://api.twilio.com"


@dataclass(frozen=True, slots=True)
class Account:
    """Where a text is posted to, by what right, and (Twilio's) from which number. All of it is secret."""

    url: str = field(repr=False)
    headers: Mapping[str, str] = field(repr=False)
    sender: str = field(default="", repr=False)


def read_accounts(environ: Mapping[str, str]) -> dict[Channel, Account]:
    """The accounts that the environment has. Raises UsageError for half of one, and for what is no web address."""

    def text(name: str, default: str = "") -> str:
        return environ.get(name, "").strip() or default

    def needed(name: str, by: str) -> str:
        if not text(name):
            raise UsageError(f"{by} is set, and {name} is not: replies need both")
        return text(name)

    def base(name: str, default: str = "", by: str = "") -> str:
        url = text(name, default) or needed(name, by)
        if not url.startswith(("https://", "http://")):
            raise UsageError(f"{name} is no web address; expected one that begins with https://")
        return url.rstrip("/")

    accounts: dict[Channel, Account] = {}
    # Of each account the variable that only sending needs says that it is meant: others serve to check what comes in.
    if instance := text("HANDOVER_EVOLUTION_INSTANCE"):
        url = base("HANDOVER_EVOLUTION_API_URL", by="HANDOVER_EVOLUTION_INSTANCE")
        url = f"{url}/message/sendText/{quote(instance, safe='')}"
        accounts["evolution"] = Account(
            url, {"apikey": needed("HANDOVER_EVOLUTION_API_KEY", "HANDOVER_EVOLUTION_INSTANCE")}
        )
    if key := text("HANDOVER_WASENDER_API_KEY"):
        accounts["wasender"] = Account(f"{base('HANDOVER_WASENDER_API_URL', _WASENDER)}/api/send-message", _bearer(key))
    if number := text("HANDOVER_CLOUD_PHONE_NUMBER_ID"):
        url = f"{base('HANDOVER_CLOUD_API_URL', _CLOUD)}/{quote(number, safe='')}/messages"
        accounts["cloud"] = Account(
            url, _bearer(needed("HANDOVER_CLOUD_ACCESS_TOKEN", "HANDOVER_CLOUD_PHONE_NUMBER_ID"))
        )
    if sender := text("HANDOVER_TWILIO_FROM"):
        sid = needed("HANDOVER_TWILIO_ACCOUNT_SID", "HANDOVER_TWILIO_FROM")
        token = needed("HANDOVER_TWILIO_AUTH_TOKEN", "HANDOVER_TWILIO_FROM")
        url = f"{base('HANDOVER_TWILIO_API_URL', _TWILIO)}/2010-04-01/Accounts/{quote(sid, safe='')}/Messages.json"
        basic = base64.b64encode(f"{sid}:{token}".encode()).decode()
        accounts["twilio"] = Account(url, {"Authorization": f"Basic {basic}"}, sender)
    for channel, account in accounts.items():
        if not all(value.isascii() and value.isprintable() for value in account.headers.values()):
            raise UsageError(f"the key for {channel} cannot be sent: it has other signs than printable ASCII")
    return accounts


def _bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}
