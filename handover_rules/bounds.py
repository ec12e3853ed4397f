"""From which score a detector says yes, when it is asked alone and no rule is there to say so."""

from __future__ import annotations

from handover_rules.condition_trees import walk_wanted
from handover_rules.ruleset import Ruleset, ScoreAtLeast

__all__ = ["detector_bound"]


def detector_bound(ruleset: Ruleset, name: str) -> float | None:
    """The threshold named like the detector, else the lowest bound by which its score can hand over, else None."""
    if name in ruleset.thresholds:
        return ruleset.thresholds[name].value
    bounds = (
        condition.bound
        for rule in ruleset.rules
        if rule.then == "handover"
        for condition, wanted in walk_wanted(rule.when)
        # What stands under a `not` does not make a rule fire by a high score.
        if wanted and isinstance(condition, ScoreAtLeast) and condition.detector == name
    )
    return min(bounds, default=None)
