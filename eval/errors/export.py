"""Listed messages as a data file of their own, to be edited and read again."""

from __future__ import annotations

import csv
import io
import json
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import fields
from datetime import datetime
from pathlib import Path
from typing import TypeAlias

from eval.dataset import DataFile, Row
from handover_rules.errors import UsageError
from handover_rules.messages import encodable
from handover_rules.output import write_output
from handover_rules.templates import redact

__all__ = ["Listed", "check_export", "exported", "write_export"]

# A message by its file and row number, and what is written beside it, by keys of `_BESIDE`.
Listed: TypeAlias = tuple[DataFile, int, Mapping[str, object]]

_KEYS = tuple(field.name for field in fields(Row) if field.name != "line")
_BESIDE = ("decided", "rule", "scores")


def check_export(to: Path, files: Iterable[DataFile]) -> None:
    """Raises UsageError where the file would be written over data, or could not be read again."""
    if to.suffix.lower() == ".parquet":
        raise UsageError(
            f"--export {to}: rows are written as JSON Lines or CSV; name a file that ends in .jsonl or .csv"
        )
    for file in files:
        if os.path.realpath(file.path) == os.path.realpath(to):
            raise UsageError(f"--export {to}: this is the file that the messages come from; name another one")


def write_export(to: Path, listed: Sequence[Listed]) -> None:
    """Write the messages as CSV where the suffix says so, else as JSON Lines.

    Raises UsageError where the file cannot be written, and where `exported` does.
    """
    try:
        content = exported(listed, as_csv=to.suffix.lower() == ".csv")
    except UsageError as error:
        raise UsageError(f"--export {to}: {error}") from None
    write_output("--export", to, content)


def exported(listed: Sequence[Listed], *, as_csv: bool) -> bytes:
    """The messages as CSV or as JSON Lines; by file, in the order of its rows.

    What was said before a message in its conversation is there too, without a label, so that it counts nowhere and the
    message is decided as it was. Raises UsageError where two files have the same id or conversation, which one file
    cannot hold.
    """
    records = list(_records(listed))
    text = _as_csv(records) if as_csv else _as_json_lines(records)
    # Spreadsheets take a CSV file for UTF-8 by its mark. Half of a surrogate pair cannot be written.
    return encodable(text).encode("utf-8-sig" if as_csv else "utf-8")


def _records(listed: Sequence[Listed]) -> Iterator[dict[str, object]]:
    by_file: dict[str, tuple[DataFile, dict[int, Mapping[str, object]]]] = {}
    for file, number, beside in listed:
        by_file.setdefault(file.path, (file, {}))[1][number] = beside
    seen: dict[tuple[str, str], str] = {}
    for file, wanted in by_file.values():
        earlier = {number - back for number in wanted for back in range(1, len(file.before(number)) + 1)}
        for number in sorted(earlier | wanted.keys()):
            row = file.rows[number]
            _claim(seen, file, "id", row.id)
            if row.conversation_id is not None:
                _claim(seen, file, "conversation", row.conversation_id)
            yield _record(row, labelled=number in wanted) | dict(wanted.get(number, {}))


def _claim(seen: dict[tuple[str, str], str], file: DataFile, what: str, name: str) -> None:
    """Note a name of a file; one that another file has too would make the export unreadable."""
    other = seen.setdefault((what, name), file.path)
    if other != file.path:
        raise UsageError(
            f"the {what} {redact(name)!r} is in {other} and in {file.path}, and a file has it only once; "
            "export the files one by one"
        )


def _record(row: Row, *, labelled: bool) -> dict[str, object]:
    """The row's values by their keys, without those that it would have anyway."""
    usual = {"label": None if labelled else row.label, "speaker": "customer", "group": row.id}
    values = {key: getattr(row, key) for key in _KEYS}
    return {
        key: value.isoformat() if isinstance(value, datetime) else value
        for key, value in values.items()
        if value is not None and value is not False and value != usual.get(key)
    }


def _as_json_lines(records: Iterable[dict[str, object]]) -> str:
    return "".join(f"{json.dumps(record, ensure_ascii=False)}\n" for record in records)


def _as_csv(records: Sequence[dict[str, object]]) -> str:
    out = io.StringIO()
    had = {key for record in records for key in record}
    columns = [*(key for key in _KEYS if key in had), *(key for key in _BESIDE if key in had)]
    table = csv.DictWriter(out, columns or _KEYS)
    table.writeheader()
    for record in records:
        table.writerow({key: _cell(value) for key, value in record.items()})
    return out.getvalue()


def _cell(value: object) -> object:
    """What stands in a field of a table: a text as it is, nothing for nothing, else as in JSON."""
    return value if value is None or isinstance(value, str) else json.dumps(value)
