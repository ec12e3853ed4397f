"""Characters and words in phrases that are not what they look like."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from itertools import groupby

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
# Greek and Cyrillic.
_FOREIGN = re.compile("[\u0370-\u052f\u1f00-\u1fff]")
# Those that look Latin make common words ("για", "και").
_SMALL_GREEK = re.compile("[α-ω]")
# What joins or parts letters in Persian, Hindi and emoji, and so is not there by accident.
_JOINERS = frozenset("\u200c\u200d")

# What is no word of a customer's: names of lists, and the signs of regular expressions.
_NO_WORDS = re.compile(r"<[^<>]*>|\\.|\(\?[a-zA-Z-]+[:)]|\[[^\]]*\]")
_WORD = re.compile(r"[^\W\d_]+")
# A Russian "у" before a brand is a word of its own.
_FEWEST = 3

# Four of a letter, three at the end, or three of a vowel near the beginning: German compounds have three of a letter
# where their parts meet ("Schifffahrt", "Kaffeeersatz").
_STRETCHED = re.compile(r"([^\d\s])\1{3}|([^\d\s])\2{2}$|^.{0,3}([aeiouy])\3{2}")
_ROMAN = re.compile(r"[ivxlcdm]+")


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
    for word in _WORD.findall(_NO_WORDS.sub(" ", text)) if _FOREIGN.search(text) else ():
        found = _look_alike(word, text)
        if found is not None:
            char, alike, meant = found
            name = unicodedata.name(char).casefold()
            message = f"in {quoted(word)} stands U+{ord(char):04X} ({name}), which looks like `{alike}`"
            hint = f"write `{one_line(meant, 40)}`"
            yield Problem("W209", message, place, hint, rule=rule)
            return


def _hidden(char: str, text: str) -> bool:
    if unicodedata.category(char) != "Cf":
        return False
    # A joiner in a text of Latin letters alone joins nothing.
    return char not in _JOINERS or not any(unicodedata.category(other) in ("Lo", "So", "Mn", "Mc") for other in text)


def _look_alike(word: str, text: str) -> tuple[str, str, str] | None:
    """A letter of the word that stands for another one, that one, and the word with all such letters replaced.

    It is of the rarer script in a word of two, unless an ending hangs on a foreign word ("WhatsApp" in Russian); or the
    word is made of nothing but such letters, in a text that is Latin otherwise.
    """
    latin, foreign = [char for char in word if _latin(char)], [char for char in word if _foreign(char)]
    if latin and foreign:
        odd, alike = (latin, _LATIN) if len(latin) < len(foreign) else (foreign, _LOOK_ALIKES)
        first = next((char for char in odd if char in alike), None)
        if first is None or _joined(word):
            return None
        return first, alike[first], "".join(alike.get(char, char) if char in odd else char for char in word)
    only_alike = not latin and len(foreign) >= _FEWEST and all(char in _LOOK_ALIKES for char in foreign)
    among_latin = any(map(_latin, text)) and all(char in _LOOK_ALIKES for char in text if _foreign(char))
    if not only_alike or not among_latin or _SMALL_GREEK.search(word):
        return None
    return foreign[0], _LOOK_ALIKES[foreign[0]], "".join(_LOOK_ALIKES[char] for char in word)


def _joined(word: str) -> bool:
    """Whether it is a part in the one script and a part in the other, each of two letters or more."""
    runs = ["".join(run) for _, run in groupby(word, _latin)]
    return len(runs) == 2 and min(map(len, runs)) > 1


def _latin(char: str) -> bool:
    return char.isalpha() and unicodedata.name(char, "").startswith("LATIN ")


def _foreign(char: str) -> bool:
    """Whether it is a letter of a script that has letters like the Latin ones."""
    return _FOREIGN.match(char) is not None and char.isalpha()


def stretched_words(subject: Subject) -> Iterator[Problem]:
    """W212: words with a stretched letter, which messages have in many lengths."""
    for source, rule in _all_phrases(subject):
        for word in sorted(words_of([source.phrase])):
            if _STRETCHED.search(word) and len(set(word)) > 1 and not _ROMAN.fullmatch(word):
                message = f"{quoted(word)} is a stretched word; stretched letters of a message are shortened anyway"
                twice = re.sub(r"(.)\1{2,}", r"\1\1", word)
                hint = f"write it as it is spelt, `{twice}` or `{shorten(word)}`: that is found in every length"
                yield Problem("W212", message, source.place, hint, rule=rule)


def _all_phrases(subject: Subject) -> Iterator[tuple[PhraseSource, str]]:
    for pattern in subject.numbered:
        yield pattern.source, pattern.rule.id
    for phrases in subject.ruleset.phrases.values():
        for source in phrases.phrases:
            yield source, ""
