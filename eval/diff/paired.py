"""A share of the same messages before and after a change: by how much it moves, and how sure that is."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from math import sqrt
from typing import Literal, TypeAlias

from scipy.optimize import brentq
from scipy.stats import norm
from statsmodels.stats.contingency_tables import mcnemar

from eval.figures.clusters import FEWEST, by_conversation, resampled, worth

__all__ = [
    "FEWEST_MOVED",
    "INDEPENDENT",
    "Paired",
    "RightAndWrong",
    "Steps",
    "mcnemar_p",
    "paired",
    "right_and_wrong",
    "score_interval",
]

# Exact McNemar cannot reach p < 0.05 with fewer conversations that move, all one way: less is noise.
FEWEST_MOVED = FEWEST

# How bounds were found where no two messages are of one conversation.
INDEPENDENT = "score interval"

# Each message's conversation (None: it is alone), and 1, 0 or -1: it joins a share, stays where it is, or leaves.
Steps: TypeAlias = Sequence[tuple[Hashable, int]]

_Z = float(norm.ppf(0.95))


@dataclass(frozen=True, slots=True)
class Paired:
    """A share of `n` messages that `up` messages join and `down` messages leave.

    `moved` conversations have more messages that join than leave, or fewer; a message without one is its own.
    `change` is (up - down) / n; `low` and `high` are its one-sided 95 % bounds, found by `method`. `effective_n` is how
    many independent messages these are worth: fewer than n where messages of one conversation depend on each other.
    """

    n: int
    up: int
    down: int
    moved: int
    change: float
    low: float
    high: float
    effective_n: float
    method: str


@dataclass(frozen=True, slots=True)
class RightAndWrong:
    """Messages that a change makes right, and those that it makes wrong.

    `mcnemar` is the two-sided p-value of the exact McNemar test on what becomes better and what becomes worse: `units`
    of which `better` have more messages that become right than wrong, and `worse` fewer. They are conversations (a
    message without one is its own) where any has several messages, since those may move as one.
    """

    become_right: int
    become_wrong: int
    units: Literal["messages", "conversations"]
    better: int
    worse: int
    mcnemar: float


def right_and_wrong(positives: Steps, negatives: Steps) -> RightAndWrong:
    """Test a change by which positive and negative messages are handed over now (1), or not any more (-1)."""
    # To be handed over is right for a positive message, and wrong for a negative one.
    steps = [*positives, *((conversation, -step) for conversation, step in negatives)]
    parts = by_conversation(steps)
    better, worse = sum(sum(part) > 0 for part in parts), sum(sum(part) < 0 for part in parts)
    return RightAndWrong(
        become_right=sum(step > 0 for _, step in steps),
        become_wrong=sum(step < 0 for _, step in steps),
        units="messages" if all(len(part) == 1 for part in parts) else "conversations",
        better=better,
        worse=worse,
        mcnemar=mcnemar_p(better, worse),
    )


def mcnemar_p(up: int, down: int) -> float:
    """The two-sided p-value of the exact McNemar test; 1 where nothing moved."""
    return float(mcnemar([[0, up], [down, 0]], exact=True).pvalue)


def score_interval(up: float, down: float, n: float) -> tuple[float, float]:
    """One-sided 95 % bounds of (up - down) / n, of `n` > 0 pairs of which `up` and `down` are discordant.

    The score interval of T. Tango (Equivalence test and confidence interval for the difference in proportions for the
    paired-sample design, Statistics in Medicine 17, 1998). Counts need not be whole.
    """
    return _lower(up, down, n), -_lower(down, up, n)


def _lower(up: float, down: float, n: float) -> float:
    """Where, below the difference that was seen, Tango's statistic reaches the normal quantile.

    Both sides are squared and multiplied out, since the statistic divides by 0 where nothing moved.
    """
    seen = (up - down) / n

    def excess(delta: float) -> float:
        a, b, c = 2 * n, (2 * n - up + down) * delta - up - down, -down * delta * (1 - delta)
        q = (sqrt(max(b * b - 4 * a * c, 0.0)) - b) / (2 * a)
        return (up - down - n * delta) ** 2 - _Z**2 * n * (2 * q + delta * (1 - delta))

    # At the difference itself the excess can be 0 as well, which is not the root that is meant.
    nearest = seen - 1e-9
    return -1.0 if nearest <= -1 else float(brentq(excess, -1.0, nearest))


def paired(steps: Steps) -> Paired | None:
    """The change of a share.

    Messages of different conversations are independent. Where a conversation has several, whole conversations are
    resampled (a cluster bootstrap, percentiles of 10,000 with a fixed seed); but where too few move for that, Tango's
    interval takes every conversation to move as one (`_share`). None where there is no message.
    """
    if not steps:
        return None
    n = len(steps)
    up, down = (sum(step == way for _, step in steps) for way in (1, -1))
    parts = by_conversation(steps)
    moved = sum(sum(part) != 0 for part in parts)
    low, high = score_interval(up, down, n)
    if len(parts) == n:
        effective, method = float(n), INDEPENDENT
    elif _seen(parts) < FEWEST_MOVED:
        share = _share(parts)
        low, high = score_interval(up * share, down * share, n * share)
        effective, method = n * share, "each conversation taken as one"
    else:
        width = high - low
        low, high = map(float, resampled(Counter((len(part), sum(part)) for part in parts), (0.05, 0.95)))
        effective = min(float(n), n * (width / (high - low)) ** 2) if high > low else float(n)
        method = "conversations resampled"
    return Paired(n, up, down, moved, (up - down) / n, low, high, effective, method)


def _seen(parts: Sequence[Sequence[int]]) -> float:
    """How many conversations move otherwise than most do: without them, resampling takes for certain what it saw.

    A conversation weighs in the variance as the square of its length. So short ones that move, which say little of what
    long ones do, count for less than they are.
    """
    means = [sum(part) / len(part) for part in parts]
    usual = Counter(means).most_common(1)[0][0]
    others = [len(part) ** 2 for part, mean in zip(parts, means, strict=True) if mean != usual]
    return min(len(others), sum(others) * len(parts) / sum(len(part) ** 2 for part in parts))


def _share(parts: Sequence[Sequence[int]]) -> float:
    """What each message counts for where those of a conversation move as one.

    Those that moved are never worth more messages than there are conversations of them.
    """
    sizes, moves = [len(part) for part in parts], [abs(sum(part)) for part in parts]
    share = worth(sizes)
    return min(share, sum(move > 0 for move in moves) / sum(moves)) if any(moves) else share
