"""Lists written out in phrases: the bounds and the mistakes, as the automaton reports them."""

from __future__ import annotations

import pytest

from handover_rules.text import Automaton, Entry, PhraseError, WordList, parse_phrase


def word_list(*entries: str, typos: int = 0) -> WordList:
    return WordList(tuple(map(parse_phrase, entries)), typos)


def build(source: str, lists: dict[str, WordList]) -> Automaton:
    return Automaton([Entry(parse_phrase("fine"), False), Entry(parse_phrase(source), False)], lists)


def test_a_list_of_words_is_one_position_however_long() -> None:
    long = word_list(*(f"word{at}" for at in range(30_000)), typos=0)
    automaton = build(" x ".join(["<long>"] * 90), {"long": long})
    assert automaton.find(" x ".join(f"word{at}" for at in range(90))) == [1]


@pytest.mark.parametrize(
    ("source", "size"),
    [
        (" ".join(["a"] * 201), 201),
        ("a " + " ... ".join(["b"] * 51), 202),
        ("<pairs> <pairs>", 202),
        ("(x|<pairs>) <pairs>", 202),
        ("<doubled>", 2**21),
    ],
)
def test_a_phrase_that_is_too_large(source: str, size: int) -> None:
    lists = {"pairs": word_list("x", "y", *(f"a b{at}" for at in range(50)))}
    lists["doubled"] = word_list("<d1> <d1>")
    lists |= {f"d{at}": word_list(f"<d{at + 1}> <d{at + 1}>") for at in range(1, 16)}
    lists["d16"] = word_list("(a b c d e f g h|i j k l m n o p) q r s t u v w x y z a b c d e f")
    with pytest.raises(PhraseError, match=f"is {size} words long; 200 is the most") as caught:
        build(source, lists)
    assert caught.value.index == 1


def test_200_positions_are_allowed() -> None:
    assert build(" ".join(["a"] * 200), {}).find("a " * 200) == [1]


def nested(count: int) -> dict[str, WordList]:
    return {f"l{at}": word_list(f"x <l{at + 1}>" if at < count else "x") for at in range(1, count + 1)}


def test_lists_of_lists_have_a_limit() -> None:
    assert build("<l1>", nested(20)).find("x " * 20) == [1]
    for count in (21, 5_000):
        with pytest.raises(PhraseError, match="more than 20 deep") as caught:
            build("<l1>", nested(count))
        assert caught.value.index == 1
    with pytest.raises(PhraseError, match="more than 20 deep"):
        build("(<l1>|y z)", nested(20))


def test_the_order_of_use_does_not_matter_for_the_limit() -> None:
    lists = nested(25)
    with pytest.raises(PhraseError, match="more than 20 deep") as caught:
        Automaton([Entry(parse_phrase(f"<l{at}>"), False) for at in range(25, 0, -1)], lists)
    assert caught.value.index == 20


def test_an_unknown_list_and_one_that_has_itself() -> None:
    with pytest.raises(PhraseError, match="no list named `who`") as caught:
        build("a <who>", {})
    assert (caught.value.index, caught.value.offset) == (1, 2)
    with pytest.raises(PhraseError, match="`a` refers to itself"):
        build("<a>", {"a": word_list("x <b>"), "b": word_list("<a>")})


def test_typos_are_0_or_1() -> None:
    with pytest.raises(ValueError, match="typos is 2"):
        word_list("a", typos=2)


def test_an_empty_list_matches_nothing() -> None:
    lists = {"none": word_list()}
    assert build("<none>", lists).find("none a") == []
    assert build("a (<none>)? b", lists).find("a b") == [1]
    assert build("(<none>|a) b", lists).find("a b") == [1]
