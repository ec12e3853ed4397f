"""Where a message belongs: to who decides most messages of its kind."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from typing import Generic, TypeVar

from eval.dataset import Row
from eval.deciders import Prediction
from handover_rules.ruleset import Ruleset

__all__ = ["Kinds", "likely_rule"]

T = TypeVar("T")


class Kinds(Generic[T]):
    """How many messages of each kind everybody has.

    Of a message's kind are those of its language and category; where nobody has one, those of its language.
    """

    def __init__(self) -> None:
        self._having: defaultdict[tuple[str | None, ...], Counter[T]] = defaultdict(Counter)

    def add(self, who: T, row: Row) -> None:
        """Count a message of theirs."""
        for kind in _kinds(row):
            self._having[kind][who] += 1

    def nearest(self, row: Row) -> Counter[T]:
        """How many messages of this one's kind everybody has; empty where nobody has any."""
        return next((self._having[kind] for kind in _kinds(row) if kind in self._having), Counter())


def likely_rule(
    ruleset: Ruleset, row: Row, said: Prediction | None, decided: Iterable[tuple[Row, Prediction | None]]
) -> str:
    """The id of the rule that decided a message, else of the one that rightly hands over most of its kind.

    `said` is what was decided about the message, `decided` what was about all. Where no rule hands over any of its
    kind, it is the first one that hands over. The ruleset has at least one rule.
    """
    if said is not None and said.rule is not None:
        return said.rule
    kinds: Kinds[str] = Kinds()
    for other, about in decided:
        if other.label and about is not None and about.handover and about.rule is not None:
            kinds.add(about.rule, other)
    for rule, _ in kinds.nearest(row).most_common(1):
        return rule
    return next((rule.id for rule in ruleset.rules if rule.then == "handover"), ruleset.rules[0].id)


def _kinds(row: Row) -> tuple[tuple[str | None, ...], ...]:
    """What a message is, the closest first."""
    language = (row.language or "").lower() or None
    return (language, row.category), (language,)
