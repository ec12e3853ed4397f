"""Labelled messages: reading them from files, and refusing what cannot be trusted.

The format is one JSON object a line (`.jsonl`), or the same columns as CSV or Parquet. Only `text` is always
needed, and `id` where a row belongs to no conversation; null is the same as absent, and further keys are
ignored. The rows of a conversation stand together, in the order of their turns.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal, TypeAlias

from eval.records import RecordError, read_records
from handover_rules.errors import DataError

__all__ = ["DataFile", "Dataset", "Row", "Speaker", "read_dataset", "read_rows"]

Speaker: TypeAlias = Literal["customer", "bot", "human"]

_SPEAKERS: Mapping[str, Speaker] = {
    "customer": "customer",
    "user": "customer",
    "bot": "bot",
    "human": "human",
    "agent": "human",
}

# What an error message lists at most: with more, the cause is one for all.
_SHOWN_PROBLEMS = 10

# What an error message shows of a value at most.
_SHOWN_CHARACTERS = 20

# Turns count seconds on the replay's clock, so they must stay within what a date can carry.
_MAX_TURN = 1_000_000


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a data file.

    `label` is 1 when a person should take over, 0 when not, None when nobody said. `group` is shared by
    near-duplicates, which a split must keep together. `ambiguous`: a sensible team could label it the other
    way. `speaker` "agent" is read as "human", "user" as "customer". `sent_at` has a time zone: UTC where
    the file gives no offset.
    """

    id: str
    text: str
    label: int | None
    category: str | None
    language: str | None
    source: str | None
    source_label: str | None
    split: str | None
    group: str
    ambiguous: bool
    conversation_id: str | None
    turn: int | None
    speaker: Speaker
    bot_failed: bool
    channel: str | None
    sent_at: datetime | None


@dataclass(frozen=True, slots=True)
class DataFile:
    """A file that was read whole: its path as given, the SHA-256 (hex) of its content, and its rows."""

    path: str
    sha256: str
    rows: tuple[Row, ...]


@dataclass(frozen=True, slots=True)
class Dataset:
    """Files that are evaluated side by side; their rows are never pooled."""

    files: tuple[DataFile, ...]


def read_rows(path: str | Path) -> Iterator[Row]:
    """The rows of a file, one by one. Raises DataError at the first bad one, naming file and line."""
    for row in _read(Path(path)):
        if isinstance(row, _Bad):
            raise DataError(str(row))
        yield row


def read_dataset(paths: Sequence[str | Path]) -> Dataset:
    """Read files whole. Raises one DataError for the bad rows of all of them; it lists the first ten."""
    files: list[DataFile] = []
    bad: list[_Bad] = []
    for path in map(Path, paths):
        rows: list[Row] = []
        for row in _read(path):
            if isinstance(row, _Bad):
                bad.append(row)
            else:
                rows.append(row)
        if not rows and not bad:
            bad.append(_Bad(str(path), None, "has no rows; expected at least one message"))
        if not bad:
            with path.open("rb") as content:
                files.append(DataFile(str(path), hashlib.file_digest(content, "sha256").hexdigest(), tuple(rows)))
    if bad:
        lines = [str(row) for row in bad[:_SHOWN_PROBLEMS]]
        if len(bad) > _SHOWN_PROBLEMS:
            lines.append(f"... and {len(bad) - _SHOWN_PROBLEMS} more bad rows")
        raise DataError("\n".join(lines))
    return Dataset(tuple(files))


@dataclass(frozen=True, slots=True)
class _Bad:
    """A row that cannot be used, with the line it stands on (None: the file as a whole)."""

    file: str
    line: int | None
    problem: str

    def __str__(self) -> str:
        return f"{self.file}{'' if self.line is None else f':{self.line}'}: {self.problem}"


def _read(path: Path) -> Iterator[Row | _Bad]:
    """Every row of a file, or what is wrong with it."""
    ids: dict[str, int] = {}
    conversations: set[str] = set()
    last: Row | None = None
    try:
        for line, record in read_records(path):
            try:
                row = _row(record)
            except RecordError as error:
                yield _Bad(str(path), line, str(error))
                continue
            if row.id in ids:
                yield _Bad(
                    str(path),
                    line,
                    f"id {row.id!r} was used on line {ids[row.id]}; expected ids to be unique",
                )
                continue
            ids[row.id] = line
            if row.conversation_id is not None:
                problem = _out_of_order(row, last, conversations)
                if problem:
                    yield _Bad(str(path), line, problem)
                    continue
                conversations.add(row.conversation_id)
            last = row
            yield row
    except OSError as error:
        yield _Bad(str(path), None, f"cannot be read: {error.strerror or error}")


