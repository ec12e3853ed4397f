"""A decision and its trace in a form that people read: every rule, why it fired or did not, by how much, and where."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from handover_rules.decision import ConditionTrace, Decision, RuleTrace
from handover_rules.signals import Score, Signal

__all__ = ["explained", "why"]


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
    if rule.fired:
        return f"fired: {_told(cause)}  [{cause.place}]"
    if rule.value == "true":
        vetoed = any(veto.value == "true" for veto in rule.unless)
        held = "kept back by unless" if vetoed else "adds nothing" if rule.then == "tag" else "waits"
        return f"{held}: {_told(cause)}  [{cause.place}]"
    return f"{rule.value.replace('_', ' ')}: {_told(cause)}  [{cause.place}]"


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
