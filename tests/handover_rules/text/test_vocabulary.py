"""Elongation and typos against a brute-force resolution."""

from __future__ import annotations

from time import perf_counter

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from handover_rules.text import Vocabulary
from tests.handover_rules.text import naive

WORDS = ["help", "hello", "good", "god", "www", "a", "representative", "agenda"]
TOLERANT = ["agent", "human", "person", "operator", "live", "angel", "abc123", "नमस्ते"]


@pytest.mark.parametrize(
    ("token", "expected"),
    [
        ("help", "help"),
        ("www", "www"),
        ("heeelp", "help"),
        ("hellllo", "hello"),
        ("gooood", "good"),
        ("aaaa", "a"),
        ("wwwww", "w"),
        ("zzzz", "z"),
        ("1000", "1000"),
        ("agnet", "agent"),
        ("agen", "agen"),
        ("agentt", "agent"),
        ("adent", "agent"),
        ("xagent", "agent"),
        ("hhhuman", "human"),
        ("humannnnn", "human"),
        ("operatorr", "operator"),
        ("oprator", "operator"),
        ("lives", "lives"),
        ("agenda", "agenda"),
        ("representativ", "representativ"),
        ("abc124", "abc124"),
        ("aeprson", "aeprson"),
        ("umhan", "umhan"),
    ],
)
def test_resolve(token: str, expected: str) -> None:
    assert Vocabulary(WORDS, TOLERANT).resolve(token) == expected


@pytest.mark.parametrize(
    ("token", "tolerant", "expected"),
    [
        ("bgent", ["agent", "bgents"], "bgents"),  # the same first letter first,
        ("agemt", ["agemts", "agent"], "agent"),  # then the same length,
        ("agert", ["agent", "agelt"], "agelt"),  # then the alphabet
    ],
)
def test_one_of_several_corrections(token: str, tolerant: list[str], expected: str) -> None:
    assert Vocabulary([], tolerant).resolve(token) == expected


def test_nothing_known() -> None:
    assert Vocabulary([], []).resolve("heeelp") == "help"


def test_contains() -> None:
    assert "agent" in Vocabulary([], ["agent"])
    assert "human" not in Vocabulary([], ["agent"])


short = st.text("abc", min_size=1, max_size=8)


@settings(max_examples=500)
@given(st.sets(short), st.sets(short), st.lists(short | st.text("aab1", max_size=16).filter(bool)))
@example({"ab"}, set(), ["aaabbbaaabbbaaabbb"])
def test_resolve_is_brute_force(words: set[str], tolerant: set[str], message: list[str]) -> None:
    vocabulary = Vocabulary(words, tolerant)
    for token in message:
        assert vocabulary.resolve(token) == naive.resolve(token, words, tolerant)


def test_a_huge_token_is_no_trouble() -> None:
    vocabulary = Vocabulary(WORDS, TOLERANT)
    for token in ("a" * 1_000_000, "aaab" * 250_000, "ab" * 500_000):
        started = perf_counter()
        vocabulary.resolve(token)
        assert perf_counter() - started < 5
