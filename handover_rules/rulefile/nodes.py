"""YAML text -> nodes with places.

A node holds what was typed: `no`, `on`, `22:30` and `0123` stay text until the grammar says what they are. The nodes
are built from the event stream of PyYAML's C parser, where anchors, aliases and tags can still be seen and refused.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, TypeAlias

import yaml
from yaml.events import (
    AliasEvent,
    DocumentStartEvent,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
)

from handover_rules.problems import Problem, quoted
from handover_rules.rulefile.source import Source
from handover_rules.rulefile.syntax import character_problem, hidden_character, syntax_problem
from handover_rules.ruleset import Place

__all__ = ["Broken", "Mapping", "Node", "Scalar", "Sequence", "parse"]

MAX_DEPTH = 40


@dataclass(frozen=True, slots=True)
class Scalar:
    """A single value as typed.

    `plain`: without quotes; `cut`: a comment follows it on its line; `lines`: how many lines of the file it takes;
    `indent`: how far the lines of a `|` text are indented (None for other texts).
    """

    text: str
    place: Place
    plain: bool = True
    cut: bool = False
    lines: int = 1
    indent: int | None = None

    @property
    def is_null(self) -> bool:
        """Whether nothing was written, or YAML's words for nothing."""
        return self.plain and self.text in ("", "~", "null", "Null", "NULL")

    def part(self, offset: int, length: int = 1) -> Place:
        """The place of `length` characters of the text; the whole text's where escapes or line ends shift them."""
        place = self.place
        if self.indent is not None:
            row, column = self.text.count("\n", 0, offset), offset - self.text.rfind("\n", 0, offset) - 1
            return Place(place.file, place.line + 1 + row, self.indent + column + 1, length)
        quotes = 0 if self.plain else 1
        if self.place.length != len(self.text) + 2 * quotes or offset >= len(self.text):
            return place
        return Place(place.file, place.line, place.column + quotes + offset, length)


@dataclass(frozen=True, slots=True)
class Sequence:
    """A list. `flow`: written in brackets."""

    items: tuple[Node, ...]
    place: Place
    flow: bool = False


@dataclass(frozen=True, slots=True)
class Mapping:
    """A mapping; keys are unique. `flow`: written in braces; `partial`: entries are missing, and that is reported."""

    entries: tuple[tuple[Scalar, Node], ...]
    place: Place
    flow: bool = False
    partial: bool = False


@dataclass(frozen=True, slots=True)
class Broken:
    """A value that is reported already: whoever reads it says nothing more."""

    place: Place


Node: TypeAlias = Scalar | Sequence | Mapping | Broken


class _Stop(Exception):
    """The text cannot be parsed any further; the problem is already noted."""


def parse(source: Source, problems: list[Problem]) -> Node | None:
    """The document's root node, None for a file with nothing but comments; what is wrong is added to `problems`."""
    builder = _Builder(source, problems)
    try:
        return builder.build()
    except _Stop:
        return None
    except yaml.MarkedYAMLError as error:
        problem = syntax_problem(source, error)
        if all(problem.place != noted.place for noted in problems):
            problems.append(problem)
        return None
    except yaml.YAMLError as error:
        problems.append(character_problem(source, error))
        return None


