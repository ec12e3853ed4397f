"""How well scores rank messages, and how far they can be taken as probabilities; each with its interval and its n."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from math import exp, log, sqrt

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.stats import norm
from sklearn.metrics import average_precision_score

from eval.figures.clusters import by_conversation, worth
from eval.figures.metrics import Proportion, wilson

__all__ = ["Bin", "Estimate", "Ranking", "average_precision", "brier", "calibration", "ranking"]

_Z = float(norm.ppf(0.975))

# Few, since a bin needs messages: of most messages the score is near 0, and those of 0.1 to 0.9 are rare.
_EDGES = tuple(round(0.1 * step, 1) for step in range(11))


@dataclass(frozen=True, slots=True)
class Estimate:
    """A figure that is no share of messages, with its 95 % interval; `n` messages are behind it."""

    value: float
    low: float
    high: float
    n: int


@dataclass(frozen=True, slots=True)
class Bin:
    """Messages with a score above `above` (or of 0) and at most `up_to`: the mean, and the share of positives."""

    above: float
    up_to: float
    mean_score: float
    positives: Proportion


@dataclass(frozen=True, slots=True)
class Ranking:
    """How good the scores of `n` messages are.

    `brier` is the mean squared distance of score and label, 0 at best; `brier_of_share` is that of a detector that
    gives every message the share of positives. `average_precision` is None without a positive or without a negative.
    """

    n: int
    positives: int
    average_precision: Estimate | None
    brier: Estimate
    brier_of_share: float
    calibration: tuple[Bin, ...]


def ranking(scores: Sequence[float], labels: Sequence[int], conversations: Sequence[Hashable]) -> Ranking | None:
    """The figures of messages by their scores, labels (1 or 0) and conversations (None: alone); None without any."""
    if not scores:
        return None
    values, positive = np.array(scores, dtype=np.float64), np.array(labels, dtype=np.int64)
    share = float(positive.mean())
    return Ranking(
        len(values),
        int(positive.sum()),
        average_precision(values, positive, conversations),
        brier(values, positive, conversations),
        share * (1 - share),
        calibration(values, positive),
    )


def average_precision(
    scores: NDArray[np.float64], labels: NDArray[np.int64], conversations: Sequence[Hashable]
) -> Estimate | None:
    """Average precision with its logit interval (K. Boyd, K. Eng & C. D. Page, Area under the precision-recall curve:
    point estimates and confidence intervals, ECML PKDD 2013), in which the positives of a conversation count as what
    they are worth.
    """
    positives = int(labels.sum())
    if positives in (0, len(labels)):
        return None
    value = float(average_precision_score(labels, scores))
    # At 0 and 1 the logit has no end: as if half a positive more had been ranked last, or first.
    inside = min(max(value, 0.5 / (positives + 1)), 1 - 0.5 / (positives + 1))
    sizes = by_conversation(
        (conversation, 1) for conversation, label in zip(conversations, labels, strict=True) if label
    )
    n = positives * worth(list(map(len, sizes)))
    middle, spread = log(inside / (1 - inside)), _Z / sqrt(n * inside * (1 - inside))
    low, high = (1 / (1 + exp(-end)) for end in (middle - spread, middle + spread))
    return Estimate(value, min(low, value), max(high, value), len(labels))


def brier(scores: NDArray[np.float64], labels: NDArray[np.int64], conversations: Sequence[Hashable]) -> Estimate:
    """The Brier score (1950) with a normal interval, in which conversations are independent and their messages not."""
    losses = (scores - labels) ** 2
    value = float(losses.mean())
    alone = [conversation is None for conversation in conversations]
    clusters = pd.factorize(
        pd.Series(
            [
                (number, None) if one else (None, said)
                for number, (one, said) in enumerate(zip(alone, conversations, strict=True))
            ]
        )
    )[0]
    # The linearised variance of a ratio of sums over clusters (W. G. Cochran, Sampling Techniques, 1977, chapter 6).
    sums = np.bincount(clusters, weights=losses - value)
    spread = _Z * sqrt(float((sums**2).sum())) / len(losses)
    return Estimate(value, max(0.0, value - spread), min(1.0, value + spread), len(losses))


def calibration(scores: NDArray[np.float64], labels: NDArray[np.int64]) -> tuple[Bin, ...]:
    """The calibration curve in ten bins of equal width; empty ones are left out."""
    frame = pd.DataFrame({"score": scores, "label": labels})
    found = []
    for interval, part in frame.groupby(pd.cut(frame["score"], list(_EDGES), include_lowest=True), observed=True):
        positives = wilson(int(part["label"].sum()), len(part))
        assert positives is not None  # observed bins hold something
        found.append(Bin(max(0.0, round(interval.left, 1)), interval.right, float(part["score"].mean()), positives))
    return tuple(found)
