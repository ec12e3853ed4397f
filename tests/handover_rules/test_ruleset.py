"""What the values of a ruleset can say of themselves."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from pathlib import Path

import pytest

from handover_rules.ruleset import OpeningHours, Place
from tests.handover_rules.engine.building import ruleset_of

OFFICE = OpeningHours(
    "office", ((0, time(9), time(12)), (0, time(13), time(18)), (4, time(22), None), (5, time(0), time(2))), Place("f")
)
MONDAY = datetime(2026, 3, 2)
TICK = timedelta(microseconds=1)


@pytest.mark.parametrize(
    ("hours", "inside"),
    [
        (9, True),
        (12, False),
        (12.5, False),
        (13, True),
        (18, False),
        (24 + 9, False),  # Tuesday
        (4 * 24 + 22, True),  # Friday, into Saturday
        (5 * 24, True),
        (5 * 24 + 2, False),
        (7 * 24 + 9, True),  # a week later
    ],
)
def test_hours_begin_on_the_tick_and_end_before_it(hours: float, inside: bool) -> None:
    moment = MONDAY + timedelta(hours=hours)
    assert OFFICE.include(moment) is inside
    # Bounds that meet, such as midnight, are none.
    assert OFFICE.include(moment - TICK) is (hours in (12, 18, 5 * 24, 5 * 24 + 2))


def test_no_spans_is_never() -> None:
    assert not OpeningHours("never", (), Place("f")).include(MONDAY)


def test_paid_are_the_enabled_detectors_of_a_provider(tmp_path: Path) -> None:
    (tmp_path / "ask.j2").write_text("Does the customer need a person?", encoding="utf-8")
    detectors = """
        detectors:
          local: {kind: linear, cost: 1, model: local.json}
          ai: {kind: openai, cost: 100, model: some-model, prompt: ask.j2}
          off: {kind: openai, cost: 100, model: some-model, prompt: ask.j2, enabled: false}
        rules: [{id: asked, when: {phrase: human}, then: handover}]
    """
    assert ruleset_of(detectors, tmp_path).paid == {"ai"}
