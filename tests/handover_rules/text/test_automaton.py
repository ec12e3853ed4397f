"""The automaton finds what the naive matcher finds."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from contextlib import suppress
from random import Random
from time import perf_counter

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from handover_rules.text import Automaton, Entry, Phrase, PhraseError, WordList, automaton, parse_phrase, tokens
from tests.handover_rules.text import naive

LISTS = {
    "person": WordList(tuple(map(parse_phrase, ["human", "agent", "someone real", "<role>"])), 1),
    "role": WordList(tuple(map(parse_phrase, ["manager", "team lead"])), 0),
    "unused": WordList((parse_phrase("agend"),), 1),
}
PHRASES = [
    "(speak|talk|chat) (to|with) (a|an)? <person>",
    "connect me to ... <person>",
    "customer service",
    "l'agent",
    "(please)? help (me)?",
    "人工",
    "not (a (bot|robot)|machine)",
]


def make(*sources: str, whole: Sequence[str] = ()) -> Automaton:
    entries = [Entry(parse_phrase(source), False) for source in sources]
    return Automaton(entries + [Entry(parse_phrase(source), True) for source in whole], LISTS)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("I want to TALK with an agennnt!!", [0]),
        ("speak to humna", [0]),
        ("chat with someone real about it", [0]),
        ("talk to a manager", [0]),
        ("talk to a managerr", []),  # the list of roles tolerates no typos
        ("talk to the manager", []),
        ("connect me to agent", [1]),
        ("connect me to one two three agent", [1]),
        ("connect me to one two three four agent", []),
        ("connect me to 1 2 someone real", [1]),
        ("Customer-Service", [2]),
        ("customer\nservices", []),
        ("où est l’agent ?", [3]),
        ("lagent", []),
        ("heeeelp", [4, 7]),
        ("help!", [4, 7]),
        ("help help", [4]),
        ("我要人工客服", [5]),
        ("you are not a robot", [6]),
        ("not robot", []),
        ("", []),
        ("👍", []),
        ("customer service help 人工", [2, 4, 5]),
        ("agend", []),
    ],
)
def test_find(text: str, expected: list[int]) -> None:
    assert make(*PHRASES, whole=["help"]).find(text) == expected


def test_no_phrases() -> None:
    assert make().find("anything at all") == []


def test_find_tokens_is_find_after_tokens() -> None:
    text = "Connect me to an Agentt"
    assert make(*PHRASES).find_tokens(tokens(text)) == make(*PHRASES).find(text) == [1]


def test_the_vocabulary_is_that_of_the_phrases() -> None:
    vocabulary = make(*PHRASES).vocabulary
    assert "agent" in vocabulary
    assert "agend" not in vocabulary
    assert vocabulary.resolve("agend") == "agent"


def test_words_of_optional_parts_are_known_and_so_never_corrected() -> None:
    assert make("<person> (agents)?").find("agents") == []
    assert make("<person>").find("agents") == [0]


WORDS = ["a", "b", "c", "d", "agent", "agents", "human", "heelp", "help"]
NOISE = [*WORDS, "x", "agnet", "aggent", "agentss", "humnnn", "aaa", "heeeeelp", "hhheeelp", "bgents"]

plain = st.sampled_from(WORDS)
item = st.deferred(
    lambda: st.one_of(
        plain,
        plain,
        st.sampled_from(["<l0>", "<l1>", "<l2>"]),
        st.lists(sequence, min_size=1, max_size=3).map(lambda options: f"({'|'.join(options)})"),
        sequence.map(lambda source: f"({source})?"),
        st.just("..."),
    )
)
sequence: st.SearchStrategy[str] = st.lists(item, min_size=1, max_size=4).map(" ".join)


@st.composite
def phrases(draw: st.DrawFn, lists: int = 3) -> str:
    source = draw(sequence)
    for name in range(lists, 3):
        source = source.replace(f"<l{name}>", draw(plain))
    try:
        parse_phrase(source)
    except PhraseError:
        # Words on both sides keep gaps inside and make something mandatory.
        source = f"{draw(plain)} {source} {draw(plain)}"
        try:
            parse_phrase(source)
        except PhraseError:
            assume(False)
    return source


@st.composite
def word_lists(draw: st.DrawFn) -> dict[str, WordList]:
    return {
        f"l{at}": WordList(
            tuple(map(parse_phrase, draw(st.lists(phrases(lists=at) | plain, max_size=4)))), draw(st.integers(0, 1))
        )
        for at in range(3)
    }


entries = st.lists(st.tuples(phrases(), st.booleans()), min_size=1, max_size=6)
messages = st.lists(st.lists(st.sampled_from(NOISE), max_size=12), min_size=1, max_size=12)


def build(found: list[tuple[str, bool]], lists: dict[str, WordList]) -> tuple[Automaton, list[Entry]]:
    written = [Entry(parse_phrase(source), whole) for source, whole in found]
    try:
        return Automaton(written, lists), written
    except PhraseError:
        assume(False)
        raise


@settings(max_examples=60, deadline=None)
@given(entries, word_lists(), messages)
def test_it_finds_what_the_naive_matcher_finds(
    found: list[tuple[str, bool]], lists: dict[str, WordList], texts: list[list[str]]
) -> None:
    compiled, written = build(found, lists)
    for message in texts:
        assert compiled.find_tokens(message) == naive.find(written, lists, message)


def random_source(random: Random, words: list[str], lists: int, depth: int = 0) -> str:
    """A phrase that may or may not parse, of these words and with references to the first so many lists."""
    parts = []
    for _ in range(random.choice([1, 2, 2, 3, 3, 4])):
        kind = random.randrange(10)
        if kind < 2 and depth < 2:
            parts.append(
                "("
                + "|".join(random_source(random, words, lists, depth + 1) for _ in range(random.choice([1, 2, 3])))
                + ")"
            )
        elif kind == 2 and depth < 2:
            parts.append(f"({random_source(random, words, lists, depth + 1)})?")
        elif kind == 3:
            parts.append("...")
        elif kind == 4 and lists:
            parts.append(f"<l{random.randrange(lists)}>")
        else:
            parts.append(random.choice(words))
    return " ".join(parts)


def random_phrases(random: Random, words: list[str], lists: int, count: int) -> list[Phrase]:
    phrases: list[Phrase] = []
    while len(phrases) < count:
        with suppress(PhraseError):
            phrases.append(parse_phrase(random_source(random, words, lists)))
    return phrases


@pytest.mark.parametrize("tiny", [False, True])
def test_it_finds_what_the_naive_matcher_finds_in_thousands_of_sets(
    tiny: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    if tiny:  # what is remembered is forgotten all the time
        monkeypatch.setattr(automaton, "MAX_CELLS", 5)
        monkeypatch.setattr(automaton, "MAX_TOKENS", 2)
        monkeypatch.setattr(automaton, "MAX_SYMBOLS", 1)
    found = 0
    for seed in range(500 if tiny else 2_000):
        random = Random(seed)
        words = random.sample(WORDS, 4)
        lists = {
            f"l{at}": WordList(tuple(random_phrases(random, words, at, random.randrange(4))), random.randrange(2))
            for at in range(3)
        }
        phrases = random_phrases(random, words, 3, random.randint(1, 8))
        written = [Entry(phrase, random.random() < 0.2) for phrase in phrases]
        try:
            compiled = Automaton(written, lists)
        except PhraseError:
            continue
        for _ in range(6):
            message = random.choices(words + random.sample(NOISE, 3), k=random.randrange(12))
            expected = naive.find(written, lists, message)
            assert compiled.find_tokens(message) == expected, (seed, message)
            found += len(expected)
    assert found > 1_500


def test_a_message_of_ten_megabytes_takes_linear_time() -> None:
    compiled = make(*PHRASES, "a ... a ... b", "(a|b) (b|c)? ... (c|a) d")
    for part in ("connect me to ", "a b ", "speak to a b c d ", "x" * 99 + " ", "人"):
        times = []
        for size in (1_000_000, 10_000_000) if part == "a b " else (100_000, 1_000_000):
            message = part * (size // len(part))
            started = perf_counter()
            compiled.find(message)
            times.append(perf_counter() - started)
        assert times[1] < 30 * times[0] + 0.5, part


def test_memory_stays_bounded() -> None:
    words = [f"w{at}" for at in range(30)]
    compiled = make(*(f"{a} ... {b} ... {c}" for a in words[:8] for b in words for c in words[:4]))
    seen = 1
    for _ in range(3_000):
        seen = seen * 1_103_515_245 % 2**31 + 12_345
        compiled.find_tokens([words[(seen >> shift) % 30] for shift in range(20)] + [f"new{seen}"])
    assert compiled.cells <= automaton.MAX_CELLS + 5_000


def test_threads_share_it() -> None:
    compiled = make(*PHRASES, whole=["help"])
    texts = ["talk to a human", "heeelp", "connect me to x agent", "customer service", "nothing"] * 50
    expected = [compiled.find(text) for text in texts]
    fresh = make(*PHRASES, whole=["help"])
    results: list[list[list[int]]] = []
    threads = [threading.Thread(target=lambda: results.append([fresh.find(text) for text in texts])) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert results == [expected] * 8
