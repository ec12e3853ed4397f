"""Finding phrases the slow way: a recursion over the phrase as parsed, and a look at every word that is known."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence

from handover_rules.ruleset import AcceptedOffer, All, Any, Condition, Not, Phrases, Ruleset
from handover_rules.text import Phrase, tokens
from handover_rules.text.phrases import Chain, Either, Gap, ListRef, Maybe, Node, Word, walk


def nfc(text: str) -> str:
    """A message's text as regexes see it."""
    return "".join("?" if "\ud800" <= char <= "\udfff" else char for char in unicodedata.normalize("NFC", text))


class Phrasebook:
    """The phrase lists of a ruleset, and the words of all the phrases that its rules use."""

    def __init__(self, ruleset: Ruleset) -> None:
        self.lists = {name: [source.phrase for source in entry.phrases] for name, entry in ruleset.phrases.items()}
        used: list[Phrase] = []
        for rule in ruleset.rules:
            for condition in (rule.when, *rule.unless):
                used += phrases_of(condition, ruleset)
        names = self._lists_used(used)
        listed = [phrase for name in names for phrase in self.lists[name]]
        self.words = words_of([*used, *listed])
        self.tolerant = words_of(phrase for name in names if ruleset.phrases[name].typos for phrase in self.lists[name])

    def _lists_used(self, phrases: Iterable[Phrase]) -> set[str]:
        names: set[str] = set()
        todo = list(phrases)
        while todo:
            for node in walk(todo.pop().root):
                if isinstance(node, ListRef) and node.name not in names:
                    names.add(node.name)
                    todo += self.lists[node.name]
        return names

    def occurs(self, phrase: Phrase, text: str, whole: bool) -> bool:
        """Whether the phrase is in the message as whole words, or (`whole`) is all of it."""
        said = [self.resolve(token) for token in tokens(text)]
        if whole:
            return len(said) in self.ends(phrase.root, said, 0)
        return any(self.ends(phrase.root, said, start) for start in range(len(said)))

    def ends(self, node: Node, said: Sequence[str], start: int) -> set[int]:
        """Where the node may end when it begins at `start`."""
        match node:
            case Word(text):
                return {start + 1} if start < len(said) and said[start] == text else set()
            case Gap():
                return {start + skipped for skipped in range(4) if start + skipped <= len(said)}
            case ListRef(name):
                return {end for phrase in self.lists[name] for end in self.ends(phrase.root, said, start)}
            case Maybe(item):
                return {start} | self.ends(item, said, start)
            case Either(options):
                return {end for option in options for end in self.ends(option, said, start)}
            case Chain(items):
                reached = {start}
                for item in items:
                    reached = {end for begin in reached for end in self.ends(item, said, begin)}
                return reached

    def resolve(self, token: str) -> str:
        """The known word that a message's word stands for, by the rules of `Vocabulary.resolve`."""
        if token in self.words:
            return token
        shortened = re.sub(r"([^\d])\1{2,}", r"\1", token)
        twice = re.sub(r"([^\d])\1{2,}", r"\1\1", token)
        for form in (twice, shortened):  # with one elongated run these are all forms there are
            if form in self.words:
                return form
        if sum(map(str.isalpha, shortened)) < 5:
            return shortened
        near = [word for word in self.tolerant if sum(map(str.isalpha, word)) >= 5 and one_slip(shortened, word)]
        return min(near, key=lambda word: (word[0] != token[0], len(word) != len(shortened), word), default=shortened)


def one_slip(one: str, other: str) -> bool:
    """Whether a letter was inserted, left out, replaced, or swapped with the next."""
    for index in range(len(one) + 1):
        if one[:index] + one[index + 1 :] == other:
            return True
        for letter in set(other):
            if other in (one[:index] + letter + one[index:], one[:index] + letter + one[index + 1 :]):
                return True
        if one[:index] + one[index : index + 2][::-1] + one[index + 2 :] == other:
            return True
    return False


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


def words_of(phrases: Iterable[Phrase]) -> set[str]:
    """The words that phrases write themselves."""
    return {node.text for phrase in phrases for node in walk(phrase.root) if isinstance(node, Word)}
