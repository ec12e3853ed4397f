"""The figures of a swept ruleset at every threshold, as arrays: a look-up instead of a decision.

Between two thresholds at which a decision moves, every figure stands still. So the curve has one row for each of those
thresholds, and is exact everywhere.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from statsmodels.stats.proportion import proportion_confint

from eval.dataset import DataFile, Row
from eval.figures.clusters import figures_by_conversation
from eval.figures.metrics import Counts, Figures
from eval.sweep import Swept
from eval.views import View, left_out

__all__ = ["Curve", "SweptMessage", "counted"]

_Flags: TypeAlias = NDArray[np.bool_]
_Numbers: TypeAlias = NDArray[np.float64]
_Whole: TypeAlias = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class SweptMessage:
    """A labelled message and what is decided about it at all thresholds."""

    row: Row
    swept: Swept


def counted(file: DataFile, swept: Sequence[Swept | None], view: View) -> list[SweptMessage]:
    """The messages of a file that the figures count in this view: those that `measure` counts."""
    return [
        SweptMessage(row, found)
        for row, found in zip(file.rows, swept, strict=True)
        if found is not None and left_out(row, view) is None
    ]


class Curve:
    """Counts and figures of messages, by threshold. Immutable; every question is answered from arrays."""

    def __init__(self, messages: Sequence[SweptMessage]) -> None:
        positive = np.array([message.row.label == 1 for message in messages], dtype=np.bool_)
        lowest = np.array([message.swept.steps[0].handover for message in messages], dtype=np.bool_)
        moves = [
            (before.up_to, number, after.handover)
            for number, message in enumerate(messages)
            for before, after in zip(message.swept.steps, message.swept.steps[1:], strict=False)
            if before.handover != after.handover
        ]
        behind, moved, rises = zip(*moves, strict=True) if moves else ((), (), ())
        # A decision moves just behind a message's score: at the score itself the comparison still holds.
        self._behind: _Numbers = np.array(behind, dtype=np.float64)
        in_order = np.argsort(self._behind, kind="stable")
        self._behind = self._behind[in_order]
        self._moved: _Whole = np.array(moved, dtype=np.int64)[in_order]
        self._rises: _Flags = np.array(rises, dtype=np.bool_)[in_order]
        self._lowest: _Flags = lowest
        self._positive: _Flags = positive
        self._conversations = [message.row.conversation_id for message in messages]
        self._positives, self._negatives = int(positive.sum()), int((~positive).sum())
        change = np.where(self._rises, 1, -1)
        moved_positive = positive[self._moved]
        self._tp: _Whole = _running(int((lowest & positive).sum()), np.where(moved_positive, change, 0))
        self._fp: _Whole = _running(int((lowest & ~positive).sum()), np.where(moved_positive, 0, change))

    @property
    def moves(self) -> int:
        """How often a handover begins or ends, over all messages and thresholds."""
        return len(self._behind)

    def counts(self, threshold: float) -> Counts:
        """How many were handed over, rightly and wrongly, where the threshold has that value."""
        tp, fp = (int(numbers[self._moves_before(threshold)]) for numbers in (self._tp, self._fp))
        return Counts(tp, fp, self._positives - tp, self._negatives - fp)

    def figures(self, threshold: float) -> Figures:
        """The figures where the threshold has that value; intervals take conversations as independent."""
        return figures_by_conversation(self._positive, self.handover(threshold), self._conversations)

    def handover(self, threshold: float) -> _Flags:
        """For each message whether it is handed over. Shape: (messages,)."""
        moves = np.bincount(self._moved[: self._moves_before(threshold)], minlength=len(self._lowest))
        decided: _Flags = self._lowest != (moves % 2 == 1)
        return decided

    def flips(self, one: float, other: float) -> _Whole:
        """The numbers of the messages that are handed over at one of two thresholds alone, in ascending order."""
        return np.flatnonzero(self.handover(one) != self.handover(other))

    def rising(self) -> _Whole:
        """The numbers of the messages that a *higher* threshold hands over, in ascending order."""
        return np.unique(self._moved[self._rises])

    def plateau(self, threshold: float) -> tuple[float, float]:
        """The ends of the stretch around a threshold in which no decision moves: (after, up to), from 0 to 1."""
        before = self._moves_before(threshold)
        after = float(self._behind[before - 1]) if before else 0.0
        return after, float(self._behind[before]) if before < len(self._behind) else 1.0

    def table(self) -> pd.DataFrame:
        """All figures at every threshold at which one can change, ascending, from 0 to 1.

        Columns: `threshold`; `tp`, `fp`, `fn`, `tn`; and for `precision`, `recall`, `f1` and `false_alarms` (per 1,000
        negatives) the value, and `<name>_low` and `<name>_high`, whose interval takes all messages as independent;
        NaN where there is no denominator. The figures of a row hold from just above the threshold of the row before.
        """
        thresholds = self._thresholds()
        before = np.searchsorted(self._behind, thresholds, side="left")
        tp, fp = self._tp[before], self._fp[before]
        fn, tn = self._positives - tp, self._negatives - fp
        columns = {"threshold": thresholds, "tp": tp, "fp": fp, "fn": fn, "tn": tn}
        columns |= _figure("precision", *_wilson(tp, tp + fp))
        columns |= _figure("recall", *_wilson(tp, tp + fn))
        columns |= _figure("f1", *(2 * star / (1 + star) for star in _wilson(tp, tp + fp + fn)))
        columns |= _figure("false_alarms", *(1000 * rate for rate in _wilson(fp, fp + tn)))
        return pd.DataFrame(columns)

    def worth_of_alarms(self, clusters: _Whole) -> _Numbers:
        """What each message that is handed over counts for, as `clusters.worth`: one number a row of the table.

        `clusters` has the number of each message's cluster. 1 where nothing is handed over.
        """
        sizes = np.bincount(clusters[self._lowest], minlength=int(clusters.max(initial=0)) + 1).tolist()
        squares = [sum(size * size for size in sizes)]
        for cluster, rises in zip(clusters[self._moved].tolist(), self._rises.tolist(), strict=True):
            change = 1 if rises else -1
            squares.append(squares[-1] + 2 * change * sizes[cluster] + 1)
            sizes[cluster] += change
        before = np.searchsorted(self._behind, self._thresholds(), side="left")
        alarms, total = (self._tp + self._fp)[before], np.array(squares)[before]
        shares: _Numbers = np.divide(alarms, total, out=np.ones(len(total)), where=total > 0)
        return shares

    def _thresholds(self) -> _Numbers:
        return np.unique(np.concatenate(([0.0, 1.0], self._behind)))

    def _moves_before(self, threshold: float) -> int:
        return int(np.searchsorted(self._behind, threshold, side="left"))


def _running(start: int, changes: _Whole) -> _Whole:
    """A number after none, one, two, ... of its changes."""
    return np.concatenate(([start], start + np.cumsum(changes)))


def _wilson(hits: _Whole, n: _Whole) -> tuple[_Numbers, _Numbers, _Numbers]:
    """As `eval.figures.metrics.wilson`, of many proportions at once: value, low, high; NaN where n is 0."""
    value, low, high = (np.full(len(n), np.nan) for _ in range(3))
    some = n > 0
    value[some] = hits[some] / n[some]
    low[some], high[some] = proportion_confint(hits[some], n[some], alpha=0.05, method="wilson")
    return value, low, high


def _figure(name: str, value: _Numbers, low: _Numbers, high: _Numbers) -> dict[str, _Numbers]:
    return {name: value, f"{name}_low": low, f"{name}_high": high}
