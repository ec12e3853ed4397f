"""The best threshold that can be promised to keep a goal.

The lowest threshold whose precision *was* 0.95 is below it on new messages more often than not: it was chosen for its
luck. So thresholds are tested in an order that knows nothing of the labels, from where the goal is kept most easily,
and the first that fails ends the walk. In such a fixed sequence the chance to promise too much is 5 % in all, however
many thresholds were tested (W. Maurer, L. Hothorn & W. Lehmacher, Multiple comparisons in drug clinical trials, 1995).

Recall and false alarms change in one direction only, so one walk goes through all thresholds. Precision does not, and
the few messages with the highest scores can fail by bad luck: walks begin at different numbers of alarms and share the
5 %.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass
from math import ceil, floor, log

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import brentq

from eval.tuning.evidence import Evidence
from eval.tuning.goal import Goal

__all__ = ["Certified", "Refused", "certify"]

_RISK = 0.05

# Walks for precision begin at so many times the fewest alarms that can prove it; at more places where a share of
# positives is stated, since then alarms alone prove nothing. Each step adds 15 %: fewer chances of bad luck.
_STARTS, _STARTS_AT_A_SHARE = (1, 3), (1, 3, 9, 27)
_STEP = 1.15

# Of fewer nobody can say what more of them would be like.
_FEW_ALARMS = 10

# Nobody labels a hundred times as many messages as there are: what needs more is not told.
_MOST_TIMES = 100.0


@dataclass(frozen=True, slots=True)
class Certified:
    """A threshold, and the bound that is kept at it with 95 % certainty: at least, of `false_alarms` at most."""

    threshold: float
    bound: float


@dataclass(frozen=True, slots=True)
class Refused:
    """The goal cannot be promised; None where there is nothing to say.

    `promised` is the best goal of that kind, in steps of a hundredth (false alarms: of a tenth), that can be promised.
    At the threshold `near`, where the figure was `seen`, about `more` labelled messages of the same kind would prove
    the goal, were they to look like these; it is the threshold that needs the fewest.
    """

    promised: Goal | None
    near: float | None = None
    seen: float | None = None
    more: int | None = None


def certify(evidence: Evidence, goal: Goal) -> Certified | Refused:
    """The threshold that serves best among those at which the goal is kept with 95 % certainty.

    That is the lowest for precision and false alarms, the highest for recall.
    """
    return _certified(evidence, goal) or _refusal(evidence, goal)


def _certified(evidence: Evidence, goal: Goal) -> Certified | None:
    walks, risk = _walks(evidence, goal)
    best = None
    for rows in walks:
        bounds = evidence.bounds(goal, rows, risk)
        kept = bounds <= goal.bound if goal.kind == "false_alarms" else bounds >= goal.bound
        steps = len(kept) if kept.all() else int(np.argmin(kept))
        if steps:
            found = Certified(float(evidence.thresholds[rows[steps - 1]]), float(bounds[steps - 1]))
            if best is None or (found.threshold < best.threshold) != (goal.kind == "recall"):
                best = found
    return best


def _walks(evidence: Evidence, goal: Goal) -> tuple[list[NDArray[np.int64]], float]:
    """The rows of each walk in the order in which they are tested, and the risk that each may take."""
    rows = np.arange(len(evidence.thresholds))
    if goal.kind == "recall":
        return [rows], _RISK
    if goal.kind == "false_alarms":
        return [rows[::-1]], _RISK
    starts = _STARTS if evidence.prevalence is None else _STARTS_AT_A_SHARE
    risk = _RISK / len(starts)
    fewest = ceil(log(risk) / log(goal.bound))
    return [np.array(list(_by_alarms(evidence, start * fewest)), dtype=np.int64) for start in starts], risk


def _by_alarms(evidence: Evidence, first: int) -> Iterator[int]:
    """The rows, from the highest threshold, at which there are as many alarms as the walk wants to see next."""
    wanted = float(first)
    for row in range(len(evidence.thresholds) - 1, -1, -1):
        # Alarms are worth as many independent ones at most.
        if evidence.alarms[row] >= wanted and evidence.independent_alarms(row) >= wanted:
            yield row
            wanted = max(wanted + 1, evidence.independent_alarms(row) * _STEP)


def _refusal(evidence: Evidence, goal: Goal) -> Refused:
    promised = _promised(evidence, goal)
    walks, risk = _walks(evidence, goal)
    if goal.kind == "precision":
        # Too few alarms for a walk can be enough, were there more messages.
        few = np.array(list(_by_alarms(evidence, _FEW_ALARMS)), dtype=np.int64)
        rows = np.unique(np.concatenate([*walks, few]))
    else:
        # Nowhere is the goal kept more easily than where the walk begins.
        rows = walks[0][:1]
    times = _times(evidence, goal, rows, risk)
    if times is None:
        return Refused(promised)
    row = int(rows[np.argmax(_beyond(evidence, goal, rows, risk, times))])
    more = (times - 1) * len(evidence.messages)
    return Refused(promised, float(evidence.thresholds[row]), evidence.seen(goal, row), _rounded_up(more))


def _promised(evidence: Evidence, goal: Goal) -> Goal | None:
    """The best goal of that kind that can be promised, in steps: the harder a goal, the less can it be."""
    if goal.kind == "false_alarms":
        goals = [Goal(goal.kind, tenths / 10) for tenths in range(floor(10 * goal.bound) + 1, 10_000)]
    else:
        goals = [Goal(goal.kind, hundredths / 100) for hundredths in range(ceil(100 * goal.bound) - 1, 0, -1)]
    easiest_refused = bisect_left(goals, True, key=lambda easier: _certified(evidence, easier) is not None)
    return goals[easiest_refused] if easiest_refused < len(goals) else None


def _beyond(evidence: Evidence, goal: Goal, rows: NDArray[np.int64], risk: float, times: float) -> NDArray[np.float64]:
    """By how much so many times the messages would prove the goal at each row; below 0 where they would not."""
    bounds = evidence.bounds(goal, rows, risk, times)
    return goal.bound - bounds if goal.kind == "false_alarms" else bounds - goal.bound


def _times(evidence: Evidence, goal: Goal, rows: NDArray[np.int64], risk: float) -> float | None:
    """How many times the messages would prove the goal at one of the rows; None where `_MOST_TIMES` would not."""

    def beyond(times: float) -> float:
        return float(_beyond(evidence, goal, rows, risk, times).max(initial=-np.inf))

    if beyond(_MOST_TIMES) < 0:
        return None
    return 1.0 if beyond(1.0) >= 0 else float(brentq(beyond, 1.0, _MOST_TIMES, rtol=1e-3))


def _rounded_up(number: float) -> int:
    """To two digits: it is a guess."""
    step = 10 ** max(0, len(str(int(number))) - 2)
    return int(ceil(number / step) * step)
