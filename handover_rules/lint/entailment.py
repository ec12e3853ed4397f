"""Which values of one condition follow from those of another: what cannot be otherwise, and nothing guessed.

`Claim(condition, True)` says that a condition is certainly true, `Claim(condition, False)` that it is certainly false;
a condition whose detector could not answer is neither. `follows` is sound and not complete: what it proves holds for
every message, and of what it cannot prove nobody is told.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property
from typing import TypeAlias

import re2

from handover_rules.condition_trees import alternatives
from handover_rules.lint.subject import Subject
from handover_rules.regexes import regex_options
from handover_rules.ruleset import (
    All,
    Any,
    Channel,
    Condition,
    Customer,
    Failures,
    Field,
    Hours,
    Lang,
    Not,
    Phrases,
    Regex,
    Repeats,
    ScoreAtLeast,
    Turns,
    UnavailableIs,
)

__all__ = ["Claim", "Logic"]

_MINUTES_OF_A_DAY = 24 * 60
_WEEK = (1 << 7 * _MINUTES_OF_A_DAY) - 1


@dataclass(frozen=True, eq=False)
class Claim:
    """That a condition is certainly true, or (`value` False) certainly false.

    It is taken apart once, however many proofs it takes part in: so ask for the claim of a rule's condition once.
    """

    condition: Condition
    value: bool

    @cached_property
    def plain(self) -> Claim:
        """The same without `not`."""
        return Claim(self.condition.child, not self.value).plain if isinstance(self.condition, Not) else self

    @cached_property
    def denied(self) -> Claim:
        """The opposite."""
        return Claim(self.condition, not self.value)

    @cached_property
    def all_of(self) -> tuple[Claim, ...]:
        """The claims that this one is, each of which holds with it; () where it cannot be taken apart so."""
        condition, value = self.plain.condition, self.plain.value
        if not isinstance(condition, All if value else Any):
            return ()
        parts = (Claim(child, value) for child in condition.children)
        return tuple(inner for part in parts for inner in part.all_of or (part,))

    @cached_property
    def any_of(self) -> tuple[Claim, ...]:
        """The claims of which one holds with it; () where it cannot be taken apart so."""
        condition, value = self.plain.condition, self.plain.value
        if not isinstance(condition, Any if value else All):
            return ()
        options = (Claim(child, value) for child in condition.children)
        return tuple(inner for option in options for inner in option.any_of or (option,))


# What is known of pairs of claims within one proof: deep trees would be gone through again and again.
_Proved: TypeAlias = dict[tuple[Claim, Claim, bool], bool]


class Logic:
    """Proofs about the conditions of a ruleset."""

    def __init__(self, subject: Subject) -> None:
        self._subject = subject
        self._numbers: dict[int, frozenset[int]] = {}
        self._claims: dict[int, Claim] = {}

    def claim(self, condition: Condition) -> Claim:
        """That the condition is true; always the same claim of a condition that the ruleset keeps."""
        if id(condition) not in self._claims:
            self._claims[id(condition)] = Claim(condition, True)
        return self._claims[id(condition)]

    def follows(self, claim: Claim, given: Claim) -> bool:
        """Whether `claim` holds wherever `given` does."""
        return self._follows(claim, given, {})

    def excludes(self, one: Claim, other: Claim) -> bool:
        """Whether the two never hold together."""
        return self._excludes(one, other, {})

    def _follows(self, claim: Claim, given: Claim, proved: _Proved) -> bool:
        key = (claim, given, True)
        if key not in proved:
            proved[key] = self._proves(claim.plain, given.plain, proved)
        return proved[key]

    def _proves(self, claim: Claim, given: Claim, proved: _Proved) -> bool:
        if cases := given.any_of:
            return all(self._follows(claim, case, proved) for case in cases)
        if parts := claim.all_of:
            return all(self._follows(part, given, proved) for part in parts)
        if any(self._follows(claim, part, proved) for part in given.all_of):
            return True
        if any(self._follows(option, given, proved) for option in claim.any_of):
            return True
        if isinstance(given.condition, Phrases) and claim.value and given.value:
            return self._found_by(given.condition, claim.condition)
        if isinstance(claim.condition, Phrases) and not claim.value and not given.value:
            return self._found_by(claim.condition, given.condition)
        return self._leaf_follows(claim, given)

    def _excludes(self, one: Claim, other: Claim, proved: _Proved) -> bool:
        key = (one, other, False)
        if key not in proved:
            proved[key] = self._disproves(one.plain, other.plain, proved)
        return proved[key]

    def _disproves(self, one: Claim, other: Claim, proved: _Proved) -> bool:
        if cases := other.any_of:
            return all(self._excludes(one, case, proved) for case in cases)
        if cases := one.any_of:
            return all(self._excludes(case, other, proved) for case in cases)
        if parts := other.all_of:
            return any(self._excludes(one, part, proved) for part in parts)
        if parts := one.all_of:
            return any(self._excludes(part, other, proved) for part in parts)
        return self._follows(other.denied, one, proved) or self._follows(one.denied, other, proved)

    def always(self, claim: Claim) -> bool:
        """Whether the claim holds for every message, as far as a single condition tells."""
        condition, value = claim.plain.condition, claim.plain.value
        match condition:
            case Turns(at_least):
                return value and at_least <= 1
            case ScoreAtLeast(bound=bound):
                return value and bound <= 0
            case Failures(at_least, within) | Repeats(at_least, within):
                return not value and within is not None and at_least > within
            case Hours():
                return self._minutes(condition) == (_WEEK if value else 0)
            case Regex(patterns):
                return value and any(_matches_anything(text) for text, _ in patterns)
        return False

    def _found_by(self, phrases: Phrases, condition: Condition) -> bool:
        """Whether every message with one of the phrases has one of the other condition's as well."""
        # By where the condition is in memory, as in proofs: the subject keeps it.
        others = self._numbers.get(id(condition))
        if others is None:
            options = [option for option in alternatives(condition) if isinstance(option, Phrases)]
            others = self._numbers[id(condition)] = frozenset(
                self._subject.patterns[source.place].number for option in options for source in option.phrases
            )
        indices = [self._subject.patterns[source.place].number for source in phrases.phrases]
        inclusion = self._subject.inclusion
        # Most phrases are not even found where the shortest message of the other is, which is soon seen.
        return bool(others) and all(
            index in others
            or (not others.isdisjoint(inclusion.beside(index)) and inclusion.covering(index, others.__contains__))
            for index in indices
        )

    def _leaf_follows(self, claim: Claim, given: Claim) -> bool:
        one, other = claim.condition, given.condition
        if isinstance(one, ScoreAtLeast) and isinstance(other, ScoreAtLeast):
            same = one.detector == other.detector and claim.value == given.value
            return same and (one.bound <= other.bound if claim.value else one.bound >= other.bound)
        if isinstance(one, UnavailableIs) and isinstance(other, ScoreAtLeast):
            # What has a score, whichever, is not unavailable.
            return not claim.value and set(one.detectors) == {other.detector}
        if isinstance(one, Hours) and isinstance(other, Hours):
            now = self._minutes(other) ^ (0 if given.value else _WEEK)
            return not now & ~(self._minutes(one) ^ (0 if claim.value else _WEEK))
        if type(one) is not type(other):
            return False
        # Of conditions that no detector takes part in, each is true or false: so a claim turned round proves the same.
        if claim.value and given.value:
            return _implied(one, other)
        if not claim.value and not given.value:
            return _implied(other, one)
        return not claim.value and (self._never_together(one, other) or _disjoint(one, other))

    def _never_together(self, one: Condition, other: Condition) -> bool:
        if not isinstance(one, Phrases) or not isinstance(other, Phrases) or not (one.whole or other.whole):
            return False
        patterns, inclusion = self._subject.patterns, self._subject.inclusion
        return not any(
            inclusion.together(patterns[first.place].number, patterns[second.place].number)
            for first in one.phrases
            for second in other.phrases
        )

    def _minutes(self, hours: Hours) -> int:
        """The minutes of a week that the hours include, one bit each."""
        bits = 0
        for name in hours.names:
            for day, start, end in self._subject.ruleset.hours[name].spans:
                first = start.hour * 60 + start.minute
                length = (_MINUTES_OF_A_DAY if end is None else end.hour * 60 + end.minute) - first
                bits |= ((1 << length) - 1) << (day * _MINUTES_OF_A_DAY + first)
        return bits


