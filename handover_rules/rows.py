"""Messages as rows, of JSON Lines or of a table: what one row may hold, and what is said of a bad one.

Null is the same as absent, further keys are ignored, and text stands for a whole number or for true and false as well,
since CSV knows nothing else. Half of a surrogate pair, as phones send it now and then, is replaced in texts and kept in
names.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any, Literal, TypeAlias

from handover_rules.errors import DataError
from handover_rules.messages import encodable

__all__ = ["Fields", "InputRow", "RowError", "read_json", "read_message", "read_row"]

Speaker: TypeAlias = Literal["customer", "bot", "human"]

_SPEAKERS: Mapping[str, Speaker] = {
    "customer": "customer",
    "user": "customer",
    "bot": "bot",
    "human": "human",
    "agent": "human",
}
# Time zones and spans are added to a row's time, which must not leave what `datetime` can hold. Turns can be seconds.
_FIRST_YEAR, _LAST_YEAR = 1900, 2999
_MAX_WHOLE = 1_000_000
_KINDS = {str: "a text", bool: "true or false", int: "a number", float: "a number", list: "a list", dict: "an object"}


class RowError(ValueError):
    """What is wrong with a row, and what was expected; where it stands is for the reader of the file to say."""


@dataclass(frozen=True, slots=True)
class InputRow:
    """One message. `sent_at` has a time zone: UTC where the row gives no offset.

    Of what the bot said, `bot_failed` says that it could not answer, and `bot_offered` that it offered a person.
    """

    id: str
    text: str
    language: str | None
    channel: str | None
    conversation_id: str | None
    turn: int | None
    speaker: Speaker
    bot_failed: bool
    bot_offered: bool
    sent_at: datetime | None


def read_row(line: bytes, number: int) -> InputRow:
    """Read a line of JSON Lines. Raises DataError that names the line, the key and what was expected."""
    try:
        return read_message(read_json(line))
    except RowError as error:
        raise DataError(f"line {number}: {error}") from None


def read_json(line: bytes) -> object:
    """The record on a line of JSON Lines. Raises RowError."""
    try:
        return json.loads(line)
    except UnicodeDecodeError:
        raise RowError("this is not UTF-8") from None
    except ValueError as error:  # not JSON, or a number of thousands of digits
        raise RowError(f"this is not JSON: {error}") from None
    except RecursionError:
        raise RowError("this JSON is nested too deeply") from None


def read_message(record: object) -> InputRow:
    """The message of a record. Raises RowError.

    A row of a conversation may go without `id`, which is then made of `conversation_id` and `turn`. A row without a
    `speaker` is the customer's; "user" is read as "customer", "agent" as "human".
    """
    fields = Fields(record)
    conversation = fields.name("conversation_id")
    turn = fields.whole("turn")
    name = fields.name("id")
    if name is None:
        if conversation is None or turn is None:
            raise fields.wrong("id", "a text")
        name = f"{conversation}:{turn}"
    text = fields.text("text")
    if text is None:
        raise fields.wrong("text", "a text")
    speaker = _SPEAKERS.get(fields.text("speaker") or "customer")
    if speaker is None:
        raise fields.wrong("speaker", "`customer`, `bot` or `human`")
    return InputRow(
        name,
        text,
        fields.text("language"),
        fields.text("channel"),
        conversation,
        turn,
        speaker,
        fields.flag("bot_failed"),
        fields.flag("bot_offered"),
        fields.moment("sent_at"),
    )


class Fields:
    """The values of a record by what they should be; one that is something else is a RowError."""

    __slots__ = ("values",)

    def __init__(self, record: object) -> None:
        if not isinstance(record, dict):
            raise RowError('expected an object such as {"id": "1", "text": "hello"}')
        self.values: Mapping[str, Any] = record

    def text(self, key: str) -> str | None:
        value = self.values.get(key)
        if value is None:
            return None
        if not isinstance(value, str):
            raise self.wrong(key, "a text")
        return encodable(value)

    def name(self, key: str) -> str | None:
        """A text that names something, as it was given. A number names it as well, an empty text does not."""
        value = self.values.get(key)
        if value is None or isinstance(value, str):
            return value or None
        if type(value) is int:  # a bool is an int to Python, and not to whoever wrote the row
            return str(value)
        raise self.wrong(key, "a text")

    def flag(self, key: str) -> bool:
        """Absent is false."""
        value = self.values.get(key)
        if value is None or isinstance(value, bool):
            return bool(value)
        if isinstance(value, str) and value.lower() in ("true", "false"):
            return value.lower() == "true"
        raise self.wrong(key, "true or false")

    def whole(self, key: str) -> int | None:
        """A whole number from 0 to a million."""
        value = self.values.get(key)
        if value is None:
            return None
        # Python reads no text of thousands of digits. A Parquet column with nulls holds fractions.
        digits = isinstance(value, str) and value.isdecimal() and len(value) < 20
        if not digits and type(value) is not int and not (isinstance(value, float) and value.is_integer()):
            raise self.wrong(key, "a whole number")
        if not 0 <= int(value) <= _MAX_WHOLE:
            raise self.wrong(key, f"a whole number from 0 to {_MAX_WHOLE:,}")
        return int(value)

    def moment(self, key: str) -> datetime | None:
        """A point in time; one without an offset is UTC."""
        value = self.values.get(key)
        if value is None:
            return None
        try:
            # Parquet has times of its own.
            moment = datetime.fromisoformat(str(value) if isinstance(value, date) else value)
        except (TypeError, ValueError):
            raise self.wrong(key, "a time such as 2026-03-02T10:30:00Z") from None
        if not _FIRST_YEAR <= moment.year <= _LAST_YEAR:
            raise self.wrong(key, f"a time in the years {_FIRST_YEAR} to {_LAST_YEAR}")
        return moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)

    def wrong(self, key: str, expected: str) -> RowError:
        """The error for a key. The value itself may be a customer's words, so only its kind is told."""
        value = self.values.get(key)
        met = (
            "missing"
            if value is None
            else "empty"
            if value == ""
            else f"{_KINDS.get(type(value), 'something else')} here"
        )
        return RowError(f"`{key}` must be {expected}, and is {met}")
