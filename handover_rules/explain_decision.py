"""A decision and its trace in a form that people read: every rule, why it fired or did not, by how much, and where."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from handover_rules.decision import ConditionTrace, Decision, RuleTrace
from handover_rules.ruleset import Place
from handover_rules.signals import Score, Signal

__all__ = ["conditions", "explained", "line_of", "near_misses", "verdict", "walk_trace", "why"]

NEAR = 0.1
"""How far a score may be from its bound and still be near."""


def explained(decision: Decision, signals: Mapping[str, Signal]) -> str:
    """The decision, the signals it used, and a line or two for each rule. The decision must carry its trace."""
    return "\n".join(_lines(decision, signals))


def _lines(decision: Decision, signals: Mapping[str, Signal]) -> Iterator[str]:
    by = f" by {decision.rule}" if decision.rule else ""
    yield f"{decision.outcome}{by}: {decision.reason}"
    if decision.confidence is not None:
        yield f"confidence {decision.confidence:g}"
    for name, signal in signals.items():
        if isinstance(signal, Score):
            yield f"{name} answered {signal.value:g}" + (f" ({signal.reason})" if signal.reason else "")
        else:
            yield f"{name} could not answer: {signal.reason}"
    if decision.actions:
        yield "would do: " + ", ".join(action.kind for action in decision.actions)
    if decision.tags:
        yield "tags: " + ", ".join(decision.tags)
    yield ""
    for rule in decision.trace or ():
        mark = "*" if rule.rule == decision.rule else "+" if rule.fired else " "
        yield f"{mark} {rule.rule} (priority {rule.priority}, {rule.then}): {why(rule)}"


def why(rule: RuleTrace) -> str:
    """Why a rule fired or did not, in one line that ends with the place in the rule file."""
    cause = rule.because
    return f"{verdict(rule)}: {_told(cause)}  [{cause.place}]"


def verdict(rule: RuleTrace) -> str:
    """Whether a rule fired, or else in a word or two what became of it."""
    if rule.fired:
        return "fired"
    if rule.value == "true":
        vetoed = any(veto.value == "true" for veto in rule.unless)
        return "kept back by unless" if vetoed else "adds nothing" if rule.then == "tag" else "waits"
    return _shown(rule)


def _shown(trace: RuleTrace | ConditionTrace) -> str:
    return trace.value.replace("_", " ")


def conditions(rule: RuleTrace) -> Iterator[tuple[ConditionTrace, str]]:
    """Every condition of a rule with its line, indented as they are nested: its value, what was met, and where."""
    for part in (rule.when, *rule.unless):
        for trace, depth in walk_trace(part):
            before = "unless " if depth == 0 and part is not rule.when else "  " * depth
            told = trace.what if trace.children else _told(trace)
            yield trace, f"{_shown(trace):9}  {before}{told}  [{line_of(trace.place)}]"


def walk_trace(trace: ConditionTrace, depth: int = 0) -> Iterator[tuple[ConditionTrace, int]]:
    """The condition and all within it, from the outside in, as `condition_trees.walk`; and how deep each stands."""
    yield trace, depth
    for child in trace.children:
        yield from walk_trace(child, depth + 1)


def line_of(place: Place) -> str:
    """`file:line`."""
    return f"{place.file}:{place.line}"


def near_misses(rules: Iterable[RuleTrace], decided: str | None) -> list[str]:
    """What a little would have changed, a line for each: scores and counts close to their bounds, the closest first.

    A condition is told where it alone would have made its rule fire, or kept the rule `decided` from firing.
    """
    near = [
        (abs(condition.margin), f"{rule.rule}: {_told(condition)}  [{line_of(condition.place)}]")
        for rule in rules
        if not rule.fired or rule.rule == decided
        for condition, wanted in _decisive(_as_condition(rule), not rule.fired)
        if condition.margin is not None and _is_near(condition.margin, wanted)
    ]
    return [line for _, line in sorted(near, key=lambda one: one[0])]


def _as_condition(rule: RuleTrace) -> ConditionTrace:
    """A rule as one condition: `when`, and none of `unless`. What is unknown does not veto."""
    vetoes = (
        ConditionTrace("not", "false" if veto.value == "true" else "true", veto.place, children=(veto,))
        for veto in rule.unless
    )
    return ConditionTrace("all", "true" if rule.fired else "false", rule.place, children=(rule.when, *vetoes))


def _decisive(trace: ConditionTrace, wanted: bool) -> Iterator[tuple[ConditionTrace, bool]]:
    """The innermost conditions of which each alone can make this one true (`wanted`) or not true; and what each is to
    be for that."""
    if not trace.children:
        yield trace, wanted
    elif trace.what == "not":
        yield from _decisive(trace.children[0], not wanted)
    else:
        one_is_enough = (trace.what == "any") == wanted
        against = [child for child in trace.children if (child.value == "true") != wanted]
        if one_is_enough or len(against) == 1:
            for child in trace.children if one_is_enough else against:
                yield from _decisive(child, wanted)


def _is_near(margin: float, wanted: bool) -> bool:
    if isinstance(margin, int):  # a count: one short, or with none to spare
        return margin == (-1 if wanted else 0)
    return -NEAR <= margin < 0 if wanted else 0 <= margin < NEAR


def _told(trace: ConditionTrace) -> str:
    if trace.margin is not None:
        side = "above" if trace.margin >= 0 else "below"
        return f"{trace.what}: {trace.met:g} is {abs(trace.margin):g} {side} {trace.bound:g}"
    if trace.met is not None:
        bound = f", and it asks for {trace.bound}" if trace.bound is not None and trace.value != "true" else ""
        return f"{trace.what}: {trace.met}{bound}"
    if trace.what == "not":
        return "not " + _told(trace.children[0])
    if trace.what == "any":
        return "none of " + ", ".join(dict.fromkeys(child.what for child in trace.children))
    if trace.value == "not_asked":
        return f"{trace.what} was not asked"
    return f"{trace.what} {'matched' if trace.value == 'true' else 'did not match'}"