# An escape, a class, or any other sign.
_PART = re.compile(r"\\.|\[\^?\]?(?:\\.|[^\]\\])*\]|.", re.DOTALL)
_ANCHORS = frozenset(["^", "$", "\\A", "\\z", "\\b", "\\B"])


def _matches_anything(pattern: str) -> bool:
    """Whether it matches nothing at all, and so everywhere: it is not bound to an end or to the edge of a word."""
    return _ANCHORS.isdisjoint(_PART.findall(pattern)) and re2.search(pattern, "", regex_options()) is not None


def _implied(claim: Condition, given: Condition) -> bool:
    """Whether the one leaf is true wherever the other of its type is."""
    match claim, given:
        case (Failures(low, wide), Failures(high, narrow)) | (Repeats(low, wide), Repeats(high, narrow)):
            return low <= high and (wide is None or (narrow is not None and narrow <= wide))
        case Turns(low), Turns(high):
            return low <= high
        case (Lang(wide), Lang(narrow)) | (Channel(wide), Channel(narrow)):
            return set(narrow) <= set(wide)
        case UnavailableIs(wide), UnavailableIs(narrow):
            return set(narrow) <= set(wide)
        case Regex(wide), Regex(narrow):
            return {text for text, _ in narrow} <= {text for text, _ in wide}
        case Customer(wide), Customer(narrow):
            known = dict(narrow)
            return all(key in known and set(known[key]) <= set(values) for key, values in wide)
        case Field(), Field():
            return claim.path == given.path and _field_implied(claim, given)
    return type(claim) is type(given) and not _differing(claim, given)


def _field_implied(claim: Field, given: Field) -> bool:
    if claim.at_least is not None:
        return given.at_least is not None and claim.at_least <= given.at_least
    if claim.matches is not None:
        return claim.matches == given.matches
    return bool(given.values) and set(given.values) <= set(claim.values)


def _disjoint(one: Condition, other: Condition) -> bool:
    """Whether two leaves of a type are never true together."""
    match one, other:
        case (Lang(ones), Lang(others)) | (Channel(ones), Channel(others)):
            return not set(ones) & set(others)
        case Customer(ones), Customer(others):
            known = dict(others)
            return any(key in known and not set(known[key]) & set(values) for key, values in ones)
        case Field(), Field():
            same = one.path == other.path and one.values and other.values
            return bool(same) and not set(one.values) & set(other.values)
    return False


def _differing(one: Condition, other: Condition) -> bool:
    """Whether two leaves without values of their own differ; those with values are compared by `_implied`."""
    return any(getattr(one, name) != getattr(other, name) for name in type(one).__slots__ if name != "place")
