from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from service.outbox.schedule import MAX_ATTEMPTS, wait_before_next

HOUR = 3600


def test_all_attempts_take_about_a_day() -> None:
    bounds = [wait_before_next(attempt, 1.0) for attempt in range(1, MAX_ATTEMPTS)]
    assert bounds[:4] == [10, 30, 90, 270]
    assert bounds[-1] == 12 * HOUR
    assert 22 * HOUR < sum(bounds) / 2 < 23 * HOUR


@given(st.integers(1, MAX_ATTEMPTS), st.floats(0, 1))
def test_a_wait_is_anything_up_to_its_bound(attempt: int, chance: float) -> None:
    assert 0 <= wait_before_next(attempt, chance) <= wait_before_next(attempt, 1.0) <= 12 * HOUR
