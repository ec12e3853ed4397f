"""The predictions of two runs, joined by DuckDB: the same message of the same file in both."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from eval.diff.difference import Said
from handover_rules.errors import DataError

__all__ = ["Decided", "Join", "Joined", "Shared", "counted_by", "join"]

_NEEDED = ("file", "row_id", "label", "left_out", "outcome", "rule")
# What older runs lack.
_KNOWN = ("conversation_id", "language", "category")

_JOIN = """
    SELECT shared.number, b.row_id, b.label, b.left_out IS NULL AND a.left_out IS NULL,
           coalesce(a.conversation_id, b.conversation_id), coalesce(a.language, b.language),
           coalesce(a.category, b.category), b.outcome, b.rule, a.outcome, a.rule
    FROM shared
    JOIN before AS b ON b.file = shared.before
    JOIN after AS a ON a.file = shared.after AND a.row_id = b.row_id
    ORDER BY shared.number, b.number
"""
_COUNTED = """
    SELECT file, conversation_id, label, outcome = 'handover'
    FROM predictions SEMI JOIN files USING (file)
    WHERE left_out IS NULL AND outcome IS NOT NULL
    ORDER BY number
"""


@dataclass(frozen=True, slots=True)
class Shared:
    """A data file of both runs: its path in each, which may differ, and its hash, which does not."""

    before: str
    after: str
    sha256: str


@dataclass(frozen=True, slots=True)
class Decided:
    """What a run decided about a message that its view counts; a conversation is known by its file and id."""

    conversation: tuple[str, str] | None
    label: int
    handover: bool


@dataclass(frozen=True, slots=True)
class Joined:
    """A message that both runs decided; `file` is the number of the shared file.

    An outcome is None where a detector on trial could not answer. `counted`: in both views. Conversation, language and
    category are None also where neither run kept them.
    """

    file: int
    row_id: str
    label: int | None
    counted: bool
    conversation_id: str | None
    language: str | None
    category: str | None
    before: Said
    after: Said


@dataclass(frozen=True, slots=True)
class Join:
    """The messages of both runs, in the order of the shared files and of the first run's rows.

    `only_before` and `only_after` count those of the shared files that one run alone decided. `lacking` are the columns
    that neither run kept.
    """

    messages: tuple[Joined, ...]
    only_before: int
    only_after: int
    lacking: tuple[str, ...]


def join(before: Path, after: Path, shared: Sequence[Shared]) -> Join:
    """Join the predictions of two runs. Raises DataError where they cannot be read or lack what is needed."""
    tables, kept = zip(*(_read(path) for path in (before, after)), strict=True)
    was, is_now = [one.before for one in shared], [one.after for one in shared]
    pairs = pa.table({"number": pa.array(range(len(shared)), pa.int64()), "before": was, "after": is_now})
    rows = _asked(_JOIN, before=tables[0], after=tables[1], shared=pairs)
    return Join(
        messages=tuple(map(_message, rows)),
        only_before=_of_files(tables[0], was) - len(rows),
        only_after=_of_files(tables[1], is_now) - len(rows),
        lacking=tuple(name for name in _KNOWN if name not in kept[0] | kept[1]),
    )


def counted_by(predictions: Path, files: Sequence[str]) -> list[Decided]:
    """The messages of these files that a run's figures count. Raises DataError as `join`."""
    rows = _asked(_COUNTED, predictions=_read(predictions)[0], files=pa.table({"file": list(files)}))
    return [
        Decided(None if conversation is None else (file, conversation), label, handover)
        for file, conversation, label, handover in rows
    ]


def _message(row: tuple[Any, ...]) -> Joined:
    number, row_id, label, counted, conversation, language, category, *said = row
    before, after = Said(*said[:2]), Said(*said[2:])
    return Joined(number, row_id, label, counted, conversation, language, category, before, after)


def _read(predictions: Path) -> tuple[pa.Table, frozenset[str]]:
    """The columns that matter, null where a run has none of that name, with the rows' numbers; and which it has."""
    try:
        kept = frozenset(pq.read_schema(predictions).names)
        missing = [name for name in _NEEDED if name not in kept]
        if missing:
            raise DataError(
                f"{predictions}: there is no column {', '.join(missing)}; another version of this program kept this "
                "run: make it again with `handover eval`"
            )
        table = pq.read_table(predictions, columns=[name for name in (*_NEEDED, *_KNOWN) if name in kept])
    except (OSError, pa.ArrowException) as error:
        raise DataError(f"{predictions}: cannot be read: {error}") from None
    for name in _KNOWN:
        if name not in kept:
            table = table.append_column(name, pa.nulls(len(table), pa.string()))
    return table.append_column("number", pa.array(range(len(table)), pa.int64())), kept


def _of_files(table: pa.Table, files: Sequence[str]) -> int:
    wanted = pa.table({"file": list(files)})
    return int(
        _asked("SELECT count(*) FROM predictions SEMI JOIN files USING (file)", predictions=table, files=wanted)[0][0]
    )


def _asked(query: str, **tables: pa.Table) -> list[tuple[Any, ...]]:
    """What DuckDB answers about tables of these names."""
    with duckdb.connect() as connection:
        for name, table in tables.items():
            connection.register(name, table)
        return list(connection.execute(query).fetchall())
