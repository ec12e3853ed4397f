from __future__ import annotations

import pytest

from handover_rules.detectors.breaker import COOLING, FAILURES, Breaker


class Clock:
    def __init__(self) -> None:
        self.seconds = 1_000.0

    def __call__(self) -> float:
        return self.seconds


@pytest.fixture
def clock() -> Clock:
    return Clock()


def broken(clock: Clock) -> Breaker:
    breaker = Breaker(clock)
    for _ in range(FAILURES):
        assert breaker.admits()
        breaker.heard("timed_out")
    return breaker


@pytest.mark.parametrize("reason", ["timed_out", "server_error", "rate_limited", "unreachable"])
def test_after_failures_in_a_row_nobody_is_admitted_for_a_while(clock: Clock, reason: str) -> None:
    breaker = Breaker(clock)
    for _ in range(FAILURES):
        assert breaker.admits()
        breaker.heard(reason)
    assert not breaker.admits()
    assert breaker.trouble == reason
    clock.seconds += COOLING - 0.001
    assert not breaker.admits()


@pytest.mark.parametrize("reason", [None, "bad_answer", "refused", "rejected", "unauthorised"])
def test_an_answer_of_any_kind_says_that_the_service_works(clock: Clock, reason: str | None) -> None:
    breaker = Breaker(clock)
    for _ in range(3 * FAILURES):
        for _ in range(FAILURES - 1):
            breaker.heard("server_error")
        breaker.heard(reason)
    assert breaker.admits()
    assert breaker.trouble is None


def test_then_one_is_admitted_and_its_success_admits_all(clock: Clock) -> None:
    breaker = broken(clock)
    clock.seconds += COOLING
    assert [breaker.admits() for _ in range(3)] == [True, False, False]
    breaker.heard(None)
    assert [breaker.admits() for _ in range(3)] == [True, True, True]
    breaker.heard("timed_out")
    assert breaker.admits()


def test_or_its_failure_begins_another_while(clock: Clock) -> None:
    breaker = broken(clock)
    clock.seconds += COOLING
    assert breaker.admits()
    breaker.heard("timed_out")
    assert not breaker.admits()
    clock.seconds += COOLING
    assert [breaker.admits(), breaker.admits()] == [True, False]


def test_a_probe_that_was_given_up_is_followed_by_another(clock: Clock) -> None:
    breaker = broken(clock)
    clock.seconds += COOLING
    assert breaker.admits()
    clock.seconds += COOLING
    assert breaker.admits()


def test_failures_of_what_was_under_way_do_not_make_it_longer(clock: Clock) -> None:
    breaker = broken(clock)
    clock.seconds += COOLING - 1
    breaker.heard("timed_out")
    clock.seconds += 1
    assert breaker.admits()
