"""Patterns of words that messages share."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from eval.learning.patterns import find_patterns
from handover_rules.text import Automaton, Entry, WordList, parse_phrase

LISTS = {"who": frozenset({"agent", "person"})}


def _found(*texts: str, common: str = "") -> list[str]:
    messages = [(tuple(text.split()), str(number)) for number, text in enumerate(texts)]
    return find_patterns(messages, LISTS, frozenset(common.split()), 1_000)


def test_words_in_a_row_that_two_messages_share() -> None:
    assert _found("my parcel is lost", "the parcel is lost again") == [
        "parcel is lost", "parcel ... lost", "parcel is", "is lost",
    ]  # fmt: skip


def test_near_duplicates_of_one_group_are_one_message() -> None:
    assert find_patterns([(("call", "me"), "a"), (("call", "me"), "a")], LISTS, frozenset(), 10) == []


def test_a_word_that_differs_is_written_as_alternatives_or_as_a_list() -> None:
    found = _found("get a person now", "get a person now", "get a agent now", "get a agent now", "get a taxi now")
    assert "get a <who> now" in found
    assert "get a (agent|person) now" in found
    assert not any("taxi" in phrase for phrase in found)


def test_a_list_may_stand_for_words_of_which_each_was_said_once() -> None:
    found = _found("a person please", "a agent please")
    assert "a <who> please" in found
    assert "a (agent|person) please" not in found


def test_a_word_that_some_leave_out() -> None:
    found = _found("call me back", "call me back", "call back")
    assert "call (me)? back" in found


def test_up_to_three_words_in_between() -> None:
    assert "charged ... twice" in _found("charged my card twice", "charged it twice")
    assert "charged ... twice" not in _found("charged a b c d twice", "charged e f g h twice")


def test_common_words_alone_are_no_pattern() -> None:
    assert _found("a of the b", "c of the d", common="of the") == []
    assert _found("of a loss", "of a loss", common="of a") == ["of a loss", "of ... loss", "a loss"]


def test_alternatives_among_common_words_alone_are_no_pattern() -> None:
    """Out of many words that stand there, the best few would be telling by chance."""
    texts = [f"{first} my {word}" for word in ("agent", "person") for first in "abcd"]
    found = _found(*texts, common="my a b c d")
    assert "my <who>" in found, "the words of a list are not chosen for these messages"
    assert not any("(" in phrase for phrase in found)
    assert "c my (agent|person)" in _found(*texts, *texts, common="my a b d")


def test_stretched_letters_are_no_other_word() -> None:
    assert _found("heeelp me", "help me") == ["help me"]


@given(st.lists(st.lists(st.sampled_from("abcd"), max_size=7), max_size=6))
def test_every_pattern_is_a_phrase_that_two_messages_have(said: list[list[str]]) -> None:
    messages = [(tuple(words), str(number)) for number, words in enumerate(said)]
    found = find_patterns(messages, {"ab": frozenset("ab")}, frozenset(), 1_000)
    words = WordList((parse_phrase("a"), parse_phrase("b")), 0)
    automaton = Automaton([Entry(parse_phrase(phrase), whole=False) for phrase in found], {"ab": words})
    having = [automaton.find_tokens(words) for words, _ in messages]
    for number in range(len(found)):
        assert sum(number in phrases for phrases in having) >= 2
