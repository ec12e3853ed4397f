"""Formatting rule files: one layout for all of them, and nothing changed of what they say."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path
from typing import TypeAlias

from handover_rules.errors import RulesetError, UsageError
from handover_rules.problems import Problem
from handover_rules.rulefile import nodes
from handover_rules.rulefile.formatting.arrange import arrange
from handover_rules.rulefile.formatting.reader import read
from handover_rules.rulefile.formatting.writer import write
from handover_rules.rulefile.parts import Parts, merge
from handover_rules.rulefile.reading import Reading
from handover_rules.rulefile.source import Source

__all__ = ["formatted"]

_LINE_END = re.compile("\r\n|[\r\x85]")
# What formatting adds, removes and moves: blanks, brackets, the signs of YAML's structure and of `|` texts.
_LAYOUT = re.compile(r"[\s\[\]{},:?|>+-]+")

_Said: TypeAlias = "tuple[object, ...]"


def formatted(source: Source) -> str:
    """The text of a rule file in the layout that all rule files have, with LF line ends.

    What is read back from it has been compared with what the source says: texts, their order and their comments are
    the same, but for the order of a rule's keys. Raises RulesetError with every problem where the source cannot be
    read as a rule file, UsageError where it can be and cannot be formatted.
    """
    problems: list[Problem] = []
    root = _parsed(source, problems)
    if problems:
        raise RulesetError(problems, {source.name: source})
    # A byte order mark stands before every position that the parser gives.
    text = _LINE_END.sub("\n", source.text.removeprefix("\ufeff"))
    try:
        result = write(arrange(read(text)))
    except UsageError as error:
        raise UsageError(f"{source.name}: {error}") from None
    again = _parsed(Source(source.name, result), problems)
    if problems or _said(again) != _said(root) or _signs(result) != _signs(text):
        message = "formatting would change what it says, which is a mistake of this program; it is left as it is"
        raise UsageError(f"{source.name}: {message}")
    return result


def _parsed(source: Source, problems: list[Problem]) -> nodes.Node | None:
    """The root of a file that has sections of a ruleset, or nothing but comments."""
    root = nodes.parse(source, problems)
    if root is None or problems:
        return root
    sections = Parts().declared.keys()
    if not isinstance(root, nodes.Mapping) or not any(key.text in sections for key, _ in root.entries):
        merge([root], Reading(problems, None, Path(source.name).parent))
    return root


def _said(node: nodes.Node | None, where: tuple[str, ...] = ()) -> _Said:
    """What a value says to whoever reads it, comparable; `where` are the keys that lead to it, `-` for an item."""
    match node:
        case nodes.Scalar():
            return (node.text, node.plain, node.cut)
        case nodes.Sequence():
            return tuple(_said(item, (*where, "-")) for item in node.items)
        case nodes.Mapping():
            entries = [(key.text, key.plain, _said(value, (*where, key.text))) for key, value in node.entries]
            return tuple(sorted(entries) if where == ("rules", "-") else entries)
        case _:
            return ()


def _signs(text: str) -> Counter[str]:
    """How often each sign stands in a text that is more than layout: no comment is lost while these are the same."""
    return Counter(_LAYOUT.sub("", text))
