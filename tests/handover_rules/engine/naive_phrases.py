"""The phrases of a ruleset, found the slow way."""

from __future__ import annotations

import unicodedata
from functools import cache

from handover_rules.ruleset import AcceptedOffer, All, Any, Condition, Not, Phrases, Ruleset
from handover_rules.text import Entry, Phrase, WordList, tokens
from tests.handover_rules.text import naive


def nfc(text: str) -> str:
    """A message's text as regexes see it."""
    return "".join("?" if "\ud800" <= char <= "\udfff" else char for char in unicodedata.normalize("NFC", text))


class Phrasebook:
    """The phrase lists of a ruleset, and the words of all the phrases that its rules use."""

    def __init__(self, ruleset: Ruleset) -> None:
        self.lists = {
            name: WordList(tuple(source.phrase for source in entry.phrases), entry.typos)
            for name, entry in ruleset.phrases.items()
        }
        used = [
            Entry(phrase, whole=False)
            for rule in ruleset.rules
            for condition in (rule.when, *rule.unless)
            for phrase in phrases_of(condition, ruleset)
        ]
        self.words, self.tolerant = naive.vocabulary(used, self.lists)
        self.resolved = cache(lambda token: naive.resolve(token, self.words, self.tolerant))

    def occurs(self, phrase: Phrase, text: str, whole: bool) -> bool:
        """Whether the phrase is in the message as whole words, or (`whole`) is all of it."""
        return naive.occurs(Entry(phrase, whole), self.lists, [self.resolved(token) for token in tokens(text)])


def phrases_of(condition: Condition, ruleset: Ruleset) -> list[Phrase]:
    """The phrases of a condition and of all conditions in it."""
    match condition:
        case All(children) | Any(children):
            return [phrase for child in children for phrase in phrases_of(child, ruleset)]
        case Not(child):
            return phrases_of(child, ruleset)
        case Phrases(sources):
            return [source.phrase for source in sources]
        case AcceptedOffer():
            return [source.phrase for source in ruleset.yes]
    return []
