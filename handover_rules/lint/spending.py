"""Money that is spent before something that costs nothing could have decided."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from itertools import islice

from handover_rules.condition_trees import alternatives, walk
from handover_rules.lint.entailment import Claim, Logic
from handover_rules.lint.order import always_first
from handover_rules.lint.subject import Subject
from handover_rules.lint.ways import fires, ways
from handover_rules.problems import Problem, quoted
from handover_rules.ruleset import Condition, LinearSpec, Rule, ScoreAtLeast, UnavailableIs

__all__ = ["costs", "dear_before_free"]

# Later rules that are tried for one: of thousands, the nearest.
_TRIED = 100


def dear_before_free(subject: Subject) -> Iterator[Problem]:
    """W316: rules that pay a detector for messages that a later rule with the same outcome decides for nothing."""
    logic = Logic(subject)
    paid = subject.ruleset.paid
    deciding = [rule for rule in subject.ruleset.rules if rule.then != "tag"]
    free = [number for number, rule in enumerate(deciding) if _decides_free(rule)]
    for number, rule in enumerate(deciding):
        score = next(
            (part for part in walk(rule.when) if isinstance(part, ScoreAtLeast) and part.detector in paid), None
        )
        if score is None:
            continue
        others = islice(free[bisect_right(free, number) :], _TRIED)
        nearest = ((deciding[other], [rule, *deciding[max(0, other - _TRIED) : other]]) for other in others)
        wasted = next((later for later, before in nearest if _wasted(logic, rule, later, before)), None)
        if wasted is not None:
            message = (
                f"{quoted(score.detector)} is paid for messages on which {quoted(wasted.id)} "
                f"(priority {wasted.priority}) would say {wasted.then} for nothing"
            )
            hint = f"give {quoted(wasted.id)} a higher `priority`, or `allow` it where the AI is to be asked first"
            yield Problem("W316", message, score.place, hint, (wasted.place, "the free rule"), rule.id)


def _wasted(logic: Logic, rule: Rule, later: Rule, before: Sequence[Rule]) -> bool:
    """Whether the later rule, for nothing, would have the same outcome on some message that the rule asks about.

    What a rule of those before it always decides, for nothing as well or otherwise, it would not.
    """
    if later.then != rule.then:
        return False
    when = Claim(fires(rule, rule.when), True)
    options = (Claim(fires(later, way), True) for way in ways(later.when) if _free(way))
    return any(
        not logic.excludes(when, option) and not any(always_first(logic, one, option, later) for one in before)
        for option in options
    )


def _free(condition: Condition) -> bool:
    return not any(isinstance(part, (ScoreAtLeast, UnavailableIs)) for part in walk(condition))


def _decides_free(rule: Rule) -> bool:
    return any(map(_free, alternatives(rule.when))) and all(map(_free, rule.unless))


def costs(subject: Subject) -> Iterator[Problem]:
    """W409: a detector that is paid, and is asked before one that costs nothing because its `cost` is not higher."""
    detectors = subject.ruleset.detectors
    local = [spec for spec in detectors.values() if isinstance(spec, LinearSpec)]
    for spec in (detectors[name] for name in sorted(subject.ruleset.paid)):
        later = next((one for one in local if (one.cost, one.name) > (spec.cost, spec.name)), None)
        if later is not None:
            message = f"{quoted(spec.name)} has cost {spec.cost} and the local {quoted(later.name)} {later.cost}"
            message += ", so the one that is paid is asked first"
            hint = "give the detector that asks a service the higher `cost`"
            yield Problem("W409", message, spec.place, hint, (later.place, "the local detector"))
