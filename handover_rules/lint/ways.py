"""The ways in which a condition can be true, each phrase as one of its own."""

from __future__ import annotations

from collections.abc import Iterator

from handover_rules.condition_trees import alternatives
from handover_rules.ruleset import All, Any, Condition, Not, Phrases, PhraseSource, Rule

__all__ = ["fires", "ways", "ways_by_phrase"]


def fires(rule: Rule, way: Condition) -> Condition:
    """That a rule fires in that way: it is true, and every `unless` false (one without an answer keeps nothing back,
    so the rule fires a little more often than this says).
    """
    return All((way, *(Not(veto, veto.place) for veto in rule.unless)), way.place)


def ways(condition: Condition) -> Iterator[Condition]:
    """All ways: the alternatives of the condition, and of those that are phrases each one by itself."""
    for option in alternatives(condition):
        if isinstance(option, Phrases):
            yield from (way for _, way in ways_by_phrase(option))
        else:
            yield option


def ways_by_phrase(condition: Condition) -> Iterator[tuple[PhraseSource, Condition]]:
    """For each phrase, wherever it stands outside of a `not`, the condition as it is true by that phrase."""
    match condition:
        case Phrases():
            for source in condition.phrases:
                yield source, Phrases((source,), condition.whole, source.place)
        case Any():
            for child in condition.children:
                yield from ways_by_phrase(child)
        case All():
            for at, child in enumerate(condition.children):
                for source, way in ways_by_phrase(child):
                    children = (*condition.children[:at], way, *condition.children[at + 1 :])
                    yield source, All(children, condition.place)
