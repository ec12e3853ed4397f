"""Correcting the label of one message in its file."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

from eval.dataset import DataFile, read_dataset
from eval.errors.json_line import with_values
from eval.learning.labelled_test import find_row
from handover_rules.errors import FileChanged, UsageError
from handover_rules.rulefile.writing import overwrite
from handover_rules.templates import redact

__all__ = ["NewLabel", "Relabelled", "relabel", "run_relabel", "undo"]


@dataclass(frozen=True, slots=True)
class NewLabel:
    """What a message is labelled with from now on; None leaves category and ambiguity as they are."""

    label: int
    category: str | None = None
    ambiguous: bool | None = None


@dataclass(frozen=True, slots=True)
class Relabelled:
    """What became of a line of a file: its content before and after, and what has changed, in words.

    `line` is from 1. Where there was nothing to change, both contents are the same.
    """

    path: str
    line: int
    old: bytes
    new: bytes
    said: str


def relabel(file: DataFile, row_id: str, new: NewLabel) -> Relabelled:
    """Write the label of one row into its file, which must still be as it was read.

    Whole or not at all, behind links, and every byte but those of the values stays. Raises UsageError for a row that is
    not there or that no customer said and for a file that is not JSON Lines, FileChanged when somebody else has saved
    the file.
    """
    if Path(file.path).suffix.lower() in (".csv", ".parquet"):
        raise UsageError(f"{file.path} is not JSON Lines; labels of a table are changed in the program that made it")
    row = file.rows[find_row(file, row_id)]
    if row.speaker != "customer":
        raise UsageError(f"row {redact(row.id)} is not said by the customer, so its label counts nowhere")
    if new.category is not None and not new.category.strip():
        raise UsageError("--category is empty; name one, or leave the option out")
    wanted = {"label": new.label, "category": new.category, "ambiguous": new.ambiguous}
    had = {key: getattr(row, key) for key in wanted}
    changes = {key: value for key, value in wanted.items() if value is not None and value != had[key]}
    place = f"{file.path}:{row.line}"
    content = _content(file)
    lines = content.split(b"\n")
    old = lines[row.line - 1]
    if not changes:
        return Relabelled(file.path, row.line, old, old, f"{place}: nothing to change, it is labelled so")
    # The way in which `json` reads bytes.
    lines[row.line - 1] = with_values(old.decode("utf-8", "surrogatepass"), changes).encode("utf-8", "surrogatepass")
    overwrite(file.path, content, b"\n".join(lines))
    said = ", ".join(f"{key} {_shown(had[key])} -> {_shown(value)}" for key, value in changes.items())
    kept = f"; its category is still {row.category}" if "label" in changes and not new.category and row.category else ""
    return Relabelled(file.path, row.line, old, lines[row.line - 1], f"{place}: {said}{kept}")


def undo(done: Relabelled) -> str:
    """Put the line back as it was, byte for byte, and say so; what was written into other lines since stays.

    Raises FileChanged when the line is not as `relabel` left it, UsageError when the file cannot be read or written.
    """
    content = _read(done.path)
    lines = content.split(b"\n")
    if lines[done.line - 1 : done.line] != [done.new]:
        raise FileChanged(
            f"{done.path}:{done.line} was changed by somebody else since it was relabelled; look at the message again"
        )
    lines[done.line - 1] = done.old
    overwrite(done.path, content, b"\n".join(lines))
    return f"{done.path}:{done.line} is as it was"


def run_relabel(path: Path, row_id: str, new: NewLabel) -> None:
    """Correct the label and print what has changed. Raises what `relabel` raises, and DataError."""
    (file,) = read_dataset([path]).files
    print(relabel(file, row_id, new).said)


def _content(file: DataFile) -> bytes:
    """The file's bytes, which are those that its rows were read from. Raises UsageError and FileChanged."""
    content = _read(file.path)
    if hashlib.sha256(content).hexdigest() != file.sha256:
        raise FileChanged(f"{file.path} was saved by somebody else since it was read; look at the message again")
    return content


def _read(path: str) -> bytes:
    try:
        return Path(path).read_bytes()
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror or error}") from None


def _shown(value: object) -> str:
    match value:
        case None:
            return "(none)"
        case bool():
            return "yes" if value else "no"
        case _:
            return str(value)
