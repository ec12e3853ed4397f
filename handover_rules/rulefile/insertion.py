"""Putting new items into the text of a rule file, between the characters that are there: nothing else changes.

The places are those of PyYAML's own nodes, which also know where a value ends. After an insertion the text is parsed
again: it must say what it said before, and the new items.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import yaml

from handover_rules.errors import UsageError
from handover_rules.rulefile.rules import RULE
from handover_rules.rulefile.source import LINE_END
from handover_rules.rulefile.writing import line_end
from handover_rules.rulefile.yaml_text import WIDTH, Value, as_block, as_flow, as_scalar

__all__ = ["Inserted", "end_of", "insert_phrases", "insert_test", "parse", "plain"]

_COMMENT = re.compile(r"( *)#")
_KEYS = [key.name for key in RULE.table.keys]
_BEHIND_TESTS = frozenset(_KEYS[_KEYS.index("tests") + 1 :])

# The way from the root of a file to a value: keys of mappings, numbers of items.
_Path: TypeAlias = tuple["str | int", ...]


@dataclass(frozen=True, slots=True)
class Inserted:
    """A text with something new in it: the lines that are new, or changed, and the number of the first (from 1)."""

    text: str
    line: int
    lines: tuple[str, ...]


def insert_test(text: str, rule: str, test: dict[str, Value]) -> Inserted:
    """Put a test behind the tests of the rule with this id; with `tests:` in its usual place where the rule has none.

    Raises UsageError where the text has no such rule or has its tests in a form that nothing can be added to.
    """
    document = _Document(text)
    path, node = _rule(document.root, rule)
    tests = next((value for key, value in node.value if key.value == "tests"), None)
    path, column = (*path, "tests"), node.start_mark.column
    if tests is not None:
        return document.append(_List(path, tests, 0 if node.flow_style else column), [test])
    *_, last = (value for key, value in node.value if key.value not in _BEHIND_TESTS)
    if node.flow_style:
        return document.insert(end_of(last), f", tests: [{as_flow(test)}]", path, [test])
    indent = " " * column
    items = _items(f"{indent}  ", "- ", test, block=_needs_block(test, column + 4))
    # A comment in the column of the keys belongs to the next key, if there is one.
    comments = column if last is _last(node) else column + 1
    return document.insert_lines(end_of(last), comments, [f"{indent}tests:", *items], path, [test])


def insert_phrases(text: str, line: int, column: int, phrases: Sequence[str]) -> Inserted:
    """Put phrases behind the last one of the list that has an item at this place (both count from 1).

    Raises UsageError where no list item stands there.
    """
    document = _Document(text)
    for found in _lists(document.root, (), 0):
        if any((item.start_mark.line, item.start_mark.column) == (line - 1, column - 1) for item in found.node.value):
            return document.append(found, phrases)
    raise UsageError(
        f"line {line}: this phrase is no item of a list that others can be added to; "
        "write it on a line of its own that begins with `- `"
    )


@dataclass(frozen=True, slots=True)
class _List:
    """A sequence, the way to it, and the column (from 0) of the key that it stands under."""

    path: _Path
    node: Any
    column: int


class _Document:
    """A text and its root node. What inserts into it raises UsageError where the text would then say something else."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.root = parse(text)

    def append(self, found: _List, items: Sequence[Value]) -> Inserted:
        """Put items behind the last one of a list, in its style."""
        node = found.node
        if not isinstance(node, yaml.SequenceNode) or not node.value:
            raise UsageError(f"line {node.start_mark.line + 1}: this is no list of items; write each behind a `- `")
        if node.flow_style:
            new = "".join(f", {_in_brackets(item)}" for item in items)
            return self.insert(end_of(_last(node)), new, found.path, items)
        column, start = node.start_mark.column, node.value[-1].start_mark
        dash = self.text[start.index - start.column + column : start.index]
        if dash.strip(" ") != "-":  # the last item begins on a line of its own
            dash = "- "
        blocks = all(isinstance(item, yaml.MappingNode) and not item.flow_style for item in node.value)
        lines = [
            line
            for item in items
            for line in _items(" " * column, dash, item, block=blocks or _needs_block(item, column + len(dash)))
        ]
        return self.insert_lines(end_of(node), max(column, found.column + 1), lines, found.path, items)

    def insert_lines(
        self, end: int, column: int, lines: Sequence[str], path: _Path, items: Sequence[Value]
    ) -> Inserted:
        """Put lines behind the one on which a value ends, and behind the comments that follow it from `column` on."""
        at = self.next_line(end)
        while (comment := _COMMENT.match(self.text, at)) is not None and len(comment[1]) >= column:
            at = self.next_line(comment.end())
        mark = line_end(self.text.encode())
        if at and LINE_END.match(self.text, at - 1) is None:  # the text's last line has no end
            return self.insert(at, "".join(mark + line for line in lines), path, items)
        return self.insert(at, "".join(line + mark for line in lines), path, items)

    def next_line(self, at: int) -> int:
        """Where the next line begins; `at` itself where a line begins there, as behind the text of a `|`."""
        if at and LINE_END.match(self.text, at - 1) is not None:
            return at
        found = LINE_END.search(self.text, at)
        return len(self.text) if found is None else found.end()

    def insert(self, at: int, new: str, path: _Path, items: Sequence[Value]) -> Inserted:
        """Put `new` at this index, which must add the items to the list at the end of the path, and nothing else."""
        after = self.text[:at] + new + self.text[at:]
        line = len(LINE_END.findall(self.text, 0, at)) + 1
        try:
            wanted = _with_items(plain(self.root), path, [_as_typed(item) for item in items])
            right = plain(parse(after)) == wanted
        except yaml.YAMLError:
            right = False
        if not right:
            raise UsageError(f"line {line}: nothing can be added here by itself; write it into the file by hand")
        if new[:1] in ("\r", "\n"):
            line += 1
        number = len(LINE_END.split(new.strip("\r\n")))
        return Inserted(after, line, tuple(LINE_END.split(after)[line - 1 : line - 1 + number]))


