"""From which score a detector says yes, when it is asked alone and no rule is there to say so."""

from __future__ import annotations

from collections.abc import Iterator

from handover_rules.ruleset import All, Any, Condition, Ruleset, ScoreAtLeast

__all__ = ["detector_bound"]


def detector_bound(ruleset: Ruleset, name: str) -> float | None:
    """The threshold named like the detector, else the lowest bound by which its score can hand over, else None."""
    if name in ruleset.thresholds:
        return ruleset.thresholds[name].value
    handovers = (rule.when for rule in ruleset.rules if rule.then == "handover")
    return min((bound for when in handovers for bound in _bounds(when, name)), default=None)


def _bounds(condition: Condition, name: str) -> Iterator[float]:
    # What stands under a `not` does not make a rule fire by a high score.
    match condition:
        case ScoreAtLeast() if condition.detector == name:
            yield condition.bound
        case All() | Any():
            for child in condition.children:
                yield from _bounds(child, name)
        case _:
            pass
