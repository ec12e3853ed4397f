"""The size of a question is that of the request that is sent for it."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from handover_rules.conversation import Turn
from handover_rules.detectors import Query
from handover_rules.detectors.question_size import BYTES_OF_A_TOKEN, QuestionSize, QuestionSizes
from handover_rules.errors import DetectorError
from handover_rules.ruleset import OpenAISpec
from tests.fake_openai import FakeOpenAI
from tests.handover_rules.detectors.asking import ask

ARABIC = Query("أريد التحدث مع موظف", "ar", (Turn("bot", "مرحبا"),))


@pytest.mark.parametrize("query", [Query("I want a human"), Query("x" * 9_000), ARABIC])
@pytest.mark.parametrize("model", ["gpt-3.5-turbo", "gpt-4o-mini", "o3"])
def test_a_token_is_counted_for_four_bytes_of_what_is_sent(spec: OpenAISpec, query: Query, model: str) -> None:
    spec = replace(spec, model=model)
    with FakeOpenAI() as server:
        ask(server, spec, query)
    (asked,) = server.requests
    sent = len(json.dumps(asked.body, ensure_ascii=False).encode())
    size = QuestionSizes(spec).of(query)
    assert size is not None
    assert size.requests == 1
    assert (size.prompt_tokens - 1) * BYTES_OF_A_TOKEN < sent <= size.prompt_tokens * BYTES_OF_A_TOKEN


def test_each_sample_is_a_request(spec: OpenAISpec) -> None:
    one = QuestionSizes(replace(spec, confidence="samples", samples=1)).of(Query("hi"))
    five = QuestionSizes(replace(spec, confidence="samples", samples=5)).of(Query("hi"))
    assert one is not None
    assert five == QuestionSize(5, 5 * one.prompt_tokens)


def test_a_model_that_thinks_may_answer_at_length(spec: OpenAISpec) -> None:
    assert QuestionSizes(spec).answer_at_most == 200
    assert QuestionSizes(replace(spec, model="o3")).answer_at_most == 2_000


def test_a_question_that_is_not_sent_has_no_size(spec: OpenAISpec) -> None:
    assert QuestionSizes(spec).of(Query(" ")) is None
    # A prompt that fails for this message only.
    fails = replace(spec, prompt="{% if language == 'xx' %}{{ nothing }}{% endif %}Well?")
    assert QuestionSizes(fails).of(Query("hi", "xx")) is None
    assert QuestionSizes(fails).of(Query("hi", "en")) is not None


def test_a_prompt_that_can_never_be_rendered_is_refused(spec: OpenAISpec) -> None:
    with pytest.raises(DetectorError, match=r"handover_intent\.j2"):
        QuestionSizes(replace(spec, prompt="{{ nothing }}"))
