"""The circuit breaker of the AI detector, over HTTP, with a clock that the tests put forward."""

from __future__ import annotations

import threading
from dataclasses import replace

import pytest

from handover_rules.detectors import Query
from handover_rules.detectors.breaker import COOLING, FAILURES
from handover_rules.detectors.openai import OpenAIDetector
from handover_rules.ruleset import OpenAISpec, Prices
from handover_rules.signals import Score, Unavailable
from tests.fake_openai import FakeOpenAI, Reply, answer, dropped, error, held
from tests.handover_rules.detectors.asking import Waits, ask_this

OPEN = Unavailable("circuit_open")


def built(server: FakeOpenAI, spec: OpenAISpec, waits: Waits) -> OpenAIDetector:
    return OpenAIDetector(spec, api_key="k", base_url=server.base_url, pacing=waits.pacing())


@pytest.mark.parametrize(
    ("reply", "reason"),
    [(error(503), "server_error"), (error(429), "rate_limited"), (dropped(), "unreachable")],
)
def test_a_service_that_fails_is_left_alone_then_tried_once_then_asked_again(
    spec: OpenAISpec, reply: Reply, reason: str
) -> None:
    waits = Waits()
    failing = [True]
    with FakeOpenAI(judge=lambda _: reply if failing[0] else answer()) as server:
        detector = built(server, spec, waits)
        assert [ask_this(detector)[0] for _ in range(FAILURES)] == [Unavailable(reason)] * FAILURES
        asked = len(server.requests)
        assert asked == FAILURES * (1 + spec.max_retries)
        waits.pass_by(seconds=COOLING - 1)
        assert ask_this(detector) == [OPEN]
        assert len(server.requests) == asked
        # One probe, which fails.
        waits.pass_by(seconds=1)
        assert [ask_this(detector)[0] for _ in range(2)] == [Unavailable(reason), OPEN]
        assert len(server.requests) == asked + 1 + spec.max_retries
        failing[0] = False
        assert ask_this(detector) == [OPEN]
        waits.pass_by(seconds=COOLING)
        assert all(isinstance(ask_this(detector)[0], Score) for _ in range(3))


def test_deadlines_that_pass_count_as_failures(spec: OpenAISpec) -> None:
    release = threading.Event()
    with FakeOpenAI(judge=lambda _: held(release)) as server:
        detector = built(server, replace(spec, timeout_ms=1), Waits())
        try:
            said = [ask_this(detector)[0] for _ in range(FAILURES + 1)]
        finally:
            release.set()
    assert said == [Unavailable("timed_out")] * FAILURES + [OPEN]


def test_what_is_asked_together_waits_for_one_probe(spec: OpenAISpec) -> None:
    waits = Waits()
    with FakeOpenAI(judge=lambda _: error(500)) as server:
        detector = built(server, replace(spec, max_retries=0, max_concurrency=1), waits)
        queries = [Query(str(number)) for number in range(12)]
        assert ask_this(detector, *queries).count(OPEN) == 12 - FAILURES
        waits.pass_by(seconds=COOLING)
        assert ask_this(detector, *queries).count(OPEN) == 11
    assert len(server.requests) == FAILURES + 1


@pytest.mark.parametrize("reply", [answer("yes"), error(400), error(401), error(404)])
def test_a_service_that_answers_is_not_in_trouble(spec: OpenAISpec, reply: Reply) -> None:
    with FakeOpenAI(judge=lambda _: reply) as server:
        detector = built(server, spec, Waits())
        said = [ask_this(detector)[0] for _ in range(2 * FAILURES)]
    assert OPEN not in said


def test_a_question_of_several_samples_is_one_failure(spec: OpenAISpec) -> None:
    with FakeOpenAI(judge=lambda _: error(500)) as server:
        detector = built(server, replace(spec, confidence="samples", samples=5, max_retries=0), Waits())
        said = [ask_this(detector)[0] for _ in range(FAILURES + 1)]
    assert said == [Unavailable("server_error")] * FAILURES + [OPEN]


def test_what_the_budget_keeps_back_says_nothing_about_the_service(spec: OpenAISpec) -> None:
    thrifty = replace(spec, max_retries=0, prices=Prices(1, 1), daily_budget=0.004)
    with FakeOpenAI(judge=lambda _: error(500)) as server:
        detector = built(server, thrifty, Waits())
        for _ in range(FAILURES - 1):
            ask_this(detector)
        assert ask_this(detector, Query("x" * 5_000)) == [Unavailable("over_budget")]
        assert ask_this(detector) == [Unavailable("server_error")]
        assert ask_this(detector) == [OPEN]
    assert len(server.requests) == FAILURES
