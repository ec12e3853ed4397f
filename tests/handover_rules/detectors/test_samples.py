from __future__ import annotations

import pytest

from handover_rules.detectors.samples import share_of_samples
from handover_rules.signals import Score, Signal, Unavailable

YES = Score(0.9, needed=True, confidence=0.9, reason="asks")
NO = Score(0.0, needed=False, confidence=0.4, reason="greets")
LATE, BAD = Unavailable("timed_out"), Unavailable("bad_answer")


@pytest.mark.parametrize(
    ("signals", "expected"),
    [
        ([YES, YES, YES], Score(1.0, needed=True, confidence=1.0, reason="asks")),
        ([NO, YES, YES, YES], Score(0.75, needed=True, confidence=0.75, reason="asks")),
        ([NO, YES, NO, NO], Score(0.25, needed=False, confidence=0.75, reason="greets")),
        ([NO, NO], Score(0.0, needed=False, confidence=1.0, reason="greets")),
        ([NO, YES], Score(0.5, needed=True, confidence=0.5, reason="asks")),
        ([LATE, YES, BAD, YES, YES], Score(1.0, needed=True, confidence=1.0, reason="asks")),
        ([LATE, NO, YES], Score(0.5, needed=True, confidence=0.5, reason="asks")),
        ([LATE, YES], Unavailable("timed_out")),
        ([YES, BAD, LATE, BAD, NO], Unavailable("bad_answer")),
        ([LATE, BAD], Unavailable("timed_out")),
    ],
)
def test_the_share_of_valid_answers_counts_if_most_are_valid(signals: list[Signal], expected: Signal) -> None:
    assert share_of_samples(signals) == expected
