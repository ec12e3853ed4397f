"""Finding and reading the files of a ruleset."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from types import MappingProxyType

from handover_rules.errors import RulesetError
from handover_rules.problems import Problem
from handover_rules.ruleset import Place

__all__ = ["LINE_END", "MAX_BYTES", "Source", "find_files", "read_source"]

# A ruleset of 1,000 rules and 10,000 phrases is about 1 MB. More is a mistake (a log, a dataset), and is not parsed.
MAX_BYTES = 5_000_000

# What ends a line in YAML 1.1. (`str.splitlines` knows more characters, which YAML refuses.)
LINE_END = re.compile("\r\n|[\r\n\x85\u2028\u2029]")
_UTF_16 = (b"\xff\xfe", b"\xfe\xff")


@dataclass(frozen=True)
class Source:
    """The text of one rule file or prompt; `name` is the path as the user would write it.

    `content` is what the text was read from, with its byte order mark; empty where it could not be read.
    """

    name: str
    text: str
    content: bytes = b""

    @cached_property
    def lines(self) -> list[str]:
        """The lines without their line ends."""
        lines = LINE_END.split(self.text)
        return lines if lines[-1] else lines[:-1]

    def line(self, number: int) -> str:
        """The 1-based line, without its line end; "" past the end."""
        return self.lines[number - 1] if 0 < number <= len(self.lines) else ""

    def place(self, line: int, column: int, length: int = 1) -> Place:
        """A place in this file. What lies behind the last line (an end that came too soon) is put at its end."""
        if line > len(self.lines):
            line = max(1, len(self.lines))
            column = len(self.line(line)) + 1
        return Place(self.name, line, column, length)


def find_files(path: Path) -> list[Path]:
    """The YAML files of a ruleset: the file itself, or those directly inside the folder, in the order of their names.

    Raises RulesetError when there is nothing to read.
    """
    where = Place(str(path))
    if os.path.isfile(path):  # unlike Path.is_file, False for a name that no file can have
        return [path]
    if not os.path.isdir(path):
        raise RulesetError([Problem("E119", "there is no such file or folder", where, "give the path of a ruleset")])
    try:
        # A name that begins with a dot is an editor's or a system's, not an author's.
        files = sorted(
            entry
            for entry in path.iterdir()
            if entry.suffix in (".yaml", ".yml") and not entry.name.startswith(".") and entry.is_file()
        )
    except OSError as error:
        message = f"the folder cannot be read: {error.strerror or error}"
        raise RulesetError([Problem("E119", message, where)]) from None
    if not files:
        raise RulesetError([Problem("E112", "this folder has no rule file", where, "add a file that ends in .yaml")])
    return files


def read_source(path: Path, drafts: Mapping[str, str] = MappingProxyType({})) -> tuple[Source, Problem | None]:
    """The file's text, and the problem that keeps it from being used; then the text is what can be shown of it.

    `drafts` are texts, by the files' names, that are read in the place of what the files hold.
    """
    name = str(path)
    data = drafts[name].encode() if name in drafts else None
    try:
        size = path.stat().st_size if data is None else len(data)
        if size > MAX_BYTES:
            message = f"the file has {size / 1e6:.1f} MB, and a file of a ruleset may have {MAX_BYTES / 1e6:.0f} MB"
            hint = "split it into several files of one folder, or check that this is a rule file at all"
            return Source(name, ""), Problem("E111", message, Place(name), hint)
        if data is None:
            data = path.read_bytes()
    except OSError as error:
        return Source(name, ""), Problem("E119", f"the file cannot be read: {error.strerror or error}", Place(name))
    try:
        return Source(name, data.decode("utf-8-sig"), data), None
    except UnicodeDecodeError as error:
        hint = "save the file as UTF-8 (in most editors: Save with encoding)"
        if data.startswith(_UTF_16):
            return Source(name, ""), Problem("E110", "the file is UTF-16, and it must be UTF-8", Place(name), hint)
        source = Source(name, data.decode(errors="replace"))
        before = LINE_END.split(data[: error.start].decode())
        message = f"the file is not UTF-8: the byte 0x{data[error.start]:02x} does not belong here"
        return source, Problem("E110", message, source.place(len(before), len(before[-1]) + 1), hint)
