"""Replies to customers: through the channel where the customer wrote, or to a program that sends them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from service.outbox.accounts import Channel
from service.outbox.leasing import Leased
from service.outbox.rate import Rate
from service.outbox.senders import Sender
from service.outbox.targets import Outcome, Refused
from service.outbox.webhook import WebhookTarget

__all__ = ["ReplyTarget"]

_GATEWAYS: Final[tuple[Channel, ...]] = ("evolution", "wasender")
_OFFICIAL: Final[tuple[Channel, ...]] = ("cloud", "twilio")

# What was delivered does not always say by which gateway. Then the only account that can be meant is it, if there is
# only one: gateways first.
_POSSIBLE: Final[Mapping[str, tuple[tuple[Channel, ...], ...]]] = {
    "evolution": (("evolution",),),
    "wasender": (("wasender",),),
    "cloud": (("cloud",),),
    "twilio": (("twilio",),),
    "baileys": (_GATEWAYS,),
    "whatsapp": (_GATEWAYS, _OFFICIAL),
}


class ReplyTarget:
    """Sends the `text` of a row's body to its `chat`, by the account for its `channel`; by `webhook` where none fits.

    At least one of both is there. The rate is the slowest channel's.
    """

    def __init__(self, senders: Mapping[Channel, Sender], webhook: WebhookTarget | None) -> None:
        self._senders = senders
        self._webhook = webhook
        ways = [*senders.values(), *(() if webhook is None else (webhook,))]
        self.deadline: float = max(way.deadline for way in ways)
        self.rate: Rate = min((way.rate for way in ways), key=lambda rate: rate.a_second)

    async def send(self, row: Leased) -> Outcome:
        channel = row.body.get("channel")
        sender = self._sender(str(channel))
        if sender is None:
            if self._webhook is not None:
                return await self._webhook.send(row)
            return Refused(f"no account is configured that sends replies to the channel {channel}, or more than one")
        # Where nobody wrote yet, the customer's number is all there is.
        chat, text = row.body.get("chat") or row.body.get("phone_number"), row.body.get("text")
        if not isinstance(chat, str) or not isinstance(text, str):
            return Refused("the body has no chat or no text")
        return await sender.send(chat, text)

    def _sender(self, channel: str) -> Sender | None:
        for names in _POSSIBLE.get(channel, ()):
            found = [self._senders[name] for name in names if name in self._senders]
            if found:
                return found[0] if len(found) == 1 else None
        return None
