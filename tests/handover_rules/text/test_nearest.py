"""Phrases that nearly occur: how far away, what differs, which come first."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from time import perf_counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handover_rules.text import Entry, WordList, parse_phrase, tokens
from handover_rules.text.nearest import MAX_DISTANCE, NearPhrase, nearest
from handover_rules.text.phrases import Chain, Either, Gap, ListRef, Maybe, Node, Word


def word_lists(**phrases: Sequence[str]) -> dict[str, WordList]:
    return {name: WordList(tuple(map(parse_phrase, written)), 0) for name, written in phrases.items()}


LISTS = word_lists(person=["human", "person", "someone real"], six=["a", "b", "c", "d", "e", "f"])


def near(phrases: Sequence[str], text: str, *, whole: bool = False, most: int = 3) -> list[NearPhrase]:
    return nearest([Entry(parse_phrase(phrase), whole) for phrase in phrases], LISTS, text, most)


def differences(phrase: str, text: str, *, whole: bool = False) -> list[tuple[str | None, str | None]]:
    """What the phrase expects and what the message has, for each difference."""
    found = near([phrase], text, whole=whole)
    return [(one.expected, one.found) for one in found[0].differences] if found else []


@pytest.mark.parametrize(
    ("phrase", "text", "expected"),
    [
        ("(speak|talk) to <person>", "i want to talk to persno", [("<person>", "persno")]),
        ("(speak|talk) to <person>", "i want to talk to a persno", [("<person>", "a")]),
        ("(speak|talk) to (a)? <person>", "i want to talk to a persno", [("<person>", "persno")]),
        ("(speak|talk) to <person>", "talk with person", [("to", "with")]),
        ("(speak|talk) to <person>", "TALK, person!", [("to", None)]),
        ("(speak|talk) to <person>", "please chat to a human now", [("(speak|talk)", "chat"), (None, "a")]),
        ("talk to someone real", "can i talk to someone", [("real", None)]),
        ("talk to <person>", "can i talk to someone", [("real", None)]),
        ("talk to <person> now", "talk to someone read now", [("real", "read")]),
        ("connect me ... <person>", "connect me to one of your persons", [("<person>", "to")]),
        ("connect ... agent", "connect x y z agnet", [("agent", "agnet")]),
        ("talk to me now", "talk to me right now", [(None, "right")]),
        ("talk to me now", "talk me now", [("to", None)]),
        ("talk (to (the|a))? <six>", "talk to b a", [("(the|a)", "b")]),
    ],
)
def test_what_differs(phrase: str, text: str, expected: list[tuple[str | None, str | None]]) -> None:
    assert differences(phrase, text) == expected


def test_a_word_inside_of_a_list_is_named_itself_or_with_its_like() -> None:
    lists = word_lists(boss=["the (big|great) boss", "the (one|two|three|four|five) man"])
    (one,) = nearest([Entry(parse_phrase("get <boss> now"), False)], lists, "get the smal boss now")
    assert [(d.expected, d.found) for d in one.differences] == [("(big|great)", "smal")]
    (one,) = nearest([Entry(parse_phrase("get <boss> now"), False)], lists, "get the six man now")
    assert [(d.expected, d.found) for d in one.differences] == [("(five|four|one|three|...)", "six")]


def test_a_whole_message_has_nothing_around_it() -> None:
    assert differences("human please", "human please now", whole=True) == [(None, "now")]
    assert differences("human please", "a human please", whole=True) == [(None, "a")]
    assert differences("human please", "human pls", whole=True) == [("please", "pls")]
    assert differences("human please", "human please now") == []


@pytest.mark.parametrize("text", ["", "?!", "hello there", "talk to a human"])
def test_what_occurs_or_shares_nothing_is_not_near(text: str) -> None:
    assert near(["talk to (a)? human", "parcel"], text) == []


def test_what_differs_in_more_words_than_it_shares_is_not_near() -> None:
    assert near(["a b c"], "x c") == []
    assert near(["a b c d"], "x c d")[0].distance == 2
    assert near(["a b c d e f g h"], "a b c d") == []  # four words away


def test_the_nearest_comes_first_then_what_shares_more_then_what_was_given_first() -> None:
    phrases = ["human pleas", "speak to a human now", "speak to human xx", "speak to human yy", "human plea"]
    found = near(phrases, "speak to human", most=5)
    assert [(one.index, one.distance) for one in found] == [(2, 1), (3, 1), (0, 1), (4, 1), (1, 2)]
    assert near(phrases, "speak to human", most=2) == found[:2]


def test_a_slip_is_nearer_than_another_word() -> None:
    found = near(["human assistance", "human please"], "a human pleese")
    assert [(one.index, one.distance) for one in found] == [(1, 1), (0, 1)]


def test_phrases_of_both_kinds_are_ranked_together() -> None:
    entries = [Entry(parse_phrase(text), whole) for text, whole in (("a b x", True), ("a b c", False), ("b c", True))]
    found = nearest(entries, {}, "a b d")
    assert [(one.index, one.distance) for one in found] == [(0, 1), (1, 1)]


def test_many_phrases_are_compared_in_a_moment() -> None:
    phrases = [f"(speak|talk|chat{n}) (to|with) (a|an|the)? w{n} (please)? ... <person>" for n in range(300)]
    entries = [Entry(parse_phrase(phrase), False) for phrase in phrases]
    start = perf_counter()
    found = nearest(entries, LISTS, "hello i would like to speak with a w7 about my humna order")
    assert found[0].index == 7
    assert perf_counter() - start < 2  # 0.1 s on an idle machine


# --- against every way of reading a phrase ----------------------------------------------------------------------------

NAMED = word_lists(six=["a", "b", "c d"])


def written(depth: int) -> st.SearchStrategy[str]:
    word = st.sampled_from(["a", "b", "c", "d", "<six>"])
    if depth == 0:
        return word
    inner = written(depth - 1)
    group = st.lists(inner, min_size=2, max_size=3).map(lambda options: f"({'|'.join(options)})")
    return st.one_of(
        word,
        group,
        inner.map(lambda item: f"({item})?"),
        st.tuples(inner, inner).map(" ".join),
        st.tuples(word, word).map(" ... ".join),
    )


def readings(node: Node, lists: Mapping[str, WordList]) -> Iterator[tuple[str, ...]]:
    """Every sequence of words that the node reads; "*" is any word."""
    match node:
        case Word(text):
            yield (text,)
        case Gap():
            yield from (("*",) * count for count in range(4))
        case Maybe(item):
            yield ()
            yield from readings(item, lists)
        case Either(options):
            for option in options:
                yield from readings(option, lists)
        case ListRef(name):
            for phrase in lists[name].phrases:
                yield from readings(phrase.root, lists)
        case Chain(items):
            parts: list[tuple[str, ...]] = [()]
            for item in items:
                parts = [(*before, *after) for before in parts for after in readings(item, lists)]
            yield from set(parts)


def align(reading: Sequence[str], message: Sequence[str], whole: bool) -> tuple[int, int]:
    """Least distance, and minus the most words shared with it, by the textbook's table."""
    width = len(message) + 1
    row = [(at, 0) if whole else (0, 0) for at in range(width)]
    for count, expected in enumerate(reading, 1):
        gap = expected == "*"
        before, row = row, []
        for at in range(width):
            # A gap's word may be missing, as far as the reading with fewer of them goes: never at a cost.
            ways = [] if gap else [(before[at][0] + 1, before[at][1])]
            if at:
                cost, shared = before[at - 1]
                same = expected == message[at - 1]
                ways.append((cost, shared) if gap else (cost + (not same), shared - same))
                if count:
                    ways.append((row[at - 1][0] + 1, row[at - 1][1]))
            row.append(min(ways, default=(99, 0)))
    return row[-1] if whole else min(row)


@given(written(2), st.lists(st.sampled_from("abcdx"), max_size=6), st.booleans())
def test_as_every_reading_of_the_phrase_compared_one_by_one(source: str, message: list[str], whole: bool) -> None:
    try:
        phrase = parse_phrase(source)
    except ValueError:  # everything optional, or a gap at an edge
        return
    found = nearest([Entry(phrase, whole)], NAMED, " ".join(message))
    distance, unlike = min(align(reading, message, whole) for reading in readings(phrase.root, NAMED) if reading)
    assert tokens(" ".join(message)) == message
    if 0 < distance <= min(-unlike, MAX_DISTANCE):
        assert [one.distance for one in found] == [distance]
    else:
        assert found == []
