"""A comparison of two runs for people, in a terminal. Fits 80 columns."""

from __future__ import annotations

from rich.console import Console, Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from eval.compare import wording
from eval.compare.comparison import Comparison, FileComparison
from eval.diff.report import figures_table, flips_of, heading

__all__ = ["print_comparison"]


def print_comparison(found: Comparison, console: Console) -> None:
    """Print what differs in the inputs, a block for each file, and the flips by the rules that moved them."""
    console.print(Text(wording.headline(found), style="bold"))
    console.print(Text(f"before: {wording.run_line(found.before)}"))
    console.print(Text(f"after : {wording.run_line(found.after)}"))
    console.print(_inputs(found) if found.inputs else Text(wording.NO_OTHER_INPUTS))
    for line in wording.told_lines(found):
        console.print(Text(line))
    for file in found.compared:
        console.print(heading(file.file))
        console.print(Padding(_block(file), (0, 0, 1, 2), expand=False))
    if found.groups:
        console.print(heading("flips, by the rules that moved them"))
        for group in found.groups:
            console.print(Padding(flips_of(group), (0, 0, 1, 2), expand=False))


def _inputs(found: Comparison) -> Table:
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="dim")
    for title in ("input that differs", "before", "after"):
        table.add_column(title, overflow="fold")
    for row in wording.input_rows(found):
        table.add_row(*map(Text, row))
    return table


def _block(file: FileComparison) -> RenderableType:
    lines = (Text(line) for line in wording.file_lines(file))
    return Group(figures_table(file.before, file.after), "", *lines)
