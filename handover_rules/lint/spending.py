"""Money that is spent before something that costs nothing could have decided."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator

from handover_rules.condition_trees import alternatives, walk
from handover_rules.lint.entailment import Claim, Logic
from handover_rules.lint.subject import Subject
from handover_rules.problems import Problem, quoted
from handover_rules.ruleset import Condition, LinearSpec, Rule, ScoreAtLeast, UnavailableIs

__all__ = ["costs", "dear_before_free"]


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
        for later in (deciding[other] for other in free[bisect_right(free, number) :]):
            if later.then == rule.then and _both(logic, rule, later):
                message = (
                    f"{quoted(score.detector)} is paid for messages that {quoted(later.id)} "
                    f"(priority {later.priority}) would decide alike for nothing"
                )
                hint = f"give {quoted(later.id)} a higher `priority` than {rule.priority}"
                yield Problem("W316", message, score.place, hint, (later.place, "the free rule"), rule.id)
                break


def _both(logic: Logic, one: Rule, other: Rule) -> bool:
    return not logic.excludes(Claim(one.when, True), Claim(other.when, True))


def _free(condition: Condition) -> bool:
    return not any(isinstance(part, (ScoreAtLeast, UnavailableIs)) for part in walk(condition))


def _decides_free(rule: Rule) -> bool:
    return any(map(_free, alternatives(rule.when))) and all(map(_free, rule.unless))


def costs(subject: Subject) -> Iterator[Problem]:
    """W409: a detector that is paid, and is asked before one that costs nothing because its `cost` is not higher."""
    detectors = subject.ruleset.detectors
    local = [spec for spec in detectors.values() if isinstance(spec, LinearSpec)]
    for spec in (detectors[name] for name in sorted(subject.ruleset.paid)):
        later = next((one for one in local if one.cost >= spec.cost), None)
        if later is not None:
            message = f"{quoted(spec.name)} has cost {spec.cost} and the local {quoted(later.name)} {later.cost}"
            message += ", so the one that is paid is asked first"
            hint = "give the detector that asks a service the higher `cost`"
            yield Problem("W409", message, spec.place, hint, (later.place, "the local detector"))
