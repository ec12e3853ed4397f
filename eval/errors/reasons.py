"""Why a message was decided as it was, in one line; where no rule decided, what came closest to it."""

from __future__ import annotations

import math

from eval.deciders import DetectorDecider, Prediction
from handover_rules.decision import ConditionTrace, Decision, RuleTrace
from handover_rules.explain_decision import near_misses, why

__all__ = ["CLOSE", "missed_by", "reason_of", "scored", "shortfall"]

CLOSE = 0.5
"""A rule was close when what it missed is at most this share of what it asks for."""


def reason_of(decision: Decision) -> str:
    """Why the rule that decided fired. Where none did, what came closest to a handover; the first of these there is:

    a rule that only `unless` kept back; a score or count that alone, and by little, kept a rule from firing; a rule
    that was close (the closest one); a rule of which nobody can say whether it would have fired. The decision must
    carry its trace.
    """
    for rule in decision.trace or ():
        if rule.rule == decision.rule:
            return why(rule)
    others = [rule for rule in decision.trace or () if rule.then == "handover"]
    for rule in others:
        if rule.value == "true":
            return _named(rule)
    for line in near_misses(others, None):
        return f"nearly {line}"
    closest = min(others, key=missed_by, default=None)
    if closest is not None and missed_by(closest) <= CLOSE:
        return _named(closest)
    for rule in others:
        if rule.value == "unknown":
            return _named(rule)
    return "no rule fired, and no score or count was close to what one asks for"


def scored(decider: DetectorDecider, said: Prediction) -> str:
    """What the score of one detector, with no rule beside it, comes to. It must have answered."""
    assert said.confidence is not None
    margin = said.confidence - decider.bound
    side = "above" if margin >= 0 else "below"
    met = f"{decider.detector.name} scored {said.confidence:.3f}: {abs(margin):.3f} {side} {decider.bound:g}"
    return f"{met}, from which it hands over"


def missed_by(rule: RuleTrace) -> float:
    """As `shortfall`; a rule whose `when` is true waits for no number."""
    return math.inf if rule.value == "true" else shortfall(rule.when)


def shortfall(trace: ConditionTrace) -> float:
    """How much of what a condition asks for was missing, as a share: 0 where it is true, infinite where no number says.

    A score of 0.6 where 0.8 is asked for misses a quarter of it. `all` misses as much as its worst part, `any` as
    little as its best; a phrase is there or not, and what is unknown has no number.
    """
    if trace.value == "true":
        return 0.0
    if trace.what == "all" and trace.children:
        return max(shortfall(child) for child in trace.children)
    if trace.what == "any" and trace.children:
        return min(shortfall(child) for child in trace.children)
    if trace.margin is None or not isinstance(trace.bound, (int, float)) or trace.bound <= 0:
        return math.inf
    return -trace.margin / trace.bound


def _named(rule: RuleTrace) -> str:
    return f"{rule.rule}: {why(rule)}"
