"""A test that failed, in words: what was expected, what nearly happened, and every condition that counted."""

from __future__ import annotations

from collections.abc import Iterator

from handover_rules import ruleset as model
from handover_rules.decision import ConditionTrace, RuleTrace
from handover_rules.explain_decision import conditions, line_of, near_misses, verdict
from handover_rules.problems import one_line
from handover_rules.ruleset import PhraseSource, Ruleset
from handover_rules.ruletests.conditions import conditions_of, traces_of
from handover_rules.ruletests.runner import TestResult
from handover_rules.text import Entry
from handover_rules.text.nearest import Difference, NearPhrase, nearest

__all__ = ["explained_failure"]

MAX_LINES = 25
_MAX_NEAR = 5
_MAX_PHRASES = 3


def explained_failure(ruleset: Ruleset, result: TestResult) -> list[str]:
    """What is to be known of a failed test, in at most MAX_LINES lines.

    The conditions of the test's rule and of the rule that decided, and near misses: before them where the test's rule
    should have fired and did not, else behind them.
    """
    head = [
        f"FAILED {result.rule.id}: {one_line(result.test.say, 100)!r}  [{line_of(result.test.place)}]",
        f"  {result.failure}",
    ]
    missed = _should_have_fired(result)
    own_first = sorted(result.trace, key=lambda rule: rule.rule != result.rule.id)
    near = [*(_near_phrases(ruleset, result) if missed else ()), *near_misses(own_first, result.decided_by)]
    if near:
        near = ["  near misses", *(f"    {line}" for line in near[:_MAX_NEAR])]
    shown = [rule for rule in own_first if rule.rule in (result.rule.id, result.decided_by)]
    trees: list[str] = []
    room = MAX_LINES - len(head) - len(near)
    for left, rule in zip(range(len(shown), 0, -1), shown, strict=True):
        lines = _tree(rule, (room - len(trees)) // left - 1)
        trees.append(f"  {rule.rule} (priority {rule.priority}, {rule.then}): {verdict(rule)}")
        trees += (f"    {line}" for line in lines)
    return [*head, *near, *trees] if missed else [*head, *trees, *near]


def _should_have_fired(result: TestResult) -> bool:
    fired = any(rule.rule == result.rule.id and rule.fired for rule in result.trace)
    return not fired and (result.test.expect == result.rule.then or result.rule.id in (result.test.tags or ()))


def _tree(rule: RuleTrace, room: int) -> list[str]:
    """The rule's conditions in at most `room` lines: patterns that did not match are the first to be left out."""
    lines = list(conditions(rule))
    excess = len(lines) - room
    if excess <= 0:
        return [line for _, line in lines]
    dull = [at for at, (trace, _) in enumerate(lines) if _is_dull(trace)]
    left_out = set(dull[-(excess + 1) :])  # one more, for the line that says so
    kept = [line for at, (_, line) in enumerate(lines) if at not in left_out][: room - 1]
    return [*kept, f"{'':9}  and {len(lines) - len(kept)} more"]


def _is_dull(trace: ConditionTrace) -> bool:
    return not trace.children and trace.value == "false" and trace.met is None


def _near_phrases(ruleset: Ruleset, result: TestResult) -> Iterator[str]:
    """The phrases of the test's rule that came nearest to occurring, where one of them might have made it fire."""
    trace = next((rule for rule in result.trace if rule.rule == result.rule.id), None)
    if trace is None or trace.value == "true":
        return
    sources: list[PhraseSource] = []
    entries: list[Entry] = []
    for one, met in zip(conditions_of(result.rule), traces_of(trace), strict=True):
        if isinstance(one.condition, model.Phrases) and one.wanted and met.value == "false":
            sources += one.condition.phrases
            entries += (Entry(source.phrase, one.condition.whole) for source in one.condition.phrases)
    lists = {name: listed.words for name, listed in ruleset.phrases.items()}
    for near in nearest(entries, lists, result.test.say, _MAX_PHRASES):
        yield _told(near, sources[near.index])


def _told(near: NearPhrase, source: PhraseSource) -> str:
    away = f"{near.distance} word{'' if near.distance == 1 else 's'} away"
    differences = ", ".join(map(_difference, near.differences))
    return f"`{one_line(source.phrase.source, 60)}`: {away}, {differences}  [{line_of(source.place)}]"


def _difference(difference: Difference) -> str:
    if difference.found is None:
        return f"`{difference.expected}` is missing"
    if difference.expected is None:
        return f"`{difference.found}` is one word too many"
    return f"`{difference.found}` stands where `{difference.expected}` is expected"
