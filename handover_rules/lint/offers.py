"""Offers of a person that nobody can accept, and the other way round."""

from __future__ import annotations

from collections.abc import Iterator

from handover_rules.condition_trees import conditions, walk
from handover_rules.lint.subject import Subject
from handover_rules.problems import Problem, quoted
from handover_rules.ruleset import AcceptedOffer, Condition

__all__ = ["lonely_offers"]


def lonely_offers(subject: Subject) -> Iterator[Problem]:
    """W317: `ask` without `accepted_offer`, or `accepted_offer` without `ask`."""
    rules = subject.ruleset.rules
    offering = [rule for rule in rules if rule.then == "ask"]
    accepting = [(rule, part) for rule in rules for part in conditions(rule) if isinstance(part, AcceptedOffer)]
    answering = [rule for rule in rules if rule.then != "tag" and any(map(_accepts, walk(rule.when)))]
    if offering and not answering:
        rule = offering[0]
        message = f"{quoted(rule.id)} offers a person, and no rule says what happens when the customer says yes"
        hint = "add a rule with `when: {accepted_offer: true}` and `then: handover`"
        yield Problem("W317", message, rule.place, hint, rule=rule.id)
    if accepting and not offering:
        rule, part = accepting[0]
        message = "no rule offers a person (`then: ask`), so no offer can be accepted"
        hint = "add a rule with `then: ask`, or remove this condition"
        yield Problem("W317", message, part.place, hint, rule=rule.id)


def _accepts(condition: Condition) -> bool:
    return isinstance(condition, AcceptedOffer)
