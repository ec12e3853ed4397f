"""The words that phrases know, and what an elongated or mistyped word of a message stands for among them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from itertools import islice, product

from handover_rules.text.normalise import shorten

MIN_LETTERS = 5
"""Letters (not digits) that a word needs, on both sides, before a typo in it is corrected."""

_RUN = re.compile(r"([^\d\s])\1{2,}")
_MAX_RUNS = 4
# How many letters of each run to keep: fewest removals first, earlier runs keep theirs longer.
_KEPT = [sorted(product((2, 1), repeat=runs), key=lambda kept: -sum(kept)) for runs in range(_MAX_RUNS + 1)]


class Vocabulary:
    """Resolves message tokens against known words. Immutable, safe to share between threads.

    Typos are found by deletion neighbourhoods (Wolf Garbe's SymSpell): two words one edit apart share a form with at
    most one letter deleted, so a look-up costs one dictionary access per letter, whatever the size of the vocabulary.
    """

    __slots__ = ("_longest", "_longest_tolerant", "_neighbours", "_words")

    def __init__(self, words: Iterable[str], tolerant: Iterable[str]) -> None:
        """`words` match as written; `tolerant` ones also with one typo. Both are normalised single words."""
        tolerant = frozenset(tolerant)
        self._words = frozenset(words) | tolerant
        self._longest = max(map(len, self._words), default=0)
        correctable = sorted(word for word in tolerant if _letters(word) >= MIN_LETTERS)
        self._longest_tolerant = max(map(len, correctable), default=0)
        self._neighbours: dict[str, str] = {}  # form with a letter deleted -> the words it came from, by spaces
        for word in correctable:
            for form in {word, *_deletions(word)}:
                others = self._neighbours.get(form)
                self._neighbours[form] = word if others is None else f"{others} {word}"

    def __contains__(self, word: object) -> bool:
        return word in self._words

    def resolve(self, token: str) -> str:
        """The known word that `token` stands for; else the token, shortened.

        1. A known word is itself.
        2. Runs of three or more equal letters are cut to two or one, fewest removals first, and the first known word
           is taken; of more than four runs, the later ones are cut to one.
        3. Else, from five letters on, a tolerant word of five letters or more at one insertion, deletion, substitution
           or swap of neighbours (optimal string alignment distance 1). Of several: one with the same first letter,
           then of the same length, then the alphabetically first.
        """
        if token in self._words:
            return token
        if _RUN.search(token):
            shortened = shorten(token)
            if len(shortened) <= self._longest:
                for candidate in _reductions(token):
                    if candidate in self._words:
                        return candidate
            token = shortened
        return self._corrected(token)

    def _corrected(self, token: str) -> str:
        if not MIN_LETTERS <= len(token) <= self._longest_tolerant + 1 or _letters(token) < MIN_LETTERS:
            return token
        forms = [token, *_deletions(token)]
        if self._neighbours.keys().isdisjoint(forms):
            return token
        near = {word for form in forms for word in self._neighbours.get(form, "").split() if _one_edit(token, word)}
        return min(near, key=lambda word: (word[0] != token[0], len(word) != len(token), word), default=token)


def _letters(word: str) -> int:
    return len(word) if word.isalpha() else sum(map(str.isalpha, word))


def _deletions(word: str) -> list[str]:
    return [word[:index] + word[index + 1 :] for index in range(len(word))]


def _reductions(token: str) -> Iterator[str]:
    """`token` with each of its first four runs cut to two or one letters (at most 16 forms)."""
    runs = list(islice(_RUN.finditer(token), _MAX_RUNS))
    heads = [token[end : run.start()] for end, run in zip([0, *(run.end() for run in runs)], runs, strict=False)]
    tail = shorten(token[runs[-1].end() :])
    for kept in _KEPT[len(runs)]:
        cut = (head + run[1] * count for head, run, count in zip(heads, runs, kept, strict=True))
        yield "".join(cut) + tail


def _one_edit(one: str, other: str) -> bool:
    """Whether two different words are at optimal string alignment distance 1."""
    if len(one) > len(other):
        one, other = other, one
    same = next((index for index, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), len(one))
    if len(one) < len(other):
        return one[same:] == other[same + 1 :]
    if one[same + 1 :] == other[same + 1 :]:
        return True
    return one[same : same + 2] == other[same : same + 2][::-1] and one[same + 2 :] == other[same + 2 :]
