"""Texts to customers through the channels that they write in: how each is asked, and what its answers mean.

None of them takes an idempotency key. Where an answer got lost, the same text is sent twice; the alternative would be
customers who wait for one that never comes.

- Evolution API v2: `POST /message/sendText/{instance}`, https://doc.evolution-api.com/v2
- WaSender: `POST /api/send-message`, https://wasenderapi.com/api-docs/messages/send-text-message
- Meta's Cloud API: `POST /{phone_number_id}/messages`, and its error codes,
  https://developers.facebook.com/documentation/business-messaging/whatsapp/support/error-codes
- Twilio: `POST /2010-04-01/Accounts/{sid}/Messages.json`, https://www.twilio.com/docs/messaging/api/message-resource
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final, TypeAlias
from urllib.parse import urlencode

from service.outbox.accounts import Account, Channel
from service.outbox.endpoint import Endpoint
from service.outbox.rate import Rate
from service.outbox.targets import Outcome, Refused, Retry, Sent

__all__ = ["WIRES", "Sender", "Wire"]

_Path: TypeAlias = tuple[str | int, ...]

# A person's identifier that says their phone number, as the channels write it.
_PHONE: Final = re.compile(
    r"(?:whatsapp:)?\+?([0-9]{5,20})(?:_[0-9]+)?(?::[0-9]+)?(?:@(?:s\.whatsapp\.net|c\.us|hosted))?"
)


@dataclass(frozen=True, slots=True)
class Wire:
    """How a channel is asked to send a text, and where its answers have what.

    `request` makes the body from chat, text and the account's own number. `message_id`, `code` and `after` are where an
    answer has the message's id, an error's number and the seconds to wait. `passing` are numbers of errors that may
    pass, whatever the status says.
    """

    rate: Rate
    request: Callable[[str, str, str], bytes]
    message_id: _Path
    code: _Path = ()
    after: _Path = ()
    passing: frozenset[int] = frozenset()
    media_type: str = "application/json"


class Sender:
    """Sends texts through one channel."""

    def __init__(self, endpoint: Endpoint, account: Account, wire: Wire) -> None:
        self._endpoint = endpoint
        self._account = account
        self._wire = wire
        self.rate = wire.rate

    @property
    def deadline(self) -> float:
        return self._endpoint.deadline

    async def send(self, chat: str, text: str) -> Outcome:
        """One attempt. What the channel says is not quoted but for numbers of errors: it may repeat text or number."""
        wire = self._wire
        content = wire.request(chat, text, self._account.sender)
        answer = await self._endpoint.ask(content, {"Content-Type": wire.media_type, **self._account.headers})
        if isinstance(answer, Retry):
            return answer
        outcome, said = self._endpoint.outcome(answer), _read(answer.content)
        if isinstance(outcome, Sent):
            if _at(said, ("success",)) is False:
                return Retry(None, f"status {answer.status}, and yet the channel did not take it")
            # The channel has it, also where it does not say under which id.
            return Sent(_identifier(_at(said, wire.message_id)))
        code, error = _number(_at(said, wire.code)), outcome.error
        if code is not None:
            error = f"{error}, code {code:.0f}"
        if isinstance(outcome, Refused):
            return Retry(None, error) if code in wire.passing else Refused(error)
        return Retry(_number(_at(said, wire.after)) if outcome.after is None else outcome.after, error)


def _evolution(chat: str, text: str, _: str) -> bytes:
    return _json({"number": chat, "text": text})


def _wasender(chat: str, text: str, _: str) -> bytes:
    # A number as people write it, or else an identifier.
    phone = _phone(chat)
    return _json({"to": chat if phone is None else f"+{phone}", "text": text})


def _cloud(chat: str, text: str, _: str) -> bytes:
    phone = _phone(chat)
    # Who has a user name may have no number: then it is the id that the business alone knows them by.
    to = {"recipient": chat} if phone is None else {"to": phone}
    message = {"messaging_product": "whatsapp", "recipient_type": "individual", **to}
    return _json({**message, "type": "text", "text": {"preview_url": False, "body": text}})


def _twilio(chat: str, text: str, sender: str) -> bytes:
    def address(written: str) -> str:
        phone = _phone(written)
        return written if phone is None else f"whatsapp:+{phone}"

    form = {"To": address(chat), "From": address(sender), "Body": text}
    return urlencode(form, errors="replace").encode()


WIRES: Final[Mapping[Channel, Wire]] = {
    # No limit of its own. WhatsApp blocks numbers that send like machines, so this is a careful guess.
    "evolution": Wire(Rate(2), _evolution, ("key", "id")),
    # Paid plans take 256 a minute, the trial one, and with account protection one in five seconds.
    "wasender": Wire(Rate(12, 60.0), _wasender, ("data", "msgId"), after=("retry_after",)),
    # 80 a second for each number of the business.
    "cloud": Wire(
        Rate(40),
        _cloud,
        ("messages", 0, "id"),
        code=("error", "code"),
        # Too many requests (4, 80007, 130429, 131048, 131056), and what is wrong there for a while (1, 2, 131000,
        # 131016, 131057, 133004).
        passing=frozenset({1, 2, 4, 80007, 130429, 131000, 131016, 131048, 131056, 131057, 133004}),
    ),
    # 80 a second for each WhatsApp sender.
    "twilio": Wire(
        Rate(40),
        _twilio,
        ("sid",),
        code=("code",),
        passing=frozenset({20429, 63018}),
        media_type="application/x-www-form-urlencoded",
    ),
}


def _phone(chat: str) -> str | None:
    """The digits of the phone number that an identifier says; None where it says none."""
    found = _PHONE.fullmatch(chat.strip())
    return None if found is None else found[1]


def _json(value: Mapping[str, Any]) -> bytes:
    return json.dumps(value, separators=(",", ":")).encode()


def _read(content: bytes) -> Any:
    """An answer's JSON; None for what is none."""
    try:
        return json.loads(content)
    except (ValueError, RecursionError):
        return None


def _at(value: Any, path: _Path) -> Any:
    """What is at a place; None where there is nothing, or no path."""
    for step in path or ("",):
        if isinstance(step, int) and isinstance(value, list) and step < len(value):
            value = value[step]
        elif isinstance(value, dict):
            value = value.get(step)
        else:
            return None
    return value


def _number(value: Any) -> float | None:
    """A number such as there are codes and seconds: too short for one of a telephone."""
    return value if isinstance(value, int | float) and 0 <= value < 10_000_000 else None


def _identifier(value: Any) -> str | None:
    return str(value) if isinstance(value, str | int) and 0 < len(str(value)) <= 255 else None
