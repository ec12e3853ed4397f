"""Leave to spend money: nothing that costs is asked before somebody, or an option, has agreed to the estimate."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass

from rich.console import Console
from rich.text import Text

from eval.ai_cost.estimate import CostEstimate
from eval.ai_cost.wording import estimate_lines, in_currency, unpriced
from handover_rules.errors import UsageError

__all__ = ["Consent", "at_a_terminal", "obtain"]


@dataclass(frozen=True, slots=True)
class Consent:
    """What the options agree to: any estimate (`yes`), or one of at most `max_cost`, in the currency of `prices`."""

    yes: bool = False
    max_cost: float | None = None


def at_a_terminal() -> Callable[[str], bool] | None:
    """Puts a question to whoever sits at the terminal; None where nobody does."""
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        return None
    return _agrees


def _agrees(question: str) -> bool:
    # Not by `input` or typer, which write to standard output, where a report may go.
    print(f"{question} [y/N] ", end="", file=sys.stderr, flush=True)
    return sys.stdin.readline().strip().lower() in ("y", "yes")


def obtain(estimate: CostEstimate, consent: Consent, errors: Console, somebody: Callable[[str], bool] | None) -> None:
    """Show the estimate on `errors`, and return if it may be spent. Where nothing is to be asked, nothing is shown.

    `max_cost` alone is agreement up to that amount, and holds with `yes` as well. Raises UsageError, before anything is
    asked, where the estimate is above it or not known, where `somebody` says no, and where nobody can be asked.
    """
    if not estimate.detectors:
        return
    for line in (*estimate_lines(estimate), *unpriced(estimate)):
        errors.print(Text(line))
    if consent.max_cost is not None:
        _check(estimate, consent.max_cost)
        return
    if consent.yes:
        return
    if somebody is None:
        raise UsageError(
            "nothing was asked: it costs money, and nobody is at a terminal to agree. Give --yes, or --max-cost AMOUNT "
            "to agree up to an amount; --offline asks nothing"
        )
    if not somebody("Ask now?"):
        raise UsageError("nothing was asked; --offline uses nothing but what is recorded")


def _check(estimate: CostEstimate, max_cost: float) -> None:
    money = estimate.money
    if money is None:
        first = next(one for one in estimate.detectors if one.money is None)
        raise UsageError(
            f"--max-cost {max_cost:g}: nothing was asked, since what {first.detector} costs is not known. Write its "
            f"`prices` at {first.declared}, or give --yes instead"
        )
    if money > max_cost:
        raise UsageError(
            f"--max-cost {max_cost:g}: nothing was asked, since the estimate is {in_currency(money)}. Allow more, or "
            "measure fewer messages"
        )
