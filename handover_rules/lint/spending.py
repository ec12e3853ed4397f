"""Money that is spent before something that costs nothing could have decided."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator
from itertools import islice

from handover_rules.condition_trees import alternatives, walk
from handover_rules.lint.entailment import Claim, Logic
from handover_rules.lint.subject import Subject
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
        later_ones = (deciding[other] for other in free[bisect_right(free, number) :])
        wasted = next((later for later in islice(later_ones, _TRIED) if _wasted(logic, rule, later)), None)
        if wasted is not None:
            message = (
                f"{quoted(score.detector)} is paid for messages on which {quoted(wasted.id)} "
                f"(priority {wasted.priority}) would say {wasted.then} for nothing"
            )
            hint = f"give {quoted(wasted.id)} a higher `priority`, or `allow` it where the AI is to be asked first"
            yield Problem("W316", message, score.place, hint, (wasted.place, "the free rule"), rule.id)


def _wasted(logic: Logic, rule: Rule, later: Rule) -> bool:
    """Whether the later rule, for nothing, would have the same outcome on some message that the rule asks about."""
    if later.then != rule.then:
        return False
    when = Claim(rule.when, True)
    return any(
        not logic.excludes(when, Claim(option, True))
        and not any(logic.follows(Claim(veto, True), Claim(option, True)) for veto in rule.unless)
        for option in alternatives(later.when)
        if _free(option)
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
