"""Which phrases others cover: against trying every short message."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product
from random import Random

import pytest

from handover_rules.text import Entry, Inclusion, WordList, parse_phrase
from tests.handover_rules.text import naive

LISTS = {
    "person": WordList(tuple(map(parse_phrase, ["human", "agent", "someone real"])), 1),
    "verb": WordList(tuple(map(parse_phrase, ["talk", "speak"])), 0),
}


def inclusion(*sources: str, whole: Sequence[str] = ()) -> Inclusion:
    entries = [Entry(parse_phrase(source), False) for source in sources]
    return Inclusion(entries + [Entry(parse_phrase(source), True) for source in whole], LISTS)


@pytest.mark.parametrize(
    ("phrase", "others", "covered"),
    [
        ("talk to a human", ["human"], True),
        ("human", ["talk to a human"], False),
        ("Talk to a HUMAN!", ["talk to a human"], True),
        ("talk to <person>", ["(talk|speak) to (human|agent|someone real)"], True),
        ("talk to <person>", ["(talk|speak) to (human|agent)"], False),
        ("<verb> to a human", ["talk to a", "speak to"], True),  # two of them together
        ("<verb> to a human", ["talk to a", "speak to the"], False),
        ("talk (to)? human", ["talk human", "talk to human"], True),
        ("talk ... human", ["talk human"], False),  # a word may stand between them
        ("talk ... human", ["talk ... human"], True),
        ("talk ... human please", ["talk ... human"], True),
        ("talk to human", ["talk ... human"], True),
        ("talk a b c d human", ["talk ... human"], False),
        ("(please)? human", ["human"], True),
        ("human (please)?", ["human please"], False),
    ],
)
def test_covering(phrase: str, others: list[str], covered: bool) -> None:
    assert bool(inclusion(phrase, *others).covering(0, lambda index: index > 0)) is covered


def test_only_those_are_used_that_may_be() -> None:
    found = inclusion("talk to a human", "human", "talk")
    assert found.covering(0, {1}.__contains__) == (1,)
    assert found.covering(0, {2}.__contains__) == (2,)
    assert found.covering(0, lambda _: False) == ()


def test_a_whole_message_covers_a_whole_message_only() -> None:
    found = inclusion("talk to a human", whole=["talk to (a|the) human"])
    assert found.covering(0, {1}.__contains__) == ()
    assert found.covering(1, {0}.__contains__) == ()  # not with `the`
    assert inclusion("to", whole=["talk to (a|the) human"]).covering(1, {0}.__contains__) == (0,)
    assert inclusion(whole=["talk", "talk (now)?"]).covering(0, {1}.__contains__) == (1,)
    assert inclusion(whole=["talk (now)?", "talk"]).covering(0, {1}.__contains__) == ()


@pytest.mark.parametrize(
    ("one", "other", "both_whole", "together"),
    [
        ("claims handler", "are you a (bot|robot)", False, False),
        ("claims handler please", "handler", False, True),
        ("talk to ... human", "a real", False, True),  # the gap has room for it
        ("talk to ... human", "one two three four", False, False),
        ("talk (now)?", "talk now (please)?", True, True),
        ("talk", "talk now", True, False),
    ],
)
def test_whether_a_message_can_be_found_by_both(one: str, other: str, both_whole: bool, together: bool) -> None:
    found = inclusion(whole=[one, other]) if both_whole else inclusion(other, whole=[one])
    assert found.together(0, 1) is together
    assert found.together(1, 0) is together
    assert inclusion(one, other).together(0, 1)  # one behind the other


def test_a_sample_is_a_message_that_the_phrase_finds() -> None:
    found = inclusion("(please)? <verb> ... (to|with the) <person>")
    assert found.sample(0) == ("talk", "to", "human")
    assert found.beside(0) == [0]


WORDS = ("a", "b", "c")
MESSAGES = [message for length in range(1, 6) for message in product((*WORDS, "other"), repeat=length)]


def random_phrase(random: Random, depth: int = 0) -> str:
    """Words, groups and gaps, small enough that messages of five words tell all."""
    parts = []
    for _ in range(random.randint(1, 2)):
        kind = random.random()
        if kind < 0.25 and depth < 1:
            options = "|".join(random_phrase(random, depth + 1) for _ in range(2))
            parts.append(f"({options})" + random.choice(("", "?")))
        else:
            parts.append(random.choice(WORDS))
    return " ".join(parts)


def test_it_agrees_with_every_message_of_up_to_five_words() -> None:
    random = Random(11)
    proofs = 0
    for _ in range(200):
        sources = [random_phrase(random) for _ in range(4)]
        try:
            entries = [Entry(parse_phrase(source), random.random() < 0.3) for source in sources]
        except ValueError:  # all of it optional
            continue
        if any(len(source.split()) > 5 for source in sources):
            continue
        found = Inclusion(entries, {})
        cover = found.covering(0, lambda index: index > 0)
        missed = [
            message
            for message in MESSAGES
            if naive.occurs(entries[0], {}, message)
            and not any(naive.occurs(entry, {}, message) for entry in entries[1:])
        ]
        assert bool(cover) is not bool(missed), (sources, cover, missed[:1])
        proofs += bool(cover)
        both = any(
            naive.occurs(entries[0], {}, message) and naive.occurs(entries[1], {}, message) for message in MESSAGES
        )
        assert found.together(0, 1) >= both
        if entries[0].whole or entries[1].whole:  # what both find is no longer than the one that is the whole of it
            assert found.together(0, 1) is both
    assert proofs > 25
