"""Conditions that can never be true, or always are."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import combinations

from handover_rules.condition_trees import walk
from handover_rules.lint.entailment import Claim, Logic
from handover_rules.lint.subject import Subject
from handover_rules.problems import Problem, quoted
from handover_rules.ruleset import All, Any, Condition, Hours, Not, Place, Regex, Rule, ScoreAtLeast, Turns

__all__ = ["never_or_always"]

_WHY: dict[type, str] = {
    Turns: "every message is at least the first",
    ScoreAtLeast: "no score is below 0; whether there is an answer is `not: {unavailable: ...}`",
    Hours: "these hours are the whole week",
    Regex: "all of it is optional, so it matches every message",
}


def never_or_always(subject: Subject) -> Iterator[Problem]:
    """W310 and W311: what the author cannot have meant."""
    logic = Logic(subject)
    for rule in subject.ruleset.rules:
        search = _Search(logic, rule)
        yield from search.look(Claim(rule.when, True), ())
        found = [problem for veto in rule.unless for problem in search.guard(veto)]
        if not found and len(rule.unless) > 1:
            found += search.veto(Any(rule.unless, rule.unless[0].place))
        yield from found


class _Search:
    def __init__(self, logic: Logic, rule: Rule) -> None:
        self._logic = logic
        self._rule = rule

    def look(self, claim: Claim, known: Sequence[Claim]) -> Iterator[Problem]:
        """What is wrong with a condition, given that the claims `known` hold; the innermost place that shows it."""
        claim = claim.plain
        for value in (True, False):
            if self._logic.always(Claim(claim.condition, value)):
                yield self._constant(claim.condition, value)
                return
        conflict = next((one for one in known if self._logic.excludes(one, claim)), None)
        if conflict is not None:
            yield self._never_here(claim, conflict.condition)
            return
        condition, value = claim.condition, claim.value
        children = [Claim(child, value) for child in getattr(condition, "children", ())]
        apart = isinstance(condition, All) == value  # every child is as wanted; else one is enough
        for one, other in combinations(children[:_COMPARED], 2):
            hopeless = self._logic.excludes(one, other) if apart else self._logic.follows(other, one.denied)
            if hopeless or (not apart and self._logic.follows(one, other.denied)):
                told = self._never if isinstance(condition, All) else self._either
                yield told(condition.place, other.condition, one.condition)
                return
        for child in children:
            # Beside alternatives everything else that must hold is known; two parts themselves are compared above.
            others = tuple(other for other in children if other is not child)
            if apart:
                yield from self.look(child, (*known, *others) if child.any_of else ())
            else:
                # An exception may repeat what holds anyway: "not in English with these words", beside "in English".
                yield from self.look(child, known if value else ())

    def guard(self, veto: Condition) -> list[Problem]:
        """What is wrong with an entry of `unless`, by itself or beside `when`."""
        return list(self.look(Claim(veto, True), ())) or list(self.veto(veto))

    def veto(self, veto: Condition) -> Iterator[Problem]:
        """What is wrong with an entry of `unless` beside `when`."""
        when = Claim(self._rule.when, True)
        if self._logic.follows(Claim(veto, True), when):
            message = "the rule can never fire: whenever its `when` is true, this is true too"
            hint = "make the one or the other narrower"
            yield self._problem("W310", message, veto.place, hint, (self._rule.when.place, "`when`"))
        elif self._logic.excludes(Claim(veto, True), when):
            message = "this can never be true while the rule's `when` is, so it keeps nothing back"
            hint = "remove it, or correct it: a guard that vanished is worse than none"
            yield self._problem("W310", message, veto.place, hint, (self._rule.when.place, "`when`"))

    def _constant(self, condition: Condition, value: bool) -> Problem:
        if value:
            hint = f"{_WHY[type(condition)]}; remove it, or write what is meant"
            always = "whenever the detector answers" if isinstance(condition, ScoreAtLeast) else "for every message"
            return self._problem("W311", f"this condition is true {always}", condition.place, hint)
        hint = "more are asked for than `within_turns` can hold"
        if isinstance(condition, Hours):
            hint = "these hours include no time"
        return self._problem("W310", "this condition can never be true", condition.place, hint)

    def _never_here(self, claim: Claim, other: Condition) -> Problem:
        wanted = "true" if claim.value else "false"
        message = f"this condition can never be {wanted} here, because another one must hold as well"
        return self._problem("W310", message, claim.condition.place, _ALL, (other.place, "the other condition"))

    def _never(self, place: Place, other: Condition, one: Condition) -> Problem:
        message = f"`all` of these can never be true: the first excludes the second, {_named(one)} and {_named(other)}"
        return self._problem("W310", message, place, _ALL, (other.place, "the second condition"))

    def _either(self, place: Place, other: Condition, one: Condition) -> Problem:
        scored = any(isinstance(part, ScoreAtLeast) for part in (*walk(one), *walk(other)))
        always = "whenever the detector answers" if scored else "for every message"
        message = f"`any` of these is true {always}: {_named(one)} or {_named(other)}"
        return self._problem("W311", message, place, "remove one of them", (other.place, "the second condition"))

    def _problem(
        self, code: str, message: str, place: Place, hint: str, related: tuple[Place, str] | None = None
    ) -> Problem:
        return Problem(code, message, place, hint, related, self._rule.id)


_ALL = "did you mean `any` (one is enough)?"
# Of more conditions in one list than people write, the first ones are compared.
_COMPARED = 100


def _named(condition: Condition) -> str:
    """A condition in a word, as rule files write it."""
    names = {
        "ScoreAtLeast": "score",
        "UnavailableIs": "unavailable",
        "Phrases": "phrase",
        "AcceptedOffer": "accepted_offer",
    }
    kind = type(condition).__name__
    if isinstance(condition, (All, Any, Not)):
        return quoted(f"{kind.casefold()}: ...")
    return quoted(names.get(kind, kind.casefold()))
