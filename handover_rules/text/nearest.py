"""Which phrases nearly occur in a message, and what keeps them from it.

Approximate matching over the position automaton: a word of the phrase that is missing, another word in its place, or
a further word inside costs 1 each; a phrase that is to be found anywhere may start and end where it likes. Method:
the dynamic programme of Myers and Miller, "Approximate matching of regular expressions" (1989), on the acyclic
automaton of a phrase, whose positions are numbered so that each comes before those that may follow it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from heapq import heapify, heappop, heappush
from typing import TypeAlias

from handover_rules.text.automaton import Entry
from handover_rules.text.inlining import Inliner, WordList
from handover_rules.text.normalise import tokens
from handover_rules.text.phrases import Chain, Either, Gap, ListRef, Maybe, Node, Phrase, Word, walk
from handover_rules.text.positions import ANY, WHOLE, Positions, position_phrases
from handover_rules.text.vocabulary import Vocabulary

__all__ = ["Difference", "NearPhrase", "nearest"]

MAX_DISTANCE = 3
"""Words by which a phrase may differ and still be near."""
MAX_WORDS = 100
"""Words of a message that are compared; what comes behind is left out, because the work grows with each."""
MAX_LETTERS = 30
"""Letters of a word that may be a slip."""
ALIKE = 0.75
"""How alike (difflib's ratio) a slip is to the word that was meant."""
MAX_LISTED = 4
"""Words of a list that are written out."""


@dataclass(frozen=True, slots=True)
class Difference:
    """A word of the message (`found`) where the phrase has another (`expected`, as the phrase writes it).

    `found` is None where a word is missing, `expected` where one is too many.
    """

    expected: str | None
    found: str | None


@dataclass(frozen=True, slots=True)
class NearPhrase:
    """A phrase that nearly occurs, by its index among those given; the differences are in the phrase's order."""

    index: int
    differences: tuple[Difference, ...]

    @property
    def distance(self) -> int:
        """In words."""
        return len(self.differences)


def nearest(entries: Sequence[Entry], lists: Mapping[str, WordList], text: str, most: int = 3) -> list[NearPhrase]:
    """The phrases that come nearest to occurring in `text`, at most `most`, nearest first.

    Among equally near ones, those that share more words with the message come first, then those given first. A phrase
    that occurs is left out, and so is one that differs in more words than it shares. PhraseError where one of them
    cannot be compiled.
    """
    words = tokens(text)[:MAX_WORDS]
    found: list[tuple[_Cost, NearPhrase]] = []
    for whole in (False, True):
        inliner = Inliner(lists)
        indices = [index for index, entry in enumerate(entries) if entry.whole is whole]
        # All are laid out as whole messages, because only these are read from left to right.
        positions = position_phrases([(entries[index].phrase, True) for index in indices], inliner)
        names = _Names(positions, inliner)
        vocabulary = inliner.vocabulary(entries[index].phrase for index in indices)
        for at, (cost, trail) in _align(positions, vocabulary, words, whole).items():
            distance, unlike, _ = cost
            if 0 < distance <= -unlike:
                phrase = entries[indices[at]].phrase
                differences = tuple(names.differences(phrase, trail, words))
                found.append((cost, NearPhrase(indices[at], differences)))
    return [near for _, near in sorted(found, key=lambda one: (one[0], one[1].index))[:most]]


# Least is best: words that differ; minus the words that are alike; those of the differing ones that are missing,
# because "`b` stands where `a` is expected" says more than that `a` is missing.
_Cost: TypeAlias = tuple[int, int, int]
# The differences so far, last first: (those before, position or None for a word too many, word or None for one missing)
_Trail: TypeAlias = "tuple[_Trail | None, int | None, int | None]"
_Cell: TypeAlias = "tuple[_Cost, _Trail | None]"

_START: _Cell = ((0, 0, 0), None)


def _align(positions: Positions, vocabulary: Vocabulary, words: Sequence[str], whole: bool) -> dict[int, _Cell]:
    """The best alignment of each phrase that differs in at most MAX_DISTANCE words."""
    follow, labels = positions.follow, positions.labels
    best: dict[int, _Cell] = {}
    # The cells of the positions that can have been read last when `at` words of the message are.
    cells: dict[int, _Cell] = {}
    for at, reading in enumerate([*_readings(positions, vocabulary, words), None]):  # None: no word is left
        after: dict[int, _Cell] = {}
        if at == 0 or not whole:
            cells[WHOLE] = _START
        waiting = list(cells)
        heapify(waiting)
        while waiting:
            position = heappop(waiting)
            (distance, unlike, missing), trail = cell = cells[position]
            if not whole or reading is None:
                for phrase in positions.ends.get(position, ()):
                    _improve(best, phrase, cell)
            spare = distance < MAX_DISTANCE
            if reading is not None and spare and (whole or position != WHOLE):
                _improve(after, position, ((distance + 1, unlike, missing), (trail, None, at)))
            for later in follow[position]:
                label = labels[later]
                if spare and label != ANY:
                    lacking: _Cell = ((distance + 1, unlike, missing + 1), (trail, later, None))
                    if later not in cells:
                        heappush(waiting, later)
                    _improve(cells, later, lacking)
                if reading is None:
                    continue
                exact, close = reading
                if label == ANY:
                    _improve(after, later, cell)
                elif label in exact:
                    _improve(after, later, ((distance, unlike - 1, missing), trail))
                elif spare:
                    # A slip in a word is a difference, and yet more alike than any other word.
                    _improve(after, later, ((distance + 1, unlike - (label in close), missing), (trail, later, at)))
        cells = after
    return best


def _improve(cells: dict[int, _Cell], key: int, cell: _Cell) -> None:
    known = cells.get(key)
    if known is None or cell[0] < known[0]:
        cells[key] = cell


def _readings(
    positions: Positions, vocabulary: Vocabulary, words: Sequence[str]
) -> Iterator[tuple[frozenset[int], frozenset[int]]]:
    """For each word of a message the labels that it has; for one that has none, those of the word it is a slip of."""
    nothing: frozenset[int] = frozenset()
    known = sorted(positions.labels_of)
    for word in words:
        exact = positions.labels_of.get(vocabulary.resolve(word), nothing)
        meant = [] if exact or len(word) > MAX_LETTERS else get_close_matches(word, known, n=1, cutoff=ALIKE)
        yield exact, positions.labels_of[meant[0]] if meant else nothing


class _Names:
    """What a phrase writes for the words that may stand at a position."""

    def __init__(self, positions: Positions, inliner: Inliner) -> None:
        self._positions = positions
        self._inliner = inliner

    def differences(self, phrase: Phrase, trail: _Trail | None, words: Sequence[str]) -> Iterator[Difference]:
        """The differences of an alignment, from left to right."""
        if trail is not None:
            before, position, at = trail
            yield from self.differences(phrase, before, words)
            expected = self._expected(phrase, position) if position is not None else None
            yield Difference(expected, words[at] if at is not None else None)

    def _expected(self, phrase: Phrase, position: int) -> str:
        label = self._positions.labels[position]
        words = {word for word, labels in self._positions.labels_of.items() if label in labels}
        for node in walk(phrase.root):
            if isinstance(node, (Either, ListRef)) and self._inliner.options(node).words == words:
                return _written(node)
        # A word that the phrase does not write itself: it stands inside of a list.
        listed = sorted(words)
        shown = listed[:MAX_LISTED] + (["..."] if len(listed) > MAX_LISTED else [])
        return shown[0] if len(shown) == 1 else f"({'|'.join(shown)})"


def _written(node: Node) -> str:
    """The node in the phrase language."""
    match node:
        case Word():
            return node.text
        case Gap():
            return "..."
        case ListRef():
            return f"<{node.name}>"
        case Chain():
            return " ".join(map(_written, node.items))
        case Either():
            return f"({'|'.join(map(_written, node.options))})"
        case Maybe():
            written = _written(node.item)
            return f"{written}?" if isinstance(node.item, Either) else f"({written})?"
