"""Thresholds that do not keep their goal, or were chosen by a detector that has changed since."""

from __future__ import annotations

from collections.abc import Iterator

from handover_rules.lint.subject import Subject
from handover_rules.problems import Problem, quoted
from handover_rules.ruleset import LinearSpec

__all__ = ["chosen_by_another", "goals"]


def goals(subject: Subject) -> Iterator[Problem]:
    """W407: thresholds whose certified bound is on the wrong side of their goal."""
    for name, threshold in subject.ruleset.thresholds.items():
        if threshold.goal is None:
            continue
        what, sign, bound = threshold.goal.split()
        certain = threshold.low95 if sign == ">=" else threshold.high95
        if certain is None or (certain >= float(bound) if sign == ">=" else certain <= float(bound)):
            continue
        least = "" if sign == ">=" else " at most"
        message = f"the goal of {quoted(name)} is {threshold.goal}, and only {what} {certain:g}{least} is certain"
        hint = "choose a threshold that keeps the goal, or a goal that the data can carry"
        yield Problem("W407", message, threshold.place, hint)


def chosen_by_another(subject: Subject) -> Iterator[Problem]:
    """W410: thresholds that were chosen by the scores of a local model which is another one by now."""
    for name, threshold in subject.ruleset.thresholds.items():
        detector, _, state = (threshold.detector or "").partition("@")
        spec = subject.ruleset.detectors.get(detector)
        if state and isinstance(spec, LinearSpec) and spec.digest and not spec.digest.startswith(state):
            message = (
                f"{quoted(name)} was chosen by {quoted(threshold.detector or '')}, and the model has changed since"
            )
            hint = "choose it again: `handover tune`; until then its goal is a hope"
            yield Problem("W410", message, threshold.place, hint)
