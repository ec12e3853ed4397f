"""The three kinds of data file, read as plain records: JSON Lines, CSV and Parquet."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path

from handover_rules.rows import RowError, read_json

__all__ = ["read_records"]


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
        table = csv.DictReader(lines)
        while True:
            try:
                record = next(table, None)
            except csv.Error as error:
                yield table.line_num, RowError(f"expected CSV: {error}")
                return
            if record is None:
                return
            if None in record:
                yield (
                    table.line_num,
                    RowError("more fields than the header names; quote a text that holds a comma"),
                )
                continue
            try:
                "".join(filter(None, record.values())).encode()
            except UnicodeEncodeError:
                yield table.line_num, RowError("this is not UTF-8")
            else:
                # An empty field is an absent one, but a message may be empty.
                yield table.line_num, {k: v for k, v in record.items() if v or k == "text"}


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
