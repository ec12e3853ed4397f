"""Rules that no test holds."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from handover_rules.lint.subject import Subject
from handover_rules.problems import Problem, quoted
from handover_rules.ruleset import Rule, RuleTest

__all__ = ["untested"]


def untested(subject: Subject) -> Iterator[Problem]:
    """W603, W604 and W605: rules without a positive or a negative test, and tests that stand twice."""
    everywhere = [test for rule in subject.ruleset.rules for test in rule.tests]
    for rule in subject.ruleset.rules:
        # Whether a tag fires is said by tests of other rules too.
        tests = everywhere if rule.then == "tag" else rule.tests
        told = [fires for test in tests if (fires := _expects_it(rule, test)) is not None]
        name, meant = quoted(rule.id), "fire" if rule.then == "tag" else f"say {rule.then}"
        if True not in told:
            message = f"no test of {name} expects it to {meant}"
            hint = f"add one, such as `{_example(rule, positive=True)}`"
            yield Problem("W603", message, rule.place, hint, rule=rule.id)
        if False not in told:
            message = f"no test of {name} says a message that looks alike and must not {meant}"
            hint = f"add one, such as `{_example(rule, positive=False)}`"
            yield Problem("W604", message, rule.place, hint, rule=rule.id)
        yield from _twice(rule)


def _expects_it(rule: Rule, test: RuleTest) -> bool | None:
    """Whether the test expects the rule to fire or not; None where it says neither."""
    if rule.then != "tag":
        return test.expect == rule.then
    return None if test.tags is None else rule.id in test.tags


def _example(rule: Rule, *, positive: bool) -> str:
    if rule.then == "tag":
        return f"{{say: ..., expect: none, tags: [{rule.id if positive else ''}]}}"
    return f"{{say: ..., expect: {rule.then if positive else 'none'}}}"


def _twice(rule: Rule) -> Iterator[Problem]:
    seen: list[RuleTest] = []
    for test in rule.tests:
        # A detector that a test does not name is unavailable.
        scores = {name: score for name, score in test.given.signals.items() if score is not None}
        plain = replace(test, given=replace(test.given, signals=scores), expect="none")
        first = next((one for one in seen if replace(one, place=test.place) == plain), None)
        if first is not None:
            message = f"{quoted(test.say)} is tested twice under the same circumstances"
            yield Problem("W605", message, test.place, "remove one of the two", (first.place, "the first one"), rule.id)
        seen.append(plain)
