"""The phrases and regexes of a ruleset as its rules write them, for whoever counts what each of them does."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Literal

from handover_rules.engine.conditions import AllOf, AnyOf, Condition, NotThat
from handover_rules.engine.leaves import Pattern
from handover_rules.engine.program import CompiledRule
from handover_rules.ruleset import Place

__all__ = ["WrittenPattern", "written_patterns"]


@dataclass(frozen=True, slots=True)
class WrittenPattern:
    """One entry of a `phrase:`, `whole:` or `regex:` (that is its `kind`) in a `part` of the rule of that id.

    `number` is what `Case.matched` and `Case.without_pattern` call it; a phrase that is written twice has two.
    """

    number: int
    rule: str
    part: Literal["when", "unless"]
    kind: str
    text: str
    place: Place


def written_patterns(rules: Iterable[CompiledRule]) -> tuple[WrittenPattern, ...]:
    """The patterns of the rules, in deciding order, then as written."""
    return tuple(pattern for compiled in rules for pattern in _of_rule(compiled))


def _of_rule(compiled: CompiledRule) -> Iterator[WrittenPattern]:
    parts: list[tuple[Literal["when", "unless"], Condition]] = [("when", compiled.when)]
    parts += [("unless", veto) for veto in compiled.unless]
    for part, condition in parts:
        for leaf in _patterns(condition):
            for number, (text, place) in leaf.sources.items():
                yield WrittenPattern(number, compiled.rule.id, part, leaf.kind, text, place)


def _patterns(condition: Condition) -> Iterator[Pattern]:
    match condition:
        case Pattern():
            yield condition
        case AllOf() | AnyOf():
            for child in condition.children:
                yield from _patterns(child)
        case NotThat():
            yield from _patterns(condition.child)
        case _:
            pass
