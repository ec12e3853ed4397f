"""Labelled messages: reading them from files, and refusing what cannot be trusted.

The format is one JSON object a line (`.jsonl`), or the same columns as CSV or Parquet: a message as
`handover_rules.rows` reads it, and what is known about it. The rows of a conversation stand together, in the
order of their turns.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, fields, replace
from operator import attrgetter
from pathlib import Path

from eval.records import read_records
from handover_rules.errors import DataError, UsageError
from handover_rules.messages import encodable
from handover_rules.rows import Fields, InputRow, RowError, read_message
from handover_rules.templates import redact

__all__ = ["DataFile", "Dataset", "Row", "find_files", "read_dataset", "read_rows"]

# What an error message lists at most: with more, the cause is one for all.
_SHOWN_PROBLEMS = 10

_MESSAGE = attrgetter(*(known.name for known in fields(InputRow)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Row(InputRow):
    """One line of a data file: a message, and what is known about it.

    `label` is 1 when a person should take over, 0 when not, None when nobody said. `group` is shared by
    near-duplicates, which a split must keep together. `ambiguous`: a sensible team could label it the other
    way. `line` is where it stands in its file, from 1 (in Parquet its number); 0 where it is of no file.
    """

    label: int | None
    category: str | None
    source: str | None
    source_label: str | None
    split: str | None
    group: str
    ambiguous: bool
    line: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class DataFile:
    """A file that was read whole: its path as given, the SHA-256 (hex) of its content, and its rows."""

    path: str
    sha256: str
    rows: tuple[Row, ...]

    def before(self, number: int) -> tuple[Row, ...]:
        """What was said in the same conversation before the row of that number, oldest first."""
        conversation = self.rows[number].conversation_id
        first = number
        while conversation is not None and first > 0 and self.rows[first - 1].conversation_id == conversation:
            first -= 1
        return self.rows[first:number]


@dataclass(frozen=True, slots=True)
class Dataset:
    """Files that are evaluated side by side; figures of all of them together are said to be that."""

    files: tuple[DataFile, ...]

    def without_split(self, split: str) -> Dataset:
        """All rows but those of a split, as `of_split`; all rows where every one is of it."""
        return self._with(lambda row: row.split != split) or self

    def of_split(self, split: str) -> Dataset:
        """Only the rows of a split; a conversation is kept or left out as a whole.

        Files keep their hashes; one without such rows is left out. Raises UsageError where none is left.
        """
        kept = self._with(lambda row: row.split == split)
        if kept is None:
            known = sorted({row.split for file in self.files for row in file.rows if row.split})
            raise UsageError(f"no row is of the split {split!r}; splits in these files: {', '.join(known) or 'none'}")
        return kept

    def _with(self, wanted: Callable[[Row], bool]) -> Dataset | None:
        kept = []
        for file in self.files:
            talks = {row.conversation_id for row in file.rows if wanted(row)} - {None}
            rows = tuple(row for row in file.rows if wanted(row) or row.conversation_id in talks)
            if rows:
                kept.append(replace(file, rows=rows))
        return Dataset(tuple(kept)) if kept else None


def find_files(paths: Iterable[Path]) -> list[Path]:
    """The files that are meant, each once, in a fixed order; a folder is searched for `*.jsonl`.

    Raises UsageError for a folder without one.
    """
    files: dict[Path, Path] = {}
    for path in paths:
        found = sorted(path.rglob("*.jsonl")) if path.is_dir() else [path]
        if not found:
            raise UsageError(f"{path}: no *.jsonl file in this folder; name a folder or file with labelled messages")
        files |= {file.resolve(): file for file in found}
    return list(files.values())


def read_rows(path: str | Path) -> Iterator[Row]:
    """The rows of a file, one by one. Raises DataError at the first bad one, naming file and line."""
    for row in _read(Path(path)):
        if isinstance(row, _Bad):
            raise DataError(str(row))
        yield row


def read_dataset(paths: Sequence[str | Path]) -> Dataset:
    """Read files whole; one that is named twice, however it is spelled, is read once, under its first name.

    Raises one DataError for the bad rows of all of them; it lists the first ten.
    """
    files: list[DataFile] = []
    bad: list[_Bad] = []
    named: dict[str, Path] = {}
    for path in map(Path, paths):
        named.setdefault(os.path.realpath(path), path)
    for path in named.values():
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
                row = _row(record, line)
            except RowError as error:
                yield _Bad(str(path), line, str(error))
                continue
            if row.id in ids:
                # An id may be a customer's phone number.
                shown = redact(row.id)
                yield _Bad(str(path), line, f"id {shown!r} was used on line {ids[row.id]}; expected ids to be unique")
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
        shown = redact(row.conversation_id)
        return f"conversation {shown!r} was left and comes again; its rows must stand together"
    return None


def _row(record: object, line: int) -> Row:
    if isinstance(record, RowError):
        raise record
    message, known = read_message(record), Fields(record)
    if message.conversation_id is not None and message.turn is None:
        raise known.wrong("turn", "a whole number")
    if message.id != encodable(message.id):
        raise RowError("`id` holds half of a surrogate pair, which a run cannot record")
    return Row(
        *_MESSAGE(message),
        label=_label(known),
        category=known.text("category"),
        source=known.text("source"),
        source_label=known.text("source_label"),
        split=known.text("split"),
        group=known.name("group") or message.id,
        ambiguous=known.flag("ambiguous"),
        line=line,
    )


def _label(known: Fields) -> int | None:
    value = known.values.get("label")
    if value is None:
        return None
    # pandas writes whole numbers of a column with gaps as fractions.
    if value not in (0, 1, "0", "1", "0.0", "1.0"):
        raise known.wrong("label", "1 (a person should take over) or 0")
    return int(float(value))
