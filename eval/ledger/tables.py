"""The ledger's tables for a terminal: figures of rules and phrases, a line for each. They fit 80 columns."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from rich.console import JustifyMethod
from rich.table import Table
from rich.text import Text

from eval.figures.in_words import interval, value
from eval.ledger.ledger import PhraseLine, RuleLine, With
from handover_rules.problems import one_line

__all__ = ["alone", "meetings", "met", "phrases", "ranked", "rules", "vetoes"]

_NO_FIGURE = "-"
_LEFT = ("rule", "most with", "where", "phrase")


def rules(lines: Iterable[RuleLine]) -> Table:
    """How often each rule fired and decided, how right it was, and what it costs."""
    table = _table("rule", "fired", "decided", "right", "wrong", "precision", "95 % interval", "µs\nalone")
    for line in lines:
        a = line.account
        table.add_row(
            line.rule if line.then == "handover" else f"{line.rule} ({line.then})",
            *_counts(a.fired, a.decided, a.right, a.wrong),
            value(a.precision),
            interval(a.precision),
            _microseconds(line),
        )
    return table


def alone(lines: Sequence[RuleLine]) -> Table:
    """What only this rule does. The columns about what a rule holds back are there only where a rule does that."""
    holds_back = any(line.account.missed_alone or line.account.spared_alone for line in lines)
    held = ("missed", "spared") if holds_back else ()
    titles = (
        "rule",
        "other\noutcome",
        "caught",
        "recall\nlost",
        "95 % interval",
        "false\nalarms",
        *held,
        "AI calls\nsaved",
    )
    table = _table(*titles)
    for line in lines:
        a = line.account
        table.add_row(
            line.rule,
            *_counts(a.other_outcome, a.caught_alone),
            value(a.recall_lost),
            interval(a.recall_lost),
            *_counts(a.false_alarms_alone, *((a.missed_alone, a.spared_alone) if holds_back else ())),
            *_counts(a.ai_calls_saved),
        )
    return table


def meetings(lines: Iterable[RuleLine]) -> Table:
    """With which other rules a rule fires: those that do the same (overlaps), and those that decide otherwise."""
    table = _table("rule", "overlaps", "most with", "conflicts", "most with")
    for line in lines:
        a = line.account
        table.add_row(
            line.rule,
            *_counts(a.overlaps),
            met(a.overlaps_most_with),
            *_counts(a.conflicts),
            met(a.conflicts_most_with),
        )
    return table


def ranked(lines: Iterable[PhraseLine]) -> Table:
    """Phrases of several rules by what only they do."""
    table = _table("caught", "false\nalarms", "right", "wrong", "where", "phrase")
    for line in lines:
        a = line.account
        table.add_row(*_counts(a.caught_alone, a.false_alarms_alone, a.right, a.wrong), _where(line), _shown(line))
    return table


def phrases(lines: Iterable[PhraseLine]) -> Table:
    """Phrases of one rule."""
    table = _table(
        "line", "occurs", "decided", "other\nrule", "right", "wrong", "caught", "false\nalarms", "µs", "phrase"
    )
    for line in lines:
        a = line.account
        counts = _counts(a.fired, a.decided, a.other_rule, a.right, a.wrong, a.caught_alone, a.false_alarms_alone)
        table.add_row(str(line.place.line), *counts, _microseconds(line), _shown(line))
    return table


def vetoes(lines: Iterable[PhraseLine]) -> Table:
    """Phrases by whom they keep from being handed over: positives (missed) and negatives (spared)."""
    table = _table("missed", "spared", "occurs", "where", "phrase")
    for line in lines:
        a = line.account
        table.add_row(*_counts(a.missed_alone, a.spared_alone, a.fired), _where(line), _shown(line))
    return table


def met(other: With | None) -> str:
    """The other rule and on how many messages it was met."""
    return _NO_FIGURE if other is None else f"{other.rule} ({other.messages:,})"


def _table(*titles: str) -> Table:
    table = Table(box=None, pad_edge=False, padding=(0, 1, 0, 0), header_style="dim")
    for title in titles:
        justify: JustifyMethod = "left" if title in _LEFT else "right"
        # Where there is no room, a phrase is cut, and never its place.
        table.add_column(Text(title), justify=justify, overflow="fold", no_wrap=title == "where")
    return table


def _microseconds(line: RuleLine | PhraseLine) -> str:
    return _NO_FIGURE if line.microseconds is None else f"{line.microseconds:.1f}"


def _counts(*counts: int) -> list[str]:
    return [f"{n:,}" for n in counts]


def _where(line: PhraseLine) -> str:
    return f"{Path(line.place.file).name}:{line.place.line}"


def _shown(line: PhraseLine) -> Text:
    """A phrase on one line, cut where the terminal ends: its place tells where all of it stands."""
    kind = "" if line.kind == "phrase" else f"{line.kind}: "
    return Text(f"{kind}{one_line(line.text)}", no_wrap=True, overflow="ellipsis")
