"""Why every rule fired or did not: built only when asked for, from the same compiled conditions that decided."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from handover_rules.decision import ConditionTrace, RuleTrace
from handover_rules.engine.conditions import settling
from handover_rules.engine.facts import Facts
from handover_rules.engine.kleene import TRUE
from handover_rules.engine.program import YES, CompiledRule

__all__ = ["trace_rules"]


def trace_rules(rules: Iterable[CompiledRule], facts: Facts, tags: Collection[CompiledRule]) -> tuple[RuleTrace, ...]:
    """The trace of every rule, in deciding order, with the signals that the decision used; `tags` are those it took."""
    fired_tags = {compiled.order for compiled in tags}
    return tuple(_trace(compiled, facts, fired_tags) for compiled in rules)


def _trace(compiled: CompiledRule, facts: Facts, fired_tags: set[int]) -> RuleTrace:
    rule = compiled.rule
    when = compiled.when.trace(facts)
    unless = tuple(veto.trace(facts) for veto in compiled.unless)
    return RuleTrace(
        rule=rule.id,
        then=rule.then,
        priority=rule.priority,
        fired=compiled.order in fired_tags if rule.then == "tag" else compiled.fires(facts) == YES,
        value=when.value,
        because=settling(_stopping(compiled, facts, when, unless)),
        when=when,
        unless=unless,
        place=rule.place,
    )


def _stopping(
    compiled: CompiledRule, facts: Facts, when: ConditionTrace, unless: tuple[ConditionTrace, ...]
) -> ConditionTrace:
    """Where `when` is true, the veto that is or may become true, if there is one; else `when`."""
    if when.value == "true":
        vetoes = [(veto.value(facts), traced) for veto, traced in zip(compiled.unless, unless, strict=True)]
        for value, traced in sorted(vetoes, key=lambda veto: veto[0] != TRUE):
            if value & TRUE:
                return traced
    return when
