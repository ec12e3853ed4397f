"""The conditions of a rule one by one: where they stand in it, what a trace says of them, and in a few words."""

from __future__ import annotations

from dataclasses import dataclass

from handover_rules import ruleset as model
from handover_rules.condition_trees import walk_wanted
from handover_rules.decision import ConditionTrace, RuleTrace
from handover_rules.explain_decision import walk_trace
from handover_rules.problems import quoted
from handover_rules.ruleset import Condition, Rule

__all__ = ["Standing", "conditions_of", "in_words", "traces_of"]


@dataclass(frozen=True, slots=True)
class Standing:
    """A condition where it stands in its rule. `wanted`: the rule fires rather when it is true than when it is not."""

    condition: Condition
    in_unless: bool
    wanted: bool


def conditions_of(rule: Rule) -> list[Standing]:
    """All conditions of a rule as they are written, those with children before their children."""
    found = [Standing(condition, False, wanted) for condition, wanted in walk_wanted(rule.when)]
    for veto in rule.unless:
        found += (Standing(condition, True, wanted) for condition, wanted in walk_wanted(veto, False))
    return found


def traces_of(rule: RuleTrace) -> list[ConditionTrace]:
    """What was met, in the order of `conditions_of` of the same rule.

    That order tells which condition is meant; a trace's place does not, for a phrase that matched has its own.
    """
    return [trace for part in (rule.when, *rule.unless) for trace, _ in walk_trace(part)]


def in_words(condition: Condition) -> str:
    """A condition in a few words, those of the rule file."""
    match condition:
        case model.All(children) | model.Any(children):
            return f"{'all' if isinstance(condition, model.All) else 'any'} of {len(children)}"
        case model.Not(child):
            return f"not {in_words(child)}"
        case model.Phrases(phrases, whole):
            return f"{'whole' if whole else 'phrase'}: {_first([source.phrase.source for source in phrases])}"
        case model.Regex(patterns):
            return f"regex: {_first([text for text, _ in patterns])}"
        case model.ScoreAtLeast(detector, bound, threshold):
            return f"score of {detector} >= {f'${threshold}' if threshold else f'{bound:g}'}"
        case model.UnavailableIs(detectors):
            return f"unavailable: {', '.join(detectors)}"
        case model.Failures(at_least) | model.Repeats(at_least) | model.Turns(at_least):
            return f"{type(condition).__name__.casefold()}: at least {at_least}"
        case model.AcceptedOffer():
            return "accepted_offer"
        case model.Hours(names):
            return f"hours: {', '.join(names)}"
        case model.Lang(names):
            return f"lang: {', '.join(names)}"
        case model.Channel(names):
            return f"channel: {', '.join(names)}"
        case model.Customer(values):
            return f"customer: {', '.join(key for key, _ in values)}"
        case model.Field(path):
            return f"field: {'.'.join(path)}"


def _first(texts: list[str]) -> str:
    more = f" and {len(texts) - 1} more" if len(texts) > 1 else ""
    return quoted(texts[0]) + more
