"""Thresholds that do not keep their goal."""

from __future__ import annotations

from collections.abc import Iterator

from handover_rules.lint.subject import Subject
from handover_rules.problems import Problem, quoted

__all__ = ["goals"]


def goals(subject: Subject) -> Iterator[Problem]:
    """W407: thresholds whose certified bound is below their goal."""
    for name, threshold in subject.ruleset.thresholds.items():
        if threshold.goal is None or threshold.low95 is None:
            continue
        what, _, bound = threshold.goal.partition(" >= ")
        if threshold.low95 < float(bound):
            message = f"the goal of {quoted(name)} is {threshold.goal}, and only {what} {threshold.low95:g} is certain"
            hint = "choose a threshold that keeps the goal, or a goal that the data can carry"
            yield Problem("W407", message, threshold.place, hint)
