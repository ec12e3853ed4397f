"""Changing single values of a JSON object in its own text: all else stays as it was written."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

__all__ = ["with_values"]

_BLANK = re.compile(r"[\ufeff \t\r\n]*")
_DECODER = json.JSONDecoder()


@dataclass(frozen=True, slots=True)
class _Member:
    """A key of an object: where it begins and ends in the text, and where its value does."""

    key: str
    start: int
    key_end: int
    value: int
    end: int


def with_values(line: str, values: Mapping[str, object]) -> str:
    """The text of a JSON object with other values for these keys; a new key is put at the end, spaced as the others.

    `line` is an object that `json.loads` reads, with at least one member. Where a key stands twice, the last one is
    meant, which is the one that JSON readers take.
    """
    for key, value in values.items():
        written = json.dumps(value, ensure_ascii=line.isascii())
        members = list(_members(line))
        same = [member for member in members if member.key == key]
        if same:
            line = f"{line[: same[-1].value]}{written}{line[same[-1].end :]}"
        else:
            last = members[-1]
            colon = line[last.key_end : last.value]
            comma = line[members[-2].end : last.start] if len(members) > 1 else ", "
            line = f"{line[: last.end]}{comma}{json.dumps(key)}{colon}{written}{line[last.end :]}"
    return line


def _members(line: str) -> Iterator[_Member]:
    at = _skip(line, 0) + 1  # behind the brace
    while line[start := _skip(line, at)] != "}":
        key, key_end = _DECODER.raw_decode(line, start)
        value = _skip(line, _skip(line, key_end) + 1)
        _, end = _DECODER.raw_decode(line, value)
        yield _Member(key, start, key_end, value, end)
        at = _skip(line, end)
        if line[at] == ",":
            at += 1


def _skip(line: str, at: int) -> int:
    """Where the next sign is that is not blank."""
    found = _BLANK.match(line, at)
    assert found is not None  # it matches nothing as well
    return found.end()
