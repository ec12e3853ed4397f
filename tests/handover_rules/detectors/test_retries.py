from __future__ import annotations

from datetime import UTC, datetime

import pytest

from handover_rules.detectors.retries import Pacing

NOON = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)


def pacing(jitter: float = 0.0) -> Pacing:
    return Pacing(now=lambda: NOON, jitter=lambda: jitter)


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("0", 0.0),
        ("3", 3.0),
        (" 2.5 ", 2.5),
        ("Sun, 01 Mar 2026 12:00:07 GMT", 7.0),
        ("Sun, 01 Mar 2026 12:00:07", 7.0),
        ("Sun, 01 Mar 2026 11:00:00 GMT", 0.0),
        ("9" * 400, float("inf")),
    ],
)
def test_the_wait_that_a_server_asks_for_is_obeyed(header: str, seconds: float) -> None:
    assert pacing(jitter=0.7).wait(5, header) == seconds


@pytest.mark.parametrize("header", [None, "", "soon", "-1", "nan", "inf", "1e3", "Sun, 99 Mar 2026 12:00:07 GMT"])
def test_without_one_the_wait_doubles_up_to_a_limit(header: str | None) -> None:
    waits = [pacing().wait(retry, header) for retry in (0, 1, 2, 5, 100_000)]
    assert waits == [0.25, 0.5, 1.0, 8.0, 8.0]


def test_chance_takes_up_to_a_half_of_it() -> None:
    assert pacing(jitter=1.0).wait(1, None) == 0.25
    assert pacing(jitter=0.5).wait(1, None) == 0.375
