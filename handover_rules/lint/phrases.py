"""Phrases that look like others, and phrases that others find anyway."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import NamedTuple

from handover_rules.condition_trees import alternatives, conditions, walk
from handover_rules.lint.subject import Pattern, Subject
from handover_rules.problems import Problem, one_line, quoted
from handover_rules.ruleset import Condition, Phrases, PhraseSource, Place, Regex, Rule
from handover_rules.text import Entry, Inclusion, shorten
from handover_rules.text.phrases import words_of

__all__ = ["characters", "repeated_phrases", "stretched_words"]

# Letters of other scripts that look like a Latin one in most fonts: a selection of Unicode's confusables (UTS #39).
_LOOK_ALIKES = dict(
    zip(
        "аеорсухіјѕһԁԛԝьАВЕКМНОРСТУХІЈЅԌαοικνρτυχγΑΒΕΖΗΙΚΜΝΟΡΤΥΧ",
        "aeopcyxijshdqwbABEKMHOPCTYXIJSGaoiknptuxyABEZHIKMNOPTYX",
        strict=True,
    )
)
_LATIN = {latin: other for other, latin in reversed(_LOOK_ALIKES.items())}
# What joins or parts letters in Persian, Hindi and emoji, and so is not there by accident.
_JOINERS = frozenset("\u200c\u200d")

# Four of a letter, three at the end, or three of a vowel: German compounds have three consonants ("Schifffahrt").
_STRETCHED = re.compile(r"([^\d\s])\1{3}|([^\d\s])\2{2}$|([aeiouy])\3{2}")

# Phrases that cover each other are alike at their beginnings.
_LONG = 100


def characters(subject: Subject) -> Iterator[Problem]:
    """W209: characters that cannot be seen, or that are taken for others."""
    for rule in subject.ruleset.rules:
        for condition in conditions(rule):
            match condition:
                case Phrases(phrases):
                    for source in phrases:
                        yield from _strange(source.phrase.source, source.place, rule.id)
                case Regex(patterns):
                    for text, place in patterns:
                        yield from _strange(text, place, rule.id)
    for entry in subject.ruleset.phrases.values():
        for source in entry.phrases:
            yield from _strange(source.phrase.source, source.place, "")


def _strange(text: str, place: Place, rule: str) -> Iterator[Problem]:
    if text.isascii():
        return
    hidden = next((char for char in text if _hidden(char, text)), None)
    if hidden is not None:
        name = unicodedata.name(hidden, "a control character").casefold()
        message = f"{quoted(text)} has a character that cannot be seen, U+{ord(hidden):04X} ({name})"
        yield Problem("W209", message, place, "delete it: write the text anew instead of copying it", rule=rule)
        return
    for word in text.split():
        found = _look_alike(word, text)
        if found is not None:
            latin = sum(map(_latin, word))
            others = sum(char.isalpha() for char in word) - latin
            meant = _LOOK_ALIKES if latin >= others or not latin else _LATIN
            found = next(char for char in word if char in meant)
            name = unicodedata.name(found).casefold()
            message = f"in {quoted(word)} stands U+{ord(found):04X} ({name}), which looks like `{meant[found]}`"
            hint = f"write `{''.join(meant.get(char, char) for char in one_line(word, 40))}`"
            yield Problem("W209", message, place, hint, rule=rule)
            return


def _hidden(char: str, text: str) -> bool:
    if unicodedata.category(char) != "Cf":
        return False
    # A joiner in a text of Latin letters alone joins nothing.
    return char not in _JOINERS or not any(unicodedata.category(other) in ("Lo", "So", "Mn", "Mc") for other in text)


def _look_alike(word: str, text: str) -> str | None:
    """A letter of the word that stands for a Latin one: beside Latin letters, or in a word made of nothing else
    among Latin words."""
    odd = [char for char in word if char in _LOOK_ALIKES]
    if not odd:
        return None
    beside_latin = any(map(_latin, word))
    letters = [char for char in word if char.isalpha()]
    among_latin = len(odd) == len(letters) and any(map(_latin, text))
    return odd[0] if beside_latin or among_latin else None


def _latin(char: str) -> bool:
    return char.isascii() and char.isalpha()


def stretched_words(subject: Subject) -> Iterator[Problem]:
    """W212: words with a stretched letter, which messages have in many lengths."""
    for source, rule in _all_phrases(subject):
        for word in sorted(words_of([source.phrase])):
            if _STRETCHED.search(word) and len(set(word)) > 1:
                message = f"{quoted(word)} is a stretched word; stretched letters of a message are shortened anyway"
                hint = f"write `{shorten(word)}`, which finds every length of it"
                yield Problem("W212", message, source.place, hint, rule=rule)


def _all_phrases(subject: Subject) -> Iterator[tuple[PhraseSource, str]]:
    for pattern in subject.numbered:
        yield pattern.source, pattern.rule.id
    for phrases in subject.ruleset.phrases.values():
        for source in phrases.phrases:
            yield source, ""


def repeated_phrases(subject: Subject) -> Iterator[Problem]:
    """W210 and W211: phrases that add nothing to those beside them, in a rule or in a named list."""
    for rule in subject.ruleset.rules:
        for group in _groups(rule):
            sources = [subject.patterns[source.place] for part in group for source in part.phrases]
            yield from _repeated(subject.inclusion, sources, rule.id)
        yield from _repeated_regexes(rule)
    lists = subject.ruleset.phrases.values()
    written = [_Listed(*numbered) for numbered in enumerate(source for entry in lists for source in entry.phrases)]
    # What a list stands for is exactly its phrases, so there a longer one is not found by a shorter.
    words = {entry.name: entry.words for entry in lists}
    inclusion = Inclusion([Entry(one.source.phrase, True) for one in written], words)
    rest = iter(written)
    for entry in lists:
        yield from _repeated(inclusion, list(islice(rest, len(entry.phrases))), "")


class _Listed(NamedTuple):
    """An entry of a named list; as `Pattern`, as far as it is needed here."""

    number: int
    source: PhraseSource


def _groups(rule: Rule) -> Iterator[list[Phrases]]:
    """Phrases of which one is enough: those of an `any` and of an `unless` together, of others each by itself."""
    roots: list[Condition] = [rule.when]
    yield [part for veto in rule.unless for part in alternatives(veto) if isinstance(part, Phrases)]
    while roots:
        root = roots.pop()
        options = list(alternatives(root))
        yield [part for part in options if isinstance(part, Phrases)]
        for option in options:
            roots += [child for child in walk(option) if child is not option and isinstance(child, Phrases)]
    for veto in rule.unless:
        for option in alternatives(veto):
            for child in walk(option):
                if child is not option and isinstance(child, Phrases):
                    yield [child]


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
    return Problem("W211", message, pattern.source.place, "remove it, or remove the shorter one", related, rule)


def _repeated_regexes(rule: Rule) -> Iterator[Problem]:
    for condition in conditions(rule):
        if isinstance(condition, Regex):
            seen: dict[str, Place] = {}
            for text, place in condition.patterns:
                first = seen.setdefault(text, place)
                if first is not place:
                    related = (first, "the first one")
                    yield Problem("W210", f"{quoted(text)} stands here twice", place, "remove one", related, rule.id)
