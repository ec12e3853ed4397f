"""Reading what a user states on the command line, and no message tells: the share of positives, and costs."""

from __future__ import annotations

from math import isfinite

from eval.figures.prevalence import Assumed, Costs
from handover_rules.errors import UsageError

__all__ = ["assumed"]


def assumed(prevalence: float | None, cost: str | None) -> Assumed:
    """What `--prevalence` and `--cost` state. Raises UsageError for a share or costs that cannot be."""
    if prevalence is not None and not 0 < prevalence < 1:
        raise UsageError(f"--prevalence is {prevalence:g}; expected a share between 0 and 1, such as 0.05 for 5 %")
    return Assumed(prevalence, None if cost is None else _costs(cost))


def _costs(text: str) -> Costs:
    try:
        miss, alarm = map(float, text.split(":"))
    except ValueError:
        miss = alarm = -1.0
    if not (isfinite(miss) and isfinite(alarm) and miss > 0 and alarm > 0):
        raise UsageError(
            f"--cost is {text!r}; expected the cost of a missed person and of a false alarm, each above 0: --cost 20:1"
        )
    return Costs(miss, alarm)