class _Builder:
    def __init__(self, source: Source, problems: list[Problem]) -> None:
        self.source = source
        self.problems = problems
        self.events: Any = None

    def build(self) -> Node | None:
        # `yaml.parse` does the same through a generator, and takes longer than the parser itself.
        self.events = iter(yaml.CLoader(self.source.text).get_event, None)
        root: Node | None = None
        for event in self.events:
            if isinstance(event, DocumentStartEvent):
                if root is not None:
                    hint = "remove the `---` line, or make it a file of its own"
                    self.note("E118", "a second document begins here", event, hint)
                    raise _Stop
                root = self.node(next(self.events), 0)
        if isinstance(root, Scalar) and root.is_null:
            return None
        return root

    def node(self, event: Any, depth: int) -> Node:
        if depth > MAX_DEPTH:
            self.note("E111", f"this is nested more than {MAX_DEPTH} levels deep", event, "write it flatter")
            raise _Stop
        if isinstance(event, AliasEvent):
            message = f"`*{event.anchor}` is a YAML alias, which rule files do not have"
            self.note("E108", message, event, _NO_ALIAS)
            return Broken(self.place(event))
        if event.anchor is not None:
            message = f"`&{event.anchor}` is a YAML anchor, which rule files do not have"
            self.note("E108", message, event, _NO_ALIAS)
        if event.tag is not None:
            message = f"`{_short_tag(event.tag)}` is a YAML tag, which rule files do not have"
            self.note("E109", message, event, "remove it; a text that begins with `!` goes in quotes")
        if isinstance(event, ScalarEvent):
            return self.scalar(event) if event.tag is None else Broken(self.place(event))
        if isinstance(event, SequenceStartEvent):
            return self.sequence(event, depth)
        return self.mapping(event, depth)

    def scalar(self, event: Any) -> Scalar:
        text, style, end = event.value, event.style, event.end_mark
        place = self.place(event)
        lines = end.line + 2 - place.line
        if style:
            return Scalar(text, place, False, False, lines, self.indent(text, place) if style == "|" else None)
        # Most values are plain, and few lines have comments, so the line is cut up only for those.
        line = self.source.line(end.line + 1)
        comment = line.find("#", end.column)
        return Scalar(text, place, True, comment >= 0 and not line[end.column : comment].strip(), lines)

    def indent(self, text: str, place: Place) -> int | None:
        """How far the lines of a `|` text at this place are indented in the file; None for a text without lines."""
        lines = text.split("\n")
        row = next((row for row, line in enumerate(lines) if line.strip()), None)
        return None if row is None else len(self.source.line(place.line + 1 + row)) - len(lines[row])

    def sequence(self, event: SequenceStartEvent, depth: int) -> Sequence:
        items = []
        for child in self.events:
            if isinstance(child, SequenceEndEvent):
                break
            items.append(self.node(child, depth + 1))
        return Sequence(tuple(items), self.place(event), bool(event.flow_style))

    def mapping(self, event: MappingStartEvent, depth: int) -> Mapping:
        entries: list[tuple[Scalar, Node]] = []
        seen: dict[str, Place] = {}
        partial = False
        flow = bool(event.flow_style)
        for child in self.events:
            if isinstance(child, MappingEndEvent):
                break
            key = self.node(child, depth + 1)
            value = self.node(next(self.events), depth + 1)
            if not isinstance(key, Scalar):
                partial = True
                self.strange_key(key, flow, event)
            elif key.plain and hidden_character(key.text[:1]):
                message = f"the character {hidden_character(key.text[0])} stands where YAML wants spaces"
                self.problems.append(Problem("E102", message, key.part(0), "indent with spaces (two a level)"))
                raise _Stop
            elif key.text == "<<" and key.plain:
                partial = True
                message = "`<<` is a YAML merge key, which rule files do not have"
                self.problems.append(Problem("E108", message, key.place, _NO_ALIAS))
            elif key.text in seen:
                message = f"{quoted(key.text)} stands here twice; only one of them could count"
                related = (seen[key.text], "the first one")
                self.problems.append(Problem("E104", message, key.place, "remove one, or join the two", related))
            else:
                seen[key.text] = key.place
                entries.append((key, value))
        # A mapping without braces begins with its first key, and that is what a reader looks at.
        place = entries[0][0].place if entries and not flow else self.place(event)
        return Mapping(tuple(entries), place, flow, partial)

    def strange_key(self, key: Node, flow: bool, event: MappingStartEvent) -> None:
        if isinstance(key, Broken):
            return
        if flow and isinstance(key, Mapping) and key.flow:
            place = self.place(event)
            template = Place(place.file, place.line, place.column, 2)
            message = "`{{` without quotes is the beginning of a YAML mapping, not of a template"
            self.problems.append(Problem("E101", message, template, 'put the whole text in quotes: "{{ ... }}"'))
        else:
            hint = "a text that begins with `{` or `[` goes in quotes"
            self.problems.append(Problem("E105", "a key must be a plain word", key.place, hint))

    def place(self, event: Any) -> Place:
        start, end = event.start_mark, event.end_mark
        one_line = end.line == start.line and isinstance(event, (ScalarEvent, AliasEvent))
        return self.source.place(start.line + 1, start.column + 1, max(1, end.column - start.column) if one_line else 1)

    def note(self, code: str, message: str, event: Any, hint: str) -> None:
        self.problems.append(Problem(code, message, self.place(event), hint))


_NO_ALIAS = "write the value out; phrases that are used often get a name under `phrases:`, used as `<name>`"


def _short_tag(tag: str) -> str:
    return tag.replace("tag:yaml.org,2002:", "!!")
