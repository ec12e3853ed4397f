"""What labelled messages prove about a goal at each threshold: bounds that are wrong with a stated chance."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from statsmodels.stats.proportion import proportion_confint

from eval.figures.clusters import worth
from eval.figures.curve import Curve, SweptMessage
from eval.tuning.goal import Goal

__all__ = ["Evidence"]

_Numbers: TypeAlias = NDArray[np.float64]
_Flags: TypeAlias = NDArray[np.bool_]


class Evidence:
    """Messages at every threshold at which a decision moves. Rows of the arrays go from the lowest to the highest.

    Messages of one conversation or group count as what they are worth together. `prevalence` is the share of positives
    at which precision is meant; None: that of the messages.
    """

    def __init__(self, messages: Sequence[SweptMessage], prevalence: float | None) -> None:
        self.messages = messages
        self.prevalence = prevalence
        self.curve = Curve(messages)
        table = self.curve.table()
        self.thresholds: _Numbers = table["threshold"].to_numpy()
        self._tp, self._fp, self._fn, self._tn = (table[cell].to_numpy(np.float64) for cell in ("tp", "fp", "fn", "tn"))
        self.alarms: _Numbers = self._tp + self._fp
        clusters = [message.row.conversation_id or message.row.group for message in messages]
        self._clusters = pd.factorize(pd.Series(clusters, dtype=object))[0]
        positive: _Flags = np.array([message.row.label == 1 for message in messages], dtype=np.bool_)
        self._positives, self._negatives = self._worth(positive), self._worth(~positive)
        self._alarms_worth: _Numbers = self.curve.worth_of_alarms(self._clusters)

    def independent_alarms(self, row: int) -> float:
        """How many independent messages those that are handed over at that row's threshold are worth."""
        return float(self.alarms[row] * self._alarms_worth[row])

    def seen(self, goal: Goal, row: int) -> float:
        """The goal's figure, as it was on these messages."""
        right, wrong, missed, left = (float(cell[row]) for cell in (self._tp, self._fp, self._fn, self._tn))
        recall, rate = right / max(right + missed, 1.0), wrong / max(wrong + left, 1.0)
        if goal.kind == "recall":
            return recall
        if goal.kind == "false_alarms":
            return 1000 * rate
        if self.prevalence is None:
            return right / max(right + wrong, 1.0)
        found, noise = self.prevalence * recall, (1 - self.prevalence) * rate
        return found / (found + noise) if found else 0.0

    def bounds(self, goal: Goal, rows: NDArray[np.int64], risk: float, times: float = 1.0) -> _Numbers:
        """The goal's figure at least (`false_alarms`: at most) at these rows, wrong with a chance of `risk` at each.

        `times`: as if there were so many times the messages, and they looked like these. Shape: (rows,).
        """
        tp, fp, fn, tn = (times * cell[rows] for cell in (self._tp, self._fp, self._fn, self._tn))
        if goal.kind == "precision" and self.prevalence is None:
            shares = self._alarms_worth[rows]
            return _lower(tp * shares, (tp + fp) * shares, risk)
        # At a stated share of positives precision rests on two figures; each may be wrong half as often.
        part = risk / 2 if goal.kind == "precision" else risk
        recall = _lower(tp * self._positives, (tp + fn) * self._positives, part)
        if goal.kind == "recall":
            return recall
        rate = 1 - _lower(tn * self._negatives, (fp + tn) * self._negatives, part)
        if goal.kind == "false_alarms":
            return 1000 * rate
        assert self.prevalence is not None
        found, noise = self.prevalence * recall, (1 - self.prevalence) * rate
        return np.where(found > 0, found / np.maximum(found + noise, 1e-300), 0.0)

    def _worth(self, chosen: _Flags) -> float:
        sizes = np.bincount(self._clusters[chosen])
        return worth(sizes) if sizes.any() else 1.0


def _lower(hits: _Numbers, n: _Numbers, risk: float) -> _Numbers:
    """The lower ends of intervals of C. J. Clopper & E. S. Pearson (1934), each too high with a chance of `risk`."""
    low = np.zeros(len(hits))
    some = hits > 0
    low[some] = proportion_confint(hits[some], n[some], alpha=2 * risk, method="beta")[0]
    return low
