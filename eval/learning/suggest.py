"""Proposing phrases from missed messages: mined on one half of the messages, confirmed by the other, counted on both.

What a phrase was chosen for, it does on the half that it was chosen on; only the other half says what it is worth. The
halves share no group. The held-out half finds and ranks nothing, but a phrase that it does not confirm is left out, so
the held-out figures of the others are no longer quite untouched: they flatter a little.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from scipy.stats import hypergeom

from eval.figures.metrics import Counts, Proportion, false_alarms_per_1000, wilson
from eval.learning.evidence import Half, Heard
from eval.learning.patterns import FEWEST_GROUPS, find_patterns
from eval.learning.targets import Target, Targets
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
    """What a phrase finds in one half: its share of the missed messages there, in so many groups, and its false alarms
    per 1,000 of the messages there that the bot rightly kept."""

    caught_of_missed: Proportion | None
    groups: int
    false_alarms_per_1000: Proportion | None


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A phrase, where it belongs, and what it would do."""

    phrase: str
    target: Target
    mined: Counted
    held_out: Counted


@dataclass(frozen=True, slots=True)
class Suggested:
    """The phrases that are worth proposing, of so many patterns that were `tried`.

    `unconfirmed` is how many more are telling in the mined half and are not confirmed by the held-out one.
    """

    suggestions: tuple[Suggestion, ...]
    tried: int
    unconfirmed: int


def suggest(ruleset: Ruleset, messages: Sequence[Heard], *, most: int, rule: str | None = None) -> Suggested:
    """At most `most` phrases, each chosen because it adds most to those before it.

    `rule` names the rule that all of them shall go into; without, each goes where most of what it catches belongs.
    Raises UsageError where a rule is unknown, or no rule has a list of phrases that others can be added to.
    """
    targets = Targets(ruleset, messages, rule)
    mined = _in_half(messages, "mined")
    phrases = list(dict.fromkeys(_candidates(ruleset, mined)))
    telling = _Telling(mined, len(phrases))
    promising = [phrase for phrase, said in _found(ruleset, phrases, mined) if telling(said)]
    confirmed = {phrase: said for phrase, said in _found(ruleset, promising, messages) if _confirmed(said)}
    suggestions = [
        Suggestion(
            phrase,
            targets.best([one for one in confirmed[phrase] if one.missed]),
            _counted(messages, confirmed[phrase], "mined"),
            _counted(messages, confirmed[phrase], "held out"),
        )
        for phrase in _choose(confirmed, most)
    ]
    return Suggested(tuple(suggestions), len(phrases), len(promising) - len(confirmed))


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


def _found(ruleset: Ruleset, phrases: Sequence[str], messages: Sequence[Heard]) -> Iterator[tuple[str, list[Heard]]]:
    """Each phrase with the messages that it occurs in, as the engine finds it."""
    lists = {name: words.words for name, words in ruleset.phrases.items()}
    automaton = Automaton([Entry(parse_phrase(phrase), whole=False) for phrase in phrases], lists)
    found: list[list[Heard]] = [[] for _ in phrases]
    for message in messages:
        for number in automaton.find_tokens(message.tokens):
            found[number].append(message)
    return zip(phrases, found, strict=True)


def _choose(confirmed: Mapping[str, Sequence[Heard]], most: int) -> Iterator[str]:
    """The phrases that catch most, one after the other, each for the groups that the ones before it do not catch.

    Only the mined half is looked at. A phrase's worth is the number of those groups times the lower end of the interval
    of how often it is right, over all groups that it is in: what is handed over already tells as well whether a phrase
    means a person.
    """
    worth: dict[str, tuple[frozenset[str], float]] = {}
    for phrase, said in confirmed.items():
        mined = _in_half(said, "mined")
        right = _right(mined)
        worth[phrase] = _missed_groups(mined), 0.0 if right is None else right.low
    caught: set[str] = set()
    for _ in range(most):
        worth = {phrase: one for phrase, one in worth.items() if len(one[0] - caught) >= FEWEST_GROUPS}
        if not worth:
            return
        best = max(worth, key=lambda phrase: len(worth[phrase][0] - caught) * worth[phrase][1])
        yield best
        caught |= worth.pop(best)[0]


class _Telling:
    """Whether a phrase is said by those who need a person: nine times in ten, and more than chance would have it.

    Fisher's exact test, one-sided, on groups, with Bonferroni's correction for the number of phrases that were tried.
    Chance is judged by what the bot kept: there the phrase is to tell the missed from the others, and what is handed
    over already, where nearly everybody needs a person, would only drown them.
    """

    def __init__(self, mined: Sequence[Heard], tried: int) -> None:
        self.people, others = _sides(_kept(mined))
        self.all = self.people + others
        self.level = _CHANCE / max(1, tried)

    def __call__(self, said: Sequence[Heard]) -> bool:
        """Of the messages of the mined half that have a phrase."""
        people, others = _sides(_kept(said))
        chance = float(hypergeom.sf(people - 1, self.all, self.people, people + others))
        return _is_right(said) and chance <= self.level


def _confirmed(said: Sequence[Heard]) -> bool:
    """Whether a phrase catches a missed group in the held-out half as well, and is right as often as it must be."""
    held_out = _in_half(said, "held out")
    return bool(_missed_groups(held_out)) and _is_right(held_out)


def _is_right(said: Sequence[Heard]) -> bool:
    right = _right(said)
    return right is not None and right.value >= _RIGHT


def _right(said: Sequence[Heard]) -> Proportion | None:
    """Of the groups that say a phrase, those that need a person."""
    people, others = _sides(said)
    return wilson(people, people + others)


def _sides(messages: Sequence[Heard]) -> tuple[int, int]:
    """How many groups need a person, and how many do not."""
    people = {message.group for message in messages if message.row.label}
    return len(people), len({message.group for message in messages if not message.row.label})


def _kept(messages: Sequence[Heard]) -> list[Heard]:
    return [message for message in messages if not message.handover]


def _missed_groups(messages: Sequence[Heard]) -> frozenset[str]:
    return frozenset(message.group for message in messages if message.missed)


def _in_half(messages: Sequence[Heard], half: Half) -> list[Heard]:
    return [message for message in messages if message.half == half]


def _counted(messages: Sequence[Heard], said: Sequence[Heard], half: Half) -> Counted:
    here, said = _in_half(messages, half), _in_half(said, half)
    left, alarms = (sum(one.left for one in these) for these in (here, said))
    return Counted(
        wilson(sum(one.missed for one in said), sum(one.missed for one in here)),
        len(_missed_groups(said)),
        false_alarms_per_1000(Counts(tp=0, fp=alarms, fn=0, tn=left - alarms)),
    )
