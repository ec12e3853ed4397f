"""The result of gates for people (a terminal of 80 columns) and for programs (JSON)."""

from __future__ import annotations

from dataclasses import asdict

from rich.console import Console
from rich.table import Table
from rich.text import Text

from eval.gate import wording
from eval.gate.judging import GateReport
from eval.output import as_plain

__all__ = ["print_gates", "to_json"]

_MOST_OF_A_NAME = 22
_MOST_OF_A_VERDICT = 11


def to_json(report: GateReport) -> dict[str, object]:
    """The report as JSON values, fields as in the dataclasses: a check has a `floor` and a `figure`, or a `margin` and
    a `judgement`. False alarms are of 1,000 in a floor and its figure, and shares in a margin and its judgement.
    """
    return as_plain(asdict(report))


def print_gates(report: GateReport, console: Console) -> None:
    """Print the verdict, a table of all requirements, and why some are not met."""
    console.print(Text(f"Verdict: {wording.headline(report)}", style="bold"))
    for line in wording.about_lines(report):
        console.print(Text(line))
    console.print()
    console.print(_table(report))
    console.print()
    if report.baseline is not None:
        console.print(Text(wording.ABOUT_CHANGES))
    for gate in report.gates:
        for line in wording.remarks(gate):
            console.print(Text(f"{gate.name}: {line}"))


def _table(report: GateReport) -> Table:
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="dim")
    table.add_column("gate", overflow="fold", max_width=_MOST_OF_A_NAME)
    for title in ("value", "95 % interval", "n", "required"):
        table.add_column(title, justify="right", no_wrap=True)
    table.add_column("verdict", overflow="fold", max_width=_MOST_OF_A_VERDICT)
    for gate in report.gates:
        table.add_row(Text(gate.name, style="bold"))
        for check in gate.checks:
            table.add_row(*map(Text, wording.check_line(check)))
    return table
