"""Layout -> the layout that it should have: a rule's keys in order, what is too long for its line in block form."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from handover_rules.errors import UsageError
from handover_rules.problems import quoted
from handover_rules.rulefile.formatting.layout import STEP, Collection, Comment, Document, Entry, Text
from handover_rules.rulefile.formatting.writer import intro, one_line
from handover_rules.rulefile.rules import RULE
from handover_rules.rulefile.yaml_text import WIDTH

__all__ = ["arrange"]

_ORDER = {key.name: number for number, key in enumerate(RULE.table.keys)}


def arrange(document: Document) -> Document:
    """The document as it should be laid out. Raises UsageError where a comment cannot keep its place."""
    root = document.root
    if root is None:
        return document
    if isinstance(root.value, Collection):
        root = replace(root, value=replace(root.value, entries=tuple(map(_section, root.value.entries))))
    # The root is no level of its own: what it holds is not indented.
    return replace(document, root=_entry(root, -STEP))


def _section(section: Entry) -> Entry:
    rules = section.value
    if section.key is None or section.key.says != "rules" or not isinstance(rules, Collection):
        return section
    return replace(section, value=replace(rules, entries=tuple(map(_rule, rules.entries))))


def _rule(item: Entry) -> Entry:
    """A rule with its keys as the grammar lists them, comments with their keys; as it is where it has other keys."""
    rule = item.value
    if not isinstance(rule, Collection):
        return item
    keys = [entry.key.says if entry.key else "" for entry in rule.entries]
    if not _ORDER.keys() >= set(keys):
        return item
    ordered = sorted(rule.entries, key=lambda entry: _ORDER[entry.key.says if entry.key else ""])
    return replace(item, value=replace(rule, entries=tuple(ordered)))


def _entry(entry: Entry, indent: int) -> Entry:
    """The entry as it is laid out when it is indented so far."""
    value = entry.value
    if isinstance(value, Text):
        return entry
    if value.flow:
        inside = tuple(_comments(value))
        text = one_line(value)
        fits = "\n" not in text and indent + len(intro(entry)) + 1 + len(text) <= WIDTH
        if fits and not inside:
            return entry
        if not _can_be_block(value):
            _expect_whole_texts(value)
            return entry.lifted(inside)
        value = replace(value, flow=False)
        if entry.behind is not None:
            entry = replace(entry, behind=None).lifted((Comment(entry.behind),))
    first, *others = (_entry(child, indent + STEP) for child in value.entries)
    if entry.key is None:
        # The first stands behind the dash (or begins the file), and what is above it above both.
        entry, first = entry.lifted(first.above), replace(first, above=(), blank=False)
    return replace(entry, value=replace(value, entries=(first.without_pause(), *others)))


def _can_be_block(value: Collection) -> bool:
    """Whether it says the same in block form.

    Where a comma may have cut a text (`[talk to a person, please]`), only the brackets show that; so they stay.
    """
    return bool(value.entries) and not any(_is_cut(entry.key, entry.value) for entry in value.entries)


def _is_cut(key: Text | None, value: Text | Collection) -> bool:
    if not isinstance(value, Text) or not value.plain:
        return False
    # `-`, `?` and `:` alone are texts in brackets, and signs in block form.
    return value.says in ("-", "?", ":") or (value.is_nothing if key else len(value.says.split()) > 1)


def _expect_whole_texts(value: Text | Collection) -> None:
    """Raise UsageError where a comment may have cut a text: nobody could see that when it stands elsewhere."""
    if isinstance(value, Text):
        return
    for entry in value.entries:
        if entry.behind is not None and isinstance(entry.value, Text) and entry.value.plain:
            hint = "put the text in quotes, or the comment on a line of its own"
            raise UsageError(f"behind {quoted(entry.value.says)} in brackets stands a comment that may cut it; {hint}")
        _expect_whole_texts(entry.value)


def _comments(value: Text | Collection) -> Iterator[Comment]:
    """All comments inside of a value that would lose their places if it was written on one line."""
    if isinstance(value, Text):
        return
    for entry in value.entries:
        yield from entry.above
        yield from _comments(entry.value)
        if entry.behind is not None:
            yield Comment(entry.behind)
    yield from value.end
