"""A comparison of two rulesets as Markdown, for a pull request."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator

from eval.diff import wording
from eval.diff.difference import Difference, FileDifference, Group, Side
from eval.figures.metrics import Figures

__all__ = ["code", "figure_lines", "group_lines", "to_markdown"]

_SHOWN_FLIPS = 20
_SHOWN_CHARACTERS = 120


def to_markdown(diff: Difference) -> str:
    """The verdict first, then the figures, the flips by the rules that moved them, and folded the single files."""
    return "\n".join(_lines(diff)) + "\n"


def _lines(diff: Difference) -> Iterator[str]:
    yield f"### Rules: {wording.headline(diff)}"
    yield ""
    yield f"{_side(diff.before)} → {_side(diff.after)}, {diff.view} view"
    for file in diff.files[:1]:
        yield from _file(file)
    if diff.groups:
        yield from ("", "#### Flips, by the rules that moved them")
    for group in diff.groups:
        yield ""
        yield from group_lines(group)
    if len(diff.files) > 1:
        yield from ("", "<details><summary>File by file</summary>")
        for file in diff.files[1:]:
            yield from _file(file)
        yield from ("", "</details>")


def _side(side: Side) -> str:
    return f"{code(side.source)} ({code(f'{side.ruleset} {side.hash}')})"


def _file(file: FileDifference) -> Iterator[str]:
    yield from ("", f"#### {code(file.file)}", "")
    if file.judged is not None:
        yield from (f"- {line}" for line in wording.judged_lines(file.judged))
    yield from (f"- {line}" for line in wording.said_lines(file))
    if file.judged is not None:
        yield ""
        yield from figure_lines(file.before, file.after)


def figure_lines(before: Figures, after: Figures) -> Iterator[str]:
    """A table of the figures before and after a change."""
    yield from ("| | before | 95 % | of | after | 95 % | of |", "| --- | --: | --: | --: | --: | --: | --: |")
    for old, new in zip(wording.figure_rows(before), wording.figure_rows(after), strict=True):
        yield f"| {' | '.join((*old, *new[1:]))} |"


def group_lines(group: Group) -> Iterator[str]:
    """A table of the first flips of a group, and how many more there are."""
    kinds = wording.flip_kinds(Counter(flip.kind for flip in group.flips))
    yield from (
        f"{code(wording.group_title(group))}: {kinds}",
        "",
        "| | message | id | file |",
        "| --- | --- | --- | --- |",
    )
    for flip in group.flips[:_SHOWN_FLIPS]:
        text = wording.shown_text(flip, _SHOWN_CHARACTERS)
        yield f"| {wording.flip_kind(flip)} | {code(text)} | {code(wording.shown_id(flip))} | {code(flip.file)} |"
    left = len(group.flips) - _SHOWN_FLIPS
    if left > 0:
        yield from ("", f"and {left:,} more")


def code(text: str) -> str:
    """The text as code, where nothing is read as Markdown or HTML and nobody is mentioned; fit for a table's cell."""
    # A cell ends at a bar even in code, unless a backslash stands before it; of two, the first would guard the second.
    cell = re.sub(r"\\*\|", r"\\|", " ".join(text.split()))
    fence = "`" * (1 + max(map(len, re.findall("`+", cell)), default=0))
    pad = " " if not cell or cell[0] == "`" or cell[-1] == "`" else ""
    return f"{fence}{pad}{cell}{pad}{fence}"
