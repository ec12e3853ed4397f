"""Compiled conditions with children, and what a rule's conditions amount to."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeAlias

from handover_rules.decision import ConditionTrace
from handover_rules.engine.facts import Facts
from handover_rules.engine.kleene import BOTH, EITHER, FALSE, NEGATED, TRUE
from handover_rules.engine.leaves import Leaf, ScoreLeaf, shown
from handover_rules.ruleset import Place
from handover_rules.signals import Score

__all__ = ["AllOf", "AnyOf", "Condition", "NotThat", "deciding_score", "settling"]


class AllOf:
    """True when every child is true, false when one is false."""

    __slots__ = ("children", "place")

    def __init__(self, children: tuple[Condition, ...], place: Place) -> None:
        self.children = children
        self.place = place

    def value(self, facts: Facts) -> int:
        """The values that the condition may end with."""
        value = TRUE
        for child in self.children:
            value = BOTH[value][child.value(facts)]
            if value == FALSE:
                break
        return value

    def guards(self) -> frozenset[int] | None:
        """As `Leaf.guards`: the smallest of the children's, for each of them is necessary."""
        known = [guards for child in self.children if (guards := child.guards()) is not None]
        return min(known, key=len) if known else None

    def waiting(self, facts: Facts, wanted: int) -> frozenset[str]:
        """As `Leaf.waiting`."""
        return _every(self.children, facts, TRUE) if wanted == TRUE else _some(self.children, facts, FALSE)

    def trace(self, facts: Facts) -> ConditionTrace:
        """The condition and its children."""
        children = tuple(child.trace(facts) for child in self.children)
        return ConditionTrace("all", shown(self.value(facts)), self.place, children=children)


class AnyOf:
    """True when one child is true, false when every one is false."""

    __slots__ = ("children", "place")

    def __init__(self, children: tuple[Condition, ...], place: Place) -> None:
        self.children = children
        self.place = place

    def value(self, facts: Facts) -> int:
        """The values that the condition may end with."""
        value = FALSE
        for child in self.children:
            value = EITHER[value][child.value(facts)]
            if value == TRUE:
                break
        return value

    def guards(self) -> frozenset[int] | None:
        """As `Leaf.guards`: those of all children together, for any of them may be the one."""
        union: frozenset[int] = frozenset()
        for child in self.children:
            guards = child.guards()
            if guards is None:
                return None
            union |= guards
        return union

    def waiting(self, facts: Facts, wanted: int) -> frozenset[str]:
        """As `Leaf.waiting`."""
        return _some(self.children, facts, TRUE) if wanted == TRUE else _every(self.children, facts, FALSE)

    def trace(self, facts: Facts) -> ConditionTrace:
        """The condition and its children."""
        children = tuple(child.trace(facts) for child in self.children)
        return ConditionTrace("any", shown(self.value(facts)), self.place, children=children)


class NotThat:
    """True when the child is false."""

    __slots__ = ("child", "place")

    def __init__(self, child: Condition, place: Place) -> None:
        self.child = child
        self.place = place

    def value(self, facts: Facts) -> int:
        """The values that the condition may end with."""
        return NEGATED[self.child.value(facts)]

    def guards(self) -> None:
        """It can be true without any pattern."""
        return

    def waiting(self, facts: Facts, wanted: int) -> frozenset[str]:
        """As `Leaf.waiting`."""
        return self.child.waiting(facts, FALSE if wanted == TRUE else TRUE)

    def trace(self, facts: Facts) -> ConditionTrace:
        """The condition and its child."""
        return ConditionTrace("not", shown(self.value(facts)), self.place, children=(self.child.trace(facts),))


Condition: TypeAlias = AllOf | AnyOf | NotThat | Leaf


def _every(children: tuple[Condition, ...], facts: Facts, wanted: int) -> frozenset[str]:
    """Whom to wait for when every child must be `wanted`: nobody, once one of them cannot."""
    waiting: frozenset[str] = frozenset()
    for child in children:
        value = child.value(facts)
        if not value & wanted:
            return frozenset()
        if value != wanted:
            waiting |= child.waiting(facts, wanted)
    return waiting


def _some(children: tuple[Condition, ...], facts: Facts, wanted: int) -> frozenset[str]:
    """Whom to wait for when one child that is `wanted` is enough: nobody, once there is one."""
    waiting: frozenset[str] = frozenset()
    for child in children:
        value = child.value(facts)
        if value == wanted:
            return frozenset()
        if value & wanted:
            waiting |= child.waiting(facts, wanted)
    return waiting


def deciding_score(condition: Condition, facts: Facts, costs: Mapping[str, tuple[int, str]]) -> float | None:
    """The score that made a true condition true; None where it is true without one.

    Of several explanations the one whose dearest detector is cheapest counts, because the engine asks in that order;
    within one explanation, the dearest detector's score.
    """
    found = _explained(condition, facts, costs, TRUE)
    return found[1] if found is not None else None


_FREE = ((-1, ""), None)


def _explained(
    condition: Condition, facts: Facts, costs: Mapping[str, tuple[int, str]], wanted: int
) -> tuple[tuple[int, str], float | None] | None:
    """Cost and score of the cheapest explanation of why a condition is `wanted`; None where it is not."""
    if condition.value(facts) != wanted:
        return None
    if isinstance(condition, NotThat):
        return _explained(condition.child, facts, costs, FALSE if wanted == TRUE else TRUE)
    if isinstance(condition, (AllOf, AnyOf)):
        found = [_explained(child, facts, costs, wanted) for child in condition.children]
        reasons = [reason for reason in found if reason is not None]
        needs_every = isinstance(condition, AllOf) == (wanted == TRUE)
        pick = max if needs_every else min
        return pick(reasons, key=lambda reason: reason[0])
    if isinstance(condition, ScoreLeaf):
        signal = facts.revealed.get(condition.detector)
        if isinstance(signal, Score):
            return costs[condition.detector], signal.value
    return _FREE


# `all` is what its lowest child is, `any` what its highest is; what nobody asked for lies in between.
_RANK = {"false": 0, "unknown": 1, "not_asked": 2, "true": 3}


def settling(trace: ConditionTrace) -> ConditionTrace:
    """The innermost condition that made a value what it is; of several, the closest to its bound, else the first.

    Of an `any` whose conditions are all false, and none compares, it is the `any` itself; of a `not` of a condition
    without children the `not`.
    """
    if not trace.children:
        return trace
    if trace.what == "not":
        return settling(trace.children[0]) if trace.children[0].children else trace
    pick = min if trace.what == "all" else max
    value = pick((child.value for child in trace.children), key=_RANK.__getitem__)
    settled = [child for child in trace.children if child.value == value]
    measured = [child for child in settled if child.margin is not None]
    if (trace.what, value) in (("any", "false"), ("all", "true")):
        if measured:
            return min(measured, key=lambda child: abs(child.margin or 0.0))
        if trace.what == "any":
            return trace
    return settling(settled[0])
