"""Named lists written out where phrases refer to them, within bounds.

All one-word alternatives of a group or list are drawn together into one set of words, so a list of a thousand words
counts as one position of a phrase.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from handover_rules.text.phrases import (
    GAP_WORDS,
    MAX_DEPTH,
    Chain,
    Either,
    Gap,
    ListRef,
    Maybe,
    Node,
    Phrase,
    PhraseError,
    Word,
    words_of,
)
from handover_rules.text.vocabulary import Vocabulary

MAX_POSITIONS = 200
"""The most positions of one phrase once its lists are written out: words, with all alternatives of several words."""


@dataclass(frozen=True, slots=True)
class WordList:
    """A named list: its phrases, and how many typos (0 or 1) its own words may have in a message."""

    phrases: tuple[Phrase, ...]
    typos: int

    def __post_init__(self) -> None:
        if self.typos not in (0, 1):
            raise ValueError(f"typos is {self.typos}: write 0 or 1")


class _Extent(NamedTuple):
    positions: int
    depth: int


class Options(NamedTuple):
    """What a group or list can be: one of some words, or one of other nodes."""

    words: frozenset[str]
    others: tuple[Node, ...]
    extent: _Extent


class Inliner:
    """Resolves references to named lists, and groups: each once, so the phrases that it is asked about must live on."""

    def __init__(self, lists: Mapping[str, WordList]) -> None:
        self._lists = lists
        self._listed: dict[str, Options] = {}
        self._grouped: dict[int, Options] = {}  # by the group's place in memory: to compare groups would cost more
        self._open: list[str] = []  # lists being written out, outermost first

    def check(self, phrase: Phrase) -> None:
        """PhraseError if the phrase is too large or too deep with its lists, or if a list is unknown or has itself."""
        size, depth = self._extent(phrase.root)
        if size > MAX_POSITIONS:
            message = f"with its lists and gaps this phrase is {size} words long; {MAX_POSITIONS} is the most"
            raise PhraseError(message, 0, "split it, or use lists with fewer entries of several words")
        if depth > MAX_DEPTH:
            raise _too_deep(0)

    def options(self, node: Either | ListRef) -> Options:
        """The alternatives of a group or list, those of groups and lists directly among them included."""
        if isinstance(node, ListRef):
            return self._list(node)
        options = self._grouped.get(id(node))
        if options is None:
            options = self._grouped[id(node)] = self._gather(node.options)
        return options

    def vocabulary(self, phrases: Iterable[Phrase]) -> Vocabulary:
        """The words of these phrases, those included that no position needs (optional ones at an edge), and of the
        lists that checked phrases use; lists with `typos: 1` tolerate them in the words that they write themselves."""
        used = [self._lists[name] for name in self._listed]
        tolerant = words_of(phrase for words in used if words.typos for phrase in words.phrases)
        strict = words_of(phrase for words in used if not words.typos for phrase in words.phrases)
        return Vocabulary(words_of(phrases) | strict, tolerant)

    def _extent(self, node: Node) -> _Extent:
        match node:
            case Word():
                return _Extent(1, 0)
            case Gap():
                return _Extent(GAP_WORDS, 0)
            case Maybe():
                positions, depth = self._extent(node.item)
                return _Extent(positions, depth + 1)
            case Chain():
                parts = [self._extent(item) for item in node.items]
                return _Extent(sum(part.positions for part in parts), max(part.depth for part in parts))
            case Either() | ListRef():
                return self.options(node).extent

    def _list(self, ref: ListRef) -> Options:
        known = self._listed.get(ref.name)
        if known is not None:
            return known
        if ref.name not in self._lists:
            raise PhraseError(f"there is no list named `{ref.name}`", ref.offset, "define it, or correct the name")
        if ref.name in self._open:
            raise PhraseError(f"the list `{ref.name}` refers to itself", ref.offset, "take one reference out")
        if len(self._open) >= MAX_DEPTH:
            raise _too_deep(ref.offset)
        self._open.append(ref.name)
        try:
            options = self._gather(phrase.root for phrase in self._lists[ref.name].phrases)
        finally:
            self._open.pop()
        self._listed[ref.name] = options
        return options

    def _gather(self, nodes: Iterable[Node]) -> Options:
        words: set[str] = set()
        others: list[Node] = []
        positions = depth = 0
        for node in nodes:
            match node:
                case Word():
                    words.add(node.text)
                    continue
                case Either() | ListRef():
                    inner = self.options(node)
                    words |= inner.words
                    others += inner.others
                    extent = inner.extent._replace(positions=inner.extent.positions - bool(inner.words))
                case _:
                    others.append(node)
                    extent = self._extent(node)
            positions += extent.positions
            depth = max(depth, extent.depth)
        return Options(frozenset(words), tuple(others), _Extent(positions + bool(words), depth + 1))


def _too_deep(offset: int) -> PhraseError:
    return PhraseError(f"lists and brackets nest more than {MAX_DEPTH} deep", offset, "use fewer lists of lists")
