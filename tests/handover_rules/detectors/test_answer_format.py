from __future__ import annotations

import json

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

from handover_rules.detectors.answer_format import ANSWER_SCHEMA, MAX_REASON, read_answer, read_completion
from handover_rules.detectors.foreign_json import strict_json
from handover_rules.signals import Score, Signal, Unavailable
from tests.fake_openai import Reply, completion

BAD = Unavailable("bad_answer")
GOOD = '{"handover_needed": true, "confidence": 0.8, "reason": "asks for a person"}'


def read(reply: Reply) -> Signal:
    return read_completion(strict_json(reply.body or ""))


def with_values(**values: object) -> str:
    return json.dumps({"handover_needed": True, "confidence": 0.8, "reason": "asks"} | values)


def test_the_score_is_the_confidence_where_a_person_is_needed() -> None:
    assert read_answer(GOOD) == Score(0.8, needed=True, confidence=0.8, reason="asks for a person")


def test_the_score_is_zero_where_no_person_is_needed_and_the_raw_answer_stays() -> None:
    answer = read_answer(with_values(handover_needed=False, confidence=0.95))
    assert answer == Score(0.0, needed=False, confidence=0.95, reason="asks")


@pytest.mark.parametrize(
    "content",
    [
        f"  \n{GOOD}\n ",
        f"```json\n{GOOD}\n```",
        f"```\n{GOOD}\n```\n",
        f"```JSON\n\n{GOOD}\n\n```",
        GOOD.replace("}", ', "language": "en"}'),
    ],
)
def test_white_space_a_fence_and_further_keys_do_no_harm(content: str) -> None:
    assert read_answer(content) == read_answer(GOOD)


@pytest.mark.parametrize("confidence", [0, 1, 0.0, 1.0])
def test_the_bounds_of_confidence_are_inside(confidence: float) -> None:
    answer = read_answer(with_values(confidence=confidence))
    assert isinstance(answer, Score)
    assert type(answer.confidence) is float


@pytest.mark.parametrize(
    "content",
    [
        "",
        "yes",
        "null",
        "[]",
        f"[{GOOD}]",
        f"Sure! {GOOD}",
        f"{GOOD} {GOOD}",
        GOOD[:-1],
        with_values(handover_needed="true"),
        with_values(handover_needed=1),
        with_values(handover_needed=None),
        with_values(confidence="0.8"),
        with_values(confidence=True),
        with_values(confidence=None),
        with_values(confidence=1.01),
        with_values(confidence=-0.01),
        with_values(confidence=10**400),
        with_values(confidence=float("nan")),
        with_values(confidence=float("inf")),
        with_values(reason=None),
        with_values(reason=["asks"]),
        '{"handover_needed": true, "confidence": 0.8}',
        GOOD.replace("{", '{"handover_needed": false, '),
        "[" * 100_000,
        "1" * 10_000,
    ],
)
def test_anything_else_is_a_bad_answer(content: str) -> None:
    assert read_answer(content) == BAD


def test_a_reason_is_one_line_that_can_be_written_and_not_too_long() -> None:
    answer = read_answer(with_values(reason=" a\nb\x00\x1b[31mc\ud83d " + "x" * 600))
    assert isinstance(answer, Score)
    assert answer.reason.startswith("a b  [31mc")
    assert len(answer.reason) <= MAX_REASON
    answer.reason.encode()


@given(
    st.text() | st.dictionaries(st.sampled_from(["handover_needed", "confidence", "reason"]), st.none() | st.floats())
)
def test_no_content_makes_it_raise(content: object) -> None:
    text = content if isinstance(content, str) else json.dumps(content)
    assert read_answer(text) == BAD


def test_a_completion_is_read_to_its_answer() -> None:
    assert read(completion(GOOD)) == read_answer(GOOD)


def test_a_refusal_is_told_from_a_bad_answer() -> None:
    refused = Unavailable("refused")
    assert read(completion(None, refusal="I cannot help with that.")) == refused
    assert read(completion(GOOD, finish_reason="content_filter")) == refused
    assert read(completion(GOOD, finish_reason="length")) == BAD


@pytest.mark.parametrize(
    "body",
    [
        "",
        "<html>",
        "{}",
        '{"choices": null}',
        '{"choices": []}',
        '{"choices": [null]}',
        '{"choices": [{"message": null}]}',
        '{"choices": [{"message": {"content": null}}]}',
        '{"choices": {"0": {}}}',
        '{"choices": [{"message": {"content": {"handover_needed": true}}}]}',
    ],
)
def test_a_body_that_is_no_completion_is_a_bad_answer(body: str) -> None:
    assert read_completion(strict_json(body)) == BAD


def test_the_schema_is_of_the_form_that_strict_outputs_demand_and_that_is_read() -> None:
    jsonschema.Draft7Validator.check_schema(ANSWER_SCHEMA)
    jsonschema.validate(json.loads(GOOD), ANSWER_SCHEMA)
    # A strict schema lists every key as required and allows no other.
    properties = ANSWER_SCHEMA["properties"]
    assert isinstance(properties, dict)
    assert ANSWER_SCHEMA["required"] == list(properties) == list(json.loads(GOOD))
    assert ANSWER_SCHEMA["additionalProperties"] is False
    for key in properties:
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.validate({**json.loads(GOOD), key: None}, ANSWER_SCHEMA)
