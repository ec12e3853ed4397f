"""The three kinds of data file, read as plain records: JSON Lines, CSV and Parquet."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from handover_rules.rows import RowError, read_json

__all__ = ["read_records"]

# What spreadsheets write between columns where commas stand in numbers.
_WRONG_MARKS: Mapping[str, str] = {";": "semicolons", "\t": "tabs"}


def read_records(path: Path) -> Iterator[tuple[int, object]]:
    """Every record with its line from 1 (in Parquet its number); a RowError stands for an unreadable one.

    The kind of file is told by its suffix; anything but `.csv` and `.parquet` is JSON Lines. Raises OSError.
    """
    match path.suffix.lower():
        case ".csv":
            return _csv(path)
        case ".parquet":
            return _parquet(path)
        case _:
            return _json_lines(path)


def _json_lines(path: Path) -> Iterator[tuple[int, object]]:
    with path.open("rb") as lines:
        for number, line in enumerate(lines, 1):
            if line.isspace():
                continue
            record: object
            try:
                record = read_json(line)
            except RowError as error:
                record = error
            yield number, record


def _csv(path: Path) -> Iterator[tuple[int, object]]:
    # Undecodable bytes become lone surrogates, so that they are found on the row where they stand.
    with path.open(encoding="utf-8-sig", errors="surrogateescape", newline="") as lines:
        # Strict: a quote that is never closed would swallow the rest of the file as one text.
        table = csv.DictReader(lines, strict=True)
        try:
            if table.fieldnames is not None:
                _check_header(table.fieldnames)
            for record in table:
                # Spreadsheets write rows that nobody filled in.
                if any(record.values()):
                    yield table.line_num, _csv_record(record)
        except RowError as error:
            yield 1, error
        except csv.Error as error:
            yield table.line_num + 1, RowError(f"expected CSV: {error}; is a quote never closed?")


def _csv_record(record: Mapping[str | None, str | None]) -> object:
    if None in record:
        return RowError("more fields than the header names; quote a text that holds a comma")
    try:
        "".join(filter(None, record.values())).encode()
    except UnicodeEncodeError:
        return RowError("this is not UTF-8")
    # An empty field is an absent one, but a message may be empty.
    return {k: v for k, v in record.items() if v or k == "text"}


def _check_header(names: Sequence[str]) -> None:
    """Raises RowError. Names are not shown: where the header is missing, they are a customer's words."""
    if "text" not in names:
        separated = next((what for mark, what in _WRONG_MARKS.items() if mark in "".join(names)), None)
        hint = f"; its columns are separated by {separated}, export it with commas" if separated else ""
        raise RowError(f"the header has no column `text`; expected names such as id,text,label{hint}")
    named = [name for name in names if name]
    if len(set(named)) < len(named):
        raise RowError("the header has the same column twice; expected each once")


def _parquet(path: Path) -> Iterator[tuple[int, object]]:
    import pyarrow as pa
    import pyarrow.parquet as pq

    number = 0
    try:
        with pq.ParquetFile(path) as table:
            for batch in table.iter_batches():
                for record in batch.to_pylist():
                    number += 1
                    yield number, record
    except pa.ArrowInvalid as error:
        yield number + 1, RowError(f"expected a Parquet file: {error}")
