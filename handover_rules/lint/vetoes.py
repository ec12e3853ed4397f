"""`stay` rules that keep the bot going although the same message asks for a person."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice, product

from handover_rules.condition_trees import walk
from handover_rules.lint.entailment import Claim, Logic
from handover_rules.lint.order import always_first
from handover_rules.lint.subject import Subject
from handover_rules.lint.ways import fires, ways_by_phrase
from handover_rules.problems import Problem, quoted
from handover_rules.ruleset import All, Phrases, Rule

__all__ = ["stay_before_request"]

# Pairs of phrases that are tried for two rules: if none of these meet in a message, others hardly do.
_TRIED = 50


def stay_before_request(subject: Subject) -> Iterator[Problem]:
    """W315: rules whose `stay` is said of a phrase anywhere in the message, above rules that find a request in it.

    A `stay` for other reasons (the hour, a customer, a whole message) is a veto on purpose.
    """
    logic = Logic(subject)
    rules = subject.ruleset.rules
    for at, stay in enumerate(rules):
        if stay.then != "stay":
            continue
        requests = (rule for rule in rules[at + 1 :] if rule.then == "handover")
        before = [rule for rule in rules[:at] if rule.then != "tag"]
        found = ((request, _message(logic, subject, stay, request, before)) for request in requests)
        vetoed = next(((request, message) for request, message in found if message), None)
        if vetoed is not None:
            yield _veto(stay, *vetoed)


def _message(logic: Logic, subject: Subject, stay: Rule, request: Rule, before: Sequence[Rule]) -> str:
    """A message that asks for a person and that the stay rule decides, none of those before; "" if none is found."""
    own = [way for source, way in ways_by_phrase(stay.when) if not subject.patterns[source.place].whole]
    asked = [way for _, way in ways_by_phrase(request.when)]
    for said, asking in islice(product(own, asked), _TRIED):
        one, other = Claim(fires(stay, said), True), Claim(fires(request, asking), True)
        if logic.excludes(one, other):
            continue
        both = Claim(All((one.condition, other.condition), stay.place), True)
        message = _example(subject, one, other)
        if message and not any(always_first(logic, rule, both, stay) for rule in before):
            return message
    return ""


def _example(subject: Subject, said: Claim, asked: Claim) -> str:
    """A message with a phrase of each condition that must hold, and none of those that must not."""
    inclusion = subject.inclusion
    wanted, unwanted = [], set[int]()
    for one in (part.plain for claim in (said, asked) for part in claim.all_of):
        phrases = (part for part in walk(one.condition) if isinstance(part, Phrases))
        numbers = [subject.patterns[source.place].number for part in phrases for source in part.phrases]
        if not one.value:
            unwanted.update(numbers)
        elif numbers:
            wanted.append(numbers)
    parts = [inclusion.apart(numbers[0], sorted(unwanted)) for numbers in wanted]
    for order in (parts, parts[::-1], parts[-1:]) if all(parts) else ():
        words = [word for part in order for word in part or ()]
        found = set(inclusion.found_in(words))
        if all(found.intersection(numbers) for numbers in wanted) and not found & unwanted:
            return " ".join(words)
    return ""


def _veto(stay: Rule, request: Rule, message: str) -> Problem:
    said = (
        f"{quoted(stay.id)} (priority {stay.priority}) can keep the bot going although {quoted(request.id)} "
        f"(priority {request.priority}) finds a request: {quoted(message, 80)}"
    )
    hint = "give it a lower `priority`, use `whole:` for its phrases, or put the request under its `unless:`"
    return Problem("W315", said, stay.place, hint, (request.place, "the request"), stay.id)
