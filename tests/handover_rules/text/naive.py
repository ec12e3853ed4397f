"""What the automaton must find, said as plainly as possible and without regard to speed."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import product

from handover_rules.text import Entry, Phrase, WordList
from handover_rules.text.phrases import Chain, Either, Gap, ListRef, Maybe, Node, Word, walk


def find(entries: Sequence[Entry], lists: Mapping[str, WordList], tokens: Sequence[str]) -> list[int]:
    words, tolerant = vocabulary(entries, lists)
    message = [resolve(token, words, tolerant) for token in tokens]
    return [index for index, entry in enumerate(entries) if occurs(entry, lists, message)]


def occurs(entry: Entry, lists: Mapping[str, WordList], message: Sequence[str]) -> bool:
    if entry.whole:
        return len(message) in ends(entry.phrase.root, lists, message, 0)
    return any(ends(entry.phrase.root, lists, message, start) for start in range(len(message)))


def ends(node: Node, lists: Mapping[str, WordList], message: Sequence[str], start: int) -> set[int]:
    """Where the node may end that begins at `start`."""
    match node:
        case Word(text):
            return {start + 1} if start < len(message) and message[start] == text else set()
        case Gap():
            return {end for end in range(start, start + 4) if end <= len(message)}
        case Maybe(item):
            return {start} | ends(item, lists, message, start)
        case Either(options):
            return set().union(*(ends(option, lists, message, start) for option in options))
        case ListRef(name):
            return set().union(*(ends(phrase.root, lists, message, start) for phrase in lists[name].phrases))
        case Chain(items):
            reached = {start}
            for item in items:
                reached = set().union(*(ends(item, lists, message, at) for at in reached))
            return reached


def vocabulary(entries: Sequence[Entry], lists: Mapping[str, WordList]) -> tuple[set[str], set[str]]:
    """All words of the phrases and the lists that they use, and those of lists with typos."""
    phrases: list[Phrase] = [entry.phrase for entry in entries]
    words: set[str] = set()
    tolerant: set[str] = set()
    used: set[str] = set()
    while phrases:
        for node in walk(phrases.pop().root):
            if isinstance(node, Word):
                words.add(node.text)
            if isinstance(node, ListRef) and node.name not in used:
                used.add(node.name)
                phrases += lists[node.name].phrases
    for name in used:
        for phrase in lists[name].phrases:
            if lists[name].typos:
                tolerant |= {node.text for node in walk(phrase.root) if isinstance(node, Word)}
    return words, tolerant


def resolve(token: str, words: set[str], tolerant: set[str]) -> str:
    known = words | tolerant
    if token in known:
        return token
    for candidate in reductions(token):
        if candidate in known:
            return candidate
    shortened = re.sub(r"([^\d\s])\1\1+", r"\1", token)
    if shortened in known:
        return shortened
    if letters(shortened) >= 5:
        near = [word for word in tolerant if letters(word) >= 5 and distance(shortened, word) == 1]
        if near:
            return min(near, key=lambda word: (word[0] != shortened[0], len(word) != len(shortened), word))
    return shortened


def reductions(token: str) -> Iterator[str]:
    runs = [run[0] for run in re.finditer(r"(.)\1*", token)]
    long = [at for at, run in enumerate(runs) if len(run) >= 3 and not run[0].isdecimal()]
    forms = []
    for kept in product((2, 1), repeat=len(long[:4])):
        form = list(runs)
        for at in long:
            form[at] = runs[at][0]
        for at, count in zip(long[:4], kept, strict=True):
            form[at] = runs[at][0] * count
        forms.append((-sum(kept), "".join(form)))
    forms.sort(key=lambda form: form[0])  # stable: among equals, earlier runs stay longer
    return (form for _, form in forms)


def letters(word: str) -> int:
    return sum(char.isalpha() for char in word)


def distance(one: str, other: str) -> int:
    """Optimal string alignment distance, by the textbook's table."""
    table = [[row + column for column in range(len(other) + 1)] for row in range(len(one) + 1)]
    for row in range(1, len(one) + 1):
        for column in range(1, len(other) + 1):
            same = one[row - 1] == other[column - 1]
            table[row][column] = min(
                table[row - 1][column] + 1,
                table[row][column - 1] + 1,
                table[row - 1][column - 1] + (not same),
            )
            if row > 1 and column > 1 and one[row - 1] == other[column - 2] and one[row - 2] == other[column - 1]:
                table[row][column] = min(table[row][column], table[row - 2][column - 2] + 1)
    return table[-1][-1]
