"""What figures become where positives are rarer, and what decisions cost: both need a share of positives.

Labelled messages are rich in positives, so their precision is not that of a live bot. Recall and false alarms carry
over; with them and a stated share of positives, precision and costs can be told.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import inf, sqrt

from eval.figures.metrics import Figures
from eval.figures.ranking import Estimate

__all__ = ["NOTHING_ASSUMED", "Assumed", "Costs", "Expected", "expected", "expected_cost", "precision_at"]


@dataclass(frozen=True, slots=True)
class Costs:
    """What a missed positive and a false alarm cost, in a unit of the user's own."""

    miss: float
    alarm: float

    @property
    def break_even(self) -> float:
        """From which probability on a handover costs less than none: a calibrated score's best threshold."""
        return self.alarm / (self.alarm + self.miss)


@dataclass(frozen=True, slots=True)
class Assumed:
    """What is stated, since no labelled message tells it: the share of positives (0 to 1, both excluded), and costs."""

    prevalence: float | None = None
    costs: Costs | None = None


NOTHING_ASSUMED = Assumed()


@dataclass(frozen=True, slots=True)
class Expected:
    """Figures at a share of positives, which is that of the messages themselves where none was stated.

    `precision` and `cost` (of 1,000 messages) are None where a class has no message; `cost` also without costs.
    """

    prevalence: float
    stated: bool
    precision: Estimate | None
    cost: Estimate | None


def expected(assumed: Assumed, figures: Figures) -> Expected | None:
    """The figures of messages under what is assumed; None where nothing is, or where no share can be told."""
    prevalence = assumed.prevalence
    if prevalence is None and assumed.costs is not None and figures.recall and figures.false_alarms:
        prevalence = figures.recall.n / (figures.recall.n + figures.false_alarms.n)
    if prevalence is None:
        return None
    cost = None if assumed.costs is None else expected_cost(assumed.costs, prevalence, figures)
    return Expected(prevalence, assumed.prevalence is not None, precision_at(prevalence, figures), cost)


def precision_at(prevalence: float, figures: Figures) -> Estimate | None:
    """The precision where positives have this share; None where a class has no message, or nothing is handed over.

    Precision falls with the ratio of the false alarm rate to recall, so the ends of the ratio's interval carry over.
    That interval is made of those of the two rates (MOVER-R: A. Donner & G. Y. Zou, Closed-form confidence intervals
    for functions of the normal mean and standard deviation, Statistical Methods in Medical Research 21, 2012).
    """
    recall, alarms = figures.recall, figures.false_alarms
    if recall is None or alarms is None or not (recall.hits or alarms.hits):
        return None
    rate, low, high = (one / 1000 for one in (alarms.value, alarms.low, alarms.high))
    odds = (1 - prevalence) / prevalence

    def precision(ratio: float) -> float:
        return 1 / (1 + odds * ratio)

    least = _ratio_end(rate, recall.value, low, recall.high, -1)
    most = _ratio_end(rate, recall.value, high, recall.low, 1)
    value = precision(rate / recall.value) if recall.value else 0.0
    n = recall.n + alarms.n
    return Estimate(value, min(precision(most), value), max(precision(least), value), n)


def _ratio_end(above: float, below: float, above_end: float, below_end: float, sign: int) -> float:
    """One end of the interval of above / below, from the ends of theirs that lie that way."""
    product = above * below
    inside = product**2 - above_end * below_end * (2 * above - above_end) * (2 * below - below_end)
    divisor = below_end * (2 * below - below_end)
    return (product + sign * sqrt(max(inside, 0.0))) / divisor if divisor > 0 else inf


def expected_cost(costs: Costs, prevalence: float, figures: Figures) -> Estimate | None:
    """What 1,000 messages cost where positives have this share; None where a class has no message.

    The interval of a sum is made of those of its parts (MOVER: G. Y. Zou & A. Donner, Construction of confidence limits
    about effect measures, Statistics in Medicine 27, 2008).
    """
    recall, alarms = figures.recall, figures.false_alarms
    if recall is None or alarms is None:
        return None
    missed, wrong = 1000 * prevalence * costs.miss, (1 - prevalence) * costs.alarm  # `false_alarms` is of 1,000 already
    value = missed * (1 - recall.value) + wrong * alarms.value
    below = sqrt((missed * (recall.high - recall.value)) ** 2 + (wrong * (alarms.value - alarms.low)) ** 2)
    above = sqrt((missed * (recall.value - recall.low)) ** 2 + (wrong * (alarms.high - alarms.value)) ** 2)
    return Estimate(value, max(0.0, value - below), value + above, recall.n + alarms.n)
