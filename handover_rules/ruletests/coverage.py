"""What the tests of a ruleset leave untried: conditions, phrases and rules."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from handover_rules import ruleset as model
from handover_rules.decision import Value
from handover_rules.explain_decision import line_of
from handover_rules.ruleset import Rule, Ruleset
from handover_rules.ruletests.conditions import Standing, conditions_of, in_words, traces_of
from handover_rules.ruletests.runner import TestResult
from handover_rules.text import Automaton, Entry

__all__ = ["ConditionCoverage", "Coverage", "as_text", "cover"]


@dataclass(frozen=True, slots=True)
class ConditionCoverage:
    """A condition of a rule, and whether it was ever true and ever false in a test."""

    standing: Standing
    true: bool
    false: bool

    @property
    def lacking(self) -> str:
        """What no test showed: "" where it was both true and false."""
        if self.true:
            return "" if self.false else "never false"
        return "never true" if self.false else "never known"


@dataclass(frozen=True, slots=True)
class Coverage:
    """What tests tried of some rules, by the rules' ids.

    `phrases`: how many of the rule's phrases occur in the message of a test, and how many it has. `silent` are the
    rules that no test makes fire.
    """

    tests: int
    conditions: Mapping[str, tuple[ConditionCoverage, ...]]
    phrases: Mapping[str, tuple[int, int]]
    silent: tuple[str, ...]


def cover(ruleset: Ruleset, rules: Sequence[Rule], results: Iterable[TestResult]) -> Coverage:
    """What these results, of tests of any rule, try of `rules`. All must carry their traces, also those that passed."""
    standing = {rule.id: conditions_of(rule) for rule in rules}
    seen: dict[str, list[set[Value]]] = {rule: [set() for _ in conditions] for rule, conditions in standing.items()}
    fired: set[str] = set()
    said: list[str] = []
    for result in results:
        said.append(result.test.say)
        for trace in result.trace:
            if trace.rule in seen:
                for values, met in zip(seen[trace.rule], traces_of(trace), strict=True):
                    values.add(met.value)
                if trace.fired:
                    fired.add(trace.rule)
    return Coverage(
        tests=len(said),
        conditions={
            rule: tuple(
                ConditionCoverage(one, "true" in values, "false" in values)
                for one, values in zip(conditions, seen[rule], strict=True)
            )
            for rule, conditions in standing.items()
        },
        phrases=_phrases(ruleset, standing, said),
        silent=tuple(rule for rule in standing if rule not in fired),
    )


def _phrases(
    ruleset: Ruleset, standing: Mapping[str, Sequence[Standing]], said: Sequence[str]
) -> dict[str, tuple[int, int]]:
    # Traces name only the first phrase that matched, so all of them are looked for once more.
    entries: list[Entry] = []
    own: dict[str, range] = {}
    for rule, conditions in standing.items():
        start = len(entries)
        for one in conditions:
            if isinstance(one.condition, model.Phrases):
                entries += (Entry(source.phrase, one.condition.whole) for source in one.condition.phrases)
        if len(entries) > start:
            own[rule] = range(start, len(entries))
    automaton = Automaton(entries, {name: listed.words for name, listed in ruleset.phrases.items()})
    found = {index for text in said for index in automaton.find(text)}
    return {rule: (sum(index in found for index in indices), len(indices)) for rule, indices in own.items()}


def as_text(coverage: Coverage) -> str:
    """The counts, and below them what is lacking, each condition with its place."""
    return "\n".join(_lines(coverage))


def _lines(coverage: Coverage) -> Iterator[str]:
    every = [one for conditions in coverage.conditions.values() for one in conditions]
    both = sum(not one.lacking for one in every)
    rules = len(coverage.conditions)
    tried, phrases = (sum(counts) for counts in zip((0, 0), *coverage.phrases.values(), strict=True))
    yield f"Coverage by {coverage.tests} tests"
    yield f"  rules       {_share(rules - len(coverage.silent), rules)} fire in a test"
    yield f"  conditions  {_share(both, len(every))} are true in one test and false in another"
    yield f"  phrases     {_share(tried, phrases)} occur in the message of a test"
    for rule, conditions in coverage.conditions.items():
        lacking = [one for one in conditions if one.lacking]
        occur, of = coverage.phrases.get(rule, (0, 0))
        if lacking or occur < of:
            yield ""
            yield rule + (", which no test makes fire" if rule in coverage.silent else "")
        for one in lacking:
            unless = "unless " if one.standing.in_unless else ""
            condition = one.standing.condition
            yield f"  {one.lacking:12}  {unless}{in_words(condition)}  [{line_of(condition.place)}]"
        if occur < of:
            yield f"  {of - occur} of {of} phrases occur in no test"


def _share(part: int, whole: int) -> str:
    # Rounded down, so that 100 % is said of everything and of nothing less.
    return f"{part} of {whole} ({100 * part // whole if whole else 100} %)"
