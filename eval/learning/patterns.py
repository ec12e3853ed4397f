"""Patterns of words that several messages share, written in the phrase language.

Four kinds: words in a row (two to five); the same with one word that differs, written as alternatives, as one that
may be missing, or as a named list; and two short runs of words with up to three words between them.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence

from handover_rules.text import shorten
from handover_rules.text.phrases import GAP_WORDS

__all__ = ["FEWEST_GROUPS", "Messages", "find_patterns"]

# A pattern of one message, or of one person's near-duplicates, says nothing about the next message.
FEWEST_GROUPS = 2
_LONGEST = 5
_USUAL = 3
_GAP = "..."
_LONGEST_BESIDE_GAP = 2
# More alternatives than an author would write out; what has more is a list, or no pattern.
_MOST_ALTERNATIVES = 8

Words = tuple[str, ...]
Groups = set[str]
# The normalised tokens of each message, and its group.
Messages = Sequence[tuple[Words, str]]


def find_patterns(
    messages: Messages, lists: Mapping[str, frozenset[str]], common: frozenset[str], most: int
) -> list[str]:
    """Phrases of which each is in messages of at least two groups, those in the most groups first, at most `most`.

    `lists` has the single words of the named lists that may stand for a word. A phrase has at least one word that is
    not `common`: of "to the" and the like, some are in two messages by chance. Alternatives do not count as one: they
    are the best of so many choices of words that chance nearly always finds a telling one.

    Of phrases in as many groups, those come first that have about three words (two are often said by chance, and many
    seldom again) and the fewest common ones, and of those the plain words, then lists, alternatives, gaps.
    """
    found: dict[str, int] = {}
    said = [(tuple(map(shorten, words)), group) for words, group in messages]
    for phrase, groups in _found(said, lists, common):
        if len(groups) >= FEWEST_GROUPS:
            found.setdefault(phrase, len(groups))

    def order(phrase: str) -> tuple[int, int, int]:
        words = phrase.split()
        return -found[phrase], abs(len(words) - _USUAL), sum(word in common or word == _GAP for word in words)

    return sorted(found, key=order)[:most]


def _found(
    messages: Messages, lists: Mapping[str, frozenset[str]], common: frozenset[str]
) -> Iterator[tuple[str, Groups]]:
    shared = _shared_words(messages)
    runs: defaultdict[Words, Groups] = defaultdict(set)
    slots: defaultdict[tuple[Words, Words], dict[str, Groups]] = defaultdict(dict)
    gaps: defaultdict[tuple[Words, Words], Groups] = defaultdict(set)
    for words, group in messages:
        for run in _runs(words):
            if shared.issuperset(run):
                runs[run].add(group)
            for at, word in enumerate(run):
                before, behind = run[:at], run[at + 1 :]
                if shared.issuperset(before) and shared.issuperset(behind):
                    slots[before, behind].setdefault(word, set()).add(group)
        for sides in _with_gap(words):
            if shared.issuperset(sides[0]) and shared.issuperset(sides[1]):
                gaps[sides].add(group)
    for run, groups in runs.items():
        if not common.issuperset(run):
            yield " ".join(run), groups
    for (before, behind), fillers in slots.items():
        if common.issuperset(before + behind):
            said_in = {word: groups for word, groups in fillers.items() if word not in common}
            yield from _with_list(before, behind, said_in, lists)
        else:
            yield from _with_list(before, behind, fillers, lists)
            yield from _with_alternatives(before, behind, fillers, runs.get(before + behind, set()))
    for (before, behind), groups in gaps.items():
        if not common.issuperset(before + behind):
            yield " ".join((*before, _GAP, *behind)), groups | runs.get(before + behind, set())


def _shared_words(messages: Messages) -> set[str]:
    """The words of at least two groups: no pattern needs another one outside of its slot."""
    groups: defaultdict[str, Groups] = defaultdict(set)
    for words, group in messages:
        for word in words:
            groups[word].add(group)
    return {word for word, having in groups.items() if len(having) >= FEWEST_GROUPS}


def _runs(words: Words) -> Iterator[Words]:
    for start in range(len(words)):
        for end in range(start + 2, min(start + _LONGEST, len(words)) + 1):
            yield words[start:end]


def _with_gap(words: Words) -> Iterator[tuple[Words, Words]]:
    """Every two short runs with one to three words between them."""
    lengths = range(1, _LONGEST_BESIDE_GAP + 1)
    for end in range(1, len(words)):
        for before in lengths:
            for start in range(end + 1, end + 1 + GAP_WORDS):
                for behind in lengths:
                    if before <= end and start + behind <= len(words):
                        yield words[end - before : end], words[start : start + behind]


def _with_list(
    before: Words, behind: Words, fillers: Mapping[str, Groups], lists: Mapping[str, frozenset[str]]
) -> Iterator[tuple[str, Groups]]:
    """A run in which one word differs, written with each named list that has two of the words."""
    for name, words in lists.items():
        listed = [fillers[word] for word in fillers.keys() & words]
        if len(listed) > 1:
            yield " ".join((*before, f"<{name}>", *behind)), set().union(*listed)


def _with_alternatives(
    before: Words, behind: Words, fillers: Mapping[str, Groups], without: Groups
) -> Iterator[tuple[str, Groups]]:
    """A run in which one word differs, with the words written out; `without` are the groups that leave it out."""
    # Words that stand here in one group alone are not written out: some fit any frame.
    usual = sorted(word for word, groups in fillers.items() if len(groups) >= FEWEST_GROUPS)
    if not 0 < len(usual) <= _MOST_ALTERNATIVES:
        return
    alternatives = f"({'|'.join(usual)})"
    groups = set().union(*(fillers[word] for word in usual))
    if len(usual) > 1:
        yield " ".join((*before, alternatives, *behind)), groups
    if before and behind and without:  # what may be missing at an end changes nothing
        yield " ".join((*before, f"{alternatives}?", *behind)), without | groups
