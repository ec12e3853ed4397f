"""Rules that never get their turn, and phrases of rules."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from handover_rules.condition_trees import alternatives, walk
from handover_rules.lint.entailment import Claim, Logic
from handover_rules.lint.subject import Subject
from handover_rules.lint.ways import ways, ways_by_phrase
from handover_rules.problems import Problem, quoted
from handover_rules.ruleset import (
    All,
    Any,
    Condition,
    Not,
    Phrases,
    PhraseSource,
    Rule,
    ScoreAtLeast,
    UnavailableIs,
)

__all__ = ["always_first", "overruled"]

# Rules without phrases that are tried for one: of thousands, the nearest above it.
_TRIED = 200


def overruled(subject: Subject) -> Iterator[Problem]:
    """W312 and W313: rules, and phrases of rules, about which a rule before them always decides."""
    logic = Logic(subject)
    deciding = [rule for rule in subject.ruleset.rules if rule.then != "tag"]
    able_by = {
        subject.patterns[source.place].number: number
        for number, rule in enumerate(deciding)
        for source, _ in ways_by_phrase(rule.when)
    }
    anyway: dict[type, list[int]] = {}  # rules that may fire without a phrase, by the conditions that they look at
    for number, rule in enumerate(deciding):

        def before(way: Condition, number: int = number, rule: Rule = rule) -> Rule | None:
            """The first rule before this one that fires wherever the rule does in that way."""
            # Only rules that find a phrase's shortest message can find all of its messages: so few are tried.
            able = {able_by[pattern] for pattern in _finding(subject, way) if pattern in able_by}
            able.update(*(anyway.get(kind, ())[-_TRIED:] for kind in _kinds(way)))
            earlier = (deciding[other] for other in sorted(able) if other < number)
            given = Claim(way, True)
            return next((one for one in earlier if always_first(logic, one, given, rule)), None)

        first = [before(way) for way in ways(rule.when)]
        winners = [winner for winner in first if winner is not None]
        if winners and len(winners) == len(first):
            yield _shadowed(rule, winners)
        else:
            for phrase, way in ways_by_phrase(rule.when):
                winner = before(way)
                if winner is not None and winner.then != rule.then:
                    yield _shadowed_phrase(phrase, rule, winner)
        for kind in _kinds_without_phrase(rule.when):
            anyway.setdefault(kind, []).append(number)


def _kinds(condition: Condition) -> set[type]:
    """The kinds of its leaves, of which another condition must have one to follow from it."""
    kinds = {type(part) for part in walk(condition) if not isinstance(part, (All, Any, Not))}
    # What has a score is not unavailable.
    return kinds | {UnavailableIs} if ScoreAtLeast in kinds else kinds


def _kinds_without_phrase(when: Condition) -> set[type]:
    """Kinds of which a way must have one for an alternative to follow from it that can be true without any phrase."""
    return {kind for option in alternatives(when) if not _needs_phrase(option) for kind in _rarest(option)}


def _rarest(option: Condition) -> set[type]:
    """The kinds of one part of the alternative: all parts must follow, so it is enough to look for the least common."""
    parts = option.children if isinstance(option, All) else (option,)
    return min(map(_kinds, parts), key=lambda kinds: (Phrases in kinds, len(kinds)))


def _needs_phrase(condition: Condition) -> bool:
    match condition:
        case Phrases():
            return True
        case All(children):
            return any(map(_needs_phrase, children))
        case Any(children):
            return all(map(_needs_phrase, children))
    return False


def _finding(subject: Subject, option: Condition) -> Iterator[int]:
    """The numbers of the phrases that find the shortest message of a phrase of the condition."""
    for phrases in (part for part in walk(option) if isinstance(part, Phrases)):
        yield from subject.inclusion.beside(subject.patterns[phrases.phrases[0].place].number)


def always_first(logic: Logic, one: Rule, given: Claim, rule: Rule) -> bool:
    """Whether `one` fires wherever the claim holds and no `unless` of `rule` keeps it back."""
    if not logic.follows(logic.claim(one.when), given):
        return False
    return all(
        logic.excludes(logic.claim(veto), given)
        or any(logic.follows(logic.claim(own), logic.claim(veto)) for own in rule.unless)
        for veto in one.unless
    )


def _shadowed(rule: Rule, winners: Sequence[Rule]) -> Problem:
    names = list(dict.fromkeys(winner.id for winner in winners))
    first = winners[0]
    by = f"{quoted(first.id)} (priority {first.priority})" + (f" or {quoted(names[1])}" if len(names) > 1 else "")
    message = f"the rule {quoted(rule.id)} never decides: whenever it fires, {by} fires first"
    hint = "remove it, give it a higher `priority`, or make the other one narrower"
    return Problem("W312", message, rule.place, hint, (first.place, "the rule that decides"), rule.id)


def _shadowed_phrase(phrase: PhraseSource, rule: Rule, winner: Rule) -> Problem:
    message = (
        f"{quoted(phrase.phrase.source)} never decides here: {quoted(winner.id)} (priority {winner.priority}) fires "
        f"first and says {winner.then}"
    )
    hint = f"remove the phrase, or give {quoted(rule.id)} a higher `priority` than {winner.priority}"
    return Problem("W313", message, phrase.place, hint, (winner.place, "the rule that decides"), rule.id)
