"""The comparison of strategies, for people (a terminal, a pull request) and for programs (JSON)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass

from rich.console import Console
from rich.table import Table
from rich.text import Text

from eval.ai_cost.use import AnswerUse
from eval.ai_cost.wording import use_lines
from eval.figures.in_words import interval, value
from eval.output import as_plain
from eval.strategies.strategies import Line

__all__ = ["Stated", "print_lines", "to_json", "to_markdown"]


@dataclass(frozen=True, slots=True)
class Stated:
    """What no recorded answer tells: the cost of a call in a unit of the user's own, and its mean time in ms."""

    call_cost: float | None
    call_ms: float | None

    def cost(self, line: Line) -> float | None:
        """What 1,000 messages cost: only calls that are answered are paid."""
        return None if self.call_cost is None else self.call_cost * line.answered

    def latency(self, line: Line) -> float | None:
        """The mean time in ms to a decision: its computing, and its calls, one after the other."""
        return None if self.call_ms is None else line.local_ms + self.call_ms * line.calls / 1000


_HEADS = ("strategy", "AI down", "precision", "recall", "95 % interval", "alarms/1,000", "calls/1,000", "cost", "ms")


def print_lines(lines: Sequence[Line], stated: Stated, uses: Sequence[AnswerUse], console: Console) -> None:
    """Print the table, and the use of the AI for all of it. The table fits 100 columns."""
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="dim")
    for number, head in enumerate(_HEADS):
        table.add_column(head, justify="right" if number else "left")
    for line in lines:
        table.add_row(*_cells(line, stated))
    console.print(table)
    for note in _notes(lines, stated, uses):
        console.print(Text(note))


def to_markdown(lines: Sequence[Line], stated: Stated, uses: Sequence[AnswerUse]) -> str:
    """The table for a pull request."""
    rows = ["| " + " | ".join(cells) + " |" for cells in (_HEADS, ["---"] * len(_HEADS))]
    rows += ["| " + " | ".join(_cells(line, stated)) + " |" for line in lines]
    return "\n".join([*rows, "", *_notes(lines, stated, uses), ""])


def to_json(lines: Sequence[Line], stated: Stated, uses: Sequence[AnswerUse]) -> dict[str, object]:
    """All of it as JSON values."""
    told = [asdict(line) | {"cost_of_1000": stated.cost(line), "latency_ms": stated.latency(line)} for line in lines]
    return as_plain({"stated": asdict(stated), "lines": told, "answers": [use.as_json() for use in uses]})


def _cells(line: Line, stated: Stated) -> list[str]:
    cost, latency = stated.cost(line), stated.latency(line)
    return [
        line.strategy,
        "-" if line.down is None else f"{100 * line.down:g} %",
        value(line.figures.precision),
        value(line.figures.recall),
        interval(line.figures.recall),
        value(line.figures.false_alarms, 1),
        f"{line.calls:,.0f}",
        "-" if cost is None else f"{cost:,.2f}",
        f"{line.local_ms:.2f}" if latency is None else f"{latency:,.0f}",
    ]


def _notes(lines: Sequence[Line], stated: Stated, uses: Sequence[AnswerUse]) -> Iterator[str]:
    yield "calls: questions to detectors that cost money, for 1,000 messages"
    if stated.call_cost is not None:
        yield f"cost: of 1,000 messages, where an answered call costs {stated.call_cost:g}"
    if stated.call_ms is None:
        yield "ms: mean processor time of a decision without its calls; --call-ms states how long one takes"
    else:
        yield f"ms: mean time to a decision, where a call takes {stated.call_ms:g} ms"
    if most := max(line.unanswered for line in lines):
        yield f"up to {most:,.0f} calls for 1,000 messages are not recorded: there the AI is as if it were down"
    yield from (f"for all of the table: {line}" for line in use_lines(uses))
