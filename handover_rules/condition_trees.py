"""Going through the conditions of a rule."""

from __future__ import annotations

from collections.abc import Iterator

from handover_rules.ruleset import All, Any, Condition, Not, Rule

__all__ = ["alternatives", "conditions", "walk"]


def walk(condition: Condition) -> Iterator[Condition]:
    """The condition and all within it, from the outside in."""
    yield condition
    match condition:
        case All() | Any():
            for child in condition.children:
                yield from walk(child)
        case Not():
            yield from walk(condition.child)


def conditions(rule: Rule) -> Iterator[Condition]:
    """Every condition of a rule, those of `unless` last."""
    for condition in (rule.when, *rule.unless):
        yield from walk(condition)


def alternatives(condition: Condition) -> Iterator[Condition]:
    """The conditions of which one is enough: those of nested `any`, else the condition itself."""
    if isinstance(condition, Any):
        for child in condition.children:
            yield from alternatives(child)
    else:
        yield condition
