"""The probability of `true` in an answer's tokens."""

from __future__ import annotations

import json
from collections.abc import Mapping

import pytest

from handover_rules.detectors.foreign_json import strict_json
from handover_rules.detectors.logprobs import read_by_logprob
from handover_rules.signals import Score, Signal, Unavailable
from tests.fake_openai import Reply, completion, token, weighed

BAD = Unavailable("bad_answer")
GOOD = '{"handover_needed": true, "confidence": 0.9, "reason": "asks"}'
EVEN = {" true": 0.6, " false": 0.2}


def read(reply: Reply) -> Signal:
    return read_by_logprob(strict_json(reply.body or ""))


def around(*value: dict[str, object], content: str = GOOD) -> Reply:
    """The good answer with these tokens as the value of `handover_needed`, and what is before it in one."""
    return completion(
        content, tokens=[token('{"handover_needed":'), *value, token(', "confidence": 0.9, "reason": "asks"}')]
    )


def test_the_score_is_the_probability_of_true_against_false() -> None:
    signal = read(weighed(True, EVEN))
    assert isinstance(signal, Score)
    assert signal.value == pytest.approx(0.75)
    assert (signal.needed, signal.confidence, signal.reason) == (True, signal.value, "asks for a person")


def test_where_nobody_is_needed_the_score_is_not_zero_and_the_confidence_is_of_the_answer() -> None:
    signal = read(weighed(False, {" true": 0.1, " false": 0.9}))
    assert isinstance(signal, Score)
    assert signal.value == pytest.approx(0.1)
    assert signal.needed is False
    assert signal.confidence == pytest.approx(0.9)


@pytest.mark.parametrize(
    ("among", "expected"),
    [
        ({" true": 0.5, "true": 0.1, " false": 0.1, "false": 0.1, " null": 0.2}, 0.75),
        ({" true": 0.5, "\n": 0.3, ' "': 0.2}, 1.0),
        ({" true": 0.5, " f": 0.5}, 0.5),
        ({" true": 0.5, " t": 0.25, " fal": 0.25}, 0.75),
        ({" true": 0.5, " false": 0.25, " falsehood": 0.25}, 0.5),
        ({" true": 0.5, " True": 0.25, " FALSE": 0.25}, 1.0),
    ],
)
def test_spellings_of_the_two_words_count_and_nothing_else(among: Mapping[str, float], expected: float) -> None:
    signal = read(weighed(True, among))
    assert isinstance(signal, Score)
    assert signal.value == pytest.approx(expected)


def test_a_word_of_several_tokens_is_told_by_its_first() -> None:
    signal = read(around(token(" "), token("t", 0.8, {"t": 0.8, "f": 0.2}), token("rue")))
    assert isinstance(signal, Score)
    assert signal.value == pytest.approx(0.8)


def test_a_token_may_hold_what_is_before_the_word() -> None:
    tokens = [
        token('{"handover_needed'),
        token('": true', 0.7, {'": true': 0.7, '": false': 0.1, '":': 0.1, '"': 0.1}),
        token(', "confidence": 0.9, "reason": "asks"}'),
    ]
    signal = read(completion(GOOD, tokens=tokens))
    assert isinstance(signal, Score)
    assert signal.value == pytest.approx(7 / 8)


def test_a_character_may_be_cut_by_tokens() -> None:
    content = GOOD.replace("asks", "pide ñ")
    first, second = "ñ".encode()
    half = {"token": "\\xc3", "logprob": 0.0, "bytes": [first], "top_logprobs": []}
    other = {"token": "\\xb1", "logprob": 0.0, "bytes": [second], "top_logprobs": []}
    value = token(" true", 0.6, EVEN)
    tokens = [token('{"handover_needed":'), value, token(', "confidence": 0.9, "reason": "pide '), half, other]
    signal = read(completion(content, tokens=[*tokens, token('"}')]))
    assert isinstance(signal, Score)
    assert signal.value == pytest.approx(0.75)


def test_tokens_without_bytes_are_read_by_their_text() -> None:
    body = json.loads(weighed(True, EVEN).body or "")
    for one in body["choices"][0]["logprobs"]["content"]:
        one["bytes"] = None
        for other in one["top_logprobs"]:
            del other["bytes"]
    signal = read_by_logprob(body)
    assert isinstance(signal, Score)
    assert signal.value == pytest.approx(0.75)


@pytest.mark.parametrize(
    "further", [{"reason": 'he writes "handover_needed": false'}, {'x"handover_needed': False}, {"needed": False}]
)
def test_other_values_and_keys_are_not_the_one(further: dict[str, object]) -> None:
    content = json.dumps({"handover_needed": True, "confidence": 0.9, "reason": "asks"} | further)
    before, after = content.split(" true", 1)
    tokens = [token(before), token(" true", 0.6, EVEN), token(after)]
    signal = read(completion(content, tokens=tokens))
    assert isinstance(signal, Score)
    assert signal.value == pytest.approx(0.75)


NESTED = '{"a": {"handover_needed": false}, "handover_needed": true, "confidence": 0.9, "reason": "asks"}'
BARE = {"token": " true", "logprob": -0.1}


@pytest.mark.parametrize(
    "reply",
    [
        completion(GOOD),
        completion(GOOD, tokens=[]),
        completion(GOOD, tokens="all"),
        completion(GOOD, tokens=[None, 1, {}]),
        completion(GOOD, tokens=[token("something else")]),
        completion(NESTED, tokens=[token(NESTED)]),
        around(token(" false", 0.9, {" false": 0.9, " true": 0.1})),
        around(token(" true")),
        around(token(" true", 0.6, {" yes": 0.6, " no": 0.4}) | {"token": "x", "bytes": None}),
        around(BARE | {"top_logprobs": None}),
        around(BARE | {"top_logprobs": [BARE]}),
        around(BARE | {"top_logprobs": [BARE, {"token": " false"}]}),
        around(BARE | {"top_logprobs": [BARE, {"token": " false", "logprob": True}]}),
        around(BARE | {"top_logprobs": [BARE, {"token": " false", "logprob": -(10**400)}]}),
        around(BARE | {"logprob": -9999.0, "top_logprobs": [{"token": token, "logprob": -9999.0} for token in "tf"]}),
    ],
)
def test_without_usable_probabilities_it_is_a_bad_answer(reply: Reply) -> None:
    assert read(reply) == BAD


def test_what_is_no_answer_stays_what_it_is() -> None:
    assert read(completion(None, refusal="No.")) == Unavailable("refused")
    assert read(completion(f"Sure! {GOOD}", tokens=[])) == BAD
