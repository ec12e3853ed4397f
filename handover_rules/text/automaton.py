"""All phrases of a ruleset as one automaton over words: which of them occur in a message.

The position automaton of the phrases is made deterministic as messages come: a lazy DFA, started at the words of a message
that anchor phrases. A word reads as the set of labels that it has, so a step is a look-up, or one test that none fits.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from handover_rules.text.inlining import WordList
from handover_rules.text.normalise import tokens
from handover_rules.text.phrases import Phrase
from handover_rules.text.positions import ANY, ROOTS, WHOLE, Positions
from handover_rules.text.vocabulary import Vocabulary

_MAX_TOKENS = 65_536
_MAX_TOKEN_LENGTH = 64
_MAX_CELLS = 400_000

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
    with the subset construction on demand, run to both sides of each phrase's rarest word.
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
            if len(self) >= _MAX_TOKENS:
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
        self.following: dict[int, list[int]] = following  # label -> the positions with it that may come next
        self.labels = frozenset(following)
        self.other = other or self
        # the next state after a word with none of these labels
        self.open = bool(ends or halves or self.other.following)  # worth reading on, whatever the next word is
        self.next: dict[_Labels, _State] = {}


_DEAD = _State(_NONE, _NONE, {}, None)
"""Where no phrase goes on."""

_Starts = tuple[_State, _State, _State]


class _Machine:
    """The states met so far."""

    __slots__ = ("_cells", "_positions", "_roots", "_starts", "_states")

    def __init__(self, positions: Positions) -> None:
        self._positions = positions
        self._forget()

    def _forget(self) -> None:
        self._cells = 0  # steps and positions remembered: what memory they take
        self._states: dict[tuple[int, ...], _State] = {(): _DEAD}
        self._roots = [self._state([root]) for root in range(ROOTS)]
        self._starts: dict[_Labels, _Starts] = {_PAD: (_DEAD, _DEAD, _DEAD)}

    def find(self, symbols: list[_Labels]) -> set[frozenset[int]]:
        """Sets of phrases that together are those that occur."""
        found: set[frozenset[int]] = set()
        self._read_whole(symbols, found)
        symbols.append(_PAD)  # stands at both ends, for symbols[-1] is behind the last word and before the first
        for at, labels in enumerate(symbols):
            onward, backward, before = self._starts.get(labels) or self._start(labels)
            if backward is not _DEAD and (
                backward.open
                or (backward.next.get(symbols[at - 1]) or self._step(backward, symbols[at - 1])) is not _DEAD
            ):
                self._read(backward, symbols, at, -1, found)
            if onward is not _DEAD and (
                onward.open or (onward.next.get(symbols[at + 1]) or self._step(onward, symbols[at + 1])) is not _DEAD
            ):
                halves = self._read(onward, symbols, at, 1, found)
                if halves and before is not _DEAD:
                    others = self._read(before, symbols, at, -1, found)
                    if others:
                        found.add(_NONE.union(*halves) & _NONE.union(*others))
        return found

    def _start(self, labels: _Labels) -> _Starts:
        """The states behind the roots after a word with these labels."""
        onward, backward, before = (self._step(root, labels) for root in self._roots[:WHOLE])
        starts = self._starts[labels] = onward, backward, before
        return starts

    def _read(
        self, state: _State, symbols: list[_Labels], at: int, step: int, found: set[frozenset[int]]
    ) -> list[frozenset[int]]:
        """Read on from the word `at`, just read; add what ends under way to `found` and return what half ends."""
        halves: list[frozenset[int]] = []
        while state is not _DEAD:
            if state.ends:
                found.add(state.ends)
            if state.halves:
                halves.append(state.halves)
            at += step
            state = state.next.get(symbols[at]) or self._step(state, symbols[at])
        return halves

    def _read_whole(self, symbols: list[_Labels], found: set[frozenset[int]]) -> None:
        state = self._roots[WHOLE]
        for labels in symbols:
            state = state.next.get(labels) or self._step(state, labels)
            if state is _DEAD:
                return
        if state.ends:
            found.add(state.ends)

    def _step(self, state: _State, labels: _Labels) -> _State:
        """The state after a word with these labels."""
        following = state.following
        if state.labels.isdisjoint(labels):
            target = _DEAD if labels is _PAD else state.other
            if len(following) <= MEMO:
                return target
        else:
            read = following.get(ANY, [])
            for label in state.labels & labels:
                read = read + following[label]
            target = self._state(read)
        state.next[labels] = target
        self._cells += 1
        if self._cells > _MAX_CELLS:
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
                self._cells += 1
            ends = frozenset(end for position in key for end in positions.ends.get(position, ()))
            halves = frozenset(end for position in key for end in positions.halves.get(position, ()))
            other = self._state(following.get(ANY, []))
            state = self._states[key] = _State(ends, halves, following, other)
            self._cells += len(key)
        return state


MEMO = 8
