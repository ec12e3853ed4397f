"""Choosing a threshold: what was asked for, what was found, and how it would be written into the rules."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_FLOOR, Decimal
from pathlib import Path

from eval.dataset import Dataset
from eval.figures.curve import Curve, SweptMessage
from eval.figures.metrics import Figures
from eval.figures.prevalence import Assumed
from eval.sweep import uses
from eval.tuning.certify import Certified, Refused, certify
from eval.tuning.cheapest import Cheapest, cheapest
from eval.tuning.evidence import Evidence
from eval.tuning.goal import Goal
from eval.views import View
from handover_rules.detectors import Detector
from handover_rules.errors import UsageError
from handover_rules.rulefile.yaml_text import Value
from handover_rules.ruleset import Ruleset

__all__ = ["Tuned", "chosen_threshold", "short_of", "tune"]

_HASH = 8


@dataclass(frozen=True, slots=True)
class Tuned:
    """A threshold that was chosen for a goal, or `Refused` where it cannot be promised.

    `value` is a short number that decides as the threshold that was found; None where none was. `before` are the
    figures at the value of the rules, `after` at the new one. `written` are the keys that the rules would get.
    """

    threshold: str
    goal: Goal | None
    assumed: Assumed
    view: View
    messages: int
    positives: int
    found: Certified | Refused | Cheapest
    old: float
    value: float | None
    before: Figures
    after: Figures | None
    written: Mapping[str, Value]


def chosen_threshold(ruleset: Ruleset, name: str | None) -> str:
    """The threshold to choose: the one that is named, or the only one that rules compare scores with.

    Raises UsageError where that is not clear.
    """
    used = sorted(known for known in ruleset.thresholds if uses(ruleset, known))
    listed = ", ".join(used) or "none"
    if name is None and len(used) == 1:
        return used[0]
    if name is None:
        raise UsageError(f"say which threshold to choose: handover tune NAME; rules compare scores with: {listed}")
    if name not in used:
        raise UsageError(f"no rule compares a score with ${name}; thresholds that rules use: {listed}")
    return name


def tune(
    ruleset: Ruleset,
    name: str,
    dataset: Dataset,
    messages: Sequence[SweptMessage],
    detectors: Mapping[str, Detector],
    *,
    goal: Goal | None,
    assumed: Assumed,
    view: View,
) -> Tuned:
    """Choose the threshold of that name for the goal; without one, for the least expected cost.

    Raises UsageError where the messages cannot tell.
    """
    threshold = ruleset.thresholds[name]
    curve = Curve(messages)
    if not curve.moves:
        raise UsageError(
            f"no threshold between 0 and 1 changes a decision: of {len(messages):,} messages that count, none has a "
            f"score that the rules compare with ${name}"
        )
    found = _found(messages, goal, assumed)
    value = None if isinstance(found, Refused) else short_of(*curve.plateau(found.threshold))
    return Tuned(
        threshold=name,
        goal=goal,
        assumed=assumed,
        view=view,
        messages=len(messages),
        positives=sum(message.row.label == 1 for message in messages),
        found=found,
        old=threshold.value,
        value=value,
        before=curve.figures(threshold.value),
        after=None if value is None else curve.figures(value),
        written=_written(ruleset, name, dataset, detectors, goal, found, value),
    )


def _found(messages: Sequence[SweptMessage], goal: Goal | None, assumed: Assumed) -> Certified | Refused | Cheapest:
    if goal is not None:
        return certify(Evidence(messages, assumed.prevalence), goal)
    assert assumed.costs is not None  # one of both is asked for
    found = cheapest(messages, assumed.costs, assumed.prevalence)
    if found is None:
        raise UsageError("costs need messages of both kinds: some that need a person, some that do not")
    return found


def short_of(after: float, up_to: float) -> float:
    """The number with the fewest digits above `after` and at most `up_to`: all of them decide alike."""
    for digits in range(17):
        step = Decimal(1).scaleb(-digits)
        number = Decimal(up_to).quantize(step, rounding=ROUND_FLOOR)
        if number > Decimal(after) or (after == 0 and number == 0 == up_to):
            return float(number)
    return up_to


def _written(
    ruleset: Ruleset,
    name: str,
    dataset: Dataset,
    detectors: Mapping[str, Detector],
    goal: Goal | None,
    found: Certified | Refused | Cheapest,
    value: float | None,
) -> dict[str, Value]:
    if value is None:
        return {}
    hashes = "\n".join(sorted(file.sha256 for file in dataset.files))
    paths = [os.path.abspath(file.path) for file in dataset.files]
    # The file, or the folder in which all of them are.
    label = Path(os.path.commonpath(paths)).stem or "files"
    compared = sorted({score.detector for _, score in uses(ruleset, name)})
    bound = found.bound if isinstance(found, Certified) else None
    alarms = goal is not None and goal.kind == "false_alarms"
    return {
        "value": value,
        "goal": None if goal is None else str(goal),
        # Rounded to the side of caution.
        "low95": None if bound is None or alarms else _cut(bound, 3),
        "high95": None if bound is None or not alarms else -_cut(-bound, 2),
        "data": f"{label}@{hashlib.sha256(hashes.encode()).hexdigest()[:_HASH]}",
        "detector": ", ".join(f"{one}@{detectors[one].fingerprint[:_HASH]}" for one in compared),
    }


def _cut(number: float, digits: int) -> float:
    return float(Decimal(number).quantize(Decimal(1).scaleb(-digits), rounding=ROUND_FLOOR))
