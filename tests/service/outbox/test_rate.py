from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handover_rules.errors import UsageError
from service.outbox.rate import Rate, TokenBucket, read_rates
from tests.service.outbox.stage import NOON, Clock

NAMES = frozenset({"slack", "reply"})


def test_one_a_second_goes_one_at_a_time(clock: Clock) -> None:
    bucket = TokenBucket(Rate(1), NOON)
    assert (bucket.available(clock()), bucket.wait(clock())) == (1, 0.0)
    bucket.take(1)
    assert (bucket.available(clock()), bucket.wait(clock())) == (0, 1.0)
    clock.advance(0.75)
    assert bucket.wait(clock()) == pytest.approx(0.25)
    clock.advance(0.25)
    assert bucket.available(clock()) == 1


def test_what_was_not_used_is_not_saved_up(clock: Clock) -> None:
    bucket = TokenBucket(Rate(30, 60.0), NOON)
    clock.advance(3600)
    assert bucket.available(clock()) == 1
    bucket.take(1)
    assert bucket.wait(clock()) == pytest.approx(2.0)


def test_many_a_second_go_in_small_bursts(clock: Clock) -> None:
    bucket = TokenBucket(Rate(40), NOON)
    assert bucket.available(clock()) == 10
    bucket.take(10)
    clock.advance(0.1)
    assert bucket.available(clock()) == 4


def test_a_clock_that_is_set_back_stops_nothing(clock: Clock) -> None:
    bucket = TokenBucket(Rate(1), NOON)
    bucket.take(1)
    clock.advance(-3600)
    assert bucket.available(clock()) == 0
    clock.advance(1)
    assert bucket.available(clock()) == 1


@given(st.integers(1, 50), st.lists(st.floats(0, 3), min_size=1, max_size=60))
def test_no_second_sees_more_than_the_rate_and_a_burst(rows: int, pauses: list[float]) -> None:
    clock, sent = Clock(), []
    bucket = TokenBucket(Rate(rows), clock())
    for pause in pauses:
        clock.advance(pause)
        going = bucket.available(clock())
        bucket.take(going)
        sent += [clock()] * going
    for first in sent:
        within = [at for at in sent if first <= at < first + timedelta(seconds=1)]
        assert len(within) <= rows + max(1, rows // 4)


def test_rates_as_an_operator_writes_them() -> None:
    assert read_rates("", NAMES) == {}
    assert read_rates(" slack=2/s , reply = 30/m,", NAMES) == {"slack": Rate(2), "reply": Rate(30, 60.0)}


@pytest.mark.parametrize("written", ["slack", "slack=2", "slack=0/s", "slack=-1/s", "slack=1/h", "slack=1.5/s"])
def test_what_is_no_rate(written: str) -> None:
    with pytest.raises(UsageError, match="is no rate; write slack=2/s"):
        read_rates(written, NAMES)


def test_a_rate_for_nobody() -> None:
    with pytest.raises(UsageError, match="there is no target 'slak'; there are reply, slack"):
        read_rates("slak=1/s", NAMES)
