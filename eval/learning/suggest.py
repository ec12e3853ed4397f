"""Proposing phrases from missed messages: mined on one half of the messages, counted on both.

What a phrase was chosen for, it does on the half that it was chosen on; only the other half says what it is worth. The
halves share no group, and nothing is chosen by the held-out half.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from scipy.stats import hypergeom

from eval.learning.evidence import Half, Heard
from eval.learning.patterns import FEWEST_GROUPS, find_patterns
from eval.learning.targets import Target, Targets
from eval.metrics import Proportion, wilson
from handover_rules.ruleset import Ruleset
from handover_rules.text import Automaton, Entry, Inliner, parse_phrase, shorten
from handover_rules.text.phrases import ListRef

__all__ = ["Counted", "Suggested", "Suggestion", "suggest"]

# Of the groups that have a phrase, at least so many must have needed a person: a rule hands over whoever says it.
_RIGHT = 0.9
# How probable it may be that chance alone makes any of the phrases that were tried look telling.
_CHANCE = 0.05
# What is counted for each language; patterns of fewer groups than these are worth less than the time.
_MOST_PATTERNS = 3_000
# A word is common from this share of the messages that the bot rightly kept, and this number of them.
_COMMON = 0.02
_FEWEST_COMMON = 5
_LANGUAGE = re.compile(r"-([a-z]{2})$")


@dataclass(frozen=True, slots=True)
class Counted:
    """What a phrase finds in one half: missed messages (of all missed ones there) in so many groups, and false alarms
    (of all messages that the bot rightly kept)."""

    missed: Proportion | None
    groups: int
    false_alarms: Proportion | None


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A phrase, where it belongs, and what it would do."""

    phrase: str
    target: Target
    mined: Counted
    held_out: Counted


@dataclass(frozen=True, slots=True)
class Suggested:
    """The phrases that are worth proposing, of so many patterns that were `tried`."""

    suggestions: tuple[Suggestion, ...]
    tried: int


def suggest(ruleset: Ruleset, messages: Sequence[Heard], *, most: int, rule: str | None = None) -> Suggested:
    """At most `most` phrases, each chosen because it adds most to those before it.

    `rule` names the rule that all of them shall go into; without, each goes where most of what it catches belongs.
    Raises UsageError where a rule is unknown, or no rule has a list of phrases that others can be added to.
    """
    targets = Targets(ruleset, messages, rule)
    mined = [message for message in messages if message.half == "mined"]
    phrases = list(dict.fromkeys(_candidates(ruleset, mined)))
    chosen = _choose(phrases, _found(ruleset, phrases, mined), mined, most)
    found = _found(ruleset, chosen, messages)
    suggestions = [
        Suggestion(
            phrase,
            targets.best([messages[number] for number in numbers if messages[number].missed]),
            _counted(messages, numbers, "mined"),
            _counted(messages, numbers, "held out"),
        )
        for phrase, numbers in zip(chosen, found, strict=True)
    ]
    return Suggested(tuple(suggestions), len(phrases))


def _candidates(ruleset: Ruleset, mined: Sequence[Heard]) -> Iterator[str]:
    """Patterns of the missed messages, of each language for itself."""
    by_language: defaultdict[str, list[tuple[tuple[str, ...], str]]] = defaultdict(list)
    for message in mined:
        if message.missed:
            by_language[(message.row.language or "").lower()].append((message.tokens, message.group))
    common = _common_words([message for message in mined if message.left])
    inliner = Inliner({name: words.words for name, words in ruleset.phrases.items()})
    words = {name: inliner.options(ListRef(name, 0)).words for name in ruleset.phrases}
    for language, said in sorted(by_language.items()):
        lists = {name: words[name] for name in words if _speaks(name, language)}
        yield from find_patterns(said, lists, common, _MOST_PATTERNS)


def _common_words(left: Sequence[Heard]) -> frozenset[str]:
    """The words of one message in fifty, and of at least five, among those that the bot rightly kept."""
    having = Counter(shorten(word) for message in left for word in set(message.tokens))
    return frozenset(word for word, n in having.items() if n >= max(_COMMON * len(left), _FEWEST_COMMON))


def _speaks(name: str, language: str) -> bool:
    """Whether a list is of this language: its name ends with it, or with none at all (`person-en`, `person`)."""
    ending = _LANGUAGE.search(name)
    return ending is None or not language or ending[1] == language


def _found(ruleset: Ruleset, phrases: Sequence[str], messages: Sequence[Heard]) -> list[list[int]]:
    """For each phrase the numbers of the messages that it occurs in, as the engine finds it."""
    lists = {name: words.words for name, words in ruleset.phrases.items()}
    automaton = Automaton([Entry(parse_phrase(phrase), whole=False) for phrase in phrases], lists)
    found: list[list[int]] = [[] for _ in phrases]
    for number, message in enumerate(messages):
        for phrase in automaton.find_tokens(message.tokens):
            found[phrase].append(number)
    return found


def _choose(phrases: Sequence[str], found: list[list[int]], mined: Sequence[Heard], most: int) -> list[str]:
    """The phrases that catch most, one after the other, each for the groups that the ones before it do not catch.

    A phrase's worth is the number of those groups times the lower end of the interval of how often it is right, over
    all groups that it is in: what is handed over already tells as well whether a phrase means a person.
    """
    worth: dict[int, tuple[frozenset[str], float]] = {}
    telling = _Telling(mined, len(phrases))
    for number, at in enumerate(found):
        said = [mined[one] for one in at]
        people, others = _sides(said)
        right = wilson(people, people + others)
        if right is not None and right.value >= _RIGHT and telling(people, others):
            worth[number] = frozenset(one.group for one in said if one.missed), right.low
    chosen: list[str] = []
    caught: set[str] = set()
    while len(chosen) < most:
        worth = {number: one for number, one in worth.items() if len(one[0] - caught) >= FEWEST_GROUPS}
        if not worth:
            break
        best = max(worth, key=lambda number: len(worth[number][0] - caught) * worth[number][1])
        chosen.append(phrases[best])
        caught |= worth.pop(best)[0]
    return chosen


class _Telling:
    """Whether a phrase is said by those who need a person more than chance among so many phrases would have it.

    Fisher's exact test, one-sided, on groups, with Bonferroni's correction for the number of phrases that were tried.
    """

    def __init__(self, mined: Sequence[Heard], tried: int) -> None:
        self.people, others = _sides(mined)
        self.all = self.people + others
        self.level = _CHANCE / max(1, tried)

    def __call__(self, people: int, others: int) -> bool:
        """Of so many groups that need a person, and so many others, that say it."""
        return float(hypergeom.sf(people - 1, self.all, self.people, people + others)) <= self.level


def _sides(messages: Sequence[Heard]) -> tuple[int, int]:
    """How many groups need a person, and how many do not."""
    people = {message.group for message in messages if message.row.label}
    return len(people), len({message.group for message in messages if not message.row.label})


def _counted(messages: Sequence[Heard], numbers: Sequence[int], half: Half) -> Counted:
    here = [message for message in messages if message.half == half]
    said = [messages[number] for number in numbers if messages[number].half == half]
    return Counted(
        wilson(sum(one.missed for one in said), sum(one.missed for one in here)),
        len({one.group for one in said if one.missed}),
        wilson(sum(one.left for one in said), sum(one.left for one in here)),
    )
