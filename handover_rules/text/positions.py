"""Phrases as one position automaton (Glushkov): a position for each word to be read, and which may follow which.

A phrase is read outwards from its anchor, the word that it cannot do without and that is probably rarest: to the right,
and to the left. So only the rare words of a message start any work.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from handover_rules.text.inlining import Inliner, Options
from handover_rules.text.phrases import (
    GAP_WORDS,
    Chain,
    Either,
    Gap,
    ListRef,
    Maybe,
    Node,
    Phrase,
    PhraseError,
    Word,
)

ANY = 0
"""The label of a position that reads any word."""
ROOTS = 4
ONWARD, BACKWARD, BEFORE, WHOLE = range(ROOTS)
"""Root positions, at which nothing is read. Behind ONWARD come the anchor and what is right of it; behind BACKWARD the
anchor and what is left of it, from right to left, of phrases that end with their anchor; behind BEFORE the same of
phrases that do not; behind WHOLE the phrases that are to be whole messages, from left to right."""

_Ends = tuple[int, ...]  # positions, ascending


@dataclass(frozen=True, slots=True)
class Positions:
    """The positions of all phrases, by number. Phrases that begin alike share positions as far as they do."""

    labels: Sequence[int]
    """The label of each position."""
    follow: Sequence[Sequence[int]]
    """For each position, those that may come next."""
    ends: Mapping[int, Sequence[int]]
    """The phrases that may end at a position."""
    halves: Mapping[int, Sequence[int]]
    """The phrases one of whose two sides may end at a position."""
    labels_of: Mapping[str, frozenset[int]]
    """The labels that a word has; equal sets are one object."""


def position_phrases(phrases: Sequence[tuple[Phrase, bool]], inliner: Inliner) -> Positions:
    """The positions of `phrases`, which come with whether they are to be whole messages. PhraseError as `Automaton`."""
    chains: list[Sequence[Node]] = []
    for index, (phrase, whole) in enumerate(phrases):
        try:
            inliner.check(phrase)
        except PhraseError as error:
            error.index = index
            raise
        items = phrase.root.items if isinstance(phrase.root, Chain) else (phrase.root,)
        chains.append(items if whole else _without_optional_edges(items))
    builder = _Builder(inliner)
    labels = [[builder.anchor_label(item) for item in items] for items in chains]
    costs = builder.costs(label for found in labels for label in found if label is not None)
    for index, (_, whole) in enumerate(phrases):
        if whole:
            builder.add_whole(chains[index], index)
        else:
            builder.add_anchored(chains[index], labels[index], costs, index)
    return builder.positions()


class _Builder:
    def __init__(self, inliner: Inliner) -> None:
        self._inliner = inliner
        self._labels = [ANY] * ROOTS
        self._follow: list[list[int]] = [[] for _ in range(ROOTS)]
        self._ends: defaultdict[int, list[int]] = defaultdict(list)
        self._halves: defaultdict[int, list[int]] = defaultdict(list)
        self._labels_of: defaultdict[str, set[int]] = defaultdict(set)
        self._label_ids: dict[frozenset[str], int] = {}
        self._word_labels: dict[str, int] = {}  # nearly all labels are of one word
        self._known: dict[tuple[_Ends, int], int] = {}

    def positions(self) -> Positions:
        one: dict[frozenset[int], frozenset[int]] = {}
        frozen = ((word, frozenset(labels)) for word, labels in self._labels_of.items())
        return Positions(
            labels=tuple(self._labels),
            follow=tuple(map(tuple, self._follow)),
            ends={position: tuple(ends) for position, ends in self._ends.items()},
            halves={position: tuple(ends) for position, ends in self._halves.items()},
            labels_of={word: one.setdefault(labels, labels) for word, labels in frozen},
        )

    def costs(self, used: Iterable[int]) -> dict[int, float]:
        """For each label how much work it would start as an anchor: how often messages may have its words (the shorter,
        the oftener: Zipf's law of abbreviation), times the phrases that have them."""
        uses = Counter(used)
        cost = {
            word: sum(uses[label] for label in labels) * 0.5 ** len(word) for word, labels in self._labels_of.items()
        }
        return {label: sum(cost[word] for word in words) for words, label in self._label_ids.items()}

    def add_whole(self, items: Sequence[Node], index: int) -> None:
        _mark(self._ends, self._build_all(items, (WHOLE,)), index)

    def add_anchored(
        self, items: Sequence[Node], labels: Sequence[int | None], costs: Mapping[int, float], index: int
    ) -> None:
        anchors = [(costs[label], at) for at, label in enumerate(labels) if label is not None]
        if not anchors:
            _mark(self._ends, self._build_all(items, (ONWARD,)), index)
            return
        _, at = min(anchors)
        left, anchor, right = items[:at], items[at : at + 1], items[at + 1 :]
        ends = self._halves if left and right else self._ends
        if right or not left:
            before = self._build_all(anchor, (ONWARD,))
            _mark(ends, self._build_all(right, before), index)
        if left:
            before = self._build_all(anchor, (BEFORE if right else BACKWARD,))
            _mark(ends, self._build_all(left, before, backward=True), index)

    def anchor_label(self, node: Node) -> int | None:
        """The label of a node that reads just one word; None for others."""
        match node:
            case Word():
                return self._word_label(node.text)
            case Either() | ListRef():
                options = self._inliner.options(node)
                return self._label(options.words) if options.words and not options.others else None
        return None

    def _build_all(self, items: Sequence[Node], before: _Ends, backward: bool = False) -> _Ends:
        for item in reversed(items) if backward else items:
            before = self._build(item, before, backward)
        return before

    def _build(self, node: Node, before: _Ends, backward: bool) -> _Ends:
        """Add the node behind any of the positions `before`; the positions at which it may end."""
        match node:
            case Word():
                return (self._position(before, self._word_label(node.text)),)
            case Gap():
                ends = last = before
                for _ in range(GAP_WORDS):
                    last = (self._position(last, ANY),)
                    ends = _merged(ends, last)
                return ends
            case Maybe():
                return _merged(before, self._build(node.item, before, backward))
            case Chain():
                return self._build_all(node.items, before, backward)
            case Either() | ListRef():
                return self._build_options(self._inliner.options(node), before, backward)

    def _build_options(self, options: Options, before: _Ends, backward: bool) -> _Ends:
        ends = [self._build(other, before, backward) for other in options.others]
        if options.words:
            ends.append((self._position(before, self._label(options.words)),))
        return _merged(*ends)

    def _position(self, before: _Ends, label: int) -> int:
        position = self._known.get((before, label))
        if position is None:
            position = self._known[before, label] = len(self._labels)
            self._labels.append(label)
            self._follow.append([])
            for earlier in before:
                self._follow[earlier].append(position)
        return position

    def _word_label(self, word: str) -> int:
        label = self._word_labels.get(word)
        if label is None:
            label = self._word_labels[word] = self._label(frozenset([word]))
        return label

    def _label(self, words: frozenset[str]) -> int:
        label = self._label_ids.get(words)
        if label is None:
            label = self._label_ids[words] = len(self._label_ids) + 1
            for word in words:
                self._labels_of[word].add(label)
        return label


def _mark(ends: defaultdict[int, list[int]], positions: _Ends, index: int) -> None:
    for position in positions:
        ends[position].append(index)


def _without_optional_edges(items: Sequence[Node]) -> Sequence[Node]:
    """What is optional at the start or end of a phrase cannot matter where it may stand anywhere in the message."""
    solid = [at for at, item in enumerate(items) if not isinstance(item, Maybe)]
    return items[solid[0] : solid[-1] + 1]


def _merged(*ends: _Ends) -> _Ends:
    merged: set[int] = set()
    for positions in ends:
        merged.update(positions)
    return tuple(sorted(merged))
