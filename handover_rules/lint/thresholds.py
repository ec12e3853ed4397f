"""Thresholds that do not keep their goal, and detectors asked in the wrong order."""

from __future__ import annotations

from collections.abc import Iterator

from handover_rules.lint.subject import Subject
from handover_rules.problems import Problem, quoted
from handover_rules.ruleset import LinearSpec, OpenAISpec

__all__ = ["costs", "goals"]


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


def costs(subject: Subject) -> Iterator[Problem]:
    """W409: a detector that is paid, and is asked before one that costs nothing because its `cost` is not higher."""
    specs = subject.ruleset.detectors.values()
    local = [spec for spec in specs if isinstance(spec, LinearSpec)]
    for spec in specs:
        cheaper = next((one for one in local if one.cost >= spec.cost), None)
        if isinstance(spec, OpenAISpec) and cheaper is not None:
            message = f"{quoted(spec.name)} has cost {spec.cost}, and the local {quoted(cheaper.name)} {cheaper.cost}"
            message += ": the one that is paid is asked first"
            hint = "give the detector that asks a service the higher `cost`"
            yield Problem("W409", message, spec.place, hint, (cheaper.place, "the local detector"))