def _out_of_order(row: Row, last: Row | None, conversations: set[str]) -> str | None:
    if last is not None and last.conversation_id == row.conversation_id:
        if row.turn is not None and last.turn is not None and row.turn <= last.turn:
            return f"turn {row.turn} comes after turn {last.turn}; expected the turns of a conversation in order"
    elif row.conversation_id in conversations:
        return f"conversation {row.conversation_id!r} was left and comes again; its rows must stand together"
    return None


def _row(record: object) -> Row:
    if isinstance(record, RecordError):
        raise record
    if not isinstance(record, dict):
        raise RecordError(f"expected a JSON object, found {type(record).__name__}")
    conversation_id = _name(record, "conversation_id")
    turn = _turn(record.get("turn"))
    if conversation_id is not None and turn is None:
        raise RecordError("a conversation's row needs `turn`, a whole number from 0")
    row_id = _name(record, "id") or (None if conversation_id is None else f"{conversation_id}:{turn}")
    if row_id is None:
        raise RecordError("expected `id` (a row of a conversation may have `conversation_id` and `turn` instead)")
    text = _text(record, "text")
    if text is None:
        raise RecordError("expected `text`, the message")
    speaker = _text(record, "speaker")
    if speaker is not None and speaker not in _SPEAKERS:
        raise RecordError(f"`speaker` is {_found(speaker)}; expected {', '.join(_SPEAKERS)}")
    return Row(
        id=row_id,
        text=text,
        label=_label(record.get("label")),
        category=_text(record, "category"),
        language=_text(record, "language"),
        source=_text(record, "source"),
        source_label=_text(record, "source_label"),
        split=_text(record, "split"),
        group=_name(record, "group") or row_id,
        ambiguous=_flag(record, "ambiguous"),
        conversation_id=conversation_id,
        turn=turn,
        speaker="customer" if speaker is None else _SPEAKERS[speaker],
        bot_failed=_flag(record, "bot_failed"),
        channel=_text(record, "channel"),
        sent_at=_time(record.get("sent_at")),
    )


def _name(record: Mapping[str, object], key: str) -> str | None:
    """A text that names something; a number names it as well, an empty text does not."""
    value = record.get(key)
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    return _text(record, key) or None


def _text(record: Mapping[str, object], key: str) -> str | None:
    value = record.get(key)
    if value is None:
        return None
    if not isinstance(value, str):
        raise RecordError(f"`{key}` is {_found(value)}; expected a text")
    if not value.isascii():
        try:
            value.encode()
        except UnicodeEncodeError:
            raise RecordError(f"`{key}` holds half of a surrogate pair; expected whole characters") from None
    return value


def _label(value: object) -> int | None:
    if value is None:
        return None
    if value not in (0, 1, "0", "1"):
        raise RecordError(f"`label` is {_found(value)}; expected 1 (a person should take over), 0, or nothing")
    return int(str(value)) if isinstance(value, str) else int(value == 1)


def _turn(value: object) -> int | None:
    if value is None:
        return None
    if isinstance(value, str) and value.isdecimal():
        value = int(value)
    if isinstance(value, float) and value.is_integer():  # a Parquet column with nulls
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= _MAX_TURN:
        raise RecordError(f"`turn` is {_found(value)}; expected a whole number from 0 to {_MAX_TURN:,}")
    return value


def _flag(record: Mapping[str, object], key: str) -> bool:
    value = record.get(key)
    if value is None:
        return False
    if value is True or value is False:
        return value
    if isinstance(value, str) and value.lower() in ("true", "false"):  # CSV
        return value.lower() == "true"
    raise RecordError(f"`{key}` is {_found(value)}; expected true or false")


def _time(value: object) -> datetime | None:
    if value is None:
        return None
    try:
        time = value if isinstance(value, datetime) else datetime.fromisoformat(str(value))
    except ValueError:
        raise RecordError(f"`sent_at` is {_found(value)}; expected a time such as 2026-01-05T12:00:00Z") from None
    return time if time.utcoffset() is not None else time.replace(tzinfo=UTC)


def _found(value: object) -> str:
    """What stands there, for an error message; a longer text may be a customer's words, which belong in no log."""
    if isinstance(value, str) and len(value) > _SHOWN_CHARACTERS:
        return "a longer text"
    return repr(value) if isinstance(value, str | int | float) else f"a {type(value).__name__}"
