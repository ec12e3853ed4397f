"""What the order of rules does: rules that never get their turn, and vetoes of requests."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from handover_rules.condition_trees import alternatives, walk
from handover_rules.lint.entailment import Claim, Logic
from handover_rules.lint.subject import Pattern, Subject, patterned
from handover_rules.problems import Problem, quoted
from handover_rules.ruleset import (
    All,
    Any,
    Condition,
    Phrases,
    PhraseSource,
    Regex,
    Rule,
)

__all__ = ["overruled", "stay_before_request"]


def overruled(subject: Subject) -> Iterator[Problem]:
    """W312 and W313: rules, and phrases of rules, about which a rule before them always decides."""
    logic = Logic(subject)
    deciding = [rule for rule in subject.ruleset.rules if rule.then != "tag"]
    numbers = {rule.id: number for number, rule in enumerate(deciding)}
    anyway: list[int] = []  # rules that may fire whatever phrases the message has
    for number, rule in enumerate(deciding):

        def before(way: Condition, number: int = number, rule: Rule = rule) -> Rule | None:
            """The first rule before this one that fires wherever the rule does in that way."""
            # Only rules that find a phrase's shortest message can find all of its messages: so few are tried.
            able = {*anyway, *(numbers[name] for name in _finding(subject, way) if name in numbers)}
            earlier = (deciding[other] for other in sorted(able) if other < number)
            return next((one for one in earlier if _always_first(logic, one, Claim(way, True), rule)), None)

        ways = [before(way) for way in _ways(rule.when)]
        winners = [winner for winner in ways if winner is not None]
        if winners and len(winners) == len(ways):
            yield _shadowed(rule, winners)
        else:
            for phrase, way in _ways_by_phrase(rule.when):
                winner = before(way)
                if winner is not None and winner.then != rule.then:
                    yield _shadowed_phrase(phrase, rule, winner)
        if not all(map(patterned, alternatives(rule.when))):
            anyway.append(number)


def _ways(when: Condition) -> Iterator[Condition]:
    """The ways in which a rule's `when` can be true, each phrase of an alternative as one of its own."""
    for option in alternatives(when):
        if isinstance(option, Phrases):
            yield from (way for _, way in _ways_by_phrase(option))
        else:
            yield option


def _ways_by_phrase(condition: Condition) -> Iterator[tuple[PhraseSource, Condition]]:
    """For each phrase the condition as it is true by that phrase."""
    match condition:
        case Phrases():
            for source in condition.phrases:
                yield source, Phrases((source,), condition.whole, source.place)
        case Any():
            for child in condition.children:
                yield from _ways_by_phrase(child)
        case All():
            for at, child in enumerate(condition.children):
                for source, way in _ways_by_phrase(child):
                    children = (*condition.children[:at], way, *condition.children[at + 1 :])
                    yield source, All(children, condition.place)


def _finding(subject: Subject, option: Condition) -> Iterator[str]:
    """The ids of the rules that find the shortest message of a phrase of the condition."""
    for phrases in (part for part in walk(option) if isinstance(part, Phrases)):
        for number in subject.inclusion.beside(subject.patterns[phrases.phrases[0].place].number):
            yield subject.numbered[number].rule.id


def _always_first(logic: Logic, one: Rule, given: Claim, rule: Rule) -> bool:
    """Whether `one` fires wherever the claim holds and no `unless` of `rule` keeps it back."""
    if not logic.follows(Claim(one.when, True), given):
        return False
    return all(
        logic.excludes(Claim(veto, True), given)
        or any(logic.follows(Claim(own, True), Claim(veto, True)) for own in rule.unless)
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


def stay_before_request(subject: Subject) -> Iterator[Problem]:
    """W315: `stay` rules that keep the bot going although the same message asks for a person."""
    logic = Logic(subject)
    rules = subject.ruleset.rules
    for at, stay in enumerate(rules):
        if stay.then != "stay":
            continue
        for request in rules[at + 1 :]:
            phrase = _vetoed(logic, subject, stay, request) if request.then == "handover" else None
            if phrase is not None:
                yield _veto(subject, stay, request, phrase)
                break


def _vetoed(logic: Logic, subject: Subject, stay: Rule, request: Rule) -> Pattern | None:
    """A phrase of the request that the stay rule overrules, wherever else in the message the stay's own words are."""
    nowhere_else = all(map(_whole_only, alternatives(stay.when)))
    if nowhere_else or logic.excludes(Claim(request.when, True), Claim(stay.when, True)):
        return None
    for option in alternatives(request.when):
        for phrase, way in _ways_by_phrase(option) if isinstance(option, Phrases) else ():
            asked = Claim(way, True)
            together = any(not logic.excludes(Claim(own, True), asked) for own in alternatives(stay.when))
            spared = any(logic.follows(Claim(veto, True), asked) for veto in stay.unless)
            if together and not spared:
                return subject.patterns[phrase.place]
    return None


def _whole_only(option: Condition) -> bool:
    """Whether the condition is true only of messages that say nothing else."""
    match option:
        case Phrases(whole=whole):
            return whole
        case All(children):
            return any(map(_whole_only, children))
        case Any(children):
            return all(map(_whole_only, children))
    return False


def _veto(subject: Subject, stay: Rule, request: Rule, phrase: Pattern) -> Problem:
    own = next((option for option in alternatives(stay.when) if isinstance(option, Phrases) and not option.whole), None)
    parts = [] if own is None else [subject.patterns[own.phrases[0].place]]
    message = (
        f"{quoted(stay.id)} (priority {stay.priority}) can keep the bot going although {quoted(request.id)} "
        f"(priority {request.priority}) finds a request"
    )
    if not any(isinstance(part, Regex) for part in walk(stay.when)):
        message += f": {quoted(subject.example(*parts, phrase))}"
    hint = "give it a lower `priority`, use `whole:` for its phrases, or put the request under its `unless:`"
    return Problem("W315", message, stay.place, hint, (request.place, "the request"), stay.id)
