"""Who a WhatsApp identifier stands for, and what kind of chat it names.

An identifier is `user[_agent][:device]@server` (Baileys, `src/WABinary/jid-utils.ts`). A person's server is
`s.whatsapp.net`, formerly `c.us`, where the user is a phone number; behind `lid` the user is a number that WhatsApp
made up. `hosted` and `hosted.lid` are the same for numbers in the cloud.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

__all__ = ["customer_of", "is_opaque", "no_conversation", "phone_among"]

_PHONE_SERVERS = frozenset({"s.whatsapp.net", "c.us", "hosted"})
_OPAQUE_SERVERS = frozenset({"lid", "hosted.lid"})

# Only after digits are `_1` and `:12` agent and device: invented users such as `test_1` stay apart.
_NUMBERED = re.compile(r"([0-9]+)(?:_[0-9]+)?(?::[0-9]+)?")
# A phone number as people write it, with the dashes and invisible marks that address books add.
_SEPARATORS = r"\s().\-/\u00ad\u2010-\u2015\u200b-\u200f\u202a-\u202e\u2060-\u2069"
_WRITTEN = re.compile(rf"[{_SEPARATORS}]*+\+?[{_SEPARATORS}]*+[0-9][0-9{_SEPARATORS}]*")
_NO_DIGIT = re.compile(r"[^0-9]")

_CHATS = {
    "g.us": "this was written in a group; only conversations with one person are decided",
    "broadcast": "this was sent to a broadcast list, not in a conversation with one person",
    "newsletter": "this is a post in a WhatsApp channel, not a conversation with one person",
    "bot": "this belongs to a conversation with WhatsApp's own assistant, not with a person",
    "call": "this is a call, not a message",
}
_STATUS = "this is a status post, not a message to the business"


def customer_of(identifier: str) -> str:
    """Who an identifier, or a phone number as people write it, stands for.

    The digits of a phone number; `<digits>@lid` where WhatsApp keeps the number to itself, so that it is not taken for
    a phone number; else the identifier. Customers stay as they are: `customer_of(customer_of(x)) == customer_of(x)`.
    """
    identifier = identifier.strip()
    user, server = identifier.partition("@")[0].strip(), _server(identifier)
    if server:
        numbered = _NUMBERED.fullmatch(user)
        if server in _OPAQUE_SERVERS:
            return f"{numbered[1] if numbered else user}@lid"
        if server not in _PHONE_SERVERS or not user:
            return identifier
        if numbered:
            return numbered[1]
        identifier = user
    return _NO_DIGIT.sub("", identifier) if _WRITTEN.fullmatch(identifier) else identifier


def is_opaque(identifier: str) -> bool:
    """Whether the identifier is a person's whose phone number it does not show."""
    return _server(identifier) in _OPAQUE_SERVERS


def phone_among(identifiers: Iterable[str | None]) -> str | None:
    """The digits of the first that is a phone number."""
    customers = (customer_of(one) for one in identifiers if one)
    return next((one for one in customers if one.isascii() and one.isdigit()), None)


def no_conversation(chat: str) -> str | None:
    """Why nothing in this chat is a conversation with one person; None if it is one."""
    if chat.startswith("status@"):
        return _STATUS
    return _CHATS.get(_server(chat))


def _server(identifier: str) -> str:
    return identifier.partition("@")[2].strip().casefold()
