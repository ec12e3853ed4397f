"""Looking for things in a ruleset: a rule, the conditions of a rule, the phrase lists that rules use."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from handover_rules.errors import UsageError
from handover_rules.problems import did_you_mean
from handover_rules.ruleset import AcceptedOffer, All, Any, Condition, Not, Phrases, PhraseSource, Rule, Ruleset
from handover_rules.text import lists

__all__ = ["alternatives", "conditions", "find_rule", "used_lists", "walk", "walk_wanted"]


def find_rule(ruleset: Ruleset, rule_id: str) -> Rule:
    """The rule with this id. Raises UsageError, with the name that was probably meant, where there is none."""
    found = next((rule for rule in ruleset.rules if rule.id == rule_id), None)
    if found is None:
        hint = did_you_mean(rule_id, [rule.id for rule in ruleset.rules])
        raise UsageError(f"the ruleset has no rule {rule_id!r}" + (f"; {hint}" if hint else ""))
    return found


def walk(condition: Condition) -> Iterator[Condition]:
    """The condition and all within it, from the outside in."""
    return (one for one, _ in walk_wanted(condition))


def walk_wanted(condition: Condition, wanted: bool = True) -> Iterator[tuple[Condition, bool]]:
    """As `walk`; each with whether the outermost one is rather what is `wanted`, true or false, when it is true."""
    yield condition, wanted
    match condition:
        case All() | Any():
            for child in condition.children:
                yield from walk_wanted(child, wanted)
        case Not():
            yield from walk_wanted(condition.child, not wanted)


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


def used_lists(ruleset: Ruleset) -> frozenset[str]:
    """The named lists that can matter for a rule: those in its phrases, and those that these lists refer to.

    What `offers` takes for a yes is among the phrases of a rule with `accepted_offer`, and of no other: without such a
    rule nobody looks for it.
    """
    written = [condition for rule in ruleset.rules for condition in conditions(rule)]
    phrases = [source for condition in written if isinstance(condition, Phrases) for source in condition.phrases]
    if any(isinstance(condition, AcceptedOffer) for condition in written):
        phrases += ruleset.yes
    used: set[str] = set()
    waiting = _lists_in(phrases)
    while waiting:
        used |= waiting
        waiting = _lists_in(source for name in waiting for source in ruleset.phrases[name].phrases) - used
    return frozenset(used)


def _lists_in(sources: Iterable[PhraseSource]) -> set[str]:
    return {name for source in sources for name, _ in lists(source.phrase)}
