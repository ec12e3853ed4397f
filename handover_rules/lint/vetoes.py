"""`stay` rules that keep the bot going although the same message asks for a person."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice, product

from handover_rules.condition_trees import walk
from handover_rules.lint.entailment import Claim, Logic
from handover_rules.lint.subject import Pattern, Subject
from handover_rules.lint.ways import ways_by_phrase
from handover_rules.problems import Problem, quoted
from handover_rules.ruleset import Condition, Phrases, Rule

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
        found = ((request, _message(logic, subject, stay, request)) for request in requests)
        vetoed = next(((request, message) for request, message in found if message), None)
        if vetoed is not None:
            yield _veto(stay, *vetoed)


def _message(logic: Logic, subject: Subject, stay: Rule, request: Rule) -> str:
    """A message that asks for a person and that the stay rule decides; "" where none is found."""
    if any(logic.follows(Claim(veto, True), Claim(stay.when, True)) for veto in request.unless):
        return ""
    own = [one for one in _patterns(subject, stay.when) if not one[0].whole]
    for (said, way), (asked, request_way) in islice(product(own, _patterns(subject, request.when)), _TRIED):
        together = not logic.excludes(Claim(way, True), Claim(request_way, True))
        spared = any(logic.follows(Claim(veto, True), Claim(request_way, True)) for veto in stay.unless)
        message = _example(subject, said, asked, (*stay.unless, *request.unless)) if together and not spared else ""
        if message:
            return message
    return ""


def _patterns(subject: Subject, when: Condition) -> list[tuple[Pattern, Condition]]:
    return [(subject.patterns[source.place], way) for source, way in ways_by_phrase(when)]


def _example(subject: Subject, said: Pattern, asked: Pattern, vetoes: Sequence[Condition]) -> str:
    """A message in which both phrases are found, and no phrase of the vetoes."""
    phrases = (part for veto in vetoes for part in walk(veto) if isinstance(part, Phrases))
    keeping = {subject.patterns[source.place].number for part in phrases for source in part.phrases}
    inclusion = subject.inclusion
    one, other = (inclusion.apart(pattern.number, sorted(keeping)) for pattern in (said, asked))
    for words in (one + other, other + one, other) if one and other else ():
        found = set(inclusion.found_in(words))
        if {said.number, asked.number} <= found and not found & keeping:
            return " ".join(words)
    return ""


def _veto(stay: Rule, request: Rule, message: str) -> Problem:
    said = (
        f"{quoted(stay.id)} (priority {stay.priority}) can keep the bot going although {quoted(request.id)} "
        f"(priority {request.priority}) finds a request: {quoted(message, 80)}"
    )
    hint = "give it a lower `priority`, use `whole:` for its phrases, or put the request under its `unless:`"
    return Problem("W315", said, stay.place, hint, (request.place, "the request"), stay.id)
