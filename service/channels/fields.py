"""The values of a JSON object by what they should be, and what is said where they are something else.

Null is the same as absent. What is said names keys and kinds of values and never a value: those are personal data.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from service.channels.inbound import BadPayload

__all__ = ["EXAMPLE", "found", "object_at", "text_at", "truth_at"]

EXAMPLE = (
    '{"event": "messages.upsert", "data": {"messages": [{"key": {"remoteJid": "1234567890@s.whatsapp.net", '
    '"fromMe": false, "id": "message_id"}, "message": {"conversation": "I need to speak with a human"}}]}}'
)

_MAX_KEYS = 8
# A key that is none of a format's own may be anything, a phone number too.
_PLAIN_KEY = re.compile(r"[A-Za-z_][A-Za-z_]{0,39}")
_KINDS = {str: "a text", bool: "true or false", int: "a number", float: "a number", type(None): "null"}


def text_at(values: Mapping[str, Any], key: str, path: str) -> str | None:
    """The text under `key`, as it is. Raises BadPayload, which says `path`."""
    value = values.get(key)
    if value is None or isinstance(value, str):
        return value
    raise _wrong(path, "a text", value)


def truth_at(values: Mapping[str, Any], key: str, path: str) -> bool:
    """True or false under `key`; absent is false. Raises BadPayload, which says `path`."""
    value = values.get(key)
    if value is None or isinstance(value, bool):
        return bool(value)
    raise _wrong(path, "true or false", value)


def object_at(values: Mapping[str, Any], key: str, path: str) -> Mapping[str, Any] | None:
    """The object under `key`. Raises BadPayload, which says `path`."""
    value = values.get(key)
    if value is None or isinstance(value, dict):
        return value
    raise _wrong(path, "an object", value)


def found(value: object) -> str:
    """What a value is, without itself: its kind, and the keys of an object."""
    if isinstance(value, dict):
        return f"an object with {_keys(value)}" if value else "an empty object"
    if isinstance(value, list):
        return f"a list of {len(value):,}"
    return _KINDS[type(value)]


def _keys(values: Mapping[str, Any]) -> str:
    named = [f"`{key}`" for key in values if _PLAIN_KEY.fullmatch(key)][:_MAX_KEYS]
    more = len(values) - len(named)
    if not named:
        return f"{more:,} unknown keys"
    return "the keys " + ", ".join(named) + (f" and {more:,} more" if more else "")


def _wrong(path: str, expected: str, value: object) -> BadPayload:
    return BadPayload(422, f"`{path}` should be {expected}, and is {found(value)}")
