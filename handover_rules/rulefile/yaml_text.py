"""Values as the YAML that an author would have typed: in quotes only where YAML, of any version, changes the text."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from typing import TypeAlias

import yaml

__all__ = ["WIDTH", "Value", "as_block", "as_flow", "as_scalar"]

Value: TypeAlias = "str | float | bool | Mapping[str, Value] | Sequence[Value] | None"

WIDTH = 120  # columns of a rule file
# Booleans to YAML 1.1, though PyYAML leaves them alone.
_LETTERS = frozenset("yYnN")
_STRING = "tag:yaml.org,2002:str"
_SHORT_ESCAPES = {'"': '\\"', "\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"}
_JOINER = "\u200d"  # part of many emoji
_ESCAPED = re.compile(r'["\\]|[^ -~]')


def as_scalar(text: str, *, flow: bool) -> str:
    """A text on one line, in double quotes where it needs them. `flow`: it stands in brackets or braces."""
    return text if _stays(text, flow) else '"' + _ESCAPED.sub(_escape, text) + '"'


def as_flow(value: Value) -> str:
    """A value on one line: `{say: hello, given: {ai: 0.2}}`."""
    match value:
        case str():
            return as_scalar(value, flow=True)
        case Mapping():
            return "{" + ", ".join(f"{as_scalar(key, flow=True)}: {as_flow(item)}" for key, item in value.items()) + "}"
        case Sequence():
            return "[" + ", ".join(map(as_flow, value)) + "]"
        case _:
            return _atom(value)


def as_block(value: Value, column: int) -> list[str]:
    """A value with one entry a line, not indented; what is small inside of it stays on its line.

    `column` (from 0) is where the lines shall begin.
    """
    match value:
        case str():
            return [as_scalar(value, flow=False)]
        case Mapping() | Sequence() if not value:
            return [as_flow(value)]
        case Mapping():
            return [line for key, item in value.items() for line in _entry(as_scalar(key, flow=False), item, column)]
        case Sequence():
            items = (enumerate(as_block(item, column + 2)) for item in value)
            return [("  " if number else "- ") + line for item in items for number, line in item]
        case _:
            return [_atom(value)]


def _entry(key: str, value: Value, column: int) -> list[str]:
    if isinstance(value, str) or not isinstance(value, (Mapping, Sequence)):
        return [f"{key}: {as_block(value, column)[0]}"]
    inside = value.values() if isinstance(value, Mapping) else value
    nested = any(isinstance(item, (Mapping, Sequence)) and not isinstance(item, str) for item in inside)
    line = f"{key}: {as_flow(value)}"
    if not nested and column + len(line) <= WIDTH:
        return [line]
    return [f"{key}:", *(f"  {line}" for line in as_block(value, column + 2))]


def _atom(value: float | bool | None) -> str:
    return "null" if value is None else repr(value).lower()


def _stays(text: str, flow: bool) -> bool:
    """Whether the text without quotes is read as itself, by the parser as it is and by YAML 1.1's types."""
    # A dash at the beginning is refused by the rules' grammar: it is nearly always a list item without its space.
    # A question mark in brackets ends a text for some parsers.
    if text in _LETTERS or text.startswith("-") or (flow and "?" in text) or not all(map(_harmless, text)):
        return False
    try:
        node = yaml.compose(f"[{text}, x]" if flow else f"- {text}", Loader=yaml.CLoader)
    except yaml.YAMLError:
        return False
    first = node.value[0] if isinstance(node, yaml.SequenceNode) and node.value else None
    return isinstance(first, yaml.ScalarNode) and not first.style and first.value == text and first.tag == _STRING


def _harmless(char: str) -> bool:
    return char.isprintable() or char == _JOINER


def _escape(match: re.Match[str]) -> str:
    char = match[0]
    if char in _SHORT_ESCAPES:
        return _SHORT_ESCAPES[char]
    if _harmless(char) or unicodedata.category(char) == "Zs":
        return char
    return f"\\u{ord(char):04x}" if ord(char) <= 0xFFFF else f"\\U{ord(char):08x}"
