"""The figures of an evaluation, each with its interval and its n.

Everything is computed here, once, into plain dataclasses; the terminal and the JSON only render them.
Intervals are two-sided 95 % Wilson score intervals. A figure without a denominator is None, never 0 or 1.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from statsmodels.stats.proportion import proportion_confint

__all__ = [
    "Counts",
    "Figures",
    "Proportion",
    "counted",
    "f1",
    "f1_of",
    "false_alarms_per_1000",
    "figures",
    "per_1000",
    "wilson",
]


@dataclass(frozen=True, slots=True)
class Counts:
    """Messages by what was decided (positive: handed over) and by what their label says."""

    tp: int
    fp: int
    fn: int
    tn: int


@dataclass(frozen=True, slots=True)
class Proportion:
    """A figure with its 95 % interval; `hits` of `n` are the messages behind it."""

    value: float
    low: float
    high: float
    hits: int
    n: int


@dataclass(frozen=True, slots=True)
class Figures:
    """What is said of a set of messages.

    `f1` has the hits and n of F* (see `f1`); `false_alarms` is per 1,000 negatives.
    """

    counts: Counts
    precision: Proportion | None
    recall: Proportion | None
    f1: Proportion | None
    false_alarms: Proportion | None


def wilson(hits: int, n: int) -> Proportion | None:
    """hits / n with its Wilson score interval (E. B. Wilson, 1927); None when n is 0."""
    if n == 0:
        return None
    low, high = proportion_confint(hits, n, alpha=0.05, method="wilson")
    return Proportion(hits / n, float(low), float(high), hits, n)


def f1(counts: Counts) -> Proportion | None:
    """F1 with an interval; None when there is nothing to find and nothing was found."""
    return f1_of(wilson(counts.tp, counts.tp + counts.fp + counts.fn))


def f1_of(star: Proportion | None) -> Proportion | None:
    """F1 with an interval, from F*.

    F* = TP / (TP + FP + FN) is a proportion, and F1 = 2 F* / (1 + F*) rises with it, so the ends of its interval carry
    over (Hand, Christen & Kirielle: F*, an interpretable transformation of the F-measure, Machine Learning 110, 2021).
    """
    if star is None:
        return None
    value, low, high = (2 * x / (1 + x) for x in (star.value, star.low, star.high))
    return replace(star, value=value, low=low, high=high)


def false_alarms_per_1000(counts: Counts) -> Proportion | None:
    """Of 1,000 messages that needed nobody, how many were handed over; whatever the share of positives."""
    return per_1000(wilson(counts.fp, counts.fp + counts.tn))


def per_1000(rate: Proportion | None) -> Proportion | None:
    """A rate for 1,000 messages."""
    if rate is None:
        return None
    return replace(rate, value=1000 * rate.value, low=1000 * rate.low, high=1000 * rate.high)


def counted(decided: Iterable[tuple[int | None, bool | None]]) -> Counts:
    """The table of messages by their label (1 or 0) and whether they are handed over."""
    cells = [0, 0, 0, 0]
    for label, handover in decided:
        cells[(0 if label else 1) if handover else (2 if label else 3)] += 1
    return Counts(*cells)


def figures(counts: Counts) -> Figures:
    """All figures of a table of counts, whose messages are independent."""
    return Figures(
        counts=counts,
        precision=wilson(counts.tp, counts.tp + counts.fp),
        recall=wilson(counts.tp, counts.tp + counts.fn),
        f1=f1(counts),
        false_alarms=false_alarms_per_1000(counts),
    )
