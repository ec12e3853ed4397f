"""Characters and words in phrases that are not what they look like."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

from handover_rules.condition_trees import conditions
from handover_rules.lint.subject import Subject
from handover_rules.problems import Problem, one_line, quoted
from handover_rules.ruleset import Phrases, PhraseSource, Place, Regex
from handover_rules.text import shorten
from handover_rules.text.phrases import words_of

__all__ = ["characters", "stretched_words"]

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
