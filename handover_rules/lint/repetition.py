"""Phrases that add nothing to those beside them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from handover_rules.condition_trees import alternatives, conditions
from handover_rules.lint.subject import Pattern, Subject
from handover_rules.problems import Problem, quoted
from handover_rules.ruleset import All, Any, Condition, Not, Phrases, PhraseSource, Place, Regex, Rule
from handover_rules.text import Entry, Inclusion

__all__ = ["repeated_phrases"]

# Phrases that cover each other are alike at their beginnings.
_LONG = 100


def repeated_phrases(subject: Subject) -> Iterator[Problem]:
    """W210 and W211: phrases that add nothing to those beside them, in a rule or in a named list."""
    for rule in subject.ruleset.rules:
        roots = [rule.when, Any(rule.unless, rule.place)] if rule.unless else [rule.when]
        for group in (group for root in roots for group in _groups(root)):
            patterns = [subject.patterns[source.place] for part in group for source in part.phrases]
            yield from _repeated(subject.inclusion, patterns, rule.id)
        yield from _repeated_regexes(rule)
    yield from _in_lists(subject)


def _in_lists(subject: Subject) -> Iterator[Problem]:
    """What a list stands for is exactly its phrases, so there a longer one is not found by a shorter."""
    lists = subject.ruleset.phrases
    several = [entry.phrases for entry in lists.values() if len(entry.phrases) > 1]
    entries = [Entry(source.phrase, True) for phrases in several for source in phrases]
    inclusion = Inclusion(entries, {name: entry.words for name, entry in lists.items()})
    first = 0
    for phrases in several:
        yield from _repeated(inclusion, [_Listed(*numbered) for numbered in enumerate(phrases, first)], "")
        first += len(phrases)


class _Listed(NamedTuple):
    """An entry of a named list; as `Pattern`, as far as it is needed here."""

    number: int
    source: PhraseSource


def _groups(condition: Condition) -> Iterator[list[Phrases]]:
    """Phrases of which one is enough: those of an `any` together, wherever in the condition it stands."""
    options = list(alternatives(condition))
    yield [option for option in options if isinstance(option, Phrases)]
    for option in options:
        match option:
            case All(children):
                for child in children:
                    yield from _groups(child)
            case Not(child):
                yield from _groups(child)


def _repeated(inclusion: Inclusion, patterns: Sequence[Pattern | _Listed], rule: str) -> Iterator[Problem]:
    """Phrases that others of the group find, the later ones first: of two that are alike the first one stays."""
    left = {pattern.number: pattern for pattern in patterns}
    found = []
    for pattern in reversed(patterns):
        cover = inclusion.covering(pattern.number, left.__contains__)
        if cover:
            del left[pattern.number]
            found.append(_covered(pattern, [left[index] for index in cover], inclusion, rule))
    yield from reversed(found)


def _covered(
    pattern: Pattern | _Listed, cover: Sequence[Pattern | _Listed], inclusion: Inclusion, rule: str
) -> Problem:
    text = pattern.source.phrase.source
    alike = (
        one
        for one in cover
        if inclusion.covering(pattern.number, {one.number}.__contains__)
        and inclusion.covering(one.number, {pattern.number}.__contains__)
    )
    same = next(alike, None)
    first = same or cover[0]
    related = (first.source.place, "the other phrase")
    if same is not None:
        message = f"{quoted(text, _LONG)} says the same as {quoted(first.source.phrase.source, _LONG)}"
        return Problem("W210", message, pattern.source.place, "remove one of the two", related, rule)
    others = " and ".join(quoted(other.source.phrase.source, _LONG) for other in cover[:2])
    more = f" and {len(cover) - 2} more" if len(cover) > 2 else ""
    message = f"{quoted(text, _LONG)} finds nothing that {others}{more} does not find"
    hint = "remove it, or correct the one that finds more than was meant"
    return Problem("W211", message, pattern.source.place, hint, related, rule)


def _repeated_regexes(rule: Rule) -> Iterator[Problem]:
    for condition in conditions(rule):
        if isinstance(condition, Regex):
            seen: dict[str, Place] = {}
            for text, place in condition.patterns:
                first = seen.setdefault(text, place)
                if first is not place:
                    related = (first, "the first one")
                    yield Problem("W210", f"{quoted(text)} stands here twice", place, "remove one", related, rule.id)
