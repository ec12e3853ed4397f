"""All phrases of a ruleset as one automaton over words: which of them occur in a message.

The position automaton of the phrases is made deterministic as messages come: a lazy DFA, started at the words of a
message that anchor phrases. A word reads as the set of labels that it has, and words with the same labels are one
symbol; so a step is a look-up, and a list of thousands of words is hardly more than one word.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain

from handover_rules.text.inlining import Inliner, WordList
from handover_rules.text.normalise import tokens
from handover_rules.text.phrases import Phrase
from handover_rules.text.positions import ANY, ROOTS, WHOLE, Positions, position_phrases
from handover_rules.text.vocabulary import Vocabulary

MAX_CELLS = 600_000
"""Steps and positions remembered before all are forgotten: about 60 MB."""
MAX_TOKENS = 65_536
"""Message tokens remembered before all are forgotten; tokens of more than 64 characters never are."""
MAX_SYMBOLS = 300
"""Symbols that may follow a state for which all of them are written out."""

_MAX_TOKEN_LENGTH = 64

_Symbol = frozenset[int]  # labels
_NONE: frozenset[int] = frozenset()
_PAD: _Symbol = frozenset([-1])


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
        inliner = Inliner(lists)
        positions = position_phrases([(entry.phrase, entry.whole) for entry in phrases], inliner)
        self.vocabulary = inliner.vocabulary(entry.phrase for entry in phrases)
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


class _Symbols(dict[str, _Symbol]):
    """Message token -> the symbol of the word that it stands for; _NONE for a word that no phrase has."""

    __slots__ = ("_symbol_of", "_vocabulary")

    def __init__(self, vocabulary: Vocabulary, symbol_of: Mapping[str, _Symbol]) -> None:
        super().__init__()
        self._vocabulary = vocabulary
        self._symbol_of = symbol_of

    def __missing__(self, token: str) -> _Symbol:
        symbol = self._symbol_of.get(self._vocabulary.resolve(token), _NONE)
        if len(token) <= _MAX_TOKEN_LENGTH:
            if len(self) >= MAX_TOKENS:
                self.clear()
            self[token] = symbol
        return symbol


class _Steps(dict[_Symbol, "_State | None"]):
    """The next states of a state with too many symbols to write out: those met so far."""

    __slots__ = ("_labels",)

    def __init__(self, labels: Iterable[int]) -> None:
        super().__init__()
        self._labels = frozenset(labels)

    def __contains__(self, symbol: object) -> bool:
        return isinstance(symbol, frozenset) and not self._labels.isdisjoint(symbol)

    def __missing__(self, symbol: _Symbol) -> None:
        return None


class _State:
    """Some positions just read."""

    __slots__ = ("ends", "following", "halves", "next", "open", "other")

    def __init__(
        self,
        ends: frozenset[int],
        halves: frozenset[int],
        following: dict[int, list[int]],
        steps: dict[_Symbol, _State | None],
        other: _State | None,
    ) -> None:
        self.ends = ends  # the phrases that may end here
        self.halves = halves  # the phrases one of whose sides may end here
        self.following = following  # label -> the positions with it that may come next
        self.next = steps  # for each symbol with one of these labels; None if not met yet
        self.other = other  # the next state after any other symbol; None if no phrase goes on
        self.open = bool(ends or halves or other)  # worth reading from, whatever the next symbol is


_Starts = tuple[_State | None, _State | None, _State | None]


class _Machine:
    """The states met so far."""

    __slots__ = ("_positions", "_roots", "_starts", "_states", "_symbols_of", "cells")

    def __init__(self, positions: Positions) -> None:
        self._positions = positions
        self._symbols_of: defaultdict[int, list[_Symbol]] = defaultdict(list)  # label -> the symbols that have it
        for symbol in set(positions.labels_of.values()):
            for label in symbol:
                self._symbols_of[label].append(symbol)
        self._forget()

    def _forget(self) -> None:
        self.cells = 0
        self._states: dict[tuple[int, ...], _State] = {}
        self._roots = [self._state([root]) for root in range(ROOTS)]
        self._starts: dict[_Symbol, _Starts] = {_PAD: (None, None, None)}

    def find(self, symbols: list[_Symbol]) -> set[frozenset[int]]:
        """Sets of phrases that together are those that occur. `symbols` is used up."""
        found: set[frozenset[int]] = set()
        self._read_whole(symbols, found)
        symbols.append(_PAD)  # stands at both ends: symbols[-1] is behind the last word and before the first
        for at, symbol in enumerate(symbols):
            onward, backward, before = self._starts.get(symbol) or self._start(symbol)
            if backward and (backward.open or symbols[at - 1] in backward.next):
                self._read(backward, symbols, at, -1, found)
            if onward and (onward.open or symbols[at + 1] in onward.next):
                halves = self._read(onward, symbols, at, 1, found)
                if halves and before:
                    others = self._read(before, symbols, at, -1, found)
                    found.add(_NONE.union(*halves).intersection(_NONE.union(*others)))
        return found

    def _start(self, symbol: _Symbol) -> _Starts:
        """The states behind the roots after this symbol."""
        onward, backward, before = (
            self._step(root, symbol) if symbol in root.next else None for root in self._roots[:WHOLE]
        )
        starts = self._starts[symbol] = onward, backward, before
        return starts

    def _read(
        self, state: _State, symbols: list[_Symbol], at: int, step: int, found: set[frozenset[int]]
    ) -> list[frozenset[int]]:
        """Read on from the word `at`, just read; add what ends under way to `found` and return what half ends."""
        halves: list[frozenset[int]] = []
        while True:
            if state.ends:
                found.add(state.ends)
            if state.halves:
                halves.append(state.halves)
            at += step
            symbol = symbols[at]
            if symbol in state.next:
                state = state.next[symbol] or self._step(state, symbol)
            elif state.other is None or symbol is _PAD:
                return halves
            else:
                state = state.other

    def _read_whole(self, symbols: list[_Symbol], found: set[frozenset[int]]) -> None:
        state = self._roots[WHOLE]
        for symbol in symbols:
            following = (state.next[symbol] or self._step(state, symbol)) if symbol in state.next else state.other
            if following is None:
                return
            state = following
        if state.ends:
            found.add(state.ends)

    def _step(self, state: _State, symbol: _Symbol) -> _State:
        """The state after this symbol, which has a label that may come next; remembered from now on."""
        following = state.following
        read = list(following.get(ANY, ()))
        fewer, more = (following, symbol) if len(following) < len(symbol) else (symbol, following)
        for label in fewer:
            if label in more:
                read += following[label]
        target = state.next[symbol] = self._state(read)
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
            later = {position for earlier in key for position in positions.follow[earlier]}
            following: dict[int, list[int]] = {}
            for position in later:
                following.setdefault(positions.labels[position], []).append(position)
            ends = _union(positions.ends, key)
            halves = _union(positions.halves, key)
            gap = following.get(ANY)
            steps = self._steps(following)
            state = self._states[key] = _State(ends, halves, following, steps, self._state(gap) if gap else None)
            self.cells += len(key) + len(later) + len(steps)
        return state

    def _steps(self, following: Iterable[int]) -> dict[_Symbol, _State | None]:
        symbols = [self._symbols_of.get(label, ()) for label in following]
        if sum(map(len, symbols)) > MAX_SYMBOLS:
            return _Steps(following)
        return dict.fromkeys(chain.from_iterable(symbols))


def _union(phrases: Mapping[int, Sequence[int]], positions: Iterable[int]) -> frozenset[int]:
    return _NONE.union(*(phrases[position] for position in positions if position in phrases))
