"""The threshold at which decisions cost least, where a miss and a false alarm have a stated cost."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from eval.figures.curve import Curve, SweptMessage
from eval.figures.metrics import Counts, figures
from eval.figures.prevalence import Costs, expected_cost
from eval.figures.ranking import Estimate

__all__ = ["Cheapest", "cheapest"]

_FOLDS = 5


@dataclass(frozen=True, slots=True)
class Cheapest:
    """The threshold that costs least on all messages, and what 1,000 messages cost.

    `cost` is held out: each message was decided by a threshold that was chosen without it, its conversation or its
    group. What the threshold itself cost on the messages that it was chosen by flatters it.
    """

    threshold: float
    cost: Estimate


def cheapest(messages: Sequence[SweptMessage], costs: Costs, prevalence: float | None) -> Cheapest | None:
    """The cheapest threshold; `prevalence` None is the share of positives of the messages themselves.

    None where there is no positive or no negative.
    """
    positives = sum(message.row.label == 1 for message in messages)
    if positives in (0, len(messages)):
        return None
    share = positives / len(messages) if prevalence is None else prevalence
    folds: list[list[SweptMessage]] = [[] for _ in range(_FOLDS)]
    for message in messages:
        folds[_fold(message)].append(message)
    held_out = np.zeros(4, dtype=np.int64)
    for number, unseen in enumerate(folds):
        seen = [message for other, fold in enumerate(folds) if other != number for message in fold]
        counts = Curve(unseen).counts(_best(Curve(seen), costs, share))
        held_out += (counts.tp, counts.fp, counts.fn, counts.tn)
    cost = expected_cost(costs, share, figures(Counts(*held_out.tolist())))
    assert cost is not None  # both classes have messages
    return Cheapest(_best(Curve(messages), costs, share), cost)


def _best(curve: Curve, costs: Costs, share: float) -> float:
    """The highest threshold at which the expected cost is least."""
    table = curve.table()
    thresholds, tp, fp, fn, tn = (table[name].to_numpy(np.float64) for name in ("threshold", "tp", "fp", "fn", "tn"))
    missed, wrong = fn / np.maximum(tp + fn, 1), fp / np.maximum(fp + tn, 1)
    cost = share * missed * costs.miss + (1 - share) * wrong * costs.alarm
    return float(thresholds[np.flatnonzero(cost <= cost.min() + 1e-12)[-1]])


def _fold(message: SweptMessage) -> int:
    """The fold of a message: the same for all of its conversation or group, on every machine."""
    name = message.row.conversation_id or message.row.group
    return int(hashlib.sha256(name.encode()).hexdigest()[:8], 16) % _FOLDS
