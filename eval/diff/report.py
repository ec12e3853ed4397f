"""A comparison of two rulesets for people, in a terminal. Fits 80 columns."""

from __future__ import annotations

from collections import Counter

from rich.console import Console, Group, RenderableType
from rich.padding import Padding
from rich.rule import Rule
from rich.table import Table
from rich.text import Text

from eval.diff import difference, wording
from eval.diff.difference import Difference, FileDifference, Side
from eval.figures.metrics import Figures

__all__ = ["figures_table", "flips_of", "heading", "print_diff"]

_SHOWN_FLIPS = 5
_SHOWN_CHARACTERS = 60


def print_diff(diff: Difference, console: Console) -> None:
    """Print the verdict, a block for each file, and the flips by the rules that moved them."""
    console.print(Text(f"Verdict: {wording.headline(diff)}", style="bold"))
    console.print(Text(_side("before", diff.before)))
    console.print(Text(_side("after ", diff.after)))
    for file in diff.files:
        console.print(heading(file.file))
        console.print(Padding(_block(file), (0, 0, 1, 2), expand=False))
    if diff.groups:
        console.print(heading("flips, by the rules that moved them"))
        for group in diff.groups:
            console.print(Padding(flips_of(group), (0, 0, 1, 2), expand=False))


def _side(when: str, side: Side) -> str:
    return f"{when}: {side.source} ({side.ruleset} {side.hash})"


def heading(text: str) -> Rule:
    """A line across the page with a title."""
    return Rule(Text(text, overflow="fold"), align="left", style="dim")


def _block(file: FileDifference) -> RenderableType:
    parts: list[RenderableType] = [Text(line) for line in wording.said_lines(file)]
    if file.judged is not None:
        parts += ["", figures_table(file.before, file.after), ""]
        parts += [Text(line) for line in wording.judged_lines(file.judged)]
    return Group(*parts)


def figures_table(before: Figures, after: Figures) -> Table:
    """The figures before a change, and after it where they differ."""
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="dim")
    for title in ("", ""):
        table.add_column(title)
    for title in ("value", "95 % interval", "of"):
        table.add_column(title, justify="right")
    for old, new in zip(wording.figure_rows(before), wording.figure_rows(after), strict=True):
        if old == new:
            table.add_row(old[0], "both", *old[1:])
        else:
            table.add_row(old[0], "before", *old[1:])
            table.add_row("", "after", *new[1:])
    return table


def flips_of(group: difference.Group) -> RenderableType:
    """The first flips of a group, and how many more there are."""
    kinds = wording.flip_kinds(Counter(flip.kind for flip in group.flips))
    table = Table(box=None, pad_edge=False, show_header=False, padding=(0, 2, 0, 0))
    for flip in group.flips[:_SHOWN_FLIPS]:
        text = wording.shown_text(flip, _SHOWN_CHARACTERS)
        id_ = Text(wording.shown_id(flip), overflow="fold")
        table.add_row(id_, Text(wording.flip_kind(flip)), Text(text, overflow="fold"))
    parts: list[RenderableType] = [Text(f"{wording.group_title(group)}: {kinds}"), Padding(table, (0, 0, 0, 2))]
    left = len(group.flips) - _SHOWN_FLIPS
    if left > 0:
        parts.append(Text(f"  and {left:,} more; --json has all"))
    return Group(*parts)
