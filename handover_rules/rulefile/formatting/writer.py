"""Layout -> text."""

from __future__ import annotations

from collections.abc import Iterable

from handover_rules.rulefile.formatting.layout import STEP, Collection, Comment, Document, Entry, Text
from handover_rules.rulefile.yaml_text import WIDTH

__all__ = ["intro", "one_line", "write"]


def write(document: Document) -> str:
    """The document's text; every line ends with LF."""
    writer = _Writer()
    if document.head is not None:
        writer.comments(document.head, 0)
        writer.add(["---"])
    if document.root is not None:
        writer.root(document.root)
    writer.comments(document.end, 0)
    return "".join(f"{line}\n" for line in writer.lines)


def intro(entry: Entry) -> str:
    """What stands before an entry's value, without the space."""
    return f"{entry.key.lines[0]}:" if entry.key is not None else "-"


def one_line(value: Text | Collection) -> str:
    """A value as it stands in brackets: on one line, but for texts that are written over several."""
    if isinstance(value, Text):
        return "\n".join(value.lines)
    if not value.mapping:
        return f"[{', '.join(one_line(entry.value) for entry in value.entries)}]"
    return f"{{{', '.join(map(_pair, value.entries))}}}"


def _pair(entry: Entry) -> str:
    if isinstance(entry.value, Text) and entry.value.is_nothing:
        return intro(entry)[:-1]  # in braces, a `:` with nothing behind it is no YAML
    return f"{intro(entry)} {one_line(entry.value)}"


class _Writer:
    def __init__(self) -> None:
        self.lines: list[str] = []
        self.open = False  # a text keeps its last line ends: a blank line would be one more of them

    def add(self, lines: Iterable[str]) -> None:
        self.lines += lines
        self.open = False

    def root(self, root: Entry) -> None:
        self.above(root, 0)
        if isinstance(root.value, Collection) and not root.value.flow:
            self.entries(root.value, 0)
        elif content := one_line(root.value):
            self.add([_commented(content, root.behind)])

    def entries(self, collection: Collection, indent: int) -> None:
        for entry in collection.entries:
            self.entry(entry, indent)
        self.comments(collection.end, indent)

    def entry(self, entry: Entry, indent: int) -> None:
        self.above(entry, indent)
        margin, start = " " * indent, len(self.lines)
        if isinstance(entry.value, Text) and entry.value.step is not None:
            sign, *content = entry.value.lines
            self.add([_commented(f"{margin}{intro(entry)} {sign}", entry.behind)])
            self.add(_indented(content, margin + " " * entry.value.step))
            self.open = "+" in sign
        elif isinstance(entry.value, Text) or entry.value.flow:
            self.add(_value(entry, margin))
        elif entry.key is not None:
            self.add([_commented(margin + intro(entry), entry.behind)])
            self.entries(entry.value, indent + STEP)
        else:
            self.entries(entry.value, indent + STEP)
            self.lines[start] = f"{margin}- {self.lines[start][indent + STEP :]}"

    def above(self, entry: Entry, indent: int) -> None:
        self.comments(entry.above, indent)
        if entry.blank:
            self.pause()

    def comments(self, comments: Iterable[Comment], indent: int) -> None:
        for comment in comments:
            if comment.blank:
                self.pause()
            self.add([" " * indent + comment.text])

    def pause(self) -> None:
        """A blank line, where it means nothing and stands between others."""
        if self.lines and not self.open:
            self.add([""])


def _value(entry: Entry, margin: str) -> list[str]:
    """An entry whose value begins on its line, unless it began on its own and would not fit here."""
    first, *others = one_line(entry.value).split("\n")
    start, inner = margin + intro(entry), margin + " " * STEP
    lines = [f"{start} {first}" if first else start]
    if isinstance(entry.value, Text) and entry.value.own_line and (others or len(lines[0]) > WIDTH):
        lines = [start, inner + first]
    lines += _indented(others, inner)
    lines[-1] = _commented(lines[-1], entry.behind)
    return lines


def _indented(lines: Iterable[str], margin: str) -> list[str]:
    return [margin + line if line else "" for line in lines]


def _commented(line: str, comment: str | None) -> str:
    return f"{line}  {comment}" if comment else line
