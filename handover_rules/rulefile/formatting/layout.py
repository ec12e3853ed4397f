"""A rule file as its author laid it out: values as written, and the comments and blank lines between them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TypeAlias

__all__ = ["STEP", "Collection", "Comment", "Document", "Entry", "Text", "Value"]

STEP = 2  # columns that a level is indented


@dataclass(frozen=True, slots=True)
class Comment:
    """A comment, from its `#` on. `blank`: a blank line stands above it."""

    text: str
    blank: bool = False


@dataclass(frozen=True, slots=True)
class Text:
    """A single value.

    `says`: what it means to YAML; `lines`: as written, none with its indentation; `own_line`: it begins a line, below
    its key. Of a `|` or `>` text the first of the lines is the sign, and `step` is how far the others are indented.
    """

    says: str
    lines: tuple[str, ...]
    plain: bool
    own_line: bool = False
    step: int | None = None

    @property
    def is_nothing(self) -> bool:
        """Whether nothing was written."""
        return self.lines == ("",)


@dataclass(frozen=True, slots=True)
class Entry:
    """An item of a list (without a key), an entry of a mapping, or the root of a file.

    `above`: the comments on the lines before it; `blank`: a blank line stands between those and it; `behind`: the
    comment at the end of its line, that of its key where the value is a block.
    """

    key: Text | None
    value: Value
    above: tuple[Comment, ...] = ()
    blank: bool = False
    behind: str | None = None

    def lifted(self, comments: tuple[Comment, ...]) -> Entry:
        """With more comments above it, below those that are there."""
        if not comments:
            return self
        first, *others = comments
        return replace(self, above=(*self.above, replace(first, blank=self.blank), *others), blank=False)

    def without_pause(self) -> Entry:
        """Without a blank line at its very top."""
        if not self.above:
            return replace(self, blank=False)
        first, *others = self.above
        return replace(self, above=(replace(first, blank=False), *others))


@dataclass(frozen=True, slots=True)
class Collection:
    """A list or a mapping; `flow`: in brackets or braces. `end`: the comments below its last entry."""

    entries: tuple[Entry, ...]
    mapping: bool
    flow: bool
    end: tuple[Comment, ...] = ()


Value: TypeAlias = Text | Collection


@dataclass(frozen=True, slots=True)
class Document:
    """A whole file. `head`: the comments above a `---`, None without one; `root`: None where only comments stand."""

    head: tuple[Comment, ...] | None
    root: Entry | None
    end: tuple[Comment, ...]
