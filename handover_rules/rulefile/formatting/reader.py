"""Text -> layout. libyaml's events say where every value begins and ends; comments are what `#` begins between them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import takewhile
from typing import Any

import yaml
from yaml.events import (
    DocumentEndEvent,
    DocumentStartEvent,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
)

from handover_rules.errors import UsageError
from handover_rules.rulefile.formatting.layout import STEP, Collection, Comment, Document, Entry, Text

__all__ = ["read"]

_BREAK = re.compile("[\n\u2028\u2029]")
_COMMENT = r"(#[^\n\u2028\u2029]*)"
_BEHIND = re.compile(rf"[ \t]*{_COMMENT}")
_BEHIND_COMMA = re.compile(rf"\s*,[ \t]*{_COMMENT}")
_ITEM = re.compile("# *- ")
_SIGN = re.compile(rf"([|>])([-+0-9]*)[ \t]*{_COMMENT}?")
# Blanks at the end of a line mean nothing in a text of several lines, unless `\` makes them a part of it.
_TRAILING = re.compile(r"(?<!\\)[ \t]+$")
# `#word` becomes `# word`; `#!` and `#:` mean something to programs, and a row of signs is a ruler.
_GLUED = re.compile(r"^#(?=\w|[^\s#!:].*\w)")


def read(text: str) -> Document:
    """The layout of a text that is YAML without anchors, aliases and tags, and whose only line end is LF.

    Raises UsageError, with the line, for the few things that are not laid out anew.
    """
    return _Reader(text).document()


@dataclass(frozen=True, slots=True)
class _Found:
    """A comment, where its line ends, its column, and whether something stands before it on its line."""

    comment: Comment
    end: int
    column: int
    behind: bool


class _Reader:
    def __init__(self, text: str) -> None:
        self.text = text
        self.events: Iterator[Any] = iter(yaml.CLoader(text).get_event, None)
        self.cursor = 0  # everything before it is read

    def document(self) -> Document:
        head: tuple[Comment, ...] | None = None
        root: Entry | None = None
        for event in self.events:
            if isinstance(event, DocumentStartEvent):
                if event.version or event.tags:
                    raise _refused(event, "a line that begins with `%` is not formatted; remove it")
                if event.explicit:
                    head = self.head(event)
                root = self.entry(next(self.events), 0, keyed=False)
            elif isinstance(event, DocumentEndEvent) and event.explicit:
                raise _refused(event, "a `...` line is not formatted; remove it, a rule file ends without it")
        return Document(head, root, _comments(self.gap(len(self.text))[0]))

    def head(self, event: Any) -> tuple[Comment, ...]:
        """The comments above a `---`, which is read with them."""
        found, _ = self.gap(event.start_mark.index)
        self.cursor = event.end_mark.index
        return _comments(found)

    def entry(self, event: Any, column: int, *, keyed: bool) -> Entry:
        """The entry that begins with this event, of a collection that begins in this column."""
        above, blank = self.gap(event.start_mark.index)
        key: Text | None = None
        between: list[_Found] = []
        pause = False
        if keyed:
            key = self.plain_or_quoted(event)
            if len(key.lines) > 1:
                raise _refused(event, "a key of several lines is not formatted; write it on one")
            event = next(self.events)
            between, pause = self.gap(event.start_mark.index)
        if isinstance(event, ScalarEvent) or event.flow_style:
            value, behind = self.inline(event, column)
            return Entry(key, value, _comments(above), blank, behind).lifted(_comments(between))
        behind = between.pop(0).comment.text if between and between[0].behind else None
        block = self.block(event)
        first, *others = block.entries
        first = replace(first, above=_comments(between), blank=pause).lifted(first.above)
        return Entry(key, replace(block, entries=(first, *others)), _comments(above), blank, behind)

    def inline(self, event: Any, column: int) -> tuple[Text | Collection, str | None]:
        """A value that begins on the line of its key or could, and the comment behind it."""
        if not isinstance(event, ScalarEvent):
            return self.flow(event), self.comment(_BEHIND)
        if event.style in ("|", ">"):
            return self.block_text(event, column)
        return self.plain_or_quoted(event), self.comment(_BEHIND, glued=not event.style)

    def block(self, event: Any) -> Collection:
        mapping, column = isinstance(event, MappingStartEvent), event.start_mark.column
        entries = []
        for child in self.events:
            if isinstance(child, (MappingEndEvent, SequenceEndEvent)):
                break
            entries.append(self.entry(child, column, keyed=mapping))
        return Collection(tuple(entries), mapping, False, self.end(column, child.start_mark, mapping=mapping))

    def end(self, column: int, follower: Any, *, mapping: bool) -> tuple[Comment, ...]:
        """The comments that stand below the entries of this column, and deeper than what follows.

        So an entry that is commented out at the end of a list stays there; other comments are about what follows.
        """

        def belongs(found: _Found) -> bool:
            # A list may stand in the column of its key, and then of the next key too.
            item = not mapping and _ITEM.match(found.comment.text) is not None
            return found.column >= column and (ends or item or found.column > follower.column)

        ends = follower.index >= len(self.text)
        taken = list(takewhile(belongs, self.found(follower.index)))
        if taken:
            self.cursor = taken[-1].end
        return _comments(taken)

    def flow(self, event: Any) -> Collection:
        # A pair without braces in a list, `[a: b]`, begins and ends with nothing: the cursor stays where it is.
        mapping, self.cursor = isinstance(event, MappingStartEvent), event.end_mark.index
        entries = []
        for child in self.events:
            if isinstance(child, (MappingEndEvent, SequenceEndEvent)):
                break
            entry = self.entry(child, 0, keyed=mapping)
            behind = self.comment(_BEHIND_COMMA)
            entries.append(entry.lifted((Comment(behind),) if behind else ()))
        end, _ = self.gap(child.start_mark.index)
        self.cursor = child.end_mark.index
        return Collection(tuple(entries), mapping, True, _comments(end))

    def plain_or_quoted(self, event: Any) -> Text:
        start, end = event.start_mark.index, event.end_mark.index
        self.cursor = max(self.cursor, end)
        first, *others = self.text[start:end].split("\n")
        own_line = not self.text[self.text.rfind("\n", 0, start) + 1 : start].strip()
        if not others:
            return Text(event.value, (first,), not event.style, own_line)
        lines = (_TRAILING.sub("", first), *(_TRAILING.sub("", line.lstrip(" \t")) for line in others))
        return Text(event.value, lines, not event.style, own_line)

    def block_text(self, event: Any, column: int) -> tuple[Text, str | None]:
        """A `|` or `>` text, and the comment behind its sign."""
        sign = _SIGN.match(self.text, event.start_mark.index)
        assert sign is not None
        style, options, behind = sign.groups()
        *lines, rest = self.text[sign.end() : event.end_mark.index].split("\n")[1:] or [""]
        step = next((int(option) for option in options if option.isdigit()), None)
        indent = column + step if step is not None else _indent([*lines, rest])
        if rest[indent:]:  # the file ends within the text, and so without the line end that `|` keeps
            lines, options = [*lines, rest], "".join(filter(str.isdigit, options)) + "-"
        if "+" not in options:
            while lines and not lines[-1][indent:]:
                lines.pop()
        self.cursor = sign.end() + sum(len(line) + 1 for line in lines)
        content = (line[indent:] for line in lines)
        text = Text(event.value, (style + options, *content), False, step=STEP if step is None else step)
        return text, _tidy(behind) if behind else None

    # --- what stands between values: signs, blanks, comments ---

    def comment(self, where: re.Pattern[str], *, glued: bool = False) -> str | None:
        """The comment behind what was just read, if there is one.

        `glued`: it may be meant as a part of what was read (`order #12`), and stays as it is.
        """
        match = where.match(self.text, self.cursor)
        if match is None:
            return None
        self.cursor = match.end()
        return match[1].rstrip(" \t") if glued else _tidy(match[1])

    def gap(self, end: int) -> tuple[list[_Found], bool]:
        """Read up to `end`: the comments, and whether a blank line stands below the last of them."""
        found = self.found(end)
        start = found[-1].end if found else self.cursor
        self.cursor = max(self.cursor, end)
        return found, _has_blank_line(self.text[start:end].partition("-")[0])  # not between a dash and its item

    def found(self, end: int) -> list[_Found]:
        """The comments up to `end`."""
        found: list[_Found] = []
        at, above = self.cursor, self.cursor
        if self.text.find("#", at, end) < 0:
            return found
        for number, row in enumerate(_BREAK.split(self.text[at:end])):
            column = row.find("#")
            if column >= 0:
                comment = Comment(_tidy(row[column:]), _has_blank_line(self.text[above:at]))
                above = at + len(row)
                found.append(_Found(comment, above, column, number == 0 and self.cursor > 0))
            at += len(row) + 1
        return found


def _comments(found: Iterable[_Found]) -> tuple[Comment, ...]:
    return tuple(each.comment for each in found)


def _has_blank_line(gap: str) -> bool:
    """Whether a line of it, between what ends on the first and what begins on the last, has nothing but blanks."""
    return any(not row.strip() for row in _BREAK.split(gap)[1:-1])


def _indent(lines: list[str]) -> int:
    """The indentation of a `|` text, as libyaml finds it: up to the first line that is not blank, the widest."""
    widest = 0
    for line in lines:
        blanks = len(line) - len(line.lstrip(" "))
        widest = max(widest, blanks)
        if blanks < len(line):
            break
    return widest


def _tidy(comment: str) -> str:
    return _GLUED.sub("# ", comment.rstrip(" \t"))


def _refused(event: Any, message: str) -> UsageError:
    return UsageError(f"line {event.start_mark.line + 1}: {message}")
