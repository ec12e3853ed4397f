"""Messages as JSON Lines: what one row may hold, and what is said of a bad one."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal, TypeVar

from handover_rules.errors import DataError

__all__ = ["InputRow", "read_row"]

T = TypeVar("T")
# Time zones and spans are added to a row's time, which must not leave what `datetime` can hold.
FIRST_YEAR, LAST_YEAR = 1900, 2999
_SPEAKERS = ("customer", "bot", "human")


@dataclass(frozen=True, slots=True)
class InputRow:
    """One row. `sent_at` has a time zone; a row without a `speaker` is the customer's."""

    id: str
    text: str
    language: str | None
    channel: str | None
    conversation_id: str | None
    turn: int | None
    speaker: Literal["customer", "bot", "human"]
    bot_failed: bool
    sent_at: datetime | None


def read_row(line: bytes, number: int) -> InputRow:
    """Read a line. Raises DataError that names the line, the key and what was expected."""
    try:
        row = json.loads(line)
    except ValueError as error:  # not JSON, not a Unicode encoding, or a number of thousands of digits
        raise DataError(f"line {number}: this is not JSON: {error}") from None
    except RecursionError:
        raise DataError(f"line {number}: this JSON is nested too deeply") from None
    if not isinstance(row, dict):
        raise DataError(f'line {number}: expected an object such as {{"id": "1", "text": "hello"}}')
    reader = _Row(row, number)
    conversation = reader.get("conversation_id", (str, int), "a text")
    turn = reader.get("turn", int, "a whole number")
    given = reader.get("id", (str, int), "a text")
    if given is None:
        if conversation is None or turn is None:
            raise reader.wrong("id", "a text")
        given = f"{conversation}:{turn}"
    text = reader.get("text", str, "a text")
    if text is None:
        raise reader.wrong("text", "a text")
    speaker = reader.get("speaker", str, "a text") or "customer"
    speaker = {"agent": "human", "user": "customer"}.get(speaker, speaker)
    if speaker not in _SPEAKERS:
        raise reader.wrong("speaker", "`customer`, `bot` or `human`")
    return InputRow(
        str(given),
        text,
        reader.get("language", str, "a text"),
        reader.get("channel", str, "a text"),
        None if conversation is None else str(conversation),
        turn,
        speaker,  # type: ignore[arg-type]  # checked above
        bool(reader.get("bot_failed", bool, "true or false")),
        reader.time("sent_at"),
    )


@dataclass(frozen=True, slots=True)
class _Row:
    values: Mapping[str, Any]
    number: int

    def get(self, key: str, kinds: type[T] | tuple[type[Any], ...], expected: str) -> Any:
        """The value of a key, None where it is absent or null."""
        value = self.values.get(key)
        # A bool is an int to Python, and not to whoever wrote the row.
        if value is None or (isinstance(value, kinds) and (not isinstance(value, bool) or kinds is bool)):
            return value
        raise self.wrong(key, expected)

    def time(self, key: str) -> datetime | None:
        """A point in time; one without an offset is UTC."""
        value = self.get(key, str, "a time such as 2026-03-02T10:30:00Z")
        if value is None:
            return None
        try:
            moment = datetime.fromisoformat(value)
        except ValueError:
            raise self.wrong(key, "a time such as 2026-03-02T10:30:00Z") from None
        if not FIRST_YEAR <= moment.year <= LAST_YEAR:
            raise self.wrong(key, f"a time in the years {FIRST_YEAR} to {LAST_YEAR}")
        return moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)

    def wrong(self, key: str, expected: str) -> DataError:
        value = self.values.get(key)
        number = "a number"
        kinds = {str: "a text", bool: "true or false", int: number, float: number, list: "a list", dict: "an object"}
        # The value itself may be a customer's words, so only its kind is told.
        met = "is missing" if value is None else f"is {kinds.get(type(value), 'something else')} here"
        return DataError(f"line {self.number}: `{key}` must be {expected}, and {met}")
