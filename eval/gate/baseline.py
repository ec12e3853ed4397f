"""The baseline: what was decided about each message when it was recorded. It is committed beside the gates.

JSON Lines in a fixed order: the same decisions are the same bytes, and another decision is another line. The first line
says under which rules and by which program it was recorded.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from eval.dataset import Row
from eval.gate.deciding import Decided
from eval.program import program
from handover_rules.errors import DataError, UsageError
from handover_rules.output import write_output
from handover_rules.rows import RowError, read_json
from handover_rules.ruleset import Ruleset

__all__ = ["Baseline", "Message", "Origin", "messages_of", "read_baseline", "record_baseline"]


@dataclass(frozen=True, slots=True, order=True)
class Message:
    """A message under a detector ("" for the whole ruleset): the path of its file with `/`, and its row's id."""

    detector: str
    file: str
    id: str


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a baseline is, of how many messages, and under which rules and by which program it was recorded."""

    path: str
    messages: int
    ruleset: str
    ruleset_hash: str
    program: str


@dataclass(frozen=True, slots=True)
class Baseline:
    """For each recorded message, whether it was handed over."""

    origin: Origin
    handed_over: Mapping[Message, bool]


def messages_of(decided: Decided) -> Iterator[tuple[Message, Row, bool]]:
    """The messages that count for a gate, and whether each is handed over."""
    for file, row, handover in decided.counted():
        yield Message(decided.gate.detector or "", Path(file).as_posix(), row.id), row, handover


def record_baseline(path: Path, ruleset: Ruleset, decided: Iterable[Decided]) -> Origin:
    """Write what was decided about the messages that count. Raises UsageError where the file cannot be written."""
    handed_over = {message: handover for one in decided for message, _, handover in messages_of(one)}
    origin = Origin(str(path), len(handed_over), ruleset.name, ruleset.hash, program())
    lines: list[dict[str, object]] = [
        {"ruleset": origin.ruleset, "hash": origin.ruleset_hash, "program": origin.program}
    ]
    for message, handover in sorted(handed_over.items()):
        detector = {"detector": message.detector} if message.detector else {}
        lines.append({**detector, "file": message.file, "id": message.id, "handover": handover})
    content = "".join(f"{json.dumps(line, ensure_ascii=False)}\n" for line in lines)
    write_output("--record", path, content.encode())
    return origin


def read_baseline(path: Path) -> Baseline:
    """Read what was recorded. Raises UsageError where nothing is, DataError for a file that is no baseline."""
    try:
        lines = path.read_bytes().splitlines()
    except FileNotFoundError:
        raise UsageError(
            f"there is no baseline {path} to compare with; run the same command with --record, and commit the file"
        ) from None
    except OSError as error:
        raise DataError(f"{path}: cannot be read: {error.strerror or error}") from error
    match _json(path, 1, lines[0] if lines else b""):
        case {"ruleset": str(name), "hash": str(hash_), "program": str(by)}:
            pass
        case _:
            raise _damaged(path, 1, "a baseline begins with its ruleset")
    handed_over: dict[Message, bool] = {}
    for number, line in enumerate(lines[1:], 2):
        match _json(path, number, line):
            case {"file": str(file), "id": str(row_id), "handover": bool(handover), **others}:
                message = Message(str(others.get("detector", "")), file, row_id)
            case _:
                raise _damaged(path, number, "this is no recorded decision")
        if message in handed_over:
            raise _damaged(path, number, "this message was recorded further up")
        handed_over[message] = handover
    return Baseline(Origin(str(path), len(handed_over), name, hash_, by), handed_over)


def _json(path: Path, number: int, line: bytes) -> object:
    try:
        return read_json(line)
    except RowError as error:
        raise _damaged(path, number, str(error)) from error


def _damaged(path: Path, number: int, problem: str) -> DataError:
    return DataError(f"{path}:{number}: {problem}; restore the file, or record it again with --record")
