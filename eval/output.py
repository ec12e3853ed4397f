"""Where commands write to: a terminal, a file, standard output."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Mapping
from pathlib import Path

from rich.console import Console

from handover_rules.errors import UsageError
from handover_rules.output import write_output

__all__ = ["as_plain", "check_apart", "console", "write_json", "write_text"]

# Reports fit 80 columns; where nobody looks at a terminal, long names get more room.
_WIDTH_OF_A_FILE = 100


def console() -> Console:
    """Standard output for a report: plain text, as wide as the terminal."""
    return Console(markup=False, highlight=False, width=None if sys.stdout.isatty() else _WIDTH_OF_A_FILE)


def as_plain(value: Mapping[str, object]) -> dict[str, object]:
    """The value as who reads its JSON gets it: tuples become lists, keys become texts."""
    plain: dict[str, object] = json.loads(json.dumps(value))
    return plain


def check_apart(json_to: str | None, markdown_to: str | None) -> None:
    """Raises UsageError where `--json` and `--markdown` name the same place."""
    if json_to is not None and markdown_to is not None and os.path.realpath(json_to) == os.path.realpath(markdown_to):
        to = "standard output" if json_to == "-" else json_to
        raise UsageError(f"--json and --markdown would both write to {to}; name another file for one of them")


def write_json(option: str, to: str, value: object) -> None:
    """Write a JSON value, indented, to the file that the option names; as `write_text`."""
    write_text(option, to, json.dumps(value, indent=2, ensure_ascii=False) + "\n")


def write_text(option: str, to: str, text: str) -> None:
    """Write a text to the file that the option names, as `write_output` does; `-` is standard output."""
    if to == "-":
        sys.stdout.write(text)
    else:
        write_output(option, Path(to), text.encode())
