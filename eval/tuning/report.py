"""What tuning found, for people (a terminal) and for programs (JSON)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict

from rich.console import Console
from rich.table import Table
from rich.text import Text

from eval.figures.in_words import interval, of, value
from eval.output import as_plain
from eval.tuning.certify import Certified, Refused
from eval.tuning.cheapest import Cheapest
from eval.tuning.goal import Goal
from eval.tuning.tune import Tuned

__all__ = ["in_words", "print_tuned", "to_json"]


def to_json(tuned: Tuned) -> dict[str, object]:
    """All of it as JSON values. `found.kind` is `certified`, `refused` or `cheapest`."""
    plain = as_plain(asdict(tuned))
    found = plain["found"]
    assert isinstance(found, dict)
    return plain | {
        "goal": tuned.goal and str(tuned.goal),
        "found": {"kind": type(tuned.found).__name__.lower(), **found},
    }


def print_tuned(tuned: Tuned, console: Console) -> None:
    """Print what was found, and the figures before and after. Fits 80 columns."""
    for line in _sentences(tuned):
        console.print(Text(line))
    if tuned.after is None:
        return
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="dim")
    table.add_column("")
    for title in (f"at {tuned.old:g}, now", f"at {tuned.value:g}", "95 % interval", "of"):
        table.add_column(title, justify="right")
    for name, digits in (("precision", 3), ("recall", 3), ("f1", 3), ("false_alarms", 1)):
        old, new = getattr(tuned.before, name), getattr(tuned.after, name)
        title = {"f1": "F1", "false_alarms": "false alarms per 1,000"}.get(name, name)
        table.add_row(title, value(old, digits), value(new, digits), interval(new, digits), of(new))
    console.print("", table)


def _sentences(tuned: Tuned) -> Iterator[str]:
    counted = f"{tuned.messages:,} messages that count in the {tuned.view} view, {tuned.positives:,} of them positive"
    aim = "least expected cost" if tuned.goal is None else str(tuned.goal)
    share = tuned.assumed.prevalence
    at = "" if share is None else f", where {100 * share:.3g} % of the messages are positive"
    yield f"${tuned.threshold} for {aim}{at}; {counted}"
    yield from in_words(tuned.goal, tuned.found, tuned.value)


def in_words(goal: Goal | None, found: Certified | Refused | Cheapest, chosen: float | None) -> Iterator[str]:
    """What was found, in sentences; `chosen` is the threshold, None where it was refused."""
    match found:
        case Certified():
            assert goal is not None
            side = "at most" if goal.kind == "false_alarms" else "at least"
            yield f"{chosen:g}: {goal.kind} is {side} {found.bound:.3f}, with 95 % certainty"
        case Cheapest():
            cost = f"{found.cost.value:,.1f} ({found.cost.low:,.1f} to {found.cost.high:,.1f})"
            yield f"{chosen:g}: 1,000 messages cost {cost}, on messages that the threshold was not chosen by"
        case Refused():
            assert goal is not None
            yield from _refusal(goal, found)


def _refusal(goal: Goal, found: Refused) -> Iterator[str]:
    yield f"these messages cannot promise {goal}; nothing is chosen"
    yield "nothing of that kind can be promised" if found.promised is None else f"{found.promised} can be promised"
    if found.more is None:
        yield "more messages like these would not change that: at no threshold is the goal kept by much, if at all"
    else:
        assert found.near is not None
        assert found.seen is not None
        yield (
            f"at {found.near:.4g} {goal.kind} was {found.seen:.3f} here: about {found.more:,} more labelled "
            f"messages of the same kind would prove the goal, if they look like these"
        )
