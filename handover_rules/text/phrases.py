"""The phrase language: `(a|b)` either, `(x)?` optional, `<name>` a named list, `...` a gap, else plain words."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

from handover_rules.text.normalise import tokens

MAX_DEPTH = 20
"""How deep groups, and lists within lists, may nest."""
GAP_WORDS = 3
"""The most words that a gap skips."""


class PhraseError(ValueError):
    """A phrase that cannot be read or compiled.

    `offset` is the 0-based index into the phrase's source for a caret, `hint` what to write instead, and `index` which
    of the phrases given to the automaton it was (None when parsing a single one).
    """

    def __init__(self, message: str, offset: int, hint: str, index: int | None = None) -> None:
        super().__init__(message)
        self.message, self.offset, self.hint, self.index = message, offset, hint, index


@dataclass(frozen=True, slots=True)
class Word:
    """One normalised word."""

    text: str


@dataclass(frozen=True, slots=True)
class Gap:
    """Up to `GAP_WORDS` words of any kind."""

    offset: int


@dataclass(frozen=True, slots=True)
class ListRef:
    """Any phrase of the named list."""

    name: str
    offset: int


@dataclass(frozen=True, slots=True)
class Chain:
    """Two or more nodes, one after the other."""

    items: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Either:
    """Any one of two or more nodes."""

    options: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Maybe:
    """The node, or nothing."""

    item: Node


Node = Word | Gap | ListRef | Chain | Either | Maybe


@dataclass(frozen=True, slots=True)
class Phrase:
    """A parsed phrase. It never matches the empty message, and neither starts nor ends with a gap."""

    source: str
    root: Node


def parse_phrase(source: str) -> Phrase:
    """Parse one phrase; PhraseError if it is not one."""
    if _PLAIN.fullmatch(source) and not source.isspace():
        return Phrase(source, _chain([Word(word) for word in source.split()]))
    root = _Parser(source).parse()
    empty, first, last = _edges(root)
    if gap := first or last:
        where = "start" if first else "end"
        hint = "a gap stands between two words: leave it out"
        raise PhraseError(f"the phrase can {where} with a gap", gap.offset, hint)
    if empty:
        message = "every part of this phrase is optional, so it would match any message"
        raise PhraseError(message, 0, "take the `?` from at least one part")
    return Phrase(source, root)


def lists(phrase: Phrase) -> list[tuple[str, int]]:
    """Name and offset of every list that the phrase refers to, from left to right."""
    if "<" not in phrase.source and "＜" not in phrase.source:
        return []
    return [(node.name, node.offset) for node in walk(phrase.root) if isinstance(node, ListRef)]


def walk(node: Node) -> Iterator[Node]:
    """The node and all nodes within it, from left to right."""
    waiting = [node]
    while waiting:
        node = waiting.pop()
        yield node
        match node:
            case Chain():
                waiting += reversed(node.items)
            case Either():
                waiting += reversed(node.options)
            case Maybe():
                waiting.append(node.item)


def words_of(phrases: Iterable[Phrase]) -> set[str]:
    """The words that the phrases write themselves, without those of the lists that they refer to."""
    return {node.text for phrase in phrases for node in walk(phrase.root) if isinstance(node, Word)}


def find_cycle(lists_by_name: Mapping[str, Sequence[Phrase]]) -> list[str] | None:
    """A path of lists that leads back to its first name (["a", "b", "a"]), or None. Unknown names are passed over."""
    done: set[str] = set()
    for start in lists_by_name:
        path: dict[str, Iterator[str]] = {} if start in done else {start: _names(lists_by_name[start])}
        while path:
            name, rest = next(reversed(path.items()))
            following = next(rest, None)
            if following is None:
                done.add(name)
                del path[name]
            elif following in path:
                names = list(path)
                return [*names[names.index(following) :], following]
            elif following in lists_by_name and following not in done:
                path[following] = _names(lists_by_name[following])
    return None


def _names(phrases: Sequence[Phrase]) -> Iterator[str]:
    return (name for phrase in phrases for name, _ in lists(phrase))


class _Lexeme(NamedTuple):
    kind: str  # one of ( | ) )? < ... words group end
    offset: int
    words: list[str]  # of kind `words`; for a list, its name; for a group of plain words, its text


# Keyboards for Chinese and Japanese type these forms; one character for one, so offsets stay.
_HALF_WIDTH = str.maketrans("（）｜？＜＞", "()|?<>")
_SINGLE = r"<[^<>]*>|\)\?|\.{2,}|…+|[()|?<>*+\[\]{}\\^$]"
# A group of words is nearly every group of a rule file: read at once, it costs a tenth.
_OPTION = r"[^()|?<>*+\[\]{}\\^$.…]+"
_GROUP = re.compile(rf"\({_OPTION}(?:\|{_OPTION})*\)\??")
_SIGN = re.compile(rf"{_GROUP.pattern}|{_SINGLE}")
_SINGLE_SIGN = re.compile(_SINGLE)
_NAME = re.compile(r"[a-z0-9][a-z0-9_-]*")
_PLAIN = re.compile(r"[a-z0-9 ]+")


def _lex(source: str) -> Iterator[_Lexeme]:
    """Lexemes from left to right, the last of kind `end`."""
    text = source.translate(_HALF_WIDTH)
    at, closed = 0, False
    signs = _SIGN if all(map(_word_group, _GROUP.findall(text))) else _SINGLE_SIGN
    for sign in signs.finditer(text):
        yield from _plain_words(text, at, sign.start(), closed, opens=sign[0][0] in "(<")
        kind, offset, at = sign[0], sign.start(), sign.end()
        closed = kind[0] == ")" or kind[-1] == ">"
        if kind[0] == "(" and len(kind) > 1:
            closed = True
            yield _Lexeme("group", offset, [kind])
        elif kind in ("(", "|", ")", ")?"):
            yield _Lexeme(kind, offset, [])
        elif kind[0] == "<":
            yield _Lexeme("<", offset, [_list_name(kind, offset)])
        elif kind == "..." or kind[0] == "…":
            yield _Lexeme("...", offset, [])
        elif kind == "?":
            rest = text[at:]
            if tokens(rest) or _SIGN.search(rest.replace("?", " ")):
                message = "`?` may only follow a `)`, or end the phrase"
                raise PhraseError(message, offset, "for an optional word write `(word)?`")
        elif kind[0] == ".":
            raise PhraseError(f"{len(kind)} dots mean nothing", offset, "a gap of up to three words is `...`")
        elif kind == ">":
            raise PhraseError("`>` without a `<` before it", offset, "a named list is written `<name>`")
        else:
            raise PhraseError(f"the phrase language has no `{kind}`", offset, "write words, or use `regex:`")
    yield from _plain_words(text, at, len(text), closed, opens=False)
    yield _Lexeme("end", len(text), [])


def _plain_words(text: str, start: int, end: int, closed: bool, opens: bool) -> Iterator[_Lexeme]:
    """The lexeme of the plain words text[start:end], none if there are none.

    `closed` and `opens` tell whether a bracket ends before them and begins behind them: none may continue a word.
    """
    run = text[start:end]
    if not run.strip():
        return
    if _PLAIN.fullmatch(run) and not (closed and run[0] != " ") and not (opens and run[-1] != " "):
        # Nearly all runs of a rule file: already as `tokens` would make them.
        yield _Lexeme("words", start + len(run) - len(run.lstrip()), run.split())
        return
    if closed and not run[0].isspace():
        piece = run.split(maxsplit=1)[0]
        if len(tokens("x" + piece)) == len(tokens(piece)):
            _raise_glued(start)
    if opens and not run[-1].isspace():
        piece = run.rsplit(maxsplit=1)[-1]
        if len(tokens(piece + "x")) == len(tokens(piece)):
            _raise_glued(end)
    if found := tokens(run):
        yield _Lexeme("words", start + len(run) - len(run.lstrip()), found)


def _raise_glued(offset: int) -> None:
    raise PhraseError(
        "a bracket cannot be part of a word",
        offset,
        "put a space between them, or write the whole words: `(agent|agents)`",
    )


def _list_name(sign: str, offset: int) -> str:
    if sign == "<":
        raise PhraseError("`<` is never closed", offset, "a named list is written `<name>`")
    name = sign[1:-1]
    if not _NAME.fullmatch(name):
        raise PhraseError(
            f"`{sign}` is not the name of a list",
            offset,
            "a name is small letters, digits, `-` and `_`, as in `<person>`",
        )
    return name


class _Parser:
    """Recursive descent over the lexemes; brackets nest at most MAX_DEPTH deep."""

    def __init__(self, source: str) -> None:
        self.source = source
        self.lexemes = _lex(source)
        self.next = next(self.lexemes)

    def take(self) -> _Lexeme:
        taken = self.next
        self.next = next(self.lexemes, taken)
        return taken

    def parse(self) -> Node:
        items = self.items(depth=0)
        if self.next.kind == "|":
            hint = f"put the alternatives in brackets: `({self.source.strip()})`"
            raise PhraseError("`|` outside of brackets", self.next.offset, hint)
        if self.next.kind != "end":
            raise PhraseError("`)` without a `(` before it", self.next.offset, "write the `(`, or leave the `)` out")
        if not items:
            hint = "for emoji and punctuation use `regex:`" if self.source.strip() else "write at least one word"
            raise PhraseError("the phrase has no words", 0, hint)
        return _chain(items)

    def items(self, depth: int) -> list[Node]:
        found: list[Node] = []
        while True:
            match self.next.kind:
                case "words":
                    found.extend(map(Word, self.take().words))
                case "<":
                    _, offset, (name,) = self.take()
                    found.append(ListRef(name, offset))
                case "...":
                    found.append(Gap(self.take().offset))
                case "group":
                    _, offset, (text,) = self.take()
                    _check_depth(depth + 1, offset)
                    group = _word_group(text)
                    assert group is not None, "only such groups are read at once"
                    found.append(group)
                case "(":
                    found.append(self.group(depth + 1))
                case _:
                    return found

    def group(self, depth: int) -> Node:
        opening = self.take().offset
        _check_depth(depth, opening)
        options = [self.option(opening, depth)]
        while self.next.kind == "|":
            options.append(self.option(self.take().offset, depth))
        if self.next.kind == "end":
            raise PhraseError("`(` is never closed", opening, "write the `)`")
        if options == [None]:
            raise PhraseError("these brackets are empty", opening, "write words in them, or leave them out")
        nodes = tuple(option for option in options if option is not None)
        if len(nodes) < len(options):
            raise PhraseError("an alternative is empty", opening, "for words that may be missing write `(a)?`")
        node = nodes[0] if len(nodes) == 1 else Either(nodes)
        return Maybe(node) if self.take().kind == ")?" else node

    def option(self, sign: int, depth: int) -> Node | None:
        """The alternative behind the `(` or `|` at offset `sign`; None if nothing is written there."""
        items = self.items(depth)
        written = self.source[sign + 1 : self.next.offset].strip()
        if written and not items:
            raise PhraseError(f"`{written}` has no words", sign + 1, "for emoji and punctuation use `regex:`")
        return _chain(items) if items else None


def _check_depth(depth: int, opening: int) -> None:
    if depth > MAX_DEPTH:
        raise PhraseError(f"brackets nest more than {MAX_DEPTH} deep", opening, "use a named list: `<name>`")


@lru_cache(maxsize=4096)
def _word_group(text: str) -> Node | None:
    """The node of a group of words, such as `(a|b c)?`; None where an alternative has none. Rule files repeat many."""
    options = [tokens(option) for option in text[1 : text.rindex(")")].split("|")]
    if not all(options):
        return None
    nodes = tuple(_chain([Word(word) for word in words]) for words in options)
    node = nodes[0] if len(nodes) == 1 else Either(nodes)
    return Maybe(node) if text[-1] == "?" else node


def _chain(items: list[Node]) -> Node:
    flat: list[Node] = []
    for item in items:
        flat.extend(item.items if isinstance(item, Chain) else [item])
    return flat[0] if len(flat) == 1 else Chain(tuple(flat))


class _Edges(NamedTuple):
    empty: bool  # can match no words
    first: Gap | None  # a gap that can come first
    last: Gap | None  # a gap that can come last


_WORDS = _Edges(False, None, None)


def _edges(node: Node) -> _Edges:
    """How the node begins and ends; PhraseError if two gaps can meet in it."""
    if isinstance(node, (Word, ListRef)):  # most nodes are
        return _WORDS
    match node:
        case Gap():
            return _Edges(False, node, node)
        case Maybe():
            return _edges(node.item)._replace(empty=True)
        case Either():
            options = [_edges(option) for option in node.options if not isinstance(option, Word)]
            first = next((option.first for option in options if option.first), None)
            last = next((option.last for option in options if option.last), None)
            return _Edges(any(option.empty for option in options), first, last)
        case Chain():
            whole = _Edges(True, None, None)
            for item in map(_edges, node.items):
                if whole.last and item.first:
                    message = "two gaps can meet here, with no word between them"
                    raise PhraseError(message, item.first.offset, f"one `...` is up to {GAP_WORDS} words: keep one")
                whole = _Edges(
                    whole.empty and item.empty,
                    whole.first or (item.first if whole.empty else None),
                    item.last or (whole.last if item.empty else None),
                )
            return whole
