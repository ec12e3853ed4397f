"""A customer's message, as the engine sees it whatever channel it came by."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

__all__ = ["Message", "encodable"]

_NOTHING: Mapping[str, object] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Message:
    """One message of a customer.

    `language` is a lower-case ISO 639-1 code, or None when nobody said. `customer` holds what the CRM knows of
    the sender (for `customer:` conditions), `event` the channel's own payload (for `field:` conditions).
    """

    id: str
    text: str
    language: str | None = None
    channel: str | None = None
    customer: Mapping[str, object] = field(default_factory=lambda: _NOTHING)
    event: Mapping[str, object] = field(default_factory=lambda: _NOTHING)


def encodable(text: str) -> str:
    """The text with halves of surrogate pairs, which are no characters and which RE2 does not take, replaced."""
    return text if text.isascii() else text.encode("utf-8", "replace").decode()
