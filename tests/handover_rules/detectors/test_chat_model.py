"""How a chat model is asked, over HTTP: the form of its answers, where the score comes from, and what it costs."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from handover_rules.detectors import Query, Spending
from handover_rules.detectors.openai import OpenAIDetector
from handover_rules.ruleset import OpenAISpec, Prices
from handover_rules.signals import Score, Signal, Unavailable
from tests.fake_openai import FakeOpenAI, Reply, answer, completion, dropped, error, held, weighed
from tests.handover_rules.detectors.asking import Waits, ask, ask_this

JSON_MODE = {"type": "json_object"}


def built(
    server: FakeOpenAI, spec: OpenAISpec, waits: Waits | None = None, spend_folder: Path | None = None
) -> OpenAIDetector:
    pacing = (waits or Waits()).pacing()
    return OpenAIDetector(spec, api_key="k", base_url=server.base_url, pacing=pacing, spend_folder=spend_folder)


def formats(server: FakeOpenAI) -> list[str]:
    return [asked.body["response_format"]["type"] for asked in server.requests]


# --- the form of answers ---------------------------------------------------------------------------------------------


def test_the_usual_model_answers_in_json_mode(spec: OpenAISpec) -> None:
    assert spec.model == "gpt-3.5-turbo"
    with FakeOpenAI() as server:
        ask(server, spec)
    (asked,) = server.requests
    assert asked.body["response_format"] == JSON_MODE
    assert set(asked.body) == {"model", "messages", "response_format", "temperature", "max_tokens"}


def test_a_model_that_has_schemas_is_held_to_one(spec: OpenAISpec) -> None:
    with FakeOpenAI(answer(confidence=0.7)) as server:
        (signal,) = ask(server, replace(spec, model="gpt-4o-mini"))
    assert isinstance(signal, Score)
    assert signal.value == 0.7
    (asked,) = server.requests
    form = asked.body["response_format"]["json_schema"]
    assert form["strict"] is True
    assert list(form["schema"]["properties"]) == ["handover_needed", "confidence", "reason"]


def test_an_answer_to_a_schema_is_read_as_strictly(spec: OpenAISpec) -> None:
    with FakeOpenAI(answer(True, 1.5), completion(None, refusal="No.")) as server:
        signals = ask(server, replace(spec, model="gpt-4o", max_concurrency=1), Query("a"), Query("b"))
    assert signals == [Unavailable("bad_answer"), Unavailable("refused")]


@pytest.mark.parametrize("status", [400, 422])
def test_a_server_that_refuses_the_schema_is_asked_in_json_mode_from_then_on(spec: OpenAISpec, status: int) -> None:
    with FakeOpenAI(error(status)) as server:
        detector = built(server, replace(spec, model="gpt-4o", max_retries=0))
        signals = [*ask_this(detector, Query("a")), *ask_this(detector, Query("b"))]
    assert all(isinstance(signal, Score) for signal in signals)
    assert formats(server) == ["json_schema", "json_object", "json_object"]
    assert (detector.usage.calls, detector.usage.retries) == (3, 0)


def test_a_request_that_is_refused_in_json_mode_too_says_nothing_about_schemas(spec: OpenAISpec) -> None:
    with FakeOpenAI(error(400), error(400)) as server:
        detector = built(server, replace(spec, model="gpt-4o"))
        assert ask_this(detector) == [Unavailable("rejected")]
        ask_this(detector)
    assert formats(server) == ["json_schema", "json_object", "json_schema"]


@pytest.mark.parametrize("reply", [error(401), error(404), error(400, code="content_filter"), answer("yes")])
def test_other_failures_are_not_asked_again_in_json_mode(spec: OpenAISpec, reply: Reply) -> None:
    with FakeOpenAI(reply) as server:
        ask(server, replace(spec, model="gpt-4o"))
    assert formats(server) == ["json_schema"]


def test_where_a_schema_is_demanded_there_is_nothing_to_fall_back_to(spec: OpenAISpec) -> None:
    with FakeOpenAI(error(400)) as server:
        assert ask(server, replace(spec, answers="schema")) == [Unavailable("rejected")]
    assert formats(server) == ["json_schema"]


def test_a_retry_goes_on_where_the_first_try_was(spec: OpenAISpec) -> None:
    with FakeOpenAI(error(400), error(503), answer()) as server:
        (signal,) = ask(server, replace(spec, model="gpt-4o"))
    assert isinstance(signal, Score)
    assert formats(server) == ["json_schema", "json_object", "json_schema"]


def test_a_model_that_thinks_is_asked_without_a_temperature(spec: OpenAISpec) -> None:
    with FakeOpenAI() as server:
        ask(server, replace(spec, model="gpt-5-mini"))
    (asked,) = server.requests
    assert not {"temperature", "max_tokens"} & set(asked.body)
    assert asked.body["max_completion_tokens"] > 200


# --- where the score comes from --------------------------------------------------------------------------------------


def test_logprob_is_the_probability_that_a_person_is_needed(spec: OpenAISpec) -> None:
    with FakeOpenAI(
        weighed(True, {" true": 0.6, " false": 0.2}), weighed(False, {" true": 0.1, " false": 0.9})
    ) as server:
        first, second = (ask(server, replace(spec, confidence="logprob"))[0] for _ in range(2))
    assert isinstance(first, Score)
    assert isinstance(second, Score)
    assert (first.value, first.needed, first.confidence) == (pytest.approx(0.75), True, pytest.approx(0.75))
    assert (second.value, second.needed, second.confidence) == (pytest.approx(0.1), False, pytest.approx(0.9))
    assert all(asked.body["logprobs"] is True and asked.body["top_logprobs"] >= 4 for asked in server.requests)


def test_an_answer_without_logprobs_is_a_bad_one_and_not_asked_again(spec: OpenAISpec) -> None:
    with FakeOpenAI(answer()) as server:
        assert ask(server, replace(spec, confidence="logprob")) == [Unavailable("bad_answer")]
    assert len(server.requests) == 1


def test_samples_are_asked_at_once_and_the_score_is_their_share(spec: OpenAISpec) -> None:
    together = threading.Barrier(4, timeout=20)
    says = iter([True, False, True, True])

    def judge(_: str) -> Reply:
        together.wait()
        return answer(next(says), 0.2)

    with FakeOpenAI(judge=judge) as server:
        # A question is under way once, however many samples it has.
        (signal,) = ask(server, replace(spec, confidence="samples", samples=4, max_concurrency=1))
    assert signal == Score(0.75, needed=True, confidence=0.75, reason="asks for a person")
    assert {asked.body["temperature"] for asked in server.requests} == {0.7}
    assert len({asked.content for asked in server.requests}) == 1


def test_samples_that_fail_are_left_out_while_most_are_valid(spec: OpenAISpec) -> None:
    three = replace(spec, confidence="samples", samples=3, max_retries=0)
    with FakeOpenAI(answer("yes"), answer(False), answer(True)) as server:
        (signal,) = ask(server, three)
    assert isinstance(signal, Score)
    assert signal.value == 0.5
    with FakeOpenAI(answer("yes"), error(404), answer("no")) as server:
        assert ask(server, three) == [Unavailable("bad_answer")]


def test_a_sample_that_is_late_does_not_take_the_others_with_it(
    spec: OpenAISpec, monkeypatch: pytest.MonkeyPatch
) -> None:
    release = threading.Event()
    detector_spec = replace(spec, confidence="samples", samples=3, timeout_ms=4_000_000)

    async def asking(server: FakeOpenAI) -> Sequence[Signal]:
        loop = asyncio.get_running_loop()
        real, ahead = loop.time, [0.0]
        monkeypatch.setattr(loop, "time", lambda: real() + ahead[0])
        detector = OpenAIDetector(detector_spec, api_key="k", base_url=server.base_url)
        try:
            asked = asyncio.create_task(detector.ask([Query("hi")]))
            # Two of the three answers are counted, so they have come.
            async with asyncio.timeout(20):
                while detector.usage.prompt_tokens < 2:
                    await asyncio.sleep(0)
            ahead[0] = 4_000
            return await asked
        finally:
            release.set()
            await detector.close()

    with FakeOpenAI(held(release), answer(took=(1, 1)), answer(took=(1, 1))) as server:
        assert asyncio.run(asking(server)) == [Score(1.0, True, 1.0, "asks for a person")]


# --- what it costs ---------------------------------------------------------------------------------------------------

# A token of a question costs a millionth of the currency, one of an answer two.
PRICED = Prices(1.0, 2.0)


def test_usage_is_counted(spec: OpenAISpec) -> None:
    with FakeOpenAI(error(500), answer(took=(100, 20)), answer(took=(50, 10))) as server:
        detector = built(server, replace(spec, prices=PRICED, max_concurrency=1))
        assert detector.usage == Spending(money=0.0)
        ask_this(detector, Query("a"), Query("b"), Query(""))
    assert detector.usage == Spending(
        calls=3, retries=1, metered=2, prompt_tokens=150, completion_tokens=30, money=pytest.approx(210e-6)
    )


def test_answers_that_are_no_good_are_paid_all_the_same(spec: OpenAISpec) -> None:
    with FakeOpenAI(answer("yes", took=(100, 20)), answer("yes")) as server:
        detector = built(server, replace(spec, prices=PRICED))
        ask_this(detector)
        paid = detector.usage.money
        ask_this(detector)
    assert paid == pytest.approx(140e-6)
    # The second did not say what it took.
    assert detector.usage.money is not None
    assert detector.usage.money > 2 * paid + 400e-6
    assert detector.usage.prompt_tokens == 100


@pytest.mark.parametrize("reply", [error(400), error(401), error(429), error(500), dropped()])
def test_errors_cost_nothing(spec: OpenAISpec, reply: Reply) -> None:
    with FakeOpenAI(reply) as server:
        detector = built(server, replace(spec, prices=PRICED, max_retries=0))
        ask_this(detector)
    assert detector.usage == Spending(calls=1, money=0.0)


def test_an_answer_that_comes_too_late_may_have_been_billed(spec: OpenAISpec) -> None:
    release = threading.Event()
    with FakeOpenAI(held(release)) as server:
        detector = built(server, replace(spec, prices=PRICED, timeout_ms=1))
        assert ask_this(detector) == [Unavailable("timed_out")]
        release.set()
    assert detector.usage.money is not None
    assert detector.usage.money > 400e-6


def most(server: FakeOpenAI) -> float:
    """The most that a request like those asked can cost, at these prices."""
    return (len(json.dumps(server.requests[0].body)) + 2 * 200) / 1e6


def test_a_budget_stops_the_day_and_the_next_day_goes_on(spec: OpenAISpec) -> None:
    waits = Waits()
    thrifty = replace(spec, prices=PRICED, daily_budget=0.0035)
    with FakeOpenAI(judge=lambda _: answer(took=(500, 200))) as server:
        detector = built(server, thrifty, waits)
        signals = [ask_this(detector)[0] for _ in range(5)]
        # Each answer cost 0.0009, and the fourth could have reached 0.0035.
        assert [type(signal) for signal in signals[:3]] == [Score] * 3
        assert signals[3:] == [Unavailable("over_budget")] * 2
        assert 3 * 0.0009 + most(server) >= 0.0035 > 2 * 0.0009 + most(server)
        waits.pass_by(hours=11.9)
        assert ask_this(detector) == [Unavailable("over_budget")]
        waits.pass_by(hours=0.1)
        assert isinstance(ask_this(detector)[0], Score)
    assert len(server.requests) == 4


def test_requests_under_way_together_do_not_go_over_the_budget(spec: OpenAISpec) -> None:
    thrifty = replace(spec, prices=PRICED, daily_budget=0.0035)
    with FakeOpenAI(judge=lambda _: answer(took=(500, 200))) as server:
        detector = built(server, thrifty)
        signals = ask_this(detector, *(Query(str(number)) for number in range(8)))
    assert Unavailable("over_budget") in signals
    assert detector.usage.money is not None
    assert 0 < detector.usage.money < 0.0035


def test_what_was_spent_survives_a_restart(spec: OpenAISpec, tmp_path: Path) -> None:
    thrifty = replace(spec, prices=PRICED, daily_budget=0.002)
    with FakeOpenAI(judge=lambda _: answer(took=(500, 200))) as server:
        assert isinstance(ask_this(built(server, thrifty, spend_folder=tmp_path))[0], Score)
        assert ask_this(built(server, thrifty, spend_folder=tmp_path)) == [Unavailable("over_budget")]
        # In memory only, each begins anew.
        assert isinstance(ask_this(built(server, thrifty))[0], Score)
    assert len(server.requests) == 2


def test_samples_within_the_budget_count_if_they_are_most(spec: OpenAISpec) -> None:
    five = replace(spec, confidence="samples", samples=5, prices=PRICED)
    with FakeOpenAI(judge=lambda _: answer(took=(500, 200))) as server:
        ask(server, five)
        # The fourth could reach it.
        detector = built(server, replace(five, daily_budget=4 * most(server)))
        assert isinstance(ask_this(detector)[0], Score)
        assert detector.usage.calls == 3
        assert ask_this(detector) == [Unavailable("over_budget")]
