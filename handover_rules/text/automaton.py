"""All phrases of a ruleset as one automaton over words: which of them occur in a message.

The position automaton of the phrases is made deterministic as messages come: a lazy DFA, started at the words of a
message that anchor phrases. A word reads as the set of labels that it has, so a step is one test that none of them fits,
or a look-up.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from handover_rules.text.inlining import WordList
from handover_rules.text.normalise import tokens
from handover_rules.text.phrases import Phrase
from handover_rules.text.positions import ANY, ROOTS, WHOLE, Positions
from handover_rules.text.vocabulary import Vocabulary

MAX_CELLS = 400_000
"""Steps and positions remembered before all are forgotten; about 40 MB."""
MAX_TOKENS = 65_536
"""Message tokens remembered before all are forgotten; tokens of more than 64 characters never are."""

_MAX_TOKEN_LENGTH = 64

_Labels = frozenset[int]
_NONE: frozenset[int] = frozenset()
_PAD: _Labels = frozenset([-1])


@dataclass(frozen=True, slots=True)
class Entry:
    """A phrase to look for: anywhere as whole words, or (`whole`) as the whole message."""

    phrase: Phrase
    whole: bool


class Automaton:
    """Finds all phrases in a message at once.

    Safe to share between threads: what it remembers is only a cache of bounded size, and a race at worst computes
    something twice. Time and memory are linear in the length of the message. Method: Glushkov's position automaton
    with the subset construction on demand, run to both sides from the rarest word of each phrase.
    """

    __slots__ = ("_machine", "_symbols", "vocabulary")

    def __init__(self, phrases: Sequence[Entry], lists: Mapping[str, WordList]) -> None:
        """PhraseError, with the `index` of the phrase, if one is too large or too deep or has an unknown list."""
        positions = Positions([(entry.phrase, entry.whole) for entry in phrases], lists)
        self.vocabulary = Vocabulary(positions.labels_of, positions.tolerant_words)
        self._symbols = _Symbols(self.vocabulary, positions.labels_of)
        self._machine = _Machine(positions)

    def find(self, text: str) -> list[int]:
        """Ascending indices of the phrases that occur in `text`."""
        return self.find_tokens(tokens(text))

    def find_tokens(self, words: Sequence[str]) -> list[int]:
        """Ascending indices of the phrases that occur in a message of these normalised words."""
        found = self._machine.find(list(map(self._symbols.__getitem__, words)))
        return sorted(_NONE.union(*found)) if found else []

    @property
    def cells(self) -> int:
        """How much is remembered at the moment, in steps and positions."""
        return self._machine.cells


class _Symbols(dict[str, _Labels]):
    """Message token -> the labels of the word that it stands for; none for a word that no phrase has."""

    __slots__ = ("_labels_of", "_vocabulary")

    def __init__(self, vocabulary: Vocabulary, labels_of: Mapping[str, set[int]]) -> None:
        super().__init__()
        self._vocabulary = vocabulary
        shared: dict[_Labels, _Labels] = {}
        frozen = ((word, frozenset(labels)) for word, labels in labels_of.items())
        self._labels_of = {word: shared.setdefault(labels, labels) for word, labels in frozen}

    def __missing__(self, token: str) -> _Labels:
        labels = self._labels_of.get(self._vocabulary.resolve(token), _NONE)
        if len(token) <= _MAX_TOKEN_LENGTH:
            if len(self) >= MAX_TOKENS:
                self.clear()
            self[token] = labels
        return labels


class _State:
    """Some positions just read."""

    __slots__ = ("ends", "following", "halves", "labels", "next", "open", "other")

    def __init__(
        self, ends: frozenset[int], halves: frozenset[int], following: dict[int, list[int]], other: _State | None
    ) -> None:
        self.ends = ends  # the phrases that may end here
        self.halves = halves  # the phrases one of whose sides may end here
        self.following = following  # label -> the positions with it that may come next
        self.labels = frozenset(following)
        self.next: dict[_Labels, _State] = {}  # as far as met, and only for words with one of the labels
        self.other = other  # the next state after any other word; None if no phrase goes on
        self.open = bool(ends or halves or other is not None)  # worth reading from, whatever the next word is


_Starts = tuple[_State | None, _State | None, _State | None]


class _Machine:
    """The states met so far."""

    __slots__ = ("_positions", "_roots", "_starts", "_states", "cells")

    def __init__(self, positions: Positions) -> None:
        self._positions = positions
        self._forget()

    def _forget(self) -> None:
        self.cells = 0
        self._states: dict[tuple[int, ...], _State] = {}
        self._roots = [self._state([root]) for root in range(ROOTS)]
        self._starts: dict[_Labels, _Starts] = {_PAD: (None, None, None)}

    def find(self, symbols: list[_Labels]) -> set[frozenset[int]]:
        """Sets of phrases that together are those that occur. `symbols` is used up."""
        found: set[frozenset[int]] = set()
        self._read_whole(symbols, found)
        symbols.append(_PAD)  # stands at both ends: symbols[-1] is behind the last word and before the first
        for at, labels in enumerate(symbols):
            onward, backward, before = self._starts.get(labels) or self._start(labels)
            if backward and (backward.open or not backward.labels.isdisjoint(symbols[at - 1])):
                self._read(backward, symbols, at, -1, found)
            if onward and (onward.open or not onward.labels.isdisjoint(symbols[at + 1])):
                halves = self._read(onward, symbols, at, 1, found)
                if halves and before:
                    others = self._read(before, symbols, at, -1, found)
                    found.add(_NONE.union(*halves).intersection(_NONE.union(*others)))
        return found

    def _start(self, labels: _Labels) -> _Starts:
        """The states behind the roots after a word with these labels."""
        onward, backward, before = (
            None if root.labels.isdisjoint(labels) else self._step(root, labels) for root in self._roots[:WHOLE]
        )
        starts = self._starts[labels] = onward, backward, before
        return starts

    def _read(
        self, state: _State, symbols: list[_Labels], at: int, step: int, found: set[frozenset[int]]
    ) -> list[frozenset[int]]:
        """Read on from the word `at`, just read; add what ends under way to `found` and return what half ends."""
        halves: list[frozenset[int]] = []
        while True:
            if state.ends:
                found.add(state.ends)
            if state.halves:
                halves.append(state.halves)
            at += step
            labels = symbols[at]
            if not state.labels.isdisjoint(labels):
                state = state.next.get(labels) or self._step(state, labels)
            elif state.other is None or labels is _PAD:
                return halves
            else:
                state = state.other

    def _read_whole(self, symbols: list[_Labels], found: set[frozenset[int]]) -> None:
        state: _State | None = self._roots[WHOLE]
        for labels in symbols:
            if state is None:
                return
            state = state.other if state.labels.isdisjoint(labels) else self._step(state, labels)
        if state and state.ends:
            found.add(state.ends)

    def _step(self, state: _State, labels: _Labels) -> _State:
        """The state after a word with these labels, some of which the state has."""
        target = state.next.get(labels)
        if target is None:
            following = state.following
            read = following.get(ANY, [])
            for label in state.labels & labels:
                read = read + following[label]
            target = state.next[labels] = self._state(read)
            self.cells += 1
            if self.cells > MAX_CELLS:
                self._forget()
        return target

    def _state(self, read: list[int]) -> _State:
        """The state in which just these positions have been read."""
        key = tuple(sorted(read))
        state = self._states.get(key)
        if state is None:
            positions = self._positions
            following: dict[int, list[int]] = {}
            for position in {later for position in key for later in positions.follow[position]}:
                following.setdefault(positions.labels[position], []).append(position)
                self.cells += 1
            ends = frozenset(end for position in key for end in positions.ends.get(position, ()))
            halves = frozenset(end for position in key for end in positions.halves.get(position, ()))
            gap = following.get(ANY)
            state = self._states[key] = _State(ends, halves, following, self._state(gap) if gap else None)
            self.cells += len(key)
        return state