def _in_brackets(item: Value) -> str:
    """An item of a list in brackets, where the rules' grammar wants quotes around a phrase of several words."""
    written = as_flow(item)
    return f'"{item}"' if isinstance(item, str) and " " in item and written == item else written


def _items(indent: str, dash: str, item: Value, *, block: bool) -> list[str]:
    """One item of a list, on one line or, as `block`, with a line for each of its keys."""
    if isinstance(item, str):
        return [f"{indent}{dash}{as_scalar(item, flow=False)}"]
    lines = as_block(item, len(indent + dash)) if block else [as_flow(item)]
    return [indent + (" " * len(dash) if number else dash) + line for number, line in enumerate(lines)]


def _needs_block(item: Value, column: int) -> bool:
    """Whether a test is too long for one line, or tells what was said before."""
    given = item.get("given") if isinstance(item, dict) else None
    return (isinstance(given, dict) and "before" in given) or column + len(as_flow(item)) > WIDTH


def _with_items(document: Any, path: _Path, items: list[Any]) -> Any:
    """The plain value of a document with the items behind those of the list at the end of the path."""
    *way, last = path
    value = document
    for step in way:
        value = value[step]
    there = value.get(last, []) if isinstance(value, dict) else value[last]
    value[last] = there + items
    return document


def _as_typed(value: Value) -> Any:
    """What a parser that keeps texts makes of a value once it is written."""
    return plain(parse(f"[{as_flow(value)}]"))[0]


def parse(text: str) -> Any:
    """The root node of a text. Raises yaml.YAMLError."""
    return yaml.compose(text, Loader=yaml.CLoader)


def plain(node: Any) -> Any:
    """A node as lists, dicts and texts as typed."""
    match node:
        case yaml.MappingNode():
            return {plain(key): plain(value) for key, value in node.value}
        case yaml.SequenceNode():
            return [plain(item) for item in node.value]
        case _:
            return node.value


def end_of(value: Any) -> int:
    """Where a value ends. A block's own mark is where what follows it begins; so it is where its last value ends."""
    while isinstance(value, yaml.CollectionNode) and value.value and not value.flow_style:
        value = _last(value)
    return int(value.end_mark.index)


def _last(node: Any) -> Any:
    """The last value of a list or mapping that has one."""
    last = node.value[-1]
    return last[1] if isinstance(last, tuple) else last


def _rule(root: Any, rule: str) -> tuple[_Path, Any]:
    """The mapping of the rule with this id, and the way to it."""
    for key, rules in root.value if isinstance(root, yaml.MappingNode) else ():
        for number, node in enumerate(rules.value if key.value == "rules" else ()):
            if any(name.value == "id" and value.value == rule for name, value in node.value):
                return ("rules", number), node
    raise UsageError(f"there is no rule {rule!r} in this file")


def _lists(node: Any, path: _Path, column: int) -> Iterator[_List]:
    """Every sequence in a node."""
    match node:
        case yaml.MappingNode():
            for key, value in node.value:
                yield from _lists(value, (*path, key.value), key.start_mark.column)
        case yaml.SequenceNode():
            yield _List(path, node, column)
            for number, item in enumerate(node.value):
                yield from _lists(item, (*path, number), column)
