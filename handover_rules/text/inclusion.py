"""Whether phrases find everything that another phrase finds, or nothing that it finds.

Language inclusion, guided by counterexamples. A phrase has no repetition, so it is a small automaton without cycles. To
prove that others cover it, every way through it is followed while the others read along (a subset construction on the
fly); a way to its end on which none of them was complete is a message that only it finds. The others are not all tried:
the ruleset's automaton names those that find the last counterexample, and the proof is tried again with them, until it
succeeds or nobody finds the message. A gap is followed with a word that no phrase has, because what reads along there
reads along with any word.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from handover_rules.text.automaton import Automaton, Entry
from handover_rules.text.inlining import Inliner, WordList
from handover_rules.text.phrases import Chain, Either, ListRef, Node, Word
from handover_rules.text.positions import ANY, WHOLE, position_phrases

__all__ = ["Inclusion"]

MAX_STEPS = 20_000
"""Steps after which a proof is given up: what cannot be proved counts as not covered."""

_ANYTHING = "\0"  # stands for a word that no phrase has

_Read = tuple[frozenset[int], ...]  # for each of the others, the positions at which it may be


@dataclass(frozen=True, slots=True)
class _Line:
    """A phrase as an automaton from left to right: states are positions, `root` the one before the first word."""

    whole: bool
    follow: Sequence[Sequence[int]]
    labels: Sequence[int]
    words: Mapping[int, tuple[str, ...]]
    labels_of: Mapping[str, frozenset[int]]
    ends: frozenset[int]

    def step(self, positions: frozenset[int], word: str) -> frozenset[int]:
        """Where the phrase may be after a word."""
        labels = self.labels_of.get(word, frozenset())
        return frozenset(
            later
            for position in positions
            for later in self.follow[position]
            if self.labels[later] == ANY or self.labels[later] in labels
        )


class Inclusion:
    """Proves which phrases of a ruleset are covered by others.

    `entries` are the phrases to compare, `lists` the named lists that they refer to; a phrase is meant by its index.
    """

    def __init__(self, entries: Sequence[Entry], lists: Mapping[str, WordList]) -> None:
        self._entries = entries
        self._lists = lists
        self._inliner = Inliner(lists)
        self._automaton = Automaton(entries, lists)
        self._lines: dict[int, _Line] = {}
        self._samples: dict[int, tuple[str, ...]] = {}
        self._shortest_of: dict[str, list[str]] = {}  # by the name of a list
        self._beside: dict[int, list[int]] = {}

    def sample(self, index: int) -> tuple[str, ...]:
        """The words of a short message that the phrase finds."""
        if index not in self._samples:
            self._samples[index] = tuple(self._shortest(self._entries[index].phrase.root))
        return self._samples[index]

    def beside(self, index: int) -> list[int]:
        """The phrases that find its sample, itself among them: only those can find all that it finds."""
        if index not in self._beside:
            self._beside[index] = self.found_in(self.sample(index))
        return self._beside[index]

    def _shortest(self, node: Node) -> list[str]:
        match node:
            case Word():
                return [node.text]
            case Chain():
                return [word for item in node.items for word in self._shortest(item)]
            case Either():
                return min(map(self._shortest, node.options), key=len)
            case ListRef():
                return self._shortest_listed(node.name)
        return []  # a gap, or what may be missing

    def _shortest_listed(self, name: str) -> list[str]:
        words = self._shortest_of.get(name)
        if words is None:
            phrases = self._lists[name].phrases
            words = self._shortest_of[name] = min((self._shortest(phrase.root) for phrase in phrases), key=len)
        return words

    def found_in(self, words: Sequence[str]) -> list[int]:
        """The phrases that occur in a message of these words."""
        return self._automaton.find_tokens(words)

    def covering(self, index: int, among: Callable[[int], bool]) -> tuple[int, ...]:
        """Phrases for which `among` holds that together find every message that the phrase finds; () if none do."""
        cover: list[int] = []
        whole = self._entries[index].whole
        message, finding = self.sample(index), self.beside(index)
        while True:
            helpful = [
                other
                for other in finding
                if other != index and other not in cover and among(other) and (whole or not self._entries[other].whole)
            ]
            if not helpful:
                return ()
            cover += helpful
            following = self.apart(index, cover)
            if following is None:
                return tuple(cover)
            if following == message:  # the proof was given up
                return ()
            message, finding = following, self.found_in(following)

    def together(self, index: int, other: int) -> bool:
        """Whether a message can be found by both phrases. Two that may stand anywhere always can: one behind the other.

        A proof that takes too long counts as that they can.
        """
        if not self._entries[index].whole:
            index, other = other, index
        if not self._entries[index].whole:
            return True
        line, along = self._line(index), self._line(other)
        again = frozenset() if along.whole else frozenset((WHOLE,))
        # Here a gap is no different from any word, because the other phrase may need one of its own there.
        alike = {ANY: _representatives([*along.labels_of, _ANYTHING], [along])}
        seen = {(WHOLE, frozenset((WHOLE,)), False)}
        waiting = list(seen)
        for position, places, complete in waiting:
            for later in line.follow[position]:
                label = line.labels[later]
                if label not in alike:
                    alike[label] = _representatives(line.words[label], [along])
                for word in alike[label]:
                    read = along.step(places, word) | again
                    found = (later, read, complete or (not along.whole and bool(read & along.ends)))
                    if found in seen:
                        continue
                    if later in line.ends and (found[2] or (along.whole and read & along.ends)):
                        return True
                    if len(seen) > MAX_STEPS:
                        return True
                    seen.add(found)
                    waiting.append(found)
        return False

    def apart(self, index: int, others: Sequence[int]) -> tuple[str, ...] | None:
        """A shortest message that the phrase finds and none of the others does; None if there is none.

        Where the search takes too long, it is the phrase's own shortest message.
        """
        line = self._line(index)
        along = [self._line(other) for other in others]
        alike = {ANY: [_ANYTHING]}
        first: tuple[int, _Read] = (WHOLE, tuple(frozenset((WHOLE,)) for _ in along))
        ways: dict[tuple[int, _Read], tuple[str, ...]] = {first: ()}
        waiting = [first]
        for state in waiting:
            for position, word in _onward(line, state[0], along, alike):
                read = tuple(
                    other.step(places, word) | (frozenset() if other.whole else frozenset((WHOLE,)))
                    for other, places in zip(along, state[1], strict=True)
                )
                following = (position, read)
                if following in ways:
                    continue
                if any(places & other.ends for other, places in zip(along, read, strict=True) if not other.whole):
                    continue
                ways[following] = (*ways[state], word)
                if position in line.ends and not any(
                    places & other.ends for other, places in zip(along, read, strict=True)
                ):
                    return ways[following]
                if len(ways) > MAX_STEPS:
                    return self.sample(index)
                waiting.append(following)
        return None

    def _line(self, index: int) -> _Line:
        line = self._lines.get(index)
        if line is None:
            entry = self._entries[index]
            found = position_phrases([(entry.phrase, True)], self._inliner)
            words: dict[int, list[str]] = {}
            for word, labels in sorted(found.labels_of.items()):
                for label in labels:
                    words.setdefault(label, []).append(word)
            line = self._lines[index] = _Line(
                entry.whole,
                found.follow,
                found.labels,
                {label: tuple(own) for label, own in words.items()},
                found.labels_of,
                frozenset(found.ends),
            )
        return line


def _onward(
    line: _Line, position: int, along: Sequence[_Line], alike: dict[int, list[str]]
) -> Iterator[tuple[int, str]]:
    """The next positions of a phrase with a word for each; words that all others read alike are tried once.

    `alike` keeps for each label the words that are tried.
    """
    for later in line.follow[position]:
        label = line.labels[later]
        if label not in alike:
            alike[label] = _representatives(line.words[label], along)
        for word in alike[label]:
            yield later, word


def _representatives(words: Sequence[str], along: Sequence[_Line]) -> list[str]:
    """Of words that all phrases `along` read alike, one."""
    first: dict[tuple[frozenset[int] | None, ...], str] = {}
    for word in words:
        first.setdefault(tuple(other.labels_of.get(word) for other in along), word)
    return list(first.values())
